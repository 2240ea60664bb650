"""A mail laid into a folder is a word about it: which one, and whether it is new."""

from maildaemon.desk import MailState
from maildaemon.house import House
from maildaemon.model import Filing
from maildaemon.word import Case, What

SAFEST_FIRST = (What.NOT_AN_ORDER, What.REJECT, What.APPROVE, What.REREAD)
"""Of two copies laid into two folders at once the one counts that sends nothing."""
ACTOR = "a mail client"
"""Who moves a mail says so to the mail server alone."""
STANDS = {What.REJECT: Filing.REJECTED, What.NOT_AN_ORDER: Filing.NOT_AN_ORDER, What.APPROVE: Filing.PROCESSED}


def folders(house: House) -> dict[str, What | None]:
    """The folders that are looked into, and what is said by laying a mail there; None: it only waits there."""
    named = {
        house.targets.get(Filing.REVIEW): None,
        house.targets.get(Filing.ESCALATED): None,
        house.approved: What.APPROVE,
        house.targets.get(Filing.REJECTED): What.REJECT,
        house.targets.get(Filing.NOT_AN_ORDER): What.NOT_AN_ORDER,
    }
    return {folder: what for folder, what in named.items() if folder}


def inboxes(house: House) -> tuple[str, ...]:
    """Where a mail is laid to be read again. Junk is no such folder: to lay it there says something else."""
    return tuple(folder for folder in house.folders if folder != house.junk)


def is_new(case: Case, what: What) -> bool:
    """Does it say anything that is not so already? It is the program itself, too, that lays mails there."""
    if what is What.REREAD:
        return case.state != MailState.NEW
    return case.filing != STANDS[what]
