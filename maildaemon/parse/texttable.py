"""Tables typed as text: columns parted by tabs, pipes, semicolons, commas or by two blanks and more."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from maildaemon.model import Line
from maildaemon.parse.dates import dated
from maildaemon.parse.headings import Columns, columns, fits
from maildaemon.parse.labels import Labels, named
from maildaemon.parse.numbers import is_money, number
from maildaemon.parse.rows import Row
from maildaemon.parse.settle import price_text
from maildaemon.parse.sums import stated
from maildaemon.parse.units import quantity, unit

SEGMENT = re.compile(r"[^ \t|]+(?: [^ \t|]+)*")
_RULE = re.compile(r"[-=_*+|~.: \t]+")
_TEXTS = frozenset({"item", "sku", "buyer_sku", "description"})
AHEAD, BELOW = 3, 10


@dataclass(frozen=True, slots=True)
class Segment:
    text: str
    start: int
    end: int


def segments(text: str) -> list[Segment]:
    """The parts of a line between tabs, pipes or two blanks and more."""
    if (
        "  " not in text and "\t" not in text and "|" not in text
    ):  # most lines are one part, with a blank around at most
        whole = text.strip(" ")
        start = 1 if text.startswith(" ") else 0
        return [Segment(whole, start, start + len(whole))] if whole else []
    return [Segment(found[0], found.start(), found.end()) for found in SEGMENT.finditer(text)]


@dataclass(frozen=True, slots=True)
class Typed:
    """A heading in a text, and how its rows are parted: by ``sign``, or by where they stand."""

    heading: Columns
    spans: tuple[Segment, ...]
    sign: str | None


def heading(text: str, parts: Sequence[Segment], labels: Labels) -> Typed | None:
    """The heading that the line is. None for any other line."""
    if len(text) > 400:
        return None
    sign = "|" if "|" in text else "\t" if "\t" in text else None
    if len(parts) >= 2:
        if sign:
            cells = split(text, sign)
            if found := columns(cells, labels):
                return Typed(found, (), sign)
        if found := columns([part.text for part in parts], labels):
            return Typed(found, tuple(parts), None)
    for sign in (";", ","):
        if text.count(sign) >= 2:
            cells = split(text, sign)
            found = columns(cells, labels)
            # A comma stands in sentences too: there every part must be known.
            if found and (sign == ";" or len(found.fields) == sum(map(bool, cells))):
                return Typed(found, (), sign)
    return None


def split(text: str, sign: str) -> list[str]:
    if sign in ";,":
        return [cell.strip() for cell in next(csv.reader([text], delimiter=sign), [])]
    text = text.strip(" ")
    if sign == "|":
        text = text.removeprefix("|").removesuffix("|")
    return [cell.strip() for cell in text.split(sign)]


def rows(
    lines: Sequence[Line], start: int, document: str, typed: Typed, labels: Labels
) -> tuple[list[Row], int, tuple[str, ...]]:
    """The rows from line ``start`` on, the index of the first line that belongs to the table no more, and doubts: a
    line that looks like a row and cannot be placed must not go missing without a word."""
    found: list[Row] = []
    doubts: list[str] = []
    continued: set[int] = set()
    at, end = start, start
    while at < len(lines) and at - end < 4:
        line = lines[at]
        if line.text.strip():
            if line.zone is not lines[start - 1].zone:
                break
            row = _row(line, document, typed, labels, adjacent=at == end)
            if row is None and found:
                row = _continuation(lines, at, document, typed, labels, continued, adjacent=at == end)
            if row is None:
                if not _goes_on(lines, at, document, typed, labels) and (
                    at > end or len(segments(line.text[:1000])) < max(3, len(typed.spans) - 1)
                ):
                    break
                doubts.append(f"line {line.number} looks like an order line and could not be read")
            else:
                found.append(row)
            end = at + 1
        at += 1
    doubts.extend(
        f"line {line.number} below the table looks like an order line and was not read with it"
        for line in _below(lines, end)
        if found and _row(line, document, typed, labels, adjacent=False) is not None
    )
    return found, end, tuple(doubts[:20])


def _continuation(
    lines: Sequence[Line],
    at: int,
    document: str,
    typed: Typed,
    labels: Labels,
    continued: set[int],
    *,
    adjacent: bool,
) -> Row | None:
    """One text between two rows, or where such a text stood before: the rest of the row above. ``continued`` holds
    where."""
    line = lines[at]
    parts = segments(line.text[:1000])
    if not adjacent or len(parts) != 1 or typed.sign or number(price_text(parts[0].text)) or ":" in parts[0].text:
        return None
    if parts[0].start not in continued and not _goes_on(lines, at, document, typed, labels):
        return None
    continued.add(parts[0].start)
    count = len(typed.spans)
    name = next((name for name in ("description", "item") if name in typed.heading.fields), None)
    if name is None or named(labels.column, parts[0].text.partition(" ")[0]) is not None:
        cells = [parts[0].text] * count
    else:
        cells = [""] * count
        places = typed.heading.items if name == "item" else (typed.heading.fields[name][0],)
        cells[min(places, key=lambda at: abs(typed.spans[at].start - parts[0].start))] = parts[0].text
    return Row(tuple(cells), document, f"line {line.number}", line.zone, line.text.strip())


def _goes_on(lines: Sequence[Line], at: int, document: str, typed: Typed, labels: Labels) -> bool:
    """One of the next lines is a row of the table for certain, and no sum."""
    for line in lines[at + 1 : at + 1 + AHEAD]:
        if not line.text.strip() or line.zone is not lines[at].zone:
            return False
        row = _row(line, document, typed, labels, adjacent=False)
        if row is not None and any(row.cells):
            return stated(row, typed.heading, labels) is None
    return False


def _below(lines: Sequence[Line], end: int) -> list[Line]:
    """The lines that follow at once, up to a blank one."""
    found = []
    for line in lines[end : end + BELOW]:
        if not line.text.strip():
            break
        found.append(line)
    return found


def _row(line: Line, document: str, typed: Typed, labels: Labels, *, adjacent: bool) -> Row | None:
    """``adjacent``: no blank line stands above, so that the line belongs to the table unless it says otherwise."""
    text = line.text
    if len(text) > 1000:
        return None
    if _RULE.fullmatch(text):
        return Row(("",), document, f"line {line.number}", line.zone, text.strip())
    parts = segments(text)
    if typed.sign:
        cells: list[str] | None = split(text, typed.sign) if typed.sign in text else None
    else:
        cells = _aligned(parts, typed)
    if cells is None:
        return None
    row = Row(tuple(cells), document, f"line {line.number}", line.zone, text.strip())
    if _is_row(cells, parts, typed, adjacent=adjacent):
        return row
    return row if len(parts) > 1 and any(cells) and stated(row, typed.heading, labels) is not None else None


def _is_row(cells: Sequence[str], parts: Sequence[Segment], typed: Typed, *, adjacent: bool) -> bool:
    """The cells alone say that they are a row; a row that states a sum may look otherwise."""
    if typed.sign:
        return len(cells) > 1 and (adjacent or fits(cells, typed.heading))
    if _figures(cells, typed):
        return adjacent or (fits(cells, typed.heading) and cells[typed.heading.fields["quantity"][0]] != "")
    filled = len(cells) - cells.count("")
    return adjacent and (filled * 2 >= len(cells) or (len(parts) == 1 and _below_description(parts[0], typed)))


def _figures(cells: Sequence[str], typed: Typed) -> bool:
    """At least a figure where one is expected, and something beside it."""
    if sum(map(bool, cells)) < 2:
        return False
    return any(
        at < len(cells) and cells[at] and cells[at][0] in "0123456789.,€£$-(+EUxX×"
        for name, (at, _) in typed.heading.fields.items()
        if name in {"quantity", "unit_price", "amount"}
    )


def _aligned(parts: Sequence[Segment], typed: Typed) -> list[str] | None:
    """The cells of a row without signs: one by one when there are as many as columns, else by where they stand. None
    when the parts do not fit."""
    count = len(typed.spans)
    if len(parts) == count:
        cells = [part.text for part in parts]
        if fits(cells, typed.heading):
            return cells
    cells = [""] * count
    last = -1
    figures = {at for name, (at, _) in typed.heading.fields.items() if name in {"quantity", "unit_price", "amount"}}
    texts = {at for name, (at, _) in typed.heading.fields.items() if name in _TEXTS}
    proved = _from_the_right(parts, typed)
    for place, part in enumerate(parts):
        at = proved[place] if place in proved else _column(part, typed.spans[: count - len(proved)], figures)
        if at is None or at < last or (at in texts and _is_apart(part.text)):
            return None
        if cells[at]:
            if at in figures and number(cells[at] + part.text) is None:
                return None
            cells[at] += " "
        cells[at] += part.text
        last = at
    return cells


def _is_apart(text: str) -> bool:
    """Money or a date, which no text column holds."""
    return is_money(text) or (dated(text) is not None and not text.isalnum())


def _from_the_right(parts: Sequence[Segment], typed: Typed) -> dict[int, int]:
    """Columns for the last three parts by their place in the line, when they multiply to what the last one says: a row
    typed out of line is placed by arithmetic, never by guess."""
    count = len(typed.spans)
    where = [typed.heading.fields.get(name, (-1, 0))[0] for name in ("quantity", "unit_price", "amount")]
    if where != [count - 3, count - 2, count - 1] or len(parts) < 4:
        return {}
    many, price, amount = (
        quantity(parts[-3].text),
        number(price_text(parts[-2].text)),
        number(price_text(parts[-1].text)),
    )
    if not many or not price or not amount:
        return {}
    one, each, whole = many[0].value, price.value, amount.value
    if one is None or each is None or whole is None or not one or one * each != whole:
        return {}
    return {len(parts) - 3 + place: at for place, at in enumerate(where)}


def _column(part: Segment, spans: Sequence[Segment], figures: set[int]) -> int | None:
    """The column whose heading stands above the part, else the nearest within 12 characters. A text that is no figure
    belongs to no column of figures: it is what runs on from the text column to the left."""
    overlap = [min(part.end, span.end) - max(part.start, span.start) for span in spans]
    best = max(range(len(spans)), key=lambda at: overlap[at])
    left = [at for at, span in enumerate(spans) if at not in figures and span.start <= part.start + 1]
    if overlap[best] <= 0:
        if left and (not _is_figure(part.text) or figures.isdisjoint(range(len(spans)))):
            return left[-1]
    elif best in figures and left and part.start < spans[left[-1]].end and not _is_figure(part.text):
        return left[-1]  # a long text that begins below a heading of texts
    return best if overlap[best] > -12 else None


def _is_figure(text: str) -> bool:
    many = quantity(text)
    if many is not None:
        return many[1] is None or unit(many[1]) is not None
    return number(price_text(text)) is not None


def _below_description(part: Segment, typed: Typed) -> bool:
    """An indented text that starts where the descriptions start is the rest of the one above."""
    name = "description" if "description" in typed.heading.fields else "item"
    if name not in typed.heading.fields or not typed.spans:
        return False
    return part.start > 0 and abs(part.start - typed.spans[typed.heading.fields[name][0]].start) <= 1
