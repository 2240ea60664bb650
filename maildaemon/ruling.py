"""What a person's word does to a mail that waits: a value, to be written down in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from maildaemon import identity, reply
from maildaemon.correcting import WrongCorrection, corrected
from maildaemon.decide import author
from maildaemon.desk import MailState, OutgoingState
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
    Mode,
    Objection,
    Order,
    OrderDecision,
    OrderSeen,
    Promise,
    Reading,
    SupplyState,
)
from maildaemon.outcome import note, traffic, written
from maildaemon.plan import FILING, approved, refused
from maildaemon.promise import promise
from maildaemon.shipping import Shipping
from maildaemon.word import Case, Ruling, Via, What, Word

OPEN = frozenset({Action.HOLD, Action.REVIEW, Action.ESCALATE})
WAITS = frozenset({OutgoingState.DRAFT, OutgoingState.HELD})
GONE = frozenset({OutgoingState.WITHDRAWN, OutgoingState.FAILED})
RULED = frozenset({Filing.REJECTED, Filing.NOT_AN_ORDER})
STOPPED = frozenset({Filing.REVIEW, Filing.ESCALATED})
APPROVING = frozenset({What.APPROVE, What.CORRECT})
SUPPLY = tuple(SupplyState)
"""From the best to the worst."""
MEANWHILE, AS_SHOWN = "not-acknowledged-meanwhile", "stock-is-as-shown"


class Refused(Exception):  # noqa: N818
    """Why a word is not followed, in one plain line."""


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


def waits(case: Case) -> bool:
    """Is there anything for a person to decide?"""
    if case.state in {MailState.REVIEW, MailState.HELD}:
        return True
    held = any(one.state in WAITS for one in case.answers)
    return case.state == MailState.DECIDED and (case.filing in STOPPED or held)


def orders_of(case: Case, word: Word) -> tuple[OrderDecision, ...]:
    """The orders that the word is about; where none was read, a correction says what is ordered."""
    if case.decision.orders or word.what is not What.CORRECT:
        return case.decision.orders
    return (OrderDecision(Action.REVIEW, "", Order()),)


def rule(case: Case, word: Word, ground: Ground, house: House) -> Ruling:
    """The word's consequences, refusal included. Raises WrongCorrection for values that cannot be."""
    try:
        _admit(case, word, house)
        if case.ended and word.what in {*APPROVING, What.RELEASE}:
            raise Refused(f"the order {case.ended[0]} has been superseded or cancelled by a later one")
        if word.what in APPROVING:
            return _approve(case, word, ground, house)
        if word.what is What.RELEASE:
            return _release(case, word)
        if word.what is What.REREAD:
            return _reread(case, word)
        return _reject(case, word)
    except Refused as why:
        return refusal(case, word, str(why), ground, house)
    except Changed as why:
        return refusal(case, word, str(why), ground, house, why.decision)


def refusal(case: Case, word: Word, why: str, ground: Ground, house: House, decision: Decision | None = None) -> Ruling:
    """Nothing is done. What has changed is stored and shown; a mail that was moved to say it goes back to where it
    belongs, with a note that says why."""
    ruling = Ruling(word, case.version, refused=why, shown=decision is not None, decision=decision)
    if decision is None and word.via is not Via.FOLDER:
        return ruling
    shown = decision or case.decision
    mail = case.reading.mail if case.reading is not None else _unread(case)
    beside = note(
        house, case.content, shown, mail, ground.now, version=case.version, refused=why, settled=not waits(case)
    )
    filing = case.filing
    if waits(case):
        filing = FILING[shown.action] if FILING[shown.action] in STOPPED else Filing.REVIEW
    return replace(ruling, note=beside, filing=filing)


def _unread(case: Case) -> Mail:
    return Mail(sha256=case.content or "none", size=0, sender=case.sender, subject=case.subject or "")


def _admit(case: Case, word: Word, house: House) -> None:
    """May this mail be decided now?"""
    if word.version is not None and word.version != case.version:
        late = case.said is not None and case.said.version >= word.version
        raise Refused(str(case.said) if late else f"it has changed meanwhile (version {case.version}): look again")
    if house.mode is Mode.SHADOW or case.state == MailState.OBSERVED:
        raise Refused("the mode is shadow: mail is only looked at")
    if not waits(case) and not (case.filing in RULED and word.version is not None):
        if case.said is not None:
            raise Refused(str(case.said))
        raise Refused(f"it does not wait for a person: it is {case.state}")
    if any(one.state == OutgoingState.IN_DOUBT for one in case.answers):
        raise Refused("it is not known whether its answer arrived: say that first (review arrived, review again)")


# --- approve ----------------------------------------------------------------------------------------------------------


def _approve(case: Case, word: Word, ground: Ground, house: House) -> Ruling:
    waiting = [one.id for one in case.answers if one.state in WAITS]
    live = [one for one in case.answers if one.state not in WAITS | GONE]
    orders = orders_of(case, word)
    places = [place for place, one in enumerate(orders) if one.action in OPEN]
    if word.what is What.APPROVE and waiting and not places:
        return _release(case, word)
    if not live:
        # What was to be acknowledged has not left: it enters the new answer. A mere repeat does not.
        nothing = case.filing is Filing.NOT_AN_ORDER
        places = [place for place, one in enumerate(orders) if nothing or one.action is not Action.IGNORE]
    if case.reading is None:
        raise Refused("it could not be read: there is no order to approve, and no address to answer to")
    if not places:
        if live:
            raise Refused(f"it was acknowledged already, to {live[-1].recipient}")
        raise Refused("no order was read in it: correct it, or say what it is")
    mail = case.reading.mail
    decision, changed = _as_wished(case, case.reading, word, ground, house, places)
    decision = _as_known(case, decision, places, ground, mail, changed)
    kind = decision.kind if decision.kind in ORDERS else Kind.ORDER
    silent = no_answer(mail, kind, house.stand.own_domains, house.stand.own_addresses)
    if mail.sender is None:
        raise Refused("it has no sender that could be answered")
    ruled = approved(decision, frozenset(places), silent, _reason(case, word))
    answer = None
    if ruled.reply:
        # One message names what it acknowledges: what has left in an earlier one is not said again.
        told = replace(ruled, orders=tuple(one for place, one in enumerate(ruled.orders) if place in places))
        try:
            answer = written(house, case.content, told, mail, ground.token, ground.now, len(case.answers))
        except reply.CannotAnswer as error:
            raise Refused(f"the answer cannot be written: {error}") from None
    return Ruling(
        word=word,
        version=case.version,
        decision=ruled,
        questions=tuple(questions(one.order, mail, author(case.reading)) for one in ruled.orders),
        fresh=tuple(places),
        reply=answer,
        filing=Filing.PROCESSED,
        changed=changed,
        withdrawn=_taken_back(case),
        traffic=traffic(ruled),
    )


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
            raise Refused(f"order {place + 1} was acknowledged already, as it was read")
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
        # Where our own tables know nothing of the goods, what was said of them when the mail was decided stands.
        if ground.shipping is not None and known.stock:
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


def _reason(case: Case, word: Word) -> str:
    over = len(case.decision.objections)
    against = f", over {over} objection{'s' if over > 1 else ''}" if over and word.what in APPROVING else ""
    why = f": {word.reason}" if word.reason else ""
    return f"{word.what.past} by {word.actor}{against}{why}"


# --- everything else --------------------------------------------------------------------------------------------------


def _release(case: Case, word: Word) -> Ruling:
    """An answer that is written goes out as it is."""
    wanted = [one for one in case.answers if one.state in WAITS and word.answer in {None, one.id}]
    briefs = [one for one in case.briefs if one.state in WAITS and word.answer == one.id]
    if not wanted and not briefs:
        raise Refused("no answer to it waits for its release")
    done = bool(wanted) and not any(one.action in OPEN for one in case.decision.orders)
    return Ruling(
        word,
        case.version,
        released=tuple(one.id for one in (*wanted, *briefs)),
        filing=Filing.PROCESSED if done else None,
    )


def _reread(case: Case, word: Word) -> Ruling:
    """It is decided anew by whoever works the mailbox. What waited to be sent is taken back."""
    _unanswered(case)
    return Ruling(word, case.version, withdrawn=_taken_back(case))


def _reject(case: Case, word: Word) -> Ruling:
    """Nothing is acknowledged that was not acknowledged yet. A rejected order is seen again when it is repeated; what
    is no order is not."""
    gone = [one for one in case.answers if one.state not in WAITS | GONE]
    places = [
        place for place, one in enumerate(case.decision.orders) if not gone or one.action is not Action.ACKNOWLEDGE
    ]
    if gone and not places:
        raise Refused(f"it was acknowledged already, to {gone[-1].recipient}")
    if word.what is What.NOT_AN_ORDER:
        _unanswered(case)
        action, filing = Action.IGNORE, Filing.NOT_AN_ORDER
    else:
        action, filing = Action.REVIEW, Filing.REJECTED
    decision = refused(case.decision, frozenset(places), action, filing, _reason(case, word))
    return Ruling(word, case.version, decision=decision, filing=filing, withdrawn=_taken_back(case))


def _unanswered(case: Case) -> None:
    gone = [one for one in case.answers if one.state not in WAITS | GONE]
    if gone:
        raise Refused(f"an answer to it is on its way or has arrived, to {gone[-1].recipient}")


def _taken_back(case: Case) -> tuple[int, ...]:
    """What waited to be sent, a word without detail too, and what could not be delivered."""
    failed = (one.id for one in case.answers if one.state == OutgoingState.FAILED)
    return (*(one.id for one in (*case.answers, *case.briefs) if one.state in WAITS), *failed)
