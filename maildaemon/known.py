"""Looking up: what is spoken for of the articles that orders ask for."""

from datetime import datetime

from maildaemon.decide import Earlier
from maildaemon.desk import Ledger
from maildaemon.model import Known
from maildaemon.shipping import Shipping


def spoken_for(
    ledger: Ledger,
    earlier: Earlier,
    shipping: Shipping | None,
    known: tuple[Known, ...],
    now: datetime,
    mail_id: int,
) -> tuple[Known, ...]:
    """With what was taken of the articles since they were counted. A figure from outside may be of another moment for
    each order."""
    if shipping is None or not any(stock.as_of for facts in known for stock in facts.stock):
        return known
    found = []
    for facts in known:
        since = {stock.sku: stock.as_of for stock in facts.stock if stock.as_of is not None}
        booked = ledger.booked(since, shipping.day(now), mail_id)
        found.append(earlier.spoken_for(facts, booked.reserved, booked.open_orders))
    return tuple(found)
