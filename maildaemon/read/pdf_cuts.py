"""Where one column of a table in a PDF ends and the next begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from maildaemon.read.pdf_heading import Heading
from maildaemon.read.pdf_rows import TIGHT, Row, Segment, parted
from maildaemon.read.pdf_text import PageText

PIECE = 0.1
"""What it costs to part a piece of several words, beside a word of it."""
SPACES = 12
"""Between two headings: those that are crossed least."""
_THIN, _WIDE = 0.3, 12.0
_BESIDE, _SECOND, _FLUSH, _BELOW = 1.5, 0.5, 0.4, 0.1
_FEW = 0.6
"""A row with fewer pieces than that share of the fullest one tells nothing of the columns."""


@dataclass(frozen=True, slots=True)
class _Space:
    """A stretch of the page's width, where in it a cut is best, and what it costs."""

    at: float
    cost: float


_Pieces = tuple[Segment, ...]


def cuts_of(heading: Heading, body: Sequence[Row], pages: Sequence[PageText]) -> list[float]:
    """Where one column ends and the next begins, so that most cells are filled, each with one piece that stands below
    its heading, and fewest words are cut; a vertical rule where there is one."""
    heads = [(segment.x0, segment.x1) for segment in heading.segments]
    lines = _fullest([_pieces(row) for row in body])
    walls = _walls(body, pages)
    spans = [(piece.x0, piece.x1, PIECE) for line in lines for piece in line]
    spans += [(word.x0, word.x1, 1.0) for line in lines for piece in line for word in piece.words]
    spans += [(x0, x1, max(1.0, 0.5 * len(lines))) for x0, x1 in heads]
    choices: list[list[_Space]] = []
    for (left0, left1), (right0, right1) in pairwise(heads):
        between = [wall for wall in walls if left1 - 2 <= wall <= right0 + 2]
        choices.append([_Space(between[-1], 0)] if between else _spaces(spans, left0, left1, right0, right1))
    return _best(choices, heads, lines)


def _pieces(row: Row) -> _Pieces:
    return parted(row.words, TIGHT)


def _fullest(lines: Sequence[_Pieces]) -> list[_Pieces]:
    most = max(map(len, lines), default=0)
    return [line for line in lines if len(line) >= _FEW * most]


def _walls(body: Sequence[Row], pages: Sequence[PageText]) -> list[float]:
    first = body[0] if body else None
    if first is None:
        return []
    return [x for x, top, low in pages[first.page].down if top - 2 <= first.y <= low + first.size]


def _spaces(
    spans: Sequence[tuple[float, float, float]], left0: float, left1: float, right0: float, right1: float
) -> list[_Space]:
    """Between the beginning of one heading and the end of the next."""
    edges = {left0, right1, left1, right0, *(edge for span in spans for edge in span[:2] if left0 < edge < right1)}
    middle = (left1 + right0) / 2
    found: list[tuple[float, float, float]] = []
    for start, end in pairwise(sorted(edges)):
        if end - start < _THIN:
            continue
        at = (start + end) / 2
        crossed = sum(weight for x0, x1, weight in spans if x0 < at < x1)
        # Neighbouring stretches that as many rows cross are one space.
        if found and found[-1][0] == crossed and abs(found[-1][2] - start) < 0.01:
            found[-1] = (crossed, found[-1][1], end)
        else:
            found.append((crossed, start, end))
    made = []
    for crossed, start, end in found:
        at = min(max(middle, start + 0.1), end - 0.1) if start <= middle <= end else (start + end) / 2
        apart = max(0.0, start - right0, left1 - end)
        # Of two that are as good otherwise the wider one, and the nearer one to the space between the headings.
        made.append(_Space(at, crossed + 0.02 * apart - 0.02 * min(end - start, _WIDE)))
    return sorted(made, key=lambda space: space.cost)[:SPACES] or [_Space(middle, 0)]


def _best(
    choices: Sequence[Sequence[_Space]], heads: Sequence[tuple[float, float]], lines: Sequence[_Pieces]
) -> list[float]:
    """The cheapest row of cuts (dynamic programming from left to right)."""
    ways: list[tuple[float, list[float]]] = [(0.0, [])]
    for place, spaces in enumerate(choices):
        found: list[tuple[float, list[float]]] = []
        for space in spaces:
            on = [
                (cost + space.cost - _filled(lines, cuts[-1] if cuts else 0.0, space.at, *heads[place]), cuts)
                for cost, cuts in ways
                if not cuts or cuts[-1] <= space.at
            ]
            if on:
                cost, cuts = min(on, key=lambda way: way[0])
                found.append((cost, [*cuts, space.at]))
        ways = found or [(cost, [*cuts, cuts[-1]]) for cost, cuts in ways]
    end = max([piece.x1 for line in lines for piece in line] + [heads[-1][1]])
    return min(ways, key=lambda way: way[0] - _filled(lines, way[1][-1] if way[1] else 0.0, end, *heads[-1]))[1]


def _filled(lines: Sequence[_Pieces], left: float, right: float, x0: float, x1: float) -> float:
    """What a column between two cuts is worth: more with each cell that holds one piece, below its heading."""
    worth = 0.0
    for line in lines:
        inside = [piece for piece in line if piece.x0 >= left - 0.5 and piece.x1 <= right + 0.5]
        if not inside:
            continue
        worth += 1 - _SECOND * (len(inside) - 1)
        one = inside[0]
        if abs(one.x0 - x0) < _BESIDE or abs(inside[-1].x1 - x1) < _BESIDE:
            worth += _FLUSH
        elif one.x0 < x1 and x0 < inside[-1].x1:
            worth += _BELOW
    return worth
