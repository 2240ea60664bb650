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
_BREAK = "\u2028"


class TooMuch(Exception):  # noqa: N818
    """A bound of HTML is passed; its message says which."""


def lines_of(row: "list[tuple[Cell, tuple[int, int]]]") -> list[list[tuple[str, tuple[int, int]]]]:
    """The row's texts; or several rows, when its cells are all broken into as many lines."""
    filled = [cell for cell, _ in row if cell.text]
    count = len(filled[0].parts) if filled else 1
    if len(filled) < 2 or count < 2 or any(len(cell.parts) != count or not all(cell.parts) for cell in filled):
        return [[(cell.text, spans) for cell, spans in row]]
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
        broken = SPACE.sub(" ", "".join(pieces)).strip(_BREAK + " ").replace(" | ", " ")
        self.parts = tuple(part.strip() for part in broken.split(_BREAK))
        self.text = " ".join(part for part in self.parts if part)
        self.hidden = [shown for text in self.hidden if (shown := SPACE.sub(" ", text).strip())]

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
                    pieces.append(" ")
                    self._gather(child, inner, pieces, depth + 1)
                    pieces.append(" ")
                elif child.child is not None:
                    if tag in RAISED and pieces and pieces[-1][-1:].isdigit():
                        pieces.append(" ")  # a footnote's mark is no figure of the number before it
                    self._gather(child, inner, pieces, depth + 1)
            child = child.next
