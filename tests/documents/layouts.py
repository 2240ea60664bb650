"""Workbooks, delimited texts and Word documents out of rows, and the orders that are read in them."""

import csv
import datetime as dt
import io

import docx
import openpyxl

from maildaemon.edge import playbooks
from maildaemon.model import Reading
from maildaemon.understand import understand_file
from tests.documents import making

PLAYBOOK = playbooks.load()


def xlsx(*rows, title="Sheet1", change=None):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for at, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            if value not in {None, ""}:
                sheet.cell(at, column, value)
    if change is not None:
        change(book)
    return making.saved(book)


def delimited(*rows, mark=";", encoding="utf-8"):
    out = io.StringIO()
    csv.writer(out, delimiter=mark).writerows(rows)
    return out.getvalue().encode(encoding)


def word(*parts):
    """Paragraphs, and tables given as lists of rows."""
    written = docx.Document()
    for part in parts:
        if isinstance(part, str):
            written.add_paragraph(part)
        else:
            table(written, part)
    return making.saved(written)


def table(parent, rows):
    made = parent.add_table(0, len(rows[0]))
    for row in rows:
        for cell, value in zip(made.add_row().cells, row, strict=True):
            cell.text = str(value)
    return made


def reading(data, name="order.xlsx") -> Reading:
    return understand_file(name, data, PLAYBOOK)


def one(data, name="order.xlsx"):
    (order,) = reading(data, name).orders
    return order


def stated(order, *names):
    return tuple(shown(getattr(order, name)) for name in names)


def lines(order, *names):
    return [stated(line, *names) for line in order.lines]


def shown(found):
    if found is None:
        return None
    return found.value.isoformat() if isinstance(found.value, dt.date) else str(found.value)


def doubts(found):
    """All that keeps the reading from being acknowledged."""
    return [*found.unread, *found.doubts, *found.remarks, *(doubt for order in found.orders for doubt in order.doubts)]
