"""Order lines stated field by field, one to a line of text, as web forms do: "Item: …", "Quantity: …"."""

import re
from collections.abc import Sequence

from maildaemon.model import Document, Line, Zone
from maildaemon.parse.headings import OWN
from maildaemon.parse.items import settled
from maildaemon.parse.labelled import parted
from maildaemon.parse.labels import LONGEST, Labels, exactly, named, squash
from maildaemon.parse.numbers import number
from maildaemon.parse.raw import RawLine, Text, at
from maildaemon.parse.settle import price_text
from maildaemon.parse.units import quantity

_LINE = frozenset(
    {"item", "sku", "buyer_sku", "gtin", "description", "quantity", "unit", "unit_price", "amount", "requested_date"}
)
_WHAT = frozenset({"item", "sku", "buyer_sku", "gtin", "description"})
_APART = 6
TITLE_LIMIT, LINE_LIMIT = 120, 1000
_BULLET = re.compile(r"(?:[-*•·–+]|\(?[0-9]{1,3}[.)]|#[0-9]{1,3}:?)[ \t]+")
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
        self._titles: list[Text | None] = []
        self.doubts: list[str] = []

    def begin(self, text: str, labels: Labels) -> bool:
        """Whether the text is a heading such as ``Item 2``: then the next field is the first of the next line."""
        found = _NUMBERED.fullmatch(text.strip()) if len(text) <= LONGEST else None
        label = named(labels.column, found[1]) if found else None
        if label is None or label.field not in {"item", "position"}:
            return False
        self._begins = True
        return True

    def goes_on(self, line: Line) -> bool:
        """An order line has begun above: its heading, or a field in the line before."""
        return self._begins or (bool(self._found) and line.number - self._last == 1)

    def names_article(self, lines: Sequence[Line], index: int, head: str, labels: Labels) -> bool:
        """A label that is none of ours in the head of an order is that of an article amid the fields of a line:
        Référence, with the quantity below it."""
        label = exactly(labels.column, head)
        if label is None or label.field not in {"sku", "buyer_sku", "gtin", "item"}:
            return False
        if self.goes_on(lines[index]):
            return True
        for line in lines[index + 1 : index + _APART]:
            if not line.text.strip():
                break
            below = exactly(labels.column, parted(line.text.strip()[:LINE_LIMIT])[0])
            if below is not None and below.field == "quantity":
                return True
        return False

    def offer(self, line: Line, head: str, value: str, labels: Labels, above: Line | None = None) -> bool:
        """Take the field if it is one of a line; ``Quantity 2`` and ``Item #2`` are ``Quantity`` and ``Item``. The line
        ``above`` may be the name of what is ordered, where this field is the first."""
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
            near = above is not None and above.number == line.number - 1
            self._titles.append(_title(self._document, above if near else None, labels))
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
        found = list(zip(self._found, self._titles, strict=True))
        whole = [one for one in found if "quantity" in one[0][2] and _WHAT & set(one[0][2])]
        titles = titled([title for _, title in whole])
        fields_of = [dict(fields) for (_, _, fields), _ in whole]
        if titles and not any("description" in fields for fields in fields_of):
            fields_of = [fields | {"description": title} for fields, title in zip(fields_of, titles, strict=True)]
        return [
            (position, zone, RawLine(settled(fields)))
            for ((position, zone, _), _), fields in zip(whole, fields_of, strict=True)
        ]


def titled(titles: Sequence[Text | None]) -> list[Text]:
    """The titles of two articles and more, where each has one of its own. Nothing where they only count or repeat."""
    stated = [title for title in titles if title is not None]
    words = {"".join(c for c in squash(title.text) if not c.isdigit()) for title in stated}
    return stated if 1 < len(titles) == len(stated) == len(words) else []


def _title(document: Document, above: Line | None, labels: Labels) -> Text | None:
    text = above.text.strip() if above is not None else ""
    if found := _BULLET.match(text):
        text = text[found.end() :]
    return at(document, above, text, 0.85) if above is not None and names_article(text, labels) else None


def names_article(text: str, labels: Labels) -> bool:
    """The text may be the name of an article: some letters, no label, no sentence."""
    if not 3 <= len(text) <= TITLE_LIMIT or ":" in text or text[-1] in ".!?" or sum(map(str.isalpha, text)) < 3:
        return False
    return all(named(vocabulary, text) is None for vocabulary in (labels.column, labels.header, labels.sums))
