"""What came into doubt: found in the archive it has arrived, not found proves nothing, and a person is told in the end."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from maildaemon.desk import MailboxError, MailState, OutgoingState, SendResult
from maildaemon.doubt import Step, step
from maildaemon.edge.archive import Archive
from maildaemon.edge.tables import EVENT, OUTGOING
from tests.fakes import START, FakeMailbox
from tests.worlds import World, raw

TERM = timedelta(minutes=15)
CUT_OFF = SendResult(OutgoingState.IN_DOUBT, "cut off after the final dot")


@pytest.mark.parametrize(
    ("found", "late", "policy", "sendings", "follows"),
    [
        (True, False, "park", 1, Step.SETTLE), (True, True, "park", 1, Step.SETTLE), (True, True, "resend", 9, Step.SETTLE),
        (False, False, "park", 1, Step.WAIT), (None, False, "resend", 1, Step.WAIT),
        (False, True, "park", 1, Step.PARK), (None, True, "park", 1, Step.PARK),
        (False, True, "resend", 1, Step.RESEND), (False, True, "resend", 3, Step.PARK), (None, True, "resend", 1, Step.PARK),
    ],
)  # fmt: skip
def test_only_what_was_found_settles_a_doubt(found, late, policy, sendings, follows):
    now = START + TERM if late else START
    assert step(found, now, START + TERM, policy=policy, sendings=sendings) is follows


class Doubtful(World):
    """A world with an archive, whose server cuts off behind the final dot."""

    def __init__(self, folder, policy="park"):
        super().__init__(folder)
        self.outbox.term = TERM
        self.copies = FakeMailbox(self.clock, "INBOX")
        self.archive = Archive(self.outbox, self.copies, "INBOX", policy, clock=self.clock)
        self.story.round()
        self.mailbox.deliver(raw(1))
        self.transport.results = [CUT_OFF]
        self.story.round()
        self.sender.drain()

    @property
    def sending(self):
        with self.ledger.database.read() as db:
            return db.execute(select(OUTGOING)).one()

    def copy_arrives(self):
        self.copies.deliver(b"Message-ID: " + self.sending.message_id.encode() + b"\r\n\r\ncopy\r\n")

    def later(self, **kwargs):
        self.clock.forward(**kwargs)
        left = self.archive.settle()
        self.sender.drain()
        self.story.round()
        return left

    def events(self):
        with self.ledger.database.read() as db:
            return list(db.scalars(select(EVENT.c.type).order_by(EVENT.c.seq)))


@pytest.fixture
def doubtful(tmp_path):
    made = Doubtful(tmp_path)
    yield made
    made.ledger.close()


def test_a_copy_in_the_archive_settles_it_as_sent_and_its_mail_is_filed(doubtful):
    assert doubtful.later(seconds=1) == 1
    assert doubtful.states() == [MailState.DECIDED], "nothing is filed while it is looked for"
    doubtful.copy_arrives()
    assert doubtful.later(seconds=1) == 0
    assert (doubtful.sending.state, doubtful.sending.response) == (OutgoingState.SENT, "found in the archive")
    assert doubtful.states() == [MailState.ACKNOWLEDGED]
    assert doubtful.held("Processed") == [raw(1)]
    assert len(doubtful.transport.sent) == 1
    assert doubtful.events()[-3:] == ["in_doubt", "sent", "filed"]


def test_what_is_not_found_within_its_term_is_parked_for_a_person(doubtful):
    doubtful.later(minutes=14)
    assert not doubtful.sending.parked
    doubtful.later(minutes=1)
    assert doubtful.sending.parked
    assert doubtful.states() == [MailState.REVIEW]
    assert len(doubtful.held("Manual Review")) == 2, "the mail and one note"
    assert len(doubtful.transport.sent) == 1
    (row,) = doubtful.triage.waiting()
    assert row.state == OutgoingState.IN_DOUBT


def test_an_archive_that_cannot_be_reached_settles_nothing(doubtful):
    doubtful.copies.fails["connect"] = [MailboxError("down")] * 2
    doubtful.copy_arrives()
    assert doubtful.later(minutes=1) == 1
    doubtful.later(minutes=20)
    assert doubtful.sending.parked
    assert doubtful.archive.down is not None


def test_with_resend_the_same_bytes_go_out_once_more_under_the_same_message_id(tmp_path):
    world = Doubtful(tmp_path, "resend")
    world.later(minutes=1)
    assert len(world.transport.sent) == 1
    world.later(minutes=15)
    first, second = world.transport.sent
    assert (first.raw, first.message_id) == (second.raw, second.message_id)
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert "sent-again" in world.events()


def test_with_resend_a_server_that_always_cuts_off_gets_it_three_times_at_most(tmp_path):
    world = Doubtful(tmp_path, "resend")
    world.transport.results = [CUT_OFF] * 9
    for _ in range(9):
        world.later(minutes=15)
    assert len(world.transport.sent) == 3
    assert world.sending.parked


def test_a_person_says_that_it_arrived(doubtful):
    doubtful.later(minutes=15)
    assert doubtful.triage.arrived(doubtful.sending.id, doubtful.clock())
    assert not doubtful.triage.arrived(doubtful.sending.id, doubtful.clock())
    assert (doubtful.sending.state, doubtful.states()) == (OutgoingState.SENT, [MailState.ACKNOWLEDGED])
    doubtful.later(hours=1)
    assert len(doubtful.transport.sent) == 1


def test_a_person_says_that_it_did_not_arrive_and_it_goes_out_once_more(doubtful):
    doubtful.later(minutes=15)
    assert doubtful.triage.send_again(doubtful.sending.id, doubtful.clock())
    doubtful.later(seconds=1)
    assert (doubtful.sending.state, doubtful.states()) == (OutgoingState.SENT, [MailState.ACKNOWLEDGED])
    assert len({message.raw for message in doubtful.transport.sent}) == 1


def test_what_was_cut_off_by_the_end_of_the_program_is_looked_for_after_the_restart(tmp_path):
    world = World(tmp_path)
    world.outbox.term = TERM
    world.story.round()
    world.mailbox.deliver(raw(1))
    world.story.round()
    (message,) = world.outbox.claim(world.clock())
    world.outbox.committing(message.id, world.clock())
    assert world.outbox.recover(world.clock()) == 1
    ((doubt, term, how),) = world.outbox.doubts()
    assert (doubt.id, term) == (message.id, world.clock() + TERM)
    assert "the program ended" in how
    world.ledger.close()
