"""CSV and TSV exports, with each country's delimiters, decimal marks and character sets."""

import csv
import io
from collections.abc import Sequence

from tests.foreign.layouts.base import Layout, Made
from tests.foreign.order import Order
from tests.foreign.parts import cell, header_value, heads, pairs, sums, title, with_discount
from tests.foreign.voice import Voice

COLUMNS = ("position", "sku", "description", "quantity", "unit", "price", "amount")


def written(rows: Sequence[Sequence[str]], voice: Voice, form: str) -> Made:
    delimiter = "\t" if form == "tsv" else voice.rng.choice(",;" if voice.decimal == "." else ";;|")
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=voice.rng.choice(("\r\n", "\n"))).writerows(rows)
    charset = voice.rng.choice(("utf-8", "utf-8-sig", "cp1252"))
    return Made(data=out.getvalue().replace("\u202f", " ").encode(charset, "replace"))


def lines(order: Order, voice: Voice, keys: tuple[str, ...]) -> list[list[str]]:
    keys = with_discount(order, keys)
    return [
        list(heads(order, voice, keys, "none")),
        *([cell(line, n, key, voice).text for key in keys] for n, line in enumerate(order.lines, 1)),
    ]


def flat(order: Order, voice: Voice, form: str) -> Made:
    """Every row carries the order's own data."""
    keys = ("po_number", "order_date", "delivery_date", "currency", "ship_to")
    head = [(voice(key), value.text) for key in keys if (value := header_value(order, voice, key))]
    top, *rest = lines(order, voice, COLUMNS)
    return written(
        [[*(label for label, _ in head), *top], *([*(value for _, value in head), *row] for row in rest)], voice, form
    )


def headed(order: Order, voice: Voice, form: str) -> Made:
    """Labels and values first, an empty row, the table, the sums."""
    facts = [
        [label, value.text]
        for label, value in pairs(
            order, voice, ("po_number", "order_date", "delivery_date", "currency", "terms", "ship_to")
        ).rows
    ]
    rows = [
        [title(order, voice)],
        *facts,
        [],
        *lines(order, voice, COLUMNS),
        [],
        *([label, value.text] for label, value in sums(order, voice, "none")),
        *([note] for note in order.notes),
    ]
    return written(rows, voice, form)


def datev(order: Order, voice: Voice, form: str) -> Made:
    """Technical headings in capitals, no units, no texts."""
    top = ["ORDER_NO", "ORDER_DATE", "DELIVERY_DATE", "LINE", "ITEM", "EAN", "QTY", "PRICE", "CURRENCY"]
    date, wanted = (value.text if value else "" for value in (order.order_date, order.requested))
    rows = [
        [
            order.po_number or "",
            date,
            wanted,
            str(n),
            line.sku or "",
            line.gtin or "",
            voice.count(line.quantity),
            voice.money(line.price),
            order.currency,
        ]
        for n, line in enumerate(order.lines, 1)
    ]
    return written([top, *rows], voice, form)


def quick(order: Order, voice: Voice, form: str) -> Made:
    """Code, quantity, price; the number stands in every row's last field."""
    rows = [
        [line.sku or "", voice.count(line.quantity), voice.money(line.price), order.po_number or ""]
        for line in order.lines
    ]
    return written([[voice("sku"), voice("quantity"), voice("price"), voice("po_number")], *rows], voice, form)


FLAT = "title total tax freight terms bill_to notes buyer"
LAYOUTS: tuple[Layout, ...] = (
    Layout("list-flat", ("csv", "tsv"), flat, frozenset(FLAT.split())),
    Layout("list-headed", ("csv", "tsv"), headed, frozenset({"bill_to", "buyer"})),
    Layout(
        "list-datev",
        ("csv", "tsv"),
        datev,
        frozenset(f"{FLAT} amount unit description ship_to discount".split()),
        frozenset({"gtin"}),
    ),
    Layout(
        "list-quick",
        ("csv", "tsv"),
        quick,
        frozenset(f"{FLAT} amount unit description ship_to discount order_date requested currency".split()),
    ),
)
