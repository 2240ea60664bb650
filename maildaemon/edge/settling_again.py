"""Settling again: what became of the orders of a mail that waited, beside what was decided of its others."""

import zlib
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from maildaemon.desk import BRIEF, Again, OutgoingState
from maildaemon.edge import booking, settling, standing
from maildaemon.edge.events import append_events
from maildaemon.edge.tables import DECISION, GROUND, NOTE, ORDER, OUTGOING
from maildaemon.model import Action, Filing, Mode

UNSENT = (OutgoingState.DRAFT, OutgoingState.HELD)
STOPPED = (Filing.REVIEW, Filing.ESCALATED)


def write(db: Connection, pack: settling.Packed, again: Again, row: Any, now: datetime) -> None:
    """In place of the earlier decision. What was let out and reserved for the mail's other orders stays as it is."""
    outcome = pack.outcome
    decision = {
        "data": pack.data,
        "known": pack.known,
        "ruled": zlib.compress(pack.ruled, 1) if pack.ruled is not None else None,
        "playbook": outcome.playbook,
        "decided_at": now,
        "action": (again.gates or outcome.decision).action,
    }
    db.execute(update(DECISION).where(DECISION.c.mail_id == row.id).values(**decision))
    if pack.ground is not None:
        db.execute(delete(GROUND).where(GROUND.c.mail_id == row.id))
        db.execute(insert(GROUND).values(mail_id=row.id, data=pack.ground))
    for place in again.orders:
        _order(db, pack, row.id, place, now)
    _note(db, pack, row.id)
    columns = settling.decided_of(outcome, row, now)
    columns["filing"] = _home(db, columns["filing"], row)
    settling.update_mails(db, [columns])
    settling.put_out(db, [(outcome, row)], now)
    append_events(db, row.mailbox, now, [(row.id, "decided-again", settling.facts_of(pack, row))])
    standing.question(db, [outcome], now)


def _order(db: Connection, pack: settling.Packed, mail_id: int, place: int, now: datetime) -> None:
    """It gets a new number: to who has looked before, it is a new order. What a later mail has said of it stands."""
    outcome = pack.outcome
    decided, here = outcome.decision.orders[place], (ORDER.c.mail_id == mail_id, ORDER.c.number == place)
    if place >= len(outcome.questions):
        db.execute(update(ORDER).where(*here).values(action=decided.action))
        return
    number, old = booking.next_order(db), db.scalar(select(ORDER.c.id).where(*here))
    columns = settling.columns_of(decided, outcome.questions[place])
    db.execute(update(ORDER).where(*here).values(id=number, **columns))
    db.execute(update(ORDER).where(ORDER.c.changed_by == old).values(changed_by=number))
    if decided.action is Action.ACKNOWLEDGE and outcome.mode is not Mode.SHADOW:
        booking.take(db, number, decided, now)


def _note(db: Connection, pack: settling.Packed, mail_id: int) -> None:
    note = pack.outcome.note
    here = delete(NOTE).where(NOTE.c.mail_id == mail_id)
    if note is None:
        # What was still to be said of it is not so any more.
        db.execute(here.where(NOTE.c.appended_at.is_(None)))
        return
    db.execute(here)
    db.execute(insert(NOTE).values(mail_id=mail_id, message_id=note.message_id, raw=note.raw, appended_at=None))


def _home(db: Connection, filing: Filing, row: Any) -> Filing:
    """Where an answer to another of its orders waits for a person, the mail waits for that person too; and what lies in
    a person's folder and only waits stays there."""
    if filing in STOPPED:
        return filing
    waits = (OUTGOING.c.mail_id == row.id, OUTGOING.c.kind != BRIEF, OUTGOING.c.state.in_(UNSENT))
    if db.scalar(select(OUTGOING.c.id).where(*waits).limit(1)) is not None:
        return Filing.REVIEW
    return Filing(row.filing) if filing is Filing.STAY and row.filing in STOPPED else filing
