"""What must hold of the story at every moment and at the end, looked at from outside: the servers and the ledger's
file."""

import email
import hashlib
import re
import sqlite3
import zlib
from collections import Counter
from datetime import timedelta

from maildaemon import identity
from maildaemon.chain import Link, broken
from maildaemon.model import Mode
from tests.campaign.program import ATTEMPTS, BOUNDS, WATCHED

PO = re.compile(rb"PO-\d+")
OVER = {
    "acknowledged", "held", "review", "ignored", "observed", "listed", "known", "vanished", "rejected", "not-an-order",
}  # fmt: skip
UNDER_WAY = {"ready", "held", "sending", "committing"}
HOMES = {
    "processed": "Processed", "review": "Review", "escalated": "Escalated", "rejected": "Rejected",
    "not-an-order": "Not an order",
}  # fmt: skip


class Look:
    """The ledger's file as it is now: rows by table."""

    def __init__(self, path):
        db = sqlite3.connect(path)
        db.row_factory = sqlite3.Row
        try:
            self.mails = db.execute("SELECT * FROM mail ORDER BY id").fetchall()
            self.outgoing = db.execute("SELECT * FROM outgoing ORDER BY id").fetchall()
            self.events = db.execute("SELECT * FROM event ORDER BY mailbox, seq").fetchall()
            self.raws = db.execute("SELECT * FROM raw_mail").fetchall()
            self.rulings = db.execute("SELECT * FROM ruling WHERE refused IS NULL ORDER BY id").fetchall()
        finally:
            db.close()
        self.by_id = {row["id"]: row for row in self.mails}
        self.answers = {row["mail_id"]: row for row in self.outgoing}
        self.approved = {row["mail_id"] for row in self.rulings if row["what"] in {"approve", "correct", "release"}}
        self.reread = Counter(self.by_id[row["mail_id"]]["content"] for row in self.rulings if row["what"] == "reread")

    @property
    def busy(self):
        """Is there anything that goes on by itself with time?"""
        return any(row["state"] in UNDER_WAY for row in self.outgoing) or any(
            row["state"] == "new" for row in self.mails
        )


def always(look, servers, world):
    """What must hold after every step; yields what does not."""
    yield from servers.transport.said
    yield from _answers(look, servers, world)
    yield from _copies(look, servers)
    yield from _ledger(look, servers, world)


def _answers(look, servers, world):
    accepted = servers.transport.accepted
    # That an order came before is said once, as it is acknowledged once.
    for what, most in (("order", lambda one: (one.kind, _po(one))), ("Message-ID", lambda one: one.message_id)):
        for name, count in Counter(map(most, accepted)).items():
            if count > 1:
                yield f"{what} {name} was answered {count} times"
    states = {row["message_id"]: row["state"] for row in look.outgoing}
    for message, mode in zip(accepted, servers.transport.modes, strict=True):
        letter = world.letters.get(look.by_id[message.mail_id]["content"])
        if (letter is None or not letter.answerable) and message.mail_id not in look.approved:
            yield f"{letter} was answered"
        if states.get(message.message_id) not in {"committing", "sent", "in_doubt"}:
            yield f"{message.message_id} was accepted, and the ledger says {states.get(message.message_id)}"
        if mode is Mode.SHADOW:
            yield f"{message.message_id} was sent in shadow mode"
        let_out = message.message_id in world.released or message.mail_id in look.approved
        if (mode is Mode.DRAFT or message.message_id in world.drafted) and not let_out:
            yield f"{message.message_id} was sent, and nobody has released it"
    yield from _bound(servers, world)
    for row in look.outgoing:
        if row["state"] == "in_doubt" and row["message_id"] not in servers.transport.cut:
            yield f"{row['message_id']} is in doubt and was not cut off behind its dot: {row['response']}"
        if row["state"] == "sent" and row["message_id"] not in {message.message_id for message in accepted}:
            yield f"{row['message_id']} is said to be sent, and nobody has it"


def _bound(servers, world):
    """Nobody gets more than the bound within an hour, but for what a person has released. A second sender in the midst
    of a message knows nothing of that one yet. Orders have a bound of their own; that one came before is no order."""
    if world.skewed:
        return
    for kind, most in (("ack", BOUNDS.orders_hour), ("repeat", BOUNDS.per_address_hour)):
        sent = zip(servers.transport.accepted, servers.transport.when, strict=True)
        times = sorted(at for one, at in sent if one.kind == kind and one.message_id not in world.released | world.told)
        for first, last in zip(times, times[most + 1 :], strict=False):
            if last - first < timedelta(hours=1):
                yield f"{most + 2} messages left between {first} and {last}"


def _po(message):
    found = PO.search(message.raw)
    return found.group().decode() if found else message.raw


def _copies(look, servers):
    for number, (box, copy) in enumerate(servers.copies):
        places = servers.where(box, copy)
        if len(places) != (id(copy) not in servers.deleted):
            yield f"copy {number} lies at {places}"
    for box, mailbox in servers.mailboxes.items():
        notes = Counter(
            email.message_from_bytes(raw)["Message-ID"]
            for folder in mailbox.folders.values()
            for raw in folder.messages.values()
            if b"X-Maildaemon-Id" in raw
        )
        for name, count in notes.items():
            if count > 1:
                yield f"{box} has {count} times the note {name}"
    for row in look.mails:
        answer = look.answers.get(row["id"])
        let_out = answer is not None and (answer["released"] or answer["approved"])
        if row["filed_at"] and answer is not None and answer["state"] in UNDER_WAY and not let_out:
            yield f"mail {row['id']} was filed, and its answer is {answer['state']}"


def _ledger(look, servers, world):
    for box in servers.mailboxes:
        links = [Link(r["seq"], r["at"], r["body"], r["prev"], r["hash"]) for r in look.events if r["mailbox"] == box]
        if broken(links) is not None:
            yield f"the chain of {box} is broken at {broken(links)}"
    kept = {row["content"] for row in look.raws}
    for row in look.raws:
        raw = zlib.decompress(row["data"])
        if identity.content(raw)[0] != row["content"] or hashlib.sha256(raw).hexdigest() != row["sha256"]:
            yield f"the bytes of {row['content'][:8]} are others"
        if row["content"] not in world.letters:
            yield f"{row['content'][:8]} was never delivered"
    firsts = Counter()
    for row in look.mails:
        if row["content"] is not None:
            firsts[row["content"]] += row["state"] != "known"
            if row["content"] not in kept:
                yield f"mail {row['id']} has no bytes"
    for content, count in firsts.items():
        if count != 1:
            yield f"{world.letters.get(content)} is {count} mails"
    for content, count in world.reads.items():
        if count > (ATTEMPTS + 1) * (1 + look.reread[content]) + world.troubles():
            yield f"{world.letters[content]} was read {count} times"


# --- at the end ---------------------------------------------------------------------------------------------------------


def finally_(look, servers, world):
    """What must hold when all faults are over and everything has become quiet."""
    for row in look.mails:
        if row["state"] not in OVER:
            yield f"mail {row['id']} is for ever {row['state']} ({row['filing']}, {row['folder']} {row['uidvalidity']}/{row['uid']})"
    for row in look.outgoing:
        if row["state"] in UNDER_WAY:
            yield f"{row['message_id']} is for ever {row['state']}"
    yield from _places(look, servers)
    yield from _orders(look, servers, world)


def _places(look, servers):
    for box, mailbox in servers.mailboxes.items():
        rows = {(r["folder"], r["uidvalidity"], r["uid"]): r for r in look.mails if r["mailbox"] == box}
        for name in WATCHED:
            folder = mailbox.folders[name]
            for uid in folder.messages:
                if (name, folder.uidvalidity, uid) not in rows:
                    yield f"{box}/{name}/{uid} is not in the ledger"
        for (name, uidvalidity, uid), row in rows.items():
            copy = mailbox.folders[name].placed[uidvalidity, uid]
            if id(copy) in servers.touched or id(copy) in servers.deleted:
                continue
            home = HOMES.get(row["filing"] or "", name) if row["state"] not in {"known", "observed"} else name
            there = [folder for folder, _ in servers.where(box, copy)]
            others = [r for (n, v, u), r in rows.items() if mailbox.folders[n].placed[v, u] is copy and r is not row]
            if there != [home] and not others:
                yield f"mail {row['id']} is {row['state']}, belongs into {home} and is in {there}"


def _orders(look, servers, world):
    accepted = Counter(message.message_id for message in servers.transport.accepted)
    for row in look.mails:
        answer = look.answers.get(row["id"])
        state = answer["state"] if answer is not None else None
        count = accepted[answer["message_id"]] if answer is not None else 0
        letter = world.letters.get(row["content"])
        if (
            row["state"] == "acknowledged"
            and letter is not None
            and letter.answerable
            and (state, count) != ("sent", 1)
        ):
            yield f"mail {row['id']} is acknowledged, its answer {state}, and {count} have arrived"
        if state == "sent" and row["state"] == "review" and answer["message_id"] in world.told:
            continue  # a person said so before the mail was filed: it lies in review all the same
        end = "ignored" if answer is not None and answer["kind"] == "repeat" else "acknowledged"
        if state == "sent" and (row["state"], count) != (end, 1):
            yield f"mail {row['id']} is {row['state']}, its answer sent, and {count} have arrived"
        if state == "failed" and (count or row["state"] != "review"):
            yield f"mail {row['id']} is {row['state']}, its answer failed, and {count} have arrived"
        if state == "in_doubt" and not (row["state"] == "review" and answer["parked"]):
            yield f"mail {row['id']} is {row['state']}, its answer in doubt, and nobody was told"
        if state == "in_doubt" and world.archived and count and answer["message_id"] not in world.parked:
            yield f"{answer['message_id']} lies in the archive, and was not found there"
        if row["state"] == "held" and state != "draft":
            yield f"mail {row['id']} is held, its answer {state}"
        if row["state"] in {"review", "held"} and not row["reason"]:
            yield f"mail {row['id']} is {row['state']} without a reason"
        if (
            letter is not None
            and letter.answerable
            and row["state"] in {"ignored", "review"}
            and (why := _unjust(row, letter, look, world, servers.transport.refused))
        ):
            yield f"mail {row['id']} is a clear order and {row['state']}: {why}"


def _unjust(row, letter, look, world, refused):
    """Why a clear order ought not to be where it is, or None."""
    answer = look.answers.get(row["id"])
    reason = row["reason"] or ""
    if answer is not None and answer["state"] == "in_doubt":
        return None
    if answer is not None and answer["state"] == "failed":
        return None if answer["message_id"] in refused or "given up" in answer["response"] else reason
    others = [other for other in world.letters.values() if other is not letter]
    excuses = {
        "same order": any(other.po == letter.po for other in others),
        "Message-ID": any(other.message_id == letter.message_id for other in others),
        "junk": row["folder"] == "Junk",
        "attempts": world.troubles() + world.kills >= ATTEMPTS,
        "does not give it out": world.withheld,
        "before the first contact": letter.old,
    }
    return None if any(words in reason and excuse for words, excuse in excuses.items()) else reason
