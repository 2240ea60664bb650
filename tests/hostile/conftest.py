"""The real reading child, with so little time that whoever wastes it is ended."""

import socket
import threading

import pytest

from maildaemon.edge.child import Limits
from maildaemon.edge.children import ChildReader
from maildaemon.edge.playbooks import gather
from maildaemon.model import Reading

TIGHT = Limits(cpu_seconds=2, wall_seconds=100, memory=512 * 2**20)
"""CPU seconds and bytes are counted by the kernel: a busy machine changes nothing about what a test says."""


class Reader:
    """``mail`` and ``file`` give the Reading, or why there is none."""

    def __init__(self, children: ChildReader) -> None:
        self._children = children

    def mail(self, raw: bytes):
        (found,) = self._children.read([raw])
        return found if isinstance(found, Reading) else found.reason

    def file(self, name: str, data: bytes):
        """The first document, which is the file itself or what it holds first."""
        (found,) = self._children.read_files([(name, data)])
        return found.documents[0] if isinstance(found, Reading) else found.reason


@pytest.fixture(scope="session")
def read():
    children = ChildReader(gather(), children=1, limits=TIGHT)
    yield Reader(children)
    children.close()


@pytest.fixture
def listener():
    """A web server's place on loopback; ``connections`` counts who came."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Listener(server)
        yield found
        found.end()


class Listener:
    def __init__(self, server: socket.socket) -> None:
        self.port, self.connections = server.getsockname()[1], 0
        self._server = server
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/x"

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            peer.close()

    def end(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
