"""The read-confirmation image as somebody outside sees it."""

import hashlib
import http.client
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildaemon.web.server import serve
from maildaemon.web.tracker import GIF, NAME, app, network, printable

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KNOWN = "A1b2C3d4E5f6G7h8I9j0-_"
UNKNOWN = "z" * 22


class Book:
    """Keeps what was recorded; fails when told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.openings = []
        self._error = error
        self._changed = threading.Condition()

    def __call__(self, opening) -> None:
        with self._changed:
            self.openings.append(opening)
            self._changed.notify_all()
        if self._error is not None:
            raise self._error

    def wait(self, count: int) -> list:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.openings) >= count, 30)
        return self.openings


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def tracker(book):
    server = serve(app(book, clock=lambda: NOW), "127.0.0.1", 0)
    yield server
    server.stop()


def raw(port: int, request: bytes) -> bytes:
    """The answer to one request, byte by byte."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def ask(port: int, path: str, method: str = "GET", agent: str = "Mozilla/5.0") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: t\r\nUser-Agent: {agent}\r\nConnection: close\r\n\r\n"
    return raw(port, head.encode("latin-1"))


def test_the_answer_is_the_same_to_the_byte_for_every_token(tracker):
    first = ask(tracker.port, f"/o/{KNOWN}.gif")
    assert ask(tracker.port, f"/o/{UNKNOWN}.gif") == first
    assert ask(tracker.port, f"/o/{KNOWN}.gif?a=b") == first
    head, _, body = first.partition(b"\r\n\r\n")
    assert body == GIF
    assert len(GIF) == 42
    assert head.decode().lower().split("\r\n") == [
        "http/1.1 200 ok",
        "content-type: image/gif",
        "content-length: 42",
        "cache-control: private, no-store, no-cache, max-age=0, must-revalidate",
        "pragma: no-cache",
        "expires: 0",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cross-origin-resource-policy: cross-origin",
        "x-robots-tag: noindex",
        "connection: close",
    ]


def test_head_gets_the_same_headers_and_no_body(tracker):
    first = ask(tracker.port, f"/o/{KNOWN}.gif")
    assert ask(tracker.port, f"/o/{KNOWN}.gif", "HEAD") == first.removesuffix(GIF)


def test_an_opening_is_recorded_with_little(tracker, book):
    ask(tracker.port, f"/o/{KNOWN}.gif", agent="x\x07" + "y" * 400)
    (opening,) = book.wait(1)
    assert opening.token_sha256 == hashlib.sha256(KNOWN.encode()).hexdigest()
    assert (opening.at, opening.method, opening.address) == (NOW, "GET", "127.0.0.0/24")
    assert opening.user_agent.isprintable()
    assert len(opening.user_agent) <= 256
    assert KNOWN not in repr(opening)


@pytest.mark.parametrize(
    "path",
    ["/", "/o/", "/o/short.gif", f"/o/{KNOWN}", f"/o/{KNOWN}.png", f"/o/{KNOWN}x.gif", f"/o/{KNOWN}.gif/",
     f"/O/{KNOWN}.gif", f"/o/{KNOWN[:-1]}.gif", f"/o/{KNOWN[:-1]}%0A.gif", "/o/../../etc/passwd", "/docs", "/openapi.json",
     "/redoc", "/healthz", f"/o/{KNOWN}.gif?" + "x" * 500, "//o//x"],
)  # fmt: skip
def test_there_is_nothing_else(tracker, book, path):
    assert ask(tracker.port, path).startswith(b"HTTP/1.1 404 ")
    assert book.openings == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_only_get_and_head_are_answered(tracker, book, method):
    assert ask(tracker.port, f"/o/{KNOWN}.gif", method).startswith(b"HTTP/1.1 404 ")
    assert book.openings == []


def test_a_failing_record_changes_nothing_for_the_client():
    book = Book(OSError("disk full"))
    server = serve(app(book, clock=lambda: NOW), "127.0.0.1", 0)
    try:
        answers = {ask(server.port, f"/o/{UNKNOWN}.gif") for _ in range(3)}
    finally:
        server.stop()
    assert len(answers) == 1
    assert answers.pop().endswith(GIF)
    assert len(book.openings) == 3


def test_a_slow_record_holds_nobody_up_and_is_finished_before_the_end():
    go = threading.Event()
    done = []

    def slow(opening) -> None:
        go.wait(10)
        done.append(opening)

    server = serve(app(slow, clock=lambda: NOW), "127.0.0.1", 0)
    try:
        for _ in range(50):
            assert ask(server.port, f"/o/{UNKNOWN}.gif").endswith(GIF)
        assert done == []
        go.set()
    finally:
        server.stop()
    assert len(done) == 50


def test_requests_over_one_connection_do_not_wait_for_the_network(tracker):
    """Without TCP_NODELAY each of them takes more than 40 ms."""
    connection = http.client.HTTPConnection("127.0.0.1", tracker.port, timeout=5)
    begun = time.monotonic()
    for _ in range(50):
        connection.request("GET", f"/o/{KNOWN}.gif")
        assert connection.getresponse().read() == GIF
    connection.close()
    assert time.monotonic() - begun < 1.5


def test_a_server_stops_and_gives_its_port_back(book):
    first = serve(app(book), "127.0.0.1", 0)
    port = first.port
    first.stop()
    second = serve(app(book), "127.0.0.1", port)
    with pytest.raises(OSError):
        serve(app(book), "127.0.0.1", port)
    assert ask(second.port, f"/o/{KNOWN}.gif").endswith(GIF)
    second.stop()


@pytest.mark.parametrize(
    ("host", "kept"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2:3::4", "2001:db8:1::/48"), ("::ffff:192.0.2.77", "192.0.2.0/24"),
     ("fe80::1%eth0", "fe80::/48"), ("testclient", None), ("", None), (None, None)],
)  # fmt: skip
def test_of_an_address_only_the_network_is_kept(host, kept):
    assert network(host) == kept


@settings(max_examples=200)
@given(st.text(max_size=400))
def test_a_user_agent_is_printable_and_bounded(text):
    kept = printable(text, 256)
    assert kept.isprintable()
    assert len(kept) <= 256


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_only_a_token_is_a_name(text):
    matches: Callable = NAME.fullmatch
    assert matches(f"{text}.gif") is None or (len(text) == 22 and text.isascii())
