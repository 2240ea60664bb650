"""What lies over a PDF's page: notes, marks, and the fields of a form with what was filled in."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from maildaemon.read.pdf_text import PageText
from maildaemon.read.textfile import clean

MOST, VALUE = 300, 4096
_QUIET = frozenset({pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP})


@dataclass(frozen=True, slots=True)
class Field:
    """``name`` and ``value`` of a field of a form; of a note, what it says is its value."""

    name: str
    value: str
    is_widget: bool
    is_box: bool = False
    """A box to tick, or a round one: its value names a state."""


def fields(page: Any) -> list[Field]:
    """Those of one page (a pypdfium2 PdfPage), before it is flattened: then what is filled in is text of the page."""
    found = []
    for at in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), MOST)):
        one = pdfium.FPDFPage_GetAnnot(page.raw, at)
        if not one:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(one)
            if kind not in _QUIET:
                is_widget = kind == pdfium.FPDF_ANNOT_WIDGET
                value = " ".join(filter(None, (_value(one, b"V"), _value(one, b"Contents"))))
                box = bool(is_widget and pdfium.FPDFAnnot_HasKey(one, b"AS"))
                found.append(Field(_value(one, b"T"), value or _value(one, b"AS") * box, is_widget, box))
        finally:
            pdfium.FPDFPage_CloseAnnot(one)
    return found


def flattened(page: Any, found: list[Field]) -> bool:
    """Whether what is filled in is now part of the page, which is then to be opened anew. Boxes are left out: their
    ticks are letters of a font of signs."""
    if not any(field.is_widget and field.value and not field.is_box for field in found):
        return False
    for at in reversed(range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), MOST))):
        one = pdfium.FPDFPage_GetAnnot(page.raw, at)
        if one:
            written = pdfium.FPDFAnnot_GetSubtype(one) == pdfium.FPDF_ANNOT_WIDGET
            written = written and not pdfium.FPDFAnnot_HasKey(one, b"AS")
            pdfium.FPDFPage_CloseAnnot(one)
            if not written:
                pdfium.FPDFPage_RemoveAnnot(page.raw, at)
    return bool(pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS)


def told(found: list[Field], page: PageText, number: int) -> Iterator[str]:
    """What none of the page's text says. A field that is filled in and seen is read like any text, and one that is
    empty says nothing."""
    seen = {word for one in page.words for word in one.text.split()}
    for field in found:
        said = " ".join(filter(None, (field.name, field.value)))[:80]
        if not field.is_widget:
            yield f"page {number} has a note or mark: “{said}”" if said else f"page {number} has a note or mark"
        elif field.is_box:
            if field.value.casefold() != "off":
                yield f"page {number} has a box that is ticked: “{said}”"
        elif field.value and not seen.issuperset(field.value.split()):
            yield f"page {number} has a form field: “{said}”"


def _value(annotation: Any, key: bytes) -> str:
    size = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if not 2 < size <= VALUE:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(annotation, key, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return " ".join(clean(buffer.raw.decode("utf-16-le", "replace")).split())
