"""What is different between two orders, line by line and in plain words."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon import again
from maildaemon.again import differences, relation
from maildaemon.contents import MOST_LINES, contents
from maildaemon.model import (
    Action,
    Customer,
    CustomerMatch,
    Found,
    Kind,
    Mail,
    Order,
    OrderLine,
    OrderSeen,
    Product,
    ProductMatch,
)
from maildaemon.ordered import Contents, Sameness, Status

WHEN = datetime(2026, 11, 23, 9, tzinfo=UTC)
MAIL = Mail("b" * 64, 1, sender="buyer@client.example")
KNOWN = CustomerMatch(Customer("C-1", "Client Ltd"), "domain", 1.0)
BOLT, NUT = Product("W-100", ("Hex bolt",), "EA"), Product("W-200", ("Flange nut",), "EA")


def line(quantity="5", product=BOLT, price="1.20", **fields):
    found = {name: Found(value) for name, value in fields.items()}
    return OrderLine(
        sku=Found(product.sku), quantity=Found(Decimal(quantity)), unit_price=Found(Decimal(price)),
        product=ProductMatch(product, "sku", 1.0), **found,
    )  # fmt: skip


def order(*lines, **fields):
    found = {"po_number": "PO-1", "currency": "EUR", "ship_to": "Client Ltd, 1 Quay, Cork"} | fields
    return Order(
        lines=lines or (line(),),
        customer=KNOWN,
        **{name: Found(value) for name, value in found.items() if value is not None},
    )


def said(was, now, **options):
    return [str(one) for one in differences(contents(was), contents(now), **options)]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (order(line("5")), order(line("5.000"))),
        (order(line(unit="EA")), order(line(unit="pcs"))),
        (order(line()), order(line(unit="C62"))),
        (order(line(), line("2", NUT)), order(line("2", NUT), line())),
        (order(line(description="Hex bolt M8")), order(line(description="Sechskantschraube M8"))),
        (order(line(requested_date=date(2026, 12, 1))), order(line(), requested_date=date(2026, 12, 1))),
        (order(total=Decimal("6.00")), order()),
        (order(ship_to="Client Ltd, 1 Quay, Cork"), order(ship_to="CLIENT LTD\n1 Quay\nCork")),
        (order(payment_terms="30 days net"), order(payment_terms="net 30")),
        (order(order_date=date(2026, 11, 20)), order()),
    ],
    ids=[
        "zeros",
        "a unit's word",
        "the unit that it is sold in",
        "the order of its lines",
        "its words",
        "where the day stands",
        "a total that its lines have",
        "an address's form",
        "the words of its terms",
        "its day is left out",
    ],
)
def test_form_is_no_difference(was, now):
    assert said(was, now) == []


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        (order(), order(line("6")), "line 1, W-100, quantity: was 5, is 6"),
        (order(), order(line(price="1.30")), "line 1, W-100, unit price: was 1.2, is 1.3"),
        (order(), order(line(unit="BX")), "line 1, W-100, unit: was C62, is BX"),
        (order(), order(line(requested_date=date(2026, 12, 1))),
         "line 1, W-100, requested date: was not stated, is 2026-12-01"),
        (order(), order(line(), line("2", NUT)), "line 2, W-200: added (2 C62 at 1.2)"),
        (order(line(), line("2", NUT)), order(), "line 2, W-200: removed (2 C62 at 1.2)"),
        (order(), order(ship_to="Client Ltd, 2 Quay, Cork"),
         "delivery address: was Client Ltd, 1 Quay, Cork, is Client Ltd, 2 Quay, Cork"),
        (order(), order(ship_to=None), "delivery address: was Client Ltd, 1 Quay, Cork, is not stated"),
        (order(), order(bill_to="Client Ltd, 3 Quay, Cork"),
         "billing address: was not stated, is Client Ltd, 3 Quay, Cork"),
        (order(payment_terms="30 days net"), order(payment_terms="60 days net"),
         "payment terms: was 30 days net, is 60 days net"),
        (order(), order(currency="USD"), "currency: was EUR, is USD"),
        (order(total=Decimal("6.00")), order(total=Decimal("7.50")), "total: was 6, is 7.5"),
        (order(order_date=date(2026, 10, 1)), order(order_date=date(2026, 11, 1)),
         "order date: was 2026-10-01, is 2026-11-01"),
    ],
)  # fmt: skip
def test_each_difference_is_said_in_plain_words(was, now, words):
    assert words in said(was, now)


def test_of_two_lines_of_one_article_the_equal_ones_belong_together():
    was, now = order(line("5"), line("9")), order(line("9"), line("6"))
    assert said(was, now) == ["line 2, W-100, quantity: was 5, is 6", "total: was 16.8, is 18"]


def test_a_change_takes_nothing_away_by_leaving_it_out():
    was = order(line(), line("2", NUT), payment_terms="30 days net")
    now = order(line("7"), ship_to=None, total=Decimal("10.80"))
    assert said(was, now, partial=True) == [
        "line 1, W-100, quantity: was 5, is 7",
        "line 2, W-200: not mentioned (2 C62 at 1.2)",
        "total: was 8.4, is 10.8",
    ]


def test_monstrous_figures_are_shown_in_a_line():
    huge = order(line("1E+999999"))
    assert all(len(one) < 300 for one in said(order(), huge) + said(huge, order()))


NUMBERS = st.decimals(0, 10**6, places=3)
LINES = st.lists(
    st.tuples(st.sampled_from([BOLT, NUT]), NUMBERS, NUMBERS), min_size=1, max_size=8
)  # fmt: skip


@given(lines=LINES, data=st.data())
def test_an_order_is_equal_to_itself_in_any_order_of_its_lines(lines, data):
    one = [line(str(quantity), product, str(price)) for product, quantity, price in lines]
    other = data.draw(st.permutations(one))
    assert said(order(*one), order(*other)) == []


@given(lines=LINES, more=LINES)
def test_no_difference_is_said_of_equal_contents_alone(lines, more):
    one, other = (
        order(*[line(str(quantity), product, str(price)) for product, quantity, price in those])
        for those in (lines, more)
    )
    equal = sorted(map(str, contents(one).lines)) == sorted(map(str, contents(other).lines))
    assert (said(one, other) == []) == equal


# --- the relation -----------------------------------------------------------------------------------------------------


def seen(one, **fields):
    values = {"contents": contents(one), "received_at": WHEN, "action": Action.ACKNOWLEDGE} | fields
    return OrderSeen("R-1", "a" * 64, "PO-1", "C-1", "buyer@client.example", "", **values)


def test_a_very_long_order_is_never_proved_to_be_unchanged():
    long = order(*[line() for _ in range(MOST_LINES + 1)])
    found = relation(long, MAIL, Kind.ORDER, (seen(long),))
    assert found.how is Sameness.REVISION
    assert not again.is_settled(found, long, WHEN)


def test_without_its_contents_an_equal_order_is_a_persons():
    one = order()
    earlier = replace(seen(one), contents=None, digest=again.digest(one))
    found = relation(one, MAIL, Kind.ORDER, (earlier,))
    assert found.how is Sameness.RESEND
    assert not again.is_settled(found, one, WHEN)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Sameness.RESEND),
        ({"customer": "C-2"}, None),
        ({"po_number": "PO-2"}, None),
        ({"action": Action.IGNORE}, None),
        ({"customer": None}, Sameness.RESEND),
        ({"customer": None, "sender": "who@client.example"}, None),
        ({"status": Status.QUESTIONED}, Sameness.RESEND),
        ({"status": Status.SUPERSEDED}, Sameness.REVIVAL),
        ({"status": Status.CANCELLED}, Sameness.REVIVAL),
        ({"kind": Kind.CANCELLATION}, Sameness.REVIVAL),
        ({"kind": Kind.CHANGE}, Sameness.REVISION),
        ({"contents": Contents()}, Sameness.REVISION),
    ],
)
def test_what_an_order_is_to_an_earlier_one(fields, expected):
    found = relation(order(), MAIL, Kind.ORDER, (replace(seen(order()), **fields),))
    assert (found and found.how) == expected


@pytest.mark.parametrize(
    ("customer", "doubts", "later", "settled"),
    [
        (KNOWN, (), timedelta(days=13), True),
        (KNOWN, (), timedelta(days=14), False),
        (KNOWN, ("is it 5 or 6?",), timedelta(0), False),
        (replace(KNOWN, how="name"), (), timedelta(0), False),
        (replace(KNOWN, doubt="the domain is not theirs"), (), timedelta(0), False),
    ],
)
def test_it_is_settled_only_where_the_sender_and_the_reading_are_sure(customer, doubts, later, settled):
    one = replace(order(), customer=customer, doubts=doubts)
    found = relation(one, MAIL, Kind.ORDER, (seen(order()),))
    assert again.is_settled(found, one, WHEN + later) == settled


def test_approving_says_what_becomes_of_the_earlier_one():
    earlier = (seen(order()),)
    revised = relation(order(line("6")), MAIL, Kind.ORDER, earlier)
    assert again.ends(revised) == ("R-1", Status.SUPERSEDED)
    assert again.ends(relation(order(), MAIL, Kind.CANCELLATION, earlier)) == ("R-1", Status.CANCELLED)
    assert again.ends(relation(order(), MAIL, Kind.ORDER, earlier)) is None
    assert again.ends(None) is None
