"""The story: collect, understand, look up, decide, act, with the ledger as the only memory between them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from maildaemon import identity, log, signatures, trust
from maildaemon.act import Filer
from maildaemon.asking import Nobody, Told, ask
from maildaemon.catalogue import Catalogue
from maildaemon.collect import Refused, collect
from maildaemon.decide import Earlier, as_seen, decide, reservations
from maildaemon.desk import (
    Again,
    Facts,
    FolderMissing,
    Later,
    Ledger,
    Mailbox,
    MailboxError,
    Outcome,
    Pending,
    Reader,
    ReadFailure,
)
from maildaemon.house import House
from maildaemon.known import spoken_for
from maildaemon.model import ORDERS, Action, Decision, Kind, Known, Mode, OrderSeen, Questions, Reading, lowest
from maildaemon.outcome import outcome
from maildaemon.plan import bounced, unreadable
from maildaemon.playbook import Playbook
from maildaemon.shunting import or_set_aside, shunted
from maildaemon.slowly import Read, Slowly
from maildaemon.stand import Ground, ground
from maildaemon.waiting import Waiting

REMEMBERED = 5
"""Candidate customers whose earlier orders are looked up, the likeliest first."""
FILE_EVERY = 10
"""Batches of a backlog after which those that are answered are filed."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one mail, for whoever watches."""

    mail_id: int
    sender: str | None
    subject: str
    decision: Decision
    reading: Reading | None
    state: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Mails at the reader, and those that go to a person without it."""

    pendings: list[Pending]
    readings: Callable[[], list[Reading | ReadFailure | Later]]
    failed: list[tuple[Pending, ReadFailure]]


@dataclass(slots=True)
class Story:
    """One mailbox's mail, from the server to its folder. Used by one thread; the parts are shared."""

    house: House
    playbook: Playbook
    mailbox: Mailbox
    ledger: Ledger
    reader: Reader
    catalogue: Callable[[], Catalogue]
    clock: Callable[[], datetime]
    token: Callable[[], str]
    answers: Callable[[], None] = lambda: None
    """Called when answers lie ready in the ledger."""
    hands: Callable[[], bool] = lambda: False
    """Looks what people have done in the folders, and takes their word; True: a mail is to be read again."""
    facts: Facts = field(default_factory=Nobody)
    listener: Callable[[Handled], None] = lambda handled: None  # noqa: ARG005
    stopping: Callable[[], bool] = lambda: False
    alive: Callable[[], None] = lambda: None
    """Called again and again while there is work: a long round is no sign of being stuck."""
    keys: signatures.Ask = lambda names: {}  # noqa: ARG005
    changed: Callable[[], bool] = lambda: False
    """Whether there is another playbook than the story's."""
    renew: Callable[[], None] = lambda: None
    """Called where no mail is being read: the playbook and its reader may be replaced."""
    profile_modes: Mapping[str, Mode] = field(default_factory=dict)
    """The profiles' own modes, as they stood before the batch. The door asks again."""
    missing: set[str] = field(default_factory=set)
    refused: Refused = field(default_factory=Refused)
    file: Filer = field(init=False)
    look_again: Waiting = field(init=False)
    slowly: Slowly = field(init=False)

    def __post_init__(self) -> None:
        self.look_again = Waiting(self)
        self.slowly = Slowly(self.conclude)
        self.file = Filer(self.house, self.mailbox, self.ledger, self.clock, self.alive, self.refused.whole)
        self.file.look = self.hands

    def round(self) -> None:
        """Everything that can be done now: what an earlier round left, what is new, what is to be filed. A folder that
        makes trouble keeps neither the others nor the filing back; the first trouble is raised at the end."""
        trouble: MailboxError | None = None
        self.take_over()
        self.slowly.some()
        self.finish()
        for folder in self.house.folders:
            if self.stopping():
                return
            try:
                self.visit(folder)
            except FolderMissing as error:
                if folder not in self.missing:
                    log.trouble(f"mailbox {self.house.mailbox}", f"{error}; it is looked for again with each round")
                self.missing.add(folder)
            except MailboxError as error:
                trouble = trouble or error
                self.mailbox.close()
                self.mailbox.connect()
        try:
            if self.hands():
                self.finish()
        except MailboxError as error:
            trouble = trouble or error
            self.mailbox.close()
            self.mailbox.connect()
        if not self.stopping():
            self.look_again()
        self.file()
        if trouble is not None:
            raise trouble

    def take_over(self) -> None:
        """Another playbook, where there is one. What one playbook has read is not judged by another."""
        if self.changed():
            self.slowly.all()
        self.renew()

    def finish(self) -> None:
        """Decide what an earlier round has stored and not decided: mail by mail, for one may have ended the program."""
        for pending in self.ledger.unfinished(self.house.mailbox, self.clock(), self.slowly.at_hand()):
            if self.stopping():
                self.ledger.give_back(pending.mail_id)
                return
            self.alive()
            try:
                self.settle(self.begin((pending,)))
                self.slowly.all()
            except Exception:
                # What the mail does to its reader is an answer; what is raised here is trouble of ours.
                self.ledger.give_back(pending.mail_id)
                raise

    def visit(self, folder: str) -> None:
        """A batch is decided while the next one is fetched and read."""
        ahead: Batch | None = None
        try:
            batches = collect(self.house, self.mailbox, self.ledger, folder, self.clock(), self.refused)
            for number, arrivals in enumerate(batches, 1):
                self.alive()
                if self.changed():
                    behind, ahead = ahead, None
                    if behind is not None:
                        self.settle(behind)
                    self.take_over()
                batch = self.begin(self.ledger.store(arrivals, self.clock()))
                behind, ahead = ahead, batch
                if behind is not None:
                    self.settle(behind)
                if number % FILE_EVERY == 0:
                    self.file()
                if self.stopping():
                    return
        finally:
            if ahead is not None:
                self.settle(ahead)
        self.missing.discard(folder)

    # understand, look up, decide --------------------------------------------------------------------------------------

    def begin(self, pendings: Sequence[Pending]) -> "Batch":
        """Give stored bytes to the reader, all but those that it is not to see."""
        attempts = self.house.attempts
        failed: list[tuple[Pending, ReadFailure]] = []
        work: list[tuple[Pending, bytes]] = []
        for pending in pendings:
            if pending.attempts > attempts:
                failed.append((pending, ReadFailure(f"not read in {attempts} attempts")))
            elif pending.raw is None:
                failed.append((pending, ReadFailure(_unfetched(pending, self.house))))
            else:
                work.append((pending, pending.raw))
        readings = self.reader.begin([raw for _, raw in work]) if work else list
        return Batch([pending for pending, _ in work], readings, failed)

    def settle(self, batch: "Batch") -> None:
        """From bytes to stored decisions. What takes long keeps nobody else's answer waiting."""
        self.conclude([*self.slowly.parted(batch.pendings, batch.readings()), *batch.failed])
        self.slowly.some()

    def conclude(self, todo: list[Read]) -> None:
        """From readings to stored decisions. What rests on ground that has changed meanwhile is looked up again."""
        while todo:
            outcomes, mark = self.decide(todo)
            decided = {written.mail_id for written in outcomes}
            # One of a batch that failed by itself: that was an attempt after all.
            self.ledger.count([p.mail_id for p, _ in todo if p.mail_id not in decided and not p.attempts])
            stale = set(self.ledger.settle(outcomes, mark, self.clock()))
            for written in outcomes:
                if written.mail_id not in stale:
                    self.tell(written)
            todo = [item for item in todo if item[0].mail_id in stale]
        self.answers()

    def decide(self, todo: Sequence[tuple[Pending, Reading | ReadFailure]]) -> tuple[list[Outcome], int]:
        """Decide a batch in order, each mail seeing the orders of those before it."""
        asking = [(pending, *or_set_aside(pending, reading)) for pending, reading in todo]
        seen, mark = self.ledger.orders_seen([question for _, _, questions in asking for question in questions])
        catalogue, earlier = self.catalogue(), Earlier(seen)
        self.profile_modes = self.ledger.profile_modes()
        told = ask(self.facts, asking, catalogue, self.playbook, self.clock())
        outcomes: list[Outcome] = []
        for pending, reading, questions in asking:
            self.alive()
            try:
                outcome = self.judge(pending, reading, questions, catalogue, earlier, told)
            except Exception as error:
                outcome = self.judge(pending, shunted(pending, error), (), catalogue, earlier, told)
            if outcome is not None:
                outcomes.append(outcome)
                handled = outcome.mode is not Mode.SHADOW
                shared = OrderSeen(
                    "", pending.content, None, None, None, "", pending.received_at, Action.REVIEW, handled=handled
                )
                earlier.add(as_seen(outcome.decision, outcome.questions, shared))
        return outcomes, mark

    def judge(
        self,
        pending: Pending,
        reading: Reading | ReadFailure,
        questions: tuple[Questions, ...],
        catalogue: Catalogue,
        earlier: Earlier,
        told: Told,
    ) -> Outcome | None:
        """One mail's outcome; None: it could not be read this time and will be tried again."""
        if isinstance(reading, ReadFailure):
            if reading.retry and pending.attempts < self.house.attempts:
                return None
            return self.outcome(pending, unreadable(reading.reason))
        known = self.look_up(pending, questions, catalogue, earlier, told)
        decision, rests_on = self.gate(pending, reading, known)
        if lowest(self.house.mode, decision.mode, self.own(reading)) is not Mode.SHADOW:
            earlier.reserve(reservations(decision, self.clock()))
        if reading.kind is Kind.BOUNCE and pending.raw is not None and pending.place.folder != self.house.junk:
            lost = self.ledger.answers(identity.named(pending.raw, self.house.domain))
            decision = bounced(decision, [(one.recipient, one.subject) for one in lost]) if lost else decision
        return self.outcome(pending, decision, reading, known, questions if decision.orders else (), rests_on)

    def gate(self, pending: Pending, reading: Reading, known: tuple[Known, ...]) -> tuple[Decision, Ground]:
        """The decision, and what it rests on beside the reading and what is known."""
        rests_on = self.ground(pending, reading)
        decision = decide(
            reading,
            known,
            self.playbook,
            self.house.stand,
            content=pending.content,
            junk=rests_on.junk,
            twin=rests_on.twin,
            old=rests_on.old,
            signatures=rests_on.signatures,
            arrived=pending.received_at,
        )
        return replace(decision, mode=lowest(decision.mode, pending.mode)), rests_on

    def ground(self, pending: Pending, reading: Reading) -> Ground:
        """What the decision rests on beside the reading and what is known. Signatures are verified where the stand asks
        for them; a key that cannot be had proves nothing, and is no error."""
        stand = self.house.stand
        found = pending.signatures
        if pending.raw is not None and reading.kind in ORDERS and trust.wants_signatures(reading.mail, stand):
            found = signatures.proofs(pending.raw, self.keys)
        junk = pending.place.folder == self.house.junk
        return ground(stand, junk=junk, twin=pending.twin, old=pending.old, signatures=found)

    def look_up(
        self, pending: Pending, questions: tuple[Questions, ...], catalogue: Catalogue, earlier: Earlier, told: Told
    ) -> tuple[Known, ...]:
        """What is known for each order of a mail, and what is spoken for of its articles."""
        now = self.clock()
        known = tuple(self.remember(catalogue.look_up(question, earlier.like(question), now)) for question in questions)
        known = told.to(pending.mail_id, known)
        return spoken_for(self.ledger, earlier, self.playbook.shipping, known, now, pending.mail_id)

    def remember(self, known: Known) -> Known:
        """With what the likeliest customers have ordered before of the candidate articles."""
        customers = [customer.number for customer in known.customers[:REMEMBERED]]
        if not customers:
            return known
        skus, count = [product.sku for product in known.products], self.playbook.counts_orders
        return replace(known, history=self.ledger.history(customers, skus, count=count))

    def outcome(
        self,
        pending: Pending,
        decision: Decision,
        reading: Reading | None = None,
        known: tuple[Known, ...] = (),
        questions: tuple[Questions, ...] = (),
        rests_on: Ground | None = None,
        again: Again | None = None,
    ) -> Outcome:
        own = self.own(reading) if reading is not None else Mode.AUTO  # what nobody could read is nobody's
        written = outcome(
            self.house,
            pending,
            decision,
            reading,
            known,
            questions,
            playbook=self.playbook.digest,
            token=self.token(),
            now=self.clock(),
            own=own,
            again=again,
        )
        return replace(written, ground=rests_on)

    def own(self, reading: Reading) -> Mode:
        """How far the profile that has read it is trusted by itself."""
        return self.house.terms.own(reading.profile, self.profile_modes)

    def tell(self, outcome: Outcome) -> None:
        mail = outcome.reading.mail if outcome.reading else None
        decision = outcome.decision
        log.decided(
            outcome.mail_id,
            self.house.mailbox,
            decision.kind,
            decision.action,
            decision.reason,
            sender=mail.sender if mail else None,
            subject=mail.subject if mail else None,
            orders=[one.order.po_number.value if one.order.po_number else "?" for one in decision.orders],
        )
        state = "observed" if outcome.mode is Mode.SHADOW else "decided"
        self.listener(
            Handled(
                outcome.mail_id,
                mail.sender if mail else None,
                mail.subject if mail else "",
                decision,
                outcome.reading,
                state,
            )
        )


def _unfetched(pending: Pending, house: House) -> str:
    if pending.size > house.mail_bytes:
        return f"{pending.size} bytes: too large to be fetched"
    return "the server lists it and does not give it out"
