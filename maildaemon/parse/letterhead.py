"""Who orders, when a paper says so by its form alone: the name at its head, and whom goods and invoice are for."""

import re
from collections.abc import Iterator

from maildaemon.model import Document, Zone
from maildaemon.parse.labels import squash
from maildaemon.parse.raw import RawOrder, Text, where

HEAD, LONGEST = 8, 60
_GAP = re.compile(r" {2,}| \| | [-–·•*] |, ")
# What stands below or behind one of these is whom the order is for.
_OTHERS = re.compile(
    r"(?:to|an|à|a|aan|vendor|supplier|seller|lieferant(?:enanschrift)?|fournisseur|destinataire|proveedor|fornitore|leverancier"
    r"|firma"
    r"|spett\.?(?:le|\.le)?|à l'attention de|a la atención de)(?: name| address)?[ ]?(?::|$)",
    re.IGNORECASE,
)
OTHERS_LINES = 3
# What stands behind the name of a town: New Orleans, LA 70130; Toronto, ON M5V 2T6.
_TOWNS = re.compile(r"[A-Z]{2,3},? (?:[0-9]{4,5}(?:-[0-9]{4})?|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])")


def named(raw: RawOrder, documents: tuple[Document, ...], legal: frozenset[str]) -> Text | None:
    """The buyer's name where two places of a document of pages agree on it, or where a name with a legal form heads the
    first page; ``legal`` are those forms in small letters."""
    pages = [document for document in documents if document.parts and not document.inline]
    parties = [text for name in ("bill_to", "ship_to") for text in raw.texts(name) if not text.exact]
    for document in pages:
        head = list(_head(document))
        for text in head:
            if any(_begins(party.text, text.text) for party in parties):
                return text
        names = [text.text.partition(",")[0].strip() for text in parties if text.document == document.name]
        if len(names) > 1 and len({squash(name) for name in names}) == 1 and _is_name(names[0]):
            first = next(text for text in parties if text.document == document.name)
            return Text(names[0], first.document, first.place, first.evidence, 0.6, first.zone)
        company = next((text for text in head if _is_company(text.text, legal)), None)
        if company is not None:
            return company
    return None


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
