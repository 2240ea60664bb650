"""Profile, Deck, Playbook: what an operator writes, with strict validation."""

import fnmatch
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import Field, ValidationError, field_validator

from maildaemon.model import HEADER_FIELDS, LINE_FIELDS, Action, Document, Known, Mail, Order, Source
from maildaemon.shipping import Shipping
from maildaemon.strict import PlaybookError, Strict, explain, toml

Check = Callable[..., Iterator[str]]
"""``check(order, known, **arguments)`` yields its reasons against the order, none when content."""

Plugin = Callable[[Mail, tuple[Document, ...]], Any]
"""``orders(mail, documents)`` of a profile's Python file yields raw orders (see maildaemon.parse.raw)."""


class Claims(Strict):
    """Whose mail it is. Shell patterns, compared without case; all that are given must hold, one of each list."""

    sender: tuple[str, ...] = Field(default=(), alias="from")
    subject: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    """Texts of which one must stand in a body."""
    edi: tuple[str, ...] = ()
    """Identifiers by which the sender of a structured message goes: of the interchange, the group, the buying party."""

    @field_validator("sender", "subject", "to", "contains", "edi", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    def hold(self, mail: Mail, documents: tuple[Document, ...]) -> bool:
        def one_of(patterns: tuple[str, ...], values: tuple[str, ...]) -> bool:
            return not patterns or any(
                fnmatch.fnmatchcase(value.casefold(), pattern.casefold()) for pattern in patterns for value in values
            )

        if not (self.sender or self.subject or self.to or self.contains or self.edi):
            return False
        if not one_of(self.sender, (mail.sender or "",)) or not one_of(self.subject, (mail.subject,)):
            return False
        if not one_of(self.to, (*mail.to, *mail.cc)):
            return False
        senders = {one for document in documents for message in document.messages for one in message.sender}
        if not one_of(self.edi, tuple(senders)):
            return False
        if not self.contains:
            return True
        text = "\n".join(line.text for document in documents for line in document.lines).casefold()
        return any(part.casefold() in text for part in self.contains)


class FieldRule(Strict):
    """How a field is found: by its labels (fuzzily), and what its value looks like. ``value`` states it for good."""

    labels: tuple[str, ...] = ()
    pattern: str | None = None
    decimal: Literal[".", ","] | None = None
    dates: Literal["dmy", "mdy", "ymd"] | None = None
    value: str | None = None

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from None
        return value

    @cached_property
    def regex(self) -> re.Pattern[str] | None:
        return re.compile(self.pattern) if self.pattern else None


HeaderField = Literal[HEADER_FIELDS]  # type: ignore[valid-type]
LineField = Literal[LINE_FIELDS]  # type: ignore[valid-type]


class Profile(Strict):
    """Whose mail it is, of which source, and how to read it. ``name`` is the file's stem."""

    name: str
    source: Source = Source.DIRECT
    description: str = ""
    language: str | None = None
    decimal: Literal[".", ","] | None = None
    dates: Literal["dmy", "mdy", "ymd"] | None = None
    claims: Claims = Claims()
    fields: dict[HeaderField, FieldRule] = Field(default_factory=dict)
    lines: dict[LineField, tuple[str, ...]] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    """Columns by their headings, and phrases, that say nothing of the order though a general reader cannot know it."""
    plugin: Plugin | None = Field(default=None, exclude=True)


GENERAL = Profile(name="general")


@dataclass(frozen=True, slots=True)
class Rule:
    """A named check with its arguments bound, and what follows when it objects."""

    name: str
    check: str
    run: Callable[[Order, Known], Iterator[str]]
    then: Action = Action.REVIEW
    because: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deck:
    name: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Playbook:
    """All profiles and decks, and the hash over the files they came from, stored with every decision."""

    profiles: tuple[Profile, ...]
    deck: Deck
    digest: str
    shipping: Shipping | None = None
    """None: nothing is known of how we ship, so no day can be promised."""

    def claimed(self, mail: Mail, documents: tuple[Document, ...]) -> tuple[Profile, ...]:
        """The profiles that claim the mail: exactly one is right, none means the general profile, two are an error."""
        return tuple(profile for profile in self.profiles if profile.claims.hold(mail, documents))

    def general(self) -> Profile:
        return next((profile for profile in self.profiles if profile.name == "general"), GENERAL)


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


# --- reading the files ------------------------------------------------------------------------------------------------


def profile(name: str, text: str, where: str, plugin: Plugin | None = None) -> Profile:
    """Read ``parsers/<name>.toml``. Raises PlaybookError."""
    data = toml(text, where)
    if "name" in data:
        raise PlaybookError(f"{where}: name: unknown key (the file's name is the profile's name)")
    try:
        found = Profile(name=name, plugin=plugin, **data)
    except ValidationError as error:
        raise PlaybookError(f"{where}: {explain(error)}") from None
    claims = found.claims
    if name != "general" and not (claims.sender or claims.subject or claims.to or claims.contains or claims.edi):
        raise PlaybookError(f"{where}: claims: expected at least one of from, subject, to, contains: whose mail is it?")
    return found


def deck(name: str, text: str, where: str, vocabulary: Mapping[str, Check]) -> Deck:
    """Read ``rules/<name>.toml`` and bind every rule's arguments to its check. Raises PlaybookError."""
    data = toml(text, where)
    unknown = sorted(set(data) - {"rule"})
    if unknown:
        raise PlaybookError(f"{where}: {unknown[0]}: unknown key; a deck holds [[rule]] tables")
    rules: list[Rule] = []
    entries = data.get("rule", [])
    if not isinstance(entries, list) or not entries:
        raise PlaybookError(f"{where}: rule: the deck is empty; an empty deck would acknowledge everything")
    for number, entry in enumerate(entries, 1):
        rules.append(_rule(entry, f"{where}: rule {number}", vocabulary))
        if any(rule.name == rules[-1].name for rule in rules[:-1]):
            raise PlaybookError(f"{where}: rule {number}: name: {rules[-1].name!r} is used twice")
    return Deck(name, tuple(rules))


def _rule(entry: dict[str, Any], where: str, vocabulary: Mapping[str, Check]) -> Rule:
    rest = dict(entry)
    name, check = rest.pop("name", None), rest.pop("check", None)
    then, because = rest.pop("then", "review"), rest.pop("because", None)
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise PlaybookError(f"{where}: name: expected words joined by hyphens, such as total-is-within-limit")
    where = f"{where} ({name})"
    if "when" in rest:
        raise PlaybookError(f"{where}: when: conditions are not known to this version; use a check")
    if check not in vocabulary:
        known = ", ".join(sorted(vocabulary))
        raise PlaybookError(f"{where}: check: unknown check {check!r}; known are {known}")
    if then not in {"review", "escalate", "hold", "ignore"}:
        raise PlaybookError(f"{where}: then: expected review, escalate, hold or ignore, not {then!r}")
    if because is not None and not isinstance(because, str):
        raise PlaybookError(f"{where}: because: expected a sentence")
    arguments = _arguments(vocabulary[check], rest, where)
    function = vocabulary[check]
    return Rule(name, check, lambda order, known: function(order, known, **arguments), Action(then), because, arguments)


def _arguments(check: Check, given: dict[str, Any], where: str) -> dict[str, Any]:
    """The rule's arguments, each brought to the type that the check's signature asks for."""
    hints = get_type_hints(check)
    wanted = {key: value for key, value in inspect.signature(check).parameters.items() if key not in {"order", "known"}}
    for key in given:
        if key not in wanted:
            expected = ", ".join(wanted) or "no arguments"
            raise PlaybookError(f"{where}: {key}: unknown key; the check takes {expected}")
    bound: dict[str, Any] = {}
    for key, parameter in wanted.items():
        if key in given:
            bound[key] = _argument(given[key], hints.get(key, str), f"{where}: {key}")
        elif parameter.default is inspect.Parameter.empty:
            raise PlaybookError(f"{where}: {key}: missing")
    return bound


def _argument(value: object, hint: Any, where: str) -> object:
    origin = get_origin(hint)
    if origin is Union or str(origin) == "<class 'types.UnionType'>":
        hint = next(part for part in get_args(hint) if part is not type(None))
        origin = get_origin(hint)
    if origin is tuple:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list):
            raise PlaybookError(f"{where}: expected a list, not {value!r}")
        return tuple(_argument(item, get_args(hint)[0], where) for item in items)
    if origin is Literal:
        if value not in get_args(hint):
            raise PlaybookError(f"{where}: expected one of {', '.join(map(str, get_args(hint)))}, not {value!r}")
        return value
    if isinstance(value, bool) is not (hint is bool):
        raise PlaybookError(f"{where}: expected {_plain(hint)}, not {value!r}")
    if hint is Decimal and isinstance(value, int | float | str):
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            raise PlaybookError(f"{where}: expected a number, not {value!r}") from None
        if not amount.is_finite():
            raise PlaybookError(f"{where}: expected a number, not {value!r}")
        return amount
    if not isinstance(value, hint):
        raise PlaybookError(f"{where}: expected {_plain(hint)}, not {value!r}")
    return value


def _plain(hint: type) -> str:
    return {Decimal: "a number", int: "a whole number", str: "a text", bool: "true or false"}.get(hint, hint.__name__)
