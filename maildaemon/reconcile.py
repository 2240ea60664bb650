"""Reconciling a restored ledger: what the archive and the folders prove about what was done since the copy was made."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from maildaemon.audit.archive import acknowledgement_ids
from maildaemon.desk import SLACK, Listed

IN_ARCHIVE = "found in the archive"
IN_PROCESSED = "found in Processed"

Mark = tuple[object, ...]
"""By what a message is known again at another place: Message-ID, size, and arrival date where it has no Message-ID."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that may have gone out since: its id, its Message-ID, and its mail's mark."""

    id: int
    mailbox: str
    message_id: str
    mail: Mark


@dataclass(frozen=True, slots=True)
class Proof:
    """That an answer has gone out: which, and how that is known."""

    id: int
    how: str


def proofs(waiting: Sequence[Waiting], archive: Container[str], processed: Container[tuple[str, Mark]]) -> list[Proof]:
    """Which of these answers have gone out. A copy in the archive proves it; a mail that lies where handled mails lie
    was handled, by the program or by a person, which is weaker. To be found nowhere proves nothing."""
    found: list[Proof] = []
    for one in waiting:
        if one.message_id in archive:
            found.append(Proof(one.id, IN_ARCHIVE))
        elif (one.mailbox, one.mail) in processed:
            found.append(Proof(one.id, IN_PROCESSED))
    return found


def copied_at(copies: Iterable[Listed], known: Container[str], domain: str) -> datetime | None:
    """A ledger without the mark of a backup may be an old one all the same (a snapshot of the machine, a copied file):
    an acknowledgement in the archive that it does not know as sent gives it away. Since when, at the latest; None:
    there is no such acknowledgement."""
    ours = acknowledgement_ids(domain)
    strange = [
        copy.internal_date
        for copy in copies
        if copy.message_id and copy.message_id not in known and ours.fullmatch(copy.message_id)
    ]
    return min(strange, default=None)


def unknown(messages: Sequence[Listed], known: Container[Mark], domain: str, copied_at: datetime) -> Iterator[Listed]:
    """The messages of a folder that the ledger does not know and that came after the copy was made, less a day for
    clocks that differ. Our own notes (their Message-IDs are of ``domain``) are no mail."""
    note = re.compile(rf"<note\.[0-9a-f]{{32}}@{re.escape(domain)}>", re.IGNORECASE)
    for message in messages:
        is_note = message.message_id is not None and note.fullmatch(message.message_id) is not None
        mark = full_mark(message.message_id, message.size, message.internal_date)
        if message.internal_date >= copied_at - SLACK and mark not in known and not is_note:
            yield message


def full_mark(message_id: str | None, size: int, at: datetime | None) -> Mark:
    """The size too: two mails with one Message-ID are two mails."""
    return message_id, size, at if message_id is None else None
