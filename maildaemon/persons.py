"""The decision service: a person's word is taken, what it rests on is looked up, and what follows is written down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from maildaemon import correcting, log
from maildaemon.approving import APPROVING, Ground, orders_of
from maildaemon.asking import Nobody
from maildaemon.catalogue import Catalogue
from maildaemon.decide import Earlier, author
from maildaemon.desk import Facts, Ledger
from maildaemon.facts import About, FactKind
from maildaemon.house import House
from maildaemon.known import spoken_for
from maildaemon.learning import MOST, learned
from maildaemon.match import questions
from maildaemon.model import Known, Order
from maildaemon.playbook import Playbook
from maildaemon.reply.layouts import Layouts
from maildaemon.ruling import rule
from maildaemon.testimony import testimony
from maildaemon.word import Case, Cases, Late, Ruling, Via, What, Word

ATTEMPTS = 20
"""How often the ground may change under one word before it is refused: each time somebody else has got on."""


@dataclass(slots=True)
class Persons:
    """For every way by which a person decides. ``houses`` by mailbox; ``answers`` is called when an answer lies ready,
    ``work`` when a mail is to be read again. ``facts`` are asked what there is of what is approved."""

    houses: Mapping[str, House]
    playbook: Playbook
    ledger: Ledger
    cases: Cases
    catalogue: Callable[[], Catalogue]
    clock: Callable[[], datetime]
    token: Callable[[], str]
    answers: Callable[[], None] = lambda: None
    work: Callable[[], None] = lambda: None
    facts: Facts = field(default_factory=Nobody)

    def renewed(self, playbook: Playbook, layouts: Layouts) -> None:
        """From now on another playbook counts, and its answers are laid out by these."""
        self.playbook = playbook
        self.houses = {
            name: replace(one, identity=replace(one.identity, layouts=layouts)) for name, one in self.houses.items()
        }

    def say(self, word: Word) -> Ruling | None:
        """What the word has come to, written down; None: there is no such mail. Raises WrongCorrection."""
        for _ in range(ATTEMPTS):
            case = self.cases.case(word.mail_id)
            if case is None or case.mailbox not in self.houses:
                return None
            ground, mark = self.ground(case, word)
            house = self.houses[case.mailbox]
            ruling = rule(case, word, ground, house)
            ruling = replace(ruling, testimony=testimony(case, ruling, self.playbook.matrix, house))
            late = self.cases.rule(ruling, mark, self.clock())
            if late is None:
                self._tell(case, ruling)
                return ruling
            if late is Late.DECIDED:
                word = replace(word, version=case.version if word.version is None else word.version)
        raise RuntimeError("the ledger changes faster than a decision can be written down")

    def preview(self, mail_id: int, orders: tuple[int, ...] | None = None) -> tuple[Case, Ruling] | None:
        """A mail as it stands, and what would follow if it, or these orders of it, were approved now. Nothing is
        written."""
        case = self.cases.case(mail_id)
        if case is None or case.mailbox not in self.houses:
            return None
        word = Word(mail_id, What.APPROVE, "nobody", via=Via.CLI, version=case.version, orders=orders)
        ground, _ = self.ground(case, word)
        return case, rule(case, word, ground, self.houses[case.mailbox])

    def ground(self, case: Case, word: Word) -> tuple[Ground, int]:
        """What is known now of each of the mail's orders, and the mark up to which orders were looked at."""
        now, shipping = self.clock(), self.playbook.shipping
        if case.reading is None or word.what not in APPROVING:
            return Ground(now, None), 0
        mail, who = case.reading.mail, author(case.reading)
        asked = []
        for place, one in enumerate(orders_of(case, word)):
            question = questions(one.order, mail, who)
            wished = (word.wished or {}).get(place, {})
            asked.append(correcting.asking(question, wished, one.order))
        seen, mark = self.ledger.orders_seen(asked)
        earlier, catalogue = Earlier(seen), self.catalogue()
        known = tuple(catalogue.look_up(question, earlier.like(question), now) for question in asked)
        known = spoken_for(self.ledger, earlier, shipping, self._told(case, word, known, now), now, case.mail_id)
        return Ground(now, self.token(), known, shipping), mark

    def _told(self, case: Case, word: Word, known: tuple[Known, ...], now: datetime) -> tuple[Known, ...]:
        """With what the sources outside say of the goods at this moment: the answer names them as it does where nobody
        looks at the order."""
        if FactKind.STOCK not in self.facts.kinds:
            return known
        abouts = []
        for place, (one, facts) in enumerate(zip(orders_of(case, word), known, strict=True)):
            lines = self._wished(case, word, place, one.order, facts).lines
            skus = dict.fromkeys(line.product.product.sku for line in lines if line.product.product is not None)
            abouts.append([About(FactKind.STOCK, sku=sku) for sku in skus][:MOST])
        answers = self.facts.ask(list({one.key: one for each in abouts for one in each}.values()), now)
        return tuple(learned(facts, each, answers) for facts, each in zip(known, abouts, strict=True))

    def _wished(self, case: Case, word: Word, place: int, order: Order, known: Known) -> Order:
        """The order as the person wants it; as it is, where that cannot be: then the word is refused for it."""
        wished, reading = (word.wished or {}).get(place), case.reading
        if not wished or reading is None:
            return order
        try:
            who = author(reading)
            return correcting.corrected(order, wished, f"orders[{place}]", known, reading.mail, who, word.actor)[0]
        except correcting.WrongCorrection:
            return order

    def _tell(self, case: Case, ruling: Ruling) -> None:
        word = ruling.word
        log.ruled(case.mail_id, case.mailbox, word.what, word.actor, word.via, refused=ruling.refused)
        if ruling.testimony is not None and ruling.testimony.contradicts:
            log.contradicted(case.mail_id, ruling.testimony.profile, word.actor, word.what)
        if ruling.reply is not None or ruling.released:
            self.answers()
        if ruling.refused is None and word.what is What.REREAD:
            self.work()
