"""What `review` shows of mails and answers that wait: the form that scripts rely on."""

import email
import email.policy
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from maildaemon.model import Reading
from maildaemon.report import tried
from maildaemon.waits import left
from maildaemon.word import Case, Ruling

TEXT = 100_000
"""Characters of the source text that are shown."""


def listed(case: Case) -> dict[str, Any]:
    """One line of the list."""
    return {
        "number": f"M{case.mail_id}",
        "version": case.version,
        "state": case.state,
        "decision": str(case.decision.action),
        "mailbox": case.mailbox,
        "received": case.received_at.isoformat(timespec="seconds"),
        "from": case.sender,
        "subject": case.subject,
        "orders": [one.order.po_number.value if one.order.po_number else None for one in case.decision.orders],
        "each": _each(case),
        "reason": case.reason or case.decision.reason,
        "answers": [{"number": f"A{one.id}", "state": str(one.state)} for one in case.answers],
    }


def _each(case: Case) -> list[dict[str, Any]]:
    """The mail's orders by their numbers: what is decided of each, what a person has said of it, whether one can."""
    open_ = left(case, case.decision.orders)
    return [
        {
            "number": f"M{case.mail_id}.{place + 1}",
            "po_number": one.order.po_number.value if one.order.po_number else None,
            "decision": str(one.action),
            "said": one.said,
            "waits": place in open_,
        }
        for place, one in enumerate(case.decision.orders)
    ]


def shown(
    case: Case, would: Ruling, draft: tuple[str, str, str] | None, orders: Sequence[int] | None = None
) -> dict[str, Any]:
    """The whole mail: why it stopped, what was read where, what would be answered or why nothing would be, the source
    text. ``draft``: the answer that waits, as recipient, subject and text. ``orders``: only these, by their places."""
    row = tried(f"M{case.mail_id}", case.decision, case.reading, case.mode)
    for one, each in zip(row["orders"], _each(case), strict=True):
        one["number"] = each["number"]
    if orders is not None:
        row["orders"] = [row["orders"][place] for place in orders]
        for name in ("objections", "warnings"):
            row[name] = [one for one in row[name] if one["order"] is None or one["order"] in orders]
        whose = tuple(f"orders[{place}]." for place in orders)
        row["evidence"] = [one for one in row["evidence"] if one["field"].startswith(whose)]
    del row["file"], row["reply"]
    answer: dict[str, Any] | None = None
    if draft is not None:
        answer = dict(zip(("to", "subject", "text"), draft, strict=True))
    elif would.reply is not None:
        answer = {"to": would.reply.recipient, "subject": would.reply.subject, "text": would.reply.text}
    silent = would.decision.no_answer if would.decision is not None and would.refused is None else ()
    why_not = would.refused or (f"it must not be answered: {silent[0]}" if silent else None)
    return {
        **listed(case),
        **row,
        "orders": row["orders"],
        "written": draft is not None,
        "answer": answer,
        "why_not": why_not if answer is None else None,
        "text": source_text(case.reading),
    }


def facts_of(case: Case, ruling: Ruling) -> datetime | None:
    """When those answers were written that a person lets out as they are: what they say of goods and days is of that
    time. None: none is; an answer that is written now says what is so now."""
    return min((one.at for one in case.answers if one.id in ruling.released and one.at), default=None)


def done(ruling: Ruling, as_of: datetime | None = None) -> dict[str, Any]:
    """What became of a person's word. ``as_of`` as in :func:`facts_of`."""
    return {
        "number": f"M{ruling.word.mail_id}",
        "orders": [place + 1 for place in ruling.word.orders] if ruling.word.orders is not None else None,
        "what": str(ruling.word.what),
        "by": ruling.word.actor,
        "version": ruling.version,
        "refused": ruling.refused,
        "changed": list(ruling.changed),
        "answer": {"to": ruling.reply.recipient, "subject": ruling.reply.subject} if ruling.reply else None,
        "released": [f"A{number}" for number in ruling.released],
        "facts_as_of": as_of.isoformat(timespec="seconds") if as_of is not None else None,
    }


def source_text(reading: Reading | None) -> str | None:
    """What the reader saw, document by document."""
    if reading is None:
        return None
    return "\n".join(_lines(reading))[:TEXT]


def _lines(reading: Reading) -> Iterator[str]:
    for document in reading.documents:
        yield f"--- {document.name} ({document.media_type})" + (f": {document.problem}" if document.problem else "")
        for line in document.lines:
            yield line.text


def parts_of(recipient: str, subject: str, raw: bytes) -> tuple[str, str, str]:
    """Recipient, subject and text of a message of our own making."""
    body = email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",))
    return recipient, subject, str(body.get_content()) if body is not None else ""


def sentences(row: dict[str, Any]) -> Iterator[str]:
    """What ``shown`` gives, for people."""
    yield f"{row['number']} version {row['version']}: {row['decision']} ({row['kind']}), {row['state']}"
    yield f"from {row['from'] or 'nobody'}: {row['subject'] or '(no subject)'}"
    yield f"received {row['received']} in {row['mailbox']}, read by {row['profile'] or 'nobody'}"
    yield ""
    yield "WHY IT STOPPED"
    yield from _bullets([f"{one['rule']}: {one['reason']}" for one in row["objections"]] or [row["reason"] or "-"])
    for one in row["warnings"]:
        yield f"- to note: {one['rule']}: {one['reason']}"
    yield ""
    yield "WHAT WAS READ"
    places = {one["field"]: one for one in row["evidence"]}
    said = {one["number"]: one["said"] for one in row["each"]}
    for order in row["orders"]:
        number = int(order["number"].rpartition(".")[2]) - 1
        word = f" ({said[order['number']]})" if said[order["number"]] else ""
        yield f"orders[{number}] {order['number']}, {order['reference']}: {order['decision']}{word}"
        yield from _values(order, f"orders[{number}]", places)
        for place, line in enumerate(order["lines"]):
            yield from _values(line, f"orders[{number}].lines[{place}]", places)
    if not row["orders"]:
        yield "no order"
    yield ""
    answer = row["answer"]
    yield "THE ANSWER, WRITTEN AND NOT SENT" if row["written"] else "WHAT WOULD BE ANSWERED"
    if answer is None:
        yield f"- nothing: {row['why_not'] or 'there is nothing to answer'}"
    else:
        yield f"To: {answer['to']}"
        yield f"Subject: {answer['subject']}"
        yield ""
        yield from answer["text"].splitlines()
    if row["text"]:
        yield ""
        yield "THE SOURCE"
        yield from row["text"].splitlines()


def _values(holder: dict[str, Any], where: str, places: dict[str, dict[str, Any]]) -> Iterator[str]:
    for name, value in holder.items():
        if value is None or name in {"lines", "decision", "reference", "promise", "relation", "number"}:
            continue
        found = places.get(f"{where}.{name}")
        evidence = f"  [{found['where']}: {found['text']}]" if found else ""
        yield f"  {where}.{name} = {value}{evidence}"


def _bullets(sentences: Sequence[str]) -> Iterator[str]:
    return (f"- {sentence}" for sentence in sentences)
