"""Rows of cells → order lines: the columns by their headings, what is no line set apart."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from maildaemon.parse import sums
from maildaemon.parse.codes import is_code
from maildaemon.parse.headings import SUMS, WHAT, Columns, columns
from maildaemon.parse.items import coded_positions, coded_twice, items_settled, told_apart, unfolded
from maildaemon.parse.labels import Labels, named
from maildaemon.parse.numbers import currency, number
from maildaemon.parse.raw import RawLine, Text
from maildaemon.parse.rows import Block, Row

LINES_LIMIT = 5000
_RULES = "-=_*+|~.: \t"
# What a column holds that says nothing: no discount, a price for one, no remark.
_NOTHING = frozenset({"", "-", "–", "—", "/", ".", "0", "0%", "0 %", "0.00", "0,00", "0.0", "1", "n/a", "na", "none"})
_SPEAKS = re.compile(r"[^\W\d_]{2}|[☐☑☒✓✔✗✘]")
_NAMED = frozenset({"description", "item", "amount"})
DOUBTS_LIMIT = 5


def read(rows: Iterable[Row], heading: Columns, labels: Labels) -> Block:
    """The order lines below a heading."""
    if heading.supposed:
        rows = list(rows)
        if not sums.multiplied(rows, heading):
            return Block(doubts=("a table states prices, and how much is ordered was not found: it was not read",))
        heading = replace(heading, doubts=(*heading.doubts, "a column “Amount” was taken for the quantity"))
    if len(heading.items) > 1:
        rows = list(rows)
        heading = told_apart(rows, heading)
    elif heading.positions and WHAT.isdisjoint(set(heading.fields) - {"description"}):
        rows = list(rows)
        heading = coded_positions(rows, heading)
    reader = _Reader(heading, labels)
    for row in rows:
        if len(reader.block.lines) >= LINES_LIMIT:
            reader.said[f"a table has more than {LINES_LIMIT} lines"] = None
            break
        reader.row(row)
    return reader.finished()


class _Reader:
    """Takes the rows one by one."""

    def __init__(self, heading: Columns, labels: Labels) -> None:
        self.heading, self.labels = heading, labels
        self.block = Block(doubts=heading.doubts, languages=heading.languages)
        self.said: dict[str, None] = {}
        self.notes: dict[int, list[Text]] = {}
        self.sums: set[Decimal] = set()
        self.signs: dict[str, Text] = {}

    def row(self, row: Row) -> None:
        filled = [cell for cell in row.cells if cell]
        if not any(cell.strip(_RULES) for cell in filled) or columns(row.cells, self.labels):
            return
        told = sums.stated(row, self.heading, self.labels)
        if told is not None:
            self.block.stated.extend(told)
            self.sums.update(sums.amounts(filled))
        elif (note := _note(row, self.heading)) is not None:
            heads = named(self.labels.column, note.text) is not None and note.text == note.text.rstrip(": ")
            if not heads and not _labelled(self.block, note, self.labels):
                self.notes.setdefault(len(self.block.lines), []).append(note)
        elif self.block.lines and sums.is_sum(row, self.heading):
            self.sums.update(sums.amounts(filled))
        else:
            self._line(row, filled)

    def _line(self, row: Row, filled: list[str]) -> None:
        """A row that may be an order line, or goes on with the one above."""
        texts = _texts(row, self.heading, "")
        if SUMS.isdisjoint(texts):
            words = texts.get("description") or texts.get("item")
            if words is None or not _labelled(self.block, words, self.labels):
                _continue(self.block, texts)
        elif texts.keys() <= _NAMED and self.block.lines and not sums.counts(row, self.heading):
            # Words and an amount: what was carried forward is proved by adding up, anything else is a doubt.
            found = number(texts["amount"].text) if "amount" in texts else None
            if found is None or not sums.adds_up(self.block, found):
                shown = " | ".join(dict.fromkeys(filled))[:60]
                self.said[f"a row states an amount and no quantity, and was not read: “{shown}”"] = None
        elif not WHAT.isdisjoint(texts):
            self.said.update(_untold(row, self.heading, texts))
            self.signs.update(_signs(row, self.heading))
            self.block.lines.append(RawLine(unfolded(texts, self.labels)))
            self.block.order.append(_texts(row, self.heading, "order."))

    def finished(self) -> Block:
        block = self.block
        sums.priced(block, self.sums)
        block.doubts = (*block.doubts, *list(self.said)[:DOUBTS_LIMIT])
        block.lines, said_twice = coded_twice(block.lines)
        block.doubts = (*block.doubts, *said_twice)
        block.lines = items_settled(block.lines)
        _described(block, self.notes)
        if not self.heading.currency and len(self.signs) == 1:
            block.stated.append(("currency", next(iter(self.signs.values()))))
        if self.heading.currency and block.lines:
            code, _ = self.heading.currency
            first = next(iter(block.lines[0].fields.values()))
            place = first.place.rsplit(", row", 1)[0] + " (heading)"
            block.stated.append(("currency", Text(code, first.document, place, code, 0.95, first.zone)))
        return block


def _texts(row: Row, heading: Columns, prefix: str) -> dict[str, Text]:
    """The filled cells by field: those of the line, or with the prefix ``order.`` those of its order."""
    return {
        name.removeprefix(prefix): row.text(at, score)
        for name, (at, score) in heading.fields.items()
        if name.startswith("order.") == bool(prefix) and at < len(row.cells) and row.cells[at]
    }


def _note(row: Row, heading: Columns) -> Text | None:
    """The one text that spans every column that is read: no line of its own."""
    places = [at for name, (at, _) in heading.fields.items() if name != "item" and at < len(row.cells)]
    texts = {row.cells[at] for at in places}
    if len(places) < 2 or len(texts) != 1 or not (text := next(iter(texts))).strip() or number(text) is not None:
        return None
    return row.text(places[0])


def _labelled(block: Block, note: Text, labels: Labels) -> bool:
    """Whether the text below a row states a further field of its line, which is then taken: "EAN 4006381333931"."""
    folded = unfolded({"item": note}, labels)
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


def _signs(row: Row, heading: Columns) -> dict[str, Text]:
    """The currencies that stand in a column of their own without a heading."""
    found: dict[str, Text] = {}
    for at, head in heading.unread:
        code = currency(row.cells[at]) if not head and at < len(row.cells) else None
        if code is not None:
            found.setdefault(code, replace(row.text(at, 0.95), text=code))
    return found


def _untold(row: Row, heading: Columns, texts: dict[str, Text]) -> dict[str, None]:
    """What the row says in columns that are not read."""
    read = {text.text for text in texts.values()}
    said: dict[str, None] = {}
    for at, head in heading.unread:
        text = row.cells[at].strip() if at < len(row.cells) else ""
        if text.casefold() in _NOTHING or text in read:
            continue
        if not head and (currency(text) is not None or not _SPEAKS.search(text)):
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
