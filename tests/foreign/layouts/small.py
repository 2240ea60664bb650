"""Papers of small firms' programs: QuickBooks, Xero, Lexware, Word and Excel templates, letters."""

from collections.abc import Sequence

from tests.foreign.blocks import Block, Box, Cell, Pairs, Para, Side, Table, Title
from tests.foreign.content import SUPPLIER
from tests.foreign.layouts.base import Layout, layout
from tests.foreign.order import Order
from tests.foreign.parts import addressed, addresses, letterhead, notes, pairs, sums, table, title
from tests.foreign.voice import Voice

KEYS = ("po_number", "order_date", "delivery_date", "terms")


def quickbooks(order: Order, voice: Voice) -> Sequence[Block]:
    columns = tuple(filter(None, (addressed(voice("supplier"), SUPPLIER), addressed(voice("ship_to"), order.ship_to))))
    body = table(
        order, voice, ("sku", "description", "quantity", "price", "amount"), look="shaded", money="none", foot=False
    )
    return [
        Para(order.buyer.block),
        Title(title(order, voice)),
        Side(columns),
        pairs(order, voice, KEYS, "above"),
        body,
        *notes(order, voice, label=False),
        Box(sums(order, voice, "values")),
    ]


def xero(order: Order, voice: Voice) -> Sequence[Block]:
    """Labels at the left above their values in one narrow column; delivery details at the foot."""
    side = [
        part for label, value in pairs(order, voice, KEYS, references=False).rows for part in (label, value.text, "")
    ]
    body = table(order, voice, ("description", "sku", "quantity", "price", "amount"), look="lines", money="head")
    foot = Side(
        tuple(filter(None, (addressed(voice("ship_to"), order.ship_to), addressed(voice("bill_to"), order.bill_to))))
    )
    return [
        Title(title(order, voice)),
        Side((order.buyer.block, tuple(side), SUPPLIER.block)),
        body,
        foot,
        *notes(order, voice),
    ]


def lexware(order: Order, voice: Voice) -> Sequence[Block]:
    """A business letter with the table in it."""
    subject = f"{title(order, voice)} {order.po_number}" if order.po_number else title(order, voice)
    body = table(
        order,
        voice,
        ("position", "quantity", "unit", "sku", "description", "price", "amount"),
        look="lines",
        money="head",
    )
    return [letterhead(order, voice), Para(SUPPLIER.block), pairs(order, voice, KEYS[1:], "colon"), Title(subject), Para((voice("greeting"), voice("intro"))),
            body, addresses(order, voice, supplier=False), *notes(order, voice, label=False), Para((voice("closing"), order.buyer.name))]  # fmt: skip


def quantity_first(order: Order, voice: Voice) -> Sequence[Block]:
    body = table(
        order, voice, ("quantity", "unit", "description", "sku", "price", "amount"), look="ruled", money="values"
    )
    return [
        Title(title(order, voice)),
        pairs(order, voice, ("buyer", *KEYS), "grid"),
        body,
        addresses(order, voice),
        *notes(order, voice),
    ]


def no_prices(order: Order, voice: Voice) -> Sequence[Block]:
    """Quantities alone: the prices are those agreed."""
    body = table(order, voice, ("position", "sku", "description", "quantity", "unit"), look="ruled", foot=False)
    return [
        letterhead(order, voice),
        Title(title(order, voice)),
        pairs(order, voice, KEYS, "colon"),
        body,
        addresses(order, voice, supplier=False),
        *notes(order, voice),
    ]


def wordform(order: Order, voice: Voice) -> Sequence[Block]:
    """A form in two-column boxes: everything stands in a table."""
    head = pairs(order, voice, ("buyer", "supplier", *KEYS, "ship_to", "bill_to", "currency"), "grid")
    body = table(
        order,
        voice,
        ("position", "sku", "description", "quantity", "unit", "price", "amount"),
        look="ruled",
        money="none",
    )
    return [Title(title(order, voice)), head, body, *notes(order, voice)]


def wrapped(order: Order, voice: Voice) -> Sequence[Block]:
    """Narrow columns: texts and even codes run over several lines."""
    made = table(
        order,
        voice,
        ("position", "sku", "description", "quantity", "unit", "price", "amount"),
        look="plain",
        money="head",
    )
    narrow = (0.06, 0.13, 0.17, *(0.11,) * (len(made.heads) - 3))
    body = Table(made.heads, made.rows, made.foot, "plain", tuple(one / sum(narrow) for one in narrow))
    return [
        letterhead(order, voice),
        Title(title(order, voice)),
        pairs(order, voice, KEYS, "grid"),
        addresses(order, voice),
        body,
        *notes(order, voice),
    ]


def totals_box(order: Order, voice: Voice) -> Sequence[Block]:
    body = table(
        order,
        voice,
        ("position", "description", "sku", "quantity", "price", "amount"),
        look="plain",
        money="none",
        foot=False,
    )
    return [Side((SUPPLIER.block, order.buyer.block)), Title(title(order, voice)), pairs(order, voice, (*KEYS, "currency"), "dots"), body,
            Box(sums(order, voice, "total")), addresses(order, voice, supplier=False), *notes(order, voice)]  # fmt: skip


def fax(order: Order, voice: Voice) -> Sequence[Block]:
    """A sheet typed for the fax machine, one article a paragraph."""
    items = []
    for line in order.lines:
        price = f"{voice.money(line.price)} {order.money}"
        items.append(f"{voice.count(line.quantity)} {line.unit}  {line.sku}  {line.description}  {price}")
    sign = tuple((label, value) for label, value in sums(order, voice, "values"))
    return [
        Para((order.buyer.name, order.buyer.street, order.buyer.city)),
        Title(title(order, voice)),
        pairs(order, voice, (*KEYS, "ship_to"), "colon"),
        Para(tuple(items)),
        Pairs(sign),
        *notes(order, voice),
    ]


def two_line_items(order: Order, voice: Voice) -> Sequence[Block]:
    """Figures on the first line of an item, its text below over the full width."""
    rows = []
    for n, line in enumerate(order.lines, 1):
        rows.append(
            (
                Cell(str(n)),
                Cell(line.sku or ""),
                Cell(voice.count(line.quantity), line.quantity),
                Cell(line.unit),
                Cell(voice.money(line.price), line.price),
                Cell(voice.money(line.amount), line.amount),
            )
        )
        rows.append((Cell(""), Cell(line.description), Cell(""), Cell(""), Cell(""), Cell("")))
    top = (voice("position"), voice("sku"), voice("quantity"), voice("unit"), voice("price"), voice("amount"))
    body = Table(top, tuple(rows), sums(order, voice, "head"), "plain", (0.08, 0.42, 0.12, 0.1, 0.14, 0.14))
    return [
        letterhead(order, voice),
        Title(title(order, voice)),
        pairs(order, voice, (*KEYS, "currency"), "colon"),
        addresses(order, voice),
        body,
        *notes(order, voice),
    ]


LAYOUTS: tuple[Layout, ...] = (
    layout("quickbooks", "pdf html docx", quickbooks, lacks="unit bill_to"),
    layout("xero", "pdf", xero, lacks="unit"),
    layout("lexware", "pdf docx text", lexware),
    layout("quantity-first", "pdf html xlsx docx text", quantity_first),
    layout(
        "no-prices", "pdf html docx xls text ods", no_prices, lacks="price amount total currency tax freight discount"
    ),
    layout("wordform", "docx html xlsx", wordform),
    layout("wrapped", "pdf scan", wrapped),
    layout("totals-box", "pdf docx", totals_box, lacks="unit"),
    layout("fax", "scan text docx", fax, lacks="amount discount buyer bill_to", font="Courier", size=9),
    layout("two-line-items", "pdf text", two_line_items, lacks="discount"),
)
