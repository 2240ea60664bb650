"""Order lines stated field by field, one to a line of text, as web forms do: "Item: …", "Quantity: …"."""

import re

from maildaemon.model import Document, Line, Zone
from maildaemon.parse.headings import OWN
from maildaemon.parse.items import settled
from maildaemon.parse.labels import LONGEST, Labels, named, squash
from maildaemon.parse.numbers import number
from maildaemon.parse.raw import RawLine, Text, at
from maildaemon.parse.settle import price_text
from maildaemon.parse.units import quantity

_LINE = frozenset(
    {"item", "sku", "buyer_sku", "gtin", "description", "quantity", "unit", "unit_price", "amount", "requested_date"}
)
_WHAT = frozenset({"item", "sku", "buyer_sku", "gtin", "description"})
_APART = 6
_NUMBERED = re.compile(r"([^\W\d_]{2,14})[.]? ?#? ?([0-9]{1,4}) ?[:.)]?")


class Collector:
    """Collects the fields. The next line begins where the first field of this one comes again, at a heading such as
    ``Item 2``, at a field with another number, and below a blank line where it is said again what is ordered."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: list[tuple[int, Zone, dict[str, Text]]] = []
        self._last = 0
        self._count = ""
        self._begins = False
        self._amounts: set[str] = set()
        self.doubts: list[str] = []

    def begin(self, text: str, labels: Labels) -> bool:
        """Whether the text is a heading such as ``Item 2``: then the next field is the first of the next line."""
        found = _NUMBERED.fullmatch(text.strip()) if len(text) <= LONGEST else None
        label = named(labels.column, found[1]) if found else None
        if label is None or label.field not in {"item", "position"}:
            return False
        self._begins = True
        return True

    def offer(self, line: Line, head: str, value: str, labels: Labels) -> bool:
        """Take the field if it is one of a line; ``Quantity 2`` and ``Item #2`` are ``Quantity`` and ``Item``."""
        stem = head.rstrip("0123456789#. ")
        label = named(labels.column, stem)
        if label is None or label.field not in _LINE or not value.strip() or head[:1].isdigit():
            return False  # "6 Stück - …" begins with the quantity itself
        count = head[len(stem) :].strip("#. ")
        name = label.field
        if name == "sku" and OWN.fullmatch(squash(stem)) and self._found and self._found[-1][2].keys() >= {"sku"}:
            name = "buyer_sku"
        if self._is_next(line, name, count):
            name = label.field
            self._found.append((line.number * 10, line.zone, {}))
        fields = self._found[-1][2]
        if name == "amount":
            self._amounts.add(squash(stem))
        if name not in fields:
            fields[name] = at(self._document, line, value, label.score * 0.95)
        else:
            self.doubts.append(f"line {line.number} says again what stands above it: “{line.text.strip()[:60]}”")
        self._last, self._count, self._begins = line.number, count, False
        return True

    def is_own(self, line: Line, head: str, value: str) -> bool:
        """The sum stands at once below a line, and is the line's own: its quantity times its price, or by a label that
        was that of a line before, whether it is right or not."""
        fields = self._found[-1][2] if self._found and line.number - self._last == 1 else {}
        if fields and "amount" not in fields and squash(head.rstrip("0123456789#. ")) in self._amounts:
            return True
        if "amount" in fields or not {"quantity", "unit_price"} <= fields.keys():
            return False
        many, price = quantity(fields["quantity"].text), number(price_text(fields["unit_price"].text))
        whole = number(price_text(value))
        if many is None or price is None or whole is None:
            return False
        return any(
            one * each == amount for one in many[0].readings for each in price.readings for amount in whole.readings
        )

    def _is_next(self, line: Line, name: str, count: str) -> bool:
        if not self._found or self._begins:
            return True
        _, zone, fields = self._found[-1]
        gap = line.number - self._last
        whole = "quantity" in fields and not _WHAT.isdisjoint(fields)
        return (
            zone is not line.zone
            or gap > _APART
            or name == next(iter(fields))
            or count not in {"", self._count}
            or (gap > 1 and (name in fields or (whole and name in _WHAT)))
        )

    def lines(self) -> list[tuple[int, Zone, RawLine]]:
        """Those that say what and how many."""
        whole = [found for found in self._found if "quantity" in found[2] and _WHAT & set(found[2])]
        return [(position, zone, RawLine(settled(fields))) for position, zone, fields in whole]
