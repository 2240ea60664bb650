"""The invariants, looked at from outside: in the ledger's file, in the folders, at the sink."""

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from email.message import Message
from email.utils import parseaddr
from typing import TYPE_CHECKING

from maildaemon import settings
from maildaemon.cli import auditing
from maildaemon.desk import MailState, OutgoingState
from tests.e2e import outside
from tests.e2e.mails import Expected, crlf
from tests.e2e.outside import FOLDERS, Row

if TYPE_CHECKING:
    from tests.campaign.episode import Episode
    from tests.campaign.world import World

ATTEMPTS = 3
"""Those of the settings, unless an episode has others."""
ONCE = ("received", "decided", "filed", "sent", "in_doubt", "failed")
"""Events that tell of a mail at most one time."""


SQL = """
    SELECT m.message_id, m.id, m.state, m.attempts, m.reason, o.state, m.state = 'review' AND r.mail_id IS NULL
    FROM mail m LEFT JOIN outgoing o ON o.mail_id = m.id LEFT JOIN reading r ON r.mail_id = m.id
"""


@dataclass(frozen=True)
class Found:
    lost: int
    doubled: int
    doubt: int
    complaints: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """All that can be seen from outside, read once."""

    rows: dict[str | None, list[tuple[int, Row]]]
    """By Message-ID, less the copies; None: mails that were listed or never fetched."""
    copies: Counter[str]
    outgoing: dict[str, tuple[int, str, bytes]]
    """By the acknowledgement's Message-ID: its number, state and bytes."""
    folders: dict[str, list[bytes]]
    where: dict[str, list[str]]
    """The folders that a Message-ID lies in."""
    noted: Counter[str | None]
    answers: dict[str | None, list[tuple[Message, tuple[str, ...]]]]
    """What the sink kept, by In-Reply-To: the head and the recipients."""
    tape: list[list[str]]
    renumbered: bool = False
    """UIDVALIDITY has changed, and what had ended by then was found again."""


def examine(world: "World", episode: "Episode") -> Found:
    """Called when all is quiet and the daemon has ended."""
    seen = look(world)
    mails = [*episode.mails, *world.listed]
    complaints = [
        *_ledger(world),
        *_answers(seen),
        *_doubts(seen, archive=bool(world.archive)),
        *_log(world.log(), episode.trouble),
    ]
    lost = doubled = 0
    for mail in mails:
        said, gone, twice = _mail(seen, mail, world.limits.get("attempts", ATTEMPTS) + 1)
        complaints += said
        lost, doubled = lost + gone, doubled + twice
    strangers = set(seen.answers) - {mail.message_id for mail in mails}
    complaints += [f"an answer to {key}, which nobody sent" for key in strangers]
    complaints += _bytes(world, seen, mails)
    doubt = sum(state == OutgoingState.IN_DOUBT for _, state, _ in seen.outgoing.values())
    return Found(lost, doubled, doubt, tuple(complaints))


def audited(world: "World") -> Iterator[str]:
    """What `maildaemon audit` finds to be off, by ledger and servers; at once, for nothing moves any more."""
    found = auditing.look(settings.parse(world.config(), "maildaemon.toml"), lambda *_: None, wait=lambda _: None)
    for finding in found.off:
        yield f"audit: {finding.sentence}"
    if found.balance.in_flight:
        yield f"audit: {found.balance}"


def look(world: "World") -> Seen:
    rows: dict[str | None, list[tuple[int, Row]]] = {}
    copies: Counter[str] = Counter()
    for key, number, *rest in outside.query(world.ledger, SQL):
        if rest[0] == MailState.KNOWN:
            copies[key] += 1
        else:
            rows.setdefault(key, []).append((number, Row(*rest)))
    outgoing = {
        key: tuple(rest)
        for key, *rest in outside.query(world.ledger, "SELECT message_id, id, state, raw FROM outgoing")
    }
    folders = world.server.contents(world.user, FOLDERS)
    where: dict[str, list[str]] = {}
    for name, raws in folders.items():
        for head in outside.heads(raws):
            where.setdefault(head["Message-ID"], []).append(name)
    answers: dict[str | None, list[tuple[Message, tuple[str, ...]]]] = {}
    for message in world.sink.messages:
        (head,) = outside.heads([message.raw])
        answers.setdefault(head["In-Reply-To"], []).append((head, message.recipients))
    return Seen(
        rows,
        copies,
        outgoing,
        folders,
        where,
        outside.beside(folders["Review"]),
        answers,
        world.tape(),
        world.renumbered,
    )


def _mail(seen: Seen, mail: Expected, attempts: int) -> tuple[list[str], bool, bool]:
    """Complaints of one mail that may have been tried so often, the last time finding that out; whether it, or its order, is lost; whether it was answered more than once."""
    key = mail.message_id
    found = seen.rows.get(key, []) or [each for each in seen.rows.get(None, []) if each[1].state == mail.state]
    where, answered = seen.where.get(key, []), seen.answers.get(key, [])
    row = found[0][1] if found else None
    if mail.overtaken and row is not None and row.state == MailState.HELD:
        mail = replace(mail, folder="Review", state=MailState.HELD, answered=False)
    noted = seen.noted[key] if mail.read else _unread_notes(seen)
    said = outside.of_mail(mail, row, where, noted, len(answered))
    if len(found) > 1:
        said.append(f"{key} is in the ledger {len(found)} times")
    if len(answered) > 1:
        said.append(f"{key} was answered {len(answered)} times")
    if seen.copies[key] != mail.copies and not seen.renumbered:
        said.append(f"{key} was found again {seen.copies[key]} times, not {mail.copies}")
    if row is not None and row.attempts > attempts:
        said.append(f"{key} was tried {row.attempts} times")
    for head, recipients in answered:
        said += _answer(mail, head, recipients)
    reviewed = row is not None and row.state == MailState.REVIEW and "Review" in where
    unanswered = mail.answered and not answered and not reviewed
    gone = not where and mail.lies is None
    return said, row is None or gone or unanswered, len(answered) > 1


def _unread_notes(seen: Seen) -> int:
    """A note about a mail that was not read names no Message-ID: all of them together are as many as such mails."""
    unread = [row for rows in seen.rows.values() for _, row in rows if row.unread]
    return 1 if seen.noted[None] == len(unread) else seen.noted[None]


def _answer(mail: Expected, head: Message, recipients: tuple[str, ...]) -> Iterator[str]:
    """It went to whom it answers, and speaks of that order."""
    (asked,) = outside.heads([mail.raw])
    sender = parseaddr(asked["Reply-To"] or asked["From"])[1]
    if recipients != (sender,):
        yield f"the answer to {mail.message_id} went to {recipients}, not to {sender}"
    if mail.po_number and mail.po_number not in (head["Subject"] or ""):
        yield f"the answer to {mail.message_id} does not name {mail.po_number}: {head['Subject']}"


def _answers(seen: Seen) -> Iterator[str]:
    """What left was stored before, byte for byte, and what counts as sent has left."""
    kept = [head["Message-ID"] for heads in seen.answers.values() for head, _ in heads]
    for key in set(kept) - set(seen.outgoing):
        yield f"{key} left and is not in the ledger"
    for key, (_, state, _) in seen.outgoing.items():
        if state == OutgoingState.SENT and key not in kept:
            yield f"{key} counts as sent and never left"


def _doubts(seen: Seen, *, archive: bool) -> Iterator[str]:
    """In doubt is only what was killed or cut off between the final dot and the stored 250: the tape tells whether
    ``committing`` was begun and no outcome was stored behind it while the victim lived. With an archive it is only what
    the server did not keep, for the copy would have been found; and what was settled there, the server has kept."""
    window: set[str] = set()
    windows: set[str] = set()
    for what, *rest in seen.tape:
        if what == "committing":
            window.add(rest[0])
        elif what == "settled":
            window.discard(rest[0])
        elif what == "start":
            windows |= window
            window = set()
    kept = {head["Message-ID"] for heads in seen.answers.values() for head, _ in heads}
    for key, (number, state, _) in seen.outgoing.items():
        if state == OutgoingState.IN_DOUBT and str(number) not in windows | window:
            yield f"{key} is in doubt, and its outcome was known"
        if state == OutgoingState.IN_DOUBT and archive and key in kept:
            yield f"{key} is in doubt, and lies in the archive"


def _ledger(world: "World") -> Iterator[str]:
    path = world.ledger
    for (said,) in outside.query(path, "PRAGMA integrity_check"):
        if said != "ok":
            yield f"integrity_check: {said}"
    for row in outside.query(path, "PRAGMA foreign_key_check"):
        yield f"foreign_key_check: {row}"
    for mailbox in outside.broken_chains(path):
        yield f"the chain of {mailbox} is broken"
    told = Counter((mail, what) for mail, what in outside.query(path, "SELECT mail_id, type FROM event"))
    for (mail, what), count in told.items():
        if what in ONCE and count > 1:
            yield f"mail {mail} has {count} events {what!r}"
    for mail, state, filed, action in outside.query(path, "SELECT id, state, filed_at, action FROM mail"):
        if state in {MailState.ACKNOWLEDGED, MailState.REVIEW, MailState.IGNORED}:
            missing = [what for what in ("received", "decided", "filed") if not told[mail, what]]
            if missing or not filed or not action:
                yield f"mail {mail} is {state} without its events {missing}"


def _bytes(world: "World", seen: Seen, mails: Iterable[Expected]) -> Iterator[str]:
    """The ledger holds what was delivered, below the lines that the server has put above it, and that it hashes right."""
    sql = "SELECT m.message_id, r.data, r.sha256 FROM mail m JOIN raw_mail r ON r.content = m.content"
    held = {key: (zlib.decompress(data), digest) for key, data, digest in outside.query(world.ledger, sql)}
    there = {raw for raws in seen.folders.values() for raw in raws}
    for mail in mails:
        if not mail.fetched or mail.state == MailState.LISTED:
            continue
        raw, digest = held.get(mail.message_id, (b"", ""))
        if not raw.endswith(crlf(mail.raw)) or (mail.lies is None and raw not in there):
            yield f"the ledger holds other bytes of {mail.message_id} than were delivered"
        if hashlib.sha256(raw).hexdigest() != digest:
            yield f"the bytes of {mail.message_id} do not hash as the ledger says"


def _log(log: str, expected: tuple[str, ...]) -> Iterator[str]:
    """Errors of the program, and trouble that nobody made."""
    for line in log.splitlines():
        bad = " ERROR " in line or line.startswith("Traceback")
        if bad and "in doubt" not in line and not any(part in line for part in expected):
            yield f"the log says: {line[:300]}"
