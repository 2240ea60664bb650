"""Boxes with labels and values in them → a table of what each says, before the rest of the page is read by its gaps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from maildaemon.parse.labels import LONGEST, Label, Labels, exactly, squash
from maildaemon.read.pdf_boxes import Box, Frame, texts
from maildaemon.read.pdf_rows import Row, Segment

LINES, LENGTH = 8, 300
"""Of one box: more is a part of a page with blocks of its own."""
_PARTIES = frozenset({"ship_to", "bill_to", "buyer"})


@dataclass(frozen=True, slots=True)
class Framed:
    """A table of boxes, or the rows of one box that is read by itself."""

    cells: tuple[tuple[str, ...], ...] = ()
    rows: tuple[Row, ...] = ()


def framed(block: Sequence[Row], frames: Sequence[Frame], labels: Labels) -> tuple[list[Row], list[Framed]]:
    """What the boxes hold, and the block without it. A box around a value whose label stands outside is left where it
    is, and so is a table without any label."""
    rest, found = list(block), []
    for frame in frames:
        held = [(box, inside) for box in frame.boxes if (inside := texts(box, rest))]
        taken: list[Box] = []
        simple = [(box, inside) for box, inside in held if _is_simple(inside, labels)]
        if len(simple) > 1 and any(_is_told(inside, labels) for _, inside in simple):
            found.append(Framed(cells=_table(frame, simple, labels)))
            taken = [box for box, _ in simple]
        for box, inside in held:
            if box not in taken and len(inside) > 2 and _label(inside[0].text, labels) is not None:
                found.append(Framed(rows=tuple(inside)))
                taken.append(box)
        if taken:
            rest = [kept for row in rest if (kept := _without(row, taken)) is not None]
    return rest, found


def _label(text: str, labels: Labels) -> Label | None:
    text = text.rstrip(" :")
    return exactly(labels.header, text) if 0 < len(text) <= LONGEST else None


def _is_simple(inside: Sequence[Row], labels: Labels) -> bool:
    """The box holds one text, or one label with its value."""
    if len(inside) > LINES or sum(len(row.text) for row in inside) > LENGTH:
        return False
    if len(inside) > 1 and any(map(_is_parted, inside)):
        return False
    heads = sum(_label(row.text.partition(":")[0], labels) is not None for row in inside)
    return heads < 2 or _label(_whole(inside), labels) is not None


def _is_told(inside: Sequence[Row], labels: Labels) -> bool:
    return any(_label(text.partition(":")[0], labels) is not None for text in (inside[0].text, _whole(inside)))


def _is_parted(row: Row) -> bool:
    """Two texts side by side, with more between them than a justified line has."""
    return any(right.x0 - left.x1 > 1.5 * row.size for left, right in pairwise(row.segments))


def _whole(inside: Sequence[Row]) -> str:
    return " ".join(row.text for row in inside)


def _table(frame: Frame, held: Sequence[tuple[Box, list[Row]]], labels: Labels) -> tuple[tuple[str, ...], ...]:
    grid = [[""] * frame.columns for _ in range(frame.rows)]
    told = {box.row for box, inside in held if len(inside) > 1 and _label(inside[0].text, labels) is not None}
    for box, inside in held:
        head = len(inside) == 2 and box.row in told and not any(map(str.isdigit, inside[0].text))
        grid[box.row][box.column] = _cell(box, inside, labels, head=head)
    _join_heads(grid, labels)
    for row in grid:
        _name_first(row, labels)
    columns = [at for at in range(frame.columns) if any(row[at] for row in grid)]
    return tuple(tuple(row[at] for at in columns) for row in grid if any(row))


def _cell(box: Box, inside: Sequence[Row], labels: Labels, *, head: bool) -> str:
    """``label: value`` where the label is the upper of several lines, as it is in all boxes beside one of which it is
    known; the lines of an address parted by commas."""
    whole = _whole(inside)
    if len(inside) == 1 or squash(whole) in labels.header.exact:
        return whole
    label = _label(inside[0].text, labels)
    if label is None and not head:
        return _joined(box, inside)
    return f"{inside[0].text.rstrip(' :')}: {_joined(box, inside[1:])}"


def _joined(box: Box, inside: Sequence[Row]) -> str:
    """Of two lines the first is wrapped when the next word would not have fitted into it; more are an address."""
    text = inside[0].text
    for above, below in pairwise(inside):
        wrapped = (
            len(inside) == 2
            and above.words[-1].x1 + (below.words[0].x1 - below.words[0].x0) + 0.3 * above.size > box.x1 - 2
        )
        text += (" " if wrapped or text.endswith((",", "-")) else ", ") + below.text
    return text


def _join_heads(grid: list[list[str]], labels: Labels) -> None:
    """A row of heads above a row of values: each value gets its head."""
    for above, below in pairwise(grid):
        places = [at for at, text in enumerate(above) if text]
        heads = [at for at in places if _label(above[at], labels) is not None]
        if len(places) < 2 or len(heads) * 2 < len(places) or any(map(str.isdigit, "".join(above))):
            continue
        if any(_label(text.partition(":")[0], labels) is not None for text in below if text):
            continue
        for at in places:
            if below[at]:
                above[at], below[at] = f"{above[at].rstrip(' :')}: {below[at]}", ""


def _name_first(row: list[str], labels: Labels) -> None:
    """Between the label of a party and its address may stand a number that the party has: that goes behind."""
    for at, text in enumerate(row):
        label = _label(text, labels)
        behind = [place for place in range(at + 1, len(row)) if row[place]][:2]
        if label is not None and label.field in _PARTIES and len(behind) == 2:
            number, name = (row[place] for place in behind)
            if number.isdigit() and any(map(str.isalpha, name)):
                row[behind[0]], row[behind[1]] = name, number


def _without(row: Row, boxes: Sequence[Box]) -> Row | None:
    """The row without the words that stand in the boxes."""
    y = row.y - 0.3 * row.size
    near = [box for box in boxes if box.y0 - 1 <= y <= box.y1 + 1]
    if not near:
        return row
    segments = tuple(
        Segment(words)
        for segment in row.segments
        if (
            words := tuple(
                word
                for word in segment.words
                if not any(box.x0 - 1 <= (word.x0 + word.x1) / 2 <= box.x1 + 1 for box in near)
            )
        )
    )
    words = tuple(word for segment in segments for word in segment.words)
    return replace(row, words=words, segments=segments) if segments else None
