"""What an order is worth: prices as stated, and prices as agreed with the customer."""

from dataclasses import dataclass
from decimal import Decimal

from maildaemon.model import Customer, Known, Order, OrderLine, Product
from maildaemon.wording import code_key

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Worth:
    """``amount`` None: it cannot be known, and ``reason`` says why. ``stated`` is false where agreed prices stood in
    for prices that the order leaves out."""

    amount: Decimal | None
    currency: str | None = None
    stated: bool = True
    reason: str = ""


def agreed_price(product: Product, customer: Customer | None, known: Known, currency: str) -> Decimal | None:
    """The customer's own price in that currency, else the list price less the customer's discount, else None."""
    sku = code_key(product.sku)
    number = code_key(customer.number) if customer else None
    listed: Decimal | None = None
    for price in known.prices:
        if price.currency != currency or code_key(price.sku) != sku:
            continue
        if price.customer is None:
            listed = price.price
        elif code_key(price.customer) == number:
            return price.price
    if listed is None and product.currency == currency:
        listed = product.list_price
    if listed is None or customer is None or not customer.discount:
        return listed
    return listed * (100 - customer.discount) / 100


def currency_of(order: Order, known: Known) -> str | None:
    """The order's currency as stated. Where it states none, the one that is agreed with the customer, provided that the
    order states no amount at all, or that the amounts themselves tell it: each line states, to the cent, the price
    agreed in that currency, and none the price agreed in another."""
    if order.currency is not None:
        return order.currency.value
    customer = order.customer.customer
    if customer is None or customer.currency is None:
        return None
    stated = order.total is not None or any(line.unit_price or line.amount for line in order.lines)
    return customer.currency if not stated or _tell(order, customer, known, customer.currency) else None


def _tell(order: Order, customer: Customer, known: Known, currency: str) -> bool:
    others = {price.currency for price in known.prices} - {currency}
    return bool(order.lines) and all(
        fits(line, customer, known, currency) and not any(fits(line, customer, known, other) for other in others)
        for line in order.lines
    )


def fits(line: OrderLine, customer: Customer | None, known: Known, currency: str) -> bool:
    """The line states its price, which is the one agreed in that currency to the cent, and not nothing."""
    price, product = stated_price(line), line.product.product
    agreed = agreed_price(product, customer, known, currency) if product is not None else None
    return price is not None and agreed is not None and price > 0 and abs(price - agreed) <= _CENT / 2


def stated_price(line: OrderLine) -> Decimal | None:
    """The line's price as stated, or out of its stated amount, rounded to four places."""
    if line.unit_price is not None:
        return line.unit_price.value
    if line.amount is None or line.quantity is None or not line.quantity.value:
        return None
    return (line.amount.value / line.quantity.value).quantize(Decimal("0.0001"))


def line_amount(line: OrderLine) -> Decimal | None:
    """The line's sum as stated, or out of its stated price."""
    if line.amount is not None:
        return line.amount.value
    if line.quantity is not None and line.unit_price is not None:
        return line.quantity.value * line.unit_price.value
    return None


def worth(order: Order, known: Known, *, agreed: bool) -> Worth:
    """The stated total, else the sum of the lines. ``agreed``: a line without a price counts at the agreed one."""
    currency = currency_of(order, known)
    if order.total is not None:
        return Worth(order.total.value, currency)
    total, stated = Decimal(0), True
    for number, line in enumerate(order.lines, 1):
        amount = line_amount(line)
        if amount is None and not agreed:
            return Worth(None, currency, reason=f"it states no total, and line {number} no price")
        if amount is None:
            stated = False
            product = line.product.product
            price = agreed_price(product, order.customer.customer, known, currency) if product and currency else None
            if price is None or line.quantity is None:
                return Worth(
                    None, currency, reason=f"it states no total, and line {number} has no price, stated or agreed"
                )
            amount = price * line.quantity.value
        total += amount
    if not order.lines:
        return Worth(None, currency, reason="it states no total and has no lines")
    return Worth(total, currency, stated)
