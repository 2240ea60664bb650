"""Sightings in the ledger: which of our mails lies where in the folders in which people decide."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, insert, or_, select
from sqlalchemy.orm import aliased

from maildaemon.desk import Listed, MailState
from maildaemon.edge.database import Database
from maildaemon.edge.tables import MAIL, NOTE, SIGHTING
from maildaemon.looking import Back, Candidate, Sighting
from maildaemon.model import Place

CHUNK = 400
UNKNOWN = (MailState.KNOWN, MailState.LISTED, MailState.VANISHED)
"""Rows that are not the mail itself, or one that nobody handles."""
BY_PLACE = and_(
    SIGHTING.c.mailbox == MAIL.c.mailbox,
    SIGHTING.c.folder == MAIL.c.folder,
    SIGHTING.c.uidvalidity == MAIL.c.uidvalidity,
    SIGHTING.c.uid == MAIL.c.uid,
)


class Sightings:
    """Implements maildaemon.looking.Sightings."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.database, self.clock = database, clock

    def seen(self, mailbox: str) -> tuple[Sighting, ...]:
        with self.database.read() as db:
            rows = db.execute(select(SIGHTING).where(SIGHTING.c.mailbox == mailbox).order_by(SIGHTING.c.id))
            return tuple(Sighting(place_of(row), row.mail_id, row.version, row.note) for row in rows)

    def candidates(self, mailbox: str, messages: Sequence[Listed]) -> Mapping[int, Sequence[Candidate]]:
        named = {one.message_id for one in messages if one.message_id}
        sizes = {one.size for one in messages}
        by_id: dict[str, list[Candidate]] = defaultdict(list)
        by_size: dict[int, list[Candidate]] = defaultdict(list)
        unfetched: dict[int, list[Candidate]] = defaultdict(list)
        handled = and_(MAIL.c.mailbox == mailbox, MAIL.c.state.not_in(UNKNOWN))
        with self.database.read() as db:
            for part in _chunks(sorted(named)):
                for row in db.execute(select(MAIL).where(handled, MAIL.c.message_id.in_(part)).order_by(MAIL.c.id)):
                    by_id[row.message_id].append(Candidate(row.id, row.content))
                notes = NOTE.join(MAIL, MAIL.c.id == NOTE.c.mail_id)
                query = select(NOTE.c.message_id, NOTE.c.mail_id).select_from(notes)
                for row in db.execute(query.where(handled, NOTE.c.message_id.in_(part))):
                    by_id[row.message_id].append(Candidate(row.mail_id, None, note=True))
            for sized in _chunks(sorted(sizes)):
                query = select(MAIL).where(handled, MAIL.c.message_id.is_(None), MAIL.c.size.in_(sized))
                for row in db.execute(query.order_by(MAIL.c.id)):
                    by_size[row.size].append(Candidate(row.id, row.content))
                    if row.content is None:
                        unfetched[row.size].append(Candidate(row.id, None))
        found = {one.uid: by_id[one.message_id] if one.message_id else by_size[one.size] for one in messages}
        # Of a mail that was too large to be fetched nothing is known but its size.
        alone = {one.uid: unfetched[one.size] for one in messages if len(unfetched[one.size]) == 1}
        return {uid: candidates or alone.get(uid, []) for uid, candidates in found.items()}

    def back(self, mailbox: str, folders: Sequence[str]) -> tuple[Back, ...]:
        origin = aliased(MAIL)
        met = and_(MAIL.c.mailbox == mailbox, MAIL.c.folder.in_(folders), MAIL.c.state == MailState.KNOWN)
        joined = MAIL.join(origin, origin.c.id == MAIL.c.same_as).outerjoin(SIGHTING, BY_PLACE)
        query = select(MAIL, origin.c.filed_at.label("filed")).select_from(joined)
        own = and_(origin.c.mailbox == mailbox, or_(origin.c.filed_at.is_not(None), origin.c.filing.is_not(None)))
        with self.database.read() as db:
            rows = db.execute(query.where(met, own, SIGHTING.c.id.is_(None)).order_by(MAIL.c.id))
            return tuple(Back(place_of(row), row.same_as, row.filed is not None) for row in rows)

    def add(self, sightings: Sequence[Sighting]) -> None:
        with self.database.write() as db:
            db.execute(insert(SIGHTING), [row_of(one, self.clock()) for one in sightings])

    def forget(self, places: Sequence[Place]) -> None:
        if places:
            with self.database.write() as db:
                for place in places:
                    db.execute(delete(SIGHTING).where(_at(place)))


def row_of(one: Sighting, now: datetime) -> dict[str, Any]:
    return {
        "mailbox": one.place.mailbox,
        "folder": one.place.folder,
        "uidvalidity": one.place.uidvalidity,
        "uid": one.place.uid,
        "mail_id": one.mail_id,
        "version": one.version,
        "note": one.note,
        "at": now,
    }


def place_of(row: Any) -> Place:
    return Place(row.mailbox, row.folder, row.uidvalidity, row.uid)


def _at(place: Place) -> Any:
    return and_(
        SIGHTING.c.mailbox == place.mailbox,
        SIGHTING.c.folder == place.folder,
        SIGHTING.c.uidvalidity == place.uidvalidity,
        SIGHTING.c.uid == place.uid,
    )


def _chunks(items: Iterable[Any]) -> Iterable[list[Any]]:
    every = list(items)
    return (every[start : start + CHUNK] for start in range(0, len(every), CHUNK))
