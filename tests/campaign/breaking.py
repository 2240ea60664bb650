"""Arms for the victim that break what is around the daemon: its database, its clock, its descriptors, its forks.

A fault that lasts is on while the file ``flag`` is there: the harness takes it away, and the daemon goes on by itself.
"""

import errno
import os
import resource
import signal
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import Pool

from tests.campaign.victim import Tape


def quick(tape: Tape) -> None:
    """Pauses after trouble in fractions of a second: they are minutes so that servers are not hammered."""
    from maildaemon import act, daemon
    from maildaemon.edge import sender, worker

    act.PAUSE = sender.LEFT_ALONE = timedelta(seconds=0.3)
    sender.PAUSE = sender.TROUBLE_PAUSE = 0.2
    worker.REFUSED_PAUSE = 0.3
    daemon.Backoff = partial(daemon.Backoff, first=0.05, longest=0.4)


# --- database and disk ------------------------------------------------------------------------------------------------


def _tell(tape: Tape, name: str, *parts: str) -> None:
    """The fault has happened when the database says one of these words."""

    @event.listens_for(Engine, "handle_error")
    def _heard(context: Any) -> None:
        if any(part in str(context.original_exception) for part in parts):
            tape.say("reached", name)


def full(tape: Tape, name: str, flag: str, spare: int) -> None:
    """So many pages may still be added: SQLITE_FULL behind them."""
    _tell(tape, name, "full")
    most: dict[str, int] = {}

    @event.listens_for(Pool, "checkout")
    def _bound(connection: Any, record: object, proxy: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        first = most.setdefault("pages", pages)
        room = first + spare if Path(flag).exists() else 10**6
        connection.execute(f"PRAGMA max_page_count={room}")


def query_only(tape: Tape, name: str, flag: str) -> None:
    """Nothing may be written."""
    _tell(tape, name, "readonly", "read-only")

    @event.listens_for(Pool, "checkout")
    def _bound(connection: Any, record: object, proxy: object) -> None:
        connection.execute(f"PRAGMA query_only={int(Path(flag).exists())}")


def read_only_file(tape: Tape, name: str) -> None:
    """The file as it is to somebody who may read it only; also for root, who may write everywhere."""
    _tell(tape, name, "readonly", "read-only")

    @event.listens_for(Engine, "do_connect")
    def _connect(dialect: Any, record: object, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        path = arguments[0] if arguments else keywords.pop("database")
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, **keywords)


def impatient(tape: Tape, name: str, seconds: float) -> None:
    """So long a writer waits for a lock that another process holds."""
    from maildaemon.edge import database

    _tell(tape, name, "locked")
    made = database.engine
    database.engine = lambda path, **_: made(path, busy_seconds=seconds)


def failing_commit(tape: Tape, name: str, nth: int, *, late: bool, times: int = 1) -> None:
    """The disk fails at the ``nth`` commit from now on; with ``late`` it has taken effect all the same."""
    count = iter(range(1, 10**9))

    @event.listens_for(Engine, "commit")
    def _commit(connection: Any) -> None:
        if nth <= next(count) < nth + times:
            if late:
                connection.connection.dbapi_connection.commit()
            tape.say("reached", name)
            raise OperationalError("…", {}, sqlite3.OperationalError("disk I/O error"))


def failing_statement(tape: Tape, name: str, words: str, nth: int, times: int = 1) -> None:
    """The disk fails at the ``nth`` statement that holds these words."""
    count = iter(range(1, 10**9))

    @event.listens_for(Engine, "before_cursor_execute")
    def _statement(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        if words in statement and nth <= next(count) < nth + times:
            tape.say("reached", name)
            raise OperationalError("…", {}, sqlite3.OperationalError("disk I/O error"))


def small_files(tape: Tape, name: str, flag: str, ledger: str, spare: int) -> None:
    """No file may grow beyond the ledger's size and so many octets (RLIMIT_FSIZE, EFBIG)."""
    _tell(tape, name, "disk", "full", "I/O")
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (Path(ledger).stat().st_size + spare, hard))
    _when_gone(flag, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard)))


def _when_gone(flag: str, heal: Any) -> None:
    def watch() -> None:
        while Path(flag).exists():
            time.sleep(0.02)
        heal()

    threading.Thread(target=watch, name="campaign-heal", daemon=True).start()


# --- time -------------------------------------------------------------------------------------------------------------


def clock(tape: Tape, name: str, jumps: list[tuple[int, float]], zone: str | None = None) -> None:
    """The daemon's clock is off by so many seconds from its n-th reading on, and its machine may stand in a zone."""
    from maildaemon import daemon

    if zone is not None:
        os.environ["TZ"] = zone
        time.tzset()
    readings = iter(range(1, 10**9))
    told: set[int] = set()
    lock = threading.Lock()

    def now() -> datetime:
        with lock:
            number = next(readings)
            off = 0.0
            for place, (nth, seconds) in enumerate(jumps):
                if number >= nth:
                    off = seconds
                    if place not in told:
                        told.add(place)
                        tape.say("reached", name if place == len(jumps) - 1 else f"{name}-{place}")
        return datetime.now(UTC) + timedelta(seconds=off)

    daemon.Daemon = partial(daemon.Daemon, clock=now)


def at(tape: Tape, name: str, start: str, zone: str, jump: float = 0.0, nth: int = 2) -> None:
    """The daemon's clock stands at ``start`` (ISO 8601, UTC) when it begins: near a switch to or from summer time."""
    off = (datetime.fromisoformat(start) - datetime.now(UTC)).total_seconds()
    clock(tape, name, [(1, off), (nth, off + jump)], zone)


def monotonic_jumps(tape: Tape, name: str, nth: int, seconds: float) -> None:
    """The monotonic clock jumps ahead without the other one, as where a machine was suspended under CLOCK_BOOTTIME."""
    real, readings, told = time.monotonic, iter(range(1, 10**9)), []

    def monotonic() -> float:
        if next(readings) >= nth:
            if not told:
                told.append(True)
                tape.say("reached", name)
            return real() + seconds
        return real()

    time.monotonic = monotonic


# --- process ----------------------------------------------------------------------------------------------------------


def few_descriptors(tape: Tape, name: str, flag: str, spare: int, nth: int) -> None:
    """From the n-th transaction on no more than so many files can be opened (EMFILE)."""
    count, hard = iter(range(1, 10**9)), resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    done: list[bool] = []

    @event.listens_for(Engine, "begin")
    def _begin(connection: Any) -> None:
        if next(count) < nth or done or not Path(flag).exists():
            return
        done.append(True)
        highest = max(int(each.name) for each in Path("/proc/self/fd").iterdir())
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(highest + 1 + spare, soft), hard))
        free: list[int] = []
        try:
            while len(free) < 4096:
                free.append(os.open(os.devnull, os.O_RDONLY))
        except OSError as error:
            if error.errno == errno.EMFILE:
                tape.say("reached", name)
        # The gaps below the highest are filled too, all but what is spared: they stay taken until it is healed.
        for each in free[:spare]:
            os.close(each)
        taken = free[spare:]

        def heal() -> None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for each in taken:
                os.close(each)

        _when_gone(flag, heal)


def no_forks(tape: Tape, name: str, nth: int, times: int) -> None:
    """The n-th child and some after it cannot be started (EAGAIN)."""
    from maildaemon.edge import children

    real, count = children.ForkServer.fork, iter(range(1, 10**9))

    def spawned(*arguments: Any, **keywords: Any) -> Any:
        if nth <= next(count) < nth + times:
            tape.say("reached", name)
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return real(*arguments, **keywords)

    children.ForkServer.fork = spawned


def term(tape: Tape, name: str, point: str, nth: int) -> None:
    """SIGTERM when the point is reached the n-th time."""
    from tests.campaign import seams

    count = iter(range(1, 10**9))

    def strike() -> None:
        if next(count) == nth:
            tape.say("reached", name)
            os.kill(os.getpid(), signal.SIGTERM)

    seams.SEAMS[point](strike)


def dying_child(tape: Tape, name: str, nth: int, times: int, *, hangs: bool) -> None:
    """The reading child stands still when it gets its n-th job; then it is killed, or with ``hangs`` stays so."""
    from maildaemon.edge.children import Child
    from tests.campaign import seams

    count = iter(range(1, 10**9))

    def stopped(child: Child, requests: Any, seconds: float) -> None:
        if requests[0][:1] == b"M" and nth <= next(count) < nth + times:
            tape.say("reached", name)
            os.kill(child.process.pid, signal.SIGSTOP)
            if not hangs:
                threading.Timer(0.05, os.kill, (child.process.pid, signal.SIGKILL)).start()

    seams.around(Child, "ask", before=stopped)
