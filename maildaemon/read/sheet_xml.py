"""An XML Spreadsheet 2003, which programs write that call the file .xls (Microsoft, XML Spreadsheet Reference): its
sheets as texts."""

import io
from collections.abc import Iterator
from typing import Any

from lxml import etree

from maildaemon.read.package import BadPackage
from maildaemon.read.sheet_readers import Grid
from maildaemon.read.xlsx_scan import CELLS, COLUMNS, ROWS, SHEETS

MARK = b"urn:schemas-microsoft-com:office:spreadsheet"
_SS = "{" + MARK.decode() + "}"


def grids(data: bytes, oddities: list[str]) -> Iterator[Grid]:
    """Raises BadPackage for what exceeds a bound or is damaged."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.parse(io.BytesIO(data), parser)
    except etree.LxmlError as error:
        raise BadPackage("the spreadsheet is damaged") from error
    root: Any = tree.getroot()
    if tree.docinfo.doctype:
        raise BadPackage("the spreadsheet has a document type, as no honest one has")
    sheets = list(root.iter(_SS + "Worksheet"))
    if len(sheets) > SHEETS:
        raise BadPackage(f"it has more than {SHEETS} sheets")
    if next(root.iter(_SS + "Comment"), None) is not None:
        oddities.append("cells have notes or comments, which were not read")
    cells = 0
    for sheet in sheets:
        name = sheet.get(_SS + "Name", "")
        grid = Grid(name, hidden=sheet.find(".//{*}WorksheetOptions/{*}Visible") is not None)
        for row in sheet.iter(_SS + "Row"):
            at = _place(row, len(grid.rows), ROWS)
            grid.rows.extend([] for _ in range(at - len(grid.rows) + 1))
            if row.get(_SS + "Hidden") == "1":
                oddities.append(f"row {at + 1} of the sheet “{name[:40]}” is hidden")
            grid.rows[at] = _texts(row)
            cells += len(grid.rows[at])
            if cells > CELLS:
                raise BadPackage(f"it has more than {CELLS} cells")
        if any(column.get(_SS + "Hidden") == "1" for column in sheet.iter(_SS + "Column")):
            oddities.append(f"a column of the sheet “{name[:40]}” is hidden")
        yield grid


def _texts(row: Any) -> list[str]:
    texts: list[str] = []
    for cell in row.iter(_SS + "Cell"):
        at = _place(cell, len(texts), COLUMNS)
        texts.extend("" for _ in range(at - len(texts)))
        data = cell.find(_SS + "Data")
        text = " ".join("".join(data.itertext()).split()) if data is not None else ""
        if data is not None and data.get(_SS + "Type") == "DateTime":
            text = text.removesuffix(".000").removesuffix("T00:00:00")
        texts.append(text[:4000])
        across = cell.get(_SS + "MergeAcross", "0")
        texts.extend("" for _ in range(min(int(across), COLUMNS) if across.isdigit() else 0))
    return texts[:COLUMNS]


def _place(element: Any, usual: int, most: int) -> int:
    """Where a row or cell stands, from 0: behind the one before, or where its index says."""
    stated = element.get(_SS + "Index", "")
    at = int(stated) - 1 if stated.isdigit() and len(stated) < 8 else usual
    if not usual <= at < most:
        raise BadPackage("its cells lie too far apart")
    return at
