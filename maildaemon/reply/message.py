"""A message as bytes: headers in their order, a text or two alternatives, and the check of what was built.

Built by hand: EmailMessage costs fifty times as much, and on unpatched Pythons it turns an encoded line break inside a
header value into a header of its own (CVE-2024-6923).
"""

import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import compat32
from email.utils import format_datetime

from maildaemon.reply.errors import CannotAnswer, HeaderMismatch
from maildaemon.reply.values import clean

LINE = 76
LONGEST_LINE = 998
MOST_REFERENCES = 10
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64}@[A-Za-z0-9.\-]{1,253}", re.ASCII)
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,200}@[!-;=?-~]{1,200}>", re.ASCII)

_NAME = re.compile(rb"([A-Za-z][A-Za-z0-9-]*): (?=[!-~])")
_CONTENT = re.compile(rb"[ -~]*[!-~]")
_HIDDEN = re.compile(rb"=(?:[01][0-9A-Fa-f]|7[Ff])|\?[Bb]\?")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 _-]{1,60}", re.ASCII)
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q = tuple(chr(byte) if byte in _Q_SAFE else "_" if byte == 0x20 else f"={byte:02X}" for byte in range(256))

Headers = Sequence[tuple[str, str]]


def build(headers: Headers, body: bytes) -> bytes:
    """Header block, empty line, body. Values are folded already. Raises HeaderMismatch when the bytes, read again, do
    not carry exactly these headers."""
    block = "".join(f"{name}: {value}\r\n" for name, value in headers)
    try:
        raw = block.encode("ascii") + b"\r\n" + body
    except UnicodeEncodeError:
        raise HeaderMismatch("a header is not plain ASCII") from None
    assert_headers(raw, [name for name, _ in headers])
    return raw


def assert_headers(raw: bytes, expected_names: Sequence[str]) -> None:
    """The header block holds exactly these headers, in order, once each, in printable ASCII, no line over 998 bytes,
    and nothing in its encoded words that becomes a control character. Raises HeaderMismatch.

    Two readers must agree: our own, line by line, and the standard library's, which breaks lines at a bare CR or LF.
    """
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        raise HeaderMismatch("the header block has no end")
    names: list[bytes] = []
    for line in raw[:end].split(b"\r\n"):
        found = _NAME.match(line)
        if found:
            names.append(found.group(1))
        elif line[:1] != b" " or not names:
            raise HeaderMismatch("a header line has no name")
        if len(line) > LONGEST_LINE or not _CONTENT.fullmatch(line):
            raise HeaderMismatch("a header line is too long or not printable")
        if b"=?" in line and _HIDDEN.search(line):
            raise HeaderMismatch("an encoded word hides a control character")
    expected = list(expected_names)
    again = BytesParser(policy=compat32).parsebytes(raw[: end + 4], headersonly=True).keys()
    if [name.decode("ascii") for name in names] != expected or again != expected:
        raise HeaderMismatch("the message carries other headers than were meant")
    if len({name.lower() for name in expected}) < len(expected):
        raise HeaderMismatch("a header stands twice")


def plain_text(text: str) -> tuple[list[tuple[str, str]], bytes]:
    """Content headers and body of a message that is one plain text."""
    headers = [
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "quoted-printable"),
    ]
    return headers, quoted_printable(text)


def alternative(message_id: str, text: str, html: str) -> tuple[list[tuple[str, str]], bytes]:
    """Content headers and body of a multipart/alternative, text first. The boundary follows from the Message-ID;
    ``=_`` cannot occur in quoted-printable, so no body can contain it (RFC 2045, 6.7)."""
    boundary = "=_" + hashlib.sha256(message_id.encode()).hexdigest()[:32]
    mark = boundary.encode()
    body = b"".join(
        b"--%b\r\nContent-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n%b"
        % (mark, subtype, quoted_printable(part))
        for subtype, part in ((b"plain", text), (b"html", html))
    )
    headers = [
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'),
    ]
    return headers, body + b"--%b--\r\n" % mark


def quoted_printable(text: str) -> bytes:
    """Lines of at most 76 characters, CRLF line ends, one at the end."""
    encoded = binascii.b2a_qp(text.encode("utf-8", "replace"), istext=True)
    return encoded.replace(b"\n", b"\r\n") if text.endswith("\n") else encoded.replace(b"\n", b"\r\n") + b"\r\n"


def address(value: str | None, what: str) -> str:
    """The address if it can stand in a header and in SMTP as it is. Raises CannotAnswer."""
    if value is None or not ADDRESS.fullmatch(value) or "=?" in value:
        raise CannotAnswer(f"{what} is not a plain address")
    return value


def named(name: str, value: str) -> str:
    """``Name <address>``, as a From header wants it."""
    name = clean(name, 100)
    if not name:
        return value
    shown = name if _PLAIN_NAME.fullmatch(name) else encoded(name, len("From: "))
    separator = " " if len(shown) + len(value) + 10 <= LINE else "\r\n "
    return f"{shown}{separator}<{value}>"


def unstructured(text: str, used: int) -> str:
    """A header's text, folded; in encoded words when it is not plain ASCII. ``used``: what stands on the line."""
    text = clean(text, 400)
    if not text.isascii() or "=?" in text:
        return encoded(text, used)
    if used + len(text) <= LINE:
        return text
    lines, line, room = [], "", LINE - used
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line, room = word, LINE - 1
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line])


def encoded(text: str, used: int) -> str:
    """RFC 2047 encoded words of at most 75 characters, never a character split between two."""
    words, word, room = [], "", LINE - used - 12
    for character in text:
        piece = "".join(_Q[byte] for byte in character.encode("utf-8", "replace"))
        if len(word) + len(piece) > room:
            words.append(word)
            word, room = "", LINE - 1 - 12
        word += piece
    return "\r\n ".join(f"=?utf-8?q?{word}?=" for word in [*words, word])


def message_id(value: str | None) -> str | None:
    """The Message-ID if it can be repeated in a header as it is, else None."""
    if value is None or not MESSAGE_ID.fullmatch(value) or "=?" in value:
        return None
    return value


def thread(parent: str | None, references: Iterable[str]) -> list[tuple[str, str]]:
    """In-Reply-To and References, or nothing when the parent's Message-ID is not a sound one: the first reference, the
    last ones and the parent, ten at most."""
    parent = message_id(parent)
    if parent is None:
        return []
    sound = dict.fromkeys(found for value in references if (found := message_id(value)) is not None)
    sound.pop(parent, None)
    chain = [*sound, parent]
    if len(chain) > MOST_REFERENCES:
        chain = [chain[0], *chain[1 - MOST_REFERENCES :]]
    return [("In-Reply-To", parent), ("References", "\r\n ".join(chain))]


def date(now: datetime) -> str:
    return format_datetime(now.astimezone(UTC))
