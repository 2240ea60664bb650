"""What a document says of itself: how many pages it has, how many lines and pieces are ordered; it must be so."""

import re
from collections.abc import Iterator
from decimal import Decimal

from maildaemon.model import Document, Order, Zone
from maildaemon.parse.numbers import number
from maildaemon.phrasebook import folded
from maildaemon.wording import shown

LINES, LENGTH = 5000, 200
_OWN = frozenset({Zone.TOP, Zone.FORWARD})
_OF = r"(?:/|of|von|de|di|van|sur|aus|su)"
_PAGE = re.compile(
    r"(?<![a-z])(?:page|seite|blatt|pagina|pag\.?|pg\.?|hoja|foglio|blad)(?: ?:| ?n[o°]\.?)? ?"
    rf"([0-9]{{1,3}}) ?{_OF} ?([0-9]{{1,3}})(?![0-9])"
)
_BARE = re.compile(rf"[-–|( ]{{0,4}}([0-9]{{1,2}}) ?{_OF} ?([0-9]{{1,2}})[-–|) ]{{0,4}}")
_WHAT = (
    r"(?:lines?|items?|positions?|positionen|pos\.?|artikel|zeilen|lignes?|articles?|lineas?|posiciones|articulos?|righe"
    r"|posizioni|articoli|regels?|posities|artikelen)"
)
_NUMBER_OF = (
    r"(?:total |gesamt|summe |grand )?(?:number|no\.?|count|total|anzahl|gesamtzahl|summe|nombre|numero|n[.°o]{0,2}"
    rf"|aantal|totale?|totaal) (?:of |der |de |di |van |des )?{_WHAT}"
)
_ALL = r"(?:in total|total|gesamt|insgesamt|au total|en total|in totale|totaal|in totaal)"
_COUNTED = re.compile(
    rf"(?:{_NUMBER_OF}|{_WHAT} (?:count|total|gesamt|insgesamt|totales?|totali|totaal)"
    r"|positionen|positions|posiciones|posizioni|posities) ?[:=|]? ?([0-9]{1,4})"
    rf"|{_ALL}[: ]{{1,2}}([0-9]{{1,4}}) {_WHAT}|([0-9]{{1,4}}) {_WHAT} {_ALL}"
)
_PIECES = re.compile(
    r"(?:total (?:quantity|qty|pieces|pcs|units)|(?:quantity|qty) total|gesamtmenge|gesamtstuckzahl|menge gesamt"
    r"|summe (?:stuck|menge)|quantite totale|total (?:des )?pieces|cantidad total|unidades totales|total unidades"
    r"|quantita totale|totale (?:pezzi|quantita)|totaal ?aantal|totale hoeveelheid|aantal totaal)"
    r" ?[:=|]? ?([0-9][0-9., ]{0,14})(?: ?(?:pcs|stuck|stk|st|uds|pz|pieces|units|stuks)\.?)?"
)


def tallies(document: Document, orders: tuple[Order, ...]) -> Iterator[str]:
    """What does not come out, as phrases for people. Of text that has no pages of its own each page must say which it
    is. ``orders`` are those of the whole mail."""
    pages = sum(place.startswith("page ") for _, place in document.parts)
    here, most, told = set[int](), 0, ""
    counts = {len(order.lines) for order in orders} | {sum(len(order.lines) for order in orders)}
    pieces = _pieces(orders)
    for line in document.lines[:LINES]:
        text = folded(line.text[:LENGTH]).strip()
        if line.zone not in _OWN or not any(map(str.isdigit, text)):
            continue
        for found in (*_PAGE.findall(text), *(_BARE.findall(text) if pages and _BARE.fullmatch(text) else ())):
            here.add(int(found[0]))
            if int(found[0]) <= int(found[1]) and int(found[1]) > most:
                most, told = int(found[1]), line.text
        bare = " ".join(text.replace("|", " ").strip(" .:*-").split())
        if (one := _COUNTED.fullmatch(bare)) is not None:
            count = int(next(filter(None, one.groups())))
            if count not in counts and count not in pieces:
                yield f"it counts other lines than were read: “{shown(line.text, 80)}”"
        elif (one := _PIECES.fullmatch(bare)) is not None:
            value = number(one[1].strip())
            if value is not None and pieces.isdisjoint(value.readings):
                yield f"it counts other pieces than were read: “{shown(line.text, 80)}”"
    if (pages and most > pages) or (not pages and most and most not in here and not _is_sheet(document)):
        yield f"a page of it may be missing: “{shown(told, 80)}”"


def _pieces(orders: tuple[Order, ...]) -> set[Decimal]:
    """What all quantities come to, of each order and of each unit in it, and of all."""
    found: dict[object, Decimal] = {}
    for number_of, order in enumerate(orders):
        for line in order.lines:
            if line.quantity is not None:
                unit = line.unit.value if line.unit is not None else ""
                for key in ("all", number_of, (number_of, unit)):
                    found[key] = found.get(key, Decimal(0)) + line.quantity.value
    return set(found.values())


def _is_sheet(document: Document) -> bool:
    """A workbook or a Word document: its pages are made when it is printed."""
    return bool(document.parts)
