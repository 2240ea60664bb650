"""The same order again, and another one under its number."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from maildaemon.match import clash, digest, repeat_of
from maildaemon.model import Action, Customer, CustomerMatch, Found, Mail, Order, OrderLine, OrderSeen

MAIL = Mail("b" * 64, 1, sender="x@kestrel.example")
WHEN = datetime(2026, 11, 20, 8, tzinfo=UTC)
KESTREL = CustomerMatch(Customer("C-1"), "domain", 1.0)


def order(po="PO-1", quantity="5", price="1.20", sku="W-100", customer=KESTREL) -> Order:
    line = OrderLine(sku=Found(sku), quantity=Found(Decimal(quantity)), unit_price=Found(Decimal(price)))
    return Order(po_number=Found(po), currency=Found("EUR"), lines=(line,), customer=customer)


def seen(one: Order, **changes) -> OrderSeen:
    return replace(OrderSeen("R-1", "a" * 64, "PO-1", "C-1", None, digest(one), WHEN, Action.ACKNOWLEDGE), **changes)


def test_the_same_order_twice_is_a_repeat():
    assert repeat_of(order(), MAIL, (seen(order()),)) is not None
    assert clash(order(), MAIL, (seen(order()),)) == ()


def test_the_same_number_with_other_content_is_a_clash():
    earlier = (seen(order()),)
    assert repeat_of(order(quantity="6"), MAIL, earlier) is None
    assert clash(order(po="po 1", quantity="6"), MAIL, earlier) == (
        "PO number PO-1 came on 2026-11-20 with other content (our R-1)",
    )


def test_another_customers_order_is_neither():
    other = (seen(order(), customer="C-2"),)
    assert repeat_of(order(), MAIL, other) is None
    assert clash(order(quantity="6"), MAIL, other) == ()


def test_an_order_of_nobody_we_know_may_be_anybodys():
    assert repeat_of(order(), MAIL, (seen(order(), customer=None),)) is not None
    assert repeat_of(order(customer=CustomerMatch()), MAIL, (seen(order()),)) is not None


def test_a_mail_is_no_repeat_of_itself():
    assert repeat_of(order(), MAIL, (seen(order(), message=MAIL.sha256),)) is None


def test_what_was_no_order_is_not_repeated():
    assert repeat_of(order(), MAIL, (seen(order(), action=Action.IGNORE),)) is None


def test_where_there_are_no_codes_the_description_is_the_content():
    one, other = (
        Order(lines=(OrderLine(description=Found(text), quantity=Found(Decimal(1))),)) for text in ("Bolt M8", "Nut M8")
    )
    assert digest(one) != digest(other)


NUMBERS = st.decimals(0, 10**6, places=3)
LINES = st.lists(st.tuples(st.text("ABC123", min_size=1, max_size=6), NUMBERS, NUMBERS), max_size=6)


@given(po=st.text("AB12", min_size=1, max_size=8), lines=LINES, total=NUMBERS, data=st.data())
def test_the_digest_does_not_depend_on_form(po, lines, total, data):
    def written(lines, blank, zeros, loud):
        def text(value):
            return Found(f"{blank}{value.upper() if loud else value.lower()}{blank}", "other.pdf", "page 7", "x", 0.3)

        def number(value):
            return Found(value.quantize(Decimal("0.00000")) if zeros else value.normalize())

        return Order(
            po_number=text(po),
            total=number(total),
            currency=text("eur"),
            requested_date=Found(date(2026, 12, 1)),
            lines=tuple(
                OrderLine(sku=text(sku), quantity=number(quantity), unit_price=number(price))
                for sku, quantity, price in lines
            ),
        )

    shuffled = data.draw(st.permutations(lines))
    assert digest(written(lines, "", False, False)) == digest(written(shuffled, "  ", True, True))


@given(first=NUMBERS, second=NUMBERS)
def test_the_digest_depends_on_the_quantity(first, second):
    assert (digest(order(quantity=str(first))) == digest(order(quantity=str(second)))) == (first == second)
