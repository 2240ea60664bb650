"""A compound file ([MS-CFB]), in which the older office programs keep their streams: one of them by its name."""

import struct

from maildaemon.read.package import BadPackage

_END = 0xFFFFFFFA
"""Sector numbers from here on are none."""
_SECTORS = 200_000
MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def stream(data: bytes, *names: str) -> bytes | None:
    """The first of the streams that is there. Raises BadPackage when the file is damaged."""
    try:
        return _stream(data, names)
    except (struct.error, IndexError, ValueError) as error:
        raise BadPackage("the file is damaged or cut off") from error


def _stream(data: bytes, names: tuple[str, ...]) -> bytes | None:
    if not data.startswith(MAGIC):
        raise ValueError
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    count, first = struct.unpack_from("<II", data, 44)
    least, small_first = struct.unpack_from("<II", data, 56)
    more, more_count = struct.unpack_from("<II", data, 68)
    if shift not in {9, 12} or small_shift != 6 or count > _SECTORS:
        raise ValueError
    size = 1 << shift

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    listed = list(struct.unpack_from("<109I", data, 76))
    for _ in range(min(more_count, _SECTORS // 100)):
        if more >= _END:
            break
        *numbers, more = struct.unpack(f"<{size // 4}I", sector(more))
        listed += numbers
    table: list[int] = []
    for number in listed[:count]:
        if number < _END:
            table += struct.unpack(f"<{size // 4}I", sector(number))

    def chain(start: int, next_of: list[int]) -> list[int]:
        found: list[int] = []
        while start < _END:
            found.append(start)
            if len(found) > len(next_of):
                raise ValueError
            start = next_of[start]
        return found

    entries = b"".join(map(sector, chain(first, table)))
    places: dict[str, tuple[int, int]] = {}
    root = (0, 0)
    for at in range(0, len(entries) - 127, 128):
        length, kind = struct.unpack_from("<HB", entries, at + 64)
        name = entries[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        start, length = struct.unpack_from("<II", entries, at + 116)
        if kind == 5:
            root = (start, length)
        elif kind == 2:
            places.setdefault(name, (start, length))
    place = next((places[name] for name in names if name in places), None)
    if place is None:
        return None
    start, length = place
    if length >= least:
        return b"".join(map(sector, chain(start, table)))[:length]
    small = b"".join(map(sector, chain(root[0], table)))
    next_small: list[int] = []
    for number in chain(small_first, table):
        next_small += struct.unpack(f"<{size // 4}I", sector(number))
    return b"".join(small[one * 64 : one * 64 + 64] for one in chain(start, next_small))[:length]
