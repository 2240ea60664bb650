"""Order lines of two or three lines of text each: the article, its number, and below them "10 pcs × 4.85 = 48.50"."""

import re
from collections.abc import Sequence

from maildaemon.model import Document, Line
from maildaemon.parse.codes import is_stated, is_strong, split_item
from maildaemon.parse.keyed import names_article
from maildaemon.parse.labels import LONGEST, Labels, exactly
from maildaemon.parse.notices import Notice
from maildaemon.parse.numbers import is_money, number
from maildaemon.parse.prosesums import is_product
from maildaemon.parse.raw import RawLine, Text, at
from maildaemon.parse.settle import price_text
from maildaemon.parse.units import quantity, unit

_TIMES = re.compile(r" ?[x×*] ?(?=[€£$0-9A-Z])|(?: (?:à|@|zu je|je|at|per) )")
_NAMES = frozenset({"sku", "buyer_sku", "gtin", "item"})


def in_lines(document: Document, lines: Sequence[Line], index: int, labels: Labels) -> Notice | None:
    """The order line that begins in line ``index``. None for any other line."""
    what = _what(document, lines, index, labels)
    if what is None:
        return None
    fields, place = what
    if place < len(lines) and not lines[place].text.strip():
        place += 1
    if place >= len(lines) or lines[place].zone is not lines[index].zone:
        return None
    counted = _counted(lines[place].text.strip())
    if counted is None:
        return None
    fields |= {name: at(document, lines[place], text, 0.9) for name, text in counted.items()}
    return Notice((RawLine(fields),), place + 1)


def _what(document: Document, lines: Sequence[Line], index: int, labels: Labels) -> tuple[dict[str, Text], int] | None:
    line = lines[index]
    text = line.text.strip()
    if not 3 <= len(text) <= 160 or text[-1] in ":!?":
        return None
    code, words = split_item(text)
    if code is not None and is_strong(code):
        found = {"sku": at(document, line, code, 0.9)}
        return found | ({"description": at(document, line, words, 0.9)} if words else {}), index + 1
    below = lines[index + 1] if index + 1 < len(lines) else None
    if below is None or below.zone is not line.zone or not names_article(text, labels):
        return None
    named = _number(below.text.strip(), labels)
    if named is None:
        return None
    return {named[0]: at(document, below, named[1], 0.9), "description": at(document, line, text, 0.9)}, index + 2


def _number(text: str, labels: Labels) -> tuple[str, str] | None:
    """The field and the value of "Art.-Nr. W-100", "SKU: W-100" and of a code alone."""
    if is_strong(text):
        return "sku", text
    words = text.replace(":", ": ").split()
    for count in range(1, min(4, len(words))):
        label = exactly(labels.column, " ".join(words[:count]).rstrip(": "))
        value = " ".join(words[count:])
        if label is not None and label.field in _NAMES and len(value) <= LONGEST:
            return ("sku" if label.field == "item" else label.field or "sku", value) if is_stated(value) else None
    return None


def _counted(text: str) -> dict[str, str] | None:
    """A quantity, the sign for times, the price, and perhaps what both make."""
    if len(text) > 80 or not text[:1].isdigit():
        return None
    product, _sign, whole = (part.strip() for part in text.partition("="))
    many, times, price = _split(product)
    price = price_text(price)
    count = quantity(many)
    if not times or count is None or (count[1] is not None and unit(count[1]) is None):
        return None
    if not is_money(price) or number(price) is None:
        return None
    if not whole:
        return {"quantity": many, "unit_price": price}
    return {"quantity": many, "unit_price": price, "amount": whole} if is_product(many, price, whole) else None


def _split(text: str) -> tuple[str, str, str]:
    found = _TIMES.search(text)
    return (text[: found.start()].strip(), found[0], text[found.end() :].strip()) if found else (text, "", "")
