"""Outlook's winmail.dat (TNEF, [MS-OXTNEF]) → a MIME tree of its text and attachments.

An own reader, because the libraries for it are under copyleft. It follows the lengths that the stream states and never
reads beyond its end; what a length or a checksum that lies leaves in doubt is told."""

import struct
from dataclasses import dataclass, field
from email.message import Message

from maildaemon.read import mapi
from maildaemon.read.mapi import Attachment, Properties
from maildaemon.read.prescan import Budget

SIGNATURE = b"\x78\x9f\x3e\x22"
ATTRIBUTES, ATTACHMENTS, PROPERTIES = 5000, 100, 5000
_RENDERING, _DATA, _TITLE, _ATTACHMENT = 0x9002, 0x800F, 0x8010, 0x9005
_BODY, _SUBJECT, _PROPERTIES, _CODEPAGE, _CLASS = 0x800C, 0x8004, 0x9003, 0x9007, 0x8008
_CUT, _CHECKSUM = "it is damaged or cut off: what is behind was not read", "its checksums do not fit"
# The IID of a message inside ([MS-OXCDATA]) stands before the inner stream.
_IID = 16
_FIXED = {0x0002: 2, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 2, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8,
          0x0048: 16}  # fmt: skip
_MANY = 0x1000


class BadTnef(Exception):  # noqa: N818
    """``str()`` says in plain words why it is not read."""


@dataclass(slots=True)
class _Stream:
    about: Properties = field(default_factory=Properties)
    attachments: list[tuple[Properties, bytes]] = field(default_factory=list)
    problems: dict[str, None] = field(default_factory=dict)


def opened(data: bytes, budget: Budget) -> tuple["Message[str, str]", str | None]:
    """The tree, and in plain words what is doubtful about it. A message inside becomes a message/rfc822 whose body is a
    stream of its own, to be opened in its turn. Raises BadTnef, and Unreadable when the mail has too many parts."""
    found = _stream(data)
    made = []
    for about, content in found.attachments:
        about.codepage = about.codepage or found.about.codepage
        kind, held = about.values.get(mapi.ATTACH_DATA, (0, b""))
        inner = None
        if kind == mapi.OBJECT and held[_IID : _IID + 4] == SIGNATURE:
            inner = _inner(held[_IID:], budget)
        elif kind == mapi.OBJECT and not content:
            content = held[_IID:]
        elif not content:
            content = held
        made.append(Attachment(about, content, inner))
    return mapi.tree(found.about, made, budget), "; ".join(found.problems) or None


def _inner(data: bytes, budget: Budget) -> "Message[str, str]":
    budget.spend()
    try:
        about = _stream(data).about
    except BadTnef:
        about = Properties()
    made = mapi.headed(about)
    made["Content-Type"] = "application/ms-tnef"
    made["Content-Transfer-Encoding"] = "base64"
    made.set_payload(mapi.armoured(data))
    return made


def _stream(data: bytes) -> _Stream:
    if not data.startswith(SIGNATURE):
        raise BadTnef("it is no winmail.dat")
    found, at, count = _Stream(), 6, 0
    while at + 9 <= len(data):
        count += 1
        if count > ATTRIBUTES:
            raise BadTnef(f"it has more than {ATTRIBUTES} attributes")
        level, tag, _kind, length = struct.unpack_from("<BHHI", data, at)
        end = at + 9 + length
        if level not in {1, 2} or end > len(data):
            found.problems[_CUT] = None
            break
        value = data[at + 9 : end]
        if data[end : end + 2] != (sum(value) & 0xFFFF).to_bytes(2, "little"):
            found.problems[_CHECKSUM] = None
        _attribute(found, tag, value)
        at = end + 2
    else:
        if count == 0 or data[at:].strip(b"\x00"):
            found.problems[_CUT] = None
    return found


def _attribute(found: _Stream, tag: int, value: bytes) -> None:
    if tag == _RENDERING:
        if len(found.attachments) >= ATTACHMENTS:
            raise BadTnef(f"it has more than {ATTACHMENTS} attachments")
        found.attachments.append((Properties(), b""))
    elif tag in {_DATA, _TITLE, _ATTACHMENT}:
        if not found.attachments:
            found.attachments.append((Properties(), b""))
        about, content = found.attachments[-1]
        if tag == _DATA:
            if content:
                found.problems["an attachment in it has two contents"] = None
            found.attachments[-1] = (about, value)
        elif tag == _TITLE:
            about.put(mapi.ATTACH_NAME, mapi.STRING8, value)
        elif not _properties(value, about):
            found.problems[_CUT] = None
    elif tag == _PROPERTIES:
        if not _properties(value, found.about):
            found.problems[_CUT] = None
    elif tag == _BODY:
        found.about.put(mapi.BODY, mapi.STRING8, value)
    elif tag == _SUBJECT:
        found.about.put(mapi.SUBJECT, mapi.STRING8, value)
    elif tag == _CODEPAGE and len(value) >= 4:
        found.about.codepage = int.from_bytes(value[:4], "little")


def _properties(data: bytes, into: Properties) -> bool:
    """The property list of an attribute ([MS-OXTNEF] 2.1.3.4). False: it ends in the middle."""
    reader = _Reader(data)
    count = reader.number()
    for _ in range(min(count, PROPERTIES)):
        kind, tag = reader.short(), reader.short()
        if tag >= 0x8000:
            reader.take(16)
            if reader.number() == 0:
                reader.take(4)
            else:
                reader.padded(reader.number())
        values = reader.number() if kind & _MANY or kind in mapi.VARIABLE else 1
        plain = kind & ~_MANY
        if values > PROPERTIES or (plain not in mapi.VARIABLE and plain not in _FIXED):
            return False
        for number in range(values):
            size = reader.number() if plain in mapi.VARIABLE else _FIXED[plain]
            value = reader.padded(size)
            if reader.short_of:
                return False
            if number == 0 and tag < 0x8000:
                into.put(tag, plain, value)
    return count <= PROPERTIES and not reader.short_of


class _Reader:
    """Numbers and bytes one after the other; behind the end everything is 0 and ``short_of`` is true."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.short_of = data, 0, False

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            self.short_of = True
            self.at = len(self.data)
            return b""
        found = self.data[self.at : self.at + count]
        self.at += count
        return found

    def padded(self, count: int) -> bytes:
        found = self.take(count)
        self.at = min(len(self.data), self.at + -count % 4)
        return found

    def number(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def short(self) -> int:
        return int.from_bytes(self.take(2), "little")
