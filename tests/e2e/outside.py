"""The promises of the house, checked from outside: in the ledger's file, in the folders, at the SMTP sink."""

import contextlib
import email
import sqlite3
from collections import Counter
from dataclasses import dataclass

from maildaemon.chain import Link, broken
from maildaemon.desk import MailState, OutgoingState

FOLDERS = ("INBOX", "Processed", "Review")
IN_FLIGHT = {MailState.NEW, MailState.DECIDED}
WHERE = {
    MailState.ACKNOWLEDGED: "Processed",
    MailState.REVIEW: "Review",
    MailState.HELD: "Review",
    MailState.IGNORED: "INBOX",
    MailState.LISTED: "INBOX",
}


@dataclass(frozen=True)
class Row:
    state: str
    attempts: int
    reason: str | None
    sending: str | None
    """The state of its acknowledgement, None where there is none."""
    unread: bool = False
    """It is before a person, and no reading of it was stored."""


def query(path, sql):
    """Read with nothing of the program's own, so that a wrong program cannot hide it."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as db:
        return db.execute(sql).fetchall()


def rows(path):
    """By Message-ID, less those that are the same mail met again."""
    found = query(
        path,
        "SELECT m.message_id, m.state, m.attempts, m.reason, o.state FROM mail m "
        "LEFT JOIN outgoing o ON o.mail_id = m.id WHERE m.state != 'known'",
    )
    assert len({row[0] for row in found}) == len(found), "a mail is in the ledger twice"
    return {key: Row(*rest) for key, *rest in found}


def finished(path, count):
    found = rows(path)
    return len(found) == count and not any(row.state in IN_FLIGHT for row in found.values())


def broken_chains(path):
    """The mailboxes whose chain of events does not hold."""
    chains = {}
    for mailbox, *rest in query(path, "SELECT mailbox, seq, at, body, prev, hash FROM event ORDER BY seq"):
        chains.setdefault(mailbox, []).append(Link(*rest))
    return [mailbox for mailbox, links in chains.items() if broken(links) is not None]


def heads(raws):
    return [email.message_from_bytes(raw) for raw in raws]


def contents(server, user="orders"):
    """The Message-IDs in each folder, counted."""
    return counted(server.contents(user, FOLDERS))


def counted(raws):
    """The same of raw messages by folder."""
    return {name: Counter(head["Message-ID"] for head in heads(raws[name])) for name in FOLDERS}


def notes(server, user="orders"):
    """How many notes lie beside each mail, by the mail's Message-ID."""
    return beside(server.folder(user, "Review"))


def beside(raws):
    """The same of the raw messages of the review folder."""
    return Counter(head["In-Reply-To"] for head in heads(raws) if (head["From"] or "").endswith("<orders@us.example>"))


def answers(sink):
    return Counter(head["In-Reply-To"] for head in heads(message.raw for message in sink.messages))


def faults(settings, server, sink, expected):
    """What is not as promised, in plain words; empty when all is well."""
    path = settings.ledger
    ledger, folders, noted, answered = rows(path), contents(server), notes(server), answers(sink)
    said = [f"the chain of {mailbox} is broken" for mailbox in broken_chains(path)]
    said += [f"{key} was answered {count} times" for key, count in answered.items() if count > 1]
    said += [f"{count} notes lie beside {key}" for key, count in noted.items() if count > 1]
    said += [f"{key} was answered and is none of ours" for key in answered if key not in ledger]
    for mail in expected:
        key = mail.message_id
        where = [name for name in FOLDERS for _ in range(folders[name][key])]
        said += of_mail(mail, ledger.get(key), where, noted[key], answered[key])
    return said


def of_mail(mail, row, where, noted, answered):
    """What is not as promised of one mail: its ``Row`` or None, the folders it lies in, its notes and its answers."""
    key = mail.message_id
    if row is None:
        return [f"{key} is not in the ledger"]
    said = []
    doubtful = row.sending == OutgoingState.IN_DOUBT
    state = MailState.REVIEW if doubtful else mail.state
    # An order that came before lies where the first one lies.
    folder = mail.folder if state == MailState.IGNORED else WHERE[state]
    there = [folder, *["INBOX"] * mail.copies] if mail.lies is None else mail.lies
    if row.state != state or sorted(where) != sorted(there):
        said.append(f"{key} is {row.state} in {where}, not {state}: {row}")
    if (1 if row.state == MailState.REVIEW else 0) != noted:
        said.append(f"{key} is {row.state} and has {noted} notes: {row}")
    if not doubtful and mail.answered != bool(answered):
        said.append(f"{key} was answered {answered} times: {row}")
    if mail.answered and row.sending not in {OutgoingState.SENT, OutgoingState.IN_DOUBT}:
        said.append(f"{key}'s acknowledgement is {row.sending}")
    return said


def everything(settings, server, sink):
    """What a run that does nothing leaves as it was."""
    return rows(settings.ledger), contents(server), answers(sink), len(sink.messages)
