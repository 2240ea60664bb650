"""Same again? What an order is to the customer's earlier ones: a resend, a revision, a cancellation, or nothing."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from maildaemon.addresses import elsewhere
from maildaemon.contents import contents
from maildaemon.identity import po_key
from maildaemon.match import digest
from maildaemon.model import Action, Kind, Mail, Order, OrderSeen
from maildaemon.ordered import (
    Alteration,
    ContentLine,
    Contents,
    Difference,
    Relation,
    Sameness,
    Status,
)
from maildaemon.wording import code_key, shown

MOST_DIFFERENCES = 100
IN_A_SENTENCE = 6
SETTLED_WITHIN, CHECKED_WITHIN = timedelta(days=14), timedelta(days=3)
"""How long an equal order is taken for the same one sent again: later it may be a call-off. And how long we say of one
that it is being checked: later a person has settled it in a way of their own."""
_FIELDS = ("quantity", "unit", "unit_price", "requested")
_CALLED = {"quantity": "quantity", "unit": "unit", "unit_price": "unit price", "requested": "requested date"}
_HEADER = {
    "ship_to": "delivery address", "bill_to": "billing address", "payment_terms": "payment terms",
    "currency": "currency", "total": "total", "order_date": "order date",
}  # fmt: skip
_DIGITS = 30
_LIVING = frozenset({Status.CURRENT, Status.QUESTIONED})
_ENDS = {Sameness.REVISION: Status.SUPERSEDED, Sameness.CANCELLATION: Status.CANCELLED}


def relation(order: Order, mail: Mail, kind: Kind, seen: Sequence[OrderSeen]) -> Relation | None:
    """The order's relation to the earlier ones; None: it is none's, as far as its customer and its PO number tell.
    ``seen`` as in Known: orders of other mails, by anybody. What was found to be no order, and what repeats another,
    does not count."""
    own = [one for one in seen if one.action is not Action.IGNORE and _of_same(order, mail, one)]
    if not own:
        return None
    own.sort(key=lambda one: one.received_at)
    living = [one for one in own if one.kind is not Kind.CANCELLATION and one.status in _LIVING]
    if kind is Kind.CANCELLATION:
        return _to(Sameness.CANCELLATION, _base(living), own) if living else None
    if own[-1].kind is Kind.CANCELLATION or not living:
        return _to(Sameness.REVIVAL, own[-1], own)
    latest, base = living[-1], _base(living)
    now = contents(order)
    if kind is Kind.ORDER and latest.kind is Kind.ORDER and latest.contents is not None:
        found = differences(latest.contents, now)
        if not found and latest.contents.whole and now.whole:
            repeats = _to(Sameness.RESEND, latest, own)
            return replace(repeats, proved=True, told=_is_told(latest, seen))
    elif kind is Kind.ORDER and latest.kind is Kind.ORDER and latest.digest == digest(order):
        return _to(Sameness.RESEND, latest, own)
    changed = differences(base.contents, now, partial=kind is Kind.CHANGE) if base.contents is not None else ()
    return replace(_to(Sameness.REVISION, base, own), differences=changed, proved=base.contents is not None)


def _of_same(order: Order, mail: Mail, one: OrderSeen) -> bool:
    """The same PO number of the same customer: by our number for them, or, where either is unknown, by the address."""
    number = order.po_number.value if order.po_number is not None else ""
    if not po_key(number) or po_key(one.po_number or "") != po_key(number):
        return False
    customer = order.customer.customer
    if customer is not None and one.customer is not None:
        return code_key(customer.number) == code_key(one.customer)
    return bool(mail.sender and one.sender) and (mail.sender or "").casefold() == (one.sender or "").casefold()


def _base(living: Sequence[OrderSeen]) -> OrderSeen:
    """What counts now: the latest that was taken in, else the latest."""
    taken = [one for one in living if _is_taken_in(one)]
    return taken[-1] if taken else living[-1]


def _is_taken_in(one: OrderSeen) -> bool:
    return one.action is Action.ACKNOWLEDGE and one.handled


def _is_told(first: OrderSeen, seen: Sequence[OrderSeen]) -> bool:
    return any(one.repeats == first.reference and one.answered for one in seen)


def _to(how: Sameness, base: OrderSeen, own: Sequence[OrderSeen]) -> Relation:
    waiting = [
        one.reference
        for one in own
        if one is not base and not _is_taken_in(one) and one.received_at >= base.received_at and one.status in _LIVING
    ]
    return Relation(
        how,
        base.reference,
        base.po_number,
        base.received_at,
        taken_in=_is_taken_in(base),
        handled=base.handled,
        waiting=tuple(waiting[:10]),
    )


# --- what is different ------------------------------------------------------------------------------------------------


def differences(was: Contents, now: Contents, *, partial: bool = False) -> tuple[Difference, ...]:
    """Field by field and line by line, none when both ask for the same. ``partial``: the newer one names only what it
    changes."""
    found = [*_lines(was.lines, now.lines, partial=partial), *_header(was, now, partial=partial)]
    return tuple(found[:MOST_DIFFERENCES])


def _lines(was: Sequence[ContentLine], now: Sequence[ContentLine], *, partial: bool) -> Iterator[Difference]:
    """Lines of one article belong together: first those that are equal, the others in their order."""
    left: dict[str, list[tuple[int, ContentLine]]] = defaultdict(list)
    for number, line in enumerate(was, 1):
        left[line.key].append((number, line))
    fresh: list[tuple[int, ContentLine]] = []
    for number, line in enumerate(now, 1):
        same = next((one for one in left[line.key] if one[1] == replace(line, article=one[1].article)), None)
        if same is not None:
            left[line.key].remove(same)
        else:
            fresh.append((number, line))
    for number, line in fresh:
        where = f"line {number}, {line.article}"
        if left[line.key]:
            _, earlier = left[line.key].pop(0)
            for field in _FIELDS:
                before, after = getattr(earlier, field), getattr(line, field)
                if before != after and not (partial and after is None):
                    called = _CALLED[field]
                    yield Difference(Alteration.CHANGED, where, called, _plain(before), _plain(after))
        else:
            yield Difference(Alteration.ADDED, where, now=_line(line))
    gone = Alteration.UNMENTIONED if partial else Alteration.REMOVED
    for number, line in sorted((one for lines in left.values() for one in lines), key=lambda one: one[0]):
        yield Difference(gone, f"line {number}, {line.article}", was=_line(line))


def _header(was: Contents, now: Contents, *, partial: bool) -> Iterator[Difference]:
    for field, called in _HEADER.items():
        before, after = getattr(was, field), getattr(now, field)
        if before == after or (partial and after is None):
            continue
        if field == "order_date" and None in {before, after}:
            continue  # one form of an order states its day, another leaves it out
        if field in {"ship_to", "bill_to"} and before and after and elsewhere(after, before) is None:
            continue
        yield Difference(Alteration.CHANGED, called, None, _plain(before), _plain(after))


def _line(line: ContentLine) -> str:
    parts = (_plain(line.quantity), line.unit, line.unit_price is not None and f"at {_plain(line.unit_price)}")
    return shown(" ".join(part for part in parts if part), 80)


def _plain(value: object) -> str | None:
    """As people read it, bounded: 5 and 5.00 are one, and a monstrous number is not written out."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        plain = value.normalize() if value.is_finite() and abs(value.adjusted()) < _DIGITS else None
        return format(plain, "f") if plain is not None else shown(value, 40)
    return shown(value, 120)


# --- in words ---------------------------------------------------------------------------------------------------------


def sentence(found: Relation) -> str:
    """The relation in one line, the first of the differences with it."""
    when = found.received_at.date().isoformat()
    ours = f"our {shown(found.reference)}"
    if found.how is Sameness.RESEND:
        return f"the same order came on {when} ({ours})"
    if found.how is Sameness.CANCELLATION:
        return f"it cancels the order that came on {when} ({ours})"
    number = f"PO number {shown(found.po_number)}"
    if found.how is Sameness.REVIVAL:
        return f"{number} was cancelled, or its cancellation came before it: see what came on {when} ({ours})"
    said = [shown(str(one), 160) for one in found.differences[:IN_A_SENTENCE]]
    if len(found.differences) > IN_A_SENTENCE:
        said.append(f"and {len(found.differences) - IN_A_SENTENCE} more differences")
    if found.waiting:
        said.append(f"no person has decided yet about our {', '.join(map(shown, found.waiting[:3]))}")
    elif not said and found.proved:
        said.append("nothing of what is compared differs")
    return f"{number} came on {when} with other content ({ours})" + (f": {'; '.join(said)}" if said else "")


def told(found: Relation) -> Iterator[str]:
    """The relation for a person who decides about it: to which order it stands how, and every difference, a line
    each."""
    when = found.received_at.date().isoformat()
    state = "taken in" if found.taken_in else "not decided yet by a person" if found.handled else "only looked at"
    yield f"{found.how.value} of our {shown(found.reference)}, which came on {when} ({state})"
    for one in found.differences:
        yield shown(str(one), 300)
    if found.how is Sameness.REVISION and not found.differences:
        yield "nothing of what is compared differs" if found.proved else "the two could not be compared"
    if found.waiting:
        yield f"no person has decided yet about our {', '.join(map(shown, found.waiting))}"


# --- what follows -----------------------------------------------------------------------------------------------------


def is_settled(found: Relation | None, order: Order, at: datetime | None) -> bool:
    """The order asks for nothing that is not being done already, as far as the two orders tell: its mail needs no
    person. Whoever sent it must be the customer, and everything of it must have been read. ``at``: now."""
    if found is None or found.how is not Sameness.RESEND or not (found.proved and found.handled) or found.waiting:
        return False
    sure = order.customer.doubt is None and order.customer.how in {"address", "domain"} and not order.doubts
    term = SETTLED_WITHIN if found.taken_in else CHECKED_WITHIN
    return sure and at is not None and at - found.received_at < term


def repeats(found: Relation | None, action: Action) -> str | None:
    """Our reference of the order that one of this action repeats unchanged."""
    settled = action is Action.IGNORE and found is not None and found.how is Sameness.RESEND
    return found.reference if found is not None and settled else None


def ends(found: Relation | None) -> tuple[str, Status] | None:
    """What becomes of which earlier order, by our reference, when a person approves this one."""
    if found is None or found.how not in _ENDS:
        return None
    return found.reference, _ENDS[found.how]
