"""The acknowledgement of a mail's orders."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from maildaemon.addresses import elsewhere
from maildaemon.model import Action, Customer, Decision, Kind, Mail, Order, OrderDecision, OrderLine, Reply
from maildaemon.reply import message, supply, values
from maildaemon.reply.errors import CannotAnswer
from maildaemon.reply.identity import Identity
from maildaemon.reply.texts import Occasion, Texts
from maildaemon.worth import line_amount

TOKEN = re.compile(r"[A-Za-z0-9_\-]{22}", re.ASCII)
TRACKER = re.compile(r"https?://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._\-/]*)?", re.ASCII)
DESCRIPTION = 120
MOST_IN_SUBJECT = 3


class LineView(NamedTuple):
    """A line as templates see it: our SKU and description, quantity and price, amount, remarks; ``stock``, which is one
    of them: whether it is there, or when it will be."""

    number: int
    sku: str
    description: str
    terms: str
    amount: str
    remarks: tuple[str, ...]
    stock: str | None


class OrderView(NamedTuple):
    """An order as templates see it. ``told``: the day, the stock, the terms of payment, a sentence each; ``delivery``:
    the address on our record, a line each."""

    reference: str
    po: str | None
    requested: str | None
    total: str | None
    told: tuple[str, ...]
    lines: tuple[LineView, ...]
    delivery: tuple[str, ...]


class CustomerView(NamedTuple):
    """The customer out of our own record, where the sender's address proves who it is."""

    name: str
    number: str


class Written(NamedTuple):
    """What a client reads."""

    subject: str
    text: str
    html: str


def acknowledgement(
    decision: Decision, mail: Mail, identity: Identity, *, now: datetime, message_id: str, token: str | None
) -> Reply:
    """One answer for one mail, to its authenticated sender and nobody else: each acknowledged order as it was read, and
    the names of those that are still being checked. What the client wrote is not repeated, but for plain codes, numbers
    and dates. Raises CannotAnswer, HeaderMismatch among them: then a person answers."""
    acknowledged = [one for one in decision.orders if one.action is Action.ACKNOWLEDGE]
    if not acknowledged:
        raise CannotAnswer("no order of this mail is acknowledged")
    recipient = message.address(mail.sender, "the sender")
    if message.message_id(message_id) is None:
        raise CannotAnswer("the Message-ID to be given is not a sound one")
    image = _image(identity, token)
    subject, text, html = written(decision, identity, image)
    about, body = message.alternative(message_id, text, html)
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


def written(decision: Decision, identity: Identity, image: str | None = None) -> Written:
    """Subject, text and HTML for the decision's acknowledged orders, of which there is one at least. ``image`` is the
    address of the read-confirmation image. Raises CannotAnswer."""
    acknowledged = [one for one in decision.orders if one.action is Action.ACKNOWLEDGE]
    first = acknowledged[0].order
    customer = first.customer.customer
    layouts = identity.layouts
    language, texts = layouts.choose(customer.language if customer else None, first.language, identity.language)
    occasion = _occasion(decision.kind, texts)
    subject = _subject(acknowledged, occasion, texts)
    context = {
        **layouts.fixed(language),
        "opening": occasion.opening if len(acknowledged) == 1 else occasion.opening_many,
        # One message for several orders accepts only what all of them may.
        "receipt": occasion.acceptance if all(one.accepts for one in acknowledged) else occasion.receipt,
        "subject": subject,
        "orders": [_order(one, texts) for one in acknowledged],
        "checking": [_name(one, texts) for one in decision.orders if one.is_open],
        "customer": _customer(first),
        "company": values.clean(identity.name, 100),
        "contact": texts.contact.format(contact=values.clean(identity.contact, 300)) if identity.contact else None,
        "image": image,
    }
    channels = {one.channel for one in acknowledged}
    plain, html = layouts.of(channels.pop() if len(channels) == 1 else "mail", language)
    return Written(subject, plain.render(context), html.render(context))


def _proved(order: Order) -> Customer | None:
    """The customer, if it is the sender's address that says so: nobody else learns what our record holds."""
    return order.customer.customer if order.customer.how in {"address", "domain"} else None


def _customer(order: Order) -> CustomerView | None:
    found = _proved(order)
    return CustomerView(values.clean(found.name, 100), values.clean(found.number, 40)) if found is not None else None


def _delivery(order: Order) -> tuple[str, ...]:
    """Where it goes, if our record has one place only and the order names no other: what a stranger wrote is never sent
    on under our name."""
    found = _proved(order)
    if found is None or len(found.ship_to) != 1:
        return ()
    if order.ship_to is not None and elsewhere(order.ship_to.value, found.ship_to[0]) is not None:
        return ()
    return tuple(filter(None, (values.clean(part, 100) for part in re.split(r"[,\n]", found.ship_to[0])[:8])))


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
    return OrderView(
        _reference(one),
        values.po_number(order.po_number),
        values.day(order.requested_date.value, texts) if order.requested_date else None,
        _total(order, unit, texts),
        tuple(supply.told(order, texts)),
        tuple(_line(number, line, unit, texts, order) for number, line in enumerate(order.lines, 1)),
        _delivery(order),
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
    return LineView(
        number,
        values.clean(product.sku, 60) if product else values.part_number(line.sku) or "",
        values.clean(product.descriptions[0], DESCRIPTION) if product and product.descriptions else "",
        terms,
        values.money(line.amount.value, unit, texts) if line.amount else "",
        tuple(remarks),
        there,
    )


def _image(identity: Identity, token: str | None) -> str | None:
    """The address of the read-confirmation image, when there is to be one."""
    if token is None or identity.tracker_url is None:
        return None
    if not TOKEN.fullmatch(token) or not TRACKER.fullmatch(identity.tracker_url):
        raise CannotAnswer("the read-confirmation image has no sound address")
    return f"{identity.tracker_url.rstrip('/')}/o/{token}.gif"
