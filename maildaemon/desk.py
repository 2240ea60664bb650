"""Protocols: what the story needs of the world."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from maildaemon.entries import Again as Again
from maildaemon.entries import Arrival as Arrival
from maildaemon.entries import Booked as Booked
from maildaemon.entries import Held as Held
from maildaemon.entries import Late as Late
from maildaemon.entries import Move as Move
from maildaemon.entries import Note as Note
from maildaemon.entries import Outcome as Outcome
from maildaemon.entries import Pending as Pending
from maildaemon.entries import Traffic as Traffic
from maildaemon.facts import Facts as Facts
from maildaemon.model import (
    Action,
    Decision,
    History,
    Mode,
    OrderSeen,
    Place,
    Questions,
    Reading,
)
from maildaemon.states import MailState as MailState

ACK, BRIEF = "ack", "brief"
"""The kinds of outgoing messages: the acknowledgement, and the word without detail to an address on record."""
SLACK = timedelta(days=1)
"""How much later than its dates say a message may have arrived."""


class MailboxError(Exception):
    """The IMAP server refused or the connection broke. The connection is to be thrown away and made anew."""


class LoginRefused(MailboxError):  # noqa: N818  (a name of the field, not of a class of errors)
    """The server does not accept the credentials: alarm a person, try again slowly, never hammer."""


class FolderMissing(MailboxError):  # noqa: N818
    """There is no such folder. Unlike after any other error the connection can be used on."""


@dataclass(frozen=True, slots=True)
class FolderState:
    """A folder at one moment. ``uids`` are all messages in it, ascending."""

    uidvalidity: int
    uidnext: int
    uids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is asked of a message before it is fetched: RFC822.SIZE in octets, INTERNALDATE as aware UTC; ``sent_at`` is
    its Date header as aware UTC, where that was asked for and can be read."""

    uid: int
    size: int
    internal_date: datetime
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A message in a folder's list: as :class:`Envelope`, with its Message-ID where that is a sound one. ``deleted``:
    it is marked so; on a server with neither MOVE nor UIDPLUS that is how a moved mail stays behind."""

    uid: int
    size: int
    internal_date: datetime
    message_id: str | None
    deleted: bool = False


class Mailbox(Protocol):
    """One account on one IMAP server over one connection, used by one thread. Every method may raise MailboxError;
    after that only ``close`` and ``connect`` may be called."""

    def connect(self) -> None: ...

    def close(self) -> None: ...

    def ensure_folder(self, folder: str) -> bool:
        """Make and subscribe the folder if it is missing; True if it was made."""

    def state(self, folder: str) -> FolderState: ...

    def uidvalidity(self, folder: str) -> int:
        """Which UIDVALIDITY the folder has now. UIDs told by an earlier ``state`` count no more if it is another one:
        to fetch or move by them raises."""

    def envelopes(self, folder: str, uids: Sequence[int], *, dated: bool = False) -> Mapping[int, Envelope]:
        """Size and date by UID; a UID that is gone is absent. ``dated``: with the Date header."""

    def listing(self, folder: str, uids: Sequence[int]) -> Mapping[int, Listed]:
        """What stands in the folder's list, by UID; a UID that is gone is absent."""

    def fetch(self, folder: str, uids: Sequence[int]) -> Mapping[int, bytes]:
        """Raw bytes by UID, without setting the Seen flag; a UID that is gone is absent."""

    def move(self, folder: str, uids: Sequence[int], target: str) -> None:
        """Move those that are still there; those that are gone are none of our business. Never a plain EXPUNGE."""

    def append(self, folder: str, raw: bytes) -> None: ...

    def find(self, folder: str, message_id: str) -> tuple[int, ...]:
        """UIDs of messages in the folder with that Message-ID, which is checked before it enters a command."""


class OutgoingState(StrEnum):
    """``committing`` is written just before the final dot: only there the outcome can be in doubt. ``held`` exceeds a
    bound and waits until it may go; ``draft`` waits for a person's release; ``withdrawn`` was taken back before it
    left."""

    DRAFT = "draft"
    READY = "ready"
    HELD = "held"
    SENDING = "sending"
    COMMITTING = "committing"
    SENT = "sent"
    IN_DOUBT = "in_doubt"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Answering(StrEnum):
    """What a message to a client is: the acknowledgement of an order, the word that it came before, or the one without
    detail to an address on record. The value stands in its Message-ID (see identity.message_id)."""

    ACK = "ack"
    REPEAT = "repeat"
    BRIEF = "brief"


def answer_kind(decision: Decision) -> Answering:
    """What the answer is that the decision lets go out."""
    if decision.brief is not None:
        return Answering.BRIEF
    acknowledges = any(decided.action is Action.ACKNOWLEDGE for decided in decision.orders)
    return Answering.ACK if acknowledges else Answering.REPEAT


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way out. ``raw`` as in :class:`maildaemon.model.Reply`."""

    id: int
    mail_id: int
    message_id: str
    envelope_from: str
    recipient: str
    raw: bytes
    attempts: int = 1
    released: bool = False
    """A person has approved this very message."""
    mailbox: str = ""
    thread: str = ""
    traffic: Traffic = Traffic.OTHER
    kind: Answering = Answering.ACK
    approved: bool = False
    """A person has approved the orders that it acknowledges: no mode holds it back, the bounds do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgement that we have sent, as far as a person must know it to find it."""

    message_id: str
    recipient: str
    subject: str


@dataclass(frozen=True, slots=True)
class Left:
    """A message that has left: when, to whom, in which thread."""

    at: datetime
    recipient: str
    thread: str
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one attempt: SENT, READY (a temporary refusal: try again later), FAILED (a final refusal) or
    IN_DOUBT (cut off between the final dot and the answer). ``response`` is the server's answer, printable, bounded.
    ``uncopied``: the archive did not take its copy, and why."""

    state: OutgoingState
    response: str
    uncopied: str | None = None


class Transport(Protocol):
    """One SMTP account. ``send`` never raises for what a server does."""

    def send(self, message: Outgoing, committing: Callable[[], None]) -> SendResult:
        """Send one message; ``committing`` is called just before the final dot, and if it raises, no dot is sent."""

    def close(self) -> None: ...


class Reader(Protocol):
    """Understands raw mail in limited child processes."""

    def read(self, raws: Sequence[bytes]) -> "list[Reading | ReadFailure]":
        """One answer per mail, in order. A mail whose child died or ran out of time, memory or patience yields a
        failure; the others of the batch are read all the same."""

    def begin(self, raws: Sequence[bytes]) -> "Callable[[], list[Reading | ReadFailure | Later]]":
        """The same without waiting: the answers are there when the returned function is called, all but those of the
        mails that take seconds."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Later:
    """A reading that takes seconds. ``wait`` says whether it is there within so many seconds; ``result`` waits for it
    and never raises; ``then`` calls when it is there, at once or in another thread."""

    done: Callable[[], bool]
    wait: Callable[[float], bool]
    result: "Callable[[], Reading | ReadFailure]"
    then: Callable[[Callable[[], None]], None]


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """``retry``: it may have been the circumstances (a child that died, no time); otherwise it will never be read."""

    reason: str
    retry: bool = False


# --- the ledger -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contacted:
    """The first contact with a folder: mail that arrived before ``at`` is never answered. ``now``: it was just made."""

    at: datetime
    uidnext: int
    uidvalidity: int
    now: bool

    def precedes(self, uidvalidity: int, envelope: Envelope) -> bool:
        """Was the message there before? UIDs tell it while they hold, the dates after UIDVALIDITY changed: a mailbox
        that was moved to another server may have new arrival dates too. A date has whole seconds (RFC 9051, 2.3.3):
        within the second of the first contact a message is new. By its Date header a message was there only if it is
        a day older: it takes its time to arrive, and clocks differ."""
        if uidvalidity == self.uidvalidity:
            return envelope.uid < self.uidnext
        at = self.at.replace(microsecond=0)
        return envelope.internal_date < at or (envelope.sent_at is not None and envelope.sent_at < at - SLACK)


class Ledger(Protocol):
    """The only memory between the verbs. Every method that writes is one transaction."""

    secret: bytes

    def contact(
        self, mailbox: str, folder: str, state: FolderState, now: datetime, *, answer_existing: bool
    ) -> Contacted:
        """Remember the first contact with a folder, once."""

    def uids(self, mailbox: str, folder: str, uidvalidity: int, least: int) -> frozenset[int]:
        """The UIDs from ``least`` on that are in the ledger for this UIDVALIDITY."""

    def list_old(self, places: Sequence[tuple[Place, Envelope]], now: datetime) -> None: ...

    def vanished(self, places: Sequence[Place], now: datetime) -> None: ...

    def store(self, arrivals: Sequence[Arrival], now: datetime) -> tuple[Pending, ...]:
        """Commit raw bytes and rows; what is the same mail as an earlier one is not returned. The batch is read once as
        a whole: a mail that is left over is handed out by ``unfinished`` alone."""

    def count(self, mail_ids: Sequence[int]) -> None:
        """Count an attempt for mails of a batch that failed by themselves."""

    def give_back(self, mail_id: int) -> None:
        """Take back an attempt that failed for a reason of ours, not of the mail's."""

    def unfinished(self, mailbox: str, now: datetime, at_hand: Collection[int] = ()) -> Iterator[Pending]:
        """Mails stored by an earlier round and not decided. The attempt is counted and committed when a mail is handed
        out, not before: one that ends the program costs those behind it nothing."""

    def held(self, mailbox: str) -> tuple[int, ...]:
        """The mails of which an order waits, the earliest first."""

    def held_mail(self, mail_id: int) -> Held | None:
        """None: it does not wait any more."""

    def orders_seen(
        self, questions: Sequence[Questions], mail_id: int | None = None
    ) -> tuple[tuple[OrderSeen, ...], int]:
        """Earlier orders with the same content or PO number, and the mark up to which was looked. With a mail that is
        decided again: those of mails before it."""

    def said_since(self, questions: Sequence[Questions], mail_id: int) -> tuple[tuple[str, ...], ...]:
        """What came behind a mail that waits and is about its orders, a sentence each: a change, a cancellation, the
        same number with other content."""

    def booked(self, since: Mapping[str, datetime], day: date, mail_id: int) -> Booked:
        """What was taken of each article since it was counted: by all other mails' orders in one sum, by those of this
        mail one by one; and the orders that leave on ``day`` or later."""

    def profile_modes(self) -> Mapping[str, Mode]:
        """The own mode of each profile of which anything was said."""

    def history(self, customers: Sequence[str], skus: Sequence[str], *, count: bool) -> tuple[History, ...]:
        """What each of these customers has ordered before, of these articles; ``count``: and how often at all."""

    def answers(self, message_ids: Sequence[str]) -> tuple[Answer, ...]:
        """Which of these Message-IDs are those of messages that we have sent."""

    def settle(self, outcomes: Sequence[Outcome], mark: int, now: datetime) -> tuple[int, ...]:
        """Write decisions, orders, outgoing messages, notes and events. Returns the mail ids whose ground has changed
        since ``mark`` (an equal order, or one that takes of the same articles, was stored in between): they were not
        written and are to be looked up again."""

    def settle_held(self, outcome: Outcome, mark: int, now: datetime) -> bool:
        """Write what became of those orders of a mail that waited; what was decided of its others, answered and
        reserved stands. False: nothing was written, for its ground has changed since ``mark``, somebody else has
        decided on the mail since it was looked at, or it does not wait any more."""

    def moves(self, mailbox: str, after: int = 0) -> tuple[Move, ...]:
        """What may be filed now: decided, and nothing of it still on its way out. In pages: the mails behind ``after``,
        by their ids."""

    def noted(self, mail_id: int, message_id: str, now: datetime) -> None: ...

    def moved(self, moves: Sequence[Move], now: datetime) -> None:
        """These have come to their end, unless one was decided otherwise since its move was handed out."""
