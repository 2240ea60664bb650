"""A restored ledger: a backup that was put in place, and what is written down while it is reconciled."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from maildaemon.desk import BRIEF, Answering, MailState, OutgoingState
from maildaemon.edge import standing
from maildaemon.edge.backup import COPIED_AT
from maildaemon.edge.database import Database, text_of
from maildaemon.edge.events import append_events
from maildaemon.edge.tables import EVENT, MAIL, META, NOTE, ORDER, OUTGOING
from maildaemon.model import Action, Filing, Mode
from maildaemon.reconcile import Mark, Proof, Waiting, full_mark

OPENED = "copy_opened"
"""The row in the table meta that says: this copy was put in place, and its answers were taken back."""
ON_THEIR_WAY = (OutgoingState.READY, OutgoingState.SENDING, OutgoingState.HELD)
UNSETTLED = (OutgoingState.DRAFT, OutgoingState.IN_DOUBT)
TAKEN_BACK = "the ledger was restored: it may have gone out since the backup was made"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer out of the archive, to a mail that was taken in: its bytes as they lie there."""

    mail_id: int
    message_id: str
    recipient: str
    subject: str
    raw: bytes
    at: datetime
    kind: Answering = Answering.ACK


class Restored:
    """Each writing method is one transaction. Nothing here sends or moves anything."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def copied_at(self) -> datetime | None:
        """When the copy was made that is this ledger; None: it is an original, or reconciled."""
        with self.database.read() as db:
            return copied_at(db)

    def open(self, now: datetime) -> int:
        """At the first opening of a copy: what was on its way out in it may have gone out since, so it is a draft, for
        a person or for what is found out. Returns how many there were."""
        with self.database.write() as db:
            at = copied_at(db)
            if at is None or db.scalar(select(META.c.value).where(META.c.key == OPENED)) is not None:
                return 0
            db.execute(insert(META).values(key=OPENED, value=now.isoformat()))
            joined = OUTGOING.join(MAIL, MAIL.c.id == OUTGOING.c.mail_id)
            columns = (OUTGOING.c.id, OUTGOING.c.mail_id, OUTGOING.c.message_id, MAIL.c.mailbox, MAIL.c.state)
            rows = db.execute(select(*columns).select_from(joined).where(OUTGOING.c.state.in_(ON_THEIR_WAY))).all()
            facts = {"copy": at.isoformat()}
            for mailbox in db.scalars(select(EVENT.c.mailbox).distinct().order_by(EVENT.c.mailbox)).all():
                append_events(db, mailbox, now, [(None, "restored", facts)])
            for row in rows:
                _take_back(db, row, now)
            _hand_over(db, now)
            return len(rows)

    def mark(self, at: datetime) -> None:
        """The ledger is a copy, though ``backup`` has not made it."""
        with self.database.write() as db:
            db.execute(insert(META).values(key=COPIED_AT, value=text_of(at)))

    def arrived(self) -> frozenset[str]:
        """The Message-IDs of the answers that the ledger knows to have arrived, or that may have."""
        with self.database.read() as db:
            gone = OUTGOING.c.state.in_([OutgoingState.SENT, OutgoingState.IN_DOUBT, OutgoingState.COMMITTING])
            return frozenset(db.scalars(select(OUTGOING.c.message_id).where(gone)))

    def waiting(self) -> tuple[Waiting, ...]:
        """The answers of which it is not known whether they have gone out."""
        joined = OUTGOING.join(MAIL, MAIL.c.id == OUTGOING.c.mail_id)
        columns = (OUTGOING.c.id, OUTGOING.c.message_id, MAIL.c.mailbox, MAIL.c.message_id.label("mail"))
        query = select(*columns, MAIL.c.size, MAIL.c.internal_date).select_from(joined)
        with self.database.read() as db:
            rows = db.execute(query.where(OUTGOING.c.state.in_(UNSETTLED)).order_by(OUTGOING.c.id)).all()
        marks = [full_mark(row.mail, row.size, row.internal_date) for row in rows]
        return tuple(Waiting(row.id, row.mailbox, row.message_id, own) for row, own in zip(rows, marks, strict=True))

    def known(self, mailbox: str) -> tuple[frozenset[Mark], frozenset[tuple[str, int, int]]]:
        """The mailbox's mails: by their marks (see reconcile.full_mark), and by folder, UIDVALIDITY and UID."""
        columns = (MAIL.c.message_id, MAIL.c.size, MAIL.c.internal_date, MAIL.c.folder, MAIL.c.uidvalidity, MAIL.c.uid)
        with self.database.read() as db:
            rows = db.execute(select(*columns).where(MAIL.c.mailbox == mailbox)).all()
        marks = (full_mark(r.message_id, r.size, r.internal_date) for r in rows)
        return frozenset(marks), frozenset((r.folder, r.uidvalidity, r.uid) for r in rows)

    def settle(self, found: Sequence[Proof], now: datetime) -> None:
        """These answers have gone out, and their mails are acknowledged."""
        with self.database.write() as db:
            for proof in found:
                joined = OUTGOING.join(MAIL, MAIL.c.id == OUTGOING.c.mail_id)
                answer = (OUTGOING.c.mail_id, OUTGOING.c.message_id, OUTGOING.c.kind)
                here = (OUTGOING.c.id == proof.id, OUTGOING.c.state.in_(UNSETTLED))
                columns = (*answer, MAIL.c.mailbox, MAIL.c.state, MAIL.c.action)
                row = db.execute(select(*columns).select_from(joined).where(*here)).first()
                if row is None:
                    continue
                values = {"state": OutgoingState.SENT, "settled_at": now, "response": proof.how, "parked": False}
                db.execute(update(OUTGOING).where(OUTGOING.c.id == proof.id).values(**values))
                facts = {"message": row.message_id, "how": proof.how}
                append_events(db, row.mailbox, now, [(row.mail_id, "settled", facts)])
                if row.kind != BRIEF:
                    _acknowledged(db, row)

    def taken_in(self, mailbox: str, folder: str, filing: Filing, state: MailState, now: datetime) -> int:
        """What was stored and looked at out of a folder in which handled mails lie was handled after the copy was made.
        Returns how many they are."""
        here = (MAIL.c.mailbox == mailbox, MAIL.c.folder == folder, MAIL.c.state == MailState.OBSERVED)
        with self.database.write() as db:
            ids = db.scalars(select(MAIL.c.id).where(*here).order_by(MAIL.c.id)).all()
            db.execute(update(MAIL).where(*here).values(state=state, filing=filing, filed_at=now))
            for mail_id in ids:
                facts = [(mail_id, "taken-in", {}), (mail_id, "filed", {"to": filing, "by": "reconcile"})]
                append_events(db, mailbox, now, facts)
            return len(ids)

    def unanswered(self) -> tuple[tuple[int, str], ...]:
        """The mails without an answer of ours in the ledger: id and content."""
        answered = select(OUTGOING.c.mail_id).where(OUTGOING.c.kind != BRIEF)
        here = (MAIL.c.content.is_not(None), MAIL.c.state != MailState.KNOWN, MAIL.c.id.not_in(answered))
        with self.database.read() as db:
            return tuple((row.id, row.content) for row in db.execute(select(MAIL.c.id, MAIL.c.content).where(*here)))

    def undecided(self, mailbox: str) -> int:
        with self.database.read() as db:
            here = (MAIL.c.mailbox == mailbox, MAIL.c.state == MailState.NEW)
            return db.scalar(select(func.count()).select_from(MAIL).where(*here)) or 0

    def answered(self, answer: Answered, now: datetime) -> None:
        """The acknowledgement of a mail that was taken in, as it lies in the archive."""
        with self.database.write() as db:
            row = db.execute(select(MAIL.c.mailbox, MAIL.c.content).where(MAIL.c.id == answer.mail_id)).one()
            numbers = select(ORDER.c.number).where(ORDER.c.mail_id == answer.mail_id).order_by(ORDER.c.number)
            values: dict[str, Any] = {
                "mail_id": answer.mail_id,
                "kind": answer.kind,
                "seq": 0,
                "message_id": answer.message_id,
                "envelope_from": "",
                "recipient": answer.recipient,
                "subject": answer.subject,
                "raw": answer.raw,
                "state": OutgoingState.SENT,
                "created_at": answer.at,
                "due_at": answer.at,
                "settled_at": answer.at,
                "response": "found in the archive",
                "thread": row.content or "",
                "orders": json.dumps(db.scalars(numbers).all()),
            }
            db.execute(insert(OUTGOING).values(**values))
            # Which of its orders it speaks of, nobody knows any more: no order of it is answered without a person.
            standing.hand_over(db, answer.mail_id)
            waits = (MAIL.c.id == answer.mail_id, MAIL.c.action == Action.HOLD, MAIL.c.state == MailState.HELD)
            db.execute(update(MAIL).where(*waits).values(state=MailState.ACKNOWLEDGED))
            facts = {"message": answer.message_id, "how": "found in the archive"}
            append_events(db, row.mailbox, now, [(answer.mail_id, "settled", facts)])

    def clear(self, now: datetime) -> None:
        """The ledger is reconciled: it counts as an original again."""
        with self.database.write() as db:
            at = copied_at(db)
            db.execute(delete(META).where(META.c.key.in_([COPIED_AT, OPENED])))
            facts = {"copy": at.isoformat() if at is not None else None}
            for mailbox in db.scalars(select(EVENT.c.mailbox).distinct().order_by(EVENT.c.mailbox)).all():
                append_events(db, mailbox, now, [(None, "reconciled", facts)])


def copied_at(db: Connection) -> datetime | None:
    """When the copy was made; None: it is none."""
    value = db.scalar(select(META.c.value).where(META.c.key == COPIED_AT))
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if value is not None else None


def _take_back(db: Connection, row: Any, now: datetime) -> None:
    values: dict[str, Any] = {"state": OutgoingState.DRAFT, "released": False, "response": TAKEN_BACK}
    db.execute(update(OUTGOING).where(OUTGOING.c.id == row.id).values(**values))
    mail = MAIL.c.id == row.mail_id
    if row.state == MailState.DECIDED:
        values = {"filing": Filing.REVIEW, "mode": Mode.DRAFT, "reason": f"its answer was held back: {TAKEN_BACK}"}
        db.execute(update(MAIL).where(mail).values(version=MAIL.c.version + 1, **values))
    facts = {"message": row.message_id, "why": TAKEN_BACK}
    append_events(db, row.mailbox, now, [(row.mail_id, "held-back", facts)])


def _hand_over(db: Connection, now: datetime) -> None:
    """What waited in the copy may have been decided and answered since: a person looks at it."""
    waits = select(ORDER.c.mail_id).where(ORDER.c.action == Action.HOLD)
    here = (MAIL.c.id.in_(waits), MAIL.c.state.in_([MailState.HELD, MailState.DECIDED, MailState.REVIEW]))
    rows = db.execute(select(MAIL).where(*here).order_by(MAIL.c.id)).all()
    reason = "it waited when the backup was made that the ledger was restored from; it may have been answered since"
    for row in rows:
        standing.hand_over(db, row.id)
        if row.action == Action.HOLD:
            values = {"state": MailState.DECIDED, "action": Action.REVIEW, "filing": Filing.REVIEW, "reason": reason}
            db.execute(update(MAIL).where(MAIL.c.id == row.id).values(**values))
        append_events(db, row.mailbox, now, [(row.id, "held-back", {"why": TAKEN_BACK})])


def _acknowledged(db: Connection, row: Any) -> None:
    """A mail with an order that a person must look at goes to that person all the same."""
    mail = MAIL.c.id == row.mail_id
    if row.state in {MailState.HELD, MailState.REVIEW} and not standing.has_open(db, row.mail_id):
        db.execute(update(MAIL).where(mail).values(state=MailState.ACKNOWLEDGED))
    elif row.state == MailState.DECIDED and row.action in {Action.ACKNOWLEDGE, Action.IGNORE}:
        db.execute(update(MAIL).where(mail).values(filing=Filing.PROCESSED, mode=Mode.AUTO))
        # What was to say that a person is to release it.
        db.execute(delete(NOTE).where(NOTE.c.mail_id == row.mail_id, NOTE.c.appended_at.is_(None)))
