"""The checks about goods and days: is the stock known, can a day be promised, is it the day that was asked for."""

from collections.abc import Iterator

from maildaemon.checks_money import Missing
from maildaemon.model import Known, Order, SupplyState

UNTOLD = "nothing is known of how we ship (rules/shipping.toml)"


def stock_known(order: Order, known: Known) -> Iterator[str]:
    """It is known of every line whether it is in stock, by a figure that is not too old, and when the rest comes."""
    if order.promise is None:
        yield UNTOLD
        return
    for number, supply in enumerate(order.promise.lines, 1):
        if supply.ready is None:
            yield f"line {number}: {supply.why}"


def all_in_stock(order: Order, known: Known) -> Iterator[str]:
    """Everything that is ordered is in stock now."""
    if order.promise is None:
        yield UNTOLD
        return
    for number, supply in enumerate(order.promise.lines, 1):
        if supply.state is not SupplyState.IN_STOCK:
            yield f"line {number}: {supply.state.value.replace('-', ' ')}: {supply.why}"


def day_can_be_promised(order: Order, known: Known) -> Iterator[str]:
    """There is a day on which the whole order can be with the client."""
    if order.promise is None:
        yield UNTOLD
    elif order.promise.day is None:
        yield from order.promise.missing


def requested_date_can_be_met(order: Order, known: Known, missing: Missing = "skip") -> Iterator[str]:
    """The order can be there on the day that the client asks for. ``missing``: no day can be promised."""
    day = order.promise.day if order.promise is not None else None
    if day is None:
        if missing == "object":
            yield "no day can be promised"
        return
    if order.requested_date is not None and order.requested_date.value < day:
        yield f"it is wanted on {order.requested_date.value}, and can be there on {day}"
    for number, line in enumerate(order.lines, 1):
        if line.requested_date is not None and line.requested_date.value < day:
            yield f"line {number} is wanted on {line.requested_date.value}, and can be there on {day}"
