"""Order lines of two rows each, below a heading with two labels to a cell: the article above, how many of it below."""

from collections.abc import Sequence
from dataclasses import replace

from maildaemon.model import Document
from maildaemon.parse.headings import WHAT, Columns, columns
from maildaemon.parse.labels import Labels
from maildaemon.parse.numbers import number
from maildaemon.parse.raw import row_place
from maildaemon.parse.rows import Row
from maildaemon.parse.sums import stated
from maildaemon.parse.turned import Turned
from maildaemon.parse.twofold import twofold
from maildaemon.parse.units import quantity

_DOUBTS = 5


def storeys(document: Document, number: int, at: int, labels: Labels) -> Turned | None:
    """What begins with the heading in row ``at`` of the document's table. None for any other row, and where no line
    follows at once. A row amid the lines that is none of theirs is a doubt."""
    rows = document.tables[number].rows
    found = _heading(rows[at], labels)
    if found is None or any(len(row) != len(rows[at]) for row in rows[at : at + 3]):
        return None
    heading, tall, what = found
    if at + 2 >= len(rows) or not _is_item(rows[at + 1], rows[at + 2], tall, what):
        return None
    if any(len(row) != len(rows[at]) for row in rows[at:]):
        return None
    starts = [place for place in range(at + 1, len(rows) - 1) if _is_item(rows[place], rows[place + 1], tall, what)]
    items: list[Row] = []
    doubts: list[str] = []
    place = at + 1
    while place < len(rows):
        upper = rows[place]
        if place < len(rows) - 1 and _is_item(upper, rows[place + 1], tall, what):
            items.append(_row(document, number, place, tall, heading))
            place += 2
            continue
        bare = Row((*upper, *("" for _ in tall), ""), document.name, row_place(document, number, place))
        if not any(upper) or stated(bare, heading, labels) is not None:
            items.append(replace(bare, zone=document.tables[number].zone))
        elif place < starts[-1]:
            doubts.append(f"amid the order lines stands what was not read: “{' | '.join(filter(None, upper))[:60]}”")
        else:
            break
        place += 1
    return Turned(heading, tuple(items), place, tuple(doubts[:_DOUBTS]))


def _heading(cells: Sequence[str], labels: Labels) -> tuple[Columns, tuple[int, ...], int] | None:
    """The columns of both rows, those of the lower behind those of the upper and the price's unit behind them; which
    columns have two labels, and which of them the article above its quantity."""
    pairs = {at: pair for at, cell in enumerate(cells) if (pair := twofold(cell, labels)) is not None}
    what = next((at for at, (one, other) in pairs.items() if _counts(one[1].field, other[1].field)), None)
    if what is None:
        return None
    tall = tuple(pairs)
    upper = [pairs[at][0][0] if at in pairs else cell for at, cell in enumerate(cells)]
    heading = columns([*upper, *(pairs[at][1][0] for at in tall)], labels)
    if heading is None or heading.fields["quantity"][0] != len(cells) + tall.index(what):
        return None
    if "unit_price" in heading.fields and "price_per" not in heading.fields:
        heading = replace(heading, fields=heading.fields | {"price_per": (len(cells) + len(tall), 1.0)})
    return heading, tall, what


def _counts(upper: str | None, lower: str | None) -> bool:
    return upper in WHAT and lower == "quantity"


def _is_item(upper: Sequence[str], lower: Sequence[str], tall: Sequence[int], what: int) -> bool:
    """The article above, its quantity below; a column with one label is filled in one of the rows."""
    if not upper[what] or quantity(lower[what]) is None:
        return False
    return all(
        at in tall or not one or not other or one == other
        for at, (one, other) in enumerate(zip(upper, lower, strict=True))
    )


def _row(document: Document, table: int, at: int, tall: Sequence[int], heading: Columns) -> Row:
    upper, lower = document.tables[table].rows[at : at + 2]
    cells = [one if place in tall else one or lower[place] for place, one in enumerate(upper)]
    cells += [lower[place] for place in tall]
    rows = [at if place in tall or one else at + 1 for place, one in enumerate(upper)] + [at + 1 for _ in tall]
    where = [*range(len(upper)), *tall]
    per = ""
    price = heading.fields.get("unit_price", (-1, 0.0))[0]
    if price >= 0 and "/" in cells[price]:
        head, _, tail = (part.strip() for part in cells[price].partition("/"))
        if number(head) is not None:
            cells[price], per = head, tail
    places = [f"{row_place(document, table, row)}, column {place + 1}" for row, place in zip(rows, where, strict=True)]
    zone = document.tables[table].zone
    return Row(
        (*cells, per),
        document.name,
        row_place(document, table, at),
        zone,
        places=(*places, places[max(price, 0)]),
    )
