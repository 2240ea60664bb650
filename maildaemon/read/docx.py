"""A Word document (DOCX) → a Document: paragraphs and tables in the order in which they stand, and what it hides."""

import re
import zipfile
from collections.abc import Iterator
from typing import Any

from maildaemon.model import Document, Line, Table
from maildaemon.read.care import NO_CARE, Care
from maildaemon.read.package import BadPackage, content, opened
from maildaemon.read.textfile import clean, split

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SIZE_LIMIT, PARAGRAPHS, CELLS, DEEP = 25 * 2**20, 20_000, 50_000, 5
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ASIDE = (
    ("commentReference", "it has comments, which were not read"),
    ("footnoteReference", "it has footnotes, which were not read"),
    ("endnoteReference", "it has endnotes, which were not read"),
    ("object", "it has an object of another program inside, which was not read"),
    ("altChunk", "it has another document inside, which was not read"),
)
_GAP = re.compile(" {3,}|\t+")
PICTURE = 100_000
"""Bytes of a picture that may hold more than a logo."""


def read_docx(name: str, data: bytes, care: Care = NO_CARE) -> Document:
    """Never raises for what the bytes are."""
    attempt = Care.attempt(data, "python-docx")
    try:
        if len(data) > SIZE_LIMIT:
            raise BadPackage("it is larger than 25 MiB")
        if not care.may(attempt):
            raise BadPackage("the reader for Word documents died on it")
        care.tell(attempt)
        with opened(data) as package:
            return _read(name, data, package)
    except BadPackage as error:
        problem = str(error)
    except MemoryError:
        problem = "the document needs more memory than it is given"
    except Exception:
        problem = "the Word document is damaged, or of a form that is not known"
    finally:
        care.tell("")
    return Document(name, DOCX, problem=problem, size=len(data))


def _read(name: str, data: bytes, package: zipfile.ZipFile) -> Document:
    from docx.oxml.parser import parse_xml

    names = package.namelist()
    writer = _Writer()
    body: Any = parse_xml(content(package, _main(names), 20 * 2**20))
    writer.look(body)
    heads = sorted(part for part in names if re.fullmatch(r"word/(?:header|footer)[0-9]{0,3}\.xml", part))
    told: set[str] = set()
    parts: dict[str, Any] = {part: parse_xml(content(package, part, 5 * 2**20)) for part in heads[:20]}
    for part in (part for part in heads[:20] if "header" in part):
        writer.aside(parts[part], told)
    for child in body.iter(f"{_W}body"):
        writer.blocks(child, 0)
    for part in (part for part in heads[:20] if "footer" in part):
        writer.aside(parts[part], told)
    if any(info.filename.startswith("word/media/") and info.file_size > PICTURE for info in package.infolist()):
        writer.oddities["it has a picture that was not read"] = None
    if any(part.startswith("word/embeddings/") for part in names):
        writer.oddities["it has files inside, which were not read"] = None
    problem = None if any(line.text for line in writer.lines) else "the document has no text"
    return Document(
        name, DOCX, tuple(writer.lines), tuple(writer.tables), None, problem, len(data),
        oddities=tuple(writer.oddities)[:10], parts=((1, "line"),),
    )  # fmt: skip


def _main(names: list[str]) -> str:
    if "word/document.xml" in names:
        return "word/document.xml"
    found = next((part for part in names if re.fullmatch(r"word/document[0-9]{0,3}\.xml", part)), None)
    if found is None:
        raise BadPackage("the document is damaged: its text is missing")
    return found


class _Writer:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.tables: list[Table] = []
        self.oddities: dict[str, None] = {}
        self.cells = 0

    def look(self, body: Any) -> None:
        """What the markup says and the text does not."""
        for tag, told in _ASIDE:
            if next(body.iter(_W + tag), None) is not None:
                self.oddities[told] = None
        for tag, what in (("del", "deleted"), ("ins", "inserted"), ("moveFrom", "moved")):
            found = next(
                (one for one in body.iter(_W + tag) if _tail(one) != "rPr" and "".join(_all(one)).strip()), None
            )
            if found is not None:
                said = " ".join("".join(_all(found)).split())[:60]
                self.oddities[f"a change is not accepted yet: “{said}” is {what}"] = None
        for run in body.iter(_W + "r"):
            look = run.find(_W + "rPr")
            if look is None:
                continue
            text = " ".join("".join(_texts(run)).split())[:60]
            if text and (_on(look, "vanish") or _on(look, "specVanish") or _tiny(look)):
                self.oddities[f"a text in it is hidden: “{text}”"] = None
            elif text and (_on(look, "strike") or _on(look, "dstrike")):
                self.oddities[f"a text in it is struck through: “{text}”"] = None
            elif text and _white(look, run):
                self.oddities[f"a text in it is white: “{text}”"] = None
            if len(self.oddities) > 10:
                return
        if next(body.iter(_W + "checkBox"), None) is not None or next(body.iter(_W + "ddList"), None) is not None:
            self.oddities["it has form fields whose state was not read"] = None

    def aside(self, root: Any, told: set[str]) -> None:
        """A head or foot: its paragraphs once each, also when every page style has its own."""
        before = len(self.lines)
        for paragraph in root.iter(_W + "p"):
            for text in _lines_of(paragraph):
                if text and text not in told:
                    told.add(text)
                    self._line(text)
        if len(self.lines) > before:
            self._line("")

    def blocks(self, parent: Any, deep: int) -> None:
        for child in parent:
            tag = child.tag
            if tag == _W + "p":
                self._paragraph(child)
            elif tag == _W + "tbl":
                self._table(child, deep)
            elif tag == _W + "sdt":
                inside = child.find(_W + "sdtContent")
                if inside is not None and deep < DEEP:
                    self.blocks(inside, deep + 1)
            elif tag in {_W + "ins", _W + "customXml", _W + "smartTag"} and deep < DEEP:
                self.blocks(child, deep + 1)

    def _paragraph(self, paragraph: Any) -> None:
        for text in _lines_of(paragraph):
            self._line(text)
        for box in _boxes(paragraph):
            self._line("")
            self.blocks(box, DEEP - 1)
            self._line("")

    def _line(self, text: str) -> None:
        if len(self.lines) >= PARAGRAPHS:
            raise BadPackage(f"it has more than {PARAGRAPHS} paragraphs")
        self.lines.append(Line(text[:4000], len(self.lines) + 1))

    def _table(self, table: Any, deep: int) -> None:
        """Spans expanded: a cell over several columns or rows stands in each of them."""
        rows: list[list[str]] = []
        above: dict[int, str] = {}
        for line in table.tr_lst:
            cells: list[str] = [""] * _number(line, "gridBefore")
            for cell in line.tc_lst:
                self.cells += 1
                if self.cells > CELLS:
                    raise BadPackage(f"its tables have more than {CELLS} cells")
                look = cell.tcPr
                span = max(1, min(63, _number(look, "gridSpan", 1))) if look is not None else 1
                merge = look.find(_W + "vMerge") if look is not None else None
                if merge is not None and merge.get(_W + "val", "continue") != "restart":
                    text = above.get(len(cells), "")
                else:
                    text = self._cell(cell, deep)
                for _ in range(span):
                    above[len(cells)] = text
                    cells.append(text)
            rows.append(cells)
        width = max(map(len, rows), default=0)
        if not width or width > 63:
            if width:
                raise BadPackage("a table of it is wider than 63 columns")
            return
        grid = tuple(tuple(cells + [""] * (width - len(cells))) for cells in rows)
        self._line("")
        self.tables.append(Table(grid, len(self.lines)))
        for row in grid:
            once = [text for at, text in enumerate(row) if at == 0 or text != row[at - 1]]
            self._line(" | ".join(once).strip(" |"))
        self._line("")

    def _cell(self, cell: Any, deep: int) -> str:
        lines: list[str] = []
        for child in cell:
            if child.tag == _W + "tbl" and deep < DEEP:
                lines.extend(" ".join(text for text in row if text) for row in self._inner(child, deep + 1))
            elif child.tag in {_W + "p", _W + "sdt", _W + "ins"}:
                paragraphs = [child] if child.tag == _W + "p" else list(child.iter(_W + "p"))
                lines.extend(text for paragraph in paragraphs for text in _lines_of(paragraph))
        texts = [" ".join(text.split()) for text in lines if text.strip()]
        if len(texts) < 3 and not (texts and texts[0].endswith(":")):
            return " ".join(texts)
        whole = texts[0]
        for text in texts[1:]:
            whole += (" " if whole[-1] in ":,;-" else ", ") + text
        return whole[:4000]

    def _inner(self, table: Any, deep: int) -> Iterator[list[str]]:
        for row in table.tr_lst:
            yield [self._cell(cell, deep) for cell in row.tc_lst]


def _tail(element: Any) -> str:
    parent = element.getparent()
    return "" if parent is None or not isinstance(parent.tag, str) else parent.tag.rpartition("}")[2]


def _number(element: Any, tag: str, usual: int = 0) -> int:
    found = next(element.iter(_W + tag), None) if element is not None else None
    value = found.get(_W + "val", "") if found is not None else ""
    return int(value) if value.isdigit() and len(value) < 4 else usual


def _on(look: Any, tag: str) -> bool:
    found = look.find(_W + tag)
    return found is not None and found.get(_W + "val", "1") not in {"0", "false", "off"}


def _tiny(look: Any) -> bool:
    found = look.find(_W + "sz")
    value = found.get(_W + "val", "") if found is not None else ""
    return value.isdigit() and int(value) < 6


def _white(look: Any, run: Any) -> bool:
    """White on no ground of its own: in a shaded cell or paragraph it is seen."""
    found = look.find(_W + "color")
    if found is None or found.get(_W + "val", "").upper() != "FFFFFF":
        return False
    one = run
    while one is not None:
        if any(shade.get(_W + "fill", "auto").upper() not in {"AUTO", "FFFFFF"} for shade in one.findall(f"*/{_W}shd")):
            return False
        one = one.getparent()
    return True


def _all(element: Any) -> Iterator[str]:
    for one in element.iter(_W + "t", _W + "delText"):
        yield one.text or ""


def _texts(element: Any) -> Iterator[str]:
    """The text of a run or paragraph as it is shown with every change accepted; text boxes apart."""
    for child in element:
        tag = child.tag
        if tag == _W + "t":
            yield child.text or ""
        elif tag in {_W + "tab", _W + "ptab"}:
            yield "\t"
        elif tag in {_W + "br", _W + "cr"}:
            yield "\n"
        elif tag == _W + "noBreakHyphen":
            yield "-"
        elif tag == _W + "sym":
            yield "\ufffd"
        elif tag in {_W + "r", _W + "hyperlink", _W + "ins", _W + "smartTag", _W + "sdt", _W + "sdtContent",
                     _W + "fldSimple", _W + "moveTo", _W + "customXml", _W + "dir", _W + "bdo"}:  # fmt: skip
            yield from _texts(child)


def _lines_of(paragraph: Any) -> list[str]:
    """Tabs part columns; the number of a list stands nowhere in the text, so it is not made up."""
    return [_GAP.sub("    ", clean(line)).strip() for line in split_kept("".join(_texts(paragraph)))]


def split_kept(text: str) -> list[str]:
    return split(text) if text else [""]


def _boxes(paragraph: Any) -> Iterator[Any]:
    """Text boxes, of which Word writes two forms: the first is read."""
    for found in paragraph.iter(_W + "txbxContent"):
        one, fallback = found.getparent(), False
        while one is not None and one is not paragraph:
            fallback = fallback or (isinstance(one.tag, str) and one.tag.endswith("}Fallback"))
            one = one.getparent()
        if not fallback:
            yield found
