"""The rows of a document whose cells were all read, or are labels with what they lead to: no remark stands in them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from maildaemon.model import HEADER_FIELDS, LINE_FIELDS, Document, Found, Order
from maildaemon.parse.labels import LONGEST, Labels, named
from maildaemon.parse.numbers import number
from maildaemon.parse.raw import row_place
from maildaemon.phrasebook import altered, folded, phrasebook

_COLUMN = ", column "


def accounted(document: Document, orders: tuple[Order, ...], labels: Labels) -> frozenset[int]:
    """The numbers of the lines that repeat such rows."""
    if not document.parts:
        return frozenset()
    read: dict[str, set[str]] = defaultdict(set)
    for found in _all(orders):
        if found.document == document.name:
            read[found.place.rpartition(_COLUMN)[0] or found.place].add(found.text.strip())
    lines = set()
    for number_of, table in enumerate(document.tables):
        for at, row in enumerate(table.rows):
            if any(row) and _is_read(row, read.get(row_place(document, number_of, at), set()), labels):
                lines.add(table.line + at + 1)
    return frozenset(lines)


def _all(orders: tuple[Order, ...]) -> Iterator[Found[object]]:
    for order in orders:
        for part, names in ((order, HEADER_FIELDS), *((line, LINE_FIELDS) for line in order.lines)):
            for name in names:
                if (found := getattr(part, name)) is not None:
                    yield found


def _is_read(row: Sequence[str], texts: set[str], labels: Labels) -> bool:
    text = folded(" | ".join(filter(None, row)))
    if altered(text) or phrasebook().voids.search(text):
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
