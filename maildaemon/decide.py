"""A Reading and what is known → the Decision: match, judge, plan."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from maildaemon import again, domains, identity
from maildaemon.brief import told
from maildaemon.contents import contents
from maildaemon.deck import Deck
from maildaemon.holding import KNOWN, not_known, overdue, said_since, softened, unfired
from maildaemon.impostor import impostor_doubts
from maildaemon.judge import DELIVERY, UNREPEATED, judge_delivery, judge_mail, judge_order, judge_relation
from maildaemon.manners import is_our_note, no_answer
from maildaemon.match import match, questions
from maildaemon.matrix import COMPLETE, Row, incomplete
from maildaemon.model import (
    ORDERS,
    Action,
    Decision,
    Filing,
    Kind,
    Known,
    Objection,
    Order,
    OrderSeen,
    Questions,
    Reading,
    Reservation,
)
from maildaemon.plan import Judged, plan
from maildaemon.playbook import Playbook
from maildaemon.promise import promise
from maildaemon.signatures import Signature
from maildaemon.stand import Stand
from maildaemon.taken import Taken
from maildaemon.trust import Doubt, sender_doubts

SAME_GOODS = 3
_AHEAD, _STALE = timedelta(days=2), timedelta(days=45)
"""So far may the clock of a client's machine be ahead, and a mail have been on its way."""


def asked(reading: Reading) -> tuple[Questions, ...]:
    """What each order of the mail asks the world."""
    if reading.kind not in ORDERS:
        return ()
    return tuple(questions(order, reading.mail, author(reading)) for order in reading.orders)


def author(reading: Reading) -> str | None:
    """Who wrote the message that was forwarded, as it claims; None where nothing was forwarded. Of several, one who is
    not of the sender's organisation: whatever makes the order somebody else's counts."""
    authors = dict.fromkeys(document.author for document in reading.documents if document.author)
    foreign = next((one for one in authors if domains.foreign(one, reading.mail.sender)), None)
    return foreign or next(iter(authors), None)


def decide(
    reading: Reading,
    known: Sequence[Known],
    playbook: Playbook,
    stand: Stand,
    *,
    content: str,
    junk: bool = False,
    twin: bool = False,
    old: bool = False,
    signatures: Sequence[Signature] = (),
    arrived: datetime | None = None,
) -> Decision:
    """The decision, out of values alone. ``known`` holds one per order; ``content`` identifies the mail; ``junk``: it
    lies in the junk folder; ``twin`` and ``old`` as in :class:`maildaemon.desk.Pending`; ``signatures`` are those of
    the mail that were verified here; ``arrived``: when it came, from where on the time counts for which it is held."""
    if is_our_note(reading.mail, stand.own_domains):
        return Decision(Action.IGNORE, reading.kind, reason="it is a note of our own")
    judged: list[Judged] = []
    of_mail: tuple[Objection, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    if reading.kind in ORDERS:
        ours = (stand.name, *stand.own_domains) if stand.name else ()
        customers = tuple(dict.fromkeys(customer for facts in known for customer in facts.customers))
        recorded = [domain for customer in customers for domain in customer.domains]
        doubts = sender_doubts(reading.mail, stand, signatures, recorded)
        impostors = impostor_doubts(reading.mail, customers, stand.own_domains, stand.name)
        of_mail = judge_mail(reading, junk=junk, twin=twin, doubts=doubts, impostors=impostors, old=old, ours=ours)
        of_mail = (*of_mail, *_out_of_date(reading, arrived or next((facts.at for facts in known if facts.at), None)))
    taken = Taken()
    for index, (order, facts) in enumerate(zip(reading.orders, known, strict=True)):
        order = replace(order, source=reading.source, profile=reading.profile)
        matched = match(order, reading.mail, facts, author(reading))
        matched = replace(matched, relation=again.relation(matched, reading.mail, reading.kind, facts.seen))
        if playbook.shipping is not None:
            # Orders of one mail share what is there, the first first, whatever becomes of it.
            facts = replace(facts, reserved=(*facts.reserved, *taken.since(facts.stock)))
            matched = replace(matched, promise=promise(matched, facts, playbook.shipping))
            taken.add(_takes(matched, "", facts.at))
        row = playbook.matrix.find(matched)
        objections, proved = _judged(index, matched, facts, playbook.deck_of(row), row, reading.delivery_terms)
        objections = overdue(objections, row, facts.at, arrived)
        reference = identity.reference(stand.secret, content, index)
        objections = (*objections, *judge_relation(index, matched, objections))
        judged.append(Judged(matched, reference, objections, proved, row))
    silent = no_answer(reading.mail, reading.kind, stand.own_domains, stand.own_addresses)
    if reading.kind is Kind.ORDER and not of_mail and _all_settled(judged, known):
        # Whatever its deck says of each order: nothing of it is new, and that alone was judged.
        judged = [replace(one, found=(_repeated(index, one.order),)) for index, one in enumerate(judged)]
    decision = plan(reading, tuple(judged), of_mail, silent)
    decision = replace(decision, brief=told(decision, reading.mail, stand, doubts, known, odd=junk or twin or old))
    if junk and reading.kind not in ORDERS:
        # What is no order stays where a person, or a filter, has put it.
        return replace(decision, action=Action.IGNORE, objections=(), filing=Filing.STAY, reason=reading.kind_reason)
    return decision


def _out_of_date(reading: Reading, came: datetime | None) -> tuple[Objection, ...]:
    """Where an order states no day, that of its mail stands for it."""
    sent = reading.mail.sent_at
    if sent is None or came is None or all(order.order_date is not None for order in reading.orders):
        return ()
    if -_AHEAD <= came - sent <= _STALE:
        return ()
    reason = f"it states no day, and its mail was written on {sent.date()} and came on {came.date()}"
    return (Objection(None, "mail-is-of-these-days", reason),)


def _judged(
    index: int, order: Order, known: Known, deck: Deck, row: Row, delivery_terms: tuple[str, ...]
) -> tuple[tuple[Objection, ...], tuple[str, ...]]:
    """What speaks against the order, and the rules that are content. One whose trigger has not fired is not judged."""
    since = said_since(index, known)
    if waiting := unfired(index, order, known, row):
        return (*waiting, *since), ()
    objections, proved = judge_order(index, order, known, deck)
    missing, unknown = incomplete(index, order, row), tuple(not_known(index, known, row))
    if row.required and not missing:
        proved = (COMPLETE, *proved)
    if known.facts and not unknown:
        proved = (KNOWN, *proved)
    strange = judge_delivery(index, order, delivery_terms)
    if delivery_terms and not strange:
        proved = (DELIVERY, *proved)
    return (*since, *unknown, *missing, *strange, *softened(objections, deck, order, known, row)), proved


def _all_settled(judged: Sequence[Judged], known: Sequence[Known]) -> bool:
    """Every order of the mail is one that we have already, unchanged; among new ones a repeated one is a riddle."""
    return bool(judged) and all(
        again.is_settled(one.order.relation, one.order, facts.at) for one, facts in zip(judged, known, strict=True)
    )


def _repeated(index: int, order: Order) -> Objection:
    said = again.sentence(order.relation) if order.relation is not None else ""
    return Objection(index, UNREPEATED, f"{said}, unchanged", Action.IGNORE)


def as_seen(decision: Decision, asked_for: Sequence[Questions], seen: OrderSeen) -> tuple[OrderSeen, ...]:
    """The decision's orders as the next mails see them; ``seen`` gives what all of them share."""
    return tuple(
        replace(
            seen,
            reference=decided.reference,
            po_number=question.po_number,
            customer=decided.order.customer.customer.number if decided.order.customer.customer else None,
            sender=question.sender,
            digest=question.digest,
            action=decided.action,
            kind=decision.kind,
            answered=decision.reply,
            repeats=again.repeats(decided.order.relation, decided.action),
            goods=question.goods,
            contents=contents(decided.order),
        )
        for decided, question in zip(decision.orders, asked_for, strict=True)
    )


def reservations(decision: Decision, at: datetime) -> tuple[Reservation, ...]:
    """What the acknowledged orders of a decision speak for, once it is written down."""
    return tuple(
        one
        for decided in decision.orders
        if decided.action is Action.ACKNOWLEDGE
        for one in _takes(decided.order, decided.reference, at)
    )


def _takes(order: Order, reference: str, at: datetime | None) -> tuple[Reservation, ...]:
    return tuple(
        Reservation(line.product.product.sku, line.quantity.value, reference, at)
        for line in order.lines
        if at is not None and line.product.product is not None and line.quantity is not None
    )


class Earlier:
    """Orders seen, and those of the same batch as they are decided, by content and by PO number; with them what they
    speak for."""

    def __init__(self, seen: Iterable[OrderSeen] = ()) -> None:
        self._by_key: dict[str, list[tuple[int, OrderSeen]]] = {}
        self._by_goods: dict[str, deque[tuple[int, OrderSeen]]] = defaultdict(lambda: deque(maxlen=SAME_GOODS))
        self._count = 0
        self._taken = Taken()
        self.open_orders = 0
        self.add(seen)

    def reserve(self, reserved: Iterable[Reservation]) -> None:
        found = tuple(reserved)
        self._taken.add(found)
        self.open_orders += len({one.reference for one in found})

    def spoken_for(self, known: Known, reserved: Iterable[Reservation] = (), open_orders: int = 0) -> Known:
        """With what was taken of its articles: what is written down already, and by the earlier orders of the batch."""
        taken = (*reserved, *self._taken.since(known.stock))
        return replace(known, reserved=taken, open_orders=open_orders + self.open_orders)

    def add(self, seen: Iterable[OrderSeen]) -> None:
        for order in seen:
            self._count += 1
            for key in _keys(order.digest, order.po_number):
                self._by_key.setdefault(key, []).append((self._count, order))
            if order.goods:
                # Of a hundred orders for the same goods the latest are enough: they are only mentioned.
                self._by_goods[order.goods].append((self._count, order))

    def like(self, question: Questions) -> tuple[OrderSeen, ...]:
        """Those with the same content or the same PO number, and the latest for the same goods, whoever sent them, the
        earliest first; those of one batch came at one time, and are told apart by their place in it."""
        found = {
            number: one
            for key in _keys(question.digest, question.po_number)
            for number, one in self._by_key.get(key, ())
        }
        found |= dict(self._by_goods.get(question.goods, ()))
        return tuple(order for _, order in sorted(found.items(), key=lambda item: (item[1].received_at, item[0])))


def _keys(digest: str, po_number: str | None) -> tuple[str, ...]:
    return (f"digest {digest}", f"po {identity.po_key(po_number)}") if po_number else (f"digest {digest}",)
