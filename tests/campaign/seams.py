"""The seams of the daemon at which a victim is struck: wrapped from outside, in the victim's own process."""

import functools
import imaplib
import os
import signal
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Engine, event

from maildaemon.desk import OutgoingState
from maildaemon.edge import children, database, frames, smtp
from maildaemon.edge.imap import ImapMailbox
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.outbox import SqlOutbox
from maildaemon.edge.smtp import SmtpTransport
from maildaemon.pipeline import Story
from tests.campaign.victim import Tape

Strike = Callable[[], None]
LITERAL = 300
"""Bytes from which on a literal of IMAP is taken for a mail."""


def kill(tape: Tape, point: str, nth: int = 1) -> None:
    """Arm: kill -9 when the point is reached the n-th time."""
    lock, count = threading.Lock(), 0

    def strike() -> None:
        nonlocal count
        with lock:
            count += 1
            if count == nth:
                tape.say("reached", point)
                os.kill(os.getpid(), signal.SIGKILL)

    SEAMS[point](strike)


def witness(tape: Tape) -> None:
    """Armed in every victim: which messages may be in doubt. ``committing`` is told before it is written, ``settled``
    after it is: what lies between is the window. And that a round is over."""

    def told(outbox: SqlOutbox, *_: Any) -> None:
        known = [message.id for message, result in outbox.settled if result.state is not OutgoingState.IN_DOUBT]
        if known:
            local.known = known

    def stored(_found: object, outbox: SqlOutbox, *_: Any) -> None:
        for each in local.__dict__.pop("known", ()):
            tape.say("settled", each)

    local = threading.local()
    around(Story, "round", after=lambda *_: tape.say("round"))
    around(SqlOutbox, "committing", before=lambda _, outgoing_id, *__: tape.say("committing", outgoing_id))
    for name in ("committing", "flush", "recover"):
        around(SqlOutbox, name, before=told, after=stored)


def around(
    owner: Any, name: str, before: Callable[..., None] | None = None, after: Callable[..., None] | None = None
) -> None:
    """Wrap a function or method: ``before`` gets its arguments, ``after`` its result and its arguments."""
    inner = getattr(owner, name)

    @functools.wraps(inner)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        if before is not None:
            before(*arguments, **named)
        found = inner(*arguments, **named)
        if after is not None:
            after(found, *arguments, **named)
        return found

    setattr(owner, name, wrapped)


def before(owner: Any, name: str, when: Callable[..., Any] = lambda *_, **__: True) -> Callable[[Strike], None]:
    """``when`` gets the arguments."""
    return lambda strike: around(owner, name, before=lambda *a, **k: strike() if when(*a, **k) else None)


def after(owner: Any, name: str, when: Callable[..., Any] = lambda *_, **__: True) -> Callable[[Strike], None]:
    """``when`` gets the result and the arguments."""
    return lambda strike: around(owner, name, after=lambda *a, **k: strike() if when(*a, **k) else None)


def before_commit(owner: Any, name: str) -> Callable[[Strike], None]:
    """Within it: everything is written, the commit is not."""

    def install(strike: Strike) -> None:
        inside = threading.local()

        def enter(*_: Any, **__: Any) -> None:
            inside.depth = getattr(inside, "depth", 0) + 1

        def leave(*_: Any, **__: Any) -> None:
            inside.depth -= 1

        around(owner, name, before=enter, after=leave)

        @event.listens_for(Engine, "commit")
        def commits(_connection: object) -> None:
            if getattr(inside, "depth", 0):
                strike()

    return install


def _migrating(strike: Strike) -> None:
    """Behind a statement that changes the tables or what is in them."""
    inside = threading.local()
    around(
        database, "migrate", before=lambda _: setattr(inside, "on", True), after=lambda *_: setattr(inside, "on", False)
    )

    @event.listens_for(Engine, "after_cursor_execute")
    def executed(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        if getattr(inside, "on", False) and statement.lstrip()[:6].upper() in {
            "CREATE",
            "ALTER ",
            "INSERT",
            "DROP T",
            "UPDATE",
        }:
            strike()


def _mid_fetch(strike: Strike) -> None:
    """Half of a mail's literal is read."""
    inner = imaplib.IMAP4.read

    def read(self: imaplib.IMAP4, size: int) -> bytes:
        if size < LITERAL:
            return inner(self, size)
        half = inner(self, size // 2)
        strike()
        return half + inner(self, size - size // 2)

    imaplib.IMAP4.read = read


def _reading(strike: Strike) -> None:
    """The child has the mail, and its answer is awaited."""
    asked = threading.local()

    def write(stream: Any, *data: bytes) -> None:
        asked.mail = any(each[:1] == b"M" for each in data)
        frames.write(stream, *data)

    def read(stream: Any) -> bytes:
        if asked.mail:
            strike()
        return frames.read(stream)

    children.frames = SimpleNamespace(write=write, read=read, FrameError=frames.FrameError)


def _mid_data(strike: Strike) -> None:
    """Half of the message is on the wire."""
    inner = smtp._write

    def write(connection: Any, data: bytes) -> None:
        if b"\r\n\r\n" in data:
            inner(connection, data[: len(data) // 2])
            strike()
            data = data[len(data) // 2 :]
        inner(connection, data)

    smtp._write = write


def _some(_self: object, items: Any, *_: Any) -> Any:
    return items


def _found(found: Any, *_: Any) -> Any:
    return found


def _first(found: Any, *_: Any, **__: Any) -> bool:
    return found.now


def _was_sent(found: Any, *_: Any) -> bool:
    return found.state is OutgoingState.SENT


SEAMS: dict[str, Callable[[Strike], None]] = {
    "start-up": after(SqlLedger, "__init__"),
    "in-migration": _migrating,
    "recovering": before_commit(SqlOutbox, "recover"),
    "recovered": after(SqlOutbox, "recover"),
    "in-first-contact": before_commit(SqlLedger, "contact"),
    "first-contact": after(SqlLedger, "contact", _first),
    "after-search": before(ImapMailbox, "envelopes", lambda _, folder, uids, **__: uids),
    "mid-fetch": _mid_fetch,
    "fetched-not-stored": before(SqlLedger, "store", _some),
    "in-store-transaction": before_commit(SqlLedger, "store"),
    "raw-stored": after(SqlLedger, "store", lambda _, self, arrivals, *__: arrivals),
    "reading": _reading,
    "read-not-decided": before(Story, "decide"),
    "decided-not-stored": before(SqlLedger, "settle", _some),
    "in-settle-transaction": before_commit(SqlLedger, "settle"),
    "decided": after(SqlLedger, "settle", lambda _, self, outcomes, *__: outcomes),
    "in-claim-transaction": before_commit(SqlOutbox, "claim"),
    "claimed": after(SqlOutbox, "claim", _found),
    "connected": after(smtp, "connect"),
    "mid-data": _mid_data,
    "before-committing": before(SqlOutbox, "committing"),
    "in-committing-transaction": before_commit(SqlOutbox, "committing"),
    "committing-written": after(SqlOutbox, "committing"),
    "after-250-before-commit": after(SmtpTransport, "send", _was_sent),
    "in-sent-transaction": before_commit(SqlOutbox, "flush"),
    "sent-stored": after(SqlOutbox, "flush"),
    "before-note": before(ImapMailbox, "append"),
    "note-laid": after(ImapMailbox, "append"),
    "note-stored": after(SqlLedger, "noted"),
    "before-move": before(ImapMailbox, "move"),
    "after-move-before-commit": after(ImapMailbox, "move"),
    "in-moved-transaction": before_commit(SqlLedger, "moved"),
    "filed": after(SqlLedger, "moved", lambda _, self, moves, *__: moves),
}
