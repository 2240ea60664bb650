"""The price and the sum with which a typed order line ends: "… à € 4,85 = € 48,50", proved by multiplying."""

from collections.abc import Sequence
from decimal import Decimal

from maildaemon.parse.numbers import CODES, SYMBOLS, is_money, number
from maildaemon.parse.settle import price_text
from maildaemon.parse.units import quantity

_CLOSE = Decimal("0.01")
_SIGNS = frozenset("= - – — | / · • → : ; ,".split())
_WHOLE = frozenset(
    "= total tot. tot totale gesamt ges. summe zusammen totaal importe importo montant sum amount subtotal bedrag "
    "betrag soit gleich netto net line".split()
)
_EACH = frozenset(
    "each ea ea. apiece pro je per piece stück stk stk. st st. pc pcs unit unité pièce cad cad. cadauno stuk cada uno "
    "unidad c/u p/st p.st. la l'unità l'unité /pc /ea /each /stk /stück /st /pz /ud ep netto net ht".split()
)
_AT = frozenset("@ at à a á zu je per ad für for price preis prix prezzo prijs precio voor von de unit x ×".split())


def summed(words: Sequence[str]) -> tuple[list[str], str, str] | None:
    """The words before both amounts, the price and the sum. None where the words do not end with two amounts."""
    rest, whole = _amount(list(words))
    if whole is None:
        return None
    rest, price = _amount(_without(rest, _SIGNS | _WHOLE | _EACH))
    if price is None:
        return None
    rest = _without(rest, _SIGNS | _AT)
    return (rest, price, whole) if len(rest) > 1 else None


def is_product(many: str, price: str, whole: str) -> bool:
    """So many of that price make the sum."""
    count, each, total = quantity(many), number(price), number(whole)
    if count is None or each is None or total is None:
        return False
    return any(
        abs(one * price_of_one - amount) <= _CLOSE
        for one in count[0].readings
        for price_of_one in each.readings
        for amount in total.readings
    )


def _without(words: list[str], signs: frozenset[str]) -> list[str]:
    """Without the words at the end that lead from one amount to the next."""
    while words and (words[-1].casefold().strip("(,;:") in signs or not words[-1].strip("(,;:=-–|")):
        words = words[:-1]
    if words:
        words = [*words[:-1], words[-1].rstrip(",;:(")]
    return words


def _amount(words: list[str]) -> tuple[list[str], str | None]:
    """The words before the amount at their end, which has a currency or decimals, and the amount."""
    if not words:
        return words, None
    for count in (2, 1):
        if len(words) <= count:
            continue
        tail = [words[-count].lstrip("(=@"), *words[len(words) - count + 1 :]]
        tail[-1] = tail[-1].rstrip(").;,")
        text = price_text(" ".join(tail)).split("/")[0].strip()
        coined = count == 1 or any(word in SYMBOLS or word.upper() in CODES or word == "Euro" for word in tail)
        if coined and text and is_money(text) and number(text) is not None:
            return words[:-count], text
    return words, None
