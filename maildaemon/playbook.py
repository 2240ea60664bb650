"""Profile, Playbook: whose mail it is, how it is read, and what it is judged by, with strict validation."""

import fnmatch
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from maildaemon.deck import Deck
from maildaemon.matrix import PLAIN, Matrix, Row
from maildaemon.model import HEADER_FIELDS, LINE_FIELDS, Document, Mail, Source
from maildaemon.shipping import Shipping
from maildaemon.strict import File, Strict

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


LONGEST = 1000
"""Characters of a line, or of a subject, in which a pattern is looked for."""


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

    def shaped(self, text: str) -> str | None:
        """The first part of the text that looks like the pattern and is no piece of a longer word or number: six digits
        are not found in seven. Where the pattern has a group, what stands in it."""
        for match in self.regex.finditer(text[:LONGEST]) if self.regex is not None else ():
            if not _goes_on(text, match.start() - 1, match.start()) and not _goes_on(
                text, match.end(), match.end() - 1
            ):
                return match[1] if match.re.groups and match[1] is not None else match[0]
        return None


def _goes_on(text: str, beside: int, edge: int) -> bool:
    """Whether the word or number at the edge of a match goes on beside it."""
    return 0 <= beside < len(text) and text[beside].isalnum() and text[edge].isalnum()


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

    @property
    def sources(self) -> frozenset[Source]:
        """Those that its mail can have: the one that it names, else what the form of the order tells."""
        return frozenset({self.source} if "source" in self.model_fields_set else {Source.DIRECT, Source.EDI})


GENERAL = Profile(name="general")


@dataclass(frozen=True, slots=True)
class Playbook:
    """All profiles and decks, and the hash over the files they came from, stored with every decision."""

    profiles: tuple[Profile, ...]
    deck: Deck
    digest: str
    shipping: Shipping | None = None
    """None: nothing is known of how we ship, so no day can be promised."""
    matrix: Matrix = PLAIN
    decks: Mapping[str, Deck] = field(default_factory=dict)
    """The other decks, by name."""

    @property
    def counts_orders(self) -> bool:
        """Whether a rule asks how many orders a customer has had before."""
        return any(
            rule.check == "not-a-new-client" or "earlier_orders" in str(rule.arguments.get("when"))
            for deck in (self.deck, *self.decks.values())
            for rule in deck.rules
        )

    @property
    def idle_sources(self) -> tuple[Source, ...]:
        """The sources that the matrix names and no profile's mail can have."""
        there = {source for profile in (self.general(), *self.profiles) for source in profile.sources}
        named = {row.source for row in self.matrix.row if row.source is not None}
        return tuple(source for source in Source if source in named - there)

    def deck_of(self, row: Row) -> Deck:
        return self.decks.get(row.deck, self.deck)

    def claimed(self, mail: Mail, documents: tuple[Document, ...]) -> tuple[Profile, ...]:
        """The profiles that claim the mail: exactly one is right, none means the general profile, two are an error."""
        return tuple(profile for profile in self.profiles if profile.claims.hold(mail, documents))

    def general(self) -> Profile:
        return next((profile for profile in self.profiles if profile.name == "general"), GENERAL)


# --- reading the files ------------------------------------------------------------------------------------------------


def profile(name: str, text: str, where: str, plugin: Plugin | None = None) -> Profile:
    """Read ``parsers/<name>.toml``. Raises PlaybookError."""
    file = File(where, text)
    data = file.toml()
    if "name" in data:
        raise file.error("name: unknown key (the file's name is the profile's name)", "name")
    try:
        found = Profile(name=name, plugin=plugin, **data)
    except ValidationError as error:
        raise file.invalid(error) from None
    claims = found.claims
    if name != "general" and not (claims.sender or claims.subject or claims.to or claims.contains or claims.edi):
        what = "claims: expected at least one of from, subject, to, contains: whose mail is it?"
        raise file.error(what, "claims")
    return found
