"""A playbook that changes under the running daemon: a sound one is taken, a broken one is not, and it says so."""

import contextlib
import random
import signal
import socket
import tempfile
from decimal import Decimal

import pytest

from maildaemon.edge import playbooks
from tests.e2e.mails import acknowledged, message, typed
from tests.e2e.outside import finished, query
from tests.e2e.test_dovecot import config
from tests.e2e.test_restart import meet, process
from tests.servers.conditions import until
from tests.servers.dovecot import dovecot
from tests.servers.smtp_sink import smtp_sink

pytestmark = pytest.mark.dovecot
STOPS_ALL = '\n[[rule]]\nname = "all-are-seen"\nwhen = "size(order.lines) > 0"\nthen = "escalate"\n'


@pytest.fixture
def servers():
    with dovecot() as server, smtp_sink() as sink:
        yield server, sink


def mail(number):
    luck = random.Random(number)
    body = typed(f"PO-{number}", [("W-100", "Hex bolt small", 5, Decimal("1.20"))])
    return acknowledged(message(number, luck, f"Purchase order PO-{number}", body), f"PO-{number}").raw


def decided(settings):
    """What was decided, and by which playbook."""
    sql = "SELECT m.action, d.playbook FROM decision d JOIN mail m ON m.id = d.mail_id ORDER BY m.id"
    return query(settings.ledger, sql)


def digest(settings):
    return playbooks.gather(settings.parsers, settings.rules, settings.templates).digest


@pytest.fixture
def status(monkeypatch):
    """What systemd is told (the socket's path must be short), read when it is asked for."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"{folder}/notify")
        heard.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", f"{folder}/notify")

        def told():
            lines = []
            with contextlib.suppress(BlockingIOError):
                while True:
                    lines += heard.recv(4096).decode().splitlines()
            return [line.removeprefix("STATUS=") for line in lines if line.startswith("STATUS=")]

        yield told


def test_the_running_daemon_keeps_the_old_playbook_until_the_new_one_is_sound(servers, tmp_path, status):
    server, sink = servers
    settings = config(tmp_path, server, sink, more="[limits]\npoll_seconds = 0.5")
    deck, first = settings.rules / "orders.toml", digest(settings)
    sound = deck.read_text()
    meet(settings)
    with process(tmp_path / "maildaemon.toml") as daemon:
        assert daemon.reach("started", 1, 60)
        deck.write_text(sound + STOPS_ALL.replace("when", "wen"))
        assert daemon.reach("playbook-broken", 1, 60)  # noticed by itself
        server.deliver_all([mail(1)])
        assert until(lambda: finished(settings.ledger, 1), 60)
        assert decided(settings) == [("acknowledge", first)]
        said = status()
        assert said[0] == "mode auto, 1 mailboxes"
        assert said[1].startswith(f"{said[0]}; the playbook's files are broken, the old one is in force: {deck}:")

        deck.write_text(sound + STOPS_ALL)
        daemon.process.send_signal(signal.SIGHUP)
        assert daemon.reach("playbook-changed", 1, 60)
        server.deliver_all([mail(2)])
        assert until(lambda: finished(settings.ledger, 2), 60)
        assert decided(settings)[1:] == [("escalate", digest(settings))]
        assert status() == ["mode auto, 1 mailboxes"]
        assert daemon.end(signal.SIGTERM) == 0
    assert daemon.count("playbook-broken") == daemon.count("playbook-changed") == 1
    broken = next(line for line in daemon.lines if "playbook-broken" in line)
    assert f"{deck}:" in broken
    assert f"the playbook {first[:12]} stays in force" in broken
