"""What settles a date that can be read in two ways or has no year: profile, neighbours, country, the mail's day."""

from collections.abc import Iterator
from datetime import date

from maildaemon.addresses import country
from maildaemon.model import Mail
from maildaemon.parse.dates import Dated, dated, dated_in
from maildaemon.parse.raw import RawOrder, Text
from maildaemon.playbook import Profile

DAY_FIRST_LANGUAGES = frozenset({"de", "fr", "es", "it", "nl"})
# Countries whose mails put the day first; none of these writes the month first.
_DAY_FIRST = frozenset("de at ch fr it es nl be uk gb ie au nz in pt pl se dk no fi cz sk hu gr lu eu".split())
_MONTH_FIRST = frozenset({"us"})
BACK, AHEAD = 45, 1
"""An order is dated so many days before its mail at most, or after it (time zones)."""
SOON, FAR = 300, 545
"""Within so many days lies a day without a year; after so many no day is asked for."""


class Days:
    """Looks once at all dates that the order states; then answers for each text."""

    def __init__(self, raw: RawOrder, mail: Mail, profile: Profile, language: str | None) -> None:
        self._given = profile.dates
        self._sent = mail.sent_at.date() if mail.sent_at else None
        shown = {found.order for text in _dates(raw) if (found := dated(text.text)) and found.order}
        shown |= _fitting(raw, self._sent)
        self._shown = shown.pop() if len(shown) == 1 else None
        self._contradicted = bool(shown)
        self._usual = _usual(raw, mail, language)
        self._ordered_on = self._sent
        for text in raw.texts("order_date"):
            if isinstance(day := self.day(text, "order_date"), date):
                self._ordered_on = day
                break

    def day(self, text: Text, name: str, order: str | None = None) -> date | Dated | None:
        """The date; its readings when it stays open, None when it is no date."""
        found = dated(text.text)
        if found is None:
            return self._without_year(text, name, order)
        if found.value is not None:
            return found.value
        if order := order or self._given:
            return found.under(order) or found
        if self._contradicted:
            return found
        if self._shown:
            return found.under(self._shown) or found
        possible = [one for one in found.readings if self._may_be(one, name)]
        if self._usual and (usual := found.under(self._usual)) is not None:
            return usual if usual in possible or not possible else found
        return possible[0] if len(possible) == 1 else found

    def _may_be(self, day: date, name: str) -> bool:
        """Nobody orders for a day before the order, nor dates an order much earlier or later than its mail."""
        if name == "order_date":
            return self._sent is None or -BACK <= (day - self._sent).days <= AHEAD
        return self._ordered_on is None or 0 <= (day - self._ordered_on).days <= FAR

    def _without_year(self, text: Text, name: str, order: str | None) -> date | Dated | None:
        """The one day that lies near: behind an order's date, before its mail. ``12.10`` may be money."""
        base = self._sent if name == "order_date" else self._ordered_on
        if base is None or (text.loose and text.text.strip()[-1:] != "." and _is_figure(text.text)):
            return None
        order = order or self._given or (None if self._contradicted else self._shown or self._usual)
        days: dict[date, None] = {}
        for year in (base.year - 1, base.year, base.year + 1):
            found = dated_in(text.text, year)
            if found is None:
                continue
            settled = found.under(order)
            for day in (settled,) if settled is not None else found.readings:
                early, late = (-BACK, AHEAD) if name == "order_date" else (-6 if found.week else 0, SOON)
                if early <= (day - base).days <= late:
                    days[day] = None
        if len(days) > 1:
            return Dated(tuple(days))
        return next(iter(days), None)


def readings(found: Dated) -> str:
    """What it may be, for a person."""
    return " or ".join(day.isoformat() for day in found.readings)


def _is_figure(text: str) -> bool:
    return not any(map(str.isalpha, text)) and "/" not in text


def _usual(raw: RawOrder, mail: Mail, language: str | None) -> str | None:
    """How the sender's country writes dates, as its language, the sender's domain or an address of theirs tells."""
    if language in DAY_FIRST_LANGUAGES:
        return "dmy"
    top = (mail.sender or "").rpartition(".")[2].lower()
    if top in _DAY_FIRST:
        return "dmy"
    codes = {(country(text.text) or "").lower() for name in ("bill_to", "ship_to") for text in raw.texts(name)} - {""}
    if codes and codes <= _DAY_FIRST:
        return "dmy"
    return "mdy" if (codes or {top}) <= _MONTH_FIRST else None


def _fitting(raw: RawOrder, sent: date | None) -> set[str]:
    """How the order's own date must be read to lie near the mail's."""
    if sent is None:
        return set()
    found: set[str] = set()
    for text in raw.texts("order_date"):
        read = dated(text.text)
        if read is not None and read.value is None:
            pairs = zip(read.orders, read.readings, strict=True)
            near = [order for order, day in pairs if -BACK <= (day - sent).days <= AHEAD]
            found.update(near if len(near) == 1 else ())
    return found


def _dates(raw: RawOrder) -> Iterator[Text]:
    for name in ("order_date", "requested_date"):
        yield from raw.texts(name)
    for line in raw.lines:
        if "requested_date" in line.fields:
            yield line.fields["requested_date"]
