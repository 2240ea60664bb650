"""Settling: decisions, orders, outgoing messages and notes, written in one transaction."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from maildaemon.chain import salted
from maildaemon.desk import MailState, Outcome, OutgoingState, answer_kind
from maildaemon.edge import booking, standing
from maildaemon.edge.events import append_events
from maildaemon.edge.tables import DECISION, GROUND, MAIL, NOTE, ORDER, OUTGOING, READING, TOKEN
from maildaemon.identity import po_key, token_digest
from maildaemon.model import Filing, Mode

encode = msgspec.json.Encoder().encode
CHUNK = 400


@dataclass(frozen=True, slots=True)
class Packed:
    """An outcome with its bodies encoded: done before the writers' lock is taken, for others wait for it."""

    outcome: Outcome
    decision: bytes
    data: bytes
    known: bytes
    reading: bytes | None
    ground: bytes | None


def pack(outcome: Outcome) -> Packed:
    decision = encode(outcome.decision)
    reading = zlib.compress(encode(outcome.reading), 1) if outcome.reading is not None else None
    known = zlib.compress(encode(outcome.known), 1)
    ground = zlib.compress(encode(outcome.ground), 1) if outcome.ground is not None else None
    return Packed(outcome, decision, zlib.compress(decision, 1), known, reading, ground)


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
        mails.append(_decided(outcome, row, now))
        digest = salted(row.salt or b"", pack.decision)
        action = outcome.decision.action
        fact = {"action": action, "mode": outcome.mode, "decision": digest}
        if outcome.reply is not None and outcome.mode is not Mode.SHADOW:
            fact["answer"] = salted(row.salt or b"", outcome.reply.raw)
        facts.append((row.id, "decided", fact))
    db.execute(insert(DECISION), decisions)
    if readings:
        db.execute(insert(READING), readings)
    if grounds:
        # A mail that is read again rests on new ground.
        db.execute(delete(GROUND).where(GROUND.c.mail_id.in_([each["mail_id"] for each in grounds])))
        db.execute(insert(GROUND), grounds)
    if orders:
        ids = db.scalars(insert(ORDER).returning(ORDER.c.id, sort_by_parameter_order=True), orders).all()
        by_place = {(row["mail_id"], row["number"]): i for i, row in zip(ids, orders, strict=True)}
        booking.write(db, [pack.outcome for pack, _ in packed], by_place, now)
    if notes:
        db.execute(insert(NOTE), notes)
    _update(db, mails)
    _put_out(db, [(pack.outcome, row) for pack, row in packed], now)
    append_events(db, packed[0][1].mailbox, now, facts)
    standing.question(db, [pack.outcome for pack, _ in packed], now)


def _update(db: Connection, mails: list[dict[str, Any]]) -> None:
    columns: dict[str, Any] = {key: bindparam(key) for key in mails[0] if key != "mail"}
    db.execute(update(MAIL).where(MAIL.c.id == bindparam("mail")).values(**columns), mails)


def _decided(outcome: Outcome, row: Any, now: datetime) -> dict[str, Any]:
    decision, reading = outcome.decision, outcome.reading
    shadow = outcome.mode is Mode.SHADOW
    filing = Filing.STAY if shadow else decision.filing
    if outcome.mode is Mode.DRAFT and outcome.reply is not None:
        filing = Filing.REVIEW  # a person releases the answer
    return {
        "mail": row.id,
        "state": MailState.OBSERVED if shadow else MailState.DECIDED,
        "sender": reading.mail.sender if reading else None,
        "subject": reading.mail.subject[:500] if reading else None,
        "kind": decision.kind,
        "profile": reading.profile if reading else None,
        "action": decision.action,
        "mode": outcome.mode,
        "filing": filing,
        "reason": decision.reason[:1000],
        "decided_at": now,
    }


def _orders(outcome: Outcome, row: Any) -> list[dict[str, Any]]:
    rows = []
    for number, (decided, question) in enumerate(zip(outcome.decision.orders, outcome.questions, strict=True)):
        order = decided.order
        rows.append(
            {
                "mail_id": row.id,
                "number": number,
                "reference": decided.reference,
                "po_number": question.po_number,
                "po_key": po_key(question.po_number) if question.po_number else None,
                "customer": order.customer.customer.number if order.customer.customer else None,
                "sender": question.sender,
                "digest": question.digest,
                "total": str(order.total.value) if order.total else None,
                "currency": order.currency.value if order.currency else None,
                "action": decided.action,
                "received_at": row.received_at,
                "relation": order.relation.how if order.relation else None,
                "concerns": order.relation.reference if order.relation else None,
                "goods": question.goods or None,
            }
        )
    return rows


def _put_out(db: Connection, kept: list[tuple[Outcome, Any]], now: datetime) -> None:
    """The rendered answers, stored before they are sent."""
    with_reply = [
        (outcome, row) for outcome, row in kept if outcome.reply is not None and outcome.mode is not Mode.SHADOW
    ]
    if not with_reply:
        return
    threads = _threads(db, [outcome for outcome, _ in with_reply])
    rows = [
        {
            "mail_id": row.id,
            "thread": threads.get(outcome.mail_id) or row.content or "",
            "traffic": outcome.traffic,
            "kind": answer_kind(outcome.decision),
            "seq": 0,
            "message_id": outcome.reply.message_id,
            "envelope_from": outcome.reply.envelope_from,
            "recipient": outcome.reply.recipient,
            "subject": outcome.reply.subject,
            "raw": outcome.reply.raw,
            "state": OutgoingState.DRAFT if outcome.mode is Mode.DRAFT else OutgoingState.READY,
            "created_at": now,
            "due_at": now,
        }
        for outcome, row in with_reply
        if outcome.reply is not None
    ]
    ids = db.scalars(insert(OUTGOING).returning(OUTGOING.c.id, sort_by_parameter_order=True), rows).all()
    tokens = [
        {"sha256": token_digest(outcome.reply.token), "outgoing_id": i}
        for i, (outcome, _) in zip(ids, with_reply, strict=True)
        if outcome.reply is not None and outcome.reply.token
    ]
    if tokens:
        db.execute(insert(TOKEN), tokens)


def _threads(db: Connection, outcomes: Sequence[Outcome]) -> dict[int, str]:
    """The thread that each mail belongs to: that of our own message which it refers to, else the first mail that it
    names, else itself."""
    named = {o.mail_id: _named(o) for o in outcomes}
    ids = sorted({one for names in named.values() for one in names})
    ours: dict[str, str] = {}
    for start in range(0, len(ids), CHUNK):
        known = select(OUTGOING.c.message_id, OUTGOING.c.thread)
        rows = db.execute(known.where(OUTGOING.c.message_id.in_(ids[start : start + CHUNK])))
        ours |= {row.message_id: row.thread for row in rows}
    found: dict[int, str] = {}
    for outcome in outcomes:
        names = named[outcome.mail_id]
        own = outcome.reading.mail.message_id if outcome.reading else None
        found[outcome.mail_id] = next((ours[name] for name in names if name in ours), names[0] if names else own or "")
    return found


def _named(outcome: Outcome) -> tuple[str, ...]:
    if outcome.reading is None:
        return ()
    mail = outcome.reading.mail
    return (*mail.references[:50], *mail.references[50:][-50:], *([mail.in_reply_to] if mail.in_reply_to else []))
