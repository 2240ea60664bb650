"""How one writer writes: the wordings, number and date forms drawn once per document."""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

from tests.foreign.order import When

LANGUAGES = ("en", "de", "fr", "es", "it", "nl")
_MARKS = {
    "en": ((".", ","), (".", ""), (".", ",")),
    "de": ((",", "."), (",", ""), (",", ".")),
    "fr": ((",", " "), (",", "\u00a0"), (",", "")),
    "es": ((",", "."), (",", "")),
    "it": ((",", "."), (",", "")),
    "nl": ((",", "."), (",", "")),
}
_NUMERIC = {
    "en": ("%d/%m/%Y", "%Y-%m-%d", "%d-%b-%Y", "%d.%m.%Y"),
    "de": ("%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d"),
    "fr": ("%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y"),
    "es": ("%d/%m/%Y", "%d-%m-%Y"),
    "it": ("%d/%m/%Y", "%d.%m.%Y"),
    "nl": ("%d-%m-%Y", "%d-%m-%y", "%d/%m/%Y"),
}
_LONG = {
    "en": "{d} {m} {y}",
    "de": "{d}. {m} {y}",
    "fr": "{d} {m} {y}",
    "es": "{d} de {m} de {y}",
    "it": "{d} {m} {y}",
    "nl": "{d} {m} {y}",
}


WORDINGS = ("usual", "other")
"""The other ones are never used with the layouts that the reader may be improved on."""


@cache
def words(wording: str = "usual") -> dict[str, dict[str, list[str]]]:
    usual: dict[str, dict[str, list[str]]] = _table("words")
    return {**usual, **_table("words_other")} if wording == "other" else usual


def _table(name: str) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))


class Voice:
    """Says the same thing in the same way throughout a document. ``slips`` is the chance of a typing error in a label."""

    def __init__(self, rng: Random, language: str, slips: float = 0.0, wording: str = "usual") -> None:
        self.rng, self.language, self.slips, self.words = rng, language, slips, words(wording)
        self.decimal, self.group = rng.choice(_MARKS[language])
        self.date_form = rng.choice(_NUMERIC[language])
        self.long_dates = rng.random() < 0.2
        self._said: dict[str, str] = {}

    def __call__(self, key: str) -> str:
        if key not in self._said:
            text = self.rng.choice(self.words[key][self.language])
            self._said[key] = slip(self.rng, text) if self.rng.random() < self.slips else text
        return self._said[key]

    def fresh(self, key: str) -> str:
        """Another draw each time: units, notes."""
        return self.rng.choice(self.words[key][self.language])

    def money(self, value: Decimal) -> str:
        return number(value.quantize(Decimal("0.01")), self.decimal, self.group)

    def count(self, value: Decimal) -> str:
        return number(value.normalize(), self.decimal, "")

    def day(self, value: date) -> str:
        month = self.words["months"][self.language][value.month - 1]
        if self.long_dates:
            return _LONG[self.language].format(d=value.day, m=month, y=value.year)
        form = self.date_form.replace("%b", month[:3])
        return value.strftime(form)

    def when(self, value: date, *, weeks: bool = False) -> When:
        if weeks and self.rng.random() < 0.08:
            year, week, _ = value.isocalendar()
            return When.week_of(value, self.fresh("week").format(w=week, y=year))
        return When(self.day(value), (value,))


def number(value: Decimal, decimal: str, group: str) -> str:
    text = f"{value:,f}"
    return text.replace(",", "\0").replace(".", decimal).replace("\0", group)


def slip(rng: Random, text: str) -> str:
    """A typing error: two letters swapped, one doubled, or one left out. Short words stay as they are."""
    places = [n for n in range(1, len(text) - 1) if text[n].isalpha() and text[n + 1].isalpha()]
    if len(text) < 6 or not places:
        return text
    at = rng.choice(places)
    return rng.choice(
        (
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            text[:at] + text[at] + text[at:],
            text[:at] + text[at + 1 :],
        )
    )
