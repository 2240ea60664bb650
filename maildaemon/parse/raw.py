"""Raw orders: texts with where they stand, before anything is made of them; what a profile's Python file yields."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maildaemon.model import Document, Line, Zone

EVIDENCE_LIMIT = 200
WEIGHT = {Zone.TOP: 1.0, Zone.FORWARD: 0.95, Zone.QUOTE: 0.5, Zone.SIGNATURE: 0.4, Zone.HIDDEN: 0.0}


@dataclass(frozen=True, slots=True)
class Text:
    """A value as written, and where. ``score`` does not hold the zone's weight yet. ``loose``: nothing but its place
    in a sentence says that it is the value, so it is dropped without a word when it cannot be read."""

    text: str
    document: str = ""
    place: str = ""
    evidence: str = ""
    score: float = 1.0
    zone: Zone = Zone.TOP
    loose: bool = False
    exact: bool = False
    """A value of a structured message, put into one form: a plain decimal, an ISO date, a code of a code list."""

    @property
    def weight(self) -> float:
        return self.score * WEIGHT[self.zone]


@dataclass(frozen=True, slots=True)
class RawLine:
    """One line by field (see maildaemon.model.LINE_FIELDS; also ``item``: a code, a description or both)."""

    fields: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class RawOrder:
    """One order by field (see maildaemon.model.HEADER_FIELDS): a text, or every text that claims to be it."""

    fields: Mapping[str, "Text | tuple[Text, ...]"] = field(default_factory=dict)
    lines: tuple[RawLine, ...] = ()
    doubts: tuple[str, ...] = ()
    language: str | None = None

    def texts(self, name: str) -> tuple[Text, ...]:
        given = self.fields.get(name, ())
        return (given,) if isinstance(given, Text) else tuple(given)


def at(document: Document, line: Line, text: str, score: float = 1.0, *, loose: bool = False) -> Text:
    """A text read in a line of a document."""
    return Text(text.strip(), document.name, f"line {line.number}", line.text.strip(), score, line.zone, loose)


def cell(document: Document, table: int, row: int, column: int, text: str, score: float = 1.0) -> Text:
    """A text read in a cell; table, row and column count from 0 here and from 1 for people."""
    place = f"table {table + 1}, row {row + 1}, column {column + 1}"
    return Text(text.strip(), document.name, place, text.strip(), score, document.tables[table].zone)
