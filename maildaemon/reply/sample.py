"""A sample decision, by which a layout is tried and shown."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from maildaemon.model import (
    Action,
    Customer,
    CustomerMatch,
    Decision,
    Found,
    Kind,
    Order,
    OrderDecision,
    OrderLine,
    Product,
    ProductMatch,
    Promise,
    Supply,
    SupplyState,
)
from maildaemon.reply.answer import Written, written
from maildaemon.reply.identity import Identity
from maildaemon.reply.layouts import CHANNELS, PARTS, Layouts, check, failure
from maildaemon.reply.supply import of_line
from maildaemon.strict import PlaybookError

REFERENCE, CHECKED = "MD-7F3K9Q2M", "SO-2026-0815"
DAY = date(2026, 12, 8)
LINES = (
    ("W-100", "Work lamp, LED, 30 W", "12", "24.50", Supply(SupplyState.IN_STOCK, Decimal(12), date(2026, 12, 3))),
    ("W-200", "Cable reel <heavy> & dry", "4", "89.00", Supply(SupplyState.PARTIAL, Decimal(1), date(2026, 12, 4))),
    ("W-300", "Pump", "1", "310.00", Supply(SupplyState.BACK_ORDER, None, date(2026, 12, 7))),
)  # fmt: skip
US = Identity(
    "Example & Sons", "orders@example.com", "Anna Example, +49 30 123456", tracker_url="https://t.example.com"
)
IMAGE = "https://t.example.com/o/AAAAAAAAAAAAAAAAAAAAAA.gif"


def sample(language: str | None = None, customer_class: str | None = None, channel: str = "mail") -> Decision:
    """An order with all that an order can have, and one that a person still looks at."""
    customer = Customer(
        "C-1001", "Sample & Co <Ltd>", payment_terms="30 days net", country="IE", language=language,
        customer_class=customer_class, ship_to=("Sample & Co Ltd, 4 Dock Road, Galway H91 R6P2, Ireland",),
    )  # fmt: skip
    order = Order(
        po_number=Found("SO-2026-0814"),
        requested_date=Found(date(2026, 12, 4)),
        currency=Found("EUR"),
        total=Found(Decimal("960.00")),
        lines=tuple(_line(*line) for line in LINES),
        customer=CustomerMatch(customer, "domain", 1.0),
        promise=Promise(day=DAY, lines=tuple(line[-1] for line in LINES)),
        language=language,
    )
    waiting = replace(order, po_number=Found(CHECKED))
    return Decision(
        Action.REVIEW,
        Kind.ORDER,
        orders=(
            OrderDecision(Action.ACKNOWLEDGE, REFERENCE, order, channel=channel),
            OrderDecision(Action.REVIEW, "MD-4B8W5X1Z", waiting, channel=channel),
        ),
        reply=True,
    )


def _line(sku: str, description: str, quantity: str, price: str, _: Supply) -> OrderLine:
    many, each = Decimal(quantity), Decimal(price)
    return OrderLine(
        sku=Found(sku), buyer_sku=Found(f"B-{sku}"), quantity=Found(many), unit=Found("EA"), unit_price=Found(each),
        amount=Found(many * each), product=ProductMatch(Product(sku, (description,), "EA"), "sku", 1.0),
    )  # fmt: skip


def tried(layouts: Layouts) -> Layouts:
    """The layouts, each of the operator's own tried in each language. Raises PlaybookError for what cannot be written,
    and for a layout that keeps from a client what every acknowledgement must say."""
    check(layouts)
    for channel, language in _own(layouts):
        for decision in _decisions(language, channel):
            try:
                answer = written(decision, replace(US, layouts=layouts), IMAGE)
            except Exception as error:
                raise failure(error, layouts, _blamed(layouts, channel, language)) from None
            _complete(answer, decision, layouts, channel, language)
    return layouts


def _own(layouts: Layouts) -> Iterator[tuple[str, str]]:
    """The channels and languages that something of the operator's own takes part in."""
    pieces = any(name.startswith("_") for name in layouts.own)
    for channel in CHANNELS:
        for language in layouts.texts:
            if pieces or any(layouts.name(channel, language, part) in layouts.own for part in PARTS):
                yield channel, language


def _decisions(language: str, channel: str) -> Iterator[Decision]:
    """With all that there can be, and with as little as there can be."""
    full = sample(language, None, channel)
    yield full
    first = full.orders[0]
    bare = Order(customer=CustomerMatch(Customer("C-1", language=language), "number", 1.0), lines=(OrderLine(),))
    yield replace(full, orders=(replace(first, order=bare, accepts=True),))


def _blamed(layouts: Layouts, channel: str, language: str) -> str:
    names = [layouts.name(channel, language, part) for part in PARTS]
    return next((name for name in names if name in layouts.own), names[0])


def _complete(answer: Written, decision: Decision, layouts: Layouts, channel: str, language: str) -> None:
    """Our reference, what the message commits us to, what is in back-order, and which orders it does not take in."""
    words = layouts.texts[language].order
    wanted = {
        "{{ order.reference }}": REFERENCE,
        "{{ receipt }}": words.acceptance if decision.orders[0].accepts else words.receipt,
    }
    if len(decision.orders) > 1:
        wanted["{{ item }} of checking"] = CHECKED
        wanted["{{ line.stock }}"] = of_line(decision.orders[0].order, len(LINES), layouts.texts[language]) or ""
    for part, text in zip(PARTS, (answer.text, _plain(answer.html)), strict=True):
        name = layouts.name(channel, language, part)
        for what, said in wanted.items():
            if name in layouts.own and " ".join(said.split()) not in " ".join(text.split()):
                raise PlaybookError(f"{layouts.own[name][0]}:1: {what} is missing: every acknowledgement says it")


def _plain(html: str) -> str:
    return html.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
