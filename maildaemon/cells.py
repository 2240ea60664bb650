"""The values in a cell of master data, each by its strict grammar."""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

from babel.numbers import list_currencies

from maildaemon import domains as mail_domains
from maildaemon.wording import gtin_key

is_open = mail_domains.is_open

_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,8})?")
_LOCAL_PART = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{}~-]{1,64}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_CURRENCIES = frozenset(list_currencies())


class Bad(Exception):  # noqa: N818  (a row is bad; the program is not in error)
    """A value that cannot be used, as a sentence for people."""


def clean(name: str, raw: str) -> str:
    """The cell without blanks around it, bounded, and free of control characters (line breaks become blanks)."""
    text = " ".join(raw.split())
    if len(text) > 4000:
        raise Bad(f"{name}: longer than 4,000 characters")
    if not text.isprintable() and any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise Bad(f"{name}: holds a control character")
    return text


def many(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in value.split("|") if part.strip()))


def code(name: str, value: str) -> str:
    if len(value) > 80:
        raise Bad(f"{name}: longer than 80 characters")
    if value and not any(character.isalnum() for character in value):
        raise Bad(f"{name}: {value[:40]!r} holds neither a letter nor a digit")
    return value


def number(name: str, value: str, *, least: int = 0, most: int = 10**15) -> Decimal | None:
    if not value:
        return None
    if not _NUMBER.fullmatch(value):
        raise Bad(f"{name}: {value[:40]!r} is not a number with a decimal point, such as 1250.00")
    found = Decimal(value)
    if not least <= found <= most:
        raise Bad(f"{name}: {value[:40]} is {'less than ' + str(least) if found < least else 'more than ' + str(most)}")
    return found


def whole(name: str, value: str, *, most: int) -> int | None:
    found = number(name, value, most=most)
    if found is not None and found != found.to_integral_value():
        raise Bad(f"{name}: {value[:40]!r} is not a whole number")
    return None if found is None else int(found)


def low_high(name: str, value: str) -> tuple[Decimal, Decimal] | None:
    if not value:
        return None
    parts = [number(name, part.strip()) for part in value.split("|")]
    if len(parts) == 2 and parts[0] is not None and parts[1] is not None and parts[0] <= parts[1]:
        return parts[0], parts[1]
    raise Bad(f"{name}: {value[:40]!r} is not low|high, such as 1|500")


def one_of(name: str, value: str, known: tuple[str, ...]) -> str | None:
    found = value.casefold()
    if found and found not in known:
        raise Bad(f"{name}: {value[:40]!r} is none of {', '.join(known)}")
    return found or None


def yes_no(name: str, value: str) -> bool | None:
    found = one_of(name, value, ("yes", "no", "true", "false", "1", "0", "on", "off", "y", "n"))
    return None if found is None else found in {"yes", "true", "1", "on", "y"}


def currency(name: str, value: str) -> str | None:
    if value and value not in _CURRENCIES:
        raise Bad(f"{name}: {value[:40]!r} is not a currency of ISO 4217, such as EUR")
    return value or None


def country(name: str, value: str) -> str | None:
    found = value.upper()
    if found and not (len(found) == 2 and found.isascii() and found.isalpha()):
        raise Bad(f"{name}: {value[:40]!r} is not a country code of two letters, such as DE")
    return found or None


def language(name: str, value: str) -> str | None:
    if value and not _LANGUAGE.fullmatch(value):
        raise Bad(f"{name}: {value[:40]!r} is not a language tag, such as de or pt-BR")
    return value.replace("_", "-") or None


def gtin(name: str, value: str) -> str | None:
    if value and gtin_key(value) is None:
        raise Bad(f"{name}: {value[:40]!r} is not a GTIN (8, 12, 13 or 14 digits, the last one a check digit)")
    return value or None


def domains(name: str, value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_domain(name, part.removeprefix("@")) for part in many(value)))


def emails(name: str, value: str) -> tuple[str, ...]:
    found: list[str] = []
    for part in many(value):
        local, at, domain = part.lower().rpartition("@")
        if not at or not _LOCAL_PART.fullmatch(local):
            raise Bad(f"{name}: {part[:80]!r} is not a mail address")
        found.append(f"{local}@{_domain(name, domain)}")
    return tuple(dict.fromkeys(found))


def _domain(name: str, value: str) -> str:
    found = mail_domains.ascii_form(value)
    if found is None:
        raise Bad(f"{name}: {value[:80]!r} is not a domain name")
    return found


def day(name: str, value: str) -> date | None:
    if not value:
        return None
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise Bad(f"{name}: {value[:40]!r} is not a date, such as 2026-11-23") from None


def moment(name: str, value: str) -> datetime | None:
    """A moment in ISO 8601, in UTC where it names no offset."""
    if not value:
        return None
    try:
        if len(value) > 40 or not value.isascii():
            raise ValueError
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Bad(f"{name}: {value[:40]!r} is not a moment, such as 2026-11-23T08:00Z") from None
