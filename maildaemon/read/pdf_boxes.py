"""Rules on a PDF's page → the boxes that they close, and the text in each."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from maildaemon.read.pdf_rows import Row, Segment
from maildaemon.read.pdf_text import PageText

RULES, SLOTS = 600, 4000
_NEAR = 0.75
_Span = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A closed box, and where in its frame it begins: row and column from 0."""

    x0: float
    y0: float
    x1: float
    y1: float
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Boxes that hang together, as in a table drawn with rules."""

    boxes: tuple[Box, ...]
    rows: int
    columns: int

    @property
    def y0(self) -> float:
        return min(box.y0 for box in self.boxes)

    @property
    def y1(self) -> float:
        return max(box.y1 for box in self.boxes)


def frames(page: PageText) -> list[Frame]:
    """From top to bottom. None where there are more rules than any table has: a drawing."""
    across, down = _joined(page.across), _joined(page.down)
    if not across or not down or len(across) + len(down) > RULES:
        return []
    found = [_frame(*some) for some in _together(across, down)]
    return sorted((frame for frame in found if frame is not None), key=lambda frame: frame.y0)


def _joined(spans: Sequence[_Span]) -> list[_Span]:
    """Rules on one line that touch are one."""
    found: list[_Span] = []
    for place, start, end in sorted(spans, key=lambda span: (round(span[0] / _NEAR), span[1])):
        last = found[-1] if found else None
        if last is not None and abs(last[0] - place) <= _NEAR and start <= last[2] + _NEAR:
            found[-1] = (last[0], last[1], max(last[2], end))
        else:
            found.append((place, start, end))
    return found


def _together(across: list[_Span], down: list[_Span]) -> Iterator[tuple[list[_Span], list[_Span]]]:
    """Rules that meet, directly or over others."""
    names = list(range(len(across) + len(down)))

    def root(one: int) -> int:
        while names[one] != one:
            names[one] = names[names[one]]
            one = names[one]
        return one

    for at, (y, x0, x1) in enumerate(across):
        for other, (x, y0, y1) in enumerate(down, len(across)):
            if x0 - _NEAR <= x <= x1 + _NEAR and y0 - _NEAR <= y <= y1 + _NEAR:
                names[root(at)] = root(other)
    for name in {root(at) for at in range(len(names))}:
        some = [span for at, span in enumerate(across) if root(at) == name]
        others = [span for at, span in enumerate(down, len(across)) if root(at) == name]
        if len(some) >= 2 and len(others) >= 2:
            yield some, others


def _places(spans: Sequence[_Span]) -> list[float]:
    found: list[float] = []
    for place in sorted(span[0] for span in spans):
        if not found or place - found[-1] > 2 * _NEAR:
            found.append(place)
    return found


def _drawn(spans: Sequence[_Span], place: float, middle: float) -> bool:
    return any(abs(span[0] - place) <= 2 * _NEAR and span[1] - _NEAR <= middle <= span[2] + _NEAR for span in spans)


def _frame(across: list[_Span], down: list[_Span]) -> Frame | None:
    ys, xs = _places(across), _places(down)
    high, wide = len(ys) - 1, len(xs) - 1
    if high < 1 or wide < 1 or high * wide > SLOTS:
        return None
    left = {(i, j) for i in range(high) for j in range(wide)}
    boxes: list[Box] = []
    while left:
        region = _region(min(left), left, across, down, ys, xs)
        if region is None:
            continue
        rows, columns = [i for i, _ in region], [j for _, j in region]
        i0, i1, j0, j1 = min(rows), max(rows), min(columns), max(columns)
        if len(region) == (i1 - i0 + 1) * (j1 - j0 + 1):
            boxes.append(Box(xs[j0], ys[i0], xs[j1 + 1], ys[i1 + 1], i0, j0))
    return Frame(tuple(boxes), high, wide) if boxes else None


def _region(
    start: tuple[int, int],
    left: set[tuple[int, int]],
    across: list[_Span],
    down: list[_Span],
    ys: list[float],
    xs: list[float],
) -> set[tuple[int, int]] | None:
    """The slots that no rule parts from the first, taken out of those that are left; None when they lie open."""
    region = {start}
    todo = [start]
    left.discard(start)
    is_open = False
    while todo:
        i, j = todo.pop()
        x, y = (xs[j] + xs[j + 1]) / 2, (ys[i] + ys[i + 1]) / 2
        for other, drawn in (
            ((i - 1, j), _drawn(across, ys[i], x)),
            ((i + 1, j), _drawn(across, ys[i + 1], x)),
            ((i, j - 1), _drawn(down, xs[j], y)),
            ((i, j + 1), _drawn(down, xs[j + 1], y)),
        ):
            if drawn:
                continue
            if other in left:
                left.discard(other)
                region.add(other)
                todo.append(other)
            elif other not in region:
                is_open = True
    return None if is_open else region


def texts(box: Box, rows: Sequence[Row]) -> list[Row]:
    """The rows of the box, each with the words that stand in it."""
    found: list[Row] = []
    for row in rows:
        if not box.y0 - 1 <= row.y - 0.3 * row.size <= box.y1 + 1:
            continue
        segments = tuple(
            Segment(words)
            for segment in row.segments
            if (words := tuple(word for word in segment.words if box.x0 - 1 <= (word.x0 + word.x1) / 2 <= box.x1 + 1))
        )
        if segments:
            words = tuple(itertools.chain.from_iterable(segment.words for segment in segments))
            found.append(replace(row, words=words, segments=segments))
    return found
