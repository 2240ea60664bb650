"""What an audit looks at, as plain data: what the ledger says, what the server and the archive hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from maildaemon.chain import Link
from maildaemon.desk import Listed
from maildaemon.log import safe
from maildaemon.model import Filing, Mode, Place


@dataclass(frozen=True, slots=True)
class Finding:
    """``off``: something is not as promised; ``note``: somebody should know, no harm is done. ``what`` and ``about``
    tell one finding from another whenever it is looked for; ``sentence`` is for people."""

    level: Literal["off", "note"]
    what: str
    about: str
    sentence: str


@dataclass(frozen=True, slots=True)
class MailFact:
    """A row of the mail table. ``read``: there is a reading of it; ``reader_sender``: whom that reading names."""

    id: int
    place: Place
    state: str
    received_at: datetime
    size: int = 0
    content: str | None = None
    message_id: str | None = None
    internal_date: datetime | None = None
    same_as: int | None = None
    sender: str | None = None
    kind: str | None = None
    filing: str | None = None
    decided_at: datetime | None = None
    filed_at: datetime | None = None
    read: bool = False
    reader_sender: str | None = None

    @property
    def name(self) -> str:
        """How a person finds it."""
        where = f"{self.place.mailbox}, {safe(self.place.folder)}, UID {self.place.uid}"
        return f"mail {self.id} ({where}{f', {safe(self.message_id)}' if self.message_id else ''})"

    @property
    def mark(self) -> tuple[object, ...]:
        """By what it is known again at another place."""
        return mark(self.message_id, self.size, self.internal_date)


def mark(message_id: str | None, size: int, at: datetime | None) -> tuple[object, ...]:
    """A message without a sound Message-ID is known by its size and arrival date: no move changes them."""
    return (message_id,) if message_id else (size, at)


@dataclass(frozen=True, slots=True)
class Held:
    """What the raw bytes that are held come to: SHA-256, size, the key of their content, the digest under which they
    stand in the chain."""

    sha256: str
    size: int
    content: str
    salted: str


@dataclass(frozen=True, slots=True)
class RawFact:
    """A row of the raw mail table. ``held`` None: the bytes cannot be unpacked; ``erased``: they were taken away."""

    content: str
    sha256: str
    size: int
    held: Held | None
    erased: bool = False


@dataclass(frozen=True, slots=True)
class DecisionFact:
    """A stored decision: its digest as in the chain ("" where it cannot be unpacked, None where the salt is gone with
    the mail's bytes), and as it stands: whether it lets an answer go out and acknowledges an order, and our references
    for its orders. ``ruled``: the digest of what a person has made of it, if anybody has; ``alone`` are the references
    of the orders that were acknowledged without a person; ``repeats``: our references for the earlier
    orders that they repeat unchanged; ``brief`` is the address that is told without detail that an order came."""

    mail_id: int
    salted: str | None
    reply: bool
    acknowledges: bool
    references: tuple[str, ...] = ()
    repeats: tuple[str, ...] = ()
    ruled: str | None = None
    alone: frozenset[str] = frozenset()
    brief: str | None = None


@dataclass(frozen=True, slots=True)
class OutgoingFact:
    """A row of the outgoing table; ``to`` is the To header of its bytes, ``salted`` their digest as in the chain, None
    where the salt is gone."""

    id: int
    mail_id: int
    message_id: str
    recipient: str
    to: str
    state: str
    created_at: datetime
    settled_at: datetime | None
    salted: str | None
    parked: bool = False
    released: bool = False
    kind: str = "ack"
    approved: bool = False


@dataclass(frozen=True, slots=True)
class OrderFact:
    mail_id: int
    reference: str
    digest: str
    action: str
    po_key: str | None = None
    customer: str | None = None
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class EventFact:
    """A link of a mailbox's chain, with the columns that stand beside it."""

    mailbox: str
    mail_id: int | None
    type: str
    link: Link


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """One snapshot. ``events`` by mailbox and seq; ``contacts`` are folders met, with their mailbox; ``damage`` is what
    the database says of itself; ``copied_at``: it is a backup of that time, put in place and not reconciled yet."""

    mails: tuple[MailFact, ...] = ()
    raws: tuple[RawFact, ...] = ()
    decisions: tuple[DecisionFact, ...] = ()
    outgoing: tuple[OutgoingFact, ...] = ()
    orders: tuple[OrderFact, ...] = ()
    events: tuple[EventFact, ...] = ()
    contacts: frozenset[tuple[str, str]] = frozenset()
    damage: tuple[str, ...] = ()
    copied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """A folder of a mailbox at one moment, later than the ledger's snapshot."""

    mailbox: str
    folder: str
    uidvalidity: int
    messages: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the servers hold. ``missing``: folders that are not there, with their mailbox; ``unreachable``: what could
    not be looked at, a sentence each by mailbox; ``archive`` None: there is none, or it could not be looked at."""

    folders: tuple[FolderFacts, ...] = ()
    missing: frozenset[tuple[str, str]] = frozenset()
    unreachable: Mapping[str, str] = field(default_factory=dict)
    archive: tuple[Listed, ...] | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox as it is configured now: the folders that are read, and where what is done goes."""

    mailbox: str
    watched: tuple[str, ...]
    targets: Mapping[Filing, str | None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised. ``in_flight``: how long a mail may be without an end; ``sending``: how much longer when its
    answer is tried again; ``doubt``: how long an answer in doubt is looked for. ``domain`` is that of our
    Message-IDs."""

    boxes: tuple[Box, ...]
    domain: str
    mode: Mode = Mode.AUTO
    in_flight: timedelta = timedelta(hours=1)
    sending: timedelta = timedelta(hours=48)
    doubt: timedelta = timedelta(minutes=15)
