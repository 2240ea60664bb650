"""What a made-up order consists of, before anybody has laid it out."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Party:
    """A company. ``number`` is the customer's number in the demo's master data, None for a stranger."""

    name: str
    street: str
    city: str
    country: str
    number: str | None
    address: str

    @property
    def block(self) -> tuple[str, ...]:
        return tuple(part for part in (self.name, self.street, self.city, self.country) if part)


@dataclass(frozen=True, slots=True)
class When:
    """A date as it is written. ``days`` are all the days that it may mean: a calendar week means seven."""

    text: str
    days: tuple[date, ...]

    @classmethod
    def week_of(cls, day: date, text: str) -> "When":
        monday = day - timedelta(days=day.weekday())
        return cls(text, tuple(monday + timedelta(days=n) for n in range(7)))


@dataclass(frozen=True, slots=True)
class Line:
    """``product`` is our article, None where the code names none of ours. ``amount`` is what is printed, right or not."""

    sku: str | None
    buyer_sku: str | None
    gtin: str | None
    description: str
    quantity: Decimal
    unit: str
    unit_code: str
    price: Decimal
    discount: Decimal
    amount: Decimal
    product: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """``flaws`` say why this mail must not be acknowledged; none: it may be."""

    kind: str
    language: str
    buyer: Party
    sender: str
    po_number: str | None
    order_date: When | None
    requested: When | None
    currency: str
    money: str
    ship_to: Party | None
    bill_to: Party | None
    terms: str | None
    lines: tuple[Line, ...]
    net: Decimal
    tax_rate: Decimal
    tax: Decimal
    freight: Decimal
    total: Decimal
    references: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    flaws: tuple[str, ...]

    @property
    def taxed(self) -> bool:
        return bool(self.tax)


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))
