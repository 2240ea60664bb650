"""The sums around a total: a net total with a larger sum below it is not the order's, and the tax beside it."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from maildaemon.model import Document, Zone
from maildaemon.parse.numbers import number
from maildaemon.parse.raw import Text, at

BELOW = 10
# What a net total may grow by: tax, freight, packing.
MOST = Decimal(2)
_LAST = re.compile(r"(?:(?:[€£$]|[A-Z]{3}) ?)?[0-9][0-9.,' ]*(?: ?(?:[€£$]|[A-Z]{3}))?[ |*]*$")
_TAX = re.compile(
    r"\W{0,3}(?:\+ ?|plus |zzgl\. ?|zuzüglich )?(?:[0-9]{1,2}(?:[.,][0-9]{1,2})? ?% ?)?"
    r"(?:vat|v\.a\.t\.|(?:sales )?tax|gst|mwst|ust|umsatzsteuer|mehrwertsteuer|t\.?v\.?a|i\.?v\.?a|btw)(?![^\W\d_])",
    re.IGNORECASE,
)
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


def tax(total: Text, documents: Sequence[Document]) -> Text | None:
    """The tax in a line near that of the total; None where none is stated, or several."""
    stated = _value(total.text)
    if stated is None or stated <= 0:
        return None
    for document in documents:
        if document.name != total.document:
            continue
        lines = [line for line in document.lines[-2000:] if line.zone is not Zone.HIDDEN and line.text.strip()]
        ends = [(line, found[0].strip(" |*")) for line in lines if (found := _LAST.search(line.text[-200:].strip()))]
        totals = [line.number for line, figure in ends if _value(figure) == stated]
        near = [
            at(document, line, figure, loose=True)
            for line, figure in ends
            if _TAX.match(line.text.strip()[:60])
            and any(abs(line.number - number) <= BELOW for number in totals)
            and 0 < (_value(figure) or 0) < stated
        ]
        return near[0] if len(near) == 1 else None
    return None


def is_with_tax(total: Text, net: Text, documents: Sequence[Document]) -> bool:
    """The total is the net total and the one tax that is stated near it, to the cent."""
    stated, bare, between = _value(total.text), _value(net.text), tax(net, documents)
    added = _value(between.text) if between is not None else None
    if stated is None or bare is None or added is None or total.document != net.document:
        return False
    return stated == bare + added


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
