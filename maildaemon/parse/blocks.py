"""Address blocks: the lines below a label, or beside it, up to a blank line."""

from collections.abc import Callable, Sequence

from maildaemon.model import Line
from maildaemon.parse.labels import LONGEST, Label, Labels, Vocabulary, exactly
from maildaemon.parse.texttable import segments

LINES = 7
LINE_LIMIT = 100
Put = Callable[[list[str], str], None]
_SAME = ("same as", "as above", "see above", "wie oben", "siehe oben", "idem", "gleich", "as per", "see below", "n/a")


def address(lines: Sequence[Line], index: int, value: str, labels: Labels, put: Put, *, last: bool) -> int:
    """Collect the block that the label in line ``index`` opens, hand it to ``put``, and answer where to go on. A
    value that already has a comma is whole, unless the lines below are indented."""
    start = lines[index]
    indent = len(start.text) - len(start.text.lstrip())
    parts = [value] if value else []
    at = index + 1
    if not value and at < len(lines) and not lines[at].text.strip():
        at += 1  # one blank line between label and block
    while last and at < len(lines) and len(parts) < LINES:
        line = lines[at]
        text = line.text.strip()
        if not text or line.zone is not start.zone or not _belongs(text, labels):
            break
        deeper = len(line.text) - len(line.text.lstrip()) > indent
        if value and not deeper and ("," in value or len(parts) > 4):
            break
        parts.append(text.strip(" ,;"))
        at += 1
    parts = [part.strip(" ,;") for part in parts if part.strip(" ,;")]
    if parts and not parts[0].casefold().startswith(_SAME):
        put(parts, " / ".join(parts))
    return at if parts else index + 1


def _belongs(text: str, labels: Labels) -> bool:
    """A line of an address: short, no label, no table, no sentence, no greeting."""
    if len(text) > LINE_LIMIT or len(segments(text)) > 2 or text[0] in "-=_*|>" or text.endswith((":", "!", "?")):
        return False
    head, colon, _ = text.partition(":")
    if colon and len(head) <= LONGEST and not head.rstrip(" .").casefold().startswith(_ATTENTION):
        return False
    return (
        _label(labels.header, text) is None
        and _label(labels.column, text) is None
        and not text.casefold().startswith(_GREETINGS)
    )


def _label(vocabulary: Vocabulary, text: str) -> Label | None:
    """A label letter by letter: "Accounts" and "Plant 7" are lines of an address."""
    return exactly(vocabulary, text) if len(text) <= LONGEST else None


_ATTENTION = (
    "attn", "att", "attention", "z. hd", "z.hd", "zu händen", "c/o", "à l'att", "a l'att", "a la at", "t.a.v",
    "ter attentie", "alla c.a", "c.a", "f.a.o", "fao",
)  # fmt: skip
_GREETINGS = (
    "kind regards", "best regards", "regards", "thank", "sincerely", "many thanks", "mit freundlichen",
    "freundliche", "viele grüße",
    "cordialement", "merci", "bien à vous", "saludos", "atentamente", "gracias", "cordiali", "distinti", "grazie",
    "met vriendelijke",
    "please", "bitte", "yours", "cheers", "vriendelijke", "with kind", "veuillez", "we ", "best,",
)  # fmt: skip


def columns(lines: Sequence[Line], start: int, middle: int) -> tuple[list[str], list[str], int]:
    """Two blocks side by side: left and right of the character where the right label stands."""
    left: list[str] = []
    right: list[str] = []
    at = start
    while at < len(lines) and at - start < LINES and lines[at].text.strip() and lines[at].zone is lines[start].zone:
        for part in segments(lines[at].text):
            if (
                ":" in part.text[:LONGEST]
                and part.text.partition(":")[2].strip()
                and len(segments(lines[at].text)) == 1
            ):
                return left, right, at
            (right if part.start >= middle - 2 else left).append(part.text.strip(" ,;"))
        at += 1
    return left, right, at
