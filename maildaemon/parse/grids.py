"""The tables of a document → what they state: order lines, label and value side by side, labels above values."""

from collections.abc import Sequence
from dataclasses import replace

from maildaemon.model import Document, Table, Zone
from maildaemon.parse.events import Event, Scan
from maildaemon.parse.headings import columns, looks_like_one
from maildaemon.parse.labels import LONGEST, Labels, named, without_currency
from maildaemon.parse.raw import Text, cell, row_place
from maildaemon.parse.tables import Row, read
from maildaemon.parse.units import quantity

ADDRESSES = frozenset({"ship_to", "bill_to"})
ADDRESS_LINES = 6


def scan(document: Document, labels: Labels, result: Scan) -> set[int]:
    """Add what the tables state to the result; the numbers of the text lines that only repeat a table's rows."""
    taken: set[int] = set()
    for number, table in enumerate(document.tables):
        if table.zone is Zone.HIDDEN or not table.rows:
            continue
        taken |= _repeated(document, table)
        _one(document, number, table, labels, result)
    return taken


def _repeated(document: Document, table: Table) -> set[int]:
    """The rows stand among the lines too, right below the table's position."""
    if document.parts:
        return set(range(table.line + 1, table.line + len(table.rows) + 1))
    if document.media_type not in {"text/html", "text/plain"}:
        return {line.number for line in document.lines if line.number > table.line}
    texts = {text for row in table.rows for text in row}
    lines = document.lines
    first = table.line
    return {
        line.number
        for line in lines[first : first + len(table.rows)]
        if " | " in line.text or line.text.strip(" |") in texts or document.media_type == "text/plain"
    }


def _one(document: Document, number: int, table: Table, labels: Labels, result: Scan) -> None:
    position = table.line * 10 + 5
    at = 0
    while at < len(table.rows):
        heading = columns(table.rows[at], labels)
        if heading is None:
            if at + 1 < len(table.rows) and looks_like_one(table.rows[at], labels):
                result.doubts.append(f"a table that looks like order lines was not read: {_short(table.rows[at])}")
            _pairs(document, number, at, labels, result, position)
            at += 1
            continue
        rows = [_row(document, number, below, table) for below in range(at + 1, len(table.rows))]
        block = read(rows, heading, labels)
        result.doubts.extend(block.doubts)
        result.languages.extend(block.languages)
        if block.lines:
            event = Event(position, "lines", lines=tuple(block.lines), own=tuple(block.order), zone=table.zone)
            result.events.append(event)
        for name, text in block.stated:
            result.events.append(Event(position + 1, name, text, zone=table.zone))
        many = heading.fields["quantity"][0]
        for below in range(at + 1, len(table.rows)):
            if quantity(table.rows[below][many]) is None:
                _pairs(document, number, below, labels, result, position + 2, sums=False)
        return


def _short(cells: Sequence[str]) -> str:
    return " | ".join(filter(None, cells))[:60]


def _row(document: Document, number: int, at: int, table: Table) -> Row:
    return Row(table.rows[at], document.name, row_place(document, number, at), table.zone)


def _pairs(
    document: Document, number: int, at: int, labels: Labels, result: Scan, position: int, *, sums: bool = True
) -> None:
    """Label and value side by side in a row, in one cell with a colon, or the label above the value."""
    table = document.tables[number]
    row = table.rows[at]
    if sums and _labels_above(document, number, at, labels, result, position):
        return
    place = 0
    while place < len(row):
        text = row[place]
        label, head, value, where = None, text, "", place
        if 0 < len(text) <= 400:
            first, colon, rest = text.partition(":")
            if colon and rest.strip():
                label = named(labels.header, first.strip()) if len(first) <= LONGEST else None
                head, value = first, rest
            elif len(text) <= LONGEST and not text.isdigit():
                label = named(labels.header, text.rstrip(": "))
                where = next((later for later in range(place + 1, len(row)) if row[later] not in {"", text}), -1)
                value = row[where] if where > 0 else ""
        place += 1
        if label is not None and not value.strip() and label.similarity == label.weight == 1:
            below = _under(document, number, at, place - 1, labels)
            if below and label.field is not None and label.field != "total":
                value = ", ".join(below) if label.field in ADDRESSES else below[0]
                found = cell(document, number, at + 1, place - 1, value, label.score)
                _take(result, position, label.field, head, found, table.zone)
            continue
        if label is None or label.field is None or not value.strip() or (not sums and label.field == "total"):
            continue
        if named(labels.header, value.rstrip(": ")) is not None:
            continue
        if label.field in ADDRESSES and where > 0:
            value = ", ".join([value, *_below(table.rows[at + 1 :], place - 1, where)])
        found = replace(cell(document, number, at, where, value, label.score), loose=label.weight < 1)
        _take(result, position, label.field, head, found, table.zone)
        if len(label.languages) == 1:
            result.languages.append(label.languages[0])
        place = max(place, where + 1)


def _under(document: Document, number: int, at: int, place: int, labels: Labels) -> list[str]:
    """In a document of pages or sheets: what stands below a label with nothing beside it, up to an empty cell or the
    next label."""
    found: list[str] = []
    if not document.parts:
        return found
    for row in document.tables[number].rows[at + 1 : at + 1 + ADDRESS_LINES]:
        text = row[place].strip() if place < len(row) else ""
        if not text or (len(text) <= LONGEST and named(labels.header, text.partition(":")[0]) is not None):
            break
        found.append(text.strip(" ,;"))
    return found


def _below(rows: Sequence[Sequence[str]], label: int, place: int) -> list[str]:
    """The rest of an address: the rows that have nothing but a text in its column."""
    found: list[str] = []
    for row in rows[:ADDRESS_LINES]:
        if place >= len(row) or not row[place].strip() or any(text.strip() and text != row[place] for text in row):
            break
        if row[label].strip():
            break
        found.append(row[place].strip(" ,;"))
    return found


def _labels_above(document: Document, number: int, at: int, labels: Labels, result: Scan, position: int) -> bool:
    """A row of nothing but labels with its values in the row below."""
    table = document.tables[number]
    row = table.rows[at]
    if at + 1 >= len(table.rows):
        return False
    heads = [named(labels.header, text.rstrip(": ")) if 0 < len(text) <= LONGEST else None for text in row]
    if not _only_labels(row, heads):
        return False
    below = table.rows[at + 1]
    if any(text and named(labels.header, text.rstrip(": ")) is not None for text in below if len(text) <= LONGEST):
        return False
    for place, label in enumerate(heads):
        if label is not None and label.field is not None and below[place].strip():
            _take(
                result,
                position,
                label.field,
                row[place],
                cell(document, number, at + 1, place, below[place], label.score),
                table.zone,
            )
    return True


def _only_labels(row: Sequence[str], heads: Sequence[object]) -> bool:
    filled = [label for text, label in zip(row, heads, strict=True) if text]
    return len(filled) >= 2 and all(label is not None for label in filled) and len(set(row)) > 1


def _take(result: Scan, position: int, name: str, head: str, text: Text, zone: Zone) -> None:
    result.events.append(Event(position, name, text, zone=zone))
    code = without_currency(head)[1] if name == "total" else None
    if code:
        stated = Text(code, text.document, text.place, text.evidence, 0.95, text.zone)
        result.events.append(Event(position, "currency", stated, zone=zone))
