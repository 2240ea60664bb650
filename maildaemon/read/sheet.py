"""A workbook (XLSX, XLS, ODS) → a Document: its sheets row by row, and what it hides."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from maildaemon.model import Document
from maildaemon.read import sheet_regions, xlsx_scan
from maildaemon.read.care import NO_CARE, Care
from maildaemon.read.package import BadPackage, opened
from maildaemon.read.sheet_values import shown

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
XLS = "application/vnd.ms-excel"
SIZE_LIMIT = 25 * 2**20
_MOST = (xlsx_scan.ROWS, xlsx_scan.COLUMNS, xlsx_scan.CELLS)


@dataclass(slots=True)
class Grid:
    """One sheet: its cells as texts from row and column 0 on."""

    name: str
    rows: list[list[str]] = field(default_factory=list)
    hidden: bool = False
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)


def read_sheet(name: str, data: bytes, media_type: str, care: Care = NO_CARE) -> Document:
    """Never raises for what the bytes are."""
    problem = "it is larger than 25 MiB" if len(data) > SIZE_LIMIT else None
    grids: list[Grid] = []
    oddities: list[str] = []
    if problem is None:
        try:
            grids = _grids(data, media_type, care, oddities)
        except BadPackage as error:
            problem = str(error)
        except MemoryError:
            problem = "the spreadsheet needs more memory than it is given"
        except Exception:
            problem = "the spreadsheet is damaged, or of a form that is not known"
    if problem is not None:
        return Document(name, media_type, problem=problem, size=len(data))
    return sheet_regions.document(name, media_type, grids, oddities, len(data))


def _grids(data: bytes, media_type: str, care: Care, oddities: list[str]) -> list[Grid]:
    known = xlsx_scan.Scan()
    boxed = True
    if media_type != XLS:
        with opened(data) as package:
            if media_type == XLSX:
                known = _looked_at(package, data, care)
                boxed = all(sheet.rows * sheet.columns <= xlsx_scan.BOX for sheet in known.sheets.values())
    if known.notes:
        oddities.append("cells have notes or comments, which were not read")
    if known.pictures:
        oddities.append("it has pictures, which were not read")
    attempt = Care.attempt(data, "calamine")
    if boxed and care.may(attempt):
        care.tell(attempt)
        try:
            return list(_calamine(data, known, oddities))
        except BadPackage:
            raise
        except Exception as error:
            if type(error).__name__ == "PasswordError" or "password" in str(error).lower():
                raise BadPackage("the spreadsheet is password-protected") from None
            if media_type != XLSX:
                raise BadPackage("the spreadsheet is damaged") from error
        finally:
            care.tell("")
    return _second(data, media_type, known, care, oddities)


def _looked_at(package: zipfile.ZipFile, data: bytes, care: Care) -> xlsx_scan.Scan:
    attempt = Care.attempt(data, "lxml")
    if not care.may(attempt):
        raise BadPackage("the reader for spreadsheets died on it")
    care.tell(attempt)
    try:
        return xlsx_scan.scan(package)
    finally:
        care.tell("")


def _second(data: bytes, media_type: str, known: xlsx_scan.Scan, care: Care, oddities: list[str]) -> list[Grid]:
    """The next reader in the chain, when the first one failed or died."""
    attempt = Care.attempt(data, "openpyxl")
    if media_type != XLSX or not care.may(attempt):
        raise BadPackage("the reader for spreadsheets died on it")
    care.tell(attempt)
    try:
        return list(_openpyxl(data, known, oddities))
    finally:
        care.tell("")


def _calamine(data: bytes, known: xlsx_scan.Scan, oddities: list[str]) -> Iterator[Grid]:
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
            grid.rows.append(_texts(at, start[1], row, forms))
        _hidden_cells(grid, extra, oddities)
        yield grid


def _texts(at: int, left: int, row: list[Any], forms: dict[tuple[int, int], str]) -> list[str]:
    texts = [""] * left + [shown(value, forms.get((at, left + place), "")) for place, value in enumerate(row)]
    while texts and not texts[-1]:
        texts.pop()
    return texts[: xlsx_scan.COLUMNS]


def _openpyxl(data: bytes, known: xlsx_scan.Scan, oddities: list[str]) -> Iterator[Grid]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            grid = Grid(sheet.title, hidden=sheet.sheet_state != "visible")
            extra = known.sheets.get(sheet.title)
            forms = extra.forms if extra else {}
            far = False
            sheet.reset_dimensions()
            for at, row in enumerate(sheet.iter_rows(max_row=_MOST[0], max_col=_MOST[1], values_only=True)):
                grid.rows.append(_texts(at, 0, list(row), forms))
            far = extra is not None and (extra.rows > _MOST[0] or extra.columns > _MOST[1])
            if far:
                oddities.append(f"the sheet “{grid.name[:40]}” has cells far away that were not read")
            while grid.rows and not grid.rows[-1]:
                grid.rows.pop()
            _hidden_cells(grid, extra, oddities)
            yield grid
    finally:
        book.close()


def _hidden_cells(grid: Grid, extra: xlsx_scan.Sheet | None, oddities: list[str]) -> None:
    """Rows and columns that are hidden and hold something."""
    if extra is None or grid.hidden:
        return
    rows = [at for at in sorted(extra.hidden_rows) if at < len(grid.rows) and any(grid.rows[at])]
    columns = [at for at in sorted(extra.hidden_columns) if any(at < len(row) and row[at] for row in grid.rows)]
    if rows:
        said = " | ".join(filter(None, grid.rows[rows[0]]))[:60]
        oddities.append(f"row {rows[0] + 1} of the sheet “{grid.name[:40]}” is hidden: “{said}”")
    if columns:
        oddities.append(f"a column of the sheet “{grid.name[:40]}” is hidden")
