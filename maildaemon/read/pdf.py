"""A PDF with text → a Document: lines and tables page by page, and what is in the file beside its text."""

import ctypes
from typing import Any

from maildaemon.model import Document, Line, Table
from maildaemon.parse.labels import labels
from maildaemon.playbook import GENERAL
from maildaemon.read import pdf_blocks
from maildaemon.read.care import NO_CARE, Care
from maildaemon.read.pdf_columns import Grid, grids
from maildaemon.read.pdf_rows import Row, rows, without_running
from maildaemon.read.textfile import clean

PAGES, CHARS, SIZE_LIMIT = 50, 200_000, 25 * 2**20
ATTACHMENTS, ATTACHMENT_SIZE = 10, 5 * 2**20
READER = "pypdfium2"
_MEDIA_TYPE = "application/pdf"
_SCAN = "a scan, no text"
_FEW = 12
_LARGE, _DRAWN = 0.3, 0.02
"""Shares of a page: a picture that may hold more than a logo; less than any scan."""
Attached = tuple[tuple[str, bytes], ...]


def read_pdf(name: str, data: bytes, care: Care = NO_CARE) -> tuple[Document, Attached]:
    """The document and the files that are attached inside. Never raises for what the bytes are."""
    if len(data) > SIZE_LIMIT:
        return _unread(name, data, "it is larger than 25 MiB"), ()
    attempt = Care.attempt(data, READER)
    if not care.may(attempt):
        return _unread(name, data, "the reader for PDF died on it"), ()
    care.tell(attempt)
    try:
        return _read(name, data, care)
    except Exception:
        return _unread(name, data, "the PDF is damaged: it could not be read to its end"), ()
    finally:
        care.tell("")


def _unread(name: str, data: bytes, problem: str) -> Document:
    return Document(name, _MEDIA_TYPE, problem=problem, size=len(data))


def _read(name: str, data: bytes, care: Care) -> tuple[Document, Attached]:
    import pypdfium2

    try:
        opened = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower() or "security" in str(error).lower()
        return _unread(name, data, "the PDF is password-protected" if locked else "the PDF is damaged"), ()
    try:
        return _document(name, data, opened, care)
    finally:
        opened.close()


def _document(name: str, data: bytes, opened: Any, care: Care) -> tuple[Document, Attached]:
    from maildaemon.read import scans
    from maildaemon.read.pdf_text import PageText, page_text

    count = len(opened)
    if count == 0:
        return _unread(name, data, "the PDF has no pages"), ()
    problems = [f"it has {count} pages, more than {PAGES}: the rest was not read"] if count > PAGES else []
    oddities: dict[str, None] = {}
    pages: list[PageText] = []
    machine: set[int] = set()
    blank = total = 0
    for number in range(min(count, PAGES)):
        page = opened[number]
        try:
            found = page_text(page)
            _annotations(page, number + 1, oddities)
            if care.ocr is not None and number < scans.PAGES and not found.words and found.pictured > _DRAWN:
                found.words = scans.words(care.ocr(scans.picture(page)) or "")
                if found.words:
                    problems.append(f"page {number + 1} is a scan: {scans.TOLD}")
                    machine.add(number)
        finally:
            page.close()
        pages.append(found)
        letters = sum(len(word.text) for word in found.words)
        total += letters
        if found.cut or total > CHARS:
            problems.append(f"page {number + 1} has more text than is read")
        if total > CHARS:
            break
        if letters < _FEW and found.ghost < _FEW:
            blank += found.pictured > _DRAWN
            if letters == 0 and found.pictured <= _DRAWN:
                oddities[f"page {number + 1} has no text: what is drawn on it was not read"] = None
        elif letters < _FEW:
            problems.append(f"page {number + 1} is a scan: {scans.TOLD}")
        elif number in machine:
            continue
        elif found.pictured >= _LARGE:
            oddities[f"page {number + 1} has a large picture that was not read"] = None
        _seen(found, number + 1, oddities, scanned=letters < _FEW <= found.ghost)
    if blank:
        problems.append(_SCAN if blank == len(pages) else f"{blank} of its pages are scans, no text")
    elif total == 0 and not problems:
        problems.append("the PDF has no text")
    document = assembled(name, pages)
    problem = "; ".join(problems[:3]) or None
    attached = _attachments(opened, oddities)
    return (
        Document(
            name, _MEDIA_TYPE, document.lines, document.tables, None, problem, len(data),
            oddities=(*document.oddities, *oddities)[:10], parts=document.parts,
        ),
        attached,
    )  # fmt: skip


def assembled(name: str, pages: Any) -> Document:
    """Lines and tables out of the pages' words."""
    every, running = without_running(rows(pages), pages)
    known = labels(GENERAL)
    tables = {grid.first: grid for grid in grids(every, pages, known)}
    taken = frozenset(at for grid in tables.values() for at in grid.taken)
    writer = _Writer()
    block: list[Row] = []
    page = -1
    for at, row in enumerate(every):
        if row.page != page:
            writer.block(pdf_blocks.lines(block, known))
            block = []
            writer.page(row.page)
            page = row.page
        if at in tables:
            writer.block(pdf_blocks.lines(block, known))
            block = []
            writer.table(tables[at])
        if at not in taken:
            block.append(row)
    writer.block(pdf_blocks.lines(block, known))
    writer.block([row.text for row in running])
    missed = [text for grid in tables.values() for text in grid.missed]
    told = tuple(
        f"a row apart from the table looks like an order line and was not read: “{text[:60]}”" for text in missed
    )
    return Document(
        name, _MEDIA_TYPE, tuple(writer.lines), tuple(writer.tables), oddities=told, parts=tuple(writer.parts)
    )


class _Writer:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.tables: list[Table] = []
        self.parts: list[tuple[int, str]] = []

    def page(self, number: int) -> None:
        self.parts.append((len(self.lines) + 1, f"page {number + 1}, line"))

    def block(self, texts: list[str]) -> None:
        while texts and not texts[-1]:
            texts.pop()
        for at, text in enumerate(texts):
            if text or (at and texts[at - 1]):
                self._line(clean(text))
        if texts:
            self._line("")

    def table(self, grid: Grid) -> None:
        cells = tuple(tuple(clean(cell).strip() for cell in row) for row in grid.cells)
        self.tables.append(Table(cells, len(self.lines)))
        for row in cells:
            self._line(" | ".join(row).rstrip(" |"))
        self._line("")

    def _line(self, text: str) -> None:
        self.lines.append(Line(text[:4000].rstrip(), len(self.lines) + 1))


def _seen(page: Any, number: int, oddities: dict[str, None], *, scanned: bool) -> None:
    if len(page.unseen) > 2 and not scanned:
        oddities[f"page {number} has text that is not to be seen: “{clean(page.unseen[:80])}”"] = None
    if len(page.turned) > 2:
        oddities[f"page {number} has text that is turned: “{clean(page.turned[:80])}”"] = None


def _annotations(page: Any, number: int, oddities: dict[str, None]) -> None:
    """Notes and form fields: what they say is drawn over the page's text, and not part of it."""
    import pypdfium2.raw as pdfium

    quiet = {pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP}
    for at in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), 200)):
        one = pdfium.FPDFPage_GetAnnot(page.raw, at)
        if not one:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(one)
            if kind in quiet:
                continue
            said = " ".join(filter(None, (_value(one, key) for key in (b"T", b"V", b"Contents"))))
            what = "a form field" if kind == pdfium.FPDF_ANNOT_WIDGET else "a note or mark"
            oddities[f"page {number} has {what}: “{said[:80]}”" if said else f"page {number} has {what}"] = None
        finally:
            pdfium.FPDFPage_CloseAnnot(one)
        if len(oddities) > 10:
            return


def _value(annotation: Any, key: bytes) -> str:
    import pypdfium2.raw as pdfium

    size = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if not 2 < size <= 4096:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(annotation, key, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return " ".join(clean(buffer.raw.decode("utf-16-le", "replace")).split())


def _attachments(opened: Any, oddities: dict[str, None]) -> Attached:
    found: list[tuple[str, bytes]] = []
    count = opened.count_attachments()
    if count > ATTACHMENTS:
        oddities[f"{count} files are attached inside, more than {ATTACHMENTS}"] = None
    for at in range(min(count, ATTACHMENTS)):
        one = opened.get_attachment(at)
        data = bytes(one.get_data())
        if len(data) > ATTACHMENT_SIZE:
            oddities["a file that is attached inside is larger than 5 MiB"] = None
        else:
            found.append((one.get_name() or f"attached {at + 1}", data))
    return tuple(found)
