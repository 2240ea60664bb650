"""Dates and amounts that a document states and no field of the orders has taken: what they say, a person has to read.

A value behind a label, or below one, that is known to say nothing of the order is none; nor is the day of the document
where it stands alone."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate, chain, islice

from maildaemon.accounted import founds
from maildaemon.model import Document, Line, Order, OrderLine, Table, Zone
from maildaemon.parse.dates import Dated, dated, dated_in
from maildaemon.parse.daywords import MONTHS, WEEK
from maildaemon.parse.labels import LONGEST, Labels, exactly, named
from maildaemon.parse.numbers import number
from maildaemon.phrasebook import folded, phrasebook
from maildaemon.read.zones import is_marker
from maildaemon.scales import is_beside, ordered
from maildaemon.sentences import LINES, is_data
from maildaemon.wording import shown

LENGTH, VALUES, SHORT = 400, 8, 12
_MARKS, _FIGURES = frozenset(".,"), frozenset("0123456789")
_AMOUNT_LEFT = "an amount"
_RUNS = 200
"""Lines of an order whose partial sums are known: those of groups, and those carried over to a next page."""
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
_WORDS = re.compile(r"[a-z](?:[a-z'-]*[a-z])?")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}")
_COUNT = re.compile(r"[0-9]{1,5}(?:[.,][0-9]{1,3})?(?: ?[^\W\d_]{1,12}\.?)?")
# A code, or a number to call: it is none of an article's.
_NUMBERED = re.compile(r"\+?[0-9 ()/-]{7,24}|[A-Z]{2}[0-9A-Z .]{7,30}")
_PLACE = re.compile(
    r"(?<![\w-])[0-9]{4,5} [A-Z][^\W\d_]{2}|[^\W\d_]{3} [0-9]{1,4}[a-z]?, ?[0-9A-Z]|^[0-9]{1,4} [A-Z][a-z]+ [A-Z][a-z]"
)
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
        self.sums = frozenset(sum_ for order in orders for sum_ in _sums(order))
        self.ordered = ordered(orders)
        self.texts = "\n".join(dict.fromkeys(folded(found.text) for found in read))

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
            if not figures or is_beside(text, self.ordered):
                continue
            said: Iterator[str]
            if len(cells) > 1 or is_data(text):
                said = chain(self._in_line(line, cells, head, tables.get(line.number)), self._in_pair(line, cells))
            else:
                said = self._in_prose(line)
            yield from islice(said, 1)

    def _in_prose(self, line: Line) -> Iterator[str]:
        """Of a sentence a day that is to come: what is past is for maildaemon.remarks."""
        for _, _, read in islice(self._values(line.text[:LENGTH]), VALUES):
            if read is not None and (self.sent is None or any(day > self.sent for day in read.readings)):
                yield f"a date was not read: “{shown(line.text, 120)}”"

    def _in_line(self, line: Line, cells: list[str], head: list[str], place: tuple[Table, int] | None) -> Iterator[str]:
        before, words = "", list[str]()
        for at, cell in enumerate(cells):
            first, colon, said = cell.partition(":")
            labelled = bool(colon) and _LETTERS.search(first) is not None
            for what, before_it, read in islice(self._values(said if labelled else cell), VALUES):
                label = first if labelled else before
                above = _above(place, cell) if place else (head[at] if len(head) == len(cells) else "")
                if what == _AMOUNT_LEFT and self._is_total(label) and self.sums:
                    if not self._adds_up(said if labelled else cell):
                        yield f"a sum was not read: “{shown(line.text, 120)}”"
                    continue
                if self._is_told(label) or self._is_told(above) or self._is_told(" ".join(words)):
                    continue
                alone = not (_is_words(label) or _is_words(above))
                if read is None or not (alone and self._is_of_document(read, before_it)):
                    yield f"{what} was not read: “{shown(line.text, 120)}”"
            if cell.strip():
                # The words of one label may be set in several columns.
                words = [*words, cell.strip()] if _is_words(cell) else []
                before = cell

    def _in_pair(self, line: Line, cells: list[str]) -> Iterator[str]:
        """A label that is not known, in a cell or before a colon, with a value that holds figures. Where the label is
        made of harmless words alone, a count and an address are seen all the same."""
        filled = [cell.strip() for cell in cells if cell.strip()]
        if len(filled) == 1:
            label, _, value = (part.strip() for part in filled[0].partition(":"))
        elif len(filled) == 2:
            label, value = filled[0].rstrip(" :"), filled[1]
        else:
            return
        # Dates have been looked at; a time says nothing.
        rest = _TIME.sub(" ", _DATE.sub(" ", value.casefold()))
        if not any(map(str.isdigit, rest)) or not _is_words(label) or len(label) > LONGEST or label.count(" ") > 5:
            return
        if self._took(label) or self._took(value) or self._is_header(label) or _begins_sum(self.labels, label):
            return
        harmless = set(_WORDS.findall(folded(label))) <= phrasebook().common | phrasebook().labels
        if (
            (len(filled) == 2 and not harmless and not _NUMBERED.fullmatch(value))
            or _COUNT.fullmatch(value)
            or _PLACE.search(value)
        ):
            yield f"a value was not read: “{shown(line.text, 120)}”"

    def _values(self, value: str) -> Iterator[tuple[str, str, Dated | None]]:
        """What was not taken of the text: its name, what stands before it and, of a date, how it can be read."""
        if not value.strip() or self._took(value):
            return
        text = " ".join(value.casefold().split())
        for found in _DATE.finditer(text):
            # A day without its year is one of a year that is spoken of.
            years = () if dated(found[0]) else self.years
            reads = [read for read in (dated(found[0]), *(dated_in(found[0], year) for year in years)) if read]
            days = {day for read in reads for day in read.readings}
            if days and not self.days & days and not self._took(found[0]):
                yield "a date", text[: found.start()], reads[0]
        for found in _AMOUNT.finditer(_DATE.sub(" ", text)):
            amount = number(found[0])
            if amount is not None and not self.amounts & set(amount.readings) and not self._took(found[0]):
                yield _AMOUNT_LEFT, "", None

    def _took(self, value: str) -> bool:
        """It stands, whole, in what was read."""
        text = folded(value)
        return text in self.texts if len(text) > SHORT else _stands(text, self.texts)

    def _is_of_document(self, read: Dated, before: str) -> bool:
        """The day stands alone, or behind a place, and is near to that of the mail."""
        if self.sent is None or not _PLACED.fullmatch(before):
            return False
        return any(self.sent - STALE <= day <= self.sent + timedelta(days=1) for day in read.readings)

    def _is_total(self, label: str) -> bool:
        """It leads to the order's total, letter by letter."""
        bare = label.strip(" :=*-_")
        found = named(self.labels.header, bare) if 0 < len(bare) <= LONGEST else None
        return found is not None and found.field == "total" and found.similarity == 1

    def _adds_up(self, text: str) -> bool:
        """Every amount in it is the total, or a sum of lines that follow each other, with or without the tax."""
        amounts = [number(found[0]) for found in _AMOUNT.finditer(" ".join(text.casefold().split()))]
        return all(one is not None and not self.sums.isdisjoint(one.readings) for one in amounts)

    def _is_header(self, label: str) -> bool:
        """It leads to a value of the order, to one that says nothing of it, or to the number of a line."""
        known = self.labels
        column = named(known.column, label)
        position = column is not None and column.field == "position"
        return position or (named(known.header, label) or named(known.sums, label)) is not None

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
        return named(known.sums, bare) is not None or _begins_sum(known, bare)


def _sums(order: Order) -> Iterator[Decimal]:
    """What a stated sum may be, when every line has an amount; else nothing can be said of it."""
    amounts = [line.amount.value if line.amount else _product(line) for line in order.lines]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts) or len(known) > _RUNS:
        return
    tax = order.tax.value if order.tax is not None else Decimal(0)
    stated = [order.total.value] if order.total is not None else []
    runs = [run for first in range(len(known)) for run in accumulate(known[first:])]
    for one in (*stated, *runs):
        yield from (one, one + tax, one - tax)


def _product(line: OrderLine) -> Decimal | None:
    if line.quantity is None or line.unit_price is None:
        return None
    return line.quantity.value * line.unit_price.value


def _begins_sum(labels: Labels, label: str) -> bool:
    """The first words are those of a sum: "Subtotal group 1", "VAT 21 %"."""
    words = label.split()
    return any(exactly(labels.sums, " ".join(words[:count])) for count in range(1, min(4, len(words) + 1)))


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


def _stands(text: str, within: str) -> bool:
    """It is there as a whole: no part of a longer word, figure or number with decimals."""
    at = within.find(text)
    while at >= 0:
        before, behind = within[at - 1 : at], within[at + len(text) : at + len(text) + 2]
        goes_on = _is_of_word(behind[:1]) or (behind[:1] in _MARKS and behind[1:] in _FIGURES)
        if not goes_on and not _is_of_word(before) and before not in _MARKS:
            return True
        at = within.find(text, at + 1)
    return False


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == "_"
