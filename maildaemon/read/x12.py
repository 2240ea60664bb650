"""ANSI X12 interchanges: text → messages, by the separators that each ISA states (X12.5, X12.6)."""

import itertools
import re
from dataclasses import dataclass, field

from maildaemon.read.textfile import clean
from maildaemon.structure import Message, Segment

SEGMENTS = 50_000
ELEMENTS = 200
SEGMENT_LENGTH = 20_000
_ISA = re.compile(r"ISA([^A-Za-z0-9 \r\n])[0-9 ]{2}\1", re.ASCII)
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_NEWLINES = str.maketrans("", "", "\r\n")


class TooLong(Exception):  # noqa: N818
    """More segments than any honest interchange has."""


@dataclass(slots=True)
class _Open:
    """A transaction set while it is read."""

    name: str
    number: str
    sender: tuple[str, ...]
    doubts: list[str]
    segments: list[Segment] = field(default_factory=list)


def starts(text: str) -> list[int]:
    """Where interchanges begin."""
    return [found.start() for found in _ISA.finditer(text)][:1000]


def segment(tag: str, elements: tuple[tuple[str, ...], ...], number: int, shown: str) -> Segment:
    """No control character of it gets any further: it is none of the message's separators, and says nothing."""
    if shown.isprintable() and all(map(str.isprintable, itertools.chain.from_iterable(elements))):
        return Segment(tag, elements, number, shown)
    plain = tuple(tuple(_plain(part) for part in element) for element in elements)
    return Segment(_plain(tag), plain, number, _plain(shown))


def _plain(text: str) -> str:
    return clean(text).replace("\t", " ")


def messages(text: str) -> tuple[tuple[Message, ...], tuple[int, int]]:
    """Every transaction set of every interchange, and from where to where in the text they stand (0, 0: there is none).
    Raises TooLong."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    begins = starts(text)
    found: list[Message] = []
    count, end = 0, 0
    for place, begin in enumerate(begins):
        if begin < end:
            continue  # a field of the one before
        limit = begins[place + 1] if place + 1 < len(begins) else len(text)
        some, end, count = _interchange(text, begin, limit, count)
        found.extend(some)
    return tuple(found), (begins[0], end) if found else (0, 0)


def _interchange(text: str, begin: int, limit: int, count: int) -> tuple[list[Message], int, int]:
    """The interchange's messages, where it ends, and how many segments were seen by then."""
    marks = _marks(text, begin)
    if marks is None:
        return [], begin + 3, count
    separator, component, terminator, _first = marks
    reader = _Reader()
    at = begin
    ended = False
    while at < limit and not ended:
        stop = text.find(terminator, at, limit)
        stop = limit if stop < 0 else stop
        raw = text[at:stop]
        if terminator != "\n":
            raw = raw.translate(_NEWLINES)
        raw = raw.strip(" \t\n\x1a\x00")
        if raw:
            tag, *rest = raw.split(separator)
            tag = tag.strip()
            if not _TAG.fullmatch(tag):
                break  # what follows the interchange: a signature, a disclaimer
            count += 1
            if count > SEGMENTS or len(rest) > ELEMENTS or len(raw) > SEGMENT_LENGTH:
                raise TooLong
            elements = tuple((part,) if tag == "ISA" else tuple(part.split(component)) for part in rest)
            shown = raw if separator.isprintable() else raw.replace(separator, "*")
            reader.take(segment(tag, elements, count, shown[:400]))
            ended = tag == "IEA"
        at = stop + 1
    return reader.closed(ended=ended), min(at, limit), count


def _marks(text: str, begin: int) -> tuple[str, str, str, int] | None:
    """The separators of elements and components and the terminator of segments. ISA has sixteen elements of fixed
    width; what trims their blanks, or wraps the line, leaves their count."""
    separator = text[begin + 3]
    at = begin + 3
    for _ in range(15):
        at = text.find(separator, at + 1, begin + 240)
        if at < 0:
            return None
    tail = text[at + 1 : at + 4]
    if tail[:1] == "\n":
        tail = text[at + 2 : at + 5]  # wrapped before the component separator
    if len(tail) < 2:
        return None
    component, terminator = tail[0], tail[1]
    if terminator == "\n" and len(tail) > 2 and not tail[2].isalnum() and tail[2] not in " \n":
        terminator = tail[2]  # wrapped before the terminator
    if terminator.isalnum() or terminator in {separator, component, " "}:
        return None
    return separator, component, terminator, at


class _Reader:
    """One interchange, segment by segment."""

    def __init__(self) -> None:
        self.doubts: list[str] = []
        self.done: list[_Open] = []
        self.open: _Open | None = None
        self.isa: Segment | None = None
        self.group: tuple[str, str] = ("", "")
        self.sets = self.groups = 0
        self.in_group = False

    def take(self, segment: Segment) -> None:
        tag = segment.tag
        if tag == "ISA":
            self.isa = segment
            usage = segment.get(15)
            if usage and usage != "P":
                what = "a test" if usage == "T" else f"marked {usage[:10]!r}"
                self.doubts.append(f"the interchange is {what} (ISA15 = {usage[:10]})")
        elif tag == "GS":
            self._ended("SE")
            if self.in_group:
                self.doubts.append("a group is not closed (no GE)")
            self.group, self.sets, self.in_group = (segment.get(2), segment.get(6)), 0, True
            self.groups += 1
        elif tag == "ST":
            self._ended("SE")
            self.sets += 1
            sender = (self.isa.get(6) if self.isa else "", self.group[0])
            self.open = _Open(segment.get(1), segment.get(2), tuple(dict.fromkeys(one for one in sender if one)), [])
            self.open.segments.append(segment)
        elif tag == "SE":
            self._close(segment)
        elif tag == "GE":
            self._ended("SE")
            self._same(segment, 1, self.sets, "GE says that the group has")
            if segment.get(2) != self.group[1]:
                self.doubts.append("the control numbers of GS and GE differ")
            self.in_group = False
        elif tag == "IEA":
            self._ended("SE")
            self._same(segment, 1, self.groups, "IEA says that the interchange has")
            if self.isa is not None and segment.get(2) != self.isa.get(13):
                self.doubts.append("the control numbers of ISA and IEA differ")
        elif self.open is not None:
            self.open.segments.append(segment)
        elif tag not in {"TA1", "ISB", "ISE"}:
            self.doubts.append(f"segment {segment.number} {tag} stands outside of any transaction set")

    def _same(self, segment: Segment, element: int, counted: int, says: str) -> None:
        stated = segment.get(element)
        if not stated.isdecimal() or int(stated[:9]) != counted:
            self.doubts.append(f"{says} {stated[:20] or 'no'} parts, it has {counted}")

    def _close(self, segment: Segment) -> None:
        one = self.open
        if one is None:
            self.doubts.append(f"segment {segment.number} SE closes nothing")
            return
        one.segments.append(segment)
        stated = segment.get(1)
        if not stated.isdecimal() or int(stated[:9]) != len(one.segments):
            one.doubts.append(f"SE says that there are {stated[:20] or 'no'} segments, there are {len(one.segments)}")
        if segment.get(2) != one.number:
            one.doubts.append("the control numbers of ST and SE differ")
        self.done.append(one)
        self.open = None

    def _ended(self, missing: str) -> None:
        if self.open is not None:
            self.open.doubts.append(f"its end is missing (no {missing}): it may be cut off")
            self.done.append(self.open)
            self.open = None

    def closed(self, *, ended: bool) -> list[Message]:
        self._ended("SE")
        if not ended:
            self.doubts.append("the end of the interchange is missing (no IEA): it may be cut off")
        return [
            Message(
                "X12",
                one.name[:10],
                segments=tuple(one.segments),
                sender=one.sender,
                doubts=tuple(dict.fromkeys([*one.doubts, *self.doubts])),
            )
            for one in self.done
        ]
