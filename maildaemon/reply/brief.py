"""A word without detail to the address on record: an order came in the client's name, and a person checks it."""

from datetime import datetime

from maildaemon.model import Decision, Mail, Reply
from maildaemon.reply import message, values
from maildaemon.reply.errors import CannotAnswer
from maildaemon.reply.identity import Identity


def brief(decision: Decision, mail: Mail, identity: Identity, *, now: datetime, message_id: str) -> Reply:
    """Nothing of what the order says but its number, where that is a plain code, and nothing of what we know: whoever
    wrote the mail may be anybody. It goes to ``decision.brief``, whatever the mail says. Raises CannotAnswer."""
    recipient = message.address(decision.brief, "the address on record")
    if message.message_id(message_id) is None or not decision.orders:
        raise CannotAnswer("there is nothing to tell, or its Message-ID is not a sound one")
    first = decision.orders[0]
    customer = first.order.customer.customer
    _, texts = identity.layouts.choose(customer.language if customer else None, first.order.language, identity.language)
    po, words = values.po_number(first.order.po_number), texts.brief
    subject = words.subject.format(number=po) if po else words.subject_unnumbered
    lines = [
        words.opening.format(number=po) if po else words.opening_unnumbered,
        words.unsent,
        *([texts.contact.format(contact=values.clean(identity.contact, 300))] if identity.contact else []),
        "",
        "-- ",
        values.clean(identity.name, 100),
        texts.automatic,
    ]
    text = "\n".join(lines) + "\n"
    about, body = message.plain_text(text)
    # In its thread only where it goes to whom the mail claims to be from: else the Message-ID says nothing to anybody.
    own = recipient.casefold() == (mail.sender or "").casefold()
    headers = [
        ("From", message.named(identity.name, message.address(identity.address, "our address"))),
        ("To", recipient),
        ("Reply-To", identity.address),
        ("Subject", message.unstructured(subject, len("Subject: "))),
        ("Message-ID", message_id),
        *(message.thread(mail.message_id, mail.references) if own else ()),
        ("Date", message.date(now)),
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("X-Maildaemon-Id", first.reference),
        *about,
    ]
    if not values.REFERENCE.fullmatch(first.reference):
        raise CannotAnswer("our reference is not a plain code")
    envelope = message.address(identity.envelope_from or identity.address, "our envelope sender")
    return Reply(message_id, envelope, recipient, subject, text, message.build(headers, body))
