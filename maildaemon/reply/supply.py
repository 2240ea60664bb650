"""What an acknowledgement says of stock, of the day of delivery, and of payment."""

from collections.abc import Iterator

from maildaemon.model import Order, SupplyState
from maildaemon.reply import values
from maildaemon.reply.texts import Texts


def told(order: Order, texts: Texts) -> Iterator[str]:
    """The expected day, that the wanted one cannot be met, the terms of payment: as far as we know them."""
    if order.promise is not None and (day := order.promise.day) is not None:
        yield f"{texts.expected}: {values.day(day, texts)}"
        wanted = order.requested_date.value if order.requested_date else None
        if wanted is not None and wanted < day:
            yield texts.late.format(requested=values.day(wanted, texts), day=values.day(day, texts))
    customer = order.customer.customer
    if customer is not None and customer.payment_terms:
        yield f"{texts.payment}: {values.clean(customer.payment_terms, 60)}"


def of_line(order: Order, number: int, texts: Texts) -> str | None:
    """Whether a line's goods are there, or when they will be; ``number`` counts from 1. None: it is not known."""
    if order.promise is None or not 0 < number <= len(order.promise.lines):
        return None
    supply, unit = order.promise.lines[number - 1], order.lines[number - 1].unit
    if supply.state is SupplyState.IN_STOCK:
        return texts.in_stock
    if supply.ready is None or supply.state is SupplyState.UNKNOWN:
        return None
    day = values.day(supply.ready, texts)
    if supply.state is SupplyState.PARTIAL and supply.there is not None:
        return texts.partial.format(there=values.quantity(supply.there, unit, texts), day=day)
    return texts.back_order.format(day=day)
