"""A multipart body whose declared boundary does not occur in it."""

import re

_START = re.compile(rb"^--([^\r\n]{1,70})\r?\ncontent-[a-z-]{2,30}:", re.IGNORECASE | re.MULTILINE)
_SAFE = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{1,70}")


def recovered(data: bytes) -> bytes | None:
    """The body with a head that names the boundary in use, None when no line looks like one."""
    found = _START.search(data)
    if found is None:
        return None
    boundary = found[1].rstrip()
    if not _SAFE.fullmatch(boundary):
        return None
    return b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + data
