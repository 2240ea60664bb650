"""The event chain: every link carries the hash of the one before."""

import hashlib
import json
from collections.abc import Iterable
from typing import NamedTuple

START = "0" * 64


class Link(NamedTuple):
    seq: int
    at: str
    body: str
    prev: str
    hash: str


def link(seq: int, at: str, facts: dict[str, object], prev: str) -> Link:
    """The link behind ``prev``. ``at`` is an ISO time in UTC; the facts are written as canonical JSON (sorted keys, no
    blanks, ASCII). Hash: SHA-256 over 0x00, prev, seq as 64 bits, time and body (RFC 6962 marks leaves with 0x00)."""
    body = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return Link(seq, at, body, prev, _hash(seq, at, body, prev))


def salted(salt: bytes, data: bytes) -> str:
    """The digest under which a body enters the chain: without its salt it says nothing about the body."""
    return hashlib.sha256(salt + data).hexdigest()


def broken(links: Iterable[Link]) -> int | None:
    """The first ``seq`` at which the chain does not hold, or None."""
    prev, expected = START, 1
    for item in links:
        if item.seq != expected or item.prev != prev or item.hash != _hash(item.seq, item.at, item.body, prev):
            return expected
        prev, expected = item.hash, expected + 1
    return None


def _hash(seq: int, at: str, body: str, prev: str) -> str:
    data = b"\x00" + bytes.fromhex(prev) + seq.to_bytes(8, "big") + at.encode() + body.encode()
    return hashlib.sha256(data).hexdigest()
