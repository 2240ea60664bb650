"""The program over fake servers that outlive it: two mailboxes, one ledger, one way out; it is killed and started."""

import contextlib
import sqlite3
from datetime import timedelta

from maildaemon import identity
from maildaemon.bounds import Bounds
from maildaemon.desk import MailboxError, OutgoingState
from maildaemon.door import Door
from maildaemon.edge.archive import Archive
from maildaemon.model import Filing
from tests.fakes import Clock, FakeMailbox, FakeTransport, TransportDied
from tests.ledgers import fresh
from tests.worlds import FULL, TARGETS, Faults, World, understand

BOXES = ("orders", "sales")
WATCHED = ("INBOX", "Junk")
DECIDING = ("Approved", "Rejected", "Not an order")
"""The folders into which a person moves a mail to say what is to become of it."""
FOLDERS = (*WATCHED, "Processed", "Review", "Escalated", *DECIDING, "Elsewhere")
FILED = {**TARGETS, Filing.REVIEW: "Review", Filing.OTHER: None}
ATTEMPTS = 3
LARGE = 2000
TERM = timedelta(minutes=15)
BOUNDS = Bounds(orders_hour=8)


class Killed(BaseException):
    """The process is no more: nothing of it may catch this."""


class Fuse:
    """Ends the program at one of its touches of the world: a statement, a commit (before or behind it), a word to a
    server or the answer. From then on every touch fails, for what is dead does nothing more."""

    def __init__(self):
        self.left, self.dead = None, False

    def set(self, touches):
        self.left = touches

    def __call__(self, what):
        if self.dead:
            raise Killed
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.dead = True
                raise Killed


class Wires(Faults):
    """A ledger's statements and commits, with the fuse beside the faults."""

    def __init__(self, ledger, fuse):
        self.fuse = fuse
        super().__init__(ledger)

    def statement(self, conn, cursor, words, parameters, context, executemany):
        self.fuse(words)
        super().statement(conn, cursor, words, parameters, context, executemany)

    def commit(self, conn):
        self.fuse("COMMIT")
        super().commit(conn)
        if self.fuse.left is not None:
            conn.connection.dbapi_connection.commit()
            self.fuse("COMMIT done")


class Skewed:
    """Our clock: the true time and how wrong it is."""

    def __init__(self, true):
        self.true, self.skew = true, timedelta(0)

    def __call__(self):
        return self.true() + self.skew


class Witness(FakeTransport):
    """A server that remembers what it was given, and looks into the ledger's file when a message has arrived: it must
    be written there by then as one whose final dot may be out. ``cut`` are the messages that were cut off behind that
    word of the ledger, ``refused`` those that a server would not have."""

    def __init__(self, path):
        super().__init__()
        self.path, self.said, self.modes = path, [], []
        self.cut, self.refused = set(), set()
        self.mode = lambda: None
        self.copies, self.late = None, []
        self.when = []  # true time, of each accepted message

    def send(self, message, committing):
        began = []

        def begin():
            try:
                committing()
            except FULL:
                if self.written(message) == "committing":
                    self.cut.add(message.message_id)  # it took effect although nobody knows it
                raise
            began.append(message)

        try:
            result = super().send(message, begin)
        except TransportDied:
            self.cut.update(message.message_id for message in began)
            raise
        if result.state is OutgoingState.IN_DOUBT:
            self.cut.add(message.message_id)
        if result.state is OutgoingState.FAILED:
            self.refused.add(message.message_id)
        return result

    def accept(self, message):
        super().accept(message)
        self.modes.append(self.mode())
        self.when.append(self.copies.clock())
        self.late.append(b"Message-ID: " + message.message_id.encode() + b"\r\n\r\na blind copy\r\n")
        if (state := self.written(message)) != "committing":
            self.said.append(f"{message.message_id} was accepted while the ledger says {state}")

    def copies_arrive(self):
        while self.late:
            self.copies.deliver(self.late.pop())

    def written(self, message):
        """What the ledger's file says of this very message."""
        with contextlib.closing(sqlite3.connect(self.path)) as db:
            where = "WHERE message_id = ? AND raw = ?"
            row = db.execute(f"SELECT state FROM outgoing {where}", (message.message_id, message.raw)).fetchone()
        return row and row[0]


class Servers:
    """What outlives the program, and what was delivered there."""

    def __init__(self, path):
        self.clock = Clock()
        self.mailboxes = {name: FakeMailbox(self.clock, *FOLDERS) for name in BOXES}
        self.archive = FakeMailbox(self.clock, "INBOX")
        for mailbox in (*self.mailboxes.values(), self.archive):
            mailbox.breaks = True
        self.transport = Witness(path)
        self.transport.copies = self.archive
        self.copies = []  # (mailbox, copy)
        self.touched, self.deleted = set(), set()  # by a person: ids of copies

    def deliver(self, raw, box, folder, at=None):
        mailbox = self.mailboxes[box]
        uid = mailbox.deliver(raw, folder, at)
        self.copies.append((box, mailbox.folders[folder].messages[uid]))

    def where(self, box, copy):
        """(folder, UID) of every place where the copy lies."""
        folders = self.mailboxes[box].folders
        return [(name, uid) for name, one in folders.items() for uid, raw in one.messages.items() if raw is copy]

    def calm(self):
        """No fault any more."""
        self.transport.results.clear()
        self.transport.meanwhile.clear()
        for mailbox in (*self.mailboxes.values(), self.archive):
            for faults in (mailbox.fails, mailbox.lost, mailbox.meanwhile, mailbox.refuses):
                faults.clear()


class Program:
    """Everything between a start and an end. What worker and sender do in their threads is done step by step: an error
    ends the step, the next one begins anew."""

    def __init__(self, folder, servers, clock, mode, reads, *, make=World, fuse=None, archived=False):
        self.servers, self.clock, self.mode, self.reads = servers, clock, mode, reads
        self.fuse = fuse or Fuse()
        self.trouble = 0
        self.connected = dict.fromkeys(BOXES, False)
        self.ledger = make.Ledger(fresh(folder / "ledger.db"))
        self.wires = Wires(self.ledger, self.fuse)
        servers.transport.touch, servers.transport.mode = self.fuse, lambda: mode
        self.worlds, self.door = {}, None
        for name in BOXES:
            servers.mailboxes[name].touch = self.fuse
            self.worlds[name] = make(
                folder, mode=mode, mailbox=servers.mailboxes[name], ledger=self.ledger, transport=servers.transport,
                clock=clock, folders=WATCHED, junk="Junk", targets=FILED,
                name=name, mail_bytes=LARGE, attempts=ATTEMPTS, batch=4,
            )  # fmt: skip
            self.worlds[name].reader.read_one = self._read
            self._wire(self.worlds[name], archived)
        self.senders = [world.sender for world in self.worlds.values()]
        self.doubtful = True  # what an earlier life has left is to be recovered first
        servers.archive.touch = self.fuse
        self.archive = Archive(
            self.senders[0].outbox, servers.archive if archived else None, "INBOX", "park", clock=clock
        )

    def _wire(self, world, archived):
        """One door for every sender, as far as one can use it that has a record."""
        world.outbox.term = TERM if archived else timedelta(0)
        self.door = self.door or make_door(world, self.mode)
        world.sender.door, world.sender.passed = self._ask(world), self.door.passed

    def _ask(self, world):
        def ask(message):
            self.door.record = world.outbox
            return self.door.ask(message)

        return ask

    def _read(self, data):
        self.fuse("read")
        self.reads[identity.content(data)[0]] += 1
        if b"Subject: poison" in data:
            self.fuse.dead = True
            raise Killed
        return understand(data)

    # steps --------------------------------------------------------------------------------------------------------------

    def recover(self):
        """As at the start, and by the sender when the ledger has failed. Nothing is under way meanwhile."""
        try:
            for sender in self.senders:
                sender.outbox.flush(self.clock())
            self.senders[0].outbox.recover(self.clock())
            self.doubtful = False
        except FULL:
            self.trouble += 1

    def round(self, box):
        self._work(box, lambda world: world.story.round())

    def file(self, box):
        self._work(box, lambda world: world.story.file())

    def _work(self, box, step):
        world = self.worlds[box]
        try:
            if not self.connected[box]:
                world.mailbox.connect()
                self.connected[box] = True
            step(world)
        except (*FULL, MailboxError):
            self.trouble += 1
            self.connected[box] = False
            world.mailbox.close()

    def drain(self, which=0):
        if self.doubtful:
            self.recover()
        if not self.doubtful:
            self._drain(which)

    def meanwhile(self):
        """Another sender of the same outbox gets its turn, in the midst of a message of the first one."""
        if not self.doubtful:
            self._drain(1)

    def settle(self):
        """The archive's own thread: what is in doubt is looked for."""
        try:
            self.archive.settle()
        except FULL:
            self.trouble += 1

    def _drain(self, which):
        try:
            self.senders[which].drain()
        except (*FULL, TransportDied):
            self.trouble += 1
            self.doubtful = True

    def release(self, number):
        """A person lets an answer go out that waits, if there is one; returns its Message-ID."""
        with contextlib.suppress(*FULL):
            waiting = [row for row in self._triage.waiting() if row.state != OutgoingState.IN_DOUBT]
            if waiting:
                row = waiting[number % len(waiting)]
                box = self.worlds[BOXES[0]].persons.cases.case(row.mail_id).mailbox
                if self.worlds[box].release(row):
                    return row.message_id
        return None

    def told_of(self, number):
        """A person says, truly, what became of an answer in doubt, if there is one; returns its Message-ID."""
        with contextlib.suppress(*FULL):
            parked = [row for row in self._triage.waiting() if row.state == OutgoingState.IN_DOUBT]
            if parked:
                row = parked[number % len(parked)]
                arrived = row.message_id in {message.message_id for message in self.servers.transport.accepted}
                (self._triage.arrived if arrived else self._triage.send_again)(row.id, self.clock())
                return row.message_id
        return None

    def say(self, number, what):
        """A person decides about a mail that waits, if there is one."""
        with contextlib.suppress(*FULL):
            waiting = self.worlds[BOXES[0]].persons.cases.waiting()
            if waiting:
                case = waiting[number % len(waiting)]
                self.worlds[case.mailbox].say(case.mail_id, what)

    @property
    def _triage(self):
        return self.worlds[BOXES[0]].triage

    def end(self):
        self.ledger.close()


def make_door(world, mode):
    return Door(world.outbox, world.clock, mode, frozenset({"us.example"}), BOUNDS)
