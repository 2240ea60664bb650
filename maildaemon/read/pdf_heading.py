"""The heading of order lines in a PDF: in one row, or in several whose words stand above each other."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from maildaemon.parse.headings import WHAT, Columns, columns
from maildaemon.parse.labels import Labels, exactly, named
from maildaemon.read.pdf_rows import TIGHT, WIDE, Row, Segment, parted
from maildaemon.read.pdf_text import PageText, Word

HEADING_ROWS, HEADINGS = 5, 200
_STOREYS = frozenset((what, "quantity") for what in WHAT)
_STACKS = frozenset((one, other) for one in WHAT for other in WHAT if one != other) | {("quantity", "unit")}


@dataclass(frozen=True, slots=True)
class Heading:
    first: int
    last: int
    segments: tuple[Segment, ...]
    texts: tuple[str, ...]
    found: Columns
    stacked: tuple[int, ...] = ()
    """Columns that hold two fields, one above the other; the lower ones' headings are the last texts."""
    storeyed: bool = False
    """Of each item its quantity stands below the article, in a row of its own; the texts are those of both rows."""

    @property
    def wide(self) -> int:
        return len(self.segments)

    def column(self, name: str) -> int | None:
        """Where the field stands, None when the heading has none such."""
        at = self.found.fields.get(name, (-1, 0.0))[0]
        if at < 0:
            return None
        return at if at < self.wide else self.stacked[at - self.wide]


def headings_of(rows: Sequence[Row], pages: Sequence[PageText], labels: Labels) -> dict[int, Heading]:
    """By the row in which each begins; a document of nothing but headings is none of orders."""
    found: dict[int, Heading] = {}
    for at in range(len(rows)):
        if (heading := _heading(rows, at, labels, pages)) is not None:
            found[at] = heading
            if len(found) >= HEADINGS:
                break
    return found


def _heading(rows: Sequence[Row], at: int, labels: Labels, pages: Sequence[PageText]) -> Heading | None:
    """The heading that begins in that row: in one row, or in several whose words stand above each other."""
    if len(rows[at].words) > 60:
        return None
    best: Heading | None = None
    if not _may_head(rows[at : at + HEADING_ROWS], labels):
        return None
    for count in range(1, HEADING_ROWS + 1):
        some = rows[at : at + count]
        if len(some) < count or not _near(some):
            break
        if count > 1 and (_figures(some[-1]) > 0 or _ruled(some[-2], some[-1], pages)):
            break
        closed = at + count < len(rows) and _ruled(some[-1], rows[at + count], pages)
        walled = _walled(at, some, labels, pages)
        found = [walled] if walled is not None else list(_by_gaps(at, some, labels))
        for one in found:
            # More rows must say more: another field, or a heading that is understood at all.
            if (
                best is None
                or _worth(one, labels) > _worth(best, labels)
                or (closed and one.last > best.last and walled is None)
            ):
                best = one
        if closed and best is not None:
            # The rule below a heading tells how many rows it has.
            return replace(best, last=at + count - 1)
    return best


def _by_gaps(at: int, some: Sequence[Row], labels: Labels) -> Iterator[Heading]:
    for gap, apart in ((WIDE, False), (WIDE, True), (TIGHT, False), (TIGHT, True), (0.33, False)):
        found = _as_heading(at, some, gap, labels, apart=apart)
        if found is not None:
            yield found


def _walled(at: int, some: Sequence[Row], labels: Labels, pages: Sequence[PageText]) -> Heading | None:
    """In a drawn table: what stands between two vertical rules is one heading."""
    top, low = some[0].y - 0.3 * some[0].size, some[-1].y - 0.3 * some[-1].size
    left, right = min(row.words[0].x0 for row in some), max(word.x1 for row in some for word in row.words)
    walls = sorted({round(x) for x, y0, y1 in pages[some[0].page].down if y0 <= top and low <= y1 and left < x < right})
    if len(walls) < 2:
        return None
    held: dict[int, list[Word]] = {}
    for word in sorted((word for row in some for word in row.words), key=lambda word: (word.y, word.x0)):
        held.setdefault(sum(wall <= (word.x0 + word.x1) / 2 for wall in walls), []).append(word)
    cells = [words for _, words in sorted(held.items())]
    texts = [
        [" ".join(word.text for word in line) for _, line in itertools.groupby(words, lambda word: word.y)]
        for words in cells
    ]
    segments = tuple(Segment(tuple(sorted(words, key=lambda word: word.x0))) for words in cells)
    return _understood(at, at + len(some) - 1, segments, texts, labels)


def _ruled(one: Row, other: Row, pages: Sequence[PageText]) -> bool:
    """A horizontal rule parts the two rows, as wide as half of what stands in the first."""
    if one.page != other.page:
        return False
    left, right = one.words[0].x0, max(word.x1 for word in one.words)
    between = [rule for rule in pages[one.page].across if one.y < rule[0] < other.y - 0.4 * other.size]
    drawn = sum(max(0.0, min(x1, right) - max(x0, left)) for _, x0, x1 in between)
    return drawn > 0.5 * (right - left)


def _may_head(some: Sequence[Row], labels: Labels) -> bool:
    """A word of a heading in the first row, two and more in all: most rows are told by that."""
    known = [
        sum(
            exactly(labels.column, text) is not None
            for text in {*(word.text for word in row.words if len(word.text) < 40), *_texts_of(row)}
        )
        for row in some
    ]
    return known[0] > 0 and sum(known) > 1


def _texts_of(row: Row) -> list[str]:
    return [piece.text for segment in row.segments for piece in parted(segment.words, TIGHT) if len(piece.words) < 7]


def _worth(heading: Heading, labels: Labels) -> tuple[int, int, int]:
    known = len([name for name in heading.found.fields if not name.startswith("order.")])
    understood = sum(named(labels.column, text) is not None for text in heading.texts)
    return known, understood - len(heading.found.doubts), heading.last - heading.first


def _near(some: Sequence[Row]) -> bool:
    return all(
        one.page == other.page and 0 < other.y - one.y <= 1.7 * max(one.size, other.size)
        for one, other in itertools.pairwise(some)
    )


def _figures(row: Row) -> int:
    return sum(any("0" <= char <= "9" for char in segment.text) for segment in row.segments)


def _as_heading(at: int, some: Sequence[Row], gap: float, labels: Labels, *, apart: bool) -> Heading | None:
    pieces = [
        part
        for row in some
        for segment in row.segments
        for piece in parted(segment.words, gap)
        for part in (_two(piece, labels) if apart else [piece])
    ]
    clusters: list[list[Segment]] = []
    for piece in sorted(pieces, key=lambda piece: piece.x0):
        right = max((one.x1 for one in clusters[-1]), default=0.0) if clusters else 0.0
        if clusters and piece.x0 < right - 0.5:
            clusters[-1].append(piece)
        else:
            clusters.append([piece])
    # Two pieces of one row in one cluster: a line that spans columns, which no heading does.
    if len(clusters) < 2 or any(len({one.words[0].y for one in cluster}) < len(cluster) for cluster in clusters):
        return None
    segments = tuple(
        Segment(tuple(sorted((word for one in cluster for word in one.words), key=lambda word: word.x0)))
        for cluster in clusters
    )
    texts = [[one.text for one in sorted(cluster, key=lambda one: one.words[0].y)] for cluster in clusters]
    return _understood(at, at + len(some) - 1, segments, texts, labels)


def _understood(
    first: int, last: int, segments: tuple[Segment, ...], lines: Sequence[Sequence[str]], labels: Labels
) -> Heading | None:
    """With ``Part number / Description`` over one column, or one of them above the other, as two."""
    for whole in (True, False):
        # "Qty" above "Unit" is the unit of a quantity only where another column holds that.
        pairs = {at: pair for at, texts in enumerate(lines) if (pair := _pair(texts, labels, whole=whole)) is not None}
        upper = [pairs[at][0] if at in pairs else joined(texts) for at, texts in enumerate(lines)]
        found = columns((*upper, *(lower for _, lower in pairs.values())), labels)
        if found is not None:
            break
    else:
        return None
    if any(_fields(pair, labels) in _STOREYS for pair in pairs.values()):
        above = tuple("\n".join(pairs[at]) if at in pairs else joined(texts) for at, texts in enumerate(lines))
        return Heading(first, last, segments, above, found, tuple(pairs), storeyed=True)
    pairs = {at: pair for at, pair in pairs.items() if _fields(pair, labels) in _STACKS}
    upper = [pairs[at][0] if at in pairs else joined(texts) for at, texts in enumerate(lines)]
    texts = (*upper, *(lower for _, lower in pairs.values()))
    found = columns(texts, labels)
    return None if found is None else Heading(first, last, segments, texts, found, tuple(pairs))


def _pair(lines: Sequence[str], labels: Labels, *, whole: bool) -> tuple[str, str] | None:
    """Two labels of different fields, parted by a slash or one below the other; with ``whole`` none that are a label
    when taken together."""
    text = joined(lines)
    if (whole or len(lines) == 1) and exactly(labels.column, text) is not None:
        return None
    one, sign, other = text.partition("/")
    parts = [(one.strip(), other.strip())] if sign else []
    parts += [(joined(lines[:at]), joined(lines[at:])) for at in range(1, len(lines))]
    for pair in parts:
        fields = _fields(pair, labels)
        if None not in fields and fields[0] != fields[1]:
            return pair
    return None


def _fields(pair: tuple[str, str], labels: Labels) -> tuple[str | None, str | None]:
    one, other = (named(labels.column, text) if text else None for text in pair)
    return one.field if one else None, other.field if other else None


def _two(piece: Segment, labels: Labels) -> list[Segment]:
    """Two headings with no more than a blank between them: "Qty Unit"."""
    if not 2 <= len(piece.words) <= 6 or exactly(labels.column, piece.text) is not None:
        return [piece]
    for at in range(1, len(piece.words)):
        one, other = Segment(piece.words[:at]), Segment(piece.words[at:])
        if exactly(labels.column, one.text) is not None and exactly(labels.column, other.text) is not None:
            return [one, other]
    return [piece]


def joined(texts: Sequence[str]) -> str:
    """Wrapped text: a hyphen at the end of a line goes on without a blank."""
    whole = ""
    for text in texts:
        if whole.endswith("-") and len(whole) > 1 and whole[-2] != " ":
            # Between small letters the hyphen only parts the word.
            parts = whole[-2].islower() and text[:1].islower()
            whole = (whole[:-1] if parts else whole) + text
        else:
            whole = f"{whole} {text}" if whole else text
    return whole
