"""The checks about what the customer has ordered before."""

from collections.abc import Iterator
from decimal import Decimal

from maildaemon.checks_money import Missing, not_stated
from maildaemon.model import Customer, History, Known, Order
from maildaemon.wording import code_key


def not_a_new_client(order: Order, known: Known, orders: int = 1, unknown: Missing = "object") -> Iterator[str]:
    """The customer has had so many orders (at most 100) acknowledged before. ``unknown``: the customer is not known, or
    nothing is known of earlier orders."""
    customer = order.customer.customer
    if customer is None:
        yield from not_stated("the customer", unknown, "known")
        return
    history = _of(customer, known)
    if history is None or history.orders is None:
        yield from not_stated("whether the customer has ordered before", unknown, "known")
    elif not history.orders:
        yield "it is the customer's first order"
    elif history.orders < orders:
        yield f"it is one of the customer's first {orders} orders ({history.orders} acknowledged before)"


def quantity_usual(
    order: Order,
    known: Known,
    missing: Missing = "skip",
    orders: int = 3,
    times: Decimal = Decimal(10),
) -> Iterator[str]:
    """Each quantity is within what is usual: for the customer, where so many of its ``orders`` had the article, no more
    than so many ``times`` the most, no less than that part of the least; else for the article. ``missing``: master data
    does not say either."""
    customer = order.customer.customer
    history = _of(customer, known) if customer is not None else None
    for number, line in enumerate(order.lines, 1):
        product = line.product.product
        if product is None or line.quantity is None:
            continue
        asked, sku = line.quantity.value, code_key(product.sku)
        before = [one.quantity for one in history.bought if code_key(one.sku) == sku] if history is not None else []
        if len(before) >= max(orders, 1):
            least, most = min(before), max(before)
            if asked > most * times or asked * times < least:
                habit = f"the customer ordered {least} to {most} of {product.sku} before"
                yield f"line {number}: the quantity is {asked}, {habit}"
        elif product.usual_quantity is None:
            yield from not_stated(f"line {number}: the usual quantity of {product.sku}", missing, "known")
        elif not product.usual_quantity[0] <= asked <= product.usual_quantity[1]:
            low, high = product.usual_quantity
            yield f"line {number}: the quantity is {asked}, usual for {product.sku} is {low} to {high}"


def _of(customer: Customer, known: Known) -> History | None:
    number = code_key(customer.number)
    return next((one for one in known.history if code_key(one.customer) == number), None)
