"""An answer of ``maildaemon try --json`` against the truth: each field right, wrong, missing or invented."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from typing import Any

HEADER = {
    "po_number": "po_number", "order_date": "order_date", "requested_date": "requested_delivery", "currency": "currency",
    "buyer": "buyer", "ship_to": "ship_to", "total": "total",
}  # fmt: skip
LINE = {"sku": "sku", "description": "description", "quantity": "qty", "unit_price": "unit_price"}
"""The answer's name → the truth's name."""

_MUST_BE_STATED = frozenset({"po_number", "total", "quantity", "unit_price"})
"""Only these count as invented where the document has none: names and addresses are often a matter of view."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``verdict``: right | wrong | missing | invented."""

    field: str
    verdict: str
    want: Any
    got: Any


def findings(truth: dict[str, Any], answer: dict[str, Any]) -> Iterator[Finding]:
    """Every field of the one order of a document; where it is no order, each order found is invented."""
    got: list[dict[str, Any]] = answer.get("orders") or []
    if truth["doc_kind"].startswith("not a purchase order"):
        yield from (Finding("orders", "invented", None, order.get("po_number")) for order in got)
        return
    first, *others = sorted(got, key=lambda order: -_resemblance(truth, order)) or [None]
    yield Finding(
        "orders", "right" if first is not None else "missing", truth["po_number"], (first or {}).get("po_number")
    )
    yield from (Finding("orders", "invented", None, order.get("po_number")) for order in others if order)
    mine = first or {}
    for name, theirs in HEADER.items():
        yield from judged(name, truth[theirs], mine.get(name), truth.get("requested_days"))
    for want, have in paired(truth["lines"], mine.get("lines") or [], likeness):
        if want is None or have is None:
            yield Finding("lines", "invented" if want is None else "missing", want, have)
            continue
        yield Finding("lines", "right", None, None)
        yield from _sku(want, have)
        for name in ("description", "quantity", "unit_price"):
            yield from (
                Finding(f"line.{one.field}", one.verdict, one.want, one.got)
                for one in judged(name, want[LINE[name]], have.get(name))
            )


def judged(field: str, want: Any, got: Any, days: list[str] | None = None) -> Iterator[Finding]:
    """Nothing where both are silent, or where more is said than asked for."""
    if want is None or want == "":
        if got not in {None, ""} and field in _MUST_BE_STATED:
            yield Finding(field, "invented", want, got)
    elif got is None or got == "":
        yield Finding(field, "missing", want, got)
    else:
        yield Finding(field, "right" if equal(field, want, got, days) else "wrong", want, got)


def equal(field: str, want: Any, got: Any, days: list[str] | None = None) -> bool:
    match field:
        case "total" | "quantity" | "unit_price":
            return number(want) is not None and number(want) == number(got)
        case "order_date":
            return day(want) == day(got)
        case "requested_date":
            return day(got) in {day(want), *map(day, days or ())}
        case "po_number" | "sku":
            return same_code(want, got)
        case "currency":
            return str(want).upper() == str(got).upper()
        case _:
            return similar(want, got)


def _sku(want: dict[str, Any], have: dict[str, Any]) -> Iterator[Finding]:
    """Any code that the document gives for the article will do."""
    codes, mine = _codes(want, "sku"), _codes(have, "sku")
    if any(same_code(a, b) for a in codes for b in mine):
        yield Finding("line.sku", "right", codes[0], mine[0])
    elif codes:
        yield Finding("line.sku", "wrong" if mine else "missing", codes[0], mine[0] if mine else None)


def _codes(line: dict[str, Any], name: str) -> list[str]:
    return [
        code for code in (line.get(name), *(line.get("sku_alt") or ()), line.get("buyer_sku"), line.get("gtin")) if code
    ]


def likeness(want: dict[str, Any], have: dict[str, Any]) -> float:
    codes = any(same_code(a, b) for a in _codes(want, "sku") for b in _codes(have, "sku"))
    quantity = number(want["qty"]) is not None and number(want["qty"]) == number(have.get("quantity"))
    return 0.6 * codes + 0.3 * quantity + 0.4 * _ratio(want["description"], have.get("description"))


def _resemblance(truth: dict[str, Any], order: dict[str, Any]) -> float:
    same = bool(truth["po_number"]) and plain(truth["po_number"]) == plain(order.get("po_number"))
    return 1.0 if same else 0.5 if len(order.get("lines") or []) == len(truth["lines"]) else 0.1


def paired(wanted: list[Any], got: list[Any], like: Callable[[Any, Any], float]) -> list[tuple[Any, Any]]:
    """By likeness where it is plain (0.5 and more), the others in their order."""
    left = list(got)
    pairs: list[tuple[Any, Any]] = []
    for want in wanted:
        best = max(left, key=lambda have: like(want, have), default=None)
        if best is not None and like(want, best) >= 0.5:
            left.remove(best)
            pairs.append((want, best))
        else:
            pairs.append((want, None))
    rest = iter(left)
    filled = [(want, have if have is not None else next(rest, None)) for want, have in pairs]
    return [*filled, *((None, have) for have in rest)]


def plain(text: Any) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", str(text or ""))).strip().casefold()


def same_code(a: Any, b: Any) -> bool:
    one, other = (re.sub(r"[\W_]", "", plain(text)) for text in (a, b))
    return bool(one) and one == other


def similar(want: Any, got: Any) -> bool:
    """Nearly all words of the shorter text are in the longer one, which is not much longer; or the letters agree."""
    a, b = (set(re.findall(r"\w+", plain(text))) for text in (want, got))
    short, long = sorted((len(a), len(b)))
    return bool(a & b) and ((len(a & b) / short >= 0.8 and long <= 2 * short + 3) or _ratio(want, got) >= 0.8)


def _ratio(a: Any, b: Any) -> float:
    return SequenceMatcher(None, plain(a), plain(b)).ratio() if a and b else 0.0


def number(value: Any) -> Decimal | None:
    try:
        return None if value in {None, ""} else Decimal(str(value).strip()).normalize()
    except InvalidOperation:
        return None


def day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
