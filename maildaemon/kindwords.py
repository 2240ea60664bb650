"""The words and forms by which the kinds of mail are told, for text in lower case; data only."""

import re

# --- machines -----------------------------------------------------------------------------------------------------

DAEMONS = frozenset(
    "mailer-daemon mailer_daemon mailerdaemon maildaemon postmaster mail-daemon mail.daemon bounce bounces mdaemon "
    "majordomo listserv double-bounce post_master".split()
)
BOUNCE_SUBJECTS = (
    "undeliver", "delivery status notification", "returned mail", "return mail", "mail delivery", "failure notice",
    "delivery failure", "delivery failed", "delivery has failed", "delivery report", "delivery notification",
    "delivery problem", "delivery error", "non-deliverable", "nondeliverable", "non delivery", "non-delivery",
    "could not be delivered", "not delivered", "couldn't be delivered", "message not delivered", "mail system error",
    "returned to sender", "returning message to sender", "error sending", "mail could not be", "message status",
    "warning: message", "undelivered", "notification d'état de remise", "échec de la remise", "échec de remise",
    "non remis", "unzustellbar", "nicht zustellbar", "zustellung fehlgeschlagen", "zustellungsfehler",
    "fehler bei der zustellung", "no entregado", "error de entrega", "no se puede entregar", "mancata consegna",
    "consegna non riuscita", "mancato recapito", "niet bezorgd", "onbestelbaar", "user unknown", "ndn:",
    "nicht zugestellt", "e-mail delivery failure", "считается недоставленным", "недоставлен", "エラー", "配信",
    "mail error", "loop alert", "sorry, ", "message delivery", "message you sent blocked", "blocked by",
    "undelivrable", "your message couldn", "your message cannot be delivered",
)  # fmt: skip
BOUNCE_TEXTS = (
    "this is the qmail-send program", "this is the mail system at host", "could not be delivered to one or more",
    "this message was created automatically by mail delivery software", "the following address(es) failed",
    "the following addresses had permanent fatal errors", "----- the following addresses",
    "your message did not reach some or all of the intended recipients", "delivery to the following recipient",
    "i'm afraid i wasn't able to deliver your message", "was undeliverable", "unable to deliver your message",
    "message could not be delivered", "couldn't be delivered", "could not deliver your message",
    "undeliverable address", "hi. this is the", "this is a permanent error; i've given up",
    "wasn't able to deliver the following message", "the mail system <", "permanent delivery failure",
    "delivery failed to", "konnte nicht zugestellt werden", "konnte nicht allen empfängern zugestellt werden",
    "n'a pas pu être remis", "n'a pas pu être délivré", "no se pudo entregar", "no ha podido ser entregado",
    "non è stato possibile consegnare", "kon niet worden bezorgd", "message from <", "intended recipient list",
    "unable to deliver to", "mail was not delivered", "failed recipient",
    "the message that you sent was undeliverable", "user unknown", "mailbox unavailable", "no such user",
    "was not delivered to:", "returned mail follows", "message was rejected", "account disabled", "mailbox full",
    "over quota", "quota exceeded", "recipient address rejected", "the attached message could not be delivered",
    "returned for the following reason", "could not be sent", "mailbox is full", "message undeliverable",
    "the following recipients could not", "could not be delivered", "original message header",
    "error delivering your mail", "original mail as follows", "no such user here", "invalid user address",
    "undeliverable mail",
)  # fmt: skip
REPORT_SUBJECTS = (
    "report domain:", "dmarc aggregate", "dmarc failure", "dmarc report", "tls report", "abuse report",
    "email feedback report", "complaint about message", "spam report", "smtp tls report", "report-id:", "[report]",
    "[dmarc-failure]", "dmarc forensic", "email abuse", "complaint from",
)  # fmt: skip
READ_SUBJECTS = (
    "read: ", "gelesen: ", "lu : ", "lu: ", "leído: ", "letto: ", "gelezen: ", "not read: ", "ungelesen: ",
    "return receipt (displayed)", "return receipt", "lesebestätigung", "read receipt", "accusé de lecture",
    "confirmación de lectura", "conferma di lettura", "leesbevestiging",
)  # fmt: skip
READ_TEXTS = (
    "was read on", "wurde gelesen", "was displayed", "has been displayed", "has been read", "a été lu", "fue leído",
    "è stato letto", "is gelezen", "return receipt for the mail", "read receipt", "was deleted without being read",
)  # fmt: skip
AWAY_SUBJECTS = (
    "auto reply", "auto-reply", "autoreply", "automatic reply", "automatic response", "auto response",
    "auto-response", "autoresponse", "automated reply", "automated response", "auto:", "out of office",
    "out of the office", "out-of-office", "oof:", "ooo:", "on vacation", "vacation reply", "on holiday",
    "away from my mail", "automatische antwort", "autom. antwort", "automatische rückantwort", "abwesenheit",
    "abwesend", "nicht im büro", "réponse automatique", "absence du bureau", "absent du bureau", "message d'absence",
    "respuesta automática", "fuera de la oficina", "ausente de la oficina", "risposta automatica", "fuori sede",
    "fuori ufficio", "assenza", "automatisch antwoord", "automatische reactie", "afwezig", "resposta automática",
    "ausência", "autosvar", "automatiskt svar", "automaattinen", "autoodpowiedź", "odpowiedź automatyczna",
    "automatická odpověď", "автоответ", "自動返信", "自动回复", "자동 회신",
)  # fmt: skip
AWAY_TEXTS = (
    "i am out of the office", "i'm out of the office", "i am currently out of", "i will be out of the office",
    "ich bin nicht im büro", "ich bin bis zum", "ich bin derzeit nicht", "je suis absent",
    "je suis actuellement absent", "estaré fuera de la oficina", "sono fuori ufficio", "ik ben afwezig",
    "ik ben niet op kantoor",
)  # fmt: skip

# --- business -----------------------------------------------------------------------------------------------------

# Told from a subject or a title. An "our article has left" and a "we have your order": neither is an order to us.
DELIVERY = (
    "has shipped", "been shipped", "been dispatched", "been despatched", "been dispatc", "out for delivery",
    "on its way", "is on the way", "delivery note", "delivery notice", "delivery update", "delivery is coming",
    "despatch advice", "dispatch advice", "dispatch note", "shipping notice", "shipment notification", "ship notice",
    "shipped:", "delivered:", "dispatched:", "now arriving", "arriving today", "arriving tomorrow",
    "shipping confirmation", "your package", "your parcel", "package to pick up", "packages are", "package scheduled",
    "your delivery", "your shipment", "your consignment", "expected delivery on", "been delivered", "lieferschein",
    "versandbestätigung", "versandanzeige", "lieferavis", "wurde versandt", "wurde versendet", "ihre lieferung",
    "ihr paket", "ihre sendung", "sendungsverfolgung", "bon de livraison", "avis d'expédition", "a été expédié",
    "votre colis", "votre livraison", "albarán", "aviso de envío", "ha sido enviado", "su paquete", "tu paquete",
    "su envío", "documento di trasporto", "bolla di consegna", "è stato spedito", "il tuo pacco", "la tua spedizione",
    "in consegna", "pakbon", "leverbon", "is verzonden", "uw pakket", "je pakket", "verzendbevestiging", "paczk",
    "przesyłk", "your daily digest", "advance ship",
)  # fmt: skip
RESPONSE = (
    "order confirmation", "order acknowledgement", "order acknowledgment", "order response",
    "sales order confirmation", "confirmation of order", "confirmation of your order", "your order", "order received",
    "order accepted", "thank you for your order", "thanks for your order", "your purchase", "we received your",
    "we have received your", "auftragsbestätigung", "bestellbestätigung", "bestelleingang", "auftragseingang",
    "ihre bestellung", "ihr auftrag", "deine bestellung", "bestätigung ihrer bestellung", "confirmation de commande",
    "confirmation de votre commande", "accusé de réception de commande", "votre commande", "confirmación de pedido",
    "confirmación de su pedido", "confirmación del pedido", "acuse de pedido", "su pedido", "tu pedido",
    "conferma d'ordine",
    "conferma dell'ordine", "conferma ordine", "il tuo ordine", "il suo ordine", "il vostro ordine",
    "orderbevestiging", "opdrachtbevestiging", "bestelbevestiging", "bevestiging van uw bestelling",
    "uw bestelling", "je bestelling", "uw order",
)  # fmt: skip
# Said in a text by who has received an order, never by who gives one.
THANKS = (
    "thank you for your order", "thanks for your order", "thank you for your purchase", "thank you for shopping",
    "thank you for your enquiry", "thank you for your inquiry", "we can confirm that we", "we will deliver as follows",
    "we confirm as follows", "pleased to offer", "we can offer you", "wir bestätigen wie folgt", "wir liefern ihnen",
    "wir bieten ihnen",
    "we have received your order", "we received your order", "your order has been",
    "we are pleased to confirm your order", "we hereby confirm your order", "we confirm your order",
    "we confirm receipt of your order", "your order number is", "vielen dank für ihre bestellung",
    "danke für ihre bestellung", "vielen dank für ihren auftrag", "danke für deine bestellung",
    "wir haben ihre bestellung erhalten", "wir bestätigen ihre bestellung", "wir bestätigen ihren auftrag",
    "wir bestätigen hiermit ihre", "hiermit bestätigen wir ihre", "merci pour votre commande",
    "nous avons bien reçu votre commande", "nous confirmons votre commande", "gracias por su pedido",
    "gracias por tu pedido", "hemos recibido su pedido", "confirmamos su pedido", "grazie per il tuo ordine",
    "grazie per il suo ordine", "abbiamo ricevuto il", "confermiamo il suo ordine", "confermiamo il vostro ordine",
    "bedankt voor je bestelling", "bedankt voor uw bestelling", "wij hebben uw bestelling ontvangen",
    "wij bevestigen uw bestelling",
)  # fmt: skip
# Said by a buyer: what looks like a confirmation is then the buyer's own form.
BUYERS = (
    "purchasing department", "procurement", "purchasing", "payment terms", "delivery instructions", "please confirm",
    "please acknowledge", "please supply", "please deliver", "please ship", "ship to:", "deliver to:", "einkauf",
    "bitte bestätigen", "bitte liefern", "service achats", "departamento de compras", "ufficio acquisti",
    "afdeling inkoop",
)  # fmt: skip
CANCEL_SUBJECTS = (
    "cancel ", "cancel:", "cancels ", "cancelled", "canceled", "cancellation", "cancelation",
    "storno", "stornier", "annulation", "annuler", "annulé", "anulación", "anular", "annullamento",
    "annullare", "annulering", "annuleren", "widerruf", "geannuleerd", "annullato", "annullata", "anulado", "anulada",
    "cancelado", "cancelada",
)  # fmt: skip
CANCEL_TEXTS = (
    "please cancel", "kindly cancel", "cancel our order", "cancel our purchase", "cancel the order",
    "cancel this order", "cancel po", "cancel purchase order", "want to cancel", "wish to cancel", "like to cancel",
    "need to cancel", "have to cancel", "must cancel", "cancellation of our order", "cancellation of purchase order",
    "order is cancelled", "order has been cancelled", "bitte stornieren", "hiermit stornieren wir", "wir stornieren",
    "stornieren sie", "stornierung unserer bestellung", "möchten wir stornieren", "bestellung stornieren",
    "veuillez annuler", "merci d'annuler", "nous annulons", "annuler notre commande", "annuler la commande",
    "por favor cancel", "rogamos cancel", "cancelar el pedido", "cancelar nuestro pedido", "anular el pedido",
    "anulen el pedido", "vi preghiamo di annullare", "annullare l'ordine", "annullare il nostro ordine",
    "graag annuleren", "wij annuleren", "bestelling annuleren", "order annuleren", "gelieve te annuleren",
)  # fmt: skip
CHANGE_SUBJECTS = (
    "change order", "order change", "po change", "change to po", "change to purchase", "change to order",
    "change to our", "change of po", "change of purchase", "change of order", "change of our", "changed order",
    "changed purchase order", "amended", "amendment", "revised po", "revised purchase", "revised order",
    "po revision", "order revision", "updated po", "updated purchase order", "updated order", "bestelländerung",
    "änderung der bestellung", "änderung zu", "änderung zur bestellung", "änderung unserer bestellung",
    "geänderte bestellung", "auftragsänderung", "änderungsbestellung", "modification de commande",
    "modification de la commande", "modification de notre commande", "commande modifiée", "modificación del pedido",
    "modificación de pedido", "pedido modificado", "cambio de pedido", "modifica ordine", "modifica dell'ordine",
    "modifica d'ordine", "ordine modificato", "bestelwijziging", "wijziging van", "wijziging bestelling",
    "gewijzigde bestelling", "order amendment", "change request for", "corrected order", "corrected purchase order",
    "order correction", "correction of order", "updated version of", "bestellkorrektur", "korrektur der bestellung",
    "korrigierte bestellung", "korrektur unserer bestellung", "nachtrag", "bestellungsänderung", "geänderter auftrag",
    "änderung bestellung", "änderung auftrag", "aktualisierte bestellung", "modification commande",
    "changement de commande", "avenant", "commande rectific", "commande corrigée", "rectification de commande",
    "rectification de la commande", "commande modificative", "révision de commande", "révision de la commande",
    "mise à jour de commande", "mise à jour de la commande", "modificación pedido", "variación de pedido",
    "variación del pedido", "rectificación de pedido", "rectificación del pedido", "pedido rectificado",
    "pedido corregido", "corrección de pedido", "corrección del pedido", "revisión de pedido", "revisión del pedido",
    "actualización de pedido", "actualización del pedido", "cambio en el pedido", "cambio pedido", "enmienda",
    "variazione ordine", "variazione d'ordine", "variazione dell'ordine", "variazione all'ordine",
    "variazione di ordine", "variazione al", "ordine variato", "ordine rettificato", "rettifica ordine",
    "rettifica d'ordine", "rettifica dell'ordine", "correzione ordine", "correzione dell'ordine", "ordine corretto",
    "ordine aggiornato", "aggiornamento ordine", "aggiornamento dell'ordine", "revisione ordine",
    "revisione dell'ordine", "cambio ordine", "orderwijziging", "gewijzigde order", "gewijzigde inkooporder",
    "wijziging order", "wijziging inkooporder", "aangepaste bestelling", "aangepaste order", "aanpassing bestelling",
    "aanpassing order", "herziene bestelling", "herziene order", "correctie bestelling", "correctie order",
    "gecorrigeerde bestelling",
)  # fmt: skip
CHANGE_TEXTS = (
    "please change our order", "please change our po", "please change the quantity", "please change po",
    "please change purchase order", "please amend", "please increase the quantity", "please reduce the quantity",
    "please update our order", "please update the quantity", "please update po", "we would like to change our order",
    "we need to change our order", "replaces our order", "replaces our purchase order", "supersedes our",
    "bitte ändern sie", "bitte ändern", "möchten wir unsere bestellung ändern", "ersetzt unsere bestellung",
    "veuillez modifier", "merci de modifier", "por favor modifi", "rogamos modifi", "vi preghiamo di modificare",
    "gelieve te wijzigen", "graag wijzigen",
)  # fmt: skip
ORDER_TEXTS = (
    "please supply", "please deliver the following", "please ship the following", "please send us the following",
    "we hereby order", "we would like to order", "we'd like to order", "i would like to order", "i'd like to order",
    "we want to order", "we wish to order", "like to place an order", "like to place the following order",
    "we order the following", "we are ordering", "please order", "please process the following order",
    "please process this order", "please accept this order", "please find our order",
    "please find attached our order", "attached purchase order", "attached is our order", "attached is our po",
    "find our purchase order", "this is a purchase order", "our purchase order", "please enter the following order",
    "please proceed with the order", "hiermit bestellen wir", "hiermit bestelle ich", "wir bestellen", "ich bestelle",
    "möchten wir bestellen", "möchte ich bestellen", "bitte liefern sie", "bitte senden sie uns folgende",
    "anbei unsere bestellung", "anbei erhalten sie unsere bestellung", "bestellen wir folgende",
    "erteilen wir ihnen den auftrag", "nous commandons", "nous souhaitons commander", "nous vous passons commande",
    "nous souhaiterions commander", "je souhaite commander", "veuillez livrer", "merci de livrer",
    "merci de nous livrer", "ci-joint notre commande", "passer commande", "deseamos pedir", "quisiéramos pedir",
    "queremos pedir", "les pedimos", "rogamos nos suministren", "rogamos envíen", "adjuntamos nuestro pedido",
    "hacer el siguiente pedido", "realizar el siguiente pedido", "ordiniamo", "vorremmo ordinare",
    "desideriamo ordinare", "vi preghiamo di fornire", "in allegato il nostro ordine", "con la presente ordiniamo",
    "wij bestellen", "hierbij bestellen", "graag bestellen", "wij willen bestellen", "gelieve te leveren",
    "graag leveren", "bijgaand onze bestelling", "bijgevoegd onze bestelling",
)  # fmt: skip
PAYMENT_SUBJECTS = (
    "remittance", "payment advice", "payment notification", "zahlungsavis", "zahlungserinnerung", "avis de paiement",
    "aviso de pago", "avviso di pagamento", "betaaladvies", "statement of account", "kontoauszug", "relevé de compte",
    "mahnung", "payment reminder", "overdue",
)  # fmt: skip
NEWS_SUBJECTS = ("newsletter", "rundbrief", "lettre d'information", "boletín", "nieuwsbrief", "webinar", "unsubscribe")

# --- columns ------------------------------------------------------------------------------------------------------

QUANTITY_COLUMNS = (
    "qty", "quantity", "quant", "menge", "anzahl", "stück", "stk", "quantité", "qté", "qte", "cantidad", "cant",
    "quantità", "q.tà", "qta", "aantal", "hoeveelheid", "pcs", "pieces", "units", "order qty", "ordered",
)  # fmt: skip
ARTICLE_COLUMNS = (
    "item", "sku", "article", "art", "part", "product", "material", "description", "artikel", "bezeichnung",
    "beschreibung", "teilenummer", "produkt", "bestellnummer", "référence", "réf", "désignation", "produit",
    "artículo", "código", "descripción", "referencia", "producto", "articolo", "codice", "descrizione", "prodotto",
    "omschrijving", "code", "gtin", "ean", "catalog", "model",
)  # fmt: skip

# --- forms: each is bounded or anchored, so that its time is linear in the text ---------------------------------

PREFIX = re.compile(r"(?:[a-zäéö]{1,6}(?:\[\d{1,3}\])?[ ]?:[ ]?|\[[^\]]{1,30}\][ ]?){1,6}")
NUMBER = r"(?:number|num|nummer|no|nr|n°|nº|nro|numéro|número|numero|id|ref|reference)?"
# The word for an order, as a subject or a title says it. An "order" alone must come with a number or stand first.
ORDER = re.compile(
    r"\bpo[-_ ][a-z]{1,5}-?\d{3}"
    r"|\bpurchase[ -]?orders?\b|\bp\.?[ ]?o\.?[ ]?(?:[#:]|no\b|number|nr\b|-?\d)|\bpo[-_ ]{0,2}\d"
    r"|^p\.?o\.?$"
    r"|\b(?:new|our|web|stock|rush|urgent|standing|blanket|call-off|sales|firm|trial|sample"
    r"|repeat) (?:purchase )?orders?\b"
    r"|(?:^|[-:|–] ?)orders?\b(?! of the| status)|\border[ ]?(?:#|no\b|nr\b|number|form\b|:|\d|[a-z]{1,4}-?\d)"
    r"|\b(?:nach|sammel|rahmen|eil|abruf|einkaufs|waren|sofort|neu|material|web|lieferanten)?bestellung(?:en)?\b"
    r"|\bbestell(?:nummer|nr|schein|formular|änderung|storno)"
    r"|\bauftrag(?:snummer|s-nr|serteilung|sänderung|sstorno)?\b|\b(?:bons? de )?commandes?\b|\bpedidos?\b"
    r"|\b[oó]rden(?:es)? de compra\b"
    r"|\bordin[ei]\b(?: d['’ ]acquisto)?|\bbestelling(?:en)?\b|\binkoop(?:order|opdracht)\b|\bbestelbon\b"
    r"|\border für\b"
)
INVOICE = re.compile(
    r"\b(?:pro[- ]?forma[- ]?)?(?:tax |sales |commercial )?invoices?\b(?! to\b| address)|\bcredit (?:note|memo)\b"
    r"|\brechnung(?:en)?\b(?! an\b)|\bgutschrift\b|\bstornorechnung\b|\bfactures?\b|\bfacturas?\b|\bfattur[ae]\b"
    r"|\bfactu(?:ur|ren)\b"
)
QUOTE = re.compile(
    r"\brequests? for (?:a )?(?:quotation|quote|proposal|offer|price)|\brf[qpi]\b|\bquotations?\b|\bquotes?\b"
    r"|\bprice (?:inquiry|enquiry|request)"
    r"|\b(?:preis|liefer)?anfrage\b|\bangebots?(?:anfrage|anforderung)?\b|\bkostenvoranschlag\b|\bdevis\b"
    r"|\bdemande de (?:prix|devis)"
    r"|\boffre de prix\b|\bcotizaci[oó]n\b|\bpresupuesto\b|\bpreventivo\b|\brichiesta (?:di )?(?:offerta|preventivo)"
    r"|\boffertes?\b|\bofferteaanvraag\b|\bprijsaanvraag\b"
)
# A label alone ("Quote ref") or with its value ("Quote ref: Q-1") is no title.
TITLE_END = (
    r"(?![ ]?(?:"
    + NUMBER[3:-2]
    + r"|date|datum)[ .]{0,2}:?[ ]?$)(?:[ ]?(?:"
    + NUMBER[3:-2]
    + r")?[ .#°]{0,4}[\w/.-]{0,30})?[ ]?$"
)
INVOICE_TITLE = re.compile(
    r"^(?:pro[- ]?forma[- ]?)?(?:tax |sales |commercial )?(?:invoice|credit note|rechnung|gutschrift|facture|factura"
    r"|fattura|factuur)" + TITLE_END
)
QUOTE_TITLE = re.compile(
    r"^(?:request for quotation|rfq|quotation|quote|angebot|preisanfrage|anfrage|devis(?!e)|cotización|preventivo"
    r"|offerte)" + TITLE_END
)
# "PO number: 4711", "Bestell-Nr.: 4711", "Purchase order | 4711"
LABEL = re.compile(
    r"^[ \t|*•-]{0,6}(?:(?:your |our |ihre |unsere |notre |nuestro |nostro |ons )?(?:customer |client |kunden-?)?"
    r"(?:purchase[ -]?order|p\.?o\.?|order|bestell(?:ung|[ -]?nummer|[ -]?nr)|auftrag(?:s[ -]?nummer|s[ -]?nr)?"
    r"|(?:bon de )?commande|pedido|orden de compra|ordine(?: d['’]acquisto)?|bestelling|inkooporder|bestelnummer))"
    r"[ .-]{0,2}" + NUMBER + r"[ .]{0,2}(?:[:|#=]|\t)[ \t|:#]{0,6}(?=[^\n]{0,24}\d)[\w/.#-]{2,40}",
    re.MULTILINE,
)
# "5 x W-100", "W-100  Hex bolt  20 pcs": a count beside a code or a unit.
ITEM = re.compile(
    r"^(?:[ \t*•·|-]{0,8}\d{1,6}[ ]?[x×][ ][^\n]{2,80}|[^\n]{0,120}?\b(?:\d{1,7}(?:[.,]\d{1,3})?[ ]?(?:pcs?|pieces?"
    r"|ea|each|units?|boxe?s?"
    r"|st(?:ü|ue?)?ck|stk|pce|pièces?|unidades|uds?|pezzi|pz|stuks|rolls?|kg|sets?|pairs?|packs?|cartons?|karton)\b"
    r"|(?:qty|quantity|menge|anzahl|quantité|cantidad|quantità|aantal)\.?[ ]?[:=|]?[ ]?\d))",
    re.MULTILINE,
)
CODE = re.compile(r"(?:[a-z]{1,6}[-./]?\d{2,}|\d{4,}|(?<![a-z])[a-z]{2,}-[a-z0-9]{2,})")
# A refusal as mail servers write it (RFC 5321, RFC 3463).
STATUS = re.compile(r"\b55[0-4][ -]|\b[45]\.\d\.\d{1,3}\b")
# A buyer asks for what a supplier would announce.
ASKED = re.compile(
    r"\b(?:please|kindly|pls|bitte|merci de|request(?:ed)?|required|erbeten|gewünscht|por favor|per favore|graag|svp)\b"
)
# The buyer's own word for an order, before anything that a carrier or a shop would say.
BUYERS_ORDER = re.compile(
    r"(?<!your )(?:\bpurchase order\b|\bp\.?o\.?[ #:-]{0,3}\d|(?<!ihre )\bbestellung [^ ]{0,10}\d)"
)
YOURS = re.compile(r"\byour (?:[\w.&'’-]{1,40} ){0,3}orders?\b")
COUNTED = re.compile(r"(?:qty|quantity|menge|anzahl|quantité|cantidad|quantità|aantal)\.?[ ]?[:=][ ]?\d")
ORDER_FILE = re.compile(
    r"(?:^|[^a-z])(?:p\.?o\.?[-_ #]?\d|po(?:[^a-z]|$)|purchase[-_ ]?order|order|bestell|auftrag|commande|pedido"
    r"|orden|ordine|bestelling|inkooporder)"
)
CONFIRMATION_FILE = re.compile(
    r"response|rsp|cancel|storno|invoice|confirm|bestätigung|bestaetigung|acknowledg|conferma|confirmación|bevestiging"
)
