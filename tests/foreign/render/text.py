"""Blocks as plain text, the way that mail programs and exports show them."""

from collections.abc import Sequence

from tests.foreign.blocks import Block, Box, Pairs, Para, Side, Table, Title


def draw(blocks: Sequence[Block], *, style: str = "aligned") -> str:
    """``style`` of tables: aligned | pipes | tabs | stacked (every cell on a line of its own, as a paste leaves it)."""
    return "\n\n".join(part for part in (_block(block, style) for block in blocks) if part.strip()) + "\n"


def _block(block: Block, style: str) -> str:
    match block:
        case Title(text):
            return text
        case Para(lines):
            return "\n".join(lines)
        case Pairs(rows, how):
            return _pairs([(label, value.text) for label, value in rows], how)
        case Box(rows):
            return _pairs([(label, value.text) for label, value in rows], "colon")
        case Side(columns):
            return "\n\n".join("\n".join(column) for column in columns)
        case Table():
            return _table(block, style)


def _pairs(rows: list[tuple[str, str]], how: str) -> str:
    wide = max((len(label) for label, _ in rows), default=0)
    if how == "dots":
        return "\n".join(f"{label.ljust(wide + 3, '.')}: {value}" for label, value in rows)
    if how == "grid":
        return "\n".join(f"{label.ljust(wide + 2)}{value}" for label, value in rows)
    if how == "above":
        cols = [max(len(label), len(value)) + 3 for label, value in rows]
        return "\n".join("".join(pair[n].ljust(w) for pair, w in zip(rows, cols, strict=True)).rstrip() for n in (0, 1))
    return "\n".join(f"{label.rstrip(':')}: {value}" for label, value in rows)


def _table(table: Table, style: str) -> str:
    rows = [
        [head.replace("\n", " ") for head in table.heads],
        *([one.text.replace("\n", " ") for one in row] for row in table.rows),
    ]
    foot = [(label, value.text) for label, value in table.foot]
    if style == "tabs":
        pad = "\t" * max(0, len(table.heads) - 2)
        return "\n".join(["\t".join(row) for row in rows] + [f"{pad}{label}\t{value}" for label, value in foot])
    if style == "stacked":
        return "\n".join([one for row in rows for one in row] + [one for pair in foot for one in pair])
    cols = [max(len(row[n]) for row in rows) for n in range(len(table.heads))]
    numeric = [all(row[n].value is not None for row in table.rows) for n in range(len(table.heads))]

    def line(row: list[str], gap: str) -> str:
        return gap.join(
            one.rjust(w) if right else one.ljust(w) for one, w, right in zip(row, cols, numeric, strict=True)
        )

    if style == "pipes":
        body = ["| " + line(row, " | ") + " |" for row in rows]
        body.insert(1, "|" + "|".join("-" * (w + 2) for w in cols) + "|")
        return "\n".join(body) + "".join(f"\n{label}: {value}" for label, value in foot)
    body = [line(row, "  ").rstrip() for row in rows]
    if table.look != "plain":
        body.insert(1, "-" * len(line(rows[0], "  ")))
    wide = max(len(one) for one in body)
    return "\n".join([*body, *("" for _ in foot[:1]), *(f"{label}: {value}".rjust(wide) for label, value in foot)])
