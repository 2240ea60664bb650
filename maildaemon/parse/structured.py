"""The structured messages of a mail → the orders that they state."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from maildaemon.model import ORDERS, Document
from maildaemon.parse import cii, cxml, edifact, ubl, x12
from maildaemon.parse.built import Built
from maildaemon.read.messages import kind
from maildaemon.structure import Message

Reader = Callable[[Document, Message, tuple[str, ...]], Built]
MESSAGES = 1_000
READERS: Mapping[str, Reader] = MappingProxyType(
    {"X12": x12.read, "EDIFACT": edifact.read, "cXML": cxml.read, "UBL": ubl.read, "CII": cii.read}
)


def built(documents: tuple[Document, ...], ignored: tuple[str, ...] = ()) -> list[Built]:
    """Each order, with what is wrong with its message's form; one that stands twice is one, and a doubt."""
    found: list[Built] = []
    for document in documents:
        if document.inline:
            continue
        seen: dict[object, Built] = {}
        for message in document.messages[:MESSAGES]:
            if kind(message) not in ORDERS or message.form not in READERS:
                continue
            content = _content(message)
            if content in seen:
                seen[content].doubt(f"the same message stands twice in {document.name}")
                continue
            one = READERS[message.form](document, message, ignored)
            for doubt in message.doubts:
                one.doubt(f"{document.name}: {doubt}")
            seen[content] = one
            found.append(one)
    return found


def suppliers(documents: tuple[Document, ...]) -> tuple[str, ...]:
    """Whom the messages name as their supplier, as written."""
    return tuple(dict.fromkeys(text.text for one in built(documents) for text in one.suppliers))[:5]


def _content(message: Message) -> object:
    """The message without the numbers of its envelope."""
    inner = tuple(segment.elements for segment in message.segments if segment.tag not in {"ST", "SE", "UNH", "UNT"})
    return inner or message.root


def beside(documents: tuple[Document, ...]) -> tuple[str, ...]:
    """What stands beside the orders and is none: an invoice in the same interchange is for a person to file."""
    found: dict[str, int] = {}
    for document in documents:
        for message in document.messages:
            if kind(message) not in ORDERS:
                called = f"{document.name} holds a message that is no order: {message.form} {message.name}"
                found[called] = found.get(called, 0) + 1
    return tuple(called if count == 1 else f"{called} ({count} times)" for called, count in found.items())[:10]
