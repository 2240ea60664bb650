"""What changes hands with an order: new bank details, a new number to call, a courier of the client's own. Whoever
forges an order changes just this, so that it never goes unseen, in whatever words or part of a mail it stands."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from maildaemon.danger import words_of
from maildaemon.model import Document, Zone
from maildaemon.phrasebook import folded
from maildaemon.wording import shown

MOST = 3
LONGEST = 1000
"""Characters of a line."""
_WORD = re.compile(r"[a-z0-9]+")
_NEAR, _FAR = 3, 5
"""Within so many words behind the first one stands the second."""
_BANK = "it may name new bank details or an account to pay to"
_CALL = "it may name a new person or number to call"
_COURIER = "it may name a courier or a courier's account of the client's own"
_BACK = "ask on the number on record, not on one that it names"
_PAIRS = (
    (_BANK, "fresh", "bank", _NEAR),
    (_BANK, "bank", "changed", _FAR),
    (_BANK, "remit", "bank", _FAR),
    (_CALL, "fresh", "phone", _NEAR),
    (_CALL, "phone", "changed", _NEAR),
    (_CALL, "fresh", "person", _NEAR),
    (_COURIER, "own", "carrier", _NEAR),
    (_COURIER, "carrier", "carried", _NEAR),
    (_COURIER, "carried", "carrier", _NEAR),
)
_SECTIONS = frozenset(section for _, *pair, _ in _PAIRS for section in pair)
_NOTHING: frozenset[str] = frozenset()


def hands(documents: Sequence[Document]) -> tuple[str, ...]:
    """Each such thing once, with the line that it stands in; at most MOST. What an earlier mail said, quoted below, is
    not looked at."""
    found: dict[str, str] = {}
    for document in documents:
        before: list[str] = []
        for text in _lines(document):
            words = _WORD.findall(folded(text[:LONGEST]))
            for what in _named([*before, *words]):
                found.setdefault(what, text)
            before = words[-_NEAR:]
            if len(found) >= MOST:
                break
    return tuple(f"{what}: “{shown(text, 120)}”; {_BACK}" for what, text in list(found.items())[:MOST])


def _lines(document: Document) -> Iterator[str]:
    """Its lines, and the rows of tables that are no lines."""
    yield from (line.text for line in document.lines if line.zone is not Zone.QUOTE and line.text.strip())
    if not document.parts:
        for table in document.tables:
            if table.zone is not Zone.QUOTE:
                yield from (" ".join(row) for row in table.rows)


def _named(words: list[str]) -> Iterator[str]:
    if "remit" in words and "remit to" in " ".join(words):
        yield _BANK
    said = [_said(word) if word.isalpha() else _NOTHING for word in words]
    held = frozenset().union(*set(said))
    for what, first, second, span in _PAIRS:
        if first not in held or second not in held:
            continue
        for place, sections in enumerate(said):
            if first in sections and any(second in after for after in said[place + 1 : place + 1 + span]):
                yield what
                break


@lru_cache(maxsize=16384)
def _said(word: str) -> frozenset[str]:
    """The sections that hold the word."""
    return frozenset(section for section in _SECTIONS if words_of(section).holds(word))
