"""Tesseract's TSV of a page → words with where they stand. What a machine has read is never enough for an answer."""

from typing import Any

from maildaemon.read.pdf_text import Word

DPI, PAGES = 200, 3
_SURE = 30.0
TOLD = "its text was read by a machine (OCR), not written"


def picture(page: Any) -> bytes:
    """A page as a grey picture (PGM)."""
    bitmap = page.render(scale=DPI / 72, grayscale=True)
    data, width, height, stride = bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride
    rows = b"".join(data[at * stride : at * stride + width] for at in range(height))
    bitmap.close()
    return b"P5\n%d %d\n255\n%s" % (width, height, rows)


def words(tsv: str, dots: float = DPI) -> list[Word]:
    """The words of level 5; those of one line share their baseline, so that a slanted scan keeps its rows."""
    lines: dict[tuple[str, ...], list[tuple[str, float, float, float, float]]] = {}
    scale = 72 / dots
    for row in tsv.splitlines()[1:20_000]:
        cells = row.split("\t")
        if len(cells) != 12 or cells[0] != "5" or not cells[11].strip():
            continue
        try:
            left, top, width, height = (float(cell) * scale for cell in cells[6:10])
            sure = float(cells[10])
        except ValueError:
            continue
        if sure >= _SURE:
            lines.setdefault(tuple(cells[1:5]), []).append(
                (cells[11].strip(), left, left + width, top + height, height)
            )
    found: list[Word] = []
    for line in lines.values():
        base = sorted(bottom for _, _, _, bottom, _ in line)[len(line) // 2]
        size = max(sorted(high for _, _, _, _, high in line)[len(line) // 2] * 1.2, 4.0)
        found.extend(Word(text, x0, x1, base, size, size) for text, x0, x1, _, _ in line)
    return found
