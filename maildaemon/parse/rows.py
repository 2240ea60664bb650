"""A row of cells with where they stand, and what a table of them gave."""

from dataclasses import dataclass, field

from maildaemon.model import Zone
from maildaemon.parse.raw import RawLine, Text


@dataclass(frozen=True, slots=True)
class Row:
    """Cells with where they stand; ``place`` is "line 7", or "table 1, row 3" and then the column is added."""

    cells: tuple[str, ...]
    document: str
    place: str
    zone: Zone = Zone.TOP
    evidence: str | None = None
    places: tuple[str, ...] = ()
    """Where each cell stands, when that is not beside the others."""

    def text(self, column: int, score: float = 1.0) -> Text:
        value = self.cells[column].strip()
        place = self.place if self.evidence is not None else f"{self.place}, column {column + 1}"
        place = self.places[column] if self.places else place
        return Text(value, self.document, place, self.evidence or value, score, self.zone)


@dataclass(slots=True)
class Block:
    """What a table gave: its lines, each with the order's fields that stand in it, and what it states below them."""

    lines: list[RawLine] = field(default_factory=list)
    order: list[dict[str, Text]] = field(default_factory=list)
    stated: list[tuple[str, Text]] = field(default_factory=list)
    doubts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
