"""Watched files: master data that is imported again whenever its file has changed, the whole table at once."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select

from maildaemon import log, masterdata
from maildaemon.edge import importing
from maildaemon.edge.database import Database
from maildaemon.edge.importing import ImportFailed
from maildaemon.edge.tables import MASTER, META
from maildaemon.masterdata import Row, TableName

SETTLED = timedelta(seconds=5)
"""So long a file must have stayed as it is: whoever writes it may still be at it."""
OLD = timedelta(minutes=1)
"""A file that was changed so long ago is whole, also at the first look."""
LARGEST = 256 * 2**20
FEWEST = 0.5
"""A file with less than this part of the table's rows is taken for a broken export; a person may import it by hand."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a file was like at one moment: what changes with its content, and when it was changed."""

    signature: tuple[int, ...]
    """Its inode, size in bytes, and times of change (of its content, of its rights) in nanoseconds."""
    changed_at: datetime
    at: datetime


class Watched:
    """One file. Nothing is remembered but in the ledger's table itself: after a start it is imported once more, which
    changes nothing where it is the same, for its figures are as old as the file."""

    def __init__(
        self, table: TableName, path: Path, database: Database, clock: Callable[[], datetime], pause: timedelta
    ) -> None:
        self.table, self.path, self.database, self.clock, self.pause = table, path, database, clock, pause
        self.before: Look | None = None
        self.taken: tuple[int, ...] | None = None
        """What was imported, or refused, the last time."""
        self.looked_at: datetime | None = None
        self.problem: str | None = None

    def __call__(self) -> None:
        """Look at the file if it is time to; import it if it has changed and stayed so between two looks."""
        now = self.clock()
        if self._rests(now):
            return
        self.looked_at = now
        try:
            look = _look(self.path, now)
        except OSError as error:
            self.before = None
            self._trouble(f"{self.path}: {error.strerror or error}")
            return
        if look.signature == self.taken:
            self.before = look
            return
        if not _is_whole(self.before, look):
            if self.before is None or self.before.signature != look.signature:
                self.before = look  # the first of two looks
            return
        self._take(look)

    def _rests(self, now: datetime) -> bool:
        """While it changes it is looked at each time; a clock that was put back ends the pause."""
        if self.looked_at is None or (self.before is not None and self.before.signature != self.taken):
            return False
        return self.looked_at <= now < self.looked_at + self.pause

    def _take(self, look: Look) -> None:
        """A file that is refused is not looked into again before it changes; what else goes wrong is tried again."""
        self.before = None
        try:
            rows = _rows(self.table, self.path)
            if _look(self.path, look.at).signature != look.signature:
                return  # it was changed while it was read
            self._replace(tuple(masterdata.stamped(row, look.changed_at) for row in rows), look)
        except ImportFailed as error:
            self.before, self.taken = look, look.signature
            self._trouble(str(error))
            return
        self.before, self.taken, self.problem = look, look.signature, None
        log.state("imported", table=self.table, file=self.path, rows=len(rows))

    def _replace(self, rows: tuple[Row, ...], look: Look) -> None:
        """Raises ImportFailed for a file that holds so little that the export must have gone wrong."""
        with self.database.read() as db:
            before = db.scalar(select(func.count()).select_from(MASTER).where(MASTER.c.kind == self.table)) or 0
        if len(rows) < before * FEWEST:
            raise ImportFailed(
                f"{self.path}: {len(rows)} rows where {before} were, so {self.table} was left as it is; "
                f"if that is right: maildaemon import --replace {self.path}"
            )
        importing.save(self.database, self.table, rows, look.changed_at, replace=True)
        with self.database.write() as db:
            _remember(db, self.table, {"at": look.at.isoformat(), "rows": len(rows), "file": str(self.path)})

    def _trouble(self, reason: str) -> None:
        if reason != self.problem:
            log.trouble(f"watch {self.table}", reason)
        self.problem = reason


class Watch:
    """All watched files, one after the other; called again and again."""

    def __init__(self, watched: Sequence[Watched]) -> None:
        self.watched = watched

    def __call__(self) -> None:
        for one in self.watched:
            try:
                one()
            except Exception as error:
                log.trouble(f"watch {one.table}", f"{type(error).__name__}: {error}")


def _look(path: Path, now: datetime) -> Look:
    found = path.stat()
    changed_at = datetime.fromtimestamp(found.st_mtime, UTC)
    return Look((found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns), changed_at, now)


def _is_whole(before: Look | None, look: Look) -> bool:
    """The same at two looks some time apart; at the first one, if it has long been so."""
    if before is None:
        return look.at - look.changed_at > OLD
    return before.signature == look.signature and look.at - before.at >= SETTLED


def _rows(table: TableName, path: Path) -> tuple[Row, ...]:
    """Raises ImportFailed for a file that is no export of this table."""
    if path.stat().st_size > LARGEST:
        raise ImportFailed(f"{path}: larger than {LARGEST} bytes, so {table} was left as it is")
    found = importing.read_file(table, path)
    if not found.rows or len(found.rejected) > len(found.rows):
        first = f": line {found.rejected[0].line}: {found.rejected[0].reason}" if found.rejected else ""
        sentence = f"{len(found.rows)} rows can be used and {len(found.rejected)} not{first}"
        raise ImportFailed(f"{path}: {sentence}; so {table} was left as it is")
    return found.rows


def usable(table: TableName, path: Path) -> int:
    """How many rows the file as it is now would bring. Raises ImportFailed."""
    try:
        return len(_rows(table, path))
    except OSError as error:
        raise ImportFailed(f"{path}: {error.strerror or error}") from None


def last_taken(database: Database, table: TableName) -> tuple[datetime, int] | None:
    """When a watched file was last imported into the table, and how many rows it brought."""
    with database.read() as db:
        found = db.scalar(select(META.c.value).where(META.c.key == _key(table)))
    if found is None:
        return None
    told = json.loads(found)
    return datetime.fromisoformat(told["at"]), int(told["rows"])


def _remember(db: Connection, table: TableName, what: dict[str, object]) -> None:
    db.execute(delete(META).where(META.c.key == _key(table)))
    db.execute(insert(META).values(key=_key(table), value=json.dumps(what)))


def _key(table: TableName) -> str:
    return f"watched-{table}"
