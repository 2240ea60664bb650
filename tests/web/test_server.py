"""The web server holds out against whoever only wants to hold on to it."""

import http.client
import logging
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

from maildaemon.web.server import Bounds, Kept, serve
from maildaemon.web.tracker import GIF, app
from tests.servers.conditions import until

PATH = "/o/" + "z" * 22 + ".gif"
HURRIED = Bounds(request_seconds=0.2)
FEW = """
import logging, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160))
logging.basicConfig(level=logging.INFO)
from maildaemon.web import server, tracker
logging.getLogger("asyncio").setLevel(logging.WARNING)
running = server.serve(tracker.app(lambda opening: None), "127.0.0.1", 0)
print(running.port, flush=True)
sys.stdin.read()
running.stop()
"""
"""A server with fewer descriptors than any machine gives it."""


@pytest.fixture
def started():
    """Starts servers, and stops them."""
    with ExitStack() as stack:

        def start(bounds=None):
            server = serve(app(lambda opening: None), "127.0.0.1", 0, bounds)
            stack.callback(server.stop)
            return server

        yield start


@pytest.fixture
def connected():
    """Opens connections to a server, and closes them."""
    with ExitStack() as stack:
        yield lambda server: stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))


def over(connection) -> bool:
    """Whether the server ends the connection; waits for it as long as the socket does."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        return True
    return True


def answered(connection) -> bool:
    """Whether a request over the connection gets the image."""
    connection.sendall(f"GET {PATH} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(GIF) and (more := connection.recv(4096)):
        answer += more
    return answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(GIF)


def asked(port) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", PATH)
    body = connection.getresponse().read()
    connection.close()
    return body


def test_connections_that_ask_for_nothing_give_way_to_those_that_do(started, connected):
    server = started()
    idle = [connected(server) for _ in range(400)]
    assert asked(server.port) == GIF
    assert server.connections <= Bounds().connections
    assert over(idle[0])


def test_a_flood_takes_no_descriptors_from_the_rest_of_the_daemon():
    command = [sys.executable, "-c", FEW]
    pipe = subprocess.PIPE
    with ExitStack() as stack:
        server = stack.enter_context(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
        port = int(server.stdout.readline())
        for _ in range(600):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
        assert asked(port) == GIF
        assert server.communicate(timeout=30) == ("", "")


def test_the_one_that_has_been_silent_longest_gives_way(started, connected):
    server = started(Bounds(connections=2))
    first, second = connected(server), connected(server)
    assert until(lambda: server.connections == 2)
    assert answered(first)
    connected(server)
    assert over(second)
    assert answered(first)


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /o/", f"GET {PATH} HTTP/1.1\r\nHost: t\r\n".encode(),
     f"GET {PATH} HTTP/1.1\r\nHost: t\r\n\r\n".encode(),
     f"GET {PATH} HTTP/1.1\r\nHost: t\r\n\r\nGET /o/".encode(),
     f"GET {PATH} HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf".encode()],
    ids=["nothing", "half a line", "half a head", "nothing more", "half of the next", "half a body"],
)  # fmt: skip
def test_who_does_not_finish_a_request_in_time_is_hung_up_on(started, connected, sent):
    connection = connected(started(HURRIED))
    connection.sendall(sent)
    assert over(connection)


def test_a_request_that_comes_drop_by_drop_gets_no_more_time(started, connected):
    server = started(HURRIED)
    connection = connected(server)
    connection.sendall(b"GET /o/")
    assert until(lambda: server.connections == 1)

    def gone():
        try:
            connection.sendall(b"x")
        except OSError:
            return True
        return False

    assert until(gone)


def test_an_answered_connection_has_the_whole_time_again(started):
    connection = http.client.HTTPConnection("127.0.0.1", started(Bounds(request_seconds=2)).port, timeout=10)
    for _ in range(3):
        connection.request("GET", PATH)
        assert connection.getresponse().read() == GIF
    connection.close()


def test_nonsense_of_strangers_fills_no_log(started, connected, caplog):
    server = started()
    with caplog.at_level(logging.INFO):
        for nonsense in (
            b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
            b"x" * 70_000,
            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        ):
            connection = connected(server)
            connection.sendall(nonsense)
            assert over(connection)
    assert [record for record in caplog.records if record.name.startswith(("uvicorn", "maildaemon"))] == []


def test_a_server_whose_port_is_taken_is_there_when_the_port_is_free(caplog):
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    with caplog.at_level(logging.INFO, "maildaemon"):
        kept = Kept(app(lambda opening: None), "127.0.0.1", port, again_seconds=0.01)
        (said,) = caplog.records
        taken.close()
        assert until(lambda: len(caplog.records) == 2)
    assert asked(port) == GIF
    kept.stop()
    assert said.getMessage() == "server-down"
    assert said.facts == {
        "server": f"tracker 127.0.0.1:{port}",
        "why": "Address already in use",
        "then": "tried again until it answers",
    }
    assert caplog.records[1].getMessage() == "server-up"


def test_a_server_that_never_got_its_port_can_be_stopped():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        Kept(app(lambda opening: None), "127.0.0.1", taken.getsockname()[1]).stop()


@pytest.mark.parametrize(("host", "port"), [("no-such-host.invalid", 0), ("192.0.2.1", 0)])
def test_an_address_that_cannot_be_had_is_no_end(host, port, caplog):
    with caplog.at_level(logging.INFO, "maildaemon"):
        Kept(app(lambda opening: None), host, port).stop()
    (said,) = caplog.records
    assert said.getMessage() == "server-down"
