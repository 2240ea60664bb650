"""Looking up: what is known for each order of a mail, and what is spoken for of its articles."""

from collections.abc import Sequence
from datetime import datetime

from maildaemon.catalogue import Catalogue
from maildaemon.decide import Earlier
from maildaemon.desk import Ledger
from maildaemon.model import Known, Questions
from maildaemon.shipping import Shipping


def look_up(
    ledger: Ledger,
    catalogue: Catalogue,
    earlier: Earlier,
    shipping: Shipping | None,
    questions: Sequence[Questions],
    now: datetime,
) -> tuple[Known, ...]:
    """One for each question. ``earlier`` knows the orders that came before, those of the same batch among them."""
    known = tuple(catalogue.look_up(question, earlier.like(question), now) for question in questions)
    counted = [stock for facts in known for stock in facts.stock if stock.as_of is not None]
    if not counted or shipping is None:
        return known
    booked = ledger.booked(
        [stock.sku for stock in counted], min(stock.as_of for stock in counted if stock.as_of), shipping.day(now)
    )
    return tuple(earlier.spoken_for(facts, booked.reserved, booked.open_orders) for facts in known)
