"""Rows of a PDF → tables of order lines: columns anchored at a heading, wrapped cells joined to their row."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maildaemon.parse.codes import is_code
from maildaemon.parse.headings import SUMS
from maildaemon.parse.labels import Labels, named
from maildaemon.parse.numbers import is_money
from maildaemon.parse.units import quantity
from maildaemon.read.pdf_cuts import cuts_of
from maildaemon.read.pdf_details import details, heads
from maildaemon.read.pdf_heading import Heading, headings_of, joined
from maildaemon.read.pdf_rows import BLANK, TIGHT, Row, parted
from maildaemon.read.pdf_storeys import storeys
from maildaemon.read.pdf_text import PageText, Word

BODY = 60
"""Rows by which the columns are told."""
_STATED = re.compile(
    r"[^\W\d_][^:]{0,40}: ?[^\W\d_€$£]{0,3}[€$£]? ?[0-9][0-9.,' \u00a0]{0,16}[.,][0-9]{2}(?: ?(?:[A-Z]{3}|[€$£]))?$"
)
_PARTIES = frozenset({"ship_to", "bill_to", "buyer"})
_FIGURE = re.compile(r"(?<![^ ])[0-9]")
_TEXTS = ("description", "item", "sku", "buyer_sku", "gtin")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the index of the first row that it is made of, those that belong to it, and its cells."""

    first: int
    taken: frozenset[int]
    cells: tuple[tuple[str, ...], ...]
    missed: tuple[str, ...] = ()
    """Rows apart from the table that look like order lines of it."""


def grids(rows: Sequence[Row], pages: Sequence[PageText], labels: Labels) -> list[Grid]:
    """Every table that has a heading of order lines. Rows of other kinds are left."""
    found: list[Grid] = []
    headings = headings_of(rows, pages, labels)
    at = 0
    while at < len(rows):
        heading = headings.get(at)
        if heading is None:
            at += 1
            continue
        grid, at = _table(rows, heading, pages, labels, headings)
        if grid is not None:
            found.append(grid)
    return found


# --- the rows below it ------------------------------------------------------------------------------------------------


def _table(
    rows: Sequence[Row],
    heading: Heading,
    pages: Sequence[PageText],
    labels: Labels,
    headings: Mapping[int, Heading],
) -> tuple[Grid | None, int]:
    """The table below a heading, None when no row fits, and where to look for the next."""
    start = heading.last + 1
    end = start
    while end < len(rows) and end not in headings:
        end += 1
    body = [row for row in rows[start:end] if len(row.segments) >= max(2, len(heading.segments) // 2)][:BODY]
    cuts = cuts_of(heading, body, pages)
    lines = _Lines(rows, heading, cuts, labels)
    if heading.storeyed:
        two = storeys(rows, heading, start, end, lines.cells, lines.is_sum)
        if not two.cells:
            return None, start
        two.taken.update(range(heading.first, start))
        return Grid(heading.first, frozenset(two.taken), (heading.texts, *two.cells), tuple(two.missed[:5])), start
    anchors = lines.anchors(start, end)
    if not anchors:
        return None, start
    taken, grid = lines.rows(anchors, start, end, pages)
    taken |= set(range(heading.first, heading.last + 1))
    missed = tuple(rows[at].text for at in range(start, end) if at not in taken and lines.is_line(at))
    return Grid(heading.first, frozenset(taken), tuple(grid), missed[:5]), max(taken) + 1


class _Lines:
    def __init__(self, rows: Sequence[Row], heading: Heading, cuts: Sequence[float], labels: Labels) -> None:
        self.all, self.heading, self.cuts, self.labels = rows, heading, cuts, labels
        fields = {name: at for name in heading.found.fields if (at := heading.column(name)) is not None}
        self.fields = frozenset(fields)
        self.many = fields["quantity"]
        self.sums = {at for name, at in fields.items() if name in SUMS}
        self.texts = [fields[name] for name in _TEXTS if name in fields]
        self.left = min(segment.x0 for segment in heading.segments) - 30
        self.cache: dict[int, list[list[str]]] = {}

    def column(self, x: float) -> int:
        return sum(cut <= x for cut in self.cuts)

    def cells(self, at: int, *, whole: bool = False) -> list[str]:
        """One row's words by column; ``whole``: a segment stays where it begins."""
        cells: list[list[str]] = [[] for _ in self.heading.segments]
        for segment in self.all[at].segments:
            for piece in parted(segment.words, TIGHT):
                first, last = self.column(piece.x0 + 0.5), self.column(piece.x1 - 0.5)
                if first == last or whole:
                    cells[first].append(piece.text)
                    continue
                for word in piece.words:
                    cells[self._of(word)].append(word.text)
        return [" ".join(texts) for texts in cells]

    def _of(self, word: Word) -> int:
        return self.column((word.x0 + word.x1) / 2)

    def spans(self, at: int) -> bool:
        """A text that runs over three columns: prose below a table."""
        for segment in self.all[at].segments:
            for piece in parted(segment.words, BLANK):
                first, last = self.column(piece.x0 + 1), self.column(piece.x1 - 1)
                if last - first >= 2 and len(piece.words) >= 2:
                    return True
        return False

    def is_anchor(self, at: int, *, coded: bool = True) -> bool:
        """A quantity stands in its column, with something beside it."""
        row = self.all[at]
        cells = self.cells(at)
        filled = [place for place, cell in enumerate(cells) if cell]
        if len(filled) < 2 or row.words[0].x1 < self.left or self.spans(at):
            return False
        if cells[self.many] and quantity(cells[self.many]) is not None:
            return len(filled) >= min(3, len(cells)) or not cells[self.many].endswith(":")
        first = cells[filled[0]]
        coded = coded and filled[0] == 0 and any(char.isdigit() for char in first) and len(filled) >= 3
        return coded and not self.is_sum(at)

    def is_line(self, at: int) -> bool:
        """Half of its columns are filled, the quantity and what is ordered among them."""
        filled = [place for place, cell in enumerate(self.cells(at)) if cell]
        known = len(filled) >= max(3, len(self.heading.segments) // 2) and not set(self.texts).isdisjoint(filled)
        return known and not self.is_sum(at) and self.is_anchor(at, coded=False)

    def is_sum(self, at: int) -> bool:
        """A label of a sum, and money."""
        row = self.all[at]
        head = _FIGURE.split(row.segments[0].text, maxsplit=1)[0].partition(":")[0].strip(" €$£")[:48]
        if _STATED.search(row.text) and quantity(self.cells(at)[self.many]) is None:
            return True
        label = named(self.labels.header, head)
        known = named(self.labels.sums, head) is not None or (label is not None and label.field == "total")
        return known and len(row.words) > 1

    def anchors(self, start: int, end: int) -> list[int]:
        """The rows in which a line begins, or the whole of it stands."""
        found: list[int] = []
        steps: list[float] = []
        last = self.all[start - 1]
        quiet = 0
        closed = away = False
        for at in range(start, end):
            row = self.all[at]
            if row.page > last.page + 1 or quiet > 12:
                break
            same = row.page == last.page
            gap = row.y - last.y if same else 0.0
            usual = sorted(steps)[len(steps) // 2] if steps else 2.5 * row.size
            if gap > max(3.2 * usual, 5 * row.size) and found:
                break
            # Behind a sum, a space, or the label of an address, what is no whole line belongs to no table.
            away = closed or (bool(found) and ((away and same) or gap > 1.5 * usual or self._is_of_a_party(at)))
            if self.is_sum(at) and found and not self.is_anchor(at):
                quiet += 3
                closed = True
            elif self.is_line(at) and not self._is_broken(at) if away else self.is_anchor(at, coded=gap <= 2 * usual):
                if found and same:
                    before = self.all[found[-1]]
                    steps.append(row.y - before.y if before.page == row.page else gap)
                found.append(at)
                quiet = 0
                away = False
            else:
                quiet += 1
            last = row
        return found

    def _is_of_a_party(self, at: int) -> bool:
        for segment in self.all[at].segments:
            text = segment.text
            label = named(self.labels.header, text[:-1]) if text.endswith(":") else None
            if label is not None and label.field in _PARTIES:
                return True
        return False

    def _is_broken(self, at: int) -> bool:
        """The quantity is a word of a text that goes on beside it."""
        words = self.all[at].words
        return any(
            other.x0 - one.x1 <= BLANK * min(one.em, other.em)
            and {self._of(one), self._of(other)} & {*self.texts, 0}
            and self.many in {self._of(one), self._of(other)}
            and self._of(one) != self._of(other)
            for one, other in itertools.pairwise(words)
        )

    def rows(
        self, anchors: Sequence[int], start: int, end: int, pages: Sequence[PageText]
    ) -> tuple[set[int], list[tuple[str, ...]]]:
        """The table's rows from its heading on, the wrapped parts of each joined to it, what it says below by itself in
        columns of their own."""
        groups: dict[int, list[int]] = {anchor: [anchor] for anchor in anchors}
        alone: list[int] = []
        bounds = [start - 1, *anchors, end]
        for before, after in itertools.pairwise(bounds):
            between = list(range(before + 1, after))
            if not between:
                continue
            self._between(before, between, after if after < end else None, groups, alone, pages)
        below = {anchor: self._below(anchor, members) for anchor, members in groups.items()}
        told = details({anchor: list(texts.values()) for anchor, texts in below.items()}, self.fields, self.labels)
        more = heads(told)
        taken: set[int] = set(alone)
        made: list[tuple[int, tuple[str, ...]]] = [
            (at, (*self.apart([self.cells(at, whole=True)]), *("" for _ in more))) for at in alone
        ]
        for anchor, members in groups.items():
            taken.update(members)
            places = list(below[anchor])
            own = {places[at] for one in told[anchor] for at in one.rows}
            parts = [self.cells(at, whole=at != anchor) for at in sorted(members) if at not in own]
            values = {one.field: one.value for one in told[anchor]}
            made.append((anchor, (*self.apart(parts), *(values.get(field, "") for field in more))))
        grid = [cells for _, cells in sorted(made, key=lambda one: one[0])]
        return taken, [(*self.heading.texts, *more.values()), *grid]

    def _below(self, anchor: int, members: Sequence[int]) -> dict[int, str]:
        """The rows below the line's figures: the text of each that holds nothing but one, else an empty one."""
        found: dict[int, str] = {}
        for at in sorted(members):
            if at > anchor:
                filled = [place for place, cell in enumerate(self.cells(at, whole=True)) if cell]
                found[at] = self.all[at].text if len(filled) == 1 and filled[0] in self.texts else ""
        return found

    def apart(self, parts: Sequence[Sequence[str]]) -> tuple[str, ...]:
        """The cells of a row out of those of its lines; of a column that holds two fields the lower one goes last."""
        lines = [[part[c] for part in parts if part[c]] for c in range(len(parts[0]))]
        lower: list[str] = []
        for at in self.heading.stacked:
            count = 0 if len(lines[at]) == 1 and at != self.many and not is_code(lines[at][0]) else 1
            lower.append(joined(lines[at][count:]))
            lines[at] = lines[at][:count]
        return (*map(joined, lines), *lower)

    def _between(
        self,
        before: int,
        between: list[int],
        after: int | None,
        groups: dict[int, list[int]],
        alone: list[int],
        pages: Sequence[PageText],
    ) -> None:
        """Whose the rows between two anchors are: cut at a rule, else at the widest space, else all are the upper's."""
        # Below the heading, above the first line, nothing belongs to a line above.
        run = self._own(before, between, below=False) if before in groups else []
        rest = [at for at in between if at not in run]
        chain = [before, *between] + ([after] if after is not None else [])
        if after is not None and before in groups and len(run) == len(between):
            place = self._cut(chain, pages)
            groups[before].extend(between[:place])
            groups[after].extend(between[place:])
            return
        if after is not None and rest:
            mine = self._own(after, rest, below=True)
            place = len(run)
            if before in groups and run and mine and len(mine) + len(run) > len(between):
                place = self._cut(chain, pages)
            groups[after].extend(at for at in mine if at not in run[:place])
            if before in groups:
                groups[before].extend(at for at in run if at not in groups[after])
            rest = [at for at in rest if at not in mine]
        elif before in groups:
            groups[before].extend(run)
        if after is not None:
            alone.extend(at for at in rest if self.is_sum(at) or self._has_money(at))

    def _has_money(self, at: int) -> bool:
        cells = self.cells(at)
        return any(is_money(cells[place]) for place in self.sums - {self.many} if cells[place])

    def _own(self, anchor: int, between: list[int], *, below: bool) -> list[int]:
        """The rows next to an anchor that hold nothing but the rest of its texts."""
        own: list[int] = []
        last = self.all[anchor]
        for at in reversed(between) if below else between:
            row = self.all[at]
            gap = abs(row.y - last.y)
            if row.page != last.page or gap > 1.75 * max(row.size, last.size) or not self._continues(at):
                break
            own.append(at)
            last = row
        return own

    def _continues(self, at: int) -> bool:
        if self.is_sum(at):
            return False
        if self.spans(at):
            return self._is_told_below(at)
        cells = self.cells(at, whole=True)
        filled = {place for place, cell in enumerate(cells) if cell}
        if any(cells[place] and any(map(str.isdigit, cells[place])) for place in self.sums & filled):
            return False
        return bool(filled & set(self.texts)) or len(filled) >= 1

    def _is_told_below(self, at: int) -> bool:
        """Where no column says what the article is: one text that begins below the article's number and runs on under
        the figures."""
        pieces = parted(self.all[at].words, TIGHT)
        place = self.column(pieces[0].x0 + 0.5)
        if len(pieces) > 1 or not {"description", "item"}.isdisjoint(self.fields) or place == 0:
            return False
        return place in self.texts and abs(pieces[0].x0 - self.heading.segments[place].x0) < self.all[at].size / 2

    def _cut(self, chain: Sequence[int], pages: Sequence[PageText]) -> int:
        """After how many of the rows between the two ends of the chain the lower one begins."""
        rows = [self.all[at] for at in chain]
        for place, (one, other) in enumerate(itertools.pairwise(rows)):
            if one.page != other.page:
                return place
            rules = pages[one.page].across
            if any(
                one.y + 0.5 < y < other.y - other.size * 0.4 and x0 <= self.cuts[-1] and x1 >= self.cuts[0]
                for y, x0, x1 in rules
            ):
                return place
        gaps = [other.y - one.y for one, other in itertools.pairwise(rows)]
        widest = max(gaps)
        return len(gaps) - 1 if widest < 1.08 * min(gaps) or gaps[-1] > widest * 0.97 else gaps.index(widest)
