"""Workbooks: order templates with a head, bare lists, helper lists beside the table, merged cells, hidden sheets."""

from decimal import Decimal

from tests.foreign.blocks import Cell
from tests.foreign.content import SUPPLIER
from tests.foreign.layouts.base import Layout, Made, workbook
from tests.foreign.order import Order
from tests.foreign.parts import cell, header_value, heads, notes, pairs, sums, title, with_discount
from tests.foreign.render.sheet import Grid, Row
from tests.foreign.voice import Voice

KEYS = ("po_number", "order_date", "delivery_date", "terms", "currency", "ship_to", "bill_to")
COLUMNS = ("position", "sku", "description", "quantity", "unit", "price", "amount")


def body(order: Order, voice: Voice, keys: tuple[str, ...], money: str = "none") -> list[Row]:
    keys = with_discount(order, keys)
    rows: list[Row] = [tuple(Cell(head) for head in heads(order, voice, keys, money))]
    return rows + [tuple(cell(line, n, key, voice) for key in keys) for n, line in enumerate(order.lines, 1)]


def foot(order: Order, voice: Voice, at: int) -> list[Row]:
    return [(*(None,) * at, Cell(label), value) for label, value in sums(order, voice, "none")]


def remarks(order: Order, voice: Voice) -> list[Row]:
    return [(Cell(line),) for para in notes(order, voice) for line in para.lines]


def template(order: Order, voice: Voice, form: str) -> Made:
    """Letter head, labels with their values two columns on, then the table."""
    rows: list[Row] = [(Cell(line),) for line in order.buyer.block]
    rows += [(), (Cell(title(order, voice)),), ()]
    rows += [(Cell(label), None, value) for label, value in pairs(order, voice, KEYS).rows]
    rows += [(), *body(order, voice, COLUMNS), (), *foot(order, voice, 5), (), *remarks(order, voice)]
    return Made(data=workbook(Grid(tuple(rows)), form))


def two_columns(order: Order, voice: Voice, form: str) -> Made:
    """Labels at the left and at the right of the head; the values below their labels."""
    facts = pairs(order, voice, KEYS).rows
    rows: list[Row] = [(Cell(title(order, voice)), None, None, None, Cell(order.buyer.name)), ()]
    for n in range(0, len(facts), 3):
        group = facts[n : n + 3]
        rows += [
            tuple(one for label, _ in group for one in (Cell(label), None)),
            tuple(one for _, value in group for one in (value, None)),
            (),
        ]
    rows += [*body(order, voice, COLUMNS, "head"), *foot(order, voice, 5), (), *remarks(order, voice)]
    return Made(data=workbook(Grid(tuple(rows)), form))


def helpers(order: Order, voice: Voice, form: str) -> Made:
    """A price list for drop-down fields stands beside the table, another on a hidden sheet."""
    side = [
        ("Lookup", ""),
        ("LB-EP2-400", "6.30"),
        ("FS-NUT-M8", "24.80"),
        ("TL-HEX-9", "13.90"),
        ("AD-TL243", "14.95"),
    ]
    rows: list[Row] = [
        (Cell(title(order, voice)),),
        *[(Cell(label), value) for label, value in pairs(order, voice, KEYS).rows],
        (),
    ]
    table = body(order, voice, COLUMNS)
    wide = len(table[0])
    for n, row in enumerate(table):
        extra = (
            (None, None, Cell(side[n][0]), Cell(side[n][1], Decimal(side[n][1]) if side[n][1] else None))
            if n < len(side)
            else ()
        )
        rows.append((*row, *(None,) * (wide - len(row)), *extra))
    rows += [*foot(order, voice, 5), (), *remarks(order, voice)]
    hidden: tuple[Row, ...] = (
        (Cell("SKU"), Cell("Qty"), Cell("Price")),
        (Cell("TL-IMP-18V"), Cell("99", Decimal(99)), Cell("1", Decimal("1.00"))),
    )
    return Made(data=workbook(Grid(tuple(rows), hidden=hidden), form))


def merged(order: Order, voice: Voice, form: str) -> Made:
    """A form with merged cells: titles over the full width, texts over two columns."""
    keys = with_discount(order, ("position", "sku", "description", "quantity", "unit", "price", "amount"))
    at = keys.index("description")
    rows: list[Row] = [(Cell(title(order, voice)),), (Cell(f"{voice('supplier')}: {SUPPLIER.name}"),)]
    areas = ["A1:H1", "A2:H2"]
    for label, value in pairs(order, voice, KEYS).rows:
        rows.append((Cell(label), None, value))
        areas += [f"A{len(rows)}:B{len(rows)}", f"C{len(rows)}:E{len(rows)}"]
    rows.append(())
    for row in body(order, voice, keys):
        rows.append((*row[: at + 1], None, *row[at + 1 :]))
        areas.append(f"{chr(65 + at)}{len(rows)}:{chr(66 + at)}{len(rows)}")
    rows += [*foot(order, voice, len(keys) - 1), (), *remarks(order, voice)]
    return Made(data=workbook(Grid(tuple(rows), merged=tuple(areas)), form))


def flat(order: Order, voice: Voice, form: str) -> Made:
    """An export: the order's own data repeated in every row."""
    head = [
        (voice(key), value)
        for key in ("po_number", "order_date", "delivery_date", "currency", "ship_to")
        if (value := header_value(order, voice, key))
    ]
    rows = [
        (*[value for _, value in head], *row)
        for row in body(order, voice, ("position", "sku", "description", "quantity", "unit", "price", "amount"))[1:]
    ]
    keys = with_discount(order, ("position", "sku", "description", "quantity", "unit", "price", "amount"))
    top = (*[Cell(label) for label, _ in head], *[Cell(one) for one in heads(order, voice, keys, "none")])
    return Made(data=workbook(Grid((top, *rows), name="Export"), form))


def bare(order: Order, voice: Voice, form: str) -> Made:
    """Number and date in the first row, then codes and quantities."""
    first: Row = tuple(
        Cell(text)
        for text in (title(order, voice), order.po_number or "", order.order_date.text if order.order_date else "")
    )
    rows = [first, (), *body(order, voice, ("sku", "description", "quantity", "unit"))]
    return Made(data=workbook(Grid(tuple(rows)), form))


BARE = "price amount total currency tax freight discount requested ship_to bill_to terms notes buyer"
LAYOUTS: tuple[Layout, ...] = (
    Layout("sheet-template", ("xlsx", "xls", "ods"), template),
    Layout("sheet-two-columns", ("xlsx", "ods", "xls"), two_columns),
    Layout("sheet-helpers", ("xlsx",), helpers),
    Layout("sheet-merged", ("xlsx",), merged),
    Layout(
        "sheet-flat",
        ("xlsx", "ods", "xls"),
        flat,
        frozenset("title total tax freight terms bill_to notes buyer".split()),
    ),
    Layout("sheet-bare", ("xlsx", "xls", "ods"), bare, frozenset(BARE.split())),
)
