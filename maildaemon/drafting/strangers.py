"""What the samples say and the reader does not know: labels and headings, for a person to give them a meaning."""

from collections import Counter
from collections.abc import Iterator, Sequence

from maildaemon.drafting.sample import Sample
from maildaemon.model import Document, Zone
from maildaemon.parse import texttable
from maildaemon.parse.labels import LONGEST, Labels, named
from maildaemon.read.zones import is_marker

_COUNT = "0123456789#. "
LINES, ROWS, MOST = 2000, 200, 12
_HEADS = frozenset(
    "from to cc bcc date sent subject re aw fwd wg tel fax phone mobile email mail e-mail web www http https".split()
)


def strangers(samples: Sequence[Sample], labels: Labels) -> tuple[str, ...]:
    """The most frequent first, at most MOST: texts before a colon that name nothing, cells of headings likewise."""
    seen: Counter[str] = Counter()
    for sample in samples:
        found: dict[str, None] = {}
        for document in sample.reading.documents:
            if not document.inline and not document.messages:
                found |= dict.fromkeys((*_labels(document, labels), *_headings(document, labels)))
        seen.update(found.keys())
    return tuple(text for text, _ in seen.most_common(MOST))


def _labels(document: Document, labels: Labels) -> Iterator[str]:
    for line in document.lines[:LINES]:
        if line.zone in {Zone.HIDDEN, Zone.SIGNATURE} or ":" not in line.text or is_marker(line.text):
            continue
        for part in texttable.segments(line.text[:400]):
            head, colon, _ = part.text.partition(":")
            head = head.strip(" *_>-•·|").rstrip(_COUNT)
            if colon and _is_stranger(head, labels):
                yield head


def _headings(document: Document, labels: Labels) -> Iterator[str]:
    """The cells of a row in which nothing is a figure and some columns are known."""
    rows: list[Sequence[str]] = [row for table in document.tables for row in table.rows[:ROWS]]
    rows += [[part.text for part in texttable.segments(line.text[:400])] for line in document.lines[:LINES]]
    for row in rows:
        filled = [cell.strip() for cell in row if cell.strip()]
        if len(filled) < 3 or any(map(str.isdigit, "".join(filled))):
            continue
        if any(len(cell) <= LONGEST and named(labels.column, cell) is not None for cell in filled):
            yield from (cell for cell in filled if _is_stranger(cell, labels))


def _is_stranger(text: str, labels: Labels) -> bool:
    if not 2 <= len(text) <= LONGEST or text.count(" ") > 4 or sum(map(str.isalpha, text)) < 2:
        return False
    if text.casefold() in _HEADS or any(map(str.isdigit, text)):
        return False
    return not (named(labels.header, text) or named(labels.column, text) or named(labels.sums, text))
