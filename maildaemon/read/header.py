"""Decoded header values: encoded words, 8-bit bytes, folding; never a control character."""

import binascii
import re
import unicodedata
from email.message import Message

from maildaemon.read.charset import decode

VALUE_LIMIT = 2048
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,4000})\?=")
# Controls, line and paragraph separators, and the marks that turn the direction of a displayed text.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")


def stated_type(part: "Message[str, str]") -> str:
    """What its Content-Type says; ``text/plain`` where that is no media type at all (RFC 2045, 5.2)."""
    found = part.get_content_type()
    return found if _MEDIA_TYPE.fullmatch(found) else "text/plain"


def raw_text(value: str) -> str:
    """A raw value with 8-bit bytes (surrogate escapes of the standard library) brought to text. Encoded words stay."""
    if value.isascii():
        return value
    return decode(value.encode("utf-8", "surrogateescape"), short=True)[0]


def header_text(value: str, limit: int = VALUE_LIMIT) -> str:
    """A header value for people and for comparison: unfolded, decoded, bounded."""
    value = _decoded(value[: limit * 8])
    if not (value.isascii() and value.isprintable()):
        value = _CONTROL.sub(" ", value)
    return value.strip()[:limit]


def _decoded(value: str) -> str:
    """Unfolded first: a line break out of an encoded word is no folding."""
    value = raw_text(value)
    if "\n" in value or "\r" in value:
        value = value.replace("\r\n", "").replace("\n", "")
    return _decoded_words(value) if "=?" in value else value


def _decoded_words(value: str) -> str:
    """RFC 2047, 6.2: blanks between two encoded words are dropped. Words of one charset are joined as bytes first,
    because writers cut them in the middle of a character."""
    pieces: list[str] = []
    pending, label, end = b"", "", 0
    for word in _WORD.finditer(value):
        gap = value[end : word.start()]
        charset = word[1].partition("*")[0].lower()
        if not pending or gap.strip() or charset != label:
            pieces.append(decode(pending, label, short=True)[0])
            pieces.append("" if pending and not gap.strip() else gap)
            pending, label = b"", charset
        pending += _word_bytes(word[2], word[3])
        end = word.end()
    pieces.extend((decode(pending, label, short=True)[0], value[end:]))
    return "".join(pieces)


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape" if text.isascii() else "replace")
    if encoding in "qQ":
        return _HEX.sub(lambda found: bytes([int(found[1], 16)]), data.replace(b"_", b" "))
    try:
        return binascii.a2b_base64(data + b"===")
    except binascii.Error:
        return data


def file_name(value: str) -> str:
    """A file name for display only: NFKC, no control or format characters, no folders, 120 characters at most."""
    name = unicodedata.normalize("NFKC", _decoded(value[:4096]))
    name = "".join(char for char in name if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    name = re.split(r"[/\\]", name)[-1].strip(" .")
    if len(name) > 120:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: 119 - len(ending)]}{dot}{ending}" if dot and len(ending) <= 10 else name[:120]
    return name
