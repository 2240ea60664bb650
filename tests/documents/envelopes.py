"""Envelopes for the tests: winmail.dat, Outlook messages and CMS written by hand, S/MIME and PGP by their programs.

``python -m tests.documents.envelopes`` writes the mails in envelopes in tests/mail/general again; it needs openssl and gpg."""

import struct
import subprocess
import tempfile
from email.message import EmailMessage
from pathlib import Path

from asn1crypto import cms, core

UNICODE, STRING8, BINARY, OBJECT, LONG = 0x001F, 0x001E, 0x0102, 0x000D, 0x0003
IMESSAGE = bytes.fromhex("0703020000000000c000000000000046")


# --- winmail.dat ------------------------------------------------------------------------------------------------------


def attribute(level, tag, value, kind=6, checksum=None):
    check = sum(value) & 0xFFFF if checksum is None else checksum
    return struct.pack("<BHHI", level, tag, kind, len(value)) + value + struct.pack("<H", check)


def properties(*entries):
    """``(tag, kind, value)`` each; a text is encoded as its kind says."""
    out = struct.pack("<I", len(entries))
    for tag, kind, value in entries:
        out += struct.pack("<HH", kind, tag)
        if kind == LONG:
            out += struct.pack("<I", value)
            continue
        value = value.encode("utf-16-le") + b"\0\0" if kind == UNICODE else value
        out += struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
    return out


def tnef(about=(), attachments=(), checksum=None):
    """``attachments``: the properties of each, its content among them or given apart as bytes."""
    out = (
        b"\x78\x9f\x3e\x22\x01\x00"
        + attribute(1, 0x9006, b"\0\0\1\0")
        + attribute(1, 0x9007, struct.pack("<II", 1252, 0))
    )
    out += attribute(1, 0x9003, properties(*about), checksum=checksum)
    for entries, content in attachments:
        out += attribute(2, 0x9002, b"\1\0" + b"\xff" * 4 + b"\0" * 8)
        if content is not None:
            out += attribute(2, 0x800F, content) + attribute(2, 0x8010, b"ORDER~1.CSV\0")
        out += attribute(2, 0x9005, properties(*entries))
    return out


# --- Outlook messages -------------------------------------------------------------------------------------------------


def msg(about, attachments=()):
    """``attachments``: (entries, content), the content bytes or the storage of a message inside (:func:`storage`)."""
    return compound(storage(about, attachments, 32))


def storage(about, attachments=(), offset=24):
    held = _streams(about, offset)
    for number, (entries, content) in enumerate(attachments):
        inside = _streams(entries, 8)
        if isinstance(content, dict):
            inside["__substg1.0_3701000D"] = content
        else:
            inside["__substg1.0_37010102"] = content
        held[f"__attach_version1.0_#{number:08X}"] = inside
    return held


def _streams(entries, offset):
    held, fixed = {}, b"\0" * offset
    for tag, kind, value in entries:
        if kind == LONG:
            fixed += struct.pack("<HHIII", kind, tag, 6, value, 0)
            continue
        data = value.encode("utf-16-le") if kind == UNICODE else value
        held[f"__substg1.0_{tag:04X}{kind:04X}"] = data
        fixed += struct.pack("<HHIII", kind, tag, 6, len(data), 0)
    return {"__properties_version1.0": fixed, **held}


def compound(root):
    """A compound file of version 3; what is smaller than 4096 bytes stands in the mini stream."""
    entries, sectors, fat, small, smallfat = [], [], [], [], []

    def chained(data, size, into, table):
        first = len(into) if data else 0xFFFFFFFE
        for at in range(0, len(data), size):
            into.append(data[at : at + size].ljust(size, b"\0"))
            table.append(len(into))
        if data:
            table[-1] = 0xFFFFFFFE
        return first

    def stored(data):
        return chained(data, 512, sectors, fat)

    def put(name, held):
        number = len(entries)
        entries.append([name, 2, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0])
        if isinstance(held, bytes):
            start = stored(held) if len(held) >= 4096 else chained(held, 64, small, smallfat)
            entries[number][5:] = start, len(held)
            return number
        entries[number][1] = 1 if number else 5
        kids = sorted(((len(kid), kid.upper()), put(kid, content)) for kid, content in held.items())
        entries[number][4] = balanced([kid for _, kid in kids])
        return number

    def balanced(kids):
        if not kids:
            return 0xFFFFFFFF
        middle = len(kids) // 2
        entries[kids[middle]][2:4] = balanced(kids[:middle]), balanced(kids[middle + 1 :])
        return kids[middle]

    put("Root Entry", root)
    mini = b"".join(small)
    entries[0][5:] = stored(mini), len(mini)
    smalltable = struct.pack(f"<{len(smallfat)}I", *smallfat)
    smalltable += b"\xff" * (-len(smalltable) % 512)
    first_small = stored(smalltable)
    directory = b""
    for name, kind, left, right, child, start, size in entries:
        text = name.encode("utf-16-le") + b"\0\0"
        directory += text.ljust(64, b"\0") + struct.pack(
            "<HBBIII16sIQQIII", len(text), kind, 1, left, right, child, b"", 0, 0, 0, start, size, 0
        )
    first = stored(directory)
    tables = 1
    while (len(sectors) + tables + 127) // 128 > tables:
        tables += 1
    places = list(range(len(sectors), len(sectors) + tables))
    fat += [0xFFFFFFFD] * tables
    fat += [0xFFFFFFFF] * (tables * 128 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, tables, first, 0, 4096, first_small, len(smalltable) // 512, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *places, *[0xFFFFFFFF] * (109 - tables))
    return header + b"".join(sectors) + struct.pack(f"<{len(fat)}I", *fat)


# --- CMS --------------------------------------------------------------------------------------------------------------


def signed(content, version="v1"):
    """An opaque envelope that nobody signed: nothing here looks at signatures."""
    inner = {"content_type": "data", "content": content} if content is not None else {"content_type": "data"}
    held = cms.SignedData(
        {"version": version, "digest_algorithms": [], "encap_content_info": inner, "signer_infos": []}
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": held}).dump()


def compressed(content):
    held = cms.CompressedData(
        {
            "version": "v0",
            "compression_algorithm": {"algorithm": "1.2.840.113549.1.9.16.3.8"},
            "encap_content_info": {"content_type": "data", "content": content},
        }
    )
    return cms.ContentInfo({"content_type": "compressed_data", "content": held}).dump()


def enveloped(kind="enveloped_data"):
    oid = cms.ContentType(kind).dump()
    return core.Sequence(contents=oid + b"\xa0\x05\x30\x03\x02\x01\x00").dump()


def indefinite(content, pieces=3):
    """BER as streaming programs write it: no length is known before its end."""
    data = cms.ContentType("data").dump()
    size = max(1, -(-len(content) // pieces))
    chunks = b"".join(core.OctetString(content[at : at + size]).dump() for at in range(0, len(content), size))
    octets = b"\x24\x80" + chunks + b"\0\0"
    encap = b"\x30\x80" + data + b"\xa0\x80" + octets + b"\0\0" + b"\0\0"
    held = b"\x30\x80" + b"\x02\x01\x01" + b"\x31\x00" + encap + b"\x31\x00" + b"\0\0"
    return b"\x30\x80" + cms.ContentType("signed_data").dump() + b"\xa0\x80" + held + b"\0\0" + b"\0\0"
