"""A PDF with text → a Document: lines and tables page by page, and what is in the file beside its text."""

from collections.abc import Sequence
from typing import Any

from maildaemon.model import Document, Line, Table
from maildaemon.parse.labels import Labels, labels
from maildaemon.playbook import GENERAL
from maildaemon.read import pdf_blocks, pdf_boxes, pdf_framed, pdf_second, scans
from maildaemon.read.care import NO_CARE, Care
from maildaemon.read.pdf_columns import grids
from maildaemon.read.pdf_rows import Row, rows, without_running
from maildaemon.read.pdf_text import PageText
from maildaemon.read.textfile import clean

PAGES, CHARS, SIZE_LIMIT = 50, 200_000, 25 * 2**20
ATTACHMENTS, ATTACHMENT_SIZE = 10, 5 * 2**20
READER = "pypdfium2"
_MEDIA_TYPE = "application/pdf"
_SCAN = "a scan, no text"
_FEW = 12
_LARGE, _DRAWN, _MANY = 0.3, 0.02, 200
"""Shares of a page: a picture that may hold more than a logo; less than any scan. Paths: more than a form's lines."""
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
        if opened.get_formtype() != pypdfium2.raw.FORMTYPE_NONE:
            opened.init_forms()  # gives fields the look that their values ask for
        return _document(name, data, opened, care)
    finally:
        opened.close()


def _document(name: str, data: bytes, opened: Any, care: Care) -> tuple[Document, Attached]:
    count = len(opened)
    if count == 0:
        return _unread(name, data, "the PDF has no pages"), ()
    pages = _Pages(care)
    if count > PAGES:
        pages.problems.append(f"it has {count} pages, more than {PAGES}: the rest was not read")
    for number in range(min(count, PAGES)):
        pages.read(opened, number)
        if pages.letters > CHARS:
            break
    document = assembled(name, pages.found, pdf_second.Second(data, care))
    attached = _attachments(opened, pages.oddities)
    return (
        Document(
            name, _MEDIA_TYPE, document.lines, document.tables, None, pages.problem(), len(data),
            oddities=(*document.oddities, *pages.oddities)[:10], parts=document.parts,
        ),
        attached,
    )  # fmt: skip


class _Pages:
    """The pages one after the other, and what is to be said of them."""

    def __init__(self, care: Care) -> None:
        self.care = care
        self.found: list[PageText] = []
        self.problems: list[str] = []
        self.oddities: dict[str, None] = {}
        self.blank = self.letters = self.given_up = 0

    def problem(self) -> str | None:
        """Why the document is not, or not wholly, read."""
        problems = list(self.problems)
        if self.blank:
            all_of_them = self.blank == len(self.found)
            said = _SCAN if all_of_them else f"{self.blank} of its pages are scans, no text"
            problems.append(f"{said}: {scans.GIVEN_UP}" if self.given_up else said)
        elif self.letters == 0 and not problems:
            problems.append("the PDF has no text")
        return "; ".join(problems[:3]) or None

    def read(self, opened: Any, number: int) -> None:
        from maildaemon.read import pdf_forms
        from maildaemon.read.pdf_text import page_text

        page = opened[number]
        try:
            fields = pdf_forms.fields(page)
            if pdf_forms.flattened(page, fields):
                page.close()
                page = opened[number]
            found = page_text(page)
            self.oddities |= dict.fromkeys(pdf_forms.told(fields, found, number + 1))
            read_by = self._machine(page, found, number)
        finally:
            page.close()
        self.found.append(found)
        self._judge(found, number + 1, by_machine=read_by)

    def _machine(self, page: Any, found: PageText, number: int) -> bool:
        """Reads a page that shows no text of its own, or none that has a meaning; whether that gave words."""
        letters = _letters(found)
        garbled = found.strange * 5 > letters
        if garbled:
            found.words = []
        elif letters >= _FEW:
            return False
        if found.ghost >= _FEW and not garbled and found.pictured > _DRAWN:
            found.words = found.ghosts  # what the scanner's own program has read
        elif self.care.ocr is not None and number < scans.PAGES and (garbled or _shows(found)):
            told = self.care.ocr(lambda: scans.picture(page))
            self.given_up += told is None
            scans.put(found, told or "")
        if garbled:
            what = "its text has no meaning without its fonts"
            self.problems.append(f"page {number + 1}: {what}" + (f"; {scans.TOLD}" if found.words else ""))
        elif _letters(found) >= _FEW:
            self.problems.append(f"page {number + 1} is a scan: {scans.TOLD}")
        return garbled or _letters(found) >= _FEW

    def _judge(self, found: PageText, number: int, *, by_machine: bool) -> None:
        from maildaemon.read.pdf_covered import struck

        letters = _letters(found)
        self.letters += letters
        if found.cut or self.letters > CHARS:
            self.problems.append(f"page {number} has more text than is read")
            if self.letters > CHARS:
                return
        if by_machine:
            return
        if letters < _FEW:
            self.blank += found.pictured > _DRAWN
            if letters == 0 and found.pictured <= _DRAWN:
                self.oddities[f"page {number} has no text: what is drawn on it was not read"] = None
        elif found.pictured >= _LARGE:
            self.oddities[f"page {number} has a large picture that was not read"] = None
        if found.strange:
            self.oddities[f"page {number} has {found.strange} characters without a meaning"] = None
        if len(found.unseen) > 2:
            self.oddities[f"page {number} has text that is not to be seen: “{clean(found.unseen[:80])}”"] = None
        if through := struck(found):
            self.oddities[f"page {number} has text that is struck through: “{clean(through[:80])}”"] = None
        if found.crossed:
            self.oddities[f"page {number} is crossed out by a line"] = None
        if len(found.turned) > 2:
            self.oddities[f"page {number} has text that is turned: “{clean(found.turned[:80])}”"] = None


def _letters(found: PageText) -> int:
    return sum(len(word.text) for word in found.words)


def _shows(found: PageText) -> bool:
    """A picture, or so many paths that letters may be among them."""
    return found.pictured > _DRAWN or found.paths > _MANY


def assembled(name: str, pages: Sequence[PageText], second: pdf_second.Second | None = None) -> Document:
    """Lines and tables out of the pages' words; of a drawn table with a second opinion."""
    every, running = without_running(rows(pages), pages)
    known = labels(GENERAL)
    found, contradicted = grids(every, pages, known), list[str]()
    if second is not None:
        found, contradicted = pdf_second.with_second(found, every, pages, known, second)
    tables = {grid.first: grid for grid in found}
    taken = frozenset(at for grid in tables.values() for at in grid.taken)
    writer = _Writer(pages, known)
    block: list[Row] = []
    page = -1
    for at, row in enumerate(every):
        if row.page != page:
            writer.rows(block)
            block = []
            writer.page(row.page)
            page = row.page
        if at in tables:
            writer.rows(block)
            block = []
            writer.table(tables[at].cells)
        if at not in taken:
            block.append(row)
    writer.rows(block)
    writer.block([row.text for row in running])
    missed = [text for grid in tables.values() for text in grid.missed]
    told = [f"a row apart from the table looks like an order line and was not read: “{text[:60]}”" for text in missed]
    oddities = (*contradicted, *told)
    return Document(
        name, _MEDIA_TYPE, tuple(writer.lines), tuple(writer.tables), oddities=oddities, parts=tuple(writer.parts)
    )


class _Writer:
    def __init__(self, pages: Sequence[PageText], labels: Labels) -> None:
        self.pages, self.labels = pages, labels
        self.frames: dict[int, list[pdf_boxes.Frame]] = {}
        self.lines: list[Line] = []
        self.tables: list[Table] = []
        self.parts: list[tuple[int, str]] = []

    def rows(self, block: list[Row]) -> None:
        """Rows of one page: what stands in boxes by box, the rest by its gaps."""
        if not block:
            return
        number = block[0].page
        if number not in self.frames:
            self.frames[number] = pdf_boxes.frames(self.pages[number])
        rest, held = pdf_framed.framed(block, self.frames[number], self.labels)
        self.block(pdf_blocks.lines(rest, self.labels))
        for one in held:
            if one.cells:
                self.table(one.cells)
            else:
                self.block(pdf_blocks.lines(one.rows, self.labels))

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

    def table(self, made: Sequence[Sequence[str]]) -> None:
        cells = tuple(tuple(clean(cell).strip() for cell in row) for row in made)
        self.tables.append(Table(cells, len(self.lines)))
        for row in cells:
            self._line(" | ".join(row).replace("\n", " ").rstrip(" |"))
        self._line("")

    def _line(self, text: str) -> None:
        self.lines.append(Line(text[:4000].rstrip(), len(self.lines) + 1))


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
