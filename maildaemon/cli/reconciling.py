"""`maildaemon audit --reconcile`: what was answered since a restored backup was made, so that `auto` may return."""

import email
import email.policy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parseaddr

from maildaemon import identity
from maildaemon.audit import Audit
from maildaemon.cli.auditing import Say, look
from maildaemon.daemon import Daemon
from maildaemon.desk import Answering, Arrival, FolderMissing, Listed, MailState
from maildaemon.edge.accounts import imap_account
from maildaemon.edge.auditing import folder_facts
from maildaemon.edge.imap import ImapMailbox
from maildaemon.edge.restored import Answered, Restored
from maildaemon.model import Filing, Mode, Place
from maildaemon.pipeline import Story
from maildaemon.reconcile import IN_ARCHIVE, Mark, Waiting, copied_at, full_mark, proofs, unknown
from maildaemon.settings import Settings

HANDLED = {
    Filing.REVIEW: MailState.REVIEW,
    Filing.PROCESSED: MailState.ACKNOWLEDGED,
    Filing.OTHER: MailState.IGNORED,
    Filing.ESCALATED: MailState.REVIEW,
    Filing.REJECTED: MailState.REJECTED,
    Filing.NOT_AN_ORDER: MailState.NOT_AN_ORDER,
}
"""What became of a mail that lies in the folder of this filing."""


@dataclass(slots=True)
class Reconciled:
    """What was found out. ``left``: answers that stay drafts, for a person. ``by_archive``: there is an archive."""

    copied_at: datetime
    by_archive: bool
    taken_in: int = 0
    in_archive: int = 0
    in_processed: int = 0
    left: tuple[Waiting, ...] = ()
    cleared: bool = False

    def sentences(self) -> list[str]:
        weak = "" if self.by_archive else " (there is no [archive]: that a mail was filed is all the evidence there is)"
        said = [
            f"the ledger is a backup of {self.copied_at:%Y-%m-%d %H:%M} UTC; looked for what was done since{weak}",
            f"{self.taken_in} mails that were handled since were taken in",
            f"{self.in_archive} answers were found in the archive, {self.in_processed} by their mails' being filed",
        ]
        if self.left:
            said.append(f"{len(self.left)} answers are left for a person (maildaemon review list):")
            said += [f"  {one.id}: {one.message_id}, {one.mailbox}" for one in self.left[:100]]
        if self.cleared:
            said.append("reconciled: the mode of the configuration counts again, from the next start on")
        else:
            said.append(
                "not reconciled, because something is off: the mode stays draft at most. Of an answer in the archive "
                "that the ledger does not know, lay the mail into a folder that is read, or take the copy out of the "
                "archive; then reconcile once more"
            )
        return said


@dataclass(slots=True)
class _Copies:
    """The archive: its messages by Message-ID, and where they are fetched from."""

    mailbox: ImapMailbox | None
    folder: str
    messages: Mapping[str, Listed] = field(default_factory=dict)

    def close(self) -> None:
        if self.mailbox is not None:
            self.mailbox.close()


def reconcile(settings: Settings, say: Say, *, since: datetime | None = None) -> tuple[Reconciled | None, Audit]:
    """Works the ledger alone, so no daemon may be running. Nothing is sent. Can be cut off anywhere and begun anew.
    ``since``: from when a ledger is that has no mark and was put back all the same. Raises LedgerError, MailboxError;
    then the ledger stays a restored one. None: it is none."""
    with _daemon(settings) as daemon:
        copies = _copies(settings, say)
        try:
            if daemon.copied_at is not None:
                return _reconcile(daemon, daemon.copied_at, copies, say)
            known, domain = daemon.restored.arrived(), settings.company.address.rpartition("@")[2]
            since = since or copied_at(copies.messages.values(), known, domain)
            if since is None:
                return None, look(settings, say)
            daemon.restored.mark(since)
        finally:
            copies.close()
    return reconcile(settings, say)


@contextmanager
def _daemon(settings: Settings) -> Iterator[Daemon]:
    daemon = Daemon(settings)
    try:
        yield daemon
    finally:
        for worker in daemon.workers:
            worker.close()
        daemon.close()


def _reconcile(daemon: Daemon, since: datetime, copies: "_Copies", say: Say) -> tuple[Reconciled, Audit]:
    made = Reconciled(since, copies.mailbox is not None)
    daemon.outbox.recover(_now())
    processed: set[tuple[str, Mark]] = set()
    stories = [worker.story for worker in daemon.workers]
    for story in stories:
        processed |= _box(story, daemon.restored, made, say)
    _settle(daemon.restored, made, copies, processed, daemon)
    for story in stories:
        story.file()
    found = look(daemon.settings, say)
    if not found.off:
        daemon.restored.clear(_now())
        made.cleared = True
    return made, found


def _box(story: Story, restored: Restored, made: Reconciled, say: Say) -> set[tuple[str, Mark]]:
    """One mailbox: what the copy left undecided, then what was handled since, and only then what is in its inbox: a
    repeat of an order that was handled since is recognised there. Returns what lies in the folder of handled orders."""
    story.mailbox.connect()
    _finish(story)
    processed: set[tuple[str, Mark]] = set()
    for filing, folder in story.house.targets.items():
        if folder is not None:
            listed = _take_in(story, restored, filing, folder, made, say)
            if filing is Filing.PROCESSED:
                processed |= {(story.house.mailbox, full_mark(m.message_id, m.size, m.internal_date)) for m in listed}
    for folder in story.house.folders:
        try:
            story.visit(folder)
        except FolderMissing:
            continue
    return processed


def _take_in(
    story: Story, restored: Restored, filing: Filing, folder: str, made: Reconciled, say: Say
) -> tuple[Listed, ...]:
    """The mails of a folder that came after the copy was made are read and judged without being answered or moved, so
    that a repeat of their orders is recognised. Returns everything in the folder."""
    house = story.house
    watching = _watching(story)
    found, _ = folder_facts(story.mailbox, house.mailbox, [folder], say)
    if not found:
        return ()
    (facts,) = found
    marks, places = restored.known(house.mailbox)
    fresh = [
        message
        for message in unknown(facts.messages, marks, house.domain, made.copied_at)
        if (folder, facts.uidvalidity, message.uid) not in places
    ]
    for start in range(0, len(fresh), house.batch):
        part = fresh[start : start + house.batch]
        small = [message.uid for message in part if message.size <= house.mail_bytes]
        raws = story.mailbox.fetch(folder, small) if small else {}
        arrivals = [_arrival(Place(house.mailbox, folder, facts.uidvalidity, m.uid), m, raws.get(m.uid)) for m in part]
        watching.settle(watching.begin(story.ledger.store(arrivals, _now())))
    # What was not read at once is tried again as ever, and goes on as unread after the last attempt.
    for _ in range(house.attempts):
        if restored.undecided(house.mailbox):
            _finish(story)
    made.taken_in += restored.taken_in(house.mailbox, folder, filing, HANDLED[filing], _now())
    return facts.messages


def _watching(story: Story) -> Story:
    """The same in shadow mode: look, decide, record."""
    return replace(story, house=replace(story.house, mode=Mode.SHADOW))


def _finish(story: Story) -> None:
    """As :meth:`Story.finish`; but what an earlier reconciliation took out of a folder of handled mails is only looked
    at."""
    watching, ledger = _watching(story), story.ledger
    for pending in ledger.unfinished(story.house.mailbox, _now()):
        by = story if pending.place.folder in story.house.folders else watching
        try:
            by.settle(by.begin((pending,)))
        except Exception:
            ledger.give_back(pending.mail_id)
            raise


def _settle(
    restored: Restored, made: Reconciled, copies: _Copies, processed: set[tuple[str, Mark]], daemon: Daemon
) -> None:
    found = proofs(restored.waiting(), copies.messages, processed)
    restored.settle(found, _now())
    made.in_archive = sum(proof.how == IN_ARCHIVE for proof in found)
    made.in_processed = len(found) - made.in_archive
    secret, domain = daemon.ledger.secret, daemon.settings.company.address.rpartition("@")[2]
    for mail_id, content in restored.unanswered():
        for kind in (Answering.ACK, Answering.REPEAT):
            message_id = identity.message_id(secret, kind, content, 0, domain)
            listed = copies.messages.get(message_id)
            if listed is not None and copies.mailbox is not None:
                raw = copies.mailbox.fetch(copies.folder, [listed.uid]).get(listed.uid)
                if raw is not None:
                    restored.answered(_answered(mail_id, kind, message_id, raw, listed.internal_date), _now())
                    made.in_archive += 1
                    break
    made.left = restored.waiting()


def _copies(settings: Settings, say: Say) -> _Copies:
    if settings.archive is None:
        return _Copies(None, "")
    mailbox = ImapMailbox(imap_account(settings.archive), readonly=True)
    mailbox.connect()
    found, _ = folder_facts(mailbox, "archive", [settings.archive.folder], say)
    messages = {m.message_id: m for facts in found for m in facts.messages if m.message_id is not None}
    return _Copies(mailbox, settings.archive.folder, messages)


def _answered(mail_id: int, kind: Answering, message_id: str, raw: bytes, at: datetime) -> Answered:
    head = email.message_from_bytes(raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=email.policy.default)
    recipient = parseaddr(str(head["To"] or ""))[1]
    return Answered(mail_id, message_id, recipient, str(head["Subject"] or "")[:500], raw, at, kind)


def _arrival(place: Place, message: Listed, raw: bytes | None) -> Arrival:
    if raw is None:
        return Arrival(place, message.size, message.internal_date, None, identity.unfetched(place), None)
    content, message_id = identity.content(raw)
    return Arrival(place, message.size, message.internal_date, raw, content, message_id)


def _now() -> datetime:
    return datetime.now(UTC)
