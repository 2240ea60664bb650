"""`maildaemon check`: what the daemon needs, looked at one by one."""

import socket
import stat
from collections import Counter
from collections.abc import Iterator
from typing import Literal

from maildaemon import log
from maildaemon.cli.checkup_facts import facts
from maildaemon.cli.findings import Finding
from maildaemon.desk import FolderMissing, LoginRefused, Mailbox, MailboxError, OutgoingState
from maildaemon.edge import confined, credentials, database, ocr, playbooks
from maildaemon.edge.accounts import imap_account, imap_mailbox, smtp_account
from maildaemon.edge.imap import ImapMailbox
from maildaemon.edge.importing import Shelf
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.profile_modes import ProfileModes
from maildaemon.edge.restored import Restored
from maildaemon.edge.smtp import SmtpError, SmtpTransport
from maildaemon.edge.triage import Triage
from maildaemon.model import Mode
from maildaemon.modes import GENERAL
from maildaemon.record import allowed, proposal
from maildaemon.settings import Settings
from maildaemon.settings_accounts import MailboxSettings
from maildaemon.strict import PlaybookError

MODES = {
    Mode.SHADOW: "shadow: mail is read and judged; nothing is sent, nothing is moved. "
    'Set mode = "draft" or "auto" when you trust what you see',
    Mode.DRAFT: "draft: answers are written and wait for `maildaemon review release`",
    Mode.AUTO: "auto: what is proved is acknowledged without a person",
}


WAITING = {
    OutgoingState.DRAFT: "wait for a person's release",
    OutgoingState.HELD: "exceed a bound and wait until they may go",
    OutgoingState.IN_DOUBT: "are in doubt, and a person is to say what became of them",
}


def examine(settings: Settings) -> Iterator[Finding]:
    """One finding after the other, as they are made: a server that is slow keeps no earlier line back."""
    yield Finding("note" if settings.mode is Mode.SHADOW else "ok", "mode", MODES[settings.mode])
    yield from _playbook(settings)
    yield _scans()
    yield _readers()
    yield from _ledger(settings)
    yield from facts(settings)
    for box in settings.mailbox:
        yield from _mailbox(settings, box)
    yield _smtp(settings)
    yield _archive(settings)
    yield from _tracker(settings)


def _playbook(settings: Settings) -> Iterator[Finding]:
    try:
        bundle = playbooks.gather(settings.parsers, settings.rules, settings.templates)
        found = playbooks.build(bundle)
        playbooks.layouts(bundle)
    except PlaybookError as error:
        yield Finding("wrong", "playbook", f"{error} (a daemon that is running keeps the playbook it has)")
        return
    where = "your own" if settings.parsers or settings.rules else "the shipped one"
    yield Finding("ok", "playbook", f"{len(found.profiles)} profiles, {len(found.deck.rules)} rules ({where})")
    if idle := found.idle_sources:
        sentence = f"no profile says that its mail is of the source {' or '.join(idle)}: no order is judged by its row"
        yield Finding("note", "matrix", sentence)


def _scans() -> Finding:
    program = ocr.installed()
    if program is None:
        sentence = (
            "tesseract is not installed: scans and photos go to a person unread (Debian: apt install tesseract-ocr "
            "and a tesseract-ocr-deu, -fra … for each language)"
        )
        return Finding("note", "scans", sentence)
    spoken = ", ".join(ocr.languages(program)) or "no language of ours"
    sentence = f"tesseract reads them for a person ({spoken}); none is acknowledged by that alone"
    if missing := ocr.missing(program):
        packages = " ".join(f"tesseract-ocr-{language}" for language in missing)
        return Finding("note", "scans", f"{sentence}; other languages: apt install {packages}")
    return Finding("ok", "scans", sentence)


def _readers() -> Finding:
    if confined.works():
        return Finding("ok", "readers", "mail is read in processes without network that can change no file")
    sentence = (
        "the kernel has no filter (seccomp) for the processes that read mail: an attack on a parser could reach the "
        "network. Run maildaemon on x86_64 or aarch64 Linux"
    )
    return Finding("note", "readers", sentence)


def _ledger(settings: Settings) -> Iterator[Finding]:
    try:
        with database.owned(settings.ledger):
            running = ""
    except database.LedgerTaken:
        running = "; a maildaemon is working on it"
    except database.LedgerError as error:
        yield Finding("wrong", "ledger", str(error))
        return
    try:
        ledger = SqlLedger(settings.ledger)
    except database.LedgerError as error:
        yield Finding("wrong", "ledger", str(error))
        return
    yield Finding("ok", "ledger", f"{settings.ledger} can be written{running}")
    if settings.ledger.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        sentence = "other users of this machine may read it, and with it every mail"
        yield Finding("note", "ledger", f"{settings.ledger}: {sentence}; chmod 600 {settings.ledger}*")
    counts = Shelf(ledger.database).counts()
    dangling = Shelf(ledger.database).dangling()
    triage, copied_at = Triage(ledger.database), Restored(ledger.database).copied_at()
    waiting, breaker = Counter(row.state for row in triage.waiting()), triage.breaker()
    modes = tuple(_modes(settings, ProfileModes(ledger.database)))
    ledger.close()
    if not counts.get("customers") or not counts.get("products"):
        sentence = (
            "no customers or no products: every order goes to review; maildaemon import customers.csv products.csv"
        )
        yield Finding("note", "master data", sentence)
    else:
        yield Finding("ok", "master data", ", ".join(f"{count} {table}" for table, count in sorted(counts.items())))
    yield from (Finding("note", "master data", sentence) for sentence in dangling)
    if copied_at is not None:
        sentence = (
            f"a restored backup of {copied_at:%Y-%m-%d %H:%M} UTC: whatever is configured, the mode is draft at most. "
            "Stop the daemon, then: maildaemon audit --reconcile"
        )
        yield Finding("note", "ledger", sentence)
    if breaker is not None:
        sentence = f"every answer is held: {log.safe(breaker)}. When you know why: maildaemon review resume"
        yield Finding("wrong", "breaker", sentence)
    yield from modes
    for state, sentence in WAITING.items():
        if count := waiting[state]:
            yield Finding("note", "answers", f"{count} {sentence}: maildaemon review list")


def _modes(settings: Settings, modes: ProfileModes) -> Iterator[Finding]:
    """Profiles that have lost ``auto``, have earned it, or have it without having earned it."""
    try:
        playbook = playbooks.load(settings.parsers, settings.rules)
    except PlaybookError:
        return  # said already
    terms = settings.modes.terms
    known = {one.name for one in playbook.profiles} | {GENERAL}
    if wrong := sorted({name for pool in terms.pools for name in pool} - known):
        expected = ", ".join(sorted(known))
        yield Finding("wrong", "modes", f"[modes] pool: there is no profile {wrong[0]!r}; expected {expected}")
    records = modes.records(terms, allowed(settings.mode, playbook), settings.mode)
    for record in records:
        if record.last is not None and record.last.fell:
            sentence = (
                f"{record.profile} has lost auto: {log.safe(record.last.why)}. Look why, then: maildaemon modes "
                f"set {record.profile} draft|auto --by NAME --reason TEXT"
            )
            yield Finding("wrong", "modes", sentence)
        elif (proposed := proposal(record, terms)) is not None:
            yield Finding("note", "modes", proposed)
    unproved = [one.profile for one in records if one.mode is Mode.AUTO and one.counts.seen and not one.earned(terms)]
    if unproved:
        sentence = f"answered without a person by your word, not by a record: {', '.join(unproved)}; maildaemon modes"
        yield Finding("note", "modes", sentence)


def _mailbox(settings: Settings, box: MailboxSettings) -> Iterator[Finding]:
    what = f"mailbox {box.name}"
    if (problem := credentials.problem(box)) is not None:
        yield Finding("note", what, problem)
    mailbox = imap_mailbox(box)
    try:
        mailbox.connect()
    except LoginRefused as error:
        yield Finding("wrong", what, f"the login is refused: {error}: look at user and password of the mailbox")
        return
    except MailboxError as error:
        account = imap_account(box)
        yield Finding("wrong", what, f"{account.host}:{account.port}: {error}: look at host, port and security")
        return
    try:
        yield Finding("ok", what, "login works")
        for folder in box.watched:
            try:
                yield _watched(settings, box, folder, len(mailbox.state(folder).uids))
            except FolderMissing as error:
                level: Literal["note", "wrong"] = "note" if folder == box.junk else "wrong"
                reason = str(error).removeprefix(f"{box.name}: ")
                yield Finding(level, what, f"{reason}: look at its name, or make it")
        for folder in box.written:
            yield _target(settings, what, mailbox, folder)
        yield from _believed(what, box)
    except MailboxError as error:
        yield Finding("wrong", what, f"{error}: look at the names of the folders")
    finally:
        mailbox.close()


def _believed(what: str, box: MailboxSettings) -> Iterator[Finding]:
    """What proves a sender."""
    if box.authserv_id is None and not box.verify_dkim:
        sentence = (
            "authserv_id is not set: a forged sender address is not noticed; set it if your server checks mail, "
            "or verify_dkim = true"
        )
        yield Finding("note", what, sentence)
    if box.authserv_id == "m365" and box.m365_tenant is None:
        sentence = "m365_tenant is not set: mail that another tenant of Microsoft 365 took in is believed as your own"
        yield Finding("note", what, sentence)


def _target(settings: Settings, what: str, mailbox: Mailbox, folder: str) -> Finding:
    """A folder that mail is moved to. In shadow mode nothing of the mailbox is changed, so it is only looked for."""
    if settings.mode is not Mode.SHADOW:
        made = mailbox.ensure_folder(folder)
        return Finding("ok", what, f"folder {folder!r} {'was made' if made else 'is there'}")
    try:
        mailbox.state(folder)
    except FolderMissing:
        return Finding("ok", what, f"folder {folder!r} is not there; it is made when the mode is no longer shadow")
    return Finding("ok", what, f"folder {folder!r} is there")


def _watched(settings: Settings, box: MailboxSettings, folder: str, messages: int) -> Finding:
    what = f"mailbox {box.name}"
    try:
        ledger = SqlLedger(settings.ledger)
    except database.LedgerError:
        return Finding("ok", what, f"folder {folder!r} holds {messages} messages")
    contacted = ledger.contacted(box.name, folder)
    ledger.close()
    if contacted is not None:
        return Finding(
            "ok", what, f"folder {folder!r} holds {messages} messages; first contact {contacted:%Y-%m-%d %H:%M} UTC"
        )
    if box.answer_existing:
        return Finding("note", what, f"folder {folder!r}: its {messages} messages WILL be handled (answer_existing)")
    sentence = (
        f"folder {folder!r}: first contact is still to come; its {messages} messages are listed and never answered"
    )
    return Finding("note", what, sentence)


def _smtp(settings: Settings) -> Finding:
    account = smtp_account(settings)
    transport = SmtpTransport(account)
    try:
        return Finding("ok", "smtp", transport.probe())
    except SmtpError as error:
        return Finding("wrong", "smtp", f"{account.host}:{account.port}: {error}: look at [smtp]")
    finally:
        transport.close()


def _archive(settings: Settings) -> Finding:
    if settings.archive is None:
        sentence = (
            "not configured: an answer whose connection breaks after its last line cannot be looked up; "
            "add [archive] with a mailbox that gets a blind copy of each"
        )
        return Finding("note", "archive", sentence)
    mailbox = ImapMailbox(imap_account(settings.archive))
    try:
        mailbox.connect()
        copies = len(mailbox.state(settings.archive.folder).uids)
    except MailboxError as error:
        return Finding("wrong", "archive", f"{error}: look at [archive]")
    finally:
        mailbox.close()
    return Finding("ok", "archive", f"login works; {settings.archive.folder!r} holds {copies} messages")


def _tracker(settings: Settings) -> Iterator[Finding]:
    tracker = settings.tracker
    if tracker.url is None or tracker.pixel == "off":
        yield Finding("ok", "tracker", "no read-confirmation image is sent")
        return
    host, _, port = tracker.listen.rpartition(":")
    try:
        with socket.create_server((host, int(port))):
            pass
    except OSError as error:
        sentence = f"{tracker.listen}: {error.strerror}; if no maildaemon is running, choose another port"
        yield Finding("note", "tracker", sentence)
    else:
        yield Finding("ok", "tracker", f"{tracker.listen} is free; clients must reach it as {tracker.url}")
    if tracker.pixel == "on":
        sentence = (
            'pixel = "on": some countries want consent for such an image first (in the EU France, also between '
            'companies); "opt-in" sends it only to customers who agreed'
        )
        yield Finding("note", "tracker", sentence)
