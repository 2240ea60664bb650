"""Which order counts: a later word on an order stops its answer, and an approved one takes its place."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, text, update

from maildaemon.desk import BRIEF, MailState, Outcome, OutgoingState
from maildaemon.edge.events import append_events
from maildaemon.edge.tables import MAIL, ORDER, OUTGOING, RESERVATION
from maildaemon.model import Action, Filing, Mode
from maildaemon.ordered import Sameness, Status

NOT_LEFT = (OutgoingState.READY, OutgoingState.HELD, OutgoingState.DRAFT)
WAITS = (OutgoingState.HELD, OutgoingState.DRAFT)
# A person who releases an answer knows of the later word; what has ended is answered by nobody any more.
OUTDATED = text(
    "SELECT coalesce(b.reference, o.reference) AS reference, coalesce(b.status, o.status) AS status FROM outgoing g "
    "JOIN purchase_order o ON o.mail_id = g.mail_id "
    "LEFT JOIN purchase_order b ON b.reference = o.concerns AND o.relation = 'resend' "
    "WHERE g.id = :id AND g.kind <> 'brief' AND (coalesce(b.status, o.status) IN ('superseded', 'cancelled') "
    "OR (NOT g.released AND coalesce(b.status, o.status) = 'questioned')) ORDER BY o.id LIMIT 1"
)


def outdated(db: Connection, outgoing_id: int) -> str | None:
    """Why a message speaks of an order that is not the current one any more, or None."""
    row = db.execute(OUTDATED, {"id": outgoing_id}).first()
    return _why(row.reference, Status(row.status)) if row is not None else None


def has_ended(db: Connection, outgoing_id: int) -> bool:
    """It speaks of an order that another one has replaced, or that is cancelled."""
    row = db.execute(OUTDATED, {"id": outgoing_id}).first()
    return row is not None and row.status != Status.QUESTIONED


def question(db: Connection, outcomes: Iterable[Outcome], now: datetime) -> None:
    """Changes and cancellations among what is just being written down. A cancellation stops the answer to its order, if
    that has not left yet: it waits for a person. A change stops one that waits already; one that is about to leave says
    rightly what the earlier mail said. The goods stay reserved."""
    for outcome in outcomes:
        if outcome.mode is Mode.SHADOW:
            continue
        for decided in outcome.decision.orders:
            relation = decided.order.relation
            if relation is None or decided.action is Action.IGNORE:
                continue
            if relation.how is Sameness.CANCELLATION and (row := _current(db, relation.reference)) is not None:
                by = db.scalar(select(ORDER.c.id).where(ORDER.c.reference == decided.reference))
                _mark(db, row.id, Status.QUESTIONED, by)
                _stop(db, row, NOT_LEFT, f"a cancellation of {row.reference} came ({decided.reference})", now)
            elif relation.how is Sameness.REVISION and (row := _current(db, relation.reference)) is not None:
                _stop(db, row, WAITS, f"a change of {row.reference} came ({decided.reference})", now)


def end(db: Connection, order_id: int, by: int | None, status: Status, now: datetime) -> bool:
    """A person has approved the order ``by``: the earlier one is superseded or cancelled. Its reservations are
    released, and an answer to it that has not left is withdrawn. False: there is no such order, or it had ended."""
    row = db.execute(select(ORDER).where(ORDER.c.id == order_id)).first()
    if row is None or row.status not in {Status.CURRENT, Status.QUESTIONED}:
        return False
    _mark(db, order_id, status, by)
    released = db.execute(delete(RESERVATION).where(RESERVATION.c.order_id == order_id)).rowcount
    mailbox = db.scalar(select(MAIL.c.mailbox).where(MAIL.c.id == row.mail_id)) or ""
    facts = {"order": row.reference, "by": _reference(db, by), "reservations": released}
    append_events(db, mailbox, now, [(row.mail_id, str(status), facts)])
    for message in _messages(db, row):
        withdraw(db, message, _why(row.reference, status), now)
    return True


def stand(db: Connection, order_id: int) -> bool:
    """A person has rejected what questioned the order: it counts as before. A stopped answer stays a draft."""
    here = (ORDER.c.id == order_id, ORDER.c.status == Status.QUESTIONED)
    values = {"status": Status.CURRENT, "changed_by": None}
    return bool(db.execute(update(ORDER).where(*here).values(**values)).rowcount)


def withdraw(db: Connection, message: Any, reason: str, now: datetime) -> None:
    """The message never leaves; its mail goes to a person, for it may hold other orders. ``message``: a row of
    outgoing with the mailbox."""
    values: dict[str, Any] = {"state": OutgoingState.WITHDRAWN, "settled_at": now, "response": reason}
    db.execute(update(OUTGOING).where(OUTGOING.c.id == message.id).values(**values))
    mail = db.execute(select(MAIL.c.state).where(MAIL.c.id == message.mail_id)).one()
    values = {"action": Action.REVIEW, "filing": Filing.REVIEW, "reason": f"its answer was withdrawn: {reason}"}
    if mail.state == MailState.HELD:
        values["state"] = MailState.REVIEW
    db.execute(update(MAIL).where(MAIL.c.id == message.mail_id).values(**values))
    facts = {"message": message.message_id, "why": reason}
    append_events(db, message.mailbox, now, [(message.mail_id, str(OutgoingState.WITHDRAWN), facts)])


def _current(db: Connection, reference: str) -> Any:
    here = (ORDER.c.reference == reference, ORDER.c.status == Status.CURRENT)
    return db.execute(select(ORDER).where(*here)).first()


def _stop(db: Connection, order: Any, states: Sequence[OutgoingState], reason: str, now: datetime) -> None:
    for message in _messages(db, order, states):
        values: dict[str, Any] = {"state": OutgoingState.DRAFT, "released": False, "response": reason}
        db.execute(update(OUTGOING).where(OUTGOING.c.id == message.id).values(**values))
        values = {"filing": Filing.REVIEW, "mode": Mode.DRAFT, "reason": f"its answer was held back: {reason}"}
        db.execute(update(MAIL).where(MAIL.c.id == message.mail_id).values(**values))
        facts = {"message": message.message_id, "why": reason}
        append_events(db, message.mailbox, now, [(message.mail_id, "held-back", facts)])


def _messages(db: Connection, order: Any, states: Sequence[OutgoingState] = NOT_LEFT) -> Sequence[Any]:
    """What was put out for the order and has not left: the answer to its mail, and the word that it came before."""
    repeating = select(ORDER.c.mail_id).where(
        ORDER.c.po_key == order.po_key, ORDER.c.concerns == order.reference, ORDER.c.relation == Sameness.RESEND
    )
    columns = (OUTGOING.c.id, OUTGOING.c.mail_id, OUTGOING.c.message_id, MAIL.c.mailbox)
    query = select(*columns).select_from(OUTGOING.join(MAIL, MAIL.c.id == OUTGOING.c.mail_id))
    mine = (OUTGOING.c.mail_id == order.mail_id) | OUTGOING.c.mail_id.in_(repeating)
    mine = mine & (OUTGOING.c.kind != BRIEF)
    return db.execute(query.where(mine, OUTGOING.c.state.in_(states)).order_by(OUTGOING.c.id)).all()


def _mark(db: Connection, order_id: int, status: Status, by: int | None) -> None:
    db.execute(update(ORDER).where(ORDER.c.id == order_id).values(status=status, changed_by=by))


def _reference(db: Connection, order_id: int | None) -> str | None:
    return db.scalar(select(ORDER.c.reference).where(ORDER.c.id == order_id)) if order_id is not None else None


def _why(reference: str, status: Status) -> str:
    said = {
        Status.SUPERSEDED: "has been superseded by a later one",
        Status.CANCELLED: "has been cancelled",
    }
    return f"the order {reference} {said.get(status, 'is questioned by a later mail')}"
