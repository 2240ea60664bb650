"""The whole daemon against Dovecot and an SMTP sink: every mail ends in one state, every answer arrives once."""

import contextlib
import email
import email.policy
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from maildaemon.chain import Link, broken
from maildaemon.daemon import Daemon
from maildaemon.desk import MailState
from maildaemon.edge.importing import import_file
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.tables import EVENT, MAIL
from maildaemon.settings import parse
from tests.e2e.mails import CUSTOMERS, PRODUCTS, mixed, stock, unhurried
from tests.servers.dovecot import dovecot
from tests.servers.smtp_sink import smtp_sink

pytestmark = pytest.mark.dovecot
ENDS = {MailState.ACKNOWLEDGED, MailState.REVIEW, MailState.IGNORED, MailState.KNOWN}


def config(folder, server, sink, *, mode="auto", more=""):
    text = f"""
mode = "{mode}"
ledger = "ledger.db"
rules = "rules"
[company]
name = "Example Supplies"
address = "orders@us.example"
[[mailbox]]
name = "orders"
host = "127.0.0.1"
port = {server.imap_port}
security = "none"
user = "orders"
password_file = "imap"
junk = "Junk"
[smtp]
host = "127.0.0.1"
port = {sink.port}
security = "none"
{more}
"""
    (folder / "imap").write_text(server.password + "\n")
    (folder / "imap").chmod(0o600)
    path = folder / "maildaemon.toml"
    path.write_text(text)
    (folder / "customers.csv").write_text(CUSTOMERS)
    (folder / "products.csv").write_text(PRODUCTS)
    (folder / "stock.csv").write_text(stock())
    unhurried(folder / "rules")
    found = parse(text, str(path))
    for table in ("customers", "products", "stock"):
        rows = import_file(found.ledger, table, folder / f"{table}.csv", datetime.now(UTC))
        assert not rows.rejected
    return found


@pytest.fixture
def servers(tmp_path):
    with dovecot() as server, smtp_sink() as sink:
        yield server, sink


@contextlib.contextmanager
def running(settings):
    daemon = Daemon(settings)
    try:
        daemon.start()
        assert daemon.contacted(30)
        yield daemon
    finally:
        daemon.stop()


def states(settings):
    ledger = SqlLedger(settings.ledger)
    with ledger.database.read() as db:
        found = dict(db.execute(select(MAIL.c.message_id, MAIL.c.state)).all())
        rows = db.execute(select(EVENT).order_by(EVENT.c.seq)).all()
    ledger.close()
    assert broken([Link(row.seq, row.at, row.body, row.prev, row.hash) for row in rows]) is None
    return found


def all_states(settings):
    ledger = SqlLedger(settings.ledger)
    with ledger.database.read() as db:
        found = list(db.scalars(select(MAIL.c.state)))
    ledger.close()
    return found


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.1)


def raws(sink):
    return [message.raw for message in sink.messages]


def ids(raws):
    return Counter(email.message_from_bytes(raw)["Message-ID"] for raw in raws)


def test_two_hundred_mixed_mails_end_in_one_state_each_and_a_second_run_does_nothing(servers, tmp_path):
    server, sink = servers
    settings = config(tmp_path, server, sink)
    expected = mixed(200, random.Random(20261123))
    with running(settings):
        server.deliver_all([mail.raw for mail in expected])
        until(lambda: len(states(settings)) == 200 and set(states(settings).values()) <= ENDS)
        # What is filed is in exactly one folder.
        where = {name: ids(server.folder(name=name)) for name in ("INBOX", "Processed", "Review")}
    for mail in expected:
        assert [name for name in where for _ in range(where[name][mail.message_id])] == [mail.folder], mail.message_id
        assert states(settings)[mail.message_id] == mail.state, mail.message_id
    answered = Counter(email.message_from_bytes(raw)["In-Reply-To"] for raw in raws(sink))
    assert answered == Counter(mail.message_id for mail in expected if mail.answered)
    # The second run finds nothing to do.
    before = states(settings), len(raws(sink)), where
    with running(settings):
        pass
    assert (states(settings), len(raws(sink))) == before[:2]
    assert {name: ids(server.folder(name=name)) for name in where} == where


def test_mail_that_was_there_before_is_listed_and_never_answered(servers, tmp_path):
    server, sink = servers
    settings = config(tmp_path, server, sink)
    server.deliver_all([mail.raw for mail in mixed(20, random.Random(1))])
    with running(settings):
        until(lambda: Counter(all_states(settings)) == {MailState.LISTED: 20})
    assert len(server.folder()) == 20
    assert raws(sink) == []


def test_shadow_mode_changes_nothing_in_the_mailbox_and_sends_nothing(servers, tmp_path):
    server, sink = servers
    settings = config(tmp_path, server, sink, mode="shadow")
    order = next(mail for mail in mixed(50, random.Random(5)) if mail.answered)
    with server.imap():
        before = server.folders()
    with running(settings):
        server.deliver(order.raw)
        until(lambda: states(settings).get(order.message_id) == MailState.OBSERVED)
    assert server.folders() == before
    assert ids(server.folder()) == {order.message_id: 1}
    with server.imap() as client:
        client.select("INBOX", readonly=True)
        assert client.uid("SEARCH", "SEEN")[1] == [b""]
    assert raws(sink) == []


def test_the_acknowledgement_is_threaded_marked_and_says_each_line(servers, tmp_path):
    server, sink = servers
    settings = config(tmp_path, server, sink)
    order = next(mail for mail in mixed(50, random.Random(2)) if mail.answered)
    with running(settings):
        server.deliver(order.raw)
        until(lambda: raws(sink))
        until(lambda: states(settings)[order.message_id] == MailState.ACKNOWLEDGED)
    (raw,) = raws(sink)
    answer = email.message_from_bytes(raw, policy=email.policy.default)
    assert answer["In-Reply-To"] == order.message_id
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    text = answer.get_body(("plain",)).get_content()
    assert order.po_number in text
    assert "W-1" in text


def test_the_program_ends_cleanly_on_sigterm_also_while_it_idles(servers, tmp_path):
    server, sink = servers
    config(tmp_path, server, sink)
    process = subprocess.Popen(
        [sys.executable, "-m", "maildaemon", "run", "--config", str(tmp_path / "maildaemon.toml")],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "trouble" in line and "Junk" in line:
                break
        order = next(mail for mail in mixed(50, random.Random(3)) if mail.answered)
        server.deliver(order.raw)
        until(lambda: raws(sink))
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    assert process.returncode == 0, "".join(lines) + rest
    assert time.monotonic() - begin < 10
    assert "Traceback" not in rest
    assert "stopped" in rest


def test_a_server_that_comes_back_is_found_again(servers, tmp_path):
    server, sink = servers
    settings = config(tmp_path, server, sink)
    order = next(mail for mail in mixed(50, random.Random(4)) if mail.answered)
    with running(settings):
        server.doveadm("kick", "orders")
        server.deliver(order.raw)
        until(lambda: raws(sink))
    assert len(raws(sink)) == 1
