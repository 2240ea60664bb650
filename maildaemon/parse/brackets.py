"""Article numbers that stand in the descriptions: "[W-100] Hex bolt", as Odoo prints them, "W-100 Hex bolt"."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from maildaemon.parse.codes import STANDARDS, is_code, is_strong
from maildaemon.parse.raw import RawLine, Text

_BRACKETED = re.compile(r"\[([A-Za-z0-9][A-Za-z0-9._/+\-]{1,39})\] {0,3}(.{0,500})", re.DOTALL)
_FIRST = re.compile(r"(?P<code>[A-Z0-9._/\-]{3,40})[ :,]{1,3}(?P<words>.{3,450})", re.DOTALL)
_LAST = re.compile(
    r"(?P<words>.{3,400}?)[ ,;]{1,3}(?:\(|(?:(?:your|ihre|votre|su|vs\.|uw) )?"
    r"(?:art(?:ikel|icle)?|item|part|sku|réf|ref|cod)"
    r"[. -]{0,2}(?:n[ro°º]|no|nummer|number)?[.: ]{1,3})(?P<code>[A-Z0-9._/\-]{3,40})\)?",
    re.DOTALL | re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{3}")
TEXT_LIMIT = 240
_NAMES = frozenset({"sku", "buyer_sku", "gtin"})


def bracketed(lines: Sequence[RawLine]) -> list[RawLine]:
    """The lines with those numbers as article numbers, when none has one and each begins so with one of its own."""
    parts = [_parts(line.fields) for line in lines]
    found = [part for part in parts if part is not None]
    if not found or len(found) < len(lines) or any(map(_is_word, {part[0] for part in found})):
        return list(lines)
    return [_numbered(line, *part) for line, part in zip(lines, found, strict=True)]


def within(lines: Sequence[RawLine]) -> list[RawLine]:
    """The lines with the code in each description as article number, when none has one: each description begins with
    its own, or each ends with it in parentheses or behind "Art. no."."""
    texts = [line.fields.get("description") for line in lines]
    stated = [text for text in texts if text is not None and not text.exact]
    if len(stated) < len(lines) or any(not _NAMES.isdisjoint(line.fields) for line in lines):
        return list(lines)
    for form in (_FIRST, _LAST):
        parts: list[tuple[str, str]] = []
        for text in stated:
            found = form.fullmatch(text.text.strip()) if len(text.text) <= TEXT_LIMIT else None
            if found is None or not _tells(found):
                break
            parts.append((found["code"], found["words"].strip(" ,;-–:/")))
        codes = {code for code, _ in parts}
        whats = {words for _, words in parts}
        if lines and len(parts) == len(lines) and len(codes) == len(whats):
            return [_numbered(line, *part) for line, part in zip(lines, parts, strict=True)]
    return list(lines)


def _tells(found: re.Match[str]) -> bool:
    """A code with letters, figures and a hyphen, no standard, beside words."""
    code = found["code"]
    if code.partition("-")[0] in STANDARDS or not is_strong(code) or "-" not in code:
        return False
    return code[0].isalpha() and any(map(str.isdigit, code)) and _WORD.search(found["words"]) is not None


def _parts(fields: Mapping[str, Text]) -> tuple[str, str] | None:
    text = fields.get("description")
    if text is None or text.exact or not _NAMES.isdisjoint(fields):
        return None
    found = _BRACKETED.fullmatch(text.text.strip())
    return (found[1], found[2].strip()) if found is not None and is_code(found[1]) else None


def _is_word(code: str) -> bool:
    """``[NEW]`` says something of the article."""
    return code.isalpha()


def _numbered(line: RawLine, code: str, words: str) -> RawLine:
    whole = line.fields["description"]
    fields = {name: text for name, text in line.fields.items() if name != "description"} | {
        "sku": replace(whole, text=code)
    }
    return RawLine(fields | ({"description": replace(whole, text=words)} if words else {}))
