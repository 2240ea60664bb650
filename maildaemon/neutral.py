"""Sentences that provably change nothing: each of their parts is made of the words of one courtesy (neutral.toml).

A covering sentence, a greeting, a request for a confirmation, where invoices go, what to quote, when goods come in:
a part of a sentence is of such a kind when it holds the words which that kind needs and none that it does not know.
There is no room in it for a number, a name or a place, nor for a word of danger.toml."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from maildaemon.danger import danger, dangerous, topical
from maildaemon.phrasebook import altered, folded, phrasebook, table

_LINK = re.compile(r"(?:https?://|www\.)\S{1,300}|\S{1,100}@\S{1,100}")
_EMAIL = re.compile(r"\be-mails?\b")
_TIME = r"[0-9]{1,2}(?:[.:h][0-9]{2})?(?: ?(?:h|am|pm|uhr|hrs|uur))?"
_TIMES = re.compile(rf"\b{_TIME}(?: ?(?:-|–|to|till|until|bis|a|alle|tot) ?{_TIME})\b")
_BREAK = re.compile(r"[.,;:!?()/|–—]+| - |\b(?:and|und|et|y|e|ed|en)\b")
_WORD = re.compile(r"[a-z]+")
_PARTS = 8
"""Of so many parts is a sentence at most; a longer one is read by a person."""
_HOURS = "hours"
_MISSPELT = 6
"""Of so many letters a word is recognised in spite of one typing error."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One kind of sentence in one language. Every one of ``needs`` gives a word; ``words`` are all that it may hold."""

    name: str
    needs: tuple[frozenset[str], ...]
    words: frozenset[str]

    def covers(self, words: frozenset[str]) -> bool:
        return words <= self.words and all(words & some for some in self.needs)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The frames of each language, and what one weekday to another looks like."""

    frames: Mapping[str, tuple[Frame, ...]]
    weekdays: re.Pattern[str]
    known: frozenset[str]
    """Every word of them."""
    long: tuple[str, ...]
    """Those that are recognised in spite of a typing error."""


@cache
def lexicon() -> Lexicon:
    data = table("neutral")
    common = data["words"]["all"]

    def frames(language: str, words: Mapping[str, str]) -> tuple[Frame, ...]:
        def of(name: str) -> frozenset[str]:
            said = f"{words.get(name, '')} {common.get(name, '')}".split()
            return frozenset(word for word in said if not danger(language).holds(word))

        return tuple(
            Frame(name, tuple(map(of, frame["needs"])), of("small").union(*map(of, (*frame["needs"], *frame["may"]))))
            for name, frame in data["frames"].items()
        )

    day = "|".join(sorted(data["weekdays"]["names"].split(), key=len, reverse=True))
    between = "|".join(map(re.escape, data["weekdays"]["between"]))
    by_language = {language: frames(language, words) for language, words in data["words"].items() if language != "all"}
    known = frozenset(word for found in by_language.values() for frame in found for word in frame.words)
    return Lexicon(
        by_language,
        re.compile(rf"(?:\b(?:from|von|du|de|da|van) )?\b(?:{day})\.? ?(?:{between}) ?(?:{day})\b"),
        known,
        tuple(sorted(word for word in known if len(word) >= _MISSPELT - 1)),
    )


def is_courtesy(text: str, numbers: tuple[str, ...] = ()) -> bool:
    """A remark as it was written is made of courtesies, and no phrase in it changes an order."""
    said = folded(text)
    return not altered(said) and phrasebook().voids.search(said) is None and is_neutral(said, numbers)


@lru_cache(maxsize=8192)
def is_neutral(text: str, numbers: tuple[str, ...] = ()) -> bool:
    """The folded sentence is made of courtesies of one language. ``numbers`` are the order's own, which it may
    repeat."""
    text = _EMAIL.sub("email", _LINK.sub(" ", text))
    for number in numbers:
        text = text.replace(number, " ")
    hours = _TIMES.sub(" ", lexicon().weekdays.sub(" ", text))
    if _is_covered(text, with_hours=False) or (hours != text and _is_covered(hours, with_hours=True)):
        return True
    return any(_is_covered(one, with_hours=False) for one in _mended(text))


def _mended(text: str) -> Iterator[str]:
    """With the one word that is in no language's courtesies as it may have been meant: one letter of it is wrong,
    missing, too many or has changed places with the next. A word that is known, or near to one that may change an
    order, is meant as it stands."""
    strange = set(_WORD.findall(text)) - lexicon().known
    word = strange.pop() if len(strange) == 1 else ""
    if len(word) < _MISSPELT or word in phrasebook().common or dangerous(text) is not None or topical(word) is not None:
        return
    for meant, _, _ in extract(word, lexicon().long, scorer=OSA.distance, score_cutoff=1, limit=3):
        yield re.sub(rf"(?<![a-z]){word}(?![a-z])", meant, text)


def _is_covered(text: str, *, with_hours: bool) -> bool:
    if any(character.isdigit() for character in text):
        return False
    split = (frozenset(_WORD.findall(part)) for part in _BREAK.split(text))
    parts = tuple(part for part in split if part)
    return 0 < len(parts) <= _PARTS and any(
        _covers(tuple(one for one in frames if with_hours or one.name != _HOURS), parts)
        for frames in lexicon().frames.values()
    )


def _covers(frames: tuple[Frame, ...], parts: tuple[frozenset[str], ...]) -> bool:
    """The parts, some of them joined with the next, are each of one kind."""
    if not parts:
        return True
    joined: frozenset[str] = frozenset()
    for taken, part in enumerate(parts, 1):
        joined |= part
        if any(frame.covers(joined) for frame in frames) and _covers(frames, parts[taken:]):
            return True
    return False
