"""Units by their names (unitwords.toml): the words of six languages → codes of UN/ECE Recommendation 20."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class UnitWords:
    """``words`` and, by language, ``own`` in lower case, each with its code; ``codes`` the codes that there are."""

    words: Mapping[str, str]
    own: Mapping[str, Mapping[str, str]]
    loose: frozenset[str]
    codes: frozenset[str]


@cache
def unit_words() -> UnitWords:
    data = tomllib.loads(files("maildaemon").joinpath("unitwords.toml").read_text("utf-8"))
    words = {code.lower(): code for code in data["words"]}
    words |= {word.replace("|", " "): code for code, given in data["words"].items() for word in given.split()}
    own: dict[str, dict[str, str]] = data["in"]
    return UnitWords(words, own, frozenset(data["loose"]["words"].split()), frozenset(data["codes"]["words"].split()))


def code_of(word: str, language: str | None = None) -> str | None:
    """The code of a word in lower case; None when it is no unit's, or that language leaves it open."""
    known = unit_words()
    own = known.own.get(language or "", {}).get(word)
    return known.words.get(word) if own is None else own or None
