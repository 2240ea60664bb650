"""Holding: what an order waits for, although nothing is wrong with it, and for how long at most."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from maildaemon.deck import Deck
from maildaemon.facts import FactKind
from maildaemon.matrix import FieldTrigger, Row
from maildaemon.model import Action, Known, Objection, Order, SupplyState

KNOWN, FIRED = "facts-are-known", "trigger-has-fired"
UNSAID = "nothing-was-said-of-it-since"
RESTS_ON: Mapping[str, FactKind] = {
    "stock-known": FactKind.STOCK,
    "all-in-stock": FactKind.STOCK,
    "day-can-be-promised": FactKind.STOCK,
    "requested-date-can-be-met": FactKind.STOCK,
    "customer-in-good-standing": FactKind.STANDING,
    "within-credit-limit": FactKind.STANDING,
    "prices-as-agreed": FactKind.PRICE,
    "worth-at-most": FactKind.PRICE,
}
"""The checks that have nothing to go by while such a fact is unknown. Whatever they object to then can wait with it:
they are asked again when it is known."""


def unfired(index: int, order: Order, known: Known, row: Row) -> tuple[Objection, ...]:
    """What the order waits for before it is judged at all; empty when its trigger has fired."""
    if not isinstance(row.trigger, FieldTrigger):
        return ()
    field, wanted = row.trigger.field, " or ".join(row.trigger.values)
    fact = next((one for one in known.facts if one.kind == field), None)
    if fact is not None and fact.problem is None:
        if row.trigger.fires(fact.said):
            return ()
        reason = f"its {field} is {fact.said} ({fact.source}); it waits for {wanted}"
    elif fact is not None:
        reason = f"its {field} is not known ({fact.source}): {fact.problem}; it waits for {wanted}"
    else:
        why = "nobody was asked" if order.po_number is not None else "it has no PO number to ask by"
        reason = f"its {field} is not known: {why}; it waits for {wanted}"
    return (Objection(index, FIRED, reason, Action.HOLD),)


def said_since(index: int, known: Known) -> tuple[Objection, ...]:
    """What came behind a mail that waited, and may be about its order."""
    return tuple(Objection(index, UNSAID, sentence) for sentence in known.since)


def not_known(index: int, known: Known, row: Row) -> Iterator[Objection]:
    """Each fact that a source outside was asked for and did not tell."""
    for fact in known.facts:
        if fact.problem is not None and fact.kind is not FactKind.STAGE:
            reason = f"the {fact.about} is not known: {fact.problem}"
            yield Objection(index, KNOWN, reason, Action(row.unknown_facts))


def softened(found: Iterable[Objection], deck: Deck, order: Order, known: Known, row: Row) -> tuple[Objection, ...]:
    """The deck's objections; those of rules that rest on a fact which is not known now wait for it, where the row says
    that orders do."""
    if row.unknown_facts != "hold":
        return tuple(found)
    lacking = {fact.kind for fact in known.facts if fact.problem is not None}
    if _stock_is_unknown(order):
        lacking.add(FactKind.STOCK)
    waits = {rule.name for rule in deck.rules if RESTS_ON.get(rule.check or "") in lacking}
    return tuple(
        replace(one, then=Action.HOLD) if one.rule in waits and one.then is Action.REVIEW else one for one in found
    )


def _stock_is_unknown(order: Order) -> bool:
    """Of an article that is known: by our own tables too a figure may be too old, until the next one is imported."""
    supplies = order.promise.lines if order.promise is not None else ()
    return any(
        supply.state is SupplyState.UNKNOWN and line.product.product is not None and line.quantity is not None
        for line, supply in zip(order.lines, supplies, strict=False)
    )


def overdue(
    found: tuple[Objection, ...], row: Row, now: datetime | None, arrived: datetime | None
) -> tuple[Objection, ...]:
    """Who was held for as long as the row allows waits no more: a person looks at it. ``arrived``: when the mail came;
    None where that is not known, and then nothing is overdue."""
    if now is None or arrived is None or now - arrived < timedelta(hours=row.hold_hours):
        return found
    since = f"held since {arrived:%Y-%m-%d %H:%M} UTC, longer than {row.hold_hours:g} hours"
    return tuple(
        replace(one, then=Action.REVIEW, reason=f"{since}: {one.reason}") if one.then is Action.HOLD else one
        for one in found
    )
