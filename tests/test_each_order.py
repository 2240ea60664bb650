"""Each order of a mail follows its own decision: one answer for what can be acknowledged, and each order answered once."""

import email
import email.policy
from dataclasses import replace
from decimal import Decimal

import pytest
from alembic import command
from sqlalchemy import select

from maildaemon.audit import audit
from maildaemon.audit.facts import Box, Terms
from maildaemon.deck import deck
from maildaemon.desk import MailState, OutgoingState, SendResult
from maildaemon.edge import database, history
from maildaemon.edge.auditing import ledger_facts
from maildaemon.edge.tables import ORDER, OUTGOING, RESERVATION
from maildaemon.facts import FactKind
from maildaemon.matrix import matrix
from maildaemon.model import Action, Found, Mode, Product, Stock
from maildaemon.replay import again, change
from tests.fakes import START
from tests.test_waiting import FakeFacts
from tests.worlds import DATA, PLAYBOOK, TARGETS, World, raw, understand

ACK, HOLD, REVIEW, IGNORE = Action.ACKNOWLEDGE, Action.HOLD, Action.REVIEW, Action.IGNORE
SENT, DRAFT, WITHDRAWN = OutgoingState.SENT, OutgoingState.DRAFT, OutgoingState.WITHDRAWN
TERMS = Terms(boxes=(Box("orders", ("INBOX",), TARGETS),), domain="us.example")
ARTICLES = {"fine": "W-100", "later": "W-200", "wrong": "W-999", "later-too": "W-300"}
"""What is ordered by the words of a mail's body: an article in stock, two whose source is down, one that is none."""
MASTER = replace(
    DATA,
    products=(*DATA.products, *(Product(sku, (f"Nut {sku}",), "EA", Decimal("1.20"), "EUR") for sku in ("W-200", "W-300"))),
)  # fmt: skip


def several(data):
    """A reader for mails whose body names the orders in it: "fine later" are two."""
    found = understand(data)
    words = found.orders[0].po_number.value.split()
    (line,) = found.orders[0].lines
    orders = []
    for number, word in enumerate(words, 1):
        own = replace(line, sku=Found(ARTICLES[word]))
        orders.append(
            replace(found.orders[0], po_number=Found(f"PO-{data.split(b'@')[0][-1:].decode()}{number}"), lines=(own,))
        )
    return replace(found, orders=tuple(orders))


class Shelf(FakeFacts):
    """Of some articles the source says nothing until it is told what."""

    def __init__(self):
        super().__init__(FactKind.STOCK)
        self.says = {"stock of W-100": stock("W-100")}

    def _answer(self, about, now):
        if str(about) not in self.says:
            self.says, before = None, self.says
            found = super()._answer(about, now)
            self.says = before
            return found
        return super()._answer(about, now)

    def counted(self, *skus, on_hand=1000):
        self.says |= {f"stock of {sku}": stock(sku, on_hand) for sku in skus}


def stock(sku, on_hand=1000):
    return {"stock": Stock(sku, Decimal(on_hand), as_of=START)}


def made(tmp_path, **more):
    world = World(tmp_path, **more)
    world.path = tmp_path / "ledger.db"
    world.sender.clock = world.clock
    world.reader.read_one = several
    world.data, world.facts = MASTER, Shelf()
    begin(world)
    world.go()  # the first contact
    return world


def begin(world):
    """The program's start."""
    rows = matrix('[[row]]\nunknown_facts = "hold"\nhold_hours = 6', "m", frozenset({"orders"}), frozenset())
    world.playbook = replace(PLAYBOOK, matrix=rows)
    world.story = world.restarted()
    world.story.facts = world.facts


@pytest.fixture
def world(tmp_path):
    found = made(tmp_path)
    yield found
    assert proved(found) == []
    assert changed(found) == []
    found.ledger.close()


def proved(world):
    """What the audit finds to be off."""
    return [one.sentence for one in audit(ledger_facts(world.path, lambda *_: None), None, TERMS, world.clock()).off]


def changed(world):
    """What a replay under the same playbook decides otherwise, by what was known then."""
    stand = world.house.stand
    pasts = list(history.pasts(world.path, None, {}))
    changes = [change(p, again(p, p.reading, world.playbook, stand, lambda q, at: pytest.fail("asked"))) for p in pasts]
    return [one for one in changes if one is not None]


def come(world, words, number=1):
    world.mailbox.deliver(raw(number, words))
    world.go()


def later(world, *skus):
    """The source tells of these, and a minute has passed."""
    world.facts.counted(*skus)
    world.clock.forward(seconds=61)
    world.go()


def actions(world, mail_id=1):
    return [one.action for one in case(world, mail_id).decision.orders]


def case(world, mail_id=1):
    return world.persons.cases.case(mail_id)


def rows(world, table):
    with world.ledger.database.read() as db:
        return db.execute(select(table).order_by(*table.primary_key)).all()


def texts(world):
    return [
        email.message_from_bytes(one.raw, policy=email.policy.default).get_body(("plain",)).get_content()
        for one in world.transport.sent
    ]


def said(text):
    """The PO numbers that an answer acknowledges, and those that it says are still being checked."""
    taken, _, checking = text.partition("Still being checked")
    return tuple(sorted(po for po in ("PO-11", "PO-12", "PO-13") if po in part) for part in (taken, checking))


# --- each mixture -----------------------------------------------------------------------------------------------------


def test_what_can_be_acknowledged_is_while_a_person_looks_at_the_other(world):
    come(world, "fine wrong")
    assert actions(world) == [ACK, REVIEW]
    assert [said(one) for one in texts(world)] == [(["PO-11"], ["PO-12"])]
    assert world.states() == [MailState.REVIEW]
    assert raw(1, "fine wrong") in world.held("Manual Review")


@pytest.mark.parametrize("words", ["fine later", "later fine"])
def test_what_can_be_acknowledged_is_while_the_other_waits_and_that_is_answered_later_in_the_thread_once(world, words):
    come(world, words)
    assert sorted(actions(world)) == [ACK, HOLD]
    at_once, waiting = (["PO-11"], ["PO-12"]) if words == "fine later" else (["PO-12"], ["PO-11"])
    assert [said(one) for one in texts(world)] == [(at_once, waiting)]
    assert world.states() == [MailState.HELD]
    assert world.held("INBOX") == [raw(1, words)], "the strictest of the two: it waits"
    assert len(rows(world, RESERVATION)) == 1
    for _ in range(3):
        later(world, "W-200")
    assert [said(one) for one in texts(world)] == [(at_once, waiting), (waiting, [])]
    first, second = (email.message_from_bytes(one.raw) for one in world.transport.sent)
    assert first["In-Reply-To"] == second["In-Reply-To"] == "<1@client.example>"
    assert first["Message-ID"] != second["Message-ID"]
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert world.held("Processed") == [raw(1, words)]
    assert len(rows(world, RESERVATION)) == len(rows(world, ORDER)) == 2
    assert world.column("attempts") == [1]


def test_of_two_that_wait_each_is_answered_when_it_can_be(world):
    come(world, "fine later later-too")
    later(world, "W-300")
    later(world, "W-200")
    assert [said(one) for one in texts(world)] == [
        (["PO-11"], ["PO-12", "PO-13"]),
        (["PO-13"], ["PO-12"]),
        (["PO-12"], []),
    ]
    assert world.states() == [MailState.ACKNOWLEDGED]


def test_one_that_waits_beside_one_that_a_person_looks_at_is_decided_again(world):
    come(world, "later wrong")
    assert actions(world) == [HOLD, REVIEW]
    assert (world.states(), texts(world)) == ([MailState.REVIEW], [])
    assert raw(1, "later wrong") in world.held("Manual Review")
    notes = len(world.held("Manual Review"))
    later(world, "W-200")
    assert [said(one) for one in texts(world)] == [(["PO-11"], ["PO-12"])]
    assert actions(world) == [ACK, REVIEW]
    assert world.states() == [MailState.REVIEW]
    assert raw(1, "later wrong") in world.held("Manual Review")
    assert len(world.held("Manual Review")) == notes + 1, "the note tells how it stands"
    assert world.say(1, "reject").refused is None
    world.go()
    assert len(texts(world)) == 1
    assert world.states() == [MailState.REJECTED]


def test_all_three_follow_their_own(world):
    come(world, "fine later wrong")
    assert actions(world) == [ACK, HOLD, REVIEW]
    later(world, "W-200")
    assert [said(one) for one in texts(world)] == [(["PO-11"], ["PO-12", "PO-13"]), (["PO-12"], ["PO-13"])]
    assert world.states() == [MailState.REVIEW]


IGNORES = '[[rule]]\nname = "it-is-for-us"\ncheck = "not-second"\nthen = "ignore"'


def not_second(order, known):
    if order.po_number.value.endswith("2"):
        yield "it is for somebody else"


@pytest.mark.parametrize(("words", "first"), [("later wrong", []), ("fine wrong", [(["PO-11"], [])])])
def test_one_that_is_ignored_is_named_in_no_answer_and_keeps_none_back(tmp_path, words, first):
    world = made(tmp_path)
    world.playbook = replace(world.playbook, deck=deck("orders", IGNORES, "x", {"not-second": not_second}))
    world.story.playbook = world.playbook
    come(world, words)
    assert [said(one) for one in texts(world)] == first
    later(world, "W-200")
    assert [said(one) for one in texts(world)] == [(["PO-11"], [])]
    assert actions(world) == [ACK, IGNORE]
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert proved(world) == []
    world.ledger.close()


def test_one_that_waited_too_long_is_a_persons_and_the_other_stays_answered(world):
    come(world, "fine later")
    world.clock.forward(hours=7)
    world.go()
    assert actions(world) == [ACK, REVIEW]
    assert world.states() == [MailState.REVIEW]
    assert raw(1, "fine later") in world.held("Manual Review")
    assert "longer than 6 hours" in world.column("reason")[0]
    assert world.say(1, "approve").refused is None
    world.go()
    assert [said(one) for one in texts(world)] == [(["PO-11"], ["PO-12"]), (["PO-12"], [])]
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert len(rows(world, RESERVATION)) == 2


# --- modes ------------------------------------------------------------------------------------------------------------


def test_in_draft_mode_each_has_its_draft_and_each_is_released_once(tmp_path):
    world = made(tmp_path, mode=Mode.DRAFT)
    come(world, "fine later")
    assert world.states() == [MailState.HELD]
    later(world, "W-200")
    assert [row.state for row in rows(world, OUTGOING)] == [DRAFT, DRAFT]
    assert world.held("Manual Review")
    assert world.let_out(1)
    world.go()
    assert world.states() == [MailState.HELD], "the other draft waits still"
    assert world.let_out(2)
    world.go()
    assert [said(one) for one in texts(world)] == [(["PO-11"], ["PO-12"]), (["PO-12"], [])]
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert raw(1, "fine later") in world.held("Processed")
    assert proved(world) == []
    world.ledger.close()


def test_in_draft_mode_one_word_releases_both(tmp_path):
    world = made(tmp_path, mode=Mode.DRAFT)
    come(world, "fine later")
    later(world, "W-200")
    assert world.say(1, "approve").refused is None
    world.go()
    assert [row.state for row in rows(world, OUTGOING)] == [SENT, SENT]
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert proved(world) == []
    world.ledger.close()


def test_a_draft_that_waits_keeps_the_mail_with_the_person_whatever_becomes_of_the_other(tmp_path):
    world = made(tmp_path, mode=Mode.DRAFT)
    come(world, "fine later")
    assert world.say(1, "release").refused is None
    world.clock.forward(hours=7)
    world.go()
    assert [row.state for row in rows(world, OUTGOING)] == [SENT]
    assert world.states() == [MailState.REVIEW]
    assert proved(world) == []
    world.ledger.close()


def test_shadow_mode_looks_at_each_and_does_nothing(tmp_path):
    world = made(tmp_path, mode=Mode.SHADOW)
    come(world, "fine later")
    come(world, "later wrong", 2)
    assert world.column("action") == [HOLD, REVIEW]
    later(world, "W-200")
    assert world.column("action") == [ACK, REVIEW]
    assert (actions(world), actions(world, 2)) == ([ACK, ACK], [ACK, REVIEW])
    assert world.states() == [MailState.OBSERVED] * 2
    assert (texts(world), rows(world, RESERVATION), rows(world, OUTGOING)) == ([], [], [])
    assert changed(world) == []
    world.ledger.close()


# --- goods, races, trouble --------------------------------------------------------------------------------------------


def test_orders_of_one_mail_do_not_both_get_the_last_piece_though_they_are_decided_apart(tmp_path):
    """Both want the last eight of an article; of another one of the second the stock is known later."""
    world = made(tmp_path)
    product = replace(MASTER.products[0], lead_days=4)
    world.data = replace(MASTER, products=(product, *MASTER.products[1:]))
    world.facts.counted("W-100", on_hand=8)
    world.clock.forward(seconds=61)
    world.reader.read_one = lambda data: replace(
        several(data), orders=tuple(_with_both(order) if n else order for n, order in enumerate(several(data).orders))
    )
    come(world, "fine later")
    later(world, "W-200")
    first, second = texts(world)
    assert "complete by" not in first
    assert "3 pcs in stock, complete by" in second
    assert changed(world) == []
    world.ledger.close()


def _with_both(order):
    """W-200 and W-100 in one order."""
    (line,) = order.lines
    total = Found(Decimal("12.00"))
    return replace(order, lines=(line, replace(line, sku=Found("W-100"))), total=total)


def test_a_persons_word_while_it_is_decided_again_counts_alone(world):
    come(world, "fine later")
    world.facts.counted("W-200")
    world.clock.forward(seconds=61)
    settle = world.ledger.settle_held

    def between(outcome, mark, now):
        world.ledger.settle_held = settle
        assert world.say(1, "approve").refused is None
        return settle(outcome, mark, now)

    world.ledger.settle_held = between
    world.go()
    assert [said(one) for one in texts(world)] == [(["PO-11"], ["PO-12"]), (["PO-12"], [])]
    assert len(rows(world, RESERVATION)) == 2
    later(world, "W-200")
    assert len(texts(world)) == 2


def test_a_crash_before_the_second_decision_is_written_changes_nothing(world):
    come(world, "fine later")
    world.facts.counted("W-200")
    world.clock.forward(seconds=61)
    settle, world.ledger.settle_held = world.ledger.settle_held, None
    with pytest.raises(TypeError):
        world.story.round()
    world.ledger.settle_held = settle
    begin(world)
    world.go()
    world.go()
    assert len(texts(world)) == 2


def test_where_the_first_answer_failed_the_whole_mail_is_a_persons(world):
    world.transport.results = [SendResult(OutgoingState.FAILED, "550 no such user")]
    come(world, "fine later")
    assert world.states() == [MailState.REVIEW]
    later(world, "W-200")
    assert (actions(world), texts(world)) == ([ACK, HOLD], [])
    assert world.say(1, "approve").refused is None
    world.go()
    assert [said(one) for one in texts(world)] == [(["PO-11", "PO-12"], [])]
    assert [row.state for row in rows(world, OUTGOING)] == [WITHDRAWN, SENT]
    assert len(rows(world, RESERVATION)) == 2


def test_what_breaks_a_rule_of_ours_while_it_waits_goes_to_a_person_and_the_answered_one_stays(world):
    come(world, "fine later")
    world.story.playbook = replace(world.playbook, deck=None)
    for _ in range(3):
        world.clock.forward(seconds=61)
        world.go()
    assert actions(world) == [ACK, REVIEW]
    assert world.states() == [MailState.REVIEW]
    assert world.column("reason") == ["an error of the program: AttributeError"]
    assert [row.quantity for row in rows(world, RESERVATION)] == ["5"]


def test_while_nothing_changes_nothing_is_written(world):
    come(world, "fine later wrong")
    before = world.column("version")
    for _ in range(3):
        world.clock.forward(seconds=61)
        world.go()
    assert world.column("version") == before


def test_an_order_that_was_answered_is_not_answered_by_a_repeat_of_the_mail(world):
    come(world, "fine later")
    later(world, "W-200")
    world.clock.forward(hours=1)
    come(world, "fine later", 1)
    assert len(texts(world)) == 2


def test_a_ledger_of_before_knows_which_orders_its_answers_speak_of(tmp_path):
    world = made(tmp_path)
    come(world, "fine fine later")
    come(world, "later", 2)
    with world.ledger.database.engine.connect() as connection:
        config = database._migrations()
        config.attributes["connection"] = connection
        command.downgrade(config, "0010")
        command.upgrade(config, "head")
    assert [row.orders for row in rows(world, OUTGOING)] == ["[0,1]"]
    assert [row.action for row in rows(world, ORDER)] == ["acknowledge", "acknowledge", "review", "hold"], (
        "one in an answered mail is a person's, as it was"
    )
    world.ledger.close()
