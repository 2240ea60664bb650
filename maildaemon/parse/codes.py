"""Article codes: which texts are one, and what of "W-100 Hex bolt" is the code."""

import re

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+\-]{0,39}")
_STRONG = re.compile(r"[A-Z0-9][A-Z0-9._/\-]{2,39}")
# "Art. no.", "Ihre Artikelnr.", "réf.": the buyer's own number ("our item no.") is not asked for here.
_CALLED = re.compile(
    r"(?:(?:your|ihre|votre|su|vs\.|vostro|uw) )?"
    r"(?:#|(?:sku|art(?:ikel|icle|[ií]culo|icolo)?|part|item|r[ée]f(?:erence|érence|erencia)?|c[oó]d(?:ice|igo)?"
    r"|p/n|code)(?=[^a-z]|n[ro]\b|nummer|number)[.:]{0,2}(?:[ -]?(?:n[ro]|n[°º]|number|nummer|art)[.:]{0,2})?) ?",
    re.IGNORECASE,
)
STANDARDS = frozenset({"DIN", "ISO", "EN", "DN", "PN", "NF", "BS", "UNI", "NEN", "UNE", "ANSI", "ASTM", "RAL", "IP"})
# "Hex bolt (#W-100) Colour: grey", as shops print it.
_MARKED = re.compile(r" \(#([A-Z0-9][A-Z0-9._/\-]{2,39})\)")
_TRIMMED = ".,;:()[]*\"'"


def is_code(text: str) -> bool:
    """One word that may be a code: it has a digit or an inner hyphen, or is all capitals."""
    if not _CODE.fullmatch(text) or len(text) < 2:
        return False
    return any(c.isdigit() for c in text) or "-" in text or (text.isupper() and len(text) > 2)


def is_spaced(text: str) -> bool:
    """Capitals, a blank, figures: ``WX 3217``. A standard such as ``DIN 934`` is none."""
    head, _, rest = text.partition(" ")
    return (
        head.isascii() and head.isalpha() and head.isupper() and len(head) <= 5 and head not in STANDARDS
        and rest.isascii() and rest.isdigit() and 3 <= len(rest) <= 12
    )  # fmt: skip


def is_strong(word: str) -> bool:
    """A word that is a code even in the midst of a description: capitals and digits with a hyphen, or long and with
    digits. Sizes such as ``M8`` or ``M8X30`` are none."""
    if not _STRONG.fullmatch(word) or word[-1] in "./-":
        return False
    digits = sum(c.isdigit() for c in word)
    letters = sum(c.isalpha() for c in word)
    if "-" in word:
        return bool(letters) or digits >= 5
    return digits >= 3 and len(word) >= 6 and not (word[0].isdigit() and letters)


def split_item(text: str) -> tuple[str | None, str | None]:
    """Code and description of an item that is stated as one text."""
    text = text.strip()
    if " " not in text:
        return (text, None) if is_code(text) else (None, text or None)
    if text[0] == "[" and (end := text.find("]")) > 0 and is_stated(text[1:end]):
        return text[1:end].strip(), text[end + 1 :].strip(" -–:,;") or None
    head, _, rest = text.partition(" ")
    word = head.strip(_TRIMMED)
    if is_strong(word):
        return word, rest.strip(" -–:,;/") or None
    if text.endswith(")") and (start := text.rfind("(")) > 0:
        word = text[start + 1 : -1].strip()
        if (code := _named(word)) is not None:
            return code, text[:start].strip() or None
        if is_strong(word):
            return word, text[:start].strip()
    if len(marked := _MARKED.findall(text)) == 1 and is_strong(marked[0]):
        return marked[0], " ".join(_MARKED.sub(" ", text).split())
    return None, text


def is_stated(text: str) -> bool:
    """A code where nothing but a code can stand, in brackets or behind "Art. no.": a blank within is allowed."""
    words = text.split()
    return 1 <= len(words) <= 3 and any(c.isdigit() for c in text) and all(map(_CODE.fullmatch, words))


def _named(text: str) -> str | None:
    """The code in ``#W-100``, ``art. no. W-100`` and ``SKU: W-100``."""
    found = _CALLED.match(text)
    code = text[found.end() :].strip() if found else ""
    return code if code and (is_stated(code) or (found and found[0].strip() == "#" and is_strong(code))) else None


def has_strong(text: str) -> bool:
    return any(is_strong(word.strip(_TRIMMED)) for word in text.split())


def gtin(text: str) -> str | None:
    """The GTIN-8, -12, -13 or -14 that the text is, its check digit verified (GS1 General Specifications, 7.9)."""
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) in {8, 12, 13, 14}):
        return None
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits[:-1])))
    return digits if (10 - total % 10) % 10 == int(digits[-1]) else None
