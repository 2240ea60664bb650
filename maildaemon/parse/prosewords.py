"""The words around the order lines of a sentence: what asks for them, and what a polite writer adds behind them."""

import re

from maildaemon.parse.dates import dated, dated_in

# Whatever stands before the first quantity of a sentence must be one of these: asking, greeting, saying "we". A word of
# another time or mood is not among them: "ordered", "when", "not", "quote".
LEAD_IN = frozenset(
    "please kindly hi hello dear all there team sir madam sirs good morning afternoon send supply deliver ship "
    "provide order us"
    " we i i'd we'd would like to want need require the following also and our new for now urgently again goods items"
    " could can you pls place an a this"
    " bitte hallo guten tag moin liefern senden schicken sie uns wir bestellen bestelle hiermit benötigen benötige "
    "brauchen"
    " möchten möchte ich hätten hätte gerne gern folgende folgendes artikel nehmen ordern herren damen sehr "
    "geehrte und"
    " dringend außerdem weiterhin könnten"
    " merci bonjour de nous livrer envoyer expédier fournir commandons commande commander veuillez vouloir bien faire"
    " parvenir livrez envoyez prions vous souhaitons souhaiterions désirons passons voudrions je j'aimerais "
    "messieurs madame"
    " monsieur aussi également suivants les articles pourriez-vous pouvez-vous et"
    " por favor hola buenos días buenas tardes estimados señores nos les le rogamos ruego enviar envíen envíe "
    "envíennos"
    " envíenos envien envienos suministrar suministren suministrarnos sírvanse servirnos servir necesitamos "
    "pedimos pedir"
    " queremos quisiéramos deseamos solicitamos hacer un pedido del siguiente material los siguientes artículos y "
    "también"
    " buongiorno salve gentili signori vogliate fornirci inviarci spedirci fornire inviare spedire vi preghiamo di"
    " si prega ordiniamo ordinare desideriamo vorremmo abbiamo bisogno dei seguenti articoli anche inviateci spediteci"
    " con la presente ci servono servirebbero occorrono e"
    " graag beste goedemorgen goedemiddag hallo bestellen wij bestel ik hierbij leveren stuur sturen wilt u willen "
    "wil ons"
    " zou zouden ontvangen volgende artikelen de het gelieve te en verder mogen van".split()
)

CONDITIONS = frozenset(
    "if once unless until when only but not instead except without otherwise after before while provided subject then"
    " falls wenn sofern sobald statt anstatt sonst nur aber nicht jedoch außer ohne bevor nachdem vorausgesetzt erst"
    " si sauf mais pas seulement lorsque quand sinon avant après uniquement sans"
    " salvo pero solo sólo cuando excepto sino antes después sin"
    " se ma non soltanto quando altrimenti prima dopo purché senza"
    " indien mits maar niet alleen tenzij zodra anders zonder voordat nadat".split()
)

_PO = (
    r"(?:p\.?o\.?|purchase order|order|bestellung|bestell-?nr\.?|bestellnummer|commande|bon de commande|pedido"
    r"|ordine(?: d'acquisto)?|bestelling|bestelnummer|inkooporder|ordernummer)"
)
_TAIL = re.compile(
    r"(?:[,;]? ?(?:\(?(?:(?:against|under|on|for|with|per|unter|zu|für|auf|gemäß|sous|pour|selon|para|bajo|con|per"
    r"|su|onder"
    rf"|op|voor|met) )?(?:(?:our|the|unserer?|der|notre|la|le|el|nuestro|il|nostro|onze|ons) )?{_PO}"
    r" ?(?:no\.?|number|nr\.?|num\.?|n°|nº|nummer|número|numero|#)?:? "
    r"?#?(?=[a-z/_.-]{0,12}[0-9])[a-z0-9][a-z0-9/_.-]{0,30}\)?"
    r"|(?:livraison |lieferung |delivery |entrega |consegna |levering )?(?:asap|a\.s\.a\.p|as soon as possible"
    r"|urgently"
    r"|please|thanks|thank you|so bald wie möglich|schnellstmöglich|bitte|danke|dès que possible|s'il vous plaît|svp"
    r"|merci|lo antes posible|por favor|gracias|il prima possibile|per favore|grazie|zo snel mogelijk|a\.?u\.?b|svp"
    r"|bestellen|toesturen|leveren|liefern|senden|schicken|zusenden)))+[.! ]*$",
    re.IGNORECASE,
)


_BY = re.compile(
    r"(?:^|,? )(?:(?:for|with|zur|mit|pour|para|per|voor) (?:delivery|lieferung|livraison|entrega|consegna"
    r"|levering) )?"
    r"(?:by|before|no later than|not later than|bis zum|bis|spätestens am|spätestens bis|pour le|avant le|au plus "
    r"tard le"
    r"|para el|antes del|entro il|entro|uiterlijk op|uiterlijk|vóór|voor) (?P<day>[^!?]{4,36})$",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|nicht|pas|no|non|niet|never)$", re.IGNORECASE)
_DELIVER = frozenset(
    "it them this these those goods delivery delivered order needed required is are to be here ware lieferung erbeten"
    " gewünscht es das livraison souhaitée souhaité marchandise entrega consegna merce levering gewenst das die "
    "ist".split()
)


def wanted(text: str) -> tuple[str, str] | None:
    """A sentence that ends with the day by which something is to come: what stands before it, and the day as written.
    None when its end is none, or can be no day of any year."""
    said = without_tail(text).rstrip(" .")
    found = _BY.search(said) if len(said) <= 400 else None
    while found is not None:
        if _NOT.search(said[max(0, found.start() - 12) : found.start()]):
            return None
        day = found["day"]
        if dated(day) is not None or (any(map(str.isalpha, day)) and dated_in(day, 2028) is not None):
            return said[: found.start()].rstrip(" ,"), day
        found = _BY.search(said, found.start() + 1)
    return None


def only_asks(text: str) -> bool:
    """The words do no more than ask for what was ordered: "We need the goods"."""
    words = [word.strip(",.:!").casefold() for word in text.split()]
    return all(word in LEAD_IN or word in _DELIVER for word in words)


_HEAD = re.compile(
    rf"{_PO} ?(?:no\.?|number|nr\.?|n°|nº|#)?:? ?#?"
    r"(?=[a-z/_.-]{0,12}[0-9])[a-z0-9][a-z0-9/_.-]{0,30} ?(?::|,| -| –) ",
    re.IGNORECASE,
)


def without_head(text: str) -> str:
    """The words behind what names the order at the beginning: "PO 4711: please send …"."""
    found = _HEAD.match(text)
    return text[found.end() :] if found else text


def without_tail(text: str) -> str:
    """The words before what names the order, or asks for haste, at the end: "…, against PO 4711", "…, asap please"."""
    if len(text) > 400:
        return text
    found = _TAIL.search(text)
    return text[: found.start()].rstrip(" ,;") if found and found.start() > 0 else text
