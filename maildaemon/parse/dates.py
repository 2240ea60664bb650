"""Dates as people write them, by a strict grammar; what can be read in two ways has two readings."""

import re
from dataclasses import dataclass
from datetime import date

from maildaemon.parse.daywords import BETWEEN, LED, MONTHS, TAILED, WEEK, WEEKDAYS

FIRST_YEAR, LAST_YEAR = 2000, 2100
_ISO = re.compile(
    r"(20[0-9]{2})([-/.])([0-9]{1,2})\2([0-9]{1,2})"
    r"(?:,?[T ]([0-9]{1,2}):[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,6})?)? ?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_COMPACT = re.compile(r"(20[0-9]{2})([01][0-9])([0-3][0-9])")
_TIME = r"(?:,? (?:at |um )?[0-9]{1,2}[:.][0-9]{2}(?::[0-9]{2})?(?: ?[AaPp]\.?[Mm]\.?)?(?: Uhr| h)?)?"
_NUMERIC = re.compile(rf"([0-9]{{1,2}})([-/.]) ?([0-9]{{1,2}})\2 ?((?:[0-9]{{2}})?[0-9]{{2}}){_TIME}")
_WEEK = re.compile(rf"{WEEK}[.:]? ?(?:nr\.? |no\.? |n° ?)?([0-9]{{1,2}})(?: ?[/.\- ,]{{1,2}} ?((?:20)?[0-9]{{2}}))?")
_YEAR_FIRST = re.compile(r"(20[0-9]{2})[-/ ]?(?:w|kw|cw) ?-?([0-9]{1,2})")
# Only where a date is asked for: elsewhere it may be a number of any kind.
_SHORT_WEEK = re.compile(r"(?:[sw] ?|(?=(?:1[3-9]|[2-5][0-9])/20))([0-9]{2})(?:[/ .-]((?:20)?[0-9]{2}))?")
_DAY_MONTH = re.compile(r"([0-9]{1,2})([/.-]) ?([0-9]{1,2})(\2?)")
_SHORT_DAYS = frozenset("mo di mi do fr sa so ma".split())
_WORD = re.compile(r"[^\s,]+")
# Midnight at the sender's, told in universal time: the day before.
_LATE = 20


@dataclass(frozen=True, slots=True)
class Dated:
    """One reading, or two for ``03/04/2026``: the first with the day first. ``orders`` are the readings' own, ``dmy``,
    ``mdy`` or ``ymd``; ``order`` is what an unequivocal text of that kind proves. ``week``: the Monday of a week."""

    readings: tuple[date, ...]
    order: str | None = None
    orders: tuple[str, ...] = ()
    week: bool = False

    @property
    def value(self) -> date | None:
        return self.readings[0] if len(self.readings) == 1 else None

    def under(self, order: str | None) -> date | None:
        if len(self.readings) == 1:
            return self.readings[0]
        return dict(zip(self.orders, self.readings, strict=True)).get(order or "")


def dated(text: str) -> Dated | None:
    """The date that the text is; None when it is anything else, has no year, or lies outside the years 2000 to 2100.
    A week stands for its first day: ``KW 48/2026`` is the Monday of that week (ISO 8601)."""
    return _dated(text, None)


def dated_in(text: str, year: int) -> Dated | None:
    """The date that the text is in that year when it states none: ``12 May``, ``24.12.``, ``24/12``, ``KW 48``. Also a
    week that is only one where a date is asked for: ``S48``, ``48/2026``."""
    return _dated(text, year) if dated(text) is None else None


def _dated(text: str, year: int | None) -> Dated | None:
    text = " ".join(text.split()).strip(" .,;") if year is None else " ".join(text.split()).strip(" ,;")
    if not 3 <= len(text) <= 60 or not any("0" <= character <= "9" for character in text):
        return None
    return _plain(text, year) or _worded(text, year)


def _plain(text: str, year: int | None = None) -> Dated | None:
    if found := _ISO.fullmatch(text):
        if found[6] and int(found[5]) >= _LATE:
            return None
        return _one(int(found[1]), int(found[3]), int(found[4]))
    if found := _COMPACT.fullmatch(text):
        return _one(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMERIC.fullmatch(text):
        return _numeric(int(found[1]), int(found[3]), found[4], found[2])
    if year is not None and (found := _DAY_MONTH.fullmatch(text)):
        return _numeric(int(found[1]), int(found[3]), str(year), found[2])
    return _week(text.casefold(), year)


def _week(text: str, year: int | None) -> Dated | None:
    if found := _YEAR_FIRST.fullmatch(text):
        week, written = found[2], found[1]
    elif found := _WEEK.fullmatch(text) or (_SHORT_WEEK.fullmatch(text) if year is not None else None):
        week, written = found[1], found[2]
    else:
        return None
    if written is None and year is None:
        return None
    try:
        first = date.fromisocalendar(int(written) % 100 + 2000 if written else year or 0, int(week), 1)
    except ValueError:
        return None
    return Dated((first,), week=True)


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
    year = int(written_year) + (2000 if len(written_year) == 2 else 0)
    if sign == ".":
        # Nobody writes the month first between full stops.
        return _one(year, second, first)
    readings = [("dmy", _date(year, second, first)), ("mdy", _date(year, first, second))]
    if sign == "-" and len(written_year) == 2:
        readings.append(("ymd", _date(first + 2000, second, int(written_year))))
    possible: dict[date, str] = {}
    for order, made in readings:
        if made is not None:
            possible.setdefault(made, order)
    if len(possible) > 1:
        return Dated(tuple(possible), orders=tuple(possible.values()))
    proved = [order for order, made in readings if made is not None]
    return Dated(tuple(possible), proved[0] if len(proved) == 1 else None) if possible else None


def _worded(text: str, year: int | None) -> Dated | None:
    """Words that say no day before or behind a plain date; a weekday, which must be that of the date; or words of which
    one is a month, one a day and one the year."""
    folded = text.casefold()
    if found := LED.match(folded + " "):
        folded = (folded + " ")[found.end() :].strip()
    if (found := TAILED.search(folded)) and found.end() == len(folded):
        folded = folded[: found.start()]
    months = [word for word in _split(folded) if word in MONTHS]
    words = _split(folded) if months else [word.strip(",") for word in folded.split()]
    if len(months) == 2 and words[0] in {"mar", "mar."}:
        words.pop(0)  # "mar. 24 nov. 2026": mardi, martes or martedì
    words, weekday = _weekday(words)
    words = [word for word in words if word not in BETWEEN]
    if not words:
        return None
    kept = " ".join(words)
    if found := LED.match(kept):
        kept = kept[found.end() :]
        words = kept.split()
    read = _named(words, year) if months else _plain(kept, year) if kept != text.casefold() else None
    return _on(read, weekday) if read is not None else None


def _weekday(words: list[str]) -> tuple[list[str], int | None]:
    """The words without the weekday before or behind them, and which it is. Of a short form that several languages have
    it is not known."""
    if len(words) < 2:
        return words, None
    if (weekday := WEEKDAYS.get(words[0].strip(".,()"))) is not None:
        return words[1:], weekday
    if words[0].strip(".,") in _SHORT_DAYS and words[1][:1].isdigit():
        return words[1:], None
    if (weekday := WEEKDAYS.get(words[-1].strip(".,()"))) is not None:
        return words[:-1], weekday
    return words, None


def _split(text: str) -> list[str]:
    apart = text.replace("-", " ").replace("/", " ").replace(".", ". ")
    return [bare for word in _WORD.findall(apart) if (bare := word.strip("."))]


def _on(read: Dated, weekday: int | None) -> Dated | None:
    """The readings that fall on the weekday, if one is named; a week has none."""
    if weekday is None:
        return read
    fitting = tuple(one for one in read.readings if one.weekday() == weekday and not read.week)
    return Dated(fitting, read.order) if len(fitting) == 1 else None


def _named(words: list[str], year: int | None) -> Dated | None:
    """A day, a month by its name, a year."""
    if len(words) != (3 if year is None else 2):
        return None
    month = next((MONTHS[word] for word in words if word in MONTHS), None)
    numbers = [value for word in words if word not in MONTHS and (value := _ordinal(word)) is not None]
    if month is None or len(numbers) != len(words) - 1:
        return None
    day, written = (numbers[0], year) if year is not None else (numbers[0], numbers[1])
    if year is not None and words[0] not in MONTHS and words[1] not in MONTHS:
        return None
    assert written is not None  # noqa: S101  (it is the year that was given, or the second of two numbers)
    if words[0] in MONTHS and written <= 31:
        return None  # "Nov 24 26": no plain year
    if day > 31 >= written:
        day, written = written, day
    return _one(written + 2000 if written < 100 else written, month, day)


def _ordinal(word: str) -> int | None:
    for ending in ("st", "nd", "rd", "th", "er", "ère", "º", "°", "ª", "e"):
        if word.endswith(ending) and word[: -len(ending)].isdigit():
            word = word[: -len(ending)]
            break
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 4 else None
