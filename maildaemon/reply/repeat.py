"""The answer to orders that came before, unchanged: one short text that takes in nothing."""

from collections.abc import Iterator
from datetime import datetime

from maildaemon.model import Decision, Mail, OrderDecision, Reply
from maildaemon.ordered import Relation
from maildaemon.reply import message, values
from maildaemon.reply.errors import CannotAnswer
from maildaemon.reply.identity import Identity
from maildaemon.reply.texts import Texts

MOST = 50
MOST_IN_SUBJECT = 3


def already_received(decision: Decision, mail: Mail, identity: Identity, *, now: datetime, message_id: str) -> Reply:
    """To the sender and nobody else: which of our references the order has, and since when. An order whose client was
    told so before is left out. Raises CannotAnswer; then a person answers."""
    told = [(one, one.order.relation) for one in decision.orders if one.order.relation and not one.order.relation.told]
    if not told or len(told) > MOST:
        raise CannotAnswer("there is no order to be said this of" if not told else f"they are more than {MOST} orders")
    recipient = message.address(mail.sender, "the sender")
    if message.message_id(message_id) is None:
        raise CannotAnswer("the Message-ID to be given is not a sound one")
    first = told[0][0].order
    customer = first.customer.customer
    _, texts = identity.layouts.choose(customer.language if customer else None, first.language, identity.language)
    names = [_name(one, texts) for one, _ in told]
    if len(told) == 1:
        subject = texts.repeat.subject.format(number=names[0], reference=_reference(told[0][1]))
    else:
        more = ["…"] if len(names) > MOST_IN_SUBJECT else []
        subject = texts.repeat.subject_many.format(list=", ".join(names[:MOST_IN_SUBJECT] + more))
    text = "\n".join(_lines(names, [relation for _, relation in told], texts, identity)) + "\n"
    about, body = message.plain_text(text)
    headers = [
        ("From", message.named(identity.name, message.address(identity.address, "our address"))),
        ("To", recipient),
        ("Reply-To", identity.address),
        ("Subject", message.unstructured(subject, len("Subject: "))),
        ("Message-ID", message_id),
        *message.thread(mail.message_id, mail.references or filter(None, (mail.in_reply_to,))),
        ("Date", message.date(now)),
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("X-Maildaemon-Id", _reference(told[0][1])),
        *about,
    ]
    envelope = message.address(identity.envelope_from or identity.address, "our envelope sender")
    return Reply(message_id, envelope, recipient, subject, text, message.build(headers, body))


def _lines(names: list[str], relations: list[Relation], texts: Texts, identity: Identity) -> Iterator[str]:
    yield texts.repeat.opening if len(names) == 1 else texts.repeat.opening_many
    for name, relation in zip(names, relations, strict=True):
        said = texts.repeat.taken_in if relation.taken_in else texts.repeat.checking
        day = values.day(relation.received_at.date(), texts)
        yield ""
        yield said.format(number=name, day=day, reference=_reference(relation))
    yield ""
    yield texts.repeat.differs
    if identity.contact:
        yield texts.contact.format(contact=values.clean(identity.contact, 300))
    yield ""
    yield "-- "
    yield values.clean(identity.name, 100)
    yield texts.automatic


def _name(one: OrderDecision, texts: Texts) -> str:
    return texts.repeat.name.format(po=values.po_number(one.order.po_number) or "").strip()


def _reference(relation: Relation) -> str:
    if not values.REFERENCE.fullmatch(relation.reference):
        raise CannotAnswer("our reference is not a plain code")
    return relation.reference
