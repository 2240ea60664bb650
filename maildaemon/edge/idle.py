"""The watcher: a thread that holds IDLE on one folder, as a hint that a poll may find something."""

import random
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from maildaemon.backoff import pause
from maildaemon.desk import LoginRefused, MailboxError
from maildaemon.edge.imap_connection import ImapAccount, Names, drop, failure, open_client, wire

# How often the heartbeat beats while nothing happens.
BEAT_SECONDS = 5.0
# A server answers DONE at once or is dead.
DONE_SECONDS = 30.0
# A refused login is tried slowly: providers lock accounts that are hammered.
REFUSED_SECONDS = 60.0
REFUSED_LONGEST = 1800.0
LONGEST_PAUSE = 300.0


class Watcher:
    """Calls ``wake`` at each new connection, after each notification, and after each quiet round of IDLE. A wake-up may
    be missed or needless: what is new is found by comparing UIDs, not here.

    ``report`` gets a level (``info`` or ``warning``) and a sentence, once per change: down, refused, up again. A
    connection that ran well and ends (some providers end one every hour) is made anew without a word.
    """

    def __init__(
        self,
        account: ImapAccount,
        folder: str,
        wake: Callable[[], None],
        report: Callable[[str, str], None],
        round_seconds: float = 120,
        luck: Callable[[], float] = random.random,
        first_pause: float = 1.0,
    ) -> None:
        self._account, self._folder = account, folder
        self._wake, self._report = wake, report
        self._round_seconds, self._luck, self._first_pause = round_seconds, luck, first_pause
        self._stopping = threading.Event()
        self._client: Any = None
        self._alive = time.monotonic()
        self._failures = 0
        self._proven = False
        self._said: type[MailboxError] | None = None
        self._thread = threading.Thread(target=self._run, name=f"watcher-{account.name}", daemon=True)

    @property
    def alive(self) -> float:
        """When the thread last showed life, by the monotonic clock. Connecting and DONE may take their timeouts."""
        return self._alive

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """From any thread; interrupts IDLE at once."""
        self._stopping.set()
        with suppress(Exception):  # the client may be closed at this very moment
            socket.socket.shutdown(
                wire(self._client).sock, socket.SHUT_RDWR
            )  # below TLS, whose own is not for two threads
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._beat()
            try:
                self._watch()
            except MailboxError as error:
                if self._stopping.is_set():
                    return
                self._pause(error)

    def _watch(self) -> None:
        """One connection, from login to its end. Raises MailboxError."""
        client = open_client(self._account)
        self._client = client
        try:
            self._hold(client)
        except Exception as error:  # imaplib and imapclient raise whatever their parsers happen to meet
            raise failure(self._account.name, f"watching {self._folder}", error) from None
        finally:
            self._client = None
            drop(client)

    def _hold(self, client: Any) -> None:
        client.select_folder(Names(client)(self._folder), readonly=True)
        if not client.has_capability("IDLE"):
            drop(client)
            self._wake()
            self._proved()
            self._report("info", f"{self._account.name}: the server has no IDLE: new mail is found by polling alone")
            self._wait(None)
        answer_seconds = min(self._account.read_timeout, DONE_SECONDS)
        # Only once IDLE holds: what comes between an earlier look and IDLE would be seen by neither.
        holding = self._wake
        while not self._stopping.is_set():
            self._beat()
            # The first round is short: a server that hangs up on everybody is not up again.
            seconds = self._round_seconds if self._proven else min(self._round_seconds, BEAT_SECONDS)
            idle_round(client, seconds, answer_seconds, self._stopping, self._wake, self._beat, holding)
            holding = _nothing
            self._proved()

    def _proved(self) -> None:
        self._proven, self._failures = True, 0
        if self._said is not None:
            self._said = None
            self._report("info", f"{self._account.name}: watching {self._folder} again")

    def _pause(self, error: MailboxError) -> None:
        """Say what is new about it, and wait. The end of a connection that worked is no news, a second failure is."""
        quiet, self._proven = self._proven, False
        self._failures += 1
        refused = isinstance(error, LoginRefused)
        kind = LoginRefused if refused else MailboxError
        if self._said is not kind and (refused or not quiet):
            self._said = kind
            self._report("warning", f"{error}; it is tried again, this is said once")
        first, longest = (REFUSED_SECONDS, REFUSED_LONGEST) if refused else (self._first_pause, LONGEST_PAUSE)
        self._wait(pause(self._failures, self._luck(), first, longest))

    def _wait(self, seconds: float | None) -> None:
        """Until stopped or, unless None, that long; with a heartbeat."""
        end = None if seconds is None else time.monotonic() + seconds
        while not self._stopping.is_set() and (end is None or time.monotonic() < end):
            self._beat()
            left = BEAT_SECONDS if end is None else end - time.monotonic()
            self._stopping.wait(max(0.0, min(left, BEAT_SECONDS)))

    def _beat(self) -> None:
        self._alive = time.monotonic()


def _nothing() -> None:
    pass


def idle_round(
    client: Any,
    seconds: float,
    answer_seconds: float,
    stopping: threading.Event,
    wake: Callable[[], None],
    beat: Callable[[], None],
    holding: Callable[[], None],
) -> None:
    """One IDLE (RFC 2177) of at most so many seconds, ended early by a notification or by ``stopping``. Calls
    ``holding`` when the server has accepted it, ``wake`` for what came, at the latest at its end. Raises on a dead
    connection; never spins.

    imapclient's own ``idle_check`` is not used: it reports an end of file as "nothing came", does not see what came in
    one segment with the continuation, and breaks a line that comes in two.
    """
    end = time.monotonic() + seconds
    news = _begin(client)
    holding()
    client.socket().settimeout(answer_seconds)
    while not news and not stopping.is_set() and (left := end - time.monotonic()) > 0:
        beat()
        if _readable(client, min(left, BEAT_SECONDS)):
            # EXISTS and RECENT come together: one notification, so all that is at hand is taken.
            found = [_is_news(line) for line in _lines(client)]
            news = any(found)
    # Before the round trip of DONE: seconds count.
    wake()
    _, more = client.idle_done()
    if more:
        wake()


def _begin(client: Any) -> bool:
    """Send IDLE; whether a notification came before the continuation, which imapclient takes for an error."""
    imap = wire(client)
    tag = client._idle_tag = imap._command("IDLE")  # noqa: SLF001
    news = False
    while imap._get_response() is not None:  # noqa: SLF001
        if imap.tagged_commands.get(tag):
            raise MailboxError("the server refuses IDLE")
        news = True
    return news


def _lines(client: Any) -> Iterator[bytes]:
    """The line whose beginning is there, and those that are there already behind it."""
    yield wire(client)._get_line()  # noqa: SLF001
    while _peek(client):
        yield wire(client)._get_line()  # noqa: SLF001


def _readable(client: Any, seconds: float) -> bool:
    """Whether at least the beginning of a line is there. Raises ConnectionError at the end of file."""
    # What came with the continuation is in imaplib's buffer already, where poll cannot see it.
    if _peek(client):
        return True
    poller = select.poll()
    poller.register(client.socket().fileno(), select.POLLIN)
    if not poller.poll(seconds * 1000):
        return False
    seen = _peek(client)
    if seen == b"":
        raise ConnectionError("the server closed the connection")
    return bool(seen)


def _peek(client: Any) -> bytes | None:
    """Bytes at hand without waiting; None where TLS has only a part of a record."""
    sock = client.socket()
    timeout = sock.gettimeout()
    sock.setblocking(False)
    try:
        file = getattr(wire(client), "_file", None) or wire(client).file  # the former since Python 3.14
        seen: bytes = file.peek(1)
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return None
    finally:
        sock.settimeout(timeout)
    return seen


def _is_news(line: bytes) -> bool:
    """Everything but a server's small talk ("* OK Still here"). Raises ConnectionError when the server says goodbye."""
    if line[:5].upper() == b"* BYE":
        raise ConnectionError(f"the server said goodbye: {line[5:].decode('utf-8', 'replace').strip()}")
    return line[:4].upper() != b"* OK"
