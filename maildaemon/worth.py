"""What an order is worth: prices as stated, and prices as agreed with the customer."""

from dataclasses import dataclass
from decimal import Decimal

from maildaemon.model import Customer, Known, Order, OrderLine, Product
from maildaemon.wording import code_key


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


def currency_of(order: Order) -> str | None:
    """The order's currency as stated; the customer's agreed one only where the order states no amount at all."""
    if order.currency is not None:
        return order.currency.value
    stated = order.total is not None or any(line.unit_price or line.amount for line in order.lines)
    customer = order.customer.customer
    return customer.currency if customer is not None and not stated else None


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
    currency = currency_of(order)
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
