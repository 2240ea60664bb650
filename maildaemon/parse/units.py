"""Units as written → UN/ECE Recommendation 20 codes (pieces are ``EA``); a word that is not listed is no unit."""

import re

from maildaemon.parse.numbers import Number, number
from maildaemon.unitwords import code_of

_SPLIT = re.compile(r"([0-9][0-9.,'’ \u00a0\u202f]*(?<! ))[ \u00a0]?([^\W\d_][^\d]{0,20}|[^\W\d_]{1,3}[23])?")
_LEADING = re.compile(r"([^\W\d_]{1,12})\.? ?([0-9][0-9.,']*)")


def unit(text: str, language: str | None = None) -> str | None:
    """The code of the unit that the text names, alone. What it means may hang on the language: Dutch ``dozen`` are
    boxes, and a ``ton`` is none in English."""
    return code_of(" ".join(text.casefold().split()).rstrip("."), language)


def quantity(text: str) -> tuple[Number, str | None] | None:
    """A number and the unit word behind it, as written and perhaps unknown; None when the text is anything else. ``5
    x`` and ``x 5`` are 5, ``5 (EA)`` are 5 EA."""
    text = text.strip()
    found = number(text)
    if found is not None:
        return None if found.currency or found.bare_sign else (found, None)
    if len(text) > 48:
        return None
    if text.endswith(")"):
        figure, _, word = text[:-1].partition("(")
        found = number(figure.strip())
        return (found, word.strip()) if found is not None and not found.currency and unit(word) is not None else None
    if text[:1] in "x×X" and (found := number(text[1:])) is not None and not found.currency:
        return found, None
    if parts := _SPLIT.fullmatch(text):
        found, word = number(parts[1]), (parts[2] or "").strip()
    elif parts := _LEADING.fullmatch(text):
        found, word = number(parts[2]), parts[1]
        if unit(word) is None:
            return None
    else:
        return None
    if found is None or found.currency:
        return None
    return found, (None if word in {"x", "×", "X"} else word or None)
