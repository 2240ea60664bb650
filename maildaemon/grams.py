"""An index over many short texts that finds the few which a misspelt, shortened or shuffled text may mean."""

import heapq
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from maildaemon.wording import words

BUDGET = 2_500, 25_000
"""How many postings one question may read in a small index and in a large one: what keeps it fast at every size."""

SHORTLIST = 60


class GramIndex:
    """Built once, never changed, asked from any thread. ``texts`` pairs the words of a text with the owner it leads to;
    an owner may have many texts."""

    __slots__ = ("_budget", "_owners", "_postings", "_sorted")

    def __init__(self, texts: Iterable[tuple[Sequence[str], int]]) -> None:
        postings: dict[str, array[int]] = {}
        owners = array("I")
        sentences: list[str] = []
        for number, (found, owner) in enumerate(texts):
            owners.append(owner)
            sentences.append(" ".join(sorted(found)))
            for gram in _grams(found):
                ids = postings.get(gram)
                if ids is None:
                    postings[gram] = array("I", (number,))
                else:
                    ids.append(number)
        self._postings, self._owners, self._sorted = postings, owners, sentences
        self._budget = min(max(BUDGET[0], len(owners) // 4), BUDGET[1])

    def candidates(self, found: Sequence[str], limit: int = 10) -> tuple[int, ...]:
        """The owners of the nearest texts, best first. The rarest grams are asked first, until the budget is spent."""
        lists = sorted((ids for gram in _grams(found) if (ids := self._postings.get(gram)) is not None), key=len)
        counts: Counter[int] = Counter()
        spent = 0
        for ids in lists:
            spent += len(ids)
            if spent > self._budget and counts:
                break
            counts.update(ids if len(ids) <= self._budget else ids[: self._budget])
        if not counts:
            return ()
        shortlist = (
            heapq.nlargest(SHORTLIST, counts, key=counts.__getitem__) if len(counts) > SHORTLIST else list(counts)
        )
        sentence = " ".join(sorted(found))
        sentences, ratio = self._sorted, fuzz.ratio
        ranked = sorted(
            ((ratio(sentence, sentences[number]) + counts[number], number) for number in shortlist), reverse=True
        )
        owners = dict.fromkeys(self._owners[number] for _score, number in ranked)
        return tuple(owners)[:limit]


def describe(text: str) -> tuple[str, ...]:
    """The words by which a text is indexed and asked for, at most 40."""
    return words(text)[:40]


def _grams(found: Sequence[str]) -> set[str]:
    """The 4-grams of each word, whole short words, and each number together with what stands before it: sizes tell one
    article from the next, and alone they are too common to be asked for."""
    grams: set[str] = set()
    before = ""
    for word in found:
        if len(word) < 3 or word[0].isdigit():
            grams.add(f" {word} ")
        else:
            padded = f" {word} "
            grams.update([padded[start : start + 4] for start in range(len(padded) - 3)])
        if before and word[0].isdigit():
            grams.add(f"{before}|{word}")
        before = word
    return grams
