"""Modes of profiles: earned, set, and lost by a contradiction, from the ledger to the door."""

import json
import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import func, insert, select

from maildaemon.audit import audit
from maildaemon.audit.facts import Box
from maildaemon.audit.facts import Terms as AuditTerms
from maildaemon.desk import MailState, OutgoingState, SendResult
from maildaemon.door import Door
from maildaemon.edge import history
from maildaemon.edge.alarms import Alarms
from maildaemon.edge.auditing import ledger_facts
from maildaemon.edge.database import MIGRATIONS
from maildaemon.edge.profile_modes import ProfileModes
from maildaemon.edge.tables import DECISION, EVENT, MAIL, OUTGOING, PROFILE_MODE, TESTIMONY
from maildaemon.model import Mode
from maildaemon.modes import ProfileMode, Terms
from maildaemon.replay import again, change
from maildaemon.testimony import acknowledges, proves
from tests.worlds import CLIENT, TARGETS, World, raw

AUDIT = AuditTerms(boxes=(Box("orders", ("INBOX",), TARGETS),), domain="us.example")
STRANGER = "who@stranger.example"


class Trusting(World):
    """A world whose door asks for the mode of each profile, and two profiles in it, a and b."""

    def __init__(self, folder, *, terms=None, **more):
        super().__init__(folder, terms=terms or Terms(), **more)
        self.path = folder / "ledger.db"
        self.profile_modes = ProfileModes(self.ledger.database)
        self.sender.clock = self.clock
        self.sender.door = Door(
            self.outbox,
            self.clock,
            self.house.mode,
            frozenset({"us.example"}),
            own=lambda message: self.profile_modes.of_mail(message.mail_id, self.house.terms),
        ).ask
        self.story.round()
        self.number = 0

    def come(self, profile="a", sender=CLIENT, **more):
        """An order that this profile reads; returns its mail's number in the ledger."""
        self.number += 1
        headers = (("Profile", profile),)
        self.mailbox.deliver(raw(self.number, sender=sender, headers=headers, **more))
        self.story.round()
        with self.ledger.database.read() as db:
            return db.scalars(select(MAIL.c.id).order_by(MAIL.c.id.desc())).first()

    def set(self, profile, mode, **more):
        self.profile_modes.put(
            ProfileMode(profile, mode, self.clock(), "olga", "because", **more), ["orders"], self.clock()
        )

    def contradict(self, mail_id, reason="it was wrong"):
        case = self.persons.cases.case(mail_id)
        word = proves(case, self.house, contradicts=True)
        return self.profile_modes.contradict(mail_id, word, "anna", reason, self.clock())

    def rows(self, table):
        with self.ledger.database.read() as db:
            return db.execute(select(table)).all()

    def modes(self):
        return self.profile_modes.modes()

    def testimonies(self):
        return [(row.mail_id, row.profile, row.contradicts, row.what) for row in self.rows(TESTIMONY)]

    def state_of(self, mail_id):
        return self.column("state")[mail_id - 1]

    def answers(self):
        return [row.state for row in self.rows(OUTGOING)]

    def record(self, profile="a", allowed=Mode.AUTO):
        found = self.profile_modes.records(self.house.terms, {profile: allowed}, Mode.SHADOW)
        return next(one for one in found if one.profile == profile)


def opened(folder, **more):
    world = Trusting(folder, **more)
    yield world
    found = audit(ledger_facts(world.path, lambda *_: None), None, AUDIT, world.clock())
    assert [finding.sentence for finding in found.off] == []
    world.ledger.close()


@pytest.fixture
def auto(tmp_path):
    yield from opened(tmp_path)


@pytest.fixture
def draft(tmp_path):
    yield from opened(tmp_path, mode=Mode.DRAFT)


# --- the mode of a mail -------------------------------------------------------------------------------------------------


def test_a_profile_of_which_nothing_was_said_answers_as_settings_and_matrix_say(auto):
    auto.come()
    auto.go()
    assert (auto.states(), auto.answers()) == ([MailState.ACKNOWLEDGED], [OutgoingState.SENT])


def test_a_profile_may_be_trusted_less_than_the_settings_allow(auto):
    auto.set("a", Mode.DRAFT)
    auto.set("b", Mode.SHADOW)
    auto.come("a")
    auto.come("b")
    auto.come("c")
    auto.go()
    assert auto.column("mode") == [Mode.DRAFT, Mode.SHADOW, Mode.AUTO]
    assert auto.states() == [MailState.HELD, MailState.OBSERVED, MailState.ACKNOWLEDGED]
    assert auto.answers() == [OutgoingState.DRAFT, OutgoingState.SENT]


def test_a_profile_is_never_trusted_more_than_the_settings_allow(draft):
    draft.set("a", Mode.AUTO)
    draft.come("a")
    draft.go()
    assert draft.answers() == [OutgoingState.DRAFT]


def test_where_each_profile_has_to_earn_it_a_new_one_writes_drafts(tmp_path):
    world = Trusting(tmp_path, terms=Terms(start=Mode.DRAFT))
    world.set("b", Mode.AUTO)
    world.come("a")
    world.come("b")
    world.go()
    assert world.answers() == [OutgoingState.DRAFT, OutgoingState.SENT]
    world.ledger.close()


def test_a_mail_that_nobody_could_read_goes_to_a_person_though_the_general_profile_only_looks(auto):
    auto.set("general", Mode.SHADOW)
    auto.mailbox.deliver(raw(9, kind="refused"))
    auto.go()
    assert auto.states() == [MailState.REVIEW]


def test_the_decision_is_the_gates_own_whatever_the_mode(auto):
    auto.come("a")
    auto.set("a", Mode.SHADOW)
    auto.come("a")
    assert [row.action for row in auto.rows(DECISION)] == ["acknowledge", "acknowledge"]
    first, second = (auto.profile_modes.gates_own(number) for number in (1, 2))
    assert first.mode is second.mode is Mode.AUTO
    assert acknowledges(second)


def test_a_change_of_mode_changes_nothing_when_decisions_are_made_again(auto):
    for mode in (Mode.AUTO, Mode.SHADOW, Mode.DRAFT):
        auto.set("a", mode)
        auto.come("a")
        auto.go()
    pasts = list(history.pasts(auto.path, None, {}))
    assert len(pasts) == 3
    for one in pasts:
        assert change(one, again(one, one.reading, auto.playbook, auto.house.stand, lambda *_: None)) is None


# --- what persons' words prove -----------------------------------------------------------------------------------------


def test_a_draft_that_is_released_as_it_is_agrees(draft):
    mail = draft.come()
    draft.say(mail, "release")
    assert draft.testimonies() == [(mail, "a", False, "release")]


def test_a_draft_that_is_approved_agrees(draft):
    mail = draft.come()
    draft.say(mail, "approve")
    assert draft.testimonies() == [(mail, "a", False, "approve")]


@pytest.mark.parametrize("what", ["reject", "not-an-order"])
def test_a_draft_whose_order_is_refused_contradicts(draft, what):
    mail = draft.come()
    draft.say(mail, what)
    assert draft.testimonies() == [(mail, "a", True, what)]


@pytest.mark.parametrize(
    "wished",
    [{"lines": {0: {"quantity": "6"}}}, {"po_number": "PO-77"}, {"currency": "USD"}, {"ship_to": "2 Quay, Cork"}],
    ids=["a line", "a required field", "a value that we had read", "a required field out of the customer's record"],
)
def test_a_draft_that_is_corrected_contradicts(draft, wished):
    mail = draft.come()
    assert draft.say(mail, "correct", wished={0: wished}).refused is None
    assert draft.testimonies() == [(mail, "a", True, "correct")]


def test_an_answer_that_is_let_out_over_a_bound_proves_nothing(auto):
    auto.outbox.trip("too many", auto.clock())
    mail = auto.come()
    auto.go()
    assert auto.answers() == [OutgoingState.HELD]
    assert auto.say(mail, "release").refused is None
    assert auto.testimonies() == []


def test_a_value_that_a_person_adds_and_nobody_requires_is_no_contradiction(draft):
    mail = draft.come()
    assert draft.say(mail, "correct", wished={0: {"requested_date": "2027-01-10"}}).refused is None
    assert draft.testimonies() == [(mail, "a", False, "correct")]


def test_what_the_gate_had_stopped_proves_nothing_of_its_acknowledgements(auto):
    for what in ("approve", "reject", "not-an-order"):
        mail = auto.come(sender=STRANGER)
        assert auto.say(mail, what).refused is None
    assert auto.testimonies() == []
    assert auto.record().counts.said == {"approve": 1, "reject": 1, "not-an-order": 1}


def test_an_answer_that_a_person_approved_and_that_failed_proves_nothing_when_it_is_then_rejected(auto):
    mail = auto.come(sender=STRANGER)
    auto.say(mail, "approve")
    auto.transport.results.append(SendResult(OutgoingState.FAILED, "550 no such user"))
    auto.go()
    auto.say(mail, "reject")
    assert auto.testimonies() == []


def test_a_draft_that_was_read_again_with_another_result_had_been_wrong(draft):
    mail = draft.come()
    draft.say(mail, "reread")
    draft.reader.read_one = changed(draft.reader.read_one)
    draft.story.round()
    assert draft.say(mail, "release").refused is None
    assert draft.testimonies() == [(mail, "a", True, "release")]


def test_a_draft_that_was_read_again_with_the_same_result_had_been_right(draft):
    mail = draft.come()
    draft.say(mail, "reread")
    draft.story.round()
    assert draft.say(mail, "release").refused is None
    assert draft.testimonies() == [(mail, "a", False, "release")]


def changed(understand):
    def otherwise(data):
        found = understand(data)
        (order,) = found.orders
        line = replace(order.lines[0], quantity=replace(order.lines[0].quantity, value=Decimal(50)))
        line = replace(line, amount=replace(line.amount, value=Decimal("60.00")))
        order = replace(order, lines=(line,), total=replace(order.total, value=Decimal("60.00")))
        return replace(found, orders=(order,))

    return otherwise


def test_a_contradiction_of_a_draft_counts_and_takes_nothing_back_where_nothing_is_automatic(draft):
    mail = draft.come()
    draft.say(mail, "reject")
    assert draft.modes() == {}
    assert draft.record().counts.contradictions == 1


# --- auto is lost ------------------------------------------------------------------------------------------------------


def test_a_contradiction_takes_auto_back_to_draft_at_once_and_other_profiles_go_on(auto, caplog):
    first = auto.come("a")
    auto.go()
    assert auto.state_of(first) == MailState.ACKNOWLEDGED
    refused = auto.say(first, "reject", reason="he never ordered that")
    assert refused.refused == "it does not wait for a person: it is acknowledged"
    assert auto.modes() == {"a": Mode.DRAFT}
    (last,) = auto.profile_modes.current()
    assert (last.fell, last.actor, last.why) == (
        True,
        "anna",
        "mail M1 of a was contradicted by anna (reject)",
    )
    second, third = auto.come("a"), auto.come("b")
    auto.go()
    assert auto.column("mode")[1:] == [Mode.DRAFT, Mode.AUTO]
    assert (auto.state_of(second), auto.state_of(third)) == (MailState.HELD, MailState.ACKNOWLEDGED)
    told = [json.loads(row.body) for row in auto.rows(EVENT) if row.type == "contradicted"]
    assert told == [
        {"type": "contradicted", "mail": first, "profile": "a", "by": "anna", "fell": ["a"], "mode": "draft"}
    ]


def test_an_order_that_was_taken_in_and_not_answered_can_be_contradicted_too(auto):
    auto.mailbox.deliver(raw(1, headers=(("Profile", "a"), ("Precedence", "list"))))
    auto.go()
    assert (auto.states(), auto.answers()) == ([MailState.ACKNOWLEDGED], [])
    auto.say(1, "reject")
    assert auto.modes() == {"a": Mode.DRAFT}


@pytest.mark.parametrize("folder", ["Rejected", "Not an order"])
def test_an_acknowledged_mail_that_is_moved_to_where_refused_ones_lie_contradicts(auto, folder):
    auto.come("a")
    auto.go()
    (uid,) = auto.mailbox.folders["Processed"].messages
    auto.mailbox.carry("Processed", uid, folder)
    auto.go()
    assert auto.modes() == {"a": Mode.DRAFT}
    assert auto.state_of(1) == MailState.ACKNOWLEDGED
    auto.go()
    assert len(auto.rows(PROFILE_MODE)) == 1


def test_it_can_be_said_of_any_acknowledgement_afterwards(auto):
    mail = auto.come("a")
    auto.go()
    assert auto.contradict(mail)
    assert not auto.contradict(mail)
    assert auto.modes() == {"a": Mode.DRAFT}
    assert auto.testimonies() == [(mail, "a", True, "contradict")]


def test_what_would_have_been_acknowledged_in_shadow_mode_can_be_contradicted_too(tmp_path):
    world = Trusting(tmp_path, mode=Mode.SHADOW)
    mail = world.come("a")
    assert world.say(mail, "reject").refused is not None
    assert world.testimonies() == [(mail, "a", True, "reject")]
    assert world.modes() == {}
    world.ledger.close()


def test_a_second_reject_of_what_a_person_has_released_contradicts_nothing_by_itself(draft):
    mail = draft.come()
    draft.say(mail, "release")
    draft.go()
    assert draft.say(mail, "reject", actor="bob").refused is not None
    assert draft.testimonies() == [(mail, "a", False, "release")]


def test_profiles_that_share_a_parser_fall_together(tmp_path):
    world = Trusting(tmp_path, terms=Terms(pools=(("a", "b"),)))
    mail = world.come("a")
    world.go()
    world.contradict(mail)
    assert world.modes() == {"a": Mode.DRAFT, "b": Mode.DRAFT}
    world.ledger.close()


def test_a_contradiction_that_cannot_be_written_leaves_everything_as_it_was(auto, monkeypatch):
    mail = auto.come("a")
    auto.go()
    with auto.ledger.database.write() as db:
        db.exec_driver_sql("CREATE TRIGGER full BEFORE INSERT ON profile_mode BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(Exception, match="full"):
        auto.say(mail, "reject")
    assert auto.testimonies() == []
    assert not [row for row in auto.rows(EVENT) if row.type in {"ruled", "contradicted"}]


def test_an_answer_that_lay_ready_when_its_profile_fell_back_is_held_as_a_draft(auto):
    first = auto.come("a")
    auto.go()
    second, other = auto.come("a"), auto.come("b")
    assert auto.answers() == [OutgoingState.SENT, OutgoingState.READY, OutgoingState.READY]
    auto.contradict(first)
    auto.go()
    assert auto.answers() == [OutgoingState.SENT, OutgoingState.DRAFT, OutgoingState.SENT]
    assert (auto.state_of(second), auto.state_of(other)) == (MailState.HELD, MailState.ACKNOWLEDGED)
    assert len(auto.transport.sent) == 2
    assert auto.say(second, "release").refused is None
    auto.go()
    assert auto.state_of(second) == MailState.ACKNOWLEDGED


def test_an_answer_that_the_sender_has_in_its_hands_already_is_asked_for_once_more(auto):
    first = auto.come("a")
    auto.go()
    auto.come("b")
    auto.come("a")
    # While the answer before it is on the wire: both were claimed in one go.
    auto.transport.meanwhile.append(lambda: auto.contradict(first))
    auto.sender.drain()
    assert auto.answers() == [OutgoingState.SENT, OutgoingState.SENT, OutgoingState.DRAFT]


def test_a_mail_that_was_being_decided_when_its_profile_fell_back_is_not_answered(auto):
    first = auto.come("a")
    auto.go()
    settle = auto.ledger.settle

    def meanwhile(outcomes, mark, now):
        if outcomes:
            auto.contradict(first)
        return settle(outcomes, mark, now)

    auto.ledger.settle = meanwhile
    auto.come("a")
    auto.go()
    assert auto.column("mode")[1] == Mode.DRAFT
    assert auto.answers() == [OutgoingState.SENT, OutgoingState.DRAFT]


def test_what_a_person_has_approved_goes_out_from_a_profile_that_fell_back(auto):
    first = auto.come("a")
    auto.go()
    auto.contradict(first)
    second = auto.come("a", sender=STRANGER)
    assert auto.say(second, "approve").refused is None
    auto.go()
    assert auto.state_of(second) == MailState.ACKNOWLEDGED


def test_drafts_of_a_profile_that_is_trusted_again_stay_drafts(auto):
    auto.set("a", Mode.DRAFT)
    auto.come("a")
    auto.set("a", Mode.AUTO)
    auto.go()
    assert auto.answers() == [OutgoingState.DRAFT]


# --- the record --------------------------------------------------------------------------------------------------------


def decided(world, profile, *contradicted):
    """So many decisions of persons, written down as the service writes them."""
    with world.ledger.database.write() as db:
        for each in contradicted:
            values = {"mailbox": "orders", "folder": "Old", "uidvalidity": 1, "size": 1, "received_at": world.clock()}
            uid = db.scalar(select(func.count()).select_from(MAIL))
            mail = {"uid": uid, "state": MailState.LISTED, "attempts": 0, "twin": False, "version": 0}
            number = db.scalar(insert(MAIL).values(**values, **mail).returning(MAIL.c.id))
            row = {"mail_id": number, "profile": profile, "contradicts": each, "what": "release", "actor": "anna"}
            db.execute(insert(TESTIMONY).values(at=world.clock(), **row))


@pytest.fixture
def world(tmp_path):
    found = Trusting(tmp_path)
    yield found
    found.ledger.close()


def test_the_record_counts_what_the_gate_would_do_and_what_persons_said(world):
    world.come("a")
    world.come("a", sender=STRANGER)
    world.come("b")
    world.go()
    found = world.record("a")
    assert (found.counts.seen, found.counts.would) == (2, {"acknowledge": 1, "review": 1})
    world.say(2, "approve")
    assert world.record("a").counts.would == {"acknowledge": 1, "review": 1}


def test_the_record_counts_agreements_and_contradictions(world):
    decided(world, "a", True, True, *[False] * 3)
    counts = world.record("a").counts
    assert (counts.agreements, counts.contradictions) == (3, 2)


def test_what_is_known_to_be_wrong_takes_nothing_a_second_time(world):
    mail = world.come("a")
    world.contradict(mail)
    world.set("a", Mode.AUTO)
    assert not world.contradict(mail)
    assert world.modes() == {"a": Mode.AUTO}


def test_the_count_begins_anew_after_a_fall_back(world):
    decided(world, "a", *[False] * 60)
    assert world.record().look.decisions == 59
    world.contradict(world.come("a"))
    found = world.record()
    assert (found.decisions, found.look, found.counts.contradictions) == (0, None, 0)
    decided(world, "a", *[False] * 59)
    assert world.record().look.errors == 0


def test_the_count_begins_anew_when_an_operator_wants_a_draft_and_goes_on_when_auto_is_granted(world):
    decided(world, "a", *[False] * 59)
    world.set("a", Mode.AUTO)
    assert world.record().decisions == 59
    world.set("a", Mode.DRAFT)
    assert world.record().decisions == 0


def test_pooled_profiles_are_judged_by_the_decisions_of_all(tmp_path):
    world = Trusting(tmp_path, terms=Terms(pools=(("a", "b"),), start=Mode.DRAFT))
    decided(world, "a", *[False] * 30)
    decided(world, "b", *[False] * 29)
    assert [world.record(name).look.decisions for name in ("a", "b")] == [59, 59]
    assert world.record("a").counts.agreements == 30
    assert world.record("a").pool == ("a", "b")
    world.ledger.close()


def test_a_contradiction_that_is_found_out_later_counts_for_the_decision_that_it_was(draft):
    mail = draft.come()
    draft.say(mail, "release")
    draft.go()
    draft.contradict(mail)
    assert draft.testimonies() == [(mail, "a", True, "contradict")]
    assert draft.record().counts.agreements == 0


def test_the_record_of_a_ledger_from_before_is_filled_in(world):
    world.come("a")
    world.come("a", sender=STRANGER)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with world.ledger.database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0009")
        command.upgrade(config, "head")
    assert [(row.profile, row.action) for row in world.rows(DECISION)] == [("a", "acknowledge"), ("a", "review")]
    assert world.record("a").counts.seen == 2


# --- alarms ------------------------------------------------------------------------------------------------------------


def alarms(world):
    return Alarms(world.profile_modes, world.house.terms, lambda: {"a": Mode.AUTO})


def said(caplog, event):
    return [record.facts for record in caplog.records if getattr(record, "event", "") == event]


def test_a_fall_back_is_an_alarm_in_the_daemons_log_once_and_a_state_until_somebody_sets_the_mode(world, caplog):
    world.contradict(world.come("a"))
    watch = alarms(world)
    assert watch.look() == ("a",)
    assert watch.look() is None
    alarms(world).look()
    (fact,) = said(caplog, "fell-back")
    assert fact["profile"] == "a"
    assert "modes set a" in fact["then"]
    assert [record.levelno for record in caplog.records if record.event == "fell-back"] == [logging.CRITICAL]
    world.set("a", Mode.AUTO, overruled=True)
    assert watch.look() == ()
    (fact,) = said(caplog, "mode-set")
    assert (fact["mode"], fact["by"], fact["note"]) == ("auto", "olga", "overruled: its record has not earned it")


def test_a_fall_back_that_happens_while_the_log_is_written_is_told_at_the_next_look(world, caplog):
    watch = alarms(world)
    untold = world.profile_modes.untold
    mails = [world.come("a"), world.come("b")]

    def meanwhile():
        found = untold()
        if mails:
            world.contradict(mails.pop())
        return found

    world.contradict(mails.pop(0))
    world.profile_modes.untold = meanwhile
    watch.look()
    watch.look()
    assert [fact["profile"] for fact in said(caplog, "fell-back")] == ["a", "b"]


def test_what_has_earned_auto_is_said_in_the_log_once_and_never_taken(tmp_path, caplog):
    caplog.set_level(logging.INFO, "maildaemon")
    world = Trusting(tmp_path, terms=Terms(start=Mode.DRAFT))
    decided(world, "a", *[False] * 59)
    alarms(world).look()
    alarms(world).look()
    decided(world, "a", False)
    alarms(world).look()
    (fact,) = said(caplog, "earned-auto")
    assert fact["profile"] == "a"
    assert world.modes() == {}
    world.come("a")
    world.go()
    assert world.answers() == [OutgoingState.DRAFT]
    world.ledger.close()


@pytest.mark.parametrize("right", [59, 299])
def test_a_contradiction_behind_the_last_judgement_lets_nothing_be_proposed(tmp_path, caplog, right):
    caplog.set_level(logging.INFO, "maildaemon")
    world = Trusting(tmp_path, terms=Terms(start=Mode.DRAFT))
    decided(world, "a", *[False] * right, True)
    alarms(world).look()
    assert world.record("a").look.errors == 0
    assert not world.record("a").earned(world.house.terms)
    assert said(caplog, "earned-auto") == []
    world.ledger.close()


def test_the_modes_keep_their_history(world):
    world.set("a", Mode.AUTO, overruled=True)
    world.clock.now += timedelta(hours=1)
    world.set("a", Mode.DRAFT)
    assert [(row.mode, row.overruled, row.actor, row.why) for row in world.rows(PROFILE_MODE)] == [
        ("auto", True, "olga", "because"),
        ("draft", False, "olga", "because"),
    ]
    assert world.modes() == {"a": Mode.DRAFT}
    told = [json.loads(row.body) for row in world.rows(EVENT) if row.type == "mode-set"]
    assert [one["mode"] for one in told] == ["auto", "draft"]
    assert told[0]["overruled"] is True
