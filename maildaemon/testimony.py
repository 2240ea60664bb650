"""What a person's word about a mail proves of the profile that read it."""

from collections.abc import Iterable

from maildaemon.desk import MailState, OutgoingState
from maildaemon.house import House
from maildaemon.matrix import Matrix
from maildaemon.model import HEADER_FIELDS, LINE_FIELDS, Action, Decision, Mode, Order, lowest
from maildaemon.modes import GENERAL, Testimony
from maildaemon.word import Case, Ruling, What

NO = frozenset({What.REJECT, What.NOT_AN_ORDER})
GATES_OWN = frozenset({What.RELEASE, What.REREAD})
"""Words behind which the decision is still the gate's own."""
UNSENT = frozenset({OutgoingState.DRAFT, OutgoingState.HELD, OutgoingState.WITHDRAWN, OutgoingState.FAILED})


def testimony(case: Case, ruling: Ruling, matrix: Matrix, house: House) -> Testimony | None:
    """Only orders that the gate would acknowledge, and that nobody has decided on before, prove anything. None: the
    word says nothing of such an order."""
    places = tuple(place for place in _acknowledged(case.decision) if case.decision.orders[place].said is None)
    whole = case.said is not None and case.said.orders is None
    if not places or (whole and case.said is not None and case.said.what not in GATES_OWN):
        return None
    if ruling.refused is not None:
        return proves(case, house, contradicts=True) if _objects(case, ruling, places, matrix) else None
    what = ruling.word.what
    if what is What.RELEASE or ruling.released:
        drafts = {one.id for one in case.answers if one.state is OutgoingState.DRAFT}
        return proves(case, house, contradicts=False) if drafts & set(ruling.released) else None
    if what in NO and ruling.decision is not None:
        # One that only went back to review, because its answer spoke of another order too, proves nothing.
        wrong = any(ruling.decision.orders[place].said in NO for place in places)
        return proves(case, house, contradicts=True) if wrong else None
    again = [place for place in places if place in ruling.fresh]
    if not again:
        return None
    wrong = any(_is_wrong(case.decision.orders[place].order, place, ruling.changed, matrix) for place in again)
    return proves(case, house, contradicts=wrong)


def proves(case: Case, house: House, *, contradicts: bool) -> Testimony:
    profile = case.profile or GENERAL
    today = lowest(house.mode, case.decision.mode)
    return Testimony(
        contradicts=contradicts,
        profile=profile,
        pool=house.terms.pool(profile),
        automatic=Mode.AUTO in {case.mode, today},
        start=house.terms.start,
    )


def acknowledges(decision: Decision) -> bool:
    return bool(_acknowledged(decision))


def differs(before: Decision, after: Decision) -> bool:
    """Whether a second reading says something else of an order that the first one would have acknowledged."""
    later = {one.reference: one.order for one in after.orders}
    return any(
        one.reference not in later or _values(one.order) != _values(later[one.reference])
        for one in before.orders
        if one.action is Action.ACKNOWLEDGE
    )


def _acknowledged(decision: Decision) -> tuple[int, ...]:
    return tuple(place for place, one in enumerate(decision.orders) if one.action is Action.ACKNOWLEDGE)


def _objects(case: Case, ruling: Ruling, places: Iterable[int], matrix: Matrix) -> bool:
    """A word that comes too late to stop anything: the order was taken in without a person, or nothing is ever sent."""
    word = ruling.word
    taken_in = case.state == MailState.ACKNOWLEDGED or any(one.state not in UNSENT for one in case.answers)
    automatic = case.state == MailState.OBSERVED or (case.mode is Mode.AUTO and taken_in)
    if not automatic or word.version not in {None, case.version}:
        return False
    if word.what is What.CORRECT:
        wished = word.wished or {}
        return any(
            _is_wrong(case.decision.orders[p].order, p, [f"orders[{p}].{name}" for name in wished.get(p, ())], matrix)
            for p in places
        )
    return word.what in NO


def _is_wrong(order: Order, place: int, changed: Iterable[str], matrix: Matrix) -> bool:
    """A required field is another one, or a value that we had read is. A value that was not there and is not required
    may be added by a person without our having been wrong."""
    required = {"customer", "lines", *matrix.find(order).required}
    for path in changed:
        whose, _, name = path.partition(".")
        field = name.partition("[")[0].partition(".")[0]
        if whose == f"orders[{place}]" and (field in required or getattr(order, field, None) is not None):
            return True
    return False


def _values(order: Order) -> tuple[object, ...]:
    """What the order says, wherever it stands."""

    def of(holder: object, names: Iterable[str]) -> tuple[object, ...]:
        return tuple(getattr(getattr(holder, name), "value", None) for name in names)

    customer = order.customer.customer
    lines = tuple(
        (line.product.product.sku if line.product.product else None, *of(line, LINE_FIELDS)) for line in order.lines
    )
    return (customer.number if customer else None, *of(order, HEADER_FIELDS), lines)
