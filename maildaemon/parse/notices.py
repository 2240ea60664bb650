"""Order lines as a shop's notice shows them: "Hex bolt × 3", below it "SKU: W-100" and an amount."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from maildaemon.model import Document, Line
from maildaemon.parse.codes import is_code, is_stated, is_strong
from maildaemon.parse.items import unfolded
from maildaemon.parse.labels import LONGEST, Labels, exactly, named
from maildaemon.parse.raw import RawLine, Text, at, row_place
from maildaemon.parse.roles import MONEY, Sums, is_amount
from maildaemon.parse.texttable import segments

LINES_LIMIT = 500
_BEHIND = re.compile(r"(?P<what>.{2,200}?)(?: ?× ?| x ?)(?P<many>[0-9]{1,6})")
_BEFORE = re.compile(r"(?P<many>[0-9]{1,6})(?: ?× ?| ?x )(?P<what>.{2,200})")
# "M8 × 40", "box of 100 × 8": what stands before the sign may be the first measure of a size.
_MEASURE = re.compile(r"[A-Za-zØ]{0,2}[0-9]+(?:[.,/][0-9]+)?")
_OF = frozenset({"of", "à", "de", "di", "da", "van", "von"})
_NAMES = frozenset({"sku", "buyer_sku", "gtin", "item"})


@dataclass(frozen=True, slots=True)
class Notice:
    """Order lines, the index behind the last text line or row that they take, and doubts."""

    lines: tuple[RawLine, ...]
    end: int
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Title:
    what: str
    many: str
    open: bool
    """What looks like a quantity may be part of a size."""


def in_lines(document: Document, lines: Sequence[Line], index: int, labels: Labels, sums: Sums) -> Notice | None:
    """The run of articles that begins in line ``index``. None for any other line."""
    items: list[dict[str, Text]] = []
    titles: list[_Title] = []
    place = end = index
    while place < len(lines) and len(items) < LINES_LIMIT:
        found = _card(document, lines, place, labels)
        if found is None:
            break
        title, fields, end = found
        items.append(fields)
        titles.append(title)
        place = end
        while place < len(lines) and place - end < 2 and not lines[place].text.strip():
            place += 1
    if not items or _counted(lines, end, labels):
        return None
    beside = [*lines[max(0, index - 4) : index], *lines[end : end + 6]]
    others = [line.text.strip() for line in beside if _code(line.text.strip(), labels) is not None]
    return _notice(sums, items, titles, end, others)


def in_table(document: Document, number: int, first: int, labels: Labels, sums: Sums) -> Notice | None:
    """The run of articles, one to a row, that begins in row ``first`` of the document's table."""
    items: list[dict[str, Text]] = []
    titles: list[_Title] = []
    end = first
    for row in range(first, min(len(document.tables[number].rows), first + LINES_LIMIT)):
        found = _row(document, number, row, labels)
        if found is None:
            break
        titles.append(found[0])
        items.append(found[1])
        end = row + 1
    if not items:
        return None
    rows = document.tables[number].rows
    others = [cell for row in (*rows[max(0, first - 1) : first], *rows[end : end + 1]) for cell in row]
    others = [cell for cell in others if len(_folded(Text(cell), labels)) > 1]
    return _notice(sums, items, titles, end, others)


def _notice(sums: Sums, items: list[dict[str, Text]], titles: list[_Title], end: int, others: Sequence[str]) -> Notice:
    """``others`` name articles above or below these, which were not read."""
    lines, doubts = sums.told(items, "amount")
    doubts = (*doubts, *(f"beside the order lines stands what was not read: “{text[:60]}”" for text in others))
    if all(title.open for title in titles):
        doubts = (*doubts, f"is {titles[0].many} how many, or a size? “{titles[0].what[-60:]} × {titles[0].many}”")
    return Notice(tuple(lines), end, doubts)


def _title(text: str) -> _Title | None:
    text = text.strip()
    if not 4 <= len(text) <= 240 or ("×" not in text and " x" not in text and "x " not in text):
        return None
    if found := _BEFORE.fullmatch(text):
        what = found["what"].strip()
        return _Title(what, found["many"], not any(map(str.isalpha, what.split(" ")[0]))) if _speaks(what) else None
    if found := _BEHIND.fullmatch(text):
        what = found["what"].strip()
        return (
            _Title(what, found["many"], _MEASURE.fullmatch(what.split(" ")[-1]) is not None) if _speaks(what) else None
        )
    return None


def _is_measure(what: str) -> bool:
    """Its last word is a figure, and no "box of" leads to it."""
    words = what.split(" ")
    return _MEASURE.fullmatch(words[-1]) is not None and (len(words) < 2 or words[-2].casefold() not in _OF)


def _speaks(what: str) -> bool:
    return sum(map(str.isalpha, what)) > 2 and not what.endswith(":")


def _card(
    document: Document, lines: Sequence[Line], index: int, labels: Labels
) -> tuple[_Title, dict[str, Text], int] | None:
    """An article with its number or its amount below it or beside it, and nothing else in its paragraph."""
    line = lines[index]
    parts = segments(line.text[:1000])
    beside = parts[1].text if len(parts) == 2 and is_amount(parts[1].text) else ""
    title = _title(parts[0].text) if len(parts) == (2 if beside else 1) else None
    if title is None:
        return None
    fields = {"quantity": at(document, line, title.many, 0.9), "description": at(document, line, title.what, 0.9)}
    if beside:
        fields[MONEY] = at(document, line, beside, 0.9)
    place = index + 1
    while place < len(lines) and lines[place].text.strip() and lines[place].zone is line.zone:
        text = lines[place].text.strip()
        if (code := _code(text, labels)) is not None and code[0] not in fields:
            fields[code[0]] = at(document, lines[place], code[1], 0.9)
        elif MONEY not in fields and is_amount(text):
            fields[MONEY] = at(document, lines[place], text, 0.9)
        else:
            break
        place += 1
    if len(fields) < 3 or not _ends(lines, place, labels):
        return None
    return title, fields, place


def _code(text: str, labels: Labels) -> tuple[str, str] | None:
    """The field and the value of "SKU: W-100", or of a code alone."""
    if is_strong(text):
        return "sku", text
    head, colon, value = text.partition(":")
    value = value.strip()
    near = named if is_strong(value) and head.strip().isalpha() else exactly
    label = near(labels.column, head.strip()) if colon and len(head) <= LONGEST else None
    if label is None or label.field not in _NAMES or not (is_code(value) or is_stated(value)):
        return None
    return ("sku" if label.field == "item" else label.field or "sku"), value


def _ends(lines: Sequence[Line], place: int, labels: Labels) -> bool:
    """What follows at once is no further word on the article: a blank line, the next article, a label or a sum."""
    text = lines[place].text.strip() if place < len(lines) else ""
    if not text or _title(segments(text[:1000])[0].text) is not None:
        return True
    head = text.partition(":")[0][:LONGEST]
    return named(labels.header, head) is not None or exactly(labels.sums, head) is not None


def _counted(lines: Sequence[Line], end: int, labels: Labels) -> bool:
    """The next line states a quantity by its label: then the figure behind the sign was none."""
    text = next((line.text for line in lines[end : end + 3] if line.text.strip()), "")
    label = named(labels.column, text.partition(":")[0][:LONGEST].strip())
    return label is not None and label.field == "quantity"


def _row(document: Document, number: int, row: int, labels: Labels) -> tuple[_Title, dict[str, Text]] | None:
    table = document.tables[number]
    cells = [(place, cell.strip()) for place, cell in enumerate(table.rows[row]) if cell.strip()]
    if not 1 <= len(cells) <= 2 or (len(cells) == 2 and not is_amount(cells[1][1])):
        return None

    def text(place: int, value: str) -> Text:
        where = f"{row_place(document, number, row)}, column {place + 1}"
        return Text(value, document.name, where, table.rows[row][place].strip(), 0.9, table.zone)

    place, whole = cells[0]
    fields = unfolded({"description": text(place, whole)}, labels)
    if not _codes(fields):
        fields = _folded(fields["description"], labels)
    title = _title(fields["description"].text)
    if title is None or any(not is_code(value.text) and not is_stated(value.text) for value in _codes(fields)):
        return None
    found = fields | {"quantity": text(place, title.many), "description": text(place, title.what)}
    if len(cells) == 2:
        found[MONEY] = text(*cells[1])
    return (title, found) if len(found) > 2 else None


def _codes(fields: dict[str, Text]) -> list[Text]:
    return [text for name, text in fields.items() if name in _NAMES]


def _folded(text: Text, labels: Labels) -> dict[str, Text]:
    """The last words of the text are a label of the article and its number: "Hex bolt × 3 Article: W-100"."""
    before, colon, _ = text.text.rpartition(":")
    words = before.split(" ")
    for count in range(min(4, len(words) - 1), 0, -1) if colon else ():
        what = " ".join(words[:-count])
        code = _code(text.text[len(what) :].strip(), labels)
        if code is not None:
            return {"description": replace(text, text=what), code[0]: replace(text, text=code[1])}
    return {"description": text}
