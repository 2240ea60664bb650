"""What the samples say and the reader does not know: labels and headings, for a person to give them a meaning."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from maildaemon.drafting.sample import Sample
from maildaemon.model import Document, Zone
from maildaemon.parse import texttable
from maildaemon.parse.labels import LONGEST, Labels, named
from maildaemon.read.zones import is_marker
from maildaemon.wording import shown

_COUNT = "0123456789#. "
DOCUMENTS, LINES, ROWS, MOST, VALUE = 20, 2000, 200, 12, 40
_HEADS = frozenset(
    "from to cc bcc date sent subject re aw fwd wg tel fax phone mobile email mail e-mail web www http https".split()
)


@dataclass(frozen=True, slots=True)
class Stranger:
    """``text`` names nothing that the reader knows; ``value`` is what stands beside it, None below a heading."""

    text: str
    value: str | None = None


def strangers(samples: Sequence[Sample], labels: Labels) -> tuple[Stranger, ...]:
    """The most frequent first, at most MOST: texts before a colon that name nothing, cells of headings likewise."""
    count: Counter[str] = Counter()
    first: dict[str, Stranger] = {}
    for sample in samples:
        found: dict[str, Stranger] = {}
        for document in sample.reading.documents[:DOCUMENTS]:
            if not document.inline and not document.messages:
                for one in (*_labels(document, labels), *_headings(document, labels)):
                    found.setdefault(one.text, one)
        count.update(found.keys())
        first = found | first
    return tuple(first[text] for text, _ in count.most_common(MOST))


def _labels(document: Document, labels: Labels) -> Iterator[Stranger]:
    for line in document.lines[:LINES]:
        if line.zone in {Zone.HIDDEN, Zone.SIGNATURE} or ":" not in line.text or is_marker(line.text):
            continue
        parts = [part.text for part in texttable.segments(line.text[:400])]
        for part, behind in zip(parts, (*parts[1:], ""), strict=True):
            head, colon, value = part.partition(":")
            head = head.strip(" *_>-•·|").rstrip(_COUNT)
            if colon and _is_stranger(head, labels):
                yield Stranger(head, shown(value.strip() or behind, VALUE))


def _headings(document: Document, labels: Labels) -> Iterator[Stranger]:
    """The cells of a row in which nothing is a figure and some columns are known."""
    rows: list[Sequence[str]] = [row for table in document.tables for row in table.rows[:ROWS]]
    rows += [[part.text for part in texttable.segments(line.text[:400])] for line in document.lines[:LINES]]
    for row in rows:
        filled = [cell.strip() for cell in row if cell.strip()]
        if len(filled) < 3 or any(map(str.isdigit, "".join(filled))):
            continue
        if any(len(cell) <= LONGEST and named(labels.column, cell) is not None for cell in filled):
            yield from (Stranger(cell) for cell in filled if _is_stranger(cell, labels))


def _is_stranger(text: str, labels: Labels) -> bool:
    if not 2 <= len(text) <= LONGEST or text.count(" ") > 4 or sum(map(str.isalpha, text)) < 2:
        return False
    if text.casefold() in _HEADS or any(map(str.isdigit, text)):
        return False
    return not (named(labels.header, text) or named(labels.column, text) or named(labels.sums, text))
