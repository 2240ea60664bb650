"""Where a value was read → the label or the column heading that it stands under, as the sample writes it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from maildaemon.model import Document, Found
from maildaemon.parse import texttable
from maildaemon.parse.headings import Columns, columns
from maildaemon.parse.labels import LONGEST, Label, Labels, Vocabulary, exactly, named

ABOVE = 400
"""Rows that a heading may stand above its value."""
LINE_LIMIT = 1000
WORDS = 5
_CELL = re.compile(r"table ([0-9]{1,6}), row ([0-9]{1,6})(?:, column ([0-9]{1,4}))?")
_COLUMN = re.compile(r"(?:, column ([0-9]{1,4}))?")
_PARTING = re.compile(r":| = | - | – ")
_COUNT = "0123456789#. "


@dataclass(frozen=True, slots=True)
class Spot:
    """A line, or a cell of a table, of a document. Line numbers count from 1, the others from 0."""

    document: Document
    line: int = 0
    table: int = -1
    row: int = 0
    column: int = -1

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        return self.document.tables[self.table].rows


def spot(found: Found[object], documents: Sequence[Document]) -> Spot | None:
    """Where the evidence points; None for a subject, a structured message, a profile's own word."""
    document = next((one for one in documents if one.name == found.document), None)
    if document is None or document.messages:
        return None
    if cell := _CELL.fullmatch(found.place):
        table, row, column = int(cell[1]) - 1, int(cell[2]) - 1, int(cell[3] or 0) - 1
        if not 0 <= table < len(document.tables) or not 0 <= row < len(document.tables[table].rows):
            return None
        return Spot(document, 0, table, row, column)
    for first, called in reversed(document.parts or ((1, "line"),)):
        head, _, rest = found.place.partition(f"{called} ")
        number, _, column_part = rest.partition(",")
        tail = _COLUMN.fullmatch(f",{column_part}" if column_part else "")
        if not head and number.isascii() and number.isdigit() and len(number) < 7 and tail:
            return _within(document, int(number) + first - 1, int(tail[1] or 0) - 1)
    return None


def _within(document: Document, line: int, column: int) -> Spot | None:
    """In a document of pages or sheets, a table's rows are lines, too."""
    if column >= 0:
        for number, table in enumerate(document.tables):
            if table.line < line <= table.line + len(table.rows):
                return Spot(document, line, number, line - table.line - 1, column)
    return Spot(document, line)


def label(name: str, found: Found[object], documents: Sequence[Document], labels: Labels) -> str | None:
    """The label of a field of the order."""
    place = spot(found, documents)
    if place is None:
        return None
    texts = _beside(place) if place.table >= 0 else _in_lines(place, labels)
    for text in texts:
        head = _PARTING.split(text, maxsplit=1)[0].strip(" *_>-=•·:()")
        if _names(labels.header, head, name):
            return head
    return None


def heading(name: str, found: Found[object], documents: Sequence[Document], labels: Labels) -> str | None:
    """The heading of the column, or the label in its line, of a field of an order line."""
    place = spot(found, documents)
    if place is None:
        return None
    if place.table >= 0:
        for row in reversed(place.rows[max(0, place.row - ABOVE) : place.row]):
            if (chosen := columns(row, labels)) is not None:
                return _chosen(name, found, row, chosen, place.column)
        return None
    text = _line(place.document, place.line)
    head = text.partition(":")[0].strip(" *_>-•·").rstrip(_COUNT)
    if ":" in text and any(_names(labels.column, head, one) for one in (name, "item")):
        return head
    for number in range(place.line - 1, max(0, place.line - ABOVE), -1):
        above = _line(place.document, number)
        typed = texttable.heading(above, texttable.segments(above), labels)
        if typed is not None:
            cells = texttable.split(above, typed.sign) if typed.sign else [part.text for part in typed.spans]
            return _chosen(name, found, cells, typed.heading)
    return None


def _chosen(
    name: str, found: Found[object], cells: Sequence[str], heading: Columns, column: int | None = None
) -> str | None:
    """The cell that the reader takes for the field's heading; a column that may hold code and words, only where it
    holds nothing else than this value."""
    at = heading.fields.get(name, (-1, 0.0))[0]
    if at < 0 and len(heading.items) == 1 and (column is None or found.text.strip() == str(found.value)):
        at = heading.items[0]
    if not 0 <= at < len(cells) or (column is not None and column != at):
        return None
    return cells[at].strip() if 0 < len(cells[at].strip()) <= LONGEST else None


def _names(vocabulary: Vocabulary, text: str, name: str) -> bool:
    found = _named(vocabulary, text)
    return found is not None and found.field == name


def _named(vocabulary: Vocabulary, text: str) -> Label | None:
    return named(vocabulary, text) if 0 < len(text) <= LONGEST else None


def _beside(place: Spot) -> Iterator[str]:
    """The cell's own text, those to its left, those above."""
    row, column = place.rows[place.row], max(place.column, 0)
    if column < len(row):
        yield row[column]
    yield from reversed(row[:column])
    for above in reversed(place.rows[max(0, place.row - 6) : place.row]):
        if column < len(above):
            yield above[column]


def _in_lines(place: Spot, labels: Labels) -> Iterator[str]:
    """The parts of the line, its first words, and the texts above it."""
    text = _line(place.document, place.line)
    yield from (part.text for part in texttable.segments(text))
    words = text.split()
    for count in range(min(WORDS, len(words) - 1), 0, -1):
        if exactly(labels.header, head := " ".join(words[:count])) is not None:
            yield head
    for number in range(place.line - 1, max(0, place.line - 4), -1):
        if above := _line(place.document, number).strip():
            yield from (part.text for part in texttable.segments(above))
            return


def _line(document: Document, number: int) -> str:
    """The line's text, without the marks of a quotation."""
    if not 1 <= number <= len(document.lines):
        return ""
    line = document.lines[number - 1]
    if line.number != number:
        line = next((one for one in document.lines if one.number == number), line)
    return line.text[:LINE_LIMIT].lstrip("> ") if line.text.startswith(">") else line.text[:LINE_LIMIT]
