"""A Reading and what is known → the Decision: match, judge, plan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from maildaemon import domains, identity
from maildaemon.deck import Deck
from maildaemon.holding import KNOWN, not_known, overdue, softened, together, unfired
from maildaemon.judge import judge_mail, judge_order
from maildaemon.manners import is_our_note, no_answer
from maildaemon.match import match, questions
from maildaemon.matrix import COMPLETE, Row, incomplete
from maildaemon.model import (
    ORDERS,
    Action,
    Decision,
    Filing,
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
from maildaemon.wording import code_key


@dataclass(frozen=True, slots=True)
class Stand:
    """From where a mailbox's mail is judged: who we are, and whom we believe."""

    own_domains: frozenset[str] = frozenset()
    own_addresses: frozenset[str] = frozenset()
    authserv_id: str | None = None
    name: str | None = None
    secret: bytes = b""


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
    arrived: datetime | None = None,
) -> Decision:
    """The decision, out of values alone. ``known`` holds one per order; ``content`` identifies the mail; ``junk``: it
    lies in the junk folder; ``twin`` and ``old`` as in :class:`maildaemon.desk.Pending`; ``arrived``: when it came,
    from where on the time counts for which an order is held."""
    if is_our_note(reading.mail, stand.own_domains):
        return Decision(Action.IGNORE, reading.kind, reason="it is a note of our own")
    judged: list[Judged] = []
    of_mail: tuple[Objection, ...] = ()
    if reading.kind in ORDERS:
        ours = (stand.name, *stand.own_domains) if stand.name else ()
        of_mail = judge_mail(reading, junk=junk, twin=twin, authserv_id=stand.authserv_id, old=old, ours=ours)
    taken: tuple[Reservation, ...] = ()
    for index, (order, facts) in enumerate(zip(reading.orders, known, strict=True)):
        order = replace(order, source=reading.source, profile=reading.profile)
        matched = match(order, reading.mail, facts, author(reading))
        if playbook.shipping is not None:
            # Orders of one mail share what is there, the first first, whatever becomes of it.
            facts = replace(facts, reserved=(*facts.reserved, *taken))
            matched = replace(matched, promise=promise(matched, facts, playbook.shipping))
            taken = (*taken, *_takes(matched, "", facts.at))
        row = playbook.matrix.find(matched)
        objections, proved = _judged(index, matched, facts, playbook.deck_of(row), row)
        objections = overdue(objections, row, facts.at, arrived)
        reference = identity.reference(stand.secret, content, index)
        judged.append(Judged(matched, reference, objections, proved, row))
    silent = no_answer(reading.mail, reading.kind, stand.own_domains, stand.own_addresses)
    decision = plan(reading, together(judged, of_mail), of_mail, silent)
    if junk and reading.kind not in ORDERS:
        # What is no order stays where a person, or a filter, has put it.
        return replace(decision, action=Action.IGNORE, objections=(), filing=Filing.STAY, reason=reading.kind_reason)
    return decision


def _judged(
    index: int, order: Order, known: Known, deck: Deck, row: Row
) -> tuple[tuple[Objection, ...], tuple[str, ...]]:
    """What speaks against the order, and the rules that are content. One whose trigger has not fired is not judged."""
    if waiting := unfired(index, order, known, row):
        return waiting, ()
    objections, proved = judge_order(index, order, known, deck)
    missing, unknown = incomplete(index, order, row), tuple(not_known(index, known, row))
    if row.required and not missing:
        proved = (COMPLETE, *proved)
    if known.facts and not unknown:
        proved = (KNOWN, *proved)
    return (*unknown, *missing, *softened(objections, deck, order, known, row)), proved


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
        self._by_key: dict[str, list[OrderSeen]] = {}
        self._reserved: dict[str, list[Reservation]] = {}
        self.open_orders = 0
        self.add(seen)

    def reserve(self, reserved: Iterable[Reservation]) -> None:
        found = tuple(reserved)
        for one in found:
            self._reserved.setdefault(code_key(one.sku), []).append(one)
        self.open_orders += len({one.reference for one in found})

    def spoken_for(self, known: Known, reserved: Iterable[Reservation] = (), open_orders: int = 0) -> Known:
        """With what was taken of its articles: what is written down already, and by the earlier orders of the batch."""
        keys = {code_key(stock.sku) for stock in known.stock}
        written = [one for one in reserved if code_key(one.sku) in keys]
        taken = [one for key in sorted(keys) for one in self._reserved.get(key, ())]
        return replace(known, reserved=(*written, *taken), open_orders=open_orders + self.open_orders)

    def add(self, seen: Iterable[OrderSeen]) -> None:
        for order in seen:
            for key in _keys(order.digest, order.po_number):
                self._by_key.setdefault(key, []).append(order)

    def like(self, question: Questions) -> tuple[OrderSeen, ...]:
        """Those with the same content or the same PO number, whoever sent them, the earliest first."""
        found = [order for key in _keys(question.digest, question.po_number) for order in self._by_key.get(key, ())]
        return tuple(sorted(dict.fromkeys(found), key=lambda order: order.received_at))


def _keys(digest: str, po_number: str | None) -> tuple[str, ...]:
    return (f"digest {digest}", f"po {identity.po_key(po_number)}") if po_number else (f"digest {digest}",)
