"""The ledger: written in the right order, once, and provable."""

import json
import random
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from maildaemon import identity
from maildaemon.chain import Link, broken, salted
from maildaemon.desk import Arrival, Envelope, FolderState, MailState, Outcome, OutgoingState, SendResult
from maildaemon.edge.archive import Archive
from maildaemon.edge.database import LedgerError, owned, whole
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.outbox import SqlOutbox
from maildaemon.edge.ruling import Rulings
from maildaemon.edge.tables import EVENT, MAIL, OUTGOING, RAW
from maildaemon.edge.triage import Triage
from maildaemon.model import Action, Decision, Filing, Kind, Mode, Order, OrderDecision, Place, Questions, Reply
from maildaemon.word import Late, Ruling, Via, What, Word
from tests.ledgers import fresh

NOW = datetime(2026, 11, 23, 9, 50, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path):
    found = SqlLedger(fresh(tmp_path / "ledger.db"))
    yield found
    found.close()


def mail(number=1, *, body=b"one", message_id=None):
    message_id = message_id or f"<{number}@client.example>".encode()
    return b"Message-ID: " + message_id + b"\r\nFrom: a@client.example\r\nSubject: PO\r\n\r\n" + body


def arrival(uid, raw=None, *, folder="INBOX", uidvalidity=7, mailbox="orders"):
    raw = raw if raw is not None else mail(uid)
    content, message_id = identity.content(raw)
    return Arrival(Place(mailbox, folder, uidvalidity, uid), len(raw), NOW, raw, content, message_id)


def outcome(mail_id, *, action=Action.ACKNOWLEDGE, mode=Mode.AUTO, po="PO-1", digest="d1", reply=True):
    filing = {Action.ACKNOWLEDGE: Filing.PROCESSED, Action.REVIEW: Filing.REVIEW}[action]
    decided = OrderDecision(action, f"MD-{mail_id}", Order())
    return Outcome(
        mail_id=mail_id,
        mode=mode,
        decision=Decision(action, Kind.ORDER, (decided,), reply=reply, filing=filing),
        reading=None,
        questions=(Questions("a@client.example", None, None, None, po, digest),),
        reply=Reply(f"<ack.{mail_id}@us.example>", "us@us.example", "a@client.example", "s", "t", b"raw")
        if reply
        else None,
    )


def states(ledger):
    with ledger.database.read() as db:
        return dict(db.execute(select(MAIL.c.uid, MAIL.c.state)).all())


def chain(ledger, mailbox="orders"):
    with ledger.database.read() as db:
        rows = db.execute(select(EVENT).where(EVENT.c.mailbox == mailbox).order_by(EVENT.c.seq)).all()
    return [Link(row.seq, row.at, row.body, row.prev, row.hash) for row in rows]


def test_raw_bytes_come_back_as_they_were(ledger):
    raw = mail(1, body=bytes(range(256)))
    ledger.store([arrival(1, raw)], NOW)
    (pending,) = ledger.unfinished("orders", NOW)
    assert pending.raw == raw


def test_the_first_attempt_is_counted_with_the_bytes_and_the_next_before_reading(ledger):
    assert ledger.store([arrival(1)], NOW)[0].attempts == 1
    assert next(ledger.unfinished("orders", NOW)).attempts == 2
    assert next(ledger.unfinished("orders", NOW)).attempts == 3


def test_to_be_one_of_a_batch_is_no_attempt(ledger):
    assert [pending.attempts for pending in ledger.store([arrival(1), arrival(2)], NOW)] == [0, 0]
    assert next(ledger.unfinished("orders", NOW)).attempts == 1
    ledger.count([2])
    assert [pending.attempts for pending in ledger.unfinished("orders", NOW)] == [2, 2]


def test_the_same_mail_at_another_place_is_known_and_not_handled_again(ledger):
    raw = mail(1)
    ledger.store([arrival(1, raw)], NOW)
    with_other_transport = b"Received: from elsewhere\r\n" + raw
    assert ledger.store([arrival(9, with_other_transport, mailbox="second")], NOW) == ()
    assert states(ledger)[9] == MailState.KNOWN


def test_the_same_mail_twice_in_one_batch_is_stored_once(ledger):
    raw = mail(1)
    assert len(ledger.store([arrival(1, raw), arrival(2, raw)], NOW)) == 1
    with ledger.database.read() as db:
        assert db.scalar(select(func.count()).select_from(RAW)) == 1
    assert states(ledger) == {1: MailState.NEW, 2: MailState.KNOWN}


def test_the_bytes_of_the_first_of_two_equal_mails_are_kept_and_are_those_that_its_event_tells_of(ledger):
    raw = mail(1)
    first, second = (b"Received: by " + way + b"\r\n" + raw for way in (b"a", b"another"))
    (pending,) = ledger.store([arrival(1, first), arrival(2, second)], NOW)
    with ledger.database.read() as db:
        row = db.execute(select(RAW)).one()
        body = db.scalar(select(EVENT.c.body).where(EVENT.c.type == "received"))
    assert (pending.raw, zlib.decompress(row.data), row.size) == (first, first, len(first))
    assert json.loads(body)["raw"] == salted(row.salt, first)


def test_a_message_id_used_for_another_content_is_said(ledger):
    ledger.store([arrival(1, mail(message_id=b"<x@client.example>", body=b"one"))], NOW)
    (pending,) = ledger.store([arrival(2, mail(message_id=b"<x@client.example>", body=b"two"))], NOW)
    assert pending.twin


def test_mail_in_flight_goes_on_from_its_new_place_after_uidvalidity_changed(ledger):
    raw = mail(1)
    (pending,) = ledger.store([arrival(5, raw)], NOW)
    ledger.settle([outcome(pending.mail_id, action=Action.REVIEW, reply=False)], 0, NOW)
    assert ledger.store([arrival(2, raw, uidvalidity=8)], NOW) == ()
    (move,) = ledger.moves("orders")
    assert (move.place.uidvalidity, move.place.uid) == (8, 2)


def test_the_first_contact_is_remembered_once(ledger):
    first = ledger.contact("orders", "INBOX", FolderState(7, 100, tuple(range(1, 100))), NOW, answer_existing=False)
    again = ledger.contact("orders", "INBOX", FolderState(7, 120, ()), NOW + timedelta(days=1), answer_existing=False)
    assert first.now
    assert not again.now
    assert (again.uidnext, again.at) == (100, NOW)


def test_after_uidvalidity_changed_the_arrival_date_tells_what_was_there_before(ledger):
    contact = ledger.contact("orders", "INBOX", FolderState(7, 100, ()), NOW, answer_existing=False)
    assert contact.precedes(7, Envelope(99, 1, NOW + timedelta(days=1)))
    assert not contact.precedes(7, Envelope(100, 1, NOW - timedelta(days=1)))
    assert contact.precedes(8, Envelope(500, 1, NOW - timedelta(days=1)))
    assert not contact.precedes(8, Envelope(1, 1, NOW + timedelta(seconds=1)))
    in_that_second = contact.at.replace(microsecond=0)
    assert not contact.precedes(8, Envelope(1, 1, in_that_second))
    assert contact.precedes(8, Envelope(1, 1, in_that_second - timedelta(seconds=1)))


def test_nothing_is_filed_while_its_answer_is_on_its_way(ledger):
    (pending,) = ledger.store([arrival(1)], NOW)
    ledger.settle([outcome(pending.mail_id)], 0, NOW)
    assert ledger.moves("orders") == ()
    outbox = SqlOutbox(ledger.database)
    (message,) = outbox.claim(NOW)
    outbox.committing(message.id, NOW)
    assert ledger.moves("orders") == ()
    outbox.result(message, SendResult(OutgoingState.SENT, "250 ok"))
    outbox.flush(NOW)
    (move,) = ledger.moves("orders")
    assert move.filing is Filing.PROCESSED
    ledger.moved([move], NOW)
    assert states(ledger) == {1: MailState.ACKNOWLEDGED}


def test_an_equal_order_stored_meanwhile_sends_the_decision_back(ledger):
    one, two = ledger.store([arrival(1), arrival(2)], NOW)
    _, mark = ledger.orders_seen([])
    assert ledger.settle([outcome(one.mail_id)], mark, NOW) == ()
    assert ledger.settle([outcome(two.mail_id)], mark, NOW) == (two.mail_id,)
    assert states(ledger)[2] == MailState.NEW
    seen, mark = ledger.orders_seen(outcome(two.mail_id).questions)
    assert [order.reference for order in seen] == [f"MD-{one.mail_id}"]
    assert ledger.settle([outcome(two.mail_id, action=Action.REVIEW, reply=False)], mark, NOW) == ()


def test_shadow_mode_records_and_puts_nothing_out(ledger):
    (pending,) = ledger.store([arrival(1)], NOW)
    ledger.settle([outcome(pending.mail_id, mode=Mode.SHADOW)], 0, NOW)
    assert states(ledger) == {1: MailState.OBSERVED}
    assert SqlOutbox(ledger.database).claim(NOW) == ()
    assert ledger.moves("orders") == ()


def test_a_draft_waits_for_its_release_and_ends_as_acknowledged(ledger):
    (pending,) = ledger.store([arrival(1)], NOW)
    ledger.settle([outcome(pending.mail_id, mode=Mode.DRAFT)], 0, NOW)
    outbox = SqlOutbox(ledger.database)
    assert outbox.claim(NOW) == ()
    ledger.moved(ledger.moves("orders"), NOW)
    assert states(ledger) == {1: MailState.HELD}
    (draft,) = Triage(ledger.database).waiting()
    word = Word(pending.mail_id, What.RELEASE, "anna", Via.CLI)
    ruling = Ruling(word, 1, released=(draft.id,), filing=Filing.PROCESSED)
    rulings = Rulings(ledger.database)
    assert rulings.rule(ruling, 0, NOW) is None
    assert rulings.rule(ruling, 0, NOW) is Late.DECIDED
    (message,) = outbox.claim(NOW)
    assert message.released
    outbox.result(message, SendResult(OutgoingState.SENT, "250"))
    outbox.flush(NOW)
    ledger.moved(ledger.moves("orders"), NOW)
    assert states(ledger) == {1: MailState.ACKNOWLEDGED}


@pytest.mark.parametrize("state", [OutgoingState.FAILED, OutgoingState.IN_DOUBT])
def test_an_answer_that_failed_or_is_in_doubt_brings_its_order_to_review(ledger, state):
    (pending,) = ledger.store([arrival(1)], NOW)
    ledger.settle([outcome(pending.mail_id)], 0, NOW)
    outbox = SqlOutbox(ledger.database)
    (message,) = outbox.claim(NOW)
    outbox.result(message, SendResult(state, "550 no such user"))
    outbox.flush(NOW)
    Archive(outbox, None, "", "park", clock=lambda: NOW).settle()
    (move,) = ledger.moves("orders")
    assert move.filing is Filing.REVIEW
    assert "550 no such user" in move.late.reason
    ledger.moved([move], NOW)
    assert states(ledger) == {1: MailState.REVIEW}


def test_after_a_restart_only_what_was_behind_the_final_dot_is_in_doubt(ledger):
    one, two = ledger.store([arrival(1), arrival(2)], NOW)
    ledger.settle([outcome(one.mail_id), outcome(two.mail_id, po="PO-2", digest="d2")], 0, NOW)
    outbox = SqlOutbox(ledger.database)
    first, second = outbox.claim(NOW)
    outbox.committing(first.id, NOW)
    assert SqlOutbox(ledger.database).recover(NOW) == 1
    again = SqlOutbox(ledger.database).claim(NOW)
    assert [message.id for message in again] == [second.id]
    with ledger.database.read() as db:
        assert db.scalar(select(OUTGOING.c.state).where(OUTGOING.c.id == first.id)) == OutgoingState.IN_DOUBT


def test_a_result_that_could_not_be_written_is_not_forgotten(ledger):
    (pending,) = ledger.store([arrival(1)], NOW)
    ledger.settle([outcome(pending.mail_id)], 0, NOW)
    outbox = SqlOutbox(ledger.database)
    (message,) = outbox.claim(NOW)
    outbox.committing(message.id, NOW)
    outbox.result(message, SendResult(OutgoingState.SENT, "250"))
    assert outbox.recover(NOW) == 0
    with ledger.database.read() as db:
        assert db.scalar(select(OUTGOING.c.state)) == OutgoingState.SENT


def test_a_temporary_refusal_is_tried_later_and_given_up_after_the_deadline(ledger):
    (pending,) = ledger.store([arrival(1)], NOW)
    ledger.settle([outcome(pending.mail_id)], 0, NOW)
    outbox = SqlOutbox(ledger.database, retry_seconds=60, deadline_hours=1)
    now = NOW
    for _ in range(20):
        claimed = outbox.claim(now)
        for message in claimed:
            outbox.result(message, SendResult(OutgoingState.READY, "451 later"))
            outbox.flush(now)
            assert outbox.claim(now) == ()
        now += timedelta(minutes=10)
    (move,) = ledger.moves("orders")
    assert "given up" in move.late.reason


def test_an_answer_from_before_the_clock_was_put_back_goes_out_at_once_and_its_second_try_waits_its_time(ledger):
    (pending,) = ledger.store([arrival(1)], NOW)
    ledger.settle([outcome(pending.mail_id)], 0, NOW)
    outbox = SqlOutbox(ledger.database, retry_seconds=60)
    now = NOW - timedelta(hours=1)
    (message,) = outbox.claim(now)
    outbox.result(message, SendResult(OutgoingState.READY, "451 later"))
    outbox.flush(now)
    assert outbox.claim(now + timedelta(seconds=30)) == ()
    assert len(outbox.claim(now + timedelta(seconds=90))) == 1


def test_two_claims_never_take_the_same_message(ledger):
    pendings = ledger.store([arrival(uid) for uid in range(1, 21)], NOW)
    ledger.settle([outcome(p.mail_id, po=f"PO-{p.mail_id}", digest=f"d{p.mail_id}") for p in pendings], 0, NOW)
    first, second = SqlOutbox(ledger.database), SqlOutbox(ledger.database)
    a, b = first.claim(NOW, 12), second.claim(NOW, 12)
    assert len(a) == 12
    assert len(b) == 8
    assert not {m.id for m in a} & {m.id for m in b}


def test_the_event_chain_holds_and_notices_every_change(ledger):
    for uid in range(1, 6):
        (pending,) = ledger.store([arrival(uid)], NOW)
        ledger.settle([outcome(pending.mail_id, po=f"PO-{uid}", digest=f"d{uid}")], 0, NOW)
    assert broken(chain(ledger)) is None
    assert len(chain(ledger)) == 10
    with ledger.database.write() as db:
        db.execute(update(EVENT).where(EVENT.c.seq == 4).values(body='{"type":"decided"}'))
    assert broken(chain(ledger)) == 4


def test_the_chain_says_nothing_about_a_body_whose_salt_is_erased(ledger):
    raw = mail(1, body=b"a secret order")
    ledger.store([arrival(1, raw)], NOW)
    with ledger.database.read() as db:
        row = db.execute(select(RAW)).one()
        body = db.scalar(select(EVENT.c.body))
    assert row.sha256 not in body
    assert row.content not in body


def test_one_daemon_at_a_time_owns_a_ledger(tmp_path):
    with owned(tmp_path / "l.db"), pytest.raises(LedgerError, match="another maildaemon"), owned(tmp_path / "l.db"):
        pass


def test_a_ledger_that_cannot_be_opened_is_said_in_one_line(tmp_path):
    (tmp_path / "l.db").write_bytes(b"this is no database, and it is long enough to be noticed" * 100)
    with pytest.raises(LedgerError) as caught:
        SqlLedger(tmp_path / "l.db")
    assert "\n" not in str(caught.value)


def garbage(place):
    def damage(before):
        start = int(len(before) * place) // 4096 * 4096
        return before[:start] + b"\xa5" * 4096 + before[start + 4096 :]

    return damage


@pytest.mark.parametrize(
    "damage",
    [garbage(0.4), garbage(0.6), garbage(0.8), lambda before: before[:-2048], lambda before: before[:-1]],
    ids=["garbage", "more garbage", "still more", "half of the last page", "all but an octet"],
)
def test_a_ledger_of_which_a_page_is_damaged_is_not_worked_on(tmp_path, damage):
    path = tmp_path / "l.db"
    ledger = SqlLedger(path)
    for number in range(40):
        ledger.store([arrival(number, raw=mail(number, body=random.Random(number).randbytes(3000)))], NOW)
    whole(path, ledger.database)
    ledger.close()
    path.write_bytes(damage(path.read_bytes()))
    ledger = SqlLedger(path)
    with pytest.raises(LedgerError) as caught:
        whole(path, ledger.database)
    ledger.close()
    assert str(caught.value).startswith(f"{path}: the ledger is damaged (")
    assert "\n" not in str(caught.value)


def test_the_migrations_make_the_tables_that_the_code_expects(ledger):
    from alembic import command
    from alembic.config import Config

    from maildaemon.edge.database import MIGRATIONS

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with ledger.database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)
        tables = connection.exec_driver_sql("select count(*) from sqlite_master where type = 'table'").scalar()
    assert tables > 10


def test_the_ledger_is_safe_against_power_loss(ledger):
    with ledger.database.engine.connect() as db:
        assert db.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert db.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert db.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_the_secret_is_made_once_and_stays(tmp_path):
    first = SqlLedger(tmp_path / "l.db")
    second = SqlLedger(tmp_path / "l.db")
    assert first.secret == second.secret
    assert len(first.secret) == 32
    first.close()
    second.close()


def test_a_mail_that_ends_the_program_costs_those_behind_it_no_attempt(ledger):
    ledger.store([arrival(uid) for uid in (1, 2, 3)], NOW)
    for _ in range(5):
        next(ledger.unfinished("orders", NOW))  # and the program is gone
    assert [pending.attempts for pending in ledger.unfinished("orders", NOW)] == [6, 1, 1]
