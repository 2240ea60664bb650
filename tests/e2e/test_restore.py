"""The restore drill: a backup made under load is put in place, and nobody is answered twice, before `auto` and after it."""

import email
import email.policy
import random
import re
import shutil
import sqlite3
import stat
import threading
from collections import Counter

import pytest

from maildaemon.cli import auditing
from maildaemon.demo.servers import SmtpSink
from maildaemon.desk import MailState
from tests.e2e.mails import mixed
from tests.e2e.outside import query
from tests.e2e.test_dovecot import ENDS, all_states, config, running, states
from tests.e2e.test_faults import archive
from tests.servers.conditions import until
from tests.servers.dovecot import dovecot

pytestmark = pytest.mark.dovecot
ARCHIVE = "archive@us.example"


@pytest.fixture
def server():
    with dovecot() as found:
        yield found


@pytest.fixture
def sink(server):
    """Its archive gets the copy before the sender gets its 250."""

    def keep(message):
        if ARCHIVE in message.recipients:
            server.deliver(message.raw, user="archive")

    with SmtpSink(heard=keep) as found:
        yield found


@pytest.fixture
def maildaemon(command):
    return lambda settings, *words: command(*words, "--config", settings.ledger.with_name("maildaemon.toml"))


def answered(sink):
    return Counter(email.message_from_bytes(message.raw)["In-Reply-To"] for message in sink.messages)


def ended(settings, count):
    return until(lambda: len(all_states(settings)) == count and set(all_states(settings)) <= ENDS, 60)


def restore(copy, ledger):
    for name in (ledger.name, f"{ledger.name}-wal", f"{ledger.name}-shm"):
        ledger.with_name(name).unlink(missing_ok=True)
    shutil.copy(copy, ledger)


def orders(count, luck, first):
    return [mail for mail in mixed(count * 5, luck, first) if mail.answered][:count]


def once_more(mail, number):
    """The client sends the same order again, as a mail of its own."""
    message = email.message_from_bytes(mail.raw, policy=email.policy.SMTP)
    del message["Message-ID"]
    message["Message-ID"] = f"<again.{number}@mail.example>"
    return message.as_bytes(), message["Message-ID"]


def back_to_the_inbox(server, mail):
    """As if the program had ended between the answer and the move."""
    with server.imap() as client:
        client.select("Processed")
        (uid,) = client.uid("SEARCH", "HEADER", "Message-ID", mail.message_id)[1][0].split()
        client.uid("MOVE", uid.decode(), "INBOX")


@pytest.mark.parametrize("started_first", [True, False])
@pytest.mark.parametrize("with_archive", [True, False])
def test_a_restored_ledger_answers_nobody_twice(maildaemon, server, sink, tmp_path, started_first, with_archive):
    settings = config(tmp_path, server, sink, more=archive(server, 1) if with_archive else "")
    copy = tmp_path / "copy.db"
    before, after = mixed(20, random.Random(31)), mixed(30, random.Random(32), first=100)
    late, waits, fresh, between = orders(4, random.Random(33), first=200)
    with running(settings):
        server.deliver_all([mail.raw for mail in before])
        assert ended(settings, len(before))
        said = maildaemon(settings, "backup", str(copy))
        assert said.returncode == 0, said.stderr
        server.deliver_all([mail.raw for mail in (*after, late)])
        assert ended(settings, len(before) + len(after) + 1)
    assert answered(sink)[late.message_id] == 1
    back_to_the_inbox(server, late)
    server.deliver(waits.raw)
    sent = answered(sink)
    restore(copy, settings.ledger)

    if started_first:
        with running(settings):
            server.deliver(between.raw)
            assert until(lambda: states(settings).get(between.message_id) == MailState.HELD, 30)
        assert answered(sink) == sent
        assert "restored backup" in maildaemon(settings, "check").stdout
    said = maildaemon(settings, "audit", "--reconcile")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "reconciled: the mode of the configuration counts again" in said.stdout
    assert answered(sink) == sent
    # Without an archive nobody can tell that this one was answered: it waits for a person, and goes nowhere.
    found = states(settings)
    assert found[waits.message_id] == MailState.HELD
    assert found[late.message_id] == (MailState.ACKNOWLEDGED if with_archive else MailState.HELD)
    for mail in after:
        if mail.state in {MailState.ACKNOWLEDGED, MailState.REVIEW}:
            assert found[mail.message_id] == mail.state, mail.message_id

    repeated = next(mail for mail in after if mail.answered)
    again, again_id = once_more(repeated, 1)
    with running(settings):
        server.deliver_all([fresh.raw, again])
        assert until(lambda: states(settings).get(fresh.message_id) == MailState.ACKNOWLEDGED, 30)
        assert until(lambda: states(settings).get(again_id) == MailState.REVIEW, 30)
        assert auditing.look(settings, lambda *_: None).off == ()
    assert answered(sink) == sent + Counter({fresh.message_id: 1})
    said = maildaemon(settings, "audit")
    assert said.returncode == 0, said.stdout
    first = said.stdout.splitlines()[0]
    numbers = [int(number) for number in re.findall(r"\d+", first)]
    assert numbers[0] == sum(numbers[1:]) == len(all_states(settings))


@pytest.fixture
def answered_since(server, sink, tmp_path):
    """A ledger as it was before an order was answered: put in place by hand, so that it has no mark."""
    settings = config(tmp_path, server, sink, more=archive(server, 1))
    (order,) = orders(1, random.Random(35), first=300)
    with running(settings):
        pass
    with sqlite3.connect(settings.ledger) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    shutil.copy(settings.ledger, tmp_path / "old.db")
    with running(settings):
        server.deliver(order.raw)
        assert ended(settings, 1)
    return settings, order, tmp_path / "old.db"


def test_an_old_ledger_without_a_mark_is_given_away_by_the_archive_and_reconciled(
    maildaemon, server, sink, answered_since
):
    settings, order, old = answered_since
    assert "there is nothing to reconcile" in maildaemon(settings, "audit", "--reconcile").stdout
    restore(old, settings.ledger)
    back_to_the_inbox(server, order)
    said = maildaemon(settings, "audit")
    assert said.returncode == 1
    assert "run maildaemon audit --reconcile" in said.stdout
    said = maildaemon(settings, "audit", "--reconcile")
    assert (said.returncode, "1 answers were found in the archive" in said.stdout) == (0, True), said.stdout
    with running(settings):
        assert states(settings) == {order.message_id: MailState.ACKNOWLEDGED}
    assert answered(sink) == {order.message_id: 1}


def test_a_person_says_from_when_a_ledger_without_a_mark_is(maildaemon, server, sink, answered_since):
    """Without an archive nothing tells, and the mail in the inbox may have been answered: a person decides."""
    settings, order, old = answered_since
    restore(old, settings.ledger)
    path = settings.ledger.with_name("maildaemon.toml")
    path.write_text(path.read_text().split("[archive]")[0])
    back_to_the_inbox(server, order)
    assert maildaemon(settings, "audit", "--since", "2026-11-20").returncode == 1
    said = maildaemon(settings, "audit", "--reconcile", "--since", "2026-11-20")
    assert said.returncode == 0, said.stdout
    assert "1 answers are left for a person" in said.stdout
    with running(settings):
        assert states(settings) == {order.message_id: MailState.HELD}
    assert answered(sink) == {order.message_id: 1}


def test_an_answer_whose_mail_is_nowhere_keeps_the_mode_at_draft_until_a_person_has_said_what_it_is(
    maildaemon, server, sink, answered_since
):
    settings, order, old = answered_since
    restore(old, settings.ledger)
    with server.imap() as client:
        client.select("Processed")
        client.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
        client.expunge()
    said = maildaemon(settings, "audit", "--reconcile")
    assert said.returncode == 1
    assert "not reconciled, because something is off" in said.stdout
    with running(settings):
        busy = maildaemon(settings, "audit", "--reconcile")
        assert (busy.returncode, busy.stderr.count("\n")) == (1, 1)
        assert "another maildaemon works on this ledger" in busy.stderr
        assert query(settings.ledger, "SELECT count(*) FROM meta WHERE key = 'copied_at'") == [(1,)]
        # Its mail comes back: it is drafted, not answered.
        server.deliver(order.raw)
        assert until(lambda: states(settings).get(order.message_id) == MailState.HELD, 30)
    assert answered(sink) == {order.message_id: 1}
    said = maildaemon(settings, "audit", "--reconcile")
    assert said.returncode == 0, said.stdout
    assert states(settings) == {order.message_id: MailState.ACKNOWLEDGED}


def test_a_backup_while_the_daemon_works_is_whole_and_takes_no_other_files_place(maildaemon, server, sink, tmp_path):
    settings = config(tmp_path, server, sink)
    raws = [mail.raw for mail in mixed(300, random.Random(34))]
    with running(settings):
        delivery = threading.Thread(target=server.deliver_all, args=(raws,))
        delivery.start()
        assert until(lambda: len(all_states(settings)) > 50, 30)
        said = maildaemon(settings, "backup", str(tmp_path / "copy.db"))
        assert said.returncode == 0, said.stderr
        assert re.search(r"copy\.db: [0-9.]+ MiB in [0-9.]+ seconds", said.stdout)
        again = maildaemon(settings, "backup", str(tmp_path / "copy.db"))
        assert (again.returncode, "is there already" in again.stderr) == (1, True)
        delivery.join(30)
        assert ended(settings, 300)
    copy = tmp_path / "copy.db"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy.db"]
    assert query(copy, "PRAGMA integrity_check") == [("ok",)]
    assert query(copy, "SELECT count(*) FROM meta WHERE key = 'copied_at'") == [(1,)]
    assert query(settings.ledger, "SELECT count(*) FROM meta WHERE key = 'copied_at'") == [(0,)]
    # What the copy holds is as promised, mail in flight and all.
    with_copy = settings.model_copy(update={"ledger": copy})
    found = auditing.look(with_copy, lambda *_: None, offline=True)
    assert found.off == ()
    assert {finding.what for finding in found.notes} == {"restored"}
    assert 50 < found.balance.seen <= 300
    with sqlite3.connect(copy) as db:
        assert db.execute("SELECT count(*) FROM raw_mail").fetchone()[0] > 50
    db.close()
