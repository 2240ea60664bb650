"""Approving: what follows when a person lets orders be acknowledged, as they were read or corrected."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from maildaemon import identity, reply
from maildaemon.correcting import WrongCorrection, corrected
from maildaemon.decide import author
from maildaemon.desk import Note
from maildaemon.house import House
from maildaemon.manners import no_answer
from maildaemon.match import clashes, questions, repeats
from maildaemon.model import (
    ORDERS,
    Action,
    Decision,
    Filing,
    Kind,
    Known,
    Mail,
    Objection,
    Order,
    OrderDecision,
    OrderSeen,
    Promise,
    Reading,
    SupplyState,
)
from maildaemon.outcome import note, traffic, written
from maildaemon.plan import approved, speaking, unanswered
from maildaemon.promise import promise
from maildaemon.shipping import Shipping
from maildaemon.waits import STOPPED, WAITS, ended, home, live, meant, taken_back, unsaid
from maildaemon.word import Case, Refused, Ruling, What, Word, numbers

APPROVING = frozenset({What.APPROVE, What.CORRECT})
SUPPLY = tuple(SupplyState)
"""From the best to the worst."""
MEANWHILE, AS_SHOWN = "not-acknowledged-meanwhile", "stock-is-as-shown"


class Changed(Exception):  # noqa: N818
    """What the person saw is so no more: ``decision`` is what is to be shown instead."""

    def __init__(self, reason: str, decision: Decision) -> None:
        super().__init__(reason)
        self.decision = decision


@dataclass(frozen=True, slots=True)
class Ground:
    """What a ruling rests on: what is known now for each order, the orders of other mails among it, and the time."""

    now: datetime
    token: str | None
    known: tuple[Known, ...] = ()
    shipping: Shipping | None = None


def orders_of(case: Case, word: Word) -> tuple[OrderDecision, ...]:
    """The mail's orders; where none was read, a correction says what is ordered."""
    if case.decision.orders or word.what is not What.CORRECT:
        return case.decision.orders
    return (OrderDecision(Action.REVIEW, "", Order()),)


def releases(case: Case, word: Word) -> bool:
    """Everything that the word is about is written already, and waits to be let go."""
    orders = orders_of(case, word)
    places = meant(case, word, orders)
    waiting = _waiting(case, word, places)
    covered = {place for one in waiting for place in one}
    return bool(waiting) and not any(orders[place].is_open for place in places) and covered == set(places)


def _waiting(case: Case, word: Word, places: Sequence[int]) -> list[frozenset[int]]:
    """Of which orders those answers speak that wait, and that the word is about."""
    those = [frozenset(one.orders) for one in case.answers if one.state in WAITS]
    return those if word.orders is None else [one for one in those if one & set(places)]


def approve(case: Case, word: Word, ground: Ground, house: House) -> Ruling:
    """Raises Refused, Changed, and WrongCorrection for values that cannot be."""
    places = meant(case, word, orders_of(case, word))
    if case.reading is None:
        raise Refused("it could not be read: there is no order to approve, and no address to answer to")
    if not places:
        if over := [case.decision.orders[place] for place in sorted(ended(case))]:
            raise Refused(f"the order {over[0].reference} has been superseded or cancelled by a later one")
        if live(case):
            raise Refused(f"it was acknowledged already, to {live(case)[-1].recipient}")
        raise Refused("no order was read in it: correct it, or say what it is")
    mail = case.reading.mail
    decision, changed = _as_wished(case, case.reading, word, ground, house, places)
    decision = _as_known(case, decision, places, ground, mail, changed)
    kind = decision.kind if decision.kind in ORDERS else Kind.ORDER
    silent = no_answer(mail, kind, house.stand.own_domains, house.stand.own_addresses)
    if mail.sender is None:
        raise Refused("it has no sender that could be answered")
    withdrawn = taken_back(case, word, places)
    decision = unanswered(decision, unsaid(case, places, withdrawn))
    ruled = approved(decision, frozenset(places), silent, reason(case, word), word.what)
    filing = home(case, ruled, withdrawn, done=Filing.PROCESSED)
    # One message names what it acknowledges: what has left in an earlier one is not said again.
    told = speaking(ruled, places)
    answer = None
    if ruled.reply:
        try:
            answer = written(house, case.content, told, mail, ground.token, ground.now, len(case.answers))
        except reply.CannotAnswer as error:
            raise Refused(f"the answer cannot be written: {error}") from None
    return Ruling(
        word=word,
        version=case.version,
        decision=replace(ruled, filing=filing),
        questions=tuple(questions(one.order, mail, author(case.reading)) for one in ruled.orders),
        fresh=tuple(places),
        reply=answer,
        note=beside(case, ruled, ground, house, filing),
        filing=filing,
        changed=changed,
        withdrawn=withdrawn,
        traffic=traffic(told),
    )


def beside(case: Case, decision: Decision, ground: Ground, house: House, filing: Filing) -> Note | None:
    """The note that tells how the mail stands now, where an order of it waits for a person still."""
    if case.reading is None or filing not in STOPPED or not any(one.is_open for one in decision.orders):
        return None
    mail = case.reading.mail
    return note(house, case.content, decision, mail, ground.now, version=case.version, mail_id=case.mail_id)


def reason(case: Case, word: Word) -> str:
    """Who has said what, over how many objections, and why."""
    some = word.orders is not None
    objections = [one for one in case.decision.objections if not some or one.order in {None, *(word.orders or ())}]
    over = len(objections)
    against = f", over {over} objection{'s' if over > 1 else ''}" if over and word.what in APPROVING else ""
    why = f": {word.reason}" if word.reason else ""
    which = f"{numbers(word.orders)} " if word.orders is not None and len(case.decision.orders) > 1 else ""
    return f"{which}{word.what.past} by {word.actor}{against}{why}"


def _as_wished(
    case: Case, reading: Reading, word: Word, ground: Ground, house: House, places: Sequence[int]
) -> tuple[Decision, tuple[str, ...]]:
    """The decision with the corrected values in it."""
    orders = list(orders_of(case, word))
    changed: list[str] = []
    who = author(reading)
    for place, wished in sorted((word.wished or {}).items()):
        if place >= len(orders):
            raise WrongCorrection(f"orders[{place}]: there is no such order; it has {len(orders)}, counted from 0")
        known = ground.known[place] if place < len(ground.known) else Known()
        order, fields = corrected(orders[place].order, wished, f"orders[{place}]", known, reading.mail, who, word.actor)
        if fields and place not in places:
            why = (
                "is not the one that is named"
                if word.orders is not None
                else "was acknowledged already, as it was read"
            )
            raise Refused(f"order {place + 1} {why}")
        changed += fields
        orders[place] = replace(orders[place], order=order)
    if word.what is What.CORRECT and not changed:
        raise WrongCorrection("nothing is corrected: every value is as it was read; approve it instead")
    named = (
        replace(one, reference=one.reference or identity.reference(house.stand.secret, case.content, place))
        for place, one in enumerate(orders)
    )
    return replace(case.decision, orders=tuple(named)), tuple(changed)


def _as_known(
    case: Case, decision: Decision, places: Sequence[int], ground: Ground, mail: Mail, changed: Sequence[str]
) -> Decision:
    """With today's promise. Raises Refused for an order that cannot be acknowledged by anybody, Changed where an equal
    order was acknowledged, or goods have gone, since the person last saw it."""
    orders, news = list(decision.orders), list[Objection]()
    own = {each.reference for each in decision.orders}
    for place in places:
        one = orders[place]
        # A cancellation may name no more than a PO number.
        bare = not any(line.quantity is not None for line in one.order.lines)
        if bare and decision.kind is not Kind.CANCELLATION:
            raise Refused("no line with a quantity was read in it: correct it, or say what it is")
        known = ground.known[place] if place < len(ground.known) else Known()
        known = replace(known, reserved=tuple(each for each in known.reserved if each.reference not in own))
        fresh = [Objection(place, MEANWHILE, reason) for reason in _acknowledged(one, known.seen, case, mail)]
        # Where nobody was asked and our own tables know nothing of the goods, what was said of them stands.
        if ground.shipping is not None and (known.stock or known.facts):
            before, now = one.order.promise, promise(one.order, known, ground.shipping)
            one = replace(one, order=replace(one.order, promise=now))
            if before is not None and not any(name.startswith(f"orders[{place}]") for name in changed):
                fresh += [Objection(place, AS_SHOWN, reason) for reason in _gone(before, now)]
        orders[place] = replace(one, objections=(*one.objections, *fresh))
        news += fresh
    decision = replace(decision, orders=tuple(orders))
    if news:
        shown = replace(decision, objections=(*decision.objections, *news))
        raise Changed(f"{news[0].reason}: look again", shown)
    return decision


def _acknowledged(one: OrderDecision, seen: tuple[OrderSeen, ...], case: Case, mail: Mail) -> Iterator[str]:
    """Equal orders of other mails, acknowledged since the person last saw this one."""
    others = tuple(each for each in seen if each.message != case.content and each.action is Action.ACKNOWLEDGE)
    equal = {each.reference for each in repeats(one.order, others, mail.sender)}
    equal |= {each.reference for each, _ in clashes(one.order, others, mail.sender)}
    then = {each.reference for known in case.known for each in known.seen if each.action is Action.ACKNOWLEDGE}
    told = " ".join(objection.reason for objection in one.objections if objection.rule == MEANWHILE)
    for reference in sorted(equal - then):
        if reference not in told:
            yield f"an order with the same number or content was acknowledged meanwhile, as {reference}"


def _gone(before: Promise, now: Promise) -> Iterator[str]:
    """Lines whose goods were there when the person saw them, and are there no more."""
    for number, (then, today) in enumerate(zip(before.lines, now.lines, strict=False), 1):
        if SUPPLY.index(today.state) > SUPPLY.index(then.state):
            yield f"line {number}: it was {then.state} and is {today.state} now ({today.why})"
