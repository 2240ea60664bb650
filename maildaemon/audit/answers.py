"""The acknowledgements: at most one for each order, decided, and to the sender of its mail alone."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Literal

from maildaemon.audit.facts import DecisionFact, Finding, LedgerFacts, MailFact, OutgoingFact
from maildaemon.desk import BRIEF, Answering, MailState, OutgoingState
from maildaemon.log import safe
from maildaemon.model import Action

MAY_HAVE_ARRIVED = frozenset({OutgoingState.SENT, OutgoingState.IN_DOUBT})
AT_LEAST_TRIED = MAY_HAVE_ARRIVED | {OutgoingState.COMMITTING}


def answers(ledger: LedgerFacts) -> Iterator[Finding]:
    """By the ledger alone: what was sent, why, to whom, and how often; and what is in doubt."""
    mails = {mail.id: mail for mail in ledger.mails}
    yield from _twice(ledger, mails)
    yield from _orders(ledger)
    decisions = {decision.mail_id: decision for decision in ledger.decisions}
    by_mail: dict[int, OutgoingFact] = {}
    # Of these the decision of then is lost with the ledger that it stood in.
    taken_in = {event.mail_id for event in ledger.events if event.type == "taken-in"}
    settled = {event.mail_id for event in ledger.events if event.type == "settled"}
    for message in ledger.outgoing:
        if message.kind != BRIEF and (message.state != OutgoingState.WITHDRAWN or message.mail_id not in by_mail):
            by_mail[message.mail_id] = message
        mail, decision = mails.get(message.mail_id), decisions.get(message.mail_id)
        if mail is None:
            sentence = f"the answer {message.message_id} answers mail {message.mail_id}, which is not there"
            yield Finding("off", "answer-alone", message.message_id, sentence)
            continue
        if message.state not in set(OutgoingState):
            sentence = f"the answer {message.message_id} is in no state that there is: {message.state!r}"
            yield Finding("off", "answer-state", message.message_id, sentence)
        must = message.state in AT_LEAST_TRIED and message.mail_id not in settled
        if message.kind == BRIEF:
            yield from _brief(mail, message, decision)
        else:
            if must and not _is_decided(decision, message):
                what = "acknowledges no order" if message.kind == Answering.ACK else "does not say that it came before"
                sentence = f"{mail.name} was answered, and its decision {what}"
                yield Finding("off", "not-decided", message.message_id, sentence)
            yield from _recipient(mail, message)
        if message.state == OutgoingState.IN_DOUBT:
            since = f"{message.settled_at:%Y-%m-%d %H:%M} UTC" if message.settled_at else "an unknown time"
            how = "a person was told" if message.parked else "the archive is searched for it"
            sentence = f"in doubt: {message.message_id} to {safe(message.recipient)} since {since}; {how}"
            yield Finding("note", "in-doubt", message.message_id, sentence)
    for mail in ledger.mails:
        decision, answer = decisions.get(mail.id), by_mail.get(mail.id)
        must = mail.state == MailState.ACKNOWLEDGED and decision is not None and decision.reply
        if must and mail.id not in taken_in and (answer is None or answer.state != OutgoingState.SENT):
            what = f"is {answer.state}" if answer is not None else "is not there"
            yield Finding("off", "unanswered", str(mail.id), f"{mail.name} is acknowledged, and its answer {what}")


def _is_decided(decision: DecisionFact | None, message: OutgoingFact) -> bool:
    if decision is None or not decision.reply:
        return False
    return decision.acknowledges if message.kind == Answering.ACK else bool(decision.repeats)


def _recipient(mail: MailFact, message: OutgoingFact) -> Iterator[Finding]:
    """It goes to the one address that the mail came from (see reply/answer.py), in the envelope and in its head."""
    told = {mail.sender, mail.reader_sender, message.to, message.recipient}
    if len({(address or "").casefold() for address in told}) > 1:
        sentence = (
            f"{mail.name} came from {safe(mail.reader_sender or mail.sender)}, and its answer {message.message_id} "
            f"goes to {safe(message.recipient)} (To: {safe(message.to)})"
        )
        yield Finding("off", "recipient", message.message_id, sentence)


def _brief(mail: MailFact, message: OutgoingFact, decision: DecisionFact | None) -> Iterator[Finding]:
    """A word without detail goes to the address on record that was decided."""
    told = {message.to, message.recipient, decision.brief if decision is not None else None}
    if len({(address or "").casefold() for address in told}) > 1:
        sentence = (
            f"{mail.name}: the word {message.message_id} that an order came goes to {safe(message.recipient)} "
            f"(To: {safe(message.to)}), and that was not decided"
        )
        yield Finding("off", "recipient", message.message_id, sentence)


def _twice(ledger: LedgerFacts, mails: dict[int, MailFact]) -> Iterator[Finding]:
    """Two answers that have arrived or may have: for one mail, for one reference of ours, for one order of a client."""
    gone: dict[int, list[OutgoingFact]] = defaultdict(list)
    for message in ledger.outgoing:
        if message.kind != BRIEF and message.state in MAY_HAVE_ARRIVED:
            gone[message.mail_id].append(message)
    told = _acknowledged(ledger)
    for mail_id, messages in gone.items():
        if len(messages) > 1:
            # An order that the first message said was still being checked is answered later.
            sets = [told.get(message.message_id) or frozenset() for message in messages]
            if all(sets) and len(frozenset().union(*sets)) == sum(map(len, sets)):
                continue
            both = " and ".join(message.message_id for message in messages)
            level: Literal["off", "note"] = "note" if any(m.salted is None for m in messages) else "off"
            yield Finding(level, "answered-twice", str(mail_id), f"mail {mail_id} has two answers: {both}")
    arrived = {mail_id: those for mail_id, those in gone.items() if any(one.kind == Answering.ACK for one in those)}
    yield from _told_twice(ledger, {mail_id for mail_id in gone if mail_id not in arrived})
    references: dict[str, set[int]] = defaultdict(set)
    orders: dict[tuple[object, ...], set[int]] = defaultdict(set)
    for order in ledger.orders:
        if order.mail_id not in arrived or order.action != Action.ACKNOWLEDGE:
            continue
        references[order.reference].add(order.mail_id)
        kind = mails[order.mail_id].kind if order.mail_id in mails else None
        orders[order.customer or order.sender, order.po_key, order.digest, kind].add(order.mail_id)
    for reference, those in references.items():
        if len(those) > 1:
            sentence = f"the order {reference} was acknowledged for {_mails(those)}"
            yield Finding("off", "reference-twice", reference, sentence)
    for (whose, po_key, digest, _), those in orders.items():
        if len(those) > 1:
            sentence = (
                f"the same order of {safe(whose)} (PO number {safe(po_key)}) was acknowledged for {_mails(those)}"
            )
            # A person who has seen the second one and let it go has decided so.
            alone = sum(
                any(not (message.released or message.approved) for message in arrived[mail_id]) for mail_id in those
            )
            yield Finding("off" if alone > 1 else "note", "order-twice", f"{whose} {po_key} {digest}", sentence)


def _acknowledged(ledger: LedgerFacts) -> dict[str, frozenset[str]]:
    """Which orders each message speaks of, by our references: what was written down with it, else those that were
    decided without a person."""
    by_digest = {(message.mail_id, message.salted): message.message_id for message in ledger.outgoing if message.salted}
    alone = {decision.mail_id: decision.alone for decision in ledger.decisions}
    found: dict[str, frozenset[str]] = {}
    for event in ledger.events:
        if event.type in {"decided", "decided-again", "ruled"} and event.mail_id is not None:
            facts = _facts(event.link.body)
            message_id = by_digest.get((event.mail_id, str(facts.get("answer"))))
            if message_id is not None:
                decided = alone.get(event.mail_id, frozenset()) if event.type != "ruled" else ()
                own = facts.get("orders", decided)
                found[message_id] = frozenset(map(str, own))
    return found


def _facts(body: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _told_twice(ledger: LedgerFacts, repeating: set[int]) -> Iterator[Finding]:
    """That an order came before is said once."""
    told: dict[str, set[int]] = defaultdict(set)
    for decision in ledger.decisions:
        if decision.mail_id in repeating:
            for reference in decision.repeats:
                told[reference].add(decision.mail_id)
    for reference, those in told.items():
        if len(those) > 1:
            sentence = f"that the order {reference} came before was said for {_mails(those)}"
            yield Finding("off", "told-twice", reference, sentence)


def _orders(ledger: LedgerFacts) -> Iterator[Finding]:
    """The orders of each decision are written down, so that a repeat is recognised."""
    written: dict[int, set[str]] = defaultdict(set)
    for order in ledger.orders:
        written[order.mail_id].add(order.reference)
    for decision in ledger.decisions:
        if decision.salted != "" and set(decision.references) != written.get(decision.mail_id, set()):
            sentence = f"mail {decision.mail_id}: the orders in the ledger are not those that were decided"
            yield Finding("off", "orders", str(decision.mail_id), sentence)


def _mails(ids: set[int]) -> str:
    return " and ".join(f"mail {i}" for i in sorted(ids))
