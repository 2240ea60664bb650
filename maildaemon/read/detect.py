"""Is this a mail? Told by its first lines, not by its name."""

import re

_HEADER = re.compile(rb"([!-9;-~]{1,60})[ \t]{0,3}:")
_MULTIPART = re.compile(rb"content-type[ \t]*:[ \t\r\n]*multipart/", re.IGNORECASE)
_ENTITY = re.compile(rb"[\r\n]{0,4}(?:content-[a-z-]{2,30}|mime-version)[ \t]{0,3}:", re.IGNORECASE)
_STRONG = frozenset(
    b"from received return-path message-id mime-version delivered-to content-type x-original-to dkim-signature "
    b"envelope-to x-mozilla-status authentication-results".split()
)
_KNOWN = _STRONG | frozenset(
    b"to cc bcc subject date sender reply-to in-reply-to references content-transfer-encoding content-disposition "
    b"resent-from resent-to resent-date user-agent x-mailer priority importance".split()
)


def start_of_mail(data: bytes) -> bytes:
    """Without a byte order mark and blank lines in front, which would make its head a body."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data[:1].isspace():
        stripped = data.lstrip()
        if looks_like_mail(stripped):
            return stripped
    return data


def looks_like_mail(data: bytes) -> bool:
    """Header lines first, of which one at least is a mail's own; an mbox "From " line may stand above them."""
    head = data[: 64 * 1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    lines = re.split(rb"\r\n|\n|\r", head, maxsplit=80)[:80]
    strong = known = odd = 0
    for number, line in enumerate(lines):
        if not line.strip():
            break
        if number == 0 and line.lstrip(b">").startswith(b"From "):
            continue
        if line[:1] in b" \t" and number:
            continue
        found = _HEADER.match(line)
        if found is None:
            odd += 1
            if odd > 1 or known == 0:
                return False
            continue
        name = found[1].lower()
        known += name in _KNOWN
        strong += name in _STRONG
    return strong >= 1 and (known >= 2 or _MULTIPART.match(head) is not None)


def looks_like_entity(data: bytes) -> bool:
    """A MIME entity, which may have no head but its own content fields (RFC 2045, 2.4)."""
    return _ENTITY.match(data) is not None or looks_like_mail(data)
