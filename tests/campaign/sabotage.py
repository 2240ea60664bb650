"""Daemons that break their promise on purpose, so that the campaign can show that it would notice: each is an arm."""

import secrets
from typing import Any

from sqlalchemy import text

from maildaemon import identity
from maildaemon.edge import archive, outbox, settling, storing
from maildaemon.edge.imap import ImapMailbox
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.outbox import SqlOutbox
from tests.campaign.seams import around
from tests.campaign.victim import Tape


def committing_is_not_written(tape: Tape) -> None:
    """What was cut off behind the dot looks as if it had been cut off before."""
    outbox.COMMITTING = text("UPDATE outgoing SET state = 'sending' WHERE id = :id")


def doubts_are_resent(tape: Tape) -> None:
    """What was cut off behind the dot goes out again."""

    def never_sent(self: SqlOutbox, *_: Any) -> None:
        with self.database.write() as db:
            db.execute(text("UPDATE outgoing SET state = 'sending' WHERE state = 'committing'"))

    around(SqlOutbox, "recover", before=never_sent)


def doubts_are_taken_for_sent(tape: Tape) -> None:
    """Whoever does not look believes that all is well."""
    archive.step = lambda *_, **__: archive.Step.SETTLE


def everything_is_parked(tape: Tape) -> None:
    """What was cut off before the dot is handed to a person, too: nothing is doubled, and nobody gets an answer."""

    def doubtful(self: SqlOutbox, *_: Any) -> None:
        with self.database.write() as db:
            db.execute(text("UPDATE outgoing SET state = 'committing' WHERE state = 'sending'"))

    around(SqlOutbox, "recover", before=doubtful)


def claims_are_not_marked(tape: Tape) -> None:
    """`sending` is not written: two senders would both take the message."""
    outbox.CLAIM = text(str(outbox.CLAIM).replace("SET state = 'sending', attempts", "SET attempts"))


def mails_have_no_key(tape: Tape) -> None:
    """Which UIDs are known is kept in memory alone; the unique key and the comparison of contents are gone."""
    seen: set[int] = set()
    around(SqlLedger, "store", before=lambda _, arrivals, *__: seen.update(one.place.uid for one in arrivals))
    around(SqlLedger, "__init__", after=lambda _, self, *__, **___: _without_key(self))
    SqlLedger.uids = lambda *_: frozenset(seen)
    storing._first_of = lambda *_: {}
    content = identity.content
    # Every other key (of the bytes, the order, the answer) follows from this one.
    identity.content = lambda raw: (secrets.token_hex(32), content(raw)[1])


def nothing_is_compared(tape: Tape) -> None:
    """Nor are Message-IDs and orders: whatever is found is new."""
    mails_have_no_key(tape)
    storing._message_ids = lambda *_: {}
    SqlLedger.orders_seen = lambda *_: ((), 0)
    settling.stale = lambda *_: set()


def _without_key(opened: SqlLedger) -> None:
    with opened.database.engine.connect() as db:
        (made,) = db.execute(text("SELECT sql FROM sqlite_master WHERE name = 'mail'")).scalars()
        key = "UNIQUE (mailbox, folder, uidvalidity, uid)"
        if key in made:
            db.execute(text("PRAGMA legacy_alter_table = ON"))
            db.execute(text(made.replace(key, "CHECK (1)").replace("CREATE TABLE mail", "CREATE TABLE mails", 1)))
            db.execute(text("INSERT INTO mails SELECT * FROM mail"))
            indices = db.execute(
                text("SELECT sql FROM sqlite_master WHERE tbl_name = 'mail' AND type = 'index'")
            ).scalars()
            made_again = [sql for sql in indices.all() if sql]
            db.execute(text("DROP TABLE mail"))
            db.execute(text("ALTER TABLE mails RENAME TO mail"))
            for sql in made_again:
                db.execute(text(sql))
            db.commit()


def mails_are_moved_before_they_are_stored(tape: Tape) -> None:
    """The order of writing things down is reversed."""
    around(ImapMailbox, "fetch", after=lambda _, self, folder, uids: self.move(folder, uids, "Processed"))


def bytes_are_changed(tape: Tape) -> None:
    """What the ledger holds is not what came."""
    inner = ImapMailbox.fetch

    def fetch(self: ImapMailbox, folder: str, uids: Any) -> Any:
        return {uid: raw.replace(b"Kind regards", b"Best regards") for uid, raw in inner(self, folder, uids).items()}

    ImapMailbox.fetch = fetch


def notes_are_laid_blindly(tape: Tape) -> None:
    """Nobody looks whether the note lies there already."""
    ImapMailbox.find = lambda *_: ()
