"""What an audit looks at: the ledger in one snapshot that is only read, and the folders of a mailbox."""

import email
import email.policy
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, func, select
from sqlalchemy.exc import DBAPIError

from maildaemon import identity
from maildaemon.audit.facts import (
    DecisionFact,
    EventFact,
    FolderFacts,
    Held,
    LedgerFacts,
    MailFact,
    OrderFact,
    OutgoingFact,
    RawFact,
)
from maildaemon.chain import Link, salted
from maildaemon.desk import FolderMissing, Listed, Mailbox
from maildaemon.edge import database
from maildaemon.edge.restored import copied_at
from maildaemon.edge.tables import CONTACT, DECISION, EVENT, MAIL, ORDER, OUTGOING, RAW, READING
from maildaemon.model import Action, Place
from maildaemon.ordered import Sameness

AT_ONCE = 100
"""Rows: some hold whole mails."""
LISTED_AT_ONCE = 500
LARGEST = 256 * 2**20
"""Octets to which what is held packed may grow: more than any mail that was fetched, and less than a bomb."""

Progress = Callable[[str, int, int], None]
"""Called with what is looked at, how much of it is done, and of how many."""


class _Relation(msgspec.Struct):
    how: str
    reference: str
    told: bool = False


class _Stated(msgspec.Struct):
    relation: _Relation | None = None


class _Order(msgspec.Struct):
    action: str
    reference: str
    order: _Stated


class _Decision(msgspec.Struct):
    reply: bool
    orders: list[_Order]
    brief: str | None = None


class _Mail(msgspec.Struct):
    sender: str | None = None


class _Reading(msgspec.Struct):
    mail: _Mail


_decision = msgspec.json.Decoder(_Decision).decode
_reading = msgspec.json.Decoder(_Reading).decode


def ledger_facts(path: Path, progress: Progress) -> LedgerFacts:
    """One snapshot of the ledger; a daemon may be working on it. Raises LedgerError."""
    with database.snapshot(path) as db:
        try:
            damage = _damage(db)
            progress("integrity", 1, 1)
            salts = _salts(db)
            senders = {row.mail_id: _sender(row.data) for row in _rows(db, READING, READING.c.mail_id, progress)}
            return LedgerFacts(
                mails=tuple(_mail(row, senders) for row in _rows(db, MAIL, MAIL.c.id, progress)),
                raws=tuple(_raw(row) for row in _rows(db, RAW, RAW.c.content, progress)),
                decisions=tuple(
                    _decided(row, salts.get(row.mail_id)) for row in _rows(db, DECISION, DECISION.c.mail_id, progress)
                ),
                outgoing=tuple(
                    _outgoing(row, salts.get(row.mail_id)) for row in _rows(db, OUTGOING, OUTGOING.c.id, progress)
                ),
                orders=tuple(_order(row) for row in _rows(db, ORDER, ORDER.c.id, progress)),
                events=tuple(_event(row) for row in _rows(db, EVENT, EVENT.c.mailbox, progress, EVENT.c.seq)),
                contacts=frozenset((row.mailbox, row.folder) for row in db.execute(select(CONTACT))),
                damage=damage,
                copied_at=copied_at(db),
            )
        except DBAPIError as error:
            line = str(error.orig).splitlines()[0][:200]
            raise database.LedgerError(f"{path}: the ledger cannot be read: {line}; restore a backup") from None


def folder_facts(
    mailbox: Mailbox, name: str, folders: Sequence[str], progress: Progress
) -> tuple[list[FolderFacts], list[str]]:
    """Everything that lies in these folders, and those that are not there. Raises MailboxError."""
    found: list[FolderFacts] = []
    missing: list[str] = []
    for folder in folders:
        try:
            state = mailbox.state(folder)
        except FolderMissing:
            missing.append(folder)
            continue
        messages: list[Listed] = []
        for start in range(0, len(state.uids), LISTED_AT_ONCE):
            listed = mailbox.listing(folder, state.uids[start : start + LISTED_AT_ONCE])
            messages += listed.values()
            progress(f"{name}: {folder}", min(start + LISTED_AT_ONCE, len(state.uids)), len(state.uids))
        found.append(FolderFacts(name, folder, state.uidvalidity, tuple(messages)))
    return found, missing


# --- rows -------------------------------------------------------------------------------------------------------------


def _damage(db: Connection) -> tuple[str, ...]:
    said = [str(row[0]) for row in db.exec_driver_sql("PRAGMA integrity_check(20)") if row[0] != "ok"]
    dangling = db.exec_driver_sql("PRAGMA foreign_key_check")
    said += [f"row {row[1]} of {row[0]} refers to a row of {row[2]} that is not there" for row in dangling]
    return tuple(" ".join(line.split())[:200] for line in said)


def _rows(db: Connection, table: Table, first: Any, progress: Progress, *then: Any) -> Iterator[Any]:
    """In order, and only some in memory at once."""
    total = db.scalar(select(func.count()).select_from(table)) or 0
    query = select(table).order_by(first, *then).execution_options(yield_per=AT_ONCE)
    for number, row in enumerate(db.execute(query), 1):
        if number % AT_ONCE == 0 or number == total:
            progress(table.name, number, total)
        yield row


def _salts(db: Connection) -> dict[int, bytes | None]:
    """By mail id: what its digests were salted with; None where that was erased with the bytes. A mail whose bytes
    nobody ever had has an empty salt."""
    kept = {
        row.content: row.salt for row in db.execute(select(RAW.c.content, RAW.c.salt).where(RAW.c.data.is_not(None)))
    }
    rows = db.execute(select(MAIL.c.id, MAIL.c.content))
    return {row.id: b"" if row.content is None else kept.get(row.content) for row in rows}


def _mail(row: Any, senders: dict[int, str | None]) -> MailFact:
    return MailFact(
        id=row.id,
        place=Place(row.mailbox, row.folder, row.uidvalidity, row.uid),
        state=row.state,
        received_at=row.received_at,
        size=row.size,
        content=row.content,
        message_id=row.message_id,
        internal_date=row.internal_date,
        same_as=row.same_as,
        sender=row.sender,
        kind=row.kind,
        filing=row.filing,
        decided_at=row.decided_at,
        filed_at=row.filed_at,
        read=row.id in senders,
        reader_sender=senders.get(row.id),
    )


def _raw(row: Any) -> RawFact:
    data = _unpacked(row.data)
    held: Held | None = None
    if data is not None:
        held = Held(salted(b"", data), len(data), identity.content(data)[0], salted(row.salt, data))
    return RawFact(row.content, row.sha256, row.size, held, erased=row.data is None)


def _decided(row: Any, salt: bytes | None) -> DecisionFact:
    """As a person has left it, where one has had a hand in it."""
    data, ruled = _unpacked(row.data), _unpacked(row.ruled) if row.ruled is not None else None
    try:
        machine = _decision(data or b"")
        found = _decision(ruled or b"") if row.ruled is not None else machine
    except msgspec.MsgspecError:
        return DecisionFact(row.mail_id, "", reply=False, acknowledges=False)
    acknowledges = any(order.action == Action.ACKNOWLEDGE for order in found.orders)
    references = tuple(order.reference for order in found.orders)
    repeats = tuple(
        relation.reference
        for order in found.orders
        if (relation := order.order.relation) is not None
        and order.action == Action.IGNORE
        and relation.how == Sameness.RESEND
        and not relation.told
    )
    digest = None if salt is None else salted(salt, data or b"")
    ruling = salted(salt, ruled) if salt is not None and ruled is not None else None
    alone = frozenset(order.reference for order in machine.orders if order.action == Action.ACKNOWLEDGE)
    return DecisionFact(
        row.mail_id,
        digest,
        found.reply,
        acknowledges,
        references,
        repeats,
        brief=found.brief,
        ruled=ruling,
        alone=alone,
    )


def _outgoing(row: Any, salt: bytes | None) -> OutgoingFact:
    head = email.message_from_bytes(row.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=email.policy.compat32)
    return OutgoingFact(
        id=row.id,
        mail_id=row.mail_id,
        message_id=row.message_id,
        recipient=row.recipient,
        to=str(head["To"] or ""),
        state=row.state,
        created_at=row.created_at,
        settled_at=row.settled_at,
        salted=None if salt is None else salted(salt, row.raw),
        parked=row.parked,
        released=row.released,
        kind=row.kind,
        approved=row.approved,
    )


def _order(row: Any) -> OrderFact:
    return OrderFact(row.mail_id, row.reference, row.digest, row.action, row.po_key, row.customer, row.sender)


def _event(row: Any) -> EventFact:
    return EventFact(row.mailbox, row.mail_id, row.type, Link(row.seq, row.at, row.body, row.prev, row.hash))


def _sender(data: bytes) -> str | None:
    try:
        return _reading(_unpacked(data) or b"").mail.sender
    except msgspec.MsgspecError:
        return None


def _unpacked(data: bytes | None) -> bytes | None:
    if data is None:
        return None
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(data, LARGEST)
    except zlib.error:
        return None
    return found if unpacker.eof and not unpacker.unconsumed_tail else None
