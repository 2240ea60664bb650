"""What the writer says in a document of their own, sentence by sentence."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from maildaemon.danger import clause, dangerous, topical
from maildaemon.model import Document, Zone
from maildaemon.phrasebook import SENTENCE, altered, folded, phrasebook

LINES = 2000
LETTERS = re.compile(r"[^\W\d_]{2,}")
_WRAPPED = 40
"""A line that a mail program has wrapped is at least as long."""
_NAME_END = re.compile(r"(?:\b[A-Za-z]\.){2,}$|\b(?:Ltd|Inc|Co|Corp|Bros|Lda|Ltda|plc)\.$")
# The full stop of an initial or of "No." ends no sentence.
_STOP = re.compile(r"(?<![ .][A-Z])(?<!\b[Nn][or])(?<!\b[Nn])(?<!nr)(?<!\b[Ss]t)[.!?](?= |\Z)")
_SPOKEN = re.compile(
    r"\b(?:(?:this|the) (?:message|communication)|contracts?|diese nachricht|ce message|este mensaje|questo messaggio|"
    r"dit bericht)\b"
)
_OWN = frozenset({Zone.TOP, Zone.FORWARD, Zone.SIGNATURE})
ASKS = frozenset(
    "please kindly pls bitte merci veuillez favor rogamos prega prego favore plait svp graag gelieve".split()
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """``data``: columns, or a label and its value, or a word or two; ``labelled``: a label and its value;
    ``signed``: it stands below the writer's closing words; ``number``: that of its line, where it is data."""

    text: str
    data: bool = False
    labelled: bool = False
    signed: bool = False
    number: int = 0


def sentences(document: Document, is_read: Callable[[str], bool]) -> Iterator[Sentence]:
    """What the writer says in the document. Sentences run over the ends of full lines; a short line, an empty one, and
    one that was read, ends them. A notice of confidentiality, and what follows in its paragraph, is left out where no
    phrase in it may change an order."""
    running, secret, signed = "", False, False
    for line in document.lines[:LINES]:
        text = line.text.strip()
        if line.zone not in _OWN or not text or is_read(text):
            yield from _ended(running, secret=secret, signed=signed)
            running, secret = "", False
            continue
        signed = signed or line.zone is Zone.SIGNATURE
        note, closing = _opens(text[:60])
        if not signed and closing:
            yield from _ended(running, secret=secret)
            running, signed = "", True
            continue
        data, labelled = (False, False) if note else _form(text)
        if data:
            yield from _ended(running, secret=secret, signed=signed)
            running, secret = "", False
            if _counts(folded(text)):
                yield Sentence(text[:SENTENCE], data=True, labelled=labelled, signed=signed, number=line.number)
            continue
        secret = secret or _notice(folded(f"{running} {text}" if running else text))[1]
        *complete, running = _cut(f"{running} {text}" if running else text)
        for one in complete:
            yield from _ended(one, secret=secret, signed=signed and not note)
        if len(text) < _WRAPPED:
            yield from _ended(running, secret=secret, signed=signed and not note)
            running = ""
    yield from _ended(running, secret=secret, signed=signed)


@lru_cache(maxsize=8192)
def _opens(text: str) -> tuple[bool, bool]:
    """Whether a line begins as a note, and whether it is the closing words of a mail."""
    words, start = phrasebook(), folded(text)
    closing = words.closing.match(start) is not None
    return words.note.match(start) is not None, closing and not (
        altered(start) or dangerous(start) or topical(start.partition(",")[2])
    )


@lru_cache(maxsize=8192)
def _notice(text: str) -> tuple[bool, bool]:
    """Whether a sentence is one of the law, and whether it is of a notice of confidentiality."""
    words = phrasebook()
    legal = words.legal.search(text) is not None and not altered(text)
    return legal and not (words.terms.search(text) and _adds(text)), words.secret.search(text) is not None


def _counts(said: str) -> bool:
    """Data is no notice: it is none that changes an order."""
    legal, of_secrecy = _notice(said)
    return not (legal or of_secrecy) or altered(said) or phrasebook().voids.search(said) is not None


def _adds(text: str) -> bool:
    """What speaks of terms of business says more than that they apply."""
    return "%" in text or dangerous(text) is not None or clause(text) is not None


def is_data(text: str) -> bool:
    """The line is no prose."""
    return _form(text)[0]


def _form(text: str) -> tuple[bool, bool]:
    """Whether the line is data (columns, their headings, a label and its value, a name), and labelled."""
    head, colon, value = text.partition(":")
    if colon and value.strip() and len(head) <= 40 and len(head.split()) <= 4 and text[0].isupper():
        said = value.strip()
        if not (said[0].islower() and len(said.split()) > 2) and head.split()[0].casefold() not in ASKS:
            return True, True
    words = LETTERS.findall(text)
    if "|" in text or "  " in text or "\t" in text:
        return True, "|" in text and not any(character.isdigit() for character in text)
    if text[-1] in ".!?":
        named = _NAME_END.search(text) is not None and (_is_name(text) or (text[-3] == "." and text[-2].islower()))
        return named or (len(words) <= 1 and len(text) <= 6), False
    if text[-1] == ":" and (len(words) > 3 or not text[0].isupper() or "(" in text):
        return False, False
    common = sum(folded(word) in phrasebook().common for word in words)
    # A fragment without its full stop is prose when it is made of the words of prose: "Line 2 is optional".
    return text[0].isdigit() or len(words) <= 2 or common < 0.6 * len(words), False


def _is_name(text: str) -> bool:
    """It begins with a capital, and so does each of its longer words."""
    return text[0].isupper() and not any(len(word) > 3 and word[0].islower() for word in LETTERS.findall(text))


def _cut(text: str) -> list[str]:
    """At a full stop, an exclamation or question mark before a blank; whatever grows too long ends too."""
    parts: list[str] = []
    start = 0
    for stop in _STOP.finditer(text):
        while stop.start() - start > SENTENCE:
            parts.append(text[start : start + SENTENCE])
            start += SENTENCE
        if stop.start() - start > 3:
            parts.append(text[start : stop.end()])
            start = stop.end()
    while len(text) - start > SENTENCE:
        parts.append(text[start : start + SENTENCE])
        start += SENTENCE
    return [*parts, text[start:]]


def _ended(text: str, *, secret: bool = False, signed: bool = False) -> Iterator[Sentence]:
    said = folded(text)
    legal, of_secrecy = _notice(said)
    # A message and a contract are spoken of in orders too: alone they excuse nothing that may change one.
    of_secrecy = of_secrecy and phrasebook().secret.search(_SPOKEN.sub(" ", said)) is not None
    if not said or ((legal or (secret and (of_secrecy or not altered(said)))) and not phrasebook().voids.search(said)):
        return
    yield Sentence(text.strip()[:SENTENCE], signed=signed)
