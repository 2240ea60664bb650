"""Print-outs of the large order systems: SAP, Dynamics and Navision, Odoo, Sage, Coupa, Ariba, Infor, Baan."""

from collections.abc import Sequence

from tests.foreign.blocks import Block, Box, Cell, Pairs, Para, Side, Table, Title
from tests.foreign.content import SUPPLIER
from tests.foreign.layouts.base import Layout, layout
from tests.foreign.order import Order
from tests.foreign.parts import addressed, addresses, letterhead, notes, pairs, sums, table, title
from tests.foreign.voice import Voice

KEYS = ("po_number", "order_date", "delivery_date", "terms")


def sap(order: Order, voice: Voice) -> Sequence[Block]:
    """Number and date in one field, each item on two lines: what it is, then how much of it."""
    date = order.order_date.text if order.order_date else ""
    both = Cell(f"{order.po_number} / {date}" if date else order.po_number or "")
    box = [(f"{voice('po_number')} / {voice('order_date')}", both)] if order.po_number else []
    more = pairs(order, voice, ("delivery_date", "terms") if box else KEYS, "grid")
    rows = []
    for n, line in enumerate(order.lines, 1):
        rows.append((Cell(f"{n * 10:05d}"), Cell(line.sku or ""), Cell(line.description), Cell(""), Cell("")))
        amount = Cell(voice.money(line.amount), line.amount)
        rows.append(
            (
                Cell(""),
                Cell(f"{voice.count(line.quantity)} {line.unit}"),
                Cell(f"{voice.money(line.price)} / 1 {line.unit}"),
                Cell(""),
                amount,
            )
        )
    top = (voice("position"), voice("sku"), voice("description"), "", "")
    second = ("", voice("quantity"), voice("price"), "", f"{voice('amount')} {order.money}")
    body = Table(
        tuple(f"{a}\n{b}".strip() for a, b in zip(top, second, strict=True)),
        tuple(rows),
        sums(order, voice, "total"),
        "lines",
        (0.1, 0.22, 0.38, 0.1, 0.2),
    )
    return [Title(title(order, voice)), Side((SUPPLIER.block, order.buyer.block)), Pairs((*box, *more.rows), "grid"),
            Side(tuple(filter(None, (addressed(voice("ship_to"), order.ship_to), addressed(voice("bill_to"), order.bill_to))))), body, *notes(order, voice)]  # fmt: skip


def navision(order: Order, voice: Voice) -> Sequence[Block]:
    right = pairs(order, voice, (*KEYS, "currency"), "grid")
    body = table(
        order, voice, ("sku", "description", "quantity", "unit", "price", "amount"), look="lines", money="total"
    )
    return [
        letterhead(order, voice),
        Title(f"{title(order, voice)} {order.po_number or ''}".strip()),
        right,
        addresses(order, voice),
        body,
        *notes(order, voice),
    ]


def odoo(order: Order, voice: Voice) -> Sequence[Block]:
    """The code in brackets before the text, the unit behind the quantity, labels above their values."""
    rows = tuple(
        (Cell(f"[{line.sku}] {line.description}"), Cell(f"{voice.count(line.quantity)} {line.unit}"), Cell(voice.money(line.price), line.price), Cell(f"{voice.money(line.amount)} {order.money}"))
        for line in order.lines
    )  # fmt: skip
    body = Table(
        (voice("description"), voice("quantity"), voice("price"), voice("amount")),
        rows,
        sums(order, voice, "values"),
        "lines",
        (0.5, 0.17, 0.15, 0.18),
    )
    return [Side((SUPPLIER.block, *filter(None, (addressed(voice("ship_to"), order.ship_to),)))), Title(f"{title(order, voice)} #{order.po_number}" if order.po_number else title(order, voice)),
            pairs(order, voice, ("po_number", "order_date", "delivery_date", "terms"), "above"), body, *notes(order, voice, label=False)]  # fmt: skip


def sage(order: Order, voice: Voice) -> Sequence[Block]:
    body = table(
        order, voice, ("sku", "description", "quantity", "price", "amount"), look="shaded", money="head", foot=False
    )
    return [
        Side((order.buyer.block, (title(order, voice),))),
        pairs(order, voice, KEYS, "grid"),
        addresses(order, voice, supplier=False),
        body,
        *notes(order, voice),
        Box(sums(order, voice)),
    ]


def coupa(order: Order, voice: Voice) -> Sequence[Block]:
    head = pairs(
        order, voice, ("po_number", "order_date", "delivery_date", "currency", "terms", "buyer", "supplier"), "grid"
    )
    body = table(
        order,
        voice,
        ("position", "description", "sku", "quantity", "unit", "price", "amount"),
        look="ruled",
        money="values",
    )
    return [Title(title(order, voice)), head, addresses(order, voice, supplier=False), body, *notes(order, voice)]


def ariba(order: Order, voice: Voice) -> Sequence[Block]:
    """From/to beside each other; below each item a line of details."""
    rows = []
    for n, line in enumerate(order.lines, 1):
        rows.append(
            (
                Cell(str(n)),
                Cell(line.sku or ""),
                Cell(f"{voice.count(line.quantity)} ({line.unit})"),
                Cell(f"{voice.money(line.price)} {order.money}"),
                Cell(f"{voice.money(line.amount)} {order.money}"),
            )
        )
        rows.append((Cell(""), Cell(f"{voice('description')}: {line.description}"), Cell(""), Cell(""), Cell("")))
    top = (voice("position"), voice("sku"), f"{voice('quantity')} ({voice('unit')})", voice("price"), voice("amount"))
    body = Table(top, tuple(rows), sums(order, voice, "values"), "lines", (0.08, 0.42, 0.15, 0.17, 0.18))
    return [Title(f"{title(order, voice)}: {order.po_number}" if order.po_number else title(order, voice)),
            Side((addressed(voice("buyer"), order.buyer), addressed(voice("supplier"), SUPPLIER))), pairs(order, voice, KEYS, "colon"),
            addresses(order, voice, supplier=False), body, *notes(order, voice)]  # fmt: skip


def infor(order: Order, voice: Voice) -> Sequence[Block]:
    """Headings of two lines, our code and theirs in one column above each other."""
    rows = tuple(
        (Cell(str(n), None), Cell(f"{line.sku}\n{line.description}"), Cell(f"{voice.count(line.quantity)}\n{line.unit}"), Cell(voice.money(line.price), line.price), Cell(voice.money(line.amount), line.amount))
        for n, line in enumerate(order.lines, 1)
    )  # fmt: skip
    top = (
        voice("position"),
        f"{voice('sku')}\n{voice('description')}",
        f"{voice('quantity')}\n{voice('unit')}",
        f"{voice('price')}\n{order.money}",
        f"{voice('amount')}\n{order.money}",
    )
    body = Table(top, rows, sums(order, voice, "total"), "ruled", (0.08, 0.5, 0.14, 0.14, 0.14))
    return [
        letterhead(order, voice),
        Title(title(order, voice)),
        pairs(order, voice, KEYS, "dots"),
        addresses(order, voice, supplier=False),
        body,
        *notes(order, voice),
    ]


def baan(order: Order, voice: Voice) -> Sequence[Block]:
    """A line printer's page in Courier, columns by blanks alone."""
    body = table(
        order,
        voice,
        ("position", "sku", "description", "quantity", "unit", "price", "amount"),
        look="plain",
        money="total",
    )
    return [
        Para(order.buyer.block),
        Title(title(order, voice)),
        pairs(order, voice, (*KEYS, "ship_to", "bill_to"), "dots"),
        body,
        *notes(order, voice),
    ]


def carried(order: Order, voice: Voice) -> Sequence[Block]:
    """Several pages: headings repeated, the sum handed on."""
    body = table(
        order,
        voice,
        ("position", "sku", "description", "quantity", "unit", "price", "amount"),
        look="lines",
        money="head",
        carry=True,
    )
    return [
        letterhead(order, voice),
        Title(title(order, voice)),
        pairs(order, voice, KEYS, "colon"),
        addresses(order, voice),
        body,
        *notes(order, voice),
    ]


def own_codes(order: Order, voice: Voice) -> Sequence[Block]:
    """The buyer's own part numbers beside ours, and the barcode."""
    body = table(
        order,
        voice,
        ("position", "buyer_sku", "sku", "gtin", "description", "quantity", "price", "amount"),
        look="ruled",
        money="head",
    )
    return [
        letterhead(order, voice),
        Title(title(order, voice)),
        pairs(order, voice, KEYS, "grid"),
        addresses(order, voice),
        body,
        *notes(order, voice),
    ]


def grouped_heads(order: Order, voice: Voice) -> Sequence[Block]:
    """A frame with the order's own data right below the letter head, the labels above."""
    body = table(
        order,
        voice,
        ("position", "quantity", "unit", "sku", "description", "price", "amount"),
        look="shaded",
        money="total",
    )
    return [Side((order.buyer.block, SUPPLIER.block)), pairs(order, voice, (*KEYS, "currency"), "above"), Title(title(order, voice)),
            addresses(order, voice, supplier=False), body, *notes(order, voice, label=False)]  # fmt: skip


LAYOUTS: tuple[Layout, ...] = (
    layout("sap", "pdf scan docx", sap, lacks="discount buyer"),
    layout("navision", "pdf docx html xlsx", navision),
    layout("odoo", "pdf html", odoo, lacks="discount bill_to"),
    layout("sage", "pdf html xls", sage, lacks="unit"),
    layout("coupa", "pdf html docx", coupa),
    layout("ariba", "pdf html text", ariba, lacks="discount"),
    layout("infor", "pdf scan docx html", infor, lacks="discount"),
    layout("baan", "pdf text", baan, font="Courier", size=7.5),
    layout("carried", "pdf", carried, wrap=True),
    layout("own-codes", "pdf html xlsx", own_codes, lacks="unit", adds="gtin buyer_sku", size=8),
    layout("grouped-heads", "pdf docx ods", grouped_heads),
)
