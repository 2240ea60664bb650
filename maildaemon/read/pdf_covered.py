"""What lies over the text of a PDF's page, cuts it off or is ruled through it, so that a person does not read it."""

import ctypes
from bisect import bisect_left
from collections.abc import Iterable

import pypdfium2.raw as pdfium

from maildaemon.read.pdf_text import Box, PageText, Shown

MOST, PATHS, SEGMENTS = 2000, 20, 200
_LOW, _HIGH = 0.12, 0.42
"""Between these shares of the letters' height above its baseline a rule runs through a word."""
_PART, _OPAQUE, _SLACK = 0.7, 250, 1.0


def covers(one: object, kind: int, boxes: Iterable[Box]) -> list[Box]:
    """The boxes of a picture or a filled path that hides what was painted before it."""
    if pdfium.FPDFPageObj_HasTransparency(one):
        return []
    if kind == pdfium.FPDF_PAGEOBJ_PATH and not _is_filled_box(one):
        return []
    return [box for box in boxes if box[2] - box[0] > 6 and box[3] - box[1] > 4]


def _is_filled_box(path: object) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium.FPDFPath_GetDrawMode(path, ctypes.byref(fill), ctypes.byref(stroke)) or not fill.value:
        return False
    parts = [ctypes.c_uint() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetFillColor(path, *map(ctypes.byref, parts)) or parts[3].value < _OPAQUE:
        return False
    return is_box(path, pdfium.FPDFPath_CountSegments(path))


def is_box(path: object, count: int) -> bool:
    """Its sides are level and upright."""
    points = _points(pdfium.FPDFPath_GetPathSegment(path, at) for at in range(min(count, SEGMENTS)))
    corners = {(round(x, 1), round(y, 1)) for x, y in points}
    return len({x for x, _ in corners}) == 2 and len({y for _, y in corners}) == 2 and len(corners) == 4


def _points(segments: Iterable[object]) -> list[tuple[float, float]]:
    x, y = ctypes.c_float(), ctypes.c_float()
    return [
        (x.value, y.value)
        for segment in segments
        if pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
    ]


def clip(one: object, shown: Shown) -> Box | None:
    """The box within which an object of the page itself is painted; None where nothing cuts it off."""
    path = pdfium.FPDFPageObj_GetClipPath(one)
    count = pdfium.FPDFClipPath_CountPaths(path) if path else 0
    found: Box | None = None
    for at in range(min(count, PATHS)):
        segments = min(pdfium.FPDFClipPath_CountPathSegments(path, at), SEGMENTS)
        points = _points(pdfium.FPDFClipPath_GetPathSegment(path, at, number) for number in range(segments))
        if len(points) < 3:
            continue
        across, up = [x for x, _ in points], [y for _, y in points]
        box = shown.box(min(across), min(up), max(across), max(up))
        found = box if found is None else _common(found, box)
    return found


def _common(one: Box, other: Box) -> Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def is_covered(found: PageText, key: int, x: float, y: float) -> bool:
    """A point of a text object is cut off, or something was painted over it later."""
    painted = found.painted.get(key)
    if painted is None:
        return False
    place, within = painted
    if within is not None and not _holds(within, x, y, _SLACK):
        return True
    first = bisect_left(found.covers, (place, (0.0, 0.0, 0.0, 0.0)))
    return any(_holds(box, x, y, -0.5) for _, box in found.covers[first : first + MOST])


def _holds(box: Box, x: float, y: float, slack: float) -> bool:
    return box[0] - slack <= x <= box[2] + slack and box[1] - slack <= y <= box[3] + slack


def struck(found: PageText) -> str:
    """The words through which a rule runs."""
    rules = sorted(found.across)
    heights = [y for y, _, _ in rules]
    words = []
    for word in found.words:
        wide = word.x1 - word.x0
        first = bisect_left(heights, word.y - _HIGH * word.size)
        last = bisect_left(heights, word.y - _LOW * word.size)
        for _, x0, x1 in rules[first:last][:50]:
            if min(x1, word.x1) - max(x0, word.x0) >= _PART * wide and any(map(str.isalnum, word.text)):
                words.append(word.text)
                break
    return " ".join(words)[:200]
