"""The decision, out of values alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from maildaemon.catalogue import Catalogue
from maildaemon.decide import Stand, asked, decide
from maildaemon.deck import deck
from maildaemon.edge import playbooks
from maildaemon.masterdata import MasterData
from maildaemon.model import (
    Action,
    Customer,
    Filing,
    Found,
    Kind,
    Mail,
    Order,
    OrderLine,
    Product,
    Reading,
    Stock,
    strictest,
)
from maildaemon.plan import withheld

NOW = datetime(2026, 11, 23, 9, 50, tzinfo=UTC)
PLAYBOOK = playbooks.load()
CATALOGUE = Catalogue(
    MasterData(
        customers=(
            Customer(
                "C-1",
                "Client Ltd",
                ("client.example",),
                currency="EUR",
                country="IE",
                standing="ok",
                ship_to=("Client Ltd, 1 Quay, Cork",),
                payment_terms="30 days net",
            ),
        ),
        products=(Product("W-100", ("Hex bolt M8",), "EA", Decimal("1.20"), "EUR"),),
        stock=(Stock("W-100", Decimal(1_000_000), as_of=NOW),),
    )
)
LINE = OrderLine(
    sku=Found("W-100"), quantity=Found(Decimal(5)), unit=Found("EA"), unit_price=Found(Decimal("1.20")),
    amount=Found(Decimal("6.00")),
)  # fmt: skip
ORDER = Order(po_number=Found("PO-1"), currency=Found("EUR"), total=Found(Decimal("6.00")), lines=(LINE,))
MAIL = Mail(
    sha256="0" * 64, size=100, message_id="<1@client.example>", sender="buyer@client.example",
    return_path="buyer@client.example", to=("orders@us.example",), subject="Order",
)  # fmt: skip
CLEAR = Reading(MAIL, Kind.ORDER, "it says so", orders=(ORDER,))
STAND = Stand(own_domains=frozenset({"us.example"}), secret=b"s" * 32)


def decided(reading, playbook=PLAYBOOK, stand=STAND, seen=(), **kwargs):
    known = tuple(CATALOGUE.look_up(question, tuple(seen), NOW) for question in asked(reading))
    return decide(reading, known, playbook, stand, content="c" * 64, **kwargs)


def test_a_clear_order_is_acknowledged_and_lists_what_was_proved():
    found = decided(CLEAR)
    assert found.action is Action.ACKNOWLEDGE
    assert found.reply
    assert found.filing is Filing.PROCESSED
    assert "customer-is-proved-by-the-sender" in found.orders[0].proved
    assert len(found.orders[0].proved) == len(PLAYBOOK.deck.rules) + 1


def test_the_same_reading_gives_the_same_decision():
    assert decided(CLEAR) == decided(CLEAR)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        (replace(CLEAR, unread=("po.pdf: a PDF is not read yet",)), "everything-was-read"),
        (replace(CLEAR, doubts=("more than one profile claims this mail: a, b",)), "mail-is-understood"),
        (replace(CLEAR, orders=()), "has-an-order"),
        (replace(CLEAR, kind=Kind.CANCELLATION), "is-a-new-order"),
        (replace(CLEAR, kind=Kind.CHANGE), "is-a-new-order"),
        (replace(CLEAR, mail=replace(MAIL, defects=("two From headers",))), "sender-is-who-it-says"),
        (replace(CLEAR, mail=replace(MAIL, reply_to=("thief@evil.example",))), "sender-is-who-it-says"),
    ],
)
def test_a_doubt_about_the_mail_sends_it_to_review_whatever_the_deck_says(changed, rule):
    lenient = replace(PLAYBOOK, deck=replace(PLAYBOOK.deck, rules=PLAYBOOK.deck.rules[:1]))
    for playbook in (PLAYBOOK, lenient):
        found = decided(changed, playbook)
        assert found.action is Action.REVIEW
        assert not found.reply
        assert rule in {objection.rule for objection in found.objections}


@pytest.mark.parametrize(("key", "rule"), [("junk", "not-in-the-junk-folder"), ("twin", "message-id-is-its-own")])
def test_where_it_lay_and_what_it_called_itself_count(key, rule):
    found = decided(CLEAR, **{key: True})
    assert found.action is Action.REVIEW
    assert rule in {objection.rule for objection in found.objections}


def test_processing_the_order_and_answering_the_mail_are_two_decisions():
    robot = replace(MAIL, sender="noreply@client.example", headers=(("auto-submitted", "auto-generated"),))
    found = decided(replace(CLEAR, mail=robot))
    assert found.action is Action.ACKNOWLEDGE
    assert found.filing is Filing.PROCESSED
    assert not found.reply
    assert found.no_answer


def test_each_order_of_a_mail_follows_its_own_and_the_mail_the_strictest():
    bad = replace(ORDER, po_number=Found("PO-2"), lines=(replace(LINE, sku=Found("X-1")),))
    found = decided(replace(CLEAR, orders=(ORDER, bad)))
    assert [order.action for order in found.orders] == [Action.ACKNOWLEDGE, Action.REVIEW]
    assert found.action is Action.REVIEW
    assert found.reply


def test_every_objection_is_kept():
    empty = replace(CLEAR, orders=(Order(),))
    found = decided(empty)
    assert len({objection.rule for objection in found.objections}) >= 4


@pytest.mark.parametrize("kind", [Kind.BOUNCE, Kind.BULK, Kind.INVOICE, Kind.AUTO_REPLY, Kind.OTHER])
def test_what_is_no_order_is_left_alone(kind):
    found = decided(Reading(MAIL, kind, "a reason"))
    assert (found.action, found.reply) == (Action.IGNORE, False)


@pytest.mark.parametrize("kind", [Kind.OTHER, Kind.REPLY])
def test_an_order_may_hide_in_what_could_not_be_read(kind):
    found = decided(Reading(MAIL, kind, "a reason", unread=("scan.pdf: a PDF is not read yet",)))
    assert (found.action, found.filing) == (Action.REVIEW, Filing.REVIEW)


def test_a_rule_that_cannot_be_evaluated_is_an_objection():
    def broken(order, known):
        raise ZeroDivisionError("by zero")
        yield

    rules = deck("orders", '[[rule]]\nname = "it-is-sound"\ncheck = "broken"\n', "x", {"broken": broken})
    found = decided(CLEAR, replace(PLAYBOOK, deck=rules))
    assert found.action is Action.REVIEW
    assert "could not be evaluated" in found.objections[0].reason


@pytest.mark.parametrize("then", ["review", "escalate", "hold", "ignore"])
def test_a_rule_says_what_follows(then):
    def never(order, known):
        yield "no"

    text = f'[[rule]]\nname = "it-is-never"\ncheck = "never"\nthen = "{then}"\nbecause = "our word"\n'
    found = decided(CLEAR, replace(PLAYBOOK, deck=deck("orders", text, "x", {"never": never})))
    assert found.action == then
    assert not found.reply
    assert found.objections[0].reason == "our word: no"


def test_an_answer_that_cannot_be_written_is_given_by_a_person():
    found = withheld(decided(CLEAR), "the sender has no plain address")
    assert (found.action, found.reply, found.filing) == (Action.REVIEW, False, Filing.REVIEW)
    assert found.orders[0].action is Action.REVIEW


def test_the_strictest_action_wins():
    assert strictest([Action.ACKNOWLEDGE, Action.HOLD]) is Action.HOLD
    assert strictest([Action.REVIEW, Action.ESCALATE, Action.IGNORE]) is Action.ESCALATE
    assert strictest([Action.IGNORE, Action.ACKNOWLEDGE]) is Action.ACKNOWLEDGE


@pytest.mark.parametrize(
    ("days", "stops"), [(-3, True), (-1, False), (0, False), (44, False), (46, True), (2000, True)]
)
def test_an_order_without_a_day_comes_in_a_mail_of_these_days(days, stops):
    old = replace(CLEAR, mail=replace(MAIL, sent_at=NOW - timedelta(days=days)))
    found = decided(old)
    assert (found.action is Action.REVIEW) is stops
    assert ("mail-is-of-these-days" in {one.rule for one in found.objections}) is stops
    dated = replace(old, orders=(replace(ORDER, order_date=Found(NOW.date())),))
    assert decided(dated).action is Action.ACKNOWLEDGE
