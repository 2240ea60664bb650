"""What the ledger takes in and hands out: the nouns of its methods."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from maildaemon.model import Decision, Filing, Known, Mode, Place, Questions, Reading, Reply, Reservation
from maildaemon.signatures import Signature
from maildaemon.stand import Ground


class Traffic(StrEnum):
    """What a message is to the bounds: the acknowledgement of a known customer's orders, or anything else."""

    ORDER = "order"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message found on the server. ``raw`` None: larger than the limit, or not to be had from the server. ``content``
    identifies the mail whatever way it came (see identity.py)."""

    place: Place
    size: int
    internal_date: datetime
    raw: bytes | None
    content: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Pending:
    """A mail that is in the ledger and not decided yet. ``raw`` None: it was not fetched. ``attempts`` counts this one,
    where it is tried by itself: to be one of a batch is no attempt. ``twin``: another mail with the same Message-ID and
    other content came before. ``old``: it arrived before the first contact with its folder and was laid there since."""

    mail_id: int
    place: Place
    raw: bytes | None
    content: str
    received_at: datetime
    attempts: int
    size: int = 0
    twin: bool = False
    old: bool = False
    mode: Mode = Mode.AUTO
    """How far it is trusted at most: of one that is decided again, as far as it was the first time."""
    signatures: tuple[Signature, ...] = ()
    """Those that were verified the first time."""
    answers: int = 0
    """How many answers to it were written, and taken back before they left."""
    version: int = 0
    """How often it was decided before."""


@dataclass(frozen=True, slots=True)
class Held:
    """A mail with orders that wait, and what was read in it: it is decided again without its bytes. ``decision`` is how
    it stands, ``known`` what was known of each order when that was decided; ``gates`` is the program's own decision,
    where a person has made another one of it."""

    pending: Pending
    reading: Reading
    decision: Decision
    known: tuple[Known, ...] = ()
    gates: Decision | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """What an outcome is to the earlier decision of its mail: ``orders`` are the numbers of those that were decided
    anew, ``version`` the mail's as it was looked at. ``gates``: the program's own decision, as in :class:`Held`."""

    version: int
    orders: tuple[int, ...]
    gates: Decision | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """The note that is laid beside a mail in the review folder, as raw message bytes."""

    message_id: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one mail led to: everything that is written down in one transaction. ``reading`` None: never understood.
    ``known`` and ``questions`` hold one per order. ``traffic`` is what the reply is to the bounds."""

    mail_id: int
    mode: Mode
    decision: Decision
    reading: Reading | None
    known: tuple[Known, ...] = ()
    questions: tuple[Questions, ...] = ()
    reply: Reply | None = None
    note: Note | None = None
    playbook: str = ""
    decided_at: datetime | None = None
    traffic: Traffic = Traffic.OTHER
    ground: Ground | None = None
    sequence: int = 0
    """How many answers to the mail there were before this one."""
    told: tuple[int, ...] = ()
    """The numbers of the orders that the reply speaks of."""
    again: Again | None = None
    """It takes the place of an earlier decision, for some of its orders."""


@dataclass(frozen=True, slots=True)
class Late:
    """An answer that went wrong after the decision. ``doubtful``: it is not known whether it arrived; otherwise it did
    not. ``raw`` is the answer as it was to go out."""

    reason: str
    doubtful: bool
    recipient: str
    message_id: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Move:
    """An IMAP action that is due: the mail's place, where it goes, and the note to be laid beside it first. ``late``:
    what went wrong with its answer, for a note of its own."""

    mail_id: int
    place: Place
    filing: Filing
    note: Note | None = None
    late: Late | None = None
    content: str = ""
    sender: str | None = None
    subject: str | None = None
    message_id: str | None = None
    version: int = 1
    filed: bool = False
    """It was filed before, and decided anew since."""
    lies: tuple[Place, ...] = ()
    """Where it, and its notes, were seen since then."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What acknowledged orders have taken of some articles, those of other mails in one sum for each, and how many
    orders have not left the house yet."""

    reserved: tuple[Reservation, ...] = ()
    open_orders: int = 0
