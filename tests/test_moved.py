"""Moving a mail in the folders is a decision: settled once, whoever moves it, whenever, and recorded."""

import itertools

import pytest
from sqlalchemy import select

from maildaemon.desk import MailboxError, MailState
from maildaemon.edge.tables import MAIL, RULING
from maildaemon.model import Mode
from tests.test_ruling import STRANGER, come, made, proved, rows, sent
from tests.worlds import CLIENT, raw

REVIEW, APPROVED, REJECTED, OTHER = "Manual Review", "Approved", "Rejected", "Not an order"


@pytest.fixture
def world(tmp_path):
    """One order of a stranger's, stopped, in the review folder beside its note."""
    found = made(tmp_path)
    come(found, raw(1, sender=STRANGER))
    found.go()
    yield found
    assert not proved(found)
    found.ledger.close()


def lies(world):
    """Where each mail lies, notes apart."""
    return sorted(
        (name, raw.partition(b"Message-ID: <")[2][:1].decode())
        for name, folder in world.mailbox.folders.items()
        for raw in folder.messages.values()
        if b"X-Maildaemon-Id" not in raw
    )


def notes(world, folder):
    return [raw for raw in world.held(folder) if b"X-Maildaemon-Id" in raw]


def uid_of(world, folder, *, note=False):
    return next(u for u, raw in world.mailbox.folders[folder].messages.items() if (b"X-Maildaemon-Id" in raw) == note)


def move(world, source, target, *, note=False):
    return world.mailbox.carry(source, uid_of(world, source, note=note), target)


def said(world):
    return [(row.what, row.actor, row.via, row.refused is None) for row in rows(world, RULING)]


def test_the_note_says_why_what_was_read_what_would_be_answered_and_where_to_move_the_mail(world):
    (note,) = notes(world, REVIEW)
    for words in (
        b"WHY IT STOPPED",
        b"WHAT WAS READ",
        b"WHAT WOULD BE ANSWERED",
        b"'Approved'",
        b"'Rejected'",
        b"PO-1",
    ):
        assert words in note


@pytest.mark.parametrize(
    ("folder", "what", "state", "home", "answers"),
    [
        (APPROVED, "approve", MailState.ACKNOWLEDGED, "Processed", [STRANGER]),
        (REJECTED, "reject", MailState.REJECTED, REJECTED, []),
        (OTHER, "not-an-order", MailState.NOT_AN_ORDER, OTHER, []),
    ],
)
@pytest.mark.parametrize("note", [False, True])
def test_a_mail_or_its_note_laid_into_a_folder_is_decided_once(world, folder, what, state, home, answers, note):
    move(world, REVIEW, folder, note=note)
    for _ in range(3):
        world.go()
    assert sent(world) == answers
    assert world.states() == [state]
    assert lies(world) == [(home, "1")]
    assert said(world) == [(what, "a mail client", "folder", True)]
    assert notes(world, REVIEW) == []


def test_what_is_laid_back_into_the_inbox_is_read_again_with_todays_master_data(world):
    client = world.data.customers[0]
    world.data = type(world.data)(
        (type(client)(**{**{n: getattr(client, n) for n in client.__slots__}, "domains": ("stranger.example",)}),),
        world.data.products, world.data.prices, world.data.aliases, world.data.stock,
    )  # fmt: skip
    move(world, REVIEW, "INBOX")
    for _ in range(3):
        world.go()
    assert sent(world) == [STRANGER]
    assert lies(world) == [("Processed", "1")]
    assert said(world) == [("reread", "a mail client", "folder", True)]


def test_what_is_read_again_and_stops_again_goes_back_to_review_with_a_new_note(world):
    move(world, REVIEW, "INBOX")
    for _ in range(3):
        world.go()
    assert lies(world) == [(REVIEW, "1")]
    assert len(notes(world, REVIEW)) == 2
    assert said(world) == [("reread", "a mail client", "folder", True)]


def test_an_earlier_note_is_answered_with_the_word_that_its_mail_has_changed(world):
    move(world, REVIEW, "INBOX")
    for _ in range(3):
        world.go()
    world.mailbox.carry(REVIEW, uid_of(world, REVIEW, note=True), APPROVED)
    for _ in range(3):
        world.go()
    assert sent(world) == []
    assert said(world)[1:] == [("approve", "a mail client", "folder", False)]
    assert notes(world, APPROVED) == []
    assert lies(world) == [(REVIEW, "1")]
    assert any(b"decided meanwhile by a mail client" in note for note in notes(world, REVIEW))


def test_the_same_mail_delivered_a_second_time_is_not_read_again(world):
    world.mailbox.deliver(raw(1, sender=STRANGER))
    for _ in range(3):
        world.go()
    assert lies(world) == [("INBOX", "1"), (REVIEW, "1")]
    assert said(world) == []


def test_an_acknowledged_mail_laid_into_the_inbox_is_no_resend(world):
    come(world, raw(2))
    world.go()
    move(world, "Processed", "INBOX")
    for _ in range(3):
        world.go()
    assert sent(world) == [CLIENT]
    assert said(world) == []


def test_a_move_that_is_undone_before_anybody_looks_says_nothing(world):
    move(world, REVIEW, APPROVED)
    move(world, APPROVED, REVIEW)
    world.go()
    assert said(world) == []
    assert world.states() == [MailState.REVIEW]


def test_moves_while_the_program_is_down_are_settled_when_it_is_back(world):
    move(world, REVIEW, APPROVED)
    world.story = world.restarted()
    world.go()
    world.go()
    assert sent(world) == [STRANGER]
    assert lies(world) == [("Processed", "1")]


def test_a_mail_laid_into_rejected_after_it_was_answered_goes_back_with_a_note(world):
    move(world, REVIEW, APPROVED)
    world.go()
    world.go()
    move(world, "Processed", REJECTED)
    for _ in range(3):
        world.go()
    assert sent(world) == [STRANGER]
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert [ok for *_, ok in said(world)] == [True, False]
    assert lies(world) == [("Processed", "1")]
    assert any(b"decided meanwhile" in note for note in notes(world, "Processed"))


def test_what_cannot_be_approved_goes_back_to_review_with_a_note_that_says_why(world):
    come(world, raw(2, kind="refused"))
    world.go()
    uid = next(u for u, raw in world.mailbox.folders[REVIEW].messages.items() if b"Subject: refused" in raw)
    world.mailbox.carry(REVIEW, uid, APPROVED)
    for _ in range(3):
        world.go()
    assert lies(world) == [(REVIEW, "1"), (REVIEW, "2")]
    assert any(b"could not be read" in note and b"COULD NOT BE DONE" in note for note in notes(world, REVIEW))
    assert world.states()[1] == MailState.REVIEW


@pytest.mark.parametrize("first", ["reject", "approve", "reread"])
def test_a_command_and_a_move_at_once_have_one_outcome_and_both_are_recorded(world, first):
    move(world, REVIEW, APPROVED if first == "reject" else REJECTED)
    assert world.say(1, first).refused is None
    for _ in range(3):
        world.go()
    assert len(sent(world)) == (first == "approve")
    assert [ok for *_, ok in said(world)] == [True, False]
    home = {"reject": REJECTED, "approve": "Processed", "reread": REVIEW}[first]
    assert lies(world) == [(home, "1")]


def test_two_people_with_two_copies_have_one_outcome_the_one_that_sends_nothing(world):
    copy = world.mailbox.folders[REVIEW].messages[uid_of(world, REVIEW)]
    move(world, REVIEW, APPROVED)
    world.mailbox.deliver(bytes(copy), REJECTED)
    for _ in range(3):
        world.go()
    assert sent(world) == []
    assert world.states() == [MailState.REJECTED]
    assert [(what, ok) for what, _, _, ok in said(world)] == [("reject", True), ("approve", False)]


def test_a_mind_is_changed_by_moving_the_mail_on(world):
    move(world, REVIEW, REJECTED)
    world.go()
    move(world, REJECTED, APPROVED)
    for _ in range(3):
        world.go()
    assert sent(world) == [STRANGER]
    assert lies(world) == [("Processed", "1")]


def test_a_command_alone_moves_the_mail_and_its_note_out_of_review(world):
    world.say(1, "reject")
    for _ in range(2):
        world.go()
    assert lies(world) == [(REJECTED, "1")]
    assert notes(world, REVIEW) == []


def test_a_decision_before_the_mail_was_filed_is_filed_once(tmp_path):
    world = made(tmp_path)
    world.mailbox.fails["move"] = [MailboxError("not now")] * 9
    come(world, raw(1, sender=STRANGER))
    assert world.say(1, "approve").refused is None
    world.mailbox.fails.clear()
    world.clock.forward(minutes=2)
    for _ in range(2):
        world.go()
    assert sent(world) == [STRANGER]
    assert lies(world) == [("Processed", "1")]
    assert not proved(world)
    world.ledger.close()


def test_a_stranger_in_the_folders_is_left_alone(world):
    world.mailbox.deliver(raw(7, sender=STRANGER), APPROVED)
    world.mailbox.deliver(raw(1, sender="liar@stranger.example"), APPROVED)  # the same Message-ID, another mail
    for _ in range(2):
        world.go()
    assert sent(world) == []
    assert said(world) == []
    assert lies(world) == [(APPROVED, "1"), (APPROVED, "7"), (REVIEW, "1")]


def test_a_new_uidvalidity_of_the_folders_says_nothing_new(world):
    move(world, REVIEW, REJECTED)
    world.go()
    for name in (REVIEW, REJECTED, APPROVED):
        world.mailbox.renumber(name)
    for _ in range(2):
        world.go()
    assert [what for what, *_ in said(world)] == ["reject"]


def test_shadow_mode_does_not_look(tmp_path):
    world = made(tmp_path, mode=Mode.SHADOW)
    come(world, raw(1, sender=STRANGER))
    move(world, "INBOX", APPROVED)
    world.go()
    assert sent(world) == []
    assert said(world) == []
    world.ledger.close()


@pytest.mark.parametrize("what", ["state", "listing", "fetch", "move", "append"])
def test_a_mailbox_that_breaks_in_the_midst_is_settled_with_the_next_round(world, what):
    move(world, REVIEW, APPROVED)
    world.mailbox.fails[what] = [MailboxError("broken")]
    for _ in range(4):
        try:
            world.go()
        except MailboxError:
            world.mailbox.connect()
        world.clock.forward(minutes=2)
    assert sent(world) == [STRANGER]
    assert lies(world) == [("Processed", "1")]


def test_drafts_are_released_by_moving_their_mail(tmp_path):
    world = made(tmp_path, mode=Mode.DRAFT)
    come(world, raw(1))
    world.go()
    assert world.states() == [MailState.HELD]
    move(world, REVIEW, APPROVED)
    for _ in range(2):
        world.go()
    assert sent(world) == [CLIENT]
    assert lies(world) == [("Processed", "1")]
    assert not proved(world)
    world.ledger.close()


WAYS = ["approve", "reject", APPROVED, REJECTED, OTHER, "INBOX"]


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(WAYS, 2)))
def test_whatever_two_people_do_at_most_one_answer_leaves_and_one_copy_lies_somewhere(world, first, second):
    for way in (first, second):
        if way.islower():
            world.say(1, way)
        else:
            where = next(name for name, number in lies(world) if number == "1")
            if where != way:
                move(world, where, way)
    for _ in range(4):
        world.go()
    assert len(sent(world)) <= 1
    assert len(lies(world)) == 1
    assert sum(ok for *_, ok in said(world)) <= 2
    with world.ledger.database.read() as db:
        assert all(state in {"acknowledged", "rejected", "not-an-order", "review", "known"} for state in
                   db.scalars(select(MAIL.c.state)))  # fmt: skip


def test_mails_of_one_message_id_are_told_apart_by_their_bytes(tmp_path):
    found = made(tmp_path)
    come(found, raw(1, sender=STRANGER), raw(2, sender=STRANGER, message_id="<1@client.example>"))
    found.go()
    second = max(row.id for row in rows(found, MAIL))
    assert found.say(second, "approve").refused is None
    for _ in range(3):
        found.go()
    (filed,) = [one for one in found.held("Processed") if b"X-Maildaemon-Id" not in one]
    assert b"PO-2" in filed
    assert not proved(found)
    found.ledger.close()


def test_a_refused_folder_keeps_no_word_of_another_waiting(world):
    move(world, REVIEW, REJECTED)
    state = world.mailbox.state

    def refusing(folder):
        if folder == APPROVED:
            raise MailboxError("internal error")
        return state(folder)

    world.mailbox.state = refusing
    for _ in range(2):
        world.go()
    assert world.states() == [MailState.REJECTED]
