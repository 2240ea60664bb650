"""What an order asks for, free of its form, and how one order stands to another: the nouns of "same again?"."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Sameness(StrEnum):
    """What an order is to an earlier one of the same customer under the same PO number."""

    RESEND = "resend"
    """The same content once more."""
    REVISION = "revision"
    CANCELLATION = "cancellation"
    REVIVAL = "revival"
    """An order under a number that was cancelled, or whose cancellation came before it."""


class Status(StrEnum):
    """Whether an order is the one that counts. QUESTIONED: a change or a cancellation of it came, and no person has
    decided about that yet; the last two are ends."""

    CURRENT = "current"
    QUESTIONED = "questioned"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ContentLine:
    """``key`` is the article in the form in which articles are equal, ``article`` as people read it; ``requested`` is
    the line's own day, else the order's."""

    key: str
    article: str
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    requested: date | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """``whole``: all lines are there; of an order with more lines than are compared it is not."""

    lines: tuple[ContentLine, ...] = ()
    ship_to: str | None = None
    bill_to: str | None = None
    payment_terms: str | None = None
    currency: str | None = None
    total: Decimal | None = None
    order_date: date | None = None
    whole: bool = True


class Alteration(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    UNMENTIONED = "not mentioned"
    """A change names only what it changes: what it does not name stays, perhaps."""


@dataclass(frozen=True, slots=True)
class Difference:
    """``where``: "line 2, W-100" (as the newer order counts, the earlier one for what is gone), or "delivery address";
    ``field`` of a line that was changed; ``was`` and ``now`` as people read them, None for nothing."""

    what: Alteration
    where: str
    field: str | None = None
    was: str | None = None
    now: str | None = None

    def __str__(self) -> str:
        about = f"{self.where}, {self.field}" if self.field else self.where
        if self.what is Alteration.CHANGED:
            return f"{about}: was {self.was or 'not stated'}, is {self.now or 'not stated'}"
        said = self.now if self.what is Alteration.ADDED else self.was
        return f"{about}: {self.what}" + (f" ({said})" if said else "")


@dataclass(frozen=True, slots=True)
class Relation:
    """To which earlier order this one stands how. ``reference`` and ``received_at`` are that order's; ``taken_in``: it
    was acknowledged or approved, otherwise a person still looks at it; not ``handled``: it was only looked at, in
    shadow mode. ``proved``: both contents were compared whole. ``told``: its client was told already that it came
    before. ``waiting`` are our references of other changes of it that no person has decided about."""

    how: Sameness
    reference: str
    po_number: str | None
    received_at: datetime
    taken_in: bool = False
    handled: bool = True
    differences: tuple[Difference, ...] = ()
    proved: bool = False
    told: bool = False
    waiting: tuple[str, ...] = ()
