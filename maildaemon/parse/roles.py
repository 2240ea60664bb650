"""What a lone amount in each order line is, the price of one or the line's sum: told by the sums that the document
states."""

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from maildaemon.model import Document, Zone
from maildaemon.parse.numbers import number
from maildaemon.parse.raw import RawLine, Text
from maildaemon.parse.settle import price_text
from maildaemon.parse.units import quantity

MONEY = "money"
LINES_LIMIT = 3000
TEXT_LIMIT = 1000
_PARTED = re.compile(r"  +|\t|[|:]")


def is_amount(text: str) -> bool:
    """A figure with a currency or with decimals, and nothing else."""
    found = number(price_text(text)) if len(text) <= 40 else None
    return found is not None and (found.currency is not None or found.bare_sign or found.mark is not None)


class Sums:
    """The figures that end the lines of a document, gathered once, when they are first asked for."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._figures: Counter[Decimal] | None = None

    def told(self, items: Sequence[dict[str, Text]], usual: str) -> tuple[list[RawLine], tuple[str, ...]]:
        """The lines, each amount (``money``) as ``unit_price`` or as ``amount``: whichever adds up to a sum that the
        document states. Where neither does, the amounts are left out with a doubt; where it is all one they are the
        ``usual`` one."""
        if not any(MONEY in item for item in items):
            return [RawLine(item) for item in items], ()
        role = self._role(items, usual)
        if role is not None:
            return [_renamed(item, role) for item in items], ()
        bare = [RawLine({name: text for name, text in item.items() if name != MONEY}) for item in items]
        said = next(item[MONEY].text for item in items if MONEY in item)
        return bare, (f"is “{said[:40]}” the price of one, or the sum of its line? No sum tells",)

    def _role(self, items: Sequence[dict[str, Text]], usual: str) -> str | None:
        if any(not {MONEY, "quantity"} <= item.keys() for item in items):
            return None
        amounts = [number(price_text(item[MONEY].text)) for item in items]
        counts = [quantity(item["quantity"].text) for item in items]
        found: set[str] = set()
        for reading in (0, 1):
            sums = {"amount": Decimal(0), "unit_price": Decimal(0)}
            own: Counter[Decimal] = Counter()
            for amount, many in zip(amounts, counts, strict=True):
                if amount is None or many is None:
                    return None
                value = amount.readings[min(reading, len(amount.readings) - 1)]
                sums["amount"] += value
                sums["unit_price"] += value * many[0].readings[0]
                own.update(set(amount.readings))
            if sums["amount"] == sums["unit_price"]:
                return usual
            found |= {name for name, whole in sums.items() if self._stated()[whole] > own[whole]}
        return found.pop() if len(found) == 1 else None

    def _stated(self) -> Counter[Decimal]:
        if self._figures is None:
            self._figures = Counter()
            for line in self._document.lines[:LINES_LIMIT]:
                if line.zone is Zone.HIDDEN or len(line.text) > TEXT_LIMIT:
                    continue
                parsed = number(_PARTED.split(line.text.strip())[-1].strip())
                if parsed is not None:
                    self._figures.update(set(parsed.readings))
        return self._figures


def _renamed(item: dict[str, Text], role: str) -> RawLine:
    return RawLine({role if name == MONEY else name: text for name, text in item.items()})
