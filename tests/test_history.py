"""What a customer has ordered before is looked up, stored with the decision, and asked by the rules."""

import zlib
from dataclasses import replace
from decimal import Decimal

import msgspec
from sqlalchemy import select

from maildaemon.checks import VOCABULARY
from maildaemon.deck import deck
from maildaemon.edge.tables import DECISION
from maildaemon.model import Action, Known, Mode
from tests.worlds import PLAYBOOK, World, raw

RULE = '\n[[rule]]\nname = "client-is-not-new"\ncheck = "not-a-new-client"\nthen = "escalate"\n'
CHOOSY = replace(PLAYBOOK, deck=deck("orders", RULE, "orders.toml", VOCABULARY))


def known(world):
    with world.ledger.database.read() as db:
        rows = db.scalars(select(DECISION.c.known).order_by(DECISION.c.mail_id)).all()
    return [msgspec.json.decode(zlib.decompress(row), type=tuple[Known, ...])[0] for row in rows]


def deliver(world, *numbers):
    for number in numbers:
        world.mailbox.deliver(raw(number))
    world.go()


def test_a_known_customers_first_order_goes_where_the_operator_says(tmp_path):
    world = World(tmp_path)
    world.go()
    world.story.playbook = CHOOSY
    deliver(world, 1, 2)
    assert world.column("action") == [Action.ESCALATE] * 2  # the first one was looked at by nobody yet
    world.story.playbook = PLAYBOOK
    deliver(world, 3)
    world.story.playbook = CHOOSY
    deliver(world, 4)
    assert world.column("action")[2:] == [Action.ACKNOWLEDGE] * 2
    world.ledger.close()


def test_earlier_quantities_are_stored_with_the_decision(tmp_path):
    world = World(tmp_path)
    world.go()
    deliver(world, 1)
    deliver(world, 2)
    first, second = (facts.history for facts in known(world))
    assert [(one.customer, one.orders, one.bought) for one in first] == [("C-1", None, ())]
    assert [(bought.sku, bought.quantity) for one in second for bought in one.bought] == [("W-100", Decimal(5))]
    world.ledger.close()


def test_orders_are_counted_only_for_those_who_ask(tmp_path):
    world = World(tmp_path)
    world.go()
    deliver(world, 1)
    world.story.playbook = CHOOSY
    deliver(world, 2)
    assert [facts.history[0].orders for facts in known(world)] == [None, 1]
    world.ledger.close()


def test_a_look_from_the_side_makes_nobody_an_old_client(tmp_path):
    world = World(tmp_path, mode=Mode.SHADOW)
    world.go()
    deliver(world, 1)
    world.story.playbook = CHOOSY
    deliver(world, 2)
    assert world.column("action") == [Action.ACKNOWLEDGE, Action.ESCALATE]
    world.ledger.close()
