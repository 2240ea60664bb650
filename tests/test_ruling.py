"""What a person's word comes to: one outcome, in one transaction, by the same door as everything else."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from importlib import resources

import pytest
from sqlalchemy import select

from maildaemon.audit import audit
from maildaemon.audit.facts import Box, Terms
from maildaemon.bounds import Bounds
from maildaemon.correcting import WrongCorrection
from maildaemon.desk import MailState, OutgoingState, SendResult
from maildaemon.door import Door
from maildaemon.edge import playbooks
from maildaemon.edge.auditing import ledger_facts
from maildaemon.edge.booking import next_order
from maildaemon.edge.tables import ORDER, OUTGOING, RESERVATION, RULING
from maildaemon.model import Mode, Stock
from maildaemon.word import Late, Via, What, Word
from tests.fakes import START
from tests.worlds import CLIENT, TARGETS, World, raw

STRANGER = "who@stranger.example"
SENT, DRAFT, WITHDRAWN = OutgoingState.SENT, OutgoingState.DRAFT, OutgoingState.WITHDRAWN
TERMS = Terms(boxes=(Box("orders", ("INBOX",), TARGETS),), domain="us.example")


def made(tmp_path, **more):
    found = World(tmp_path, **more)
    found.path = tmp_path / "ledger.db"
    found.sender.clock = found.clock
    found.story.round()
    return found


@pytest.fixture
def world(tmp_path):
    """One order of a stranger's, stopped."""
    found = made(tmp_path)
    come(found, raw(1, sender=STRANGER))
    yield found
    assert not proved(found)
    found.ledger.close()


@pytest.fixture
def drafted(tmp_path):
    """One clear order, its answer a draft."""
    found = made(tmp_path, mode=Mode.DRAFT)
    found.sender.door = Door(found.outbox, found.clock, Mode.DRAFT, frozenset({"us.example"})).ask
    come(found, raw(1))
    yield found
    assert not proved(found)
    found.ledger.close()


def come(world, *mails):
    for mail in mails:
        world.mailbox.deliver(mail)
    world.go()


def rows(world, table):
    with world.ledger.database.read() as db:
        return db.execute(select(table)).all()


def case(world, mail_id=1):
    return world.persons.cases.case(mail_id)


def proved(world):
    """What the audit finds to be off."""
    found = audit(ledger_facts(world.path, lambda *_: None), None, TERMS, world.clock())
    return [finding.sentence for finding in found.off]


def sent(world):
    return [message.recipient for message in world.transport.sent]


# --- approve ------------------------------------------------------------------------------------------------------------


def test_an_approved_order_is_acknowledged_like_any_other_and_what_it_overruled_stays_listed(world):
    before = case(world)
    assert before.decision.objections
    ruling = world.say(1, "approve", reason="an old friend")
    assert ruling.refused is None
    world.go()
    assert sent(world) == [STRANGER]
    assert b"PO-1" in world.transport.sent[0].raw
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert case(world).decision.objections == before.decision.objections
    (order,), (taken,) = rows(world, ORDER), rows(world, RESERVATION)
    assert (order.action, taken.order_id, taken.quantity) == ("acknowledge", order.id, "5")
    (row,) = rows(world, RULING)
    assert (row.what, row.actor, row.via, row.reason, row.version) == ("approve", "anna", "cli", "an old friend", 1)


def test_an_approved_order_is_answered_in_the_layout_that_counts_now(world, tmp_path):
    shipped = resources.files("maildaemon.reply").joinpath("templates", "mail.txt").read_text("utf-8")
    own = tmp_path / "templates"
    own.mkdir()
    (own / "mail.txt").write_text(f"{shipped}\nPlease quote our reference.\n", "utf-8")
    (own / "mail.txt").chmod(0o644)
    persons, bundle = world.persons, playbooks.gather(templates=own)
    persons.renewed(world.playbook, playbooks.layouts(bundle))
    assert persons.say(Word(1, What.APPROVE, "anna", Via.CLI)).refused is None
    (message,) = rows(world, OUTGOING)
    assert b"Please quote our reference." in message.raw


def test_the_second_of_two_racing_decisions_fails_and_says_who_was_faster(world):
    assert world.say(1, "approve", version=1).refused is None
    late = world.say(1, "reject", actor="bob", version=1)
    assert late.refused == f"decided meanwhile by anna at {world.clock():%Y-%m-%d %H:%M} UTC: approved"
    assert world.say(1, "reject", actor="bob").refused == late.refused
    world.go()
    assert sent(world) == [STRANGER]
    assert [row.refused is None for row in rows(world, RULING)] == [True, False, False]


def test_of_two_decisions_that_were_made_at_the_same_moment_one_is_written(world):
    persons, rule = world.persons, world.persons.cases.rule
    said = []

    def meanwhile(ruling, mark, now):
        persons.cases.rule = rule
        said.append(world.say(1, "reject", actor="bob"))
        late = rule(ruling, mark, now)
        assert late is Late.DECIDED
        return late

    persons.cases.rule = meanwhile
    ruling = persons.say(replace(case_word("approve"), actor="anna"))
    assert said[0].refused is None
    assert ruling.refused.startswith("decided meanwhile by bob")
    world.go()
    assert sent(world) == []


def case_word(what, mail_id=1, **more):
    return Word(mail_id, What(what), "anna", Via.CLI, **more)


def test_a_version_that_is_no_more_is_refused_though_nobody_decided(drafted):
    assert "look again" in drafted.say(1, "approve", version=7).refused


def test_an_order_that_was_acknowledged_is_not_acknowledged_again(world):
    world.say(1, "approve")
    world.go()
    for what in ("approve", "reject", "not-an-order", "reread", "release"):
        assert "decided meanwhile by anna" in world.say(1, what, actor="bob").refused
    assert sent(world) == [STRANGER]


def test_a_mail_that_nobody_stopped_is_none_of_a_persons(world):
    come(world, raw(2))
    assert world.say(2, "approve").refused == "it does not wait for a person: it is acknowledged"
    assert world.say(99, "approve") is None


def test_a_mail_that_must_not_be_answered_is_taken_in_without_an_answer(world):
    come(world, raw(2, sender=STRANGER, headers=[("Auto-Submitted", "auto-generated")]))
    assert world.say(2, "approve").refused is None
    world.go()
    assert world.states()[1] == MailState.ACKNOWLEDGED
    assert sent(world) == []
    assert len(rows(world, RESERVATION)) == 1


def test_what_was_never_read_cannot_be_approved_and_can_be_rejected(world):
    come(world, raw(2, kind="refused"))
    assert "could not be read" in world.say(2, "approve").refused
    assert world.say(2, "reject").refused is None
    world.go()
    assert world.states()[1] == MailState.REJECTED


def test_the_bounds_hold_for_what_a_person_approves(world):
    door = Door(world.outbox, world.clock, Mode.AUTO, frozenset({"us.example"}), Bounds(per_address_hour=1))
    world.sender.door, world.sender.passed = door.ask, door.passed
    come(world, raw(2, sender=STRANGER))
    for mail_id in (1, 2):
        assert world.say(mail_id, "approve").refused is None
    world.go()
    assert [row.state for row in rows(world, OUTGOING)] == [SENT, OutgoingState.HELD]


def test_approving_sends_in_draft_mode_too_for_a_person_has_looked(drafted):
    come(drafted, raw(2, sender=STRANGER))
    assert drafted.say(2, "approve").refused is None
    drafted.go()
    assert sent(drafted) == [STRANGER]
    assert [row.state for row in rows(drafted, OUTGOING)] == [DRAFT, SENT]


def test_our_own_addresses_are_not_written_to_whoever_approves(tmp_path):
    world = made(tmp_path)
    door = Door(world.outbox, world.clock, Mode.AUTO, frozenset({"stranger.example"}))
    world.sender.door = door.ask
    come(world, raw(1, sender=STRANGER))
    world.say(1, "approve")
    world.go()
    assert sent(world) == []
    assert world.states() == [MailState.HELD]
    assert not proved(world)
    world.ledger.close()


def test_shadow_mode_knows_no_persons(tmp_path):
    world = made(tmp_path, mode=Mode.SHADOW)
    come(world, raw(1, sender=STRANGER))
    assert "shadow" in world.say(1, "approve").refused
    world.ledger.close()


def test_a_failed_answer_can_be_approved_again_and_goes_out_once(world):
    world.transport.results = [SendResult(OutgoingState.FAILED, "550 no such user")]
    world.say(1, "approve")
    world.go()
    assert world.states() == [MailState.REVIEW]
    assert world.say(1, "approve").refused is None
    world.go()
    assert [row.state for row in rows(world, OUTGOING)] == [WITHDRAWN, SENT]
    assert len({row.message_id for row in rows(world, OUTGOING)}) == 2
    assert len(rows(world, RESERVATION)) == 1


def test_while_an_answer_is_in_doubt_nothing_else_is_decided(world):
    world.transport.results = [SendResult(OutgoingState.IN_DOUBT, "cut off")]
    world.say(1, "approve")
    world.go()
    for what in ("approve", "reject", "reread"):
        assert "not known whether its answer arrived" in world.say(1, what).refused
    assert world.triage.arrived(1, world.clock())
    assert world.states() == [MailState.ACKNOWLEDGED]


# --- what changes between looking and deciding ---------------------------------------------------------------------------


def counted(world, pieces):
    stock = (Stock("W-100", Decimal(pieces), as_of=START - timedelta(days=1000)),)
    world.data = replace(world.data, stock=stock)


def test_goods_that_have_gone_since_the_person_looked_are_shown_before_they_are_promised(world):
    counted(world, 5)
    come(world, raw(2, sender=CLIENT))  # takes the last five
    before = case(world)
    ruling = world.say(1, "approve")
    assert "was in-stock and is" in ruling.refused
    after = case(world)
    assert after.version == before.version + 1
    assert any(one.rule == "stock-is-as-shown" for one in after.decision.objections)
    assert sent(world) == [CLIENT]
    assert world.say(1, "approve").refused is None
    world.go()
    assert sent(world) == [CLIENT, STRANGER]


def test_two_orders_that_race_for_the_last_piece_do_not_both_get_it(world):
    counted(world, 5)
    persons, look = world.persons, world.ledger.orders_seen

    def orders_seen(asked):
        found = look(asked)
        world.ledger.orders_seen = look
        come(world, raw(2))
        return found

    world.ledger.orders_seen = orders_seen
    ruling = persons.say(case_word("approve"))
    assert "was in-stock and is" in ruling.refused


def test_an_equal_order_that_was_acknowledged_meanwhile_is_shown_before_it_is_acknowledged_twice(world):
    come(world, raw(2, "PO-1", sender=STRANGER))
    assert world.say(1, "approve").refused is None
    world.go()
    ruling = world.say(2, "approve")
    assert "was acknowledged meanwhile" in ruling.refused
    assert sent(world) == [STRANGER]
    assert world.say(2, "approve").refused is None, "the person has seen it now"


def test_an_approval_is_seen_by_who_has_looked_up_before_it(world):
    """The same order, in another mail, is being decided while a person approves of this one."""
    look = world.ledger.orders_seen

    def orders_seen(asked):
        found = look(asked)
        world.ledger.orders_seen = look
        assert world.say(1, "approve").refused is None
        return found

    world.ledger.orders_seen = orders_seen
    come(world, raw(2, "PO-1", sender=CLIENT))
    assert sent(world) == [STRANGER]
    assert world.states() == [MailState.ACKNOWLEDGED, MailState.REVIEW]


# --- reject, not an order -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "state", "folder"),
    [("reject", MailState.REJECTED, "Rejected"), ("not-an-order", MailState.NOT_AN_ORDER, "Not an order")],
)
def test_what_a_person_does_not_want_is_not_answered(world, what, state, folder):
    assert world.say(1, what).refused is None
    world.go()
    assert world.states() == [state]
    assert sent(world) == []
    assert rows(world, RESERVATION) == []


def test_a_rejected_order_is_seen_again_when_it_is_repeated_and_what_was_no_order_is_not(world):
    come(world, raw(2, sender=STRANGER))
    world.say(1, "reject")
    world.say(2, "not-an-order")
    come(world, raw(3, "PO-1"), raw(4, "PO-2"))
    assert world.states()[2:] == [MailState.REVIEW, MailState.ACKNOWLEDGED]


def test_a_mind_can_be_changed_by_who_has_seen_what_was_decided(world):
    world.say(1, "reject")
    assert world.say(1, "approve").refused.startswith("decided meanwhile by anna")
    assert world.say(1, "approve", version=case(world).version).refused is None
    world.go()
    assert sent(world) == [STRANGER]


# --- drafts ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["release", "approve"])
def test_a_draft_that_is_let_out_goes_out_as_it_is(drafted, what):
    (before,) = rows(drafted, OUTGOING)
    assert drafted.say(1, what).refused is None
    drafted.go()
    (after,) = rows(drafted, OUTGOING)
    assert (after.raw, after.state) == (before.raw, SENT)
    assert drafted.states() == [MailState.ACKNOWLEDGED]
    assert rows(drafted, RULING)[0].drafted


def test_a_rejected_draft_never_leaves_and_gives_its_goods_back(drafted):
    assert len(rows(drafted, RESERVATION)) == 1
    assert drafted.say(1, "reject").refused is None
    drafted.go()
    assert sent(drafted) == []
    assert [row.state for row in rows(drafted, OUTGOING)] == [WITHDRAWN]
    assert rows(drafted, RESERVATION) == []


def test_a_corrected_draft_is_written_anew_and_the_first_one_never_leaves(drafted):
    ruling = drafted.say(1, "correct", wished={0: {"lines": {0: {"quantity": "7"}}}})
    assert ruling.refused is None
    assert ruling.changed == ("orders[0].lines[0].quantity", "orders[0].lines[0].amount", "orders[0].total")
    drafted.go()
    assert [row.state for row in rows(drafted, OUTGOING)] == [WITHDRAWN, SENT]
    assert [row.quantity for row in rows(drafted, RESERVATION)] == ["7"]
    assert b"7" in drafted.transport.sent[0].raw
    assert "orders[0].lines[0].quantity" in rows(drafted, RULING)[0].changed


# --- correct --------------------------------------------------------------------------------------------------------------


def test_a_corrected_order_is_acknowledged_as_corrected_and_says_who_did_it(world):
    wished = {0: {"po_number": "4711", "customer": "C-1", "requested_date": "2026-12-01"}}
    assert world.say(1, "correct", wished=wished).refused is None
    world.go()
    assert b"4711" in world.transport.sent[0].raw
    order = case(world).decision.orders[0].order
    assert (order.po_number.value, order.po_number.document, order.po_number.place) == ("4711", "a person", "anna")
    assert order.customer.customer.number == "C-1"
    (row,) = rows(world, ORDER)
    assert (row.po_number, row.customer) == ("4711", "C-1")


def test_an_order_that_nobody_could_read_is_what_a_person_says(world):
    come(world, raw(2, kind="Re: something", sender=CLIENT))
    ruling = world.say(2, "correct", wished={0: {"po_number": "1"}})
    assert ruling.refused == "it does not wait for a person: it is ignored"


@pytest.mark.parametrize(
    ("wished", "words"),
    [
        ({0: {"po": "1"}}, "no such field"),
        ({0: {"lines": {0: {"price": "1"}}}}, "no such field"),
        ({0: {"lines": {3: {"quantity": "1"}}}}, "no such line"),
        ({1: {"po_number": "1"}}, "no such order"),
        ({0: {"total": "12,50"}}, "is no number"),
        ({0: {"total": 1.5}}, "is no number"),
        ({0: {"total": "9" * 30}}, "is no number"),
        ({0: {"lines": {0: {"quantity": "0"}}}}, "above 0"),
        ({0: {"requested_date": "1.12.2026"}}, "is no day"),
        ({0: {"requested_date": "2026-02-30"}}, "is no day"),
        ({0: {"currency": "euro"}}, "is no currency"),
        ({0: {"lines": {0: {"unit": "pieces"}}}}, "is no unit"),
        ({0: {"customer": "C-99"}}, "no customer"),
        ({0: {"lines": {0: {"product": "W-1"}}}}, "no article"),
        ({0: {"po_number": "a\x00b"}}, "printable"),
        ({0: {"po_number": "PO-1"}}, "nothing is corrected"),
    ],
)
def test_a_correction_that_cannot_be_names_its_field_and_changes_nothing(world, wished, words):
    with pytest.raises(WrongCorrection, match=words):
        world.say(1, "correct", wished=wished)
    assert rows(world, RULING) == []
    assert case(world).version == 1


# --- read again -----------------------------------------------------------------------------------------------------------


def test_what_is_read_again_is_decided_with_todays_master_data(world):
    client = replace(world.data.customers[0], domains=("client.example", "stranger.example"))
    world.data = replace(world.data, customers=(client,))
    assert world.say(1, "reread").refused is None
    assert world.states() == [MailState.NEW]
    world.go()
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert sent(world) == [STRANGER]
    assert len(rows(world, ORDER)) == 1


def test_a_draft_that_is_read_again_is_written_anew_and_the_first_never_leaves(drafted):
    drafted.say(1, "reread")
    drafted.go()
    assert [row.state for row in rows(drafted, OUTGOING)] == [WITHDRAWN, DRAFT]
    assert len(rows(drafted, RESERVATION)) == 1
    drafted.say(1, "approve")
    drafted.go()
    assert len(drafted.transport.sent) == 1


def test_the_numbers_of_orders_never_come_again(world):
    with world.ledger.database.write() as db:
        before = next_order(db)
    world.say(1, "reread")
    assert rows(world, ORDER) == []
    with world.ledger.database.write() as db:
        assert next_order(db) == before
    world.go()
    assert [row.id for row in rows(world, ORDER)] == [before]
