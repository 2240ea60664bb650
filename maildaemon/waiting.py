"""Waiting: orders that are held are decided again, each until nothing is left to wait for or its time is over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from maildaemon.asking import ask
from maildaemon.decide import Earlier
from maildaemon.desk import Again, Held, Outcome, ReadFailure
from maildaemon.model import Action, Known, Mode, OrderDecision, Questions
from maildaemon.plan import resumed, stopped
from maildaemon.shunting import or_set_aside, shunted

if TYPE_CHECKING:
    from maildaemon.pipeline import Story

PAUSE = timedelta(seconds=60)
"""How long a mail that waits is left alone after it was looked at."""


class Waiting:
    """The mails of which an order waits: it is decided again, by what was read of it, until nothing is left to wait for
    or its time is over. What was decided of the mail's other orders stands. Nothing is written while they go on
    waiting."""

    def __init__(self, story: "Story") -> None:
        self.story = story
        self.looked_at: dict[int, datetime] = {}
        self.failed: Counter[int] = Counter()

    def __call__(self) -> None:
        """One batch of those that are due."""
        story, now = self.story, self.story.clock()
        waiting = story.ledger.held(story.house.mailbox)
        self.looked_at = {mail_id: at for mail_id in waiting if (at := self.looked_at.get(mail_id)) is not None}
        # A clock that was put back ends the pause.
        due = [
            i for i in waiting if i not in self.looked_at or not self.looked_at[i] <= now < self.looked_at[i] + PAUSE
        ]
        due.sort(key=lambda mail_id: self.looked_at.get(mail_id, datetime.min.replace(tzinfo=UTC)))
        held = [one for mail_id in due[: story.house.batch] if (one := story.ledger.held_mail(mail_id)) is not None]
        self.looked_at |= dict.fromkeys((one.pending.mail_id for one in held), now)
        if held:
            self._batch([one for one in held if self._concerns(one)])

    def _concerns(self, held: Held) -> bool:
        """Shadow mode does nothing for what an earlier run in another mode has left."""
        return self.story.house.mode is not Mode.SHADOW or held.pending.mode is Mode.SHADOW

    def _batch(self, held: Sequence[Held]) -> None:
        story, catalogue = self.story, self.story.catalogue()
        asking = [(one.pending, *or_set_aside(one.pending, one.reading)) for one in held]
        told = ask(story.facts, asking, catalogue, story.playbook, story.clock())
        for one, (pending, reading, questions) in zip(held, asking, strict=True):
            story.alive()
            seen, mark = story.ledger.orders_seen(questions, pending.mail_id)
            outcome: Outcome | None
            if isinstance(reading, ReadFailure):
                outcome = self._set_aside(one, questions, reading)
            else:
                try:
                    heard = replace(told, since=story.ledger.said_since(questions, pending.mail_id))
                    known = story.look_up(pending, questions, catalogue, Earlier(seen), heard)
                    outcome = self._again(one, questions, as_kept(one, known))
                except Exception as error:
                    outcome = self._set_aside(one, questions, shunted(pending, error))
            if outcome is not None and story.ledger.settle_held(outcome, mark, story.clock()):
                story.tell(outcome)
        story.answers()

    def _again(self, held: Held, questions: Sequence[Questions], known: Sequence[Known]) -> Outcome | None:
        """What became of those of the mail's orders that waited; None: they go on waiting."""
        story, before = self.story, held.decision
        fresh, rests_on = story.gate(held.pending, held.reading, tuple(known))
        pairs = enumerate(zip(before.orders, fresh.orders, strict=True))
        places = tuple(place for place, (then, now) in pairs if waits(then) and not waits(now))
        if not places:
            return None
        # Of what is not decided anew it stays written down what it was decided by.
        old = held.known
        whole = tuple(old[i] if i not in places and i < len(old) else one for i, one in enumerate(known))
        gates = resumed(held.gates, fresh, places) if held.gates is not None else None
        decision = resumed(before, fresh, places)
        again = Again(held.pending.version, places, gates)
        return story.outcome(held.pending, decision, held.reading, whole, tuple(questions), rests_on, again)

    def _set_aside(self, held: Held, questions: Sequence[Questions], failure: ReadFailure) -> Outcome | None:
        """What breaks a rule of ours as often as a mail may be tried goes to a person; None: it may still go well."""
        mail_id = held.pending.mail_id
        self.failed[mail_id] += 1
        if self.failed[mail_id] < self.story.house.attempts:
            return None
        reason, gates = failure.reason, held.gates
        places = tuple(place for place, one in enumerate(held.decision.orders) if waits(one))
        again = Again(held.pending.version, places, stopped(gates, reason) if gates is not None else None)
        decision = stopped(held.decision, reason)
        return self.story.outcome(held.pending, decision, held.reading, held.known, tuple(questions), None, again)


def waits(one: OrderDecision) -> bool:
    """It is decided again."""
    return one.action is Action.HOLD


def as_kept(held: Held, known: Sequence[Known]) -> tuple[Known, ...]:
    """What is known now of those orders that wait, and of the others what was known when they were decided. Orders of
    one mail share what is there, the first first: what those before it have taken is not counted twice."""
    references = [one.reference for one in held.decision.orders]
    kept: list[Known] = []
    for place, (one, facts) in enumerate(zip(held.decision.orders, known, strict=True)):
        if waits(one) or place >= len(held.known):
            own = references[:place]
            kept.append(replace(facts, reserved=tuple(each for each in facts.reserved if each.reference not in own)))
        else:
            kept.append(held.known[place])
    return tuple(kept)
