"""Dates as people write them, by a strict grammar; what can be read in two ways has two readings."""

import re
from dataclasses import dataclass
from datetime import date

FIRST_YEAR, LAST_YEAR = 2000, 2100
_NAMES = {
    1: "january jan januar jän jänner janvier janv enero ene gennaio gen januari",
    2: "february feb februar febr février fevrier févr fev fév febrero febbraio februari",
    3: "march mar märz maerz mär mrz mars marzo maart mrt",
    4: "april apr avril avr abril abr aprile",
    5: "may mai mayo maggio mag mei",
    6: "june jun juni juin junio giugno giu",
    7: "july jul juli juillet juil julio luglio lug",
    8: "august aug août aout agosto ago augustus",
    9: "september sep sept septembre septiembre set settembre",
    10: "october oct oktober okt octobre octubre ottobre ott",
    11: "november nov novembre noviembre",
    12: "december dec dezember dez décembre decembre déc diciembre dic dicembre",
}  # fmt: skip
MONTHS = {name: month for month, names in _NAMES.items() for name in names.split()}
_NOISE = frozenset(
    "monday mon tuesday tue tues wednesday wed thursday thu thurs thur friday fri saturday sat sunday sun "
    "montag mo dienstag "
    "di mittwoch mi donnerstag do freitag fr samstag sa sonntag so lundi mardi mercredi jeudi vendredi samedi "
    "dimanche lunes "
    "martes miércoles jueves viernes sábado domingo lunedì martedì mercoledì giovedì venerdì sabato domenica "
    "maandag dinsdag "
    "woensdag donderdag vrijdag zaterdag zondag by before on until latest the of den der am bis zum spätestens "
    "le du avant "
    "au au-plus-tard plus tard el de del al antes il entro op uiterlijk vóór voor no later than not at latest "
    "den vom".split()
)
_ISO = re.compile(
    r"(20[0-9]{2})([-/.])([0-9]{1,2})\2([0-9]{1,2})"
    r"(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_COMPACT = re.compile(r"(20[0-9]{2})([01][0-9])([0-3][0-9])")
_NUMERIC = re.compile(
    r"([0-9]{1,2})([-/.]) ?([0-9]{1,2})\2 ?((?:[0-9]{2})?[0-9]{2})"
    r"(?:,? [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?[AaPp][Mm])?(?: Uhr)?)?"
)
_WEEK = re.compile(
    r"(?:kw|cw|wk|week|calendar week|kalenderwoche|semaine|sem\.?|semana"
    r"|settimana) ?\.?([0-9]{1,2}) ?[/.\- ,]{0,2} ?((?:20)?[0-9]{2})"
)
_WEEK_ISO = re.compile(r"(20[0-9]{2})-?w([0-9]{2})")
_WORD = re.compile(r"[^\s,]+")


@dataclass(frozen=True, slots=True)
class Dated:
    """One reading, or two for ``03/04/2026``: the first with the day first. ``order`` is what an unequivocal text of
    that kind proves, ``dmy`` or ``mdy``."""

    readings: tuple[date, ...]
    order: str | None = None

    @property
    def value(self) -> date | None:
        return self.readings[0] if len(self.readings) == 1 else None

    def under(self, order: str | None) -> date | None:
        if len(self.readings) == 1:
            return self.readings[0]
        return {"dmy": self.readings[0], "mdy": self.readings[1]}.get(order or "")


def dated(text: str) -> Dated | None:
    """The date that the text is; None when it is anything else or outside the years 2000 to 2100. ``KW 48/2026`` is the
    Monday of that ISO week."""
    text = " ".join(text.split()).strip(" .,;")
    if not 5 <= len(text) <= 60:
        return None
    if not any(character.isdigit() for character in text):
        return None
    return _plain(text) or _worded(text)


def _plain(text: str) -> Dated | None:
    if found := _ISO.fullmatch(text):
        return _one(int(found[1]), int(found[3]), int(found[4]))
    if found := _COMPACT.fullmatch(text):
        return _one(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMERIC.fullmatch(text):
        return _numeric(int(found[1]), int(found[3]), found[4], found[2])
    folded = text.casefold()
    if (found := _WEEK.fullmatch(folded)) or (found := _WEEK_ISO.fullmatch(folded)):
        year, week = (found[2], found[1]) if found.re is _WEEK else (found[1], found[2])
        try:
            return Dated((date.fromisocalendar(int(year) % 100 + 2000, int(week), 1),))
        except ValueError:
            return None
    return None


def _one(year: int, month: int, day: int, order: str | None = None) -> Dated | None:
    made = _date(year, month, day)
    return Dated((made,), order) if made else None


def _date(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _numeric(first: int, second: int, written_year: str, sign: str) -> Dated | None:
    if len(written_year) not in {2, 4}:
        return None
    year = int(written_year) + (2000 if len(written_year) == 2 else 0)
    if sign == ".":
        # Nobody writes the month first between full stops.
        return _one(year, second, first)
    as_dmy, as_mdy = _date(year, second, first), _date(year, first, second)
    if as_dmy and as_mdy and as_dmy != as_mdy:
        return Dated((as_dmy, as_mdy))
    if as_dmy:
        return Dated((as_dmy,), "dmy" if as_mdy is None else None)
    return Dated((as_mdy,), "mdy") if as_mdy else None


def _worded(text: str) -> Dated | None:
    """Words of which one is a month, one a day and one a year, and the rest says nothing; or noise before a plain
    date."""
    words = [word.casefold().strip(".") for word in _WORD.findall(text.replace("-", " ") if _has_month(text) else text)]
    kept = [word for word in words if word and word not in _NOISE]
    if len(kept) == 1 and len(words) > 1:
        return _plain(kept[0])
    if len(kept) == 2 and not any(word in MONTHS for word in kept):
        return _plain(" ".join(kept)) if len(words) > 2 else None
    if len(kept) != 3:
        return None
    month = next((MONTHS[word] for word in kept if word in MONTHS), None)
    numbers = [value for word in kept if word not in MONTHS and (value := _ordinal(word)) is not None]
    if month is None or len(numbers) != 2:
        return None
    day, year = numbers
    if kept[0] in MONTHS and year <= 31:
        return None  # "Nov 24 26": no plain year
    if day > 31 >= year:
        day, year = year, day
    return _one(year + 2000 if year < 100 else year, month, day)


def _has_month(text: str) -> bool:
    return any(word.strip(".,").casefold() in MONTHS for word in text.replace("-", " ").split())


def _ordinal(word: str) -> int | None:
    for ending in ("st", "nd", "rd", "th", "er", "º", "°", "e"):
        if word.endswith(ending) and word[: -len(ending)].isdigit():
            word = word[: -len(ending)]
            break
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 4 else None
