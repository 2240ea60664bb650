"""An SMTP server that keeps what it takes, and does one wrong thing at the n-th command of a kind."""

import contextlib
import email
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from maildaemon.demo.servers import Delivered

LONGEST_SILENCE = 60.0
ANSWERS = {
    "GREETING": "220 faulty",
    "STARTTLS": "220 go",
    "AUTH": "235 welcome",
    "MAIL": "250 sender",
    "RCPT": "250 recipient",
    "DATA": "354 go",
    "DOT": "250 2.0.0 kept",
    "RSET": "250 reset",
    "NOOP": "250 here",
    "QUIT": "221 bye",
}


class Over(Exception):
    """This connection is to be ended."""


@dataclass
class Session:
    """One connection: the envelope that is under way, and how to speak to the client."""

    peer: socket.socket
    over: threading.Event
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    body: bytes = b""
    line: str = ""

    def say(self, text: str) -> None:
        self.peer.sendall(text.encode() + b"\r\n")

    def silence(self) -> None:
        """Nothing more is said, until the client hangs up."""
        self.peer.settimeout(0.05)
        for _ in range(int(LONGEST_SILENCE * 20)):
            if self.over.is_set():
                break
            try:
                if not self.peer.recv(1 << 16):
                    break
            except TimeoutError:
                continue
        raise Over


Act = Callable[[Session, "FaultySmtp"], None]


@dataclass
class Fault:
    """``act`` in place of the usual answer at the ``nth`` ``verb`` (GREETING, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA,
    BODY: within the message, DOT: after its last line), and at ``times`` of them in a row; TLS is a handshake that failed, CONNECT hangs up at once. ``doubtful``: the
    client cannot know whether the message was taken."""

    name: str
    verb: str
    act: Act
    nth: int = 1
    times: int = 1
    doubtful: bool = False
    met: int = 0
    done: int = 0

    def meets(self, verb: str) -> bool:
        if verb != self.verb:
            return False
        self.met += 1
        due = self.nth <= self.met < self.nth + self.times
        self.done += due
        return due


class FaultySmtp:
    """``messages`` are those that it took and answers for, ``injected`` the names of the faults that came about,
    ``doubtful`` the Message-IDs of those whose fate the client cannot know."""

    def __init__(
        self,
        *faults: Fault,
        pipelining: bool = True,
        login: bool = False,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
    ) -> None:
        self.faults = list(faults)
        self.pipelining, self.login, self.tls, self.implicit = pipelining, login, tls, implicit
        self.injected: list[str] = []
        self.doubtful: set[str] = set()
        self.heard: list[str] = []
        self.unencrypted: list[str] = []
        self.broken: list[str] = []
        """Errors of this server's own, which must not pass for a fault."""
        self._kept: list[Delivered] = []
        self._lock = threading.Lock()
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in list(self._threads):
            thread.join(5)

    @property
    def messages(self) -> tuple[Delivered, ...]:
        with self._lock:
            return tuple(self._kept)

    def arm(self, *faults: Fault) -> None:
        with self._lock:
            self.faults = list(faults)

    def heal(self) -> None:
        self.arm()

    def ids(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(message_id(one.raw) for one in self.messages)

    def keep(self, session: Session) -> None:
        """The message is ours from now on."""
        kept = Delivered(session.sender, tuple(session.recipients), session.body, time.monotonic())
        with self._lock:
            self._kept.append(kept)

    # one connection ---------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket) -> None:
        self._open.append(peer)
        session = Session(peer, self.over)
        try:
            if self._fault("CONNECT", session, lambda *_: None):
                return
            if self.implicit and self.tls is not None:
                session.peer = self._wrapped(peer)
            self._talk(session)
        except ssl.SSLError:
            self._fault("TLS", session, lambda *_: None)
        except (OSError, Over):
            pass
        except Exception as error:
            self.broken.append(f"{type(error).__name__}: {error}")
        finally:
            peer.close()
            session.peer.close()

    def _wrapped(self, peer: socket.socket) -> socket.socket:
        assert self.tls is not None
        wrapped = self.tls.wrap_socket(peer, server_side=True)
        self._open.append(wrapped)
        return wrapped

    def _fault(self, verb: str, session: Session, act: "Act | None" = None) -> bool:
        """Whether a fault has taken the usual answer's place; ``act`` where none is possible."""
        with self._lock:
            fault = next((each for each in self.faults if each.meets(verb)), None)
            if fault is None:
                return False
            self.injected.append(fault.name)
            if fault.doubtful:
                self.doubtful.add(message_id(session.body))
        (act or fault.act)(session, self)
        return True

    def _talk(self, session: Session) -> None:
        if not self._fault("GREETING", session):
            session.say(ANSWERS["GREETING"])
        reader = session.peer.makefile("rb")
        while line := reader.readline():
            session.line = line.decode("utf-8", "replace").strip()
            verb = session.line.split(" ")[0].upper()
            self.heard.append(session.line)
            if not isinstance(session.peer, ssl.SSLSocket):
                self.unencrypted.append(session.line)
            if self._fault(verb, session):
                continue
            if verb in {"EHLO", "HELO"}:
                session.say(self.offers(session))
            elif verb == "DATA" and not session.recipients:
                session.say("554 5.5.1 no valid recipients")
            else:
                self.envelope(verb, session)
                session.say(ANSWERS.get(verb, "502 5.5.2 unknown"))
            if verb == "QUIT":
                return
            if verb == "STARTTLS" and self.tls is not None:
                session.peer = self._wrapped(session.peer)
                reader = session.peer.makefile("rb")
            if verb == "DATA" and session.recipients:
                self._data(session, reader)

    def offers(self, session: Session) -> str:
        encrypted = isinstance(session.peer, ssl.SSLSocket)
        offers = ["faulty", "SIZE 26214400"]
        offers += ["PIPELINING"] if self.pipelining else []
        offers += ["STARTTLS"] if self.tls is not None and not encrypted else []
        offers += ["AUTH PLAIN LOGIN"] if self.login else []
        return "\r\n".join([*(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"])

    def envelope(self, verb: str, session: Session) -> None:
        address = session.line.partition("<")[2].partition(">")[0]
        if verb == "MAIL":
            session.sender, session.recipients = address, []
        elif verb == "RCPT":
            session.recipients.append(address)
        elif verb == "RSET":
            session.recipients = []

    def _data(self, session: Session, reader) -> None:
        lines: list[bytes] = []
        self._fault("BODY", session)
        while (line := reader.readline()) != b".\r\n":
            if not line:
                raise Over
            lines.append(line.removeprefix(b"."))
        session.body = b"".join(lines)
        if not self._fault("DOT", session):
            self.keep(session)
            session.say(ANSWERS["DOT"])
        session.recipients = []


def message_id(raw: bytes) -> str:
    return str(email.message_from_bytes(raw)["Message-ID"])


# --- acts -------------------------------------------------------------------------------------------------------------


def answer(text: str) -> Act:
    """Refuse, or say something that is no answer. What stands behind a 421 is a closed connection."""

    def act(session: Session, server: FaultySmtp) -> None:
        session.say(text)
        if text.startswith("421"):
            raise Over

    return act


def cut(*, kept: bool = False) -> Act:
    """The connection ends without an answer; with ``kept`` the server has taken the message."""

    def act(session: Session, server: FaultySmtp) -> None:
        if kept:
            server.keep(session)
        raise Over

    return act


def cut_within(size: int) -> Act:
    """The connection ends when so many octets of the message have come."""

    def act(session: Session, server: FaultySmtp) -> None:
        left = size
        while left > 0 and (data := session.peer.recv(min(left, 1 << 16))):
            left -= len(data)
        raise Over

    return act


def stall(*, kept: bool = False) -> Act:
    def act(session: Session, server: FaultySmtp) -> None:
        if kept:
            server.keep(session)
        session.silence()

    return act


def late(seconds: float, *, kept: bool) -> Act:
    """The usual answer to the final dot, so much later."""

    def act(session: Session, server: FaultySmtp) -> None:
        if kept:
            server.keep(session)
        server.over.wait(seconds)
        with contextlib.suppress(OSError):
            session.say(ANSWERS["DOT"] if kept else "451 4.3.0 not kept")
        raise Over

    return act


def kept_but(text: str) -> Act:
    """The server has taken the message and says something else."""

    def act(session: Session, server: FaultySmtp) -> None:
        server.keep(session)
        session.say(text)

    return act


def as_usual(session: Session, server: FaultySmtp) -> None:
    """What the server says of itself: for what is wrong elsewhere, and is counted here."""
    verb = session.line.split(" ")[0].upper()
    session.say(server.offers(session) if verb == "EHLO" else ANSWERS[verb])


def then(happens: Callable[[Session], object], seconds: float = 0) -> Act:
    """Taken as usual, a little late; afterwards something happens, such as a bounce."""

    def act(session: Session, server: FaultySmtp) -> None:
        server.keep(session)
        server.over.wait(seconds)
        session.say(ANSWERS["DOT"])
        happens(session)

    return act


def refuse_recipient(address: str, text: str) -> Act:
    """That recipient is refused, the others are taken. For RCPT, at each of them."""

    def act(session: Session, server: FaultySmtp) -> None:
        if address.lower() in session.line.lower():
            session.say(text)
        else:
            server.envelope("RCPT", session)
            session.say(ANSWERS["RCPT"])

    return act
