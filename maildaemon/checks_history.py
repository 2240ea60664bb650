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
    orders: int = 5,
    times: Decimal = Decimal(10),
) -> Iterator[str]:
    """Each quantity is within what is usual: at most so many ``times`` the most that the customer ordered, where enough
    ``orders`` had the article; else within what is usual for the article. ``missing``: nothing says either."""
    customer = order.customer.customer
    history = _of(customer, known) if customer is not None else None
    for number, line in enumerate(order.lines, 1):
        product = line.product.product
        if product is None or line.quantity is None:
            continue
        asked, usual = line.quantity.value, product.usual_quantity
        before = _bought(history, product.sku)
        if len(before) >= max(orders, 1):
            least = min(*before, usual[0]) if usual is not None else Decimal(0)
            if not least <= asked <= max(before) * times:
                habit = f"the customer ordered {min(before)} to {max(before)} of {product.sku} before"
                yield f"line {number}: the quantity is {asked}, {habit}"
        elif usual is None:
            yield from not_stated(f"line {number}: the usual quantity of {product.sku}", missing, "known")
        elif not usual[0] <= asked <= usual[1]:
            yield f"line {number}: the quantity is {asked}, usual for {product.sku} is {usual[0]} to {usual[1]}"


def _bought(history: History | None, sku: str) -> list[Decimal]:
    key = code_key(sku)
    return [one.quantity for one in history.bought if code_key(one.sku) == key] if history is not None else []


def _of(customer: Customer, known: Known) -> History | None:
    number = code_key(customer.number)
    return next((one for one in known.history if code_key(one.customer) == number), None)
