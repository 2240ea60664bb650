"""Rows of cells → order lines: the columns by their headings, what is no line set apart."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from maildaemon.model import Zone
from maildaemon.parse.codes import is_code, is_spaced, split_item
from maildaemon.parse.headings import SUMS, WHAT, Columns, columns
from maildaemon.parse.labels import Label, Labels, exactly, named, without_currency
from maildaemon.parse.numbers import Number, currency, number
from maildaemon.parse.raw import RawLine, Text
from maildaemon.parse.units import quantity

LINES_LIMIT = 5000
_RATE = re.compile(r"[0-9]{1,2}(?:[.,][0-9]{1,2})? ?%")
_RULES = "-=_*+|~.: \t"
# What a column holds that says nothing: no discount, a price for one, no remark.
_NOTHING = frozenset({"", "-", "–", "—", "/", ".", "0", "0%", "0 %", "0.00", "0,00", "0.0", "1", "n/a", "na", "none"})
_SPEAKS = re.compile(r"[^\W\d_]{2}|[☐☑☒✓✔✗✘]")
_FOLDED = frozenset({"sku", "buyer_sku", "gtin", "requested_date"})
UNFOLDED_LIMIT = 400
DOUBTS_LIMIT = 5


@dataclass(frozen=True, slots=True)
class Row:
    """Cells with where they stand; ``place`` is "line 7", or "table 1, row 3" and then the column is added."""

    cells: tuple[str, ...]
    document: str
    place: str
    zone: Zone = Zone.TOP
    evidence: str | None = None
    places: tuple[str, ...] = ()
    """Where each cell stands, when that is not beside the others."""

    def text(self, column: int, score: float = 1.0) -> Text:
        value = self.cells[column].strip()
        place = self.place if self.evidence is not None else f"{self.place}, column {column + 1}"
        place = self.places[column] if self.places else place
        return Text(value, self.document, place, self.evidence or value, score, self.zone)


@dataclass(slots=True)
class Block:
    """What a table gave: its lines, each with the order's fields that stand in it, and what it states below them."""

    lines: list[RawLine] = field(default_factory=list)
    order: list[dict[str, Text]] = field(default_factory=list)
    stated: list[tuple[str, Text]] = field(default_factory=list)
    doubts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


def read(rows: Iterable[Row], heading: Columns, labels: Labels) -> Block:
    """The order lines below a heading."""
    if len(heading.items) > 1:
        rows = list(rows)
        heading = _told_apart(rows, heading)
    block = Block(doubts=heading.doubts, languages=heading.languages)
    line_fields = {name: where for name, where in heading.fields.items() if not name.startswith("order.")}
    order_fields = {name[6:]: where for name, where in heading.fields.items() if name.startswith("order.")}
    said: dict[str, None] = {}
    notes: dict[int, list[Text]] = {}
    sums: set[Decimal] = set()
    for row in rows:
        if len(block.lines) >= LINES_LIMIT:
            block.doubts = (*block.doubts, f"a table has more than {LINES_LIMIT} lines")
            break
        filled = [cell for cell in row.cells if cell]
        if not any(cell.strip(_RULES) for cell in filled) or columns(row.cells, labels):
            continue
        told = stated(row, heading, labels)
        if told is not None:
            block.stated.extend(told)
            sums.update(_amounts(filled))
            continue
        if (note := _note(row, heading)) is not None:
            heads = named(labels.column, note.text) is not None and note.text == note.text.rstrip(": ")
            if not heads and not _labelled(block, note, labels):
                notes.setdefault(len(block.lines), []).append(note)
            continue
        if block.lines and _is_sum(row, heading):
            sums.update(_amounts(filled))
            continue
        texts = {
            name: row.text(at, score)
            for name, (at, score) in line_fields.items()
            if at < len(row.cells) and row.cells[at]
        }
        if SUMS.isdisjoint(texts):
            words = texts.get("description") or texts.get("item")
            if words is None or not _labelled(block, words, labels):
                _continue(block, texts)
            continue
        if not WHAT.isdisjoint(texts):
            said.update(_untold(row, heading, texts))
            texts = _unfolded(texts, labels)
            block.lines.append(RawLine(texts))
            block.order.append(
                {name: row.text(at, score) for name, (at, score) in order_fields.items() if row.cells[at]}
            )
    _priced(block, sums)
    block.doubts = (*block.doubts, *list(said)[:DOUBTS_LIMIT])
    block.lines, said_twice = _coded_twice(block.lines)
    block.doubts = (*block.doubts, *said_twice)
    block.lines = _items(block.lines)
    _described(block, notes)
    if heading.currency and block.lines:
        code, _ = heading.currency
        first = next(iter(block.lines[0].fields.values()))
        block.stated.append(
            (
                "currency",
                Text(code, first.document, first.place.rsplit(", row", 1)[0] + " (heading)", code, 0.95, first.zone),
            )
        )
    return block


def _unfolded(texts: dict[str, Text], labels: Labels) -> dict[str, Text]:
    """A description with further fields behind it in the same cell: "Hex bolt Your item no.: W-100 EAN: 4006…"."""
    name = next((name for name in ("description", "item") if name in texts), None)
    whole = texts[name].text if name else ""
    if name is None or len(whole) > UNFOLDED_LIMIT or not (":" in whole or whole.count(" ") == 1):
        return texts
    words, found, starts = whole.split(" "), dict(texts), []
    for end, word in enumerate(words):
        for start in range(max(0, end - 4), end + 1) if word.endswith(":") or (end == 0 and len(words) == 2) else ():
            label = exactly(labels.column, " ".join(words[start : end + 1]).rstrip(":"))
            if label is not None and label.field in _FOLDED:
                starts.append((start, end + 1, label.field))
                break
    left: list[str] = words[: starts[0][0]] if starts else words
    for place, (_, value, field_name) in enumerate(starts):
        after = starts[place + 1][0] if place + 1 < len(starts) else len(words)
        # What another label, unknown here, leads to is no part of the value: it stays with the description.
        end = next((at for at in range(value, after) if words[at].endswith(":")), after)
        found.setdefault(field_name, replace(texts[name], text=" ".join(words[value:end])))
        left += words[end:after]
    if starts and left:
        found[name] = replace(texts[name], text=" ".join(left))
    return found


def _told_apart(rows: Sequence[Row], heading: Columns) -> Columns:
    """Of two columns that may be the article, one only counts the lines, or one holds the codes and the other says
    what they are."""
    cells = {
        at: [row.cells[at] for row in rows if max(at, 0) < len(row.cells) and row.cells[at] and _counts(row, heading)]
        for at in heading.items
    }
    named_in = [at for at in heading.items if cells[at] and not _numbering(cells[at])]
    fields = {name: where for name, where in heading.fields.items() if name != "item"}
    if len(named_in) == 1:
        fields["item"] = (named_in[0], 1.0)
        return _reading(heading, fields)
    codes = [at for at in named_in if all(is_spaced(text) or _is_plain_code(text) for text in cells[at])]
    words = [at for at in named_in if at not in codes]
    if len(codes) == len(words) == 1 and "sku" not in fields and "description" not in fields:
        return _reading(heading, fields | {"sku": (codes[0], 1.0), "description": (words[0], 1.0)})
    return replace(heading, doubts=(*heading.doubts, "two columns may be the article"))


def _reading(heading: Columns, fields: dict[str, tuple[int, float]]) -> Columns:
    read = {at for at, _ in fields.values()} | set(heading.items)
    return replace(heading, fields=fields, unread=tuple(one for one in heading.unread if one[0] not in read))


def _is_plain_code(text: str) -> bool:
    return is_code(text) and not any(map(str.islower, text))


def _note(row: Row, heading: Columns) -> Text | None:
    """The one text that spans every column that is read: no line of its own."""
    places = [at for name, (at, _) in heading.fields.items() if name != "item" and at < len(row.cells)]
    texts = {row.cells[at] for at in places}
    if len(places) < 2 or len(texts) != 1 or not (text := next(iter(texts))).strip() or number(text) is not None:
        return None
    return row.text(places[0])


def _is_sum(row: Row, heading: Columns) -> bool:
    """Below the lines: a label that spans columns, or ends with a colon, and at most one figure, in the last column."""
    if _counts(row, heading):
        return False
    first = next(text for text in row.cells if text)
    others = {text for text in row.cells if text and text != first}
    if number(first) is not None or len(others) > 1 or (others and row.cells[-1] not in others and first[-1] != ":"):
        return False
    return first[-1] == ":" or (row.cells.count(first) > 1 and all(number(text) is not None for text in others))


def _amounts(cells: Iterable[str]) -> set[Decimal]:
    return {found.readings[0] for cell in cells if (found := number(cell.rpartition(":")[2])) is not None}


def _labelled(block: Block, note: Text, labels: Labels) -> bool:
    """Whether the text below a row states a further field of its line, which is then taken: "EAN 4006381333931"."""
    folded = _unfolded({"item": note}, labels)
    if not block.lines or folded.keys() == {"item"} or folded["item"] != note:
        return False
    del folded["item"]
    block.lines[-1] = RawLine(folded | dict(block.lines[-1].fields))
    return True


def _described(block: Block, notes: Mapping[int, list[Text]]) -> None:
    """What spans the row below each line describes it, when no line says otherwise: a text for every line, or none."""
    bare = [line for line in block.lines if "description" not in line.fields and "item" not in line.fields]
    if not block.lines or len(bare) != len(block.lines):
        return
    if all(len(notes.get(count, ())) == 1 for count in range(1, len(block.lines) + 1)):
        block.lines = [
            RawLine({**line.fields, "description": notes[count][0]}) for count, line in enumerate(block.lines, 1)
        ]


def _priced(block: Block, sums: set[Decimal]) -> None:
    """A column Price that adds up to a sum below it, which quantity times price does not: it holds the lines'
    amounts."""
    needed = {"quantity", "unit_price"}
    if not sums or any("amount" in line.fields or not needed <= set(line.fields) for line in block.lines):
        return
    prices: list[Number] = []
    whole = multiplied = Decimal(0)
    for line in block.lines:
        price, many = number(line.fields["unit_price"].text), quantity(line.fields["quantity"].text)
        if price is None or many is None:
            return
        prices.append(price)
        whole += price.readings[0]
        multiplied += price.readings[0] * many[0].readings[0]
    if prices and whole in sums and whole != multiplied and multiplied not in sums:
        block.lines = [
            RawLine({("amount" if name == "unit_price" else name): text for name, text in line.fields.items()})
            for line in block.lines
        ]


def _untold(row: Row, heading: Columns, texts: dict[str, Text]) -> dict[str, None]:
    """What the row says in columns that are not read."""
    read = {text.text for text in texts.values()}
    said: dict[str, None] = {}
    for at, head in heading.unread:
        text = row.cells[at].strip() if at < len(row.cells) else ""
        if text.casefold() in _NOTHING or text in read or (not head and not _SPEAKS.search(text)):
            continue
        of = f"the column “{head[:40]}”" if head else "a column without a heading"
        said[f"{of} says “{text[:60]}”, which was not read"] = None
    return said


def _continue(block: Block, texts: dict[str, Text]) -> None:
    """A row without figures: the rest of the description above, or a line of which only the code is known."""
    words = texts.get("description") or texts.get("item")
    code = texts.get("sku") or texts.get("buyer_sku")
    if code is not None and is_code(code.text) and any(c.isdigit() for c in code.text):
        block.lines.append(RawLine(texts))
        block.order.append({})
    elif block.lines and set(texts) == {"sku"} and " " in texts["sku"].text.strip():
        # In a table without a column of descriptions they stand below the codes.
        last = dict(block.lines[-1].fields)
        if "description" not in last and "item" not in last:
            block.lines[-1] = RawLine(last | {"description": texts["sku"]})
    elif block.lines and words is not None and code is None:
        last = dict(block.lines[-1].fields)
        name = "description" if "description" in texts else "item"
        if name in last and len(last[name].text) < 500:
            before = last[name]
            last[name] = Text(
                f"{before.text} {words.text}", before.document, before.place, before.evidence, before.score, before.zone
            )
            block.lines[-1] = RawLine(last)


def stated(row: Row, heading: Columns | None, labels: Labels) -> list[tuple[str, Text]] | None:
    """None when the row is no sum; else the total that it states, or nothing (a subtotal, shipping, tax)."""
    first = next(place for place, text in enumerate(row.cells) if text)
    head, _, inline = row.cells[first].partition(":")
    head = head[:60]
    head = (_RATE.sub(" ", head) if "%" in head else head).strip(" =-*_()")
    if not head or head[0].isdigit() or len(head) > 40:
        return None
    label = named(labels.header, head)
    if label is None or label.field != "total":
        known = named(labels.sums, head) or _begins(labels, head)
        # A typing error in a row that states a quantity is more likely an article than a sum.
        return None if known is None or (known.similarity < 1 and _counts(row, heading)) else []
    if label.similarity < 1 and _counts(row, heading):
        return None
    net = label.weight < 1
    others = [place for place in range(first + 1, len(row.cells)) if row.cells[place] not in {"", row.cells[first]}]
    if inline.strip():
        value = Text(inline.strip(), row.document, row.place, row.cells[first], label.score, row.zone, net)
    else:
        money = [place for place in others if number(row.cells[place]) is not None]
        amount = heading.fields.get("amount", (-1, 0))[0] if heading else -1
        if not money:
            return []
        value = replace(row.text(amount if amount in money else money[-1], label.score), loose=net)
    codes = [without_currency(head)[1], *(currency(row.cells[place]) for place in others)]
    code = next((code for code in codes if code), None)
    if code is None:
        return [("total", value)]
    return [("total", value), ("currency", Text(code, row.document, row.place, value.evidence, 0.95, row.zone))]


def _begins(labels: Labels, head: str) -> Label | None:
    """The first words are those of a sum, or of a total: "Zwischensumme Elektrik", "Total group 1". It is as unsure as
    a typing error: in a row that states a quantity it is none."""
    words = head.split()
    for count in range(min(3, len(words) - 1), 0, -1):
        first = " ".join(words[:count])
        total = exactly(labels.header, first)
        if exactly(labels.sums, first) is not None or (total is not None and total.field == "total"):
            return Label("sum", 0.9)
    return None


def _counts(row: Row, heading: Columns | None) -> bool:
    at = heading.fields.get("quantity", (-1, 0))[0] if heading else -1
    return 0 <= at < len(row.cells) and quantity(row.cells[at]) is not None


def _coded_twice(lines: list[RawLine]) -> tuple[list[RawLine], tuple[str, ...]]:
    """A column Item that holds codes beside the column of article numbers describes nothing: whose codes are they?"""
    items = [line.fields["item"].text for line in lines if "item" in line.fields]
    if not items or _numbering(items) or not all(_is_plain_code(text) for text in items):
        return lines, ()
    if not all("sku" in line.fields for line in lines):
        return lines, ()
    bare = [RawLine({name: text for name, text in line.fields.items() if name != "item"}) for line in lines]
    return bare, (f"two columns may be the article number: one says “{items[0][:40]}”",)


def _items(lines: list[RawLine]) -> list[RawLine]:
    """The ambiguous column "Item" settled: a code, a description, both in one, or no more than the line's number."""
    items = [line.fields["item"].text for line in lines if "item" in line.fields]
    if not items:
        return lines
    numbered = _numbering(items)
    return [RawLine(settled(dict(line.fields), numbered=numbered)) for line in lines]


def settled(fields: dict[str, Text], *, numbered: bool = False) -> dict[str, Text]:
    item = fields.pop("item", None)
    if item is None:
        return fields
    if "sku" in fields:
        if "description" not in fields and not numbered:
            fields["description"] = item
    elif "description" in fields:
        if (is_code(item.text) or is_spaced(item.text)) and not numbered:
            fields["sku"] = item
    elif is_spaced(item.text):
        fields["sku"] = item
    else:
        code, words = split_item(item.text)
        if code:
            fields["sku"] = Text(code, item.document, item.place, item.evidence, item.score, item.zone)
        if words:
            fields["description"] = Text(words, item.document, item.place, item.evidence, item.score, item.zone)
    return fields


def _numbering(items: list[str]) -> bool:
    """1, 2, 3 or 10, 20, 30: the lines are counted, nothing is named."""
    plain = [
        int(item.rstrip("."))
        for item in items
        if item.rstrip(".").isascii() and item.rstrip(".").isdigit() and len(item) < 7
    ]
    return len(plain) == len(items) and any(
        plain == [step * n for n in range(1, len(plain) + 1)] for step in (1, 10, 100)
    )
