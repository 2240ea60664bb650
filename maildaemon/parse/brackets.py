"""Article numbers that stand in brackets before the descriptions, as Odoo prints them: "[W-100] Hex bolt"."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from maildaemon.parse.codes import is_code
from maildaemon.parse.raw import RawLine, Text

_BRACKETED = re.compile(r"\[([A-Za-z0-9][A-Za-z0-9._/+\-]{1,39})\] {0,3}(.{0,500})", re.DOTALL)
_NAMES = frozenset({"sku", "buyer_sku", "gtin"})


def bracketed(lines: Sequence[RawLine]) -> list[RawLine]:
    """The lines with those numbers as article numbers, when none has one and each begins so with one of its own."""
    parts = [_parts(line.fields) for line in lines]
    found = [part for part in parts if part is not None]
    if not found or len(found) < len(lines) or any(map(_is_word, {part[0] for part in found})):
        return list(lines)
    return [_numbered(line, *part) for line, part in zip(lines, found, strict=True)]


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
