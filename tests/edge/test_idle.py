"""The watcher: IDLE that neither spins nor misses nor hangs."""

import itertools
import threading
import time

import pytest

from maildaemon.desk import LoginRefused
from maildaemon.edge.idle import Watcher
from maildaemon.edge.imap import ImapAccount
from tests.servers.conditions import Calls, until
from tests.servers.dovecot import dovecot as another_dovecot
from tests.servers.pymap_server import pymap_server
from tests.servers.scripted import Peer, quiet, refuse, scripted


@pytest.fixture
def watch(account):
    """Starts watchers and stops them; what they wake and report is kept."""
    started: list[Watcher] = []

    def start(of: ImapAccount, round_seconds: float = 60.0, **more):
        wakes, reports = Calls(), Calls()
        watcher = Watcher(
            of, "INBOX", wakes, reports, round_seconds, **({"luck": lambda: 0.0, "first_pause": 0.01} | more)
        )
        started.append(watcher)
        watcher.start()
        return watcher, wakes, reports

    yield start
    for watcher in started:
        watcher.stop()


def idling(*segments: bytes, then: str = "wait"):
    """After IDLE those bytes, each in its own segment; then wait for DONE, or ``close``."""

    def answer(peer: Peer, tag: str, rest: str) -> None:
        for number, segment in enumerate(segments):
            if number:
                # The client must have taken the first part before the second leaves.
                until(lambda: False, 0.1)
            peer.raw(segment)
        if then == "close":
            raise EOFError
        while peer.line() != "DONE":
            pass
        peer.send(f"{tag} OK done")

    return answer


def once(first):
    """One answer to the first IDLE on the server; later ones wait."""
    count, later = itertools.count(), idling(b"+ idling\r\n")

    def answer(peer: Peer, tag: str, rest: str) -> None:
        (first if next(count) == 0 else later)(peer, tag, rest)

    return answer


def idles(server) -> int:
    return server.commands().count("IDLE")


def test_a_connection_wakes_at_once(account, watch):
    with scripted() as server:
        _, wakes, reports = watch(account(server.port))
        assert wakes.reach(1)
        assert until(lambda: idles(server))
        assert any(c.startswith("EXAMINE") for c in server.commands())
        assert reports.seen == []


def test_a_notification_wakes_at_once(account, watch):
    with scripted({"IDLE": once(idling(b"+ idling\r\n", b"* 1 EXISTS\r\n"))}) as server:
        _, wakes, _ = watch(account(server.port))
        assert wakes.reach(2)
        assert until(lambda: idles(server) == 2)


def test_a_notification_in_the_segment_of_the_continuation_is_not_missed(account, watch):
    with scripted({"IDLE": once(idling(b"+ idling\r\n* 1 EXISTS\r\n"))}) as server:
        started = time.monotonic()
        _, wakes, _ = watch(account(server.port))
        assert wakes.reach(2)
        assert time.monotonic() - started < 10


def test_a_notification_before_the_continuation_is_not_an_error(account, watch):
    with scripted({"IDLE": once(idling(b"* 1 EXISTS\r\n+ idling\r\n"))}) as server:
        _, wakes, reports = watch(account(server.port))
        assert wakes.reach(2)
        assert until(lambda: idles(server) == 2)
        assert len(server.peers) == 1
        assert reports.seen == []


def test_a_line_in_two_segments_is_one_notification_on_the_same_connection(account, watch):
    with scripted({"IDLE": once(idling(b"+ idling\r\n", b"* 1 EXI", b"STS\r\n"))}) as server:
        _, wakes, _ = watch(account(server.port))
        assert wakes.reach(2)
        assert until(lambda: idles(server) == 2)
        assert len(server.peers) == 1


def test_small_talk_wakes_nobody(account, watch):
    with scripted({"IDLE": once(idling(b"+ idling\r\n", b"* OK Still here\r\n", b"* 2 EXISTS\r\n"))}) as server:
        _, wakes, _ = watch(account(server.port))
        assert until(lambda: idles(server) == 2)
        assert wakes.count == 2


def test_a_quiet_round_wakes_at_its_end(account, watch):
    with scripted() as server:
        watcher, wakes, reports = watch(account(server.port), round_seconds=0.05)
        assert wakes.reach(5)
        assert len(server.peers) == 1
        assert reports.seen == []
        assert time.monotonic() - watcher.alive < 5


@pytest.mark.parametrize("last", [b"+ idling\r\n", b"+ idling\r\n* BYE going down\r\n", b"+ idling\r\n* 1 EXI"])
def test_a_server_that_closes_does_not_make_it_spin(account, watch, last):
    with scripted({"IDLE": idling(last, then="close")}) as server:
        begun = time.process_time()
        _, wakes, reports = watch(account(server.port), first_pause=0.2)
        assert until(lambda: len(server.peers) == 3)
        # 0.2 and 0.4 s of pauses lie between; a spin would have burnt them.
        assert time.process_time() - begun < 0.5
        assert wakes.count <= 4
        assert len(reports.seen) == 1


def test_a_goodbye_is_said_as_the_server_put_it(account, watch):
    with scripted({"IDLE": idling(b"+ idling\r\n* BYE going\x07 down\r\n", then="close")}) as server:
        _, _, reports = watch(account(server.port), first_pause=0.05)
        assert reports.reach(1)
        assert reports.seen[0][0] == "warning"
        assert "watching INBOX: the server said goodbye: going down" in reports.seen[0][1]


def test_a_connection_that_worked_and_ends_is_made_anew_without_a_word(account, watch):
    """Gmail ends each OAuth session after an hour."""
    rounds = itertools.count()

    def answer(peer: Peer, tag: str, rest: str) -> None:
        if next(rounds) == 1:
            peer.send("+ idling", "* BYE session expired")
            raise EOFError
        idling(b"+ idling\r\n")(peer, tag, rest)

    with scripted({"IDLE": answer}) as server:
        _, wakes, reports = watch(account(server.port), round_seconds=0.05)
        assert until(lambda: len(server.peers) == 2 and idles(server) > 4)
        assert wakes.count >= 4
        assert reports.seen == []


def test_a_silently_dead_peer_is_left_after_the_round(account, watch):
    def dead(peer: Peer, tag: str, rest: str) -> None:
        peer.send("+ idling")
        quiet(peer, tag, rest)

    with scripted({"IDLE": once(dead)}) as server:
        watch(account(server.port, read_timeout=0.2), round_seconds=0.1)
        assert until(lambda: len(server.peers) == 2)


def test_a_refused_idle_is_an_error_and_tried_again(account, watch):
    with scripted({"IDLE": refuse("not now")}) as server:
        _, _, reports = watch(account(server.port))
        assert until(lambda: len(server.peers) == 3)
        assert [level for level, _ in reports.seen] == ["warning"]


def test_down_and_up_again_are_said_once_each(account, watch):
    down = threading.Event()
    down.set()

    def select(peer: Peer, tag: str, rest: str) -> None:
        peer.send(
            "* 0 EXISTS", "* OK [UIDVALIDITY 7] ok", f"{tag} " + ("NO [SERVERBUG] disk" if down.is_set() else "OK done")
        )

    with scripted({"EXAMINE": select}) as server:
        _, _, reports = watch(account(server.port), round_seconds=0.05, first_pause=0.001)
        assert until(lambda: len(server.peers) >= 5)
        assert [level for level, _ in reports.seen] == ["warning"]
        assert "disk" in reports.seen[0][1]
        down.clear()
        assert reports.reach(2)
        assert reports.seen[1] == ("info", "box: watching INBOX again")


def test_a_refused_login_is_tried_slowly(account, watch):
    with scripted({"LOGIN": refuse("[AUTHENTICATIONFAILED] no")}) as server:
        watcher, wakes, reports = watch(account(server.port), first_pause=0.0)
        assert reports.reach(1)
        assert not until(lambda: len(server.peers) > 1, 0.3)
        assert reports.seen[0][0] == "warning"
        assert "login refused" in reports.seen[0][1]
        assert wakes.count == 0
        watcher.stop()
        assert not watcher.running


def test_an_error_of_the_secret_is_a_refusal_not_the_end(account, watch):
    def gone() -> str:
        raise LoginRefused("box: no secret")

    of = ImapAccount("box", "127.0.0.1", 1, "none", "orders", gone)
    watcher, _, reports = watch(of)
    assert reports.reach(1)
    assert watcher.running


def test_a_server_without_idle_is_said_once_and_left_alone(account, watch):
    with scripted(capabilities="IMAP4rev1 MOVE") as server:
        watcher, wakes, reports = watch(account(server.port), round_seconds=0.01)
        assert reports.reach(1)
        assert reports.seen == [("info", "box: the server has no IDLE: new mail is found by polling alone")]
        assert wakes.count == 1
        assert server.peers[0].closed.wait(30)
        assert idles(server) == 0
        started = time.monotonic()
        watcher.stop()
        assert time.monotonic() - started < 10
        assert not watcher.running


def test_a_stop_during_idle_takes_milliseconds(account, watch):
    with scripted() as server:
        watcher, _, reports = watch(account(server.port, read_timeout=60))
        assert until(lambda: idles(server))
        started = time.monotonic()
        watcher.stop()
        assert time.monotonic() - started < 10
        assert not watcher.running
        assert reports.seen == []


def test_a_stop_during_a_pause_takes_milliseconds(account, watch):
    with scripted({"EXAMINE": refuse("no")}) as server:
        watcher, _, reports = watch(account(server.port), first_pause=300)
        assert reports.reach(1)
        started = time.monotonic()
        watcher.stop()
        assert time.monotonic() - started < 10
        assert not watcher.running


def test_a_watcher_that_was_never_started_can_be_stopped(account):
    watcher = Watcher(account(1), "INBOX", Calls(), Calls())
    watcher.stop()
    assert not watcher.running


def test_pymap_pushes(watch, account, mailboxes):
    with pymap_server() as given:
        of = account(given.port, given.user, given.password)
        watcher, wakes, reports = watch(of)
        assert wakes.reach(1)
        mailboxes(of).append("INBOX", b"Subject: PO\r\n\r\n")
        assert wakes.reach(2, 5)
        watcher.stop()
        assert reports.seen == []


@pytest.mark.dovecot
@pytest.mark.parametrize("security", ["none", "tls", "starttls"])
def test_dovecot_pushes_and_a_stop_is_quick(dovecot, user, account, watch, security):
    with another_dovecot(tls=True) as server:
        port = server.imaps_port if security == "tls" else server.imap_port
        watcher, wakes, reports = watch(account(port, user, security=security, ca_file=server.ca_file))
        assert wakes.reach(1)
        for count in (2, 3):
            server.deliver(b"Subject: PO\r\n\r\n", user)
            assert wakes.reach(count, 5)
        started = time.monotonic()
        watcher.stop()
        assert time.monotonic() - started < 10
        assert not watcher.running
        assert reports.seen == []


@pytest.mark.dovecot
def test_a_server_that_goes_down_is_said_once(dovecot, account, watch):
    with another_dovecot() as first:
        _, wakes, reports = watch(account(first.imap_port), round_seconds=0.2)
        assert wakes.reach(3)
    assert reports.reach(1)
    assert not until(lambda: len(reports.seen) > 1, 0.3)
    assert reports.seen[0][0] == "warning"
