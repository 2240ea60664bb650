"""Trouble with one message, one folder, one answer: it is told to a person, and keeps nothing else back."""

import email
import email.policy
from datetime import timedelta

import pytest

from maildaemon.desk import FolderMissing, MailboxError, MailState, OutgoingState, SendResult
from maildaemon.model import Filing, Mode
from tests.fakes import START, FakeReader
from tests.worlds import World, raw, understand

STRANGER = "who@stranger.example"


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.story.round()
    yield made
    made.ledger.close()


def notes(world, folder="Manual Review"):
    found = [email.message_from_bytes(raw, policy=email.policy.default) for raw in world.held(folder)]
    return [note.get_content() for note in found if note["X-Maildaemon-Id"]]


# --- messages and folders that make trouble -----------------------------------------------------------------------------


def test_a_message_that_the_server_does_not_give_out_keeps_no_other_back_and_comes_before_a_person(world):
    stuck = world.mailbox.deliver(raw(1))
    world.mailbox.deliver(raw(2))
    world.mailbox.refuses = {stuck}
    world.go()
    assert [message.recipient for message in world.transport.sent] == ["buyer@client.example"]
    assert world.states() == [MailState.ACKNOWLEDGED]
    for _ in range(4):
        world.clock.forward(minutes=5)
        world.go()
    assert world.states() == [MailState.ACKNOWLEDGED, MailState.REVIEW]
    assert "does not give it out" in world.column("reason")[1]
    assert len(world.transport.sent) == 1


def test_a_message_that_is_given_out_later_is_handled_like_any_other(world):
    world.mailbox.refuses = {world.mailbox.deliver(raw(1))}
    world.go()
    world.mailbox.refuses = set()
    world.go()
    assert world.states() == [MailState.ACKNOWLEDGED]


def test_a_batch_whose_connection_broke_is_fetched_again_at_once(world):
    world.mailbox.deliver(raw(1))
    world.mailbox.fails["fetch"] = [MailboxError("reset by peer")]
    world.go()
    assert world.states() == [MailState.ACKNOWLEDGED]


def test_a_folder_in_trouble_keeps_neither_the_others_nor_the_filing_back(tmp_path):
    world = World(tmp_path, folders=("INBOX", "Junk"))
    world.story.round()
    world.mailbox.deliver(raw(1))
    world.go()
    world.mailbox.deliver(raw(2), folder="Junk")
    world.mailbox.fails["state"] = [MailboxError("NO [SERVERBUG]")]
    with pytest.raises(MailboxError, match="SERVERBUG"):
        world.story.round()
    world.sender.drain()
    world.story.round()
    assert world.states() == [MailState.ACKNOWLEDGED, MailState.ACKNOWLEDGED]
    world.ledger.close()


def test_a_decided_mail_whose_folder_is_gone_keeps_no_other_from_being_filed(tmp_path):
    world = World(tmp_path, folders=("Alpha", "INBOX"))
    world.mailbox.ensure_folder("Alpha")
    world.story.round()
    world.mailbox.deliver(raw(1), folder="Alpha")
    world.story.round()
    del world.mailbox.folders["Alpha"]
    world.mailbox.deliver(raw(2))
    world.go()
    assert world.states() == [MailState.DECIDED, MailState.ACKNOWLEDGED]
    world.ledger.close()


def test_a_note_that_is_refused_keeps_no_other_mail_from_being_filed(world):
    world.mailbox.deliver(raw(1, sender=STRANGER))
    world.mailbox.deliver(raw(2, sender=STRANGER))
    world.mailbox.deliver(raw(3))
    world.mailbox.fails["append"] = [MailboxError("too large")] * 2
    world.go()
    assert world.states() == [MailState.DECIDED, MailState.REVIEW, MailState.ACKNOWLEDGED]
    world.clock.forward(minutes=2)
    world.go()
    assert world.states() == [MailState.REVIEW, MailState.REVIEW, MailState.ACKNOWLEDGED]


def test_a_pause_ends_when_the_clock_is_put_back(world):
    world.mailbox.deliver(raw(1, sender=STRANGER))
    world.mailbox.fails["append"] = [MailboxError("too large")] * 2
    world.go()
    world.clock.forward(hours=-5)
    world.go()
    assert world.states() == [MailState.REVIEW]


def test_a_decided_mail_that_a_person_took_away_before_the_uidvalidity_changed_comes_to_its_end(world):
    world.mailbox.deliver(raw(1))
    world.mailbox.deliver(raw(2, sender=STRANGER))
    world.mailbox.fails["move"] = [MailboxError("later")] * 4
    world.go()
    world.mailbox.folders["INBOX"].messages.clear()
    world.mailbox.renumber("INBOX")
    world.clock.forward(minutes=2)
    world.story.file()
    assert world.states() == [MailState.DECIDED, MailState.DECIDED], "the folder was not looked through yet"
    world.go()
    assert world.states() == [MailState.ACKNOWLEDGED, MailState.REVIEW]
    assert len(notes(world)) == 1


def test_a_message_that_is_not_given_out_is_told_of_although_the_clock_was_put_back(world):
    world.mailbox.refuses = {world.mailbox.deliver(raw(1))}
    world.go()
    world.clock.forward(days=-365)
    for _ in range(4):
        world.go()
        world.clock.forward(minutes=5)
    assert world.states() == [MailState.REVIEW]


def test_a_uidvalidity_that_changes_in_the_midst_of_a_visit_is_noticed(tmp_path):
    """The clerk looks into the folder between two batches; the UIDs collected before must not be used after that."""
    world = World(tmp_path, batch=1)
    for number in range(20):
        world.mailbox.deliver(raw(number, f"OLD-{number}"), at=START - timedelta(days=2))
    world.story.round()
    for number in range(20, 40):
        world.mailbox.deliver(raw(number))
    read = []

    def once(data):
        read.append(data)
        if len(read) == 11:
            world.mailbox.renumber("INBOX")
        return understand(data)

    world.story.reader = FakeReader(once)
    with pytest.raises(MailboxError):
        world.story.round()
    world.go()
    world.go()
    answered = {message.raw for message in world.transport.sent}
    assert len(answered) == len(world.transport.sent) == 20
    assert not any(b"OLD-" in raw for raw in answered)
    world.ledger.close()


# --- what was there before the first contact ----------------------------------------------------------------------------


def test_old_mail_that_a_person_takes_out_and_lays_back_comes_before_a_person(tmp_path):
    world = World(tmp_path)
    world.mailbox.deliver(raw(1), at=START - timedelta(days=900))
    world.go()
    old = world.mailbox.folders["INBOX"]
    old.add(old.messages.pop(1), old.dates.pop(1))
    world.go()
    assert world.states() == [MailState.LISTED, MailState.REVIEW]
    assert "before the first contact" in world.column("reason")[1]
    assert world.transport.sent == []
    world.ledger.close()


def test_a_mailbox_that_is_moved_to_another_server_answers_none_of_its_old_mail(tmp_path):
    world = World(tmp_path)
    old = raw(1).replace(b"Subject:", b"Date: Mon, 3 Nov 2025 10:00:00 +0000\r\nSubject:")
    world.mailbox.deliver(old, at=START - timedelta(days=385))
    world.go()
    world.mailbox.renumber("INBOX")
    world.mailbox.folders["INBOX"].dates = {1: START + timedelta(days=1)}
    world.clock.forward(days=1)
    world.go()
    assert world.states() == [MailState.LISTED, MailState.LISTED]
    assert world.transport.sent == []
    world.ledger.close()


# --- answers that go wrong ----------------------------------------------------------------------------------------------


def released(world):
    """An order in draft mode, filed, and its answer released after three days."""
    world.mailbox.deliver(raw(1))
    world.go()
    world.clock.forward(days=3)
    (draft,) = world.triage.waiting()
    assert world.release(draft)


def test_a_released_answer_has_its_deadline_before_it(tmp_path):
    world = World(tmp_path, mode=Mode.DRAFT)
    world.story.round()
    released(world)
    (message,) = world.outbox.claim(world.clock())
    world.outbox.result(message, SendResult(OutgoingState.READY, "451 greylisted"))
    world.outbox.flush(world.clock())
    assert world.triage.on_its_way() == 1
    world.ledger.close()


@pytest.mark.parametrize(
    ("state", "says"),
    [(OutgoingState.FAILED, "was not delivered"), (OutgoingState.IN_DOUBT, "does not know whether it arrived")],
)
def test_a_released_answer_that_goes_wrong_is_told_in_a_note(tmp_path, state, says):
    world = World(tmp_path, mode=Mode.DRAFT)
    world.story.round()
    released(world)
    (message,) = world.outbox.claim(world.clock())
    world.outbox.result(message, SendResult(state, "550 no such user"))
    world.outbox.flush(world.clock())
    world.go()
    assert world.states() == [MailState.REVIEW]
    assert any(says in note for note in notes(world))
    world.ledger.close()


def test_the_note_about_a_doubtful_answer_says_so_and_holds_the_answer(world):
    world.mailbox.deliver(raw(1))
    world.transport.results = [SendResult(OutgoingState.IN_DOUBT, "cut off after the final dot")]
    world.go()
    (note,) = notes(world)
    assert "does not know whether it arrived" in note
    assert "cut off after the final dot" in note
    assert "Thank you for your order" in note
    assert world.transport.sent[0].message_id in note
    assert "Nothing was sent" not in note


def test_an_answer_released_before_its_mail_is_filed_ends_as_acknowledged(tmp_path):
    world = World(tmp_path, mode=Mode.DRAFT)
    world.story.round()
    world.mailbox.deliver(raw(1))
    world.mailbox.fails["move"] = [MailboxError("later")] * 2
    world.story.round()
    (draft,) = world.triage.waiting()
    world.release(draft)
    (message,) = world.outbox.claim(world.clock())
    world.outbox.result(message, SendResult(OutgoingState.SENT, "250 ok"))
    world.outbox.flush(world.clock())
    world.clock.forward(minutes=5)
    world.go()
    assert world.states() == [MailState.ACKNOWLEDGED]
    world.ledger.close()


def test_what_was_claimed_and_not_tried_goes_out_as_if_it_had_not_been_claimed(world):
    world.mailbox.deliver(raw(1))
    world.story.round()
    messages = world.outbox.claim(world.clock())
    world.outbox.put_back(messages, world.clock())
    (again,) = world.outbox.claim(world.clock())
    assert (again.id, again.attempts) == (messages[0].id, messages[0].attempts)


def test_an_answer_that_is_due_in_a_far_future_goes_out_now(world):
    world.clock.forward(days=365)
    world.mailbox.deliver(raw(1))
    world.story.round()
    world.clock.forward(days=-365)
    assert len(world.outbox.claim(world.clock())) == 1


# --- trouble of ours ----------------------------------------------------------------------------------------------------


def test_trouble_of_ours_costs_a_mail_none_of_its_attempts(world):
    world.mailbox.deliver(raw(1))
    settle = world.ledger.settle

    def full(*_):
        raise OSError("disk full")

    world.ledger.settle = full
    for _ in range(6):
        with pytest.raises(OSError, match="disk full"):
            world.story.round()
    world.ledger.settle = settle
    world.go()
    assert world.states() == [MailState.ACKNOWLEDGED]


def test_a_long_round_shows_life_again_and_again(world):
    beats = []
    world.story.alive = lambda: beats.append(1)
    for number in range(200):
        world.mailbox.deliver(raw(number))
    world.story.round()
    assert len(beats) > 200


# --- the junk folder, our own notes -------------------------------------------------------------------------------------


def test_what_is_no_order_stays_in_the_junk_folder(tmp_path):
    targets = {Filing.PROCESSED: "Processed", Filing.REVIEW: "Manual Review", Filing.OTHER: "Other"}
    world = World(tmp_path, folders=("INBOX", "Junk"), junk="Junk", targets=targets)
    world.mailbox.ensure_folder("Other")
    world.story.round()
    world.mailbox.deliver(raw(1, kind="hello"), folder="Junk")
    world.mailbox.deliver(raw(2, kind="hello"))
    world.go()
    assert world.held("Junk") == [raw(1, kind="hello")]
    assert world.held("Other") == [raw(2, kind="hello")]
    world.ledger.close()


def test_a_note_of_our_own_that_somebody_moves_is_let_alone(world):
    def with_header(data):
        reading = understand(data.replace(b"X-Maildaemon-Id: note\r\n", b""))
        from dataclasses import replace

        return replace(reading, mail=replace(reading.mail, headers=(("x-maildaemon-id", "note"),)))

    world.story.reader = FakeReader(with_header)
    world.mailbox.deliver(raw(1, sender="orders@us.example"))
    world.go()
    assert world.states() == [MailState.IGNORED]
    assert len(world.held("INBOX")) == 1


def test_a_missing_folder_is_no_trouble_with_the_connection(world):
    world.mailbox.deliver(raw(1, sender=STRANGER))
    world.mailbox.fails["uidvalidity"] = [FolderMissing("there is no folder 'INBOX'")]
    world.go()
    assert world.mailbox.connects == 0
