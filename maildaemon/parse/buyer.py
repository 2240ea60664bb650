"""Who orders, when no label says so: the company in the signature, and the language of a mail without labels."""

from collections.abc import Iterator

from maildaemon.model import Document, Zone
from maildaemon.parse.raw import RawOrder, Text

_LEGAL = frozenset(
    "ltd ltd. limited plc llp llc inc inc. corp corp. corporation gmbh ag kg ohg ug se e.k. ek gbr sa s.a. sas "
    "s.a.s. sarl s.à.r.l. "
    "s.a.r.l. eurl srl s.r.l. spa s.p.a. snc sl s.l. s.l.u. bv b.v. nv n.v. vof oy ab as a/s aps co-operative "
    "cooperative pty "
    "kgaa mbh".split()
)
_CLOSINGS = (
    "kind regards", "best regards", "regards", "many thanks", "thanks", "thank you", "sincerely", "yours",
    "cheers", "best",
    "mit freundlichen", "freundliche gr", "viele gr", "cordialement", "bien à vous", "salutations", "saludos",
    "atentamente",
    "cordiali saluti", "distinti saluti", "met vriendelijke", "vriendelijke groet",
)  # fmt: skip
_WORDS = {
    "de": "bitte bestellen bestellung wir und der die das mit freundlichen grüßen stück lieferung hiermit ihnen",
    "fr": "bonjour veuillez merci commande nous vous livrer cordialement pour les votre livraison",
    "es": "hola gracias pedido por favor nosotros saludos envíen estimados adjunto entrega",
    "it": "buongiorno gentili ordine vogliate inviare grazie cordiali saluti consegna vostro",
    "nl": "graag bestelling wij hierbij vriendelijke groet leveren bestellen geachte onze levering",
    "en": "please order the and we our you for regards thanks supply delivery following",
}  # fmt: skip
LANGUAGE = {word: language for language, words in _WORDS.items() for word in words.split()}


def with_buyer(raw: RawOrder, documents: tuple[Document, ...]) -> RawOrder:
    """The raw order with the company of the signature as a weak buyer, and a language."""
    fields = dict(raw.fields)
    if not raw.texts("buyer"):
        company = next(_companies(documents), None)
        if company is not None:
            fields["buyer"] = company
    return RawOrder(fields, raw.lines, raw.doubts, raw.language or _language(documents))


def _companies(documents: tuple[Document, ...]) -> Iterator[Text]:
    """Names with a legal form below the closing words."""
    for document in documents:
        closed = 0
        for line in document.lines[:2000]:
            text, zone = line.text.strip(), line.zone
            if not text or zone is Zone.QUOTE or zone is Zone.HIDDEN:
                continue
            if len(text) < 60 and text.casefold().startswith(_CLOSINGS):
                closed = line.number
            below = closed and 0 < line.number - closed <= 8
            if not (below or zone is Zone.SIGNATURE) or len(text) > 120:
                continue
            for part in text.replace("|", ",").replace(" - ", ",").replace(" · ", ",").split(","):
                words = part.split()
                if 2 <= len(words) <= 7 and any(word.casefold().strip("()") in _LEGAL for word in words[1:]):
                    yield Text(
                        part.strip(),
                        document.name,
                        f"line {line.number}",
                        text,
                        0.5 if line.zone is not Zone.SIGNATURE else 1.0,
                        line.zone,
                    )


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
