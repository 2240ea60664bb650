"""Cases: an order, what is known of it, and what the rules are to make of it, written in TOML beside the decks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from maildaemon.catalogue import Catalogue
from maildaemon.decide import asked, decide
from maildaemon.masterdata import MasterData
from maildaemon.match import digest
from maildaemon.model import (
    Action,
    Bought,
    Customer,
    Decision,
    Found,
    History,
    Kind,
    Known,
    Mail,
    Order,
    OrderLine,
    OrderSeen,
    Price,
    Product,
    Questions,
    Reading,
    Source,
    Stock,
)
from maildaemon.playbook import HeaderField, LineField, Playbook
from maildaemon.stand import Stand
from maildaemon.strict import File, Strict

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""A Monday. A case that is silent about the time happens then."""
US = "us.example"
Number = Annotated[Decimal, BeforeValidator(lambda value: str(value) if isinstance(value, float) else value)]


class CaseLine(Strict):
    """A line as read. ``without`` names fields that the line does not state; the amount follows from the price."""

    sku: str = "W-100"
    quantity: Number = Decimal(5)
    unit: str = "EA"
    unit_price: Number = Decimal(10)
    amount: Number | None = None
    buyer_sku: str | None = None
    gtin: str | None = None
    description: str | None = None
    requested_date: date | None = None
    without: tuple[LineField, ...] = ()


class CaseOrder(Strict):
    """An order as read. What is not given is as a clear order has it; ``without`` names fields that it does not state.
    The total follows from the lines."""

    po_number: str = "PO-1"
    order_date: date | None = None
    requested_date: date | None = None
    currency: str = "EUR"
    buyer: str | None = None
    customer_number: str | None = None
    ship_to: str | None = None
    bill_to: str | None = None
    payment_terms: str | None = None
    total: Number | None = None
    tax: Number | None = None
    language: str | None = None
    score: float = 1.0
    """How sure the reader is of each value."""
    doubts: tuple[str, ...] = ()
    lines: tuple[CaseLine, ...] = (CaseLine(),)
    without: tuple[HeaderField, ...] = ()


class CaseCustomer(Strict):
    """The customer's record. ``known_by``: what of the mail leads to it; ``without``: what the record leaves open."""

    number: str = "C-1"
    name: str = "Client Ltd"
    currency: str = "EUR"
    payment_terms: str = "30 days net"
    credit_limit: Number | None = None
    standing: Literal["ok", "hold"] = "ok"
    ship_to: tuple[str, ...] = ("Client Ltd, 1 Quay, Cork, Ireland",)
    bill_to: tuple[str, ...] = ()
    country: str = "IE"
    language: str = "en"
    customer_class: str | None = Field(default=None, alias="class")
    discount: Number | None = None
    delivery_terms: tuple[str, ...] = ()
    known_by: Literal["domain", "number", "name", "nothing"] = "domain"
    without: tuple[Literal["currency", "payment_terms", "standing", "country", "language"], ...] = ()


class Article(Strict):
    """What is known of an article: its list price is the one that the line states, unless said."""

    unit: str = "EA"
    list_price: Number | None = None
    agreed_price: Number | None = None
    """The customer's own."""
    currency: str = "EUR"
    active: bool = True
    usual_quantity: tuple[Number, Number] | None = None
    lead_days: int | None = None
    stock: Number | None = Decimal(1_000_000)
    counted: Annotated[int, Field(ge=0)] = 0
    """Hours since the stock was counted."""
    next_date: date | None = None
    next_quantity: Number | None = None
    known: bool = True


class Case(Strict):
    """``[[case]]``: ``expect`` is what is to be decided, ``objects`` and ``warns`` name the rules that are to speak."""

    name: str
    expect: Action
    objects: tuple[str, ...] = ()
    warns: tuple[str, ...] = ()
    source: Source = Source.DIRECT
    profile: str = "general"
    at: datetime = NOW
    kind: Kind = Kind.ORDER
    order: CaseOrder = CaseOrder()
    customer: CaseCustomer = CaseCustomer()
    articles: Mapping[str, Article] = Field(default_factory=dict)
    seen: tuple[Literal["same order", "same number", "same goods"], ...] = ()
    """Orders that came before: one with the same content, one with the same number and other content, one with the same
    goods and another number."""
    earlier_orders: int | None = None
    """How many of this customer were acknowledged before; unset: nothing is known of them."""
    bought: Mapping[str, tuple[Number, ...]] = Field(default_factory=dict)
    """The quantities of earlier orders, by article."""
    unread: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    delivery_terms: tuple[str, ...] = ()
    """Those that the mail states."""
    junk: bool = False


class _Cases(Strict):
    case: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case; ``where`` is its file and line."""

    case: Case
    where: str
    decision: Decision

    @property
    def objects(self) -> tuple[str, ...]:
        return _names(one.rule for one in self.decision.objections)

    @property
    def warns(self) -> tuple[str, ...]:
        return _names(one.rule for order in self.decision.orders for one in order.warnings)

    @property
    def good(self) -> bool:
        wanted = (self.case.expect, _names(self.case.objects), _names(self.case.warns))
        return wanted == (self.decision.action, self.objects, self.warns)


def cases(text: str, where: str) -> tuple[tuple[Case, str], ...]:
    """Each case of the file with its file and line. Raises PlaybookError."""
    file = File(where, text)
    try:
        found = _Cases.model_validate(file.toml()).case
    except ValidationError as error:
        raise file.invalid(error) from None
    return tuple((case, f"{where}:{file.line('case', index)}") for index, case in enumerate(found))


def result(case: Case, where: str, playbook: Playbook) -> Result:
    """Decide the case as the daemon would."""
    reading = reading_of(case)
    catalogue = _catalogue(case)
    known = tuple(
        _known(case, catalogue.look_up(question, _seen(case, question), case.at)) for question in asked(reading)
    )
    stand = Stand(own_domains=frozenset({US}), secret=b"cases")
    return Result(case, where, decide(reading, known, playbook, stand, content=case.name, junk=case.junk))


def reading_of(case: Case) -> Reading:
    """The mail as it was understood."""
    order, customer = case.order, case.customer
    sender = "orders@client.example" if customer.known_by == "domain" else "somebody@stranger.example"
    mail = Mail(
        sha256="0" * 64, size=1000, message_id="<case@client.example>", sender=sender, to=(f"orders@{US}",),
        subject=f"Purchase order {order.po_number}", return_path=sender,
    )  # fmt: skip
    return Reading(
        mail=mail, kind=case.kind, kind_reason="the case says so", profile=case.profile, source=case.source,
        orders=(_order(case),), unread=case.unread, remarks=case.remarks, doubts=case.doubts,
        delivery_terms=case.delivery_terms,
    )  # fmt: skip


# --- from the short form ----------------------------------------------------------------------------------------------


def _order(case: Case) -> Order:
    given, customer = case.order, case.customer
    lines = tuple(_line(line, given.score) for line in given.lines)
    fields = {name: getattr(given, name) for name in CaseOrder.model_fields if name in Order.__dataclass_fields__}
    fields["order_date"] = given.order_date or case.at.date()
    if given.total is None:
        fields["total"] = sum((line.amount.value for line in lines if line.amount is not None), Decimal(0))
    if customer.known_by == "number":
        fields["customer_number"] = given.customer_number or customer.number
    if customer.known_by == "name":
        fields["buyer"] = given.buyer or customer.name
    stated: dict[str, Any] = {
        name: Found(value, "case", "", str(value), given.score)
        for name, value in fields.items()
        if value is not None and name not in {*given.without, "lines", "doubts", "language"}
    }
    return Order(**stated, lines=lines, doubts=given.doubts, language=given.language)


def _line(given: CaseLine, score: float) -> OrderLine:
    fields: dict[str, Any] = given.model_dump(exclude={"without"})
    if given.amount is None and not {"quantity", "unit_price"} & set(given.without):
        fields["amount"] = given.quantity * given.unit_price
    stated: dict[str, Any] = {
        name: Found(value, "case", "", str(value), score)
        for name, value in fields.items()
        if value is not None and name not in given.without
    }
    return OrderLine(**stated)


def _catalogue(case: Case) -> Catalogue:
    customer, articles = case.customer, {line.sku: Article() for line in case.order.lines} | dict(case.articles)
    prices = {line.sku: line.unit_price for line in reversed(case.order.lines)}
    known = {sku: article for sku, article in articles.items() if article.known}
    record = Customer(
        domains=("client.example",), **customer.model_dump(exclude={"known_by", "without", *customer.without})
    )
    data = MasterData(
        customers=(record,) if customer.known_by != "nothing" else (),
        products=tuple(_product(sku, one, prices.get(sku)) for sku, one in known.items()),
        prices=tuple(
            Price(sku, one.currency, one.agreed_price, customer.number)
            for sku, one in known.items()
            if one.agreed_price is not None
        ),
        stock=tuple(
            Stock(sku, one.stock, one.next_date, one.next_quantity, case.at - timedelta(hours=one.counted))
            for sku, one in known.items()
            if one.stock is not None
        ),
    )
    return Catalogue(data)


def _product(sku: str, one: Article, stated: Decimal | None) -> Product:
    price = one.list_price if one.list_price is not None else stated
    return Product(
        sku, (f"Article {sku}",), one.unit, price, one.currency, None, one.active, one.lead_days, one.usual_quantity
    )


def _known(case: Case, known: Known) -> Known:
    if case.earlier_orders is None and not case.bought:
        return known
    bought = tuple(Bought(sku, quantity) for sku, quantities in case.bought.items() for quantity in quantities)
    return replace(known, history=(History(case.customer.number, case.earlier_orders, bought),))


def _seen(case: Case, question: Questions) -> tuple[OrderSeen, ...]:
    """All of them two days ago."""
    other = digest(Order(po_number=Found("another")))
    return tuple(
        OrderSeen(
            reference=f"earlier-{number}",
            message=f"{number:064}",
            po_number="another" if what == "same goods" else question.po_number,
            customer=case.customer.number,
            sender=question.sender,
            digest=question.digest if what == "same order" else other,
            received_at=case.at - timedelta(days=2),
            action=Action.ACKNOWLEDGE,
            goods="" if what == "same number" else question.goods,
        )
        for number, what in enumerate(case.seen, 1)
    )


def _names(rules: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(rules)))
