"""Values that stand below their labels: a row of labels, and the row of values under it."""

import re

from maildaemon.model import Document
from maildaemon.parse.labels import LONGEST, Labels, named
from maildaemon.phrasebook import folded
from maildaemon.references import is_label
from maildaemon.sentences import LINES

_CELLS = re.compile(r" \| |\t| {2,}")
_FEWEST, _MOST = 2, 16


def pairs(document: Document, labels: Labels) -> dict[int, tuple[str, ...]]:
    """The numbers of the lines that are such values, with what each of them says as label and value: ``Label:
    value``; and those of the rows of labels above, which say nothing."""
    found: dict[int, tuple[str, ...]] = {}
    heads, above = list[str](), 0
    for line in document.lines[:LINES]:
        if not line.text.strip():
            continue
        cells = [cell.strip() for cell in _CELLS.split(line.text.strip(" |"))]
        if not _FEWEST <= len(cells) <= _MOST:
            heads = []
        elif _are_labels(cells, labels):
            heads, above = cells, line.number
        else:
            if len(heads) == len(cells) and line.number not in found:
                found.setdefault(above, ())
                found[line.number] = tuple(
                    f"{head.rstrip(': ')}: {cell}" for head, cell in zip(heads, cells, strict=True) if cell
                )
            heads = []
    return found


def _are_labels(cells: list[str], labels: Labels) -> bool:
    return all(_is_label(cell.rstrip(": "), labels) for cell in cells)


def _is_label(text: str, labels: Labels) -> bool:
    if not 0 < len(text) <= LONGEST or any(map(str.isdigit, text)):
        return False
    return named(labels.header, text) is not None or is_label(folded(text))
