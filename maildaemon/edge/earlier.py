"""Orders seen: earlier orders with the same content, PO number or goods, and what some of them asked for."""

import contextlib
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, exists, or_, select

from maildaemon.contents import contents
from maildaemon.desk import OutgoingState
from maildaemon.edge.tables import DECISION, MAIL, ORDER, OUTGOING
from maildaemon.identity import po_key
from maildaemon.model import Action, Decision, Kind, Mode, OrderSeen, Questions
from maildaemon.ordered import Contents, Sameness, Status
from maildaemon.wording import code_key

CHUNK = 400
MOST = 5
"""So many orders under one PO number are compared in full, the latest of the same sender first."""
MOST_AT_ONCE = 200
MOST_OF_GOODS = 3
"""So many orders for the same goods are looked up, the latest: they are only mentioned."""
LARGEST = 2**20
"""Octets of a packed decision beyond which it is not unpacked for this."""
_decision = msgspec.json.Decoder(Decision).decode

# Made once: composing a statement costs more than running it.
ANSWERED = exists().where(
    OUTGOING.c.mail_id == ORDER.c.mail_id,
    OUTGOING.c.state.not_in([str(OutgoingState.FAILED), str(OutgoingState.WITHDRAWN)]),
)
ROWS = select(ORDER, MAIL.c.content, MAIL.c.kind, MAIL.c.mode, ANSWERED.label("answered")).select_from(
    ORDER.join(MAIL, MAIL.c.id == ORDER.c.mail_id)
)
EQUAL_ORDERS = (
    ROWS.where(
        or_(
            ORDER.c.digest.in_(bindparam("digests", expanding=True)),
            ORDER.c.po_key.in_(bindparam("keys", expanding=True)),
        ),
        ORDER.c.id <= bindparam("mark"),
    )
    .order_by(ORDER.c.id.desc())
    .limit(2000)
)
SAME_GOODS = (
    ROWS.where(ORDER.c.goods == bindparam("goods"), ORDER.c.id <= bindparam("mark"))
    .order_by(ORDER.c.id.desc())
    .limit(MOST_OF_GOODS)
)
DECISIONS = select(DECISION.c.mail_id, DECISION.c.data).where(DECISION.c.mail_id.in_(bindparam("ids", expanding=True)))


def orders_seen(
    db: Connection, questions: Sequence[Questions], mark: int, mail_id: int | None = None
) -> tuple[OrderSeen, ...]:
    """Those up to the mark, the earliest first; of a mail that is decided again, those of mails before it."""
    digests = sorted({question.digest for question in questions})
    keys = sorted({po_key(question.po_number) for question in questions if question.po_number})
    found: dict[int, Any] = {}
    for start in range(0, max(len(digests), len(keys)), CHUNK):
        part = slice(start, start + CHUNK)
        rows = db.execute(EQUAL_ORDERS, {"digests": digests[part], "keys": keys[part], "mark": mark})
        found |= {row.id: row for row in rows}
    for goods in sorted({question.goods for question in questions if question.goods}):
        found |= {row.id: row for row in db.execute(SAME_GOODS, {"goods": goods, "mark": mark})}
    if mail_id is not None:
        found = {i: row for i, row in found.items() if row.mail_id < mail_id}
    asked = _contents(db, _compared(questions, [found[i] for i in sorted(found, reverse=True)]))
    return tuple(replace(_seen(found[i]), contents=asked.get(i)) for i in sorted(found))


def said_since(db: Connection, questions: Sequence[Questions], mail_id: int) -> tuple[tuple[str, ...], ...]:
    """What came behind a mail that waits, about its orders, one tuple for each. A mere repeat says nothing new."""
    own = {row.number: row.customer for row in db.execute(select(ORDER).where(ORDER.c.mail_id == mail_id))}
    return tuple(
        tuple(_came(row) for row in _behind(db, question, mail_id, own.get(number)))
        for number, question in enumerate(questions)
    )


def _behind(db: Connection, question: Questions, mail_id: int, customer: str | None) -> list[Any]:
    if not question.po_number:
        return []
    here = (ORDER.c.po_key == po_key(question.po_number), ORDER.c.mail_id > mail_id)
    rows = db.execute(ROWS.where(*here).order_by(ORDER.c.id).limit(MOST)).all()
    mine = code_key(customer or "")
    return [
        row
        for row in rows
        if (row.digest != question.digest or row.kind != Kind.ORDER)
        and (not mine or not row.customer or code_key(row.customer) == mine)
    ]


def _came(row: Any) -> str:
    what = f"a {row.kind} of it" if row.kind in {Kind.CHANGE, Kind.CANCELLATION} else "its number with other content"
    return f"while it waited, {what} came on {row.received_at.date().isoformat()} (our {row.reference})"


def _compared(questions: Sequence[Questions], rows: Sequence[Any]) -> list[Any]:
    """Which of the rows, the latest first, are compared in full."""
    by_key: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row.po_key and row.action != Action.IGNORE:
            by_key[row.po_key].append(row)
    chosen: dict[int, Any] = {}
    for question in questions:
        own = by_key.get(po_key(question.po_number), ()) if question.po_number else ()
        # Python's sort keeps the latest first within each half.
        for row in sorted(own, key=lambda one: one.sender != question.sender)[:MOST]:
            chosen[row.id] = row
    return list(chosen.values())[:MOST_AT_ONCE]


def _contents(db: Connection, rows: Sequence[Any]) -> dict[int, Contents]:
    """By the order's row. A decision that cannot be read is left out: nothing is proved by it."""
    if not rows:
        return {}
    decisions: dict[int, Decision] = {}
    for row in db.execute(DECISIONS, {"ids": sorted({row.mail_id for row in rows})}):
        if len(row.data) <= LARGEST:
            with contextlib.suppress(msgspec.MsgspecError, zlib.error):
                decisions[row.mail_id] = _decision(zlib.decompress(row.data))
    return {
        row.id: contents(decisions[row.mail_id].orders[row.number].order)
        for row in rows
        if row.mail_id in decisions and row.number < len(decisions[row.mail_id].orders)
    }


def _seen(row: Any) -> OrderSeen:
    repeats = row.relation == Sameness.RESEND and row.action == Action.IGNORE
    return OrderSeen(
        row.reference,
        row.content or "",
        row.po_number,
        row.customer,
        row.sender,
        row.digest,
        row.received_at,
        Action(row.action),
        kind=Kind(row.kind) if row.kind else Kind.ORDER,
        status=Status(row.status),
        handled=row.mode != Mode.SHADOW,
        answered=bool(row.answered),
        repeats=row.concerns if repeats else None,
        goods=row.goods or "",
    )
