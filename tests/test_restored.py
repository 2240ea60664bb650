"""A restored ledger: what the copy holds may have gone out since, and what is found is written down once."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from maildaemon import identity
from maildaemon.chain import broken
from maildaemon.cli.reconciling import Reconciled, _box, _take_in
from maildaemon.daemon import effective
from maildaemon.desk import SLACK, Listed, MailState, OutgoingState
from maildaemon.edge.backup import COPIED_AT, backup
from maildaemon.edge.database import LedgerError
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.restored import Answered, Restored
from maildaemon.edge.tables import EVENT, MAIL, META, OUTGOING
from maildaemon.model import Filing, Mode
from maildaemon.reconcile import Proof, Waiting, copied_at, full_mark, proofs, unknown
from maildaemon.settings import parse
from tests.fakes import START
from tests.test_audit import chain_links, look, off
from tests.test_pipeline import World, raw

SETTINGS = """
mode = "{mode}"
[company]
name = "Us"
address = "orders@us.example"
[[mailbox]]
name = "orders"
host = "127.0.0.1"
security = "none"
user = "orders"
password_env = "NONE"
[smtp]
host = "127.0.0.1"
security = "none"
"""


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.path = tmp_path / "ledger.db"
    made.sender.clock = made.clock
    made.story.round()
    yield made
    made.ledger.close()


def restored(world):
    """The world's ledger put in place of itself as a copy of now."""
    copy = world.path.with_name(f"copy{len(list(world.path.parent.glob('copy*')))}.db")
    backup(world.path, copy, world.clock())
    world.ledger.close()
    for end in ("", "-wal", "-shm"):
        world.path.with_name(world.path.name + end).unlink(missing_ok=True)
    copy.rename(world.path)
    world.ledger = SqlLedger(world.path)
    world.outbox.database = world.triage.database = world.ledger.database
    world.house = replace(world.house, mode=Mode.DRAFT)
    world.story = world.restarted()
    return Restored(world.ledger.database)


def sending(world):
    with world.ledger.database.read() as db:
        return db.execute(select(OUTGOING).order_by(OUTGOING.c.id)).all()


def types(world):
    with world.ledger.database.read() as db:
        return list(db.scalars(select(EVENT.c.type).order_by(EVENT.c.seq)))


# --- the backup -------------------------------------------------------------------------------------------------------


def test_a_copy_of_a_copy_keeps_the_older_time(world, tmp_path):
    backup(world.path, tmp_path / "one.db", START)
    backup(tmp_path / "one.db", tmp_path / "two.db", START + timedelta(days=3))
    with closing(sqlite3.connect(tmp_path / "two.db")) as db:
        ((value,),) = db.execute("SELECT value FROM meta WHERE key = ?", (COPIED_AT,))
    assert value.startswith("2026-11-23 09:50")


def test_a_backup_that_fails_leaves_nothing_behind(world, tmp_path):
    with pytest.raises(LedgerError, match="there is no ledger"):
        backup(tmp_path / "none.db", tmp_path / "copy.db", START)
    with pytest.raises(LedgerError, match=r"copy\.db: the backup failed: No such file"):
        backup(world.path, tmp_path / "no" / "copy.db", START)
    (tmp_path / "text.db").write_text("no database at all" * 100)
    with pytest.raises(LedgerError, match="not a database"):
        backup(tmp_path / "text.db", tmp_path / "copy.db", START)
    (tmp_path / "there.db").write_text("somebody's")
    with pytest.raises(LedgerError, match="there already"):
        backup(world.path, tmp_path / "there.db", START)
    assert (tmp_path / "there.db").read_text() == "somebody's"
    assert not list(tmp_path.glob("*.part*")) + list(tmp_path.glob("copy*"))


def test_what_an_interrupted_backup_left_is_no_obstacle(world, tmp_path):
    (tmp_path / "copy.db.part").write_text("half")
    assert backup(world.path, tmp_path / "copy.db", START).size == (tmp_path / "copy.db").stat().st_size
    assert not list(tmp_path.glob("*.part"))


def test_a_backup_carries_nobodys_lease(world, tmp_path):
    with closing(sqlite3.connect(world.path)) as db:
        db.execute("INSERT INTO lease VALUES ('orders', 'host/1 1 a', 1, '2099-01-01 00:00:00')")
        db.commit()
    backup(world.path, tmp_path / "copy.db", START)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as db:
        assert db.execute("SELECT count(*) FROM lease").fetchone() == (0,)


# --- the mode ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "copy", "counts"), [
    ("auto", True, Mode.DRAFT), ("draft", True, Mode.DRAFT), ("shadow", True, Mode.SHADOW),
    ("auto", False, Mode.AUTO), ("shadow", False, Mode.SHADOW),
])  # fmt: skip
def test_the_mode_of_a_restored_ledger_is_draft_at_most(mode, copy, counts):
    settings = parse(SETTINGS.format(mode=mode), "maildaemon.toml")
    assert effective(settings, START if copy else None).mode is counts


# --- the first opening ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [OutgoingState.READY, OutgoingState.SENDING, OutgoingState.HELD])
def test_what_was_on_its_way_in_the_copy_is_a_draft(world, state):
    world.mailbox.deliver(raw(1))
    world.story.round()
    with closing(sqlite3.connect(world.path)) as db:
        db.execute("UPDATE outgoing SET state = ?, released = 1", (state,))
        db.commit()
    copy = restored(world)
    assert copy.open(world.clock()) == 1
    assert copy.open(world.clock()) == 0, "once"
    (message,) = sending(world)
    assert (message.state, message.released) == (OutgoingState.DRAFT, False)
    world.outbox.recover(world.clock())
    world.go()
    assert world.transport.sent == []
    assert world.states() == [MailState.HELD]
    assert "restored" in types(world)
    assert broken(chain_links(world)) is None
    assert off(look(world)) == set()


def test_what_was_behind_its_last_line_in_the_copy_is_in_doubt_as_ever(world):
    world.mailbox.deliver(raw(1))
    world.story.round()
    (message,) = world.outbox.claim(world.clock())
    world.outbox.committing(message.id, world.clock())
    copy = restored(world)
    assert copy.open(world.clock()) == 0
    assert world.outbox.recover(world.clock()) == 1
    assert sending(world)[0].state == OutgoingState.IN_DOUBT


def test_an_original_is_opened_as_it_is(world):
    world.mailbox.deliver(raw(1))
    world.story.round()
    assert Restored(world.ledger.database).open(world.clock()) == 0
    assert sending(world)[0].state == OutgoingState.READY


# --- what is proved ---------------------------------------------------------------------------------------------------


def test_a_copy_proves_more_than_a_filed_mail_and_to_be_found_nowhere_proves_nothing():
    one, two, three = (Waiting(n, "orders", f"<ack.{n}@us.example>", (f"<{n}@c>", 1, None)) for n in (1, 2, 3))
    processed = {("orders", one.mail), ("orders", two.mail), ("second", three.mail)}
    found = proofs([one, two, three], {one.message_id}, processed)
    assert [(proof.id, proof.how) for proof in found] == [(1, "found in the archive"), (2, "found in Processed")]


def test_what_came_after_the_copy_and_is_not_known_is_to_be_taken_in():
    def listed(uid, message_id, *, days=0.0, size=5):
        return Listed(uid, size, START + timedelta(days=days), message_id)

    messages = [
        listed(1, "<old@c>", days=-1.01),
        listed(2, "<late@c>", days=-0.99),
        listed(3, "<new@c>", days=2),
        listed(4, "<known@c>", days=2),
        listed(5, "<known@c>", days=2, size=6),
        listed(6, f"<note.{'ab' * 16}@us.example>", days=2),
        listed(7, f"<note.{'ab' * 16}@client.example>", days=2),
        listed(8, None, days=2),
        listed(9, None, days=3),
    ]
    known = {full_mark("<known@c>", 5, START), full_mark(None, 5, START + timedelta(days=3))}
    assert [m.uid for m in unknown(messages, known, "us.example", START)] == [2, 3, 5, 7, 8]


def test_a_ledger_without_a_mark_is_given_away_by_an_answer_that_it_does_not_know():
    ours, other = f"<ack.{'ab' * 16}@us.example>", f"<ack.{'cd' * 16}@us.example>"
    copies = [
        Listed(1, 1, START, ours),
        Listed(2, 1, START + SLACK, other),
        Listed(3, 1, START - SLACK, "<x@us.example>"),
    ]
    assert copied_at(copies, {ours, other}, "us.example") is None
    assert copied_at(copies, {ours}, "us.example") == START + SLACK
    assert copied_at(copies, set(), "us.example") == START


# --- what is written down ---------------------------------------------------------------------------------------------


def drafted(world):
    """A restored world with one answer that waits."""
    world.mailbox.deliver(raw(1))
    world.story.round()
    copy = restored(world)
    copy.open(world.clock())
    return copy


def test_an_answer_that_was_found_is_sent_and_its_mail_goes_where_answered_mails_go(world):
    copy = drafted(world)
    (waiting,) = copy.waiting()
    copy.settle([Proof(waiting.id, "found in the archive")], world.clock())
    copy.settle([Proof(waiting.id, "found in the archive")], world.clock())
    world.go()
    assert types(world).count("settled") == 1
    assert sending(world)[0].state == OutgoingState.SENT
    assert (world.states(), world.held("Processed")) == ([MailState.ACKNOWLEDGED], [raw(1)])
    assert world.transport.sent == []
    copy.clear(world.clock())
    assert copy.copied_at() is None
    assert look(world).findings == ()


def test_an_answer_that_was_found_after_its_mail_was_laid_before_a_person_counts_as_acknowledged(world):
    copy = drafted(world)
    world.go()
    assert world.states() == [MailState.HELD]
    (waiting,) = copy.waiting()
    copy.settle([Proof(waiting.id, "found in Processed")], world.clock())
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert off(look(world)) == set()


def test_mails_that_were_handled_since_are_taken_in_once_and_their_orders_are_known(world):
    copy = drafted(world)
    world.clock.forward(hours=5)
    world.mailbox.deliver(raw(7), "Processed")
    world.mailbox.deliver(raw(8, sender="who@stranger.example"), "Manual Review")
    made = Reconciled(START, by_archive=False)
    for _ in range(2):
        _box(world.story, copy, made, lambda *_: None)
    world.story.file()
    assert made.taken_in == 2
    assert world.states() == [MailState.HELD, MailState.ACKNOWLEDGED, MailState.REVIEW]
    assert world.transport.sent == []
    assert world.held("Processed") == [raw(7)]
    assert off(look(world)) == set()
    # The client sends the same order once more.
    world.mailbox.deliver(raw(9, "PO-7"))
    world.house = replace(world.house, mode=Mode.AUTO)
    world.story = world.restarted()
    world.go()
    assert world.states()[-1] == MailState.REVIEW
    assert "the same order came" in world.column("reason")[-1]
    assert world.transport.sent == []


def test_a_reconciliation_that_was_cut_off_goes_on_where_it_was(world):
    copy = drafted(world)
    world.mailbox.deliver(raw(7), "Processed")
    world.mailbox.deliver(raw(8), "Processed")
    settle = world.ledger.settle
    world.ledger.settle = lambda *_: (_ for _ in ()).throw(OSError("killed"))
    made = Reconciled(START, by_archive=False)
    with pytest.raises(OSError, match="killed"):
        _take_in(world.story, copy, Filing.PROCESSED, "Processed", made, lambda *_: None)
    world.ledger.settle = settle
    assert world.states()[1:] == [MailState.NEW, MailState.NEW]
    _take_in(world.restarted(), copy, Filing.PROCESSED, "Processed", made, lambda *_: None)
    assert world.states()[1:] == [MailState.ACKNOWLEDGED, MailState.ACKNOWLEDGED]
    assert len(sending(world)) == 1, "no answer was written to them"


def test_a_mail_that_kills_its_reader_is_taken_in_unread(world):
    copy = drafted(world)
    world.mailbox.deliver(raw(7, kind="killer"), "Processed")
    _take_in(world.story, copy, Filing.PROCESSED, "Processed", Reconciled(START, by_archive=False), lambda *_: None)
    assert world.states()[1:] == [MailState.ACKNOWLEDGED]


def test_the_answer_in_the_archive_of_a_mail_that_was_taken_in_is_written_down(world):
    copy = drafted(world)
    world.mailbox.deliver(raw(7), "Processed")
    _take_in(world.story, copy, Filing.PROCESSED, "Processed", Reconciled(START, by_archive=True), lambda *_: None)
    ((mail_id, content),) = copy.unanswered()
    message_id = identity.message_id(world.ledger.secret, "ack", content, 0, "us.example")
    archived = b"Received: by us\r\nTo: buyer@client.example\r\n\r\nthanks"
    copy.answered(Answered(mail_id, message_id, "buyer@client.example", "s", archived, START), world.clock())
    assert copy.unanswered() == ()
    assert message_id in copy.arrived()
    found = look(world, archive=(Listed(1, 1, START, message_id),))
    assert found.off == ()
    assert {finding.what for finding in found.notes} == {"restored"}


def test_an_answer_to_somebody_else_in_the_archive_is_off(world):
    copy = drafted(world)
    world.mailbox.deliver(raw(7), "Processed")
    _take_in(world.story, copy, Filing.PROCESSED, "Processed", Reconciled(START, by_archive=True), lambda *_: None)
    ((mail_id, content),) = copy.unanswered()
    message_id = identity.message_id(world.ledger.secret, "ack", content, 0, "us.example")
    copy.answered(
        Answered(mail_id, message_id, "thief@evil.example", "s", b"To: thief@evil.example\r\n\r\n", START),
        world.clock(),
    )
    assert off(look(world)) == {"recipient"}


def test_a_ledger_from_before_is_marked_by_what_it_does_not_know(world):
    copy = Restored(world.ledger.database)
    copy.mark(START)
    assert copy.copied_at() == START
    with world.ledger.database.read() as db:
        assert db.scalar(select(META.c.value).where(META.c.key == COPIED_AT)) is not None
    assert copy.open(world.clock()) == 0
    copy.clear(world.clock())
    assert copy.copied_at() is None
    assert types(world)[-2:] == ["restored", "reconciled"]


def test_another_order_under_a_message_id_that_lies_in_processed_is_not_taken_for_answered(world):
    copy = drafted(world)
    world.mailbox.deliver(raw(8, "PO-123456789", message_id="<1@client.example>"), "Processed")
    processed = _box(world.story, copy, Reconciled(START, by_archive=False), lambda *_: None)
    assert proofs(copy.waiting(), (), processed) == []
    with world.ledger.database.read() as db:
        assert db.scalar(select(MAIL.c.state).where(MAIL.c.folder == "Processed")) == MailState.ACKNOWLEDGED
