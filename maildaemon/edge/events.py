"""Events: one link of the mailbox's chain for each step, in the transaction of the change that it tells of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from maildaemon.chain import START, link

# Written out, for they stand in every transaction: composing a statement costs more than running it.
LAST = text("SELECT seq, hash FROM event WHERE mailbox = :mailbox ORDER BY seq DESC LIMIT 1")
APPEND = text(
    "INSERT INTO event (mailbox, mail_id, type, seq, at, body, prev, hash) "
    "VALUES (:mailbox, :mail_id, :type, :seq, :at, :body, :prev, :hash)"
)


def append_events(
    db: Connection, mailbox: str, now: datetime, facts: Sequence[tuple[int | None, str, dict[str, Any]]]
) -> None:
    """Append links to the mailbox's chain, inside the transaction of the change that they tell of."""
    if not facts:
        return
    last = db.execute(LAST, {"mailbox": mailbox}).first()
    seq, prev = (last.seq, last.hash) if last else (0, START)
    at = now.isoformat(timespec="microseconds")
    rows = []
    for mail_id, what, more in facts:
        seq += 1
        item = link(seq, at, {"type": what, "mail": mail_id, **more}, prev)
        prev = item.hash
        rows.append({"mailbox": mailbox, "mail_id": mail_id, "type": str(what), **item._asdict()})
    db.execute(APPEND, rows)
