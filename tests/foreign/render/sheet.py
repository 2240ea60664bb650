"""Grids of cells as XLSX (openpyxl), XLS (xlwt) and ODS (OpenDocument 1.3, written by hand)."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html import escape

import openpyxl
import xlwt

from tests.foreign.blocks import Block, Box, Cell, Pairs, Para, Side, Table, Title

Row = Sequence[Cell | None]


@dataclass(frozen=True, slots=True)
class Grid:
    """``merged``: ranges as openpyxl names them, XLSX only; ``hidden``: a second sheet that nobody shall see."""

    rows: tuple[Row, ...]
    merged: tuple[str, ...] = ()
    hidden: tuple[Row, ...] = ()
    hidden_columns: tuple[str, ...] = field(default=())
    name: str = "Sheet1"


def lay(blocks: Sequence[Block]) -> Grid:
    """Blocks below each other, with an empty row between."""
    rows: list[Row] = []
    for block in blocks:
        rows += [*_rows(block), ()]
    return Grid(tuple(rows))


def _rows(block: Block) -> list[Row]:
    match block:
        case Title(text):
            return [(Cell(text),)]
        case Para(lines):
            return [(Cell(line),) for line in lines]
        case Pairs(rows, "above"):
            return [tuple(Cell(label) for label, _ in rows), tuple(value for _, value in rows)]
        case Pairs(rows) | Box(rows):
            return [(Cell(label), value) for label, value in rows]
        case Side(columns):
            deep = max((len(column) for column in columns), default=0)
            return [
                tuple(cell for column in columns for cell in (Cell(column[n]) if n < len(column) else None, None, None))
                for n in range(deep)
            ]
        case Table():
            pad: tuple[None, ...] = (None,) * max(0, len(block.heads) - 2)
            foot = [(*pad, Cell(label), value) for label, value in block.foot]
            return [tuple(Cell(head) for head in block.heads), *block.rows, *foot]


def draw(grid: Grid, form: str) -> bytes:
    return {"xlsx": _xlsx, "xls": _xls, "ods": _ods}[form](grid)


def _xlsx(grid: Grid) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = grid.name
    for r, row in enumerate(grid.rows, 1):
        for c, one in enumerate(row, 1):
            if one is not None and (one.text or one.value is not None):
                cell = sheet.cell(r, c, one.text if one.value is None else one.value)
                if isinstance(one.value, date):
                    cell.number_format = "dd/mm/yyyy"
                elif isinstance(one.value, Decimal):
                    cell.number_format = "#,##0.00" if one.value.as_tuple().exponent == -2 else "General"
    for area in grid.merged:
        sheet.merge_cells(area)
    for column in grid.hidden_columns:
        sheet.column_dimensions[column].hidden = True
    if grid.hidden:
        other = book.create_sheet("Data")
        other.sheet_state = "hidden"
        for row in grid.hidden:
            other.append([None if one is None else one.text if one.value is None else one.value for one in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _xls(grid: Grid) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet(grid.name)
    day, money = xlwt.easyxf(num_format_str="DD/MM/YYYY"), xlwt.easyxf(num_format_str="#,##0.00")
    for r, row in enumerate(grid.rows):
        for c, one in enumerate(row):
            if one is None:
                continue
            if isinstance(one.value, date):
                sheet.write(r, c, one.value, day)
            elif isinstance(one.value, Decimal) and one.value.as_tuple().exponent == -2:
                sheet.write(r, c, float(one.value), money)
            else:
                sheet.write(r, c, one.text if one.value is None else float(one.value))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def _ods(grid: Grid) -> bytes:
    rows = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row)) or '<table:table-cell/>'}</table:table-row>"
        for row in grid.rows
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_SPACES} office:version="1.3"><office:body><office:spreadsheet>'
        f'<table:table table:name="{grid.name}">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in (("mimetype", _TYPE), ("content.xml", content), ("META-INF/manifest.xml", manifest)):
            file.writestr(zipfile.ZipInfo(name, (2026, 11, 23, 0, 0, 0)), text)
    return out.getvalue()


def _ods_cell(one: Cell | None) -> str:
    if one is None or not (one.text or one.value is not None):
        return "<table:table-cell/>"
    text = "".join(f"<text:p>{escape(line)}</text:p>" for line in one.text.split("\n"))
    if isinstance(one.value, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{one.value.isoformat()}">{text}</table:table-cell>'
    if isinstance(one.value, Decimal):
        return f'<table:table-cell office:value-type="float" office:value="{one.value}">{text}</table:table-cell>'
    return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
