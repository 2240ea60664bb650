"""The story with fakes that remember, and a real ledger."""

from dataclasses import replace

import pytest

from maildaemon import identity
from maildaemon.desk import MailboxError, MailState, OutgoingState, SendResult
from maildaemon.door import Door
from maildaemon.house import wants_image
from maildaemon.model import Mode
from tests.fakes import START
from tests.worlds import CLIENT, DATA, World, raw


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.story.round()  # first contact with the empty folder
    yield made
    made.ledger.close()


def test_a_clear_order_is_acknowledged_once_and_filed(world):
    world.mailbox.deliver(raw(1))
    world.go()
    world.go()
    assert [message.recipient for message in world.transport.sent] == [CLIENT]
    assert world.held("Processed") == [raw(1)]
    assert world.held("INBOX") == []
    assert world.states() == [MailState.ACKNOWLEDGED]


def test_the_acknowledgement_is_stored_before_it_is_sent_and_carries_a_deterministic_message_id(world):
    world.mailbox.deliver(raw(1))
    world.go()
    content, _ = identity.content(raw(1))
    (message,) = world.transport.sent
    assert message.message_id == identity.message_id(world.ledger.secret, "ack", content, 0, "us.example")


def test_what_is_no_order_stays_where_it_is(world):
    world.mailbox.deliver(raw(1, kind="hello"))
    world.go()
    assert world.held("INBOX") == [raw(1, kind="hello")]
    assert world.states() == [MailState.IGNORED]


def test_a_doubtful_order_moves_to_review_with_a_note_beside_it(world):
    world.mailbox.deliver(raw(1, sender="who@stranger.example"))
    world.go()
    mail, note = sorted(world.held("Manual Review"), key=lambda data: b"Auto-Submitted" in data)
    assert mail == raw(1, sender="who@stranger.example")
    assert b"Auto-Submitted: auto-generated" in note
    assert world.transport.sent == []
    assert world.states() == [MailState.REVIEW]


def test_an_order_in_the_junk_folder_goes_to_review(tmp_path):
    world = World(tmp_path, folders=("INBOX", "Junk"), junk="Junk")
    world.story.round()
    world.mailbox.deliver(raw(1), "Junk")
    world.go()
    assert raw(1) in world.held("Manual Review")
    assert world.transport.sent == []


def test_a_folder_that_is_missing_keeps_no_other_from_being_read(tmp_path):
    world = World(tmp_path, folders=("Gone", "INBOX"))
    world.story.round()
    world.mailbox.deliver(raw(1))
    world.go()
    assert len(world.transport.sent) == 1


def test_first_contact_answers_nobody(tmp_path):
    world = World(tmp_path)
    for number in range(120):
        world.mailbox.deliver(raw(number))
    world.go()
    assert world.transport.sent == []
    assert len(world.held("INBOX")) == 120
    assert set(world.states()) == {MailState.LISTED}
    world.mailbox.deliver(raw(500))
    world.go()
    assert len(world.transport.sent) == 1


def test_a_person_may_say_that_existing_mail_is_handled(tmp_path):
    world = World(tmp_path, answer_existing=True)
    world.mailbox.deliver(raw(1))
    world.go()
    assert len(world.transport.sent) == 1


def test_a_new_uidvalidity_answers_nothing_again(world):
    world.mailbox.deliver(raw(1, kind="hello"))
    world.mailbox.deliver(raw(2))
    world.go()
    world.mailbox.deliver(raw(3, kind="hello again"))
    world.mailbox.renumber("INBOX")
    world.go()
    assert len(world.transport.sent) == 1
    assert sorted(world.states()) == sorted(
        [MailState.IGNORED, MailState.ACKNOWLEDGED, MailState.KNOWN, MailState.IGNORED]
    )


def test_old_mail_stays_old_after_a_new_uidvalidity(tmp_path):
    world = World(tmp_path)
    world.mailbox.deliver(raw(1), at=START.replace(year=2020))
    world.go()
    world.mailbox.renumber("INBOX")
    world.clock.forward(hours=1)
    world.go()
    assert world.transport.sent == []
    assert world.states() == [MailState.LISTED, MailState.LISTED]


def test_mail_moved_back_by_a_person_is_not_answered_again(world):
    world.mailbox.deliver(raw(1))
    world.go()
    world.mailbox.move("Processed", [1], "INBOX")
    world.go()
    assert len(world.transport.sent) == 1
    assert world.held("INBOX") == [raw(1)]


def test_the_same_order_in_another_mail_is_seen_as_a_repeat_also_within_one_batch(world):
    world.mailbox.deliver(raw(1, "PO-7"))
    world.mailbox.deliver(raw(2, "PO-7"))
    world.go()
    assert [message.kind for message in world.transport.sent] == ["ack", "repeat"]
    assert world.states() == [MailState.ACKNOWLEDGED, MailState.IGNORED]


def test_a_message_that_vanished_before_its_fetch_is_written_down(world):
    world.mailbox.deliver(raw(1))
    original = world.mailbox.envelopes

    def gone(folder, uids, **rest):
        world.mailbox.folders["INBOX"].messages.clear()
        return original(folder, uids, **rest)

    world.mailbox.envelopes = gone
    world.go()
    assert world.states() == [MailState.VANISHED]


def test_a_mail_too_large_is_reviewed_without_being_fetched(tmp_path):
    world = World(tmp_path, mail_bytes=50)
    world.story.round()
    world.mailbox.deliver(raw(1))
    world.go()
    assert "fetch" not in world.mailbox.calls
    assert raw(1) in world.held("Manual Review")
    assert "too large" in world.column("reason")[0]


def test_a_mail_that_kills_its_reader_goes_to_review_after_its_attempts_and_stops_no_other(world):
    world.mailbox.deliver(raw(1, kind="killer"))
    world.mailbox.deliver(raw(2))
    world.story.round()
    world.sender.drain()
    assert len(world.transport.sent) == 1
    assert world.states() == [MailState.NEW, MailState.DECIDED]
    for _ in range(3):
        world.story.round()
    assert world.states() == [MailState.REVIEW, MailState.ACKNOWLEDGED]
    assert raw(1, kind="killer") in world.held("Manual Review")


def test_a_mail_that_kills_the_daemon_is_given_up_unread(world):
    world.mailbox.deliver(raw(1))

    def die(raws):
        raise KeyboardInterrupt

    reads, world.reader.read = world.reader.read, die
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            world.restarted().round()
    world.reader.read = lambda raws: pytest.fail("it was read again")
    world.restarted().round()
    world.reader.read = reads
    world.mailbox.deliver(raw(2))
    world.go()
    assert world.states() == [MailState.REVIEW, MailState.ACKNOWLEDGED]
    assert "3 attempts" in world.column("reason")[0]


def test_a_refused_mail_is_reviewed_at_once_with_the_reason(world):
    world.mailbox.deliver(raw(1, kind="refused"))
    world.go()
    assert world.states() == [MailState.REVIEW]
    assert world.column("reason") == ["too many headers"]


def test_shadow_mode_sends_nothing_and_moves_nothing(tmp_path):
    world = World(tmp_path, mode=Mode.SHADOW)
    world.story.round()
    world.mailbox.deliver(raw(1))
    world.mailbox.deliver(raw(2, sender="who@stranger.example"))
    world.go()
    assert world.transport.sent == []
    assert len(world.held("INBOX")) == 2
    assert world.column("action") == ["acknowledge", "review"]
    assert world.states() == [MailState.OBSERVED, MailState.OBSERVED]


def test_what_was_ready_when_the_mode_went_back_to_shadow_is_held_and_its_mail_stays(world):
    world.mailbox.deliver(raw(1))
    world.story.round()
    world.house = replace(world.house, mode=Mode.SHADOW)
    world.sender.door = Door(world.outbox, world.clock, Mode.SHADOW, frozenset()).ask
    world.story = world.restarted()
    world.go()
    assert world.transport.sent == []
    assert world.held("INBOX") == [raw(1)]
    world.house = replace(world.house, mode=Mode.AUTO)
    world.story = world.restarted()
    world.go()
    assert world.transport.sent == []
    assert raw(1) in world.held("Manual Review")
    assert world.states() == [MailState.HELD]


def test_draft_mode_writes_the_answer_and_a_person_releases_it(tmp_path):
    world = World(tmp_path, mode=Mode.DRAFT)
    world.story.round()
    world.mailbox.deliver(raw(1))
    world.go()
    assert world.transport.sent == []
    assert raw(1) in world.held("Manual Review")
    (draft,) = world.triage.waiting()
    assert world.release(draft)
    world.go()
    assert len(world.transport.sent) == 1
    assert raw(1) in world.held("Processed")
    assert world.states() == [MailState.ACKNOWLEDGED]


def test_an_order_that_is_taken_in_and_not_answered_waits_for_no_release_in_draft_mode(tmp_path):
    world = World(tmp_path, mode=Mode.DRAFT)
    world.story.round()
    world.mailbox.deliver(raw(1, headers=[("List-Id", "<orders.client.example>")]))
    world.go()
    assert world.triage.waiting() == []
    assert world.held("Processed") == [raw(1, headers=[("List-Id", "<orders.client.example>")])]
    assert world.states() == [MailState.ACKNOWLEDGED]
    world.ledger.close()


def test_a_restart_between_decision_and_sending_sends_once(world):
    world.mailbox.deliver(raw(1))
    world.story.round()
    world.story = world.restarted()
    world.outbox.recover(world.clock())
    world.go()
    assert len(world.transport.sent) == 1
    assert world.states() == [MailState.ACKNOWLEDGED]


def test_a_restart_between_sending_and_filing_files(world):
    world.mailbox.deliver(raw(1))
    world.story.round()
    world.sender.drain()
    world.story = world.restarted()
    world.story.round()
    assert world.held("Processed") == [raw(1)]
    assert len(world.transport.sent) == 1


def test_a_move_whose_answer_was_lost_is_repeated_without_harm(world):
    world.mailbox.deliver(raw(1))
    world.story.round()
    world.sender.drain()
    world.mailbox.move("INBOX", [1], "Processed")
    world.story.round()
    assert world.held("Processed") == [raw(1)]
    assert world.states() == [MailState.ACKNOWLEDGED]


def test_a_note_is_laid_once_although_the_program_was_cut_off_behind_it(world):
    world.mailbox.deliver(raw(1, sender="who@stranger.example"))
    world.mailbox.fails["move"] = [MailboxError("cut off")]
    world.go()
    world.clock.forward(minutes=2)
    world.go()
    assert len(world.held("Manual Review")) == 2


def test_a_folder_that_refuses_does_not_keep_the_next_orders_from_being_answered(world):
    world.mailbox.deliver(raw(1, sender="who@stranger.example"))
    world.mailbox.fails["append"] = [MailboxError("NO [OVERQUOTA]")]
    world.go()
    world.mailbox.deliver(raw(2))
    world.go()
    assert len(world.transport.sent) == 1
    assert world.mailbox.connects == 1
    world.clock.forward(minutes=2)
    world.go()
    assert world.states() == [MailState.REVIEW, MailState.ACKNOWLEDGED]


def test_an_undeliverable_acknowledgement_brings_its_order_to_review_with_a_note(world):
    world.mailbox.deliver(raw(1))
    world.transport.results = [SendResult(OutgoingState.FAILED, "550 5.1.1 no such user")]
    world.go()
    assert world.states() == [MailState.REVIEW]
    assert raw(1) in world.held("Manual Review")
    assert len(world.held("Manual Review")) == 2


def test_what_is_in_doubt_is_parked_for_a_person_and_not_sent_again(world):
    world.mailbox.deliver(raw(1))
    world.transport.results = [SendResult(OutgoingState.IN_DOUBT, "cut off")]
    world.go()
    world.go()
    assert len(world.transport.sent) == 1
    assert world.states() == [MailState.REVIEW]


@pytest.mark.parametrize("subject", ["broken question", "broken answer"])
def test_an_error_of_ours_shunts_the_one_mail(world, subject):
    world.mailbox.deliver(raw(1, kind=subject))
    world.mailbox.deliver(raw(2))
    for _ in range(4):
        world.go()
    assert world.states() == [MailState.REVIEW, MailState.ACKNOWLEDGED]
    assert "an error of the program" in world.column("reason")[0]


def test_a_backlog_goes_through_in_batches(world):
    for number in range(120):
        world.mailbox.deliver(raw(number))
    world.story.round()
    assert world.reader.batches == [50, 50, 20]


def test_mail_from_our_own_domain_is_never_answered(world):
    world.mailbox.deliver(raw(1, sender="colleague@us.example"))
    world.go()
    assert world.transport.sent == []


@pytest.mark.parametrize(
    ("setting", "own", "wanted"),
    [
        ("on", None, True), ("on", "off", False), ("on", "opt-in", True), ("opt-in", None, False),
        ("opt-in", "on", True), ("opt-in", "off", False), ("off", "on", False),
    ],
)  # fmt: skip
def test_the_customers_own_word_on_the_image_counts(setting, own, wanted):
    customer = replace(DATA.customers[0], pixel=own)
    assert wants_image(setting, customer) is wanted


def undelivered(answer, action="failed", number=7):
    report = f"\nAction: {action}\nStatus: 5.1.1\n\nMessage-ID: {answer}\n"
    return raw(number, report, kind="undelivered", sender="MAILER-DAEMON@mx.example")


def test_a_report_that_an_acknowledgement_was_not_delivered_brings_a_person_to_it(world):
    world.mailbox.deliver(raw(1))
    world.go()
    world.mailbox.deliver(undelivered(world.transport.sent[0].message_id))
    world.go()
    assert world.states() == [MailState.ACKNOWLEDGED, MailState.REVIEW]
    assert CLIENT in world.column("reason")[1]
    assert len(world.held("Manual Review")) == 2, "the report and one note"
    assert len(world.transport.sent) == 1


def test_a_report_about_anything_else_or_of_a_delay_stays_where_it_is(world):
    world.mailbox.deliver(raw(1))
    world.go()
    ours = world.transport.sent[0].message_id
    world.mailbox.deliver(undelivered(f"<ack.{'0' * 32}@us.example>", number=7))
    world.mailbox.deliver(undelivered(ours.replace("us.example", "them.example"), number=8))
    world.mailbox.deliver(undelivered(ours, "delayed", number=9))
    world.go()
    assert world.states()[1:] == [MailState.IGNORED] * 3
    assert len(world.held("INBOX")) == 3
