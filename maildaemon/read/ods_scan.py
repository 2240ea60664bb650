"""What an ODS says beside its values (formats, hidden sheets, rows and columns, notes), looked at within bounds before
any library opens it (ODF 1.3, part 3, 9)."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from lxml import etree

from maildaemon.read.package import BadPackage, content
from maildaemon.read.xlsx_scan import CELLS, SHEETS, Scan, Sheet

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_ROW, _COLUMN, _NOTE = _TABLE + "table-row", _TABLE + "table-column", _OFFICE + "annotation"
_CELL = frozenset({_TABLE + "table-cell", _TABLE + "covered-table-cell"})
_FEW = 100
"""Of a row that is repeated so often, the rows whose formats are kept."""


def scan(package: zipfile.ZipFile) -> Scan:
    """Raises BadPackage for what exceeds a bound, is encrypted or is no spreadsheet."""
    names = package.namelist()
    if "META-INF/manifest.xml" in names and b"encryption-data" in content(package, "META-INF/manifest.xml", 2**20):
        raise BadPackage("the spreadsheet is password-protected")
    try:
        return _scan(content(package, "content.xml"), names)
    except (etree.LxmlError, KeyError, ValueError) as error:
        raise BadPackage(f"the spreadsheet is damaged ({type(error).__name__})") from error


def _scan(data: bytes, names: list[str]) -> Scan:
    found = Scan(pictures=sum(name.startswith("Pictures/") for name in names))
    sheet, row, column, many, total = Sheet(""), 0, 0, 1, 0
    columns = 0
    for event, element in _walk(data):
        tag = element.tag
        if event == "start":
            if tag == _TABLE + "table":
                sheet, row, columns = Sheet(element.get(_TABLE + "name", "")), 0, 0
                found.sheets[sheet.name] = sheet
                if len(found.sheets) > SHEETS:
                    raise BadPackage(f"it has more than {SHEETS} sheets")
            elif tag == _ROW:
                column, many = 0, _repeated(element, "rows")
                if _is_hidden(element):
                    sheet.hidden_rows.update(range(row, row + min(many, 1000)))
            elif tag == _COLUMN:
                wide = _repeated(element, "columns")
                if _is_hidden(element):
                    sheet.hidden_columns.update(range(columns, columns + min(wide, 1000)))
                columns += wide
            found.notes += tag == _NOTE
        elif tag == _ROW:
            row += many
        elif tag in _CELL:
            wide = _repeated(element, "columns")
            if _is_filled(element):
                sheet.cells += wide * many
                total += wide * many
                if total > CELLS:
                    raise BadPackage(f"it has more than {CELLS} cells")
                sheet.rows, sheet.columns = max(sheet.rows, row + many), max(sheet.columns, column + wide)
                if form := _form(element):
                    places = ((row + down, column + right) for down in range(min(many, _FEW)) for right in range(wide))
                    sheet.forms.update(dict.fromkeys(places, form))
            column += wide
    return found


def _walk(data: bytes) -> Iterator[tuple[str, Any]]:
    """Elements as they begin and end; a cell is let go behind its end."""
    walk = etree.iterparse(
        io.BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for event, element in walk:
        yield event, element
        if event == "end" and (element.tag in _CELL or element.tag == _ROW):
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _repeated(element: Any, what: str) -> int:
    count = int(element.get(f"{_TABLE}number-{what}-repeated", "1"))
    if not 0 < count <= 2**21:
        raise BadPackage("it repeats a cell more often than a sheet has any")
    return count


def _is_hidden(element: Any) -> bool:
    return str(element.get(_TABLE + "visibility", "visible")) != "visible"


def _is_filled(element: Any) -> bool:
    return element.get(_OFFICE + "value-type") is not None or next(element.iter(_TEXT + "p"), None) is not None


def _form(element: Any) -> str:
    """The number format as an XLSX would state it: leading zeros, decimals and the currency, told by the cell's shown
    text and type."""
    kind = element.get(_OFFICE + "value-type")
    shown = "".join("".join(one.itertext()) for one in element.iter(_TEXT + "p"))[:60].strip()
    if kind == "currency":
        code = element.get(_OFFICE + "currency", "")
        return f'0.00 "{code}"' if code.isalpha() and len(code) == 3 else "0.00"
    if kind == "percentage":
        return "0%"
    if kind == "float" and shown.isdigit() and shown.startswith("0"):
        return "0" * len(shown)
    return ""
