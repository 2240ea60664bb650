"""Delimited text: the delimiter told by how steadily it parts the lines, so that a decimal comma is none."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from typing import Literal

_CANDIDATES = ("\t", ";", "|", ",")
_SAMPLE_LINES = 200
ROWS, COLUMNS, CELLS = 20_000, 100, 200_000
_SEP = re.compile(r"\ufeff?\"?sep=(.)\"?[ \t]*(?:\r?\n|\r)", re.IGNORECASE)


class BadCsv(Exception):  # noqa: N818
    """``str()`` says in plain words why the file cannot be read as a table."""


def delimiter(text: str) -> str | None:
    """The delimiter that parts most lines into the same number of columns, at least two. On equal terms a comma loses:
    in ``W-1;1,20`` both part every line."""
    sample = [line for line in text[: 64 * 1024].splitlines()[:_SAMPLE_LINES] if line.strip()]
    best: tuple[float, int, int] | None = None
    chosen = None
    for rank, mark in enumerate(_CANDIDATES):
        widths = [len(row) for row in _rows("\n".join(sample), mark) if row]
        wide = [width for width in widths if width > 1]
        if not wide:
            continue
        width, count = Counter(wide).most_common(1)[0]
        steady = count / len(widths)
        if steady < 0.5 or (len(widths) > 1 and count < 2):
            continue
        score = (round(min(steady, 0.9), 1), width, -rank)
        if best is None or score > best:
            best, chosen = score, mark
    return chosen


def rows(text: str) -> list[list[str]] | None:
    """The cells, trimmed, line breaks inside a cell as blanks; None when nothing parts the lines. Raises BadCsv."""
    named = _SEP.match(text)
    mark = named[1] if named else delimiter(text)
    if mark is None or mark in '\r\n"':
        return None
    body = text[named.end() :] if named else text
    found = _rows(body, mark)
    # A quotation mark that is never closed (an inch sign) swallows the rest of the file.
    if any(cell.count("\n") > 5 for row in found for cell in row):
        found = _rows(body, mark, csv.QUOTE_NONE)
    if len(found) > ROWS:
        raise BadCsv(f"it has more than {ROWS} rows")
    if any(len(row) > COLUMNS for row in found):
        raise BadCsv(f"a row has more than {COLUMNS} columns")
    if sum(map(len, found)) > CELLS:
        raise BadCsv(f"it has more than {CELLS} cells")
    return [[" ".join(cell.split()) for cell in row] for row in found]


def _rows(text: str, mark: str, quoting: Literal[0, 1, 2, 3] = csv.QUOTE_MINIMAL) -> list[list[str]]:
    try:
        return list(
            csv.reader(io.StringIO(text, newline=""), delimiter=mark, quoting=quoting, skipinitialspace=mark != "\t")
        )
    except csv.Error:
        if quoting == csv.QUOTE_MINIMAL:
            return _rows(text, mark, csv.QUOTE_NONE)
        raise BadCsv("it is no table: a cell is longer than any honest one, or its quotes do not end") from None


def table(found: list[list[str]]) -> tuple[tuple[tuple[str, ...], ...], int]:
    """The grid, every row equally long, and how many rows stand above it as a preamble (fewer filled cells than half of
    the table's width)."""
    widths = [sum(map(bool, row)) for row in found]
    full = Counter(width for width in widths if width > 1).most_common(1)
    if not full:
        return (), 0
    usual = full[0][0]
    start = next(number for number, width in enumerate(widths) if width >= max(2, (usual + 1) // 2, usual - 2))
    kept = [row for row in found[start:] if any(row)]
    width = max(map(len, kept))
    while width > 1 and not any(len(row) >= width and row[width - 1] for row in kept):
        width -= 1
    return tuple(tuple((row + [""] * width)[:width]) for row in kept), start


def headless(found: list[list[str]], is_label: Callable[[str], bool]) -> bool:
    """Rows of data from the first on: figures in it and in most of the others, and no row with two known labels."""
    filled = [row for row in found if sum(map(bool, row)) > 1][:200]
    if len(filled) < 2 or any(sum(map(is_label, filter(None, row))) > 1 for row in filled[:40]):
        return False
    figures = [any(cell.replace(".", "").replace(",", "").isdigit() for cell in row) for row in filled]
    return figures[0] and sum(figures) * 10 >= len(figures) * 6
