"""Facts that are asked outside: what they are about, what was answered, and what of it is kept with a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from maildaemon.records import Price, Stock
from maildaemon.wording import code_key

CLOCKS_DIFFER = timedelta(minutes=10)
"""A fact from the future is believed that far: the clock of who wrote it may be ahead."""


class FactKind(StrEnum):
    """What may be asked: how much is there, whether a customer pays, what it costs them, how far a deal has come."""

    STOCK = "stock"
    STANDING = "standing"
    PRICE = "price"
    STAGE = "stage"


@dataclass(frozen=True, slots=True)
class About:
    """What one fact is about, as far as its kind asks by it: an article, a customer by our number, a PO number."""

    kind: FactKind
    sku: str | None = None
    customer: str | None = None
    po_number: str | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Under which it is asked once, however it is written."""
        return (self.kind, *(code_key(part or "") for part in (self.sku, self.customer, self.po_number)))

    def __str__(self) -> str:
        whose = f" for {self.customer}" if self.customer and (self.sku or self.po_number) else ""
        return f"{self.kind} of {self.sku or self.po_number or self.customer}{whose}"


@dataclass(frozen=True, slots=True)
class Standing:
    """``standing``: ok, hold or pending. Amounts are in the customer's currency."""

    standing: str | None = None
    credit_limit: Decimal | None = None
    open_balance: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FactAnswer:
    """What a source says: that which belongs to the kind is filled in. ``problem`` says why nothing is known; then
    nothing else counts. ``as_of`` is when it was so."""

    about: About
    source: str
    as_of: datetime | None = None
    stock: Stock | None = None
    standing: Standing | None = None
    prices: tuple[Price, ...] = ()
    stage: str | None = None
    problem: str | None = None

    @property
    def said(self) -> str:
        """The answer in a few words, for people; a stage is given as it is."""
        if self.stock is not None:
            coming = f", {self.stock.next_quantity} on {self.stock.next_date}" if self.stock.next_date else ""
            return f"{self.stock.on_hand} on hand{coming}"
        if self.standing is not None:
            found = self.standing
            parts = (("", found.standing), ("limit ", found.credit_limit), ("open ", found.open_balance))
            return ", ".join(f"{name}{value}" for name, value in parts if value is not None)
        if self.prices:
            return ", ".join(f"{one.price} {one.currency}" for one in self.prices)
        return self.stage or ""


@dataclass(frozen=True, slots=True)
class Fact:
    """An answer as it is kept with the decision: who said what, and how old it was by ``as_of``. ``problem``: why it
    counts as unknown."""

    kind: FactKind
    about: str
    source: str
    said: str = ""
    as_of: datetime | None = None
    problem: str | None = None


class Facts(Protocol):
    """The sources outside that say what is in stock, who pays, what it costs and how far a deal has come. They are
    only read. ``ask`` never raises for what a source does, and returns within the sources' bounds of time."""

    @property
    def kinds(self) -> frozenset[FactKind]:
        """Which facts a source is configured for."""

    def ask(self, abouts: Sequence[About], now: datetime) -> Mapping[tuple[str, ...], FactAnswer]:
        """One answer for everything that was asked, by its key, unknown where no source says anything."""


def unknown(about: About, source: str, problem: str) -> FactAnswer:
    return FactAnswer(about, source, problem=problem)


def aged(answer: FactAnswer, now: datetime, hours: float) -> FactAnswer:
    """The answer, unknown where it is older than so many hours, or from the future."""
    if answer.problem is not None or answer.as_of is None:
        return answer
    age = now - answer.as_of
    if age < -CLOCKS_DIFFER:
        return replace(answer, problem=f"it is dated in the future ({answer.as_of:%Y-%m-%d %H:%M} UTC)")
    if age > timedelta(hours=hours):
        return replace(answer, problem=f"it is {int(age.total_seconds() // 3600)} hours old, more than {hours:g}")
    return answer


def kept(answer: FactAnswer) -> Fact:
    """What is stored of it."""
    said = "" if answer.problem is not None else answer.said
    return Fact(answer.about.kind, str(answer.about), answer.source, said, answer.as_of, answer.problem)
