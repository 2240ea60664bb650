"""The rows of a table that state a sum: its total, parts of it, and what is carried over."""

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from maildaemon.parse.headings import Columns
from maildaemon.parse.labels import Label, Labels, exactly, named, without_currency
from maildaemon.parse.numbers import Number, currency, number
from maildaemon.parse.raw import RawLine, Text
from maildaemon.parse.rows import Block, Row
from maildaemon.parse.settle import price_text
from maildaemon.parse.units import quantity

_PRODUCT = ("quantity", "unit_price", "amount")
_RATE = re.compile(r"[0-9]{1,2}(?:[.,][0-9]{1,2})? ?%")


def stated(row: Row, heading: Columns | None, labels: Labels) -> list[tuple[str, Text]] | None:
    """None when the row is no sum; else the total that it states, or nothing (a subtotal, shipping, tax)."""
    first = next(place for place, text in enumerate(row.cells) if text)
    head, _, inline = row.cells[first].partition(":")
    head = head[:60]
    head = (_RATE.sub(" ", head) if "%" in head else head).strip(" =-*_()")
    if not head or head[0].isdigit() or len(head) > 40:
        return None
    label = named(labels.header, head)
    if (label is None or label.similarity < 1) and _carried(row, first, labels):
        return []
    if label is None or label.field != "total":
        known = named(labels.sums, head) or _begins(labels, head)
        # A typing error in a row that states a quantity is more likely an article than a sum.
        return None if known is None or (known.similarity < 1 and counts(row, heading)) else []
    if label.similarity < 1 and counts(row, heading):
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


def names_one(labels: Labels, text: str) -> bool:
    """The text is a label of a sum or a total."""
    head = text.rstrip(": ")[:40]
    label = named(labels.header, head)
    return (label is not None and label.field == "total") or named(labels.sums, head) is not None


def _carried(row: Row, first: int, labels: Labels) -> bool:
    """The words of a sum that a page has set in several columns: ``Carried`` ``forward``."""
    said = [text for text in row.cells[first : first + 6] if text]
    words = [text for text in said[:3] if not any(map(str.isdigit, text))]
    together = " ".join(words)
    return len(words) > 1 and len(together) <= 40 and exactly(labels.sums, together) is not None


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


def multiplied(rows: Iterable[Row], heading: Columns) -> bool:
    """In every row that states all three, the whole number below quantity times the price is the amount; one does."""
    proved = False
    for row in rows:
        cells = [row.cells[at] for name in _PRODUCT if (at := heading.fields[name][0]) < len(row.cells)]
        many, price, amount = (
            (number(price_text(cell)) for cell in cells) if len(cells) == len(_PRODUCT) else (None,) * 3
        )
        if many is None or price is None or amount is None:
            continue
        if many.currency or many.bare_sign or not _is_product(many, price, amount):
            return False
        proved = True
    return proved


def _is_product(many: Number, price: Number, amount: Number) -> bool:
    return any(
        one * each in amount.readings
        for one in many.readings
        if one == one.to_integral_value()
        for each in price.readings
    )


def counts(row: Row, heading: Columns | None) -> bool:
    at = heading.fields.get("quantity", (-1, 0))[0] if heading else -1
    return 0 <= at < len(row.cells) and quantity(row.cells[at]) is not None


def is_sum(row: Row, heading: Columns) -> bool:
    """Below the lines: a label that spans columns, or ends with a colon, and at most one figure, in the last column."""
    if counts(row, heading):
        return False
    first = next(text for text in row.cells if text)
    others = {text for text in row.cells if text and text != first}
    if number(first) is not None or len(others) > 1 or (others and row.cells[-1] not in others and first[-1] != ":"):
        return False
    return first[-1] == ":" or (row.cells.count(first) > 1 and all(number(text) is not None for text in others))


def adds_up(block: Block, sum_: Number) -> bool:
    """The amounts of all lines above, or of the last few of them."""
    whole = Decimal(0)
    for line in reversed(block.lines):
        amount = number(line.fields["amount"].text) if "amount" in line.fields else None
        if amount is None:
            return False
        whole += amount.readings[0]
        if whole in sum_.readings:
            return True
    return False


def amounts(cells: Iterable[str]) -> set[Decimal]:
    return {found.readings[0] for cell in cells if (found := number(cell.rpartition(":")[2])) is not None}


def priced(block: Block, sums: set[Decimal]) -> None:
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
