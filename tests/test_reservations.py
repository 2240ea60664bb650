"""Two orders do not both get the last piece: what an acknowledgement takes is written down with its decision."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from maildaemon.catalogue import Catalogue
from maildaemon.edge.tables import OUTGOING, RESERVATION
from maildaemon.model import Mode, Stock
from tests.fakes import START, Clock, FakeMailbox
from tests.worlds import DATA, World, raw


def stocked(on_hand, **fields):
    """The shelf, as its count says."""
    counted = Stock("W-100", Decimal(on_hand), **{"as_of": START - timedelta(hours=1), **fields})
    product = replace(DATA.products[0], lead_days=4)
    catalogue = Catalogue(replace(DATA, products=(product,), stock=(counted,)))
    return lambda: catalogue


@pytest.fixture
def world(tmp_path):
    found = World(tmp_path)
    found.story.catalogue = stocked(8)
    found.go()  # the first contact
    yield found
    found.ledger.close()


def texts(world):
    return [one.raw.decode() for one in world.transport.sent]


def taken(world):
    with world.ledger.database.read() as db:
        return [(row.sku, row.quantity) for row in db.execute(select(RESERVATION).order_by(RESERVATION.c.id))]


def test_the_second_order_is_told_what_the_first_has_left(world):
    world.mailbox.deliver(raw(1))
    world.go()
    world.mailbox.deliver(raw(2))
    world.go()
    first, second = texts(world)
    assert "in stock" in first
    assert "back-ordered" not in first
    assert "3 pcs in stock, complete by 27 November 2026" in second.replace("=\r\n", "")
    assert taken(world) == [("W-100", "5"), ("W-100", "5")]


def test_orders_of_one_batch_see_each_other(world):
    world.mailbox.deliver(raw(1))
    world.mailbox.deliver(raw(2))
    world.go()
    assert sorted("complete by" in text.replace("=\r\n", "") for text in texts(world)) == [False, True]


def test_a_new_count_starts_anew(world):
    world.mailbox.deliver(raw(1))
    world.go()
    world.clock.forward(hours=2)
    world.story.catalogue = stocked(5, as_of=world.clock() - timedelta(minutes=5))
    world.mailbox.deliver(raw(2))
    world.go()
    assert "complete by" not in texts(world)[1].replace("=\r\n", "")


def written(world):
    with world.ledger.database.read() as db:
        return [row.raw.decode().replace("=\r\n", "") for row in db.execute(select(OUTGOING).order_by(OUTGOING.c.id))]


def test_what_a_draft_takes_is_in_nobodys_count_until_it_has_left(tmp_path):
    """The count is newer than the draft, and knows nothing of an order that nobody was told of."""
    world = World(tmp_path, mode=Mode.DRAFT)
    world.story.catalogue = stocked(8)
    world.go()
    world.mailbox.deliver(raw(1))
    world.go()
    world.clock.forward(hours=2)
    world.story.catalogue = stocked(8, as_of=world.clock() - timedelta(minutes=5))
    world.mailbox.deliver(raw(2))
    world.go()
    assert "3 pcs in stock, complete by" in written(world)[1]
    world.ledger.close()


def test_what_a_released_draft_takes_counts_from_its_release_on(tmp_path):
    world = World(tmp_path, mode=Mode.DRAFT)
    world.story.catalogue = stocked(8)
    world.go()
    world.mailbox.deliver(raw(1))
    world.go()
    world.clock.forward(hours=2)
    counted = world.clock() - timedelta(minutes=5)
    world.say(1, "release")
    world.go()
    world.story.catalogue = stocked(8, as_of=counted)
    world.mailbox.deliver(raw(2))
    world.go()
    assert "3 pcs in stock, complete by" in written(world)[1]
    world.clock.forward(hours=1)
    world.story.catalogue = stocked(8, as_of=world.clock())
    world.mailbox.deliver(raw(3))
    world.go()
    assert "3 pcs in stock, complete by" in written(world)[2], "the second draft alone still takes of it"
    world.ledger.close()


def test_what_was_taken_while_a_decision_was_made_sends_it_back(world):
    """Two mailboxes share the ledger: the other one's order is settled between look-up and settling of ours."""
    other = World(None, ledger=world.ledger, name="other", mailbox=_mailbox(), clock=world.clock)
    other.story.catalogue = stocked(8)
    other.go()
    other.mailbox.deliver(raw(2))
    settle, rounds = world.ledger.settle, []

    def between(outcomes, mark, now):
        rounds.append([outcome.mail_id for outcome in outcomes])
        if len(rounds) == 1:
            world.ledger.settle = settle
            other.go()
            world.ledger.settle = between
        return settle(outcomes, mark, now)

    world.ledger.settle = between
    world.mailbox.deliver(raw(1))
    world.go()
    assert len(rounds) == 2, "the decision was made again"
    assert rounds[0] == rounds[1]
    assert "in stock" in texts(other)[0]
    assert "3 pcs in stock, complete by" in texts(world)[0].replace("=\r\n", "")


def _mailbox():
    return FakeMailbox(Clock(), "INBOX", "Junk", "Processed", "Manual Review")


def test_a_look_from_the_side_takes_nothing(tmp_path):
    world = World(tmp_path, mode=Mode.SHADOW)
    world.story.catalogue = stocked(8)
    world.go()
    world.mailbox.deliver(raw(1))
    world.mailbox.deliver(raw(2))
    world.go()
    assert taken(world) == []
    world.ledger.close()


def test_a_stale_count_brings_a_person_to_it(world):
    world.story.catalogue = stocked(8, as_of=START - timedelta(days=4000))
    world.mailbox.deliver(raw(1))
    world.go()
    assert texts(world) == []
    assert "hours old" in world.column("reason")[0]
