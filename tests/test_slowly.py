"""A document that takes long leaves its batch: nobody else's answer waits for it, and nothing of it is lost."""

import pytest

from maildaemon.desk import Later
from maildaemon.model import Action
from maildaemon.slowly import AT_MOST
from tests.worlds import World, raw, understand


class Scans:
    """A reader over the world's own: of mails that say so, the readings are there when the test says so."""

    def __init__(self, world, *slow):
        self.slow, self.given, self.waiting, self.woken, self.patience = slow, [], {}, 0, iter(())
        world.story.reader = self
        world.story.slowly.woken = self.wake

    def wake(self):
        self.woken += 1

    def begin(self, raws):
        self.given += raws
        return lambda: [
            self._later(data) if any(one in data for one in self.slow) else understand(data) for data in raws
        ]

    def _later(self, data):
        state = {"there": False, "calls": []}
        self.waiting[data] = state
        return Later(
            lambda: state["there"],
            lambda _: next(self.patience, True),
            lambda: (state.update(waited=not state["there"]), understand(data))[1],
            state["calls"].append,
        )

    def there(self, data):
        self.waiting[data]["there"] = True
        for call in self.waiting[data]["calls"]:
            call()


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.go()
    yield made
    made.ledger.close()


def test_a_scan_keeps_nobody_waiting_and_is_decided_when_it_is_read(world):
    scan = raw(1, kind="other")
    scans = Scans(world, scan)
    world.mailbox.deliver(scan)
    world.mailbox.deliver(raw(2))
    world.go()
    assert world.column("action") == [None, Action.ACKNOWLEDGE]
    assert len(world.transport.sent) == 1
    world.go()
    assert world.column("state") == ["new", "acknowledged"]
    assert scans.given.count(scan) == 1, "it is not given to the reader again while it is being read"
    scans.there(scan)
    assert scans.woken == 1
    world.go()
    assert world.column("action")[0] is not None
    assert world.column("attempts") == [0, 0]
    assert scans.given.count(scan) == 1


def test_a_scan_that_was_not_read_when_the_program_ended_is_read_again(world):
    scan = raw(1)
    scans = Scans(world, scan)
    world.mailbox.deliver(scan)
    world.go()
    assert world.column("state") == ["new"]
    world.story = world.restarted()
    scans = Scans(world)
    world.go()
    assert scans.given == [scan]
    assert world.column("action") == [Action.ACKNOWLEDGE]
    assert len(world.transport.sent) == 1


def test_of_many_scans_the_oldest_is_waited_for(world):
    mails = [raw(number) for number in range(1, AT_MOST + 3)]
    scans = Scans(world, *mails)
    for data in mails:
        world.mailbox.deliver(data)
    world.go()
    waited = [data for data in mails if scans.waiting[data].get("waited")]
    assert waited == mails[:2]
    assert world.column("action") == [Action.ACKNOWLEDGE] * 2 + [None] * AT_MOST


def test_what_one_playbook_is_reading_is_waited_for_before_there_is_another(world):
    scan, seen = raw(1), []
    Scans(world, scan)
    world.mailbox.deliver(scan)
    world.go()
    world.story.changed = lambda: not seen
    world.story.renew = lambda: seen.append(world.column("action"))
    world.story.round()
    assert seen[0] == [Action.ACKNOWLEDGE]


def test_an_order_that_is_read_late_sees_what_came_meanwhile(world):
    scan, typed = raw(1, po="PO-7"), raw(2, po="PO-7")
    scans = Scans(world, scan)
    world.mailbox.deliver(scan)
    world.mailbox.deliver(typed)
    world.go()
    scans.there(scan)
    world.go()
    assert world.column("state") == ["ignored", "acknowledged"]
    acknowledged, told = (message.raw for message in world.transport.sent)
    assert b"In-Reply-To: <2@client.example>" in acknowledged
    assert b"In-Reply-To: <1@client.example>" in told
    assert b"Subject: =?utf-8?q?Already_received" in told


def test_who_waits_for_a_scan_shows_that_he_lives(world):
    scan, beats = raw(1), []
    scans = Scans(world, scan)
    world.mailbox.deliver(scan)
    world.go()
    scans.patience = iter([False] * 5)
    world.story.slowly.alive = lambda: beats.append(None)
    world.story.slowly.all()
    assert len(beats) == 1 + 5
    assert world.column("action") == [Action.ACKNOWLEDGE]
