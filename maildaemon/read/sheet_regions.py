"""The sheets of a workbook → lines and tables: the table of order lines wherever it stands, what stands around it
kept apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from maildaemon.model import Document, Line, Table
from maildaemon.parse.headings import Columns, columns, heading_at
from maildaemon.parse.labels import LONGEST, Labels, exactly, labels, named
from maildaemon.parse.numbers import currency, number
from maildaemon.parse.sums import names_one
from maildaemon.parse.units import quantity, unit
from maildaemon.playbook import GENERAL
from maildaemon.read.textfile import clean

ROWS_SAID = 5


class Grid(Protocol):
    name: str
    rows: list[list[str]]
    hidden: bool
    merged: list[tuple[tuple[int, int], tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class _Region:
    """The table of order lines: its rows (the heading first, the last one excluded) and columns."""

    first: int
    last: int
    left: int
    right: int
    found: Columns
    body: int
    """The first row below the heading."""


def document(name: str, media_type: str, grids: Sequence[Grid], oddities: list[str], size: int) -> Document:
    """Hidden sheets are read for what they hold, never as part of the order."""
    known = labels(GENERAL)
    writer = _Writer()
    regions = {id(grid): list(_regions(grid.rows, known)) for grid in grids}
    seen = [grid for grid in grids if not grid.hidden]
    numbered = [grid for grid in seen if _is_numbered(grid.rows, known)]
    ordering = any(_filled(grid.rows, region) for grid in seen for region in regions[id(grid)])
    for grid in grids:
        filled = any(_filled(grid.rows, region) for region in regions[id(grid)])
        if grid.hidden:
            if filled or _is_numbered(grid.rows, known):
                oddities.append(f"the hidden sheet “{grid.name[:40]}” holds what looks like an order")
            continue
        if ordering and not filled and grid not in numbered and _is_list(grid.rows, known):
            continue
        if numbered and grid not in numbered and filled:
            oddities.append(f"the sheet “{grid.name[:40]}” has a list with quantities too, which was not read")
            continue
        writer.sheet(grid, regions[id(grid)], oddities, known)
    problem = None if writer.lines or oddities else "the spreadsheet is empty"
    return Document(
        name, media_type, tuple(writer.lines), tuple(writer.tables), None, problem, size,
        oddities=tuple(dict.fromkeys(oddities))[:10], parts=tuple(writer.parts) or ((1, "line"),),
    )  # fmt: skip


def _is_numbered(rows: Sequence[Sequence[str]], known: Labels) -> bool:
    """It states a PO number."""
    for row in rows[:60]:
        for cell in row:
            head = cell.partition(":")[0].strip()
            label = named(known.header, head) if 0 < len(head) <= LONGEST else None
            if label is not None and label.field == "po_number" and label.score == 1:
                return True
    return False


def _is_list(rows: Sequence[Sequence[str]], known: Labels) -> bool:
    """A list that is kept beside the order: prices, units, articles. Each of its columns is known, and none is a
    quantity; or it is one column of words for a cell to choose from."""
    filled = [[cell for cell in row if cell] for row in rows if any(row)]
    if not filled:
        return True
    heads = [exactly(known.column, cell) for cell in filled[0]]
    if len(filled[0]) > 1 and all(heads):
        fields = {label.field for label in heads if label is not None}
        return fields.isdisjoint({"quantity", "telling"}) and all(len(row) <= len(heads) for row in filled)
    return all(len(row) == 1 and (_is_choice(row[0]) or exactly(known.column, row[0])) for row in filled)


def _is_choice(text: str) -> bool:
    """A unit or a currency, as a list of them to choose from has."""
    return unit(text) is not None or currency(text) is not None


def _regions(rows: Sequence[Sequence[str]], known: Labels) -> Iterator[_Region]:
    at = 0
    while at < len(rows):
        region = _region(rows, at, known)
        if region is None:
            at += 1
            continue
        yield region
        at = max(region.last, at + 1)


def _region(rows: Sequence[Sequence[str]], at: int, known: Labels) -> _Region | None:
    """The table whose heading is that row. A heading that a gap parts is looked at part by part."""
    row = rows[at]
    if sum(map(bool, row)) < 2:
        return None
    found: tuple[int, int, Columns, int] | None = None
    width = max(map(len, rows[at : at + 2]))
    for left, right in [*_parts(rows, at), (0, width)]:
        heading = [(list(one) + [""] * width)[left:right] for one in rows[at : at + 2]]
        told = heading_at(heading, 0, known)
        if told is not None and (found is None or len(told[0].fields) > len(found[2].fields)):
            found = (left, right, *told)
            if (left, right) != (0, width):
                break
    if found is None:
        return None
    left, right, read, tall = found
    return _Region(at, _end(rows, at + tall, left, right, read, known), left, right, read, at + tall)


def _parts(rows: Sequence[Sequence[str]], at: int) -> list[tuple[int, int]]:
    """The stretches of a heading that columns without any content part."""
    row = rows[at]
    below = rows[at + 1 : at + 30]
    parts: list[tuple[int, int]] = []
    start: int | None = None
    for place in range(max(map(len, (row, *below))) + 1):
        used = any(place < len(one) and one[place] for one in (row, *below))
        if used and start is None:
            start = place
        elif not used and start is not None:
            parts.append((start, place))
            start = None
    return parts


def _end(rows: Sequence[Sequence[str]], at: int, left: int, right: int, read: Columns, known: Labels) -> int:
    """Behind the last row: where two rows are empty, or one is and no quantity follows."""
    many = read.fields["quantity"][0] + left
    last = at
    for place in range(at, len(rows)):
        cells = rows[place][left:right]
        if not any(cells):
            following = rows[place + 1] if place + 1 < len(rows) else []
            if many >= len(following) or quantity(following[many]) is None or _is_label(following, known):
                return last
            continue
        if columns(cells, known) is not None:
            return last
        last = place + 1
    return last


def _is_label(row: Sequence[str], known: Labels) -> bool:
    first = next((cell for cell in row if cell), "")
    return (
        len(first) <= LONGEST
        and (named(known.header, first.rstrip(": ")) or named(known.sums, first.rstrip(": "))) is not None
    )


def _filled(rows: Sequence[Sequence[str]], region: _Region) -> bool:
    many = region.found.fields["quantity"][0] + region.left
    return any(many < len(row) and quantity(row[many]) is not None for row in rows[region.body : region.last])


class _Writer:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.tables: list[Table] = []
        self.parts: list[tuple[int, str]] = []

    def sheet(self, grid: Grid, regions: Sequence[_Region], oddities: list[str], known: Labels) -> None:
        rows = [[clean(cell).strip() for cell in row] for row in grid.rows]
        self.parts.append((len(self.lines) + 1, f"sheet {grid.name[:40]}, row"))
        at = 0
        for region in regions:
            self._plain(rows[at : region.first])
            self._region(rows, region, oddities, known)
            at = region.last
        self._plain(rows[at:])
        self._line("")

    def _plain(self, rows: list[list[str]]) -> None:
        """Rows of labels and values."""
        if any(map(any, rows)):
            width = max(map(len, rows))
            self.tables.append(Table(tuple(tuple(row + [""] * (width - len(row))) for row in rows), len(self.lines)))
        for row in rows:
            self._line(" | ".join(filter(None, row)))

    def _region(self, rows: list[list[str]], region: _Region, oddities: list[str], known: Labels) -> None:
        width = region.right - region.left
        many = region.found.fields["quantity"][0]
        kept: list[tuple[str, ...]] = []
        beside: list[str] = []
        idle: list[str] = []
        ordered = _filled(rows, region)
        for at in range(region.first, region.last):
            row = rows[at]
            cells = (row[region.left : region.right] + [""] * width)[:width]
            others = [cell for cell in (*row[: region.left], *row[region.right :]) if cell]
            if others:
                beside.append(" | ".join(others))
            if at >= region.body and ordered and _is_idle(cells, many, region.found, known):
                if not _is_told(cells, region.found):
                    idle.append(" | ".join(filter(None, cells)))
                cells = [""] * width
            kept.append(tuple(cells))
        self.tables.append(Table(tuple(kept), len(self.lines)))
        for texts in kept:
            self._line(" | ".join(texts).strip(" |"))
        if idle:
            oddities.append(f"rows without a quantity were not read as ordered ({len(idle)}): “{idle[0][:60]}”")
        quiet = [text for text in beside if not _says_something(text, known)]
        if beside and len(quiet) < len(beside):
            said = next(text for text in beside if _says_something(text, known))
            oddities.append(f"beside the order lines stands what was not read: “{said[:60]}”")

    def _line(self, text: str) -> None:
        self.lines.append(Line(text[:4000].rstrip(), len(self.lines) + 1))


def _is_idle(cells: Sequence[str], many: int, found: Columns, known: Labels) -> bool:
    """An article with its price and no quantity: an order form lists it, nobody orders it."""
    if not _is_nothing(cells[many]):
        return False
    price = found.fields.get("unit_price", (-1, 0))[0]
    code = found.fields.get("sku", found.fields.get("item", found.fields.get("description", (-1, 0))))[0]
    return price >= 0 and bool(cells[price]) and code >= 0 and bool(cells[code]) and not names_one(known, cells[code])


def _is_nothing(text: str) -> bool:
    return text.strip(" 0.,-–€£$") == ""


def _is_told(cells: Sequence[str], found: Columns) -> bool:
    """The sheet itself has computed that nothing is ordered: the row's amount is nought."""
    at = found.fields.get("amount", (-1, 0))[0]
    return at >= 0 and bool(cells[at].strip()) and _is_nothing(cells[at])


def _says_something(text: str, known: Labels) -> bool:
    """More than an article and its price, or the headings of both: a lone word, a sentence, a list with quantities."""
    cells = [cell.strip() for cell in text.split("|")]
    if all(_is_choice(cell) or exactly(known.column, cell) is not None for cell in cells):
        return False  # a list to choose from, or its heading
    if len(cells) == 1 or any(cell.endswith((".", "!", "?")) or cell.count(" ") > 5 for cell in cells):
        return True
    heads = {label.field for cell in cells if (label := named(known.column, cell)) is not None}
    listed = any(number(cell) is not None for cell in cells)
    return "quantity" in heads or not (listed or heads)
