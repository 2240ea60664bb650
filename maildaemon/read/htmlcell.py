"""A cell of an HTML table: its text on one line, its lines, and what is hidden in it."""

import re

from selectolax.lexbor import LexborNode

from maildaemon.model import Zone
from maildaemon.read.styles import zone_of

DEPTH_LIMIT = 250
BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody td tfoot th "
    "thead tr ul caption".split()
)
SKIPPED = frozenset("head script style title template noscript object svg select textarea iframe audio video".split())
RAISED = frozenset({"sup", "sub"})
SPACE = re.compile("[ \t\r\n\f\u00a0]+")
BLOCK = 3
"""Lines of a block, such as an address."""
PARTIES = 2
"""Rows of a table that tells the parties: their names, and below them their addresses."""
_BREAK, _EDGE = "\u2028", "\u2029"
_EDGES = re.compile("[\u2029 ]{0,1000}\u2029[\u2029 ]{0,1000}")
_BROKEN = re.compile("\u2029?\u2028\u2029?")


class TooMuch(Exception):  # noqa: N818
    """A bound of HTML is passed; its message says which."""


Spanned = tuple["Cell", tuple[int, int]]
Texts = list[list[tuple[str, tuple[int, int]]]]


def texts_of(rows: "list[list[Spanned]]") -> Texts:
    """The texts of the rows. A column whose heading and cells are all broken into as many lines is as many columns; a
    row whose cells are all broken into as many lines is as many rows."""
    widths = _broken(rows)
    if widths:
        return [_spread(row, widths) for row in rows]
    few = len(rows) <= PARTIES
    return [line for row in rows for line in _lines_of(row, few=few)]


def lays_out(row: "list[Spanned]") -> bool:
    """The only row of a table holds blocks side by side, such as addresses: it lays out the page."""
    filled = [cell for cell, _ in row if cell.text]
    if len({len(cell.parts) for cell in filled}) == 1:
        return False  # as many rows, or columns with a heading each
    return len(filled[0].parts) > 1 and any(len(cell.parts) >= BLOCK for cell in filled)


def _broken(rows: "list[list[Spanned]]") -> list[int]:
    """How many columns each column is. Empty when none is more than one."""
    first = rows[0]
    if len(rows) < 2 or sum(1 for cell, _ in first if cell.text) < 3:
        return []
    if any(spans != (1, 1) for _, spans in first) or any(down != 1 for row in rows for _, (down, _) in row):
        return []
    plain = [row for row in rows[1:] if len(row) == len(first) and all(spans == (1, 1) for _, spans in row)]
    widths = [
        len(cell.parts) if _names(cell) and _is_as_tall([row[at][0] for row in plain], len(cell.parts)) else 1
        for at, (cell, _) in enumerate(first)
    ]
    return widths if max(widths) > 1 else []


def _names(cell: "Cell") -> bool:
    """Several names, one below the other; one that goes on in small letters is wrapped."""
    return 1 < len(cell.parts) <= 3 and all(part and not part[0].islower() for part in cell.parts)


def _is_as_tall(cells: "list[Cell]", count: int) -> bool:
    filled = [cell for cell in cells if cell.text]
    return bool(filled) and all(len(cell.parts) >= count and all(cell.parts) for cell in filled)


def _spread(row: "list[Spanned]", widths: list[int]) -> list[tuple[str, tuple[int, int]]]:
    out: list[tuple[str, tuple[int, int]]] = []
    column = 0
    for cell, (_, across) in row:
        width = sum(widths[column : column + across])
        if across == 1 and width > 1 and len(cell.parts) >= width:
            last = " ".join(cell.parts[width - 1 :])
            out += [(part, (1, 1)) for part in (*cell.parts[: width - 1], last)]
        elif across == 1 and width > 1 and not cell.text:
            out += [("", (1, 1))] * width
        else:
            out.append((cell.text, (1, max(width, across))))
        column += across
    return out


def _lines_of(row: "list[Spanned]", *, few: bool) -> Texts:
    """The row's texts; or several rows, when its cells are all broken into as many lines."""
    filled = [cell for cell, _ in row if cell.text]
    count = len(filled[0].parts) if filled else 1
    if len(filled) < 2 or count < 2 or any(len(cell.parts) != count or not all(cell.parts) for cell in filled):
        listed = few or len(filled) < 3
        return [[(cell.listed if listed else cell.text, spans) for cell, spans in row]]
    if any(spans != (1, 1) for _, spans in row):
        return [[(cell.text, spans) for cell, spans in row]]
    return [[(cell.parts[at] if cell.text else "", spans) for cell, spans in row] for at in range(count)]


class Cell:
    """The text of a table cell on one line, and its ``parts`` between line breaks; what is hidden in it stands
    apart."""

    __slots__ = ("hidden", "parts", "text")

    def __init__(self, node: LexborNode, zone: Zone, depth: int) -> None:
        self.hidden: list[str] = []
        self.parts: tuple[str, ...] = ()
        attributes = node.attributes
        only = node.child
        if only is None:
            self.text = ""
            return
        zone = zone_of("td", attributes, zone) if attributes else zone
        if zone is not Zone.HIDDEN and only.tag == "-text" and only.next is None:
            self.text = SPACE.sub(" ", only.text_content or "").strip()
            return
        pieces: list[str] = []
        self._gather(node, zone, pieces, depth)
        broken = SPACE.sub(" ", "".join(pieces)).replace(" | ", " ")
        broken = _BROKEN.sub(_BREAK, _EDGES.sub(_EDGE, broken)).strip(_BREAK + _EDGE + " ")
        self.parts = tuple(part.strip() for part in broken.replace(_EDGE, _BREAK).split(_BREAK))
        self.text = " ".join(part for part in self.parts if part)
        self.hidden = [shown for text in self.hidden if (shown := SPACE.sub(" ", text).strip())]

    @property
    def listed(self) -> str:
        """The text; an address with its lines parted by commas."""
        parts = [part.strip(" ,;") for part in self.parts if part]
        first, rest = (parts[0], parts[1:]) if parts else ("", [])
        if len(parts) < BLOCK or any(":" in part or "×" in part for part in rest):
            return self.text
        return f"{first} {', '.join(rest)}" if first.endswith(":") else ", ".join(parts)

    def _gather(self, node: LexborNode, zone: Zone, pieces: list[str], depth: int) -> None:
        if depth > DEPTH_LIMIT:
            raise TooMuch("the HTML is nested too deeply")
        child = node.child
        while child is not None:
            tag = child.tag
            if tag == "-text":
                (self.hidden if zone is Zone.HIDDEN else pieces).append(child.text_content or "")
            elif tag == "br":
                pieces.append(_BREAK)
            elif tag and tag[0] != "-" and tag not in SKIPPED:
                attributes = child.attributes
                inner = zone_of(tag, attributes, zone) if attributes else zone
                if tag in BLOCKS and inner is not Zone.HIDDEN:
                    pieces.append(_EDGE)
                    self._gather(child, inner, pieces, depth + 1)
                    pieces.append(_EDGE)
                elif child.child is not None:
                    if tag in RAISED and pieces and pieces[-1][-1:].isdigit():
                        pieces.append(" ")  # a footnote's mark is no figure of the number before it
                    self._gather(child, inner, pieces, depth + 1)
            child = child.next
