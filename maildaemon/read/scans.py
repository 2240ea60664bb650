"""Tesseract's TSV of a page → words with where they stand. What a machine has read is never enough for an answer."""

import re
from dataclasses import replace
from typing import Any

from maildaemon.read.pdf_text import PageText, Word

DPI, PAGES, WORDS = 200, 5, 20_000
TOLD = "its text was read by a machine (OCR), not written"
GIVEN_UP = "the machine (OCR) gave up, it took too long or there are too many"
_SURE = 30.0
_AMOUNT = re.compile(r"[0-9][0-9.,]*[.,][0-9]{2}")
_RULES = "|[]{}_—=~¦"
# Tesseract measures ink. Capitals are so much lower than their type is high, and gaps between words that much wider.
_HIGH, _WIDE = 1.3, 1.3


def picture(page: Any) -> bytes:
    """A page as a grey picture (PGM)."""
    bitmap = page.render(scale=DPI / 72, grayscale=True)
    data, width, height, stride = bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride
    rows = b"".join(data[at * stride : at * stride + width] for at in range(height))
    bitmap.close()
    return b"P5\n%d %d\n255\n%s" % (width, height, rows)


def put(page: PageText, tsv: str, dots: float = DPI) -> bool:
    """The page's words are those of level 5, and what was taken for a letter and is a vertical rule is one. Words of
    one line share their baseline, so that a slanted scan keeps its rows. Whether there are any."""
    lines: dict[tuple[str, ...], list[Word]] = {}
    for row in tsv.splitlines()[1:WORDS]:
        cells = row.split("\t")
        if len(cells) != 12 or cells[0] != "5" or not cells[11].strip():
            continue
        try:
            left, top, width, height = (float(cell) * 72 / dots for cell in cells[6:10])
            sure = float(cells[10])
        except ValueError:
            continue
        text = cells[11].strip()
        bare = text.strip(_RULES)
        if len(text) == 1 and text in "|[]¦":
            page.down.append((left + width / 2, top, top + height))
        if bare and sure >= _SURE:
            word = Word(bare, left, left + width, top + height, height)
            lines.setdefault(tuple(cells[1:5]), []).append(word)
    found: list[Word] = []
    for line in lines.values():
        line[:] = _signed(line)
        base = sorted(word.y for word in line)[(len(line) - 1) // 2]
        size = max(sorted(word.size for word in line)[(len(line) - 1) // 2] * _HIGH, 4.0)
        found.extend(replace(word, y=base, size=size, em=size * _WIDE) for word in line)
    page.words = found
    return bool(found)


def _signed(line: list[Word]) -> list[Word]:
    """The S before an amount is a dollar sign."""
    amounts = [_AMOUNT.fullmatch(word.text) is not None for word in line]
    return [
        replace(word, text="$") if word.text == "S" and follows else word
        for word, follows in zip(line, (*amounts[1:], False), strict=True)
    ]
