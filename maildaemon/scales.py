"""Figures of money that an order is beyond, or below, whatever they are: a scale of prices that begins above what is
ordered, a least value that is reached. They say what more, or less, would mean, and change nothing."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from maildaemon.model import Order
from maildaemon.phrasebook import folded, table

_COUNT = r"([0-9]{1,6}(?:[.,' ][0-9]{3})?)"
_PRICE = r"(?:eur |€ ?)?([0-9]{1,7}(?:[.,][0-9]{1,4})?)(?: ?(?:eur|€))?"
Ordered = tuple[Decimal, Decimal] | None
"""Quantity and unit price of a line; None where it does not state both."""


def is_beside(text: str, ordered: Iterable[Ordered]) -> bool:
    """The whole sentence is a price for so many pieces or more, and each line orders fewer, at a price of its own; or a
    least value of an order, and this one is worth as much."""
    # The readers of structured messages ask this, too, and are part of the package that numbers are read by.
    from maildaemon.parse.numbers import number

    said = folded(text).strip(" .;")
    scale, least = _scale().fullmatch(said), _least().fullmatch(said)
    found = number((scale or least)[1]) if scale or least else None  # type: ignore[index]
    if found is None:
        return False
    lines = tuple(ordered)
    known = [line for line in lines if line is not None]
    if not lines or len(known) < len(lines):
        return False
    if scale:
        return all(quantity < min(found.readings) for quantity, _ in known)
    return sum((quantity * price for quantity, price in known), Decimal(0)) >= max(found.readings)


def ordered(orders: Iterable[Order]) -> tuple[Ordered, ...]:
    """What the lines of all of them state."""
    lines = (line for order in orders for line in order.lines)
    return tuple(
        (line.quantity.value, line.unit_price.value) if line.unit_price and line.quantity else None for line in lines
    )


@cache
def _scale() -> re.Pattern[str]:
    words = table("scales")
    from_, pieces, each = ("|".join(words[name]) for name in ("from", "pieces", "each"))
    return re.compile(rf"(?:{from_}) {_COUNT} (?:{pieces}) ?: ?{_PRICE} (?:{each})")


@cache
def _least() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(table('scales')['least'])}) ?: ?{_PRICE}")
