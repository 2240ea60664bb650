"""Files that older programs put into the text itself, between ``begin 644 name`` and ``end``."""

import binascii
import re

_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n", re.MULTILINE)
_END = re.compile(rb"^end[ \t]*\r?$", re.MULTILINE)
_LINE = re.compile(rb"[ -`]{1,90}")
FILES = 50


def parted(data: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The text without its files, and the files with their names. What does not decode stays text."""
    files: list[tuple[str, bytes]] = []
    kept: list[bytes] = []
    at = 0
    while len(files) < FILES:
        begin = _BEGIN.search(data, at)
        end = _END.search(data, begin.end()) if begin else None
        if begin is None or end is None:
            break
        content = _decoded(data[begin.end() : end.start()])
        if content is None:
            kept.append(data[at : begin.end()])
            at = begin.end()
            files.append(("", b""))
            continue
        files.append((begin[1].decode("latin-1"), content))
        kept.append(data[at : begin.start()])
        at = end.end()
    kept.append(data[at:])
    return b"".join(kept), [file for file in files if file[0]]


def _decoded(block: bytes) -> bytes | None:
    out = []
    for line in block.splitlines():
        if not _LINE.fullmatch(line):
            return None
        # The count of a line, plus what blanks at its end a gateway took away.
        needed = ((line[0] - 32) & 63) * 4 // 3 + 2
        try:
            out.append(binascii.a2b_uu(line[: needed + 2]))
        except binascii.Error:
            return None
    return b"".join(out) if out else None
