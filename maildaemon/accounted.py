"""The rows of a document whose cells were all read, or are labels with what they lead to: no remark stands in them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from maildaemon.model import HEADER_FIELDS, LINE_FIELDS, Document, Found, Order
from maildaemon.parse.labels import LONGEST, Labels, named
from maildaemon.parse.numbers import number
from maildaemon.parse.raw import row_place
from maildaemon.phrasebook import altered, folded, phrasebook

_COLUMN = ", column "
_POSITION = 4


def accounted(document: Document, orders: tuple[Order, ...], labels: Labels) -> frozenset[int]:
    """The numbers of the lines that repeat such rows."""
    read: dict[str, set[str]] = defaultdict(set)
    for found in founds(orders):
        if found.document == document.name:
            read[found.place.rpartition(_COLUMN)[0] or found.place].add(found.text.strip())
    if not document.parts:
        return _whole(document, read)
    lines = set()
    for number_of, table in enumerate(document.tables):
        for at, row in enumerate(table.rows):
            if any(row) and _is_read(row, read.get(row_place(document, number_of, at), set()), labels):
                lines.add(table.line + at + 1)
    return frozenset(lines)


def _whole(document: Document, read: dict[str, set[str]]) -> frozenset[int]:
    """The lines that are one value and no more, and the positions that stand alone above such lines."""
    filled = [line for line in document.lines if line.text.strip()]
    lines = {
        line.number
        for line in filled
        if line.text.strip() in read.get(f"line {line.number}", ()) and not altered(folded(line.text))
    }
    count = len(lines)
    for line, below in pairwise(filled):
        text = line.text.strip()
        if below.number in lines and text.isdigit() and len(text) <= _POSITION and int(text) <= 10 * count:
            lines.add(line.number)
    return frozenset(lines)


def founds(orders: tuple[Order, ...]) -> Iterator[Found[Any]]:
    for order in orders:
        for part, names in ((order, HEADER_FIELDS), *((line, LINE_FIELDS) for line in order.lines)):
            for name in names:
                if (found := getattr(part, name)) is not None:
                    yield found


def _is_read(row: Sequence[str], texts: set[str], labels: Labels) -> bool:
    text = folded(" | ".join(filter(None, row)))
    if altered(text) or phrasebook().voids.search(text) or phrasebook().states.match(text):
        return False
    before = ""
    for cell in filter(None, (cell.strip() for cell in row)):
        what = _what(cell, labels)
        # Behind a label that is known to say nothing of the order, and behind that of a sum, its value.
        if cell not in texts and not what and not (before == "told" or (before == "sum" and number(cell) is not None)):
            return False
        before = what
    return True


def _what(cell: str, labels: Labels) -> str:
    """``told``: a label whose value is not for us; ``sum``; ``label``: another; empty for what is none."""
    bare = cell.rstrip(": ")
    if not 0 < len(bare) <= LONGEST:
        return ""
    header = named(labels.header, bare)
    if named(labels.sums, bare) is not None or (header is not None and header.field == "total"):
        return "sum"
    if header is not None:
        return "label" if header.field is not None else "told"
    return "label" if named(labels.column, bare) is not None else ""
