"""The folders beside the ledger: nothing lies unseen, and what was filed is not where it was."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from maildaemon.audit.facts import Box, Finding, FolderFacts, LedgerFacts, MailFact, ServerFacts, Terms, mark
from maildaemon.desk import Listed, MailState
from maildaemon.log import safe
from maildaemon.model import Filing

EXAMPLES = 3
ENDS = frozenset({
    MailState.ACKNOWLEDGED, MailState.HELD, MailState.REVIEW, MailState.IGNORED, MailState.REJECTED,
    MailState.NOT_AN_ORDER,
})  # fmt: skip

Folder = tuple[str, str]
"""A mailbox and the name of a folder in it."""


def folders(ledger: LedgerFacts, server: ServerFacts, terms: Terms, now: datetime) -> Iterator[Finding]:
    """What people do to a mail after it was filed is theirs to do: a note, however far it is gone."""
    for mailbox, sentence in server.unreachable.items():
        yield Finding("off", "unreachable", mailbox, f"{sentence}; what lies there was not looked at")
    there = {(facts.mailbox, facts.folder): facts for facts in server.folders}
    mails: dict[str, list[MailFact]] = defaultdict(list)
    for mail in ledger.mails:
        mails[mail.place.mailbox].append(mail)
    for box in terms.boxes:
        if box.mailbox in server.unreachable:
            continue
        own = mails[box.mailbox]
        for folder in box.watched:
            facts = there.get((box.mailbox, folder))
            met = (box.mailbox, folder) in ledger.contacts
            if facts is not None:
                yield from _seen(facts, [mail for mail in own if mail.place.folder == folder], terms, now, met=met)
            elif met:
                sentence = f"{box.mailbox}: the folder {folder!r}, from which mail came, is not there any more"
                yield Finding("note", "no-folder", f"{box.mailbox} {folder}", sentence)
        yield from _filed(box, own, there)
    unknown = sorted(set(mails) - {box.mailbox for box in terms.boxes})
    for mailbox in unknown:
        sentence = f"{mailbox}: it is not configured any more; its {len(mails[mailbox])} mails were not looked for"
        yield Finding("note", "no-mailbox", mailbox, sentence)


def _seen(
    facts: FolderFacts, mails: Sequence[MailFact], terms: Terms, now: datetime, *, met: bool
) -> Iterator[Finding]:
    """Every message of a watched folder is in the ledger, or younger than its limit."""
    where = f"{facts.mailbox}, {safe(facts.folder)}"
    if not met:
        if facts.messages:
            sentence = f"{where}: the first contact is still to come; it holds {len(facts.messages)} messages"
            yield Finding("note", "not-met", where, sentence)
        return
    uids = {mail.place.uid for mail in mails if mail.place.uidvalidity == facts.uidvalidity}
    earlier = {mail.mark for mail in mails} | {mark(None, mail.size, mail.internal_date) for mail in mails}
    renumbered = 0
    for message in facts.messages:
        if message.uid in uids or now - message.internal_date < terms.in_flight:
            continue
        marks = {mark(message.message_id, message.size, message.internal_date)}
        marks.add(mark(None, message.size, message.internal_date))
        if not uids and marks & earlier:
            renumbered += 1
            continue
        sentence = f"{where}: UID {message.uid}{_id(message)}, there since {_time(message.internal_date)}"
        yield Finding("off", "unseen", f"{where} {message.uid}", f"{sentence}, is not in the ledger")
    if renumbered:
        sentence = (
            f"{where}: UIDVALIDITY has changed, and nobody has looked since; {renumbered} messages are known by their "
            "Message-ID"
        )
        yield Finding("note", "renumbered", where, sentence)


def _filed(box: Box, mails: Sequence[MailFact], there: dict[Folder, FolderFacts]) -> Iterator[Finding]:
    """What was filed is no more at its old place, and lies in its folder unless a person has moved it on."""
    marks: dict[str, set[tuple[object, ...]]] = {}
    for (mailbox, folder), facts in there.items():
        if mailbox == box.mailbox:
            marks[folder] = {mark(m.message_id, m.size, m.internal_date) for m in facts.messages}
    uids = {
        folder: {message.uid for message in there[box.mailbox, folder].messages if not message.deleted}
        for folder in marks
    }
    gone: dict[tuple[str, str | None], list[MailFact]] = defaultdict(list)
    for mail in mails:
        target = box.targets.get(Filing(mail.filing)) if mail.filing in set(Filing) else None
        if mail.state not in ENDS or target is None or target not in marks:
            continue
        # What a reconciliation has taken in was found where it is filed.
        source = there.get((box.mailbox, mail.place.folder)) if mail.place.folder != target else None
        if (
            source is not None
            and source.uidvalidity == mail.place.uidvalidity
            and mail.place.uid in uids[source.folder]
        ):
            sentence = f"{mail.name} was filed in {target!r}, and still lies in {safe(mail.place.folder)!r}"
            yield Finding("off", "not-moved", str(mail.id), sentence)
        elif mail.mark not in marks[target]:
            elsewhere = next((folder for folder in marks if mail.mark in marks[folder]), None)
            gone[target, elsewhere].append(mail)
    for target in sorted({name for name in box.targets.values() if name and name not in marks}):
        if any(
            box.targets.get(Filing(m.filing)) == target for m in mails if m.state in ENDS and m.filing in set(Filing)
        ):
            sentence = f"{box.mailbox}: the folder {target!r}, in which mails were filed, is not there any more"
            yield Finding("note", "no-folder", f"{box.mailbox} {target}", sentence)
    for (target, elsewhere), those in gone.items():
        now = f"lie in {safe(elsewhere)!r} now" if elsewhere is not None else "are in none of the folders known here"
        named = ", ".join(mail.name for mail in those[:EXAMPLES]) + (" …" if len(those) > EXAMPLES else "")
        sentence = f"{box.mailbox}: {len(those)} mails that were filed in {target!r} {now}, by somebody else: {named}"
        yield Finding("note", "moved-on", f"{box.mailbox} {target} {elsewhere}", sentence)


def _id(message: Listed) -> str:
    return f" ({safe(message.message_id)})" if message.message_id else ""


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
