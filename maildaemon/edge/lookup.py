"""Decisions of the past by mail, reference or PO number, out of a ledger that is only read."""

import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import DBAPIError

from maildaemon.edge import database
from maildaemon.edge.database import LedgerError
from maildaemon.edge.tables import DECISION, GROUND, MAIL, ORDER, OUTGOING
from maildaemon.identity import po_key
from maildaemon.model import Decision, Known
from maildaemon.stand import Ground

MOST = 20
NUMBER = re.compile(r"([MAma]?)([0-9]{1,18})", re.ASCII)
"""A mail's number (M12, or 12), or an answer's (A7), as `review list` shows them."""
_known = msgspec.json.Decoder(tuple[Known, ...]).decode
_decision = msgspec.json.Decoder(Decision).decode
_ground = msgspec.json.Decoder(Ground).decode


@dataclass(frozen=True, slots=True)
class Told:
    """What the ledger tells of a mail and its decision. ``answers`` are the states of what was to be sent for it."""

    mail_id: int
    mailbox: str
    sender: str | None
    subject: str | None
    received_at: datetime
    state: str
    mode: str | None
    profile: str | None
    playbook: str
    decision: Decision
    answers: tuple[str, ...]
    ground: Ground | None = None
    known: tuple[Known, ...] = ()


def told(path: Path, what: str) -> tuple[Told, ...]:
    """The mails that are meant, the latest first. Raises LedgerError."""
    named = select(ORDER.c.mail_id).where(or_(ORDER.c.reference == what, ORDER.c.po_key == po_key(what)))
    meant: list[ColumnElement[bool]] = [MAIL.c.id.in_(named)]
    if (number := NUMBER.fullmatch(what)) is not None:
        if number[1] in "Aa" and number[1]:
            meant.append(MAIL.c.id.in_(select(OUTGOING.c.mail_id).where(OUTGOING.c.id == int(number[2]))))
        else:
            meant.append(MAIL.c.id == int(number[2]))
    with database.snapshot(path) as db:
        try:
            joined = MAIL.join(DECISION, DECISION.c.mail_id == MAIL.c.id)
            joined = joined.outerjoin(GROUND, GROUND.c.mail_id == MAIL.c.id)
            # As a person has left it, where one has had a hand in it.
            stands = func.coalesce(DECISION.c.ruled, DECISION.c.data).label("data")
            query = (
                select(MAIL, stands, DECISION.c.known, DECISION.c.playbook, GROUND.c.data.label("ground"))
                .select_from(joined)
                .where(or_(*meant))
            )
            rows = db.execute(query.order_by(MAIL.c.id.desc()).limit(MOST)).all()
            states = select(OUTGOING.c.state).order_by(OUTGOING.c.id)
            return tuple(
                Told(
                    row.id, row.mailbox, row.sender, row.subject, row.received_at, row.state, row.mode, row.profile,
                    row.playbook, _decision(zlib.decompress(row.data)),
                    tuple(db.scalars(states.where(OUTGOING.c.mail_id == row.id))),
                    _ground(zlib.decompress(row.ground)) if row.ground is not None else None,
                    _known(zlib.decompress(row.known)),
                )
                for row in rows
            )  # fmt: skip
        except (msgspec.MsgspecError, zlib.error) as error:
            raise LedgerError(f"{path}: a decision cannot be read: {str(error)[:200]}") from None
        except DBAPIError as error:
            raise LedgerError(f"{path}: the ledger cannot be read: {str(error.orig)[:200]}") from None
