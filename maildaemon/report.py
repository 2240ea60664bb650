"""What `try --json` prints about one file: the form that other programs rely on (DESIGN, "What `try` prints")."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from maildaemon.model import (
    HEADER_FIELDS,
    LINE_FIELDS,
    Decision,
    Found,
    Mode,
    Order,
    OrderDecision,
    OrderLine,
    Promise,
    Reading,
    Reply,
)
from maildaemon.ordered import Relation

STATED = (
    "po_number", "order_date", "requested_date", "currency", "buyer", "ship_to", "bill_to", "payment_terms", "total",
)  # fmt: skip


def tried(
    file: str, decision: Decision, reading: Reading | None, mode: Mode, reply: Reply | None = None
) -> dict[str, Any]:
    """One file's object, ready for JSON: decimals as strings, dates in ISO 8601, what was not found as None."""
    return {
        "file": file,
        "kind": str(decision.kind),
        "profile": reading.profile if reading else None,
        "source": str(reading.source) if reading else None,
        "mode": str(mode),
        "decision": str(decision.action),
        "objections": [
            {"order": objection.order, "rule": objection.rule, "reason": objection.reason}
            for objection in decision.objections
        ],
        "warnings": [
            {"order": warning.order, "rule": warning.rule, "reason": warning.reason}
            for decided in decision.orders
            for warning in decided.warnings
        ],
        "orders": [_order(decided) for decided in decision.orders],
        "evidence": evidence([decided.order for decided in decision.orders]),
        "reply": {"subject": reply.subject, "text": reply.text} if reply else None,
    }


def plain(value: object) -> str | None:
    """A value as text: no exponent, no zone."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)


def evidence(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """Where each value was read: field, place, text and score."""
    return [item for index, order in enumerate(orders) for item in _evidence(index, order)]


def where(found: Found[Any]) -> str:
    """Document and place of a value, for people."""
    return ", ".join(part for part in (found.document, found.place) if part)


def quantity(value: Decimal | None) -> str | None:
    """A quantity without the zeros that say nothing: 5.000 pieces are 5."""
    if value is None:
        return None
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _order(decided: OrderDecision) -> dict[str, Any]:
    order = decided.order
    customer = order.customer.customer
    row: dict[str, Any] = {"decision": str(decided.action), "reference": decided.reference}
    row |= {name: plain(_value(getattr(order, name))) for name in STATED}
    row["customer"] = customer.number if customer else None
    row["lines"] = [_line(line) for line in order.lines]
    row["promise"] = _promise(order.promise)
    row["relation"] = _relation(order.relation)
    return row


def _relation(relation: Relation | None) -> dict[str, Any] | None:
    """To which earlier order it stands how, and what is different."""
    if relation is None:
        return None
    differences = [
        {"what": str(one.what), "where": one.where, "field": one.field, "was": one.was, "now": one.now}
        for one in relation.differences
    ]
    return {"how": str(relation.how), "reference": relation.reference, "differences": differences}


def _promise(promise: Promise | None) -> dict[str, Any] | None:
    """The day, each line's goods, and the sum; or what would have to be known."""
    if promise is None:
        return None
    return {
        "day": plain(promise.day),
        "lines": [{"state": str(one.state), "ready": plain(one.ready), "why": one.why} for one in promise.lines],
        "steps": [{"what": step.what, "day": plain(step.day), "why": step.why} for step in promise.steps],
        "missing": list(promise.missing),
    }


def _line(line: OrderLine) -> dict[str, Any]:
    row: dict[str, Any] = {name: plain(_value(getattr(line, name))) for name in LINE_FIELDS}
    row["quantity"] = quantity(_value(line.quantity))
    row["product"] = line.product.product.sku if line.product.product else None
    return row


def _evidence(index: int, order: Order) -> Iterator[dict[str, Any]]:
    for name in HEADER_FIELDS:
        yield from _one(f"orders[{index}].{name}", getattr(order, name))
    for number, line in enumerate(order.lines):
        for name in LINE_FIELDS:
            yield from _one(f"orders[{index}].lines[{number}].{name}", getattr(line, name))


def _one(field: str, found: Found[Any] | None) -> Iterator[dict[str, Any]]:
    if found is not None:
        yield {"field": field, "where": where(found), "text": found.text, "score": round(found.score, 3)}


def _value(found: Found[Any] | None) -> Any:
    return None if found is None else found.value
