"""Rule, Deck: what an operator writes about which orders may be acknowledged, with strict validation."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from maildaemon.condition import Condition, ConditionError, condition
from maildaemon.model import Action, Known, Order
from maildaemon.strict import File, PlaybookError
from maildaemon.worth import currency_of

Check = Callable[..., Iterator[str]]
"""``check(order, known, **arguments)`` yields its reasons against the order, none when content."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A named check with its arguments bound, and what follows when it objects."""

    name: str
    check: str | None
    """None: it is a condition."""
    run: Callable[[Order, Known], Iterator[str]]
    then: Action = Action.REVIEW
    because: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    warns: bool = False
    """What it says is shown, and stops nothing."""
    where: str = ""
    """File and line."""


@dataclass(frozen=True, slots=True)
class Deck:
    name: str
    rules: tuple[Rule, ...]


def vocabulary_reference(vocabulary: Mapping[str, Check]) -> str:
    """The vocabulary as a Markdown table, out of the checks' own signatures: the README holds this text."""
    rows = []
    for name, check in vocabulary.items():
        arguments = [
            key if parameter.default is inspect.Parameter.empty else f"{key} = {_toml(parameter.default)}"
            for key, parameter in inspect.signature(check).parameters.items()
            if key not in {"order", "known"}
        ]
        good = " ".join((inspect.getdoc(check) or "").split("\n\n")[0].split())
        rows.append(f"| `{name}` | {good} | {', '.join(f'`{argument}`' for argument in arguments)} |")
    return "\n".join(["| check | content when | arguments |", "|---|---|---|", *rows])


def _toml(value: object) -> str:
    if value is None:
        return "not set"
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def deck(name: str, text: str, where: str, vocabulary: Mapping[str, Check]) -> Deck:
    """Read ``rules/<name>.toml`` and bind every rule's arguments to its check. Raises PlaybookError."""
    file = File(where, text)
    data = file.toml()
    unknown = sorted(set(data) - {"rule"})
    if unknown:
        raise file.error(f"{unknown[0]}: unknown key; a deck holds [[rule]] tables", unknown[0])
    rules: list[Rule] = []
    entries = data.get("rule", [])
    if not isinstance(entries, list) or not entries:
        raise file.error("rule: the deck is empty; an empty deck would acknowledge everything", "rule")
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise file.error(f"rule: expected [[rule]] tables, not {entry!r}", "rule")
        rule = _rule(entry, _Place(file, index), vocabulary)
        if any(one.name == rule.name for one in rules):
            raise file.error(f"rule {index + 1}: name: {rule.name!r} is used twice", "rule", index, "name")
        rules.append(rule)
    return Deck(name, tuple(rules))


@dataclass(frozen=True, slots=True)
class _Place:
    """The rule that is being read; ``index`` counts from 0."""

    file: File
    index: int
    name: str = ""

    def error(self, key: str, message: str) -> PlaybookError:
        called = f" ({self.name})" if self.name else ""
        return self.file.error(f"rule {self.index + 1}{called}: {key}: {message}", "rule", self.index, key)


def _rule(entry: dict[str, Any], at: _Place, vocabulary: Mapping[str, Check]) -> Rule:
    rest = dict(entry)
    name, check = rest.pop("name", None), rest.pop("check", None)
    then, because = rest.pop("then", "review"), rest.pop("because", None)
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise at.error("name", "expected words joined by hyphens, such as total-is-within-limit")
    at = replace(at, name=name)
    severity = rest.pop("severity", "block")
    if severity not in {"block", "warn"}:
        raise at.error("severity", f"expected block or warn, not {severity!r}")
    if severity == "warn" and "then" in entry:
        raise at.error("then", "a rule that warns stops nothing, so nothing follows")
    if (check is None) is ("when" not in rest):
        raise at.error("check", "expected one of check and when")
    if check is not None and check not in vocabulary:
        known = ", ".join(sorted(vocabulary))
        raise at.error("check", f"unknown check {check!r}; known are {known}")
    if then not in {"review", "escalate", "hold", "ignore"}:
        raise at.error("then", f"expected review, escalate, hold or ignore, not {then!r}")
    if because is not None and not isinstance(because, str):
        raise at.error("because", "expected a sentence")
    where, warns = f"{at.file.where}:{at.file.line('rule', at.index)}", severity == "warn"
    if check is None:
        run, arguments = _condition(rest, at, because)
        return Rule(name, None, run, Action(then), None, arguments, warns, where)
    function = vocabulary[check]
    bound = _arguments(function, rest, at)
    run = partial(_asked, function, bound)
    return Rule(name, check, run, Action(then), because, bound, warns, where)


def _asked(function: Check, bound: dict[str, Any], order: Order, known: Known) -> Iterator[str]:
    return function(order, known, **bound)


def _condition(
    rest: dict[str, Any], at: _Place, because: str | None
) -> tuple[Callable[[Order, Known], Iterator[str]], dict[str, Any]]:
    """What speaks against an order when the condition holds. Raises PlaybookError."""
    unknown = sorted(set(rest) - {"when", "currency"})
    if unknown:
        raise at.error(unknown[0], "unknown key; a condition takes currency")
    if not isinstance(rest["when"], str):
        raise at.error("when", "expected a condition in CEL, as a text")
    try:
        found = condition(rest["when"])
    except ConditionError as error:
        raise at.error("when", str(error)) from None
    if found.constant is not None:
        what = "it holds for every order, so that none is ever acknowledged; to stop all, set mode in the matrix"
        raise at.error("when", what if found.constant else "it holds for no order, so the rule is never reached")
    currency = rest.get("currency")
    if currency is not None and not (isinstance(currency, str) and re.fullmatch(r"[A-Z]{3}", currency)):
        raise at.error("currency", f"expected three letters (ISO 4217) such as EUR, not {currency!r}")
    if found.money and currency is None:
        raise at.error("currency", "missing; the condition speaks of amounts, and in which currency?")
    return partial(_held, found, currency, because), dict(rest)


def _held(found: Condition, currency: str | None, because: str | None, order: Order, known: Known) -> Iterator[str]:
    """Amounts of another currency are not compared: nothing is proved of them."""
    if found.money and (stated := currency_of(order, known)) != currency:
        yield f"it is in {stated or 'no stated currency'}; the condition speaks of amounts in {currency}"
    elif found.holds(order, known):
        yield because or f"this holds: {found.text}"


def _arguments(check: Check, given: dict[str, Any], at: _Place) -> dict[str, Any]:
    """The rule's arguments, each brought to the type that the check's signature asks for."""
    hints = get_type_hints(check)
    wanted = {key: value for key, value in inspect.signature(check).parameters.items() if key not in {"order", "known"}}
    for key in given:
        if key not in wanted:
            expected = ", ".join(wanted) or "no arguments"
            raise at.error(key, f"unknown key; the check takes {expected}")
    bound: dict[str, Any] = {}
    for key, parameter in wanted.items():
        if key in given:
            try:
                bound[key] = _argument(given[key], hints.get(key, str))
            except _Unfit as error:
                raise at.error(key, str(error)) from None
        elif parameter.default is inspect.Parameter.empty:
            raise at.error(key, "missing")
    return bound


class _Unfit(Exception):  # noqa: N818
    """The value is not of the type that the check asks for. ``str()`` says what was expected."""


def _argument(value: object, hint: Any) -> object:
    """Raises _Unfit."""
    origin = get_origin(hint)
    if origin is Union or str(origin) == "<class 'types.UnionType'>":
        hint = next(part for part in get_args(hint) if part is not type(None))
        origin = get_origin(hint)
    if origin is tuple:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list):
            raise _Unfit(f"expected a list, not {value!r}")
        return tuple(_argument(item, get_args(hint)[0]) for item in items)
    if origin is Literal:
        if value not in get_args(hint):
            raise _Unfit(f"expected one of {', '.join(map(str, get_args(hint)))}, not {value!r}")
        return value
    if isinstance(value, bool) is not (hint is bool):
        raise _Unfit(f"expected {_plain(hint)}, not {value!r}")
    if hint is Decimal and isinstance(value, int | float | str):
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            raise _Unfit(f"expected a number, not {value!r}") from None
        if not amount.is_finite():
            raise _Unfit(f"expected a number, not {value!r}")
        return amount
    if not isinstance(value, hint):
        raise _Unfit(f"expected {_plain(hint)}, not {value!r}")
    return value


def _plain(hint: type) -> str:
    return {Decimal: "a number", int: "a whole number", str: "a text", bool: "true or false"}.get(hint, hint.__name__)
