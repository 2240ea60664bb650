"""The database file: its engine, its pragmas, its migrations."""

import contextlib
import fcntl
import os
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

LOOKED_AT = 4 * 2**30
"""Bytes up to which a ledger is looked at page by page when the daemon starts."""


class LedgerError(Exception):
    """The ledger cannot be used. ``str()`` is one plain line."""


class LedgerTaken(LedgerError):  # noqa: N818
    """Another process works on the ledger."""


class Database:
    """A SQLite file: WAL, every commit on disk, writers one after the other. Shared by all threads. Where it is
    missing, it is made for us alone. Raises OSError when it cannot be made.

    A writer takes the file's lock when it begins (in a deferred transaction a read followed by a write fails at once
    when another has committed in between; no timeout helps), and this process's own writers queue at a lock of ours:
    SQLite's would let them sleep and try again."""

    def __init__(self, path: Path, *, busy_seconds: float = 30) -> None:
        make(path)
        self.engine = engine(path, busy_seconds=busy_seconds)
        self.reads = self.engine.execution_options(reads=True)
        self.writer = threading.Lock()
        self.fence: Callable[[Connection], None] | None = None
        """Asked at the head of each transaction that writes; it raises when this process must not write any more."""

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed at the end."""
        with self.writer, self.engine.begin() as connection:
            if self.fence is not None:
                self.fence(connection)
            yield connection

    def read(self) -> Connection:
        """A snapshot, to be used in a ``with``."""
        return self.reads.connect()

    def close(self) -> None:
        self.engine.dispose()


def make(path: Path) -> None:
    """An empty file where none is, and its folder, readable by nobody else: it will hold every mail and a secret.
    SQLite gives the files beside it the same mode. What is there already keeps the mode that it has."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Not open(): closing a descriptor gives up every POSIX lock that this process holds on the file, SQLite's too.
    with contextlib.suppress(FileExistsError):
        os.mknod(path, stat.S_IFREG | 0o600)


def engine(path: Path, *, busy_seconds: float = 30) -> Engine:
    """The engine of a Database."""
    made = create_engine(f"sqlite:///{path}", connect_args={"timeout": busy_seconds}, pool_size=8, max_overflow=16)

    @event.listens_for(made, "connect")
    def _pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; see _begin
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()
        connection.create_aggregate("decimal_sum", 1, DecimalSum)

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return made


class DecimalSum:
    """``decimal_sum(text)`` in a statement: SQLite's own sum would take amounts for floating-point numbers."""

    def __init__(self) -> None:
        self._sum = Decimal(0)

    def step(self, value: str | None) -> None:
        if value is not None:
            self._sum += Decimal(value)

    def finalize(self) -> str:
        return format(self._sum, "f")


def migrate(made: Engine) -> None:
    """Bring the tables to this version's form."""
    with made.execution_options(reads=True).connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == _form():
            return
    config = _migrations()
    with made.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def whole(path: Path, database: Database) -> None:
    """Looks at every page of the file, about a second for a gigabyte from memory; one beyond ``LOOKED_AT`` would keep
    a service's start waiting for too long, and is left to the audit. Raises LedgerError where a page is damaged: with
    what can still be read, a part of the promises would be kept and a part not."""
    log = path.with_name(path.name + "-wal")
    try:
        with database.read() as connection:
            small = path.stat().st_size <= LOOKED_AT
            found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()) if small else "ok"
            size = int(connection.exec_driver_sql("PRAGMA page_size").scalar() or 1)
        # SQLite takes what is missing of the last page for zeros; with a log beside it, that may hold the page.
        if path.stat().st_size % size and not (log.exists() and log.stat().st_size):
            found = "its last page is torn"
    except DBAPIError as error:
        found = str(error.orig)
    if found != "ok":
        said = " ".join(found.split())[:200]
        raise LedgerError(f"{path}: the ledger is damaged ({said}); expected a backup to be restored")


@contextlib.contextmanager
def snapshot(path: Path) -> Iterator[Connection]:
    """One moment of a ledger that is only read, whoever works on it. Raises LedgerError where there is none, or one in
    the form of another version."""
    if not path.is_file():
        raise LedgerError(f"{path}: there is no ledger")
    # Not through engine(): its pragmas write.
    made = create_engine(f"sqlite:///file:{quote(str(path.absolute()))}?mode=ro&uri=true", isolation_level="AUTOCOMMIT")
    try:
        with made.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            form = MigrationContext.configure(connection).get_current_revision()
            wanted = _form()
            if form != wanted:
                sentence = "the ledger has the form of another version; a start of the daemon brings it up to date"
                raise LedgerError(f"{path}: {sentence} ({form}, expected {wanted})")
            yield connection
    except DBAPIError as error:
        raise LedgerError(f"{path}: the ledger cannot be read: {str(error.orig).splitlines()[0][:200]}") from None
    finally:
        made.dispose()


@cache
def _form() -> str | None:
    """The latest migration of this version."""
    return ScriptDirectory.from_config(_migrations()).get_current_head()


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@contextlib.contextmanager
def owned(path: Path) -> Iterator[None]:
    """The ledger's lock: one daemon at a time works it. Raises LedgerTaken when another one does, and LedgerError when
    the lock cannot be made."""
    try:
        make(path)
        handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LedgerError(f"{path}: {error.strerror}: expected a folder that we can write in") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LedgerTaken(f"{path}: another maildaemon works on this ledger") from None
        yield
    finally:
        os.close(handle)


def text_of(at: datetime) -> str:
    """A time as the tables hold it, for statements that are written out: no column type turns it into text there."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
