"""Order lines that stand on their side: labels down one column, and beside them each article in a column of its own, or
one article after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from maildaemon.model import Document
from maildaemon.parse.headings import WHAT, Columns, columns
from maildaemon.parse.keyed import names_article
from maildaemon.parse.labels import LONGEST, Labels, exactly, named
from maildaemon.parse.raw import Text, cell, row_place
from maildaemon.parse.rows import Row
from maildaemon.parse.units import quantity

_FIRST = WHAT | {"quantity", "position"}
_SPANNED = frozenset({"text/html", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"})
"""Where a cell over several columns stands in each of them."""


@dataclass(frozen=True, slots=True)
class Turned:
    """The articles as rows, below a heading made of the labels; ``last`` is the index behind the last row used."""

    heading: Columns
    rows: tuple[Row, ...]
    last: int
    doubts: tuple[str, ...] = ()
    title: Text | None = None
    """What stands above the only article, over the whole width of the table."""


def turned(document: Document, number: int, at: int, labels: Labels) -> Turned | None:
    """What begins in row ``at`` of the document's table with a label of what is ordered or how much of it. None unless
    both follow."""
    rows = document.tables[number].rows
    column = next((place for place, text in enumerate(rows[at]) if text), len(rows[at]))
    last = _run(rows, at, column, labels)
    if last - at < 2:
        return None
    heading = columns([_stem(rows[place][column], labels)[0] for place in range(at, last)], labels)
    if heading is None:
        return None
    items: list[Row] = []
    doubts: list[str] = []
    zone = document.tables[number].zone
    before: tuple[str, ...] = ()
    for beside in range(column + 1, len(rows[at])):
        cells = tuple(rows[place][beside] for place in range(at, last))
        if not any(cells) or (cells == before and document.media_type in _SPANNED):
            continue
        before = cells
        if not _is_item(cells, heading):
            said = " | ".join(filter(None, cells))[:60]
            doubts.append(f"beside the order lines stands what was not read: “{said}”")
            continue
        places = tuple(f"{row_place(document, number, place)}, column {beside + 1}" for place in range(at, last))
        items.append(Row(cells, document.name, row_place(document, number, at), zone, places=places))
    title = _title(document, number, at - 1, labels) if len(items) == 1 else None
    return Turned(heading, tuple(items), last, tuple(doubts), title) if items else None


def _title(document: Document, number: int, at: int, labels: Labels) -> Text | None:
    cells = document.tables[number].rows[at] if at >= 0 else ()
    texts = {text.strip() for text in cells if text.strip()}
    text = texts.pop() if len(texts) == 1 else ""
    return cell(document, number, at, 0, text, 0.85) if names_article(text, labels) else None


def _stem(head: str, labels: Labels) -> tuple[str, str]:
    """``Quantity 2`` is ``Quantity``, with its number."""
    head = head.rstrip(": ")
    stem = head.rstrip("0123456789#. ")
    count = head[len(stem) :].strip("#. ")
    return (stem, count) if count and exactly(labels.column, head) is None else (head, "")


def _run(rows: Sequence[Sequence[str]], at: int, column: int, labels: Labels) -> int:
    """Behind the last of the rows that begin with a label of lines each, none of them twice."""
    seen: set[str] = set()
    counts: set[str] = set()
    for place in range(at, len(rows)):
        text = rows[place][column] if column < len(rows[place]) and not any(rows[place][:column]) else ""
        head, count = _stem(text, labels) if 0 < len(text) <= LONGEST else ("", "")
        counts.add(count)
        if len(counts) > 1:
            return place
        label = exactly(labels.column, head) if 0 < len(head) <= LONGEST else None
        if label is None and seen and named(labels.header, head) is None:
            label = named(labels.column, head)  # amid labels that are exact, one with a typing error
        if label is None or label.field is None or label.field.startswith("order.") or label.field in seen:
            return place
        if not seen and label.field not in _FIRST:
            return place
        if label.field not in {"ignored", "telling"}:
            seen.add(label.field)
    return len(rows)


def _is_item(cells: Sequence[str], heading: Columns) -> bool:
    """It says what, and how many."""
    many = cells[heading.fields["quantity"][0]]
    what = any(cells[at] for name, (at, _) in heading.fields.items() if name in WHAT)
    return what and quantity(many) is not None
