"""Rows of a PDF that are no table → lines as they are read, blocks side by side one after the other."""

import itertools
from collections.abc import Iterator, Sequence

from maildaemon.parse.labels import LONGEST, Labels, named
from maildaemon.read.pdf_rows import Row, Segment

DEEP = 8
GUTTER, GUTTER_POINTS = 1.2, 9.0


def lines(rows: Sequence[Row], labels: Labels) -> list[str]:
    """Texts with their columns parted by two blanks and more; an empty one between two blocks."""
    if not rows:
        return []
    width = _letter(rows)
    return list(_region([(row, row.segments) for row in rows], labels, width, 0))


_Part = tuple[Row, tuple[Segment, ...]]


def _region(parts: list[_Part], labels: Labels, width: float, deep: int) -> Iterator[str]:
    gutter = _gutter(parts, labels) if deep < DEEP else None
    if gutter is not None:
        for side in (_left(parts, gutter), _right(parts, gutter)):
            yield from _region(side, labels, width, deep + 1)
            yield ""
        return
    place = _gap(parts) if deep < DEEP else None
    if place is not None:
        yield from _region(parts[:place], labels, width, deep + 1)
        yield ""
        yield from _region(parts[place:], labels, width, deep + 1)
        return
    left = min(segment.x0 for _, segments in parts for segment in segments)
    for _, segments in parts:
        yield _laid_out(segments, left, width)


def _laid_out(segments: Sequence[Segment], left: float, width: float) -> str:
    text = ""
    for segment in segments:
        column = int((segment.x0 - left) / width)
        text += " " * max(column - len(text), 2 if text else 0) + segment.text
    return text


def _letter(rows: Sequence[Row]) -> float:
    """The usual width of a letter, in points."""
    widths = sorted((word.x1 - word.x0) / len(word.text) for row in rows for word in row.words)
    return max(widths[len(widths) // 2] if widths else 5.0, 1.0)


def _left(parts: list[_Part], x: float) -> list[_Part]:
    kept = [(row, tuple(one for one in segments if one.x1 <= x)) for row, segments in parts]
    return [(row, segments) for row, segments in kept if segments]


def _right(parts: list[_Part], x: float) -> list[_Part]:
    kept = [(row, tuple(one for one in segments if one.x0 >= x)) for row, segments in parts]
    return [(row, segments) for row, segments in kept if segments]


def _gutter(parts: list[_Part], labels: Labels) -> float | None:
    """The widest stretch that no text crosses, with two rows and more on either side, that parts no label from its
    value."""
    if len(parts) < 2:
        return None
    spans = sorted((one.x0, one.x1) for _, segments in parts for one in segments)
    size = min(row.size for row, _ in parts)
    found: list[tuple[float, float]] = []
    right = spans[0][1]
    for x0, x1 in spans[1:]:
        if x0 - right >= max(GUTTER * size, GUTTER_POINTS):
            found.append((x0 - right, (x0 + right) / 2))
        right = max(right, x1)
    for _, x in sorted(found, reverse=True):
        left, rest = _left(parts, x), _right(parts, x)
        if len(left) >= 2 and len(rest) >= 2 and not _pairs(left, rest, labels):
            return x
    return None


def _pairs(left: list[_Part], right: list[_Part], labels: Labels) -> bool:
    """Labels on the left and their values on the right."""
    values = {id(row): segments[0].text for row, segments in right}
    both = [(segments[-1].text, values[id(row)]) for row, segments in left if id(row) in values]
    if not both or len(both) * 2 < min(len(left), len(right)):
        return False
    heads = [_is_label(text, labels) for text, _ in both]
    others = [_is_label(text, labels) or _is_told(text, labels) for _, text in both]
    # Two blocks below two labels have labels on both sides; pairs have them on the left alone.
    return sum(heads) * 2 >= len(both) and sum(others) * 2 < len(both) + 1


def _is_label(text: str, labels: Labels) -> bool:
    return text.endswith(":") or (len(text) <= LONGEST and named(labels.header, text) is not None)


def _is_told(text: str, labels: Labels) -> bool:
    head, colon, value = text.partition(":")
    return bool(colon and value.strip()) and len(head) <= LONGEST and named(labels.header, head) is not None


def _gap(parts: list[_Part]) -> int | None:
    """Where a space clearly higher than the lines' own parts an upper block from a lower one."""
    steps = [below[0].y - above[0].y for above, below in itertools.pairwise(parts)]
    if not steps:
        return None
    usual = sorted(steps)[len(steps) // 2] if len(steps) > 2 else 1.3 * parts[0][0].size
    widest = max(steps)
    if widest < 1.45 * min(max(usual, 1.0), 1.6 * parts[0][0].size):
        return None
    return steps.index(widest) + 1
