"""The building blocks of a page, which each format draws in its own way."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Cell:
    """``value`` is what a spreadsheet stores instead of the text."""

    text: str
    value: Decimal | date | None = None


@dataclass(frozen=True, slots=True)
class Title:
    text: str


@dataclass(frozen=True, slots=True)
class Para:
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labels and values. ``how``: colon | grid (two columns) | above (the label over its value, side by side) | dots."""

    rows: tuple[tuple[str, Cell], ...]
    how: str = "colon"


@dataclass(frozen=True, slots=True)
class Side:
    """Columns of lines beside each other: letter heads, addresses."""

    columns: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """``heads`` and cells may hold line breaks. ``look``: ruled | plain | shaded | lines; ``foot``: label and value."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    foot: tuple[tuple[str, Cell], ...] = ()
    look: str = "ruled"
    widths: tuple[float, ...] = ()
    """Shares of the page's width; none: even, with the longest column the widest."""
    carry: str | None = None
    """The words before the sum that a page hands on; then the table is cut into pages."""


@dataclass(frozen=True, slots=True)
class Box:
    """Totals or remarks in a frame of their own, at the right."""

    rows: tuple[tuple[str, Cell], ...]


Block = Title | Para | Pairs | Side | Table | Box
