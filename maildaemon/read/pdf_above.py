"""Labels side by side on a PDF's page, and below each its value: ``label: value``."""

from collections.abc import Sequence
from itertools import pairwise

from maildaemon.parse.dates import dated
from maildaemon.parse.labels import LONGEST, Label, Labels, exactly, named
from maildaemon.read.pdf_heading import joined
from maildaemon.read.pdf_rows import Row, Segment

LABEL_ROWS, VALUE_ROWS = 3, 4
_PARTIES = frozenset({"ship_to", "bill_to", "buyer"})
_STEP, _APART = 1.6, 2.2
"""From line to line of one text, and from a label to its value, in sizes of the letters."""
_FLUSH = 1.5
Part = tuple[Row, tuple[Segment, ...]]
_Columns = list[list[Segment]]


def headed(parts: list[Part], labels: Labels) -> tuple[list[str], list[Part]]:
    """What such labels tell, and the rows that are left."""
    told: list[str] = []
    rest: list[Part] = []
    at = 0
    while at < len(parts):
        pairs, count = _grid(parts[at:], labels)
        if pairs:
            for head, value in pairs:
                # What is not one value for certain stands apart from its label, so that nobody takes it for one.
                told.extend(
                    [f"{head.rstrip(' :')}: {value}"] if "\n" not in value else ["", head, "", *value.split("\n"), ""]
                )
            at += count
        else:
            rest.append(parts[at])
            at += 1
    return told, rest


def _grid(parts: list[Part], labels: Labels) -> tuple[list[tuple[str, str]], int]:
    """The pairs that begin in the first row, and how many rows they take: as many rows of labels as give most that are
    known."""
    if len(parts) < 2 or len(parts[0][1]) < 2:
        return [], 0
    best: tuple[int, float, list[tuple[str, str]], int] = (0, 0.0, [], 0)
    for tall in range(1, LABEL_ROWS + 1):
        end = _end(parts, tall)
        if end == 0:
            break
        heads, values = parts[:tall], parts[tall:end]
        pairs = _aligned(heads, values, labels)
        if not pairs and tall == 1 and len(values) == 1:
            pairs = _above_each(heads[0], values[0], labels)
        sure = sum(_is_sure(_label(head, labels)) for head, _ in pairs)
        # Of two that tell as much, the one with more space between labels and values.
        space = parts[tall][0].y - parts[tall - 1][0].y
        if sure > best[0] or (sure == best[0] > 0 and space > best[1] + 0.5):
            best = (sure, space, pairs, end)
    return best[2], best[3]


def _end(parts: list[Part], tall: int) -> int:
    """Behind the last row of the values; 0 when the rows do not stand close enough, or more follow at once."""
    rows = [row for row, _ in parts[: tall + VALUE_ROWS + 1]]
    if len(rows) <= tall or any(not _follows(one, other, _STEP) for one, other in pairwise(rows[:tall])):
        return 0
    if not _follows(rows[tall - 1], rows[tall], _APART):
        return 0
    end = tall + 1
    while end < len(rows) and _follows(rows[end - 1], rows[end], _STEP):
        end += 1
    return end if end <= tall + VALUE_ROWS else 0


def _follows(one: Row, other: Row, most: float) -> bool:
    return 0 < other.y - one.y <= most * max(one.size, other.size)


def _aligned(heads: list[Part], values: list[Part], labels: Labels) -> list[tuple[str, str]]:
    """In columns with a straight left edge, labels and values of several lines each."""
    edges = sorted({round(one.x0, 1) for _, segments in heads for one in segments})
    edges = [edge for at, edge in enumerate(edges) if at == 0 or edge - edges[at - 1] > _FLUSH]
    above, below = _columns(heads, edges), _columns(values, edges)
    if above is None or below is None:
        return []
    texts = [joined([one.text for one in column]) for column in above]
    if not _are_labels(texts, labels, share=3):
        return []
    pairs: list[tuple[str, str]] = []
    for text, column in zip(texts, below, strict=True):
        if not column:
            continue
        value = _value([one.text for one in column])
        if any(is_told(one.text, labels) for one in column) or is_label(value, labels):
            return []
        pairs.append((text, value))
    return _distinct(pairs)


def _columns(parts: list[Part], edges: Sequence[float]) -> _Columns | None:
    """The texts that begin at each edge from top to bottom; None when one begins elsewhere."""
    found: _Columns = [[] for _ in edges]
    for _, segments in parts:
        for one in segments:
            at = next((at for at, edge in enumerate(edges) if abs(edge - one.x0) <= _FLUSH), None)
            if at is None or (at + 1 < len(edges) and one.x1 > edges[at + 1]):
                return None
            found[at].append(one)
    return found


def _value(lines: Sequence[str]) -> str:
    """The whole value. A number or a date that is broken within, where no blank is, goes on in the next line; the lines
    as they are when that cannot be told from two words."""
    whole = lines[0]
    for line in lines[1:]:
        last = whole.rpartition(" ")[2]
        if any(map(str.isdigit, last)) and " " not in line and any(map(str.isdigit, line)) and " " not in whole:
            if last[-1] not in "-/." and dated(whole + line) is None:
                return "\n".join(lines)
            whole += line
        else:
            whole = joined([whole, line])
    return whole


def _above_each(heads: Part, values: Part, labels: Labels) -> list[tuple[str, str]]:
    """A row of labels, and in the next row each value below the one label that stands over it."""
    (_, above), (_, below) = heads, values
    if len(below) > len(above) or not _are_labels([one.text for one in above], labels, share=2):
        return []
    pairs: list[tuple[str, str]] = []
    for value in below:
        heads_of = [one for one in above if one.x0 < value.x1 and value.x0 < one.x1]
        if len(heads_of) != 1 or is_label(value.text, labels) or is_told(value.text, labels):
            return []
        pairs.append((heads_of[0].text, value.text))
    return _distinct(pairs)


def _distinct(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return pairs if len({head for head, _ in pairs}) == len(pairs) else []


def _are_labels(texts: Sequence[str], labels: Labels, *, share: int) -> bool:
    """Words without figures, two and more of them known letter by letter, at least one in ``share``, none a party."""
    known = [_label(text, labels) for text in texts]
    sure = sum(map(_is_sure, known))
    if len(texts) < 2 or sure < 2 or sure * share < len(texts):
        return False
    return not any(
        (label is not None and label.field in _PARTIES) or any(map(str.isdigit, text))
        for label, text in zip(known, texts, strict=True)
    )


def _label(text: str, labels: Labels) -> Label | None:
    text = text.rstrip(" :")
    return exactly(labels.header, text) if 0 < len(text) <= LONGEST else None


def _is_sure(label: Label | None) -> bool:
    return label is not None and label.weight == 1


def is_label(text: str, labels: Labels) -> bool:
    return text.endswith(":") or (len(text) <= LONGEST and named(labels.header, text) is not None)


def is_told(text: str, labels: Labels) -> bool:
    head, colon, value = text.partition(":")
    return bool(colon and value.strip()) and len(head) <= LONGEST and named(labels.header, head) is not None
