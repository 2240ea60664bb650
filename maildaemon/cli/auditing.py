"""`maildaemon audit`: the ledger and the servers, looked at while the daemon runs."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from maildaemon.audit import LOOKED_AT, Audit, Balance, audit
from maildaemon.audit.facts import Box, FolderFacts, ServerFacts, Terms
from maildaemon.desk import Listed, MailboxError
from maildaemon.edge import auditing
from maildaemon.edge.accounts import imap_account
from maildaemon.edge.imap import ImapAccount, ImapMailbox
from maildaemon.log import UNSAFE
from maildaemon.settings import Settings
from maildaemon.settings_accounts import MailboxSettings

PAUSES = (1.0, 3.0)
"""Seconds before what is off is looked at again: a mail that is being moved is then where it belongs."""
MOST = 100

Say = Callable[[str, int, int], None]


def look(settings: Settings, say: Say, *, offline: bool = False, wait: Callable[[float], None] = time.sleep) -> Audit:
    """What is off is looked at again, each time by a new snapshot and new listings: only what stays so is off. Raises
    LedgerError; a server that cannot be reached is a finding."""
    found = _once(settings, say, offline=offline)
    for pause in PAUSES:
        if not found.off:
            break
        wait(pause)
        found = found.still(_once(settings, say, offline=offline))
    return found


def show(found: Audit, console: Console, *, offline: bool) -> None:
    """The balance, the findings, the verdict."""
    console.print(Text(str(found.balance)), soft_wrap=True)
    console.print(Text(_ignored(found.balance)), soft_wrap=True)
    if len(found.boxes) > 1:
        for mailbox, balance in found.boxes:
            console.print(Text(f"{mailbox}: {balance}"), soft_wrap=True)
    if offline:
        console.print(Text("the servers were left out: only the ledger was looked at"), soft_wrap=True)
    for finding in found.findings[:MOST]:
        style = "bold red" if finding.level == "off" else "yellow"
        console.print(Text.assemble((f"{finding.level:<6}", style), UNSAFE.sub("?", finding.sentence)), soft_wrap=True)
    if len(found.findings) > MOST:
        console.print(Text(f"and {len(found.findings) - MOST} more"))
    count = len(found.off)
    verdict = f"{count} things are off" if count > 1 else "1 thing is off" if count else "all is as promised"
    console.print(Text(verdict, "bold red" if count else "bold green"))


def as_json(found: Audit) -> str:
    """One object: the balance, what is off, the notes."""
    balance = found.balance
    parts = ("seen", "acknowledged", "held", "review", "ignored", "quarantined", "in_flight")
    return json.dumps(
        {
            "balance": {part: getattr(balance, part) for part in parts},
            "off": [finding.sentence for finding in found.off],
            "notes": [finding.sentence for finding in found.notes],
        }
    )


@contextmanager
def bar() -> Iterator[Say]:
    """A progress bar on standard error, where that is a terminal; otherwise nothing."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("ledger")
        yield lambda what, done, total: progress.update(task, description=what, completed=done, total=total)


# --- gathering --------------------------------------------------------------------------------------------------------


def _once(settings: Settings, say: Say, *, offline: bool) -> Audit:
    """The ledger first, then the servers: what comes in between is younger than its limit."""
    ledger = auditing.ledger_facts(settings.ledger, say)
    server = None if offline else _servers(settings, say)
    return audit(ledger, server, terms(settings), datetime.now(UTC))


def terms(settings: Settings) -> Terms:
    limits = settings.limits
    return Terms(
        boxes=tuple(_box(box) for box in settings.mailbox),
        domain=settings.company.address.rpartition("@")[2],
        mode=settings.mode,
        in_flight=timedelta(minutes=limits.audit_minutes),
        sending=timedelta(hours=limits.send_deadline_hours),
        doubt=timedelta(minutes=settings.smtp.in_doubt_minutes),
    )


def _box(box: MailboxSettings) -> Box:
    return Box(box.name, box.watched, box.targets)


def _servers(settings: Settings, say: Say) -> ServerFacts:
    folders: list[FolderFacts] = []
    missing: set[tuple[str, str]] = set()
    unreachable: dict[str, str] = {}
    archive: tuple[Listed, ...] | None = None
    for box in settings.mailbox:
        names = [*box.watched, *box.written]
        try:
            found, absent = _listed(imap_account(box), box.name, names, say)
        except MailboxError as error:
            unreachable[box.name] = str(error)
            continue
        folders += found
        missing.update((box.name, folder) for folder in absent)
    if settings.archive is not None:
        try:
            found, _ = _listed(imap_account(settings.archive), "archive", [settings.archive.folder], say)
            archive = found[0].messages if found else ()
        except MailboxError as error:
            unreachable["archive"] = str(error)
    return ServerFacts(tuple(folders), frozenset(missing), unreachable, archive)


def _listed(account: ImapAccount, name: str, folders: list[str], say: Say) -> tuple[list[FolderFacts], list[str]]:
    """Over a connection of its own, that opens folders for reading alone."""
    mailbox = ImapMailbox(account, readonly=True)
    mailbox.connect()
    try:
        return auditing.folder_facts(mailbox, name, folders, say)
    finally:
        mailbox.close()


def _ignored(balance: Balance) -> str:
    counted = ", ".join(f"{count} {LOOKED_AT[state]}" for state, count in balance.looked_at)
    return f"ignored: {counted}"
