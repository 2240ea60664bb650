"""Lines that state several facts in a row: "Order no. 4711. Delivery date: 7 December. Deliver to: Acme, Dublin."."""

import re
from collections.abc import Sequence

from maildaemon.model import Line
from maildaemon.parse.labels import LONGEST, Labels, exactly

TEXT_LIMIT = 800
LINES_LIMIT = 100
CUTS_LIMIT = 24
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/\-]{1,34}\.?")
_VERBS = frozenset("lautet ist is est es è la le el il the die".split())
_START = re.compile(r"(?<=[.;]) (?=[^\W\d_])")


def parted(lines: Sequence[Line], labels: Labels) -> list[Line]:
    """The lines, one for each fact where a line is nothing but such facts, with the number of the line. Behind the
    first few such lines of a document no more are parted: no order has as many."""
    found: list[Line] = []
    left = LINES_LIMIT
    for line in lines:
        facts = _facts(line, labels) if left else [line]
        left -= len(facts) > 1
        found.extend(facts)
    return found


def _facts(line: Line, labels: Labels) -> list[Line]:
    text = line.text.strip()
    starts = _starts(text, labels) if len(text) <= TEXT_LIMIT and (". " in text or "; " in text) else []
    if len(starts) < 2 or starts[0] != 0:
        return [line]
    ends = [*starts[1:], len(text)]
    return [
        Line(_ended(text[start:end].strip()), line.number, line.zone) for start, end in zip(starts, ends, strict=True)
    ]


def _starts(text: str, labels: Labels) -> list[int]:
    """Where a sentence begins that is a label with its value."""
    found: list[int] = []
    if text.count(". ") + text.count("; ") > CUTS_LIMIT or not _is_fact(text, labels):
        return found
    for at in (0, *(cut.end() for cut in _START.finditer(text))):
        before = text[found[-1] : at] if found else ""
        # "Total incl. VAT" is one label: a fact ends when it has said something.
        said = not before or ":" in before or any(map(str.isdigit, before))
        if said and (_is_fact(text[at:], labels) or (before and _is_numbered(before, labels))):
            found.append(at)
    return found


def _is_numbered(text: str, labels: Labels) -> bool:
    """Nothing but a PO number, behind its label: whatever follows is no part of it."""
    head, colon, value = text.partition(":")
    if not colon:
        return len(text.split()) <= 7 and any(map(str.isdigit, text.rstrip(". ").rpartition(" ")[2]))
    label = exactly(labels.header, head) if len(head) <= LONGEST else None
    return label is not None and label.field == "po_number" and _NUMBER.fullmatch(value.strip()) is not None


def _is_fact(text: str, labels: Labels) -> bool:
    head, colon, _ = text[: LONGEST + 1].partition(":")
    if colon and exactly(labels.header, head) is not None:
        return True
    words = text[: 2 * LONGEST].split(" ")
    # Without a colon only what follows a label proves that it is one: "Our order no. 4711", "Order number is OC 4711".
    for count in range(1, min(6, len(words))):
        label = exactly(labels.header, " ".join(words[:count]))
        if label is None or label.field not in {"po_number", "requested_date"}:
            continue
        rest = words[count:]
        while rest and rest[0].casefold() in _VERBS:
            rest = rest[1:]
        if rest and any(map(str.isdigit, rest[0] if label.field == "requested_date" else " ".join(rest[:2]))):
            return True
    return False


def _ended(text: str) -> str:
    """Without the full stop; that of an abbreviation such as ``S.r.l.`` stays."""
    word = text.rpartition(" ")[2]
    return text[:-1] if (text.endswith((".", ";")) and "." not in word[:-1]) or _is_figure(word) else text


def _is_figure(word: str) -> bool:
    return word.endswith(".") and word[:1].isdigit()
