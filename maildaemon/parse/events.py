"""What a document states, as events at positions in it."""

from dataclasses import dataclass, field

from maildaemon.model import Document, Zone
from maildaemon.parse.raw import RawLine, Text


@dataclass(slots=True)
class Event:
    """A field that is stated, or lines that are ordered, at a position in the document."""

    position: int
    name: str
    text: Text | None = None
    lines: tuple[RawLine, ...] = ()
    own: tuple[dict[str, Text], ...] = ()
    """What a row of the table states of its order (a PO number column), for each line."""
    zone: Zone = Zone.TOP


@dataclass(slots=True)
class Scan:
    document: Document
    events: list[Event] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
