"""The tables of a document → what they state: order lines, upright or on their side, and labels with their values."""

from collections.abc import Sequence
from dataclasses import replace

from maildaemon.model import Document, Table, Zone
from maildaemon.parse import notices
from maildaemon.parse.events import Event, Scan
from maildaemon.parse.headings import Columns, columns, heading_at, looks_like_one
from maildaemon.parse.keyed import titled
from maildaemon.parse.labels import Labels
from maildaemon.parse.pairs import Pairs
from maildaemon.parse.raw import RawLine, Text, row_place
from maildaemon.parse.roles import Sums
from maildaemon.parse.rows import Block, Row
from maildaemon.parse.storeys import storeys
from maildaemon.parse.tables import read
from maildaemon.parse.turned import turned
from maildaemon.parse.units import quantity


def scan(document: Document, labels: Labels, result: Scan) -> set[int]:
    """Add what the tables state to the result; the numbers of the text lines that only repeat a table's rows."""
    taken: set[int] = set()
    cards: list[tuple[int, Text | None]] = []
    for number, table in enumerate(document.tables):
        if table.zone is Zone.HIDDEN or not table.rows:
            continue
        taken |= _repeated(document, table)
        _one(document, number, table, labels, result, cards)
    _entitle(result, cards)
    return taken


def _entitle(result: Scan, cards: Sequence[tuple[int, Text | None]]) -> None:
    """What stands above each article describes it, where nothing else does."""
    titles = titled([title for _, title in cards])
    lines = [result.events[place].lines for place, _ in cards if place < len(result.events)]
    if not titles or len(lines) < len(cards) or any(len(one) != 1 or "description" in one[0].fields for one in lines):
        return
    for (place, _), (line,), title in zip(cards, lines, titles, strict=True):
        described = RawLine({**line.fields, "description": title})
        result.events[place] = replace(result.events[place], lines=(described,))


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


def _one(
    document: Document,
    number: int,
    table: Table,
    labels: Labels,
    result: Scan,
    cards: list[tuple[int, Text | None]],
) -> None:
    pairs, sums = Pairs(document, number, labels, result), Sums(document)
    at = 0
    while at < len(table.rows):
        position = (table.line + at) * 10 + 5
        if (found := heading_at(table.rows, at, labels)) is not None:
            heading, tall = found
            end = _end(table.rows, at + tall, heading, labels)
            rows = [_row(document, number, below, table) for below in range(at + tall, end)]
            if tall == 1 and document.media_type == "text/html":
                rows = _gathered(rows, table.rows[at])
            _add(result, read(rows, heading, labels), position, table.zone)
            many = heading.fields["quantity"][0]
            for below in range(at + tall, end):
                if quantity(table.rows[below][many]) is None:
                    pairs.row(below, position + 2, sums=False)
            at = end
        elif (side := turned(document, number, at, labels) or storeys(document, number, at, labels)) is not None:
            result.doubts.extend(side.doubts)
            cards.append((len(result.events), side.title))
            _add(result, read(side.rows, side.heading, labels), position, table.zone)
            at = side.last
        elif (shown := notices.in_table(document, number, at, labels, sums)) is not None:
            block = Block(list(shown.lines), [{} for _ in shown.lines], doubts=shown.doubts)
            _add(result, block, position, table.zone)
            at = shown.end
        else:
            if at + 1 < len(table.rows) and looks_like_one(table.rows[at], labels):
                result.doubts.append(f"a table that looks like order lines was not read: {_short(table.rows[at])}")
            pairs.row(at, position)
            at += 1


def _gathered(rows: list[Row], heading: Sequence[str]) -> list[Row]:
    """The cells below a heading that spans several columns as one: "EUR" and "4.85" below "Price"."""
    spans = [at for at in range(1, len(heading)) if heading[at] and heading[at] == heading[at - 1]]
    if not spans:
        return rows
    found = []
    for row in rows:
        cells = list(row.cells)
        for at in reversed(spans):
            if cells[at] != cells[at - 1]:
                cells[at - 1] = " ".join(filter(None, cells[at - 1 : at + 1]))
                cells[at] = ""
        found.append(replace(row, cells=tuple(cells)))
    return found


def _end(rows: Sequence[Sequence[str]], start: int, heading: Columns, labels: Labels) -> int:
    """Where another heading, whose columns are not those of this one, begins a table of its own."""
    for at in range(start, len(rows)):
        other = columns(rows[at], labels)
        if other is not None and {name: place for name, (place, _) in other.fields.items()} != {
            name: place for name, (place, _) in heading.fields.items()
        }:
            return at
    return len(rows)


def _add(result: Scan, block: Block, position: int, zone: Zone) -> None:
    result.doubts.extend(block.doubts)
    result.languages.extend(block.languages)
    if block.lines:
        event = Event(position, "lines", lines=tuple(block.lines), own=tuple(block.order), zone=zone)
        result.events.append(event)
    for name, text in block.stated:
        result.events.append(Event(position + 1, name, text, zone=zone))


def _short(cells: Sequence[str]) -> str:
    return " | ".join(filter(None, cells))[:60]


def _row(document: Document, number: int, at: int, table: Table) -> Row:
    return Row(table.rows[at], document.name, row_place(document, number, at), table.zone)
