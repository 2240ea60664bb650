"""What settles a number that can be read in two ways: the profile, its neighbours in the order, the language."""

from collections.abc import Iterator
from decimal import Decimal

from maildaemon.model import Mail
from maildaemon.parse.numbers import Number, number, plain
from maildaemon.parse.raw import RawOrder, Text
from maildaemon.parse.settledays import Days
from maildaemon.parse.units import quantity
from maildaemon.playbook import Profile

_COMMA = frozenset({"de", "fr", "es", "it", "nl"})
_CLOSE = Decimal("0.01")


class Settled:
    """Looks once at all that the order states; then answers for each text."""

    def __init__(self, raw: RawOrder, mail: Mail, profile: Profile) -> None:
        self.language = profile.language or raw.language
        self._decimal = profile.decimal
        self.days = Days(raw, mail, profile, self.language)
        self.bare_sign = False
        marks: set[str] = set()
        separators: set[str] = set()
        for found in _numbers(raw):
            self.bare_sign = self.bare_sign or found.bare_sign
            if found.mark:
                marks.add(found.mark)
            if found.separator:
                separators.add(found.separator)
        self._marks = marks

    def number(self, found: Number, decimal: str | None = None) -> Decimal | None:
        """The value; None when it stays open."""
        if found.value is not None:
            return found.value
        mark = decimal or self._decimal or self._neighbours()
        if mark:
            return found.under(mark)
        # Without neighbours the language decides only for a thousands mark: "1,000" is a thousand pieces in English,
        # but "1.000" may be one piece with three decimals as SAP prints it.
        if self.language in _COMMA and found.separator == ".":
            return found.readings[1]
        if self.language == "en" and found.separator == ",":
            return found.readings[1]
        return None

    def _neighbours(self) -> str | None:
        return next(iter(self._marks)) if len(self._marks) == 1 else None

    def multiplied(self, many: Number, price: Number, amount: Number) -> tuple[Decimal, Decimal, Decimal] | None:
        """The one choice of readings for which quantity times price is the amount."""
        fitting = [
            (one, each, whole)
            for one in many.readings
            for each in price.readings
            for whole in amount.readings
            if abs(one * each - whole) <= _CLOSE
        ]
        return fitting[0] if len(fitting) == 1 else None


def _numbers(raw: RawOrder) -> Iterator[Number]:
    for text in raw.texts("total"):
        if found := stated_number(text):
            yield found
    for line in raw.lines:
        for name in ("unit_price", "amount", "quantity"):
            stated = line.fields.get(name)
            if stated is None or stated.exact:
                continue
            if name == "quantity":
                many = quantity(stated.text)
                if many:
                    yield many[0]
            elif found := number(price_text(stated.text)):
                yield found


def stated_number(text: Text) -> Number | None:
    """The number that a text of the header states."""
    return plain(text.text) if text.exact else number(text.text.strip(" *_").removesuffix("."))


def price_text(text: str) -> str:
    """The amount without "each", "/pc" and their like; a price for more than one piece keeps its words and is none."""
    text = text.strip().rstrip("*")
    head, slash, tail = text.partition("/")
    if slash and tail.strip().casefold().rstrip(".") in _EACH:
        return head.strip()
    if " " not in text:
        return text
    words = text.split(" ")
    while len(words) > 1 and words[-1].casefold().strip(".") in _EACH:
        words.pop()
    return " ".join(words)


_EACH = frozenset(
    "each ea pc pcs pce piece stk stck st stück stueck per pro je unit unité unite pièce piece ud uds unidad pz pezzo "
    "cad nr stuk stuks eenheid einheit".split()
)
