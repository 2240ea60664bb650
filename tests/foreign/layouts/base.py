"""What a layout is: a name, the formats it comes in, what it prints, and how it is made."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.foreign.blocks import Block
from tests.foreign.order import Order
from tests.foreign.render import html, pdf, sheet, text, word
from tests.foreign.voice import Voice

EVERYTHING = frozenset(
    "title po_number order_date requested currency ship_to bill_to terms notes sku description quantity unit price amount "
    "discount total tax freight buyer".split()
) | {"optional po"}
"""``gtin`` and ``buyer_sku`` are printed by few. ``optional po``: an order without a number is still a whole document."""

TYPES = {
    "pdf": "application/pdf", "scan": "application/pdf", "csv": "text/csv", "tsv": "text/tab-separated-values",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xls": "application/vnd.ms-excel",
    "ods": "application/vnd.oasis.opendocument.spreadsheet", "x12": "application/edi-x12", "edifact": "application/edifact",
    "cxml": "application/xml", "ubl": "application/xml",
}  # fmt: skip
ENDINGS = {"scan": "pdf", "x12": "x12", "edifact": "edi", "cxml": "xml", "ubl": "xml"}


@dataclass(frozen=True, slots=True)
class Made:
    """Exactly one of them: the mail's text, its HTML, or a document to attach."""

    text: str | None = None
    html: str | None = None
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """``make`` gets the format's name. ``lacks``: what it does not print. ``adds``: gtin, buyer_sku."""

    name: str
    formats: tuple[str, ...]
    make: Callable[[Order, Voice, str], Made]
    lacks: frozenset[str] = frozenset()
    adds: frozenset[str] = frozenset()
    languages: tuple[str, ...] = field(default=("en", "de", "fr", "es", "it", "nl"))

    @property
    def shows(self) -> frozenset[str]:
        return (EVERYTHING | self.adds) - self.lacks


def layout(
    name: str, formats: str, blocks: Callable[[Order, Voice], Sequence[Block]], *, lacks: str = "", adds: str = "",
    text: str = "aligned", html: str = "plain", font: str = "Helvetica", size: float = 9, wrap: bool = True,
) -> Layout:  # fmt: skip
    """A layout of blocks, drawn in each of ``formats`` (names with blanks between)."""

    def make(order: Order, voice: Voice, form: str) -> Made:
        return drawn(blocks(order, voice), form, voice, plain=text, rich=html, font=font, size=size, wrap=wrap)

    return Layout(name, tuple(formats.split()), make, frozenset(lacks.split()), frozenset(adds.split()))


def drawn(
    blocks: Sequence[Block], form: str, voice: Voice, *, plain: str, rich: str, font: str, size: float, wrap: bool
) -> Made:
    match form:
        case "text":
            return Made(text=text.draw(blocks, style=plain))
        case "html":
            return Made(html=html.draw(blocks, style=rich))
        case "docx":
            return Made(data=steady(word.draw(blocks)))
        case "xlsx" | "xls" | "ods":
            return Made(data=workbook(sheet.lay(blocks), form))
        case _:
            made = pdf.draw(blocks, font=font, size=size, wrap=wrap, number=lambda n: f"{voice('page')} {n}")
            return Made(data=pdf.scanned(made) if form == "scan" else made)


def workbook(grid: sheet.Grid, form: str) -> bytes:
    made = sheet.draw(grid, form)
    return steady(made) if form == "xlsx" else made


_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def steady(data: bytes) -> bytes:
    """The same ZIP without the hour in which it was written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(b"2026-11-20T08:00:00Z", content)
            target.writestr(zipfile.ZipInfo(name, (2026, 11, 20, 8, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
