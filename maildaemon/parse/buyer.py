"""Who orders, when no label says so: the company in the signature, and the language of a mail without labels."""

import re
from collections.abc import Iterator

from maildaemon.model import Document, Line, Mail, Zone
from maildaemon.parse import letterhead
from maildaemon.parse.labels import squash
from maildaemon.parse.raw import RawOrder, Text

_LEGAL = frozenset(
    "ltd ltd. limited plc llp llc dac clg inc inc. corp corp. corporation gmbh ag kg ohg ug se e.k. ek gbr sa s.a. sas "
    "s.a.s. sarl s.à.r.l. "
    "s.a.r.l. eurl srl s.r.l. spa s.p.a. snc sl s.l. s.l.u. bv b.v. nv n.v. vof oy ab as a/s aps co-operative "
    "cooperative pty "
    "kgaa mbh".split()
)
_CLOSING = re.compile(
    r"(?:(?:kind |best )?regards|many thanks|thanks|thank you|sincerely|yours|cheers|best|mit freundlichen"
    r"|freundliche gr\w+|viele gr\w+|beste grüße|schöne grüße|grüße|gruß|mfg|cordialement|bien cordialement"
    r"|bien à vous|salutations|saludos|un saludo|atentamente|cordiali saluti|distinti saluti|saluti"
    r"|met vriendelijke|vriendelijke groet\w*|groet(?:en)?|mvg|hoogachtend)(?!\w)",
    re.IGNORECASE,
)
# What stands below or behind one of these is whom the order is for.
_ADDRESSEE = re.compile(
    r"(?:to|an|à|a|aan|vendor|supplier|seller|lieferant(?:enanschrift)?|fournisseur|proveedor|fornitore|leverancier"
    r"|spett\.?le|à l'attention de|a la atención de|order to|vendor name|supplier name)[ ]?(?::|$)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:kunde|customer|client|cliente|klant|buyer|besteller|firma|company|käufer|acheteur|koper|opdrachtgever) +",
    re.IGNORECASE,
)
ADDRESSEE_LINES = 3
_WORDS = {
    "de": "bitte bestellen bestellung wir und der die das mit freundlichen grüßen stück lieferung hiermit ihnen",
    "fr": "bonjour veuillez merci commande nous vous livrer cordialement pour les votre livraison",
    "es": "hola gracias pedido por favor nosotros saludos envíen estimados adjunto entrega",
    "it": "buongiorno gentili ordine vogliate inviare grazie cordiali saluti consegna vostro",
    "nl": "graag bestelling wij hierbij vriendelijke groet leveren bestellen geachte onze levering",
    "en": "please order the and we our you for regards thanks supply delivery following",
}  # fmt: skip
LANGUAGE = {word: language for language, words in _WORDS.items() for word in words.split()}


def with_buyer(raw: RawOrder, mail: Mail, documents: tuple[Document, ...]) -> RawOrder:
    """The raw order with the company of the signature as a weak buyer where none is stated but a person, and a
    language."""
    fields = dict(raw.fields)
    stated = raw.texts("buyer")
    if stated:
        receiving = [text.text for name in ("ship_to", "bill_to") for text in raw.texts(name)]
        stated = tuple(text for text in stated if not text.loose or _has_legal_form(text.text.split()))
        stated = tuple(text for text in stated if text.exact or not _is_person(text.text, receiving, mail, documents))
        fields["buyer"] = stated
    if not stated:
        company = next(_companies(documents), None) or letterhead.named(raw, mail, documents, _LEGAL)
        if company is not None:
            fields["buyer"] = company
    return RawOrder(fields, raw.lines, raw.doubts, raw.language or _language(documents))


def _is_person(text: str, receiving: list[str], mail: Mail, documents: tuple[Document, ...]) -> bool:
    """Whose name is also the sender's, who signs with it, or two names beside a company that receives the goods."""
    words = text.split()
    if not 2 <= len(words) <= 4 or _has_legal_form(words) or not all(word[0].isupper() for word in words):
        return False
    local = squash((mail.sender or "").partition("@")[0])
    if local and all(squash(word) in local for word in words):
        return True
    company = any(_has_legal_form(to.replace(",", " ").split()[:7]) for to in receiving)
    if company and len(words) == 2 and text.replace(" ", "").isalpha() and not any(text in to for to in receiving):
        return True
    return any(
        closed and line.text.strip() == text.strip() for document in documents for line, closed in _closed(document)
    )


def _has_legal_form(words: list[str]) -> bool:
    return any(word.casefold().strip("()") in _LEGAL for word in words[1:])


def _closed(document: Document) -> Iterator[tuple[Line, bool]]:
    """The lines that say something, and whether they stand below closing words or in the signature."""
    closed = 0
    for line in document.lines[:2000]:
        text, zone = line.text.strip(), line.zone
        if not text or zone is Zone.QUOTE or zone is Zone.HIDDEN:
            continue
        if len(text) < 60 and _CLOSING.match(text):
            closed = line.number
        yield line, bool(closed and 0 < line.number - closed <= 8) or zone is Zone.SIGNATURE


def _companies(documents: tuple[Document, ...]) -> Iterator[Text]:
    """Names with a legal form below the closing words, the addressee's aside."""
    addressees = {name for document in documents for name in _addressees(document)}
    for document in documents:
        for line, closed in _closed(document):
            text = line.text.strip()
            if not closed or len(text) > 120:
                continue
            for part in text.replace("|", ",").replace(" - ", ",").replace(" · ", ",").split(","):
                name = _LABEL.sub("", part.rpartition(":")[2].strip(), count=1)
                words = name.split()
                if 2 <= len(words) <= 7 and _has_legal_form(words) and squash(name) not in addressees:
                    yield Text(
                        name,
                        document.name,
                        f"line {line.number}",
                        text,
                        0.5 if line.zone is not Zone.SIGNATURE else 1.0,
                        line.zone,
                    )


def _addressees(document: Document) -> Iterator[str]:
    """The letters of what stands behind or below the label of the supplier."""
    left = 0
    for line in document.lines[:2000]:
        text = line.text.strip()
        if found := _ADDRESSEE.match(text[:60]):
            left = ADDRESSEE_LINES
            text = text[found.end() :]
        elif left:
            left -= 1
        else:
            continue
        for part in text.replace("|", ",").split(","):
            if key := squash(part):
                yield key


def _language(documents: tuple[Document, ...]) -> str | None:
    """Told by the small words of the first lines; None when two languages are as likely."""
    counts: dict[str, int] = {}
    for document in documents[:3]:
        for line in document.lines[:30]:
            if line.zone is Zone.HIDDEN or len(line.text) > 1000:
                continue
            for word in line.text.casefold().split():
                language = LANGUAGE.get(word.strip(".,;:!?"))
                if language:
                    counts[language] = counts.get(language, 0) + 1
    best = sorted(counts.items(), key=lambda item: -item[1])[:2]
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return None
    return best[0][0] if best[0][1] >= 2 else None
