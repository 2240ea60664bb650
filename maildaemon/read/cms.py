"""The envelopes of S/MIME (CMS, RFC 5652): signed and compressed ones opened, encrypted ones told.

**No signature is verified and no certificate looked at.** What lies in a signed envelope is read like any other part of
the mail; that it is signed proves nothing here, and no rule may take it for a proof of who wrote it. Who that is, only
the results of our own mail server say (see maildaemon.trust)."""

import binascii
import re
import zlib

from maildaemon.read import ber

LARGEST, RATIO = 35 * 2**20, 100
_SMALL = 2**20
_PKCS7 = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07"  # 1.2.840.113549.1.7
_SMIME = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01"  # 1.2.840.113549.1.9.16.1
_SIGNED, _COMPRESSED, _DIGESTED = _PKCS7 + b"\x02", _SMIME + b"\x09", _PKCS7 + b"\x05"
_ENCRYPTED = frozenset({_PKCS7 + b"\x03", _PKCS7 + b"\x04", _PKCS7 + b"\x06", _SMIME + b"\x17"})
_ARMOUR = re.compile(rb"\s{0,20}-----BEGIN (?:PKCS7|CMS|PKCS #7 SIGNED DATA)-----")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\r\n \t]+")
ENCRYPTED = "the mail is encrypted (S/MIME): decrypt it, or ask for it in clear"


class BadCms(Exception):  # noqa: N818
    """``str()`` says in plain words why there is nothing to read in it."""


def looks_like_cms(data: bytes) -> bool:
    """A CMS envelope by its first bytes: binary, in base64 without a transfer encoding, or in PEM armour."""
    return _is_binary(data) or (data[:40].lstrip()[:1] in {b"M", b"-"} and _is_binary(_unarmoured(data[:1024])))


def content(data: bytes) -> bytes | None:
    """What lies in the envelope; None in one that carries a signature or certificates alone. Raises BadCms."""
    binary = data if _is_binary(data) else _unarmoured(data)
    if len(binary) > LARGEST:
        raise BadCms("it is larger than 35 MiB")
    try:
        envelope = ber.inside(binary, 0, ber.SEQUENCE)
        kind = ber.inside(binary, envelope.start, ber.OID)
        what = binary[kind.start : kind.end]
        if what in _ENCRYPTED:
            raise BadCms(ENCRYPTED)
        if what not in {_SIGNED, _COMPRESSED, _DIGESTED}:
            raise BadCms("an S/MIME envelope of a form that is not known")
        found = _held(binary, ber.behind(binary, kind))
    except ber.BadBer:
        raise BadCms("the S/MIME envelope is damaged or cut off") from None
    return _inflated(found) if what == _COMPRESSED and found is not None else found


def _held(data: bytes, at: int) -> bytes | None:
    """The octets of EncapsulatedContentInfo, which is the third element of each of these forms (RFC 5652, 5.1 and 7;
    RFC 3274, 1.1). PKCS #7 before CMS let other things stand there than octets: they are no mail."""
    held = ber.inside(data, ber.inside(data, at, ber.FIRST).start, ber.SEQUENCE)
    third = ber.behind(data, ber.element(data, ber.behind(data, ber.element(data, held.start))))
    info = ber.inside(data, third, ber.SEQUENCE)
    behind = ber.behind(data, ber.inside(data, info.start, ber.OID))
    if ber.is_over(data, info, behind):
        return None
    return b"".join(ber.octets(data, ber.element(data, ber.inside(data, behind, ber.FIRST).start))) or None


def _inflated(data: bytes) -> bytes:
    """RFC 3274, never more than is allowed."""
    inflater = zlib.decompressobj()
    try:
        found = inflater.decompress(data, LARGEST + 1)
    except zlib.error:
        raise BadCms("the compressed S/MIME envelope is damaged") from None
    if len(found) > LARGEST or (len(found) > _SMALL and len(found) > RATIO * len(data)):
        raise BadCms("it is packed more than a hundredfold, or is too large unpacked, as no honest mail is")
    if not inflater.eof:
        raise BadCms("the compressed S/MIME envelope is cut off")
    return found


def _is_binary(data: bytes) -> bool:
    """A sequence that begins with one of those object identifiers."""
    return data[:1] == b"\x30" and any(oid in data[:40] for oid in (_PKCS7, _SMIME))


def _unarmoured(data: bytes) -> bytes:
    """Base64, whatever stands around it: the head and foot of PEM; cut off where it is cut off."""
    if head := _ARMOUR.match(data):
        data = data[head.end() :].partition(b"-----END")[0]
    data = data[: LARGEST * 2]
    if not _BASE64.fullmatch(data[:4096]):
        return b""
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    try:
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return b""
