"""What is wrong with an acknowledgement: the one thing that must never happen."""

from collections.abc import Iterator
from typing import Any

from tests.foreign.catalogue import read
from tests.foreign.compare import day, number, same_code, similar


def acknowledged(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The orders that would be acknowledged: each follows its own decision."""
    return [order for order in answer.get("orders") or [] if order.get("decision") == "acknowledge"]


def faults(truth: dict[str, Any], answer: dict[str, Any]) -> tuple[str, ...]:
    """Each as a sentence; none where nothing was acknowledged, or rightly.

    A silent answer is a fault only where silence changes what the client gets: a wanted day left out is promised
    another, but a total left out is what the lines come to, and goods without an address go to the customer's own.
    """
    orders = acknowledged(answer)
    if not orders:
        return ("acknowledged without an order",) if answer.get("decision") == "acknowledge" else ()
    found = [f"must not be acknowledged: {why}" for why in truth["why_not"]]
    if len(answer["orders"]) > 1:
        found.append(f"{len(answer['orders'])} orders instead of one")
    return (*found, *_header(truth, orders[0]), *_lines(truth["lines"], orders[0].get("lines") or []))


def _header(truth: dict[str, Any], order: dict[str, Any]) -> Iterator[str]:
    if not same_code(truth["po_number"], order.get("po_number")):
        yield f"PO number {order.get('po_number')} instead of {truth['po_number']}"
    if order.get("customer") != truth["customer"]:
        yield f"customer {order.get('customer')} instead of {truth['customer']}"
    if order.get("currency") not in {None, truth["currency"] or "EUR"}:
        yield f"currency {order['currency']} instead of {truth['currency']}"
    got = {day(one) if one else None for one in _wanted_on(order)}
    if not got <= ({day(one) for one in truth["requested_days"]} or {None}):
        yield f"wanted on {', '.join(sorted(map(str, got)))} instead of {truth['requested_delivery']}"
    addresses = [one for one in (truth["ship_to"], _home(truth["customer"])) if one]
    if order.get("ship_to") and not any(similar(one, order["ship_to"]) for one in addresses):
        yield f"shipped to {order['ship_to']} instead of {truth['ship_to']}"
    sums = {number(one) for one in (truth["total"], truth["total_net"], _worth(truth["lines"]))}
    if order.get("total") is not None and number(order["total"]) not in sums:
        yield f"total {order['total']} instead of {truth['total']}"


def _wanted_on(order: dict[str, Any]) -> set[str | None]:
    """The day of every line: its own, else the order's."""
    return {line.get("requested_date") or order.get("requested_date") for line in order.get("lines") or [{}]}


def _lines(wanted: list[dict[str, Any]], got: list[dict[str, Any]]) -> Iterator[str]:
    if len(wanted) != len(got):
        yield f"{len(got)} lines instead of {len(wanted)}"
    left = list(got)
    for line in wanted:
        mine = next((one for one in left if one.get("product") == line["product"]), None)
        if mine is None:
            yield f"{line['product']} is not among the lines"
            continue
        left.remove(mine)
        if number(mine.get("quantity")) != number(line["qty"]):
            yield f"{mine.get('quantity')} of {line['product']} instead of {line['qty']}"
        if mine.get("unit_price") is not None and number(mine["unit_price"]) != number(line["agreed_price"]):
            yield f"{line['product']} at {mine['unit_price']} instead of {line['agreed_price']}"
    yield from (f"{one.get('quantity')} of {one.get('product')}, which was not ordered" for one in left)


def _home(customer: str | None) -> str | None:
    return next((client.party.address for client in read().clients if client.party.number == customer), None)


def _worth(lines: list[dict[str, Any]]) -> str | None:
    """What an order comes to that states no total."""
    values = [(number(line["qty"]), number(line["agreed_price"])) for line in lines]
    return str(sum(quantity * price for quantity, price in values if quantity is not None and price is not None))
