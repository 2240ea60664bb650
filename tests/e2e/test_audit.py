"""`maildaemon audit` beside the real daemon on Dovecot: quiet when all is well, also under load, and loud otherwise."""

import json
import random
import sqlite3
import threading

import pytest

from maildaemon.cli import auditing
from tests.e2e.mails import mixed
from tests.e2e.test_dovecot import ENDS, all_states, config, running
from tests.e2e.test_faults import renumber
from tests.servers.conditions import until
from tests.servers.dovecot import dovecot
from tests.servers.smtp_sink import smtp_sink

pytestmark = pytest.mark.dovecot
MAILS = 60
SECOND = """
[[mailbox]]
name = "second"
host = "127.0.0.1"
port = {port}
security = "none"
user = "second"
password_file = "imap"
"""


@pytest.fixture
def servers(tmp_path):
    with dovecot() as server, smtp_sink() as sink:
        yield server, sink, config(tmp_path, server, sink, more=SECOND.format(port=server.imap_port))


def ended(settings, count):
    return until(lambda: len(all_states(settings)) == count and set(all_states(settings)) <= ENDS, 60)


def look(settings, **how):
    return auditing.look(settings, lambda *_: None, **how)


@pytest.fixture
def audited(command):
    return lambda settings, *words: command("audit", "--config", settings.ledger.with_name("maildaemon.toml"), *words)


def test_what_two_mailboxes_got_adds_up_whatever_people_do_to_it_afterwards(servers, audited):
    server, _, settings = servers
    expected = mixed(MAILS, random.Random(11))
    both = [mail.raw for mail in expected[:5]]
    with running(settings):
        server.deliver_all([mail.raw for mail in expected])
        assert ended(settings, MAILS)
        server.deliver_all(both, user="second")
        assert ended(settings, MAILS + len(both))
        found = look(settings)
        assert found.findings == ()
        assert (found.balance.seen, dict(found.boxes)["second"].ignored) == (MAILS + len(both), len(both))
        # A person moves all of one folder, deletes a mail for good, and lays one back into the inbox.
        with server.imap() as client:
            client.select('"Review"')
            client.uid("MOVE", "1:*", "Archive" if client.create("Archive")[0] == "OK" else "")
            client.select("Processed")
            uids = client.uid("SEARCH", "ALL")[1][0].split()
            client.uid("STORE", uids[0].decode(), "+FLAGS", r"(\Deleted)")
            client.expunge()
            client.uid("MOVE", uids[1].decode(), "INBOX")
        assert ended(settings, MAILS + len(both) + 1)
        found = look(settings)
        assert found.off == ()
        assert {finding.what for finding in found.notes} == {"moved-on"}
    said = audited(settings)
    assert said.returncode == 0, said.stdout
    first, second, *_, last = said.stdout.splitlines()
    assert first == str(found.balance)
    assert first.startswith(f"seen {MAILS + 6} = acknowledged ")
    assert second.startswith("ignored: ")
    assert "6 the same mail met again" in second
    assert "orders: seen 61 = " in said.stdout
    assert last == "all is as promised"
    assert said.stderr == ""


def test_after_a_change_of_uidvalidity_all_is_as_promised(servers):
    server, _, settings = servers
    with running(settings):
        server.deliver_all([mail.raw for mail in mixed(20, random.Random(12))])
        assert ended(settings, 20)
    stays = len(server.folder())
    assert stays
    renumber(server)
    assert look(settings).off == ()
    with running(settings):
        assert ended(settings, 20 + stays)
        found = look(settings)
    assert found.findings == ()
    assert found.balance.seen == 20 + stays


def test_while_the_daemon_works_hard_there_is_no_false_alarm(servers):
    server, _, settings = servers
    count = 400
    with running(settings):
        raws = [mail.raw for mail in mixed(count, random.Random(13))]
        delivery = threading.Thread(target=server.deliver_all, args=(raws,))
        delivery.start()
        looks, in_flight = 0, 0
        while len(all_states(settings)) < count or not set(all_states(settings)) <= ENDS:
            found = look(settings)
            assert found.off == ()
            looks += 1
            in_flight = max(in_flight, found.balance.in_flight)
        delivery.join(30)
        assert looks > 2
        assert in_flight > 0
        assert look(settings).findings == ()


def test_what_is_off_ends_with_status_1_and_is_named(servers, audited):
    server, _, settings = servers
    order = next(mail for mail in mixed(20, random.Random(14)) if mail.answered)
    with running(settings):
        server.deliver(order.raw)
        assert ended(settings, 1)
    with sqlite3.connect(settings.ledger) as db:
        db.execute("UPDATE outgoing SET recipient = 'thief@evil.example'")
    db.close()
    said = audited(settings, "--offline")
    assert said.returncode == 1
    lines = said.stdout.splitlines()
    assert lines[0] == "seen 1 = acknowledged 1 + held 0 + review 0 + ignored 0 + quarantined 0 + in flight 0"
    assert "the servers were left out: only the ledger was looked at" in lines
    assert any(line.startswith("off") and "thief@evil.example" in line for line in lines)
    assert lines[-1] == "1 thing is off"
    data = json.loads(audited(settings, "--offline", "--json").stdout)
    assert data["balance"]["seen"] == data["balance"]["acknowledged"] == 1
    assert len(data["off"]) == 1
    assert data["notes"] == []


def test_a_server_that_cannot_be_reached_is_one_line_after_the_ledgers_part(tmp_path, audited):
    with dovecot() as server, smtp_sink() as sink:
        settings = config(tmp_path, server, sink)
        with running(settings):
            pass
    said = audited(settings)
    assert said.returncode == 1
    assert said.stdout.splitlines()[0].startswith("seen 0 = ")
    assert sum("not looked at" in line for line in said.stdout.splitlines()) == 1
    assert audited(settings, "--offline").returncode == 0


def test_the_audit_sets_no_flag_and_makes_no_folder(servers):
    server, _, settings = servers
    with running(settings):
        server.deliver_all([mail.raw for mail in mixed(5, random.Random(15))])
        assert ended(settings, 5)
    server.deliver(mixed(6, random.Random(16))[5].raw)
    before = server.doveadm("mailbox", "list", "-u", "orders")
    look(settings)
    with server.imap() as client:
        client.select("INBOX", readonly=True)
        assert client.uid("SEARCH", "SEEN")[1] == [b""]
        assert client.response("RECENT")[1] != [b"0"]
    assert server.doveadm("mailbox", "list", "-u", "orders") == before
