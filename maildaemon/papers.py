"""What a document of pages or sheets says that it is: its title stands anywhere on its first page."""

import re
from collections.abc import Iterator

from maildaemon import kindwords as words
from maildaemon.model import Document, Kind

LINES, LONGEST = 60, 60
_INVOICE = re.compile(
    r"(?:(?:tax|retail|sales|commercial|pro[- ]?forma|final|vat) )?(?:invoices?|credit note)(?: ?/ ?bill)?"
    r"(?: \([^()]{1,40}\))?"
    r"|(?:schluss|teil|abschlags|storno)?rechnung|gutschrift|facture|avoir|factura|fattura|factuur|creditnota",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?:invoice|rechnungs?|facture|factura|fattura|factuur)[ -]?(?:no|number|nr|nummer|num|n[°º]|#|id|date|datum|du)?"
    r"\.? ?(?:#|:)[ #:]{0,4}(?=[^ ]{0,20}[0-9])",
    re.IGNORECASE,
)
_PAYMENT = re.compile(
    r"(?:payment|remittance) advice|zahlungsavis|avis de paiement|aviso de pago|avviso di pagamento|betalingsadvies"
    r"|(?:account )?statement|kontoauszug|relevé de compte|receipt|quittung|reçu",
    re.IGNORECASE,
)
# An invoice whose title is a picture, or was not read: what is still to be paid, and until when.
_DUE = re.compile(
    r"(?:balance|amount|total amount) due|rechnungsbetrag|(?:offener|zahlbarer) betrag|net à payer|solde (?:à payer|dû)"
    r"|importe a pagar|saldo pendiente|totale da pagare|saldo dovuto|te betalen(?: bedrag)?|openstaand bedrag",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"(?:payment )?due (?:date|on|by)|fällig(?:keit|keitsdatum| am)?|zahlbar bis|(?:date d['’])?échéance"
    r"|(?:fecha de )?vencimiento|(?:data di )?scadenza|vervaldatum|uiterlijk op",
    re.IGNORECASE,
)
_GAP = re.compile(r" {2,}|\t| \| ")


def paper(document: Document) -> tuple[Kind, str] | None:
    """None for what bears no title, and for what bears that of an order."""
    if not document.parts:
        return None
    found: tuple[Kind, str] | None = None
    due: dict[bool, str] = {}
    for text in _titles(document):
        if (words.ORDER.match(text.casefold()) and ":" not in text) or text.casefold().startswith(
            words.CHANGE_SUBJECTS
        ):
            return None
        if found is not None:
            continue
        if _INVOICE.fullmatch(text) or _NUMBERED.match(text):
            found = Kind.INVOICE, f"{document.name} says that it is an invoice: {text}"
        elif _PAYMENT.fullmatch(text):
            found = Kind.OTHER, f"{document.name} says that it is none: {text}"
        elif (amount := _DUE.match(text)) or _UNTIL.match(text):
            due.setdefault(amount is not None, text)
    if found is None and len(due) == 2:
        return Kind.INVOICE, f"{document.name} says what is due, and when: {due[True]}, {due[False]}"
    return found


def _titles(document: Document) -> Iterator[str]:
    for line in document.lines[:LINES]:
        for text in _GAP.split(line.text.strip()):
            if 0 < len(text) <= LONGEST:
                yield text.strip(" *#=_-|")
