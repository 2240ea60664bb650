"""Rows of a PDF that are no table → lines as they are read, blocks side by side one after the other."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from maildaemon.parse.labels import LONGEST, Labels, exactly
from maildaemon.read.pdf_above import Part, headed, is_label, is_told
from maildaemon.read.pdf_rows import Row, Segment

DEEP = 8
GUTTER, GUTTER_POINTS, NARROW = 1.2, 9.0, 0.2


def lines(rows: Sequence[Row], labels: Labels) -> list[str]:
    """Texts with their columns parted by two blanks and more; an empty one between two blocks."""
    if not rows:
        return []
    width = _letter(rows)
    parts = [(row, row.segments) for row in rows]
    told, rest = headed(parts, labels)
    return [*(_region(rest, labels, width, 0) if rest else ()), *(["", *told] if told else [])]


def _region(parts: list[Part], labels: Labels, width: float, deep: int) -> Iterator[str]:
    gutter = _gutter(parts, labels) if deep < DEEP else None
    if gutter is not None:
        for side in (_left(parts, gutter), _right(parts, gutter)):
            yield from _region(side, labels, width, deep + 1)
            yield ""
        return
    place = _gap(parts) if deep < DEEP else None
    if place is not None:
        yield from _region(parts[:place], labels, width, deep + 1)
        if not _heads(parts[:place], parts[place:], labels):
            yield ""
        yield from _region(parts[place:], labels, width, deep + 1)
        return
    left = min(segment.x0 for _, segments in parts for segment in segments)
    for segments in _unwrapped(parts):
        yield _laid_out(segments, left, width, labels)


def _heads(above: list[Part], below: list[Part], labels: Labels) -> bool:
    """A label alone above a block that begins where it begins: the space between them parts nothing."""
    (row, segments), (first, others) = above[-1], below[0]
    if len(segments) > 1 or len(others) > 1 or first.y - row.y > 4 * row.size:
        return False
    text = segments[0].text.rstrip(" :")
    label = exactly(labels.header, text) if len(text) <= LONGEST else None
    return label is not None and label.field is not None and abs(segments[0].x0 - others[0].x0) < row.size


def _unwrapped(parts: list[Part]) -> list[tuple[Segment, ...]]:
    """A value that is parted behind its hyphen goes on below it."""
    found: list[tuple[Segment, ...]] = []
    for _, segments in parts:
        last = found[-1][-1] if found else None
        if (
            last is not None
            and len(segments) == 1
            and abs(segments[0].x0 - last.x0) < 1.5
            and len(last.text) > 1
            and last.text[-1] == "-"
            and last.text[-2].isalnum()
        ):
            *before, end = last.words
            first, *after = segments[0].words
            joined = replace(end, text=end.text + first.text)
            found[-1] = (*found[-1][:-1], Segment((*before, joined, *after)))
        else:
            found.append(segments)
    return found


def _laid_out(segments: Sequence[Segment], left: float, width: float, labels: Labels) -> str:
    text = ""
    for segment in segments:
        if text and segment.text.startswith(":"):
            text += segment.text  # a column of colons between the labels and their values
            continue
        column = int((segment.x0 - left) / width)
        text += " " * max(column - len(text), 2 if text else 0) + "  ".join(_told_apart(segment.text, labels))
    return text


def _told_apart(text: str, labels: Labels) -> list[str]:
    """Several labels with their values in one text: "PO number: 4711 Date: 1 May"."""
    if text.count(":") < 2 or len(text) > 300:
        return [text]
    words = text.split(" ")
    starts = [0]
    for end, word in enumerate(words):
        for start in range(max(1, end - 3), end + 1) if word.endswith(":") else ():
            if (
                start > starts[-1] + 1
                and exactly(labels.header, " ".join(words[start : end + 1]).rstrip(":")) is not None
            ):
                starts.append(start)
                break
    return [" ".join(words[one:other]) for one, other in pairwise([*starts, len(words)])]


def _letter(rows: Sequence[Row]) -> float:
    """The usual width of a letter, in points."""
    widths = sorted((word.x1 - word.x0) / len(word.text) for row in rows for word in row.words)
    return max(widths[len(widths) // 2] if widths else 5.0, 1.0)


def _left(parts: list[Part], x: float) -> list[Part]:
    kept = [(row, tuple(one for one in segments if one.x1 <= x)) for row, segments in parts]
    return [(row, segments) for row, segments in kept if segments]


def _right(parts: list[Part], x: float) -> list[Part]:
    kept = [(row, tuple(one for one in segments if one.x0 >= x)) for row, segments in parts]
    return [(row, segments) for row, segments in kept if segments]


def _gutter(parts: list[Part], labels: Labels) -> float | None:
    """The widest stretch that no text crosses, with two rows and more on either side, that parts no label from its
    value."""
    if len(parts) < 2:
        return None
    spans = sorted((one.x0, one.x1) for _, segments in parts for one in segments)
    size = min(row.size for row, _ in parts)
    found: list[tuple[float, float]] = []
    right = spans[0][1]
    for x0, x1 in spans[1:]:
        if x0 - right >= max(GUTTER * size, GUTTER_POINTS) or (x0 - right > NARROW * size and _flush(parts, x0)):
            found.append((x0 - right, (x0 + right) / 2))
        right = max(right, x1)
    blocks = _blocks(parts) if found else []
    for _, x in sorted(found, reverse=True):
        left, rest = _left(parts, x), _right(parts, x)
        if len(left) < 2 or len(rest) < 2 or _pairs(left, rest, labels):
            continue
        sides = [(_left(block, x), _right(block, x)) for block in blocks]
        # What is parted in one block alone stands beside that block, and not beside those above and below it.
        if len(blocks) > 1 and sum(bool(one and other) for one, other in sides) == 1:
            continue
        if not any(_pairs(one, other, labels, least=2) for one, other in sides):
            return x
    return None


def _blocks(parts: list[Part]) -> list[list[Part]]:
    """Parted at every space that is clearly higher than the lines' own."""
    place = _gap(parts) if len(parts) > 1 else None
    return [*_blocks(parts[:place]), *_blocks(parts[place:])] if place is not None else [parts]


def _flush(parts: list[Part], x: float) -> bool:
    """Three rows and more begin a text there: a block with a straight left edge."""
    return sum(any(abs(one.x0 - x) < 1.0 for one in segments[1:]) for _, segments in parts) >= 3


def _pairs(left: list[Part], right: list[Part], labels: Labels, *, least: int = 1) -> bool:
    """Labels on the left and their values on the right, that many at least."""
    values = {id(row): segments[0].text for row, segments in right}
    both = [(segments[-1].text, values[id(row)]) for row, segments in left if id(row) in values]
    if not both or len(both) * 2 < min(len(left), len(right)):
        return False
    told = [is_label(text, labels) or is_told(text, labels) for _, text in both]
    # Two blocks below two labels have labels on both sides; pairs have them on the left alone.
    pairs = sum(is_label(text, labels) and not right for (text, _), right in zip(both, told, strict=True))
    return pairs >= least and pairs * 2 >= len(both) and pairs > sum(told)


def _gap(parts: list[Part]) -> int | None:
    """Where a space clearly higher than the lines' own parts an upper block from a lower one."""
    steps = [below[0].y - above[0].y for above, below in itertools.pairwise(parts)]
    if not steps:
        return None
    size = median(row.size for row, _ in parts)
    usual = sorted(steps)[len(steps) // 3] if len(steps) > 2 else 1.3 * size
    widest = max(steps)
    if widest < 1.45 * min(max(usual, 1.0), 1.6 * size):
        return None
    return steps.index(widest) + 1
