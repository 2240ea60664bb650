"""The vocabulary of checks: what a rule may ask of an order. Each yields its reasons against it, none when content."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from maildaemon import again, match
from maildaemon import checks_history as past
from maildaemon import checks_money as money
from maildaemon import checks_supply as supply
from maildaemon import checks_units as units
from maildaemon.addresses import elsewhere
from maildaemon.checks_money import Missing, not_stated, plain_name
from maildaemon.deck import Check
from maildaemon.model import Customer, Found, Known, Order
from maildaemon.ordered import Sameness
from maildaemon.parse.terms import terms
from maildaemon.wording import shown, words

HeaderField = Literal[
    "po_number", "order_date", "requested_date", "currency", "buyer", "customer_number", "ship_to", "bill_to",
    "payment_terms", "total",
]  # fmt: skip
HeaderText = Literal["po_number", "currency", "buyer", "customer_number", "ship_to", "bill_to", "payment_terms"]
LineField = Literal[
    "sku", "buyer_sku", "gtin", "description", "quantity", "unit", "unit_price", "amount", "requested_date",
]  # fmt: skip
LineNumber = Literal["quantity", "unit_price", "amount"]
DateField = Literal["order_date", "requested_date"]
_TELLING = ("po_number", "customer_number", "currency", "total", "requested_date")
_TELLING_OF_LINE = ("sku", "buyer_sku", "gtin", "quantity", "unit", "unit_price", "amount", "requested_date")


# --- what the order states --------------------------------------------------------------------------------------------


def present(order: Order, known: Known, field: HeaderField) -> Iterator[str]:
    """The order states the field."""
    if getattr(order, field) is None:
        yield f"{plain_name(field)} is not stated"


def has_lines(order: Order, known: Known, at_least: int = 1, at_most: int = 500) -> Iterator[str]:
    """The order has as many lines as an order has."""
    if len(order.lines) < at_least:
        yield "it has no lines" if not order.lines else f"it has {len(order.lines)} lines, fewer than {at_least}"
    if len(order.lines) > at_most:
        yield f"it has {len(order.lines)} lines, more than {at_most}"


def lines_present(order: Order, known: Known, field: LineField) -> Iterator[str]:
    """Every line states the field."""
    for number, line in enumerate(order.lines, 1):
        if getattr(line, field) is None:
            yield f"line {number}: {plain_name(field)} is not stated"


def one_of(order: Order, known: Known, field: HeaderText, values: tuple[str, ...]) -> Iterator[str]:
    """The field has one of these values, whatever the case; not stated is none of them."""
    found: Found[str] | None = getattr(order, field)
    if found is None:
        yield f"{plain_name(field)} is not stated"
    elif found.value.strip().casefold() not in {value.strip().casefold() for value in values}:
        yield f"{plain_name(field)} is {shown(found.value)}, none of {', '.join(values)}"


def lines_above(
    order: Order,
    known: Known,
    field: LineNumber,
    limit: Decimal = Decimal(0),
    missing: Missing = "object",
) -> Iterator[str]:
    """The number is above the limit on every line."""
    for number, found in _numbers(order, field):
        if found is None:
            yield from not_stated(f"line {number}: {plain_name(field)}", missing)
        elif found.value <= limit:
            yield f"line {number}: {plain_name(field)} is {found.value}, not above {limit}"


def lines_at_most(
    order: Order,
    known: Known,
    field: LineNumber,
    limit: Decimal,
    missing: Missing = "object",
) -> Iterator[str]:
    """The number is within the limit on every line."""
    for number, found in _numbers(order, field):
        if found is None:
            yield from not_stated(f"line {number}: {plain_name(field)}", missing)
        elif found.value > limit:
            yield f"line {number}: {plain_name(field)} is {found.value}, above the limit of {limit}"


# --- dates ------------------------------------------------------------------------------------------------------------


def within_days(
    order: Order,
    known: Known,
    field: DateField,
    earliest: int = 0,
    latest: int = 365,
    missing: Missing = "skip",
) -> Iterator[str]:
    """The date is within so many days from today (negative: before), the lines' own dates as well. Where it is not
    known what today was, the order's date stands for it."""
    today = known.at.date() if known.at is not None else None
    if today is None and field != "order_date" and order.order_date is not None:
        today = order.order_date.value
    found: list[tuple[str, date]] = []
    header: Found[date] | None = getattr(order, field)
    if header is not None:
        found.append((plain_name(field), header.value))
    if field == "requested_date":
        for number, line in enumerate(order.lines, 1):
            if line.requested_date is not None:
                found.append((f"line {number}: {plain_name(field)}", line.requested_date.value))
    if not found:
        yield from not_stated(plain_name(field), missing)
    for name, day in found:
        if today is None:
            yield f"{name} is {day}, and there is no date to compare it with"
        elif not earliest <= (day - today).days <= latest:
            yield f"{name} is {day}, not within {earliest} to {latest} days from {today}"


# --- the customer -----------------------------------------------------------------------------------------------------


def known_customer(order: Order, known: Known) -> Iterator[str]:
    """The customer is proved by the sender's address or domain, and nothing contradicts it."""
    found = order.customer
    if found.doubt is not None:
        yield found.doubt
    elif found.customer is None:
        yield "the customer is not known"
    elif found.how not in {"address", "domain"}:
        yield f"the customer is known by {shown(found.how) or 'nothing'} only, not by the sender's address"


def customer_in_good_standing(order: Order, known: Known, missing: Missing = "object") -> Iterator[str]:
    """The customer is not on hold."""
    customer = order.customer.customer
    if customer is None or customer.standing is None:
        yield from not_stated("the customer's standing", missing, "known")
    elif customer.standing != "ok":
        yield f"the customer's standing is {shown(customer.standing)}"


def ship_to_known(
    order: Order,
    known: Known,
    missing: Missing = "skip",
    unlisted: Missing = "object",
) -> Iterator[str]:
    """The delivery address is one of the customer's. ``missing``: the order states none; ``unlisted``: master data
    lists none for the customer."""
    customer = order.customer.customer
    listed = (*customer.ship_to, *customer.bill_to) if customer is not None else ()
    yield from _listed(order.ship_to, "delivery address", listed, missing, unlisted, customer)


def bill_to_known(
    order: Order,
    known: Known,
    missing: Missing = "skip",
    unlisted: Missing = "object",
) -> Iterator[str]:
    """The billing address is one of the customer's. ``missing``: the order states none; ``unlisted``: master data
    lists none for the customer."""
    customer = order.customer.customer
    listed = (*customer.bill_to, *customer.ship_to) if customer is not None else ()
    yield from _listed(order.bill_to, "billing address", listed, missing, unlisted, customer)


def _listed(
    stated: Found[str] | None,
    called: str,
    listed: tuple[str, ...],
    missing: Missing,
    unlisted: Missing,
    customer: Customer | None,
) -> Iterator[str]:
    if stated is None:
        yield from not_stated(called, missing)
        return
    if not listed:
        yield from not_stated(f"the customer's {called}", unlisted, "in the master data")
        return
    if customer is not None and words(stated.value) == words(customer.name):
        return  # whom, and not where: it goes where it always goes
    reasons = [elsewhere(stated.value, address) for address in listed]
    if None not in reasons:
        why = f" ({shown(reasons[0])})" if len(reasons) == 1 else ""
        yield f"the {called} is not one of the customer's: {shown(stated.value, 120)}{why}"


def terms_as_agreed(
    order: Order,
    known: Known,
    missing: Missing = "skip",
    unlisted: Missing = "skip",
) -> Iterator[str]:
    """The payment terms are those agreed with the customer. ``missing``: the order states none; ``unlisted``: master
    data knows none for the customer."""
    customer = order.customer.customer
    agreed = customer.payment_terms if customer is not None else None
    if order.payment_terms is None:
        yield from not_stated("payment terms", missing)
    elif agreed is None:
        yield from not_stated("the customer's payment terms", unlisted, "in the master data")
    elif order.payment_terms.value.casefold() not in {agreed.casefold(), (terms(agreed) or agreed).casefold()}:
        yield f"the payment terms are {shown(order.payment_terms.value)}, agreed are {shown(agreed)}"


# --- the articles -----------------------------------------------------------------------------------------------------


def known_products(order: Order, known: Known) -> Iterator[str]:
    """Every line's article is known without a doubt, and is still sold."""
    if not order.lines:
        yield "it has no lines"
    for number, line in enumerate(order.lines, 1):
        if line.product.doubt is not None:
            yield f"line {number}: {line.product.doubt}"
        elif line.product.product is None:
            yield f"line {number}: the article is not known"
        elif not line.product.product.active:
            yield f"line {number}: {line.product.product.sku} is no longer sold"


def no_line_twice(order: Order, known: Known) -> Iterator[str]:
    """No line is another one's double: the same article, quantity and date."""
    seen: dict[tuple[str, Decimal, date | None], int] = {}
    for number, line in enumerate(order.lines, 1):
        product = line.product.product
        if product is None or line.quantity is None:
            continue
        day = line.requested_date.value if line.requested_date is not None else None
        first = seen.setdefault((product.sku, line.quantity.value, day), number)
        if first != number:
            yield f"lines {first} and {number} order the same: {line.quantity.value} of {product.sku}"


# --- orders seen ------------------------------------------------------------------------------------------------------


def not_a_repeat(order: Order, known: Known) -> Iterator[str]:
    """The customer has not sent an order with the same content before."""
    if order.relation is not None:
        if order.relation.how is Sameness.RESEND:
            yield again.sentence(order.relation)
        return
    for one in match.repeats(order, known.seen):
        yield f"the same order came on {one.received_at.date().isoformat()} (our {shown(one.reference)})"
        return


def po_number_not_seen_before(order: Order, known: Known) -> Iterator[str]:
    """The customer has not used the PO number for another order; a cancellation of one says so by its kind."""
    if order.relation is not None:
        if order.relation.how in {Sameness.REVISION, Sameness.REVIVAL}:
            yield again.sentence(order.relation)
        return
    for _one, sentence in match.clashes(order, known.seen):
        yield sentence
        return


def not_ordered_lately(order: Order, known: Known, days: int = 3) -> Iterator[str]:
    """The customer has not ordered the same goods under another PO number within so many days."""
    if (one := match.lately(order, known, days)) is not None:
        yield (
            f"the same goods were ordered on {one.received_at.date().isoformat()} under PO number "
            f"{shown(one.po_number) or 'none'} (our {shown(one.reference)})"
        )


# --- the reading ------------------------------------------------------------------------------------------------------


def well_read(order: Order, known: Known, score: Decimal = Decimal("0.6")) -> Iterator[str]:
    """What decides what is delivered, to whom and for how much was read with at least this score (0 to 1)."""
    for field in _TELLING:
        yield from _badly_read(field, getattr(order, field), "", score)
    for number, line in enumerate(order.lines, 1):
        for field in _TELLING_OF_LINE:
            yield from _badly_read(field, getattr(line, field), f"line {number}: ", score)


def reader_has_no_doubts(order: Order, known: Known) -> Iterator[str]:
    """The reader settled everything."""
    yield from order.doubts


# --- helpers ----------------------------------------------------------------------------------------------------------


def _numbers(order: Order, field: LineNumber) -> Iterator[tuple[int, Found[Decimal] | None]]:
    return ((number, getattr(line, field)) for number, line in enumerate(order.lines, 1))


def _badly_read(field: str, found: Found[Any] | None, where: str, score: Decimal) -> Iterator[str]:
    if found is not None and Decimal(str(found.score)) < score:
        yield f"{where}{plain_name(field)} was read as {shown(found.value)} with a score of {found.score:.2f} only"


VOCABULARY: Mapping[str, Check] = MappingProxyType(
    {
        "present": present,
        "has-lines": has_lines,
        "lines-present": lines_present,
        "one-of": one_of,
        "lines-above": lines_above,
        "lines-at-most": lines_at_most,
        "at-most": money.at_most,
        "at-least": money.at_least,
        "worth-at-most": money.worth_at_most,
        "adds-up": money.adds_up,
        "currency-allowed": money.currency_allowed,
        "prices-as-agreed": money.prices_as_agreed,
        "stock-known": supply.stock_known,
        "all-in-stock": supply.all_in_stock,
        "day-can-be-promised": supply.day_can_be_promised,
        "requested-date-can-be-met": supply.requested_date_can_be_met,
        "within-credit-limit": money.within_credit_limit,
        "within-days": within_days,
        "known-customer": known_customer,
        "not-a-new-client": past.not_a_new_client,
        "customer-in-good-standing": customer_in_good_standing,
        "ship-to-known": ship_to_known,
        "bill-to-known": bill_to_known,
        "terms-as-agreed": terms_as_agreed,
        "known-products": known_products,
        "units-as-sold": units.units_as_sold,
        "quantity-usual": past.quantity_usual,
        "no-line-twice": no_line_twice,
        "not-a-repeat": not_a_repeat,
        "po-number-not-seen-before": po_number_not_seen_before,
        "not-ordered-lately": not_ordered_lately,
        "well-read": well_read,
        "reader-has-no-doubts": reader_has_no_doubts,
    }
)
"""Every check by the name that a deck calls it by."""
