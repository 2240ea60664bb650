"""Objections → Decision: what follows for each order, for the mail, and for its answer."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from maildaemon.again import repeats
from maildaemon.matrix import EVERYTHING, Row
from maildaemon.model import (
    ORDERS,
    Action,
    Decision,
    Filing,
    Kind,
    Objection,
    Order,
    OrderDecision,
    Reading,
    lowest,
    strictest,
)

UNDELIVERED, UNWRITTEN = "answer-was-delivered", "answer-can-be-written"

FILING = {
    Action.ACKNOWLEDGE: Filing.PROCESSED,
    Action.HOLD: Filing.STAY,
    Action.REVIEW: Filing.REVIEW,
    Action.ESCALATE: Filing.ESCALATED,
    Action.IGNORE: Filing.OTHER,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """An order, our reference for it, what speaks against it, the rules that are content, and its row of the matrix."""

    order: Order
    reference: str
    found: tuple[Objection, ...] = ()
    proved: tuple[str, ...] = ()
    row: Row = EVERYTHING


def plan(
    reading: Reading, judged: tuple[Judged, ...], of_mail: tuple[Objection, ...], no_answer: tuple[str, ...]
) -> Decision:
    """The decision about one mail. ``of_mail`` stands against every order in it; ``no_answer`` says why this mail is
    not answered: the orders are taken in all the same, these are two decisions."""
    if reading.kind not in ORDERS:
        return _no_order(reading)
    orders = tuple(_decided(one, of_mail) for one in judged)
    action = strictest([decided.action for decided in orders] or [Action.REVIEW])
    objections = (*of_mail, *(objection for decided in orders for objection in decided.objections))
    repeated = bool(orders) and all(repeats(one.order.relation, one.action) for one in orders)
    untold = repeated and any(one.order.relation is not None and not one.order.relation.told for one in orders)
    reply = not no_answer and (untold or any(decided.action is Action.ACKNOWLEDGE for decided in orders))
    return Decision(
        action=action,
        kind=reading.kind,
        orders=orders,
        objections=objections,
        no_answer=no_answer,
        reply=reply,
        # A repeated order is done with: it lies where the first one lies.
        filing=Filing.PROCESSED if repeated else FILING[action],
        reason=_why(action, objections, no_answer),
        mode=lowest(*(one.row.mode for one in judged)),
    )


def unreadable(reason: str, rule: str = "mail-can-be-read") -> Decision:
    """The decision about a mail that nobody could read: a person looks at it."""
    objection = Objection(None, rule, reason)
    return Decision(Action.REVIEW, Kind.OTHER, objections=(objection,), filing=Filing.REVIEW, reason=reason)


def bounced(decision: Decision, answers: Sequence[tuple[str, str]]) -> Decision:
    """The decision about a report that acknowledgements of ours, each a recipient and a subject, were not delivered:
    the client believes that nobody has answered, so a person looks."""
    objections = tuple(
        Objection(None, UNDELIVERED, f"the answer {subject!r} to {recipient} was not delivered")
        for recipient, subject in answers
    )
    reason = _why(Action.REVIEW, objections, ())
    return replace(decision, action=Action.REVIEW, objections=objections, filing=Filing.REVIEW, reason=reason)


def withheld(decision: Decision, reason: str) -> Decision:
    """The decision when its acknowledgement cannot be written: a person answers instead."""
    objections = (*decision.objections, Objection(None, UNWRITTEN, reason))
    orders = tuple(
        replace(decided, action=Action.REVIEW) if decided.action is Action.ACKNOWLEDGE else decided
        for decided in decision.orders
    )
    return replace(
        decision,
        action=strictest([Action.REVIEW, decision.action]),
        orders=orders,
        objections=objections,
        reply=False,
        filing=FILING[strictest([Action.REVIEW, decision.action])],
        reason=_why(Action.REVIEW, objections, ()),
    )


def approved(decision: Decision, fresh: Container[int], no_answer: tuple[str, ...], reason: str) -> Decision:
    """The decision as a person has it: the orders at these places are acknowledged, and what the rules had to say
    against them stays listed."""
    orders = tuple(
        replace(one, action=Action.ACKNOWLEDGE) if place in fresh else one for place, one in enumerate(decision.orders)
    )
    return replace(
        decision,
        action=strictest([one.action for one in orders]),
        kind=decision.kind if decision.kind in ORDERS else Kind.ORDER,
        orders=orders,
        no_answer=no_answer,
        reply=not no_answer,
        filing=Filing.PROCESSED,
        reason=reason,
    )


def refused(decision: Decision, places: Container[int], action: Action, filing: Filing, reason: str) -> Decision:
    """The decision as a person has it: of the orders at these places none is acknowledged."""
    orders = tuple(replace(one, action=action) if place in places else one for place, one in enumerate(decision.orders))
    left = any(one.action is Action.ACKNOWLEDGE for one in orders)
    return replace(decision, action=action, orders=orders, reply=decision.reply and left, filing=filing, reason=reason)


def _no_order(reading: Reading) -> Decision:
    """What is no order stays where it is; but where something was left unread, or only no word says that it is one, an
    order may hide in it."""
    if reading.kind in {Kind.OTHER, Kind.REPLY} and (reading.unread or reading.orderlike):
        unread = (Objection(None, "everything-was-read", f"not read: {unread}") for unread in reading.unread)
        perhaps = (
            Objection(None, "no-order-is-overlooked", f"nothing says that it is an order, but it may be one: {what}")
            for what in reading.orderlike
        )
        objections = (*unread, *perhaps)
        return Decision(
            Action.REVIEW,
            reading.kind,
            objections=objections,
            filing=Filing.REVIEW,
            reason=_why(Action.REVIEW, objections, ()),
        )
    return Decision(Action.IGNORE, reading.kind, filing=Filing.OTHER, reason=reading.kind_reason)


def _decided(judged: Judged, of_mail: tuple[Objection, ...]) -> OrderDecision:
    objections = tuple(one for one in judged.found if not one.warns)
    return OrderDecision(
        _action(objections, of_mail),
        judged.reference,
        judged.order,
        objections,
        judged.proved,
        team=judged.row.team,
        accepts=judged.row.commits == "acceptance",
        channel=judged.row.channel_of(judged.order),
        warnings=tuple(one for one in judged.found if one.warns),
    )


def _action(objections: tuple[Objection, ...], of_mail: tuple[Objection, ...]) -> Action:
    return strictest([objection.then for objection in (*objections, *of_mail)] or [Action.ACKNOWLEDGE])


def _why(action: Action, objections: tuple[Objection, ...], no_answer: tuple[str, ...]) -> str:
    if objections:
        more = f" (and {len(objections) - 1} more)" if len(objections) > 1 else ""
        return objections[0].reason + more
    if no_answer:
        return f"taken in, not answered: {no_answer[0]}"
    return "everything was proved" if action is Action.ACKNOWLEDGE else ""
