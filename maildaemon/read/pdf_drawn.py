"""What is drawn on a PDF's page beside its text: rules, boxes, pictures."""

import ctypes
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pypdfium2.raw as pdfium

from maildaemon.read import pdf_covered
from maildaemon.read.pdf_text import Box, PageText, Shown

OBJECTS, SEGMENTS, DARK, DEEP = 20_000, 4_000, 500, 3
_THIN = 2.5
_LONG, _FEW = 0.3, 8
"""Of the page: a stroke that long, neither level nor upright, crosses it out. Segments of a path that is but lines."""
_Matrix = tuple[float, float, float, float, float, float]
_PLAIN: _Matrix = (1, 0, 0, 1, 0, 0)


def drawn(page: Any, shown: Shown, found: PageText) -> list[Box]:
    """Puts rules and pictures into what is found; answers the boxes that are filled with a dark colour, on which white
    text is seen."""
    dark: list[Box] = []
    area = max(1.0, found.width * found.height)
    for place, (one, kind, matrix) in enumerate(_objects(page)):
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            key = ctypes.cast(one, ctypes.c_void_p).value or 0
            found.painted[key] = place, (pdf_covered.clip(one, shown) if matrix == _PLAIN else None)
            continue
        found.covers.extend((place, box) for box in pdf_covered.covers(one, kind, _bounds(one, shown, matrix)))
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            for x0, y0, x1, y1 in _bounds(one, shown, matrix):
                wide = max(0.0, min(x1, found.width) - max(x0, 0.0))
                high = max(0.0, min(y1, found.height) - max(y0, 0.0))
                found.pictured = max(found.pictured, wide * high / area)
        else:
            found.paths += 1
            _path(one, shown, matrix, found, dark)
    return dark[:DARK]


def _objects(page: Any) -> Iterator[tuple[Any, int, _Matrix]]:
    """Texts, paths and pictures in the order of their painting, those inside forms (parts of pages that are used as one
    object) among them."""
    left = OBJECTS

    def inside(count: int, at_place: Any, matrix: _Matrix, deep: int) -> Iterator[tuple[Any, int, _Matrix]]:
        nonlocal left
        for at in range(count):
            if (left := left - 1) < 0:
                return
            one = at_place(at)
            kind = pdfium.FPDFPageObj_GetType(one)
            if kind in {pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_TEXT}:
                yield one, kind, matrix
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and deep < DEEP:
                held = pdfium.FPDFFormObj_CountObjects(one)
                own = _product(_matrix(one), matrix)
                yield from inside(held, lambda at, form=one: pdfium.FPDFFormObj_GetObject(form, at), own, deep + 1)

    count = pdfium.FPDFPage_CountObjects(page.raw)
    yield from inside(count, lambda at: pdfium.FPDFPage_GetObject(page.raw, at), _PLAIN, 0)


def _matrix(one: Any) -> _Matrix:
    made = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(one, made):
        return _PLAIN
    return made.a, made.b, made.c, made.d, made.e, made.f


def _product(one: _Matrix, other: _Matrix) -> _Matrix:
    a, b, c, d, e, f = one
    p, q, r, s, t, u = other
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _box(points: list[tuple[float, float]], shown: Shown, matrix: _Matrix) -> Box:
    a, b, c, d, e, f = matrix
    placed = [(a * x + c * y + e, b * x + d * y + f) for x, y in points]
    across, up = [x for x, _ in placed], [y for _, y in placed]
    return shown.box(min(across), min(up), max(across), max(up))


def _bounds(one: Any, shown: Shown, matrix: _Matrix) -> list[Box]:
    sides = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(one, *map(ctypes.byref, sides)):
        return []
    left, bottom, right, top = (side.value for side in sides)
    return [_box([(left, bottom), (left, top), (right, bottom), (right, top)], shown, matrix)]


def _path(one: Any, shown: Shown, matrix: _Matrix, found: PageText, dark: list[Box]) -> None:
    stroked = _stroked(one)
    count = pdfium.FPDFPath_CountSegments(one)
    # The bounds of what is stroked are wider than its lines, by the width of the pen.
    exact = stroked or count > 5
    boxes = _strokes(one, min(count, SEGMENTS), shown, matrix) if exact else _bounds(one, shown, matrix)
    for x0, y0, x1, y1 in boxes:
        wide, high = x1 - x0, y1 - y0
        if stroked and count < _FEW and wide > found.width * _LONG and high > found.height * _LONG:
            found.crossed = found.crossed or not pdf_covered.is_box(one, count)
        if high <= _THIN and wide > 8:
            found.across.append(((y0 + y1) / 2, x0, x1))
        elif wide <= _THIN and high > 4:
            found.down.append(((x0 + x1) / 2, y0, y1))
        elif wide > 8 and high > 4:
            if wide < found.width * 0.95 and stroked:
                found.across.extend(((y0, x0, x1), (y1, x0, x1)))
                found.down.extend(((x0, y0, y1), (x1, y0, y1)))
            if len(dark) < DARK and _is_dark(one):
                dark.append((x0, y0, x1, y1))


def _strokes(path: Any, count: int, shown: Shown, matrix: _Matrix) -> list[Box]:
    """A path of many pieces: each closed one of four sides as a box, of the others each side."""
    own = _product(_matrix(path), matrix)
    found: list[Box] = []
    piece: list[tuple[float, float]] = []
    x, y = ctypes.c_float(), ctypes.c_float()

    def close() -> None:
        if len(piece) in {4, 5}:
            found.append(_box(piece, shown, own))
        else:
            found.extend(_box([one, other], shown, own) for one, other in pairwise(piece))
        piece.clear()

    for at in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, at)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            close()
        if pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
            piece.append((x.value, y.value))
    close()
    return found


def _stroked(path: Any) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(pdfium.FPDFPath_GetDrawMode(path, ctypes.byref(fill), ctypes.byref(stroke)) and stroke.value)


def _is_dark(path: Any) -> bool:
    parts = [ctypes.c_uint() for _ in range(4)]
    filled = pdfium.FPDFPageObj_GetFillColor(path, *map(ctypes.byref, parts))
    return bool(filled and min(part.value for part in parts[:3]) < 200 and parts[3].value > 100)
