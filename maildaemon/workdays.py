"""Working days: a country's public holidays, its weekend, and the days on which a house is closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

SATURDAY_AND_SUNDAY = frozenset({5, 6})
MOST_DAYS = 2000
"""A calendar in which no day is a working day is an error of whoever wrote it, not a loop."""


@dataclass(frozen=True, slots=True)
class Workdays:
    """``country`` is ISO 3166-1 alpha-2, ``region`` its ISO 3166-2 subdivision without the country; None: no holidays
    are known. ``weekend`` counts Monday as 0."""

    country: str | None = None
    region: str | None = None
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    closed: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        if day.weekday() in self.weekend or day in self.closed:
            return False
        return self.country is None or day not in _holidays(self.country, self.region, day.year)

    def at_or_after(self, day: date) -> date:
        """The first working day that is not before ``day``."""
        for ahead in range(MOST_DAYS):
            if self.works(found := day + timedelta(days=ahead)):
                return found
        raise ValueError(f"no working day within {MOST_DAYS} days of {day}")

    def later(self, day: date, count: int) -> date:
        """``count`` working days after ``day``; with 0 the first that is not before it."""
        if count == 0:
            return self.at_or_after(day)
        for _ in range(count):
            day = self.at_or_after(day + timedelta(days=1))
        return day


def known(country: str, region: str | None = None) -> bool:
    """Whether the holidays of that country, and of that region of it, are known."""
    import holidays  # knows every country: a reading child has no use for it

    listed = holidays.list_supported_countries()
    return country in listed and (region is None or region in listed[country])


@lru_cache(maxsize=300)
def weekend(country: str) -> frozenset[int]:
    """The days of the week on which that country rests, Monday being 0: Friday and Saturday in some."""
    if not known(country):
        return SATURDAY_AND_SUNDAY
    import holidays

    return frozenset(holidays.country_holidays(country).weekend)


def spread(ranges: Iterable[tuple[date, date]]) -> frozenset[date]:
    """Every day of the ranges, both ends included."""
    return frozenset(
        first + timedelta(days=ahead)
        for first, last in ranges
        for ahead in range(min((last - first).days, MOST_DAYS) + 1)
    )


@lru_cache(maxsize=200)
def _holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    if not known(country, region):
        return frozenset()
    import holidays

    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))
