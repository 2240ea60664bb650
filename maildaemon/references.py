"""Labelled references that say nothing of what is ordered, recognised by their label and the form of their value
(references.toml)."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from maildaemon.danger import dangerous, topical
from maildaemon.phrasebook import folded, phrasebook, table

_NUMBERED = r"""(?:[ .-]{0,2}(?:(?:no|nr|num|ref|id|nummer|number|numero|code)\b\.?|n\.? ?[o°º]?\.?|#))"""
_NUMBER = f"{_NUMBERED}?"
_BEFORE = r"(?:(?:n\.? ?[o°º]?\.?|no\.?|nr\.?|numero|codice|code|ref\.?|rif\.?) ?(?:d[ei] |d')?)"
_APART = re.compile(r"(?::|\||\t|\.{3,}|…)[\s.:|…]*")
_GAP = re.compile(r"(?<! ) {2,}")
_CODE = r"(?=[\w./-]{0,24}[0-9])[A-Za-z0-9][\w./-]{0,24}"
_PERSON = r"(?:[A-ZÀ-ÖØ-Þ][\w'’-]{0,20}\.?)(?: (?:d[aei]|del|van|von|der|den|la|le|[A-ZÀ-ÖØ-Þ][\w'’-]{0,20}\.?)){0,4}"
_PHONE = r"\+?[0-9(][0-9 ()/.-]{5,22}"
_REACHED = r"[\w.+-]{1,60}@[\w.-]{1,80}"
_VALUES = {
    "code": re.compile(_CODE),
    "quotation": re.compile(rf"{_CODE}(?:,? (?:of|dated|from|vom|du|del|d\.?d\.?|van) [0-9][0-9./-]{{5,9}})?"),
    "agreement": re.compile(_CODE),
    "framework": re.compile(_CODE),
    "contact": re.compile(rf"(?:{_PERSON})?[ ,|]{{0,3}}(?:(?:[Tt]el\.?:? )?{_PHONE})?[ ,|]{{0,3}}(?:{_REACHED})?"),
    "register": re.compile(r"(?=[\w. -]{0,20}[0-9]{2})[A-Za-z]{0,3}[ -]?[0-9A-Z][0-9A-Za-z. -]{4,20}"),
}
_WORD = re.compile(r"[a-z]+")
_PARTICLES = frozenset("da de del den der di la le van von a c d e h i j k l m n o p r s t u y".split())
_LINE = 120
_UNDER_TITLE = frozenset({"agreement", "framework"})
_PRICING = _UNDER_TITLE | {"quotation"}


@lru_cache(maxsize=8192)
def is_reference(text: str, *, priced: bool, titled: bool = False) -> bool:
    """The whole line is a label out of references.toml with a value of its form. ``priced``: every order line states
    its price, so that no quotation can fix another; ``titled``: the title above says that this is an order, and has a
    number of its own, so that the number of a quotation is not that of this very paper."""
    text = text.strip(" |*_")
    if len(text) > _LINE:
        return False
    if any(line.fullmatch(folded(text)) for line in _printed()):
        return True
    for label, value in _halves(text):
        for kind, labels in _labels().items():
            if (
                (priced or kind not in _PRICING)
                and (titled or kind not in _UNDER_TITLE)
                and labels.fullmatch(folded(label).strip(" .:"))
                and _VALUES[kind].fullmatch(value.rstrip(" ."))
                and (kind != "contact" or _is_named(folded(value)))
            ):
                return True
    return False


def is_label(text: str) -> bool:
    """The folded text is one of the labels."""
    return any(labels.fullmatch(text.strip(" .:")) for labels in _labels().values())


def _is_named(value: str) -> bool:
    """No word of the name is one of those of which sentences are made."""
    return not (
        dangerous(value)
        or topical(value)
        or set(_WORD.findall(value.partition("@")[0])) & phrasebook().common - _PARTICLES
    )


def _halves(text: str) -> list[tuple[str, str]]:
    """Label and value, parted by a colon, a cell's border or leader dots, by the last gap, or by the last blank."""
    apart = _APART.search(text)
    for gap in () if apart else _GAP.finditer(text):
        apart = gap
    if apart:
        label, value = " ".join(text[: apart.start()].split()), text[apart.end() :].strip()
        return [(label, value)] if label and value else []
    label, _, value = text.rpartition(" ")
    return [(label, value)] if any(character.isdigit() for character in value) else []


@cache
def _labels() -> Mapping[str, re.Pattern[str]]:
    return {
        kind: re.compile(_labelled("|".join(known["labels"]), bare=known.get("bare", True)))
        for kind, known in table("references").items()
        if "labels" in known
    }


def _labelled(labels: str, *, bare: bool) -> str:
    """``bare``: the label may stand without a number sign or word before or behind it."""
    if bare:
        return rf"{_BEFORE}?(?:{labels}){_NUMBER}"
    return rf"(?:{_BEFORE}(?:{labels}){_NUMBER}|(?:{labels}){_NUMBERED})"


@cache
def _printed() -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, table("references")["printed"]["lines"]))
