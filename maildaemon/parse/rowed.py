"""Order lines in columns without a heading: "15 boxes  W-100  Hex bolt  29.50 EUR", each part known by what it is."""

from collections.abc import Sequence
from decimal import Decimal

from maildaemon.model import Document, Line
from maildaemon.parse.codes import is_strong
from maildaemon.parse.dates import dated
from maildaemon.parse.labels import Labels, named
from maildaemon.parse.notices import Notice
from maildaemon.parse.numbers import number
from maildaemon.parse.raw import Text, at
from maildaemon.parse.roles import MONEY, Sums, is_amount
from maildaemon.parse.settle import price_text
from maildaemon.parse.texttable import segments
from maildaemon.parse.units import quantity, unit

LINES_LIMIT = 2000
PARTS = range(3, 7)


def in_lines(document: Document, lines: Sequence[Line], index: int, labels: Labels, sums: Sums) -> Notice | None:
    """The run of such lines that begins in line ``index``, all of the same parts in the same order. None for any other
    line."""
    shape: tuple[str, ...] = ()
    items: list[dict[str, Text]] = []
    doubts: list[str] = []
    place = index
    while place < len(lines) and len(items) < LINES_LIMIT and lines[place].zone is lines[index].zone:
        found = _parts(lines[place].text, labels)
        if found is None or (shape and tuple(name for name, _ in found) != shape):
            break
        shape = tuple(name for name, _ in found)
        items.append({name: at(document, lines[place], value, 0.9) for name, value in found})
        place += 1
    if not items:
        return None
    if place < len(lines) and len(segments(lines[place].text[:1000])) in PARTS and _names(lines[place].text):
        said = lines[place].text.strip()[:60]
        doubts.append(f"line {lines[place].number} stands below order lines and could not be read: “{said}”")
    found_lines, open_amounts = sums.told(items, "unit_price")
    return Notice(tuple(found_lines), place, (*doubts, *open_amounts))


def _parts(text: str, labels: Labels) -> list[tuple[str, str]] | None:
    """The parts by field: a quantity with its unit, an article number, at most one text, at most two amounts."""
    if len(text) > 400 or not any("0" <= c <= "9" for c in text):
        return None
    parts = [part.text for part in segments(text)]
    if len(parts) not in PARTS:
        return None
    kinds = [_kind(part, labels) for part in parts]
    if None in kinds or kinds.count("quantity") != 1 or kinds.count("sku") != 1 or kinds.count("description") > 1:
        return None
    named_parts = [(kind or "", part) for kind, part in zip(kinds, parts, strict=True)]
    if kinds.count(MONEY) == 2:
        return _multiplied(named_parts)
    return named_parts if kinds.count(MONEY) <= 1 else None


def _kind(part: str, labels: Labels) -> str | None:
    if is_amount(part):
        return MONEY
    if is_strong(part):
        return "sku"
    many = quantity(part)
    if many is not None:
        return "quantity" if many[1] is not None and unit(many[1]) is not None else None
    if dated(part) is not None or part.endswith(":") or named(labels.header, part.partition(":")[0]) is not None:
        return None
    return "description" if sum(map(str.isalpha, part)) > 2 else None


def _multiplied(parts: list[tuple[str, str]]) -> list[tuple[str, str]] | None:
    """The first of two amounts is the price and the second the sum, when they multiply so."""
    many = quantity(next(part for kind, part in parts if kind == "quantity"))
    price, whole = (number(price_text(part)) for kind, part in parts if kind == MONEY)
    if many is None or price is None or whole is None:
        return None
    if not any(
        abs(one * each - amount) <= Decimal("0.01")
        for one in many[0].readings
        for each in price.readings
        for amount in whole.readings
    ):
        return None
    names = iter(("unit_price", "amount"))
    return [(next(names) if kind == MONEY else kind, part) for kind, part in parts]


def _names(text: str) -> bool:
    return any(is_strong(part.text) for part in segments(text))
