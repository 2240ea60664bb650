"""Terms of delivery as an order states them, against those on the customer's record: who bears cost and risk."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from maildaemon.headed import pairs
from maildaemon.model import Customer, Document, Zone
from maildaemon.parse.labels import Labels
from maildaemon.phrasebook import folded, table
from maildaemon.sentences import LINES
from maildaemon.wording import shown, words

MOST = 5
_LONGEST = 100
_READ = frozenset({Zone.TOP, Zone.FORWARD, Zone.SIGNATURE})
_APART = re.compile(r"(?::|\||\t|\.{3,}|…| {2,})[\s.:|…]*")
_AT_THE_BUYERS = frozenset({"CPT", "CIP", "DAT", "DPU", "DAP", "DDP"})
"""Rules of Incoterms 2020 (and DAT of 2010) whose place is where the goods go; of the others it is ours."""
_TERMS = re.compile(
    r"(exw|fca|fas|fob|cfr|cif|cpt|cip|dat|dap|dpu|ddp)((?:,? [a-z][a-z'-]{1,24}){0,4})"
    r"(?:,? \(?incoterms?(?: ?®)?(?: 20[12]0)?\)?)?"
)


def terms_in(text: str) -> str | None:
    """``DAP``, ``EXW Dublin``: the whole line is a label of terms of delivery and a rule of the Incoterms, perhaps with
    its place; None for everything else."""
    if len(text) > _LONGEST:
        return None
    label, value = _halves(text.strip(" |*_"))
    return _terms(value) if label and _labels().fullmatch(folded(label).strip(" .:")) else None


def stated(documents: Iterable[Document], labels: Labels) -> tuple[str, ...]:
    """The terms of delivery that the documents state, each once."""
    found: dict[str, None] = {}
    for document in documents:
        below = pairs(document, labels)
        for line in document.lines[:LINES]:
            if line.zone in _READ and line.text.strip():
                texts = (line.text, *below.get(line.number, ()))
                found |= dict.fromkeys(terms for text in texts if (terms := terms_in(text)) is not None)
    return tuple(found)[:MOST]


def not_agreed(found: Iterable[str], customers: Iterable[Customer | None]) -> Iterator[str]:
    """Why terms may not be passed over: they are not on the record of each of the customers."""
    for customer in dict.fromkeys(customers):
        agreed = customer.delivery_terms if customer is not None else ()
        for terms in found:
            if customer is None or not any(_same(terms, one, customer) for one in agreed):
                said = f"agreed are {shown(', '.join(agreed), 80)}" if agreed else "none are on the customer's record"
                yield f"the delivery terms are {shown(terms)}; {said}"


def _same(terms: str, agreed: str, customer: Customer) -> bool:
    """The same rule, and no other place than the one on record: the place agreed, or one of the customer's own."""
    rule, _, place = terms.partition(" ")
    own, _, recorded = (_terms(agreed) or agreed).partition(" ")
    if rule.casefold() != own.casefold():
        return False
    if not place or words(place) == words(recorded):
        return True
    if recorded or rule not in _AT_THE_BUYERS:
        return False
    return any(set(words(place)) <= set(words(address)) for address in customer.ship_to)


def _terms(value: str) -> str | None:
    said = _TERMS.fullmatch(folded(value).strip(" .,;"))
    if said is None:
        return None
    return " ".join([said[1].upper(), *said[2].replace(",", " ").title().split()])


def _halves(text: str) -> tuple[str, str]:
    """Label and value, parted by a colon, a cell's border, leader dots, a gap, or the blank before the rule."""
    apart = _APART.search(text)
    if apart is not None:
        return " ".join(text[: apart.start()].split()), text[apart.end() :].strip()
    for blank in re.finditer(" ", text):
        if _terms(text[blank.end() :]) is not None:
            return text[: blank.start()], text[blank.end() :]
    return "", ""


@cache
def _labels() -> re.Pattern[str]:
    return re.compile("|".join(table("delivered")["labels"]))
