"""Fragments: lines without a full stop that are neither columns nor a label with its value."""

import re

from maildaemon.danger import asking, clause, dangerous
from maildaemon.phrasebook import folded, phrasebook
from maildaemon.sentences import ASKS, LETTERS

COLUMNS = ("|", ";", "  ", "\t")
_WORD = re.compile(r"[a-z](?:[a-z'-]*[a-z])?")
_DIGIT = re.compile("[0-9]")


def warns(said: str) -> bool:
    """It holds a dangerous word besides the name of a month, which ``dates`` judges."""
    return dangerous(phrasebook().day.sub(" ", said)) is not None


def is_asked(text: str, said: str) -> bool:
    """A fragment, though without a full stop, in which somebody asks for something or takes something back."""
    if any(mark in text for mark in (*COLUMNS, "@")):
        return False
    words = set(_WORD.findall(said))
    if warns(said) or (not words <= phrasebook().common and not ASKS.isdisjoint(words)):
        return True
    return asking(said) or (phrasebook().legal.search(said) is not None and clause(said) is not None)


def is_spoken(text: str) -> bool:
    """A fragment that is no name and no heading: a word behind its first stands in small letters and is not known."""
    words, spoken = phrasebook(), LETTERS.findall(text)
    if _DIGIT.search(text) or any(mark in text for mark in (*COLUMNS, "@")):
        return False
    return any(
        word[0].islower() and len(word) > 2 and not {folded(word)} & (words.common | words.labels)
        for word in spoken[1:]
    )
