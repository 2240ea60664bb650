"""The characters of a PDF's page → words with where they stand, rules between them, and what a person would not see.

Coordinates are those of the page as it is shown, in points, from its upper left corner; ``y`` is a baseline."""

import ctypes
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pypdfium2.raw as pdfium

CHARS_PAGE, OBJECTS_PAGE = 20_000, 20_000
TINY = 3.0
_WHITE = 245
_THIN = 2.5
# Ligatures are one character to the font and two or three to the reader.
_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
_DASHES = {"\x02": "-", "\u2010": "-", "\u2011": "-", "\u00ad": "-"}


@dataclass(frozen=True, slots=True)
class Word:
    """``em`` is the measure for the gaps beside it: the letters' size, more where the blanks are wide."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    em: float = 0.0


@dataclass(slots=True)
class PageText:
    """``across`` are horizontal rules (y, x0, x1), ``down`` vertical ones (x, y0, y1). ``unseen`` is text that is on
    the page and not to be seen, ``turned`` text that stands upright or on its head."""

    width: float
    height: float
    words: list[Word] = field(default_factory=list)
    across: list[tuple[float, float, float]] = field(default_factory=list)
    down: list[tuple[float, float, float]] = field(default_factory=list)
    unseen: str = ""
    turned: str = ""
    ghost: int = 0
    """Characters in render mode 3, which a program for scans lays below its picture."""
    pictured: float = 0.0
    """The share of the page that the largest picture covers."""
    cut: bool = False


@dataclass(slots=True)
class _Shown:
    """The page's own coordinates → those of the page as it is shown."""

    left: float
    bottom: float
    width: float
    height: float
    turn: int

    def point(self, x: float, y: float) -> tuple[float, float]:
        x, y = x - self.left, y - self.bottom
        if self.turn == 1:
            return y, x
        if self.turn == 2:
            return self.width - x, y
        if self.turn == 3:
            return self.height - y, self.width - x
        return x, self.height - y

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def page_text(page: Any) -> PageText:
    """What stands on one page (a pypdfium2 PdfPage)."""
    left, bottom, right, top = page.get_cropbox()
    turn = (page.get_rotation() // 90) % 4
    shown = _Shown(left, bottom, right - left, top - bottom, turn)
    wide, high = (shown.height, shown.width) if turn % 2 else (shown.width, shown.height)
    found = PageText(wide, high)
    dark = _objects(page, shown, found)
    textpage = page.get_textpage()
    try:
        _characters(textpage.raw, shown, found, dark)
    finally:
        textpage.close()
    found.words = _measured(found.words)
    return found


def _measured(words: list[Word]) -> list[Word]:
    """With the measure for gaps: a typewriter's blank is twice as wide as that of a book."""
    steps = [
        (word.x0 - last.x1) / word.size
        for last, word in pairwise(words)
        if last.y == word.y and last.size == word.size and 0.1 < (word.x0 - last.x1) / word.size < 1.0
    ]
    blank = sorted(steps)[len(steps) // 2] if len(steps) >= 5 else 0.0
    factor = max(1.0, blank / 0.3)
    return [replace(word, em=word.size * factor) for word in words]


_Box = tuple[float, float, float, float]


def _objects(page: Any, shown: _Shown, found: PageText) -> list[_Box]:
    """Rules and pictures; answers the boxes that are filled with a dark colour, on which white text is seen."""
    dark: list[_Box] = []
    box = [ctypes.c_float() for _ in range(4)]
    colour = [ctypes.c_uint() for _ in range(4)]
    count = pdfium.FPDFPage_CountObjects(page.raw)
    area = max(1.0, found.width * found.height)
    for at in range(min(count, OBJECTS_PAGE)):
        one = pdfium.FPDFPage_GetObject(page.raw, at)
        kind = pdfium.FPDFPageObj_GetType(one)
        if kind not in {pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM}:
            continue
        if not pdfium.FPDFPageObj_GetBounds(one, *map(ctypes.byref, box)):
            continue
        x0, y0, x1, y1 = shown.box(*(side.value for side in box))
        wide, high = x1 - x0, y1 - y0
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            found.pictured = max(found.pictured, min(wide * high / area, 1.0))
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            if high <= _THIN and wide > 8:
                found.across.append(((y0 + y1) / 2, x0, x1))
            elif wide <= _THIN and high > 4:
                found.down.append(((x0 + x1) / 2, y0, y1))
            elif wide > 8 and high > 4:
                if wide < found.width * 0.95 and _stroked(one):
                    found.across.extend(((y0, x0, x1), (y1, x0, x1)))
                    found.down.extend(((x0, y0, y1), (x1, y0, y1)))
                filled = pdfium.FPDFPageObj_GetFillColor(one, *map(ctypes.byref, colour))
                if filled and min(part.value for part in colour[:3]) < 200 and colour[3].value > 100:
                    dark.append((x0, y0, x1, y1))
    return dark[:500]


def _stroked(path: Any) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(pdfium.FPDFPath_GetDrawMode(path, ctypes.byref(fill), ctypes.byref(stroke)) and stroke.value)


@dataclass(slots=True)
class _Building:
    text: list[str] = field(default_factory=list)
    x0: float = 0.0
    x1: float = 0.0
    y: float = 0.0
    size: float = 0.0


def _characters(page: Any, shown: _Shown, found: PageText, dark: list[_Box]) -> None:
    count = pdfium.FPDFText_CountChars(page)
    found.cut = count > CHARS_PAGE
    x, y = ctypes.c_double(), ctypes.c_double()
    box = pdfium.FS_RECTF()
    unseen: list[str] = []
    turned: list[str] = []
    looks: dict[int, tuple[int, bool]] = {}
    word = _Building()
    guessed = False

    def close() -> None:
        if word.text:
            text = "".join(word.text).strip()
            if text:
                found.words.append(Word(text, word.x0, word.x1, word.y, word.size))
            word.text = []

    for at in range(min(count, CHARS_PAGE)):
        code = pdfium.FPDFText_GetUnicode(page, at)
        char = chr(code) if 0 < code < 0x110000 else ""
        char = _DASHES.get(char) or _LIGATURES.get(char) or char
        if pdfium.FPDFText_IsGenerated(page, at) == 1:
            # A guess of the library where a blank is: the gaps tell it better, but for one that is kerned away.
            guessed = guessed or char == " "
            continue
        if not char or char.isspace():
            close()
            for some in (unseen, turned):
                if some and some[-1] != " ":
                    some.append(" ")
            continue
        if guessed:
            for some in (unseen, turned):
                if some and some[-1] != " ":
                    some.append(" ")
        pdfium.FPDFText_GetLooseCharBox(page, at, box)
        pdfium.FPDFText_GetCharOrigin(page, at, x, y)
        x0, top, x1, low = shown.box(box.left, box.bottom, box.right, box.top)
        baseline = shown.point(x.value, y.value)[1]
        angle = round(pdfium.FPDFText_GetCharAngle(page, at) * 57.29578 / 15) * 15 % 360
        size = max(low - top, x1 - x0) if angle else low - top
        mode, white = _look(page, at, looks)
        if (
            mode in {3, 7}
            or size < TINY
            or not (x0 >= -2 and x1 <= found.width + 2 and top >= -2 and low <= found.height + 2)
        ):
            found.ghost += mode == 3
            unseen.append(char)
        elif white and not any(
            left <= (x0 + x1) / 2 <= right and up <= (top + low) / 2 <= down for left, up, right, down in dark
        ):
            unseen.append(char)
        elif angle != (360 - shown.turn * 90) % 360:
            turned.append(char)
        else:
            if word.text and (
                abs(baseline - word.y) > 0.2 * word.size
                or not -0.5 * size < x0 - word.x1 < (0.1 if guessed else 0.18) * min(size, word.size)
            ):
                close()
            if not word.text:
                word.x0, word.y, word.size = x0, baseline, size
            word.x1 = max(x1, word.x1) if word.text else x1
            word.text.append(char)
            guessed = False
            continue
        guessed = False
        close()
    close()
    found.unseen = " ".join("".join(unseen).split())[:2000]
    found.turned = " ".join("".join(turned).split())[:2000]


def _look(page: Any, at: int, looks: dict[int, tuple[int, bool]]) -> tuple[int, bool]:
    """Render mode, and whether its filling is white, of the text object that the character belongs to."""
    one = pdfium.FPDFText_GetTextObject(page, at)
    key = ctypes.cast(one, ctypes.c_void_p).value or 0
    known = looks.get(key)
    if known is None:
        parts = [ctypes.c_uint() for _ in range(4)]
        white = False
        if key and pdfium.FPDFPageObj_GetFillColor(one, *map(ctypes.byref, parts)):
            white = min(part.value for part in parts[:3]) >= _WHITE or parts[3].value < 20
        known = looks[key] = (pdfium.FPDFTextObj_GetTextRenderMode(one) if key else 0, white)
    return known
