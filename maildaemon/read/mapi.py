"""The MAPI properties of an Outlook message ([MS-OXPROPS]) → the MIME tree that would have been sent."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime

from maildaemon.read import rtf
from maildaemon.read.prescan import Budget
from maildaemon.read.rtf import charset
from maildaemon.read.sniff import RTF_BODY

STRING8, UNICODE, BINARY, OBJECT = 0x001E, 0x001F, 0x0102, 0x000D
VARIABLE = frozenset({STRING8, UNICODE, BINARY, OBJECT})
# Tags by their names in [MS-OXPROPS].
SUBJECT, HEADERS, BODY, RTF, HTML = 0x0037, 0x007D, 0x1000, 0x1009, 0x1013
MESSAGE_CODEPAGE, INTERNET_CODEPAGE = 0x3FFD, 0x3FDE
ATTACH_DATA, ATTACH_METHOD, ATTACH_NAME, ATTACH_LONG_NAME, ATTACH_TYPE = 0x3701, 0x3705, 0x3704, 0x3707, 0x370E
ATTACH_ID, DISPLAY_NAME = 0x3712, 0x3001
_SUBMITTED, _DISPLAY_TO = 0x0039, 0x0E04
# The address as SMTP, else as its own type says, else the name: of the author, then of who sent it for the author.
_AUTHOR = (0x5D02, 0x0065, 0x0064, 0x0042)
_SENDER = (0x5D01, 0x0C1F, 0x0C1E, 0x0C1A)
HEAD = (_DISPLAY_TO, *_AUTHOR, *_SENDER)
_BY_REFERENCE = frozenset({2, 3, 4, 7})
_KEPT = ("from", "sender", "to", "cc", "subject", "date", "reply-to", "message-id")
TEXT_LIMIT = 4 * 2**20
EMBEDDED, OLE = 5, 6


@dataclass(slots=True)
class Properties:
    """Raw values by property id, the first of each. ``codepage`` is that of 8-bit strings where none is stated."""

    values: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    codepage: int | None = None

    def put(self, tag: int, kind: int, value: bytes) -> None:
        self.values.setdefault(tag, (kind, value))

    def number(self, tag: int) -> int | None:
        kind, value = self.values.get(tag, (0, b""))
        return None if kind in VARIABLE or len(value) < 2 else int.from_bytes(value[:4], "little")

    def binary(self, tag: int) -> bytes:
        kind, value = self.values.get(tag, (0, b""))
        return value if kind in VARIABLE else b""

    def text(self, tag: int, limit: int = 1000) -> str:
        """A string, decoded whatever it holds; empty when there is none."""
        kind, value = self.values.get(tag, (0, b""))
        if kind == UNICODE:
            return value[: 2 * limit].decode("utf-16-le", "replace").rstrip("\x00")
        if kind != STRING8:
            return ""
        return value[:limit].rstrip(b"\x00").decode(charset(self.page()), "replace")

    def page(self) -> int | None:
        return self.number(MESSAGE_CODEPAGE) or self.codepage


@dataclass(frozen=True, slots=True)
class Attachment:
    """``inner``: the message that is embedded, already a tree."""

    properties: Properties
    data: bytes = b""
    inner: "Message[str, str] | None" = None


def tree(about: Properties, attachments: Sequence[Attachment], budget: Budget) -> "Message[str, str]":
    """A multipart/mixed with the message's head, its body in each form, and its attachments. Raises Unreadable when the
    mail has too many parts."""
    budget.spend()
    made = headed(about)
    made["Content-Type"] = "multipart/mixed"
    bodies = _bodies(about, budget)
    if len(bodies) > 1:
        both: Message[str, str] = Message()
        both["Content-Type"] = "multipart/alternative"
        for body in bodies:
            both.attach(body)
        bodies = [both]
    for body in bodies:
        made.attach(body)
    if formatted := _says_more(about, bodies=bool(bodies)):
        made.attach(_leaf(RTF_BODY, formatted.encode(), budget, "formatted text", charset="utf-8"))
    for attachment in attachments:
        made.attach(_attached(attachment, budget))
    return made


def _says_more(about: Properties, *, bodies: bool) -> str | None:
    """The words of the formatted text where it is the only one, or has a word that the others have not: Outlook
    writes every text in all of its forms, so that one of them is enough."""
    packed = about.binary(RTF)
    if not packed:
        return None
    plain = rtf.unpacked(packed)
    said = rtf.words(plain) if plain is not None else "?"
    others = " ".join(_decoded(about, tag) for tag in (BODY, HTML))
    known = plain is not None and rtf.vocabulary(said) <= rtf.vocabulary(others)
    return None if not said.strip() or (bodies and known) else said


def _decoded(about: Properties, tag: int) -> str:
    kind, value = about.values.get(tag, (0, b""))
    return value.decode("utf-16-le" if kind == UNICODE else charset(about.page()), "replace")


def headed(about: Properties) -> "Message[str, str]":
    """The Internet headers that it came with, where it has them; else what Outlook knows."""
    from email.parser import HeaderParser

    made: Message[str, str] = Message()
    known = about.text(HEADERS, 64_000)
    if known:
        for name, value in list(HeaderParser().parsestr(known, headersonly=True).raw_items())[:500]:
            if name.lower() in _KEPT:
                made[name] = str(value)[:2000]
    if "from" not in made and (author := _address(about, _AUTHOR) or _address(about, _SENDER)):
        made["From"] = author
    if "subject" not in made and (subject := about.text(SUBJECT)):
        made["Subject"] = _one_line(subject)
    if "to" not in made and (to := about.text(_DISPLAY_TO)):
        made["To"] = _one_line(to)
    if "date" not in made and (sent := _time(about)):
        made["Date"] = sent
    return made


def _address(about: Properties, tags: tuple[int, int, int, int]) -> str:
    smtp, own, kind, name = (_one_line(about.text(tag, 320)) for tag in tags)
    address = smtp or (own if kind.upper() in {"", "SMTP"} else "")
    if "@" not in address:
        return ""
    shown = "".join(character for character in name if character not in '"\\<>@,;:()')
    return f'"{shown}" <{address}>' if shown else address


def _time(about: Properties) -> str | None:
    """A FILETIME: units of 100 ns since 1601."""
    kind, value = about.values.get(_SUBMITTED, (0, b""))
    if kind in VARIABLE or len(value) < 8:
        return None
    try:
        moment = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=int.from_bytes(value[:8], "little") // 10)
    except OverflowError:
        return None
    return format_datetime(moment)


def _bodies(about: Properties, budget: Budget) -> list["Message[str, str]"]:
    found: list[Message[str, str]] = []
    for tag, media_type in ((BODY, "text/plain"), (HTML, "text/html")):
        kind, value = about.values.get(tag, (0, b""))
        if kind == UNICODE:
            data, label = value.decode("utf-16-le", "replace").rstrip("\x00").encode(), "utf-8"
        elif kind in {STRING8, BINARY}:
            page = about.page() if kind == STRING8 else about.number(INTERNET_CODEPAGE) or about.page()
            data, label = value.rstrip(b"\x00"), charset(page)
        else:
            continue
        if data.strip():
            found.append(_leaf(media_type, data, budget, charset=label))
    return found


def _attached(attachment: Attachment, budget: Budget) -> "Message[str, str]":
    about = attachment.properties
    name = about.text(ATTACH_LONG_NAME) or about.text(ATTACH_NAME) or about.text(DISPLAY_NAME)
    if attachment.inner is not None:
        part: Message[str, str] = Message()
        part["Content-Type"] = "message/rfc822"
        part.set_payload([attachment.inner])
        return part
    method = about.number(ATTACH_METHOD)
    if method in _BY_REFERENCE and not attachment.data:
        return _leaf("message/external-body", b"", budget, name or "linked file")
    if method == OLE and not attachment.data.strip(b"\x00"):
        return _leaf("application/x-ole-storage", b"", budget, name or "object")
    label = _one_line(about.text(ATTACH_TYPE, 100)).lower()
    if label.count("/") != 1 or label.startswith(("multipart/", "message/")) or not label.isascii():
        label = "application/octet-stream"
    content_id = _one_line(about.text(ATTACH_ID, 200))
    return _leaf(label, attachment.data, budget, name or "attachment", content_id=content_id)


def _leaf(
    media_type: str, data: bytes, budget: Budget, name: str = "", *, charset: str = "", content_id: str = ""
) -> "Message[str, str]":
    budget.spend()
    part: Message[str, str] = Message()
    part["Content-Type"] = f'{media_type}; charset="{charset}"' if charset else media_type
    part["Content-Transfer-Encoding"] = "base64"
    if content_id:
        part["Content-ID"] = f"<{content_id}>"
    if name:
        shown = ("utf-8", "", _one_line(name))
        part.add_header("Content-Disposition", "inline" if content_id else "attachment", filename=shown)
    part.set_payload(armoured(data))
    return part


def armoured(data: bytes) -> str:
    return base64.encodebytes(data).decode("ascii")


def _one_line(text: str) -> str:
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
