"""Article numbers that lead their descriptions in one column: "W-100 Hex bolt" below "Item"."""

import re
from collections.abc import Sequence
from dataclasses import replace

from maildaemon.parse.codes import is_code
from maildaemon.parse.raw import RawLine, Text

_LED = re.compile(r"(\S{3,40})\s{1,3}(\S.{0,500})", re.DOTALL)
_DIGIT, _WORD = re.compile(r"[0-9]"), re.compile(r"[^\W\d_]{2}")


def led(lines: Sequence[RawLine]) -> list[RawLine]:
    """The lines with number and description told apart, when none has a description, and most have a plain number,
    alone or leading words; the others stay as they are."""
    if any("description" in line.fields for line in lines):
        return list(lines)
    parts = [_parts(line.fields["sku"]) if "sku" in line.fields else None for line in lines]
    found = [part for part in parts if part is not None]
    if len(found) * 2 <= len(lines) or not any(words for _, words in found):
        return list(lines)
    return [_told(line, *part) if part is not None else line for line, part in zip(lines, parts, strict=True)]


def _parts(text: Text) -> tuple[str, str] | None:
    if text.exact:
        return None
    whole = text.text.strip()
    found = _LED.fullmatch(whole)
    code, words = (found[1], found[2].strip()) if found is not None else (whole, "")
    if not _DIGIT.search(code) or not is_code(code) or (words and not _WORD.search(words)):
        return None
    return code, words


def _told(line: RawLine, code: str, words: str) -> RawLine:
    whole = line.fields["sku"]
    fields = dict(line.fields) | {"sku": replace(whole, text=code)}
    return RawLine(fields | ({"description": replace(whole, text=words)} if words else {}))
