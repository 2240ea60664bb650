"""Triage: outgoing messages that wait for a person, and what the person says about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update

from maildaemon.desk import BRIEF, MailState, OutgoingState
from maildaemon.edge import standing
from maildaemon.edge.database import Database
from maildaemon.edge.events import append_events
from maildaemon.edge.outbox import BREAKER
from maildaemon.edge.tables import MAIL, META, OUTGOING

ON_THEIR_WAY = (OutgoingState.READY, OutgoingState.SENDING, OutgoingState.COMMITTING)
PARKED = and_(OUTGOING.c.state == OutgoingState.IN_DOUBT, OUTGOING.c.parked)
WAITING = or_(OUTGOING.c.state.in_([OutgoingState.DRAFT, OutgoingState.HELD]), PARKED)


class Triage:
    """Each writing method is one transaction; False: there is no such message waiting."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def waiting(self) -> Sequence[Any]:
        """What waits for a person (drafts, those in doubt) or for its bound (held): rows of the table outgoing."""
        with self.database.read() as db:
            return db.execute(select(OUTGOING).where(WAITING).order_by(OUTGOING.c.id)).all()

    def on_its_way(self) -> int:
        """How many messages are on their way out."""
        with self.database.read() as db:
            return db.scalar(select(func.count()).select_from(OUTGOING).where(OUTGOING.c.state.in_(ON_THEIR_WAY))) or 0

    def send_again(self, number: int, now: datetime) -> bool:
        """One in doubt has not arrived, says a person: the same bytes with the same Message-ID once more."""
        values = {"state": OutgoingState.READY, "released": True, "due_at": now, "created_at": now, "parked": False}
        return self._change(and_(OUTGOING.c.id == number, PARKED), values, "sent-again", now)

    def arrived(self, number: int, now: datetime) -> bool:
        """One in doubt has arrived, says a person."""
        values = {"state": OutgoingState.SENT, "settled_at": now, "response": "a person says that it arrived"}
        return self._change(and_(OUTGOING.c.id == number, PARKED), values, str(OutgoingState.SENT), now)

    def _change(self, here: Any, values: dict[str, Any], what: str, now: datetime) -> bool:
        with self.database.write() as db:
            row = db.execute(select(OUTGOING).where(here)).first()
            if row is None:
                return False
            db.execute(update(OUTGOING).where(here).values(**values))
            mail = db.execute(select(MAIL).where(MAIL.c.id == row.mail_id)).one()
            done = row.kind != BRIEF and not standing.has_open(db, mail.id)
            if what == OutgoingState.SENT and done and mail.state in {MailState.HELD, MailState.REVIEW}:
                db.execute(update(MAIL).where(MAIL.c.id == mail.id).values(state=MailState.ACKNOWLEDGED))
            facts = {"message": row.message_id, "by": "a person"}
            append_events(db, mail.mailbox, now, [(mail.id, what, facts)])
            return True

    def breaker(self) -> str | None:
        """Why everything is held, or None."""
        with self.database.read() as db:
            return db.scalar(select(META.c.value).where(META.c.key == BREAKER))

    def resume(self, now: datetime) -> bool:
        """End what the breaker began: the held messages are asked for again at once."""
        with self.database.write() as db:
            if not db.execute(delete(META).where(META.c.key == BREAKER)).rowcount:
                return False
            held = update(OUTGOING).where(OUTGOING.c.state == OutgoingState.HELD)
            db.execute(held.values(due_at=now))
            return True
