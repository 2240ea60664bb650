"""Looking up: what is spoken for of the articles that orders ask for."""

from datetime import datetime

from maildaemon.decide import Earlier
from maildaemon.desk import Ledger
from maildaemon.model import Known
from maildaemon.shipping import Shipping


def spoken_for(
    ledger: Ledger, earlier: Earlier, shipping: Shipping | None, known: tuple[Known, ...], now: datetime
) -> tuple[Known, ...]:
    """What is known of each order, with what was taken of its articles since they were counted. ``earlier`` knows the
    orders of the same batch."""
    counted = [stock for facts in known for stock in facts.stock if stock.as_of is not None]
    if not counted or shipping is None:
        return known
    since = min(stock.as_of for stock in counted if stock.as_of)
    booked = ledger.booked([stock.sku for stock in counted], since, shipping.day(now))
    return tuple(earlier.spoken_for(facts, booked.reserved, booked.open_orders) for facts in known)
