"""Corrected values: what a person puts in place of what was read, strictly checked."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from maildaemon.match import match
from maildaemon.model import (
    LINE_FIELDS,
    Customer,
    CustomerMatch,
    Found,
    Known,
    LineQuestion,
    Mail,
    Order,
    OrderLine,
    Product,
    ProductMatch,
    Questions,
)
from maildaemon.report import STATED, plain
from maildaemon.wording import code_key
from maildaemon.worth import line_amount

PERSON = "a person"
"""The document that a corrected value names as its evidence."""
MOST_LINES = 500
NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?", re.ASCII)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
PATH = re.compile(r"(?:orders\[([0-9]{1,3})\]\.)?(?:lines\[([0-9]{1,3})\]\.)?([a-z_]{1,40})", re.ASCII)
SHOWN_ONLY = frozenset({"decision", "reference", "promise", "relation", "evidence", "number"})
"""What `show --json` says of an order beside its values: it is passed over."""
DECIMALS = frozenset({"total", "quantity", "unit_price", "amount"})
DAYS = frozenset({"order_date", "requested_date"})

Wished = Mapping[str, Any]
"""An order as in `show --json`, or a part of it; ``lines`` is the list of all lines, or some of them by their number
from 0. A field that is not named stays, None takes its value away."""


class WrongCorrection(ValueError):  # noqa: N818
    """What a person wants to have corrected cannot be. ``str()`` is one plain line: field, and what was expected."""


def assigned(settings: Sequence[str], orders: int, named: Sequence[int] | None = None) -> dict[int, dict[str, Any]]:
    """``FIELD=VALUE`` texts as wishes by order: ``po_number=4711``, ``lines[0].quantity=5``, ``orders[1].total=``. An
    empty value takes the value away. ``named``: the place of the order that is meant where none is said. Raises
    WrongCorrection."""
    wished: dict[int, dict[str, Any]] = {}
    for text in settings:
        path, equals, value = text.partition("=")
        found = PATH.fullmatch(path.strip())
        if found is None or not equals:
            raise WrongCorrection(f"{text[:80]!r}: expected FIELD=VALUE, such as lines[0].quantity=5")
        if found[1] is None and orders > 1 and not named:
            raise WrongCorrection(f"{path}: there are {orders} orders; expected orders[0].{path} or another of them")
        own = wished.setdefault(int(found[1]) if found[1] is not None else named[0] if named else 0, {})
        if found[2] is not None:
            own = own.setdefault("lines", {}).setdefault(int(found[2]), {})
        own[found[3]] = value.strip() or None
    return wished


def listed(data: Any, named: Sequence[int] | None = None) -> dict[int, dict[str, Any]]:
    """The orders of a JSON file, an object with ``orders`` or their list, as wishes. ``named``: the places of those
    that are meant, which it holds alone, or among all. Raises WrongCorrection."""
    orders = data.get("orders") if isinstance(data, dict) else data
    if not isinstance(orders, list) or not all(isinstance(one, dict) for one in orders):
        raise WrongCorrection('expected {"orders": [{…}]} as `review show --json` prints it')
    if named is not None and len(orders) == len(named):
        return dict(zip(named, orders, strict=True))
    return {place: one for place, one in enumerate(orders) if named is None or place in named}


def asking(questions: Questions, wished: Wished, order: Order) -> Questions:
    """What the order asks, by what we take it for too, and what the wishes name: customer, articles, other codes."""
    taken = tuple(
        replace(asked, codes=(*asked.codes, line.product.product.sku)) if line.product.product else asked
        for asked, line in zip(questions.lines, order.lines, strict=True)
    )
    lines = tuple(
        LineQuestion(
            tuple(str(row[name])[:100] for name in ("product", "sku", "buyer_sku") if row.get(name) is not None),
            str(row["gtin"])[:100] if row.get("gtin") is not None else None,
            str(row["description"])[:500] if row.get("description") is not None else None,
        )
        for _, row in _rows(wished)
    )
    customer = wished.get("customer")
    number = str(customer)[:100] if customer is not None else questions.customer_number
    po = wished.get("po_number")
    po_number = str(po)[:100] if po is not None else questions.po_number
    return replace(questions, customer_number=number, po_number=po_number, lines=(*taken, *lines))


def corrected(
    order: Order, wished: Wished, where: str, known: Known, mail: Mail, author: str | None, actor: str
) -> tuple[Order, tuple[str, ...]]:
    """The order with what is wished, and the names of the fields that are others now. ``known`` holds the customer and
    the articles that are named, and what is to be had for the corrected order. A line's amount, or the total, that does
    not fit any more and was not corrected too is taken away: nobody states it. Raises WrongCorrection."""
    changed: list[str] = []
    for name, value in wished.items():
        field = f"{where}.{name}"
        if name in SHOWN_ONLY or name == "lines":
            continue
        if name == "customer":
            order = _with_customer(order, value, field, known, changed)
        elif name in STATED:
            order = _with(order, name, value, field, actor, changed)
        else:
            raise WrongCorrection(
                f"{field}: no such field; expected one of {', '.join((*STATED, 'customer', 'lines'))}"
            )
    if "lines" in wished:
        order = _with_lines(order, wished, f"{where}.lines", known, mail, author, actor, changed)
    if f"{where}.total" not in changed and any(".lines" in name for name in changed):
        order = _fitting(order, where, changed)
    return order, tuple(dict.fromkeys(changed))


def _with_customer(order: Order, value: Any, field: str, known: Known, changed: list[str]) -> Order:
    now = order.customer.customer
    if (now.number if now else None) == value:
        return order
    changed.append(field)
    if value is None:
        return replace(order, customer=CustomerMatch(doubt="a person says that it is not known"))
    found: Customer | None = next(
        (one for one in known.customers if code_key(one.number) == code_key(str(value))), None
    )  # fmt: skip
    if found is None:
        raise WrongCorrection(f"{field}: there is no customer {_quoted(value)}; expected a customer's number")
    return replace(order, customer=CustomerMatch(found, PERSON, 1.0))


def _with_lines(
    order: Order,
    wished: Wished,
    where: str,
    known: Known,
    mail: Mail,
    author: str | None,
    actor: str,
    changed: list[str],
) -> Order:
    rows = _rows(wished)
    whole = not isinstance(wished["lines"], Mapping)
    if len(rows) > MOST_LINES:
        raise WrongCorrection(f"{where}: {len(rows)} lines; expected at most {MOST_LINES}")
    lines = list(order.lines[: len(rows)] if whole else order.lines)
    changed += [f"{where}[{gone}]" for gone in range(len(lines), len(order.lines))]
    asked: set[int] = set()
    for number, row in rows:
        if number >= len(lines):
            if not whole:
                raise WrongCorrection(f"{where}[{number}]: there is no such line; it has {len(lines)}, counted from 0")
            lines.append(OrderLine())
        before = len(changed)
        lines[number] = _with_row(lines[number], row, f"{where}[{number}]", known, actor, changed)
        codes = {f"{where}[{number}].{name}" for name in ("sku", "buyer_sku", "gtin", "description")}
        if codes & set(changed[before:]) and f"{where}[{number}].product" not in changed[before:]:
            asked.add(number)
    order = replace(order, lines=tuple(lines))
    if asked:
        # What a line asks for is another article now, unless the person has said which.
        matched = match(order, mail, known, author)
        lines = [matched.lines[n] if n in asked else line for n, line in enumerate(order.lines)]
    return replace(order, lines=tuple(lines))


def _with_row(line: OrderLine, row: Wished, where: str, known: Known, actor: str, changed: list[str]) -> OrderLine:
    begun = len(changed)
    for name, value in row.items():
        field = f"{where}.{name}"
        if name == "product":
            line = _with_product(line, value, field, known, changed)
        elif name in LINE_FIELDS:
            line = _with(line, name, value, field, actor, changed)
        elif name not in SHOWN_ONLY:
            raise WrongCorrection(f"{field}: no such field; expected one of {', '.join((*LINE_FIELDS, 'product'))}")
    mine = set(changed[begun:])
    if {f"{where}.quantity", f"{where}.unit_price"} & mine and f"{where}.amount" not in mine and line.amount:
        worth = line.quantity.value * line.unit_price.value if line.quantity and line.unit_price else None
        if worth != line.amount.value:
            changed.append(f"{where}.amount")
            line = replace(line, amount=None)
    return line


def _with_product(line: OrderLine, value: Any, field: str, known: Known, changed: list[str]) -> OrderLine:
    now = line.product.product
    if (now.sku if now else None) == value:
        return line
    changed.append(field)
    if value is None:
        return replace(line, product=ProductMatch(doubt="a person says that it is not known"))
    found: Product | None = next((one for one in known.products if code_key(one.sku) == code_key(str(value))), None)
    if found is None:
        raise WrongCorrection(f"{field}: there is no article {_quoted(value)}; expected an article number of ours")
    return replace(line, product=ProductMatch(found, PERSON, 1.0))


def _with(holder: Any, name: str, value: Any, field: str, actor: str, changed: list[str]) -> Any:
    found: Found[Any] | None = getattr(holder, name)
    if found is not None and value is not None and str(value) == plain(found.value):
        return holder  # as it was shown, whatever it is
    wanted = None if value is None else _parser(name)(value, field)
    if (found.value if found is not None else None) == wanted:
        return holder
    changed.append(field)
    given = None if wanted is None else Found(wanted, PERSON, actor, plain(wanted) or "", 1.0)
    return replace(holder, **{name: given})


def _fitting(order: Order, where: str, changed: list[str]) -> Order:
    if order.total is None:
        return order
    amounts = [line_amount(line) for line in order.lines]
    if None not in amounts:
        worth = sum((amount for amount in amounts if amount is not None), Decimal(0))
        if order.total.value in {worth, worth + (order.tax.value if order.tax else 0)}:
            return order
    changed.append(f"{where}.total")
    return replace(order, total=None)


# --- values -----------------------------------------------------------------------------------------------------------


def _parser(name: str) -> Callable[[Any, str], Any]:
    if name in DECIMALS:
        return _positive if name == "quantity" else _decimal
    if name in DAYS:
        return _day
    return {"currency": _currency, "unit": _unit}.get(name, _text)


def _decimal(value: Any, field: str) -> Decimal:
    text = plain(value) if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) else None
    if text is None or not NUMBER.fullmatch(text):
        raise WrongCorrection(f"{field}: {_quoted(value)} is no number; expected one such as 12.50")
    return Decimal(text)


def _positive(value: Any, field: str) -> Decimal:
    found = _decimal(value, field)
    if found <= 0:
        raise WrongCorrection(f"{field}: {_quoted(value)}; expected a number above 0")
    return found


def _day(value: Any, field: str) -> date:
    try:
        if isinstance(value, str) and DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise WrongCorrection(f"{field}: {_quoted(value)} is no day; expected one such as 2026-12-01")


def _currency(value: Any, field: str) -> str:
    if isinstance(value, str) and re.fullmatch(r"[A-Z]{3}", value, re.ASCII):
        return value
    raise WrongCorrection(f"{field}: {_quoted(value)} is no currency; expected its code (ISO 4217), such as EUR")


def _unit(value: Any, field: str) -> str:
    if isinstance(value, str) and re.fullmatch(r"[A-Z0-9]{1,3}", value, re.ASCII):
        return value
    raise WrongCorrection(f"{field}: {_quoted(value)} is no unit; expected its code (UN/ECE Rec 20), such as EA")


def _text(value: Any, field: str) -> str:
    if isinstance(value, str) and 0 < len(value) <= 500 and value.replace("\n", " ").isprintable() and value.strip():
        return value.strip()
    raise WrongCorrection(f"{field}: expected a text of up to 500 printable characters")


def _rows(wished: Wished) -> list[tuple[int, Wished]]:
    lines = wished.get("lines", ())
    rows = list(lines.items()) if isinstance(lines, Mapping) else list(enumerate(lines or ()))
    for number, row in rows:
        if not isinstance(row, Mapping):
            raise WrongCorrection(f"lines[{number}]: expected an object of fields")
    return rows


def _quoted(value: Any) -> str:
    return repr(str(value)[:60])
