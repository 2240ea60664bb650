"""One order as one document has it, while it is put together."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from maildaemon.parse.labels import squash
from maildaemon.parse.raw import RawLine, Text


@dataclass(slots=True)
class Section:
    """Its fields with every text that claims to be one, and its lines."""

    document: str
    fields: dict[str, list[Text]] = field(default_factory=dict)
    lines: list[RawLine] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    told: set[tuple[str, str, str, str]] = field(default_factory=set)
    """What was added: name, text, place, document."""

    def add(self, name: str, text: Text) -> None:
        known = self.fields.setdefault(name, [])
        told = (name, text.text, text.place, text.document)
        if told not in self.told:
            self.told.add(told)
            known.append(text)

    def take(self, other: "Section", names: Iterable[str] | None = None) -> None:
        for name, texts in other.fields.items():
            if names is None or name in names:
                for text in texts:
                    self.add(name, text)

    def po(self) -> str | None:
        """The surest PO number's letters and digits."""
        texts = self.fields.get("po_number", [])
        return po_key(max(texts, key=lambda text: text.weight).text) if texts else None

    def signature(self) -> Counter[tuple[str, str]]:
        """What is ordered and how much of it, however it is written."""
        return Counter(
            (_word(line, "sku", "buyer_sku", "description", "item"), _word(line, "quantity")) for line in self.lines
        )

    def prices(self) -> Counter[tuple[str, str]]:
        return Counter(
            (_word(line, "sku", "buyer_sku", "description", "item"), _word(line, "unit_price", "amount"))
            for line in self.lines
            if "unit_price" in line.fields or "amount" in line.fields
        )


def _word(line: RawLine, *names: str) -> str:
    return next((squash(line.fields[name].text) for name in names if name in line.fields), "")


def po_key(text: str) -> str:
    """``PO-4711`` and ``4711`` are the same number."""
    key = squash(text)
    return key[2:] if key.startswith("po") and len(key) > 4 else key
