"""Leases: which process works a mailbox, and until when; a later owner fences off an earlier one."""

import os
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, and_, delete, func, select, text

from maildaemon.edge.database import Database, LedgerTaken, text_of
from maildaemon.edge.tables import LEASE

TERM = timedelta(seconds=60)
RENEWED = timedelta(seconds=10)
BOOT = Path("/proc/sys/kernel/random/boot_id")
TAKE = text(
    "INSERT INTO lease (mailbox, owner, epoch, until) VALUES (:mailbox, :owner, 1, :until) "
    "ON CONFLICT (mailbox) DO UPDATE SET owner = excluded.owner, until = excluded.until, "
    "epoch = lease.epoch + (CASE WHEN lease.owner <> excluded.owner THEN 1 ELSE 0 END) "
    "WHERE lease.owner = excluded.owner OR lease.until < :now OR lease.owner = :dead RETURNING epoch"
)


class LeaseLost(LedgerTaken):
    """Another process works the mailbox now: nothing more is written by this one."""


class Leases:
    """One process's leases on its mailboxes. Taken before anything is done, renewed as time passes, and asked in every
    transaction that writes, so that a process that slept through its term (a suspended machine, a file system that
    forgot its lock) changes nothing behind its successor's back."""

    def __init__(self, database: Database, mailboxes: Sequence[str], clock: Callable[[], datetime]) -> None:
        self.database, self.mailboxes, self.clock = database, tuple(mailboxes), clock
        self.owner = f"{_machine()} {os.getpid()} {secrets.token_hex(4)}"
        self.epochs: dict[str, int] = {}
        self.renewed: datetime | None = None
        self.lock = threading.Lock()

    def take(self) -> None:
        """Take them all. Raises LedgerTaken when another process holds one of them and may be alive."""
        now = self.clock()
        with self.database.write() as db:
            for mailbox in self.mailboxes:
                holder = db.execute(select(LEASE).where(LEASE.c.mailbox == mailbox)).first()
                dead = holder.owner if holder is not None and _is_dead(holder.owner) else ""
                epoch = self._take(db, mailbox, dead, now)
                if epoch is None:
                    who = holder.owner.split(" ")[0] if holder is not None else "?"
                    raise LedgerTaken(
                        f"mailbox {mailbox}: another maildaemon works it (on {who.partition('/')[0]}); "
                        f"if it is gone, its lease ends within {TERM.seconds} seconds"
                    )
                self.epochs[mailbox] = epoch
        self.renewed = now
        self.database.fence = self.fence

    def renew(self) -> None:
        """Called again and again. Raises LeaseLost."""
        now = self.clock()
        with self.lock:
            if self.renewed is not None and self.renewed <= now < self.renewed + RENEWED:
                return
            with self.database.write() as db:  # which asks the fence first
                for mailbox in self.mailboxes:
                    self._take(db, mailbox, "", now)
            self.renewed = now

    def fence(self, db: Connection) -> None:
        """At the head of a transaction that writes: are the mailboxes still ours? Raises LeaseLost."""
        ours = and_(LEASE.c.owner == self.owner, LEASE.c.mailbox.in_(self.mailboxes))
        if db.scalar(select(func.count()).select_from(LEASE).where(ours)) != len(self.mailboxes):
            raise LeaseLost("another maildaemon has taken the mailbox over; this one writes nothing any more")

    def release(self) -> None:
        """Let another process begin at once."""
        self.database.fence = None
        with self.database.write() as db:
            db.execute(delete(LEASE).where(LEASE.c.owner == self.owner))

    def _take(self, db: Connection, mailbox: str, dead: str, now: datetime) -> int | None:
        when = {"until": text_of(now + TERM), "now": text_of(now)}
        epoch: int | None = db.scalar(TAKE, {"mailbox": mailbox, "owner": self.owner, "dead": dead, **when})
        return epoch


def _machine() -> str:
    """Which machine this is since its last start, without blanks."""
    try:
        boot = BOOT.read_text("ascii").strip()
    except OSError:
        boot = "?"
    return f"{socket.gethostname() or '?'}/{boot}".replace(" ", "_")


def _is_dead(owner: str) -> bool:
    """Is the owner a process of this machine that has ended? The ledger's file lock, which the caller holds, lets one
    process of a machine work at a time; of another machine's nothing is known."""
    machine, _, rest = owner.partition(" ")
    ours = _machine()
    if machine.partition("/")[0] != ours.partition("/")[0]:
        return False
    if machine != ours:
        return True  # the machine was started anew since
    pid = int(rest.partition(" ")[0] or 0)
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
