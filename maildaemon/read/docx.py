"""A Word document (DOCX) → a Document: paragraphs and tables in the order in which they stand, and what it hides."""

import re
import zipfile
from collections.abc import Iterator
from typing import Any

from maildaemon.model import Document, Line, Table
from maildaemon.read.care import NO_CARE, Care
from maildaemon.read.docx_markup import DEEP, W, boxes, every_text, held, number, oddities, on, texts
from maildaemon.read.package import BadPackage, content, opened
from maildaemon.read.textfile import clean, split

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SIZE_LIMIT, PARAGRAPHS, CELLS = 25 * 2**20, 20_000, 50_000
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
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
    names = package.namelist()
    writer = _Writer(_unseen(package, names))
    body = _parsed(content(package, _main(names), 20 * 2**20))
    writer.oddities.update(dict.fromkeys(oddities(body, writer.unseen)))
    heads = sorted(part for part in names if re.fullmatch(r"word/(?:header|footer)[0-9]{0,3}\.xml", part))
    told: set[str] = set()
    parts: dict[str, Any] = {part: _parsed(content(package, part, 5 * 2**20)) for part in heads[:20]}
    for part in (part for part in heads[:20] if "header" in part):
        writer.aside(parts[part], told)
    for child in body.iter(f"{W}body"):
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


def _parsed(data: bytes) -> Any:
    """A part of the package. The strict form of the standard (ISO/IEC 29500-1) has another namespace and no other
    words."""
    from docx.oxml.parser import parse_xml

    return parse_xml(data.replace(_STRICT, W[1:-1].encode()))


def _unseen(package: zipfile.ZipFile, names: list[str]) -> frozenset[str]:
    """The styles whose text is hidden."""
    if "word/styles.xml" not in names:
        return frozenset()
    styles = _parsed(content(package, "word/styles.xml", 5 * 2**20)).iter(W + "style")
    return frozenset(
        one.get(W + "styleId", "") for one in styles if (look := one.find(W + "rPr")) is not None and on(look, "vanish")
    )


def _main(names: list[str]) -> str:
    if "word/document.xml" in names:
        return "word/document.xml"
    found = next((part for part in names if re.fullmatch(r"word/document[0-9]{0,3}\.xml", part)), None)
    if found is None:
        raise BadPackage("the document is damaged: its text is missing")
    return found


class _Writer:
    def __init__(self, unseen: frozenset[str]) -> None:
        self.unseen = unseen
        self.lines: list[Line] = []
        self.tables: list[Table] = []
        self.oddities: dict[str, None] = {}
        self.cells = 0

    def aside(self, root: Any, told: set[str]) -> None:
        """A head or foot: its paragraphs once each, also when every page style has its own."""
        before = len(self.lines)
        for child in root:
            if child.tag == W + "tbl":
                whole = " ".join("".join(every_text(child)).split())
                if whole not in told:
                    told.add(whole)
                    self._table(child, 0)
                continue
            for paragraph in [child] if child.tag == W + "p" else child.iter(W + "p"):
                self._aside(paragraph, told)
        if len(self.lines) > before:
            self._line("")

    def _aside(self, paragraph: Any, told: set[str]) -> None:
        boxed = [one for box in boxes(paragraph) for one in box.iter(W + "p")]
        for text in (text for one in (paragraph, *boxed) for text in self._lines_of(one)):
            if text and text not in told:
                told.add(text)
                self._line(text)

    def blocks(self, parent: Any, deep: int) -> None:
        for child in parent:
            tag = child.tag
            if tag == W + "p":
                self._paragraph(child)
            elif tag == W + "tbl":
                self._table(child, deep)
            elif tag == W + "sdt":
                inside = child.find(W + "sdtContent")
                if inside is not None and deep < DEEP:
                    self.blocks(inside, deep + 1)
            elif tag in {W + "ins", W + "customXml", W + "smartTag"} and deep < DEEP:
                self.blocks(child, deep + 1)

    def _paragraph(self, paragraph: Any) -> None:
        for text in self._lines_of(paragraph):
            self._line(text)
        for box in boxes(paragraph):
            self._line("")
            self.blocks(box, DEEP - 1)
            self._line("")

    def _lines_of(self, paragraph: Any) -> list[str]:
        """Tabs part columns; the number of a list stands nowhere in the text, so it is not made up."""
        text = "".join(texts(paragraph, self.unseen))
        return [_GAP.sub("    ", clean(line)).strip() for line in split(text)] if text else [""]

    def _line(self, text: str) -> None:
        if len(self.lines) >= PARAGRAPHS:
            raise BadPackage(f"it has more than {PARAGRAPHS} paragraphs")
        self.lines.append(Line(text[:4000], len(self.lines) + 1))

    def _table(self, table: Any, deep: int) -> None:
        """Spans expanded: a cell over several columns or rows stands in each of them. A table that holds tables only
        places them on the page."""
        if deep < DEEP and any(map(_is_grid, inner_tables(table))):
            for row in held(table, "tr"):
                for cell in held(row, "tc"):
                    self._line("")
                    self.blocks(cell, deep + 1)
            return
        rows: list[list[str]] = []
        above: dict[int, str] = {}
        for line in held(table, "tr"):
            if line.find(f"{W}trPr/{W}del") is not None:
                continue  # told by look(): its text is deleted too
            cells: list[str] = [""] * number(line.find(W + "trPr"), "gridBefore")
            for cell in held(line, "tc"):
                self.cells += 1
                if self.cells > CELLS:
                    raise BadPackage(f"its tables have more than {CELLS} cells")
                look = cell.find(W + "tcPr")
                span = max(1, min(63, number(look, "gridSpan", 1))) if look is not None else 1
                merge = look.find(W + "vMerge") if look is not None else None
                if merge is not None and merge.get(W + "val", "continue") != "restart":
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
            if child.tag == W + "tbl" and deep < DEEP:
                lines.extend(" ".join(text for text in row if text) for row in self._inner(child, deep + 1))
            elif child.tag in {W + "p", W + "sdt", W + "ins"}:
                # In a cell a text box is read where it is anchored.
                paragraphs = (
                    list(child.iter(W + "p"))
                    if child.tag != W + "p"
                    else [child, *(one for box in boxes(child) for one in box.iter(W + "p"))]
                )
                lines.extend(text for paragraph in paragraphs for text in self._lines_of(paragraph))
        texts = [" ".join(text.split()) for text in lines if text.strip()]
        if len(texts) < 3 and not (texts and texts[0].endswith(":")):
            return " ".join(texts)
        whole = texts[0]
        for text in texts[1:]:
            whole += (" " if whole[-1] in ":,;-" else ", ") + text
        return whole[:4000]

    def _inner(self, table: Any, deep: int) -> Iterator[list[str]]:
        for row in held(table, "tr"):
            yield [self._cell(cell, deep) for cell in held(row, "tc")]


def inner_tables(table: Any) -> Iterator[Any]:
    for row in held(table, "tr"):
        for cell in held(row, "tc"):
            yield from held(cell, "tbl")


def _is_grid(table: Any) -> bool:
    """At least two rows, one of them parted."""
    rows = list(held(table, "tr"))
    return len(rows) > 1 and any(len(list(held(row, "tc"))) > 1 for row in rows)
