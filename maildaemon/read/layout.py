"""Rows and cells that HTML builds of blocks instead of a table: grids of divs, flex rows, a CSS grid.

Only what begins with a row of words, as the heading of a table does, and goes on with rows of as many cells is one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

CELLS_LEAST, CELLS_MOST = 3, 20
ROWS_MOST = 2000
TEXT_MOST = 400
DEPTH_MOST = 8
_COMPLEX = frozenset("table ul ol dl form input select textarea".split())
_ROW = frozenset("div section article ul ol li dl span p header".split())
_BLOCK_CELLS = frozenset("div p li dd dt h1 h2 h3 h4 h5 h6 section article".split())
_INLINE_CELLS = frozenset("span a b strong em i label small".split())
_LAID_OUT = re.compile(r"display\s{0,3}:\s{0,3}(?:inline-)?(flex|grid|table-row|table)\b", re.IGNORECASE)
_COLUMNS = re.compile(r"grid-template-columns\s{0,3}:\s{0,3}([^;!]{1,300})", re.IGNORECASE)
_REPEAT = re.compile(
    r"repeat\(\s{0,3}([0-9]{1,2})\s{0,3},([^()]{0,60}(?:\([^()]{0,60}\))?[^()]{0,20})\)", re.IGNORECASE
)
_TRACK = re.compile(r"(?:minmax\([^()]{0,60}\)|\[[^\]]{0,40}\]|[^\s\[]{1,30})")


@dataclass(frozen=True, slots=True)
class Rows:
    """The cells of each row; ``last`` is the sibling with which they end."""

    rows: tuple[tuple[LexborNode, ...], ...]
    last: LexborNode


def rows(node: LexborNode, styles: Mapping[str, str]) -> Rows | None:
    """The rows that begin with this element: it is a CSS grid, or the first of several rows that are siblings.
    ``styles`` holds the declarations of the page's style sheets by class."""
    style = _style(node, styles)
    if (count := _columns(style)) and (cells := _elements(node)) and len(cells) % count == 0:
        made = tuple(tuple(cells[at : at + count]) for at in range(0, len(cells), count))
        return Rows(made, node) if _begins(made) and all(map(_is_text, cells)) else None
    first = _cells(node, styles)
    found = [first] if first is not None else list(_wrapped(node, styles))
    if not found or not _is_heading(found[0]) or any(len(row) != len(found[0]) for row in found):
        return None
    last, after = node, _next(node)
    while after is not None and len(found) < ROWS_MOST:
        cells_of = _cells(after, styles)
        more = [cells_of] if cells_of is not None else list(_wrapped(after, styles))
        if not more or any(len(row) != len(found[0]) for row in more):
            break
        found += more
        last, after = after, _next(after)
    made = tuple(tuple(row) for row in found)
    return Rows(made, last) if _begins(made) else None


def _begins(found: tuple[tuple[LexborNode, ...], ...]) -> bool:
    return len(found) > 1 and CELLS_LEAST <= len(found[0]) <= CELLS_MOST and _is_heading(list(found[0]))


def _wrapped(node: LexborNode, styles: Mapping[str, str]) -> list[list[LexborNode]]:
    """The rows of a wrapper that holds nothing else: the head or the body of the table."""
    found: list[list[LexborNode]] = []
    children = _elements(node)
    if node.tag not in _ROW or children is None or not 1 <= len(children) <= ROWS_MOST:
        return []
    for child in children:
        cells = _cells(child, styles)
        if cells is None:
            return []
        found.append(cells)
    return found


def _cells(node: LexborNode, styles: Mapping[str, str]) -> list[LexborNode] | None:
    """The cells of a row. Elements that flow in a line are cells only where the row lays them out."""
    if node.tag not in _ROW:
        return None
    children = _elements(node)
    if children is None or not CELLS_LEAST <= len(children) <= CELLS_MOST:
        return None
    inline = any(child.tag in _INLINE_CELLS for child in children)
    if inline and _LAID_OUT.search(_style(node, styles)) is None:
        return None
    if any(child.tag not in _BLOCK_CELLS | _INLINE_CELLS or not _is_text(child) for child in children):
        return None
    return children


def _elements(node: LexborNode) -> list[LexborNode] | None:
    """The elements in it; None when text stands between them, or there are too many."""
    found: list[LexborNode] = []
    child = node.child
    while child is not None:
        if child.tag == "-text":
            if (child.text_content or "").strip():
                return None
        elif child.tag and child.tag[0] != "-":
            found.append(child)
            if len(found) > ROWS_MOST * CELLS_MOST:
                return None
        child = child.next
    return found


def _next(node: LexborNode) -> LexborNode | None:
    """The next element, unless text stands before it."""
    after = node.next
    while after is not None and (not after.tag or after.tag[0] == "-"):
        if after.tag == "-text" and (after.text_content or "").strip():
            return None
        after = after.next
    return after


def _is_text(cell: LexborNode, depth: int = 0) -> bool:
    """A cell of a line or two: no table, no list, no rows of its own."""
    if depth == 0 and len(cell.text() or "") > TEXT_MOST:
        return False
    child = cell.child
    while child is not None:
        tag = child.tag or ""
        if (
            tag in _COMPLEX
            or (tag in _BLOCK_CELLS and depth > 1)
            or (tag[:1] != "-" and not _is_text(child, depth + 1))
        ):
            return False
        child = child.next
    return depth < DEPTH_MOST


def _is_heading(cells: list[LexborNode]) -> bool:
    texts = [(cell.text() or "").strip() for cell in cells]
    return sum(map(bool, texts)) >= CELLS_LEAST - 1 and not any(map(str.isdigit, "".join(texts)))


def _style(node: LexborNode, styles: Mapping[str, str]) -> str:
    attributes = node.attributes
    if not attributes:
        return ""
    own = attributes.get("style") or ""
    return ";".join([*(styles.get(name, "") for name in (attributes.get("class") or "").split()[:20]), own])[:4000]


def _columns(style: str) -> int:
    """How many columns a CSS grid has (CSS Grid Layout, 7.2); 0 when it says none, or so many as fit."""
    found = _COLUMNS.search(style)
    if found is None or "auto-fi" in found[1]:
        return 0
    written = _REPEAT.sub(lambda match: " x" * int(match[1]), found[1])
    count = len([track for track in _TRACK.findall(written) if track[0] != "["])
    return count if CELLS_LEAST <= count <= CELLS_MOST else 0
