"""What a part is, told by its first bytes; its name and label are only asked where the bytes do not tell."""

import re

from maildaemon.read.cms import looks_like_cms
from maildaemon.read.pgp import ENCRYPTED, is_signature

RTF_BODY = "application/x-rtf-body"
"""The words of an Outlook message's formatted text, as UTF-8: never so called by a sender."""
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"\x89PNG\r\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!", "application/vnd.rar"),
    (b"BZh", "application/x-bzip2"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"BEGIN:VCARD", "text/vcard"),
    (b"-----BEGIN PGP MESSAGE", "application/pgp-encrypted"),
    (b"-----BEGIN PGP SIGNATURE", "application/pgp-signature"),
    (b"UNA", "application/edifact"),
    (b"UNB+", "application/edifact"),
    (b"UNH+", "application/edifact"),
    (b"ISA", "application/edi-x12"),
    (b"STX=", "application/x-tradacoms"),
    (b"<?xml", "application/xml"),
)
_OFFICE = (
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
    (b"opendocument.text", "application/vnd.oasis.opendocument.text"),
)
# Why a part cannot be read, by the beginning of its type.
_UNREAD = (
    ("application/vnd.oasis.opendocument.text", "a text document of OpenDocument is not read: a PDF or DOCX would be"),
    ("application/vnd.ms-outlook", "a mail inside another file is not opened: send the mail itself"),
    ("application/vnd.", "a file of an office program is not read yet"),
    ("application/msword", "a Word document of the old form (.doc) cannot be read: a PDF or DOCX would be"),
    ("application/x-ole-storage", "a file or an object of an older office program is not read"),
    ("application/ms-tnef", "an Outlook winmail.dat inside another file is not opened"),
    (RTF_BODY, "its text is in RTF alone, or says more there than in plain text: it is not read"),
    ("application/rtf", "an RTF document cannot be read: a PDF or DOCX would be"),
    ("application/x-tradacoms", "a TRADACOMS message is not read"),
    ("application/encrypted", "it is password-protected"),
    ("application/pgp-encrypted", ENCRYPTED),
    ("application/pkcs7-mime", "an S/MIME envelope inside another file is not opened"),
    ("application/gzip", "an archive is not opened"),
    ("application/x-7z", "an archive is not opened"),
    ("application/x-bzip2", "an archive is not opened"),
    ("image/", "a scan or a photo, no text"),
    ("audio/", "a sound is not read"),
    ("video/", "a film is not read"),
    ("message/", "a message in pieces or kept elsewhere is not put together"),
)
# What accompanies a mail and is never an order.
_BESIDE = (
    "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "application/pgp-keys",
    "text/vcard", "text/x-vcard", "text/directory", "text/calendar", "application/ics",
)  # fmt: skip
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_ALIASES = {
    "application/x-pdf": "application/pdf",
    "application/x-pkcs7-mime": "application/pkcs7-mime",
    "text/comma-separated-values": "text/csv",
    "application/csv": "text/csv",
    "text/x-csv": "text/csv",
    "text/x-vcard": "text/vcard",
    "application/xhtml+xml": "text/html",
    "text/rtf": "application/rtf",
}
# What a file with that ending is said to be, and the types of which one is right.
_CALLED = {
    "pdf": ("a PDF", ("application/pdf",)), "docx": ("a Word document", ("application/vnd.openxml",)),
    "doc": ("a Word document", ("application/msword", "application/rtf", "text/html")),
    "xlsx": ("a spreadsheet", ("application/vnd.", "text/")), "xls": ("a spreadsheet", ("application/vnd.", "text/")),
    "ods": ("a spreadsheet", ("application/vnd.",)), "zip": ("an archive", ("application/zip", "application/vnd.")),
    "msg": ("an Outlook message", ("application/vnd.ms-outlook",)), "tif": ("a picture", ("image/",)),
    "tiff": ("a picture", ("image/",)), "png": ("a picture", ("image/",)), "jpg": ("a picture", ("image/",)),
    "jpeg": ("a picture", ("image/",)),
}  # fmt: skip
_TEXTS = frozenset({"", "txt", "text", "htm", "html", "asc", "log", "md", "eml", "vcf", "ics", "dat"})
_HTML = re.compile(
    rb"[ \t\r\n]{0,200}(?:<!--[^>]{0,500}-->[ \t\r\n]{0,100})?<(?:!doctype html|html|head|body|table|div|meta)\b",
    re.IGNORECASE,
)
_XML = re.compile(
    rb"<(?:!DOCTYPE[ \t\r\n]{1,10}(?:[\w-]{1,20}:)?[\w-]{1,60}[ \t\r\n>]|[A-Za-z_][\w.-]{0,60}(?::[\w.-]{1,60})?"
    rb"[ \t\r\n][^<>]{0,2000}\bxmlns(?::[\w.-]{1,40})?[ ]{0,2}=|cXML[ \t\r\n>])"
)
_ISA = re.compile(rb"ISA([^A-Za-z0-9 \r\n])[0-9 ]{2}\1")
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r\x0b\x0c\x1b\x1a")
_SHEETS = ("application/vnd.ms-excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_GENERIC = (
    "application/octet-stream",
    "text/plain",
    "application/x-octet-stream",
    "application/unknown",
    "text/unknown",
)


def sniff(data: bytes, label: str, name: str = "") -> str:
    """A media type: the bytes' word first, then the label's, then the name's; ``text/plain`` for what reads like text,
    ``application/octet-stream`` when nothing tells."""
    label = _ALIASES.get(label, label)
    if label == RTF_BODY:
        return label
    ending = name.rpartition(".")[2].lower()
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if looks_like_cms(data):
        return "application/pkcs7-mime"
    if label in _SIGNATURES and not (label == "application/pgp-signature" and is_signature(data)):
        # Under the name of a signature anything may hide; what its bytes do not tell stays what it is called.
        told = sniff(data, "application/octet-stream", name)
        return told if told != "application/octet-stream" else label
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        listing = data[:4096] + data[-8192:]
        return next((kind for mark, kind in _OFFICE if mark in listing), "application/zip")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return _compound(data, label)
    if b"urn:schemas-microsoft-com:office:spreadsheet" in data[:2000] and start.startswith(b"<"):
        return "application/vnd.ms-excel"
    if (label in _SHEETS or ending in {"xls", "xlsx", "ods"}) and _readable(data[:4096]) and data:
        # Programs that call a page or delimited text a spreadsheet, which it then opens in.
        return "text/html" if _HTML.match(data[:800]) or b"<table" in data[:4096].lower() else "text/csv"
    for magic, kind in _MAGIC:
        if kind == "application/xml" and (label == "text/html" or b"<html" in data[:1024].lower()):
            continue  # XHTML
        if start.startswith(magic) and _holds(kind, start):
            return kind
    if (
        (label in _GENERIC or ending == "xml" or label in {"application/xml", "text/xml"})
        and b"<html" not in data[:1024].lower()
        and not _HTML.match(data[:800])
        and _XML.match(data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip())
    ):
        return "application/xml"
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "image/webp"
    if start.startswith(b"BM") and start[6:10] == b"\0\0\0\0":
        return "image/bmp"
    if label in _GENERIC and not _readable(data[:4096]) and _ISA.search(data[:4096]):
        return "application/edi-x12"
    delimited = ending in {"csv", "tsv"} or label in {"text/csv", "text/tab-separated-values"}
    stray = delimited and _readable(data[:4096])
    if b"\x00" in data[:4096] and not stray and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return label if label not in _GENERIC and not label.startswith("text/") else "application/octet-stream"
    if delimited:
        return "text/csv"
    if label == "text/html" or (_HTML.match(data[:800]) and label in _GENERIC) or ending in {"htm", "html"}:
        return "text/html"
    if label.startswith("text/") and label not in _GENERIC:
        return label
    if label in _GENERIC or ending in {"txt", "text", "asc", "log"}:
        return "text/plain" if _readable(data[:4096]) else "application/octet-stream"
    return label


def _compound(data: bytes, label: str) -> str:
    """A file of an older office program, told by the names of the streams in it ([MS-CFB], UTF-16)."""
    if "__properties_version1.0".encode("utf-16-le") in data:
        return "application/vnd.ms-outlook"
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "application/encrypted"
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book\0")):
        return "application/vnd.ms-excel"
    if "WordDocument".encode("utf-16-le") in data:
        return "application/msword"
    return "application/x-ole-storage" if label != "application/vnd.ms-excel" else label


def _holds(kind: str, start: bytes) -> bool:
    """Three capital letters alone do not make an EDI message."""
    if kind == "application/edi-x12":
        return len(start) > 4 and not start[3:4].isalnum() and start[3:4] != b" " and start.count(start[3:4]) > 4
    if kind == "application/edifact" and start.startswith(b"UNA"):
        return b"UNB" in start[:20] or b"UNG" in start[:20]
    return True


def _readable(data: bytes) -> bool:
    if not data:
        return True
    return (len(data) - len(data.translate(None, _CONTROLS))) * 50 < len(data)


def problem_of(media_type: str) -> str | None:
    """Why a part of that type is not read, None for what is no order's carrier."""
    if media_type in _BESIDE:
        return None
    if media_type == "application/octet-stream":
        return "a file whose content tells no kind that is read"
    return next((why for kind, why in _UNREAD if media_type.startswith(kind)), f"{media_type} is not read")


def misnamed(name: str, data: bytes, media_type: str) -> str | None:
    """What is wrong when somebody believes that an order is in the file and it cannot be: it is empty, or it is no such
    file as its name says. A name that only its content belies, as a table called .xls, does not matter."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if not data.strip() and ending not in _TEXTS:
        return "the file is empty"
    called, kinds = _CALLED.get(ending, ("", ()))
    if called and not media_type.startswith(kinds) and media_type in {"text/plain", "text/html", *_GENERIC}:
        return f"it is called {called} and is none: damaged, or of another kind"
    return None


def is_text(media_type: str) -> bool:
    return media_type in {"text/plain", "text/html", "text/csv", "text/x-markdown", "text/markdown", "text/enriched",
                          "text/richtext", "text/rfc822-headers", "text/tab-separated-values"}  # fmt: skip
