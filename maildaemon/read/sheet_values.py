"""A cell's value and its number format → the text that the sheet shows, with a decimal point and no thousands marks."""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

# ECMA-376, 18.8.30: the formats that have a number and no text.
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 37: "#,##0", 38: "#,##0",
    39: "#,##0.00", 40: "#,##0.00", 49: "@",
}  # fmt: skip
_BRACKETS = re.compile(r"\[\$([^\]-]{0,10})(?:-[0-9A-Fa-f]{1,8})?\]")
_ASIDE = re.compile(r"\[[^\]]{0,40}\]|_.|\*.")
_TEXT = re.compile(r'"([^"]{0,40})"|\\(.)')
_MASK = re.compile(r"[0#?., ]+")
_USUAL = frozenset({"", "@", "General", "0.00", "#,##0.00"})
_DATED = re.compile("[dmyhs]", re.IGNORECASE)
_SIGNS = "€$£¥"


def shown(value: Any, form: str = "") -> str:
    """Texts on one line; dates in ISO 8601; numbers by their format. Never raises."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time(0)
        return value.date().isoformat() if midnight else value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (int, float, Decimal)):
        try:
            return _number(Decimal(repr(value)) if isinstance(value, float) else Decimal(value), form)
        except (InvalidOperation, ValueError, OverflowError):
            return str(value)[:40]
    return one_line(str(value))


def shows_otherwise(value: Any, form: str) -> bool:
    """The format hides the number, or writes a text in its place, or shows a whole number that it is not."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value or form in _USUAL:
        return False
    sections = form.split(";")
    section = _ASIDE.sub("", _BRACKETS.sub("", sections[1] if value < 0 and len(sections) > 1 else sections[0]))
    bare = _TEXT.sub("", section)
    if _DATED.search(bare) or "general" in bare.casefold() or "@" in bare:
        return False
    if not re.search("[0#?]", bare):
        return True
    whole = not re.search(r"\.[0#?]|%|/|E[+-]", bare)
    return whole and abs(value - round(value)) > 1e-6


def one_line(text: str) -> str:
    """The lines of a cell as one: three and more are those of an address, parted by commas."""
    lines = [" ".join(line.split()) for line in text[:4000].splitlines()]
    lines = [line for line in lines if line]
    if len(lines) < 3:
        return " ".join(lines)
    whole = lines[0]
    for line in lines[1:]:
        whole += (" " if whole[-1] in ":,;-" else ", ") + line
    return whole


def _number(value: Decimal, form: str) -> str:
    if not value.is_finite():
        return str(value)
    first = form.split(";", maxsplit=1)[0]
    before, after, mask = _literals(first)
    percent = "%" in mask
    mask = mask.replace("%", "").strip()
    if percent:
        value *= 100
    whole, dot, places = mask.partition(".")
    decimals = sum(place in "0#?" for place in places) if mask and "E" not in mask else None
    text = _plain(value, decimals)
    zeros = whole.replace(",", "").replace("#", "")
    if zeros.count("0") > 1 and not dot and "," not in whole and text.lstrip("-").isdigit():
        text = _filled(text, whole)
    return "".join((before, text, "%" if percent else "", after)).strip()


def _literals(form: str) -> tuple[str, str, str]:
    """What a format writes before and behind the figures, and the figures' own part of it."""
    form = _BRACKETS.sub(lambda found: f'"{found[1]}"' if found[1] else "", form)
    form = _ASIDE.sub("", form)
    parts = [(found.start(), found.end(), found[1] or found[2] or "") for found in _TEXT.finditer(form)]
    mask = _MASK.search(re.sub(r'"[^"]{0,40}"|\\.', lambda found: "~" * len(found[0]), form))
    if form.casefold() in {"general", "@", ""} or mask is None:
        return "", "", ""
    signs = [
        (at, at + 1, char)
        for at, char in enumerate(form)
        if char in _SIGNS and not any(a <= at < b for a, b, _ in parts)
    ]
    texts = sorted(parts + signs)
    if any(mask.start() < at < mask.end() for at, _, _ in texts) or re.search("[0#?]~+[0#?]", _masked(form)):
        return "", "", _masked(form).replace("~", "")  # a mask such as 000"-"000 keeps its figures
    before = "".join(text for at, _, text in texts if at < mask.start()).strip()
    after = "".join(text for at, _, text in texts if at >= mask.end()).strip()
    tail = form[mask.end() :]
    kept = "%" if "%" in tail else ""
    return (f"{before} " if before else ""), (f" {after}" if after else ""), mask[0] + kept


def _masked(form: str) -> str:
    return re.sub(r'"[^"]{0,40}"|\\.', lambda found: "~" * len(found[0]), form)


def _plain(value: Decimal, decimals: int | None) -> str:
    """As many decimals as the cell has, at least as many as it shows. What was computed, with more than four, is
    rounded as it is shown. Three decimals get a fourth, for half of the world reads 1.234 as more than a thousand."""
    rounded = value.quantize(Decimal("0.000001"), ROUND_HALF_UP) if abs(value) < 10**20 else value
    exact = rounded.normalize()
    count = max(0, -int(exact.as_tuple().exponent))
    if decimals is not None and count > max(4, decimals):
        exact = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        count = decimals
    count = max(count, decimals or 0)
    if count == 3:
        count = 4
    return f"{exact:.{count}f}"


def _filled(text: str, whole: str) -> str:
    """``00000000`` writes 12345 as 00012345."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    return sign + digits.zfill(whole.count("0"))
