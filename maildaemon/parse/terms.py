"""Payment terms as written → one wording for those that mean the same."""

import re

_DAYS = r"(?:calendar )?(?:days?|tagen?|jours?|d[ií]as?|giorni|dagen)"
_NET = r"(?:net|netto|neto|nets?|rein netto)"
_DISCOUNT = (
    re.compile(
        r"(?P<rate>[0-9]{1,2}(?:[.,][0-9]{1,2})?) ?(?:%? ?/|%) ?(?P<early>[0-9]{1,3}),? ?"
        rf"n(?:et)? ?/? ?(?P<late>[0-9]{{1,3}})(?: {_DAYS})?"
    ),
    re.compile(
        rf"(?P<rate>[0-9]{{1,2}}(?:[.,][0-9]{{1,2}})?) ?% ?(?:[^\W\d]+ ){{0,4}}(?P<early>[0-9]{{1,3}}) {_DAYS}"
        rf"[^0-9]{{1,40}}(?P<late>[0-9]{{1,3}}) {_DAYS}(?: {_NET})?"
    ),
    re.compile(
        rf"(?P<early>[0-9]{{1,3}}) {_DAYS}[^0-9%]{{1,20}}(?P<rate>[0-9]{{1,2}}(?:[.,][0-9]{{1,2}})?) ?%"
        rf"[^0-9]{{1,40}}(?P<late>[0-9]{{1,3}}) {_DAYS}(?: {_NET})?"
    ),
)
_PLAIN = (
    re.compile(rf"{_NET} ?/?-?(?P<days>[0-9]{{1,3}})(?: {_DAYS})?(?P<eom> eom)?"),
    re.compile(r"n ?/ ?(?P<days>[0-9]{1,3})"),
    re.compile(
        rf"(?:[^\W\d]+ ){{0,3}}(?P<days>[0-9]{{1,3}}) {_DAYS}(?: (?:{_NET}|date (?:of )?(?:de )?(?:invoice|facture)|"
        rf"(?:from|after|of) (?:the )?(?:date of )?invoice(?: date)?|nach rechnungs(?:erhalt|datum|eingang|stellung)|"
        rf"fecha (?:de )?factura|data fattura|na factuurdatum|d\.?f\.?|(?P<eom>eom|end of month|fin de mois"
        rf"|fine mese|fin de mes|einde maand)))"
        r"{0,3}"
    ),
)
_WORDED = {
    "in advance": "prepayment|prepaid|pre-payment|payment in advance|in advance|cash in advance|advance "
    "payment|vorkasse|vorauskasse|"
    "vorauszahlung|paiement d'avance|paiement à l'avance|prépaiement|pago anticipado|pago por adelantado|"
    "pagamento anticipato|vooruitbetaling|cia|proforma|pro forma",
    "due on receipt": "due on receipt|due upon receipt|on receipt|upon receipt|immediate|immediately|payable "
    "immediately|due immediately|"
    "sofort|sofort netto|sofort fällig|sofort ohne abzug|zahlbar sofort|à réception|à réception de "
    "facture|comptant|al contado|contado|"
    "a vista|rimessa diretta|direct|bij ontvangst",
    "cash on delivery": "cash on delivery|cod|c.o.d|nachnahme|contre remboursement|contra reembolso|contrassegno"
    "|rembours|onder rembours",
}  # fmt: skip
WORDED = {word: terms for terms, words in _WORDED.items() for word in words.split("|")}


def terms(text: str) -> str | None:
    """``30 days net``, ``2/10 net 30``, ``30 days end of month``, ``in advance``, …; what is none of these stays as
    written. None when nothing is stated."""
    plain = " ".join(text.split())[:120].strip(" .;:")
    if not plain:
        return None
    folded = plain.casefold()
    if folded in WORDED:
        return WORDED[folded]
    for pattern in _DISCOUNT:
        if found := pattern.fullmatch(folded):
            rate = found["rate"].replace(",", ".")
            rate = rate.rstrip("0").rstrip(".") if "." in rate else rate
            return f"{rate}/{int(found['early'])} net {int(found['late'])}"
    for pattern in _PLAIN:
        if found := pattern.fullmatch(folded):
            month = "eom" in found.groupdict() and found["eom"]
            return f"{int(found['days'])} days {'end of month' if month else 'net'}"
    return plain
