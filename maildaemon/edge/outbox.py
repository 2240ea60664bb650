"""The outbox: outgoing messages and what became of them, one commit per step."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, text, update
from sqlalchemy.sql.elements import ColumnElement

from maildaemon.desk import (
    BRIEF,
    Answering,
    Left,
    MailState,
    Outgoing,
    OutgoingState,
    SendResult,
    Traffic,
)
from maildaemon.edge import standing
from maildaemon.edge.database import Database, text_of
from maildaemon.edge.events import append_events
from maildaemon.edge.tables import MAIL, META, ORDER, OUTGOING
from maildaemon.model import Action, Filing, Mode

CLAIM = text(
    "UPDATE outgoing SET state = 'sending', attempts = attempts + 1 WHERE id IN "
    "(SELECT id FROM outgoing WHERE (state = 'ready' AND (due_at <= :now OR due_at > :never "
    "OR (attempts = 0 AND created_at > :now))) "
    "OR (state = 'held' AND (due_at <= :now OR due_at > :far)) ORDER BY due_at, id LIMIT :most) "
    "AND state IN ('ready', 'held') RETURNING id"
)
COMMITTING = text("UPDATE outgoing SET state = 'committing' WHERE id = :id")
SENT = text(
    "UPDATE outgoing SET state = 'sent', settled_at = :now, response = :response WHERE id = :id AND state <> 'sent'"
)
PEAK = text(
    # A text such as 2026-11-23 09:5: ten minutes.
    "SELECT max(messages) FROM (SELECT count(*) AS messages FROM outgoing WHERE settled_at > :since "
    "AND settled_at < :until AND state IN ('sent', 'in_doubt') GROUP BY substr(settled_at, 1, 15)) AS bands"
)
NOT_SENT = (OutgoingState.DRAFT, OutgoingState.HELD, OutgoingState.READY, OutgoingState.SENDING)
LONGEST_PAUSE = timedelta(hours=2)
LONGEST_HOLD = timedelta(hours=25)
DAY, BAND_SPAN, LATELY = timedelta(days=1), timedelta(days=28), timedelta(hours=1)
BREAKER = "breaker"
FAILED_NOTE = "the acknowledgement could not be delivered"
DOUBT_NOTE = "it is not known whether the acknowledgement arrived: the connection broke after its last line"


class Outdated(Exception):  # noqa: N818
    """A message must not leave any more. ``str()`` says why."""


class SqlOutbox:
    """Used by one sender thread, and by the search of the archive. ``term``: how long a message in doubt is looked for
    before a person is told."""

    def __init__(
        self,
        database: Database,
        *,
        retry_seconds: float = 60,
        deadline_hours: float = 48,
        term: timedelta = timedelta(0),
    ) -> None:
        self.database = database
        self.retry_seconds = retry_seconds
        self.deadline = timedelta(hours=deadline_hours)
        self.term = term
        self.settled: list[tuple[Outgoing, SendResult]] = []
        self.unsent: int | None = None
        self.breaker: str | None = None

    def recover(self, now: datetime) -> int:
        """After a restart or a failure of the ledger: what was cut off before the final dot goes out again; what was
        cut off behind it is in doubt. Results that are known but not written yet are written first. Returns how many
        came into doubt."""
        with self.database.write() as db:
            self._flush(db, now)
            unsent = and_(OUTGOING.c.state == OutgoingState.COMMITTING, OUTGOING.c.id == self.unsent)
            again = update(OUTGOING).where(or_(OUTGOING.c.state == OutgoingState.SENDING, unsent))
            db.execute(again.values(state=OutgoingState.READY, due_at=now))
            query = _messages(OUTGOING.c.state == OutgoingState.COMMITTING)
            cut_off = [_outgoing(row) for row in db.execute(query)]
            for message in cut_off:
                self._doubt(db, message, SendResult(OutgoingState.IN_DOUBT, "the program ended before the answer"), now)
        self.settled.clear()
        self.unsent = None
        return len(cut_off)

    def claim(self, now: datetime, most: int = 50) -> tuple[Outgoing, ...]:
        """What is due; also what is due later than any pause lasts, or was written later than now and never tried: then
        the clock was wrong at that time."""
        with self.database.read() as db:
            self.breaker = db.scalar(select(META.c.value).where(META.c.key == BREAKER))
            ready, held = OUTGOING.c.state == OutgoingState.READY, OUTGOING.c.state == OutgoingState.HELD
            ahead = and_(OUTGOING.c.attempts == 0, OUTGOING.c.created_at > now)
            late = or_(
                and_(ready, or_(OUTGOING.c.due_at <= now, OUTGOING.c.due_at > now + LONGEST_PAUSE, ahead)),
                and_(held, or_(OUTGOING.c.due_at <= now, OUTGOING.c.due_at > now + LONGEST_HOLD)),
            )
            if db.scalar(select(OUTGOING.c.id).where(late).limit(1)) is None:
                return ()
        with self.database.write() as db:
            when = {"now": text_of(now), "never": text_of(now + LONGEST_PAUSE), "far": text_of(now + LONGEST_HOLD)}
            ids = [row[0] for row in db.execute(CLAIM, {**when, "most": most})]
            rows = db.execute(_messages(OUTGOING.c.id.in_(ids))).all()
        return tuple(_outgoing(row) for row in rows)

    def committing(self, outgoing_id: int, now: datetime) -> None:
        """Written just before the final dot; what the messages before it came to goes into the same commit. Where this
        raises, the dot is not sent, whatever became of the commit. Raises Outdated when the order was questioned or
        has ended since the door was asked."""
        self.unsent = outgoing_id
        with self.database.write() as db:
            self._flush(db, now)
            why = standing.outdated(db, outgoing_id)
            if why is None:
                db.execute(COMMITTING, {"id": outgoing_id})
        self.unsent = None
        self.settled.clear()
        if why is not None:
            raise Outdated(why)

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
            if result.state in {OutgoingState.IN_DOUBT, OutgoingState.FAILED} and _is(db, message, result.state):
                continue  # a commit that was said to have failed had taken effect
            if result.state is OutgoingState.READY:
                self._again(db, message, result, now)
            elif result.state is OutgoingState.SENT:
                _sent(db, message, result, now)
            elif result.state is OutgoingState.IN_DOUBT:
                self._doubt(db, message, result, now)
            else:
                _went_wrong(db, message, result, now)

    def _again(self, db: Connection, message: Outgoing, result: SendResult, now: datetime) -> None:
        row = db.execute(select(OUTGOING).where(OUTGOING.c.id == message.id)).one()
        if now - row.created_at > self.deadline:
            late = SendResult(OutgoingState.FAILED, f"given up after {self.deadline}: {result.response}")
            _went_wrong(db, message, late, now)
            return
        pause = min(self.retry_seconds * 2 ** min(max(row.attempts, 1) - 1, 10), 3600.0)
        pause *= 0.75 + secrets.randbelow(500) / 1000
        values = {"state": OutgoingState.READY, "due_at": now + timedelta(seconds=pause), "response": result.response}
        db.execute(update(OUTGOING).where(OUTGOING.c.id == message.id).values(**values))

    def put_back(self, messages: Sequence[Outgoing], due_at: datetime) -> None:
        """What was claimed and not tried goes out later, as if it had not been claimed."""
        if messages:
            with self.database.write() as db:
                here = OUTGOING.c.id.in_([message.id for message in messages])
                values = {"state": OutgoingState.READY, "due_at": due_at, "attempts": OUTGOING.c.attempts - 1}
                db.execute(update(OUTGOING).where(here, OUTGOING.c.state == OutgoingState.SENDING).values(**values))

    # --- the door -----------------------------------------------------------------------------------------------------

    def outdated(self, message: Outgoing) -> str | None:
        """Why the message speaks of an order that is not the current one any more, or None."""
        with self.database.read() as db:
            return standing.outdated(db, message.id)

    def hold(self, message: Outgoing, reason: str, now: datetime) -> None:
        """The door refused: the message stays here as a draft, and its mail goes to a person. One about an order that
        has ended is withdrawn: nobody can let it go."""
        with self.database.write() as db:
            if standing.has_ended(db, message.id):
                standing.withdraw(db, message, reason, now)
                return
            values = {"state": OutgoingState.DRAFT, "response": reason}
            db.execute(update(OUTGOING).where(OUTGOING.c.id == message.id).values(**values))
            values = {"filing": Filing.REVIEW, "mode": Mode.DRAFT, "reason": f"its answer was held back: {reason}"}
            held = update(MAIL).where(MAIL.c.id == message.mail_id)
            db.execute(held.values(version=MAIL.c.version + 1, **values))
            facts = {"message": message.message_id, "why": reason}
            append_events(db, message.mailbox, now, [(message.mail_id, "held-back", facts)])

    def wait(self, message: Outgoing, reason: str, until: datetime, now: datetime) -> bool:
        """The door holds the message until then; it has not been tried. True when that is new."""
        with self.database.write() as db:
            before = db.scalar(select(OUTGOING.c.response).where(OUTGOING.c.id == message.id))
            values = {"state": OutgoingState.HELD, "due_at": until, "response": reason}
            row = update(OUTGOING).where(OUTGOING.c.id == message.id)
            db.execute(row.values(attempts=OUTGOING.c.attempts - 1, **values))
            if before != reason:
                facts = {"message": message.message_id, "why": reason}
                append_events(db, message.mailbox, now, [(message.mail_id, str(OutgoingState.HELD), facts)])
        return before != reason

    def left(self, now: datetime) -> tuple[tuple[Left, ...], int]:
        """What went out within the last day (also what may have), and the most within ten minutes of the last 28 days,
        the last hour apart: a burst does not widen its own band."""
        with self.database.read() as db:
            gone = OUTGOING.c.state.in_([OutgoingState.SENT, OutgoingState.IN_DOUBT, OutgoingState.COMMITTING])
            query = select(OUTGOING.c.recipient, OUTGOING.c.thread, OUTGOING.c.traffic, OUTGOING.c.settled_at)
            lately = or_(OUTGOING.c.settled_at > now - DAY, OUTGOING.c.state == OutgoingState.COMMITTING)
            rows = db.execute(query.where(gone, lately)).all()
            span = {"since": text_of(now - BAND_SPAN), "until": text_of(now - LATELY)}
            peak = db.scalar(PEAK, span) or 0
        messages = (Left(row.settled_at or now, row.recipient, row.thread, Traffic(row.traffic)) for row in rows)
        return tuple(messages), int(peak)

    def trip(self, reason: str, now: datetime) -> None:
        """The breaker: nothing leaves any more until a person resumes, also after a restart."""
        with self.database.write() as db:
            if db.scalar(select(META.c.value).where(META.c.key == BREAKER)) is None:
                db.execute(insert(META).values(key=BREAKER, value=f"{reason} (at {now:%Y-%m-%d %H:%M} UTC)"))
        self.breaker = reason

    # --- doubts -------------------------------------------------------------------------------------------------------

    def _doubt(self, db: Connection, message: Outgoing, result: SendResult, now: datetime) -> None:
        """It may have arrived: it is looked for until its term is over."""
        values = {"state": OutgoingState.IN_DOUBT, "settled_at": now, "due_at": now + self.term, "parked": False}
        row = update(OUTGOING).where(OUTGOING.c.id == message.id)
        db.execute(row.values(response=result.response[:500], **values))
        facts = {"message": message.message_id, "response": result.response[:200]}
        append_events(db, message.mailbox, now, [(message.mail_id, str(OutgoingState.IN_DOUBT), facts)])

    def doubts(self) -> tuple[tuple[Outgoing, datetime, str], ...]:
        """Messages in doubt that nobody was told of: each with the end of its term and how it came into doubt."""
        here = and_(OUTGOING.c.state == OutgoingState.IN_DOUBT, OUTGOING.c.parked.is_(False))
        with self.database.read() as db:
            return tuple((_outgoing(row), row.due_at, row.response or "") for row in db.execute(_messages(here)))

    def settle(self, message: Outgoing, how: str, now: datetime) -> None:
        """It is known to have arrived."""
        with self.database.write() as db:
            if _still_doubtful(db, message.id):
                _sent(db, message, SendResult(OutgoingState.SENT, how), now)

    def park(self, message: Outgoing, how: str, now: datetime) -> None:
        """Nobody knows, and a person is told."""
        with self.database.write() as db:
            if _still_doubtful(db, message.id):
                db.execute(update(OUTGOING).where(OUTGOING.c.id == message.id).values(parked=True))
                append_events(db, message.mailbox, now, [(message.mail_id, "parked", {"message": message.message_id})])
                _to_review(db, message, f"{DOUBT_NOTE} ({how[:200]})")

    def send_again(self, message: Outgoing, now: datetime) -> None:
        """The same bytes with the same Message-ID once more."""
        with self.database.write() as db:
            if _still_doubtful(db, message.id):
                values = {"state": OutgoingState.READY, "due_at": now, "created_at": now}
                db.execute(update(OUTGOING).where(OUTGOING.c.id == message.id).values(**values))
                facts = {"message": message.message_id}
                append_events(db, message.mailbox, now, [(message.mail_id, "sent-again", facts)])


def _messages(where: ColumnElement[bool]) -> Any:
    joined = OUTGOING.join(MAIL, MAIL.c.id == OUTGOING.c.mail_id)
    return select(OUTGOING, MAIL.c.mailbox).select_from(joined).where(where).order_by(OUTGOING.c.id)


def _outgoing(row: Any) -> Outgoing:
    return Outgoing(
        row.id,
        row.mail_id,
        row.message_id,
        row.envelope_from,
        row.recipient,
        row.raw,
        row.attempts,
        row.released,
        row.mailbox,
        row.thread,
        Traffic(row.traffic),
        Answering(row.kind),
        row.approved,
    )


def _still_doubtful(db: Connection, outgoing_id: int) -> bool:
    """A person may have been faster."""
    state = db.execute(select(OUTGOING.c.state, OUTGOING.c.parked).where(OUTGOING.c.id == outgoing_id)).first()
    return state is not None and state.state == OutgoingState.IN_DOUBT and not state.parked


def _is(db: Connection, message: Outgoing, state: OutgoingState) -> bool:
    return db.scalar(select(OUTGOING.c.state).where(OUTGOING.c.id == message.id)) == state


def _sent(db: Connection, message: Outgoing, result: SendResult, now: datetime) -> None:
    """What happens with nearly every message, in three statements: it stands between one final dot and the next."""
    if not db.execute(SENT, {"id": message.id, "now": text_of(now), "response": result.response[:500]}).rowcount:
        return  # a commit that was said to have failed had taken effect
    if message.released:
        waited = MAIL.c.state.in_([MailState.HELD, MailState.REVIEW])
        ends = {Answering.ACK: MailState.ACKNOWLEDGED, Answering.REPEAT: MailState.IGNORED}
        if (end := ends.get(message.kind)) is not None:
            # Another order of the mail, or another answer to it, may wait for a person still.
            other = (OUTGOING.c.mail_id == message.mail_id, OUTGOING.c.kind != BRIEF, OUTGOING.c.state.in_(NOT_SENT))
            if db.scalar(select(OUTGOING.c.id).where(*other).limit(1)) is not None:
                end = MailState.HELD
            open_ = select(ORDER.c.mail_id).where(ORDER.c.action.in_([Action.HOLD, Action.REVIEW, Action.ESCALATE]))
            released = update(MAIL).where(MAIL.c.id == message.mail_id, waited, MAIL.c.id.not_in(open_))
            db.execute(released.values(state=end))
    facts = {"message": message.message_id, "response": result.response[:200]}
    if result.uncopied is not None:
        facts["uncopied"] = result.uncopied[:200]
    append_events(db, message.mailbox, now, [(message.mail_id, str(OutgoingState.SENT), facts)])


def _went_wrong(db: Connection, message: Outgoing, result: SendResult, now: datetime) -> None:
    """It failed: a person looks at its mail."""
    values = {"state": result.state, "settled_at": now, "response": result.response[:500]}
    db.execute(update(OUTGOING).where(OUTGOING.c.id == message.id).values(**values))
    facts = {"message": message.message_id, "response": result.response[:200]}
    append_events(db, message.mailbox, now, [(message.mail_id, str(result.state), facts)])
    _to_review(db, message, f"{FAILED_NOTE} ({result.response[:200]})")


def _to_review(db: Connection, message: Outgoing, reason: str) -> None:
    standing.hand_over(db, message.mail_id)
    mail = db.execute(select(MAIL).where(MAIL.c.id == message.mail_id)).one()
    values = {"filing": Filing.REVIEW, "action": Action.REVIEW, "reason": reason, "version": mail.version + 1}
    if mail.state == MailState.HELD:
        values["state"] = MailState.DECIDED  # released and gone wrong: it lies in the review folder, a note is due
    db.execute(update(MAIL).where(MAIL.c.id == mail.id).values(**values))
