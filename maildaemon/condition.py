"""Conditions in CEL, the Common Expression Language: checked when they are loaded, evaluated over one order."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from maildaemon.model import Found, Known, Order, OrderLine
from maildaemon.wording import code_key
from maildaemon.worth import line_amount, stated_price, worth

LONGEST = 2000
DEEPEST = 2
"""Macros inside macros: each level multiplies the work by the number of lines, so more are refused."""
_MACRO = re.compile(r"\.(?:all|exists|exists_one|map|filter)\s*\(")
_BOUND = re.compile(r"\.(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,")
_STRING = re.compile(r"""r?"(?:\\.|[^"\\])*"|r?'(?:\\.|[^'\\])*'""")
_NAME = re.compile(r"(?<![\w.])(order|customer|promise)\s*\.\s*([A-Za-z_]\w*)")


_EXAMPLES = {"string": "x", "double": 1.0, "int": 1, "timestamp": datetime(2026, 1, 1, tzinfo=UTC)}


class ConditionError(ValueError):
    """The text is no condition over an order. ``str()`` says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Name:
    """What a condition may speak of: ``order.total``, its CEL type, what it is, how it is taken from the order."""

    type: str
    says: str
    take: Callable[[Order, Known], Any]
    money: bool = False


@dataclass(frozen=True, slots=True)
class LineName:
    """A name of ``order.lines``' elements."""

    type: str
    says: str
    take: Callable[[OrderLine], Any]
    money: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """``money``: it compares amounts, which mean something in one currency only. ``constant``: what it says of
    every order; None where that depends on the order."""

    text: str
    program: Any
    money: bool
    constant: bool | None = None

    def holds(self, order: Order, known: Known) -> bool:
        """Raises what CEL raises when a value is missing or of the wrong type, TypeError when it is no yes or no."""
        answer = self.program.execute(context(order, known))
        if not isinstance(answer, bool):
            raise TypeError(f"it is neither true nor false, but {type(answer).__name__}")
        return answer


def condition(text: str) -> Condition:
    """Raises ConditionError for what is too long or too deep, does not parse, or names what there is not."""
    if len(text) > LONGEST:
        raise ConditionError(f"{len(text)} characters, more than {LONGEST}")
    bare = _STRING.sub('""', text)
    if (depth := _depth(bare)) > DEEPEST:
        raise ConditionError(f"macros nested {depth} deep, more than {DEEPEST}")
    for group, name in _NAME.findall(bare):
        if name not in NAMES[group] and not (group == "order" and name == "lines"):
            known = ", ".join(NAMES[group])
            raise ConditionError(f"unknown name {group}.{name}; {group} has {known}")
    import cel  # brings a whole command line with it: only for decks that have conditions

    try:
        program = cel.compile(text)
    except Exception as error:
        raise ConditionError(f"not CEL: {_plain(error)}") from None
    free = sorted(set(program.variables()) - set(_BOUND.findall(bare)) - set(NAMES))
    if free:
        raise ConditionError(f"unknown name {free[0]}; a condition speaks of order, customer and promise")
    answer = _tried(program)
    lines = {name for name, found in LINE_NAMES.items() if found.money}
    money = any(NAMES[group][name].money for group, name in _NAME.findall(bare) if name != "lines") or any(
        re.search(rf"\.\s*{name}\b", bare) for name in lines
    )
    return Condition(text, program, money, None if set(NAMES) & set(program.variables()) else answer)


def context(order: Order, known: Known) -> dict[str, Any]:
    """The order in the types of CEL; what is not known is null."""
    found = {group: {name: one.take(order, known) for name, one in names.items()} for group, names in NAMES.items()}
    found["order"]["lines"] = [{name: one.take(line) for name, one in LINE_NAMES.items()} for line in order.lines]
    return found


def reference() -> str:
    """Every name that a condition may use, as a Markdown table: the README holds this text."""
    rows = ["| name | type | what |", "|---|---|---|"]
    rows += [
        f"| `{group}.{name}` | {one.type} | {one.says} |"
        for group, names in NAMES.items()
        for name, one in names.items()
    ]
    rows += ["| `order.lines` | list | The lines, each with the names below. |"]
    rows += [f"| `line.{name}` | {one.type} | {one.says} |" for name, one in LINE_NAMES.items()]
    return "\n".join(rows)


def _tried(program: Any) -> bool:
    """Evaluate it over an order in which nothing is missing: what fails there is wrong in the text."""
    example: dict[str, Any] = {
        group: {name: _EXAMPLES[one.type] for name, one in names.items()} for group, names in NAMES.items()
    }
    example["order"]["lines"] = [{name: _EXAMPLES[one.type] for name, one in LINE_NAMES.items()}]
    try:
        answer = program.execute(example)
    except KeyError as error:
        raise ConditionError(f"unknown name {error}") from None
    except Exception as error:
        raise ConditionError(f"it cannot be evaluated: {_plain(error)}") from None
    if not isinstance(answer, bool):
        raise ConditionError(f"expected something that is true or false; this is {type(answer).__name__}")
    return answer


def _depth(text: str) -> int:
    """How deep macros stand inside macros."""
    opened = {match.end() - 1 for match in _MACRO.finditer(text)}
    stack: list[bool] = []
    deepest = 0
    for place, character in enumerate(text):
        if character == "(":
            stack.append(place in opened)
            deepest = max(deepest, sum(stack))
        elif character == ")" and stack:
            stack.pop()
    return deepest


def _plain(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


# --- what there is to speak of ----------------------------------------------------------------------------------------


def _of(field: str) -> Callable[[Order, Known], Any]:
    def take(order: Order, known: Known) -> Any:  # noqa: ARG001
        return _cel(getattr(order, field))

    return take


def _customer(field: str) -> Callable[[Order, Known], Any]:
    def take(order: Order, known: Known) -> Any:  # noqa: ARG001
        return _cel(getattr(order.customer.customer, field)) if order.customer.customer is not None else None

    return take


def _days(field: str) -> Callable[[Order, Known], Any]:
    def take(order: Order, known: Known) -> Any:
        found: Found[date] | None = getattr(order, field)
        return (found.value - known.at.date()).days if found is not None and known.at is not None else None

    return take


def _worth(order: Order, known: Known) -> Any:
    return _cel(worth(order, known, agreed=True).amount)


def _promise(order: Order, known: Known) -> Any:  # noqa: ARG001
    return _cel(order.promise.day) if order.promise is not None else None


def _promise_days(order: Order, known: Known) -> Any:
    day = order.promise.day if order.promise is not None else None
    return (day - known.at.date()).days if day is not None and known.at is not None else None


def _back_orders(order: Order, known: Known) -> Any:  # noqa: ARG001
    if order.promise is None:
        return None
    return sum(one.state.value in {"partial", "back-order"} for one in order.promise.lines)


def _earlier_orders(order: Order, known: Known) -> Any:
    customer = order.customer.customer
    found = (
        one for one in known.history if customer is not None and code_key(one.customer) == code_key(customer.number)
    )
    return next((one.orders for one in found), None)


def _line(field: str) -> Callable[[OrderLine], Any]:
    return lambda line: _cel(getattr(line, field))


NAMES: Mapping[str, Mapping[str, Name]] = {
    "order": {
        "source": Name("string", "direct, portal, web-form, crm, edi or phone", _of("source")),
        "profile": Name("string", "The profile that has read it; `general` where none claims it.", _of("profile")),
        "po_number": Name("string", "The client's number for it.", _of("po_number")),
        "order_date": Name("timestamp", "Midnight UTC of the day.", _of("order_date")),
        "order_date_in_days": Name("int", "From today; negative: it is past.", _days("order_date")),
        "requested_date": Name("timestamp", "Midnight UTC of the day.", _of("requested_date")),
        "requested_in_days": Name("int", "From today to the day that is asked for.", _days("requested_date")),
        "currency": Name("string", "ISO 4217.", _of("currency")),
        "buyer": Name("string", "The name as written.", _of("buyer")),
        "customer_number": Name("string", "Our number for them, as written.", _of("customer_number")),
        "ship_to": Name("string", "As written.", _of("ship_to")),
        "bill_to": Name("string", "As written.", _of("bill_to")),
        "payment_terms": Name("string", "As written.", _of("payment_terms")),
        "language": Name("string", "ISO 639-1, as recognised.", _of("language")),
        "total": Name("double", "The stated total.", _of("total"), money=True),
        "tax": Name("double", "The stated tax.", _of("tax"), money=True),
        "worth": Name("double", "The total, else the lines' sum, at agreed prices if need be.", _worth, money=True),
    },
    "customer": {
        "number": Name("string", "Whom we take the buyer for; null: nobody we know.", _customer("number")),
        "name": Name("string", "Out of the master data, as all that follows.", _customer("name")),
        "class": Name("string", "Such as enterprise.", _customer("customer_class")),
        "country": Name("string", "ISO 3166-1.", _customer("country")),
        "language": Name("string", "ISO 639-1.", _customer("language")),
        "standing": Name("string", "ok or hold", _customer("standing")),
        "payment_terms": Name("string", "As agreed.", _customer("payment_terms")),
        "currency": Name("string", "As agreed.", _customer("currency")),
        "earlier_orders": Name("int", "How many were acknowledged before, up to 100.", _earlier_orders),
        "credit_limit": Name("double", "In the customer's currency.", _customer("credit_limit"), money=True),
    },
    "promise": {
        "day": Name("timestamp", "When it can be there, midnight UTC of the day.", _promise),
        "in_days": Name("int", "From today.", _promise_days),
        "back_orders": Name("int", "How many lines are not wholly in stock.", _back_orders),
    },
}  # fmt: skip
LINE_NAMES: Mapping[str, LineName] = {
    "sku": LineName("string", "Our article's code, as written.", _line("sku")),
    "buyer_sku": LineName("string", "The client's code, as written.", _line("buyer_sku")),
    "description": LineName("string", "As written.", _line("description")),
    "product": LineName(
        "string", "Whom we take it for.", lambda line: line.product.product.sku if line.product.product else None
    ),
    "quantity": LineName("double", "How many.", _line("quantity")),
    "unit": LineName("string", "UN/ECE Recommendation 20.", _line("unit")),
    "unit_price": LineName(
        "double", "Stated, or the amount by the quantity.", lambda line: _cel(stated_price(line)), money=True
    ),
    "amount": LineName("double", "Stated, or quantity by price.", lambda line: _cel(line_amount(line)), money=True),
}


def _cel(value: Any) -> Any:
    """A value in CEL's types: a date is its midnight, an amount a double."""
    if isinstance(value, Found):
        value = value.value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return str(value) if isinstance(value, str) else value
