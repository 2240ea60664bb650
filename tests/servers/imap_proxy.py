"""A proxy between a client and a real IMAP server that does one wrong thing at the n-th command of a kind."""

import contextlib
import re
import select
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
LONGEST_SILENCE = 60.0
"""Seconds after which a stalled connection is ended by the proxy: no test waits for ever."""


class Over(Exception):
    """This connection is to be ended."""


class Wire:
    """One socket, read by lines and literals."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.held = b""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(LONGEST_SILENCE)

    def _more(self) -> None:
        data = self.sock.recv(1 << 16)
        if not data:
            raise EOFError
        self.held += data

    def line(self) -> bytes:
        while b"\n" not in self.held:
            self._more()
        line, _, self.held = self.held.partition(b"\n")
        return line + b"\n"

    def exactly(self, size: int) -> bytes:
        while len(self.held) < size:
            self._more()
        data, self.held = self.held[:size], self.held[size:]
        return data

    def response(self) -> bytes:
        """A line with the literals in it."""
        data = line = self.line()
        while literal := LITERAL.search(line):
            data += self.exactly(int(literal[1]))
            line = self.line()
            data += line
        return data

    def send(self, data: bytes) -> None:
        if data:
            self.sock.sendall(data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)


@dataclass
class Moment:
    """A command that has come, or with ``line`` empty the greeting: what a fault has in its hands."""

    client: Wire
    server: Wire
    line: bytes
    over: threading.Event

    @property
    def tag(self) -> bytes:
        return self.line.split(b" ", 1)[0]

    def forward(self) -> bytes:
        """Have the server do it; its whole answer, tagged line included."""
        if not self.line:
            return self.server.response()
        self._pass_on(self.line)
        answer = b""
        while True:
            response = self.server.response()
            if response.startswith(b"+"):
                self.client.send(response)
                self._continue()
                continue
            answer += response
            if response.startswith(self.tag + b" "):
                return answer

    def _pass_on(self, line: bytes) -> None:
        self.server.send(line)
        literal = LITERAL.search(line)
        if literal and literal[2]:
            self._continue()

    def _continue(self) -> None:
        """What the client says after a continuation: a literal and the rest of its line, or a line alone."""
        if literal := LITERAL.search(self.line):
            self.server.send(self.client.exactly(int(literal[1])))
        rest = self.client.line()
        self.line = self.tag + b" " + rest
        self._pass_on(rest)

    def say(self, text: str) -> None:
        self.client.send(text.encode() + b"\r\n")

    def silence(self) -> None:
        """Nothing more is said; until the client hangs up."""
        for _ in range(int(LONGEST_SILENCE * 20)):
            if self.over.is_set():
                break
            if select.select([self.client.sock], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):
                    if not self.client.sock.recv(1 << 16):
                        break
        raise Over


Act = Callable[[Moment], None]


@dataclass
class Fault:
    """``act`` in place of what the server would have said at the ``nth`` command that ``pattern`` is found in, and at
    ``times`` of them in a row. The pattern sees the command without its tag; the greeting is ``GREETING``."""

    name: str
    pattern: str
    act: Act
    nth: int = 1
    times: int = 1
    met: int = 0
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def meets(self, command: str) -> bool:
        if not re.search(self.pattern, command, re.IGNORECASE):
            return False
        with self.lock:
            self.met += 1
            due = self.nth <= self.met < self.nth + self.times
            self.done += due
            return due


class ImapProxy:
    """Listens on a port of its own; ``heard`` keeps the commands without tags, ``injected`` the names of the faults
    that came about, one for each time."""

    def __init__(self, upstream: int, host: str = "127.0.0.1") -> None:
        self.upstream, self.host = upstream, host
        self.faults: list[Fault] = []
        self.heard: list[str] = []
        self.injected: list[str] = []
        self.broken: list[str] = []
        """Errors of the proxy's own, which must not pass for a fault."""
        self.over = threading.Event()
        self._listener = socket.create_server((host, 0))
        self._wires: list[Wire] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def arm(self, *faults: Fault) -> None:
        self.faults = list(faults)

    def heal(self) -> None:
        """No more faults; connections that are stalled end when their client gives up."""
        self.faults = []

    def cut_all(self) -> None:
        """Every connection ends now."""
        for wire in list(self._wires):
            wire.close()

    def close(self) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_all()
        for thread in list(self._threads):
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        client = Wire(sock)
        self._wires.append(client)
        with sock, contextlib.suppress(OSError, EOFError, Over):
            with socket.create_connection((self.host, self.upstream), timeout=5) as other:
                server = Wire(other)
                self._wires.append(server)
                try:
                    self._talk(client, server)
                except (OSError, EOFError, Over):
                    pass
                except Exception as error:
                    self.broken.append(f"{type(error).__name__}: {error}")
                finally:
                    server.close()
                    client.close()

    def _talk(self, client: Wire, server: Wire) -> None:
        self._one(Moment(client, server, b"", self.over))
        while self._client_speaks(client, server):
            line = client.line()
            if line.rstrip().upper().endswith(b" IDLE"):
                self._idle(client, server, line)
            else:
                self._one(Moment(client, server, line, self.over))

    def _client_speaks(self, client: Wire, server: Wire) -> bool:
        """What the server says of itself between commands is passed on."""
        while not client.held:
            ready = select.select([client.sock, server.sock], [], [], LONGEST_SILENCE)[0]
            if not ready:
                return False
            if server.sock in ready:
                data = server.held + server.sock.recv(1 << 16)
                if not data:
                    return False
                server.held = b""
                client.send(data)
            if client.sock in ready:
                client._more()
        return True

    def _one(self, moment: Moment) -> None:
        command = moment.line.partition(b" ")[2].decode("utf-8", "replace").strip() or "GREETING"
        self.heard.append(command)
        fault = next((each for each in self.faults if each.meets(command)), None)
        if fault is None:
            moment.client.send(moment.forward())
            return
        self.injected.append(fault.name)
        fault.act(moment)

    def _idle(self, client: Wire, server: Wire, line: bytes) -> None:
        tag = line.split(b" ", 1)[0]
        moment = Moment(client, server, line, self.over)
        self.heard.append("IDLE")
        fault = next((each for each in self.faults if each.meets("IDLE")), None)
        if fault is not None:
            self.injected.append(fault.name)
            fault.act(moment)
            return
        server.send(line)
        while True:
            ready = select.select([client.sock, server.sock], [], [], LONGEST_SILENCE * 10)[0]
            if not ready:
                return
            if client.sock in ready or client.held:
                server.send(client.line())
            if server.sock in ready:
                response = server.response()
                client.send(response)
                while b"\n" in server.held:
                    response = server.response()
                    client.send(response)
                if response.startswith(tag + b" "):
                    return


@contextlib.contextmanager
def imap_proxy(upstream: int, *faults: Fault) -> Iterator[ImapProxy]:
    """``upstream`` is the real server's port on loopback."""
    proxy = ImapProxy(upstream)
    proxy.arm(*faults)
    try:
        yield proxy
    finally:
        proxy.close()


# --- acts -------------------------------------------------------------------------------------------------------------


def cut(where: int | str) -> Act:
    """The server does it; of its answer so many octets arrive, or ``half``, or all but one (``last``), and the
    connection ends. At 0 the answer is lost."""

    def act(moment: Moment) -> None:
        answer = moment.forward()
        size = {"half": len(answer) // 2, "last": len(answer) - 1}.get(str(where), where)
        moment.client.send(answer[: int(size)])
        raise Over

    return act


def unheard(moment: Moment) -> None:
    """The connection ends before the server hears of the command."""
    raise Over


def stall(*, done: bool) -> Act:
    """No answer for as long as the client waits; ``done`` tells whether the server has done it."""

    def act(moment: Moment) -> None:
        if done:
            moment.forward()
        moment.silence()

    return act


def stall_within(share: float) -> Act:
    """A part of the answer, then nothing."""

    def act(moment: Moment) -> None:
        answer = moment.forward()
        moment.client.send(answer[: int(len(answer) * share)])
        moment.silence()

    return act


def late(seconds: float) -> Act:
    def act(moment: Moment) -> None:
        answer = moment.forward()
        moment.over.wait(seconds)
        moment.client.send(answer)

    return act


def refuse(text: str, *, done: bool = False) -> Act:
    """``NO …`` or ``BAD …``; with ``done`` the server did it all the same."""

    def act(moment: Moment) -> None:
        if done:
            moment.forward()
        moment.say(f"{moment.tag.decode()} {text}")

    return act


def bye(*, done: bool) -> Act:
    def act(moment: Moment) -> None:
        if done:
            moment.forward()
        moment.say("* BYE the server goes down")
        raise Over

    return act


def lying_literal(size: Callable[[int], int]) -> Act:
    """The first literal of the answer announces another number of octets than it has. Where the client waits for
    more, nothing comes."""

    def act(moment: Moment) -> None:
        answer = re.sub(rb"\{(\d+)\}", lambda found: b"{%d}" % size(int(found[1])), moment.forward(), count=1)
        moment.client.send(answer)

    return act


def other_uid(moment: Moment) -> None:
    """The server speaks of a UID that nobody asked for."""
    moment.client.send(re.sub(rb"\bUID (\d+)", lambda found: b"UID %d" % (int(found[1]) + 1000), moment.forward()))


def without_data(moment: Moment) -> None:
    """OK, and nothing of what was asked for."""
    moment.client.send(moment.forward().rstrip().rpartition(b"\r\n")[2] + b"\r\n")


def unsolicited(*lines: str) -> Act:
    """Untagged lines that nobody asked for stand before the answer and before its last line."""

    def act(moment: Moment) -> None:
        more = b"".join(line.encode() + b"\r\n" for line in lines)
        before, _, last = moment.forward().rstrip().rpartition(b"\r\n")
        moment.client.send(more + (before + b"\r\n" if before else b"") + more + last + b"\r\n")

    return act


def meanwhile(happens: Callable[[], object], *, after: bool = False) -> Act:
    """Something happens at the server just before it hears of the command, or just after it has done it."""

    def act(moment: Moment) -> None:
        if after:
            answer = moment.forward()
            happens()
        else:
            happens()
            answer = moment.forward()
        moment.client.send(answer)

    return act
