"""A line of typed text: its signs made plain, and the label with its value in it."""

import re
from dataclasses import replace
from functools import lru_cache

from maildaemon.model import Line
from maildaemon.parse.dates import dated
from maildaemon.parse.labels import LONGEST, Label, Vocabulary, exactly
from maildaemon.parse.prosewords import only_asks

# Fields whose label may be followed by the value after a single blank: the value proves itself.
_BARE = frozenset(
    {"po_number", "order_date", "requested_date", "currency", "total", "payment_terms", "customer_number"}
)
_DRAWN = re.compile("[\u2500-\u257f]")
_BOX = dict.fromkeys(range(0x2500, 0x2580), "-") | dict.fromkeys(map(ord, "│┃║┆┇┊┋╎╏|"), "|")
_STATES = re.compile(r"(?:lautet|ist|is|est|es|è)(?: (?:la|le|el|il|the|die))?:? (?=\S)", re.IGNORECASE)
_DIGIT = re.compile("[0-9]")


def undrawn(line: Line) -> Line:
    """With plain signs for the lines of a table that is drawn with box characters (Unicode block Box Drawing)."""
    return (
        line if line.text.isascii() or not _DRAWN.search(line.text) else replace(line, text=line.text.translate(_BOX))
    )


def unquoted(line: Line) -> Line:
    """Without the marks of a quoted line, so that its columns stand where they stood."""
    return Line(
        line.text.lstrip("> ") if line.text[:20].count(">") > 1 else line.text[1:].removeprefix(" "),
        line.number,
        line.zone,
    )


def parted(text: str) -> tuple[str, str, str]:
    """``label``, sign, ``value``; the sign is a colon, an equals sign or a lone hyphen."""
    head, sign, value = text.partition(":")
    if not sign:
        for sign in (" = ", " - ", " – "):
            head, found, value = text.partition(sign)
            if found:
                break
        else:
            return text, "", ""
    return head.strip(" *_>-•·"), ":" if sign == ":" else sign, value.strip(" *_")


@lru_cache(maxsize=4096)
def bare(header: Vocabulary, text: str) -> tuple[Label | None, str]:
    """``PO number 4711``: the longest run of first words that is a label, letter by letter."""
    words = text.split(" ")
    for count in range(min(5, len(words) - 1), 0, -1):
        head = " ".join(words[:count])
        if not words[count][:1].strip("-=:#") and count + 1 == len(words):
            continue
        label = exactly(header, head) if len(head) <= LONGEST else None
        if label is not None:
            value = _STATES.sub("", " ".join(words[count:]).lstrip("-=:# "), count=1)
            first, _blank, rest = value.rstrip(" .:").partition(" ")
            if label.field == "po_number" and _DIGIT.search(first) and only_asks(rest):
                value = first
            return (label, value) if label.field in _BARE else (None, "")
    return None, ""


def day(text: str) -> str:
    """The date with which the text begins, when no other figure stands behind it; else the text."""
    words = text.rstrip(" .:,;").split(" ")
    for count in range(min(5, len(words) - 1), 0, -1):
        if dated(said := " ".join(words[:count])) is not None:
            return text if any(map(str.isdigit, " ".join(words[count:]))) else said
    return text
