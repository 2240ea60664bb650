"""Money and quantities as people write them, by a strict grammar; what can be read in two ways has two readings."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

LIMIT = 24
SYMBOLS = {
    sign: code
    for code, signs in {
        "EUR": "€|Euro|Euros|euro|euros|EURO|EUROS", "GBP": "£|£GB|GB£|UK£", "USD": "US$|USD$|US $|$US|$ US",
        "CAD": "C$|CA$|CAD$|$CAN|$ CA", "AUD": "A$|AU$", "NZD": "NZ$", "HKD": "HK$", "SGD": "S$", "TWD": "NT$",
        "MXN": "MX$", "BRL": "R$", "PLN": "zł", "CZK": "Kč", "INR": "₹", "TRY": "₺", "ILS": "₪", "UAH": "₴",
        "RUB": "₽", "THB": "฿", "VND": "₫", "HUF": "Ft", "CHF": "SFr.|SFr|sFr.",
    }.items()
    for sign in signs.split("|")
}  # fmt: skip
CODES = frozenset(
    "EUR USD GBP CHF CAD AUD NZD JPY CNY SEK NOK DKK PLN CZK HUF RON BGN TRY INR ZAR BRL MXN SGD HKD KRW ILS "
    "AED SAR THB MYR IDR PHP VND CLP COP ARS PEN UAH RSD ISK TWD EGP KES NGN MAD RUB KWD QAR BHD OMR JOD TND DZD "
    "PKR BDT LKR KZT AZN MDL MKD BAM GHS XOF XAF XPF UYU BOB PYG CRC DOP GTQ MUR BWP NAD TZS UGX".split()
)
# How a currency is called where it stands alone, folded: no "dollars" or "pounds" without saying whose.
_NAMES = {
    "USD": "us dollar|us dollars|us-dollar|u.s. dollar|u.s. dollars|american dollars|dollar us|dollars us"
    "|dollars americains|dolares americanos|dolares estadounidenses|dolares usa|dollari usa|dollari americani"
    "|amerikanische dollar|amerikaanse dollar",
    "GBP": "pound sterling|pounds sterling|british pound|british pounds|sterling|gb pound|gb pounds|livre sterling"
    "|livres sterling|libra esterlina|libras esterlinas|lira sterlina|lire sterline|sterlina|sterline|pfund sterling"
    "|britische pfund|pond sterling|engelse pond",
    "CHF": "swiss franc|swiss francs|schweizer franken|franken|franc suisse|francs suisses|franco suizo|francos suizos"
    "|franco svizzero|franchi svizzeri|zwitserse frank",
    "EUR": "euro|euros|eur.", "CAD": "canadian dollar|canadian dollars|dollars canadiens",
    "AUD": "australian dollar|australian dollars", "JPY": "japanese yen|yen", "INR": "indian rupee|indian rupees",
    "SEK": "swedish krona|swedish kronor|svenska kronor|schwedische kronen",
    "NOK": "norwegian krone|norwegian kroner|norske kroner|norwegische kronen",
    "DKK": "danish krone|danish kroner|danske kroner|danische kronen", "PLN": "zloty|zlotys|polish zloty",
    "CZK": "czech koruna|koruna|tschechische kronen", "CNY": "renminbi|rmb|chinese yuan",
}  # fmt: skip
_BY_NAME = {name: code for code, names in _NAMES.items() for name in names.split("|")}
# Signs that several currencies share: they mark money, and name none.
_SHARED = ("$", "¥", "kr.", "kr", "Kr", "Fr.", "Fr", "Rs.", "Rs")

SHARING = frozenset(
    "USD CAD AUD NZD HKD SGD TWD MXN BRL CLP COP ARS UYU NAD JPY CNY SEK NOK DKK ISK CHF XAF XOF XPF INR PKR LKR NPR "
    "MUR".split()
)
"""The currencies that share one of those signs."""

_BLANKS = str.maketrans(
    dict.fromkeys("\u00a0\u202f\u2009\u2007\u2008\u2005\u2006\u200a\u3000", " ")
    | dict.fromkeys("\u2212–—\uff0d", "-")
    | dict.fromkeys("’‘´`ʼ′＇", "'")
    # Digits and marks as East Asian type sets them.
    | {0xFF10 + digit: str(digit) for digit in range(10)}
    | {"．": ".", "，": ",", "（": "(", "）": ")", "￥": "¥", "＄": "$"}
)
_PLAIN = re.compile(r"[+-]?(?:[0-9]{1,18}(?:[.,][0-9]{0,9})?|[.,][0-9]{1,9})", re.ASCII)
_NUMBER = re.compile(r"[0-9.,' ]+")


@dataclass(frozen=True, slots=True)
class Number:
    """``readings`` holds one value, or two when a lone separator before three digits can mean either: the first takes
    it for the decimal mark, the second for a thousands mark. ``mark`` is the decimal mark that the text proves."""

    readings: tuple[Decimal, ...]
    mark: str | None = None
    separator: str | None = None
    currency: str | None = None
    bare_sign: bool = False
    """A sign such as ``$`` that names no currency stood there."""

    @property
    def value(self) -> Decimal | None:
        return self.readings[0] if len(self.readings) == 1 else None

    def under(self, mark: str) -> Decimal:
        """The reading when this is the decimal mark."""
        if len(self.readings) == 1:
            return self.readings[0]
        return self.readings[0] if self.separator == mark else self.readings[1]


def number(text: str) -> Number | None:
    """The number that the text is, with its currency, sign and separators; None when it is anything else."""
    text = text.strip()
    return _number(text) if 0 < len(text) <= 48 else None


@lru_cache(maxsize=4096)
def _number(text: str) -> Number | None:
    if text.isascii() and text.isdigit():
        return Number((Decimal(text),)) if len(text) <= LIMIT else None
    text = text.translate(_BLANKS)
    text, code, bare = _currency(text)
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
        if code is None and not bare:
            text, code, bare = _currency(text)
    if text.endswith((",-", ".-", ",--", ".--")):  # "120,-": no cents
        text = text.rstrip("-")[:-1]
    if text.endswith(("-", "+")):
        if negative:
            return None
        negative, text = text[-1] == "-", text[:-1].rstrip()
    if text[:1] in {"-", "+"}:
        if negative:
            return None
        negative, text = text[0] == "-", text[1:].lstrip()
        if code is None and not bare:
            text, code, bare = _currency(text)
    if not text or len(text) > LIMIT or not text.isascii() or not _NUMBER.fullmatch(text):
        return None
    found = _digits(text)
    if found is None:
        return None
    readings, mark, separator = found
    if negative:
        readings = tuple(-reading for reading in readings)
    return Number(readings, mark, separator, code, bare)


def plain(text: str) -> Number | None:
    """The number of a structured message: digits with at most one decimal mark, nothing that could be read twice."""
    found = _PLAIN.fullmatch(text.strip()) if len(text) <= LIMIT + 8 else None
    return Number((Decimal(found[0].replace(",", ".")),)) if found else None


def currency(text: str) -> str | None:
    """The ISO 4217 code that the text states alone: a code, or a sign that belongs to one currency."""
    text = text.strip()
    if text.upper() in CODES:
        return text.upper()
    return SYMBOLS.get(text) or (_BY_NAME.get(_folded(text)) if 3 <= len(text) <= 40 else None)


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", " ".join(text.casefold().split()).replace("ł", "l"))
    return "".join(character for character in apart if not unicodedata.combining(character))


_SIGNS = "|".join(
    sorted((re.escape(sign) for sign in (*SYMBOLS, *CODES, *_SHARED) if not sign.isdigit()), key=len, reverse=True)
)
_MONEY = re.compile(rf"(?<![\w-])(?:{_SIGNS}) ?[0-9]|[0-9](?:,-)? ?(?:{_SIGNS})(?![\w-])")
_PRICED = re.compile("[.,][0-9]{2}$")


def holds_money(text: str) -> bool:
    """A figure with a currency beside it stands somewhere in the text."""
    return _MONEY.search(text) is not None


def is_money(text: str) -> bool:
    """The text is an amount and nothing else: it has a currency, or two decimals; or it is several of them."""
    found = number(text)
    if found is not None:
        return found.currency is not None or found.bare_sign or _PRICED.search(text.strip()) is not None
    words = text.split()
    return len(words) > 1 and any(map(is_money, words)) and all(_is_figure(word) for word in words)


def _is_figure(word: str) -> bool:
    return number(word) is not None or currency(word) is not None or word in _SHARED


def _currency(text: str) -> tuple[str, str | None, bool]:
    """The text without the currency before or behind the number."""
    code, bare = None, False
    for _ in range(2):
        head, tail = text[:1], text[-1:]
        named = tail == "." and text[-2:-1].isalpha()
        if (head.isdigit() or head in "(-+.,'") and (tail.isdigit() or tail in ")-+.,") and not named:
            break
        rest, found, sign = _strip_one(text)
        if rest is text or (found and code and found != code):
            break
        text, code, bare = rest, code or found, bare or sign
    return text, code, bare


def _strip_one(text: str) -> tuple[str, str | None, bool]:
    for size in (5, 4, 3, 2, 1):
        if len(text) <= size:
            continue
        for part, rest in ((text[:size], text[size:]), (text[-size:], text[:-size])):
            known = part if part in SYMBOLS else part.upper()
            code = SYMBOLS.get(known) or (known if known in CODES else None)
            if code is not None:
                return rest.strip(), code, False
    for sign in _SHARED:
        if text.startswith(sign) and len(text) > len(sign):
            return text[len(sign) :].strip(), None, True
        if text.endswith(sign) and len(text) > len(sign):
            return text[: -len(sign)].strip(), None, True
    return text, None, False


def _digits(text: str) -> tuple[tuple[Decimal, ...], str | None, str | None] | None:
    """Readings, the decimal mark that is proved, and the separator that stands there when it is not."""
    dots, commas = text.count("."), text.count(",")
    spaced = " " in text or "'" in text
    if not dots and not commas and not spaced:
        return (Decimal(text),), None, None
    if (dots and commas) or spaced:
        mark = _last_mark(text) if not spaced or dots or commas else None
        whole, _, part = text.rpartition(mark) if mark else (text, "", "")
        group = _group_sign(whole)
        if group is None or (mark and (group == mark or not part.isdigit())):
            return None
        return (Decimal("".join(whole.split(group)) + (f".{part}" if part else "")),), mark, None
    mark = "." if dots else ","
    if dots + commas > 1:
        other = "," if mark == "." else "."
        return ((Decimal(text.replace(mark, "")),), other, None) if _grouped(text, mark) else None
    whole, part = text.split(mark)
    if not part.isdigit() or (whole and not whole.isdigit()):
        return None
    as_decimal = Decimal(f"{whole or '0'}.{part}")
    if len(part) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0"):
        return (as_decimal, Decimal(whole + part)), None, mark
    return (as_decimal,), mark, None


def _last_mark(text: str) -> str | None:
    return "." if text.rfind(".") > text.rfind(",") else ","


def _group_sign(whole: str) -> str | None:
    """The one sign that parts the whole number into groups of three; None when it is not so."""
    signs = {character for character in whole if not character.isdigit()}
    if len(signs) != 1:
        return None
    sign = signs.pop()
    return sign if _grouped(whole, sign) else None


def _grouped(text: str, sign: str) -> bool:
    """Groups of three; or, with commas, the Indian ones of two before the last: ``12,34,567``."""
    first, *rest = text.split(sign)
    if not rest or not first.isdigit() or not all(map(str.isdigit, rest)):
        return False
    sizes = {len(part) for part in rest[:-1]}
    if len(rest[-1]) != 3 or len(first) > 3:
        return False
    return sizes <= {3} or (sign == "," and sizes == {2} and len(first) <= 2)
