"""Conditions in CEL: refused where they are wrong, true only where the order bears them out."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from maildaemon.checks import VOCABULARY
from maildaemon.condition import LINE_NAMES, NAMES, ConditionError, condition, context
from maildaemon.deck import deck
from maildaemon.judge import judge_order
from maildaemon.model import (
    Action,
    Customer,
    CustomerMatch,
    Found,
    Known,
    Order,
    OrderLine,
    Product,
    ProductMatch,
    Promise,
    Source,
)
from maildaemon.strict import PlaybookError

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KNOWN = Known(at=NOW)
LINE = OrderLine(
    sku=Found("W-1"), quantity=Found(Decimal(5)), unit=Found("EA"), unit_price=Found(Decimal("1.20")),
    product=ProductMatch(Product("W-1"), "sku", 1.0),
)  # fmt: skip
ORDER = Order(
    po_number=Found("PO-1"), currency=Found("EUR"), total=Found(Decimal("6.00")), requested_date=Found(date(2026, 12, 3)),
    lines=(LINE,), customer=CustomerMatch(Customer("C-1", customer_class="enterprise", country="DE"), "domain", 1.0),
    source=Source.WEB_FORM, profile="webshop", promise=Promise(day=date(2026, 11, 25)),
)  # fmt: skip


def rules(when, **keys):
    more = "".join(f"\n{key} = {value}" for key, value in keys.items())
    return deck("orders", f"[[rule]]\nname = 'it-is-fine'\nwhen = '''{when}'''{more}", "orders.toml", VOCABULARY)


def judged(when, order=ORDER, known=KNOWN, **keys):
    objections, proved = judge_order(0, order, known, rules(when, **keys))
    assert bool(objections) is not bool(proved)
    return [one.reason for one in objections]


@pytest.mark.parametrize(
    "text",
    [
        'order.source == "web-form" && order.total > 5.0',
        "order.lines.exists(line, line.quantity > 4.0)",
        'order.lines.all(line, line.product.startsWith("W-"))',
        'customer.class == "enterprise"',
        "order.requested_in_days == 10",
        'order.requested_date > timestamp("2026-12-01T00:00:00Z")',
        "promise.in_days <= 2 && promise.day < order.requested_date",
        "size(order.lines) == 1 && order.lines[0].amount == 6.0",
        "customer.standing == null",
    ],
)
def test_a_condition_that_holds_speaks_against_the_order(text):
    assert judged(text, currency="'EUR'") == [f"this holds: {text}"]


def test_a_condition_that_does_not_hold_is_proved():
    assert judged("order.total > 5000.0", currency="'EUR'") == []


def test_because_is_said_in_the_operators_words():
    assert judged("size(order.lines) > 0", because="'somebody looks at all of them'") == [
        "somebody looks at all of them"
    ]


@pytest.mark.parametrize(
    "order",
    [replace(ORDER, total=None), replace(ORDER, total=None, lines=())],
    ids=["no total", "nothing"],
)
def test_a_value_that_is_missing_is_an_objection(order):
    (reason,) = judged("order.total > 5000.0", order, currency="'EUR'")
    assert "could not be evaluated" in reason


def test_a_customer_that_is_not_known_is_an_objection():
    (reason,) = judged('customer.class.startsWith("e")', replace(ORDER, customer=CustomerMatch()))
    assert "could not be evaluated" in reason


@pytest.mark.parametrize(("currency", "said"), [("USD", "it is in USD"), (None, "it is in no stated currency")])
def test_amounts_are_compared_in_one_currency_only(currency, said):
    order = replace(ORDER, currency=Found(currency) if currency else None)
    (reason,) = judged("order.total > 5000.0", order, currency="'EUR'")
    assert reason.startswith(said)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("order.total >", "not CEL"),
        ("order.sum > 5.0", "unknown name order.sum"),
        ("invoice.total > 5.0", "unknown name invoice"),
        ("order.lines.exists(line, line.qty > 5.0)", "unknown name 'qty'"),
        ("order.source > 5", "it cannot be evaluated"),
        ("order.source", "true or false"),
        ("order.lines.all(a, order.lines.all(b, order.lines.all(c, true)))", "macros nested 3 deep"),
        ("true || " * 400 + "true", "characters, more than"),
        ("(" * 900 + "true" + ")" * 900, "not CEL"),
    ],
)
def test_what_is_no_condition_is_refused_when_it_is_loaded(text, told):
    with pytest.raises(ConditionError) as error:
        condition(text)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("when", "keys", "told"),
    [
        ("order.total > 5.0", {}, "currency: missing"),
        ("order.lines.exists(one, one.amount > 5.0)", {}, "currency: missing"),
        ("order.total > 5.0", {"currency": "'euro'"}, "expected three letters"),
        ("true", {}, "it holds for every order"),
        ("1 > 2", {}, "it holds for no order"),
        ("size(order.lines) > 0", {"limit": 5}, "limit: unknown key"),
        ("size(order.lines) > 0", {"check": "'present'"}, "expected one of check and when"),
        ("size(order.lines) > 0", {"severity": "'loud'"}, "expected block or warn"),
        ("size(order.lines) > 0", {"severity": "'warn'", "then": "'escalate'"}, "a rule that warns stops nothing"),
    ],
)
def test_a_rule_with_a_condition_is_loaded_strictly(when, keys, told):
    with pytest.raises(PlaybookError, match=r"orders\.toml:\d: rule 1 \(it-is-fine\)") as error:
        rules(when, **keys)
    assert told in str(error.value)


def test_what_follows_is_what_the_rule_says():
    (objection,), _ = judge_order(0, ORDER, KNOWN, rules("size(order.lines) > 0", then="'escalate'"))
    assert objection.then is Action.ESCALATE


def test_a_name_in_a_text_is_no_name():
    assert condition('order.buyer == "order.nonsense"').money is False


def test_every_name_has_a_value_or_null():
    found = context(ORDER, KNOWN)
    assert {group: set(names) for group, names in NAMES.items()} == {
        group: set(values) - {"lines"} for group, values in found.items()
    }
    assert set(found["order"]["lines"][0]) == set(LINE_NAMES)
    assert found["order"]["source"] == "web-form"
    assert type(found["order"]["source"]) is str
