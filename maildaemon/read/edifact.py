"""UN/EDIFACT interchanges: text → messages, by the separators that UNA states (ISO 9735)."""

import re
from dataclasses import dataclass, field

from maildaemon.read.x12 import ELEMENTS, SEGMENT_LENGTH, SEGMENTS, TooLong, segment
from maildaemon.structure import Message, Segment

_START = re.compile(r"UNA[^A-Za-z0-9]{5,6}[ \r\n]{0,4}UN[BGH]|UNB\+UN[A-Z0-9]{2}[:+]|UNH\+[A-Za-z0-9]{1,14}\+[A-Z]{6}:")
_TAG = re.compile(r"[A-Z]{3}")
_NEWLINES = str.maketrans("", "", "\r\n")
_SERVICE = frozenset({"UNB", "UNZ", "UNG", "UNE", "UNH", "UNT"})


@dataclass(frozen=True, slots=True)
class Marks:
    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    terminator: str = "'"


@dataclass(slots=True)
class _Open:
    name: str
    number: str
    sender: tuple[str, ...]
    doubts: list[str]
    segments: list[Segment] = field(default_factory=list)


def starts(text: str) -> bool:
    return _START.search(text) is not None


def messages(text: str) -> tuple[tuple[Message, ...], tuple[int, int]]:
    """Every message of every interchange, and from where to where in the text they stand (0, 0: there is none). Raises
    TooLong."""
    begin = _START.search(text)
    if begin is None:
        return (), (0, 0)
    reader = _Reader()
    marks, at, end, count = Marks(), begin.start(), begin.start(), 0
    while at < len(text):
        while at < len(text) and text[at] in " \t\r\n\x1a\x00":
            at += 1
        if text.startswith("UNA", at) and len(text) > at + 9 and not text[at + 3].isalnum():
            marks, at = _stated(text, at)
            continue
        raw, stop = _next(text, at, marks)
        plain = raw.strip() if marks.terminator in "\r\n" else raw.translate(_NEWLINES).strip()
        if len(plain) > SEGMENT_LENGTH:
            raise TooLong
        if plain:
            elements = _split(plain, marks)
            tag = elements[0][0].strip()
            if not _TAG.fullmatch(tag):
                break  # what follows the interchange: a signature, a disclaimer
            if len(elements) > ELEMENTS:
                raise TooLong
            count += 1
            if count > SEGMENTS:
                raise TooLong
            # The tag may carry the numbers of an explicit nesting, which no order uses.
            shown = plain if marks.element.isprintable() else plain.replace(marks.element, "+")
            reader.take(segment(tag, elements[1:], count, shown[:400]))
        at = stop + 1
        end = min(at, len(text))
    found = reader.closed()
    return tuple(found), (begin.start(), end) if found else (0, 0)


def _stated(text: str, at: int) -> tuple[Marks, int]:
    """The separators of UNA, by their places. Its fifth is reserved, and some leave it out."""
    component, element, decimal, release, reserved, terminator = tuple(text[at + 3 : at + 9])
    if text.startswith(("UNB", "UNG", "UNH"), at + 8) and not reserved.isalnum():
        return Marks(component, element, decimal, release, reserved), at + 8
    return Marks(component, element, decimal, release, terminator), at + 9


def _next(text: str, at: int, marks: Marks) -> tuple[str, int]:
    """The segment that begins there, and the place of its terminator."""
    stop = at
    released = marks.release not in {" ", ""}
    while True:
        stop = text.find(marks.terminator, stop)
        if stop < 0:
            return text[at:], len(text)
        if not released or _free(text, at, stop, marks.release):
            return text[at:stop], stop
        stop += 1


def _free(text: str, at: int, stop: int, release: str) -> bool:
    """An even number of release characters stands before the place."""
    count = 0
    while stop - count - 1 >= at and text[stop - count - 1] == release:
        count += 1
    return count % 2 == 0


def _split(raw: str, marks: Marks) -> tuple[tuple[str, ...], ...]:
    """Elements by components, release characters undone."""
    if marks.release == " " or marks.release not in raw:
        return tuple(tuple(part.split(marks.component)) for part in raw.split(marks.element))
    elements: list[tuple[str, ...]] = []
    components: list[str] = []
    current: list[str] = []
    released = False
    for character in raw:
        if released:
            current.append(character)
            released = False
        elif character == marks.release:
            released = True
        elif character == marks.component:
            components.append("".join(current))
            current = []
        elif character == marks.element:
            components.append("".join(current))
            elements.append(tuple(components))
            components, current = [], []
        else:
            current.append(character)
    components.append("".join(current))
    elements.append(tuple(components))
    return tuple(elements)


class _Reader:
    """The interchanges, segment by segment; a message without one is read all the same."""

    def __init__(self) -> None:
        self.found: list[Message] = []
        self.done: list[_Open] = []
        self.open: _Open | None = None
        self.doubts: list[str] = []
        self.unb: Segment | None = None
        self.group: Segment | None = None
        self.groups = 0

    def take(self, segment: Segment) -> None:
        tag = segment.tag
        if tag == "UNB":
            if self.unb is not None or self.done or self.open:
                self._interchange()
            self.unb = segment
            if segment.get(11) == "1":
                self.doubts.append("the interchange is a test (UNB 0035 = 1)")
        elif tag == "UNG":
            self._ended()
            self.group = segment
            self.groups += 1
        elif tag == "UNH":
            self._ended()
            sender = tuple(one.get(2) for one in (self.unb, self.group) if one is not None and one.get(2))
            self.open = _Open(segment.get(2), segment.get(1), tuple(dict.fromkeys(sender)), [])
            self.open.segments.append(segment)
        elif tag == "UNT":
            self._close(segment)
        elif tag == "UNE":
            self._ended()
            self.group = None
        elif tag == "UNZ":
            self._ended()
            self._end(segment)
        elif self.open is not None:
            self.open.segments.append(segment)
        elif tag not in _SERVICE:
            self.doubts.append(f"segment {segment.number} {tag} stands outside of any message")

    def _close(self, segment: Segment) -> None:
        one = self.open
        if one is None:
            self.doubts.append(f"segment {segment.number} UNT closes nothing")
            return
        one.segments.append(segment)
        stated = segment.get(1)
        if not stated.isdecimal() or int(stated[:9]) != len(one.segments):
            one.doubts.append(f"UNT says that there are {stated[:20] or 'no'} segments, there are {len(one.segments)}")
        if segment.get(2) != one.number:
            one.doubts.append("the reference numbers of UNH and UNT differ")
        self.done.append(one)
        self.open = None

    def _end(self, segment: Segment) -> None:
        # UNZ counts the groups where there are any.
        stated, count = segment.get(1), self.groups or len(self.done)
        if self.unb is not None and (not stated.isdecimal() or int(stated[:9]) != count):
            what = "groups" if self.groups else "messages"
            self.doubts.append(f"UNZ says that there are {stated[:20] or 'no'} {what}, there are {count}")
        if self.unb is not None and segment.get(2) != self.unb.get(5):
            self.doubts.append("the control references of UNB and UNZ differ")
        self._interchange(closed=True)

    def _ended(self) -> None:
        if self.open is not None:
            self.open.doubts.append("its end is missing (no UNT): it may be cut off")
            self.done.append(self.open)
            self.open = None

    def _interchange(self, *, closed: bool = False) -> None:
        self._ended()
        if not closed and self.unb is not None:
            self.doubts.append("the end of the interchange is missing (no UNZ): it may be cut off")
        if self.unb is None:
            self.doubts.append("it has no interchange head (no UNB): who sent it is not stated")
        for one in self.done:
            doubts = tuple(dict.fromkeys([*one.doubts, *self.doubts]))
            found = Message("EDIFACT", one.name[:10], tuple(one.segments), sender=one.sender, doubts=doubts)
            self.found.append(found)
        self.done, self.doubts, self.unb, self.group, self.groups = [], [], None, None, 0

    def closed(self) -> list[Message]:
        if self.done or self.open:
            self._interchange()
        return self.found
