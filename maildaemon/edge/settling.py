"""Settling: decisions, orders, outgoing messages and notes, written in one transaction."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from maildaemon.chain import salted
from maildaemon.desk import BRIEF, Answering, MailState, Outcome, OutgoingState, Traffic, answer_kind
from maildaemon.edge import booking, standing
from maildaemon.edge.events import append_events
from maildaemon.edge.tables import DECISION, GROUND, MAIL, NOTE, ORDER, OUTGOING, READING, TOKEN
from maildaemon.identity import po_key, token_digest
from maildaemon.model import Action, Filing, Mode, OrderDecision, Questions, Reading, Reply

encode = msgspec.json.Encoder().encode
CHUNK = 400


@dataclass(frozen=True, slots=True)
class Packed:
    """An outcome with its bodies encoded: done before the writers' lock is taken, for others wait for it."""

    outcome: Outcome
    decision: bytes
    """The program's own."""
    data: bytes
    known: bytes
    reading: bytes | None
    ground: bytes | None
    ruled: bytes | None = None
    """The decision as it stands, where a person has made another one of the program's."""


def pack(outcome: Outcome) -> Packed:
    own = outcome.again.gates if outcome.again is not None else None
    ruled = encode(outcome.decision) if own is not None else None
    decision = encode(own or outcome.decision)
    reading = zlib.compress(encode(outcome.reading), 1) if outcome.reading is not None else None
    known = zlib.compress(encode(outcome.known), 1)
    ground = zlib.compress(encode(outcome.ground), 1) if outcome.ground is not None else None
    return Packed(outcome, decision, zlib.compress(decision, 1), known, reading, ground, ruled)


def stale(db: Connection, outcomes: Sequence[Outcome], mark: int) -> set[int]:
    """Which outcomes rest on ground that has changed: an equal order, or one that
    takes of the same articles, was stored after the look-up."""
    newer = db.execute(select(ORDER.c.digest, ORDER.c.po_key, ORDER.c.mail_id).where(ORDER.c.id > mark)).all()
    digests = {row.digest for row in newer}
    keys = {row.po_key for row in newer if row.po_key}
    taken = booking.taken_since(db, mark) if newer else frozenset()
    found = {outcome.mail_id for outcome in outcomes if taken & booking.takes(outcome)} | {
        outcome.mail_id
        for outcome in outcomes
        for question in outcome.questions
        if question.digest in digests or (question.po_number and po_key(question.po_number) in keys)
    }
    return _with_followers(outcomes, found) if found else found


def _with_followers(outcomes: Sequence[Outcome], found: set[int]) -> set[int]:
    """What one of them is decided anew takes with it those behind it in the batch that rest on it."""
    gone: set[str] = set()
    for outcome in outcomes:
        orders = outcome.decision.orders
        if outcome.mail_id in found or any(o.order.relation and o.order.relation.reference in gone for o in orders):
            found.add(outcome.mail_id)
            gone.update(decided.reference for decided in orders)
    return found


def write(db: Connection, packed: list[tuple[Packed, Any]], now: datetime) -> None:
    """What is decided for the first time."""
    decisions, readings, grounds, mails, orders, notes, facts = [], [], [], [], [], [], []
    for pack, row in packed:
        outcome = pack.outcome
        decisions.append(
            {
                "mail_id": row.id,
                "data": pack.data,
                "known": pack.known,
                "playbook": outcome.playbook,
                "decided_at": now,
                "profile": outcome.reading.profile if outcome.reading is not None else None,
                "action": outcome.decision.action,
            }
        )
        if pack.reading is not None:
            readings.append({"mail_id": row.id, "data": pack.reading})
        if pack.ground is not None:
            grounds.append({"mail_id": row.id, "data": pack.ground})
        orders += _orders(outcome, row)
        if outcome.note is not None:
            notes.append(
                {"mail_id": row.id, "message_id": outcome.note.message_id, "raw": outcome.note.raw, "appended_at": None}
            )
        mails.append(decided_of(outcome, row, now))
        facts.append((row.id, "decided", facts_of(pack, row)))
    db.execute(insert(DECISION), decisions)
    if readings:
        db.execute(insert(READING), readings)
    if grounds:
        # A mail that is read again rests on new ground.
        db.execute(delete(GROUND).where(GROUND.c.mail_id.in_([each["mail_id"] for each in grounds])))
        db.execute(insert(GROUND), grounds)
    if orders:
        first = booking.next_order(db)
        orders = [{"id": first + place, **row} for place, row in enumerate(orders)]
        ids = db.scalars(insert(ORDER).returning(ORDER.c.id, sort_by_parameter_order=True), orders).all()
        by_place = {(row["mail_id"], row["number"]): i for i, row in zip(ids, orders, strict=True)}
        booking.write(db, [pack.outcome for pack, _ in packed], by_place, now)
    if notes:
        db.execute(insert(NOTE), notes)
    update_mails(db, mails)
    put_out(db, [(pack.outcome, row) for pack, row in packed], now)
    append_events(db, packed[0][1].mailbox, now, facts)
    standing.question(db, [pack.outcome for pack, _ in packed], now)


def facts_of(pack: Packed, row: Any) -> dict[str, Any]:
    """What the chain tells of a decision: bodies by their digests; ``orders`` are those that the answer speaks of,
    ``waits`` those that are held, by our references."""
    outcome = pack.outcome
    salt, orders = row.salt or b"", outcome.decision.orders
    fact: dict[str, Any] = {"action": outcome.decision.action, "mode": outcome.mode}
    fact["decision"] = salted(salt, pack.decision)
    if pack.ruled is not None:
        fact["ruled"] = salted(salt, pack.ruled)
    if outcome.reply is not None and outcome.mode is not Mode.SHADOW:
        fact["answer"] = salted(salt, outcome.reply.raw)
        fact["orders"] = [orders[place].reference for place in outcome.told]
    if waiting := [one.reference for one in orders if one.action is Action.HOLD]:
        fact["waits"] = waiting
    return fact


def update_mails(db: Connection, mails: list[dict[str, Any]]) -> None:
    columns: dict[str, Any] = {key: bindparam(key) for key in mails[0] if key != "mail"}
    columns["version"] = MAIL.c.version + 1
    db.execute(update(MAIL).where(MAIL.c.id == bindparam("mail")).values(**columns), mails)


def decided_of(outcome: Outcome, row: Any, now: datetime) -> dict[str, Any]:
    """The mail's columns."""
    decision, reading = outcome.decision, outcome.reading
    shadow = outcome.mode is Mode.SHADOW
    filing = Filing.STAY if shadow else decision.filing
    if outcome.mode is Mode.DRAFT and outcome.reply is not None:
        filing = Filing.REVIEW  # a person releases the answer
    return {
        "mail": row.id,
        "state": MailState.OBSERVED if shadow else MailState.DECIDED,
        "sender": reading.mail.sender if reading else row.sender,
        "subject": reading.mail.subject[:500] if reading else row.subject,
        "kind": decision.kind,
        "profile": reading.profile if reading else None,
        "action": decision.action,
        "mode": outcome.mode,
        "filing": filing,
        "reason": decision.reason[:1000],
        "decided_at": now,
    }


def _orders(outcome: Outcome, row: Any) -> list[dict[str, Any]]:
    pairs = zip(outcome.decision.orders, outcome.questions, strict=True)
    return [
        {"mail_id": row.id, "number": number, "received_at": row.received_at, **columns_of(decided, question)}
        for number, (decided, question) in enumerate(pairs)
    ]


def columns_of(decided: OrderDecision, question: Questions) -> dict[str, Any]:
    """What is written of an order, so that it can be found again."""
    order = decided.order
    return {
        "reference": decided.reference,
        "po_number": question.po_number,
        "po_key": po_key(question.po_number) if question.po_number else None,
        "customer": order.customer.customer.number if order.customer.customer else None,
        "sender": question.sender,
        "digest": question.digest,
        "total": str(order.total.value) if order.total else None,
        "currency": order.currency.value if order.currency else None,
        "action": decided.action,
        "relation": order.relation.how if order.relation else None,
        "concerns": order.relation.reference if order.relation else None,
        "goods": question.goods or None,
    }


def put_out(db: Connection, kept: list[tuple[Outcome, Any]], now: datetime) -> None:
    """The rendered answers, stored before they are sent."""
    with_reply = [
        (outcome, row) for outcome, row in kept if outcome.reply is not None and outcome.mode is not Mode.SHADOW
    ]
    if not with_reply:
        return
    threads = _threads(db, [(outcome.mail_id, outcome.reading) for outcome, _ in with_reply])
    rows = [
        {
            "mail_id": row.id,
            "thread": threads.get(outcome.mail_id) or row.content or "",
            "traffic": outcome.traffic,
            "kind": answer_kind(outcome.decision),
            "seq": outcome.sequence,
            "state": OutgoingState.DRAFT if outcome.mode is Mode.DRAFT else OutgoingState.READY,
            "approved": False,
            "orders": json.dumps(outcome.told),
            **_message(outcome.reply, now),
        }
        for outcome, row in with_reply
        if outcome.reply is not None
    ]
    _insert(db, rows, [outcome.reply for outcome, _ in with_reply if outcome.reply is not None])


def put_out_approved(
    db: Connection,
    row: Any,
    reading: Reading | None,
    answer: Reply,
    traffic: Traffic,
    now: datetime,
    orders: Sequence[int],
) -> None:
    """The answer that a person has approved: on its way like any other. ``row`` is its mail's; ``orders`` are the
    numbers of those that it speaks of."""
    earlier = select(func.count()).select_from(OUTGOING).where(OUTGOING.c.mail_id == row.id, OUTGOING.c.kind != BRIEF)
    values = {
        "mail_id": row.id,
        "thread": _threads(db, [(row.id, reading)]).get(row.id) or row.content or "",
        "traffic": traffic,
        "kind": Answering.ACK,
        "seq": db.scalar(earlier) or 0,
        "state": OutgoingState.READY,
        "approved": True,
        "orders": json.dumps(orders),
        **_message(answer, now),
    }
    _insert(db, [values], [answer])


def _message(answer: Reply, now: datetime) -> dict[str, Any]:
    return {
        "message_id": answer.message_id,
        "envelope_from": answer.envelope_from,
        "recipient": answer.recipient,
        "subject": answer.subject,
        "raw": answer.raw,
        "created_at": now,
        "due_at": now,
    }


def _insert(db: Connection, rows: list[dict[str, Any]], replies: Sequence[Reply]) -> None:
    ids = db.scalars(insert(OUTGOING).returning(OUTGOING.c.id, sort_by_parameter_order=True), rows).all()
    tokens = [
        {"sha256": token_digest(one.token), "outgoing_id": i} for i, one in zip(ids, replies, strict=True) if one.token
    ]
    if tokens:
        db.execute(insert(TOKEN), tokens)


def _threads(db: Connection, read: Sequence[tuple[int, Reading | None]]) -> dict[int, str]:
    """The thread that each mail belongs to: that of our own message which it refers to, else the first mail that it
    names, else itself."""
    named = {mail_id: _named(reading) for mail_id, reading in read}
    ids = sorted({one for names in named.values() for one in names})
    ours: dict[str, str] = {}
    for start in range(0, len(ids), CHUNK):
        known = select(OUTGOING.c.message_id, OUTGOING.c.thread)
        rows = db.execute(known.where(OUTGOING.c.message_id.in_(ids[start : start + CHUNK])))
        ours |= {row.message_id: row.thread for row in rows}
    found: dict[int, str] = {}
    for mail_id, reading in read:
        names = named[mail_id]
        own = reading.mail.message_id if reading else None
        found[mail_id] = next((ours[name] for name in names if name in ours), names[0] if names else own or "")
    return found


def _named(reading: Reading | None) -> tuple[str, ...]:
    if reading is None:
        return ()
    mail = reading.mail
    return (*mail.references[:50], *mail.references[50:][-50:], *([mail.in_reply_to] if mail.in_reply_to else []))
