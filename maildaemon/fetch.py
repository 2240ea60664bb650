"""Mails that carry no order but the address where one waits: recognised, shown to a person, and never followed."""

import re
from collections.abc import Iterable

from maildaemon.model import Document, Order
from maildaemon.wording import shown

MOST, LINK, HOST = 3, 200, 100
# A shop writes "your order" to its customer; a buyer's portal speaks of the order, a new one, a purchase order.
_ARTICLE = (
    r"(?:(?:the|this|an?|new|die|diese|den|unsere|neue|la|le|cette|notre|nouvelle|el|esta|este|nuestro|nuevo|il|questo"
    r"|nostro|nuovo|de|deze|onze|nieuwe) |l['’]){0,2}"
)
_NOUNS = _ARTICLE + (
    r"(?:purchase order|order|p\.?o\.?|(?:einkaufs)?bestellung|auftrag|(?:bon de )?commande|pedido(?: de compra)?"
    r"|orden de compra|ordine(?: d['’]acquisto| di acquisto)?|inkooporder|bestelling)(?! status| history| tracking)"
)
_BEFORE = (
    r"view|open|see|access|review|retrieve|download|get|fetch|print|process|manage|respond to|acknowledge|accept"
    r"|confirm"
    r"|voir|consulter|afficher|ouvrir|télécharger|récupérer|accéder à|visualiser|accepter"
    r"|ver|abrir|consultar|descargar|acceder al?|visualizar|aceptar"
    r"|visualizza|apri|scarica|consulta|accedi all['’]|visualizzare|scaricare|consultare|vedi"
    r"|bekijk|open|download|haal|toon|ophalen|bekijken"
)
_BEHIND = (
    r"anzeigen|ansehen|öffnen|abrufen|herunterladen|einsehen|aufrufen|bestätigen|annehmen"
    r"|bekijken|openen|downloaden|ophalen|tonen"
)
_ASKS = re.compile(
    rf"(?:^|[^\w])(?:(?:{_BEFORE}) (?:your |ihre |votre |su |il tuo |uw )?{_NOUNS}"
    rf"|{_NOUNS}(?: [\w./#-]{{1,30}})?(?: hier| here| im portal| online)? (?:{_BEHIND}))(?![a-zà-ÿ])",
    re.IGNORECASE,
)
# The shop's own words to its customer.
_SHOPS = re.compile(
    r"\b(?:your|ihre|deine|votre|su|tu|tuo|vostro|uw|je|jouw|my|meine|ma|mijn)"
    r" (?:recent )?(?:order|bestellung|commande|pedido|ordine|bestelling)\b",
    re.IGNORECASE,
)
_HOST = re.compile(r"https?://(?:[^/?#\\\s]{0,300}@)?(\[[0-9a-f:.]{2,45}\]|[^/?#\\:@\s]{1,253})", re.IGNORECASE)
_HIDES = re.compile(r"https?://[^/?#\\\s]{0,300}@", re.IGNORECASE)


def asked(documents: Iterable[Document]) -> tuple[str, str] | None:
    """The words with which the mail asks to fetch an order in the web, and the link; None when it asks for none."""
    for document in documents:
        for words, link in document.links if not document.inline else ():
            found = _ASKS.search(words.casefold())
            if found and not _SHOPS.search(words):
                return " ".join(found[0].split()).strip(" .:>-|«»\"'([,"), link
    return None


def reasons(documents: Iterable[Document], orders: tuple[Order, ...]) -> tuple[str, ...]:
    """Why a person must fetch it, with the link as a text that no program takes for one; none when the order's lines
    are in the mail."""
    if any(order.lines for order in orders):
        return ()
    held = asked(documents)
    return (f"the order is not in the mail, it is to be fetched at {plain(held[1])}",) if held else ()


def plain(link: str) -> str:
    """A link for people: its host first, then itself without a scheme that a mail program would make clickable."""
    host = _HOST.match(link)
    name = shown(host[1].lower() if host else "an address without a host", HOST)
    warning = ", which hides its host behind a name" if _HIDES.match(link) else ""
    return f"{name}{warning}: {shown(re.sub('^http', 'hxxp', link, flags=re.IGNORECASE), LINK)}"
