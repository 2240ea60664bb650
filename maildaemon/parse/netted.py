"""A net total with a larger sum below it is not the total of the order."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from maildaemon.model import Document, Zone
from maildaemon.parse.numbers import number
from maildaemon.parse.raw import Text

BELOW = 10
# What a net total may grow by: tax, freight, packing.
MOST = Decimal(2)
_LAST = re.compile(r"(?:(?:[€£$]|[A-Z]{3}) ?)?[0-9][0-9.,' ]*(?: ?(?:[€£$]|[A-Z]{3}))?[ |*]*$")
_PART = re.compile(r"[^\W\d_]")


def larger(total: Text, documents: Sequence[Document]) -> str | None:
    """The larger sum that stands below the net total, as written."""
    net = _value(total.text)
    if net is None or net <= 0:
        return None
    for document in documents:
        if document.name != total.document:
            continue
        for found in _sums_below(document, net):
            value = _value(found)
            if value is not None and net < value <= net * MOST:
                return found
    return None


def _sums_below(document: Document, net: Decimal) -> Iterable[str]:
    """The figures that end a line with words, in the lines below the first that ends with the net total."""
    left = 0
    for line in document.lines[-2000:]:
        if line.zone is Zone.HIDDEN or not (text := line.text[-200:].strip()):
            continue
        found = _LAST.search(text)
        figure = found[0].strip(" |*") if found else ""
        if figure and _value(figure) == net:
            left = BELOW
        elif left:
            left -= 1
            if found and _PART.search(text[: found.start()]):
                yield figure


def _value(text: str) -> Decimal | None:
    found = number(text.strip(" *_").removesuffix("."))
    return found.readings[0] if found else None
