"""Who orders, when a paper says so by its form alone: the name at its head, and whom goods and invoice are for."""

import re
from collections.abc import Iterator
from dataclasses import replace

from maildaemon import domains
from maildaemon.model import Document, Mail, Zone
from maildaemon.parse.labels import squash
from maildaemon.parse.raw import RawOrder, Text, where
from maildaemon.wording import name_words

HEAD, LONGEST, SHORTEST = 8, 60, 4
_GAP = re.compile(r" {2,}| \| | [-–·•*] |, ")
# What stands below or behind one of these is whom the order is for.
_OTHERS = re.compile(
    r"(?:to|an|à|a|aan|vendor|supplier|seller|lieferant(?:enanschrift)?|fournisseur|destinataire|proveedor|fornitore|leverancier"
    r"|firma"
    r"|spett\.?(?:le|\.le)?|à l'attention de|a la atención de)(?: name| address)?[ ]?(?::|$)",
    re.IGNORECASE,
)
OTHERS_LINES = 3
_BODIES = frozenset({"text/html", "text/plain"})
_JOINING = frozenset({"and", "und", "et", "y", "e", "en"})
# What stands behind the name of a town: New Orleans, LA 70130; Toronto, ON M5V 2T6.
_TOWNS = re.compile(r"[A-Z]{2,3},? (?:[0-9]{4,5}(?:-[0-9]{4})?|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])")


def named(raw: RawOrder, mail: Mail, documents: tuple[Document, ...], legal: frozenset[str]) -> Text | None:
    """The buyer's name where two places of a document agree on it, or one and the sender, or where a name with a legal
    form heads the first page of a document of pages; ``legal`` are those forms in small letters."""
    parties = [text for name in ("bill_to", "ship_to") for text in raw.texts(name) if not text.exact]
    for document in documents:
        if document.inline or not (document.parts or document.media_type in _BODIES):
            continue
        head = list(_head(document))
        for text in head:
            if any(_begins(party.text, text.text) for party in parties):
                return text
        mine = [text for text in parties if text.document == document.name]
        names = [replace(text, text=text.text.partition(",")[0].strip(), score=0.6, loose=False) for text in mine]
        if len(names) > 1 and len({squash(name.text) for name in names}) == 1 and _is_name(names[0].text):
            return names[0]
        sender = next((text for text in (*head, *names) if _is_name(text.text) and _is_sender(text.text, mail)), None)
        company = next((text for text in head if document.parts and _is_company(text.text, legal)), None)
        if (found := sender or company) is not None:
            return found
    return None


def _is_sender(name: str, mail: Mail) -> bool:
    """The company that the sender calls itself, or whose name is the sender's domain."""
    words = _words(name)
    letters = "".join(words)
    if len(letters) < SHORTEST:
        return False
    if mail.sender_name and _words(mail.sender_name) == words:
        return True
    for label in (domains.of(mail.sender) or "").split(".")[:-1]:
        parts = tuple(filter(None, label.split("-")))
        if len(label) >= SHORTEST and (letters == squash(label) or (len(parts) > 1 and set(parts) <= set(words))):
            return True
    return False


def _words(name: str) -> tuple[str, ...]:
    return tuple(squash(word) for word in name_words(name[:200]) if word not in _JOINING)


def _head(document: Document) -> Iterator[Text]:
    """The texts in the first lines, those of another's address aside."""
    count = others = 0
    for line in document.lines[:40]:
        text = line.text.strip()
        if not text:
            others = others if others == OTHERS_LINES else 0
            continue
        if line.zone in {Zone.QUOTE, Zone.HIDDEN} or (count := count + 1) > HEAD:
            continue
        label = _OTHERS.match(text)
        if label:
            others = OTHERS_LINES - (label.end() < len(text))
        elif others:
            others -= 1
        else:
            parts = [part.strip(" ,;|") for part in _GAP.split(text)]
            for name, behind in zip(parts, (*parts[1:], ""), strict=True):
                if _is_name(name) and not _TOWNS.fullmatch(behind):
                    yield Text(name, document.name, where(document, line.number), text, 0.6, line.zone)


def _is_name(text: str) -> bool:
    """No figure, no label, and not all of one small word."""
    letters = sum(map(str.isalpha, text))
    return (
        letters >= 4 and len(text) <= LONGEST and ":" not in text and "@" not in text and not re.search("[0-9]", text)
    )


def _begins(address: str, name: str) -> bool:
    first, given = squash(address.partition(",")[0]), squash(name)
    return len(given) >= 6 and (first == given or first.startswith(given))


def _is_company(text: str, legal: frozenset[str]) -> bool:
    words = text.split()
    return 2 <= len(words) <= 7 and any(
        word.casefold().strip("().,") in legal or word.casefold() in legal for word in words[1:]
    )
