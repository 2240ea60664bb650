"""What a document really says, in the form of the corpus's truth files with keys of our own."""

from typing import Any

from tests.foreign.order import Order, Party

Truth = dict[str, Any]


def truth(order: Order, name: str, layout: str, split: str, form: str, shows: frozenset[str]) -> Truth:
    """``requested_days``: every day that the wanted date may mean. ``total_net``: the sum before tax, where it is printed."""
    orders = order.kind in {"order", "change", "cancel"}
    requested = order.requested.days if order.requested and "requested" in shows else ()
    return {
        "file": name,
        "doc_kind": "purchase_order" if orders else f"not a purchase order: {order.kind}",
        "layout": layout, "split": split, "language": order.language, "format": form, "kind": order.kind,
        "acknowledgeable": not order.flaws, "why_not": list(order.flaws), "customer": order.buyer.number,
        "po_number": order.po_number,
        "order_date": order.order_date.days[0].isoformat() if order.order_date and "order_date" in shows else None,
        "requested_delivery": requested[0].isoformat() if requested else None,
        "requested_days": [day.isoformat() for day in requested],
        "currency": order.currency if "currency" in shows else None,
        "buyer": order.buyer.name if "buyer" in shows else None,
        "ship_to": _address(order.ship_to) if "ship_to" in shows else None,
        "bill_to": _address(order.bill_to) if "bill_to" in shows else None,
        "payment_terms": order.terms if "terms" in shows else None,
        "total": str(order.total) if "total" in shows else None,
        "total_net": str(order.net) if "total" in shows and (order.taxed or order.freight) else None,
        "lines": [
            {
                "sku": line.sku if "sku" in shows else None,
                "sku_alt": [line.buyer_sku] if line.buyer_sku and "buyer_sku" in shows else [],
                "gtin": line.gtin if "gtin" in shows else None,
                "description": line.description if "description" in shows else None,
                "qty": str(line.quantity), "unit": line.unit if "unit" in shows else None,
                "unit_price": str(line.price) if "price" in shows else None,
                "agreed_price": str(line.price), "product": line.product,
            }
            for line in order.lines
        ],
    }  # fmt: skip


def _address(party: Party | None) -> str | None:
    return ", ".join(party.block) if party else None
