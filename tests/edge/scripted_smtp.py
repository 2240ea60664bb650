"""An SMTP server that says what a test tells it to, and remembers what it was told."""

import copy
import socket
import ssl
import threading
from contextlib import suppress
from typing import Self

CUT = None
STALL = "stall"
GOOD = {
    "greeting": "220 scripted",
    "EHLO": "250-scripted\r\n250 SIZE 26214400",
    "STARTTLS": "220 go",
    "MAIL": "250 sender",
    "RCPT": "250 recipient",
    "DATA": "354 go",
    "dot": "250 2.0.0 queued as 42",
    "RSET": "250 reset",
    "QUIT": "221 bye",
    "AUTH": "235 welcome",
    "after": "",
}
PIPELINING = {"EHLO": "250-scripted\r\n250-PIPELINING\r\n250 SIZE 26214400"}


class Scripted:
    """Each connection follows one plan, the last plan serves all that come after it. A plan overrides GOOD: an answer, a
    list of answers for one time each, CUT (close instead of an answer) or STALL (no answer). ``body`` is what it says
    before it closes, without reading the message; ``after`` CUT closes behind the answer to a message."""

    def __init__(self, *plans: dict, tls: ssl.SSLContext | None = None, implicit: bool = False) -> None:
        self.plans = [copy.deepcopy({**GOOD, **plan}) for plan in plans or ({},)]
        self.connections: list[list[str]] = []
        self.messages: list[bytes] = []
        self.unfinished: list[bytes] = []
        self._tls, self._implicit = tls, implicit
        self._over = threading.Event()
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(5)
        for one in self._open:
            one.close()

    @property
    def commands(self) -> list[str]:
        return [line for lines in self.connections for line in lines]

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listening.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plan = self.plans[min(len(self.connections), len(self.plans) - 1)]
            self.connections.append([])
            thread = threading.Thread(target=self._serve, args=(peer, dict(plan), self.connections[-1]))
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket, plan: dict, seen: list[str]) -> None:
        self._open.append(peer)
        try:
            if self._implicit:
                peer = self._wrapped(peer)
            self._talk(peer, plan, seen)
        except (OSError, ssl.SSLError):
            pass
        finally:
            peer.close()

    def _wrapped(self, peer: socket.socket) -> socket.socket:
        peer = self._tls.wrap_socket(peer, server_side=True)
        self._open.append(peer)
        return peer

    def _answer(self, peer: socket.socket, plan: dict, key: str) -> bool:
        text = plan.get(key, "502 unknown")
        if isinstance(text, list):
            text = text.pop(0) if len(text) > 1 else text[0]
        if text is CUT:
            return False
        if text == STALL:
            self._over.wait(20)
            return False
        if text:
            peer.sendall(text.encode() + b"\r\n")
        return True

    def _talk(self, peer: socket.socket, plan: dict, seen: list[str]) -> None:
        if not self._answer(peer, plan, "greeting"):
            return
        reader = peer.makefile("rb")
        with suppress(OSError), reader:
            while line := reader.readline():
                text = line.decode().rstrip("\r\n")
                seen.append(text)
                verb = text.split(" ")[0].upper()
                key = verb if verb in GOOD else "AUTH"
                if not self._answer(peer, plan, key):
                    return
                if verb == "STARTTLS":
                    peer = self._wrapped(peer)
                    reader = peer.makefile("rb")
                if verb == "QUIT":
                    return
                if verb == "DATA" and plan["DATA"].startswith("354") and not self._data(peer, reader, plan):
                    return

    def _data(self, peer: socket.socket, reader, plan: dict) -> bool:
        if "body" in plan:
            if self._answer(peer, plan, "body"):
                peer.shutdown(socket.SHUT_WR)
                reader.read()  # a reset would take the answer with it
            return False
        lines = []
        while line := reader.readline():
            if line == b".\r\n":
                self.messages.append(b"".join(one.removeprefix(b".") for one in lines))
                return self._answer(peer, plan, "dot") and plan["after"] is not CUT
            lines.append(line)
        self.unfinished.append(b"".join(lines))
        return False
