"""A backup of the ledger, made while the daemon works: one file that holds everything, marked as a copy."""

import contextlib
import errno
import os
import sqlite3
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from maildaemon.edge.database import LedgerError, text_of

COPIED_AT = "copied_at"
"""The row in the table meta that marks a copy, with the time it was made; the original never has it."""
PART = ".part"


@dataclass(frozen=True, slots=True)
class Made:
    size: int
    seconds: float


def backup(ledger: Path, target: Path, now: datetime) -> Made:
    """Copy the ledger, raw mail included, as it is at one moment. The file is for us alone, complete and on disk before
    it gets its name, and takes no other's place. Raises LedgerError."""
    if not ledger.is_file():
        raise LedgerError(f"{ledger}: there is no ledger")
    if target.exists():
        raise LedgerError(f"{target} is there already; expected a new name")
    part = target.with_name(target.name + PART)
    began = time.monotonic()
    try:
        # What an earlier attempt has left is no backup. VACUUM takes a file that is there if it is empty.
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _copy(ledger, part)
        _mark(part, now)
        _keep(part)
        _name(part, target)
        _keep(target.parent)
    except FileExistsError:
        _forget(part)
        raise LedgerError(f"{target} is there already; expected a new name") from None
    except (sqlite3.Error, OSError) as error:
        _forget(part)
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise LedgerError(f"{target}: the backup failed: {why}") from None
    except BaseException:
        _forget(part)
        raise
    return Made(target.stat().st_size, time.monotonic() - began)


def _copy(ledger: Path, part: Path) -> None:
    with contextlib.closing(sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as db:
        db.execute("VACUUM INTO ?", (str(part.absolute()),))


def _mark(part: Path, now: datetime) -> None:
    """A copy of a copy that was not reconciled keeps the older time. Nobody works a mailbox through a copy."""
    with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as db:
        db.execute("BEGIN")
        db.execute("INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", (COPIED_AT, text_of(now)))
        db.execute("DELETE FROM lease")
        db.execute("COMMIT")
        said = [str(row[0]) for row in db.execute("PRAGMA quick_check(1)")]
    if said != ["ok"]:
        raise LedgerError(f"the backup is damaged, and so may be the ledger: {said[0][:200]}")


def _name(part: Path, target: Path) -> None:
    """A link refuses to take another file's place; not every file system knows links."""
    try:
        os.link(part, target)
        part.unlink()
    except FileExistsError:
        raise
    except OSError:
        if target.exists():
            raise FileExistsError(errno.EEXIST, "is there already", str(target)) from None
        part.rename(target)


def _keep(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _forget(part: Path) -> None:
    for name in (part, part.with_name(part.name + "-journal")):
        with contextlib.suppress(OSError):
            name.unlink()
