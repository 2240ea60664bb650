"""The named points at which a victim is killed, and which kinds of mail lead there."""

from dataclasses import dataclass

from tests.campaign.mails import ANSWERED, FETCHED, KINDS, MOVED, NOTED

ALL = frozenset(KINDS)


@dataclass(frozen=True)
class Point:
    """``reached_by``: the kinds of mail that lead there; another kind is run beside an order. ``moment``: of the sink,
    which then kills the victim; None: a seam of the victim. ``doubtful``: what became of the message cannot be known."""

    name: str
    sentence: str
    reached_by: frozenset[str] = ALL
    moment: str | None = None
    doubtful: bool = False


POINTS = {
    point.name: point
    for point in (
        Point("start-up", "The ledger is open, nothing else has happened yet."),
        Point("in-migration", "Some statements of a migration are executed, its transaction is not committed."),
        Point("in-first-contact", "The first contact with a folder is written, and not committed."),
        Point("first-contact", "The first contact with a folder is committed, nothing was listed yet."),
        Point("recovering", "What an earlier kill left on its way out is settled, and not committed.", ANSWERED),
        Point("recovered", "What an earlier kill left is settled and committed, nothing else has happened yet.", ANSWERED),
        Point("after-search", "The new UIDs are known, nothing is fetched."),
        Point("mid-fetch", "Half of a mail's literal is read.", FETCHED),
        Point("fetched-not-stored", "The bytes are here, and not in the ledger."),
        Point("in-store-transaction", "The bytes and the mail's row are written, and not committed."),
        Point("raw-stored", "The bytes and the mail's row are committed."),
        Point("reading", "The child has the mail, and its answer is awaited.", FETCHED),
        Point("read-not-decided", "The mail is read, and not judged."),
        Point("decided-not-stored", "The decision is made, nothing of it is written."),
        Point("in-settle-transaction", "Decision, orders, answer and note are written, and not committed."),
        Point("decided", "The decision is committed."),
        Point("in-claim-transaction", "`sending` is written, and not committed.", ANSWERED),
        Point("claimed", "`sending` is committed.", ANSWERED),
        Point("connected", "The SMTP connection stands, nothing is offered.", ANSWERED),
        Point("after-rcpt", "The server has the envelope and has not answered RCPT.", ANSWERED, "rcpt"),
        Point("mid-data", "Half of the message is on the wire.", ANSWERED),
        Point("before-committing", "The whole message is on the wire but for its dot, `committing` is not written.", ANSWERED),
        Point("in-committing-transaction", "`committing` is written, and not committed.", ANSWERED),
        Point("committing-written", "`committing` is committed, the dot is not sent.", ANSWERED, doubtful=True),
        Point("after-dot-not-kept", "The server has the dot and has not kept the message.", ANSWERED, "received", doubtful=True),
        Point("after-dot-kept", "The server has kept the message and has not answered.", ANSWERED, "kept", doubtful=True),
        Point("after-250-before-commit", "The 250 is here, and not in the ledger.", ANSWERED, doubtful=True),
        Point("in-sent-transaction", "`sent` is written, and not committed.", ANSWERED, doubtful=True),
        Point("sent-stored", "`sent` is committed, the mail is not filed.", ANSWERED),
        Point("before-note", "The note is about to be laid into the review folder.", NOTED),
        Point("note-laid", "The note lies in the review folder, and the ledger does not know it.", NOTED),
        Point("note-stored", "The ledger knows that the note lies there, the mail is not moved.", NOTED),
        Point("before-move", "The mail is about to be moved.", MOVED),
        Point("after-move-before-commit", "The mail is moved, and the ledger does not know it.", MOVED),
        Point("in-moved-transaction", "That the mail is filed is written, and not committed.", MOVED),
        Point("filed", "That the mail is filed is committed.", MOVED),
    )
}  # fmt: skip
