"""How we ship, as an operator writes it (``rules/shipping.toml``): calendar, capacity, carriers, transit days."""

from datetime import date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from maildaemon import workdays
from maildaemon.strict import File, Strict
from maildaemon.workdays import Workdays

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ELSEWHERE = "*"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(f"expected a time zone such as Europe/Berlin, not {name!r}") from None
    return name


def _country(code: str) -> str:
    if not workdays.known(code):
        raise ValueError(f"expected a country's two letters (ISO 3166-1) such as DE, not {code!r}")
    return code


def _time(value: object) -> object:
    if isinstance(value, str):
        try:
            return time.fromisoformat(value)
        except ValueError:
            raise ValueError(f"expected a time such as 16:30, not {value!r}") from None
    return value


def _range(value: object) -> object:
    """``2026-12-24`` or ``2026-12-24/2027-01-01`` (ISO 8601), or a TOML date."""
    if isinstance(value, date):
        return (value, value)
    try:
        first, _, last = str(value).partition("/")
        days = (date.fromisoformat(first), date.fromisoformat(last or first))
    except ValueError:
        raise ValueError(f"expected a day such as 2026-12-24, or 2026-12-24/2027-01-01, not {value!r}") from None
    if days[1] < days[0]:
        raise ValueError(f"expected the first day before the last, not {value!r}")
    return days


Zone = Annotated[str, AfterValidator(_zone)]
Country = Annotated[str, AfterValidator(_country)]
ClockTime = Annotated[time, BeforeValidator(_time)]
Range = Annotated[tuple[date, date], BeforeValidator(_range)]
Days = Annotated[int, Field(ge=0, le=365)]


class Carrier(Strict):
    """``cutoff``: until when it takes what leaves that day, on the weekdays on which it collects. ``transit``: working
    days on the way, by the destination's country; ``*`` is every other one."""

    name: str = Field(min_length=1, max_length=60)
    zone: Zone | None = None
    cutoff: dict[Weekday, ClockTime] = Field(min_length=1)
    transit: dict[str, Days] = Field(min_length=1)

    def days_to(self, country: str) -> int | None:
        """Working days to that country; None: it does not go there."""
        return self.transit.get(country, self.transit.get(ELSEWHERE))


class Shipping(Strict):
    """From where and how fast. ``stock_hours``: how old a stock figure may be; ``daily_capacity``: orders packed on a
    working day, None when that is never short."""

    zone: Zone
    country: Country
    region: str | None = None
    weekend: tuple[Weekday, ...] = ("sat", "sun")
    closed: tuple[Range, ...] = ()
    stock_hours: float = Field(default=24, gt=0, le=24 * 366)
    daily_capacity: int | None = Field(default=None, ge=1)
    handling_days: Days = 0
    carrier: tuple[Carrier, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _region_is_known(self) -> "Shipping":
        if self.region is not None and not workdays.known(self.country, self.region):
            raise ValueError(f"region: {self.region!r} is no region of {self.country} whose holidays are known")
        return self

    def calendar(self) -> Workdays:
        """Of the place that we ship from."""
        weekend = frozenset(WEEKDAYS.index(day) for day in self.weekend)
        return Workdays(self.country, self.region, weekend, workdays.spread(self.closed))

    def day(self, now: datetime) -> date:
        """Which day it is where we ship from."""
        return now.astimezone(ZoneInfo(self.zone)).date()

    def carrier_to(self, country: str) -> tuple[Carrier, int] | None:
        """The first carrier that goes there, and its working days."""
        for carrier in self.carrier:
            if (days := carrier.days_to(country)) is not None:
                return carrier, days
        return None


def shipping(text: str, where: str) -> Shipping:
    """Read ``rules/shipping.toml``. Raises PlaybookError."""
    file = File(where, text)
    try:
        return Shipping.model_validate(file.toml())
    except ValidationError as error:
        raise file.invalid(error) from None
