"""The decisions of the past, out of a ledger that is only read."""

import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, and_, func, select, true
from sqlalchemy.exc import DBAPIError

from maildaemon.desk import BRIEF
from maildaemon.edge import database, storing
from maildaemon.edge.database import LedgerError
from maildaemon.edge.tables import DECISION, GROUND, MAIL, OUTGOING, RAW, READING, Base
from maildaemon.model import Decision, Known, Reading
from maildaemon.replay import Past
from maildaemon.stand import Ground

AT_ONCE = 100
"""Rows: some hold whole mails."""
RULING, APPROVALS = "ruling", ("approve", "correct", "release")
"""The table of what persons have decided, and what in it says that they agreed with the mail's being answered."""
_decision = msgspec.json.Decoder(Decision).decode
_reading = msgspec.json.Decoder(Reading).decode
_known = msgspec.json.Decoder(tuple[Known, ...]).decode
_ground = msgspec.json.Decoder(Ground).decode
COLUMNS = (
    MAIL.c.id, MAIL.c.mailbox, MAIL.c.folder, MAIL.c.content, MAIL.c.received_at, MAIL.c.internal_date, MAIL.c.sender,
    MAIL.c.subject, MAIL.c.twin, DECISION.c.data.label("decision"), DECISION.c.known, READING.c.data.label("reading"),
    GROUND.c.data.label("ground"),
)  # fmt: skip
JOINED = (
    MAIL.join(DECISION, DECISION.c.mail_id == MAIL.c.id)
    .join(READING, READING.c.mail_id == MAIL.c.id)
    .outerjoin(GROUND, GROUND.c.mail_id == MAIL.c.id)
)


def count(path: Path, since: datetime | None) -> int:
    """How many mails were read and decided. Raises LedgerError."""
    with database.snapshot(path) as db:
        return db.scalar(_since(select(func.count()).select_from(JOINED), since)) or 0


def pasts(path: Path, since: datetime | None, junk: dict[str, str | None], *, raw: bool = False) -> Iterator[Past]:
    """Mails that were read and decided, the earliest first. ``junk`` names the junk folder of each mailbox. Raises
    LedgerError."""
    with database.snapshot(path) as db:
        try:
            contacts: dict[str, dict[str, datetime]] = {}
            approved = _approved(db)
            for row in _rows(db, since, raw=raw):
                if row.mailbox not in contacts:
                    contacts[row.mailbox] = storing.contacts(db, row.mailbox)
                yield _past(row, junk.get(row.mailbox), contacts[row.mailbox], row.id in approved, raw=raw)
        except (msgspec.MsgspecError, zlib.error) as error:
            raise LedgerError(f"{path}: a decision cannot be read: {str(error)[:200]}") from None
        except DBAPIError as error:
            raise LedgerError(f"{path}: the ledger cannot be read: {str(error.orig)[:200]}") from None


def _approved(db: Connection) -> frozenset[int]:
    """The mails whose decision a person has approved: by letting its answer go out, or by word (table ruling)."""
    found = set(db.scalars(select(OUTGOING.c.mail_id).where(OUTGOING.c.released, OUTGOING.c.kind != BRIEF)))
    ruling = Base.metadata.tables.get(RULING)
    if ruling is not None:
        followed = ruling.c.refused.is_(None) if "refused" in ruling.c else true()
        found |= set(db.scalars(select(ruling.c.mail_id).where(ruling.c.what.in_(APPROVALS), followed)))
    return frozenset(found)


def _rows(db: Connection, since: datetime | None, *, raw: bool) -> Iterator[Any]:
    """In pages: the mails behind the last one."""
    columns = (*COLUMNS, RAW.c.data.label("raw")) if raw else COLUMNS
    source = JOINED.outerjoin(RAW, RAW.c.content == MAIL.c.content) if raw else JOINED
    last = 0
    while True:
        query = _since(select(*columns).select_from(source), since)
        page = db.execute(query.where(MAIL.c.id > last).order_by(MAIL.c.id).limit(AT_ONCE)).all()
        yield from page
        if len(page) < AT_ONCE:
            return
        last = page[-1].id


def _since(query: Select[Any], since: datetime | None) -> Select[Any]:
    return query.where(and_(MAIL.c.received_at >= since)) if since is not None else query


def _past(row: Any, junk: str | None, contacts: dict[str, datetime], approved: bool, *, raw: bool) -> Past:
    return Past(
        mail_id=row.id,
        received_at=row.received_at,
        sender=row.sender,
        subject=row.subject,
        content=row.content or "",
        decision=_decision(zlib.decompress(row.decision)),
        reading=_reading(zlib.decompress(row.reading)),
        known=_known(zlib.decompress(row.known)),
        raw=zlib.decompress(row.raw) if raw and row.raw is not None else None,
        junk=row.folder == junk,
        twin=row.twin,
        old=storing.is_old(row.folder, row.internal_date, contacts),
        approved=approved,
        mailbox=row.mailbox,
        ground=_ground(zlib.decompress(row.ground)) if row.ground is not None else None,
    )
