"""How many messages may leave by themselves: counted over what has left, whatever the mails say that they answer."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from maildaemon.desk import Left, Outgoing, Traffic

HOUR, DAY, BAND = timedelta(hours=1), timedelta(days=1), timedelta(minutes=10)
AGAIN = timedelta(minutes=10)
"""When the door is asked again for a message that the breaker holds."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Messages within a sliding hour or day; see settings.BoundSettings for each. ``never``: addresses and ``*@domain``
    that are never answered, in lower case."""

    per_address_hour: int = 20
    per_address_day: int = 60
    per_domain_day: int = 100
    per_thread_day: int = 3
    orders_hour: int = 1000
    orders_day: int = 5000
    overall_hour: int = 5000
    overall_day: int = 20000
    breaker_factor: float = 5.0
    breaker_least: int = 2000
    never: tuple[str, ...] = ()

    def refuses(self, recipient: str) -> bool:
        """Is the address among those that are never answered?"""
        address = recipient.lower()
        return address in self.never or f"*@{address.rpartition('@')[2]}" in self.never


@dataclass(frozen=True, slots=True)
class Excess:
    """A bound that the next message would break, in words, and when it may be asked again."""

    reason: str
    until: datetime


@dataclass(slots=True)
class Traffics:
    """What has left within the last day, as it is counted. Used by the one thread that sends.

    ``peak`` is the most that left within any ten minutes of the last 28 days. The clock may be put back: what has left
    in the future then has left now, so that no message waits longer than a bound is long."""

    bounds: Bounds
    peak: int = 0
    left: dict[tuple[str, str], deque[datetime]] = field(default_factory=lambda: defaultdict(deque))

    def load(self, messages: Iterable[Left], peak: int) -> None:
        """Begin anew with what the ledger knows to have left."""
        self.left.clear()
        self.peak = peak
        for message in sorted(messages, key=lambda one: one.at):
            self._add(message)

    def add(self, message: Outgoing, now: datetime) -> None:
        """The message goes out: from here on it counts, whatever becomes of it."""
        self._add(Left(now, message.recipient, message.thread, message.traffic))

    def excess(self, message: Outgoing, now: datetime) -> Excess | None:
        """The bound that the message would break now; None: it may go."""
        address, domain = _address(message.recipient)
        order = message.traffic is Traffic.ORDER
        bounds = self.bounds
        own = (
            (("order", address), HOUR, bounds.orders_hour, f"orders of {address} within an hour"),
            (("order", address), DAY, bounds.orders_day, f"orders of {address} within a day"),
        )
        others = (
            (("address", address), HOUR, bounds.per_address_hour, f"messages to {address} within an hour"),
            (("address", address), DAY, bounds.per_address_day, f"messages to {address} within a day"),
            (("domain", domain), DAY, bounds.per_domain_day, f"messages to {domain} within a day"),
        )
        every = (
            (("thread", message.thread), DAY, bounds.per_thread_day, "messages into one thread within a day"),
            (("all", ""), HOUR, bounds.overall_hour, "messages within an hour"),
            (("all", ""), DAY, bounds.overall_day, "messages within a day"),
        )
        found = [
            Excess(f"more than {most} {what}", until)
            for key, span, most, what in (*(own if order else others), *every)
            if (until := self._until(key, span, most, now)) is not None
        ]
        return max(found, key=lambda one: one.until, default=None)

    def leaves_its_band(self, now: datetime) -> str | None:
        """Why the breaker is to hold everything: one message more, and ten minutes would see too many."""
        most = max(self.bounds.breaker_least, int(self.bounds.breaker_factor * self.peak))
        if self._until(("all", ""), BAND, most, now) is None:
            return None
        return f"more than {most} messages within ten minutes; the most in 28 days were {self.peak}"

    def _add(self, message: Left) -> None:
        address, domain = _address(message.recipient)
        kinds = [("order", address)] if message.traffic is Traffic.ORDER else [("address", address), ("domain", domain)]
        for key in (*kinds, ("thread", message.thread), ("all", "")):
            self.left[key].append(message.at)

    def _until(self, key: tuple[str, str], span: timedelta, most: int, now: datetime) -> datetime | None:
        """When fewer than ``most`` lie within the span again; None: that is now."""
        times = self.left.get(key)
        if key == ("thread", "") or times is None:
            return None
        while times and times[0] <= now - DAY:
            times.popleft()
        if not times:
            del self.left[key]
            return None
        if times[-1] > now:
            self.left[key] = times = deque(min(at, now) for at in times)
        if len(times) < most:
            return None
        # Counted from the newest: the one that must have left the span before another may go.
        oldest = times[-most]
        return oldest + span if oldest > now - span else None


def _address(recipient: str) -> tuple[str, str]:
    address = recipient.lower()
    return address, address.rpartition("@")[2]
