"""The ledger: what came, what was decided, what was filed. Every writing method is one transaction."""

import secrets
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, func, insert, literal_column, or_, select, update

from maildaemon.desk import (
    BRIEF,
    Answer,
    Arrival,
    Booked,
    Contacted,
    Envelope,
    FolderState,
    Held,
    Late,
    MailState,
    Move,
    Note,
    Outcome,
    OutgoingState,
    Pending,
)
from maildaemon.edge import booking, database, earlier, settling, settling_again, standing, storing
from maildaemon.edge.events import append_events
from maildaemon.edge.profile_modes import ProfileModes
from maildaemon.edge.tables import (
    CONTACT,
    DECISION,
    GROUND,
    MAIL,
    META,
    NOTE,
    ORDER,
    OUTGOING,
    RAW,
    READING,
    SIGHTING,
)
from maildaemon.identity import unfetched
from maildaemon.model import Action, Decision, Filing, History, Known, Mode, OrderSeen, Place, Questions, Reading
from maildaemon.ordered import Status
from maildaemon.stand import Ground

ON_THEIR_WAY = tuple(
    map(str, (OutgoingState.READY, OutgoingState.HELD, OutgoingState.SENDING, OutgoingState.COMMITTING))
)
ENDS = {
    Action.ACKNOWLEDGE: MailState.ACKNOWLEDGED,
    Action.HOLD: MailState.HELD,
    Action.REVIEW: MailState.REVIEW,
    Action.ESCALATE: MailState.REVIEW,
    Action.IGNORE: MailState.IGNORED,
}
RULED = {Filing.REJECTED: MailState.REJECTED, Filing.NOT_AN_ORDER: MailState.NOT_AN_ORDER}
CHUNK = 400
_reading = msgspec.json.Decoder(Reading).decode
_decision = msgspec.json.Decoder(Decision).decode
_known = msgspec.json.Decoder(tuple[Known, ...]).decode
_ground = msgspec.json.Decoder(Ground).decode


# Made once: composing a statement costs more than running it.
TO_SETTLE = (
    select(MAIL, RAW.c.salt)
    .select_from(MAIL.outerjoin(RAW, RAW.c.content == MAIL.c.content))
    .where(MAIL.c.id.in_(bindparam("ids", expanding=True)))
)
# Written out, so that the index of those that are held answers it.
IS_HELD = and_(
    MAIL.c.id.in_(select(ORDER.c.mail_id).where(ORDER.c.action == literal_column(f"'{Action.HOLD}'"))),
    # At an end, whatever became of the mail's other orders: what of it is on its way out comes to its end first.
    MAIL.c.state.concat("").in_([str(MailState.HELD), str(MailState.REVIEW), str(MailState.OBSERVED)]),
)
WAITS = (
    select(MAIL.c.id)
    # No index of all mails of the mailbox is as short: so written, it cannot be taken.
    .where(MAIL.c.mailbox.concat("") == bindparam("mailbox"), IS_HELD)
    .order_by(MAIL.c.id)
)
ANSWERS = (
    select(func.count()).select_from(OUTGOING).where(OUTGOING.c.mail_id == bindparam("id"), OUTGOING.c.kind != BRIEF)
)
HELD = (
    select(
        MAIL,
        READING.c.data,
        GROUND.c.data.label("ground"),
        DECISION.c.data.label("decision"),
        DECISION.c.ruled,
        DECISION.c.known,
    )
    .select_from(
        MAIL.join(READING, READING.c.mail_id == MAIL.c.id)
        .join(DECISION, DECISION.c.mail_id == MAIL.c.id)
        .outerjoin(GROUND, GROUND.c.mail_id == MAIL.c.id)
    )
    .where(MAIL.c.id == bindparam("id"), IS_HELD)
)
IN_DOUBT = OUTGOING.c.state == str(OutgoingState.IN_DOUBT)
WAITING = select(OUTGOING.c.mail_id).where(
    or_(OUTGOING.c.state.in_(ON_THEIR_WAY), and_(IN_DOUBT, OUTGOING.c.parked.is_(False)))
)
WENT_WRONG = or_(OUTGOING.c.state == str(OutgoingState.FAILED), and_(IN_DOUBT, OUTGOING.c.parked))
SEEN = select(SIGHTING).where(SIGHTING.c.mail_id.in_(bindparam("ids", expanding=True))).order_by(SIGHTING.c.id)
TO_FILE = (
    select(
        MAIL,
        NOTE.c.raw,
        NOTE.c.message_id.label("note_id"),
        NOTE.c.appended_at,
        OUTGOING.c.state.label("answer_state"),
        OUTGOING.c.recipient,
        OUTGOING.c.message_id.label("answer_id"),
        OUTGOING.c.raw.label("answer"),
    )
    .select_from(
        MAIL.outerjoin(NOTE, NOTE.c.mail_id == MAIL.c.id).outerjoin(
            OUTGOING, and_(OUTGOING.c.mail_id == MAIL.c.id, WENT_WRONG)
        )
    )
    .where(
        MAIL.c.mailbox == bindparam("mailbox"),
        MAIL.c.state == str(MailState.DECIDED),
        MAIL.c.id.not_in(WAITING),
        MAIL.c.id > bindparam("after"),
    )
    .order_by(MAIL.c.id)
    .limit(CHUNK)
)


class SqlLedger:
    """Implements maildaemon.desk.Ledger on a database file."""

    def __init__(self, path: Path, *, busy_seconds: float = 30) -> None:
        """Opens the file, making it and its tables where they are missing."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.database = database.Database(path, busy_seconds=busy_seconds)
            database.migrate(self.database.engine)
        except Exception as error:
            raise database.LedgerError(f"{path}: the ledger cannot be opened: {_line(error)}") from None
        self.secret = bytes.fromhex(self._meta("secret", secrets.token_hex(32)))

    def close(self) -> None:
        self.database.close()

    def _meta(self, key: str, value: str) -> str:
        with self.database.write() as db:
            found: str | None = db.scalar(select(META.c.value).where(META.c.key == key))
            if found is None:
                db.execute(insert(META).values(key=key, value=value))
            return found or value

    # --- collect ------------------------------------------------------------------------------------------------------

    def contact(
        self, mailbox: str, folder: str, state: FolderState, now: datetime, *, answer_existing: bool
    ) -> Contacted:
        here = and_(CONTACT.c.mailbox == mailbox, CONTACT.c.folder == folder)
        with self.database.read() as db:
            row = db.execute(select(CONTACT).where(here)).first()
        if row is not None:
            return Contacted(row.at, row.uidnext, row.uidvalidity, now=False)
        uidnext = 0 if answer_existing else state.uidnext
        at = datetime.fromtimestamp(0, UTC) if answer_existing else now
        with self.database.write() as db:
            values = {"mailbox": mailbox, "folder": folder, "uidvalidity": state.uidvalidity, "uidnext": uidnext}
            db.execute(insert(CONTACT).values(at=at, **values))
            facts = {"folder": folder, "messages": len(state.uids)}
            append_events(db, mailbox, now, [(None, "first-contact", facts)])
        return Contacted(at, uidnext, state.uidvalidity, now=True)

    def contacted(self, mailbox: str, folder: str) -> datetime | None:
        """When the folder was first met; None: never."""
        with self.database.read() as db:
            here = and_(CONTACT.c.mailbox == mailbox, CONTACT.c.folder == folder)
            return db.scalar(select(CONTACT.c.at).where(here))

    def uids(self, mailbox: str, folder: str, uidvalidity: int, least: int) -> frozenset[int]:
        here = and_(MAIL.c.mailbox == mailbox, MAIL.c.folder == folder, MAIL.c.uidvalidity == uidvalidity)
        with self.database.read() as db:
            return frozenset(db.scalars(select(MAIL.c.uid).where(here, MAIL.c.uid >= least)))

    def list_old(self, places: Sequence[tuple[Place, Envelope]], now: datetime) -> None:
        rows = [
            storing.row_of(place, envelope.size, envelope.internal_date, now, MailState.LISTED)
            for place, envelope in places
        ]
        self._insert_ends(rows, now)

    def vanished(self, places: Sequence[Place], now: datetime) -> None:
        self._insert_ends([storing.row_of(place, 0, None, now, MailState.VANISHED) for place in places], now)

    def _insert_ends(self, rows: list[dict[str, Any]], now: datetime) -> None:
        if not rows:
            return
        with self.database.write() as db:
            ids = db.scalars(insert(MAIL).returning(MAIL.c.id, sort_by_parameter_order=True), rows).all()
            facts = [(i, row["state"], {"uid": row["uid"]}) for i, row in zip(ids, rows, strict=True)]
            append_events(db, rows[0]["mailbox"], now, facts)

    def store(self, arrivals: Sequence[Arrival], now: datetime) -> tuple[Pending, ...]:
        if not arrivals:
            return ()
        packed = storing.pack(arrivals)
        with self.database.write() as db:
            return storing.write(db, arrivals, packed, now)

    def unfinished(self, mailbox: str, now: datetime, at_hand: Collection[int] = ()) -> Iterator[Pending]:
        here = and_(MAIL.c.mailbox == mailbox, MAIL.c.state == MailState.NEW)
        with self.database.read() as db:
            every = db.scalars(select(MAIL.c.id).where(here).order_by(MAIL.c.id)).all()
            ids = [mail_id for mail_id in every if mail_id not in at_hand]
            contacts = storing.contacts(db, mailbox) if ids else {}
        joined = MAIL.outerjoin(RAW, RAW.c.content == MAIL.c.content)
        for mail_id in ids:
            with self.database.write() as db:
                db.execute(update(MAIL).where(MAIL.c.id == mail_id).values(attempts=MAIL.c.attempts + 1))
                row = db.execute(select(MAIL, RAW.c.data).select_from(joined).where(MAIL.c.id == mail_id)).one()
                answers = db.scalar(ANSWERS, {"id": mail_id}) or 0
                append_events(db, mailbox, now, [(mail_id, "tried-again", {"attempt": row.attempts})])
            yield Pending(
                row.id,
                _place(row),
                zlib.decompress(row.data) if row.data is not None else None,
                _content(row),
                row.received_at,
                row.attempts,
                row.size,
                row.twin,
                storing.is_old(row.folder, row.internal_date, contacts),
                answers=answers,
                version=row.version,
            )

    def count(self, mail_ids: Sequence[int]) -> None:
        if mail_ids:
            with self.database.write() as db:
                here = and_(MAIL.c.id.in_(mail_ids), MAIL.c.state == MailState.NEW)
                db.execute(update(MAIL).where(here).values(attempts=MAIL.c.attempts + 1))

    def give_back(self, mail_id: int) -> None:
        with self.database.write() as db:
            counted = and_(MAIL.c.id == mail_id, MAIL.c.state == MailState.NEW, MAIL.c.attempts > 0)
            db.execute(update(MAIL).where(counted).values(attempts=MAIL.c.attempts - 1))

    # --- look up ------------------------------------------------------------------------------------------------------

    def held(self, mailbox: str) -> tuple[int, ...]:
        with self.database.read() as db:
            return tuple(db.scalars(WAITS, {"mailbox": mailbox}))

    def held_mail(self, mail_id: int) -> Held | None:
        with self.database.read() as db:
            row = db.execute(HELD, {"id": mail_id}).first()
            contacts = storing.contacts(db, row.mailbox) if row is not None else {}
            answers = db.scalar(ANSWERS, {"id": mail_id}) or 0
        if row is None:
            return None
        decided = _decision(zlib.decompress(row.decision))
        stands = _decision(zlib.decompress(row.ruled)) if row.ruled is not None else decided
        pending = Pending(
            row.id,
            _place(row),
            None,
            _content(row),
            row.received_at,
            row.attempts,
            row.size,
            row.twin,
            storing.is_old(row.folder, row.internal_date, contacts),
            Mode(row.mode),
            _ground(zlib.decompress(row.ground)).signatures if row.ground is not None else (),
            answers,
            row.version,
        )
        known = _known(zlib.decompress(row.known))
        gates = decided if row.ruled is not None else None
        return Held(pending, _reading(zlib.decompress(row.data)), stands, known, gates)

    def orders_seen(
        self, questions: Sequence[Questions], mail_id: int | None = None
    ) -> tuple[tuple[OrderSeen, ...], int]:
        with self.database.read() as db:
            mark = db.scalar(select(func.max(ORDER.c.id))) or 0
            return earlier.orders_seen(db, questions, mark, mail_id), mark

    def said_since(self, questions: Sequence[Questions], mail_id: int) -> tuple[tuple[str, ...], ...]:
        with self.database.read() as db:
            return earlier.said_since(db, questions, mail_id)

    def booked(self, since: Mapping[str, datetime], day: date, mail_id: int) -> Booked:
        with self.database.read() as db:
            return booking.booked(db, since, day, mail_id)

    def profile_modes(self) -> dict[str, Mode]:
        return ProfileModes(self.database).modes()

    def history(self, customers: Sequence[str], skus: Sequence[str], *, count: bool) -> tuple[History, ...]:
        with self.database.read() as db:
            return booking.history(db, customers, skus, count=count)

    def answers(self, message_ids: Sequence[str]) -> tuple[Answer, ...]:
        if not message_ids:
            return ()
        with self.database.read() as db:
            gone = OUTGOING.c.state.in_([OutgoingState.SENT, OutgoingState.IN_DOUBT, OutgoingState.COMMITTING])
            columns = (OUTGOING.c.message_id, OUTGOING.c.recipient, OUTGOING.c.subject)
            rows = db.execute(select(*columns).where(OUTGOING.c.message_id.in_(message_ids), gone))
            return tuple(Answer(row.message_id, row.recipient, row.subject) for row in rows)

    # --- decide -------------------------------------------------------------------------------------------------------

    def settle(self, outcomes: Sequence[Outcome], mark: int, now: datetime) -> tuple[int, ...]:
        if not outcomes:
            return ()
        packed = [settling.pack(outcome) for outcome in outcomes]
        with self.database.write() as db:
            stale = settling.stale(db, outcomes, mark)
            kept = [pack for pack in packed if pack.outcome.mail_id not in stale]
            if kept:
                rows = {row.id: row for row in db.execute(TO_SETTLE, {"ids": [p.outcome.mail_id for p in kept]})}
                settling.write(db, [(pack, rows[pack.outcome.mail_id]) for pack in kept], now)
        return tuple(stale)

    def settle_held(self, outcome: Outcome, mark: int, now: datetime) -> bool:
        packed = settling.pack(outcome)
        with self.database.write() as db:
            waits = db.execute(HELD, {"id": outcome.mail_id}).first()
            again = outcome.again
            # Who has decided meanwhile was faster.
            if waits is None or again is None or waits.version != again.version:
                return False
            if settling.stale(db, [outcome], mark):
                return False
            row = db.execute(TO_SETTLE, {"ids": [outcome.mail_id]}).one()
            settling_again.write(db, packed, again, row, now)
            return True

    def supersede(self, order_id: int, by: int, now: datetime) -> bool:
        """See standing.end, which a transaction that does more calls itself."""
        with self.database.write() as db:
            return standing.end(db, order_id, by, Status.SUPERSEDED, now)

    def cancel(self, order_id: int, by: int, now: datetime) -> bool:
        """See standing.end: an approved cancellation."""
        with self.database.write() as db:
            return standing.end(db, order_id, by, Status.CANCELLED, now)

    # --- file ---------------------------------------------------------------------------------------------------------

    def moves(self, mailbox: str, after: int = 0) -> tuple[Move, ...]:
        with self.database.read() as db:
            rows = db.execute(TO_FILE, {"mailbox": mailbox, "after": after}).all()
            lies: dict[int, list[Place]] = {}
            if filed := [row.id for row in rows if row.filed_at is not None]:
                for each in db.execute(SEEN, {"ids": filed}):
                    lies.setdefault(each.mail_id, []).append(_place(each))
            return tuple(_move(row, tuple(lies.get(row.id, ()))) for row in rows)

    def noted(self, mail_id: int, message_id: str, now: datetime) -> None:
        with self.database.write() as db:
            here = and_(NOTE.c.mail_id == mail_id, NOTE.c.message_id == message_id)
            db.execute(update(NOTE).where(here).values(appended_at=now))

    def moved(self, moves: Sequence[Move], now: datetime) -> None:
        if not moves:
            return
        versions = {move.mail_id: move.version for move in moves}
        with self.database.write() as db:
            columns = (MAIL.c.id, MAIL.c.action, MAIL.c.mode, MAIL.c.filing, MAIL.c.version)
            rows = db.execute(select(*columns).where(MAIL.c.id.in_(versions))).all()
            # What was decided otherwise meanwhile is not at its end: it is filed once more.
            rows = [row for row in rows if row.version == versions[row.id]]
            unsent: set[int] = set()
            if drafted := [row.id for row in rows if row.mode == Mode.DRAFT]:
                waits = select(OUTGOING.c.mail_id).where(
                    OUTGOING.c.mail_id.in_(drafted),
                    OUTGOING.c.state.not_in([OutgoingState.SENT, OutgoingState.WITHDRAWN]),
                )
                unsent.update(db.scalars(waits))
            ends = {row.id: _end(Action(row.action), row.filing, row.id in unsent) for row in rows}
            for end in set(ends.values()):
                those = [i for i in ends if ends[i] is end]
                db.execute(update(MAIL).where(MAIL.c.id.in_(those)).values(state=end, filed_at=now))
            facts = [(move.mail_id, "filed", {"to": move.filing}) for move in moves if move.mail_id in ends]
            append_events(db, moves[0].place.mailbox, now, facts)


def _end(action: Action, filing: str | None, unsent: bool) -> MailState:
    if filing in RULED:
        return RULED[Filing(filing)]
    if action in {Action.ACKNOWLEDGE, Action.IGNORE} and unsent:
        return MailState.HELD  # until a person releases the answer
    return ENDS[action]


def _content(row: Any) -> str:
    """What identifies the mail; one that was never fetched is identified by its place."""
    return row.content or unfetched(_place(row))


def _move(row: Any, lies: tuple[Place, ...]) -> Move:
    filing = Filing(row.filing)
    note = Note(row.note_id, row.raw) if row.raw is not None and row.appended_at is None else None
    late: Late | None = None
    if row.answer_state is not None:
        doubtful = row.answer_state == OutgoingState.IN_DOUBT
        late = Late(row.reason or "", doubtful, row.recipient, row.answer_id, row.answer)
    return Move(
        row.id,
        _place(row),
        filing,
        note,
        late,
        _content(row),
        row.sender,
        row.subject,
        row.message_id,
        row.version,
        row.filed_at is not None,
        lies,
    )


def _place(row: Any) -> Place:
    return Place(row.mailbox, row.folder, row.uidvalidity, row.uid)


def _line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
