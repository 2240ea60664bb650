"""Whether each rule of a deck can matter, and whether the deck requires what it limits."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from maildaemon.checks import VOCABULARY
from maildaemon.deck import Deck, Rule
from maildaemon.model import STRICTNESS
from maildaemon.strict import PlaybookError

LIMITS: Mapping[str, tuple[str, int]] = {
    "at-most": ("limit", 1),
    "worth-at-most": ("limit", 1),
    "lines-at-most": ("limit", 1),
    "prices-as-agreed": ("percent", 1),
    "adds-up": ("tolerance", 1),
    "has-lines": ("at_most", 1),
    "at-least": ("limit", -1),
    "lines-above": ("limit", -1),
    "well-read": ("score", -1),
}
"""The argument that sets a check's bound: 1, the greater one lets more pass; -1, the smaller one."""
OF_FIELD: Mapping[str, str] = {
    "ship-to-known": "ship_to",
    "bill-to-known": "bill_to",
    "terms-as-agreed": "payment_terms",
}
"""The field that a check is about, where no argument names it."""


def reached(deck: Deck, rows: Sequence[Iterable[str]]) -> None:
    """``rows``: what each row of the matrix that uses the deck requires. Raises PlaybookError for a rule that another
    one always forestalls, and for a field that is limited and never required."""
    for number, rule in enumerate(deck.rules, 1):
        for place, other in enumerate(deck.rules, 1):
            if other is not rule and _hides(other, rule) and (place < number or not _hides(rule, other)):
                what = f"{other.name} ({_line(other)}) objects whenever it would, so it is never reached"
                raise PlaybookError(f"{rule.where}: rule {number} ({rule.name}): {what}")
        field = _left_open(rule)
        if field is not None and not _required(field, deck, rows):
            what = (
                f'{field} is limited and never required: add missing = "skip" or "object", a rule with '
                f'check = "present", or {field} to `required` in each row of the matrix that uses the deck'
            )
            raise PlaybookError(f"{rule.where}: rule {number} ({rule.name}): {what}")


def _hides(first: Rule, second: Rule) -> bool:
    """The first one objects whenever the second one does, and what follows is no milder."""
    if first.check != second.check or _weight(first) < _weight(second):
        return False
    one, two = _arguments(first), _arguments(second)
    bound = LIMITS.get(first.check or "")
    if bound is None or bound[0] not in one or bound[0] not in two:
        return one == two
    name, way = bound
    tighter = way * Decimal(one.pop(name)) <= way * Decimal(two.pop(name))
    return tighter and one == two


def _weight(rule: Rule) -> int:
    return -1 if rule.warns else STRICTNESS.index(rule.then)


def _arguments(rule: Rule) -> dict[str, Any]:
    """With those that the check has of itself."""
    check = VOCABULARY.get(rule.check or "")
    own = inspect.signature(check).parameters.values() if check is not None else ()
    return {one.name: one.default for one in own if one.default is not inspect.Parameter.empty} | dict(rule.arguments)


def _left_open(rule: Rule) -> str | None:
    """The order's field that the rule limits without a word on what becomes of an order that does not state it."""
    if rule.check is None or "missing" in rule.arguments or _arguments(rule).get("missing") != "skip":
        return None
    if rule.check in OF_FIELD:
        return OF_FIELD[rule.check]
    return str(rule.arguments["field"]) if rule.check == "within-days" else None


def _required(field: str, deck: Deck, rows: Sequence[Iterable[str]]) -> bool:
    present = any(
        rule.check == "present" and rule.arguments["field"] == field and not rule.warns for rule in deck.rules
    )
    return present or (bool(rows) and all(field in required for required in rows))


def _line(rule: Rule) -> str:
    return "line " + rule.where.rpartition(":")[2]
