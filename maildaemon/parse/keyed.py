"""Order lines stated field by field, one to a line of text, as web forms do: "Item: …", "Quantity: …"."""

from maildaemon.model import Document, Line, Zone
from maildaemon.parse.labels import Labels, named
from maildaemon.parse.raw import RawLine, Text, at
from maildaemon.parse.tables import settled

_LINE = frozenset(
    {"item", "sku", "buyer_sku", "gtin", "description", "quantity", "unit", "unit_price", "amount", "requested_date"}
)
_WHAT = frozenset({"item", "sku", "buyer_sku", "gtin", "description"})
_APART = 6


class Collector:
    """Collects the fields; one that comes again begins the next line."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: list[tuple[int, Zone, dict[str, Text]]] = []
        self._last = 0

    def offer(self, line: Line, head: str, value: str, labels: Labels) -> bool:
        """Take the field if it is one of a line; ``Quantity 2`` and ``Item #2`` are ``Quantity`` and ``Item``."""
        label = named(labels.column, head.rstrip("0123456789#. "))
        if label is None or label.field not in _LINE or not value.strip():
            return False
        zone, fields = (self._found[-1][1], self._found[-1][2]) if self._found else (None, {})
        if zone is not line.zone or label.field in fields or line.number - self._last > _APART:
            fields = {}
            self._found.append((line.number * 10, line.zone, fields))
        fields[label.field] = at(self._document, line, value, label.score * 0.95)
        self._last = line.number
        return True

    def lines(self) -> list[tuple[int, Zone, RawLine]]:
        """Those that say what and how many."""
        whole = [found for found in self._found if "quantity" in found[2] and _WHAT & set(found[2])]
        return [(position, zone, RawLine(settled(fields))) for position, zone, fields in whole]
