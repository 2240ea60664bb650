"""The characters of a PDF's page → words with where they stand, rules between them, and what a person would not see.

Coordinates are those of the page as it is shown, in points, from its upper left corner; ``y`` is a baseline."""

import ctypes
import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pypdfium2.raw as pdfium

CHARS_PAGE, SAMPLE = 20_000, 300
TINY = 3.0
_WHITE = 245
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
_DASHES = {"\x02": "-", "\u2010": "-", "\u2011": "-"}
SOFT, STRANGE = "\u00ad", "\ufffd"
GHOST = 3
"""The render mode of text that is not painted."""


Box = tuple[float, float, float, float]


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
    ghosts: list[Word] = field(default_factory=list)
    """Characters and words in render mode 3, which a program for scans lays below its picture."""
    strange: int = 0
    """Characters that the file does not say the meaning of."""
    pictured: float = 0.0
    """The share of the page that the largest picture covers."""
    cut: bool = False
    paths: int = 0
    """How many paths are drawn on it."""
    painted: dict[int, "tuple[int, Box | None]"] = field(default_factory=dict)
    """Of each text object: as the how manyth it was painted, and within which box."""
    covers: "list[tuple[int, Box]]" = field(default_factory=list)
    """What hides what was painted before it, with its own place."""
    crossed: bool = False
    """A long stroke crosses the page out."""


@dataclass(slots=True)
class Shown:
    """The page's own coordinates → those of the page as it is shown."""

    left: float
    bottom: float
    width: float
    height: float
    turn: int

    @property
    def upright(self) -> int:
        """The angle of text, in degrees, that is shown upright."""
        return (360 - self.turn * 90) % 360

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
    from maildaemon.read.pdf_drawn import drawn

    left, bottom, right, top = page.get_cropbox()
    textpage = page.get_textpage()
    try:
        turn = _turn(textpage.raw, (page.get_rotation() // 90) % 4)
        shown = Shown(left, bottom, right - left, top - bottom, turn)
        wide, high = (shown.height, shown.width) if turn % 2 else (shown.width, shown.height)
        found = PageText(wide, high)
        dark = drawn(page, shown, found)
        _characters(textpage.raw, shown, found, dark)
    finally:
        textpage.close()
    found.words = _measured(_once(found.words))
    found.ghosts = _measured(found.ghosts)
    return found


def _turn(page: Any, stated: int) -> int:
    """By how many quarters the page is to be turned: as it says, unless nearly all its text then lies on its side."""
    count = pdfium.FPDFText_CountChars(page)
    sample = range(0, min(count, CHARS_PAGE), max(1, count // SAMPLE))
    angles = Counter(_angle(page, at) for at in sample if pdfium.FPDFText_IsGenerated(page, at) == 0)
    if not angles:
        return stated
    angle, most = angles.most_common(1)[0]
    return (360 - angle) // 90 % 4 if angle % 90 == 0 and most > 0.8 * angles.total() else stated


def _once(words: list[Word]) -> list[Word]:
    """Without the copies that a program prints over a text to embolden it."""
    found: list[Word] = []
    places: dict[tuple[str, int, int], list[Word]] = {}
    for word in words:
        key = (word.text, round(word.x0 / 4), round(word.y / 4))
        near = [(key[0], key[1] + across, key[2] + down) for across in (-1, 0, 1) for down in (-1, 0, 1)]
        slight = 0.15 * word.size
        if any(
            abs(one.x0 - word.x0) < slight and abs(one.y - word.y) < slight
            for place in near
            for one in places.get(place, ())
        ):
            continue
        places.setdefault(key, []).append(word)
        found.append(word)
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


class _Building:
    """Characters → words. ``quiet`` is what is not to be seen, and what stands turned."""

    def __init__(self, found: PageText) -> None:
        self.found = found
        self.words = found.words
        self.text: list[str] = []
        self.x0 = self.x1 = self.y = self.size = 0.0
        self.guessed = False
        self.unseen: list[str] = []
        self.turned: list[str] = []

    def blank(self) -> None:
        self.close()
        self._part()

    def quiet(self, char: str, where: list[str]) -> None:
        if self.guessed:
            self._part()
        where.append(char)
        self.guessed = False
        self.close()

    def add(self, char: str, x0: float, x1: float, y: float, size: float) -> None:
        tight = (0.1 if self.guessed else 0.18) * min(size, self.size)
        if self.text and (abs(y - self.y) > 0.2 * self.size or not -0.5 * size < x0 - self.x1 < tight):
            self.close()
        if not self.text:
            self.x0, self.y, self.size = x0, y, size
        self.x1 = max(x1, self.x1) if self.text else x1
        self.text.append(char)
        self.guessed = False

    def into(self, words: list[Word]) -> None:
        """Where the next words go."""
        if words is not self.words:
            self.blank()
            self.words = words

    def close(self) -> None:
        if not self.text:
            return
        text = "".join(self.text).strip()
        self.text = []
        if SOFT in text:
            # Within a line it is not to be seen; at its end it is a hyphen.
            text = text[:-1].replace(SOFT, "") + ("-" if text[-1] == SOFT else text[-1])
        if text:
            self.words.append(Word(text, self.x0, self.x1, self.y, self.size))

    def _part(self) -> None:
        for some in (self.unseen, self.turned):
            if some and some[-1] != " ":
                some.append(" ")


def _characters(page: Any, shown: Shown, found: PageText, dark: list[Box]) -> None:
    count = pdfium.FPDFText_CountChars(page)
    found.cut = count > CHARS_PAGE
    x, y = ctypes.c_double(), ctypes.c_double()
    box = pdfium.FS_RECTF()
    from maildaemon.read.pdf_covered import is_covered

    looks: dict[int, tuple[int, bool, int]] = {}
    word = _Building(found)
    for at in range(min(count, CHARS_PAGE)):
        char = _character(pdfium.FPDFText_GetUnicode(page, at))
        if pdfium.FPDFText_IsGenerated(page, at) == 1:
            # A guess of the library where a blank is: the gaps tell it better, but for one that is kerned away.
            word.guessed = word.guessed or char == " "
            continue
        if not char or char.isspace():
            word.blank()
            continue
        pdfium.FPDFText_GetLooseCharBox(page, at, box)
        pdfium.FPDFText_GetCharOrigin(page, at, x, y)
        x0, top, x1, low = shown.box(box.left, box.bottom, box.right, box.top)
        angle = _angle(page, at)
        size = max(low - top, x1 - x0) if angle else low - top
        mode, white, key = _look(page, at, looks)
        on_page = x0 >= -2 and x1 <= found.width + 2 and top >= -2 and low <= found.height + 2
        if mode == GHOST and on_page and angle == shown.upright:
            found.ghost += 1
            word.into(found.ghosts)
            word.unseen.append(char)
            word.add(char, x0, x1, shown.point(x.value, y.value)[1], size)
            continue
        word.into(found.words)
        hidden = mode in {GHOST, 7} or size < TINY or not on_page or (white and not _within(dark, x0, top, x1, low))
        if hidden or is_covered(found, key, (x0 + x1) / 2, (top + low) / 2):
            word.quiet(char, word.unseen)
        elif angle != shown.upright:
            word.quiet(char, word.turned)
        else:
            found.strange += char == STRANGE
            word.add(char, x0, x1, shown.point(x.value, y.value)[1], size)
    word.close()
    found.unseen = " ".join("".join(word.unseen).split())[:2000]
    found.turned = " ".join("".join(word.turned).split())[:2000]


def _character(code: int) -> str:
    """As it is read; one that no person reads, as a font without a map to Unicode has, is STRANGE."""
    char = chr(code) if 0 < code < 0x110000 else ""
    char = _DASHES.get(char) or _LIGATURES.get(char) or char
    if len(char) == 1 and not char.isascii() and unicodedata.category(char) in {"Co", "Cn", "Cs"}:
        return STRANGE
    return char


def _angle(page: Any, at: int) -> int:
    """In degrees, to the next 15."""
    return int(round(pdfium.FPDFText_GetCharAngle(page, at) * 57.29578 / 15) * 15 % 360)


def _within(boxes: list[Box], x0: float, top: float, x1: float, low: float) -> bool:
    x, y = (x0 + x1) / 2, (top + low) / 2
    return any(left <= x <= right and up <= y <= down for left, up, right, down in boxes)


def _look(page: Any, at: int, looks: dict[int, tuple[int, bool, int]]) -> tuple[int, bool, int]:
    """Render mode, whether its filling is white, and the key, of the text object that the character belongs to."""
    one = pdfium.FPDFText_GetTextObject(page, at)
    key = ctypes.cast(one, ctypes.c_void_p).value or 0
    known = looks.get(key)
    if known is None:
        parts = [ctypes.c_uint() for _ in range(4)]
        white = False
        if key and pdfium.FPDFPageObj_GetFillColor(one, *map(ctypes.byref, parts)):
            white = min(part.value for part in parts[:3]) >= _WHITE or parts[3].value < 20
        known = looks[key] = (pdfium.FPDFTextObj_GetTextRenderMode(one) if key else 0, white, key)
    return known
