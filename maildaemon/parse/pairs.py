"""Labels and their values in a table: side by side, in one cell with a colon, or the label above the value."""

from collections.abc import Sequence
from dataclasses import replace

from maildaemon.model import Document, Table, Zone
from maildaemon.parse.dates import dated
from maildaemon.parse.events import Event, Scan
from maildaemon.parse.labels import LONGEST, Label, Labels, named, without_currency
from maildaemon.parse.numbers import number
from maildaemon.parse.raw import Text, cell
from maildaemon.parse.subject import numbered_and_dated, with_date

ADDRESSES = frozenset({"ship_to", "bill_to"})
ADDRESS_LINES = 6


class Pairs:
    """Adds what the rows of one table state to the scan, as events at a position."""

    def __init__(self, document: Document, number: int, labels: Labels, result: Scan) -> None:
        self.document, self.number, self.labels, self.result = document, number, labels, result
        self.table: Table = document.tables[number]

    def row(self, at: int, position: int, *, sums: bool = True) -> None:
        """One row. Without ``sums`` it stands below order lines: then the total is none of its pairs."""
        if sums and self._labels_above(at, position):
            return
        row = self.table.rows[at]
        place = 0
        while place < len(row):
            place = self._cell(at, place, position, sums=sums)

    def _cell(self, at: int, place: int, position: int, *, sums: bool) -> int:
        """What the cell states as a label; where to go on."""
        row = self.table.rows[at]
        label, head, value, where = self._read(row, place)
        if label is None:
            return place + 1
        if self.document.parts and where != place and self._name(value) is not None:
            value = ""  # labels side by side, each above its value
        if not value.strip() and label.similarity == 1 and (label.weight == 1 or label.field == "order_date"):
            below = self._under(at, place)
            if label.weight < 1 and below and dated(below[0]) is None:
                below = []
            titled = label.field == "po_number" and _is_title(row[place], below[0] if below else "")
            if below and label.field is not None and label.field != "total" and not titled:
                value = ", ".join(below) if label.field in ADDRESSES else below[0]
                self._take(position, label, head, cell(self.document, self.number, at + 1, place, value, label.score))
            return place + 1
        if label.field is None or not value.strip() or (not sums and label.field == "total"):
            return place + 1
        if label.field == "total" and len({number(text) for text in row[place + 1 :]} - {None}) > 1:
            return place + 1  # the sums of several lines side by side
        if self._name(value) is not None or (label.field == "po_number" and _is_title(row[place], value)):
            return place + 1
        if label.field in ADDRESSES and where > 0:
            value = ", ".join([value, *_below(self.table.rows[at + 1 :], place, where)])
        found = cell(self.document, self.number, at, where, value, label.score)
        self._take(position, label, head, replace(found, loose=label.weight < 1))
        return max(place + 1, where + 1)

    def _read(self, row: Sequence[str], place: int) -> tuple[Label | None, str, str, int]:
        """The label in a cell as it is and as written, its value and the column where that stands."""
        text = row[place]
        if not 0 < len(text) <= 400:
            return None, text, "", place
        first, colon, rest = text.partition(":")
        if colon and rest.strip(" :"):
            return self._name(first.strip()), first, rest.lstrip(" :"), place
        if len(text) > LONGEST or text.isdigit():
            return None, text, "", place
        where = next((later for later in range(place + 1, len(row)) if row[later] not in {"", text}), -1)
        value = row[where] if where > 0 else ""
        return numbered_and_dated(text, value, self.labels) or self._name(text), text, value, where

    def _name(self, text: str) -> Label | None:
        text = text.rstrip(": ")
        return named(self.labels.header, text) if 0 < len(text) <= LONGEST else None

    def _under(self, at: int, place: int) -> list[str]:
        """In a document of pages or sheets: what stands below a label with nothing beside it, up to an empty cell or
        the next label."""
        return self._column(at + 1, place) if self.document.parts else []

    def _column(self, start: int, place: int) -> list[str]:
        found: list[str] = []
        for row in self.table.rows[start : start + ADDRESS_LINES]:
            text = row[place].strip() if place < len(row) else ""
            if not text or self._name(text.partition(":")[0]) is not None:
                break
            found.append(text.strip(" ,;"))
        return found

    def _labels_above(self, at: int, position: int) -> bool:
        """A row of nothing but labels with its values in the row below; an address goes on below that."""
        rows = self.table.rows
        row = rows[at]
        if at + 1 >= len(rows):
            return False
        heads = [self._name(text) for text in row]
        if not _only_labels(row, heads) and not (at == 0 and len(rows) == 2 and _mostly_labels(row, heads)):
            return False
        below = rows[at + 1]
        if any(text and self._name(text) is not None for text in below):
            return False
        for place, label in enumerate(heads):
            # A label over several columns has its value below the first of them.
            if label is None or label.field is None or (place and row[place] == row[place - 1]):
                continue
            value = below[place].strip()
            if value and label.field in ADDRESSES:
                value = ", ".join(self._column(at + 1, place)) or value
            if value:
                found = cell(self.document, self.number, at + 1, place, value, label.score)
                self._take(position, label, row[place], replace(found, loose=label.weight < 1))
        return True

    def _take(self, position: int, label: Label, head: str, text: Text) -> None:
        name = label.field or ""
        zone: Zone = self.table.zone
        if name == "po_number" and (parted := with_date(text.text)):
            dated_on = replace(text, text=parted[1], score=text.score * 0.9, loose=True)
            self.result.events.append(Event(position, "order_date", dated_on, zone=zone))
            text = replace(text, text=parted[0])
        self.result.events.append(Event(position, name, text, zone=zone))
        if len(label.languages) == 1:
            self.result.languages.append(label.languages[0])
        code = without_currency(head)[1] if name == "total" else None
        if code:
            stated = Text(code, text.document, text.place, text.evidence, 0.95, text.zone)
            self.result.events.append(Event(position, "currency", stated, zone=zone))


def _is_title(text: str, value: str) -> bool:
    """``BON DE COMMANDE`` beside a name heads the paper and states no number."""
    return ":" not in text and not any(map(str.isdigit, value))


def _below(rows: Sequence[Sequence[str]], label: int, place: int) -> list[str]:
    """The rest of an address: the rows that have nothing but a text in its column."""
    found: list[str] = []
    for row in rows[:ADDRESS_LINES]:
        if place >= len(row) or not row[place].strip() or any(text.strip() and text != row[place] for text in row):
            break
        if row[label].strip():
            break
        found.append(row[place].strip(" ,;"))
    return found


def _only_labels(row: Sequence[str], heads: Sequence[object]) -> bool:
    filled = [label for text, label in zip(row, heads, strict=True) if text]
    return len(filled) >= 2 and all(label is not None for label in filled) and len(set(row)) > 1


def _mostly_labels(row: Sequence[str], heads: Sequence[Label | None]) -> bool:
    """Words without a figure in each cell, at least half of them labels of ours letter by letter, two or more."""
    filled = [(text, label) for text, label in zip(row, heads, strict=True) if text]
    sure = [text for text, label in filled if label is not None and label.similarity == 1]
    if len(set(sure)) < 2 or len(sure) * 2 < len(filled):
        return False
    return all(len(text) <= LONGEST and ":" not in text and not any(map(str.isdigit, text)) for text, _ in filled)
