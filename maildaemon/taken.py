"""What orders have taken of each article: sums, so that a thousand orders for one article weigh no more than one."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from maildaemon.model import Reservation, Stock
from maildaemon.wording import code_key


class Taken:
    """In the order in which it was taken."""

    def __init__(self) -> None:
        self._articles: dict[str, _Article] = {}

    def add(self, reserved: Iterable[Reservation]) -> None:
        for one in reserved:
            self._articles.setdefault(code_key(one.sku), _Article(one.sku)).add(one)

    def since(self, counts: Iterable[Stock]) -> tuple[Reservation, ...]:
        """One sum for each of these articles of which something was taken since it was counted."""
        counted = {code_key(stock.sku): stock.as_of for stock in counts}
        found = (self._articles[key].since(at) for key, at in sorted(counted.items()) if key in self._articles)
        return tuple(one for one in found if one is not None)


class _Article:
    """Each sum is of all that was taken up to its time."""

    def __init__(self, sku: str) -> None:
        self._sku = sku
        self._times: list[datetime] = []
        self._sums = [Decimal(0)]

    def add(self, one: Reservation) -> None:
        # What is said to come earlier than the last one comes with it: nothing that was taken is left out.
        self._times.append(max(one.at, self._times[-1]) if self._times else one.at)
        self._sums.append(self._sums[-1] + one.quantity)

    def since(self, at: datetime | None) -> Reservation | None:
        first = bisect_right(self._times, at) if at is not None else 0
        if first == len(self._times):
            return None
        return Reservation(self._sku, self._sums[-1] - self._sums[first], "", self._times[-1])
