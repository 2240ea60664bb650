"""Which order counts: a later word on an order stops its answer, and an approved one takes its place."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, text, update

from maildaemon.desk import MailState, Outcome, OutgoingState
from maildaemon.edge.events import append_events
from maildaemon.edge.tables import MAIL, ORDER, OUTGOING, RESERVATION
from maildaemon.model import OPEN, Action, Filing, Mode
from maildaemon.ordered import Sameness, Status

NOT_LEFT = (OutgoingState.READY, OutgoingState.HELD, OutgoingState.DRAFT)
QUESTIONS = {Sameness.CANCELLATION: "a cancellation", Sameness.REVISION: "a change"}
DECIDED = (MailState.REJECTED, MailState.NOT_AN_ORDER)
# A person who releases an answer knows of the later word; what has ended is answered by nobody any more.
OUTDATED = text(
    "SELECT coalesce(b.reference, o.reference) AS reference, coalesce(b.status, o.status) AS status FROM outgoing g "
    "JOIN purchase_order o ON o.mail_id = g.mail_id AND o.number IN (SELECT value FROM json_each(g.orders)) "
    "LEFT JOIN purchase_order b ON b.reference = o.concerns AND o.relation = 'resend' "
    "WHERE g.id = :id AND g.kind <> 'brief' AND (coalesce(b.status, o.status) IN ('superseded', 'cancelled') "
    "OR (NOT g.released AND coalesce(b.status, o.status) = 'questioned')) "
    "ORDER BY coalesce(b.status, o.status) = 'questioned', o.id LIMIT 1"
)
# The answer to its mail that speaks of the order, and the word that it came before.
SPEAKING = text(
    "SELECT g.id, g.mail_id, g.message_id, m.mailbox FROM outgoing g JOIN mail m ON m.id = g.mail_id "
    "JOIN purchase_order o ON o.mail_id = g.mail_id AND o.number IN (SELECT value FROM json_each(g.orders)) "
    "WHERE (o.id = :id OR (o.po_key = :po_key AND o.concerns = :reference AND o.relation = 'resend')) "
    "AND g.kind <> 'brief' AND g.state IN :states GROUP BY g.id ORDER BY g.id"
).bindparams(bindparam("states", expanding=True))


def outdated(db: Connection, outgoing_id: int) -> str | None:
    """Why a message speaks of an order that is not the current one any more, or None."""
    row = db.execute(OUTDATED, {"id": outgoing_id}).first()
    return _why(row.reference, Status(row.status)) if row is not None else None


def has_ended(db: Connection, outgoing_id: int) -> bool:
    """It speaks of an order that another one has replaced, or that is cancelled."""
    row = db.execute(OUTDATED, {"id": outgoing_id}).first()
    return row is not None and row.status != Status.QUESTIONED


def question(db: Connection, outcomes: Iterable[Outcome], now: datetime) -> None:
    """Changes and cancellations among what is just being written down: their order is questioned. Its answer, if that
    has not left yet, is not let out, whatever it waits for and however soon it would leave: it waits for a person. One
    that is under way is stopped before its final dot (see :func:`outdated`). The goods stay reserved."""
    for outcome in outcomes:
        if outcome.mode is Mode.SHADOW:
            continue
        for place, decided in enumerate(outcome.decision.orders):
            relation = decided.order.relation
            if outcome.again is not None and place not in outcome.again.orders:
                continue
            what = QUESTIONS.get(relation.how) if relation is not None else None
            if relation is None or what is None or decided.action is Action.IGNORE:
                continue
            if (row := _living(db, relation.reference)) is not None:
                by = db.scalar(select(ORDER.c.id).where(ORDER.c.reference == decided.reference))
                _mark(db, row.id, Status.QUESTIONED, by)
                _stop(db, row, f"{what} of {row.reference} came ({decided.reference})", now)


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
    if leaving := [one.message_id for one in _messages(db, row, (OutgoingState.COMMITTING,))]:
        facts["leaving"] = leaving  # at its final dot already: it may be sent all the same
    append_events(db, mailbox, now, [(row.mail_id, str(status), facts)])
    for message in _messages(db, row):
        withdraw(db, message, _why(row.reference, status), now)
    return True


def stand(db: Connection, order_id: int, by: str | None = None) -> bool:
    """A person has rejected what questioned the order, our reference ``by``: it counts as before, unless another mail
    questions it too. A stopped answer stays a draft."""
    row = db.execute(select(ORDER).where(ORDER.c.id == order_id)).first()
    if row is None or row.status != Status.QUESTIONED:
        return False
    other = select(ORDER.c.id).select_from(ORDER.join(MAIL, MAIL.c.id == ORDER.c.mail_id))
    other = other.where(
        ORDER.c.concerns == row.reference,
        ORDER.c.relation.in_(QUESTIONS),
        ORDER.c.action.in_(OPEN),
        ORDER.c.reference != (by or ""),
        MAIL.c.state.not_in(DECIDED),
        MAIL.c.filing.not_in([Filing.REJECTED, Filing.NOT_AN_ORDER]),
        MAIL.c.mode != Mode.SHADOW,
    )
    left = db.scalar(other.order_by(ORDER.c.id.desc()).limit(1))
    if left is not None:
        _mark(db, order_id, Status.QUESTIONED, left)
        return False
    _mark(db, order_id, Status.CURRENT, None)
    return True


def hand_over(db: Connection, mail_id: int) -> None:
    """The mail is a person's with all its orders: none of those that wait is decided again without one."""
    held = (ORDER.c.mail_id == mail_id, ORDER.c.action == Action.HOLD)
    db.execute(update(ORDER).where(*held).values(action=Action.REVIEW))


def has_open(db: Connection, mail_id: int) -> bool:
    """An order of the mail is still being checked."""
    here = (ORDER.c.mail_id == mail_id, ORDER.c.action.in_(OPEN))
    return db.scalar(select(ORDER.c.id).where(*here).limit(1)) is not None


def withdraw(db: Connection, message: Any, reason: str, now: datetime) -> None:
    """The message never leaves; its mail goes to a person, for it may speak of other orders. ``message``: a row of
    outgoing with the mailbox."""
    values: dict[str, Any] = {"state": OutgoingState.WITHDRAWN, "settled_at": now, "response": reason}
    db.execute(update(OUTGOING).where(OUTGOING.c.id == message.id).values(**values))
    mail = db.execute(select(MAIL.c.state).where(MAIL.c.id == message.mail_id)).one()
    values = {"action": Action.REVIEW, "filing": Filing.REVIEW, "reason": f"its answer was withdrawn: {reason}"}
    # Who decides on what was there before is told that it has changed.
    values["version"] = MAIL.c.version + 1
    if mail.state == MailState.HELD:
        values["state"] = MailState.REVIEW
    db.execute(update(MAIL).where(MAIL.c.id == message.mail_id).values(**values))
    hand_over(db, message.mail_id)
    facts = {"message": message.message_id, "why": reason}
    append_events(db, message.mailbox, now, [(message.mail_id, str(OutgoingState.WITHDRAWN), facts)])


def _living(db: Connection, reference: str) -> Any:
    here = (ORDER.c.reference == reference, ORDER.c.status.in_([Status.CURRENT, Status.QUESTIONED]))
    return db.execute(select(ORDER).where(*here)).first()


def _stop(db: Connection, order: Any, reason: str, now: datetime) -> None:
    for message in _messages(db, order):
        values: dict[str, Any] = {"state": OutgoingState.DRAFT, "released": False, "response": reason}
        db.execute(update(OUTGOING).where(OUTGOING.c.id == message.id).values(**values))
        values = {"filing": Filing.REVIEW, "mode": Mode.DRAFT, "reason": f"its answer was held back: {reason}"}
        values["version"] = MAIL.c.version + 1
        db.execute(update(MAIL).where(MAIL.c.id == message.mail_id).values(**values))
        facts = {"message": message.message_id, "why": reason}
        append_events(db, message.mailbox, now, [(message.mail_id, "held-back", facts)])


def _messages(db: Connection, order: Any, states: Sequence[OutgoingState] = NOT_LEFT) -> Sequence[Any]:
    """What was put out for the order, and is in one of these states."""
    of_order = {"id": order.id, "po_key": order.po_key, "reference": order.reference}
    return db.execute(SPEAKING, {**of_order, "states": [str(state) for state in states]}).all()


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
