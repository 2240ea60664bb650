"""How a document is tampered with: by its form where it has one (MIME, ZIP, PDF, EDI, XML), by its bytes always."""

import base64
import binascii
import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence

Mutator = Callable[[random.Random, bytes, bytes], bytes]
"""Chance, the document, and another document to take pieces from."""

MOST = 2**20
HEAD = (
    b"From: Stores <stores@harbourmarine.example>\r\nTo: orders@your-company.example\r\nSubject: Purchase order\r\n"
    b"Message-ID: <4711@harbourmarine.example>\r\nMIME-Version: 1.0\r\n"
)
NUMBERS = (
    b"0", b"-1", b"-0", b"99999999999999999999999999", b"1E+1000000", b"1e400", b"NaN", b"Infinity", b"0.0000000001", b"1_000",
    b"2147483648", b"4294967295", b"18446744073709551616", b"1.234", b"1,234", b"1'234.50", b"12.50-", b"(12.50)",
    b"03/04/2026", b"31.02.2026", b"99999-01-01", b"1970-01-01",
    "\u0664\u0667".encode(), "\uff11\uff12".encode(), "\u00b2".encode(), "1\u00a0234".encode(),
)  # fmt: skip
PIECES = (
    b"\x00", b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\t", b"\x1b[2J", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3\x28", b"=?utf-8?q?=0D=0A?=",
    b"\r\nBcc: x@evil.example\r\n", b"<script>alert(1)</script>", b"<img src=x onerror=alert(1)>", b"{{7*7}}", b"${7*7}", b"%s%n",
    b"{0.__class__}", b"' OR 1=1 --", b"=cmd|' /C calc'!A0", b"../../etc/passwd", b'<!DOCTYPE a [<!ENTITY b "c">]>', b"&b;",
    b"]]>", b"--", b"(" * 40, b"<" * 200, b'"' * 99, b"a" * 5000, b" " * 3000, b"\x85", b"PO number: 4712\n", b"Qty", b"Total: 1",
    "\u202e4711\u202c".encode(), "\u200b".encode(), "\u00ad".encode(), "\ufeff".encode(), "\u2028".encode(), "\u0430".encode(),
    "\U000e0041".encode(), "\u0301".encode() * 50, "\ud800".encode("utf-8", "surrogatepass"),
)  # fmt: skip
_NUMBER = re.compile(rb"\d[\d.,]*")
_ENTITY = re.compile(rb"<[A-Za-z][^<>]{0,200}>")
_PART = re.compile(rb"(?:[A-Za-z0-9+/]{60,76}\r?\n){2,}[A-Za-z0-9+/=]*")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def mutated(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """One to five changes."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
        data = chance.choice(_fitting(data))(chance, data, other)[:MOST]
    return data


def wrapped(chance: random.Random, name: str, data: bytes) -> bytes:
    """In a mail of a client that is known."""
    kind = chance.choice(
        (b"application/octet-stream", b"application/pdf", b"text/plain", b"text/html", b"text/csv", b"text/xml")
    )
    body = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return HEAD + (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nPlease find our order attached.\r\n--b\r\nContent-Type: %b\r\n"
        b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=%b\r\n\r\n%b--b--\r\n"
    ) % (kind, name.encode("ascii", "replace"), body)


def _fitting(data: bytes) -> Sequence[Mutator]:
    found: list[Mutator] = [flipped, cut, doubled, dropped, spliced, renumbered, inserted, swapped_lines]
    if b"%PDF" in data[:1024]:
        found += [streamed] * 5
    if data[:2] == b"PK":
        found += [rezipped] * 8
    if b"<" in data[:200] and b">" in data:
        found += [retagged] * 3
    if data[:3] in {b"ISA", b"UNA", b"UNB"} or b"\nUNB+" in data or b"\nISA*" in data:
        found += [separated] * 3 + [resegmented] * 4
    if b"\nContent-" in data or b"Subject:" in data[:4000]:
        found += [headers] * 3
        if _PART.search(data):
            found += [in_base64] * 8
    return found


# --- bytes and lines --------------------------------------------------------------------------------------------------


def flipped(chance: random.Random, data: bytes, _: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 4, 32))):
        if out:
            out[chance.randrange(len(out))] = chance.choice((chance.randrange(256), 0, 255, 32, 10))
    return bytes(out)


def _span(chance: random.Random, data: bytes) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((1, 4, 40, 400, 4000)))


def cut(chance: random.Random, data: bytes, _: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def dropped(chance: random.Random, data: bytes, _: bytes) -> bytes:
    start, end = _span(chance, data)
    return data[:start] + data[end:]


def doubled(chance: random.Random, data: bytes, _: bytes) -> bytes:
    start, end = _span(chance, data)
    return data[:start] + data[start:end] * chance.choice((2, 3, 50, 2000)) + data[end:]


def spliced(chance: random.Random, data: bytes, other: bytes) -> bytes:
    start, end = _span(chance, other)
    at = chance.randrange(len(data) + 1)
    return data[:at] + other[start:end] + data[at:] if chance.random() < 0.8 else data[:at] + other[start:]


def renumbered(chance: random.Random, data: bytes, _: bytes) -> bytes:
    places = list(_NUMBER.finditer(data))
    for place in sorted(
        chance.sample(places, min(len(places), chance.choice((1, 1, 3)))), key=lambda one: -one.start()
    ):
        data = data[: place.start()] + chance.choice(NUMBERS) + data[place.end() :]
    return data


def inserted(chance: random.Random, data: bytes, _: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(PIECES) * chance.choice((1, 1, 1, 20)) + data[at:]


def swapped_lines(chance: random.Random, data: bytes, _: bytes) -> bytes:
    lines = data.split(b"\n")
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one] if chance.random() < 0.5 else lines[two]
    return b"\n".join(lines)


# --- forms ------------------------------------------------------------------------------------------------------------


def headers(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """A header field doubled, renamed, or another's put in its place."""
    head, gap, body = data.partition(b"\r\n\r\n" if b"\r\n\r\n" in data else b"\n\n")
    lines = head.split(b"\n")
    taken = chance.choice(other[:20_000].split(b"\n")).rstrip(b"\r")
    at = chance.randrange(len(lines))
    name = chance.choice(
        (b"From", b"Subject", b"Content-Type", b"Content-Transfer-Encoding", b"Reply-To", b"Date", b"Message-ID")
    )
    value = chance.choice(
        (*PIECES, b"base64", b"quoted-printable", b"x-uuencode", b"message/rfc822", b"multipart/mixed; boundary=b")
    )
    lines[at:at] = chance.choice(
        ([lines[at]], [taken], [name + b": " + value], [b" " + value], [b"Content-Type: text/plain; charset=utf-16"])
    )
    return b"\n".join(lines) + gap + body


def in_base64(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """What is attached, tampered with in its turn, or its base64 cut off."""
    place = chance.choice(list(_PART.finditer(data)))
    try:
        inner = binascii.a2b_base64(place[0])
    except ValueError:
        return data
    if chance.random() < 0.1:
        text = place[0][: chance.randrange(len(place[0]))]
    else:
        text = base64.encodebytes(mutated(chance, inner, other)).replace(b"\n", b"\r\n")
    return data[: place.start()] + text + data[place.end() :]


def rezipped(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """An entry of a package tampered with, dropped, doubled or renamed; the package is sound."""
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            names = old.namelist()
            chosen = chance.choice(
                [name for name in names if "sheet" in name or "document" in name or "string" in name] or names
            )
            for name in names:
                inner = old.read(name)
                if name == chosen:
                    inner = mutated(chance, inner, other)
                    if chance.random() < 0.1:
                        continue
                    name = (
                        name
                        if chance.random() < 0.9
                        else chance.choice(("../x", "a b", "\u202ex", name.upper(), "x" * 300))
                    )
                new.writestr(zipfile.ZipInfo(name or "x"), inner, zipfile.ZIP_DEFLATED)
    except Exception:
        return flipped(chance, data, other)
    return out.getvalue()


def streamed(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """A stream of a PDF inflated, tampered with and deflated again; or its objects."""
    places = list(_STREAM.finditer(data))
    if not places or chance.random() < 0.3:
        words = list(re.finditer(rb"/[A-Z][A-Za-z]{2,}|\d+ 0 R|\[[^\[\]]*\]", data))
        if not words:
            return data
        place, given = chance.choice(words), chance.choice(words)
        return data[: place.start()] + given[0] * chance.choice((1, 1, 500)) + data[place.end() :]
    place = chance.choice(places)
    try:
        inner, packed = zlib.decompress(place[1]), True
    except zlib.error:
        inner, packed = place[1], False
    inner = chance.choice((renumbered, inserted, doubled, dropped, swapped_lines, spliced))(chance, inner, other)
    inner = inner if not packed else zlib.compress(inner)
    return data[: place.start(1)] + inner + data[place.end(1) :]


def retagged(chance: random.Random, data: bytes, _: bytes) -> bytes:
    """A tag of XML or HTML doubled, dropped or moved."""
    places = list(_ENTITY.finditer(data))
    if not places:
        return data
    one, two = chance.choice(places), chance.choice(places)
    new = chance.choice((b"", one[0] * 2, one[0] * 2000, two[0], b"<x>", b"</x>", b"<!--", b"<![CDATA["))
    return data[: one.start()] + new + data[one.end() :]


def separated(chance: random.Random, data: bytes, _: bytes) -> bytes:
    """Another separator: everywhere, or in one place."""
    old = chance.choice((b"*", b"~", b">", b"+", b":", b"'", b"?", b"\n"))
    new = chance.choice((b"|", b"^", b"\x1d", b"\x1c", b".", b"0", b"A", b"*", b"+", b"'", b""))
    return data.replace(old, new, chance.choice((-1, 1, 3)))


def resegmented(chance: random.Random, data: bytes, _: bytes) -> bytes:
    """A segment doubled, dropped or moved; an element emptied or lengthened."""
    mark = b"~" if b"~" in data else b"'"
    segments = data.split(mark)
    at = chance.randrange(len(segments))
    what = chance.random()
    if what < 0.3:
        segments.insert(chance.randrange(len(segments)), segments[at])
    elif what < 0.5:
        del segments[at]
    else:
        elements = re.split(rb"([*+:>])", segments[at])
        elements[chance.randrange(len(elements))] = chance.choice((b"", b"1", b"999", b"X" * 300, *NUMBERS, *PIECES))
        segments[at] = b"".join(elements)
    return mark.join(segments)
