"""An IMAP server that says exactly what a test wants it to say, also what no server should."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping


class Peer:
    """The server's end of one connection. ``number`` counts connections from 1."""

    def __init__(self, sock: socket.socket, number: int, heard: list[str]) -> None:
        self.sock, self.number = sock, number
        self.capabilities = "IMAP4rev1 IDLE UIDPLUS MOVE"
        self.closed = threading.Event()
        self._heard = heard
        self._file = sock.makefile("rb")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, *lines: str | bytes) -> None:
        """Each as one line, all in one segment."""
        self.raw(b"".join((line.encode() if isinstance(line, str) else line) + b"\r\n" for line in lines))

    def raw(self, data: bytes) -> None:
        self.sock.sendall(data)

    def line(self) -> str:
        """What the client says next. Raises EOFError when it hung up."""
        data = self._file.readline()
        if not data:
            raise EOFError
        text: str = data.decode().rstrip("\r\n")
        self._heard.append(text)
        return text

    def literal(self, size: int) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self._file.close()
        self.sock.close()
        self.closed.set()


Answer = Callable[[Peer, str, str], None]


def quiet(peer: Peer, tag: str, rest: str) -> None:
    """Never answers: a peer that is silently dead."""
    while True:
        peer.line()


def refuse(text: str) -> Answer:
    return lambda peer, tag, rest: peer.send(f"{tag} NO {text}")


def say(*lines: str | bytes) -> Answer:
    """Those untagged lines, then OK."""
    return lambda peer, tag, rest: peer.send(*lines, f"{tag} OK done")


def _login(peer: Peer, tag: str, rest: str) -> None:
    peer.send(f"{tag} OK [CAPABILITY {peer.capabilities}] welcome")


def _capability(peer: Peer, tag: str, rest: str) -> None:
    peer.send(f"* CAPABILITY {peer.capabilities}", f"{tag} OK done")


def _select(peer: Peer, tag: str, rest: str) -> None:
    peer.send("* 0 EXISTS", "* 0 RECENT", "* FLAGS (\\Deleted)", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 1] ok")
    peer.send(f"{tag} OK [READ-WRITE] done")


def _idle(peer: Peer, tag: str, rest: str) -> None:
    peer.send("+ idling")
    peer.line()
    peer.send(f"{tag} OK idle ended")


USUAL: Mapping[str, Answer] = {
    "CAPABILITY": _capability,
    "LOGIN": _login,
    "SELECT": _select,
    "EXAMINE": _select,
    "IDLE": _idle,
    "NOOP": say(),
    "LIST": say('* LIST (\\Noselect) "/" ""'),
    "STATUS": say('* STATUS "INBOX" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 7)'),
    "UID SEARCH": say("* SEARCH"),
    "UID FETCH": say(),
    "UID STORE": say(),
    "UID COPY": say(),
    "UID MOVE": say(),
    "UID EXPUNGE": say(),
    "CREATE": say(),
    "SUBSCRIBE": say(),
    "LOGOUT": say("* BYE so long"),
}


class Scripted:
    """``answers`` replace the usual ones, by command; they may be changed while the server runs."""

    def __init__(self, answers: Mapping[str, Answer], capabilities: str | None, greeting: str) -> None:
        self.answers = dict(USUAL) | dict(answers)
        self.heard: list[str] = []
        self.peers: list[Peer] = []
        self._capabilities, self._greeting = capabilities, greeting
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def commands(self) -> list[str]:
        """What was asked, without tags."""
        return [line.partition(" ")[2] for line in self.heard]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self.peers:
            with contextlib.suppress(OSError):
                peer.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            peer = Peer(sock, len(self.peers) + 1, self.heard)
            self.peers.append(peer)
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: Peer) -> None:
        try:
            if self._capabilities is not None:
                peer.capabilities = self._capabilities
            peer.send(self._greeting)
            while True:
                tag, _, command = peer.line().partition(" ")
                verb, _, rest = command.partition(" ")
                if verb.upper() == "UID":
                    second, _, rest = rest.partition(" ")
                    verb = f"UID {second}"
                answer = self.answers.get(verb.upper())
                if answer is None:
                    peer.send(f"{tag} BAD unknown command")
                else:
                    answer(peer, tag, rest)
        except (EOFError, OSError, ValueError):
            pass  # the client went away, or the test ended
        finally:
            peer.close()


@contextlib.contextmanager
def scripted(
    answers: Mapping[str, Answer] | None = None,
    *,
    capabilities: str | None = None,
    greeting: str = "* OK ready",
) -> Iterator[Scripted]:
    server = Scripted(answers or {}, capabilities, greeting)
    try:
        yield server
    finally:
        server.close()
