"""Words that may change an order whatever stands around them (danger.toml)."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from maildaemon.phrasebook import phrasebook, table

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_MISSPELT = 6
"""Of so many letters a word is recognised in spite of one typing error."""
_INSTRUCTION = 4
"""Of so many words is an instruction at least; a heading has fewer."""
_UMLAUT = re.compile("([aou])e")


@dataclass(frozen=True, slots=True)
class Words:
    """Whole words, and the beginnings of others."""

    whole: frozenset[str]
    stems: tuple[str, ...]
    long: tuple[str, ...]
    """Those of either kind that are long enough to be recognised when they are misspelt."""

    def holds(self, word: str) -> bool:
        return word in self.whole or word.startswith(self.stems)

    def misspelt(self, word: str) -> bool:
        """One letter is wrong, missing, too many or has changed places with the next."""
        if len(word) < _MISSPELT or word in phrasebook().common:
            return False
        return extractOne(word, self.long, scorer=OSA.distance, score_cutoff=1) is not None


@cache
def danger(language: str) -> Words:
    """Those of one language."""
    return _words(table("danger")["words"][language])


@lru_cache(maxsize=8192)
def dangerous(text: str) -> str | None:
    """The first word of a folded text of any language that may change an order, perhaps misspelt. A word that is an
    everyday one in another language is none: ``si`` and ``se``, ``of`` and ``or``."""
    return _first(text, _all("words"))


@lru_cache(maxsize=8192)
def topical(text: str) -> str | None:
    """The first word of a folded text that speaks of an order and of its delivery, as no footer of a company does."""
    return _first(text, _all("topics"))


@lru_cache(maxsize=8192)
def wanted(text: str) -> bool:
    """A folded text says of a day beside it that something is wanted then."""
    return _first(text, _all("wanted"), typed=False) is not None


@lru_cache(maxsize=8192)
def asking(text: str) -> bool:
    """A folded fragment begins as an instruction does, or states a figure of what is to be paid or supplied."""
    words = _WORD.findall(text)
    opening, figured = _all("opening"), _all("figured")
    if len(words) >= _INSTRUCTION and opening.holds(words[0]):
        return True
    return any(map(str.isdigit, text)) and any(map(figured.holds, words))


@lru_cache(maxsize=8192)
def clause(text: str) -> str | None:
    """The first word for which a folded sentence about terms of business says more than that they apply."""
    return _first(text, _all("clauses"), typed=False)


@cache
def words_of(section: str) -> Words:
    """Those of a section, in every language."""
    return _words(" ".join(table("danger")[section].values()))


@cache
def _all(section: str) -> Words:
    return _words(
        " ".join(table("danger")[section].values()), phrasebook().common if section == "words" else frozenset()
    )


def _words(text: str, without: frozenset[str] = frozenset()) -> Words:
    words = text.split()
    whole = frozenset(word for word in words if not word.endswith("*")) - without
    stems = tuple(sorted(word.rstrip("*") for word in words if word.endswith("*")))
    return Words(whole, stems, tuple(word for word in sorted((*whole, *stems)) if len(word) >= _MISSPELT))


def _first(text: str, words: Words, *, typed: bool = True) -> str | None:
    """``typed``: it may be misspelt."""
    said = dict.fromkeys(_spelt(text))
    return next((word for word in said if words.holds(word) or (typed and words.misspelt(word))), None)


def _spelt(text: str) -> list[str]:
    """Its words, the parts of an elided one too, and each umlaut that is written with an e also without."""
    found: list[str] = []
    for word in _WORD.findall(text):
        found += [word, *word.split("'")] if "'" in word else [word]
    return [*found, *(_UMLAUT.sub(r"\1", word) for word in found if _UMLAUT.search(word))]
