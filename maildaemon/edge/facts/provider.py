"""What a source of facts must be able to do, and what all of them share."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Protocol

from maildaemon.facts import About, FactAnswer, FactKind

MOST_ROWS = 2000
"""Rows of one answer: more than anything that is asked at once can have."""


class FactsDown(Exception):  # noqa: N818
    """The source does not answer, or with nothing that can be understood. ``str()`` is one plain line, no secret."""


class Provider(Protocol):
    """Says facts of one kind. It only reads. Used by several threads at once."""

    kind: FactKind
    name: str

    def requests(self, abouts: Sequence[About]) -> Sequence[tuple[About, ...]]:
        """What is asked in one request each."""

    def fetch(self, abouts: tuple[About, ...], now: datetime) -> Mapping[About, FactAnswer]:
        """One request's answers, one for each. Raises FactsDown."""

    def close(self) -> None: ...


def bundles(abouts: Sequence[About], *, many: bool, at_once: int) -> tuple[tuple[About, ...], ...]:
    """One request for each, or for so many of one customer at once."""
    if not many:
        return tuple((about,) for about in abouts)

    def whose(about: About) -> str:
        return about.customer or "" if about.kind is FactKind.PRICE else ""

    return tuple(
        part for _, group in groupby(sorted(abouts, key=whose), whose) for part in _parts(tuple(group), at_once)
    )


def _parts(abouts: tuple[About, ...], at_once: int) -> Iterator[tuple[About, ...]]:
    for start in range(0, len(abouts), at_once):
        yield abouts[start : start + at_once]


def value(about: About, parameter: str) -> str:
    """What of it belongs to a parameter, such as ``skus``."""
    return getattr(about, parameter.removesuffix("s")) or ""
