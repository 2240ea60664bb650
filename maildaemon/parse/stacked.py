"""A table with each cell in a line of its own, as copied out of a page: the headings first, then row by row."""

from collections.abc import Sequence
from dataclasses import dataclass

from maildaemon.model import Line
from maildaemon.parse.headings import Columns, columns, fits
from maildaemon.parse.labels import LONGEST, Labels, named
from maildaemon.parse.numbers import number
from maildaemon.parse.rows import Row
from maildaemon.parse.settle import price_text
from maildaemon.parse.sums import stated

LEAST, MOST = 3, 12
"""Columns of such a table."""
CELLS = 6_000


@dataclass(frozen=True, slots=True)
class Stacked:
    """The heading, the rows below it, the index of the first line that is none of the table, and doubts."""

    heading: Columns
    rows: tuple[Row, ...]
    end: int
    doubts: tuple[str, ...]


def in_lines(document: str, lines: Sequence[Line], index: int, labels: Labels) -> Stacked | None:
    """The table whose first heading stands in line ``index``. Every row is whole: one that is not ends the table, and a
    figure left over behind it is a doubt."""
    first = lines[index].text.strip()
    if not 0 < len(first) <= LONGEST or named(labels.column, first) is None:
        return None
    cells = _cells(lines, index)
    heads = _heads(cells, labels)
    heading = columns([line.text.strip() for _, line in heads], labels) if len(heads) >= LEAST else None
    if heading is None or not {"unit_price", "amount"} & set(heading.fields):
        return None
    rows: list[Row] = []
    width, at = len(heads), len(heads)
    while (row := _row(document, [line for _, line in cells[at : at + width]], width, heading, labels)) is not None:
        rows.append(row)
        at += width
    if not rows:
        return None
    end = cells[at - 1][0] + 1
    left = next((line for place, line in cells[at : at + 1] if place <= end + 1), None)
    doubts: tuple[str, ...] = ()
    if left is not None and number(price_text(left.text.strip())) is not None:
        doubts = (f"line {left.number} may belong to the order lines above it and could not be placed",)
    return Stacked(heading, tuple(rows), end, doubts)


def _cells(lines: Sequence[Line], index: int) -> list[tuple[int, Line]]:
    """The lines that hold something, from ``index`` on, as far as they are of one zone, each with its index."""
    found: list[tuple[int, Line]] = []
    for at in range(index, min(len(lines), index + 2 * CELLS)):
        line = lines[at]
        if line.zone is not lines[index].zone or len(found) >= CELLS:
            break
        if line.text.strip():
            found.append((at, line))
    return found


def _heads(cells: Sequence[tuple[int, Line]], labels: Labels) -> Sequence[tuple[int, Line]]:
    """As many as are labels of columns, each once."""
    seen: set[str] = set()
    for count, (_, line) in enumerate(cells[: MOST + 1]):
        text = line.text.strip()
        label = named(labels.column, text) if len(text) <= LONGEST else None
        if label is None or text.casefold() in seen:
            return cells[:count]
        seen.add(text.casefold())
    return ()


def _row(document: str, lines: Sequence[Line], width: int, heading: Columns, labels: Labels) -> Row | None:
    cells = tuple(line.text.strip() for line in lines)
    if len(cells) < width or any(len(cell) > 300 for cell in cells):
        return None
    row = Row(
        cells, document, f"line {lines[0].number}", lines[0].zone, None, tuple(f"line {line.number}" for line in lines)
    )
    figures = [heading.fields[name][0] for name in ("quantity", "unit_price", "amount") if name in heading.fields]
    texts = [at for name, (at, _) in heading.fields.items() if name in {"sku", "item", "buyer_sku", "description"}]
    if not fits(cells, heading) or stated(row, heading, labels) is not None:
        return None
    if any(number(price_text(cells[at])) is not None and not cells[at].isdigit() for at in texts):
        return None
    counted = all(cells[at].isdigit() for at in heading.positions)
    return row if counted and all(any(map(str.isdigit, cells[at])) for at in figures) else None
