"""A story goes on with another playbook only where no mail is between being read and being judged."""

from dataclasses import replace

from maildaemon.checks import VOCABULARY
from maildaemon.deck import deck
from maildaemon.model import Action
from tests.worlds import PLAYBOOK, World, raw

RULE = '\n[[rule]]\nname = "all-are-seen"\nwhen = "size(order.lines) > 0"\nthen = "escalate"\n'
STRICT = replace(PLAYBOOK, deck=deck("orders", RULE, "orders.toml", VOCABULARY), digest="strict")


class Changing:
    """A reader that knows how many batches it has at hand, in a house whose files change behind ``at`` batches."""

    def __init__(self, world, at):
        self.story, self.inner, self.at = world.story, world.story.reader, at
        self.begun = self.at_hand = self.renewed_too_early = 0
        self.story.reader, self.story.renew = self, self.renew
        self.story.changed = lambda: self.begun >= self.at and self.story.playbook is PLAYBOOK

    def begin(self, raws):
        self.begun += 1
        self.at_hand += 1
        answers = self.inner.read(raws)

        def wait():
            self.at_hand -= 1
            return answers

        return wait

    def renew(self):
        self.renewed_too_early += self.at_hand
        if self.begun >= self.at:
            self.story.playbook = STRICT


def test_what_one_playbook_has_read_is_not_judged_by_another(tmp_path):
    world = World(tmp_path, batch=2)
    world.go()
    changing = Changing(world, at=2)
    for number in range(1, 9):
        world.mailbox.deliver(raw(number))
    world.story.round()
    assert changing.begun == 4
    assert changing.renewed_too_early == 0
    assert world.column("action") == [Action.ACKNOWLEDGE] * 4 + [Action.ESCALATE] * 4
    world.ledger.close()
