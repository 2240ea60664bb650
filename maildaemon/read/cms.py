"""The envelopes of S/MIME (CMS, RFC 5652): signed and compressed ones opened, encrypted ones told.

**No signature is verified and no certificate looked at.** What lies in a signed envelope is read like any other part of
the mail; that it is signed proves nothing here, and no rule may take it for a proof of who wrote it. Who that is, only
the results of our own mail server say (see maildaemon.trust)."""

import binascii
import re
import zlib
from typing import Any

LARGEST, RATIO = 35 * 2**20, 100
_SMALL = 2**20
_OIDS = (
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07",  # 1.2.840.113549.1.7: data, signed, enveloped, …
    b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01",  # …1.9.16.1: compressed, authenticated, authEnveloped
)
_ARMOUR = re.compile(rb"\s{0,20}-----BEGIN (?:PKCS7|CMS|PKCS #7 SIGNED DATA)-----")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\r\n \t]+")
_ENCRYPTED = frozenset({"enveloped_data", "authenticated_enveloped_data", "encrypted_data",
                        "signed_and_enveloped_data"})  # fmt: skip
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
    from asn1crypto import cms

    try:
        envelope: Any = cms.ContentInfo.load(binary)
        kind = str(envelope["content_type"].native)
        if kind in _ENCRYPTED:
            raise BadCms(ENCRYPTED)
        if kind not in {"signed_data", "compressed_data", "digested_data", "authenticated_data"}:
            raise BadCms("an S/MIME envelope of a form that is not known")
        found = _octets(envelope["content"]["encap_content_info"]["content"])
    except BadCms:
        raise
    except RecursionError:
        raise BadCms("the S/MIME envelope is nested too deeply") from None
    except Exception as error:
        # The library raises what Python raises for lengths, tags and types that do not fit.
        raise BadCms("the S/MIME envelope is damaged or cut off") from error
    return _inflated(found) if kind == "compressed_data" and found is not None else found


def _octets(held: Any) -> bytes | None:
    """In CMS it is an octet string, perhaps in pieces; PKCS #7 before it let anything stand there."""
    from asn1crypto.core import OctetString, ParsableOctetString, Void

    if isinstance(held, Void):
        return None
    found = bytes(held) if isinstance(held, OctetString | ParsableOctetString) else bytes(held.contents or b"")
    return found or None


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
    return data[:1] == b"\x30" and any(oid in data[:40] for oid in _OIDS)


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
