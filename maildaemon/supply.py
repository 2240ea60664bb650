"""The nouns of a promise: what is there, what is spoken for, and the sum that leads to a day."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Reservation:
    """So much of an article is spoken for since ``at``, by an order that we have acknowledged; by several where no
    ``reference`` is named, all of other mails, and then ``at`` is when the latest of them took its part."""

    sku: str
    quantity: Decimal
    reference: str
    at: datetime


class SupplyState(StrEnum):
    IN_STOCK = "in-stock"
    PARTIAL = "partial"
    BACK_ORDER = "back-order"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Supply:
    """One line's goods: how much is there, and on which day all of it will be; ``why`` says what that rests on."""

    state: SupplyState
    there: Decimal | None = None
    ready: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the sum: what is done on which day, and why then."""

    what: str
    day: date
    why: str


@dataclass(frozen=True, slots=True)
class Promise:
    """``day``: when the whole order can be with the client; None where ``missing`` says what would have to be known.
    ``leaves``: when it leaves our house. ``lines`` holds one per order line, ``steps`` the sum, in order."""

    day: date | None = None
    leaves: date | None = None
    lines: tuple[Supply, ...] = ()
    steps: tuple[Step, ...] = ()
    missing: tuple[str, ...] = ()
