"""Objections → Decision: what follows for each order, for the mail, and for its answer."""

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, replace

from maildaemon.again import repeats
from maildaemon.matrix import EVERYTHING, Row
from maildaemon.model import (
    OPEN,
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

UNDELIVERED, UNWRITTEN, UNREAD = "answer-was-delivered", "answer-can-be-written", "mail-can-be-read"
UNANSWERED = "answer-is-on-its-way"

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


def unreadable(reason: str, rule: str = UNREAD) -> Decision:
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


def withheld(decision: Decision, reason: str, places: Collection[int] | None = None) -> Decision:
    """The decision when its acknowledgement cannot be written: a person answers instead. ``places``: the orders that it
    was to speak of, where others were answered before; None: all of them."""
    why = [Objection(place, UNWRITTEN, reason) for place in places or ()] or [Objection(None, UNWRITTEN, reason)]
    objections = (*decision.objections, *why)
    orders = tuple(
        replace(decided, action=Action.REVIEW)
        if decided.action is Action.ACKNOWLEDGE and (places is None or place in places)
        else decided
        for place, decided in enumerate(decision.orders)
    )
    return replace(
        decision,
        action=strictest([Action.REVIEW, decision.action]),
        orders=orders,
        objections=objections,
        reply=any(decided.action is Action.ACKNOWLEDGE for decided in orders),
        filing=FILING[strictest([Action.REVIEW, decision.action])],
        reason=_why(Action.REVIEW, objections, ()),
    )


# --- each order for itself --------------------------------------------------------------------------------------------


def told(decision: Decision) -> tuple[int, ...]:
    """The places of the orders that the decision's own answer speaks of: those that are acknowledged, or else all, for
    they came before."""
    if not decision.reply:
        return ()
    places = tuple(range(len(decision.orders)))
    return tuple(place for place in places if decision.orders[place].action is Action.ACKNOWLEDGE) or places


def speaking(decision: Decision, places: Container[int]) -> Decision:
    """The decision as an answer sees it that speaks of the orders at these places: with them, those that are still
    being checked, and nothing of what was said in another answer, or was rejected."""
    orders = (one for place, one in enumerate(decision.orders) if place in places or one.is_open)
    return replace(decision, orders=tuple(orders))


def resumed(before: Decision, fresh: Decision, places: Collection[int]) -> Decision:
    """The decision of a mail that waited: the orders at these places as they are decided now, the others as they were.
    Each order follows its own, and the mail the strictest of them."""
    if len(places) == len(before.orders) == len(fresh.orders):
        return fresh
    pairs = zip(before.orders, fresh.orders, strict=True)
    orders = tuple(now if place in places else then for place, (then, now) in enumerate(pairs))
    of_mail = (one for one in fresh.objections if one.order is None)
    objections = (*of_mail, *(one for decided in orders for one in decided.objections))
    action = of_orders(orders)
    acknowledged = any(orders[place].action is Action.ACKNOWLEDGE for place in places)
    return replace(
        fresh,
        action=action,
        orders=orders,
        objections=objections,
        reply=before.reply or (acknowledged and not fresh.no_answer),
        filing=FILING[action],
        reason=_why(action, objections, fresh.no_answer),
        brief=None,
    )


def stopped(before: Decision, reason: str) -> Decision:
    """The decision of a mail that waited, and cannot be decided again: what waited is a person's."""
    why = Objection(None, UNREAD, reason)
    orders = tuple(replace(one, action=Action.REVIEW) if one.action is Action.HOLD else one for one in before.orders)
    action = of_orders(orders)
    objections = (why, *before.objections)
    return replace(
        before, action=action, orders=orders, objections=objections, filing=FILING[action], reason=reason, brief=None
    )


def of_orders(orders: Sequence[OrderDecision]) -> Action:
    """The mail's action: the strictest of its orders', those apart that a person has rejected; of nothing else it is a
    review."""
    return strictest([one.action for one in orders if one.said is None or one.action not in OPEN] or [Action.REVIEW])


def approved(
    decision: Decision, fresh: Container[int], no_answer: tuple[str, ...], reason: str, what: str = ""
) -> Decision:
    """The decision as a person has it: the orders at these places are acknowledged, and what the rules had to say
    against them stays listed. ``what`` is the word by which they are. The others follow their own."""
    orders = tuple(
        replace(one, action=Action.ACKNOWLEDGE, said=what or None) if place in fresh else one
        for place, one in enumerate(decision.orders)
    )
    action = of_orders(orders)
    return replace(
        decision,
        action=action,
        kind=decision.kind if decision.kind in ORDERS else Kind.ORDER,
        orders=orders,
        no_answer=no_answer,
        reply=not no_answer,
        filing=FILING[action],
        reason=reason,
    )


def refused(decision: Decision, places: Container[int], action: Action, reason: str, what: str) -> Decision:
    """The decision as a person has it: of the orders at these places none is acknowledged. ``what`` is the word by
    which they are not. The others follow their own."""
    orders = tuple(
        replace(one, action=action, said=what) if place in places else one for place, one in enumerate(decision.orders)
    )
    left = any(one.action is Action.ACKNOWLEDGE for one in orders)
    of_mail = of_orders(orders) if orders else action
    return replace(
        decision,
        action=of_mail,
        orders=orders,
        reply=decision.reply and left,
        filing=FILING[of_mail],
        reason=reason,
    )


def unanswered(decision: Decision, places: Collection[int]) -> Decision:
    """The decision when the answer is taken back, or was lost, that was to acknowledge these orders: they wait for a
    person."""
    if not places:
        return decision
    said = "its answer was taken back, or lost, with that to another order"
    why = {place: Objection(place, UNANSWERED, said) for place in places}
    orders = tuple(
        replace(one, action=Action.REVIEW, said=None, objections=(*one.objections, why[place])) if place in why else one
        for place, one in enumerate(decision.orders)
    )
    return replace(decision, orders=orders, objections=(*decision.objections, *why.values()))


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
