"""The checks about money: limits, sums, currencies and prices."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from maildaemon.model import Known, Order
from maildaemon.wording import shown
from maildaemon.worth import agreed_price, currency_of, line_amount, stated_price, worth

Missing = Literal["object", "skip"]
"""What a rule makes of what it cannot see: object to it, or skip it."""


def at_most(order: Order, known: Known, field: Literal["total"], limit: Decimal, currency: str) -> Iterator[str]:
    """The amount is stated, in this currency, and within the limit."""
    yield from _bounded(order, field, currency)
    if (found := getattr(order, field)) is not None and found.value > limit:
        yield f"{plain_name(field)} is {found.value}, above the limit of {limit}"


def at_least(order: Order, known: Known, field: Literal["total"], limit: Decimal, currency: str) -> Iterator[str]:
    """The amount is stated, in this currency, and not below the limit."""
    yield from _bounded(order, field, currency)
    if (found := getattr(order, field)) is not None and found.value < limit:
        yield f"{plain_name(field)} is {found.value}, below the limit of {limit}"


def worth_at_most(
    order: Order,
    known: Known,
    limit: Decimal,
    currency: str,
    unpriced: Literal["object", "as-agreed"] = "object",
) -> Iterator[str]:
    """What the order is worth is within the limit, in this currency: its stated total, else the sum of its lines. A
    line without a price is objected to, or counted at the price agreed with the customer."""
    found = worth(order, known, agreed=unpriced == "as-agreed")
    if found.amount is None:
        yield f"what it is worth cannot be known: {found.reason}"
    elif found.currency is None:
        yield f"what it is worth cannot be known: {found.amount} of which currency?"
    elif found.currency != currency:
        yield f"it is worth {found.amount} {shown(found.currency)}; the limit is set in {currency}"
    elif found.amount > limit:
        yield f"it is worth {found.amount} {currency}, above the limit of {limit}"
    elif found.amount < 0:
        yield f"it is worth {found.amount} {currency}, less than nothing"


def adds_up(order: Order, known: Known, tolerance: Decimal = Decimal("0.01")) -> Iterator[str]:
    """Quantity times price is the line's amount, and the lines' amounts are the total, with or without the tax that is
    stated, as far as they are stated. What is missing (shipping, tax, a discount) is objected to, never guessed."""
    amounts: list[Decimal] = []
    for number, line in enumerate(order.lines, 1):
        if line.quantity is not None and line.unit_price is not None and line.amount is not None:
            product = line.quantity.value * line.unit_price.value
            if abs(product - line.amount.value) > tolerance:
                sum_ = f"{line.quantity.value} x {line.unit_price.value} is {product}"
                yield f"line {number}: {sum_}, but the stated amount is {line.amount.value}"
        amount = line_amount(line)
        if amount is not None:
            amounts.append(amount)
        elif order.total is not None:
            yield f"line {number} has neither amount nor price, so that the total cannot be checked"
    if order.total is not None and len(amounts) == len(order.lines):
        total = sum(amounts, Decimal(0))
        # An amount that the order leaves out is rounded to the cent by whoever added them up.
        unstated = sum(1 for line in order.lines if line.amount is None)
        allowed = tolerance + unstated * Decimal("0.005")
        sums = [total, total + order.tax.value] if order.tax is not None else [total]
        if all(abs(one - order.total.value) > allowed for one in sums):
            yield f"the lines add up to {total}, but the stated total is {order.total.value}"


def currency_allowed(
    order: Order,
    known: Known,
    values: tuple[str, ...] = (),
    missing: Missing = "object",
) -> Iterator[str]:
    """The stated currency is one of these, and the customer's where one is agreed. ``missing``: the order states none;
    amounts without one are objected to all the same, unless the prices are those agreed in the customer's."""
    if order.currency is None:
        amounts = order.total is not None or any(line.unit_price or line.amount for line in order.lines)
        if missing == "object" or (amounts and currency_of(order, known) is None):
            yield "currency is not stated"
        return
    stated = order.currency.value
    customer = order.customer.customer
    if values and stated not in values:
        yield f"currency is {shown(stated)}, none of {', '.join(values)}"
    if customer is not None and customer.currency is not None and customer.currency != stated:
        yield f"currency is {shown(stated)}, but {customer.currency} is agreed with the customer"


def prices_as_agreed(
    order: Order,
    known: Known,
    percent: Decimal = Decimal(0),
    unpriced: Missing = "skip",
    unknown: Missing = "object",
) -> Iterator[str]:
    """Each stated price is within so many percent of the customer's own price, else of the list price, in the order's
    currency. A line that states its amount alone has the price that follows from it. ``unpriced``: a line that states
    no price; ``unknown``: a line for which none is agreed."""
    currency = currency_of(order, known)
    for number, line in enumerate(order.lines, 1):
        stated, product = stated_price(line), line.product.product
        if stated is None:
            yield from not_stated(f"line {number}: unit price", unpriced)
            continue
        if currency is None:
            yield f"line {number}: the price {stated} cannot be compared, the currency is not stated"
        elif product is None:
            yield f"line {number}: the price {stated} cannot be compared, the article is not known"
        elif (agreed := agreed_price(product, order.customer.customer, known, currency)) is None:
            if unknown == "object":
                yield f"line {number}: no price in {shown(currency)} is agreed or listed for {product.sku}"
        elif abs(stated - agreed) > agreed * percent / 100 + Decimal("0.005"):
            yield f"line {number}: the price is {stated}, but {format(agreed.normalize(), 'f')} {currency} is agreed"


def within_credit_limit(order: Order, known: Known, missing: Missing = "skip") -> Iterator[str]:
    """What the order is worth, with what is open already where that is known, does not exceed the customer's credit
    limit, in the customer's currency."""
    customer = order.customer.customer
    if customer is None or customer.credit_limit is None:
        yield from not_stated("the customer's credit limit", missing, "known")
        return
    found = worth(order, known, agreed=True)
    if found.amount is None:
        yield f"it cannot be compared with the credit limit: {found.reason}"
    elif customer.currency is None or found.currency != customer.currency:
        yield f"it cannot be compared with the credit limit: {shown(found.currency)} and {customer.currency}"
    elif found.amount + (owed := max(customer.open_balance or Decimal(0), Decimal(0))) > customer.credit_limit:
        more = f" and {owed} is open" if owed else ""
        yield f"it is worth {found.amount}{more}, above the customer's credit limit of {customer.credit_limit}"


# --- helpers ----------------------------------------------------------------------------------------------------------


def _bounded(order: Order, field: str, currency: str) -> Iterator[str]:
    if getattr(order, field) is None:
        yield f"{plain_name(field)} is not stated"
    if order.currency is None:
        yield f"{plain_name(field)} cannot be compared with a limit in {currency}: the currency is not stated"
    elif order.currency.value != currency:
        yield f"{plain_name(field)} is in {shown(order.currency.value)}; the limit is set in {currency}"


def plain_name(field: str) -> str:
    return {"po_number": "PO number", "sku": "SKU", "buyer_sku": "the client's part number", "gtin": "GTIN"}.get(
        field, field.replace("_", " ")
    )


def not_stated(what: str, missing: Missing, how: str = "stated") -> Iterator[str]:
    if missing == "object":
        yield f"{what} is not {how}"
