"""What the samples prove of how their writer writes: the decimal mark, and the order of day and month."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from maildaemon.model import HEADER_FIELDS, LINE_FIELDS, Found, Order
from maildaemon.parse.dates import dated
from maildaemon.parse.numbers import number

LINES = 30
"""So many lines of an order are looked at: they are all built alike."""
LEAST = 2
"""So many numbers prove a decimal mark: one may be a slip."""
_NOISE = "*()|;:_"


@dataclass(frozen=True, slots=True)
class Proof:
    """``value`` is None when nothing is proved; ``why`` quotes what it rests on."""

    value: str | None
    why: str


def values(order: Order) -> Iterator[tuple[str, Found[object]]]:
    """The order's values with their fields' names, those of its first lines as ``lines.sku``."""
    for name in HEADER_FIELDS:
        if (found := getattr(order, name)) is not None:
            yield name, found
    for line in order.lines[:LINES]:
        for name in LINE_FIELDS:
            if (found := getattr(line, name)) is not None:
                yield f"lines.{name}", found


def decimal_mark(orders: Sequence[Order]) -> Proof:
    """The mark of every number that can be read in one way alone."""
    seen: dict[str, dict[str, None]] = {".": {}, ",": {}}
    for order in orders:
        for _, found in values(order):
            for text in _tokens(found.text) if isinstance(found.value, Decimal) else ():
                told = number(text)
                if told is not None and told.mark and told.value == found.value:
                    seen[told.mark][text] = None
                    break
    marks = [mark for mark, texts in seen.items() if texts]
    if not marks:
        return Proof(None, "no number shows it")
    if len(marks) == 2:
        return Proof(None, f"both are seen: {_some(seen['.'])} and {_some(seen[','])}")
    if len(seen[marks[0]]) < LEAST:
        return Proof(None, f"only one number shows it: {_some(seen[marks[0]])}")
    return Proof(marks[0], f"proved by {_some(seen[marks[0]])}")


def date_order(orders: Sequence[Order]) -> Proof:
    """Which of two equal-looking dates the writer means; dates that can be read in one way prove nothing."""
    seen: dict[str, dict[str, None]] = {}
    for order in orders:
        for _, found in values(order):
            for text in _dates(found.text) if isinstance(found.value, date) else ():
                told = dated(text)
                if told is not None and told.value == found.value and (form := told.order or _form(text)):
                    seen.setdefault(form, {})[text] = None
                    break
    proved = set(seen) & {"dmy", "mdy", "ymd"}
    if len(proved) == 1 and set(seen) <= proved | {"plain"}:
        form = proved.pop()
        return Proof(form, f"proved by {_some(seen[form])}")
    if proved:
        return Proof(None, f"several are seen: {_some([next(iter(seen[form])) for form in sorted(proved)])}")
    return Proof(
        None, f"not needed for dates such as {_some(seen['plain'])}" if "plain" in seen else "no date shows it"
    )


def _form(text: str) -> str | None:
    if text[:4].isdigit() and text[4:5] in {"-", "/", "."}:
        return "ymd"
    return "plain" if not text.isdigit() else None


def _tokens(text: str) -> Iterator[str]:
    """The words, each word with the next (``1 234,50``), and the whole text."""
    words = [word.strip(_NOISE) for word in text.split()[:60]]
    yield from words
    yield from (f"{one} {other}" for one, other in pairwise(words))
    yield text.strip(_NOISE)


def _dates(text: str) -> Iterator[str]:
    words = [word.strip(_NOISE + ",.") for word in text.split()[:60]]
    for count in (1, 3, 2, 4):
        yield from (" ".join(words[at : at + count]) for at in range(len(words) - count + 1))


def _some(texts: "Sequence[str] | dict[str, None]") -> str:
    """The first few, as they are quoted in a comment."""
    known = list(texts)
    return ", ".join(known[:3]) + (f" and {len(known) - 3} more" if len(known) > 3 else "")
