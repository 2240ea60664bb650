"""How far a description as a client writes it says the same as one of the catalogue's wordings."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

from rapidfuzz.distance import OSA

from maildaemon.wording import unit_of

ACCEPT = 0.8
"""From here on two descriptions say the same. One that names another size, unit or word never gets there."""

CAP = 0.79

_FILLERS = frozenset(
    "a an the of for in with w per to by from at on and or der die das den dem des ein eine fur mit von zu im am "
    "aus je und oder de du des la le les un une pour avec par et ou en el los las con para por y o di il lo gli van "
    "het een voor met op til av med og och for no nr art item x je pro".split()
)


@dataclass(frozen=True, slots=True)
class Words:
    """How telling each word is among some articles: those that few of them share tell the most. A word that one of them
    has is no slip of the pen for another."""

    weights: Mapping[str, float]
    stranger: float = 1.0

    def weight(self, word: str) -> float:
        return self.weights.get(word, self.stranger)


ANY = Words({})


@dataclass(frozen=True, slots=True)
class Likeness:
    """``score`` 0 to 1. ``conflict``: both name numbers or units that differ (M8x40, M8x50). Such a pair scores 0, and
    ``apart`` is what it would score if the numbers were not looked at."""

    score: float
    conflict: bool = False
    apart: float = 0.0


def likeness(asked: Sequence[str], found: Sequence[str], words: Words = ANY, *, apart: bool = True) -> Likeness:
    """Compare two descriptions as words (see wording.words); without ``apart`` a conflict is not looked into."""
    if tuple(asked) == tuple(found):
        return Likeness(1.0 if asked else 0.0)
    numbers_asked, words_asked = _parted(asked)
    numbers_found, words_found = _parted(found)
    extra, missing = numbers_asked - numbers_found, numbers_found - numbers_asked
    conflict = bool(extra and missing) or _units_differ(asked, found)
    if conflict and not apart:
        return Likeness(0.0, conflict=True)
    said, meant, matched = _matched(words_asked, words_found, words)
    weight = words.weight
    of_words = _sum(words_asked, weight) + _sum(words_found, weight)
    without_numbers = 2 * matched / of_words if of_words else 0.0
    if conflict:
        return Likeness(0.0, conflict=True, apart=without_numbers)
    common = _sum(numbers_asked & numbers_found, weight)
    everything = of_words + _sum(numbers_asked, weight) + _sum(numbers_found, weight)
    score = 2 * (matched + common) / everything if everything else 0.0
    # A word in the place of another, or a number that the article does not have, may be just what tells two articles
    # apart: however long the rest that agrees, it is not the same.
    if (said and meant) or extra:
        score = min(score, CAP)
    return Likeness(score, apart=without_numbers)


def weighed(wordings: Iterable[Iterable[Sequence[str]]]) -> Words:
    """The words of these articles; ``wordings`` holds each article's."""
    counts: Counter[str] = Counter()
    articles = 0
    for article in wordings:
        articles += 1
        counts.update({word for text in article for word in text})
    table = {word: 1 + log(articles / count) for word, count in counts.items()}
    return Words(table, 1 + log(max(articles, 1)) / 2)


def _parted(text: Sequence[str]) -> tuple[Counter[str], Counter[str]]:
    numbers: Counter[str] = Counter()
    rest: Counter[str] = Counter()
    for word in text:
        if word[0].isdigit():
            numbers[word] += 1
        elif word not in _FILLERS:
            rest[word] += 1
    return numbers, rest


def _sum(counted: Counter[str], weight: Callable[[str], float]) -> float:
    return sum(weight(word) * count for word, count in counted.items())


def _matched(asked: Counter[str], found: Counter[str], words: Words) -> tuple[list[str], list[str], float]:
    """The words left over on either side, and the weight of those that found their counterpart."""
    same, weight = asked & found, words.weight
    matched = _sum(same, weight)
    said, meant = list((asked - same).elements()), list((found - same).elements())
    if not said or not meant:
        return said, meant, matched
    for word in tuple(said):
        known = word in words.weights
        alike, best = max([(_slip(word, other, known=known), other) for other in meant], default=(0.0, ""))
        if alike:
            said.remove(word)
            meant.remove(best)
            matched += alike * (weight(word) + weight(best)) / 2
    if said and meant and _joined(said, meant):
        matched += sum(map(weight, said)) / 2 + sum(map(weight, meant)) / 2
        said, meant = [], []
    return said, meant, matched


def _slip(word: str, other: str, *, known: bool) -> float:
    """How surely one word is the other misspelt, in another number or cut short; 0 when it is another word. Short words
    (M, XL, red) have no room for slips, but for two letters that changed places; the first letter is seldom wrong."""
    shorter, longer = sorted((len(word), len(other)))
    if shorter < 3:
        return 0.0
    if longer > shorter and (word.startswith(other) or other.startswith(word)):
        return 0.9 if longer - shorter <= 2 else 0.8
    if known or longer - shorter > 2:
        return 0.0
    swapped = shorter == longer and word[:2] == other[1::-1]
    allowed = 2 if shorter >= 7 and (word[0] == other[0] or swapped) else 1
    distance = OSA.distance(word, other, score_cutoff=allowed)
    if distance > allowed:
        return 0.0
    if shorter < 4 or (word[0] != other[0] and not swapped and shorter < 6):
        return 1 - distance / longer if shorter == longer and sorted(word) == sorted(other) else 0.0
    return 1 - distance / longer


def _joined(said: list[str], meant: list[str]) -> bool:
    """The same letters, parted otherwise: "hexbolt" and "hex bolt"."""
    together, other = "".join(said), "".join(meant)
    return len(together) >= 4 and (together == other or sorted(said) == sorted(meant))


def _units_differ(asked: Sequence[str], found: Sequence[str]) -> bool:
    """The same number stands before two different units (100 mm, 100 cm)."""
    theirs = _measured(found)
    return any(not units & theirs.get(number, units) for number, units in _measured(asked).items())


def _measured(text: Sequence[str]) -> dict[str, set[str]]:
    measured: dict[str, set[str]] = {}
    for word, after in pairwise(text):
        if word[0].isdigit() and (unit := unit_of(after)):
            measured.setdefault(word, set()).add(unit)
    return measured
