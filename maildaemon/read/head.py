"""The head of a message: mail-parser reads addresses and dates, we decode and bound every value."""

import hashlib
import re
from collections import Counter
from datetime import datetime
from email.errors import HeaderParseError
from email.message import Message
from email.utils import parseaddr

import mailparser

from maildaemon.model import Mail
from maildaemon.read.header import header_text, raw_text, stated_type

ADDRESSES = 100
_ONCE = ("From", "Subject", "Date", "Message-ID", "Content-Type", "Reply-To", "Sender", "To", "In-Reply-To")
# The headers that mail-parser is asked about, their first occurrence; it would spend most of its time on Received.
_ASKED = ("from", "to", "cc", "reply-to", "date")
# RFC 5322, 3.6.4, in ASCII alone: raw values hold surrogates where bytes are 8-bit, and none may get further.
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_ADDRESS = re.compile(r"[^@\s<>,;\"()\\]{1,200}@[A-Za-z0-9\u0080-\uffff._\[\]:-]{1,255}")
# A group, a route and a control character in a From header (RFC 5322, 3.4 and 4.4); none stands in quotes.
_QUOTED = re.compile(r'"[^"]{0,500}"|\([^()]{0,500}\)|=\?[^?]{1,40}\?[bBqQ]\?[^?]{0,500}\?=')
_ODD = re.compile(r"[;\x00-\x08\x0e-\x1f\x7f]|<@")
_SIZE = 256


def head_of(raw: bytes, message: "Message[str, str]", more_defects: tuple[str, ...] = ()) -> Mail:
    """The Mail of a parsed message. ``more_defects`` are those of its body."""
    items = [(name.lower(), value) for name, value in message.raw_items()]
    headers = tuple((name.strip()[:100], header_text(str(value))) for name, value in items)
    first: dict[str, str] = {}
    for name, value in items:
        first.setdefault(name.strip(), str(value))
    parsed = _asked(first)
    senders = _mailboxes(parsed.from_)
    sender = senders[0] if senders else (None, None)
    ids = _MESSAGE_ID.findall(first.get("message-id", "")[:1000])
    return Mail(
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        message_id=ids[0] if ids else (header_text(first.get("message-id", ""), _SIZE) or None),
        sender=sender[1],
        sender_name=sender[0],
        reply_to=_addresses(parsed.reply_to),
        to=_addresses(parsed.to),
        cc=_addresses(parsed.cc),
        subject=header_text(first.get("subject", "")),
        sent_at=parsed.date if isinstance(parsed.date, datetime) else None,
        return_path=_return_path(first.get("return-path")),
        in_reply_to=next(iter(_MESSAGE_ID.findall(first.get("in-reply-to", "")[:1000])), None),
        references=tuple(_MESSAGE_ID.findall(first.get("references", ""))[:300]),
        headers=headers,
        content_type=stated_type(message),
        defects=(*_defects(items, first, parsed), *more_defects),
    )


def _asked(first: dict[str, str]) -> mailparser.MailParser:
    """mail-parser over the few headers it is good at, 8-bit bytes brought to text before it can lose them."""
    asked: Message[str, str] = Message()
    for name in _ASKED:
        if name in first:
            asked[name] = _one_line(raw_text(first[name]))
    return mailparser.MailParser(asked)


def _one_line(value: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]+", " ", value)


def _mailboxes(pairs: object) -> list[tuple[str | None, str]]:
    found: list[tuple[str | None, str]] = []
    for name, address in pairs if isinstance(pairs, list) else []:
        cleaned = header_text(str(address), 320)
        if "@" in cleaned and _ADDRESS.fullmatch(cleaned):
            local, _, domain = cleaned.rpartition("@")
            found.append((header_text(str(name), _SIZE) or None, f"{local}@{domain.lower()}"))
    return found[:ADDRESSES]


def _addresses(pairs: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(address for _, address in _mailboxes(pairs)))


def _return_path(value: str | None) -> str | None:
    if value is None:
        return None
    value = header_text(value).strip("<> \t")
    if not value:
        return ""
    local, _, domain = value.rpartition("@")
    return f"{local}@{domain.lower()}" if _ADDRESS.fullmatch(value) else None


def parse_one(value: str) -> str | None:
    """The one address of a header value, None when there is none."""
    asked: Message[str, str] = Message()
    asked["from"] = _one_line(raw_text(value))
    found = _mailboxes(mailparser.MailParser(asked).from_)
    return found[0][1] if found else None


def author_of(inner: "Message[str, str]") -> tuple[str | None, str | None]:
    """Who a mail inside another one says that it is from, and what is doubtful about that."""
    senders = [str(value) for name, value in inner.raw_items() if name.strip().lower() == "from"]
    author = parse_one(senders[0]) if senders else None
    if author is None:
        return None, "a mail inside it names no sender"
    asked: Message[str, str] = Message()
    asked["from"] = _one_line(raw_text(senders[0]))
    told = _defects([("from", value) for value in senders], {"from": senders[0]}, mailparser.MailParser(asked))
    return author, "the sender of a mail inside it can be read in two ways" if told else None


def _defects(items: list[tuple[str, str]], first: dict[str, str], parsed: mailparser.MailParser) -> list[str]:
    """In plain words, what of the head two readers could understand differently."""
    count = Counter(name.strip() for name, _ in items)
    found = [f"it has {count[name.lower()]} {name} headers" for name in _ONCE if count[name.lower()] > 1]
    if any(name != name.strip() for name, _ in items):
        found.append("a header's name has a blank before its colon")
    if "from" not in first:
        return [*found, "it has no From header"]
    senders = _mailboxes(parsed.from_)
    if not senders:
        found.append("its From header names no address")
    elif len(senders) > 1:
        found.append(f"its From header names {len(senders)} senders")
    reasons = [item["reason"] for item in parsed.address_header_defects if item["header"] == "from"]
    odd = _ODD.search(_QUOTED.sub("", first["from"][:2000])) is not None
    if odd or reasons or (len(senders) == 1 and _other_reading(first["from"], senders[0])):
        found.append("its From header can be read in two ways")
    return found


def _other_reading(value: str, sender: tuple[str | None, str]) -> bool:
    """The standard library takes another address for the sender, or the name shown is itself another address."""
    name, address = sender
    try:
        other = parseaddr(_one_line(raw_text(value)))[1]
    except (HeaderParseError, RecursionError, ValueError, IndexError):
        return True
    if other.lower() != address.lower():
        return True
    shown = _ADDRESS.search(name or "")
    return shown is not None and shown[0].strip("'\"").lower() != address.lower()
