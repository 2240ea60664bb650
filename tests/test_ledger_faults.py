"""The ledger fails at any of its statements: nothing is sent that is not written, and all goes on by itself."""

import email
import shutil
import sqlite3
from collections import Counter
from contextlib import closing, suppress

import pytest
from sqlalchemy import event, select

from maildaemon.chain import Link, broken
from maildaemon.desk import MailState, OutgoingState
from maildaemon.edge.tables import EVENT, MAIL, OUTGOING
from tests.fakes import FakeTransport
from tests.worlds import FULL, Faults, World, raw

MAILS = (raw(1), raw(2), raw(3, sender="who@stranger.example"), raw(4, kind="hello"), raw(5, kind="refused"))
FOLDERS = ("Processed", "Processed", "Manual Review", "INBOX", "Manual Review")
STATES = {
    "Processed": MailState.ACKNOWLEDGED,
    "Manual Review": MailState.REVIEW,
    "INBOX": MailState.IGNORED,
}
ONCE = ("received", "decided", "sent", "in_doubt", "failed", "filed")


class Witness(FakeTransport):
    """A server that looks into the ledger's file when a message has arrived: it must be written there by then."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def send(self, message, committing):
        result = super().send(message, committing)
        with closing(sqlite3.connect(self.path)) as db:
            (state,) = db.execute("SELECT state FROM outgoing WHERE id = ?", (message.id,)).fetchone()
        assert state == "committing"
        return result


class Life:
    """The program over one ledger: it is started, lives and is started again; the servers outlive it."""

    def __init__(self, folder, mailbox=None, transport=None):
        self.world = World(folder, mailbox=mailbox, transport=transport or Witness(folder / "ledger.db"))
        self.outbox, self.sender, self.archive = self.world.outbox, self.world.sender, self.world.archive
        self.outbox.recover(self.world.clock())
        self.faults = Faults(self.world.ledger)
        self.trouble = False
        self.folder = folder

    def rounds(self, count):
        """What worker and sender do in their threads: an error ends the round, the next one begins anew."""
        for _ in range(count):
            with suppress(*FULL):
                self.world.story.round()
            try:
                if self.trouble:
                    self.outbox.recover(self.world.clock())
                self.sender.drain()
                self.archive.settle()
                self.trouble = False
            except FULL:
                self.trouble = True

    def again(self):
        self.end()
        return Life(self.folder, self.world.mailbox, self.world.transport)

    def end(self):
        self.world.ledger.close()


@pytest.fixture(scope="module")
def met(tmp_path_factory):
    """A folder with a ledger that has met its empty mailbox."""
    folder = tmp_path_factory.mktemp("met")
    life = Life(folder)
    life.rounds(1)
    life.end()
    return folder


@pytest.fixture
def begin(met, tmp_path):
    """A program that has just started, with the mails before it."""
    open_lives = []

    def start(name):
        folder = tmp_path / str(name)
        folder.mkdir()
        shutil.copy(met / "ledger.db", folder / "ledger.db")
        life = Life(folder)
        for data in MAILS:
            life.world.mailbox.deliver(data)
        open_lives.append(life)
        return life

    yield start
    for life in open_lives:
        life.end()


def told(life):
    """What is not as promised; empty when all is well. In doubt may be what a person is told of."""
    world, said = life.world, []
    with world.ledger.database.read() as db:
        rows = db.execute(select(MAIL.c.message_id, MAIL.c.state, OUTGOING.c.state.label("out"), MAIL.c.id, MAIL.c.reason).select_from(
            MAIL.outerjoin(OUTGOING, OUTGOING.c.mail_id == MAIL.c.id)
        )).all()  # fmt: skip
        links = [Link(r.seq, r.at, r.body, r.prev, r.hash) for r in db.execute(select(EVENT).order_by(EVENT.c.seq))]
        events = Counter(db.execute(select(EVENT.c.mail_id, EVENT.c.type).where(EVENT.c.type.in_(ONCE))).all())
    if broken(links) is not None:
        said.append("the chain is broken")
    said += [f"{what} of {number} is told {times} times" for (number, what), times in events.items() if times > 1]
    found = {row.message_id: row for row in rows}
    sent = Counter(message.mail_id for message in world.transport.sent)
    notes = Counter(email.message_from_bytes(data)["Message-ID"] for data in world.held("Manual Review"))
    if set(notes.values()) - {1} or len(notes) != 2 * sum(row.state == MailState.REVIEW for row in rows):
        said.append("not every mail in review has one note")
    for number, (data, folder) in enumerate(zip(MAILS, FOLDERS, strict=True), 1):
        row = found[f"<{number}@client.example>"]
        doubtful = row.out == OutgoingState.IN_DOUBT
        here = "Manual Review" if doubtful or unread(row) else folder
        if row.state != STATES[here]:
            said.append(f"{number} is {row.state}, not {STATES[here]}")
        if [name for name in STATES for held in world.held(name) if held == data] != [here]:
            said.append(f"{number} is not in {here}")
        if sent[row.id] > 1 or (not doubtful and sent[row.id] != (here == "Processed")):
            said.append(f"{number} was answered {sent[row.id]} times")
    return said + ([] if len(found) == len(rows) == len(MAILS) else ["a mail is missing or twice in the ledger"])


def unread(row):
    return "attempts" in (row.reason or "")


def given_up(life):
    """How many mails went to a person because the ledger failed during each of their attempts."""
    with life.world.ledger.database.read() as db:
        return sum(unread(row) for row in db.execute(select(MAIL.c.reason)))


def in_doubt(life):
    with life.world.ledger.database.read() as db:
        return len(db.execute(select(OUTGOING.c.id).where(OUTGOING.c.state == OutgoingState.IN_DOUBT)).all())


@pytest.fixture(scope="module")
def statements(met, tmp_path_factory):
    """What is said to the ledger, in order, when nothing fails."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(met / "ledger.db", folder / "ledger.db")
    life = Life(folder)
    for data in MAILS:
        life.world.mailbox.deliver(data)
    said = []
    life.faults.fails = lambda number, words: said.append(words)
    life.rounds(3)
    assert told(life) == []
    life.end()
    return said


def telling(statements):
    """The number of each statement at its first and at its last time: what lies between is the same once more."""
    first, last = {}, {}
    for number, words in enumerate(statements, 1):
        first.setdefault(words, number)
        last[words] = number
    return sorted({*first.values(), *last.values()})


def test_a_statement_that_fails_once_costs_nothing(begin, statements):
    for failing in telling(statements):
        life = begin(failing)
        life.faults.fails = lambda number, words, failing=failing: number == failing
        life.rounds(5)
        assert (told(life), in_doubt(life), given_up(life)) == ([], 0, 0), failing
        life.end()


def test_a_commit_of_which_nobody_knows_whether_it_took_effect_costs_nothing(begin, statements):
    """Also just before the final dot: nobody has sent that."""
    for failing in (number for number, words in enumerate(statements, 1) if words == "COMMIT"):
        life = begin(failing)
        life.faults.late = True
        life.faults.fails = lambda number, words, failing=failing: number == failing
        life.rounds(5)
        assert (told(life), in_doubt(life), given_up(life)) == ([], 0, 0), failing
        life.end()


def test_a_program_cut_off_at_any_commit_goes_on_where_it_was(begin, statements):
    """Nothing is left of a transaction whose commit is not reached, so it is enough to be cut off at commits."""
    doubts = 0
    for failing in (number for number, words in enumerate(statements, 1) if words == "COMMIT"):
        life = begin(failing)
        life.faults.fails = lambda number, words, failing=failing: number >= failing
        life.rounds(1)
        life = life.again()
        life.rounds(4)
        assert (told(life), given_up(life)) == ([], 0), failing
        assert in_doubt(life) <= 1
        doubts += in_doubt(life)
        life.end()
    assert doubts <= 2, "only what is behind its final dot may be in doubt"


@pytest.mark.parametrize("words", ["INSERT INTO mail", "INSERT INTO decision", "state = 'committing'", "INSERT INTO event", "UPDATE mail", "COMMIT"])  # fmt: skip
def test_a_ledger_that_cannot_be_written_for_long_sends_nothing_unwritten_and_goes_on_afterwards(begin, words):
    """Where attempts can be counted but decisions cannot be stored, the mail in front runs out of them, and no other."""
    life = begin("full")
    life.faults.fails = lambda number, statement: words in statement
    life.rounds(10)
    assert len(life.world.transport.sent) <= (words != "state = 'committing'")
    life.faults.none()
    life.rounds(4)
    assert (told(life), in_doubt(life)) == ([], 0)
    assert given_up(life) <= 1


def test_a_full_database_sends_nothing_unwritten_and_goes_on_when_there_is_room(begin):
    for spare in range(0, 40, 3):
        life = begin(spare)
        engine = life.world.ledger.database.engine
        room = {"pages": 0}

        @event.listens_for(engine, "checkout")
        def _bound(connection, record, proxy, room=room):
            connection.execute(f"PRAGMA max_page_count={room['pages']}")

        with life.world.ledger.database.read() as db:
            room["pages"] = db.exec_driver_sql("PRAGMA page_count").scalar() + spare
        life.rounds(10)
        room["pages"] = 10**6
        life.rounds(4)
        assert (told(life), in_doubt(life)) == ([], 0), spare
        assert given_up(life) <= 1
        life.end()


def test_a_read_only_ledger_answers_nobody_and_goes_on_when_it_can_be_written(begin):
    life = begin("read-only")
    engine = life.world.ledger.database.engine
    bound = {"on": 1}

    @event.listens_for(engine, "checkout")
    def _bound(connection, record, proxy):
        connection.execute(f"PRAGMA query_only={bound['on']}")

    life.rounds(10)
    assert life.world.transport.sent == []
    assert len(life.world.held("INBOX")) == len(MAILS)
    bound["on"] = 0
    life.rounds(4)
    assert (told(life), in_doubt(life), given_up(life)) == ([], 0, 0)
