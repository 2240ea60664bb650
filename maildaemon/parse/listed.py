"""Order lines with all their fields named in one line of text: "Item: W-100 | Qty: 10 | Price: 4.85"."""

import re
from collections.abc import Sequence

from maildaemon.model import Document, Line
from maildaemon.parse.items import settled
from maildaemon.parse.labels import LONGEST, Labels, exactly
from maildaemon.parse.notices import Notice
from maildaemon.parse.raw import RawLine, Text, at
from maildaemon.parse.units import quantity

TEXT_LIMIT = 400
PARTS = range(2, 10)
_FIELDS = frozenset(
    {"item", "sku", "buyer_sku", "gtin", "description", "quantity", "unit", "unit_price", "amount", "requested_date"}
)
_WHAT = frozenset({"item", "sku", "buyer_sku", "gtin", "description"})
_CUT = re.compile(r" \| |\|| [-–—·•/] |[;,] |\t|  +")
_BULLET = re.compile(r"(?:[-*•·–+]|\(?[0-9]{1,3}[.)])[ \t]+")
_COUNTED = re.compile(r"([^\W\d_]{2,14})\.? ?#? ?[0-9]{1,4} ?[:.)–-] ?")


def in_lines(document: Document, lines: Sequence[Line], index: int, labels: Labels) -> Notice | None:
    """The order line that line ``index`` is, when every part of it is a label of a line with its value, how many among
    them. None for any other text."""
    line = lines[index]
    text = line.text.strip()
    if not 8 <= len(text) <= TEXT_LIMIT or not any(map(str.isdigit, text)):
        return None
    fields: dict[str, Text] = {}
    for part in _parts(text, labels):
        name, value = _named(part, labels)
        if name is None or name in fields or not value:
            return None
        fields[name] = at(document, line, value, 0.9)
    if "quantity" not in fields or _WHAT.isdisjoint(fields) or quantity(fields["quantity"].text) is None:
        return None
    return Notice((RawLine(settled(fields)),), index + 1)


def _parts(text: str, labels: Labels) -> list[str]:
    """The parts of the line behind its bullet or number; a comma amid a value parts nothing."""
    if found := _BULLET.match(text):
        text = text[found.end() :]
    if (found := _COUNTED.match(text)) and (label := exactly(labels.column, found[1])) is not None:
        text = text[found.end() :] if label.field in {"item", "position"} else text
    parts: list[str] = []
    for part in _CUT.split(text):
        if parts and part.strip() and _named(part, labels)[0] is None:
            parts[-1] = f"{parts[-1]}, {part.strip()}"
        elif part.strip():
            parts.append(part.strip())
    return parts if len(parts) in PARTS else []


def _named(part: str, labels: Labels) -> tuple[str | None, str]:
    """The field and the value of "Qty: 10" and "SKU W-100"."""
    part = part.strip().rstrip(".;,")
    head, colon, value = part.partition(":")
    if not colon:
        head, colon, value = part.partition(" = ")
    words = part.split(" ")
    heads = (
        [(head.strip(), value.strip())]
        if colon
        else [(" ".join(words[:count]), " ".join(words[count:])) for count in range(min(4, len(words) - 1), 0, -1)]
    )
    for head, value in heads:
        label = exactly(labels.column, head) if len(head) <= LONGEST else None
        if label is not None and label.field in _FIELDS:
            return label.field, value
    return None, ""
