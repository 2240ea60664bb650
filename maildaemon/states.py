"""In which state a mail is, and where it goes when it is done."""

from enum import StrEnum


class MailState(StrEnum):
    """NEW and DECIDED are in flight; every other state is an end. OBSERVED: decided in shadow mode, nothing was done.
    LISTED: older than the first contact with its folder, never answered. KNOWN: the same mail as one in the ledger,
    met again at another place."""

    NEW = "new"
    DECIDED = "decided"
    ACKNOWLEDGED = "acknowledged"
    HELD = "held"
    REVIEW = "review"
    IGNORED = "ignored"
    OBSERVED = "observed"
    LISTED = "listed"
    KNOWN = "known"
    VANISHED = "vanished"
    """Seen on the server but gone before it could be fetched: somebody moved or deleted it."""
    REJECTED = "rejected"
    NOT_AN_ORDER = "not-an-order"
    """A person says so."""


class Filing(StrEnum):
    """Where a mail goes when it is done."""

    STAY = "stay"
    PROCESSED = "processed"
    REVIEW = "review"
    ESCALATED = "escalated"
    OTHER = "other"
    REJECTED = "rejected"
    NOT_AN_ORDER = "not-an-order"
