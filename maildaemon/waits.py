"""What of a mail waits for a person: which of its orders, which of its answers."""

from collections.abc import Collection, Sequence

from maildaemon.desk import MailState, OutgoingState
from maildaemon.model import Action, Decision, Filing, OrderDecision
from maildaemon.plan import FILING, of_orders
from maildaemon.word import Case, Refused, What, Word, Written

WAITS = frozenset({OutgoingState.DRAFT, OutgoingState.HELD})
GONE = frozenset({OutgoingState.WITHDRAWN, OutgoingState.FAILED})
RULED = frozenset({Filing.REJECTED, Filing.NOT_AN_ORDER})
STOPPED = frozenset({Filing.REVIEW, Filing.ESCALATED})


def waits(case: Case) -> bool:
    """Is there anything for a person to decide?"""
    if case.state in {MailState.REVIEW, MailState.HELD}:
        return True
    held = any(one.state in WAITS for one in case.answers)
    return case.state == MailState.DECIDED and (case.filing in STOPPED or held)


def live(case: Case) -> tuple[Written, ...]:
    """The answers that have left, or are about to: what they say is said."""
    return tuple(one for one in case.answers if one.state not in WAITS | GONE)


def said_in(case: Case) -> frozenset[int]:
    """The places of the orders that these speak of."""
    return frozenset(place for one in live(case) for place in one.orders)


def ended(case: Case) -> frozenset[int]:
    """The places of the orders that a later one has superseded or cancelled."""
    return frozenset(place for place, one in enumerate(case.decision.orders) if one.reference in case.ended)


def left(case: Case, orders: Sequence[OrderDecision]) -> tuple[int, ...]:
    """The places of the orders that a person can decide on still. One that was acknowledged, and whose answer has not
    left, is among them; one that was taken in without an answer, that has ended, or that a person has decided on apart
    from the others, is not. Where a person has ruled on the mail as a whole, it is as it was before."""
    over = said_in(case) | ended(case)
    again, owed = case.filing in RULED, not case.decision.no_answer
    return tuple(
        place
        for place, one in enumerate(orders)
        if place not in over and (again or one.is_open or (owed and one.action is Action.ACKNOWLEDGE))
        if not (again and one.action is Action.IGNORE and case.filing is not Filing.NOT_AN_ORDER)
    )


def meant(case: Case, word: Word, orders: Sequence[OrderDecision]) -> tuple[int, ...]:
    """The places of the orders that the word is about, of those that are left. Raises Refused where it names another
    one."""
    open_ = left(case, orders)
    if word.orders is None:
        return open_
    for place in word.orders:
        if place >= len(orders):
            count = len(orders)
            raise Refused(f"there is no order {place + 1} in it: it has {count}" if count else "it has no orders")
        if place in open_:
            continue
        one = orders[place]
        if place in said_in(case):
            raise Refused(f"order {place + 1} was acknowledged already, to {live(case)[-1].recipient}")
        if place in ended(case):
            raise Refused(f"the order {one.reference} has been superseded or cancelled by a later one")
        if one.said is not None and word.version is None:
            raise Refused(f"order {place + 1} was {What(one.said).past} already")
        if one.said is None:
            raise Refused(f"order {place + 1} does not wait for a person: it was decided to {one.action} it")
    return word.orders


def taken_back(case: Case, word: Word, places: Collection[int]) -> tuple[int, ...]:
    """The answers that are taken back when these orders are decided otherwise, by their ids: what waited to be sent and
    what could not be delivered. Where the word is about all that waits, a word without detail is taken back too."""
    there = [one for one in case.answers if one.state in WAITS or one.state == OutgoingState.FAILED]
    if word.orders is not None:
        return tuple(one.id for one in there if set(one.orders) & set(places))
    return tuple(one.id for one in (*there, *case.briefs) if one.state in WAITS or one.state == OutgoingState.FAILED)


def unsaid(case: Case, places: Collection[int], withdrawn: Collection[int]) -> tuple[int, ...]:
    """The other orders that were acknowledged, and of which no answer speaks any more."""
    kept = {place for one in case.answers if one.state in WAITS and one.id not in withdrawn for place in one.orders}
    orders = case.decision.orders
    rest = (place for place in left(case, orders) if place not in kept and place not in places)
    return tuple(place for place in rest if orders[place].action is Action.ACKNOWLEDGE)


def home(case: Case, decision: Decision, withdrawn: Collection[int], *, done: Filing) -> Filing:
    """Where the mail lies when this is decided: while any order of it waits, or an answer, with the strictest of them;
    else where it is ``done``."""
    kept = any(one.state in WAITS and one.id not in withdrawn for one in case.answers)
    if not any(one.is_open for one in decision.orders):
        return Filing.REVIEW if kept else done
    filing = FILING[of_orders(decision.orders)]
    if filing in STOPPED:
        return filing
    # What only waits stays where it lies.
    return Filing.REVIEW if kept or case.filing in STOPPED else Filing.STAY
