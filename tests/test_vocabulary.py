"""Every check of the vocabulary: content, objecting, and where it cannot know; and each thing an operator may ask for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from maildaemon.checks import VOCABULARY
from maildaemon.condition import NAMES
from maildaemon.match import digest, goods
from maildaemon.model import (
    Action,
    Bought,
    Customer,
    CustomerMatch,
    Found,
    History,
    Known,
    Order,
    OrderLine,
    OrderSeen,
    Price,
    Product,
    ProductMatch,
    Promise,
)
from maildaemon.supply import Supply, SupplyState

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = NOW.date()
PRODUCT = Product("W-1", ("Work lamp",), "EA", Decimal(10), "EUR", usual_quantity=(Decimal(1), Decimal(100)))
CUSTOMER = Customer(
    "C-1", "Kestrel Ltd", ("kestrel.example",), currency="EUR", payment_terms="30 days net", credit_limit=Decimal(1000),
    standing="ok", ship_to=("Kestrel Ltd, 4 Dock Road, Galway",), bill_to=("Kestrel Ltd, 4 Dock Road, Galway",),
)  # fmt: skip
BOUGHT = tuple(Bought("W-1", Decimal(number)) for number in (4, 5, 6, 5, 5))
KNOWN = Known(prices=(Price("W-1", "EUR", Decimal(9), "C-1"),), history=(History("C-1", 3, BOUGHT),), at=NOW)
NEW = replace(KNOWN, history=(History("C-1", 0),))
THERE = Supply(SupplyState.IN_STOCK, Decimal(5), TODAY, "5 on hand")
LATER = Supply(SupplyState.BACK_ORDER, None, TODAY + timedelta(9), "comes on Wednesday")
UNTOLD = Supply(SupplyState.UNKNOWN, None, None, "its stock is not known")


def line(**fields):
    given = {
        "sku": Found("W-1"), "quantity": Found(Decimal(5)), "unit": Found("EA"), "unit_price": Found(Decimal(9)),
        "amount": Found(Decimal(45)), "product": ProductMatch(PRODUCT, "sku", 1.0),
    }  # fmt: skip
    return OrderLine(**{**given, **fields})


def order(*lines, **fields):
    given = {
        "po_number": Found("PO-1"), "order_date": Found(TODAY), "requested_date": Found(TODAY + timedelta(7)),
        "currency": Found("EUR"), "total": Found(Decimal(45)), "payment_terms": Found("30 days net"),
        "ship_to": Found("4 Dock Road, Galway"), "bill_to": Found("4 Dock Road, Galway"),
        "lines": lines or (line(),), "customer": CustomerMatch(CUSTOMER, "domain", 1.0),
        "promise": Promise(day=TODAY + timedelta(2), lines=(THERE,)),
    }  # fmt: skip
    return Order(**{**given, **fields})


def without(*names):
    return order(**dict.fromkeys(names))


def of(**fields):
    """The same order, of a customer of whom other things are known."""
    return order(customer=CustomerMatch(replace(CUSTOMER, **fields), "domain", 1.0))


def quantity(number):
    return order(line(quantity=Found(Decimal(number))))


def money(**fields):
    return order(**{name: Found(Decimal(value)) for name, value in fields.items()})


def seen(one):
    earlier = OrderSeen("R-1", "b" * 64, "PO-1", "C-1", None, digest(one), NOW - timedelta(2), Action.ACKNOWLEDGE)
    return replace(KNOWN, seen=(replace(earlier, goods=goods(one)),))


GOOD, NOBODY = order(), order(customer=CustomerMatch())
EUR = {"limit": Decimal(100), "currency": "EUR"}
# What is asked; an order that is content, one that is objected to, one of which it cannot be known, and whether the
# last one passes as the check stands. With "known" beside an order, what is known there.
TABLE = [
    ("present", {"field": "po_number"}, GOOD, without("po_number"), None, None),
    ("has-lines", {}, GOOD, replace(GOOD, lines=()), None, None),
    ("lines-present", {"field": "quantity"}, GOOD, order(line(quantity=None)), None, None),
    ("one-of", {"field": "payment_terms", "values": ("30 days net",)}, GOOD, order(payment_terms=Found("cash")),
     without("payment_terms"), False),
    ("lines-above", {"field": "quantity", "limit": Decimal(0)}, GOOD, quantity(0), order(line(quantity=None)), False),
    ("lines-at-most", {"field": "quantity", "limit": Decimal(9)}, GOOD, quantity(10), order(line(quantity=None)), False),
    ("at-most", {"field": "total", **EUR}, GOOD, money(total="100.01"), without("total"), False),
    ("at-least", {"field": "total", **EUR, "limit": Decimal(45)}, GOOD, money(total="44.99"), without("currency"), False),
    ("worth-at-most", EUR, GOOD, money(total="100.01"), order(line(unit_price=None, amount=None), total=None), False),
    ("adds-up", {}, GOOD, money(total="46"), order(line(unit_price=None, amount=None)), False),
    ("currency-allowed", {"values": ("EUR", "USD")}, GOOD, order(currency=Found("CHF")), without("currency"), False),
    ("prices-as-agreed", {"percent": Decimal(1)}, GOOD, order(line(unit_price=Found(Decimal("9.10")))),
     order(currency=Found("CHF")), False),
    ("stock-known", {}, GOOD, order(promise=Promise(lines=(UNTOLD,))), without("promise"), False),
    ("all-in-stock", {}, GOOD, order(promise=Promise(lines=(LATER,))), without("promise"), False),
    ("day-can-be-promised", {}, GOOD, order(promise=Promise(missing=("line 1: its stock is not known",))),
     without("promise"), False),
    ("requested-date-can-be-met", {}, GOOD, order(requested_date=Found(TODAY + timedelta(1))), without("promise"), True),
    ("within-credit-limit", {}, GOOD, money(total="1000.01"), of(credit_limit=None), True),
    ("within-days", {"field": "requested_date", "latest": 30}, GOOD, order(requested_date=Found(date(2027, 3, 1))),
     without("requested_date"), True),
    ("known-customer", {}, GOOD, order(customer=CustomerMatch(CUSTOMER, "name", 0.9)), NOBODY, False),
    ("not-a-new-client", {}, GOOD, (GOOD, NEW), (GOOD, Known()), False),
    ("customer-in-good-standing", {}, GOOD, of(standing="hold"), of(standing=None), False),
    ("ship-to-known", {}, GOOD, order(ship_to=Found("PO Box 1, Lagos")), without("ship_to"), True),
    ("bill-to-known", {}, GOOD, order(bill_to=Found("PO Box 1, Lagos")), of(bill_to=(), ship_to=()), False),
    ("terms-as-agreed", {}, GOOD, order(payment_terms=Found("60 days net")), of(payment_terms=None), True),
    ("known-products", {}, GOOD, order(line(product=ProductMatch(replace(PRODUCT, active=False), "sku"))),
     order(line(product=ProductMatch())), False),
    ("units-as-sold", {}, GOOD, order(line(unit=Found("BX"))), order(line(unit=None)), True),
    ("quantity-usual", {}, GOOD, quantity(61), order(line(product=ProductMatch(Product("W-2"), "sku"))), True),
    ("no-line-twice", {}, GOOD, order(line(), line()), None, None),
    ("not-a-repeat", {}, GOOD, (GOOD, seen(GOOD)), None, None),
    ("po-number-not-seen-before", {}, GOOD, (GOOD, seen(quantity(6))), None, None),
    ("not-ordered-lately", {}, GOOD, (order(po_number=Found("PO-2")), seen(GOOD)), None, None),
    ("well-read", {}, GOOD, order(po_number=Found("PO-1", score=0.5)), None, None),
    ("reader-has-no-doubts", {}, GOOD, order(doubts=("two totals",)), None, None),
]  # fmt: skip


def reasons(check, arguments, one):
    one, known = one if isinstance(one, tuple) else (one, KNOWN)
    return list(VOCABULARY[check](one, known, **arguments))


@pytest.mark.parametrize(
    ("check", "arguments", "good", "bad", "unknown", "passes"), TABLE, ids=[row[0] for row in TABLE]
)
def test_a_check_is_content_or_objects_and_says_what_it_makes_of_what_it_cannot_know(
    check, arguments, good, bad, unknown, passes
):
    assert reasons(check, arguments, good) == []
    assert reasons(check, arguments, bad)
    if unknown is not None:
        assert (reasons(check, arguments, unknown) == []) is passes


def test_every_check_is_in_the_table():
    assert {row[0] for row in TABLE} == set(VOCABULARY)


@pytest.mark.parametrize(
    ("check", "key", "one"),
    [
        ("lines-above", "missing", order(line(quantity=None))),
        ("requested-date-can-be-met", "missing", without("promise")),
        ("within-credit-limit", "missing", of(credit_limit=None)),
        ("within-days", "missing", without("requested_date")),
        ("customer-in-good-standing", "missing", of(standing=None)),
        ("ship-to-known", "missing", without("ship_to")),
        ("ship-to-known", "unlisted", of(ship_to=(), bill_to=())),
        ("bill-to-known", "missing", without("bill_to")),
        ("bill-to-known", "unlisted", of(ship_to=(), bill_to=())),
        ("terms-as-agreed", "missing", without("payment_terms")),
        ("terms-as-agreed", "unlisted", of(payment_terms=None)),
        ("units-as-sold", "missing", order(line(unit=None))),
        ("quantity-usual", "missing", order(line(product=ProductMatch(Product("W-2"), "sku")))),
        ("prices-as-agreed", "unpriced", order(line(unit_price=None, amount=None))),
        ("prices-as-agreed", "unknown", order(currency=Found("CHF"))),
        ("not-a-new-client", "unknown", (GOOD, Known())),
        ("not-a-new-client", "unknown", NOBODY),
    ],
)
def test_the_operator_says_what_becomes_of_what_is_not_known(check, key, one):
    fields = {"lines-above": {"field": "quantity"}, "within-days": {"field": "requested_date"}}.get(check, {})
    assert reasons(check, {**fields, key: "skip"}, one) == []
    assert reasons(check, {**fields, key: "object"}, one)


@pytest.mark.parametrize(
    ("number", "known", "arguments", "said"),
    [
        (60, KNOWN, {}, None),
        (61, KNOWN, {}, "line 1: the quantity is 61, the customer ordered 4 to 6 of W-1 before"),
        (1, KNOWN, {}, None),
        ("0.9", KNOWN, {}, "line 1: the quantity is 0.9, the customer ordered 4 to 6 of W-1 before"),
        (13, KNOWN, {"times": Decimal(2)}, "line 1: the quantity is 13, the customer ordered 4 to 6 of W-1 before"),
        (61, KNOWN, {"orders": 6}, None),
        (101, NEW, {}, "line 1: the quantity is 101, usual for W-1 is 1 to 100"),
        (101, Known(), {}, "line 1: the quantity is 101, usual for W-1 is 1 to 100"),
    ],
)
def test_what_is_usual_is_the_customers_own_habit_else_the_articles(number, known, arguments, said):
    assert reasons("quantity-usual", arguments, (quantity(number), known)) == ([said] if said else [])


def test_another_customers_habit_is_nobodys():
    foreign = replace(KNOWN, history=(History("C-2", 3, BOUGHT),))
    assert reasons("quantity-usual", {}, (quantity(61), foreign)) == []
    assert reasons("not-a-new-client", {}, (GOOD, foreign))


@pytest.mark.parametrize(
    ("orders", "said"),
    [(3, []), (4, ["it is one of the customer's first 4 orders (3 acknowledged before)"])],
)
def test_a_client_is_new_for_as_many_orders_as_the_operator_says(orders, said):
    assert reasons("not-a-new-client", {"orders": orders}, GOOD) == said


def test_a_condition_may_ask_for_earlier_orders():
    take = NAMES["customer"]["earlier_orders"].take
    assert (take(GOOD, KNOWN), take(GOOD, NEW), take(GOOD, Known()), take(NOBODY, KNOWN)) == (3, 0, None, None)
