"""Raw orders → Orders: every text cleaned centrally, what cannot be settled kept as a doubt."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from maildaemon.model import Found, Mail, Order, OrderLine
from maildaemon.parse import dates, lines, numbers, terms
from maildaemon.parse.daywords import is_soon
from maildaemon.parse.labels import squash
from maildaemon.parse.raw import EVIDENCE_LIMIT, RawOrder, Text
from maildaemon.parse.section import po_key
from maildaemon.parse.settle import Settled, stated_number
from maildaemon.parse.settledays import readings
from maildaemon.playbook import FieldRule, Profile

T = TypeVar("T")
PO_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/\-]{0,34}")
# "OC 00148", "BE 2026 0012": a few letters, and parts with figures behind single blanks.
_SPACED = re.compile(
    r"([A-Za-z]{1,5})((?: (?=[A-Za-z._/\-]{0,12}[0-9])[A-Za-z0-9][A-Za-z0-9._/\-]{0,30}){1,3})", re.ASCII
)
_NO_PREFIX = frozenset(
    "no nr num kw wk cw week page seite pagina vom of from du del dal van see siehe voir rev line pos item tel fax net"
    " und and et dated date datum qty".split()
)
_PREFIX = frozenset("po oc oda bc bdc bst ord".split())
"""Letters that begin a number behind the title alone, too: those of its own name, as in OC (orden de compra)."""
# What a structured message may state as its number: it need not be told from words.
CODED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/\-+#&: ]{0,48}[A-Za-z0-9]|[A-Za-z0-9]")
TEXT_LIMIT = 200
# How near in score two different values must be to be a doubt: a number in the subject already competes with a
# labelled one.
_NEAR = {"po_number": 0.7, "total": 0.9, "currency": 0.7}
_ADDRESSES = frozenset({"ship_to", "bill_to"})
_CALLED = {"po_number": "PO number", "total": "total", "currency": "currency", "order_date": "order date",
           "requested_date": "requested date", "customer_number": "customer number",
           "ship_to": "delivery address"}  # fmt: skip
_ANY = FieldRule()
# A state and a ZIP code (United States Postal Service, Publication 28) at the end, perhaps with the country behind.
_UNITED_STATES = re.compile(
    r"[, ](?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]"
    r"|W[AIVY])\.?,? [0-9]{5}(?:-[0-9]{4})?(?:,? (?:USA|U\.S\.A\.|US|United States(?: of America)?))?$"
)
_ORDER_WORDS = re.compile(r"(?:p\.?o\.?|purchase order|order|no|nr|nummer|number)[. :#]{1,3}", re.IGNORECASE)
_LOOK_ALIKE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/\-]*")


def order(raw: RawOrder, mail: Mail, profile: Profile) -> Order:
    """One Order. Never raises for what a text holds."""
    cleaner = _Cleaner(raw, mail, profile)
    return cleaner.order()


class _Cleaner:
    def __init__(self, raw: RawOrder, mail: Mail, profile: Profile) -> None:
        self.raw, self.mail, self.profile = raw, mail, profile
        self.doubts: list[str] = list(raw.doubts)
        self.settled = Settled(raw, mail, profile)

    def order(self) -> Order:
        found, currency = lines.read(self.raw, self.settled, self.doubts)
        po_number = self._field("po_number", self._po_number)
        if po_number is not None:
            self._is_no_article(po_number, found)
        return Order(
            po_number=po_number,
            order_date=self._field("order_date", self._date),
            requested_date=self._field("requested_date", self._date) or _of_all(found),
            currency=self._currency(currency),
            buyer=self._field("buyer", self._name),
            customer_number=self._field("customer_number", self._code),
            ship_to=self._field("ship_to", self._name),
            bill_to=self._field("bill_to", self._name),
            payment_terms=self._field("payment_terms", lambda text, _: terms.terms(text.text)),
            total=self._field("total", self._total),
            tax=self._field("tax", self._total),
            lines=found,
            doubts=tuple(dict.fromkeys(self.doubts)),
            language=self.profile.language or self.settled.language,
        )

    def _is_no_article(self, po_number: Found[str], ordered: tuple[OrderLine, ...]) -> None:
        key = po_key(po_number.value)
        for line in ordered:
            if any(code is not None and po_key(code.value) == key for code in (line.sku, line.buyer_sku)):
                self.doubts.append(f"the PO number {_short(po_number.value)!r} is also the number of an article")
                return

    # --- choosing between texts ---------------------------------------------------------------------------------------

    def _field(self, name: str, read: Callable[[Text, str], T | None]) -> Found[T] | None:
        """The surest text that can be read. A surer one that cannot be read, or another value as sure, is a doubt."""
        rule = self.profile.fields.get(name) or _ANY
        texts = self.raw.texts(name)
        if rule.value is not None:
            other = next((text.text for text in texts if text.exact and not _same(name, text.text, rule.value)), None)
            if other is not None:
                self.doubts.append(f"the {_called(name)} is {_short(other)}, the profile says {rule.value}")
            texts = (Text(rule.value, "", f"profile {self.profile.name}", rule.value),)
        elif name == "po_number" and not texts:
            texts = self.raw.texts("po_number.told")
        if name in _ADDRESSES:
            texts = self._addressed(name, texts)
        candidates: list[tuple[float, T, Text]] = []
        for text in sorted(texts, key=lambda text: -text.weight):
            shaped = _shaped(text, rule)
            if shaped is None or text.weight <= 0:
                if text.weight > 0 and not text.loose:
                    self.doubts.append(
                        f"the {_called(name)} {_short(text.text)!r} does not look as the profile expects"
                    )
                continue
            value = read(shaped, name)
            if value is not None:
                candidates.append((text.weight, value, text))
        return self._best(name, candidates)

    def _addressed(self, name: str, texts: tuple[Text, ...]) -> tuple[Text, ...]:
        """Those whose label leaves no doubt; where all leave one, none."""
        sure = tuple(text for text in texts if not text.loose)
        if texts and not sure:
            self.doubts.append(f"whether it is the {_called(name)} is not certain: {_short(texts[0].text)}")
        return sure

    def _best(self, name: str, candidates: list[tuple[float, T, Text]]) -> Found[T] | None:
        if not candidates:
            return None
        candidates.sort(key=lambda candidate: -candidate[0])
        score, value, text = candidates[0]
        near = _NEAR.get(name, 0.95 if name in _CALLED else 2.0)
        others = {
            _key(name, other): other
            for weight, other, _ in candidates
            if weight >= near * score and not _same(name, value, other)
        }
        if others:
            both = " and ".join(str(_short(str(one))) for one in (value, *others.values()))
            count = "two" if len(others) == 1 else str(len(others) + 1)
            plural = {"currency": "currencies", "ship_to": "delivery addresses"}.get(name, _called(name) + "s")
            self.doubts.append(f"{count} {plural} are stated: {both}")
        return found(value, text, score)

    # --- reading one text ---------------------------------------------------------------------------------------------

    def _po_number(self, text: Text, _: str) -> str | None:
        if text.exact and CODED.fullmatch(text.text):
            return text.text
        written = text.text.strip(" .,;:#*\"'()[]")
        value = _ORDER_WORDS.sub("", written, count=1).strip() if _ORDER_WORDS.match(written) else written
        spaced = _spaced(written) if not PO_NUMBER.fullmatch(value) else None
        if spaced is not None and (not text.loose or spaced.partition(" ")[0].casefold() in _PREFIX):
            return spaced
        if not PO_NUMBER.fullmatch(value):
            first, _blank, rest = value.partition(" ")
            first = first.rstrip(",;")
            if text.loose or not PO_NUMBER.fullmatch(first) or not _has_digit(first) or not _aside(rest):
                value = ""
            else:
                value = first
        if value and _has_digit(value):
            if dates.dated(value) is not None and (len(value) != 8 or not value.isdigit()):
                value = ""
            else:
                return value
        if not text.loose and written:
            self.doubts.append(f"the PO number {_short(text.text)!r} is not one that can be used")
        return None

    def _date(self, text: Text, name: str) -> date | None:
        rule = self.profile.fields.get(name)
        value = self.settled.days.day(text, name, rule.dates if rule else None)
        if isinstance(value, date):
            return value
        if not text.loose and not is_soon(text.text) and (name == "requested_date" or _has_digit(text.text)):
            why = f"can be read in two ways: {readings(value)}" if value else "cannot be read"
            self.doubts.append(f"the {_called(name)} {_short(text.text)!r} {why}")
        return None

    def _total(self, text: Text, name: str) -> Decimal | None:
        rule = self.profile.fields.get(name)
        number = stated_number(text)
        if number is None:
            if not text.loose and (text.exact or any(c.isdigit() for c in text.text)):
                self.doubts.append(f"the {_called(name)} {_short(text.text)!r} cannot be read as an amount")
            return None
        value = self.settled.number(number, rule.decimal if rule else None)
        if value is None:
            self.doubts.append(f"the {_called(name)} {_short(text.text)!r} can be read in two ways")
        return value

    def _currency(self, stated_in_lines: Iterable[tuple[str, Text]]) -> Found[str] | None:
        """What is labelled so, and what stands beside the amounts."""
        rule = self.profile.fields.get("currency")
        if rule is not None and rule.value is not None:
            return self._field("currency", lambda text, _: numbers.currency(text.text))
        candidates: list[tuple[float, str, Text]] = []
        for text in self.raw.texts("currency"):
            code = numbers.currency(text.text) or numbers.currency(text.text.split(" ")[0].strip("(),"))
            if code is not None and text.weight > 0:
                candidates.append((text.weight, code, text))
            elif text.weight > 0 and not text.loose:
                self.doubts.append(f"the currency {_short(text.text)!r} is not one that is known")
        bare = False
        for text in self.raw.texts("total"):
            number = stated_number(text)
            bare = bare or (number is not None and number.bare_sign)
            if number and number.currency and text.weight > 0:
                candidates.append((text.weight * 0.9, number.currency, text))
        candidates.extend((text.weight * 0.9, code, text) for code, text in stated_in_lines if text.weight > 0)
        if not candidates and (bare or self.settled.bare_sign):
            self.doubts.append("the amounts carry a sign that several currencies share, and no currency is stated")
            candidates.extend(self._of_the_address())
        found = self._best("currency", candidates)
        if found is not None and (bare or self.settled.bare_sign) and found.value not in numbers.SHARING:
            self.doubts.append(f"the amounts carry a sign that is none of {found.value}")
        return found

    def _of_the_address(self) -> Iterator[tuple[float, str, Text]]:
        """A dollar sign where every address is one of the United States: for a person to see, beside the doubt."""
        texts = [text for name in _ADDRESSES for text in self.raw.texts(name)]
        if texts and all(_UNITED_STATES.search(text.text) for text in texts):
            yield 0.5, "USD", texts[0]

    def _code(self, text: Text, _: str) -> str | None:
        value = text.text.strip(" .,;:#")
        if text.exact and not 0 < len(value) <= 40:
            self.doubts.append(f"the customer number {_short(text.text)!r} is not one that can be used")
        return value if 0 < len(value) <= 40 and _has_digit(value) and value.count(" ") <= 2 else None

    def _name(self, text: Text, field: str) -> str | None:
        value = " ".join(text.text.split()).strip(" ,;")[:TEXT_LIMIT]
        name, comma, address = value.partition(", ")
        if field == "buyer" and comma and not text.exact and _has_digit(address) and not _has_digit(name):
            value = name  # the lines of a box: who it is, and where
        letters = sum(c.isalpha() for c in value)
        return value if letters >= 2 or (text.exact and any(c.isalnum() for c in value)) else None


def found(value: T, text: Text, score: float) -> Found[T]:
    evidence = (text.evidence or text.text)[:EVIDENCE_LIMIT]
    return Found(value, text.document, text.place, evidence, round(min(1.0, max(0.0, score)), 3))


def _of_all(lines: Sequence[OrderLine]) -> Found[date] | None:
    """The day on which every line is wanted is the order's, when only the lines state it."""
    days = [line.requested_date for line in lines]
    first = days[0] if days else None
    return first if first is not None and all(one is not None and one.value == first.value for one in days) else None


def _shaped(text: Text, rule: FieldRule) -> Text | None:
    """The part of the text that the profile's pattern asks for."""
    if rule.regex is None:
        return text
    part = rule.shaped(text.text)
    if part is None:
        return None
    return Text(part, text.document, text.place, text.evidence or text.text, text.score, text.zone, text.loose)


def _aside(rest: str) -> bool:
    """What may stand behind a PO number: a remark, a date, never a second number."""
    words = (word.rstrip(".,") for word in _LOOK_ALIKE.findall(rest))
    return all(not _has_digit(word) or dates.dated(word) is not None for word in words)


def _spaced(written: str) -> str | None:
    """The number as written, blanks made one; a date behind it is none of its parts."""
    found = _SPACED.fullmatch(" ".join(written.split()))
    if found is None or len(written) > 35 or found[1].casefold() in _NO_PREFIX or found[1].upper() in numbers.CODES:
        return None
    parts = found[2].split()
    while parts and dates.dated(parts[-1]) is not None and not parts[-1].isdigit():
        parts.pop()
    if not parts or any(dates.dated(part) is not None and not part.isdigit() for part in parts):
        return None
    return " ".join([found[1], *parts])


def _has_digit(text: str) -> bool:
    return any("0" <= c <= "9" for c in text)


def _key(name: str, value: object) -> object:
    return po_key(str(value)) if name == "po_number" else value


def _same(name: str, one: object, other: object) -> bool:
    """The two say the same; of an address one form may say more than another."""
    if name not in _ADDRESSES:
        return _key(name, one) == _key(name, other)
    shorter, longer = sorted((squash(str(one)), squash(str(other))), key=len)
    return shorter in longer


def _called(name: str) -> str:
    return _CALLED.get(name, name.replace("_", " "))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
