"""The few things of BER (X.690) that a CMS envelope needs: headers, elements skipped, octet strings in pieces.

An own reader, because the permissive library joins the pieces of a streamed envelope in quadratic time: 30 s for 24 MB
as openssl writes them. This one goes over each byte once, and never into the depth by recursion."""

from collections.abc import Iterator
from dataclasses import dataclass

SEQUENCE, SET, OID, OCTETS, FIRST = 0x30, 0x31, 0x06, 0x04, 0xA0
_CONSTRUCTED = 0x20
DEPTH = 20


class BadBer(Exception):  # noqa: N818
    """The bytes are no sound BER, or end too early."""


@dataclass(frozen=True, slots=True)
class Element:
    """``end`` is None where the length is indefinite: two zero bytes end it."""

    tag: int
    start: int
    end: int | None


def element(data: bytes, at: int) -> Element:
    """The header that stands there. Raises BadBer."""
    if at < 0 or at + 2 > len(data):
        raise BadBer
    tag, length = data[at], data[at + 1]
    start = at + 2
    if tag & 0x1F == 0x1F:
        raise BadBer
    if length == 0x80:
        if not tag & _CONSTRUCTED:
            raise BadBer
        return Element(tag, start, None)
    if length > 0x80:
        size = length & 0x7F
        if size > 8 or start + size > len(data):
            raise BadBer
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    if start + length > len(data):
        raise BadBer
    return Element(tag, start, start + length)


def inside(data: bytes, at: int, tag: int) -> Element:
    """The element that must stand there. Raises BadBer."""
    found = element(data, at)
    if found.tag != tag:
        raise BadBer
    return found


def is_over(data: bytes, outer: Element, at: int) -> bool:
    """No further element stands in the outer one."""
    return at >= outer.end if outer.end is not None else data[at : at + 2] == b"\0\0"


def behind(data: bytes, found: Element) -> int:
    """Where the next element begins. Raises BadBer."""
    if found.end is not None:
        return found.end
    at, open_ones = found.start, 1
    while open_ones:
        if data[at : at + 2] == b"\0\0":
            at, open_ones = at + 2, open_ones - 1
            continue
        held = element(data, at)
        at, open_ones = (held.end, open_ones) if held.end is not None else (held.start, open_ones + 1)
        if open_ones > DEPTH:
            raise BadBer
    return at


def octets(data: bytes, found: Element) -> Iterator[bytes]:
    """The pieces of an octet string, however it is cut into strings of its own. Raises BadBer."""
    if found.tag == OCTETS and found.end is not None:
        yield data[found.start : found.end]
        return
    open_ones, at = [found], found.start
    while open_ones:
        if is_over(data, open_ones[-1], at):
            at += 2 if open_ones.pop().end is None else 0
            continue
        held = element(data, at)
        if held.tag == OCTETS and held.end is not None:
            yield data[held.start : held.end]
            at = held.end
        elif held.tag == OCTETS | _CONSTRUCTED and len(open_ones) < DEPTH:
            open_ones.append(held)
            at = held.start
        else:
            raise BadBer
