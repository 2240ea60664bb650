"""What a line of a table in a PDF says in rows of its own below its figures: what it is, its code, its date."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from maildaemon.parse.codes import is_code
from maildaemon.parse.labels import LONGEST, Labels, exactly, named
from maildaemon.read.pdf_heading import joined

HEAD = "Description"
"""The heading of what no label calls by a name."""
_FIELDS = frozenset({"description", "sku", "buyer_sku", "gtin", "requested_date"})
_CODES = frozenset({"sku", "buyer_sku", "gtin"})
_WORDS = re.compile(r"[^\W\d_]{3}")


@dataclass(frozen=True, slots=True)
class Detail:
    """``rows`` are those of the line that it takes, by their place among them."""

    field: str
    head: str
    value: str
    rows: tuple[int, ...]


def details(lines: Mapping[int, Sequence[str]], known: Collection[str], labels: Labels) -> dict[int, list[Detail]]:
    """By line, from the texts of the rows below it (an empty one is none of its text). ``known`` are the fields that
    columns hold. Words without a label are a description where at least half of the lines have such, and no column
    says what is ordered."""
    bare = {"description", "item"}.isdisjoint(known)
    found = {line: _of_one(texts, known, labels, bare=bare) for line, texts in lines.items()}
    told = sum(any(one.field == "description" for one in some) for some in found.values())
    if told * 2 < len(found):
        found = {line: [one for one in some if one.head != HEAD] for line, some in found.items()}
    return found


def _of_one(texts: Sequence[str], known: Collection[str], labels: Labels, *, bare: bool) -> list[Detail]:
    found: list[Detail] = []
    for at, text in enumerate(texts):
        if not text:
            continue
        told = _labelled(text, labels)
        fields = {one.field for one in found}
        if told is not None and told[0] not in known and told[0] not in fields:
            found.append(Detail(*told, (at,)))
        elif found and found[-1].field == "description" and (told is None or told[0] in known):
            last = found[-1]
            found[-1] = Detail(last.field, last.head, joined([last.value, text]), (*last.rows, at))
        elif bare and told is None and "description" not in fields and _WORDS.search(text) and not is_code(text):
            found.append(Detail("description", HEAD, text, (at,)))
    return found


def _labelled(text: str, labels: Labels) -> tuple[str, str, str] | None:
    """Field, label and value; without a colon between them only of a code."""
    head, colon, value = text.partition(":")
    if colon and value.strip() and len(head) <= LONGEST:
        label = named(labels.column, head)
        if label is not None and label.field in _FIELDS:
            return label.field, head.strip(), value.strip()
    head, _, value = text.rpartition(" ")
    label = exactly(labels.column, head) if 0 < len(head) <= LONGEST and is_code(value) else None
    if label is not None and label.field in _CODES:
        return label.field, head, value
    return None


def heads(found: Mapping[int, Sequence[Detail]]) -> dict[str, str]:
    """The headings of the columns that the details make, by field."""
    made: dict[str, str] = {}
    for some in found.values():
        for one in some:
            made.setdefault(one.field, one.head)
    return made
