"""A restart at any moment continues where it was: the daemon is killed without a word, again and again."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from maildaemon.daemon import Daemon
from maildaemon.demo.servers import SmtpSink
from maildaemon.desk import OutgoingState
from tests.e2e.mails import mixed
from tests.e2e.outside import everything, faults, finished, rows
from tests.e2e.test_dovecot import config, running
from tests.servers.conditions import until
from tests.servers.dovecot import dovecot

pytestmark = pytest.mark.dovecot
KILLS, MAILS = 7, 60
MOMENTS = ("started", "decided", "sent", "filed")
ANSWER_PAUSE = 0.004
"""The sink takes its time after the final dot, as servers do: this is where an outcome comes into doubt."""


class Process:
    """The daemon as its own process, killed soon after a line of its log, or at once."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "maildaemon", "run", "--config", str(path)], stderr=subprocess.PIPE, text=True
        )
        self.lines = []
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def listen(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()

    def count(self, event):
        return sum(f" {event} " in line for line in self.lines)

    def reach(self, event, count, seconds):
        """Wait until the log names the event so many times; not a failure when it never does."""
        with self.changed:
            return self.changed.wait_for(lambda: self.count(event) >= count, seconds)

    def end(self, number):
        self.process.send_signal(number)
        code = self.process.wait(60)
        self.thread.join(10)
        self.process.stderr.close()
        return code


@contextlib.contextmanager
def process(path):
    found = Process(path)
    try:
        yield found
    finally:
        if found.process.poll() is None:
            found.end(signal.SIGKILL)


@pytest.fixture
def servers():
    with dovecot() as server, SmtpSink(heard=lambda _: time.sleep(ANSWER_PAUSE)) as sink:
        yield server, sink


@pytest.fixture
def seed(request):
    """Another one each time; RESTART_SEED repeats one that failed."""
    return int(os.environ.get("RESTART_SEED") or random.SystemRandom().randrange(10**6))


def test_a_restart_at_any_moment_continues_where_it_was(servers, tmp_path, seed):
    server, sink = servers
    luck = random.Random(seed)
    settings = config(tmp_path, server, sink)
    meet(settings)
    expected = mixed(MAILS, luck)
    raws = [mail.raw for mail in expected]
    marks = sorted(luck.sample(range(1, MAILS), KILLS))
    parts = [raws[a:b] for a, b in zip([0, *marks], [*marks, MAILS], strict=True)]
    moments = []
    for part in parts[:-1]:
        moment = (luck.choice(MOMENTS), luck.randint(1, max(1, len(part))), luck.uniform(0, 0.05), luck.random() < 0.5)
        moments.append(moment)
        killed_once(tmp_path / "maildaemon.toml", server, part, moment)
    with process(tmp_path / "maildaemon.toml") as last:
        server.deliver_all(parts[-1])
        assert until(lambda: finished(settings.ledger, MAILS), 120), (seed, moments, last.lines)
        assert last.reach("started", 1, 60)
        code = last.end(signal.SIGTERM)
        assert code == 0, (seed, moments, last.lines)
    assert faults(settings, server, sink, expected) == [], (seed, moments)
    before = everything(settings, server, sink)
    with running(settings):
        pass
    assert everything(settings, server, sink) == before, (seed, moments)
    doubtful = sum(row.sending == OutgoingState.IN_DOUBT for row in rows(settings.ledger).values())
    print(f"seed {seed}: {KILLS} kills, {len(sink.messages)} answers, {doubtful} in doubt, moments {moments}")


def meet(settings):
    """The first contact, with an empty mailbox: what comes from now on is answered."""
    daemon = Daemon(settings)
    try:
        daemon.once()
    finally:
        daemon.close()


def killed_once(path, server, raws, moment):
    event, count, pause, early = moment
    if early:
        server.deliver_all(raws)
    with process(path) as daemon:
        daemon.reach("started", 1, 60)
        if not early:
            server.deliver_all(raws)
        daemon.reach(event, 1 if event in {"started", "filed"} else count, 3)
        time.sleep(pause)
        daemon.end(signal.SIGKILL)
