"""The golden form: what was read of a sample mail, value by value with its evidence, as the file beside it says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maildaemon.model import HEADER_FIELDS, LINE_FIELDS, Found, Order
from maildaemon.report import plain, where

SUFFIX = ".expected.json"


@dataclass(frozen=True, slots=True)
class Change:
    """A value that is another than the golden file says; None where there is none."""

    field: str
    was: str | None
    now: str | None


def text(orders: Sequence[Order]) -> str:
    """The file's text."""
    return json.dumps(golden(orders), indent=1, ensure_ascii=False) + "\n"


def golden(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """One object an order, ready for JSON."""
    return [_order(order) for order in orders]


def changes(expected: object, now: object) -> tuple[Change, ...]:
    """What differs between two golden forms, as they come out of JSON; whatever a person wrote into a file is borne."""
    was, found = dict(_flat("orders", expected)), dict(_flat("orders", now))
    return tuple(
        Change(field, was.get(field), found.get(field))
        for field in dict.fromkeys((*was, *found))
        if was.get(field) != found.get(field)
    )


def stated(orders: Sequence[Order]) -> dict[str, str]:
    """The values alone, by the names that ``try --json`` gives their fields."""
    found: dict[str, str] = {}
    for index, order in enumerate(orders):
        parts: list[tuple[str, tuple[str, ...], object]] = [(f"orders[{index}]", HEADER_FIELDS, order)]
        parts += [(f"orders[{index}].lines[{at}]", LINE_FIELDS, line) for at, line in enumerate(order.lines)]
        for path, names, owner in parts:
            found |= {f"{path}.{name}": str(plain(one.value)) for name in names if (one := getattr(owner, name))}
    return found


def _order(order: Order) -> dict[str, Any]:
    fields = {name: _found(getattr(order, name)) for name in HEADER_FIELDS if getattr(order, name) is not None}
    lines = [{name: _found(getattr(line, name)) for name in LINE_FIELDS if getattr(line, name)} for line in order.lines]
    return {**fields, "lines": lines, "doubts": list(order.doubts), "language": order.language}


def _found(found: Found[Any]) -> str:
    """One line a value: ``5 | body, line 7 | 1.0 | 5 x W-100``."""
    return f"{plain(found.value)} | {where(found)} | {found.score} | {found.text}"


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    """Every value with its path: ``orders[0].lines[1].sku``."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(f"{path}.{key}", part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _flat(f"{path}[{index}]", part)
    else:
        yield path, str(value)
