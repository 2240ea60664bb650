"""Storing: new mail's bytes and rows, written in one transaction; what is the same mail once more is told apart."""

import secrets
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from maildaemon.chain import salted
from maildaemon.desk import SLACK, Arrival, MailState, Pending
from maildaemon.edge.events import append_events
from maildaemon.edge.tables import CONTACT, MAIL, RAW
from maildaemon.model import Action, Place

# Made once: composing a statement costs more than running it.
FIRST_OF = (
    select(MAIL)
    .where(MAIL.c.content.in_(bindparam("contents", expanding=True)), MAIL.c.state != str(MailState.KNOWN))
    .order_by(MAIL.c.id.desc())
)
SAME_MESSAGE_ID = (
    select(MAIL.c.message_id, MAIL.c.content)
    .where(MAIL.c.message_id.in_(bindparam("ids", expanding=True)))
    .order_by(MAIL.c.id.desc())
)

Packed = dict[str, dict[str, Any]]
"""Rows of raw bytes, by content."""


def pack(arrivals: Sequence[Arrival]) -> Packed:
    """The rows of the raw bytes: made before the writers' lock is taken, for others wait for it. Of one mail that came
    twice the first: its event tells of these bytes."""
    packed: Packed = {}
    for arrival in arrivals:
        if arrival.raw is not None and arrival.content not in packed:
            packed[arrival.content] = {
                "content": arrival.content,
                "sha256": salted(b"", arrival.raw),
                "size": len(arrival.raw),
                "salt": secrets.token_bytes(16),
                "data": zlib.compress(arrival.raw, 1),
            }
    return packed


def write(db: Connection, arrivals: Sequence[Arrival], packed: Packed, now: datetime) -> tuple[Pending, ...]:
    """The mails that are new, in order."""
    first = _first_of(db, [arrival.content for arrival in arrivals if arrival.raw is not None])
    used = _message_ids(db, [arrival.message_id for arrival in arrivals if arrival.message_id])
    fresh: list[Arrival] = []
    same: list[tuple[Arrival, Any]] = []
    new: dict[str, Arrival] = {}
    for arrival in arrivals:
        earlier = first.get(arrival.content) if arrival.raw is not None else None
        if earlier is not None or (arrival.raw is not None and arrival.content in new):
            same.append((arrival, earlier))
        else:
            new[arrival.content] = arrival
            fresh.append(arrival)
    pending = _store_fresh(db, fresh, packed, used, contacts(db, arrivals[0].place.mailbox), now)
    by_content = {item.content: item.mail_id for item in pending}
    _store_same(db, same, by_content, now)
    return pending


def contacts(db: Connection, mailbox: str) -> dict[str, datetime]:
    """When each folder was first met."""
    rows = db.execute(select(CONTACT.c.folder, CONTACT.c.at).where(CONTACT.c.mailbox == mailbox)).all()
    return {row.folder: row.at for row in rows}


def is_old(folder: str, arrived: datetime | None, contacts: dict[str, datetime]) -> bool:
    """It arrived well before the first contact: a person has laid it there since. A day is left to programs that fetch
    mail from elsewhere and keep its date."""
    at = contacts.get(folder)
    return at is not None and arrived is not None and arrived < at - SLACK


def _store_fresh(
    db: Connection,
    fresh: list[Arrival],
    packed: Packed,
    used: dict[str, str],
    contacts: dict[str, datetime],
    now: datetime,
) -> tuple[Pending, ...]:
    if not fresh:
        return ()
    raws = [packed[arrival.content] for arrival in fresh if arrival.raw is not None]
    if raws:
        db.execute(insert(RAW), raws)
    # To be one of a batch is no attempt: what the batch does to its reader is none of its mails' doing yet.
    attempts = 1 if len(fresh) == 1 else 0
    rows = []
    for arrival in fresh:
        row = row_of(arrival.place, arrival.size, arrival.internal_date, now, MailState.NEW)
        twin = bool(arrival.message_id and used.setdefault(arrival.message_id, arrival.content) != arrival.content)
        content = arrival.content if arrival.raw is not None else None
        row.update(content=content, message_id=arrival.message_id, attempts=attempts, twin=twin)
        rows.append(row)
    ids = db.scalars(insert(MAIL).returning(MAIL.c.id, sort_by_parameter_order=True), rows).all()
    facts: list[tuple[int | None, str, dict[str, Any]]] = []
    for i, arrival in zip(ids, fresh, strict=True):
        digest = salted(packed[arrival.content]["salt"], arrival.raw) if arrival.raw is not None else None
        facts.append((i, "received", {"uid": arrival.place.uid, "size": arrival.size, "raw": digest}))
    append_events(db, fresh[0].place.mailbox, now, facts)
    return tuple(
        Pending(
            i,
            a.place,
            a.raw,
            a.content,
            now,
            attempts,
            a.size,
            row["twin"],
            is_old(a.place.folder, a.internal_date, contacts),
        )
        for i, a, row in zip(ids, fresh, rows, strict=True)
    )


def _store_same(db: Connection, same: list[tuple[Arrival, Any]], by_content: dict[str, int], now: datetime) -> None:
    """The same mail once more. Where its first place is no more (the folder has a new UIDVALIDITY) and it is still
    in flight, it goes on from the new place; elsewhere it is written down as known and left where it is."""
    for arrival, earlier in same:
        place = arrival.place
        origin = earlier.id if earlier is not None else by_content.get(arrival.content)
        in_flight = earlier is not None and (
            earlier.state in {MailState.NEW, MailState.DECIDED}
            or (earlier.state == MailState.HELD and earlier.action == Action.HOLD)
        )
        here = in_flight and (earlier.mailbox, earlier.folder) == (place.mailbox, place.folder)
        if here and earlier.uidvalidity != place.uidvalidity:
            where = {"uidvalidity": place.uidvalidity, "uid": place.uid}
            db.execute(update(MAIL).where(MAIL.c.id == origin).values(**where))
            append_events(db, place.mailbox, now, [(origin, "found-again", {"uid": place.uid})])
            continue
        row = row_of(place, arrival.size, arrival.internal_date, now, MailState.KNOWN)
        row.update(content=arrival.content, message_id=arrival.message_id, same_as=origin)
        i = db.scalar(insert(MAIL).returning(MAIL.c.id), row)
        append_events(db, place.mailbox, now, [(i, "known", {"uid": place.uid, "same_as": origin})])


def _first_of(db: Connection, contents: list[str]) -> dict[str, Any]:
    return {row.content: row for row in db.execute(FIRST_OF, {"contents": contents})}


def _message_ids(db: Connection, ids: list[str]) -> dict[str, str]:
    return {row.message_id: row.content or "" for row in db.execute(SAME_MESSAGE_ID, {"ids": ids})}


def row_of(place: Place, size: int, at: datetime | None, now: datetime, state: MailState) -> dict[str, Any]:
    return {
        "mailbox": place.mailbox,
        "folder": place.folder,
        "uidvalidity": place.uidvalidity,
        "uid": place.uid,
        "size": size,
        "internal_date": at,
        "received_at": now,
        "state": state,
    }
