"""What a mail is, told by its form: headers first, then titles, labels and tables, and then only words of the text."""

import re
from dataclasses import dataclass

from maildaemon import fetch, pec
from maildaemon import kindwords as words
from maildaemon.model import ORDERS, Document, Kind, Mail, Zone
from maildaemon.papers import paper
from maildaemon.parse.headings import heading_at
from maildaemon.parse.labels import labels
from maildaemon.parse.turned import turned
from maildaemon.playbook import GENERAL
from maildaemon.read import messages
from maildaemon.read.zones import is_forward, is_reply
from maildaemon.titles import other_paper

_TEXT = 8000
_TITLES = 12
_Answer = tuple[Kind, str]

_LISTS = ("list-id", "list-unsubscribe", "list-post", "list-help", "list-subscribe", "mailing-list", "x-mailing-list")


def kind_of(mail: Mail, documents: tuple[Document, ...]) -> tuple[Kind, str]:
    """The kind and a plain-words reason. In doubt between an order and nothing in particular it is an order, for the
    gate looks again; a bounce, a report, a bulk mail and a shop's notice never are."""
    subject = mail.subject.casefold()
    look = _look(mail, documents, subject)
    return (
        pec.receipt(mail, documents)
        or _by_content_type(mail, documents, look)
        or _by_machine(mail, documents, look)
        or _by_headers(mail, documents, look)
        or _by_message(documents, look)
        or _by_title(documents, look)
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """What is looked at, in lower case. ``subject`` without its Re: and Fwd:; ``top`` is the writer's own text, ``own``
    with what is forwarded; ``titles`` are the first short lines of each document."""

    full: str
    subject: str
    top: str
    own: str
    titles: tuple[str, ...]
    reply: bool


def _look(mail: Mail, documents: tuple[Document, ...], subject: str) -> _Look:
    top: list[str] = []
    own: list[str] = []
    titles: list[str] = []
    quoted = False
    for document in documents:
        size = shown = 0
        for line in document.lines:
            zone = line.zone
            if zone is Zone.QUOTE:
                quoted = True
            elif line.text and zone is not Zone.HIDDEN:
                own.append(line.text)
                if zone is Zone.TOP:
                    top.append(line.text)
                if shown < _TITLES and len(line.text) <= 80:
                    titles.append(line.text)
                shown += 1
                size += len(line.text)
                if size > _TEXT:
                    break
    reply = is_reply(mail.subject) or (mail.in_reply_to is not None and quoted and not is_forward(mail.subject))
    prefix = words.PREFIX.match(subject)
    bare = subject[prefix.end() :] if prefix and (is_reply(mail.subject) or is_forward(mail.subject)) else subject
    return _Look(
        subject,
        bare.strip() or subject,
        "\n".join(top).casefold()[: 2 * _TEXT],
        "\n".join(own).casefold()[: 3 * _TEXT],
        tuple(title.casefold().strip(" \t*#=_-|") for title in titles),
        reply,
    )


def _any(phrases: tuple[str, ...], text: str) -> str | None:
    return next((phrase for phrase in phrases if phrase in text), None)


def _by_content_type(mail: Mail, documents: tuple[Document, ...], look: _Look) -> _Answer | None:
    types = {document.media_type for document in documents if "forwarded " not in document.name}
    content_type = (mail.header("content-type") or "").lower()
    if "message/delivery-status" in types or "message/global-delivery-status" in types:
        return Kind.BOUNCE, "it carries a delivery status (RFC 3464)"
    if "message/disposition-notification" in types or "report-type=disposition-notification" in content_type.replace(
        '"', ""
    ):
        return Kind.READ_RECEIPT, "it is a message disposition notification (RFC 8098)"
    if "message/feedback-report" in types or "feedback-report" in content_type:
        return Kind.REPORT, "it is a feedback report (RFC 5965)"
    if mail.content_type == "multipart/report" or types & {"application/tlsrpt+gzip", "application/tlsrpt+json"}:
        if "delivery-status" in content_type or _any(words.BOUNCE_SUBJECTS, look.full):
            return Kind.BOUNCE, "it is a delivery status report (RFC 3464)"
        return Kind.REPORT, "its form is that of a report (multipart/report)"
    return None


def _local(address: str | None) -> str:
    return (address or "").rpartition("@")[0].casefold().partition("+")[0]


def _by_machine(mail: Mail, documents: tuple[Document, ...], look: _Look) -> _Answer | None:
    """Bounces, reports, receipts and absences in forms older or wilder than the RFCs."""
    if mail.header("tls-report-domain") or mail.header("x-arf") or _any(words.REPORT_SUBJECTS, look.full):
        return Kind.REPORT, "its subject or a header is that of a report between mail systems"
    if any(re.search(r"![\w.-]{1,200}!\d{6,}", document.name) for document in documents):
        return Kind.REPORT, "it carries a DMARC report"
    if "\nfeedback-type:" in f"\n{look.own}":
        return Kind.REPORT, "it carries a feedback report"
    local = _local(mail.sender)
    shown = (mail.header("from") or "").casefold()
    daemon = local in words.DAEMONS or "mailer-daemon" in shown or mail.return_path == ""
    subject = _any(words.BOUNCE_SUBJECTS, look.full)
    if look.own.startswith('{"notificationtype":"'):
        bounced = look.own.startswith('{"notificationtype":"bounce')
        return (Kind.BOUNCE if bounced else Kind.REPORT), "it is a notification of Amazon SES"
    if mail.header("x-failed-recipients"):
        return Kind.BOUNCE, "its header X-Failed-Recipients names who did not get a mail"
    if daemon and (subject or _any(words.BOUNCE_TEXTS, look.own)):
        return Kind.BOUNCE, "a mail system says that a mail was not delivered"
    if _any(words.READ_SUBJECTS, look.full[:40]) and _any(words.READ_TEXTS, look.own):
        return Kind.READ_RECEIPT, "its subject and text say that a mail was read"
    submitted = (mail.header("auto-submitted") or "").casefold()
    away = _any(words.AWAY_SUBJECTS, look.full)
    if submitted.startswith("auto-replied") or "vacation" in submitted:
        return Kind.AUTO_REPLY, "it says of itself that it is an automatic reply (RFC 3834)"
    if (mail.header("precedence") or "").casefold().replace("-", "_") == "auto_reply":
        return Kind.AUTO_REPLY, "its Precedence is auto_reply"
    automatic = any(
        mail.header(name) for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from")
    )
    if automatic and (mail.header("x-autoreply") or "yes").casefold() != "no":
        return Kind.AUTO_REPLY, "a header says that it is an automatic reply"
    if away and (look.subject.startswith(away) or submitted or (len(away) > 9 and not _label(look.top))):
        return Kind.AUTO_REPLY, f"its subject says so: {away}"
    if (submitted or look.reply) and _any(words.AWAY_TEXTS, look.top):
        return Kind.AUTO_REPLY, "its text tells of an absence"
    ordered = _label(look.own) or words.ORDER.search(look.subject)
    if subject and not ordered and _any(words.BOUNCE_TEXTS, look.own):
        return Kind.BOUNCE, "its subject and text say that a mail was not delivered"
    if words.STATUS.search(look.own[:2000]) and not ordered and _any(words.BOUNCE_TEXTS, look.own):
        return Kind.BOUNCE, "its text is that of a mail server's refusal"
    if daemon and local in words.DAEMONS:
        return Kind.BOUNCE, f"it comes from {local}"
    if look.own.startswith(("hi. this is the", "this message was created automatically by mail delivery software")):
        return Kind.BOUNCE, "its text is a mail system's"
    return None


def _by_headers(mail: Mail, documents: tuple[Document, ...], look: _Look) -> _Answer | None:
    name = next((name for name in _LISTS if mail.header(name)), None)
    if (name or mail.header("precedence")) and _is_full_order(documents, look):
        # Orders reach a group address (orders@) through a list too; manners will not answer them.
        return None
    if name:
        return Kind.BULK, f"it comes through a mailing list (header {name})"
    precedence = (mail.header("precedence") or "").casefold().strip()
    if precedence in {"bulk", "list", "junk"}:
        return Kind.BULK, f"its Precedence is {precedence}"
    if _any(words.NEWS_SUBJECTS, look.subject):
        return Kind.BULK, "its subject is a newsletter's"
    return None


def _is_full_order(documents: tuple[Document, ...], look: _Look) -> bool:
    """A numbered order with its lines, which no newsletter is."""
    if any(messages.kind(message) in ORDERS for document in documents for message in document.messages):
        return True
    numbered = _label(look.own)
    return numbered is not None and _items(_signs(documents, look)) and _notice(look, []) is None


def _by_message(documents: tuple[Document, ...], look: _Look) -> _Answer | None:
    """What the structured messages say that they are. What asks for more care goes before what asks for less; beside
    messages that are no orders, only an order with its lines is one."""
    found = [(document.name, message) for document in documents if not document.inline for message in document.messages]
    kinds = [what for _, message in found if (what := messages.kind(message)) is not Kind.OTHER]
    if not kinds:
        return None
    what = next((kind for kind in (Kind.CANCELLATION, Kind.CHANGE, Kind.ORDER) if kind in kinds), kinds[0])
    name, message = next((name, message) for name, message in found if messages.kind(message) is what)
    if what in {Kind.CANCELLATION, Kind.CHANGE}:
        return what, f"{name} says so by its own form: {message.form} {message.name}"
    told = _by_title(documents, look)
    if what is Kind.ORDER:
        if told[0] in {Kind.CANCELLATION, Kind.CHANGE}:
            return told
    elif told[0] in ORDERS and _items(_signs(documents, look)):
        return told
    return what, f"{name} says so by its own form: {message.form} {message.name}"


def _label(text: str) -> str | None:
    found = words.LABEL.search(text)
    return " ".join(found[0].split()) if found else None


def _by_title(documents: tuple[Document, ...], look: _Look) -> _Answer:
    """What the subject, the titles and the writer's own words say."""
    signs = _signs(documents, look)
    if not look.reply and not _any(words.CANCEL_SUBJECTS, look.subject + " ") and (notice := _notice(look, signs)):
        return notice
    cancel = _any(words.CANCEL_TEXTS, look.own) or (not look.reply and _any(words.CANCEL_SUBJECTS, look.subject + " "))
    if (
        cancel
        and (words.ORDER.search(look.full) or words.ORDER.search(look.own))
        and "stornorechnung" not in look.subject
    ):
        return Kind.CANCELLATION, f"it speaks of an order and says: {cancel}"
    change = _any(words.CHANGE_TEXTS, look.own) or (not look.reply and _any(words.CHANGE_SUBJECTS, look.subject))
    if change and (words.ORDER.search(look.full) or words.ORDER.search(look.own)):
        return Kind.CHANGE, f"it speaks of an order and says: {change}"
    if not look.reply:
        told = _not_an_order(look, signs, documents)
        if told is not None:
            return told
    if look.reply and not [sign for sign in signs if not sign.weak]:
        return Kind.REPLY, "it answers a mail and orders nothing new"
    if signs:
        return Kind.ORDER, "; ".join(dict.fromkeys(sign.text for sign in signs[:3]))
    return Kind.OTHER, "nothing in it looks like an order"


def _notice(look: _Look, signs: "list[_Sign]") -> _Answer | None:
    """What a shop, a carrier or a supplier writes about an order that it has."""
    delivery = _any(words.DELIVERY, look.subject)
    if words.ASKED.search(look.subject) and words.ORDER.search(look.subject):
        return None
    buyers = words.BUYERS_ORDER.search(look.subject)
    if delivery and not (buyers and buyers.start() < look.subject.find(delivery) and _items(signs)):
        return Kind.DELIVERY_NOTICE, f"its subject says: {delivery}"
    thanks = _any(words.THANKS, look.own[:3000])
    response = _any(words.RESPONSE, look.subject) or (yours[0] if (yours := words.YOURS.search(look.subject)) else None)
    if thanks or (response and not ("your" not in response and _any(words.BUYERS, look.own) and _items(signs))):
        return Kind.ORDER_RESPONSE, f"it says: {thanks or response}"
    return None


def _not_an_order(look: _Look, signs: "list[_Sign]", documents: tuple[Document, ...]) -> _Answer | None:
    """Invoices, quotations and other papers, which all speak of orders too."""
    order = words.ORDER.search(look.subject)
    asked = _any(words.ORDER_TEXTS, look.top)
    for pattern, title, kind, noun in (
        (words.INVOICE, words.INVOICE_TITLE, Kind.INVOICE, "an invoice"),
        (words.QUOTE, words.QUOTE_TITLE, Kind.QUOTATION, "a quotation or a request for one"),
    ):
        found = pattern.search(look.subject)
        if found and not asked and (order is None or found.start() < order.start()):
            return kind, f"its subject names {noun}"
        if order is None and not asked and any(title.match(line) for line in look.titles[: _TITLES // 2]):
            return kind, f"its title is that of {noun}"
    if order is None and not asked:
        for line in look.titles[: _TITLES // 2]:
            if len(line) <= 50 and _any(words.DELIVERY, line) and not _items(signs):
                return Kind.DELIVERY_NOTICE, f"its title says: {line}"
            if len(line) <= 50 and line.startswith(words.RESPONSE):
                return Kind.ORDER_RESPONSE, f"its title says: {line}"
    if order is None and not asked and documents:
        told = [paper(document) for document in documents if document.parts and not document.inline]
        # One of several papers may still be an order.
        if told and all(one is not None for one in told):
            return told[0]
        titled = _titled(documents, look)
        if titled is not None:
            return titled
    if _any(words.PAYMENT_SUBJECTS, look.subject) and order is None:
        return Kind.OTHER, "its subject speaks of a payment"
    return None


def _titled(documents: tuple[Document, ...], look: _Look) -> _Answer | None:
    """What every sheet, page and delimited text calls itself. A list of anything that states an order's number goes to
    a person, for somebody may order with it."""
    attached = [one for one in documents if (one.parts or one.media_type == "text/csv") and not one.inline]
    told = [other_paper(document) for document in attached]
    if not told or any(one is None for one in told):
        return None
    kind, title = next(one for one in told if one is not None)
    if kind is Kind.OTHER and _label(look.own):
        return None
    return kind, f"{attached[0].name} calls itself: {title}"


@dataclass(frozen=True, slots=True)
class _Sign:
    """A sign of an order. A weak one counts in a new mail, not in an answer: it may come from what is answered."""

    text: str
    weak: bool = False
    item: bool = False


def _items(signs: list[_Sign]) -> bool:
    return any(sign.item for sign in signs)


def _signs(documents: tuple[Document, ...], look: _Look) -> list[_Sign]:
    signs: list[_Sign] = []
    found = words.ORDER.search(look.subject)
    if found:
        signs.append(_Sign(f"its subject says: {found[0].strip()}", weak=True))
    asked = _any(words.ORDER_TEXTS, look.own)
    if asked:
        signs.append(_Sign(f"it says: {asked}"))
    for line in look.titles:
        if len(line) <= 60 and (title := words.ORDER.match(line)):
            signs.append(_Sign(f"a title says: {title[0].strip()}", weak=True))
            break
    label = _label(look.own)
    if label:
        signs.append(_Sign(f"it has the label: {label[:60]}", weak=True))
    for document in documents:
        if not document.inline:
            signs.extend(_document_signs(document))
    if waiting := fetch.asked(documents):
        signs.append(_Sign(f"it asks to fetch an order: {waiting[0]}", weak=True))
    items = _item_lines(look.own)
    if items >= (1 if signs and not look.reply else 2):
        signs.append(_Sign(f"{items} lines name a quantity and an article", item=True))
    return signs


def _document_signs(document: Document) -> list[_Sign]:
    signs = []
    known = labels(GENERAL)
    for number, table in enumerate(document.tables[:20]):
        if table.zone in {Zone.QUOTE, Zone.HIDDEN}:
            continue
        if any(_is_header(row) for row in table.rows[:6]) or any(
            heading_at(table.rows, at, known) is not None or turned(document, number, at, known) is not None
            for at in range(min(20, len(table.rows)))
        ):
            signs.append(_Sign(f"a table in {document.name} has columns for articles and quantities", item=True))
            break
    name = document.name.casefold().rpartition("/")[2]
    if document.problem and words.ORDER_FILE.search(name) and not words.CONFIRMATION_FILE.search(name):
        signs.append(_Sign(f"a file is called {document.name}"))
    return signs


def _is_header(row: tuple[str, ...]) -> bool:
    cells = [cell.casefold().strip(" .:#*") for cell in row[:30] if cell and len(cell) <= 40]
    if len(cells) < 2 or sum(any(char.isdigit() for char in cell) for cell in cells) > len(cells) // 2:
        return False
    quantity = [cell for cell in cells if cell.startswith(words.QUANTITY_COLUMNS)]
    article = [cell for cell in cells if cell.startswith(words.ARTICLE_COLUMNS) and cell not in quantity]
    return bool(quantity) and bool(article)


def _item_lines(text: str) -> int:
    count = 0
    for found in words.ITEM.finditer(text[:_TEXT]):
        end = text.find("\n", found.end())
        line = text[found.start() : end if end >= 0 else found.end() + 160]
        count += words.COUNTED.search(line) is not None or words.CODE.search(line) is not None
        if count >= 5:
            break
    return count
