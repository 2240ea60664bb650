"""The outbox: outgoing messages and what became of them, one commit per step."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, text, update

from maildaemon.desk import MailState, Outgoing, OutgoingState, SendResult
from maildaemon.edge.database import Database
from maildaemon.edge.events import append_events
from maildaemon.edge.tables import MAIL, OUTGOING
from maildaemon.model import Action, Filing, Mode

CLAIM = text(
    "UPDATE outgoing SET state = 'sending', attempts = attempts + 1 WHERE id IN "
    "(SELECT id FROM outgoing WHERE state = 'ready' AND (due_at <= :now OR due_at > :never) "
    "ORDER BY due_at, id LIMIT :most) "
    "AND state = 'ready' RETURNING id"
)
COMMITTING = text("UPDATE outgoing SET state = 'committing' WHERE id = :id")
SENT = text("UPDATE outgoing SET state = 'sent', settled_at = :now, response = :response WHERE id = :id")
LONGEST_PAUSE = timedelta(hours=2)
FAILED_NOTE = "the acknowledgement could not be delivered"
DOUBT_NOTE = "it is not known whether the acknowledgement arrived: the connection broke after its last line"


class SqlOutbox:
    """Used by one sender thread, and by a person's release."""

    def __init__(self, database: Database, *, retry_seconds: float = 60, deadline_hours: float = 48) -> None:
        self.database = database
        self.retry_seconds = retry_seconds
        self.deadline = timedelta(hours=deadline_hours)
        self.settled: list[tuple[Outgoing, SendResult]] = []

    def recover(self, now: datetime) -> int:
        """After a restart or a failure of the ledger: what was cut off before the final dot goes out again; what was
        cut off behind it is in doubt and goes to a person. Results that are known but not written yet are
        written first. Returns how many are in doubt."""
        with self.database.write() as db:
            self._flush(db, now)
            again = update(OUTGOING).where(OUTGOING.c.state == OutgoingState.SENDING)
            db.execute(again.values(state=OutgoingState.READY, due_at=now))
            rows = db.execute(select(OUTGOING.c.id).where(OUTGOING.c.state == OutgoingState.COMMITTING)).all()
            for row in rows:
                _settle(db, row.id, SendResult(OutgoingState.IN_DOUBT, "the program ended before the answer"), now)
        self.settled.clear()
        return len(rows)

    def claim(self, now: datetime, most: int = 50) -> tuple[Outgoing, ...]:
        """What is due; also what is due later than any pause lasts: then the clock was wrong when that was written."""
        with self.database.read() as db:
            late = or_(OUTGOING.c.due_at <= now, OUTGOING.c.due_at > now + LONGEST_PAUSE)
            due = and_(OUTGOING.c.state == OutgoingState.READY, late)
            if db.scalar(select(OUTGOING.c.id).where(due).limit(1)) is None:
                return ()
        with self.database.write() as db:
            when = {"now": _text(now), "never": _text(now + LONGEST_PAUSE)}
            ids = [row[0] for row in db.execute(CLAIM, {**when, "most": most})]
            joined = OUTGOING.join(MAIL, MAIL.c.id == OUTGOING.c.mail_id)
            query = select(OUTGOING, MAIL.c.mailbox).select_from(joined).where(OUTGOING.c.id.in_(ids))
            rows = db.execute(query.order_by(OUTGOING.c.id)).all()
        return tuple(
            Outgoing(
                r.id, r.mail_id, r.message_id, r.envelope_from, r.recipient, r.raw, r.attempts, r.released, r.mailbox
            )
            for r in rows
        )

    def committing(self, outgoing_id: int, now: datetime) -> None:
        """Written just before the final dot; what the messages before it came to goes into the same commit."""
        with self.database.write() as db:
            self._flush(db, now)
            db.execute(COMMITTING, {"id": outgoing_id})
        self.settled.clear()

    def result(self, message: Outgoing, result: SendResult) -> None:
        """Keep a result for the next commit; ``flush`` writes it where none follows at once."""
        self.settled.append((message, result))

    def flush(self, now: datetime) -> None:
        if self.settled:
            with self.database.write() as db:
                self._flush(db, now)
            self.settled.clear()

    def _flush(self, db: Connection, now: datetime) -> None:
        for message, result in self.settled:
            if result.state is OutgoingState.READY:
                self._again(db, message.id, result, now)
            elif result.state is OutgoingState.SENT:
                _sent(db, message, result, now)
            else:
                _settle(db, message.id, result, now)

    def _again(self, db: Connection, outgoing_id: int, result: SendResult, now: datetime) -> None:
        row = db.execute(select(OUTGOING).where(OUTGOING.c.id == outgoing_id)).one()
        if now - row.created_at > self.deadline:
            late = SendResult(OutgoingState.FAILED, f"given up after {self.deadline}: {result.response}")
            _settle(db, outgoing_id, late, now)
            return
        pause = min(self.retry_seconds * 2 ** min(max(row.attempts, 1) - 1, 10), 3600.0)
        pause *= 0.75 + secrets.randbelow(500) / 1000
        values = {"state": OutgoingState.READY, "due_at": now + timedelta(seconds=pause), "response": result.response}
        db.execute(update(OUTGOING).where(OUTGOING.c.id == outgoing_id).values(**values))

    def put_back(self, messages: Sequence[Outgoing], due_at: datetime) -> None:
        """What was claimed and not tried goes out later, as if it had not been claimed."""
        if messages:
            with self.database.write() as db:
                here = OUTGOING.c.id.in_([message.id for message in messages])
                values = {"state": OutgoingState.READY, "due_at": due_at, "attempts": OUTGOING.c.attempts - 1}
                db.execute(update(OUTGOING).where(here, OUTGOING.c.state == OutgoingState.SENDING).values(**values))

    def hold(self, message: Outgoing, reason: str, now: datetime) -> None:
        """The door refused: the message stays here as a draft, and its mail goes to a person."""
        with self.database.write() as db:
            values = {"state": OutgoingState.DRAFT, "response": reason}
            db.execute(update(OUTGOING).where(OUTGOING.c.id == message.id).values(**values))
            values = {"filing": Filing.REVIEW, "mode": Mode.DRAFT, "reason": f"its answer was held back: {reason}"}
            db.execute(update(MAIL).where(MAIL.c.id == message.mail_id).values(**values))
            mail = db.execute(select(MAIL).where(MAIL.c.id == message.mail_id)).one()
            append_events(db, mail.mailbox, now, [(mail.id, "held-back", {"message": message.message_id})])

    def drafts(self) -> Sequence[Any]:
        """What waits for a person's release: rows with id, mail_id, recipient, subject, created_at, raw."""
        with self.database.read() as db:
            query = select(OUTGOING).where(OUTGOING.c.state == OutgoingState.DRAFT).order_by(OUTGOING.c.id)
            return db.execute(query).all()

    def release(self, outgoing_id: int, now: datetime) -> bool:
        """A person lets a draft go out; False when there is none of that number."""
        with self.database.write() as db:
            here = and_(OUTGOING.c.id == outgoing_id, OUTGOING.c.state == OutgoingState.DRAFT)
            row = db.execute(select(OUTGOING).where(here)).first()
            if row is None:
                return False
            # Its deadline runs from now on: it may have waited for its release for days.
            values = {"state": OutgoingState.READY, "released": True, "due_at": now, "created_at": now}
            db.execute(update(OUTGOING).where(here).values(**values))
            mail = db.execute(select(MAIL).where(MAIL.c.id == row.mail_id)).one()
            append_events(db, mail.mailbox, now, [(mail.id, "released", {"message": row.message_id})])
            return True

    def waiting(self) -> int:
        """How many messages are on their way out."""
        states = (OutgoingState.READY, OutgoingState.SENDING, OutgoingState.COMMITTING)
        with self.database.read() as db:
            return db.scalar(select(func.count()).select_from(OUTGOING).where(OUTGOING.c.state.in_(states))) or 0


def _sent(db: Connection, message: Outgoing, result: SendResult, now: datetime) -> None:
    """What happens with nearly every message, in three statements: it stands between one final dot and the next."""
    db.execute(SENT, {"id": message.id, "now": _text(now), "response": result.response[:500]})
    if message.released:
        released = update(MAIL).where(MAIL.c.id == message.mail_id, MAIL.c.state == MailState.HELD)
        db.execute(released.values(state=MailState.ACKNOWLEDGED))
    facts = {"message": message.message_id, "response": result.response[:200]}
    append_events(db, message.mailbox, now, [(message.mail_id, str(OutgoingState.SENT), facts)])


def _settle(db: Connection, outgoing_id: int, result: SendResult, now: datetime) -> None:
    """It failed or is in doubt: a person looks at its mail."""
    row = db.execute(select(OUTGOING.c.mail_id, OUTGOING.c.message_id).where(OUTGOING.c.id == outgoing_id)).one()
    values = {"state": result.state, "settled_at": now, "response": result.response[:500]}
    db.execute(update(OUTGOING).where(OUTGOING.c.id == outgoing_id).values(**values))
    mail = db.execute(select(MAIL).where(MAIL.c.id == row.mail_id)).one()
    facts = {"message": row.message_id, "response": result.response[:200]}
    append_events(db, mail.mailbox, now, [(mail.id, result.state, facts)])
    why = DOUBT_NOTE if result.state is OutgoingState.IN_DOUBT else FAILED_NOTE
    reason = f"{why} ({result.response[:200]})"
    values = {"filing": Filing.REVIEW, "action": Action.REVIEW, "reason": reason}
    if mail.state == MailState.HELD:
        values["state"] = MailState.DECIDED  # released and gone wrong: it lies in the review folder, a note is due
    db.execute(update(MAIL).where(MAIL.c.id == mail.id).values(**values))


def _text(now: datetime) -> str:
    """A time as the tables hold it: the statement is written out, so no column type turns it into text."""
    return now.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
