"""What an order waits for: a fact, a stage, its mail's other orders; and for how long."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from maildaemon.catalogue import Catalogue
from maildaemon.decide import Stand, asked, decide
from maildaemon.facts import About, FactAnswer, FactKind, Standing, unknown
from maildaemon.learning import learned
from maildaemon.matrix import matrix
from maildaemon.model import Action, Found, Stock
from tests.fakes import START
from tests.worlds import DATA, PLAYBOOK, raw, understand

READING = understand(raw(1))
STAND = Stand(frozenset({"us.example"}), secret=b"s" * 32)
BOLT, CLIENT = About(FactKind.STOCK, sku="W-100"), About(FactKind.STANDING, customer="C-1")
DEAL = About(FactKind.STAGE, po_number="PO-1", customer="C-1")
HOLDS = 'unknown_facts = "hold"\nhold_hours = 6'
WAITS = 'trigger = { field = "stage", is = ["won", "signed"] }'


def decided(row, *answers, reading=READING, data=DATA, at=START, arrived=START):
    rows = matrix(f"[[row]]\n{row}", "m", frozenset({"orders"}), frozenset())
    known = []
    for question in asked(reading):
        facts = Catalogue(data).look_up(question, at=at)
        known.append(learned(facts, [one.about for one in answers], {one.about.key: one for one in answers}))
    playbook = replace(PLAYBOOK, matrix=rows)
    return decide(reading, known, playbook, STAND, content="1", arrived=arrived)


def there(on_hand=100, as_of=START):
    return FactAnswer(BOLT, "erp", as_of, stock=Stock("W-100", Decimal(on_hand), as_of=as_of))


def stage(said):
    return FactAnswer(DEAL, "crm", START, stage=said)


def test_an_order_whose_facts_are_known_is_acknowledged_and_that_is_proved():
    found = decided("", there(), FactAnswer(CLIENT, "crm", START, standing=Standing("ok")))
    assert found.action is Action.ACKNOWLEDGE
    assert "facts-are-known" in found.orders[0].proved


@pytest.mark.parametrize(("row", "action"), [("", Action.REVIEW), (HOLDS, Action.HOLD)])
@pytest.mark.parametrize("about", [BOLT, CLIENT])
def test_an_order_whose_facts_are_unknown_goes_where_the_matrix_says(row, action, about):
    """Also where no rule of the deck would have asked for the fact."""
    found = decided(row, unknown(about, "erp", "no answer within 5 s"))
    assert found.action is action
    assert found.objections[0].reason == f"the {about} is not known: no answer within 5 s"
    assert found.reply is False


def test_what_is_wrong_with_an_order_is_not_held():
    strange = replace(READING, orders=(replace(READING.orders[0], total=Found(Decimal(999))),))
    assert decided(HOLDS, unknown(BOLT, "erp", "down"), reading=strange).action is Action.REVIEW


def test_a_standing_that_is_pending_is_no_good_standing():
    found = decided(HOLDS, FactAnswer(CLIENT, "crm", START, standing=Standing("pending")))
    assert found.action is Action.REVIEW
    assert "the customer's standing is pending" in found.reason


def test_open_invoices_count_against_the_credit_limit():
    owes = Standing("ok", Decimal(100), Decimal(95))
    assert "worth 6.00 and 95 is open" in decided("", FactAnswer(CLIENT, "crm", START, standing=owes)).reason
    owes = Standing("ok", Decimal(100), Decimal(94))
    assert decided("", FactAnswer(CLIENT, "crm", START, standing=owes)).action is Action.ACKNOWLEDGE


@pytest.mark.parametrize(("row", "action"), [("", Action.REVIEW), (HOLDS, Action.HOLD)])
def test_our_own_stock_that_is_too_old_is_waited_for_too(row, action):
    old = replace(DATA, stock=(Stock("W-100", Decimal(9), as_of=START - timedelta(days=4000)),))
    found = decided(row, data=old)
    assert found.action is action
    assert "hours old" in found.reason


def test_who_was_held_long_enough_is_seen_by_a_person():
    down = unknown(BOLT, "erp", "down")
    assert decided(HOLDS, down, at=START + timedelta(hours=5, minutes=59)).action is Action.HOLD
    found = decided(HOLDS, down, at=START + timedelta(hours=6))
    assert found.action is Action.REVIEW
    assert found.objections[0].reason == (
        "held since 2026-11-23 09:50 UTC, longer than 6 hours: the stock of W-100 is not known: down"
    )
    assert decided(HOLDS, down, at=START + timedelta(days=99), arrived=None).action is Action.HOLD


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (stage("negotiation"), "its stage is negotiation (crm); it waits for won or signed"),
        (unknown(DEAL, "crm", "down"), "its stage is not known (crm): down; it waits for won or signed"),
        (None, "its stage is not known: nobody was asked; it waits for won or signed"),
    ],
)
def test_an_order_waits_for_its_stage(answer, said):
    found = decided(WAITS, *([answer] if answer else []))
    assert found.action is Action.HOLD
    assert found.reason == said


def test_an_order_whose_stage_is_reached_is_judged():
    assert decided(WAITS, stage("Signed")).action is Action.ACKNOWLEDGE
    assert decided(WAITS, stage("won"), unknown(CLIENT, "crm", "down")).action is Action.REVIEW


def test_an_order_is_not_judged_before_its_stage():
    strange = replace(READING, orders=(replace(READING.orders[0], total=Found(Decimal(999))),))
    found = decided(WAITS, stage("open"), reading=strange)
    assert [one.rule for one in found.objections] == ["trigger-has-fired"]


def test_an_order_without_a_number_cannot_be_asked_for():
    bare = replace(READING, orders=(replace(READING.orders[0], po_number=None),))
    assert "it has no PO number to ask by" in decided(WAITS, reading=bare).reason


def test_a_doubt_about_the_mail_is_a_persons_business_at_once():
    doubtful = replace(READING, doubts=("it is torn",))
    assert decided(WAITS, stage("open"), reading=doubtful).action is Action.REVIEW


def test_each_order_of_a_mail_waits_for_itself():
    first, other = READING.orders[0], replace(READING.orders[0], po_number=Found("PO-2"))
    two = replace(READING, orders=(first, other))
    rows = matrix(f"[[row]]\n{WAITS}", "m", frozenset({"orders"}), frozenset())
    at = [Catalogue(DATA).look_up(question, at=START) for question in asked(two)]
    known = [learned(at[0], [DEAL], {DEAL.key: stage("won")}), at[1]]
    found = decide(two, known, replace(PLAYBOOK, matrix=rows), STAND, content="1", arrived=START)
    assert [one.action for one in found.orders] == [Action.ACKNOWLEDGE, Action.HOLD]
    assert found.action is Action.HOLD
    assert found.reply
