"""The audit: is everything as promised, by the ledger and by the servers."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from maildaemon.audit.answers import answers
from maildaemon.audit.archive import archived
from maildaemon.audit.chain import chains
from maildaemon.audit.facts import Finding, LedgerFacts, MailFact, OutgoingFact, ServerFacts, Terms
from maildaemon.audit.folders import folders
from maildaemon.desk import MailState, OutgoingState
from maildaemon.model import Mode

ON_THEIR_WAY = frozenset({OutgoingState.READY, OutgoingState.SENDING, OutgoingState.COMMITTING})
IN_FLIGHT = frozenset({MailState.NEW, MailState.DECIDED})
LOOKED_AT = {
    MailState.IGNORED: "no order, or one that we have",
    MailState.OBSERVED: "only looked at, in shadow mode",
    MailState.LISTED: "there before the first contact",
    MailState.KNOWN: "the same mail met again",
    MailState.VANISHED: "gone before it could be fetched",
    MailState.REJECTED: "rejected by a person",
    MailState.NOT_AN_ORDER: "no order, says a person",
}
"""The states that count as ignored, in plain words."""


@dataclass(frozen=True, slots=True)
class Balance:
    """How the UIDs ever seen have ended: ``seen`` is the sum of the others. ``looked_at`` tells how many of the ignored
    are in which state."""

    acknowledged: int = 0
    held: int = 0
    review: int = 0
    ignored: int = 0
    quarantined: int = 0
    in_flight: int = 0
    looked_at: tuple[tuple[MailState, int], ...] = ()

    @property
    def seen(self) -> int:
        return self.acknowledged + self.held + self.review + self.ignored + self.quarantined + self.in_flight

    def __str__(self) -> str:
        return (
            f"seen {self.seen} = acknowledged {self.acknowledged} + held {self.held} + review {self.review} + "
            f"ignored {self.ignored} + quarantined {self.quarantined} + in flight {self.in_flight}"
        )


@dataclass(frozen=True, slots=True)
class Audit:
    """``boxes`` has the balance of each mailbox; the findings that are off come first."""

    balance: Balance
    boxes: tuple[tuple[str, Balance], ...]
    findings: tuple[Finding, ...]

    @property
    def off(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level == "off")

    @property
    def notes(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level == "note")

    def still(self, later: "Audit") -> "Audit":
        """What a later look still finds off: what was only on its way in the first one is no finding."""
        here = {(finding.what, finding.about) for finding in self.off}
        kept = [found for found in later.findings if found.level == "note" or (found.what, found.about) in here]
        return Audit(later.balance, later.boxes, tuple(kept))


def audit(ledger: LedgerFacts, server: ServerFacts | None, terms: Terms, now: datetime) -> Audit:
    """Everything that can be proved of one snapshot. ``server`` None: it is left out."""
    found = [*_damage(ledger), *_restored(ledger), *chains(ledger), *_in_flight(ledger, server, terms, now)]
    found += [*_known(ledger), *answers(ledger)]
    if server is not None:
        found += folders(ledger, server, terms, now)
        if server.archive is not None:
            found += archived(ledger, server.archive, terms, now)
    ordered = sorted(found, key=lambda finding: finding.level != "off")
    kinds = _kinds(ledger, terms)
    boxes = sorted({mail.place.mailbox for mail in ledger.mails} | {box.mailbox for box in terms.boxes})
    each = tuple((box, _balance(m for m in kinds if m[0].place.mailbox == box)) for box in boxes)
    return Audit(_balance(kinds), each, tuple(ordered))


# --- the balance ------------------------------------------------------------------------------------------------------


def _kinds(ledger: LedgerFacts, terms: Terms) -> list[tuple[MailFact, str]]:
    """In which part of the balance each mail is counted."""
    answer = {message.mail_id: message for message in ledger.outgoing}
    return [(mail, _kind(mail, answer.get(mail.id), terms)) for mail in ledger.mails]


def _kind(mail: MailFact, answer: OutgoingFact | None, terms: Terms) -> str:
    if mail.state in {MailState.ACKNOWLEDGED, MailState.HELD}:
        return mail.state
    if mail.state == MailState.REVIEW:
        return "review" if mail.read else "quarantined"
    if mail.state in set(LOOKED_AT):
        return "ignored"
    waits = answer is not None and answer.state == OutgoingState.HELD
    # Shadow mode moves nothing, also not what an earlier mode has left.
    left = mail.state == MailState.DECIDED and terms.mode is Mode.SHADOW
    return "held" if waits or left else "in_flight"


def _balance(kinds: Iterable[tuple[MailFact, str]]) -> Balance:
    counts: Counter[str] = Counter()
    states: Counter[str] = Counter()
    for mail, kind in kinds:
        counts[kind] += 1
        if kind == "ignored":
            states[mail.state] += 1
    return Balance(**counts, looked_at=tuple((state, states[state]) for state in LOOKED_AT))


# --- what is not as promised ------------------------------------------------------------------------------------------


def _damage(ledger: LedgerFacts) -> Iterator[Finding]:
    for sentence in ledger.damage:
        yield Finding("off", "damage", sentence, f"the database is damaged: {sentence}; restore a backup")


def _restored(ledger: LedgerFacts) -> Iterator[Finding]:
    if ledger.copied_at is not None:
        sentence = (
            f"the ledger is a restored backup of {_time(ledger.copied_at)}: the mode is draft at most, until "
            "maildaemon audit --reconcile has found out what was answered since"
        )
        yield Finding("note", "restored", "", sentence)


def _in_flight(ledger: LedgerFacts, server: ServerFacts | None, terms: Terms, now: datetime) -> Iterator[Finding]:
    """Every mail has an end, or is younger than its limit; and so is every answer that is on its way."""
    answer = {message.mail_id: message for message in ledger.outgoing}
    current = {(f.mailbox, f.folder): f.uidvalidity for f in server.folders} if server is not None else {}
    for mail, kind in _kinds(ledger, terms):
        if mail.state not in set(MailState):
            yield Finding("off", "state", str(mail.id), f"{mail.name} is in no state that there is: {mail.state!r}")
        elif kind == "in_flight":
            since, term = _since(mail, answer.get(mail.id), terms)
            if not _is_within(since, term, now):
                what = "not decided" if mail.state == MailState.NEW else "decided and not filed"
                here = current.get((mail.place.mailbox, mail.place.folder), mail.place.uidvalidity)
                gone = (
                    "" if here == mail.place.uidvalidity else "; its UIDVALIDITY is no more, and it was not met again"
                )
                yield Finding("off", "in-flight", str(mail.id), f"{mail.name} is {what} since {_time(since)}{gone}")
    for message in ledger.outgoing:
        late = not _is_within(message.created_at, terms.sending + terms.in_flight, now)
        if message.state in ON_THEIR_WAY and late:
            sentence = f"the answer {message.message_id} of mail {message.mail_id} is {message.state} since "
            yield Finding("off", "waits", message.message_id, sentence + _time(message.created_at))


def _since(mail: MailFact, answer: OutgoingFact | None, terms: Terms) -> tuple[datetime, timedelta]:
    """Since when it is where it is, and how long it may be."""
    if mail.state == MailState.NEW:
        return mail.received_at, terms.in_flight
    since, term = mail.decided_at or mail.received_at, terms.in_flight
    if answer is not None:
        since = max(filter(None, (since, answer.created_at, answer.settled_at)))
        if answer.state in ON_THEIR_WAY:
            term += terms.sending
        elif answer.state == OutgoingState.IN_DOUBT and not answer.parked:
            term += terms.doubt
    return since, term


def _is_within(since: datetime, term: timedelta, now: datetime) -> bool:
    """A time far ahead was written by a clock that was wrong, and says nothing in favour of the mail."""
    return abs(now - since) <= term


def _known(ledger: LedgerFacts) -> Iterator[Finding]:
    """The same mail is handled once, wherever else it is met; its other rows point at that one."""
    rows = {mail.id: mail for mail in ledger.mails}
    handled: dict[str, MailFact] = {}
    for mail in ledger.mails:
        if mail.state == MailState.KNOWN:
            origin = rows.get(mail.same_as or 0)
            if origin is None:
                sentence = f"{mail.name} is said to be the same as mail {mail.same_as}, which is not there"
                yield Finding("off", "same-as", str(mail.id), sentence)
            elif origin.state == MailState.KNOWN or origin.content != mail.content:
                sentence = f"{mail.name} is said to be the same as mail {mail.same_as}, which it is not"
                yield Finding("off", "same-as", str(mail.id), sentence)
        elif mail.content:
            first = handled.setdefault(mail.content, mail)
            if first is not mail:
                sentence = f"{mail.name} is the same as {first.name}, and was handled once more"
                yield Finding("off", "handled-twice", str(mail.id), sentence)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
