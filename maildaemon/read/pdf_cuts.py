"""Where one column of a table in a PDF ends and the next begins."""

import itertools
from collections.abc import Sequence

from maildaemon.read.pdf_heading import Heading
from maildaemon.read.pdf_rows import TIGHT, Row, parted
from maildaemon.read.pdf_text import PageText

PIECE = 0.1
"""What a piece of several words weighs beside a word of it."""


def cuts_of(heading: Heading, body: Sequence[Row], pages: Sequence[PageText]) -> list[float]:
    """Where one column ends and the next begins: the widest space between two headings that fewest rows cross; a
    vertical rule where there is one."""
    spans = [
        (piece.x0, piece.x1, PIECE)
        for row in body
        for segment in row.segments
        for piece in parted(segment.words, TIGHT)
    ]
    spans += [(word.x0, word.x1, 1.0) for row in body for word in row.words]
    head = [(segment.x0, segment.x1) for segment in heading.segments]
    weight = max(1.0, 0.5 * len(body))
    first = body[0] if body else None
    walls = [
        x
        for x, top, low in (pages[first.page].down if first else ())
        if first and top - 2 <= first.y <= low + first.size
    ]
    cuts = []
    for (left0, left1), (right0, right1) in itertools.pairwise(head):
        between = [wall for wall in walls if left1 - 2 <= wall <= right0 + 2]
        if between:
            cuts.append(between[-1])
            continue
        cuts.append(
            _space(
                [*spans, *((x0, x1, weight) for x0, x1 in head)],
                left0,
                left1,
                right0,
                right1,
                cuts[-1] if cuts else 0.0,
                PIECE * len(body) + 0.01,
            )
        )
    return cuts


def _space(
    spans: Sequence[tuple[float, float, float]],
    left0: float,
    left1: float,
    right0: float,
    right1: float,
    after: float,
    slight: float,
) -> float:
    low, high = max(left0, after), right1
    edges = sorted({low, high, left1, right0, *(edge for span in spans for edge in span[:2] if low < edge < high)})
    middle = (left1 + right0) / 2
    spaces: list[tuple[float, float, float]] = []
    for start, end in itertools.pairwise(edges):
        if end - start < 0.3:
            continue
        at = (start + end) / 2
        crossed = sum(weight for x0, x1, weight in spans if x0 < at < x1)
        # Neighbouring stretches that as many rows cross are one space.
        if spaces and spaces[-1][0] == crossed and abs(spaces[-1][2] - start) < 0.01:
            spaces[-1] = (crossed, spaces[-1][1], end)
        else:
            spaces.append((crossed, start, end))
    if not spaces:
        return middle
    # A piece of several words, which weighs little, may be parted after all.
    least = min(crossed for crossed, _, _ in spaces) + slight
    free = [space for space in spaces if space[0] <= least]
    # The nearest to the space between the two headings, then the widest.
    best = min(free, key=lambda space: (max(0.0, space[1] - right0, left1 - space[2]), space[1] - space[2]))
    return min(max(middle, best[1] + 0.1), best[2] - 0.1) if best[1] <= middle <= best[2] else (best[1] + best[2]) / 2
