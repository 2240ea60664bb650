"""The nouns of a person's word: what is said about a mail that waits, by whom, and what that comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from maildaemon.desk import Note, OutgoingState, Traffic
from maildaemon.model import Decision, Filing, Known, Mode, Place, Questions, Reading, Reply
from maildaemon.modes import Testimony


class What(StrEnum):
    """What a person can say. RELEASE lets out an answer that is written, and says nothing of the other orders."""

    APPROVE = "approve"
    CORRECT = "correct"
    REJECT = "reject"
    NOT_AN_ORDER = "not-an-order"
    REREAD = "reread"
    RELEASE = "release"

    @property
    def past(self) -> str:
        return _PAST[self]


_PAST = {
    What.APPROVE: "approved",
    What.CORRECT: "approved, corrected",
    What.REJECT: "rejected",
    What.NOT_AN_ORDER: "said to be no order",
    What.REREAD: "sent to be read again",
    What.RELEASE: "released",
}


class Refused(Exception):  # noqa: N818
    """Why a word is not followed, in one plain line."""


class Via(StrEnum):
    """By which way the word came."""

    CLI = "cli"
    FOLDER = "folder"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Word:
    """``version``: that of the mail as the person saw it; None: as it is now, and only while it waits. ``wished`` holds
    the corrected values by order (see correcting.py); ``answer``: the one that is released, None for all. ``orders``:
    the places of those that it is about, from 0; None: all that wait still."""

    mail_id: int
    what: What
    actor: str
    via: Via
    version: int | None = None
    reason: str | None = None
    wished: Mapping[int, Mapping[str, Any]] | None = None
    answer: int | None = None
    seen: Place | None = None
    """Where the mail, or its note, was laid to say so."""
    note: bool = False
    orders: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """An answer to a mail that was written, and what became of it so far. ``orders``: the places of those that it
    speaks of; ``at``: when it was written, or let out by a person: what it says of goods and days is not younger."""

    id: int
    state: OutgoingState
    recipient: str
    settled_at: datetime | None = None
    response: str | None = None
    orders: tuple[int, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """An earlier word that took effect. ``orders`` as in :class:`Word`."""

    what: What
    actor: str
    at: datetime
    version: int
    orders: tuple[int, ...] | None = None

    def __str__(self) -> str:
        which = f" ({numbers(self.orders)})" if self.orders is not None else ""
        return f"decided meanwhile by {self.actor} at {self.at:%H:%M}: {self.what.past}{which}"


def numbers(places: Sequence[int]) -> str:
    """Orders by their numbers, as people count: "order 2", "orders 1, 3"."""
    return f"order{'s' if len(places) > 1 else ''} {', '.join(str(place + 1) for place in places)}"


@dataclass(frozen=True, slots=True)
class Case:
    """A mail as it stands: ``decision`` is the machine's, or as the last word has left it. ``mailbox`` names its
    mailbox, ``content`` identifies it; ``answers`` are in the order in which they were written."""

    mail_id: int
    mailbox: str
    version: int
    state: str
    content: str
    received_at: datetime
    mode: Mode
    filing: Filing | None
    reason: str
    decision: Decision
    reading: Reading | None = None
    answers: tuple[Written, ...] = ()
    ended: tuple[str, ...] = ()
    """Our references for those of its orders that a later one has superseded or cancelled."""
    briefs: tuple[Written, ...] = ()
    """The words without detail that were written about it (desk.BRIEF)."""
    said: Said | None = None
    sender: str | None = None
    subject: str | None = None
    profile: str | None = None
    known: tuple[Known, ...] = ()
    """What was known of each order when the mail was decided."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a word comes to: everything that is written down in one transaction, if the mail is still at ``version``.
    ``refused``: why nothing of it is done; ``shown``: then the decision is stored anew all the same, for the person to
    see. ``fresh``: the numbers (places in the decision) of the orders that ``reply`` acknowledges, or that are taken in
    without one. ``changed`` names the corrected fields, ``released`` and ``withdrawn`` are answers by their ids."""

    word: Word
    version: int
    decision: Decision | None = None
    questions: tuple[Questions, ...] = ()
    fresh: tuple[int, ...] = ()
    reply: Reply | None = None
    note: Note | None = None
    filing: Filing | None = None
    changed: tuple[str, ...] = ()
    released: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()
    refused: str | None = None
    shown: bool = False
    thread: str = ""
    traffic: Traffic = Traffic.OTHER
    testimony: Testimony | None = None
    """What it proves of the profile, refused or not."""


class Late(StrEnum):
    """Why a ruling was not written: the mail was decided meanwhile, or what it rests on has changed."""

    DECIDED = "decided"
    STALE = "stale"


class Cases(Protocol):
    """What the service needs of the ledger. Each method that writes is one transaction."""

    def case(self, mail_id: int) -> Case | None: ...

    def rule(self, ruling: Ruling, mark: int, now: datetime) -> Late | None:
        """Write it down, or say why not. ``mark`` as in :meth:`maildaemon.desk.Ledger.settle`."""

    def mail_of(self, answer: int) -> int | None:
        """The mail that an answer of this number answers."""

    def waiting(self, mailbox: str | None = None) -> Sequence[Case]:
        """The mails that wait for a person, the earliest first."""
