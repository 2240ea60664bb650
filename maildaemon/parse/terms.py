"""Payment terms as written → one wording for those that mean the same."""

import re
import unicodedata
from dataclasses import dataclass, field

LONGEST = 120
_WORDED = {
    "in advance": "prepayment|prepaid|pre-payment|payment in advance|in advance|cash in advance|advance payment"
    "|cia|cwo"
    "|cash with order|advance|vorkasse|vorauskasse|vorauszahlung|gegen vorkasse|per vorkasse|paiement d'avance"
    "|d'avance"
    "|paiement a l'avance|prepaiement|paiement anticipe|anticipe|a la commande|comptant a la commande|pago anticipado"
    "|anticipado|prepago|pago por adelantado|por adelantado|pagamento anticipato|anticipato|vooruitbetaling|vooruit"
    "|vooruitbetaald|vooraf|vooraf betalen|proforma|pro forma",
    "due on receipt": "due on receipt|due upon receipt|on receipt|upon receipt|due on receipt of invoice|immediate"
    "|on receipt of invoice|immediately|payable immediately|due immediately|immediate payment|sofort|sofort netto"
    "|sofort fallig|sofort ohne abzug|zahlbar sofort|sofort netto kasse|netto kasse|sofort zahlbar ohne abzug"
    "|zahlbar sofort ohne abzug|zahlbar sofort netto|nach erhalt der rechnung|bei erhalt der rechnung|a reception"
    "|a reception de facture|a reception de la facture|des reception|comptant|paiement comptant|au comptant|al contado"
    "|contado|pago al contado|a la recepcion|a la recepcion de la factura|a vista|vista fattura|a vista fattura"
    "|rimessa diretta|a ricevimento fattura|ricevimento fattura|direct|bij ontvangst|contant|a contant"
    "|bij ontvangst factuur|bij ontvangst van de factuur|per direct",
    "cash on delivery": "cash on delivery|cod|c.o.d|payment on delivery|on delivery|nachnahme|per nachnahme"
    "|bei lieferung|contre remboursement|a la livraison|contra reembolso|a la entrega|contrassegno|alla consegna"
    "|pagamento alla consegna|rembours|onder rembours|bij levering",
}
_BY_WORDS = {word: terms for terms, words in _WORDED.items() for word in words.split("|")}
# How the money goes says nothing of when.
_METHOD = re.compile(
    r"(?:,? ?\b(?:by|per|via|par|por|con|mit|tramite|mediante|in)\b )?\b(?:bank transfer|wire transfer|transfer"
    r"|bacs|wire"
    r"|(?:bank)?uberweisung|virement bancaire|virement|transferencia bancaria|transferencia|bonifico bancario|bonifico"
    r"|bankoverschrijving|overschrijving|overboeking)\b"
)
_MONTH = re.compile(
    r"\b(?:end of (?:the )?month|month end|e\.?o\.?m\.?|f\.?d\.?m\.?|fin(?: de)? mois|fine mese|fin(?: de)? mes"
    r"|(?:data fattura|d\.?f\.?) ?f\.?m\.?|d\.?f\.?f\.?m\.?|f\.?m\.?|einde (?:van de )?maand|ende des monats"
    r"|(?:zum )?monatsende)(?![a-z])"
)
_TOKEN = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{1,3})?) ?(%|/(?= ?[0-9]))?|[a-z]+(?:['.][a-z]+)*\.?|\+|/")
_DAYS = frozenset("d day days tag tage tagen t jour jours j jrs dia dias giorno giorni gg g dag dagen dgn".split())
_NET = frozenset("net netto netta netti netos neto nets nette n".split())
_SILENT = frozenset(
    "after from of the date dated invoice invoicing within a an in at to and or then otherwise payable due payment "
    "terms"
    " term pay strictly calendar rein innerhalb von nach ab bis zu zum mit binnen zahlbar fallig zahlung "
    "zahlungsziel ziel"
    " rechnung rechnungsdatum rechnungserhalt rechnungseingang rechnungsstellung kalendertage und oder sonst dann "
    "ohne abzug"
    " kein erhalt der de la le les du date facture facturation reception paiement reglement sous ou puis a sans "
    "escompte"
    " fecha factura pago plazo dentro desde y el data fattura fatt df d.f f pagamento entro dalla dal dopo e"
    " ricevimento na factuurdatum factuur betaling betaaltermijn betalen van en of anders zonder aftrek"
    " sin descuento".split()
)  # fmt: skip
_DISCOUNT = frozenset(
    "skonto discount disc escompte descuento dto sconto korting cash pronto prompt early if paid".split()
)


@dataclass(slots=True)
class _Read:
    """What stands there in its order: rates in percent, numbers of days, ``net``, the end of a month."""

    parts: list[tuple[str, str]] = field(default_factory=list)

    def names(self) -> str:
        return " ".join(name for name, _ in self.parts)


def terms(text: str) -> str | None:
    """``30 days net``, ``2/10 net 30``, ``3/8 2/14 net 30``, ``30 days end of month``, ``in advance``, …; what is "
    "none of
    these stays as written. None when nothing is stated."""
    plain = " ".join(text.split())[:LONGEST].strip(" .;:")
    if not plain:
        return None
    folded = _folded(plain)
    bare = " ".join(_METHOD.sub(" ", folded).split()).strip(" ,.-:")
    found = _BY_WORDS.get(folded) or _BY_WORDS.get(bare)
    if found is not None:
        return found
    read = _read(_MONTH.sub(" eom ", bare)) if bare else None
    return (_made(read) if read is not None else None) or plain


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return "".join(character for character in apart if not unicodedata.combining(character))


def _read(text: str) -> _Read | None:
    """None when a word stands there that nobody knows: it may change the terms."""
    read = _Read()
    at = 0
    for found in _TOKEN.finditer(text):
        if text[at : found.start()].strip(" ,;:()-–|"):
            return None
        at = found.end()
        word = found[0].rstrip(".")
        if found[1]:
            read.parts.append(("rate" if found[2] else "number", found[1].replace(",", ".")))
        elif word in _DAYS and read.parts and read.parts[-1][0] in {"number", "days"}:
            read.parts[-1] = ("days", read.parts[-1][1])
        elif word in _NET:
            read.parts.append(("net", ""))
        elif word == "eom":
            read.parts.append(("eom", ""))
        elif word not in _SILENT and word not in _DISCOUNT and word != "/":
            return None
    return read if not text[at:].strip(" ,;:()-–|.") else None


_FORM = re.compile(
    r"(?P<rates>(?:rate (?:days|number) )*|(?:days rate )*)"
    r"(?P<late>net (?:days|number)|days net|days|number net|number(?= eom))(?P<net> net)?(?P<eom> eom(?P<on> "
    r"number)?)?"
)


def _made(read: _Read) -> str | None:
    names = read.names()
    found = _FORM.fullmatch(names)
    if found is None or (found["late"] == "days" and found["rates"] and not names.startswith(("rate", "days rate"))):
        return None
    numbers = [(name, value) for name, value in read.parts if name in {"rate", "days", "number"}]
    count = found["rates"].count("rate")
    pairs = [numbers[at : at + 2] for at in range(0, 2 * count, 2)]
    late = numbers[2 * count][1]
    if "." in late or any("." in value for pair in pairs for name, value in pair if name != "rate"):
        return None
    days, said = int(late), []
    for pair in pairs:
        rate, early = sorted(pair, key=lambda one: one[0] != "rate")
        if not 0 < float(rate[1]) <= 15 or not int(early[1]) < days:
            return None
        said.append(f"{_short(rate[1])}/{int(early[1])}")
    month = " end of month" if found["eom"] else ""
    if found["on"]:
        month += f" on the {int(numbers[-1][1])}"
    if said:
        return f"{' '.join(said)} net {days}{month}"
    if days == 0:
        return None if month else "due on receipt"
    return f"{days} days{month or ' net'}"


def _short(rate: str) -> str:
    return rate.rstrip("0").rstrip(".") if "." in rate else rate
