"""Rulings in the ledger: the mails that wait as they stand, and what a person says of them, in one transaction."""

import json
import zlib
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from maildaemon.chain import salted
from maildaemon.desk import BRIEF, MailState, OutgoingState
from maildaemon.edge import booking, profile_modes, settling, standing
from maildaemon.edge.database import Database
from maildaemon.edge.events import append_events
from maildaemon.edge.sightings import row_of
from maildaemon.edge.tables import DECISION, GROUND, MAIL, NOTE, ORDER, OUTGOING, RAW, READING, RULING, SIGHTING
from maildaemon.identity import po_key
from maildaemon.looking import Sighting
from maildaemon.model import Action, Decision, Filing, Kind, Known, Mode, OrderDecision, Place, Reading
from maildaemon.ordered import Sameness, Status
from maildaemon.word import Case, Late, Ruling, Said, What, Written

WAITS = (OutgoingState.DRAFT, OutgoingState.HELD)
TAKEN_BACK = (*WAITS, OutgoingState.FAILED)
REPLACES = {Sameness.REVISION: Status.SUPERSEDED, Sameness.CANCELLATION: Status.CANCELLED}
ENDED = (Status.SUPERSEDED, Status.CANCELLED)
_decision = msgspec.json.Decoder(Decision).decode
_reading = msgspec.json.Decoder(Reading).decode
_known = msgspec.json.Decoder(tuple[Known, ...]).decode
CASES = select(
    MAIL,
    DECISION.c.data.label("decision"),
    DECISION.c.ruled,
    DECISION.c.known,
    READING.c.data.label("reading"),
).select_from(
    MAIL.outerjoin(DECISION, DECISION.c.mail_id == MAIL.c.id).outerjoin(READING, READING.c.mail_id == MAIL.c.id)
)


class Rulings:
    """Implements maildaemon.word.Cases."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def case(self, mail_id: int) -> Case | None:
        with self.database.read() as db:
            row = db.execute(CASES.where(MAIL.c.id == mail_id)).first()
            return _case(db, row) if row is not None else None

    def waiting(self, mailbox: str | None = None) -> tuple[Case, ...]:
        stopped = MAIL.c.filing.in_([Filing.REVIEW, Filing.ESCALATED])
        held = select(OUTGOING.c.mail_id).where(OUTGOING.c.state.in_(WAITS))
        query = CASES.where(
            or_(
                MAIL.c.state.in_([MailState.REVIEW, MailState.HELD]),
                (MAIL.c.state == MailState.DECIDED) & or_(stopped, MAIL.c.id.in_(held)),
            )
        )
        if mailbox is not None:
            query = query.where(MAIL.c.mailbox == mailbox)
        with self.database.read() as db:
            return tuple(_case(db, row) for row in db.execute(query.order_by(MAIL.c.id)).all())

    def mail_of(self, answer: int) -> int | None:
        """The mail that an answer of this number answers."""
        with self.database.read() as db:
            return db.scalar(select(OUTGOING.c.mail_id).where(OUTGOING.c.id == answer))

    def source(self, mail_id: int) -> bytes | None:
        """The mail's bytes as they came; None: nobody has them."""
        with self.database.read() as db:
            joined = MAIL.join(RAW, RAW.c.content == MAIL.c.content)
            data = db.scalar(select(RAW.c.data).select_from(joined).where(MAIL.c.id == mail_id))
            return zlib.decompress(data) if data is not None else None

    def rule(self, ruling: Ruling, mark: int, now: datetime) -> Late | None:
        with self.database.write() as db:
            return write(db, ruling, mark, now)


def write(db: Connection, ruling: Ruling, mark: int, now: datetime) -> Late | None:
    """All of it, or nothing."""
    joined = MAIL.outerjoin(RAW, RAW.c.content == MAIL.c.content)
    found = db.execute(select(MAIL, RAW.c.salt).select_from(joined).where(MAIL.c.id == ruling.word.mail_id)).one()
    if ruling.refused is not None and not ruling.shown and ruling.filing is None:
        _record(db, ruling, found, now, {})
        return None
    if found.version != ruling.version:
        return Late.DECIDED
    if _is_stale(db, ruling, mark):
        return Late.STALE
    facts: dict[str, Any] = {}
    before: bytes | None = None
    drafted = _is_drafted(db, found.id)
    if ruling.refused is None:
        _answers(db, ruling, found, now, facts)
    if ruling.word.what is What.REREAD and ruling.refused is None:
        before = _again(db, found, ruling.word.seen, now)
    else:
        _decided(db, ruling, found, now, facts)
    _record(db, ruling, found, now, facts, drafted=drafted, before=before)
    return None


def _is_stale(db: Connection, ruling: Ruling, mark: int) -> bool:
    """An equal order, or one that takes of the same articles, was stored after the look-up; or an answer has gone on
    since the mail was looked at."""
    for ids, states in ((ruling.withdrawn, TAKEN_BACK), (ruling.released, WAITS)):
        if ids:
            there = select(OUTGOING.c.id).where(OUTGOING.c.id.in_(ids), OUTGOING.c.state.in_(states))
            if len(db.scalars(there).all()) != len(ids):
                return True
    if not ruling.fresh or ruling.decision is None:
        return False
    columns = (ORDER.c.digest, ORDER.c.po_key)
    newer = db.execute(select(*columns).where(ORDER.c.id > mark, ORDER.c.mail_id != ruling.word.mail_id)).all()
    digests, keys = {row.digest for row in newer}, {row.po_key for row in newer if row.po_key}
    for place in ruling.fresh:
        question = ruling.questions[place]
        if question.digest in digests or (question.po_number and po_key(question.po_number) in keys):
            return True
    taken = booking.taken_since(db, mark) if newer else frozenset()
    return bool(taken & booking.articles(ruling.decision.orders[place] for place in ruling.fresh))


def _answers(db: Connection, ruling: Ruling, row: Any, now: datetime, facts: dict[str, Any]) -> None:
    """What is taken back, what is let out, and what is written anew."""
    word = ruling.word
    if ruling.withdrawn:
        here = update(OUTGOING).where(OUTGOING.c.id.in_(ruling.withdrawn))
        why = f"taken back by {word.actor}"[:500]
        db.execute(here.values(state=OutgoingState.WITHDRAWN, settled_at=now, response=why))
        _tell_of(db, row, ruling.withdrawn, OutgoingState.WITHDRAWN, {"why": why}, now)
    if ruling.released:
        here = update(OUTGOING).where(OUTGOING.c.id.in_(ruling.released))
        # Its deadline runs from now on: it may have waited for its release for days.
        values: dict[str, Any] = {"state": OutgoingState.READY, "due_at": now, "created_at": now, "released": True}
        db.execute(here.values(**values))
        _tell_of(db, row, ruling.released, "released", {"by": word.actor}, now)
    if ruling.reply is not None:
        data = db.scalar(select(READING.c.data).where(READING.c.mail_id == row.id))
        reading = _reading(zlib.decompress(data)) if data is not None else None
        settling.put_out_approved(db, row, reading, ruling.reply, ruling.traffic, now, ruling.fresh)
        facts["answer"] = salted(row.salt or b"", ruling.reply.raw)


def _tell_of(
    db: Connection, row: Any, answers: tuple[int, ...], what: str, facts: dict[str, Any], now: datetime
) -> None:
    query = select(OUTGOING.c.message_id).where(OUTGOING.c.id.in_(answers)).order_by(OUTGOING.c.id)
    said = [(row.id, str(what), {"message": name, **facts}) for name in db.scalars(query)]
    append_events(db, row.mailbox, now, said)


def _decided(db: Connection, ruling: Ruling, row: Any, now: datetime, facts: dict[str, Any]) -> None:
    """The decision as it stands now, its orders and what they take, the note, and where the mail goes."""
    values: dict[str, Any] = {"version": MAIL.c.version + 1}
    if ruling.decision is not None:
        body = settling.encode(ruling.decision)
        facts["decision"] = salted(row.salt or b"", body)
        db.execute(update(DECISION).where(DECISION.c.mail_id == row.id).values(ruled=zlib.compress(body, 1)))
        if ruling.refused is None:
            _orders(db, ruling, row, now, facts)
            values |= {"action": ruling.decision.action, "reason": ruling.decision.reason[:1000]}
    if ruling.note is not None:
        db.execute(delete(NOTE).where(NOTE.c.mail_id == row.id))
        note = {"message_id": ruling.note.message_id, "raw": ruling.note.raw, "appended_at": None}
        db.execute(insert(NOTE).values(mail_id=row.id, **note))
    if ruling.filing is not None:
        # The time from which it is on its way to where it belongs.
        values |= {"state": MailState.DECIDED, "filing": ruling.filing, "decided_at": now}
        if ruling.refused is None and ruling.note is None:
            # What was still to be said of it is settled.
            db.execute(delete(NOTE).where(NOTE.c.mail_id == row.id, NOTE.c.appended_at.is_(None)))
    db.execute(update(MAIL).where(MAIL.c.id == row.id).values(**values))


def _orders(db: Connection, ruling: Ruling, row: Any, now: datetime, facts: dict[str, Any]) -> None:
    """A freshly acknowledged order gets a new number: to a look-up made before it is a new order."""
    decision = ruling.decision
    if decision is None:
        return
    ids = {each.number: each.id for each in db.execute(select(ORDER).where(ORDER.c.mail_id == row.id))}
    for place, decided in enumerate(decision.orders):
        here = update(ORDER).where(ORDER.c.id == ids.get(place))
        if place not in ruling.fresh:
            if decided.action is not Action.HOLD:  # one that waits may be in a person's hands all the same
                db.execute(here.values(action=decided.action))
            if decided.action is not Action.ACKNOWLEDGE:
                booking.give_back(db, ids.get(place))
                if not decided.is_open:
                    _leaves_standing(db, decided)
            continue
        booking.give_back(db, ids.get(place))
        number = booking.next_order(db)
        columns = settling.columns_of(decided, ruling.questions[place])
        if place in ids:
            db.execute(here.values(id=number, **columns))
            db.execute(update(ORDER).where(ORDER.c.changed_by == ids[place]).values(changed_by=number))
        else:
            more = {"mail_id": row.id, "number": place, "received_at": row.received_at}
            db.execute(insert(ORDER).values(id=number, **more, **columns))
        if decision.kind is not Kind.CANCELLATION:
            booking.take(db, number, decided, now)
        _replaces(db, decided, number, now)
    if ruling.fresh:
        facts["orders"] = [decision.orders[place].reference for place in ruling.fresh]


def _replaces(db: Connection, decided: OrderDecision, number: int, now: datetime) -> None:
    """An approved change takes the place of the order that it changes, an approved cancellation ends it."""
    status = REPLACES.get(decided.order.relation.how) if decided.order.relation is not None else None
    if status is not None and (earlier := _earlier(db, decided)) is not None:
        standing.end(db, earlier, number, status, now)


def _leaves_standing(db: Connection, decided: OrderDecision) -> None:
    """What a rejected change or cancellation has questioned counts as before."""
    relation = decided.order.relation
    earlier = _earlier(db, decided)
    if relation is not None and relation.how in REPLACES and earlier is not None:
        standing.stand(db, earlier, decided.reference)


def _earlier(db: Connection, decided: OrderDecision) -> int | None:
    relation = decided.order.relation
    return db.scalar(select(ORDER.c.id).where(ORDER.c.reference == relation.reference)) if relation else None


def _again(db: Connection, row: Any, place: Place | None, now: datetime) -> bytes | None:
    """What was read and decided is no more, and the mail is as if it had just come; ``place``: where it was laid for
    that. Returns the decision that was."""
    kept = db.execute(select(DECISION.c.data, DECISION.c.ruled).where(DECISION.c.mail_id == row.id)).first()
    booking.forget(db, row.id)
    for table in (DECISION, READING, GROUND, NOTE):
        db.execute(delete(table).where(table.c.mail_id == row.id))
    values: dict[str, Any] = {
        "state": MailState.NEW,
        "attempts": 0,
        "action": None,
        "filing": None,
        "reason": None,
        "version": MAIL.c.version + 1,
    }
    db.execute(update(MAIL).where(MAIL.c.id == row.id).values(**values))
    if place is not None:
        _lies_at(db, row, place, now)
    return (kept.ruled or kept.data) if kept is not None else None


def _lies_at(db: Connection, row: Any, place: Place, now: datetime) -> None:
    """The mail goes on from there. The row that says that it was met there takes its old place instead."""
    columns = (MAIL.c.mailbox, MAIL.c.folder, MAIL.c.uidvalidity, MAIL.c.uid)
    here = and_(*(column == value for column, value in zip(columns, _key(place), strict=True)))
    other = db.execute(select(MAIL).where(here)).first()
    old = {"folder": row.folder, "uidvalidity": row.uidvalidity, "uid": row.uid}
    new = {"folder": place.folder, "uidvalidity": place.uidvalidity, "uid": place.uid}
    if other is not None:
        db.execute(update(MAIL).where(MAIL.c.id == other.id).values(uid=-other.id))
    db.execute(update(MAIL).where(MAIL.c.id == row.id).values(**new, filed_at=None))
    facts: list[tuple[int | None, str, dict[str, Any]]] = [(row.id, "found-again", {"uid": place.uid})]
    if other is not None:
        db.execute(update(MAIL).where(MAIL.c.id == other.id).values(**old))
        facts.append((other.id, "found-again", {"uid": row.uid}))
    append_events(db, row.mailbox, now, facts)


def _key(place: Place) -> tuple[object, ...]:
    return place.mailbox, place.folder, place.uidvalidity, place.uid


def _record(
    db: Connection,
    ruling: Ruling,
    row: Any,
    now: datetime,
    facts: dict[str, Any],
    *,
    drafted: bool = False,
    before: bytes | None = None,
) -> None:
    word = ruling.word
    values = {
        "mail_id": row.id,
        "version": ruling.version,
        "what": word.what,
        "actor": word.actor,
        "via": word.via,
        "reason": word.reason,
        "at": now,
        "changed": json.dumps(ruling.changed),
        "refused": ruling.refused,
        "profile": row.profile,
        "drafted": drafted,
        "before": before,
        "orders": json.dumps(word.orders) if word.orders is not None else None,
    }
    db.execute(insert(RULING).values(**values))
    if word.seen is not None:
        # A mail that is read again lies in its folder like any new one.
        own = None if word.what is What.REREAD else row.id
        version = db.scalar(select(MAIL.c.version).where(MAIL.c.id == row.id)) or 0
        db.execute(insert(SIGHTING).values(**row_of(Sighting(word.seen, own, version, word.note), now)))
    said = {"what": word.what, "by": word.actor, "via": word.via, "version": ruling.version}
    if word.orders is not None:
        said["about"] = [place + 1 for place in word.orders]
    if ruling.refused is not None:
        said["refused"] = True
    append_events(db, row.mailbox, now, [(row.id, "ruled", {**said, **facts})])
    if ruling.testimony is not None:
        profile_modes.testify(db, row, ruling.testimony, word.what, word.actor, word.reason, now)


def _is_drafted(db: Connection, mail_id: int) -> bool:
    own = and_(OUTGOING.c.mail_id == mail_id, OUTGOING.c.kind != BRIEF)
    here = select(OUTGOING.c.id).where(own, OUTGOING.c.state.in_(WAITS))
    return db.scalar(here.limit(1)) is not None


# --- rows -------------------------------------------------------------------------------------------------------------


def _case(db: Connection, row: Any) -> Case:
    """A mail that was not decided has the decision to do nothing yet."""
    decision = row.ruled if row.ruled is not None else row.decision
    undecided = Decision(Action.HOLD, Kind.OTHER, reason="it is not decided yet")
    written = db.execute(select(OUTGOING).where(OUTGOING.c.mail_id == row.id).order_by(OUTGOING.c.id)).all()
    return Case(
        mail_id=row.id,
        mailbox=row.mailbox,
        version=row.version,
        state=row.state,
        content=row.content or "",
        received_at=row.received_at,
        mode=Mode(row.mode) if row.mode else Mode.AUTO,
        filing=Filing(row.filing) if row.filing else None,
        reason=row.reason or "",
        decision=_decision(zlib.decompress(decision)) if decision is not None else undecided,
        reading=_reading(zlib.decompress(row.reading)) if row.reading is not None else None,
        answers=tuple(_written(each) for each in written if each.kind != BRIEF),
        ended=tuple(db.scalars(select(ORDER.c.reference).where(ORDER.c.mail_id == row.id, ORDER.c.status.in_(ENDED)))),
        briefs=tuple(_written(each) for each in written if each.kind == BRIEF),
        said=_said(db, row.id),
        sender=row.sender,
        subject=row.subject,
        profile=row.profile,
        known=_known(zlib.decompress(row.known)) if row.known is not None else (),
    )


def _written(row: Any) -> Written:
    orders = tuple(json.loads(row.orders))
    return Written(
        row.id, OutgoingState(row.state), row.recipient, row.settled_at, row.response, orders, row.created_at
    )


def _said(db: Connection, mail_id: int) -> Said | None:
    here = (RULING.c.mail_id == mail_id, RULING.c.refused.is_(None))
    row = db.execute(select(RULING).where(*here).order_by(RULING.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    orders = tuple(json.loads(row.orders)) if row.orders is not None else None
    return Said(What(row.what), row.actor, row.at, row.version, orders)
