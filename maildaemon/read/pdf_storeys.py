"""Order lines in a PDF that take two rows each: the article, and below it how many of it at what price."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from maildaemon.parse.units import quantity
from maildaemon.read.pdf_heading import Heading, joined
from maildaemon.read.pdf_rows import Row

_GAP = 4.0
"""The space within an item or between two, in sizes of the letters, that is no longer the table's own."""


@dataclass(slots=True)
class Storeys:
    """The rows that belong to items, and the items' cells: two rows for each."""

    taken: set[int] = field(default_factory=set)
    cells: list[tuple[str, ...]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    """Rows amid the items, or with a quantity, that are none of theirs."""


def storeys(
    rows: Sequence[Row],
    heading: Heading,
    start: int,
    end: int,
    cells: Callable[[int], list[str]],
    is_sum: Callable[[int], bool],
) -> Storeys:
    """What stands below such a heading, in the rows from ``start`` to ``end``."""
    many = heading.column("quantity")
    money = {at for name in ("unit_price", "amount") if (at := heading.column(name)) is not None}
    found, upper, apart = Storeys(), list[int](), list[int]()
    last = rows[start - 1]
    for at in range(start, end):
        row = rows[at]
        if row.page == last.page and row.y - last.y > _GAP * max(row.size, last.size):
            break
        last = row
        own = cells(at)
        if many is None or is_sum(at):
            continue
        below = quantity(own[many]) is not None and any(any(map(str.isdigit, own[place])) for place in money)
        if below and upper:
            parts = [cells(one) for one in upper]
            found.cells.append(tuple(joined(list(filter(None, column))) for column in zip(*parts, strict=True)))
            found.cells.append(tuple(own))
            found.taken.update((*upper, at))
            found.missed.extend(rows[one].text for one in apart)
            upper, apart = [], []
        elif not below and (upper or own[many]):
            upper.append(at)
        else:
            apart.append(at)
    found.missed.extend(rows[at].text for at in apart if quantity(cells(at)[many or 0]) is not None)
    return found
