"""Fakes that remember: a mailbox of folders, a transport, a reader of prepared readings."""

import email
import email.utils
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

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


@dataclass
class Folder:
    uidvalidity: int = 7
    uidnext: int = 1
    messages: dict = field(default_factory=dict)
    dates: dict = field(default_factory=dict)

    def add(self, raw, at):
        uid = self.uidnext
        self.uidnext += 1
        self.messages[uid] = raw
        self.dates[uid] = at
        return uid


class FakeMailbox:
    """Implements desk.Mailbox in memory. ``fails`` maps a method's name to the errors that it raises next."""

    def __init__(self, clock, *folders):
        self.clock = clock
        self.folders = {name: Folder() for name in folders}
        self.fails = {}
        self.refuses = set()  # UIDs whose bytes the server does not give out
        self.told = {}
        self.connects = 0
        self.calls = []

    def deliver(self, raw, folder="INBOX", at=None):
        return self.folders[folder].add(raw, at or self.clock())

    def renumber(self, folder="INBOX"):
        old = self.folders[folder]
        new = Folder(uidvalidity=old.uidvalidity + 1)
        for uid in sorted(old.messages, reverse=True):
            new.add(old.messages[uid], old.dates[uid])
        self.folders[folder] = new

    def _maybe_fail(self, what):
        self.calls.append(what)
        if self.fails.get(what):
            raise self.fails[what].pop(0)

    def connect(self):
        self._maybe_fail("connect")
        self.connects += 1

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
            raw = self.folders[folder].messages.pop(uid, None)
            if raw is not None:
                self.folders[target].add(raw, self.clock())

    def append(self, folder, raw):
        self._maybe_fail("append")
        self.folders[folder].add(raw, self.clock())

    def find(self, folder, message_id):
        wanted = f"message-id: {message_id}".lower().encode()
        return tuple(u for u, raw in self.folders[folder].messages.items() if wanted in raw.lower())


class FakeTransport:
    """Implements desk.Transport. ``results`` are given in turn, SENT when there are none."""

    def __init__(self):
        self.sent = []
        self.results = []

    def send(self, message, committing):
        result = self.results.pop(0) if self.results else SendResult(OutgoingState.SENT, "250 ok")
        if result.state in {OutgoingState.SENT, OutgoingState.IN_DOUBT}:
            committing()
            self.sent.append(message)
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
