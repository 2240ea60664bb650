"""Fakes that remember: a mailbox of folders, a transport, a reader of prepared readings."""

import email
import email.utils
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum

from maildaemon import identity
from maildaemon.desk import Envelope, FolderMissing, FolderState, Listed, MailboxError, OutgoingState, SendResult

START = datetime(2026, 11, 23, 9, 50, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self):
        return self.now

    def forward(self, **kwargs):
        self.now += timedelta(**kwargs)


def sent_at(raw):
    date = email.message_from_bytes(raw)["Date"]
    return email.utils.parsedate_to_datetime(date) if date else None


class Copy(bytes):
    """One delivered message: it stays the same object wherever it is moved. ``at`` is its arrival, which a move keeps
    (RFC 9051, 6.4.7)."""

    at: datetime


@dataclass
class Folder:
    uidvalidity: int = 7
    uidnext: int = 1
    messages: dict = field(default_factory=dict)
    dates: dict = field(default_factory=dict)
    placed: dict = field(default_factory=dict)
    """Which copy ever lay at which (UIDVALIDITY, UID)."""

    def add(self, raw, at):
        uid = self.uidnext
        self.uidnext += 1
        copy = raw if isinstance(raw, Copy) else Copy(raw)
        copy.at = at
        self.messages[uid] = self.placed[self.uidvalidity, uid] = copy
        self.dates[uid] = at
        return uid


class FakeMailbox:
    """Implements desk.Mailbox in memory. ``fails`` maps a method's name to the errors that it raises next; ``lost``
    likewise, but what was asked for has been done and only the answer is lost. ``meanwhile`` maps it to what others do
    just before. ``touch`` is told of each call and of its end, and may raise. ``done`` is what the program did. With
    ``breaks`` a connection that has raised an error is of no use until it is made anew."""

    def __init__(self, clock, *folders):
        self.clock = clock
        self.folders = {name: Folder() for name in folders}
        self.fails, self.lost, self.meanwhile = {}, {}, {}
        self.refuses = set()  # UIDs whose bytes the server does not give out
        self.told = {}
        self.connects = 0
        self.calls = []
        self.done = []
        self.touch = lambda what: None
        self.breaks, self.broken = False, None

    def deliver(self, raw, folder="INBOX", at=None):
        return self.folders[folder].add(raw, at or self.clock())

    def renumber(self, folder="INBOX"):
        old = self.folders[folder]
        new = Folder(uidvalidity=old.uidvalidity + 1, placed=old.placed)
        for uid in sorted(old.messages, reverse=True):
            new.add(old.messages[uid], old.dates[uid])
        self.folders[folder] = new

    def carry(self, folder, uid, target):
        """Somebody moves a message, by whatever program; None: it is not there."""
        raw = self.folders[folder].messages.pop(uid, None)
        return None if raw is None else self.folders[target].add(raw, self.folders[folder].dates[uid])

    def _maybe_fail(self, what):
        self.calls.append(what)
        for act in self.meanwhile.pop(what, ()):
            act()
        self.touch(what)
        if self.broken is not None and what != "connect":
            raise MailboxError(f"the connection is of no use since {self.broken}")
        self._raise(self.fails, what)

    def _answer(self, what):
        self.touch(f"{what} done")
        self._raise(self.lost, what)

    def _raise(self, errors, what):
        if errors.get(what):
            error = errors[what].pop(0)
            if self.breaks and not isinstance(error, FolderMissing):
                self.broken = f"{what}: {error}"
            raise error

    def connect(self):
        self._maybe_fail("connect")
        self.connects += 1
        self.broken = None

    def close(self):
        self.calls.append("close")

    def ensure_folder(self, folder):
        made = folder not in self.folders
        self.folders.setdefault(folder, Folder())
        return made

    def _guard(self, folder):
        """UIDs told by ``state`` mean nothing under another UIDVALIDITY."""
        if self.told.get(folder, self.folders[folder].uidvalidity) != self.folders[folder].uidvalidity:
            raise MailboxError("UIDVALIDITY has changed")

    def state(self, folder):
        self._maybe_fail("state")
        if folder not in self.folders:
            raise FolderMissing(f"there is no folder {folder!r}")
        found = self.folders[folder]
        self.told[folder] = found.uidvalidity
        return FolderState(found.uidvalidity, found.uidnext, tuple(sorted(found.messages)))

    def uidvalidity(self, folder):
        self._maybe_fail("uidvalidity")
        if folder not in self.folders:
            raise FolderMissing(f"there is no folder {folder!r}")
        return self.folders[folder].uidvalidity

    def envelopes(self, folder, uids, *, dated=False):
        self._maybe_fail("envelopes")
        self._guard(folder)
        found = self.folders[folder]
        return {
            u: Envelope(u, len(found.messages[u]), found.dates[u], sent_at(found.messages[u]) if dated else None)
            for u in uids
            if u in found.messages
        }

    def listing(self, folder, uids):
        self._maybe_fail("listing")
        self._guard(folder)
        found = self.folders[folder]
        return {
            u: Listed(u, len(found.messages[u]), found.dates[u], identity.content(found.messages[u])[1])
            for u in uids
            if u in found.messages
        }

    def fetch(self, folder, uids):
        self._maybe_fail("fetch")
        self._guard(folder)
        if self.refuses.intersection(uids):
            raise MailboxError("the server does not give it out")
        return {u: self.folders[folder].messages[u] for u in uids if u in self.folders[folder].messages}

    def move(self, folder, uids, target):
        self._maybe_fail("move")
        self._guard(folder)
        if target not in self.folders:
            raise MailboxError("no such folder")
        for uid in uids:
            if self.carry(folder, uid, target) is not None:
                self.done.append(("move", folder, uid, target))
        self._answer("move")

    def append(self, folder, raw):
        self._maybe_fail("append")
        self.folders[folder].add(raw, self.clock())
        self.done.append(("append", folder, None, folder))
        self._answer("append")

    def find(self, folder, message_id):
        self._maybe_fail("find")
        wanted = f"message-id: {message_id}".lower().encode()
        return tuple(u for u, raw in self.folders[folder].messages.items() if wanted in raw.lower())


class Stage(Enum):
    """Where an attempt to send one message ends, and what is known of it then."""

    BUSY = "451 before the message"
    REFUSED = "550 before the message"
    CUT_BEFORE_DOT = "cut off before the final dot"
    CUT_AT_DOT = "cut off while the final dot is written"
    BUSY_BEHIND_DOT = "451 to the whole message"
    REFUSED_BEHIND_DOT = "554 to the whole message"
    CUT_AND_KEPT = "cut off behind the final dot, and the server has the message"
    CUT_AND_LOST = "cut off behind the final dot, and the server has thrown it away"
    DIES_BEFORE_DOT = "an error of ours before the final dot"
    DIES_BEHIND_DOT = "an error of ours behind the final dot, and the server has the message"


ENDS = {
    Stage.BUSY: OutgoingState.READY,
    Stage.REFUSED: OutgoingState.FAILED,
    Stage.CUT_BEFORE_DOT: OutgoingState.READY,
    Stage.CUT_AT_DOT: OutgoingState.READY,
    Stage.BUSY_BEHIND_DOT: OutgoingState.READY,
    Stage.REFUSED_BEHIND_DOT: OutgoingState.FAILED,
    Stage.CUT_AND_KEPT: OutgoingState.IN_DOUBT,
    Stage.CUT_AND_LOST: OutgoingState.IN_DOUBT,
}
BEFORE_DOT = {Stage.BUSY, Stage.REFUSED, Stage.CUT_BEFORE_DOT}
ACCEPTED = {None, Stage.CUT_AND_KEPT, Stage.DIES_BEHIND_DOT}


class TransportDied(Exception):
    """An error of ours in the midst of sending: no server's doing."""


class FakeTransport:
    """Implements desk.Transport. ``results`` are given in turn, a SendResult or the Stage at which the attempt ends;
    SENT when there are none. ``sent`` are the messages whose final dot was written, ``accepted`` those that the server
    has. ``touch`` is told of each step, and may raise; ``meanwhile`` is what others do just before the next message."""

    def __init__(self):
        self.sent, self.accepted = [], []
        self.results = []
        self.meanwhile = []
        self.touch = lambda what: None

    def send(self, message, committing):
        acts, self.meanwhile = self.meanwhile, []
        for act in acts:
            act()
        result = self.results.pop(0) if self.results else None
        if isinstance(result, SendResult):
            return self._given(message, committing, result)
        self.touch("envelope")
        if result is Stage.DIES_BEFORE_DOT:
            raise TransportDied
        if result not in BEFORE_DOT:
            committing()
            self.touch("dot")
            if result is not Stage.CUT_AT_DOT:
                self.sent.append(message)
            if result in ACCEPTED:
                self.accept(message)
            self.touch("answer")
        if result is Stage.DIES_BEHIND_DOT:
            raise TransportDied
        return SendResult(ENDS[result], result.value) if result else SendResult(OutgoingState.SENT, "250 ok")

    def accept(self, message):
        self.accepted.append(message)

    def _given(self, message, committing, result):
        if result.state in {OutgoingState.SENT, OutgoingState.IN_DOUBT}:
            committing()
            self.sent.append(message)
            self.accept(message)
        return result

    def close(self):
        pass


class FakeReader:
    """Implements desk.Reader: ``read_one`` turns raw bytes into a Reading or a ReadFailure."""

    def __init__(self, read_one):
        self.read_one = read_one
        self.batches = []

    def read(self, raws):
        self.batches.append(len(raws))
        return [self.read_one(raw) for raw in raws]

    def begin(self, raws):
        return lambda: self.read(raws)

    def close(self):
        pass
