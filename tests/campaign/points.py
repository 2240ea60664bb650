"""The named points at which a victim is killed, and which kinds of mail lead there."""

from dataclasses import dataclass

from tests.campaign.mails import ANSWERED, FETCHED, KINDS, MOVED, NOTED

ALL = frozenset(KINDS)


@dataclass(frozen=True)
class Point:
    """``shows``: what the ledger of the dead must say, in SQL, when that was the first kill. ``reached_by``: the kinds
    of mail that lead there; another kind is run beside an order. ``moment``: of the sink, which then kills the victim;
    None: a seam of the victim. ``doubtful``: what became of the message cannot be known."""

    name: str
    sentence: str
    shows: str
    reached_by: frozenset[str] = ALL
    moment: str | None = None
    doubtful: bool = False


def _any(table: str, condition: str) -> str:
    return f"EXISTS (SELECT 1 FROM {table} WHERE {condition})"


def _none(table: str, condition: str) -> str:
    return f"NOT {_any(table, condition)}"


def _state(table: str, state: str, *others: str) -> str:
    """Some row is in that state, and each that is not is in one of the others."""
    allowed = ", ".join(f"'{each}'" for each in (state, *others))
    return " AND ".join([_any(table, f"state = '{state}'"), _none(table, f"state NOT IN ({allowed})")])


CONTACT, NO_CONTACT = _any("contact", "1"), _none("contact", "1")
NO_MAIL = _none("mail", "state != 'listed'")
NEW = _state("mail", "new", "listed", "known")
DECIDED = _any("mail", "decided_at NOT NULL")
# A draft is one that another order under its number has held back.
READY, SENDING = _state("outgoing", "ready", "draft"), _state("outgoing", "sending", "ready", "draft")
COMMITTING, SENT = _any("outgoing", "state = 'committing'"), _any("outgoing", "state = 'sent'")
ON_THE_WIRE, NOT_ON_THE_WIRE = (one("outgoing", "state IN ('sending', 'committing')") for one in (_any, _none))
NOTE_DUE, NOTE_LAID = _any("note", "appended_at IS NULL"), _any("note", "appended_at NOT NULL")
MOVE_DUE, FILED = _any("mail", "state = 'decided'"), _any("mail", "filed_at NOT NULL")

POINTS = {
    point.name: point
    for point in (
        Point("start-up", "The ledger is open, nothing else has happened yet.", "1"),
        Point("in-migration", "Some statements of a migration are executed, its transaction is not committed.", "1"),
        Point("in-first-contact", "The first contact with a folder is written, and not committed.", NO_CONTACT),
        Point("first-contact", "The first contact with a folder is committed, nothing was listed yet.", CONTACT),
        Point("recovering", "What an earlier kill left on its way out is settled, and not committed.", ON_THE_WIRE, ANSWERED),
        Point("recovered", "What an earlier kill left is settled and committed, nothing else has happened yet.", NOT_ON_THE_WIRE, ANSWERED),
        Point("after-search", "The new UIDs are known, nothing is fetched.", NO_MAIL),
        Point("mid-fetch", "Half of a mail's literal is read.", NO_MAIL, FETCHED),
        Point("fetched-not-stored", "The bytes are here, and not in the ledger.", NO_MAIL),
        Point("in-store-transaction", "The bytes and the mail's row are written, and not committed.", NO_MAIL),
        Point("raw-stored", "The bytes and the mail's row are committed.", NEW),
        Point("reading", "The child has the mail, and its answer is awaited.", NEW, FETCHED),
        Point("read-not-decided", "The mail is read, and not judged.", NEW),
        Point("decided-not-stored", "The decision is made, nothing of it is written.", NEW),
        Point("in-settle-transaction", "Decision, orders, answer and note are written, and not committed.", NEW),
        Point("decided", "The decision is committed.", DECIDED),
        Point("in-claim-transaction", "`sending` is written, and not committed.", READY, ANSWERED),
        Point("claimed", "`sending` is committed.", SENDING, ANSWERED),
        Point("connected", "The SMTP connection stands, nothing is offered.", SENDING, ANSWERED),
        Point("after-rcpt", "The server has the envelope and has not answered RCPT.", SENDING, ANSWERED, "rcpt"),
        Point("mid-data", "Half of the message is on the wire.", SENDING, ANSWERED),
        Point("before-committing", "The whole message is on the wire but for its dot, `committing` is not written.", SENDING, ANSWERED),
        Point("in-committing-transaction", "`committing` is written, and not committed.", SENDING, ANSWERED),
        Point("committing-written", "`committing` is committed, the dot is not sent.", COMMITTING, ANSWERED, doubtful=True),
        Point("after-dot-not-kept", "The server has the dot and has not kept the message.", COMMITTING, ANSWERED, "received", doubtful=True),
        Point("after-dot-kept", "The server has kept the message and has not answered.", COMMITTING, ANSWERED, "kept", doubtful=True),
        Point("after-250-before-commit", "The 250 is here, and not in the ledger.", COMMITTING, ANSWERED, doubtful=True),
        Point("in-sent-transaction", "`sent` is written, and not committed.", COMMITTING, ANSWERED, doubtful=True),
        Point("sent-stored", "`sent` is committed, the mail is not filed.", SENT, ANSWERED),
        Point("before-note", "The note is about to be laid into the review folder.", NOTE_DUE, NOTED),
        Point("note-laid", "The note lies in the review folder, and the ledger does not know it.", NOTE_DUE, NOTED),
        Point("note-stored", "The ledger knows that the note lies there, the mail is not moved.", NOTE_LAID, NOTED),
        Point("before-move", "The mail is about to be moved.", MOVE_DUE, MOVED),
        Point("after-move-before-commit", "The mail is moved, and the ledger does not know it.", MOVE_DUE, MOVED),
        Point("in-moved-transaction", "That the mail is filed is written, and not committed.", MOVE_DUE, MOVED),
        Point("filed", "That the mail is filed is committed.", FILED, MOVED),
    )
}  # fmt: skip
