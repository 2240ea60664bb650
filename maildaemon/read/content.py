"""The content of one part, by its media type: bytes → Document."""

from collections.abc import Iterator
from dataclasses import replace

from maildaemon.model import Document, Line, Table, Zone
from maildaemon.parse.labels import exactly, labels
from maildaemon.playbook import GENERAL
from maildaemon.read import csvfile, links, pgp
from maildaemon.read.care import NO_CARE, Care
from maildaemon.read.charset import decode
from maildaemon.read.detect import looks_like_mail
from maildaemon.read.faint import BACKWARDS, MIRRORED
from maildaemon.read.header import file_name
from maildaemon.read.html import page
from maildaemon.read.sniff import RTF_BODY, is_text, misnamed, problem_of, sniff
from maildaemon.read.structured import is_structured, may_hold, structured
from maildaemon.read.textfile import bounded, clean, split, to_lines, unflow

TEXT_LIMIT = 2 * 1024 * 1024
_HARMLESS = 16 * 1024
"""Bytes of text, HTML or XML that no reader can die on."""


_PDF = "application/pdf"
_ZIP = "application/zip"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEETS = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.ms-excel",
)


def read_parts(
    name: str,
    data: bytes,
    media_type: str,
    label: str | None = None,
    subject: str = "",
    *,
    flowed: bool = False,
    delsp: bool = False,
    care: Care = NO_CARE,
) -> tuple[Document, ...]:
    """The document, and behind it those that it holds: the files attached inside a PDF, those in an archive. Never
    raises for what the bytes are. The libraries are loaded when the first such document comes."""
    document, *held = _parts(name, data, media_type, label, subject, flowed=flowed, delsp=delsp, care=care)
    if wrong := misnamed(name, data, media_type):
        document = replace(document, problem=wrong)
    return (document, *held)


def _parts(
    name: str,
    data: bytes,
    media_type: str,
    label: str | None,
    subject: str,
    *,
    flowed: bool,
    delsp: bool,
    care: Care,
) -> tuple[Document, ...]:
    if media_type == _PDF:
        from maildaemon.read.pdf import read_pdf

        document, attached = read_pdf(name, data, care)
        return (document, *(_inside(name, given, content, care) for given, content in attached))
    if media_type in _SHEETS:
        from maildaemon.read.sheet import read_sheet

        return (read_sheet(name, data, media_type, care),)
    if media_type == _DOCX:
        from maildaemon.read.docx import read_docx

        return (read_docx(name, data, care),)
    if media_type == _ZIP:
        return tuple(_unpacked(name, data, care))
    if media_type.startswith("image/"):
        from maildaemon.read import pictures

        if pictures.may_be_read(media_type):
            return (pictures.read_picture(name, data, media_type, care),)
    attempt = Care.attempt(data, "text") if len(data) > _HARMLESS else ""
    if not care.may(attempt):
        return (Document(name, media_type, problem="the reader for it died on it", size=len(data)),)
    if not attempt:
        return (read_content(name, data, media_type, label, subject, flowed=flowed, delsp=delsp),)
    care.tell(attempt)
    try:
        return (read_content(name, data, media_type, label, subject, flowed=flowed, delsp=delsp),)
    finally:
        care.tell("")


def _unpacked(name: str, data: bytes, care: Care) -> Iterator[Document]:
    from maildaemon.read.archive import entries
    from maildaemon.read.package import BadPackage

    try:
        for given, content in entries(data):
            yield _inside(name, given, content, care)
    except BadPackage as error:
        yield Document(name, _ZIP, problem=f"the archive is not opened: {error}", size=len(data))
        return
    yield Document(name, _ZIP, size=len(data))


def _inside(name: str, given: str, data: bytes, care: Care) -> Document:
    """What is inside another document is read, and never opened in its turn."""
    shown = file_name(given) or "document"
    if looks_like_mail(data):
        problem = "a mail inside another file is not opened: send the mail itself"
        return Document(f"{name}/{shown}", "message/rfc822", problem=problem, size=len(data))
    kind = sniff(data, "application/octet-stream", shown)
    if kind == _ZIP:
        return Document(f"{name}/{shown}", _ZIP, problem="an archive inside an archive is not opened", size=len(data))
    return read_parts(f"{name}/{shown}", data, kind, care=care)[0]


def read_content(
    name: str,
    data: bytes,
    media_type: str,
    label: str | None = None,
    subject: str = "",
    *,
    flowed: bool = False,
    delsp: bool = False,
) -> Document:
    """Never raises for what the bytes are: what cannot be read is a Document with a problem."""
    if is_structured(media_type):
        return _structured(name, data, media_type, label, subject)
    if media_type == RTF_BODY:
        lines, author = to_lines(bounded(split(data.decode("utf-8", "replace")))[0], subject)
        return Document(name, media_type, lines, (), author, problem_of(media_type), len(data))
    if not is_text(media_type):
        return Document(name, media_type, problem=problem_of(media_type), size=len(data))
    if len(data) > TEXT_LIMIT:
        return Document(name, media_type, problem="it is larger than 2 MiB", size=len(data))
    text, sure = decode(data, label, html=media_type == "text/html")
    doubt = "some of its characters cannot be decoded" if not sure and "\ufffd" in text else None
    if media_type == "text/html":
        return _encrypted(_html(name, text, len(data), subject, doubt))
    if media_type in {"text/plain", "text/csv"} and may_hold(text):
        document = _structured(name, data, "text/plain", label, subject)
        if document.messages or document.problem:
            return document
    if media_type == "text/csv":
        return _csv(name, text, len(data), doubt)
    texts = split(text)
    if flowed:
        texts = unflow(texts, delsp=delsp)
    texts, problem = bounded(pgp.in_clear(texts) if pgp.SIGNED in text else texts)
    lines, author = to_lines(texts, subject)
    if media_type == "text/rfc822-headers":
        lines = tuple(Line(line.text, line.number, Zone.QUOTE) for line in lines)
    tables = _tabbed(lines) if "\t" in text else ()
    odd = (BACKWARDS,) if MIRRORED.search(text) else ()
    trouble, found_links = problem or doubt, links.of_lines(lines)
    found = Document(name, media_type, lines, tables, author, trouble, len(data), oddities=odd, links=found_links)
    return _encrypted(found)


def _encrypted(document: Document) -> Document:
    """What stands around an encrypted message is read, and kept."""
    if not pgp.is_encrypted([line.text for line in document.lines]):
        return document
    return replace(document, media_type="application/pgp-encrypted", problem=pgp.ENCRYPTED)


def _structured(name: str, data: bytes, media_type: str, label: str | None, subject: str) -> Document:
    """What stands around the messages of an interchange is text, and is read as such."""
    found = structured(data, media_type, label)
    if not found.rest:
        return Document(name, media_type, problem=found.problem, size=len(data), messages=found.messages)
    texts, problem = bounded(split(found.rest))
    lines, author = to_lines(texts, subject)
    trouble = found.problem or problem
    return Document(name, "text/plain", lines, (), author, trouble, len(data), messages=found.messages)


def _html(name: str, text: str, size: int, subject: str, doubt: str | None) -> Document:
    found = page(text)
    texts, problem = bounded([clean(line) for line in found.texts])
    lines, author = to_lines(texts, subject, found.hints[: len(texts)])
    tables = []
    for grid, above in found.tables:
        zone = lines[above].zone if above < len(lines) else Zone.TOP
        rows = tuple(tuple(clean(cell).strip() for cell in row) for row in grid)
        tables.append(Table(rows, above, zone))
    trouble = found.problem or problem or doubt
    odd = (*found.oddities, BACKWARDS) if MIRRORED.search(text) else found.oddities
    return Document(name, "text/html", lines, tuple(tables), author, trouble, size, oddities=odd, links=found.links)


def _csv(name: str, text: str, size: int, doubt: str | None) -> Document:
    """Every row is a line too, cells joined by `` | ``; what stands above the header row is in the lines alone."""
    if MIRRORED.search(text):
        doubt = BACKWARDS
    if "\x00" in text:
        text, doubt = text.replace("\x00", ""), "it holds a character of no text (NUL), which was left out"
    try:
        rows = csvfile.rows(text)
    except csvfile.BadCsv as error:
        return Document(name, "text/csv", problem=str(error), size=size)
    if rows is None:
        texts, problem = bounded(split(text))
        lines, author = to_lines(texts)
        return Document(name, "text/csv", lines, (), author, problem or doubt, size)
    rows = [[clean(cell).strip() for cell in row] for row in rows]
    texts, problem = bounded([" | ".join(row).rstrip(" |") if any(row) else "" for row in rows])
    grid, above = csvfile.table(rows)
    lines = tuple(Line(text, number) for number, text in enumerate(texts, 1))
    tables = (Table(grid, above),) if grid else ()
    if problem is None and csvfile.headless(rows, _is_label):
        problem = "its columns have no heading, so that nobody can tell what they hold"
    return Document(name, "text/csv", lines, tables, None, problem or doubt, size)


def _is_label(text: str) -> bool:
    known = labels(GENERAL)
    return exactly(known.column, text) is not None or exactly(known.header, text.rstrip(": ")) is not None


def _tabbed(lines: tuple[Line, ...]) -> tuple[Table, ...]:
    """Runs of three or more lines with as many tabs each: a table pasted out of a spreadsheet."""
    tables: list[Table] = []
    run: list[Line] = []

    def close() -> None:
        if len(run) >= 2:
            rows = [[cell.strip() for cell in line.text.split("\t")] for line in run]
            width = max(map(len, rows))
            if width <= csvfile.COLUMNS:
                grid = tuple(tuple((row + [""] * width)[:width]) for row in rows)
                tables.append(Table(grid, run[0].number - 1, run[0].zone))
        run.clear()

    for line in lines:
        tabs = line.text.count("\t")
        if run and (tabs == 0 or line.zone is not run[0].zone):
            close()
        if tabs >= 1 and (tabs >= 2 or run):
            run.append(line)
    close()
    return tuple(tables)
