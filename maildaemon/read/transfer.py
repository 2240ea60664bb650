"""The transfer encoding of a MIME part undone, without believing that it is sound."""

import binascii
import re
from email.message import Message

_LOOKS_BASE64 = re.compile(rb"\s{0,20}(?:[A-Za-z0-9+/]{60,76}\r?\n){1,100}[A-Za-z0-9+/]{0,76}={0,2}\s{0,20}")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")
_AFTER_END = re.compile(rb"=[ \t\r\n]{0,8}[A-Za-z0-9+/]")
_PLAIN = frozenset({"", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"})
_UU = frozenset({"x-uuencode", "uuencode", "uue", "x-uue"})


def body_of(part: "Message[str, str]") -> tuple[bytes, str | None]:
    """The bytes of a leaf, and in plain words what is wrong with their encoding."""
    encoding = str(part.get("content-transfer-encoding", "")).split(";")[0].strip().strip('"').lower()
    payload = stored(part)
    if not isinstance(payload, str):
        return b"", None
    if encoding == "base64":
        return base64(payload.encode("ascii", "ignore"))
    if encoding in _PLAIN or encoding in _UU or encoding == "quoted-printable":
        # The standard library compares the value as it stands, blanks and all.
        if str(part.get("content-transfer-encoding", "")) != encoding and "content-transfer-encoding" in part:
            part.replace_header("content-transfer-encoding", encoding)
        data = part.get_payload(decode=True)
        data = data if isinstance(data, bytes) else b""
        if encoding in _PLAIN and len(data) > 100 and _LOOKS_BASE64.fullmatch(data):
            return base64(data)
        return data, None
    del part["content-transfer-encoding"]
    data = part.get_payload(decode=True)
    return (data if isinstance(data, bytes) else b""), "its transfer encoding is unknown"


def stored(part: "Message[str, str]") -> object:
    """The payload as the parser left it: a list of parts, or a text in which 8-bit bytes are surrogates. Not
    ``get_payload()``, which decodes those by the label of the part and raises where that is nonsense."""
    return vars(part).get("_payload")


def base64(text: bytes) -> tuple[bytes, str | None]:
    """RFC 2045, 6.8, leniently: what is cut off or follows the end is told, never dropped in silence."""
    end = text.find(b"=")
    if end >= 0 and _AFTER_END.search(text, end):
        # Some readers stop at the padding, some go on: two readings of one part.
        return _pieces(text), "its base64 text goes on after its end"
    try:
        return binascii.a2b_base64(text), None
    except binascii.Error:
        return _pieces(text), "its base64 text is cut off"


def _pieces(text: bytes) -> bytes:
    """What stands between the padding, each piece by itself; an odd character at the end of one says nothing."""
    found = []
    for piece in re.split(rb"=+", _NOT_BASE64.sub(b"", text))[:1000]:
        kept = piece[: len(piece) - (len(piece) % 4 == 1)]
        found.append(binascii.a2b_base64(kept + b"=" * (-len(kept) % 4)))
    return b"".join(found)
