"""What a person approves is answered with the facts of that moment; what was written before says of what time it is."""

from dataclasses import replace
from decimal import Decimal

import pytest

from maildaemon.desk import OutgoingState
from maildaemon.edge.tables import OUTGOING
from maildaemon.facts import FactKind
from maildaemon.model import Mode, Stock
from maildaemon.reviewed import done, facts_of
from maildaemon.word import Via, What, Word
from tests.fakes import START
from tests.test_each_order import texts
from tests.test_ruling import STRANGER, case, come, made, proved, rows
from tests.test_waiting import FakeFacts
from tests.worlds import DATA, raw


def there(on_hand):
    return {"stock of W-100": {"stock": Stock("W-100", Decimal(on_hand), as_of=START)}}


@pytest.fixture
def world(tmp_path):
    """A stranger's order for five that stopped, though the warehouse has them."""
    found = made(tmp_path)
    found.facts = FakeFacts(FactKind.STOCK)
    found.facts.says = there(100)
    client = replace(DATA.customers[0], emails=("other@client.example",))
    found.data = replace(found.data, customers=(client,), products=(replace(DATA.products[0], lead_days=4),))
    found.story.facts = found.facts
    come(found, raw(1, sender=STRANGER))
    yield found
    assert proved(found) == []
    found.ledger.close()


def say(world, what, **more):
    """A word, taken by the service that asks the world's sources."""
    service = replace(world.persons, facts=world.facts)
    ruling = service.say(Word(1, What(what), "anna", Via.CLI, **more))
    world.go()
    return ruling


def test_an_approved_answer_says_what_the_source_says_now(world):
    assert say(world, "approve").refused is None
    assert "in stock" in texts(world)[0]
    assert world.facts.asked[-1] == ["stock of W-100"]


def test_goods_that_have_gone_at_the_source_are_shown_before_they_are_promised(world):
    world.facts.says = there(3)
    assert "was in-stock and is partial now" in say(world, "approve").refused
    assert say(world, "approve").refused is None
    assert "3 pcs in stock, complete by" in texts(world)[0]


def test_our_own_table_does_not_count_where_a_source_does(world):
    """It holds a million."""
    world.facts.says = there(0)
    assert "is back-order now" in say(world, "approve").refused


def test_a_source_that_is_down_promises_nothing_and_the_person_is_told_first(world):
    world.facts.says = None
    assert "was in-stock and is unknown now" in say(world, "approve").refused
    assert any(one.rule == "stock-is-as-shown" for one in case(world).decision.objections)
    assert say(world, "approve").refused is None
    assert "in stock" not in texts(world)[0]
    assert "complete by" not in texts(world)[0]


def test_of_a_corrected_order_the_corrected_article_is_asked_for(world):
    more = replace(DATA.products[0], sku="W-200", descriptions=("Flange nut",))
    world.data = replace(world.data, products=(*world.data.products, more))
    world.facts.says |= {"stock of W-200": {"stock": Stock("W-200", Decimal(9), as_of=START)}}
    assert say(world, "correct", wished={0: {"lines": {0: {"product": "W-200"}}}}).refused is None
    assert world.facts.asked[-1] == ["stock of W-200"]
    assert "in stock" in texts(world)[0]


def test_what_is_approved_takes_from_what_the_source_has(world):
    """Eight are there, and an order that was acknowledged since they were counted has five of them."""
    world.clock.forward(seconds=61)
    world.facts.says = there(8)
    client = replace(DATA.customers[0], domains=("client.example",))
    world.data = replace(world.data, customers=(client,))
    come(world, raw(2))
    assert "was in-stock and is partial now" in say(world, "approve").refused


def test_of_a_draft_that_is_let_out_it_is_said_of_what_time_its_facts_are(tmp_path):
    world = made(tmp_path, mode=Mode.DRAFT)
    come(world, raw(1))
    written = world.clock()
    before = case(world)
    world.clock.forward(hours=5)
    ruling = world.say(1, "approve")
    assert facts_of(before, ruling) == written
    assert done(ruling, facts_of(before, ruling))["facts_as_of"] == written.isoformat(timespec="seconds")
    assert [row.state for row in rows(world, OUTGOING)] == [OutgoingState.READY]
    world.ledger.close()
