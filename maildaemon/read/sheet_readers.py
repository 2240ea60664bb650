"""The libraries that open a workbook, each as an iterator of its sheets as texts."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from maildaemon.read import xlsx_scan
from maildaemon.read.package import BadPackage
from maildaemon.read.sheet_values import shown, shows_otherwise

_MOST = (xlsx_scan.ROWS, xlsx_scan.COLUMNS, xlsx_scan.CELLS)
_ERROR = re.compile(
    r"#(?:REF!|VALUE!|DIV/0!|NAME\?|N/A|NULL!|NUM!|SPILL!|CALC!|BUSY!|FIELD!|GETTING_DATA)|Err:[0-9]{3}"
)
"""How the programs show a formula that cannot be computed (ECMA-376, part 1, 18.17.3)."""


@dataclass(slots=True)
class Grid:
    """One sheet: its cells as texts from row and column 0 on."""

    name: str
    rows: list[list[str]] = field(default_factory=list)
    hidden: bool = False
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    otherwise: str = ""
    """The first cell that shows another thing than it holds."""


def calamine(data: bytes, known: xlsx_scan.Scan, oddities: list[str]) -> Iterator[Grid]:
    """XLSX, XLSB, XLS and ODS. Raises BadPackage beyond a bound, and whatever the library raises."""
    import python_calamine

    book = python_calamine.load_workbook(io.BytesIO(data))
    if len(book.sheets_metadata) > xlsx_scan.SHEETS:
        raise BadPackage(f"it has more than {xlsx_scan.SHEETS} sheets")
    cells = 0
    for about in book.sheets_metadata:
        if about.typ != python_calamine.SheetTypeEnum.WorkSheet:
            oddities.append(f"the sheet “{about.name[:40]}” is no table, and was not read")
            continue
        sheet = book.get_sheet_by_name(about.name)
        start, end = sheet.start or (0, 0), sheet.end or (0, 0)
        if (end[0] + 1) * (end[1] + 1) > xlsx_scan.BOX or start[0] > 1000 or start[1] > 100:
            raise BadPackage("its cells lie too far apart")
        hidden = about.visible != python_calamine.SheetVisibleEnum.Visible
        grid = Grid(about.name, hidden=hidden, merged=list(sheet.merged_cell_ranges or ())[:2000])
        extra = known.sheets.get(about.name)
        forms = extra.forms if extra else {}
        grid.rows.extend([] for _ in range(start[0]))
        for at, row in enumerate(sheet.iter_rows(), start[0] if sheet.start else 0):
            if at >= _MOST[0]:
                oddities.append(f"the sheet “{about.name[:40]}” has more than {_MOST[0]} rows; the rest was not read")
                break
            cells += len(row)
            if cells > 10 * _MOST[2]:
                raise BadPackage(f"it has more than {10 * _MOST[2]} cells")
            grid.rows.append(_texts(at, start[1], row, forms, grid))
        _odd(grid, extra, oddities)
        _printed(grid, extra, known)
        yield grid


def openpyxl(data: bytes, known: xlsx_scan.Scan, oddities: list[str]) -> Iterator[Grid]:
    """XLSX alone, slowly, and whatever lies where."""
    import openpyxl as library

    book = library.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            grid = Grid(sheet.title, hidden=sheet.sheet_state != "visible")
            extra = known.sheets.get(sheet.title)
            forms = extra.forms if extra else {}
            sheet.reset_dimensions()
            for at, row in enumerate(sheet.iter_rows(max_row=_MOST[0], max_col=_MOST[1], values_only=True)):
                grid.rows.append(_texts(at, 0, list(row), forms, grid))
            if extra is not None and (extra.rows > _MOST[0] or extra.columns > _MOST[1]):
                oddities.append(f"the sheet “{grid.name[:40]}” has cells far away that were not read")
            while grid.rows and not grid.rows[-1]:
                grid.rows.pop()
            _odd(grid, extra, oddities)
            _printed(grid, extra, known)
            yield grid
    finally:
        book.close()


def _texts(at: int, left: int, row: list[Any], forms: dict[tuple[int, int], str], grid: Grid) -> list[str]:
    if not grid.otherwise:
        places = (place for place, value in enumerate(row) if shows_otherwise(value, forms.get((at, left + place), "")))
        grid.otherwise = next((f"{xlsx_scan.column_name(left + place)}{at + 1}" for place in places), "")
    texts = [""] * left + [shown(value, forms.get((at, left + place), "")) for place, value in enumerate(row)]
    while texts and not texts[-1]:
        texts.pop()
    return texts[: xlsx_scan.COLUMNS]


def _printed(grid: Grid, extra: xlsx_scan.Sheet | None, known: xlsx_scan.Scan) -> None:
    """What stands in text boxes, and is printed above and below the sheet, as rows of their own below it."""
    if grid.hidden:
        return
    words = [*(extra.words if extra is not None else ()), *known.words]
    known.words = []
    for text in words:
        grid.rows.extend(([], [text]))


def _error(grid: Grid) -> str:
    """The first cell whose text is one of an error."""
    for at, row in enumerate(grid.rows):
        for place, text in enumerate(row):
            if text[:1] in {"#", "E"} and _ERROR.fullmatch(text):
                return f"{xlsx_scan.column_name(place)}{at + 1}"
    return ""


def _odd(grid: Grid, extra: xlsx_scan.Sheet | None, oddities: list[str]) -> None:
    """Formulas that say nothing; rows and columns that are hidden and hold something. Of a hidden sheet nothing is
    read."""
    if grid.hidden:
        return
    error = extra.error if extra is not None and extra.error else _error(grid)
    if error:
        oddities.append(f"cell {error} of the sheet “{grid.name[:40]}” shows an error")
    if extra is None:
        return
    if extra.struck:
        oddities.append(f"{extra.struck} of the sheet “{grid.name[:40]}” is struck through")
    if extra.white:
        oddities.append(f"cell {extra.white} of the sheet “{grid.name[:40]}” is white on white")
    if grid.otherwise:
        oddities.append(f"cell {grid.otherwise} of the sheet “{grid.name[:40]}” shows another thing than it holds")
    if extra.unknown:
        oddities.append(f"cell {extra.unknown} of the sheet “{grid.name[:40]}” has a formula whose value is not known")
    rows = [at for at in sorted(extra.hidden_rows) if at < len(grid.rows) and any(grid.rows[at])]
    columns = [at for at in sorted(extra.hidden_columns) if any(at < len(row) and row[at] for row in grid.rows)]
    if rows:
        said = " | ".join(filter(None, grid.rows[rows[0]]))[:60]
        oddities.append(f"row {rows[0] + 1} of the sheet “{grid.name[:40]}” is hidden: “{said}”")
    if columns:
        oddities.append(f"a column of the sheet “{grid.name[:40]}” is hidden")
