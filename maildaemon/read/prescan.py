"""Bounds on the bytes of a mail that are held before any parser sees them."""

import re
from email.message import Message
from email.parser import BytesFeedParser
from typing import Any

from maildaemon.read.unreadable import Unreadable

MAIL_LIMIT = 35 * 1024 * 1024
HEAD_LIMIT = 256 * 1024
HEADER_LIMIT = 32 * 1024
HEADERS = 500
ENCODED_WORDS = 1000
PARAMETERS = 100
COMMENT_DEPTH = 10
PARTS = 200
DEPTH = 20

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n|\r\r")
_FIELD = re.compile(rb"^[!-9;-~]{1,200}[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE)
_MIME_FIELD = re.compile(rb"^content-(?:type|disposition)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE | re.IGNORECASE)
_ADDRESS_FIELDS = (b"from", b"to", b"cc", b"bcc", b"sender", b"reply-to", b"return-path", b"date", b"received")


def prescan(raw: bytes) -> None:
    """Raise Unreadable when the head or a MIME field is larger, longer or deeper than any honest mail's."""
    if not raw.strip():
        raise Unreadable("the mail is empty")
    if len(raw) > MAIL_LIMIT:
        raise Unreadable(f"the mail is larger than {MAIL_LIMIT // 1024 // 1024} MiB")
    end = _END_OF_HEAD.search(raw, 0, HEAD_LIMIT + 4)
    if end is None and len(raw) > HEAD_LIMIT:
        raise Unreadable("the header block is larger than 256 KiB")
    head = raw[: end.start()] if end else raw
    if head.count(b"=?") > ENCODED_WORDS:
        raise Unreadable(f"the header block holds more than {ENCODED_WORDS} encoded words")
    _fields(head)
    for field in _MIME_FIELD.finditer(raw):
        if field.end() - field.start() > HEADER_LIMIT:
            raise Unreadable("a MIME field is longer than 32 KiB")
        if field[0].count(b";") > PARAMETERS:
            raise Unreadable(f"a MIME field has more than {PARAMETERS} parameters")


def _fields(head: bytes) -> None:
    count = 0
    for field in _FIELD.finditer(head):
        count += 1
        if field.end() - field.start() > HEADER_LIMIT:
            raise Unreadable("a header is longer than 32 KiB")
        text = field[0]
        if text.count(b"(") > COMMENT_DEPTH and text.partition(b":")[0].strip().lower() in _ADDRESS_FIELDS:
            _comments(text)
    if count > HEADERS:
        raise Unreadable(f"the mail has more than {HEADERS} header fields")


def _comments(text: bytes) -> None:
    depth = 0
    for byte in text:
        depth += (byte == 0x28) - (byte == 0x29 and depth > 0)
        if depth > COMMENT_DEPTH:
            raise Unreadable(f"comments in a header are nested more than {COMMENT_DEPTH} deep")


class Budget:
    """How many MIME parts may still be opened, over a mail and all messages inside it."""

    def __init__(self, parts: int = PARTS) -> None:
        self._left = parts

    def spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Unreadable(f"the mail has more than {PARTS} parts")


def tree(raw: bytes, budget: Budget) -> "Message[str, str]":
    """The MIME tree by the standard library (policy compat32). Raises Unreadable while it is being built, not after: a
    64 KiB delivery status of blank lines would make 65,536 messages, and depth 1,000 would exhaust the stack."""
    running: list[BytesFeedParser[Message[str, str]]] = []

    def part(**arguments: Any) -> "Message[str, str]":
        budget.spend()
        if running and len(getattr(running[0], "_msgstack", ())) > DEPTH:
            raise Unreadable(f"the mail is nested more than {DEPTH} deep")
        return Message(**arguments)

    running.append(BytesFeedParser(part))
    running[0].feed(raw)
    return running[0].close()
