"""Servers that misbehave under the running daemon: every order is answered at most once, and none is lost."""

import contextlib
import imaplib
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter

import pytest

from maildaemon.desk import MailState, OutgoingState
from tests.e2e import outside
from tests.e2e.mails import mixed
from tests.e2e.test_dovecot import config, running
from tests.edge.scripted_smtp import CUT, Scripted
from tests.servers.conditions import until
from tests.servers.dovecot import dovecot
from tests.servers.smtp_sink import smtp_sink

pytestmark = pytest.mark.dovecot
QUICK = "[limits]\nsend_retry_seconds = 1\n"


@pytest.fixture
def server():
    with dovecot() as found:
        yield found


@pytest.fixture
def sink():
    with smtp_sink() as found:
        yield found


def orders(count, seed):
    """Mails that are answered when all is well."""
    return [mail for mail in mixed(count * 4, random.Random(seed)) if mail.answered][:count]


def answered(smtp):
    raws = [getattr(message, "raw", message) for message in smtp.messages]
    return Counter(head["In-Reply-To"] for head in outside.heads(raws))


def row(settings, mail):
    return outside.rows(settings.ledger).get(mail.message_id)


def reaches(settings, mail, state, seconds=30):
    return until(lambda: getattr(row(settings, mail), "state", None) == state, seconds)


# --- the SMTP server --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["MAIL", "RCPT", "dot"])
def test_a_temporary_refusal_is_tried_again_and_the_answer_arrives_once(server, tmp_path, where):
    (order,) = orders(1, 11)
    with Scripted({where: ["451 4.3.0 later", "250 2.0.0 ok"]}) as smtp:
        settings = config(tmp_path, server, smtp, more=QUICK)
        with running(settings):
            server.deliver(order.raw)
            assert reaches(settings, order, MailState.ACKNOWLEDGED)
        taken = answered(smtp)
        assert taken[order.message_id] == (2 if where == "dot" else 1)  # the scripted server keeps what it refuses, too
        assert row(settings, order).sending == OutgoingState.SENT
        assert outside.contents(server)["Processed"] == {order.message_id: 1}


def test_an_order_whose_sender_takes_no_mail_goes_to_review_with_one_note(server, tmp_path):
    (order,) = orders(1, 12)
    with Scripted({"RCPT": "550 5.1.1 no such user"}) as smtp:
        settings = config(tmp_path, server, smtp, more=QUICK)
        with running(settings):
            server.deliver(order.raw)
            assert reaches(settings, order, MailState.REVIEW)
        with running(settings):
            pass
        assert smtp.messages == []
    assert row(settings, order).sending == OutgoingState.FAILED
    assert "550" in row(settings, order).reason
    assert outside.notes(server) == {order.message_id: 1}


def test_an_answer_cut_off_after_its_last_line_is_never_sent_twice_and_a_person_is_told(server, tmp_path):
    first, second = orders(2, 13)
    with Scripted({"dot": CUT}, {}) as smtp:
        settings = config(tmp_path, server, smtp, more=QUICK)
        with running(settings):
            server.deliver(first.raw)
            assert reaches(settings, first, MailState.REVIEW)
            server.deliver(second.raw)
            assert reaches(settings, second, MailState.ACKNOWLEDGED)
        with running(settings):
            pass
        assert answered(smtp) == {first.message_id: 1, second.message_id: 1}
    assert row(settings, first).sending == OutgoingState.IN_DOUBT
    assert outside.notes(server) == {first.message_id: 1}
    assert outside.contents(server)["Review"][first.message_id] == 1
    assert outside.broken_chains(settings.ledger) == []


def test_a_server_that_hangs_up_before_the_last_line_costs_nothing(server, tmp_path):
    (order,) = orders(1, 14)
    with Scripted({"body": CUT}, {"greeting": CUT}, {}) as smtp:
        settings = config(tmp_path, server, smtp, more=QUICK)
        with running(settings):
            server.deliver(order.raw)
            assert reaches(settings, order, MailState.ACKNOWLEDGED)
        assert answered(smtp) == {order.message_id: 1}


def archive(server, minutes):
    """The end of a configuration: Dovecot's user `archive` gets the copies."""
    return f"""in_doubt_minutes = {minutes}
[archive]
address = "archive@us.example"
host = "127.0.0.1"
port = {server.imap_port}
security = "none"
user = "archive"
password_file = "imap"
"""


@pytest.mark.parametrize("kept", [True, False])
def test_an_answer_cut_off_after_its_last_line_is_settled_by_its_copy_in_the_archive_and_by_nothing_else(
    server, tmp_path, kept
):
    (order,) = orders(1, 17)
    with Scripted({"dot": CUT}, {}) as smtp:
        settings = config(tmp_path, server, smtp, more=archive(server, 1 if kept else 0.02))
        with running(settings):
            server.deliver(order.raw)
            assert until(lambda: smtp.messages, 60)
            if kept:
                server.deliver(smtp.messages[0], user="archive")
            assert reaches(settings, order, MailState.ACKNOWLEDGED if kept else MailState.REVIEW)
        assert answered(smtp) == {order.message_id: 1}
    assert row(settings, order).sending == (OutgoingState.SENT if kept else OutgoingState.IN_DOUBT)
    assert outside.contents(server)["Processed" if kept else "Review"][order.message_id] == 1
    assert outside.broken_chains(settings.ledger) == []


# --- the IMAP server --------------------------------------------------------------------------------------------------


@pytest.fixture
def down(server):
    """``with down():`` Dovecot is away, and back on the same ports after it."""
    started = []

    @contextlib.contextmanager
    def away():
        pid = server.folder_path / "run" / "master.pid"
        master = started[-1].pid if started else int(pid.read_text())
        os.killpg(master, signal.SIGKILL)  # the whole group: an imap child would go on without its master
        assert until(lambda: not answers_imap(server))
        yield
        pid.unlink(missing_ok=True)
        path = shutil.which("dovecot", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        command = [path, "-F", "-c", str(server.folder_path / "dovecot.conf")]
        started.append(subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL))
        assert until(lambda: answers_imap(server), 60), server.log()

    yield away
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers_imap(server):
    with contextlib.suppress(OSError, imaplib.IMAP4.error), server.imap():
        return True
    return False


def uidvalidity(server):
    with server.imap() as client:
        return client.status("INBOX", "(UIDVALIDITY)")[1][0]


def settled(settings, server, sink, expected):
    """Filing waits a minute after a broken connection, in memory: a restart goes on at once."""
    with running(settings):
        assert until(lambda: outside.finished(settings.ledger, len(expected)), 30)
    return outside.faults(settings, server, sink, expected)


def test_connections_that_are_ended_while_mails_come_in_cost_nothing(server, sink, tmp_path):
    settings = config(tmp_path, server, sink)
    expected = mixed(40, random.Random(21))
    wanted = Counter(mail.message_id for mail in expected if mail.answered)
    with running(settings):
        for start in range(0, 40, 5):
            server.deliver_all([mail.raw for mail in expected[start : start + 5]])
            with contextlib.suppress(subprocess.CalledProcessError):  # nobody was connected at this moment
                server.doveadm("kick", "orders")
        assert until(lambda: answered(sink) == wanted, 60)
    assert settled(settings, server, sink, expected) == []


def test_a_server_that_is_stopped_and_started_again_is_found_and_nothing_is_lost(server, down, sink, tmp_path):
    settings = config(tmp_path, server, sink)
    expected = mixed(40, random.Random(22))
    wanted = Counter(mail.message_id for mail in expected if mail.answered)
    with running(settings):
        for start in (0, 20):
            server.deliver_all([mail.raw for mail in expected[start : start + 20]])
            with down():
                pass
        assert until(lambda: answered(sink) == wanted, 60)
    assert settled(settings, server, sink, expected) == []


def renumber(server):
    """The folder's UIDs mean nothing any more, as after a restore from a backup. Dovecot takes the time in seconds for
    the new UIDVALIDITY, so the second of the old one has to be over."""
    header = (server.maildir() / "dovecot-uidlist").read_text().split("\n", 1)[0]
    old = int(re.search(r" V(\d+)", header)[1])
    assert until(lambda: int(time.time()) > old)
    for path in server.maildir().glob("dovecot*"):
        path.unlink()


def test_nothing_is_answered_again_when_uidvalidity_changes_under_the_running_daemon(server, down, sink, tmp_path):
    settings = config(tmp_path, server, sink)
    expected = mixed(30, random.Random(23))
    late = next(mail for mail in mixed(90, random.Random(24))[60:] if mail.answered)
    with running(settings):
        server.deliver_all([mail.raw for mail in expected])
        assert until(lambda: outside.finished(settings.ledger, 30), 90)
        before, number = outside.everything(settings, server, sink), uidvalidity(server)
        with down():
            renumber(server)
        assert uidvalidity(server) != number
        server.deliver(late.raw)
        assert reaches(settings, late, MailState.ACKNOWLEDGED, 120)
    assert before[1]["INBOX"].total() > 0
    assert outside.faults(settings, server, sink, [*expected, late]) == []
    again = outside.query(settings.ledger, "SELECT count(*) FROM mail WHERE state = 'known'")[0][0]
    assert again == before[1]["INBOX"].total()


def test_an_order_whose_answer_waits_is_filed_from_its_new_uid_when_uidvalidity_changes(server, down, tmp_path):
    (order,) = orders(1, 25)
    with Scripted({"RCPT": ["451 later"] * 2 + ["250 ok"]}) as smtp:
        settings = config(tmp_path, server, smtp, more=QUICK)
        with running(settings):
            server.deliver(order.raw)
            assert until(lambda: getattr(row(settings, order), "sending", None) == OutgoingState.READY)
            with down():
                renumber(server)
            assert reaches(settings, order, MailState.ACKNOWLEDGED, 120)
        assert answered(smtp) == {order.message_id: 1}
    assert outside.contents(server) == {"INBOX": {}, "Processed": {order.message_id: 1}, "Review": {}}


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_review_folder_that_takes_nothing_keeps_no_order_from_its_answer(server, sink, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs to be root: Dovecot works as another user then, from whom a folder can be taken")
    settings = config(tmp_path, server, sink)
    stuck = next(mail for mail in mixed(60, random.Random(26)) if mail.state == MailState.REVIEW)
    first, second = orders(2, 27)
    with running(settings):
        taken = server.maildir() / ".Review"
        moved = taken.rename(server.folder_path / "taken")
        taken.write_text("a file where a folder should be")
        server.deliver_all([stuck.raw, first.raw])
        assert until(lambda: answered(sink)[first.message_id] == 1, 30)
        assert until(lambda: getattr(row(settings, stuck), "state", None) == MailState.DECIDED)
        server.deliver(second.raw)
        assert until(lambda: answered(sink)[second.message_id] == 1, 30)
        assert row(settings, stuck).state == MailState.DECIDED
    assert outside.contents(server)["INBOX"][stuck.message_id] == 1
    taken.unlink()
    moved.rename(taken)
    assert settled(settings, server, sink, [stuck, first, second]) == []
