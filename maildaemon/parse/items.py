"""What of a line is its article: the columns that may name it told apart, and several names in one text."""

from collections.abc import Sequence
from dataclasses import replace

from maildaemon.parse.codes import is_code, is_spaced, split_item
from maildaemon.parse.headings import Columns
from maildaemon.parse.labels import Labels, exactly
from maildaemon.parse.raw import RawLine, Text
from maildaemon.parse.rows import Row
from maildaemon.parse.sums import counts

_CODES = frozenset({"sku", "buyer_sku", "gtin"})
_FOLDED = frozenset({"sku", "buyer_sku", "gtin", "requested_date"})
UNFOLDED_LIMIT = 400
_COUNTED = 50
"""The highest number of a line with which a page begins."""


def unfolded(texts: dict[str, Text], labels: Labels) -> dict[str, Text]:
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
        if field_name in _CODES:
            end = next((at for at in range(value + 1, end) if not any(map(str.isdigit, words[at]))), end)
        found.setdefault(field_name, replace(texts[name], text=" ".join(words[value:end])))
        left += words[end:after]
    if starts and left:
        found[name] = replace(texts[name], text=" ".join(left))
    return found


def told_apart(rows: Sequence[Row], heading: Columns) -> Columns:
    """Of two columns that may be the article, one only counts the lines, or one holds the codes and the other says
    what they are."""
    cells = {
        at: [row.cells[at] for row in rows if max(at, 0) < len(row.cells) and row.cells[at] and counts(row, heading)]
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


def coded_twice(lines: list[RawLine]) -> tuple[list[RawLine], tuple[str, ...]]:
    """A column Item that holds codes beside the column of article numbers describes nothing: whose codes are they?"""
    items = [line.fields["item"].text for line in lines if "item" in line.fields]
    if not items or _numbering(items) or not all(_is_plain_code(text) for text in items):
        return lines, ()
    if not all("sku" in line.fields for line in lines):
        return lines, ()
    bare = [RawLine({name: text for name, text in line.fields.items() if name != "item"}) for line in lines]
    return bare, (f"two columns may be the article number: one says “{items[0][:40]}”",)


def items_settled(lines: list[RawLine]) -> list[RawLine]:
    """The ambiguous column "Item" settled: a code, a description, both in one, or no more than the line's number."""
    items = [line.fields["item"].text for line in lines if "item" in line.fields]
    numbered = bool(items) and _numbering(items)
    return [RawLine(settled(dict(line.fields), numbered=numbered)) for line in lines]


_NO_TEXT = Text("")


def settled(fields: dict[str, Text], *, numbered: bool = False) -> dict[str, Text]:
    item = fields.pop("item", None)
    if item is None and "sku" not in fields and fields.get("description", _NO_TEXT).text.startswith("["):
        item = fields.pop("description")  # "[W-100] Hex bolt" states its code, whatever the column is called
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
    """1, 2, 3 or 10, 20, 30, on a further page 60, 70: the lines are counted, nothing is named."""
    plain = [
        int(item.rstrip("."))
        for item in items
        if item.rstrip(".").isascii() and item.rstrip(".").isdigit() and len(item) < 7
    ]
    if not plain or len(plain) != len(items):
        return False
    most = _COUNTED if len(plain) > 1 else 1
    return any(
        plain == list(range(plain[0], plain[0] + step * len(plain), step))
        and plain[0] in range(step, most * step + 1, step)
        for step in (1, 10, 100)
    )


def coded_positions(rows: Sequence[Row], heading: Columns) -> Columns:
    """A column No. that counts nothing but holds codes, each another, where no other column names the articles."""
    for at in heading.positions:
        cells = [row.cells[at] for row in rows if at < len(row.cells) and row.cells[at] and counts(row, heading)]
        if (
            cells
            and len(set(cells)) == len(cells)
            and all(map(is_code, cells))
            and any(any(map(str.isalpha, cell)) or len(cell) > 5 for cell in cells)
            and not _numbering(cells)
        ):
            return replace(heading, fields=heading.fields | {"sku": (at, 0.9)})
    return heading
