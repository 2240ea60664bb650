"""Whom a document says it is for: what stands behind or below the label of the supplier."""

import re
from collections.abc import Iterator

from maildaemon.model import Document, Zone
from maildaemon.parse.labels import Labels, named

MOST = 5
_SUPPLIER = re.compile(
    r"(?:vendor|supplier|seller|lieferant(?:enanschrift)?|fournisseur|proveedor|fornitore|leverancier)"
    r"(?: (?:name|address))?[ ]?(?::|$)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_]{3}")


def suppliers(documents: tuple[Document, ...], labels: Labels) -> tuple[str, ...]:
    """The names as written, each once, at most MOST; quoted mail and other labels aside."""
    found = dict.fromkeys(name for document in documents for name in _named(document))
    return tuple(name for name in found if named(labels.header, name) is None)[:MOST]


def _named(document: Document) -> Iterator[str]:
    below = False
    for line in document.lines[:2000]:
        text = line.text.strip()
        if not text or line.zone in {Zone.QUOTE, Zone.HIDDEN}:
            continue
        label = _SUPPLIER.match(text[:60])
        if not label and not below:
            continue
        value = text[label.end() if label else 0 :].strip(" |*").partition("|")[0].partition("  ")[0].strip()
        # Only the line below a label that stands alone is its value.
        below = label is not None and not value
        if len(value) <= 120 and _NAME.search(value) and ":" not in value and "@" not in value:
            yield value
