"""A raw order while a structured message is read into it: every value from its place, every doubt said once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from maildaemon.model import Document
from maildaemon.neutral import is_courtesy
from maildaemon.parse.codes import gtin
from maildaemon.parse.raw import EVIDENCE_LIMIT, RawLine, Text
from maildaemon.phrasebook import folded
from maildaemon.read.textfile import clean
from maildaemon.scales import is_beside
from maildaemon.structure import Element, Segment

DOUBTS = 25
LINES = 5_000
REMARK = "a remark"
_FULL = frozenset({35, 70, 256})


@dataclass(slots=True)
class Built:
    """One order out of one message."""

    document: Document
    fields: dict[str, list[Text]] = field(default_factory=dict)
    lines: list[dict[str, Text]] = field(default_factory=list)
    doubts: dict[str, None] = field(default_factory=dict)
    suppliers: list[Text] = field(default_factory=list)
    ignored: tuple[str, ...] = ()
    _said: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _agreed: list[tuple[Segment | Element, str]] = field(default_factory=list)

    def text(self, place: Segment | Element, value: str, score: float = 1.0, attribute: str = "") -> Text:
        """A value with its place and evidence; ``attribute`` is where an element states it."""
        if isinstance(place, Segment):
            where, said = f"segment {place.number} {place.tag}", place.text
        else:
            said = f'{attribute}="{place.get(attribute)}"' if attribute else place.text or value
            where = place.path
        return Text(clean(value), self.document.name, where, clean(said[:EVIDENCE_LIMIT]), score, exact=True)

    def header(self, name: str, place: Segment | Element, value: str, score: float = 1.0, attribute: str = "") -> None:
        if value.strip():
            self.fields.setdefault(name, []).append(self.text(place, value.strip(), score, attribute))

    def new_line(self) -> dict[str, Text]:
        self.lines.append({})
        return self.lines[-1]

    def put(self, line: dict[str, Text], name: str, place: Segment | Element, value: str, attribute: str = "") -> None:
        """A field of a line. A second value for it is a doubt."""
        value = value.strip()
        if not value:
            return
        known = line.get(name)
        if known is None:
            line[name] = self.text(place, value, 1.0, attribute)
        elif known.text != value:
            self.doubt(
                f"{self.called(line)}: the {name.replace('_', ' ')} is stated twice: {known.text[:60]} and {value[:60]}"
            )

    def called(self, line: dict[str, Text]) -> str:
        """``line 3``, by its identity: equal lines are two. Usually it is the last."""
        if self.lines and self.lines[-1] is line:
            return f"line {len(self.lines)}"
        return next((f"line {number}" for number, one in enumerate(self.lines, 1) if one is line), "a line")

    def code(self, line: dict[str, Text], name: str, place: Segment | Element, value: str) -> None:
        """An article number. A GTIN that does not pass its check digit is a number all the same."""
        value = value.strip()
        if name != "gtin" or not value:
            self.put(line, name, place, value)
        elif (checked := gtin(value)) is not None:
            self.put(line, "gtin", place, checked)
        else:
            self.doubt(f"{self.called(line)}: the GTIN {value[:40]!r} does not pass its check digit")
            if "sku" not in line:
                self.put(line, "sku", place, value)

    def unit(
        self, line: dict[str, Text], place: Segment | Element, value: str, code: str | None, attribute: str = ""
    ) -> None:
        if value.strip() and code is None:
            self.doubt(f"{self.called(line)}: the unit {value.strip()[:20]!r} is not one that is known")
        elif code is not None:
            self.put(line, "unit", place, code, attribute)

    def date(self, place: Segment | Element, value: str) -> str:
        """The day as ISO 8601 has it; what is none is a doubt, and empty."""
        found = day(value)
        if found is None and value.strip():
            self.doubt(f"{self.where(place)}: the date {value.strip()[:30]!r} cannot be read")
        return found or ""

    def price(self, line: dict[str, Text], place: Segment | Element, value: str, basis: str) -> None:
        """The unit price; a price for so many units is divided by them."""
        if not value.strip():
            return
        per, amount = decimal(basis) if basis.strip() else Decimal(1), decimal(value)
        if per is None or per <= 0:
            self.doubt(f"{self.where(place)}: the basis of the price {basis[:20]!r} cannot be read")
        elif per == 1 or amount is None:
            self.put(line, "unit_price", place, value)
        else:
            self.put(line, "unit_price", place, format(_short(amount / per), "f"))

    def doubt(self, said: str) -> None:
        if len(self.doubts) < DOUBTS:
            self.doubts[said] = None
        elif len(self.doubts) == DOUBTS:
            self.doubts["there is more of that kind"] = None

    def remark(self, place: Segment | Element, said: str, what: str = REMARK) -> None:
        """What somebody wrote, or a field that nothing has read: it may change the order."""
        shown = " ".join(clean(said).split())
        folded = shown.casefold()
        if shown and not any(phrase.casefold() in folded for phrase in self.ignored):
            if (places := self._said.get((what, shown[:120]))) is not None:
                places.append("")
            elif len(self._said) <= DOUBTS:
                self._said[what, shown[:120]] = [self.where(place)]

    def agrees(self, value: str, others: Iterable[tuple[Segment | Element, str]]) -> None:
        """Every other sum of the whole is the total, or the total without the tax that is stated."""
        total, taxes = decimal(value), (decimal(one.text) for one in self.fields.get("tax", ()))
        tax = next((one for one in taxes if one is not None), Decimal(0))
        for other, stated in others:
            amount = decimal(stated)
            if total is not None and amount is not None and abs(total - amount) not in {0, abs(tax)}:
                self.remark(other, stated, f"the total is {value.strip()[:20]}, and another sum")

    def agreed(self, place: Segment | Element, what: str) -> None:
        """The number of a contract or a quotation: it fixes prices, unless every line states its own."""
        self._agreed.append((place, what))

    def unread(self, place: Segment | Element) -> None:
        self.remark(place, place.text, "what is not understood")

    def where(self, place: Segment | Element) -> str:
        where = f"segment {place.number} {place.tag}" if isinstance(place, Segment) else place.path
        return f"{self.document.name}, {where}"

    def finished(self) -> tuple[dict[str, list[Text]], list[RawLine]]:
        """Fields and lines; a date that every line states is the order's as well."""
        dates = [line.get("requested_date") for line in self.lines]
        first = dates[0] if dates else None
        if (
            "requested_date" not in self.fields
            and first is not None
            and all(one and one.text == first.text for one in dates)
        ):
            self.fields["requested_date"] = [first]
        if not all("unit_price" in line for line in self.lines):
            for place, what in self._agreed:
                self.remark(place, place.text, what)
        buyers = {folded(text.text): text.text for text in self.fields.get("buyer", ())}
        if len(buyers) > 1:
            self.doubt(f"it names several who order: {', '.join(one[:60] for one in list(buyers.values())[:3])}")
        numbers = tuple(folded(text.text) for text in self.fields.get("po_number", ()))
        ordered = [
            (quantity, price)
            if {"quantity", "unit_price"} <= line.keys()
            and (quantity := decimal(line["quantity"].text)) is not None
            and (price := decimal(line["unit_price"].text)) is not None
            else None
            for line in self.lines
        ]
        for (what, shown), places in self._said.items():
            if what == REMARK and (is_courtesy(shown, numbers) or is_beside(shown, ordered)):
                continue
            more = f" and {len(places) - 1} more" if len(places) > 1 else ""
            self.doubt(f"{what} may change it: “{shown}” ({places[0]}{more})")
        if len(self.lines) > LINES:
            self.doubt(f"it has more than {LINES} lines")
        return self.fields, [RawLine(line) for line in self.lines[:LINES]]

    def wanted(
        self,
        dates: Mapping[str, tuple[Segment, str]],
        qualifiers: Iterable[str],
        put: Callable[[Segment, str], None],
    ) -> None:
        """The day that is asked for, by the first of the qualifiers that is there; what else is said about it is a
        doubt."""
        found = next((dates[qualifier] for qualifier in qualifiers if qualifier in dates), None)
        if found is not None:
            put(*found)
        for segment, other in dates.values():
            if found is None or other != found[1]:
                self.remark(segment, segment.text, "another date")


def joined(parts: Iterable[str], sign: str = ", ") -> str:
    return sign.join(part.strip() for part in parts if part and part.strip())


def pieced(parts: Iterable[str]) -> str:
    """The components of one text. One that fills the places that its directory gives it was cut, perhaps in a word."""
    said, full = "", True
    for part in parts:
        said += part if full else f" {part}"
        full = len(part) in _FULL
    return " ".join(said.split())


def decimal(text: str) -> Decimal | None:
    """A plain decimal; the comma is a decimal mark in both EDI syntaxes (ISO 9735, 10)."""
    from maildaemon.parse.numbers import plain

    found = plain(text)
    return found.value if found else None


def _short(value: Decimal) -> Decimal:
    value = round(value, 9).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def day(text: str) -> str | None:
    """``20261123``, ``261123``, ``202611231530``, ``2026-11-23T15:30:00+01:00`` → ``2026-11-23``. A year of two digits
    is one of this century (X12 before version 4010, EDIFACT format 101)."""
    text = text.strip()
    if len(text) >= 10 and text[4:5] == "-" == text[7:8]:
        text = text[:10].replace("-", "")
    if not text.isascii() or not text.isdigit():
        return None
    if len(text) == 6:
        text = f"20{text}"
    if len(text) not in {8, 10, 12, 14}:
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).isoformat()
    except ValueError:
        return None
