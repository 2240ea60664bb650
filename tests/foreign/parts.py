"""The parts of an order that most layouts print: heading, labels, addresses, lines, sums, remarks."""

from collections.abc import Sequence
from decimal import Decimal

from tests.foreign.blocks import Cell, Pairs, Para, Side, Table
from tests.foreign.content import SUPPLIER
from tests.foreign.order import Line, Order, Party, When
from tests.foreign.voice import Voice

RIGHT = frozenset({"quantity", "price", "amount", "discount"})


def title(order: Order, voice: Voice) -> str:
    return voice("title") if order.kind == "order" else voice(f"kind_{order.kind}")


def when(value: When) -> Cell:
    return Cell(value.text, value.days[0] if len(value.days) == 1 else None)


def pairs(order: Order, voice: Voice, keys: Sequence[str], how: str = "colon", *, references: bool = True) -> Pairs:
    """The labelled values among ``keys`` that the order has; then its other references, in a random place."""
    found: list[tuple[str, Cell]] = []
    for key in keys:
        value = header_value(order, voice, key)
        if value is not None:
            found.append((voice(key), value))
    for label, text in order.references if references else ():
        found.insert(voice.rng.randint(0, len(found)), (label, Cell(text)))
    return Pairs(tuple(found), how)


def header_value(order: Order, voice: Voice, key: str) -> Cell | None:
    match key:
        case "po_number":
            return Cell(order.po_number) if order.po_number else None
        case "order_date":
            return when(order.order_date) if order.order_date else None
        case "delivery_date":
            return when(order.requested) if order.requested else None
        case "currency":
            return Cell(order.money)
        case "terms":
            return Cell(order.terms) if order.terms else None
        case "ship_to":
            return Cell(", ".join(order.ship_to.block)) if order.ship_to else None
        case "bill_to":
            return Cell(", ".join(order.bill_to.block)) if order.bill_to else None
        case "buyer":
            return Cell(order.buyer.name)
        case "supplier":
            return Cell(SUPPLIER.name)
        case _:
            raise KeyError(key)


def addressed(label: str, party: Party | None) -> tuple[str, ...]:
    return (label + ":", *party.block) if party else ()


def addresses(order: Order, voice: Voice, *, supplier: bool = True) -> Side:
    blocks = [addressed(voice("supplier"), SUPPLIER)] if supplier else []
    blocks += [addressed(voice("ship_to"), order.ship_to), addressed(voice("bill_to"), order.bill_to)]
    return Side(tuple(block for block in blocks if block))


def letterhead(order: Order, voice: Voice) -> Side:
    return Side((order.buyer.block, (f"{voice('phone')} +353 1 55{len(order.buyer.name):02d}00", order.sender)))


def heads(order: Order, voice: Voice, keys: Sequence[str], money: str) -> tuple[str, ...]:
    suffix = f" {order.money}" if money == "head" else ""
    return tuple(voice(key) + (suffix if key in {"price", "amount"} else "") for key in keys)


def with_discount(order: Order, keys: Sequence[str]) -> tuple[str, ...]:
    """A discount has its column only where there is one."""
    if not any(line.discount for line in order.lines) or "amount" not in keys:
        return tuple(keys)
    return (*keys[: keys.index("amount")], "discount", *keys[keys.index("amount") :])


def cell(line: Line, number: int, key: str, voice: Voice, sign: str = "") -> Cell:
    match key:
        case "position":
            return Cell(
                str(number * 10 if voice("position") in {"Item", "Poste", "Position"} else number), Decimal(number)
            )
        case "quantity":
            return Cell(voice.count(line.quantity), line.quantity)
        case "price":
            return Cell(voice.money(line.price) + sign, line.price)
        case "amount":
            return Cell(voice.money(line.amount) + sign, line.amount)
        case "discount":
            return Cell(f"{line.discount}", line.discount)
        case _:
            return Cell(getattr(line, key) or "")


def table(
    order: Order, voice: Voice, keys: Sequence[str], *, look: str = "ruled", money: str = "head", foot: bool = True,
    carry: bool = False,
) -> Table:  # fmt: skip
    """``money``: where the currency stands: head, values, or elsewhere."""
    keys = with_discount(order, keys)
    sign = f" {order.money}" if money == "values" else ""
    rows = tuple(tuple(cell(line, n, key, voice, sign) for key in keys) for n, line in enumerate(order.lines, 1))
    return Table(
        heads(order, voice, keys, money),
        rows,
        sums(order, voice, money) if foot else (),
        look,
        widths(keys),
        voice("carry") if carry else None,
    )


def widths(keys: Sequence[str]) -> tuple[float, ...]:
    share = {"position": 0.07, "description": 0.3, "sku": 0.16, "buyer_sku": 0.14, "gtin": 0.15, "delivery": 0.12}
    drawn = [share.get(key, 0.11) for key in keys]
    return tuple(one / sum(drawn) for one in drawn)


def sums(order: Order, voice: Voice, money: str = "head") -> tuple[tuple[str, Cell], ...]:
    sign = f" {order.money}" if money == "values" else ""
    label = f" {order.money}" if money in {"head", "total"} else ""

    def row(text: str, value: Decimal) -> tuple[str, Cell]:
        return text, Cell(voice.money(value) + sign, value)

    found = []
    if order.taxed or order.freight:
        found.append(row(voice("subtotal") + label, order.net))
    if order.freight:
        found.append(row(voice("freight"), order.freight))
    if order.taxed:
        found.append(row(f"{voice('tax')} {order.tax_rate} %", order.tax))
    return (*found, row(voice("total") + label, order.total))


def notes(order: Order, voice: Voice, *, label: bool = True) -> tuple[Para, ...]:
    if not order.notes:
        return ()
    return (Para(((voice("notes") + ":",) if label else ()) + order.notes),)
