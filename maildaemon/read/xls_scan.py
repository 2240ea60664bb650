"""What an XLS says beside its values (formats, hidden rows and columns, notes), looked at within bounds before any
library opens it ([MS-XLS], 2.4)."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from maildaemon.read.package import BadPackage
from maildaemon.read.sheet_values import BUILT_IN
from maildaemon.read.xlsx_scan import CELLS, SHEETS, Scan, Sheet, column_name

_FILEPASS, _BOUND, _FORMAT, _XF, _ROW, _COLINFO, _NOTE = 0x2F, 0x85, 0x41E, 0xE0, 0x208, 0x7D, 0x1C
_BOOLERR, _FORMULA = 0x205, 0x06
_EOF, _MULTIPLE = 0x0A, 0xBD
_CELLS = frozenset({0x203, 0x27E, 0x06, 0xFD, 0x204, 0x205})
"""Number, RK, Formula, LabelSst, Label, BoolErr: row, column and format first."""
_HIDDEN_ROW, _HIDDEN_COLUMN = 0x20, 0x01


@dataclass(slots=True)
class _Styles:
    own: dict[int, str] = field(default_factory=lambda: dict(BUILT_IN))
    numbers: list[int] = field(default_factory=list)

    def form(self, style: int) -> str:
        return self.own.get(self.numbers[style], "") if style < len(self.numbers) else ""


def scan(data: bytes) -> Scan:
    """Raises BadPackage for what exceeds a bound, is encrypted or damaged. Of a file older than Excel 97 nothing is
    told."""
    book = _book(data)
    found = Scan()
    if book is None:
        return found
    try:
        places, styles = _globals(book)
        for name, start in places[: SHEETS + 1]:
            found.sheets[name] = sheet = Sheet(name)
            found.notes += _sheet(book, start, sheet, styles)
        if len(places) > SHEETS:
            raise BadPackage(f"it has more than {SHEETS} sheets")
        if sum(sheet.cells for sheet in found.sheets.values()) > CELLS:
            raise BadPackage(f"it has more than {CELLS} cells")
    except (struct.error, IndexError) as error:
        raise BadPackage("the spreadsheet is damaged or cut off") from error
    return found


def _book(data: bytes) -> bytes | None:
    """The stream of an Excel 97 and later; olefile opens the compound file ([MS-CFB])."""
    try:
        with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_INCORRECT) as file:
            if not file.exists("Workbook"):
                return None
            if file.get_size("Workbook") > len(data):
                raise BadPackage("the spreadsheet is damaged or cut off")
            return bytes(file.openstream("Workbook").read())
    except BadPackage:
        raise
    except Exception as error:
        raise BadPackage("the spreadsheet is damaged or cut off") from error


def _records(data: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    at = start
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        yield kind, data[at + 4 : at + 4 + size]
        at += 4 + size
        if kind == _EOF:
            return


def _globals(book: bytes) -> tuple[list[tuple[str, int]], _Styles]:
    """The sheets with where they begin, and the formats."""
    places: list[tuple[str, int]] = []
    styles = _Styles()
    for kind, body in _records(book, 0):
        if kind == _FILEPASS:
            raise BadPackage("the spreadsheet is password-protected")
        if kind == _BOUND:
            start, _, _, length = struct.unpack_from("<IBBB", body)
            places.append((_text(body, 7, length), start))
        elif kind == _FORMAT:
            number, length = struct.unpack_from("<HH", body)
            styles.own[number] = _text(body, 4, length)[:200]
        elif kind == _XF:
            styles.numbers.append(struct.unpack_from("<HH", body)[1])
    return places, styles


def _text(body: bytes, at: int, length: int) -> str:
    """One byte for each character, or two, as the flag in front says."""
    if body[at] & 1:
        return body[at + 1 : at + 1 + 2 * length].decode("utf-16-le", "replace")
    return body[at + 1 : at + 1 + length].decode("latin-1")


def _sheet(book: bytes, start: int, sheet: Sheet, styles: _Styles) -> int:
    """Fill in the sheet; how many notes it has."""
    notes = 0
    for kind, body in _records(book, start):
        if kind == _ROW:
            row, flags = struct.unpack_from("<H10xH", body)
            if flags & _HIDDEN_ROW:
                sheet.hidden_rows.add(row)
        elif kind == _COLINFO:
            first, last, _, _, flags = struct.unpack_from("<HHHHH", body)
            if flags & _HIDDEN_COLUMN:
                sheet.hidden_columns.update(range(first, min(last, 255) + 1))
        elif kind in _CELLS:
            row, column, style = struct.unpack_from("<HHH", body)
            _cell(sheet, row, column, style, styles)
            if (kind == _BOOLERR and body[7:8] == b"\x01") or (kind == _FORMULA and _is_error(body)):
                sheet.error = sheet.error or f"{column_name(column)}{row + 1}"
        elif kind == _MULTIPLE:
            row, column = struct.unpack_from("<HH", body)
            for at in range(4, len(body) - 2, 6):
                _cell(sheet, row, column + (at - 4) // 6, struct.unpack_from("<H", body, at)[0], styles)
        notes += kind == _NOTE
    return notes


def _is_error(body: bytes) -> bool:
    """The result of a formula: no number, but an error ([MS-XLS], 2.5.133)."""
    return body[6:7] == b"\x02" and body[12:14] == b"\xff\xff"


def _cell(sheet: Sheet, row: int, column: int, style: int, styles: _Styles) -> None:
    sheet.cells += 1
    if sheet.cells > CELLS:
        raise BadPackage(f"it has more than {CELLS} cells")
    sheet.rows, sheet.columns = max(sheet.rows, row + 1), max(sheet.columns, column + 1)
    if form := styles.form(style):
        sheet.forms[row, column] = form
