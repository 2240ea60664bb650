"""Values as people read them, and what of a mail may be shown at all."""

import re
from datetime import date
from decimal import Decimal

from maildaemon.model import Found
from maildaemon.reply.errors import CannotAnswer
from maildaemon.reply.texts import Texts

# A plain code; or a few letters and up to three parts with figures behind single blanks, "OC 00148", so that no phrase
# of a stranger's is sent on under our name.
PO_NUMBER = re.compile(
    r"(?=.{1,35}\Z)(?:[A-Za-z0-9][A-Za-z0-9._/\-]*"
    r"|[A-Za-z]{1,5}(?: (?=[A-Za-z._/\-]{0,12}[0-9])[A-Za-z0-9][A-Za-z0-9._/\-]*){1,3})",
    re.ASCII,
)
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
UNIT = re.compile(r"[A-Z0-9]{1,3}", re.ASCII)

# A part number holds a figure and nothing that a mail program would turn into a link: what a stranger wrote is not sent
# on under our name.
_PART_NUMBER = re.compile(r"(?=[^0-9]{0,34}[0-9])[A-Za-z0-9][A-Za-z0-9._/\-]{0,34}", re.ASCII)
_LINK = re.compile(r"(?:^|[./])www\.|[A-Za-z0-9]\.[A-Za-z]{2,}", re.ASCII | re.IGNORECASE)
_DIGITS = 30


def clean(text: str, limit: int) -> str:
    """One line of printable characters: what is not printable becomes a blank, blanks are made one."""
    text = text[: 4 * limit]
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def po_number(found: Found[str] | None) -> str | None:
    """The PO number if it is a code, perhaps with single blanks: the only thing of a mail that may enter a header."""
    return found.value if found is not None and PO_NUMBER.fullmatch(found.value) else None


def numbered(po: str, label: str) -> str:
    """The PO number with its label, unless it says itself what it is."""
    return po if po[:2].upper() == "PO" else label.format(po=po)


def part_number(found: Found[str] | None) -> str | None:
    """The client's own part number if it is a plain code."""
    if found is None or not _PART_NUMBER.fullmatch(found.value) or _LINK.search(found.value):
        return None
    return found.value


def currency(found: Found[str] | None) -> str | None:
    return found.value if found is not None and CURRENCY.fullmatch(found.value) else None


def number(value: Decimal, texts: Texts, places: int = 0) -> str:
    """The number as stated, grouped, with at least so many decimal places; a quantity (``places`` 0) without the zeros
    at its end. Nothing is ever rounded. Raises CannotAnswer for what no order means."""
    if not value.is_finite() or abs(value.adjusted()) > _DIGITS or len(value.as_tuple().digits) > _DIGITS:
        raise CannotAnswer("a number is out of all bounds")
    plain = f"{value:,f}"
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0") if not places else fraction.ljust(places, "0")
    whole = whole.replace(",", texts.group)
    return f"{whole}{texts.decimal}{fraction}" if fraction else whole


def money(value: Decimal, unit: str | None, texts: Texts) -> str:
    amount = number(value, texts, 2)
    return f"{amount} {unit}" if unit else amount


def quantity(value: Decimal, unit: Found[str] | None, texts: Texts) -> str:
    amount = number(value, texts)
    if unit is None or not UNIT.fullmatch(unit.value):
        return amount
    return f"{amount} {texts.units.get(unit.value, unit.value)}"


def day(value: date, texts: Texts) -> str:
    return texts.date.format(day=value.day, month=texts.months[value.month - 1], year=value.year)
