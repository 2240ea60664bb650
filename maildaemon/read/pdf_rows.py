"""Words on pages → rows of segments: what stands on one baseline, parted where a gap or a rule parts it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from maildaemon.parse.numbers import CODES, SYMBOLS
from maildaemon.read.pdf_text import PageText, Word

WIDE, TIGHT, BLANK = 0.8, 0.45, 0.36
"""Gaps in sizes of the letters: more than any blank of a justified line, more than most, more than a usual one."""
_FLUSH = 0.8
_EDGE = 0.12
_DRAWN = "-=_*~.·–—"


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that belong together; ``words`` from left to right."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def x0(self) -> float:
        return self.words[0].x0

    @property
    def x1(self) -> float:
        return max(word.x1 for word in self.words)


@dataclass(frozen=True, slots=True)
class Row:
    """One baseline of one page (from 0)."""

    page: int
    y: float
    size: float
    words: tuple[Word, ...]
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def rows(pages: Sequence[PageText]) -> list[Row]:
    """Every row, page by page, from top to bottom."""
    return [row for number, page in enumerate(pages) for row in _page(number, page)]


def _page(number: int, page: PageText) -> list[Row]:
    found: list[list[Word]] = []
    for word in sorted(page.words, key=lambda word: (word.y, word.x0)):
        line = found[-1] if found else None
        if line is not None and word.y - line[0].y <= 0.25 * min(word.size, line[0].size):
            line.append(word)
        else:
            found.append([word])
    made = []
    for line in found:
        if not "".join(word.text for word in line).strip(_DRAWN):
            # A line drawn with characters is a rule.
            page.across.append((line[0].y, min(word.x0 for word in line), max(word.x1 for word in line)))
            continue
        line.sort(key=lambda word: word.x0)
        size = median(word.size for word in line)
        walls = [x for x, top, low in page.down if top - 1 <= line[0].y - size * 0.3 <= low + 1]
        made.append(Row(number, line[0].y, size, tuple(line), parted(line, WIDE, walls)))
    return _aligned(made)


def _aligned(made: list[Row]) -> list[Row]:
    """A text that begins below or above where others begin is one of its own, be the gap before it ever so narrow; one
    no wider than a blank only where the next row has one there too, and never between an amount and its currency."""
    edges = [[segment.x0 for segment in row.segments[1:]] for row in made]
    found = []
    for at, row in enumerate(made):
        beside = [other for other in range(max(0, at - 6), min(len(made), at + 7)) if other != at]
        near = [edge for other in beside if abs(made[other].y - row.y) < 8 * row.size for edge in edges[other]]
        next_to = [
            edge
            for other in (at - 1, at + 1)
            if other in beside and abs(made[other].y - row.y) < 2.5 * row.size
            for edge in edges[other]
        ]
        segments: list[Segment] = []
        # On a typewriter every letter stands below another.
        narrow = 0.2 if row.words[0].em < 1.2 * row.words[0].size else TIGHT
        for segment in row.segments:
            pieces: list[list[Word]] = []
            for piece in parted(segment.words, narrow):
                if pieces and not _begins(pieces[-1][-1], piece, near, next_to):
                    pieces[-1].extend(piece.words)
                else:
                    pieces.append(list(piece.words))
            segments.extend(Segment(tuple(piece)) for piece in pieces)
        found.append(replace(row, segments=tuple(segments)))
    return found


def _begins(last: Word, piece: Segment, near: Sequence[float], next_to: Sequence[float]) -> bool:
    """The piece begins a text of its own."""
    if last.text[-1].isdigit() and piece.text[0].isdigit():
        return False
    if piece.text in SYMBOLS or piece.text in CODES:
        return False
    blank = piece.x0 - last.x1 <= BLANK * min(last.em, piece.words[0].em)
    if blank and not any(abs(edge - piece.x0) < _FLUSH for edge in next_to):
        return False
    return sum(abs(edge - piece.x0) < _FLUSH for edge in near) >= 2


def parted(line: Sequence[Word], gap: float, walls: Sequence[float] = ()) -> tuple[Segment, ...]:
    """Cut where the gap is wider than ``gap`` of the letters' size, and at vertical rules."""
    parts: list[list[Word]] = []
    for word in line:
        last = parts[-1][-1] if parts else None
        if (
            last is None
            or word.x0 - last.x1 > gap * min(word.em, last.em)
            or any(last.x1 - 1 <= wall <= word.x0 + 1 for wall in walls)
        ):
            parts.append([word])
        else:
            parts[-1].append(word)
    return tuple(Segment(tuple(part)) for part in parts)


def without_running(found: list[Row], pages: Sequence[PageText]) -> tuple[list[Row], list[Row]]:
    """The rows without the heads and feet that return on every page, and these, once each."""
    if len(pages) < 2:
        return found, []
    seen: Counter[tuple[str, int]] = Counter()
    for row in found:
        if _at_edge(row, pages[row.page]):
            seen[_key(row)] += 1
    kept: list[Row] = []
    running: dict[tuple[str, int], Row] = {}
    for row in found:
        key = _key(row)
        if seen[key] >= 2 and seen[key] * 2 >= len(pages) and _at_edge(row, pages[row.page]):
            # A head stays where it is first, for it may be the letterhead; of the feet each is told once.
            if key not in running:
                running[key] = row
                if row.y < pages[row.page].height / 2:
                    kept.append(row)
        else:
            kept.append(row)
    return kept, [row for row in running.values() if row.y >= pages[row.page].height / 2]


def _key(row: Row) -> tuple[str, int]:
    """The text but for its figures when they are few (a page number), and where it stands."""
    text = row.text
    figures = sum(map(str.isdigit, text))
    if figures <= 4 and len(text) - figures >= 3:
        text = "".join("#" if char.isdigit() else char for char in text)
    return text, round(row.y / 4)


def _at_edge(row: Row, page: PageText) -> bool:
    return not page.height * _EDGE < row.y < page.height * (1 - _EDGE)
