"""Structured messages in a part's content: which of its bytes are one, and what is wrong with them."""

import re
from dataclasses import dataclass

from maildaemon.read import edifact, x12, xmlfile
from maildaemon.read.charset import decode
from maildaemon.read.messages import demands
from maildaemon.structure import Message

LARGEST = 10 * 2**20
EDI = frozenset({"application/edi-x12", "application/edifact"})
XML = frozenset({"application/xml", "text/xml"})
# What a provider of certified mail (PEC, RFC 6109) writes down about a mail; never an order.
_CERTIFIED = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,20}(?:<\?xml[^<>]{0,200}\?>)?\s{0,20}<postacert[ \r\n\t>]")
_UNB = re.compile(rb"UNB[^A-Za-z0-9]UNO([A-Z])")
_LEVELS = {"C": "iso8859-1", "D": "iso8859-2", "E": "iso8859-5", "F": "iso8859-7", "G": "iso8859-3", "H": "iso8859-4",
           "I": "iso8859-6", "J": "iso8859-8", "K": "iso8859-9"}  # fmt: skip
_TOO_LONG = "it has more or longer segments than any honest interchange"


@dataclass(frozen=True, slots=True)
class Structured:
    """``rest``: the text that stands around the messages."""

    messages: tuple[Message, ...] = ()
    rest: str = ""
    problem: str | None = None


def is_structured(media_type: str) -> bool:
    return (
        media_type in EDI
        or media_type in XML
        or (media_type.startswith("application/") and media_type.endswith("+xml"))
    )


def structured(data: bytes, media_type: str, label: str | None = None) -> Structured:
    """Never raises for what the bytes are."""
    if len(data) > LARGEST:
        return Structured(problem="it is larger than 10 MiB")
    if media_type in EDI or media_type == "text/plain":
        text, sure = decode(data, label or _syntax(data))
        found = in_text(text)
        if not found.messages and found.problem is None and media_type in EDI:
            return Structured(problem="it is an EDI interchange without any message that can be read")
        doubt = "some of its characters cannot be decoded" if not sure and "\ufffd" in text else None
        return Structured(found.messages, found.rest, found.problem or doubt)
    if _CERTIFIED.match(data):
        return Structured()
    try:
        message = xmlfile.message(data)
    except xmlfile.BadXml as error:
        return Structured(problem=str(error))
    if message is None:
        return Structured(problem="an XML document of a form that is not known")
    return Structured((message,), "", demands(message.form, message.name))


def _syntax(data: bytes) -> str | None:
    """The charset that UNB names by the level of its syntax (ISO 9735, S001)."""
    found = _UNB.search(data[:2000])
    return _LEVELS.get(found[1].decode("ascii")) if found else None


def in_text(text: str) -> Structured:
    """The interchanges that stand in a text, X12 or EDIFACT, and what stands around them."""
    try:
        for reader in (x12, edifact):
            plain = text.replace("\r\n", "\n").replace("\r", "\n")
            found, (begin, end) = reader.messages(plain)
            if found:
                called = [demands(message.form, message.name) for message in found]
                rest = plain[:begin].rstrip("\n") + "\n" + plain[end:]
                return Structured(
                    found, rest if rest.strip("\ufeff \t\n\x1a\x00") else "", next(filter(None, called), None)
                )
    except x12.TooLong:
        return Structured(problem=_TOO_LONG)
    return Structured()


def may_hold(text: str) -> bool:
    """A cheap look: an interchange may stand in the text."""
    return ("ISA" in text and bool(x12.starts(text))) or ("UN" in text and edifact.starts(text))
