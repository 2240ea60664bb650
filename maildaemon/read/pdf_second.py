"""A second opinion on ruled tables in a PDF: asked where the first is doubtful, and a contradiction is told."""

import io
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from maildaemon.parse.headings import Columns, columns
from maildaemon.parse.labels import Labels
from maildaemon.parse.units import quantity
from maildaemon.read.care import Care
from maildaemon.read.pdf_boxes import Frame, frames, texts
from maildaemon.read.pdf_columns import Grid
from maildaemon.read.pdf_heading import joined
from maildaemon.read.pdf_rows import Row
from maildaemon.read.pdf_text import PageText
from maildaemon.read.textfile import clean

READER = "pdfplumber"
SIZE, DECODED, STREAMS, PAGES = 4 * 2**20, 4 * 2**20, 2000, 5
"""Bytes of the file, of its streams when they are inflated, streams, pages that are asked about."""
CHARS, PATHS, ROWS = 8_000, 1_500, 400
"""Of one page: it costs a quarter of a second where these are a tenth."""
_STREAM = re.compile(rb"stream\r?\n")
_SUMS = ("quantity", "unit_price", "amount")
_Cells = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """``cells`` from the heading on."""

    cells: _Cells
    top: float
    bottom: float


@dataclass(slots=True)
class Second:
    """Another reader of the same file, with its own way through fonts and rules (pdfplumber over pdfminer)."""

    data: bytes
    care: Care
    asked: int = 0

    def tables(self, number: int, labels: Labels) -> list[_Table] | None:
        """Those of one page (from 0) that have a heading of order lines; None when it cannot be asked."""
        attempt = Care.attempt(self.data, READER)
        if self.asked >= PAGES or not self.care.may(attempt) or not is_small(self.data):
            return None
        self.asked += 1
        self.care.tell(attempt)
        try:
            return _tables(self.data, number, labels)
        except Exception:
            return None  # what it cannot read it has no opinion on
        finally:
            self.care.tell("")


def is_small(data: bytes) -> bool:
    """Its streams are small also when they are inflated, so that a reader in Python gets through them."""
    if len(data) > SIZE:
        return False
    left = DECODED
    for count, found in enumerate(_STREAM.finditer(data)):
        if count >= STREAMS:
            return False
        inflater = zlib.decompressobj()
        try:
            inflated = inflater.decompress(data[found.end() : found.end() + SIZE], left + 1)
        except zlib.error:
            continue
        left -= len(inflated)
        if left < 0 or inflated[:1] == b"\x78":
            return False
    return True


def _tables(data: bytes, number: int, labels: Labels) -> list[_Table]:
    from pdfplumber.pdf import PDF

    found: list[_Table] = []
    with PDF(io.BytesIO(data), pages=[number + 1]) as opened:
        page = opened.pages[0]
        for table in page.find_tables({"vertical_strategy": "lines", "horizontal_strategy": "lines"}):
            rows = [tuple(map(_cell, row)) for row in table.extract()[:ROWS]]
            head = next((at for at, row in enumerate(rows) if columns(row, labels) is not None), None)
            if head is not None and head + 1 < len(rows):
                found.append(_Table(tuple(rows[head:]), table.bbox[1], table.bbox[3]))
    return found


def _cell(text: Any) -> str:
    return joined([clean(line).strip() for line in str(text).splitlines()]) if text else ""


def with_second(
    first: Sequence[Grid], rows: Sequence[Row], pages: Sequence[PageText], labels: Labels, second: Second
) -> tuple[list[Grid], list[str]]:
    """The tables, one that only the second reader has found among them, and where the two contradict each other."""
    grids, told = list(first), []
    for number, page in enumerate(pages):
        ruled = [frame for frame in frames(page) if frame.columns >= 3 and frame.rows >= 2]
        letters = sum(len(word.text) for word in page.words)
        if not ruled or letters > CHARS or page.paths > PATHS:
            continue
        here = [at for at, row in enumerate(rows) if row.page == number]
        own = [grid for grid in grids if rows[grid.first].page == number]
        if not _is_doubtful(own, ruled, [rows[at] for at in here], labels):
            continue
        theirs = second.tables(number, labels)
        if not theirs:
            continue
        if not own:
            grids.extend(_taken_over(table, rows, here) for table in theirs)
            continue
        both = [grid.cells for grid in own], [table.cells for table in theirs]
        mine, other = (_figures(some, labels) for some in both)
        if mine and other and not agree(*both, labels):
            one, two = next(((a, b) for a, b in zip(mine, other, strict=False) if a != b), (mine[-1], other[-1]))
            if len(mine) != len(other):
                one, two = (f"lines: {len(mine)}",), (f"lines: {len(other)}",)
            told.append(
                f"two readers read the table on page {number + 1} differently: “{_shown(one)}” and “{_shown(two)}”"
            )
        elif len(own) == len(theirs) == 1 and _says_more(theirs[0].cells, own[0].cells, labels):
            grids[grids.index(own[0])] = replace(own[0], cells=theirs[0].cells)
    return grids, told


def _taken_over(table: _Table, rows: Sequence[Row], here: Sequence[int]) -> Grid:
    inside = [at for at in here if table.top <= rows[at].y - 0.3 * rows[at].size <= table.bottom]
    return Grid(min(inside, default=here[0]), frozenset(inside), table.cells)


def _is_doubtful(own: Sequence[Grid], ruled: Sequence[Frame], rows: Sequence[Row], labels: Labels) -> bool:
    """There is none where the boxes hold one, a column or a row was not understood, or the boxes hold other figures."""
    boxed = [cells for frame in ruled if (cells := _boxed(frame, rows, labels)) is not None]
    if not own:
        return bool(boxed)
    if any(_is_unsure(grid, labels) for grid in own):
        return True
    return bool(boxed) and not agree(boxed, [grid.cells for grid in own], labels)


def _boxed(frame: Frame, rows: Sequence[Row], labels: Labels) -> _Cells | None:
    """The rows of a drawn table from its heading on, when every line has a row of boxes for itself."""
    grid = [[""] * frame.columns for _ in range(frame.rows)]
    for box in frame.boxes:
        grid[box.row][box.column] = joined([row.text for row in texts(box, rows)])
    head = next((at for at, cells in enumerate(grid) if columns(cells, labels) is not None), None)
    if head is None or len(grid) - head < 2:
        return None
    found = columns(grid[head], labels)
    many = [quantity(cells[_at(found, "quantity")]) for cells in grid[head + 1 :]]
    return tuple(map(tuple, grid[head:])) if any(many) else None


def _is_unsure(grid: Grid, labels: Labels) -> bool:
    found = columns(grid.cells[0], labels)
    if found is None or found.doubts or grid.missed:
        return True
    unread = [at for at, _ in found.unread]
    return any(row[at].strip() for row in grid.cells[1:] for at in unread)


def _at(found: Columns | None, name: str) -> int:
    return found.fields.get(name, (-1, 0.0))[0] if found else -1


def agree(one: Sequence[_Cells], other: Sequence[_Cells], labels: Labels) -> bool:
    """Quantities, prices and amounts are the same; the unit may stand in the cell of its quantity, or in its own."""
    figures = _figures(one, labels), _figures(other, labels)
    return (
        figures[0] == figures[1]
        or _figures(one, labels, units=True) == figures[1]
        or figures[0] == _figures(other, labels, units=True)
    )


def _figures(tables: Sequence[_Cells], labels: Labels, *, units: bool = False) -> list[tuple[str, ...]]:
    """Quantity, price and amount of every line, as written but for blanks. ``units``: each quantity with its unit."""
    lines: list[tuple[str, ...]] = []
    for cells in tables:
        found = columns(cells[0], labels)
        places, unit = [_at(found, name) for name in _SUMS], _at(found, "unit") if units else -1
        lines.extend(
            tuple(_written(row, at, unit if at == places[0] else -1) for at in places)
            for row in cells[1:]
            if places[0] >= 0 and quantity(row[places[0]]) is not None
        )
    return lines


def _written(row: Sequence[str], at: int, behind: int) -> str:
    return "".join("".join(row[place].split()) for place in (at, behind) if place >= 0)


def _says_more(theirs: _Cells, own: _Cells, labels: Labels) -> bool:
    one, other = columns(theirs[0], labels), columns(own[0], labels)
    return one is not None and other is not None and len(one.fields) > len(other.fields)


def _shown(figures: Sequence[str]) -> str:
    return " | ".join(filter(None, figures))[:60]
