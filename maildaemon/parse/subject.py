"""A PO number in running text: a subject line, or "our purchase order LM-77310 is attached"."""

import re

from maildaemon.parse.dates import dated
from maildaemon.parse.labels import LONGEST, Label, Labels, exactly

# Words, an optional "number", then the number itself. Every part is bounded and none can overlap the next.
_STATED = re.compile(
    r"(?<![^\W_])(?P<words>p\.?o\.?|purchase order|purchse order|order|bestellung|kaufbestellung"
    r"|bon de commande|commande|pedido|orden de compra|"
    r"ordine d[i'] ?acquisto|ordine|bestelling|inkooporder|bestell-?nr\.?|bestell-?nummer|bestelnummer|ordernummer)"
    r"(?P<no>(?:[ .:]{0,2}(?:number|no|nr|num|nummer|numéro|numero|número|n\.?[°º]|id|ref))?[.:]{0,2}(?: (?:is"
    r"|ist|lautet|est|es|è))?:?)"
    r"(?P<gap>[ ]{0,2}[#:\-–]?[ ]{0,2})"
    r"(?P<number>(?=[A-Za-z._/\-]{0,34}[0-9])[A-Za-z0-9][A-Za-z0-9._/\-]{1,34})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"(?:your|ihre[rnms]?|votre|su|vostr[oa]|vs\.?|uw|sales|last|previous|earlier|old|blanket|web|change|letzten?|letzter|vorherigen?"
    r"|vorigen?|früheren?|alten?|dernière|ancienne|précédente|último|última|anterior|ultimo|precedente|laatste|vorige"
    r"|eerdere) ?$",
    re.IGNORECASE,
)

# "As with our PO 4700 last week": an order of before.
_EARLIER = re.compile(
    r" ?(?:of |from |vom |von |de |du |del |van )?(?:la |der |the )?(?:last|earlier|previous|letzte|vorige"
    r"|semaine dernière|mois dernier|semana pasada|mes pasado|settimana scorsa|mese scorso)",
    re.IGNORECASE,
)


def po_numbers(text: str) -> list[tuple[str, float]]:
    """Every PO number stated in the text, as written, with how sure. ``order 5`` is none: a number of one or two
    digits, a date and an amount need a word such as "no" before them, and an order of somebody else's is none at
    all."""
    found: list[tuple[str, float]] = []
    for match in _STATED.finditer(text[:400]):
        number = match["number"].rstrip(".-/_")
        if not any(c.isdigit() for c in number) or _OTHERS.search(text[max(0, match.start() - 12) : match.start()]):
            continue
        if not match["gap"] and not match["no"] and match["words"][-1].isalpha() and match["words"].casefold() != "po":
            continue
        plain = not match["no"] and "#" not in match["gap"]
        if plain and match["words"].casefold() == "po" and match["gap"] in {"-", "–", ""}:
            number, plain = f"{match['words']}{match['gap'] and '-'}{number}", False
        if dated(number) is not None or (plain and sum(c.isdigit() for c in number) < 3):
            continue
        if _EARLIER.match(text[match.end() : match.end() + 24]):
            continue
        rest = text[match.end() : match.end() + 12]
        if plain and re.match(r" ?(?:of|pcs|items|units|eur|usd|€|%|x )", rest, re.IGNORECASE):
            continue
        if (number, 0.8) not in found:
            found.append((number, 0.8))
    return found


_DATED = re.compile(r" ?(?:/| vom | of | dated | du | del | van | from | \(| - |, )(?: ?(?:date|datum|vom|dated):?)? ?")


WORDS = 3
"""Words of a PO number that is stated with its date."""


def with_date(text: str) -> tuple[str, str] | None:
    """``4500012345 / 23.11.2026`` and ``PO-1 vom 23.11.2026`` in two; None when no date stands behind."""
    for match in _DATED.finditer(text[:100]):
        tail = text[match.end() :].strip(" )")
        if match.start() > 0 and dated(tail) is not None and len(text[: match.start()].split()) <= WORDS:
            return text[: match.start()].strip(), tail
    return None


def numbered_and_dated(head: str, value: str, labels: Labels) -> Label | None:
    """The label of the number, where the head names it and something else (``Order no. / of``) and the value is a
    number with its date."""
    first, slash, second = head.partition(" / ")
    if not slash or "/" in second or len(head) > 2 * LONGEST or with_date(value) is None:
        return None
    label = exactly(labels.header, first)
    return label if label is not None and label.field == "po_number" else None


# The title of a paper: "Purchase Order #P00041", "Oggetto: Ordine di acquisto n. 112/2026 del 19/11/2026".
_TITLE = re.compile(
    r"(?:(?:subject|betreff|betrifft|objet|concerne|asunto|oggetto|onderwerp|betreft)[ ]?: ?)?"
    r"(?:our |unsere |notre |nuestro |nostro |onze )?"
    r"(?:purchase order|official order|bestellung|einkaufsbestellung|bon de commande|commande(?: d['’]achat)?"
    r"|pedido(?: de compra)?|orden de compra|ordine(?: d['’i] ?acquisto)?|bestelling|bestelbon|inkooporder"
    r"|lieferantenbestellung|order)"
    r"(?: fournisseur| fornitore)?"
    r" ?(?:(?:number|num[eé]ro|número|nummer|no|nr|num|n)(?=[ .:°º]))?[.:°º#№]{0,2} ?#?"
    r"(?P<number>(?-i:[A-Z]{1,5} (?=[0-9]{3}))?[A-Z0-9][A-Z0-9._/\-]{2,24})"
    r"(?P<date>(?:,? (?:vom|of|dated|du|del|van|from|-|–))? [0-9][^:]{5,20})?",
    re.IGNORECASE,
)


def titled(text: str) -> tuple[str, str | None] | None:
    """PO number and date of a title that states nothing else; None for any other text."""
    found = _TITLE.fullmatch(text.strip()) if len(text) <= 100 else None
    if found is None:
        return None
    number, date = found["number"].rstrip(".-/_"), found["date"]
    if sum(map(str.isdigit, number)) < 2 or dated(number) is not None:
        return None
    day = date.lstrip(" ,").partition(" ")[2] if date and not date.lstrip(" ,")[0].isdigit() else date
    if day and dated(day.strip()) is None:
        return None
    return number, day.strip() if day else None
