"""From raw bytes to a Reading: what runs inside the limited child process."""

from dataclasses import replace

from maildaemon import delivered, domains, fetch, pec
from maildaemon.domains import foreign as foreign_domain
from maildaemon.hands import hands
from maildaemon.kind import ANSWERS, UNTOLD, kind_of
from maildaemon.model import ORDERS, Document, Kind, Mail, Order, Reading, Source, Zone
from maildaemon.orderlike import orderlike
from maildaemon.parse import PluginFailed, orders, structured
from maildaemon.parse.labels import labels
from maildaemon.parse.supplier import suppliers
from maildaemon.playbook import GENERAL, Playbook, Profile
from maildaemon.read import bare, looks_like_mail, read
from maildaemon.read.care import NO_CARE, Care
from maildaemon.read.messages import kind as message_kind
from maildaemon.remarks import remarks
from maildaemon.wording import shown

ORDERS_LIMIT = 200
LINES = 60_000


def understand(raw: bytes, playbook: Playbook, care: Care = NO_CARE) -> Reading:
    """Read one mail and what it orders. Raises maildaemon.read.Unreadable for mail that exceeds a bound."""
    mail, documents = read(raw, care)
    return understood(mail, documents, playbook)


def understand_file(name: str, data: bytes, playbook: Playbook, care: Care = NO_CARE) -> Reading:
    """Read a mail or a bare document; content, not the name, tells which. Raises maildaemon.read.Unreadable."""
    mail, documents = read(data, care) if looks_like_mail(data) else bare(name, data, care)
    return understood(mail, documents, playbook)


def understood(mail: Mail, documents: tuple[Document, ...], playbook: Playbook) -> Reading:
    documents = _bounded(documents)
    kind, reason = kind_of(mail, documents)
    unread = tuple(
        f"{document.name}: {document.problem}" for document in documents if document.problem and not document.inline
    )
    profile, doubts = _profile(mail, documents, playbook)
    found, failed = _read(kind, mail, documents, profile)
    if kind is Kind.OTHER and (failed or any(order.lines for order in found)):
        # Its form alone does not tell, but whoever wrote the profile knows what this client's orders look like.
        kind, reason = Kind.ORDER, f"the profile {profile.name} claims it{'' if failed else ' and reads lines in it'}"
    elsewhere: tuple[str, ...] = ()
    if kind in ORDERS:
        doubts = (*doubts, *failed, *structured.beside(documents), *_left_by(profile, documents, found))
        doubts = (*doubts, *_writers(mail, documents))
        elsewhere = fetch.reasons(documents, found)
    else:
        found = ()
    if len(found) > ORDERS_LIMIT:
        doubts = (*doubts, f"{len(found)} orders in one mail, more than {ORDERS_LIMIT}")
        found = found[:ORDERS_LIMIT]
    # What was told by a word or a form of its own is believed; what only bears no sign of an order is looked at again.
    perhaps = orderlike(kind, mail, documents) if reason in {UNTOLD, ANSWERS} else ()
    if kind is Kind.OTHER and unread:
        reason = "no order was found, but not everything could be read"
    # Around a certified mail stand the provider's own sentences, the same in each.
    own = tuple(one for one in documents if "forwarded " in one.name) if pec.is_envelope(mail) else documents
    return Reading(
        mail=mail,
        kind=kind,
        kind_reason=reason,
        profile=profile.name,
        source=_source(documents, profile),
        documents=documents,
        orders=found,
        unread=unread,
        doubts=doubts,
        remarks=remarks(mail, own, found, labels(profile), profile.ignore) if found else (),
        elsewhere=elsewhere,
        suppliers=(*structured.suppliers(documents), *suppliers(documents, labels(profile))) if found else (),
        orderlike=perhaps,
        hands=hands(own) if kind in ORDERS else (),
        delivery_terms=delivered.stated(own, labels(profile)) if found else (),
    )


def _bounded(documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """What lies beyond so many lines of a mail is not read: each costs time, however they are shared out."""
    found, left = [], LINES
    for document in documents:
        left -= len(document.lines)
        if left < 0 and document.lines:
            document = replace(document, lines=(), tables=(), problem=f"the mail has more than {LINES} lines of text")
        found.append(document)
    return tuple(found)


def _read(
    kind: Kind, mail: Mail, documents: tuple[Document, ...], profile: Profile
) -> tuple[tuple[Order, ...], tuple[str, ...]]:
    """What the profile makes of the mail, and how it failed. Of a mail of no kind only a client's own profile is asked:
    no bounce, invoice or newsletter is made an order by whoever claims it."""
    if kind not in ORDERS and (kind is not Kind.OTHER or profile.name == GENERAL.name):
        return (), ()
    try:
        return orders(mail, documents, profile), ()
    except PluginFailed as error:
        return (), (f"the profile {profile.name} failed: {error}",)


def _writers(mail: Mail, documents: tuple[Document, ...]) -> tuple[str, ...]:
    """Only one of them can be the customer, and one who is not named may be anybody."""
    if any(document.author is None and _is_forwarded(document) for document in documents):
        return ("forwarded by the sender; the inner sender cannot be proved: the forwarded text names no address",)
    authors = dict.fromkeys(document.author for document in documents if document.author)
    foreign = {domains.organisation(domain): one for one in authors if (domain := foreign_domain(one, mail.sender))}
    if len(foreign) < 2:
        return ()
    return (f"it holds mails of several writers: {', '.join(shown(one) for one in list(foreign.values())[:3])}",)


def _is_forwarded(document: Document) -> bool:
    """In its text: a mail inside the mail that names no sender is a defect of it already."""
    return "forwarded " not in document.name and any(line.zone is Zone.FORWARD for line in document.lines)


def _left_by(profile: Profile, documents: tuple[Document, ...], found: tuple[Order, ...]) -> tuple[str, ...]:
    """The structured orders that a profile's own reader has not read."""
    if profile.plugin is None:
        return ()
    read = {
        one.document for order in found for one in (order.po_number, *(line.quantity for line in order.lines)) if one
    }
    left = [document.name for document in documents if document.name not in read and _has_order(document)]
    return tuple(f"the profile {profile.name} has not read the message in {name}" for name in left)


def _has_order(document: Document) -> bool:
    return any(message_kind(message) in ORDERS for message in document.messages)


def _source(documents: tuple[Document, ...], profile: Profile) -> Source:
    """As the profile says; without its word an order in a structured message came by EDI."""
    if "source" in profile.model_fields_set:
        return profile.source
    return Source.EDI if any(map(_has_order, documents)) else profile.source


def _profile(mail: Mail, documents: tuple[Document, ...], playbook: Playbook) -> tuple[Profile, tuple[str, ...]]:
    claimants = playbook.claimed(mail, documents)
    if len(claimants) == 1:
        return claimants[0], ()
    if not claimants:
        return playbook.general(), ()
    names = ", ".join(sorted(profile.name for profile in claimants))
    return playbook.general(), (f"more than one profile claims this mail: {names}",)
