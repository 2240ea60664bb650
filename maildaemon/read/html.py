"""HTML mail: bytes already decoded → lines and tables, hidden text apart.

Block elements and ``<br>`` end a line, inline elements join without a blank. A data table becomes a Table, and its rows
stand among the lines too, cells joined by `` | ``, so that a label is found wherever it stands. A cell that spans
several columns is repeated in the grid and stands once in the line."""

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from maildaemon.model import Zone
from maildaemon.read import layout, links
from maildaemon.read.htmlcell import BLOCKS, DEPTH_LIMIT, RAISED, SKIPPED, SPACE, Cell, TooMuch, lays_out, texts_of
from maildaemon.read.styles import classes, oddities, zone_of

SIZE_LIMIT = 2 * 1024 * 1024
TAGS_LIMIT = 150_000
ROWSPAN, COLSPAN, COLUMNS, CELLS = 2000, 50, 100, 200_000

_INLINE = frozenset("span b strong em i label small".split())
_BREAKING = re.compile("[ \t\r\n\f]+")
# Three blanks and more between two texts, no-break ones among them.
_COLUMN_GAP = re.compile("[^ \u00a0][ \u00a0]{3}")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{8000}")
# Tags that need no end tag, so that counting them would tell nothing of the depth.
_UNCLOSED = frozenset(
    "area base br col embed hr img input link meta source track wbr p li dt dd td th tr tbody thead tfoot option "
    "optgroup colgroup o v w st1 html body".split()
)


@dataclass(slots=True)
class Page:
    """Lines with what the structure says of each (QUOTE, HIDDEN, else TOP); tables with the number of lines above."""

    texts: list[str] = field(default_factory=list)
    hints: list[Zone] = field(default_factory=list)
    tables: list[tuple[tuple[tuple[str, ...], ...], int]] = field(default_factory=list)
    problem: str | None = None
    oddities: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


def page(html: str) -> Page:
    """Never raises: what is too large or too deep is told as the problem of an empty page."""
    problem = _bounds(html)
    if problem is None:
        writer = _Writer()
        try:
            root = LexborHTMLParser(html).root
            if root is not None:
                writer.styles = classes(root)
                writer.walk(root, Zone.TOP, 0)
                writer.end_line()
        except TooMuch as error:
            problem = str(error)
        else:
            found = writer.trimmed()
            if root is not None:
                found.oddities, found.links = oddities(root), links.of_page(root)
            return found
    return Page(problem=problem)


def _bounds(html: str) -> str | None:
    """Deep nesting and very many attributes cost any parser seconds: 100,000 of either, more than twelve."""
    if len(html) > SIZE_LIMIT:
        return "the HTML is larger than 2 MiB"
    if html.count("<") > TAGS_LIMIT:
        return f"the HTML has more than {TAGS_LIMIT} tags"
    for found in _LONG_TAG.finditer(html):
        end = html.find(">", found.end())
        if html.count("=", found.start(), end if end > 0 else len(html)) > 500:
            return "an HTML tag has too many attributes"
    if html.count("<") <= DEPTH_LIMIT:
        return None
    depth = 0
    for closing, name in _TAG.findall(html):
        if name.lower() not in _UNCLOSED:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth > 2 * DEPTH_LIMIT:
                return "the HTML is nested too deeply"
    return None


class _Writer:
    def __init__(self) -> None:
        self.page = Page()
        self._line: list[str] = []
        self._hidden: list[str] = []
        self._zone = Zone.TOP
        self._cells = 0
        self.styles: dict[str, str] = {}

    def walk(self, node: LexborNode, zone: Zone, depth: int) -> None:
        """All that is below the node."""
        if depth > DEPTH_LIMIT:
            raise TooMuch("the HTML is nested too deeply")
        child = node.child
        while child is not None:
            tag = child.tag
            if tag == "-text":
                self._text(child.text_content or "", zone)
            elif tag == "br":
                self.end_line(keep_empty=True)
            elif tag and tag[0] != "-" and tag not in SKIPPED:
                found = layout.rows(child, self.styles) if zone is not Zone.HIDDEN else None
                if found is not None and self._laid_out(found, zone, depth):
                    child = found.last
                else:
                    self._element(child, tag, zone, depth)
            child = child.next

    def _laid_out(self, found: layout.Rows, zone: Zone, depth: int) -> bool:
        """Rows and cells that are no table's, written down as one."""
        self.end_line()
        rows = [(row[0].parent, [(cell, (1, 1)) for cell in row]) for row in found.rows]
        return self._put_grid([(above, cells) for above, cells in rows if above is not None], zone, depth)

    def _element(self, node: LexborNode, tag: str, zone: Zone, depth: int) -> None:
        attributes = node.attributes
        if attributes:
            zone = zone_of(tag, attributes, zone)
        if tag == "table" and zone is not Zone.HIDDEN:
            self.end_line()
            if self._data_table(node, zone, depth):
                return
        if tag == "pre":
            self._preformatted(node, zone)
        elif tag == "dl" and zone is not Zone.HIDDEN:
            self.end_line()
            self._definitions(node, zone, depth)
            self.end_line()
        elif tag in BLOCKS and zone is not Zone.HIDDEN:
            self.end_line()
            self._zone = zone
            if (pair := _paired(node)) is not None:
                self._put(" | ".join(pair), zone)
                return
            before = len(self.page.texts)
            self.walk(node, zone, depth + 1)
            self.end_line()
            if tag == "p" or (tag in {"td", "th"} and len(self.page.texts) > before + 1):
                self._blank()
        else:
            if tag in RAISED and self._line and self._line[-1][-1:].isdigit():
                self._line.append(" ")  # a footnote's mark is no figure of the number before it
            self.walk(node, zone, depth + 1)
            if tag in BLOCKS:
                self._hidden.append("\n")

    def _text(self, text: str, zone: Zone) -> None:
        if zone is Zone.HIDDEN:
            self._hidden.append(SPACE.sub(" ", text))
        else:
            if not self._line:
                self._zone = zone
            self._line.append(text)

    def _definitions(self, node: LexborNode, zone: Zone, depth: int) -> None:
        """A term and what it means on one line: "Ship to: Acme Ltd, Dock Road 4"."""
        term = ""
        for child in _children(node, ("dt", "dd", "div")):
            if child.tag == "div":
                self._definitions(child, zone, depth + 1)
                continue
            cell = Cell(child, zone, depth + 1)
            if child.tag == "dt":
                if term:
                    self._put(term, zone)
                term = cell.text.rstrip(": ")
            else:
                said = ", ".join(part for part in cell.parts if part) or cell.text
                self._put(f"{term}: {said}" if term and said else term or said, zone)
                term = ""
            for hidden in cell.hidden:
                self._put(hidden, Zone.HIDDEN)
        if term:
            self._put(term, zone)

    def _preformatted(self, node: LexborNode, zone: Zone) -> None:
        self.end_line()
        for text in (node.text() or "").replace("\r\n", "\n").split("\n"):
            self._put(text, zone)

    def end_line(self, *, keep_empty: bool = False) -> None:
        text = _line_of("".join(self._line)) if self._line else ""
        self._line.clear()
        if text or keep_empty:
            self._put(text, self._zone)
        if self._hidden:
            for hidden in "".join(self._hidden).split("\n"):
                if shown := SPACE.sub(" ", hidden).strip():
                    self._put(shown, Zone.HIDDEN)
            self._hidden.clear()

    def _put(self, text: str, zone: Zone) -> None:
        self.page.texts.append(text)
        self.page.hints.append(zone)

    def _blank(self) -> None:
        if self.page.texts and self.page.texts[-1]:
            self._put("", self._zone)

    def _data_table(self, node: LexborNode, zone: Zone, depth: int) -> bool:
        """Write the table and answer True, or False when it only lays out the page."""
        rows = _rows(node)
        if all(cells is not None for _, cells in rows):
            whole = [(row, cells) for row, cells in rows if cells]
            return bool(whole) and self._put_grid(whole, zone, depth)
        run: list[tuple[LexborNode, list[tuple[LexborNode, tuple[int, int]]]]] = []
        for row, cells in (*rows, (node, None)):
            if cells:
                run.append((row, cells))
                continue
            if run and not self._put_grid(run, zone, depth):
                for one, _ in run:
                    self._element(one, "tr", zone, depth + 1)
            run = []
            if row is not node and cells is None:
                self._element(row, "tr", zone, depth + 1)
        return True

    def _put_grid(
        self, rows: list[tuple[LexborNode, list[tuple[LexborNode, tuple[int, int]]]]], zone: Zone, depth: int
    ) -> bool:
        # What a hidden row holds is written down as hidden, and its cells are empty.
        zones = [zone_of("tr", tag.attributes, zone) if tag.attributes else zone for tag, _ in rows]
        cells = [
            [(Cell(cell, within, depth + 1), spans) for cell, spans in row]
            for within, (_, row) in zip(zones, rows, strict=True)
        ]
        if sum(sum(1 for cell, _ in row if cell.text) >= 2 for row in cells) == 0:
            return False
        if len(cells) == 1 and lays_out(cells[0]):
            return False
        texts = texts_of(cells)
        grid = self._grid(texts)
        if len(grid[0]) < 2:
            return False
        self.page.tables.append((grid, len(self.page.texts)))
        for row in texts:
            text = " | ".join(cell for cell, _ in row)
            if text.strip(" |"):
                self._put(text, zone)
        for hidden in [hidden for row in cells for cell, _ in row for hidden in cell.hidden]:
            self._put(hidden, Zone.HIDDEN)
        return True

    def _grid(self, rows: list[list[tuple[str, tuple[int, int]]]]) -> tuple[tuple[str, ...], ...]:
        """Spans expanded: a spanning cell's text stands in every place that it covers."""
        out: list[dict[int, str]] = [{} for _ in rows]
        for number, row in enumerate(rows):
            column = 0
            for text, (down, across) in row:
                while column in out[number]:
                    column += 1
                self._cells += down * across
                if self._cells > CELLS:
                    raise TooMuch(f"the HTML tables have more than {CELLS} cells")
                for below in range(number, min(number + down, len(rows))):
                    for right in range(column, min(column + across, COLUMNS)):
                        out[below].setdefault(right, text)
                column += across
        width = max((max(row, default=-1) for row in out), default=-1) + 1
        return tuple(tuple(row.get(column, "") for column in range(width)) for row in out)

    def trimmed(self) -> Page:
        """Without the run of blank lines at either end; no more than one blank line in a row."""
        kept = Page()
        number_of = [0]
        for text, hint in zip(self.page.texts, self.page.hints, strict=True):
            if text or (kept.texts and kept.texts[-1]):
                kept.texts.append(text)
                kept.hints.append(hint)
            number_of.append(len(kept.texts))
        while kept.texts and not kept.texts[-1]:
            kept.texts.pop()
            kept.hints.pop()
        kept.tables = [(grid, min(number_of[line], len(kept.texts))) for grid, line in self.page.tables]
        return kept


def _line_of(text: str) -> str:
    """White space collapsed as a browser does it; what columns are typed with, runs of no-break spaces, stays."""
    if "\u00a0" not in text:
        return SPACE.sub(" ", text).strip()
    shown = _BREAKING.sub(" ", text.strip(" \t\r\n\f"))
    if _COLUMN_GAP.search(shown.rstrip()) is None:
        return SPACE.sub(" ", text).strip()
    return shown.replace("\u00a0", " ").rstrip()


def _paired(node: LexborNode) -> tuple[str, str] | None:
    """The texts of two inline elements that touch and are all that the block holds: a style sheet sets them apart, the
    label from its value."""
    first = node.child
    second = first.next if first is not None else None
    if first is None or second is None or second.next is not None:
        return None
    if first.tag not in _INLINE or second.tag not in _INLINE:
        return None
    if any(part.css("br, table, div, p, ul, ol, input, img") for part in (first, second)):
        return None
    one, other = (SPACE.sub(" ", part.text() or "").strip() for part in (first, second))
    if not one or not other or not (one[-1].isalnum() or one[-1] in ".)#") or not other[0].isalnum():
        return None
    plain = all(zone_of(part.tag or "", part.attributes, Zone.TOP) is Zone.TOP for part in (first, second))
    return (one, other) if plain else None


def _rows(table: LexborNode) -> list[tuple[LexborNode, list[tuple[LexborNode, tuple[int, int]]] | None]]:
    """The rows, each with its cells and their spans (down, across), or with None when a cell holds a table of more than
    one cell: then the row lays out the page."""
    rows: list[tuple[LexborNode, list[tuple[LexborNode, tuple[int, int]]] | None]] = []
    for row in _children(table, ("tr",)):
        cells = []
        children = _children(row, ("td", "th"))
        if any(map(_holds_table, children)):
            rows.append((row, None))
            continue
        for cell in children:
            attributes = cell.attributes
            down = _span(attributes, "rowspan", ROWSPAN) if "rowspan" in attributes else 1
            across = _span(attributes, "colspan", COLSPAN) if "colspan" in attributes else 1
            cells.append((cell, (down, across)))
        rows.append((row, cells))
    return rows


def _children(node: LexborNode, tags: tuple[str, ...]) -> list[LexborNode]:
    found = []
    child = node.child
    while child is not None:
        if child.tag in tags:
            found.append(child)
        elif child.tag in {"tbody", "thead", "tfoot"}:
            found.extend(_children(child, tags))
        child = child.next
    return found


def _holds_table(cell: LexborNode) -> bool:
    only = cell.child
    if only is None or (only.tag == "-text" and only.next is None):
        return False
    return any(len(inner.css("td, th")) > 1 for inner in cell.css("table"))


def _span(attributes: dict[str, str | None], name: str, limit: int) -> int:
    value = (attributes.get(name) or "1").strip()
    if not (value.isascii() and value.isdigit() and len(value) < 8):
        return 1
    return max(1, min(int(value), limit))
