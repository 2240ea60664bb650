"""Plain text: bytes → lines with their zones."""

import re

from maildaemon.model import Line, Zone
from maildaemon.read.zones import zoned

LINES = 20_000
LINE_LIMIT = 4096

_NEWLINE = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
# Tabs are kept, they separate columns. Soft hyphens and zero-width marks would part a word that the eye reads as one.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_QUOTE_MARKS = re.compile(r"(?:[ \t]?>){1,20} ?")


def split(text: str) -> list[str]:
    return [clean(line) for line in _NEWLINE.split(text)]


def clean(line: str) -> str:
    """No control, direction or zero-width character; a no-break space is a space. Its blanks at the end stay: they mean
    something in RFC 3676."""
    if line.isascii() and line.isprintable():
        return line
    return _INVISIBLE.sub("", line).replace("\u00a0", " ")


def unflow(lines: list[str], *, delsp: bool = False) -> list[str]:
    """RFC 3676: a line that ends in a blank goes on in the next of the same quote depth; a first blank is stuffing."""
    out: list[str] = []
    open_depth = -1
    for line in lines:
        depth = len(line) - len(line.lstrip(">"))
        text = line[depth:].removeprefix(" ")
        flows = text.endswith(" ") and text != "-- "
        if open_depth == depth and text != "-- " and len(out[-1]) < LINE_LIMIT:
            out[-1] += text
        else:
            out.append(f"{'>' * depth} {text}" if depth else text)
        if flows and delsp:
            out[-1] = out[-1][:-1]
        open_depth = depth if flows else -1
    return out


def to_lines(
    texts: list[str], subject: str = "", hints: list[Zone] | None = None
) -> tuple[tuple[Line, ...], str | None]:
    """Numbered lines with their zones, and the author that a forwarded text claims. Quote marks in front of a forwarded
    line are not part of its text."""
    if texts and hints is None:
        while texts and not texts[-1].strip():
            texts.pop()
    found = zoned(texts, hints, subject)
    lines = []
    for number, (text, zone) in enumerate(zip(texts, found.zones, strict=True), 1):
        if zone is Zone.FORWARD and ">" in text[:12]:
            text = _QUOTE_MARKS.sub("", text, count=1) if _QUOTE_MARKS.match(text) else text
        lines.append(Line(text.rstrip(), number, zone))
    return tuple(lines), found.author


def bounded(texts: list[str]) -> tuple[list[str], str | None]:
    """At most so many lines of such a length, and the plain word for what was cut."""
    problem = None
    if len(texts) > LINES:
        texts, problem = texts[:LINES], f"it is longer than {LINES} lines"
    if any(len(text) > LINE_LIMIT for text in texts):
        texts, problem = [text[:LINE_LIMIT] for text in texts], f"a line is longer than {LINE_LIMIT} characters"
    return texts, problem
