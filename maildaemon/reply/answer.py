"""The acknowledgement of a mail's orders."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from maildaemon.model import Action, Decision, Kind, Mail, Order, OrderDecision, OrderLine, Reply
from maildaemon.reply import message, supply, values
from maildaemon.reply.errors import CannotAnswer
from maildaemon.reply.identity import Identity
from maildaemon.reply.texts import Occasion, Texts, choose
from maildaemon.worth import line_amount

TEMPLATES = Path(__file__).parent / "templates"
TOKEN = re.compile(r"[A-Za-z0-9_\-]{22}", re.ASCII)
TRACKER = re.compile(r"https?://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._\-/]*)?", re.ASCII)
DESCRIPTION = 120
MOST_IN_SUBJECT = 3
CHECKED = frozenset({Action.HOLD, Action.REVIEW, Action.ESCALATE})

LineView = tuple[int, str, str, str, str, tuple[str, ...]]
OrderView = tuple[str, str | None, str | None, str | None, tuple[str, ...], tuple[LineView, ...]]


def acknowledgement(
    decision: Decision, mail: Mail, identity: Identity, *, now: datetime, message_id: str, token: str | None
) -> Reply:
    """One answer for one mail, to its authenticated sender and nobody else: each acknowledged order as it was read, and
    the names of those that a person still looks at. What the client wrote is not repeated, but for plain codes, numbers
    and dates. Raises CannotAnswer, HeaderMismatch among them: then a person answers."""
    acknowledged = [one for one in decision.orders if one.action is Action.ACKNOWLEDGE]
    if not acknowledged:
        raise CannotAnswer("no order of this mail is acknowledged")
    recipient = message.address(mail.sender, "the sender")
    if message.message_id(message_id) is None:
        raise CannotAnswer("the Message-ID to be given is not a sound one")
    first = acknowledged[0].order
    customer = first.customer.customer
    language, texts = choose(customer.language if customer else None, first.language, identity.language)
    occasion = _occasion(decision.kind, texts)
    subject = _subject(acknowledged, occasion, texts)
    image = _image(identity, token)
    context = {
        **_fixed(language),
        "opening": occasion.opening if len(acknowledged) == 1 else occasion.opening_many,
        # One message for several orders accepts only what all of them may.
        "receipt": occasion.acceptance if all(one.accepts for one in acknowledged) else occasion.receipt,
        "subject": subject,
        "orders": [_order(one, texts) for one in acknowledged],
        "checking": [_name(one, texts) for one in decision.orders if one.action in CHECKED],
        "company": values.clean(identity.name, 100),
        "contact": texts.contact.format(contact=values.clean(identity.contact, 300)) if identity.contact else None,
        "image": image,
    }
    plain, html = _templates()
    text = plain.render(context)
    about, body = message.alternative(message_id, text, html.render(context))
    headers = [
        ("From", message.named(identity.name, message.address(identity.address, "our address"))),
        ("To", recipient),
        ("Reply-To", identity.address),
        ("Subject", message.unstructured(subject, len("Subject: "))),
        ("Message-ID", message_id),
        *message.thread(mail.message_id, mail.references or filter(None, (mail.in_reply_to,))),
        ("Date", message.date(now)),
        ("Auto-Submitted", "auto-replied"),
        # Not "All": that would also suppress the read notifications that we want (MS-OXCMAIL).
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("X-Maildaemon-Id", _reference(acknowledged[0])),
        *about,
    ]
    envelope = message.address(identity.envelope_from or identity.address, "our envelope sender")
    raw = message.build(headers, body)
    return Reply(message_id, envelope, recipient, subject, text, raw, token if image else None)


@cache
def _templates() -> tuple[Template, Template]:
    """Text and HTML, compiled once. Nothing that runs in them may change what it is given."""

    def environment(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
        return ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=autoescape,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    # The text is no HTML: there is nothing to escape in it, every value is one line of printable characters.
    text = environment(autoescape=False).get_template("acknowledgement.txt")
    return text, environment(autoescape=True).get_template("acknowledgement.html")


@cache
def _fixed(language: str) -> dict[str, Any]:
    """What the templates say in every message of that language, under the names they use."""
    _, texts = choose(language)
    return {"language": language} | {
        f"t_{name}": value for name, value in texts.model_dump(exclude={"units"}).items() if isinstance(value, str)
    }


def _occasion(kind: Kind, texts: Texts) -> Occasion:
    if kind is Kind.CHANGE:
        return texts.change
    return texts.cancellation if kind is Kind.CANCELLATION else texts.order


def _subject(acknowledged: Sequence[OrderDecision], occasion: Occasion, texts: Texts) -> str:
    if len(acknowledged) > 1:
        names = [_name(one, texts) for one in acknowledged[:MOST_IN_SUBJECT]]
        more = ["…"] if len(acknowledged) > MOST_IN_SUBJECT else []
        return occasion.subject_many.format(count=len(acknowledged), list=", ".join(names + more))
    po, reference = values.po_number(acknowledged[0].order.po_number), _reference(acknowledged[0])
    if po is None:
        return occasion.subject_unnumbered.format(reference=reference)
    return occasion.subject.format(number=values.numbered(po, texts.number), reference=reference)


def _reference(one: OrderDecision) -> str:
    if not values.REFERENCE.fullmatch(one.reference):
        raise CannotAnswer("our reference is not a plain code")
    return one.reference


def _name(one: OrderDecision, texts: Texts) -> str:
    """Their number for it, or ours."""
    po = values.po_number(one.order.po_number)
    return values.numbered(po, texts.number) if po else _reference(one)


def _order(one: OrderDecision, texts: Texts) -> OrderView:
    order = one.order
    unit = values.currency(order.currency)
    return (
        _reference(one),
        values.po_number(order.po_number),
        values.day(order.requested_date.value, texts) if order.requested_date else None,
        _total(order, unit, texts),
        tuple(supply.told(order, texts)),
        tuple(_line(number, line, unit, texts, order) for number, line in enumerate(order.lines, 1)),
    )


def _total(order: Order, unit: str | None, texts: Texts) -> str | None:
    """With the tax where the total is that of the lines and the tax."""
    if order.total is None:
        return None
    total = values.money(order.total.value, unit, texts)
    if order.tax is None or not _is_taxed(order, order.total.value):
        return total
    return f"{total} ({texts.tax}: {values.money(order.tax.value, unit, texts)})"


def _is_taxed(order: Order, total: Decimal) -> bool:
    """The total is more than its lines are worth."""
    try:
        amounts = [line_amount(line) for line in order.lines]
        return None not in amounts and sum((amount for amount in amounts if amount is not None), Decimal(0)) < total
    except ArithmeticError:
        return False  # figures beyond any bound


def _line(number: int, line: OrderLine, unit: str | None, texts: Texts, order: Order) -> LineView:
    """Number, our SKU, our description, quantity and price, amount, remarks."""
    product = line.product.product
    terms = values.quantity(line.quantity.value, line.unit, texts) if line.quantity else ""
    if line.unit_price:
        price = values.money(line.unit_price.value, unit, texts)
        terms = f"{terms} × {price}" if terms else price
    theirs = values.part_number(line.buyer_sku)
    remarks = [f"{texts.part_number}: {theirs}"] if theirs else []
    if line.requested_date:
        remarks.append(f"{texts.requested_date}: {values.day(line.requested_date.value, texts)}")
    if there := supply.of_line(order, number, texts):
        remarks.append(there)
    return (
        number,
        values.clean(product.sku, 60) if product else values.part_number(line.sku) or "",
        values.clean(product.descriptions[0], DESCRIPTION) if product and product.descriptions else "",
        terms,
        values.money(line.amount.value, unit, texts) if line.amount else "",
        tuple(remarks),
    )


def _image(identity: Identity, token: str | None) -> str | None:
    """The address of the read-confirmation image, when there is to be one."""
    if token is None or identity.tracker_url is None:
        return None
    if not TOKEN.fullmatch(token) or not TRACKER.fullmatch(identity.tracker_url):
        raise CannotAnswer("the read-confirmation image has no sound address")
    return f"{identity.tracker_url.rstrip('/')}/o/{token}.gif"
