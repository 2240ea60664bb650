"""The chains of events: unbroken, and telling the same as the tables."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from maildaemon.audit.facts import DecisionFact, EventFact, Finding, LedgerFacts, MailFact, OutgoingFact, RawFact
from maildaemon.chain import broken
from maildaemon.desk import MailState, OutgoingState
from maildaemon.model import Action

BEGINS = ("received", "listed", "known", "vanished")
NEEDS = {
    MailState.NEW: ("received",),
    MailState.DECIDED: ("received", "decided"),
    MailState.ACKNOWLEDGED: ("received", "decided", "filed"),
    MailState.HELD: ("received", "decided", "filed"),
    MailState.REVIEW: ("received", "decided", "filed"),
    MailState.IGNORED: ("received", "decided", "filed"),
    MailState.OBSERVED: ("received", "decided"),
    MailState.LISTED: ("listed",),
    MailState.KNOWN: ("known",),
    MailState.VANISHED: ("vanished",),
    MailState.REJECTED: ("received", "decided", "ruled", "filed"),
    MailState.NOT_AN_ORDER: ("received", "decided", "ruled", "filed"),
}
"""The events that must have led to a state."""
SETTLED = {
    OutgoingState.SENT: ("sent", "settled"),
    OutgoingState.FAILED: ("failed",),
    OutgoingState.IN_DOUBT: ("in_doubt",),
    OutgoingState.WITHDRAWN: ("withdrawn",),
}
"""The events one of which must have led to the end of an outgoing message."""

ENDED = ("superseded", "cancelled")
"""The events that tell that an order of the mail does not count any more."""


DECIDED = ("decided", "decided-again")


class Told(NamedTuple):
    """One event, read."""

    seq: int
    type: str
    facts: dict[str, Any]


def chains(ledger: LedgerFacts) -> Iterator[Finding]:
    """Every chain holds, every event belongs to a mail that is there, every state has its events and no event tells of
    more than the state; the bodies that stand in the chain by their digests are those that the tables hold."""
    yield from _links(ledger.events)
    stories: dict[int, list[Told]] = defaultdict(list)
    met: set[tuple[str, str]] = set()
    mails = {mail.id: mail for mail in ledger.mails}
    for event in ledger.events:
        facts = _read(event)
        if facts is None:
            where = f"{event.mailbox}, event {event.link.seq}"
            yield Finding("off", "event", where, f"{where}: its columns say something else than its body")
            continue
        if event.type == "first-contact":
            met.add((event.mailbox, str(facts.get("folder"))))
        if event.mail_id is None:
            continue
        mail = mails.get(event.mail_id)
        if mail is None:
            sentence = f"mail {event.mail_id} is not in the ledger, and {event.mailbox} has events of it"
            if event.mail_id not in stories:
                yield Finding("off", "mail-gone", str(event.mail_id), sentence)
        elif mail.place.mailbox != event.mailbox:
            sentence = f"{mail.name} has an event in the chain of {event.mailbox}"
            yield Finding("off", "event-elsewhere", f"{event.mailbox} {event.link.seq}", sentence)
        stories[event.mail_id].append(Told(event.link.seq, event.type, facts))
    for mailbox, folder in sorted(ledger.contacts - met):
        sentence = f"{mailbox}: the first contact with {folder!r} has no event"
        yield Finding("off", "contact", f"{mailbox} {folder}", sentence)
    yield from _stories(ledger, stories)
    yield from _raws(ledger.raws)


def _links(events: Sequence[EventFact]) -> Iterator[Finding]:
    by_mailbox: dict[str, list[EventFact]] = defaultdict(list)
    for event in events:
        by_mailbox[event.mailbox].append(event)
    for mailbox, own in by_mailbox.items():
        seq = broken(event.link for event in own)
        if seq is not None:
            sentence = f"{mailbox}: the chain of events is broken at link {seq}: one was changed, added or taken away"
            yield Finding("off", "chain", mailbox, sentence)


def _read(event: EventFact) -> dict[str, Any] | None:
    """What an event says; None: not what its columns say."""
    try:
        facts = json.loads(event.link.body)
    except ValueError:
        return None
    if not isinstance(facts, dict) or (facts.get("type"), facts.get("mail")) != (event.type, event.mail_id):
        return None
    return facts


# --- each mail's story ------------------------------------------------------------------------------------------------


def _stories(ledger: LedgerFacts, stories: dict[int, list[Told]]) -> Iterator[Finding]:
    raws = {raw.content: raw for raw in ledger.raws}
    decisions = {decision.mail_id: decision for decision in ledger.decisions}
    sent: dict[int, list[OutgoingFact]] = defaultdict(list)
    for message in ledger.outgoing:
        sent[message.mail_id].append(message)
    for mail in ledger.mails:
        story = stories.get(mail.id, [])
        yield from _states(mail, story)
        yield from _received(mail, story, raws)
        yield from _decided(mail, decisions.get(mail.id), story, sent[mail.id])
        for message in sent[mail.id]:
            yield from _settled(mail, message, story)


def _decided(
    mail: MailFact, decision: DecisionFact | None, story: Sequence[Told], sent: Sequence[OutgoingFact]
) -> Iterator[Finding]:
    """It was decided once, and once more for each time that a person had it read again, or an order of it had waited;
    what stands is what was decided then, or what the last person has made of it."""
    again = max((told.seq for told in story if _is_reread(told)), default=0)
    decided = [told for told in story if told.type == "decided"]
    rulings = [told for told in story if told.type in DECIDED and told.seq > again]
    rereads = sum(_is_reread(told) for told in story)
    if len(decided) > 1 + rereads:
        yield Finding("off", "decided-twice", str(mail.id), f"{mail.name} was decided {len(decided)} times")
    # What was held is decided again; the last word counts.
    if rulings and (decision is None or decision.salted not in {None, rulings[-1].facts.get("decision")}):
        yield Finding("off", "decision", str(mail.id), f"{mail.name}: its decision is not the one that was made")
    if any(told.facts.get("action") != Action.HOLD and not told.facts.get("waits") for told in rulings[:-1]):
        yield Finding("off", "decided-twice", str(mail.id), f"{mail.name} was decided again, and had not waited")
    if decision is not None and not rulings:
        yield Finding("off", "undecided", str(mail.id), f"{mail.name} has a decision that no event tells of")
    # What a person has made of it holds what was decided later of its other orders.
    ruled = [told.facts[name] for told in story if (name := _ruling(told)) and told.seq > again]
    what = ruled[-1] if ruled else None
    if decision is not None and decision.salted is not None and decision.ruled != what:
        sentence = f"{mail.name}: what a person is said to have decided is not what a person decided"
        yield Finding("off", "ruling", str(mail.id), sentence)
    for told in story:
        answer = told.facts.get("answer") if told.type in {*DECIDED, "ruled"} else None
        if answer is not None and not {answer, None} & {message.salted for message in sent}:
            yield Finding("off", "answer", str(mail.id), f"{mail.name}: its answer is not the one that was written")


def _ruling(told: Told) -> str | None:
    """By which of its facts an event tells what a person has made of a decision."""
    name = "decision" if told.type == "ruled" else "ruled" if told.type == "decided-again" else None
    return name if name in told.facts else None


def _is_reread(told: Told) -> bool:
    return told.type == "ruled" and told.facts.get("what") == "reread" and not told.facts.get("refused")


def _states(mail: MailFact, story: Sequence[Told]) -> Iterator[Finding]:
    types = [told.type for told in story]
    if "taken-in" in types:
        types.append("ruled")  # who said so is lost with the ledger that it stood in
    lacking = [need for need in NEEDS.get(MailState(mail.state), ()) if need not in types] if _is_one(mail) else []
    if lacking:
        sentence = f"{mail.name} is {mail.state}, and no event tells that it was {' and '.join(lacking)}"
        yield Finding("off", "no-event", str(mail.id), sentence)
    beyond = {MailState.NEW: "decided", MailState.OBSERVED: "filed"}.get(MailState(mail.state)) if _is_one(mail) else ""
    # What a person has had read again is as if it had just come.
    again = next((place for place, told in reversed(list(enumerate(story))) if _is_reread(told)), -1)
    since = [told.type for told in story[again + 1 :]]
    # A released answer that failed brings a filed mail back to be filed; then it is not the last event.
    if (beyond and beyond in since) or (mail.state == MailState.DECIDED and types[-1:] == ["filed"]):
        sentence = f"{mail.name} is {mail.state}, and its events tell that it was {beyond or 'filed'} already"
        yield Finding("off", "set-back", str(mail.id), sentence)
    begun = next((told for told in reversed(story) if told.type in {*BEGINS, "found-again"}), None)
    if begun is not None and begun.facts.get("uid") != mail.place.uid:
        sentence = f"{mail.name}: its events name another UID, {begun.facts.get('uid')}"
        yield Finding("off", "uid", str(mail.id), sentence)


def _is_one(mail: MailFact) -> bool:
    return mail.state in set(MailState)


def _received(mail: MailFact, story: Sequence[Told], raws: dict[str, RawFact]) -> Iterator[Finding]:
    """The raw bytes are there, and are those that came."""
    came = next((told.facts.get("raw") for told in story if told.type == "received"), None)
    raw = raws.get(mail.content or "")
    if raw is None:
        if came is not None or (mail.content and mail.state != MailState.KNOWN):
            yield Finding("off", "no-bytes", str(mail.id), f"{mail.name}: its bytes are not there")
    elif came is not None and raw.held is not None and raw.held.salted != came:
        yield Finding("off", "other-bytes", str(mail.id), f"{mail.name}: its bytes are not those that came")


def _settled(mail: MailFact, message: OutgoingFact, story: Sequence[Told]) -> Iterator[Finding]:
    own = [told for told in story if told.facts.get("message") == message.message_id]
    needed = SETTLED.get(OutgoingState(message.state), ()) if message.state in set(OutgoingState) else ()
    if needed and not any(told.type in needed for told in own):
        sentence = f"the answer {message.message_id} of {mail.name} is {message.state}, and no event tells of it"
        yield Finding("off", "answer-no-event", message.message_id, sentence)
    gone = next((told for told in own if told.type in SETTLED[OutgoingState.SENT]), None)
    if gone is not None and message.state != OutgoingState.SENT:
        sentence = (
            f"the answer {message.message_id} of {mail.name} is {message.state}, and its events tell that it was sent"
        )
        yield Finding("off", "answer-set-back", message.message_id, sentence)
    written = _written(message, story)
    theirs = written.facts.get("orders") if written is not None else None
    ends = (told for told in story if told.type in ENDED and _is_of(told, theirs))
    ended = next((told.seq for told in ends if message.message_id not in told.facts.get("leaving", ())), None)
    if gone is not None and gone.type == "sent" and ended is not None and ended < gone.seq:
        sentence = f"the answer {message.message_id} of {mail.name} was sent after its order had ended"
        yield Finding("off", "ended-answer", message.message_id, sentence)
    decided = written.seq if written is not None else next((t.seq for t in story if t.type in DECIDED), None)
    if gone is not None and (decided is None or decided > gone.seq):
        sentence = f"the answer {message.message_id} of {mail.name} was sent before it was decided"
        yield Finding("off", "undecided-answer", message.message_id, sentence)


def _written(message: OutgoingFact, story: Sequence[Told]) -> Told | None:
    """The event that tells of the decision by which the message was written; None: none does, or the salt is gone."""
    by = {*DECIDED, "ruled"}
    found = (
        told for told in story if told.type in by and message.salted and told.facts.get("answer") == message.salted
    )
    return next(found, None)


def _is_of(ended: Told, orders: Any) -> bool:
    """It is one of these orders, by our references, that has ended; where they are not known, it may be any."""
    return not isinstance(orders, list) or ended.facts.get("order") in {None, *orders}


def _raws(raws: Sequence[RawFact]) -> Iterator[Finding]:
    """The stored bytes are what their row says of them."""
    for raw in raws:
        if raw.erased:
            continue
        about = raw.content[:12]
        if raw.held is None:
            yield Finding("off", "raw", raw.content, f"the bytes of mail {about} cannot be unpacked")
        elif (raw.held.sha256, raw.held.size, raw.held.content) != (raw.sha256, raw.size, raw.content):
            yield Finding("off", "raw", raw.content, f"the bytes of mail {about} do not hash right: they were changed")
