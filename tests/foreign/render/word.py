"""Blocks as a Word document by python-docx."""

import io
from collections.abc import Sequence

import docx

from tests.foreign.blocks import Block, Box, Pairs, Para, Side, Table, Title


def draw(blocks: Sequence[Block]) -> bytes:
    document = docx.Document()
    for block in blocks:
        _block(document, block)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _block(document: docx.document.Document, block: Block) -> None:
    match block:
        case Title(text):
            document.add_heading(text, level=1)
        case Para(lines):
            for line in lines:
                document.add_paragraph(line)
        case Pairs(rows, "colon" | "dots"):
            for label, value in rows:
                document.add_paragraph(f"{label}:\t{value.text}")
        case Pairs(rows, "above"):
            _grid(document, [[label for label, _ in rows], [value.text for _, value in rows]], "")
        case Pairs(rows) | Box(rows):
            _grid(document, [[label, value.text] for label, value in rows], "")
        case Side(columns):
            _grid(document, [["\n".join(column) for column in columns]], "")
        case Table():
            _grid(
                document,
                [list(block.heads), *([one.text for one in row] for row in block.rows), *_foot(block)],
                "Table Grid" if block.look == "ruled" else "",
            )


def _foot(table: Table) -> list[list[str]]:
    return [[*[""] * (len(table.heads) - 2), label, value.text] for label, value in table.foot]


def _grid(document: docx.document.Document, rows: list[list[str]], style: str) -> None:
    if not rows or not rows[0]:
        return
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style=style or None)
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
