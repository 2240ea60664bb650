"""The note beside a mail that a person must look at: why it stopped, what was read, what to do."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from email.parser import BytesParser
from email.policy import default
from typing import Any, NamedTuple

from maildaemon import again
from maildaemon.desk import Late
from maildaemon.model import HEADER_FIELDS, LINE_FIELDS, Action, Decision, Found, Mail, Objection, OrderDecision, Reply
from maildaemon.reply import message
from maildaemon.reply.errors import CannotAnswer
from maildaemon.reply.identity import Identity
from maildaemon.reply.values import clean, numbered, po_number

MOST_ORDERS = 20
MOST_LINES = 100
MOST_OBJECTIONS = 200
DRAFT = 20_000


class Homes(NamedTuple):
    """The folders in which a person lays a mail to say what is to become of it; None: there is none for that."""

    approved: str | None = None
    rejected: str | None = None
    not_an_order: str | None = None
    inbox: str | None = None


def note(
    decision: Decision,
    mail: Mail,
    identity: Identity,
    *,
    now: datetime,
    message_id: str,
    draft: Reply | None = None,
    preview: Reply | str | None = None,
    homes: Homes | None = None,
    refused: str | None = None,
    settled: bool = False,
    number: str | None = None,
) -> bytes:
    """A plain-text message from us to ourselves that threads beside the mail, as raw bytes. Everything the mail says
    stands in the body only, in printable characters and bounded. ``preview`` is what would be answered, or why nothing
    would be; ``refused`` why a person's word could not be followed; ``settled``: the mail does not wait any more;
    ``number``: its number in `maildaemon review`, such as M12."""
    if settled:
        subject = f"Not done: the mail was decided already {_sender(mail)}".rstrip()
        return _to_ourselves(subject, _settled(decision, mail, refused or ""), mail, identity, now, message_id)
    body = _body(decision, mail, draft, preview, homes or Homes(), refused, number)
    return _to_ourselves(_subject(decision, mail, draft), body, mail, identity, now, message_id)


def late_note(late: Late, mail: Mail, identity: Identity, *, now: datetime, message_id: str) -> bytes:
    """A note about an answer that went wrong after it was decided: what is known of it, the answer itself, what to do.
    As raw bytes, like :func:`note`."""
    what = "Review: did the answer arrive? " if late.doubtful else "Review: answer not delivered, "
    return _to_ourselves(what + _sender(mail), _late_body(late, mail), mail, identity, now, message_id)


def _to_ourselves(
    subject: str, lines: Iterable[str], mail: Mail, identity: Identity, now: datetime, message_id: str
) -> bytes:
    if message.message_id(message_id) is None:
        raise CannotAnswer("the Message-ID to be given is not a sound one")
    ours = message.address(identity.address, "our address")
    about, body = message.plain_text("\n".join(lines) + "\n")
    headers = [
        ("From", message.named("maildaemon", ours)),
        ("To", ours),
        ("Subject", message.unstructured(subject, len("Subject: "))),
        ("Message-ID", message_id),
        *message.thread(mail.message_id, mail.references or filter(None, (mail.in_reply_to,))),
        ("Date", message.date(now)),
        ("Auto-Submitted", "auto-generated"),
        ("X-Maildaemon-Id", f"note-{mail.sha256[:16]}" if mail.sha256[:16].isalnum() else "note"),
        *about,
    ]
    return message.build(headers, body)


def _subject(decision: Decision, mail: Mail, draft: Reply | None) -> str:
    """Our own words, the PO number and the sender's address if they are plain."""
    if decision.action is Action.ESCALATE:
        what = "Review: at once, "
    else:
        what = "Review: answer to release, " if draft is not None else "Review: "
    numbers = [numbered(po, "PO {po}") for one in decision.orders if (po := po_number(one.order.po_number))]
    named = ", ".join(numbers[:3]) + (", …" if len(numbers) > 3 else "")
    return f"{what}{named or 'mail'} {_sender(mail)}".rstrip()


def _sender(mail: Mail) -> str:
    try:
        return f"from {message.address(mail.sender, '')}"
    except CannotAnswer:
        return ""


def _late_body(late: Late, mail: Mail) -> Iterator[str]:
    if late.doubtful:
        yield "maildaemon has sent the answer to this mail, and does not know whether it arrived."
    else:
        yield "The answer to this mail was not delivered."
    yield ""
    yield f"From:     {clean(mail.sender or 'not known', 320)}"
    yield f"Subject:  {clean(mail.subject, 200) or '(none)'}"
    yield ""
    yield "WHAT HAPPENED"
    yield f"- {clean(late.reason, 500)}"
    yield ""
    yield "WHAT TO DO"
    if late.doubtful:
        yield f"- Ask the mail server, or the client, for the message {clean(late.message_id, 320)}."
        yield "- Only if it did not arrive: send the answer below yourself. maildaemon sends it no second time."
    else:
        yield "- The client has no answer. Look at the address, and answer yourself; below is what was to be said."
    yield "- When it is settled, move the mail out of this folder; this note may be deleted."
    yield ""
    yield f"THE ANSWER TO {clean(late.recipient, 320)}"
    for line in _text_of(late.raw)[:DRAFT].splitlines():
        yield f"  {clean(line, 400)}".rstrip()


def _text_of(raw: bytes) -> str:
    """The text part of a message of our own making."""
    part = BytesParser(policy=default).parsebytes(raw).get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def _body(
    decision: Decision,
    mail: Mail,
    draft: Reply | None,
    preview: Reply | str | None,
    homes: Homes,
    refused: str | None,
    number: str | None,
) -> Iterator[str]:
    yield "maildaemon left this mail to a person."
    yield ""
    if number is not None:
        yield f"Number:   {number}"
    yield f"From:     {clean(mail.sender or 'not known', 320)}"
    yield f"Subject:  {clean(mail.subject, 200) or '(none)'}"
    yield f"Decision: {decision.action.value}" + (f": {clean(decision.reason, 300)}" if decision.reason else "")
    if refused is not None:
        yield ""
        yield "WHAT YOU SAID COULD NOT BE DONE"
        yield f"- {clean(refused, 500)}"
    yield ""
    yield "WHY IT STOPPED"
    yield from _objections(decision)
    for reason in decision.no_answer[:20]:
        yield f"- it must not be answered: {clean(reason, 300)}"
    yield ""
    yield "WHAT WAS READ"
    yield from _orders(decision.orders, number)
    yield ""
    yield "WHAT TO DO"
    yield from _advice(decision, draft, number)
    yield from _moving(homes, draft, preview)
    if draft is not None:
        yield ""
        yield f"THE ANSWER, NOT SENT, TO {clean(draft.recipient, 320)}"
        yield from _written(draft)
    elif preview is not None:
        yield ""
        yield "WHAT WOULD BE ANSWERED"
        if isinstance(preview, str):
            yield f"- {clean(preview, 300)}"
        else:
            yield f"  To: {clean(preview.recipient, 320)}"
            yield from _written(preview)


def _settled(decision: Decision, mail: Mail, refused: str) -> Iterator[str]:
    yield "This mail was moved, and maildaemon does not follow: it was decided already."
    yield ""
    yield f"From:     {clean(mail.sender or 'not known', 320)}"
    yield f"Subject:  {clean(mail.subject, 200) or '(none)'}"
    yield f"Decision: {decision.action.value}" + (f": {clean(decision.reason, 300)}" if decision.reason else "")
    yield ""
    yield "WHAT YOU SAID COULD NOT BE DONE"
    yield f"- {clean(refused, 500)}"
    yield ""
    yield "WHAT TO DO"
    yield "- If the client is to hear something else, write to them yourself; this note may be deleted."


def _written(answer: Reply) -> Iterator[str]:
    yield f"  Subject: {clean(answer.subject, 300)}"
    yield ""
    for line in answer.text[:DRAFT].splitlines():
        yield f"  {clean(line, 400)}".rstrip()


def _moving(homes: Homes, draft: Reply | None, preview: Reply | str | None) -> Iterator[str]:
    """Which folder says what."""
    if homes.approved is None:
        return
    yield "- Or decide here, with any mail program: move the mail (or this note) to"
    if isinstance(preview, str):
        yield f"    {homes.approved!r}: take the order in as it was read;"
    elif draft is not None or preview is not None:
        yield f"    {homes.approved!r}: the answer below goes out, the order counts as it was read;"
    if homes.rejected is not None:
        yield f"    {homes.rejected!r}: nothing is answered by maildaemon;"
    if homes.not_an_order is not None:
        yield f"    {homes.not_an_order!r}: it is none, nothing is answered;"
    if homes.inbox is not None:
        yield f"    {homes.inbox!r} (the mail itself): it is read again, with today's rules and master data."


def _objections(decision: Decision) -> Iterator[str]:
    if not decision.objections:
        yield "- no rule objects; " + ("the answer waits for a person" if decision.reply else "see the decision above")
    for objection in decision.objections[:MOST_OBJECTIONS]:
        yield f"- {_whose(objection, decision)}{clean(objection.rule, 100)}: {clean(objection.reason, 500)}"
    for warning in [warning for one in decision.orders for warning in one.warnings][:MOST_OBJECTIONS]:
        yield f"- to note: {_whose(warning, decision)}{clean(warning.rule, 100)}: {clean(warning.reason, 500)}"
    left = len(decision.objections) - MOST_OBJECTIONS
    if left > 0:
        yield f"- and {left} more"


def _whose(objection: Objection, decision: Decision) -> str:
    if objection.order is None or len(decision.orders) < 2:
        return ""
    return f"order {objection.order + 1}, "


def _orders(orders: tuple[OrderDecision, ...], number: str | None) -> Iterator[str]:
    if not orders:
        yield "No order was read."
    for index, one in enumerate(orders[:MOST_ORDERS], 1):
        own = f" ({number}.{index})" if number is not None and len(orders) > 1 else ""
        yield f"Order {index}{own}, our reference {clean(one.reference, 64)}: {_stands(one)}"
        if one.team:
            yield f"  for: {clean(one.team, 60)}"
        yield from _fields(one.order, HEADER_FIELDS, "  ")
        who = one.order.customer
        if who.customer is not None:
            name = clean(f"{who.customer.number} {who.customer.name}", 160)
            yield f"  customer: {name} (by {clean(who.how, 40)})"
        elif who.doubt:
            yield f"  customer: none: {clean(who.doubt, 300)}"
        if one.order.relation is not None:
            first, *rest = again.told(one.order.relation)
            yield f"  {clean(first, 300)}"
            yield from (f"    {clean(said, 400)}" for said in rest)
        for place, line in enumerate(one.order.lines[:MOST_LINES], 1):
            yield f"  line {place}"
            yield from _fields(line, LINE_FIELDS, "    ")
            match = line.product
            if match.product is not None:
                yield f"    product: {clean(match.product.sku, 60)} (by {clean(match.how, 40)})"
            elif match.doubt:
                yield f"    product: none: {clean(match.doubt, 300)}"
        if len(one.order.lines) > MOST_LINES:
            yield f"  and {len(one.order.lines) - MOST_LINES} more lines"
    if len(orders) > MOST_ORDERS:
        yield f"And {len(orders) - MOST_ORDERS} more orders."


def _stands(one: OrderDecision) -> str:
    """What is decided of it, by a person where one has said so."""
    return f"{one.action.value} (a person's word: {clean(one.said, 20)})" if one.said else one.action.value


def _fields(holder: Any, names: tuple[str, ...], indent: str) -> Iterator[str]:
    for name in names:
        found: Found[Any] | None = getattr(holder, name)
        if found is None:
            continue
        # A number with a monstrous exponent would be written out in full by its own format; str() does not.
        where = ", ".join(filter(None, (clean(found.document, 80), clean(found.place, 60))))
        text = clean(found.text, 160)
        evidence = f"  [{where}: “{text}”]" if where and text else f"  [{where or text}]" if where or text else ""
        yield f"{indent}{name.replace('_', ' ')}: {clean(str(found.value), 200)}{evidence}"


def _advice(decision: Decision, draft: Reply | None, number: str | None) -> Iterator[str]:
    named = number or "NUMBER"
    if draft is not None:
        yield "- The answer below is written and waits. `maildaemon review list` shows it with its number N;"
        yield f"  `maildaemon review release N` sends it as it is, `maildaemon review release {named}` all that wait."
    answered = [one for one in decision.orders if one.action is Action.ACKNOWLEDGE]
    if draft is None and decision.reply and answered:
        names = ", ".join(clean(one.reference, 64) for one in answered[:MOST_ORDERS])
        yield f"- An acknowledgement goes to the client for {names}. Look at the others."
    elif draft is None:
        yield "- Nothing was sent to the client. Look at the mail beside this note."
    open_ = [place for place, one in enumerate(decision.orders, 1) if one.is_open]
    if draft is None:
        yield f"- `maildaemon review show {named}` shows it; `maildaemon review approve {named}`, `correct {named}` or"
        yield f"  `reject {named}` decide it" + (" with all its orders that wait." if len(open_) > 1 else ".")
    if len(decision.orders) > 1 and open_:
        yield f"- Or each order by itself: `maildaemon review approve {named}.{open_[0]}` decides that one alone."
    if decision.no_answer:
        yield "- Do not answer the sending address without a thought: see above."
    yield "- When it is settled, move the mail out of this folder; this note may be deleted."
