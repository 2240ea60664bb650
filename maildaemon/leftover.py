"""Dates and amounts that a document states and no field of the orders has taken: what they say, a person has to read.

A value behind a label, or below one, that is known to say nothing of the order is none; nor is the day of the document
where it stands alone."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

from maildaemon.accounted import founds
from maildaemon.model import Document, Line, Order, Table, Zone
from maildaemon.parse.dates import Dated, dated, dated_in
from maildaemon.parse.daywords import MONTHS, WEEK
from maildaemon.parse.labels import LONGEST, Labels, exactly, named
from maildaemon.parse.numbers import number
from maildaemon.phrasebook import folded
from maildaemon.read.zones import is_marker
from maildaemon.sentences import LINES, is_data
from maildaemon.wording import shown

LENGTH, VALUES = 400, 8
STALE = timedelta(days=31)
"""A day that stands alone is that of the document when it is no older than this, and no later than the mail."""
_LEAP = 2028
_OWN = frozenset({Zone.TOP, Zone.FORWARD})
_CELLS = re.compile(r" \| |\t| {2,}")
_MONTH = "|".join(sorted((re.escape(name) for name in MONTHS if len(name) > 2), key=lambda name: (-len(name), name)))
# Alone with a day, some short forms are units and numbers: "12 set".
_WHOLE = "|".join(
    name for name in _MONTH.split("|") if len(name) > 4 or name in {"june", "juni", "july", "juli", "juin"}
)
_DAY = r"[0-9]{1,2}(?:\.|st|nd|rd|th|er)?[ -](?:de )?"
_DATE = re.compile(
    r"(?<![\w./-])(?:20[0-9]{2}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-/.])[0-9]{1,2}\2(?:20)?[0-9]{2})"
    r"(?![\w/-]|[.][0-9])"
    rf"|(?<![\w./-]){_DAY}(?:{_MONTH})\.?[ -](?:de |del )?(?:20[0-9]{{2}}|[0-9]{{2}})(?![\w-])"
    rf"|(?<![\w./-]){_DAY}(?:{_WHOLE})(?![\w-])"
    rf"|(?<!\w)(?:{_MONTH})\.? [0-9]{{1,2}}(?:st|nd|rd|th)?, ?20[0-9]{{2}}(?!\w)"
    rf"|(?<!\w)(?:{WEEK}|kw|wk|cw)[.:]? ?(?:nr\.? |no\.? |n° ?)?[0-9]{{1,2}}(?: ?[/.-] ?(?:20)?[0-9]{{2}})?(?!\w)"
    r"|(?<!\w)20[0-9]{2}[-/ ]?(?:w|kw|cw) ?-?[0-9]{1,2}(?!\w)"
)
_AMOUNT = re.compile(r"(?<![\w.,/-])[0-9]{1,3}(?:[.,' ]?[0-9]{3}){0,3}[.,][0-9]{2}(?![\w/-]|[.,][0-9])")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
# What stands before the day of a letter: "Bremen, den", "Lille, le".
_PLACED = re.compile(r"(?:[^\W\d_][^\W\d_.' -]{1,30}, ?)?(?:den |le |the |el |il |de )?")


class Leftover:
    """What the orders have taken, and by what labels the rest is known."""

    def __init__(self, orders: tuple[Order, ...], labels: Labels, sent: date | None) -> None:
        self.labels, self.sent = labels, sent
        read = [*founds(orders), *(order.tax for order in orders if order.tax is not None)]
        self.days = {found.value for found in read if isinstance(found.value, date)}
        self.years = tuple({day.year for day in self.days} | {sent.year if sent else _LEAP})
        self.amounts = {found.value for found in read if isinstance(found.value, Decimal)}
        self.texts = "\n".join(folded(found.text) for found in read)

    def of(self, document: Document) -> Iterator[str]:
        """The first value of each line that was left, with its line, as phrases for people."""
        tables = {table.line + at + 1: (table, at) for table in document.tables for at in range(len(table.rows))}
        head: list[str] = []
        for line in document.lines[:LINES]:
            text = line.text.strip()
            if line.zone not in _OWN or not text or is_marker(text):
                continue
            cells = _CELLS.split(text[:LENGTH])
            figures = any(map(str.isdigit, text))
            if len(cells) > 1 and not figures and all(self._is_label(cell) for cell in cells):
                head = cells
            if figures and (len(cells) > 1 or is_data(text)):
                yield from islice(self._in_line(line, cells, head, tables.get(line.number)), 1)

    def _in_line(self, line: Line, cells: list[str], head: list[str], place: tuple[Table, int] | None) -> Iterator[str]:
        before, words = "", list[str]()
        for at, cell in enumerate(cells):
            first, colon, said = cell.partition(":")
            labelled = bool(colon) and _LETTERS.search(first) is not None
            for what, before_it, read in islice(self._values(said if labelled else cell), VALUES):
                label = first if labelled else before
                above = _above(place, cell) if place else (head[at] if len(head) == len(cells) else "")
                if self._is_told(label) or self._is_told(above) or self._is_told(" ".join(words)):
                    continue
                alone = not (_is_words(label) or _is_words(above))
                if read is None or not (alone and self._is_of_document(read, before_it)):
                    yield f"{what} was not read: “{shown(line.text, 120)}”"
            if cell.strip():
                # The words of one label may be set in several columns.
                words = [*words, cell.strip()] if _is_words(cell) else []
                before = cell

    def _values(self, value: str) -> Iterator[tuple[str, str, Dated | None]]:
        """What was not taken of the text: its name, what stands before it and, of a date, how it can be read."""
        if not value.strip() or folded(value) in self.texts:
            return
        text = " ".join(value.casefold().split())
        for found in _DATE.finditer(text):
            # A day without its year is one of a year that is spoken of.
            years = () if dated(found[0]) else self.years
            reads = [read for read in (dated(found[0]), *(dated_in(found[0], year) for year in years)) if read]
            days = {day for read in reads for day in read.readings}
            if days and folded(found[0]) not in self.texts and not self.days & days:
                yield "a date", text[: found.start()], reads[0]
        for found in _AMOUNT.finditer(_DATE.sub(" ", text)):
            amount = number(found[0])
            if amount is not None and found[0] not in self.texts and not self.amounts & set(amount.readings):
                yield "an amount", "", None

    def _is_of_document(self, read: Dated, before: str) -> bool:
        """The day stands alone, or behind a place, and is near to that of the mail."""
        if self.sent is None or not _PLACED.fullmatch(before):
            return False
        return any(self.sent - STALE <= day <= self.sent + timedelta(days=1) for day in read.readings)

    def _is_label(self, cell: str) -> bool:
        bare = cell.strip(" :")
        known = self.labels
        return (
            0 < len(bare) <= LONGEST
            and (named(known.header, bare) or named(known.column, bare) or named(known.sums, bare)) is not None
        )

    def _is_told(self, label: str) -> bool:
        """Its value says nothing of the order, or is a sum that the total holds."""
        bare = label.strip(" :=*-_")
        if not 0 < len(bare) <= LONGEST:
            return False
        known = self.labels
        header, column = named(known.header, bare), named(known.column, bare)
        if header is not None and (header.field is None or (header.field == "total" and header.similarity == 1)):
            # With a typing error it may be the amount of a line as well.
            return True
        if column is not None and column.field in {"ignored", "telling"}:
            return True
        return named(known.sums, bare) is not None or self._begins(bare)

    def _begins(self, label: str) -> bool:
        """The first words are those of a sum: "Subtotal group 1", "VAT 21 %"."""
        words = label.split()
        return any(exactly(self.labels.sums, " ".join(words[:count])) for count in range(1, min(4, len(words) + 1)))


def _is_words(text: str) -> bool:
    """It may be a label; a number, PO-4711, is none."""
    return _LETTERS.search(text) is not None and not any(map(str.isdigit, text))


def _above(place: tuple[Table, int], cell: str) -> str:
    """The nearest words above the cell, in its column."""
    table, row = place
    columns = [at for at, text in enumerate(table.rows[row]) if text.strip() == cell.strip()]
    for at in columns[:1]:
        for higher in range(row - 1, max(-1, row - 200), -1):
            above = table.rows[higher][at] if at < len(table.rows[higher]) else ""
            if _is_words(above):
                return above
    return ""
