"""What an XLSX says beside its values (formats, hidden sheets, rows and columns, notes), looked at within bounds before
any library opens it (ECMA-376, part 1, 18)."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from lxml import etree

from maildaemon.read import xlsx_styles
from maildaemon.read.package import BadPackage, content

ROWS, COLUMNS, CELLS, SHEETS = 20_000, 100, 200_000, 50
BOX = 2_000_000
"""Cells from the first corner to the last, empty ones too: what a library that builds the whole grid can bear."""
TEXTS = 200
_STYLES, _TEXTS = "xl/styles.xml", "xl/sharedStrings.xml"
_STRUCK = re.compile(rb"<(?:[a-z]{1,8}:)?strike(?![^>]{0,40}val=.(?:0|false))", re.IGNORECASE)
_PRINTED = frozenset("oddHeader oddFooter evenHeader evenFooter firstHeader firstFooter".split())
_NAMED = re.compile(r'&"[^"]{0,100}"')
_CODE = re.compile(r"&(?:[0-9]{1,3}|K[0-9A-Fa-f+-]{1,8}|[A-JM-Z])")
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"


@dataclass(slots=True)
class Sheet:
    """``forms`` are the number formats by row and column (from 0), where there is one."""

    name: str
    hidden: bool = False
    forms: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    rows: int = 0
    columns: int = 0
    cells: int = 0
    unknown: str = ""
    """The first cell whose formula has no value: the program that wrote the file has not computed it."""
    error: str = ""
    """The first cell that shows an error."""
    struck: str = ""
    """The first cell whose text is struck through."""
    white: str = ""
    """The first cell whose text is white on nothing."""
    words: list[str] = field(default_factory=list)
    """What is printed above and below it."""


@dataclass(slots=True)
class Scan:
    sheets: dict[str, Sheet] = field(default_factory=dict)
    notes: int = 0
    pictures: int = 0
    struck: bool = False
    """A part of a cell's text is struck through."""
    words: list[str] = field(default_factory=list)
    """What is written in its text boxes."""


def scan(package: zipfile.ZipFile) -> Scan:
    """Raises BadPackage for what exceeds a bound or is no workbook."""
    try:
        return _scan(package)
    except (etree.LxmlError, KeyError, ValueError) as error:
        raise BadPackage("the workbook is damaged") from error


def _scan(package: zipfile.ZipFile) -> Scan:
    names = package.namelist()
    found = Scan(
        notes=sum("/comments" in name or "/threadedComment" in name for name in names),
        pictures=sum(name.startswith("xl/media/") for name in names),
    )
    found.struck = (
        "xl/sharedStrings.xml" in names and _STRUCK.search(content(package, "xl/sharedStrings.xml")) is not None
    )
    boxes = [name for name in names if name.startswith("xl/drawings/drawing")][:SHEETS]
    found.words = [text for name in boxes for text in _boxes(_root(content(package, name, 5 * 2**20)))]
    looks = xlsx_styles.looks(_root(content(package, _STYLES, 10 * 2**20)) if _STYLES in names else None)
    targets = _targets(package, names)
    book = _root(content(package, "xl/workbook.xml", 5 * 2**20))
    sheets = [one for one in book.iter() if _tag(one) == "sheet"]
    if len(sheets) > SHEETS:
        raise BadPackage(f"it has more than {SHEETS} sheets")
    total = 0
    for one in sheets:
        sheet = Sheet(one.get("name", ""), one.get("state", "visible") != "visible")
        key = next((value for name, value in one.attrib.items() if str(name).endswith("}id")), "")
        path = targets.get(key)
        if path in names:
            _sheet(package, path, sheet, looks)
        total += sheet.cells
        if total > CELLS:
            raise BadPackage(f"it has more than {CELLS} cells")
        found.sheets[sheet.name] = sheet
    return found


def _tag(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _root(data: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(data, parser)


def _targets(package: zipfile.ZipFile, names: list[str]) -> dict[str, str]:
    path = "xl/_rels/workbook.xml.rels"
    if path not in names:
        return {}
    found = {}
    for one in _root(content(package, path, 2**20)).iter():
        target = one.get("Target", "") if _tag(one) == "Relationship" else ""
        if target and one.get("Type", "").endswith("/worksheet"):
            found[one.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found


def _boxes(root: Any) -> list[str]:
    """The paragraphs of a drawing's text boxes (ECMA-376, part 1, 20.5 and 21.1.2.2.6)."""
    paragraphs = ("".join(one.itertext()) for one in root.iter("{*}p"))
    return [text for one in islice(paragraphs, TEXTS) if (text := " ".join(one.split())[:400])]


def _printed(text: str) -> list[str]:
    """What a header or footer says, without its codes (ECMA-376, part 1, 18.3.1.39): each of its three parts."""
    parts = re.split(r"&[LCR]", _NAMED.sub("", text[:2000]))
    plain = (" ".join(_CODE.sub(" ", part).replace("&&", "&").split()) for part in parts)
    return [part for part in plain if sum(map(str.isalpha, part)) > 1]


def _sheet(package: zipfile.ZipFile, path: str, sheet: Sheet, looks: xlsx_styles.Looks) -> None:
    data = content(package, path)
    row = column = -1
    for element in _elements(data):
        tag = _tag(element)
        if tag == "row":
            row, column = int(element.get("r", row + 2)) - 1, -1
            if element.get("hidden") in {"1", "true"} or _is_none(element.get("ht")):
                sheet.hidden_rows.add(row)
        elif tag == "col":
            if element.get("hidden") in {"1", "true"} or _is_none(element.get("width")):
                first, last = int(element.get("min", "1")), int(element.get("max", "1"))
                sheet.hidden_columns.update(range(first - 1, min(last, 1000)))
        elif tag == "c":
            column = _cell(element, row, column + 1, sheet, looks)
        elif tag in _PRINTED and element.text:
            sheet.words.extend(text for text in _printed(element.text) if text not in sheet.words)
        elif tag == "cfRule" and element.get("dxfId", "") in looks.striking:
            sheet.struck = sheet.struck or "on a condition, a cell"


def _is_none(size: str | None) -> bool:
    """A height or width of nothing hides as well."""
    return size is not None and re.fullmatch(r"0+(?:\.0+)?", size[:20]) is not None


def _cell(element: Any, row: int, column: int, sheet: Sheet, looks: xlsx_styles.Looks) -> int:
    """The column of the cell, which stands behind the one before unless it says otherwise."""
    if stated := element.get("r"):
        place = _CELL.fullmatch(stated.upper())
        if place is None:
            raise BadPackage("a cell of it does not say where it stands")
        column = 0
        for letter in place[1]:
            column = column * 26 + ord(letter) - 64
        row, column = int(place[2]) - 1, column - 1
    sheet.cells += 1
    if sheet.cells > CELLS:
        raise BadPackage(f"it has more than {CELLS} cells")
    sheet.rows, sheet.columns = max(sheet.rows, row + 1), max(sheet.columns, column + 1)
    style = int(element.get("s", "0"))
    if 0 <= style < len(looks.forms) and looks.forms[style]:
        sheet.forms[row, column] = looks.forms[style]
    values = [child.text for child in element if _tag(child) == "v"]
    if any(values) or element.get("t") == "inlineStr":
        if style in looks.struck or next(element.iter("{*}strike"), None) is not None:
            sheet.struck = sheet.struck or f"cell {column_name(column)}{row + 1}"
        if style in looks.white:
            sheet.white = sheet.white or f"{column_name(column)}{row + 1}"
    kind = element.get("t", "n")
    computed = any(_tag(child) == "f" for child in element)
    if computed and not any(values) and kind not in {"str", "inlineStr"}:
        sheet.unknown = sheet.unknown or f"{column_name(column)}{row + 1}"
    if kind == "e":
        sheet.error = sheet.error or f"{column_name(column)}{row + 1}"
    return column


def column_name(column: int) -> str:
    """0 → ``A``, 26 → ``AA``."""
    name = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    return name


def _elements(data: bytes) -> Iterator[Any]:
    """Rows and columns as they begin, cells as they end; each is let go when it ends."""
    walk = etree.iterparse(
        io.BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for event, element in walk:
        tag = _tag(element)
        if (event == "start") == (tag in {"row", "col"}):
            yield element
        if event == "end" and tag in {"c", "row"}:
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
