"""Master data: whom we sell to, what, at which price, and what is in stock."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Customer:
    number: str
    name: str = ""
    domains: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    currency: str | None = None
    payment_terms: str | None = None
    credit_limit: Decimal | None = None
    standing: str | None = None
    """``ok`` or ``hold``; a source outside may say ``pending`` too: what they owe is promised and not paid yet."""
    bill_to: tuple[str, ...] = ()
    ship_to: tuple[str, ...] = ()
    country: str | None = None
    language: str | None = None
    customer_class: str | None = None
    pixel: str | None = None
    discount: Decimal | None = None
    delivery_terms: tuple[str, ...] = ()
    """Rules of the Incoterms that are agreed, each perhaps with its place: ``DAP``, ``EXW Dublin``."""
    open_balance: Decimal | None = None
    """What they owe already, in their currency; only a source outside says it."""


@dataclass(frozen=True, slots=True)
class Product:
    sku: str
    descriptions: tuple[str, ...] = ()
    unit: str | None = None
    list_price: Decimal | None = None
    currency: str | None = None
    gtin: str | None = None
    active: bool = True
    lead_days: int | None = None
    usual_quantity: tuple[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Price:
    sku: str
    currency: str
    price: Decimal
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Alias:
    """A client's own part number for our SKU; ``customer`` None means that anybody may use it."""

    code: str
    customer: str | None
    sku: str


@dataclass(frozen=True, slots=True)
class Stock:
    sku: str
    on_hand: Decimal | None = None
    next_date: date | None = None
    next_quantity: Decimal | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bought:
    """So many of an article, by one earlier order."""

    sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class History:
    """What a customer has ordered before. ``orders`` counts those acknowledged, up to a bound; None: nobody has asked.
    ``bought`` holds the latest quantities of the articles that were asked for."""

    customer: str
    orders: int | None = None
    bought: tuple[Bought, ...] = ()
