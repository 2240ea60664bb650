"""Decisions and mails to answer."""

from datetime import UTC, date, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage

from maildaemon.model import (
    Action,
    Customer,
    CustomerMatch,
    Decision,
    Found,
    Kind,
    Mail,
    Objection,
    Order,
    OrderDecision,
    OrderLine,
    Product,
    ProductMatch,
)  # fmt: skip
from maildaemon.reply import Identity

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = "A1b2C3d4E5f6G7h8I9j0-_"
MESSAGE_ID = "<ack.0011@maker.example>"
HEADERS = [
    "From", "To", "Reply-To", "Subject", "Message-ID", "In-Reply-To", "References", "Date", "Auto-Submitted",
    "X-Auto-Response-Suppress", "X-Maildaemon-Id", "MIME-Version", "Content-Type",
]  # fmt: skip
UNTHREADED = [name for name in HEADERS if name not in {"In-Reply-To", "References"}]


def identity(**changes) -> Identity:
    given = {
        "name": "Maker GmbH",
        "address": "orders@maker.example",
        "contact": "Anna Weiß, +49 30 1234",
        "tracker_url": "https://t.maker.example",
        "envelope_from": "ack@bounce.maker.example",
    }
    return Identity(**{**given, **changes})


def mail(**changes) -> Mail:
    given = {
        "sha256": "ab" * 32,
        "size": 5000,
        "message_id": "<parent@client.example>",
        "sender": "buyer@client.example",
        "subject": "Purchase Order 4711",
    }
    return Mail(**{**given, **changes})


def line(number: int = 0, **changes) -> OrderLine:
    product = Product(f"W-{100 + number}", ("Widget, blue",), "EA")
    given = {
        "quantity": Found(Decimal(5)),
        "unit": Found("EA"),
        "unit_price": Found(Decimal("1.20")),
        "amount": Found(Decimal("6.00")),
        "product": ProductMatch(product, "sku", 1.0),
    }
    return OrderLine(**{**given, **changes})


def order(po: str | None = "4711", lines: int = 1, language: str | None = None, **changes) -> Order:
    given = {
        "po_number": Found(po, "body", "line 3", f"PO number {po}") if po is not None else None,
        "requested_date": Found(date(2026, 12, 3)),
        "currency": Found("EUR"),
        "total": Found(Decimal("1234.50")),
        "lines": tuple(line(number) for number in range(lines)),
        "customer": CustomerMatch(Customer("C-1", "Client Ltd", language=language), "address", 1.0),
    }
    return Order(**{**given, **changes})


def decided(*orders: Order, kind: Kind = Kind.ORDER, checked: tuple[Order, ...] = (), why: str = "total is 7000"):
    objections = tuple(
        Objection(len(orders) + index, "total-is-within-limit", why, Action.REVIEW) for index in range(len(checked))
    )
    decisions = [OrderDecision(Action.ACKNOWLEDGE, f"MD-{index:010}", one) for index, one in enumerate(orders)]
    decisions += [
        OrderDecision(Action.REVIEW, f"MD-{len(orders) + index:010}", one, (objections[index],))
        for index, one in enumerate(checked)
    ]
    action = Action.REVIEW if checked else Action.ACKNOWLEDGE
    return Decision(action, kind, tuple(decisions), objections, reply=bool(orders), reason="because")


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def part(raw: bytes, subtype: str) -> str:
    return parsed(raw).get_body((subtype,)).get_content().replace("\r\n", "\n")
