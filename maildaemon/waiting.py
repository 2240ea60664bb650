"""Waiting: mails whose orders are held are decided again, until nothing is left to wait for or their time is over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from maildaemon.asking import ask
from maildaemon.decide import Earlier
from maildaemon.desk import Held, Outcome, Pending
from maildaemon.model import Action, Mode
from maildaemon.plan import unreadable
from maildaemon.shunting import or_set_aside, shunted

if TYPE_CHECKING:
    from maildaemon.pipeline import Story

PAUSE = timedelta(seconds=60)
"""How long a mail that waits is left alone after it was looked at."""


class Waiting:
    """The mails whose orders wait: they are decided again, by what was read of them, until nothing is left to wait for
    or their time is over. Nothing is written while they go on waiting."""

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
        for pending, reading, questions in asking:
            story.alive()
            seen, mark = story.ledger.orders_seen(questions, pending.mail_id)
            try:
                heard = replace(told, since=story.ledger.said_since(questions, pending.mail_id))
                outcome = story.judge(pending, reading, questions, catalogue, Earlier(seen), heard)
            except Exception as error:
                outcome = self._set_aside(pending, error)
            if outcome is None or outcome.decision.action is Action.HOLD:
                continue
            if story.ledger.settle_held(outcome, mark, story.clock()):
                story.tell(outcome)
        story.answers()

    def _set_aside(self, pending: Pending, error: Exception) -> Outcome | None:
        """What breaks a rule of ours as often as a mail may be tried goes to a person; None: it may still go well."""
        failure = shunted(pending, error)
        self.failed[pending.mail_id] += 1
        if self.failed[pending.mail_id] < self.story.house.attempts:
            return None
        return self.story.outcome(pending, unreadable(failure.reason))
