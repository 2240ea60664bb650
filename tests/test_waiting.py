"""Held orders: decided again when what they wait for is there, once, whatever happens in between."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from maildaemon.audit.chain import chains
from maildaemon.catalogue import Catalogue
from maildaemon.desk import MailState
from maildaemon.edge import auditing, history
from maildaemon.edge.ledger import WAITS as WAITS_QUERY
from maildaemon.edge.restored import Answered, Restored
from maildaemon.edge.tables import DECISION, EVENT, ORDER, RESERVATION
from maildaemon.facts import FactAnswer, FactKind, unknown
from maildaemon.matrix import matrix
from maildaemon.model import Mode, Stock
from maildaemon.replay import again, change
from tests.fakes import START
from tests.worlds import DATA, PLAYBOOK, World, raw

HOLDS = '[[row]]\nunknown_facts = "hold"\nhold_hours = 6'
WAITS = '[[row]]\ntrigger = { field = "stage", is = ["won"] }'


class FakeFacts:
    """Implements desk.Facts: ``says`` maps what something is about to an answer's fields; None: the source is down."""

    def __init__(self, *kinds):
        self.kinds = frozenset(kinds)
        self.says = None
        self.asked = []

    def ask(self, abouts, now):
        self.asked.append([str(about) for about in abouts])
        return {about.key: self._answer(about, now) for about in abouts}

    def _answer(self, about, now):
        if self.says is None:
            return unknown(about, "erp", "no answer within 5 s")
        found = self.says.get(str(about))
        return FactAnswer(about, "erp", now, **found) if found else unknown(about, "erp", "erp has none")


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.facts = FakeFacts(FactKind.STOCK)
    made.rows = HOLDS
    begin(made)
    made.go()  # the first contact
    yield made
    made.ledger.close()


def begin(world):
    """The program's start."""
    world.playbook = replace(PLAYBOOK, matrix=matrix(world.rows, "m", frozenset({"orders"}), frozenset()))
    world.story = world.restarted()
    world.story.facts = world.facts


def there(on_hand=100, as_of=START):
    return {"stock of W-100": {"stock": Stock("W-100", Decimal(on_hand), as_of=as_of)}}


def events(world):
    with world.ledger.database.read() as db:
        return list(db.scalars(select(EVENT.c.type).where(EVENT.c.mail_id.is_not(None)).order_by(EVENT.c.id)))


def held(world, number=1, **rest):
    """A mail that came while the source was down."""
    world.mailbox.deliver(raw(number, **rest))
    world.go()


def test_an_order_whose_source_is_down_stays_in_the_inbox(world):
    held(world)
    assert world.states() == [MailState.HELD]
    assert world.held("INBOX") == [raw(1)]
    assert world.transport.sent == []
    assert world.column("reason") == ["the stock of W-100 is not known: no answer within 5 s (and 2 more)"]


def test_when_the_source_returns_it_is_acknowledged_once(world):
    held(world)
    world.facts.says = there()
    world.clock.forward(seconds=61)
    world.go()
    world.clock.forward(seconds=61)
    world.go()
    assert len(world.transport.sent) == 1
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert world.held("Processed") == [raw(1)]
    assert events(world) == ["received", "decided", "filed", "decided-again", "sent", "filed"]
    assert world.column("attempts") == [1]
    assert world.reader.batches == [1], "its bytes were read once"
    with world.ledger.database.read() as db:
        assert [row.quantity for row in db.execute(select(RESERVATION))] == ["5"]
        assert len(db.execute(select(DECISION)).all()) == len(db.execute(select(ORDER)).all()) == 1


def test_while_it_waits_nothing_is_written_and_the_source_is_asked_once_a_minute(world):
    held(world)
    before = events(world)
    for _ in range(5):
        world.clock.forward(seconds=30)
        world.story.round()
    assert events(world) == before
    assert len(world.facts.asked) == 1 + 1 + 2, "with the mail, right behind it, and each minute"


def test_a_restart_in_between_costs_nothing(world):
    held(world)
    world.facts.says = there()
    begin(world)
    world.go()
    assert len(world.transport.sent) == 1
    begin(world)
    world.go()
    assert len(world.transport.sent) == 1
    assert world.states() == [MailState.ACKNOWLEDGED]


def test_who_waited_too_long_is_seen_by_a_person_with_the_reason(world):
    held(world)
    world.clock.forward(hours=5)
    world.go()
    assert world.states() == [MailState.HELD]
    world.clock.forward(hours=2)
    begin(world)
    world.go()
    assert world.states() == [MailState.REVIEW]
    assert raw(1) in world.held("Manual Review")
    note = next(text for text in world.held("Manual Review") if text != raw(1)).decode().replace("=\r\n", "")
    assert "longer than 6 hours" in note
    assert world.transport.sent == []
    world.facts.says = there()
    world.clock.forward(hours=1)
    world.go()
    assert world.transport.sent == [], "it is a person's now"


def test_a_crash_before_the_second_decision_is_written_changes_nothing(world):
    held(world)
    world.facts.says = there()
    world.clock.forward(seconds=61)
    settle, world.ledger.settle_held = world.ledger.settle_held, None
    with pytest.raises(TypeError):
        world.story.round()
    world.ledger.settle_held = settle
    begin(world)
    world.go()
    world.go()
    assert len(world.transport.sent) == 1


def test_our_own_table_brings_the_figure_too(world):
    """No source is configured: the stock that was imported is too old, until the next import."""
    world.facts = FakeFacts()
    begin(world)
    old = replace(DATA, stock=(Stock("W-100", Decimal(9), as_of=START - timedelta(days=4000)),))
    world.story.catalogue = lambda: Catalogue(old)
    held(world)
    assert world.states() == [MailState.HELD]
    world.story.catalogue = lambda: Catalogue(DATA)
    world.clock.forward(seconds=61)
    world.go()
    assert len(world.transport.sent) == 1


def test_an_order_waits_for_its_deal(world):
    world.rows, world.facts = WAITS, FakeFacts(FactKind.STAGE)
    begin(world)
    world.facts.says = {"stage of PO-1 for C-1": {"stage": "negotiation"}}
    held(world)
    assert world.states() == [MailState.HELD]
    assert world.column("reason") == ["its stage is negotiation (erp); it waits for won"]
    world.facts.says = {"stage of PO-1 for C-1": {"stage": "won"}}
    world.clock.forward(seconds=61)
    world.go()
    assert len(world.transport.sent) == 1


def test_two_orders_that_waited_do_not_both_get_the_last_piece(world):
    held(world, 1)
    held(world, 2)
    product = replace(DATA.products[0], lead_days=4)
    world.story.catalogue = lambda: Catalogue(replace(DATA, products=(product,)))
    world.facts.says = there(8)
    world.clock.forward(seconds=61)
    world.go()
    first, second = [one.raw.decode().replace("=\r\n", "") for one in world.transport.sent]
    assert "complete by" not in first
    assert "3 pcs in stock, complete by" in second


def test_what_a_waiting_order_takes_is_new_to_who_has_looked_before(world):
    held(world)
    _, mark = world.ledger.orders_seen([])
    world.facts.says = there()
    world.clock.forward(seconds=61)
    world.story.round()
    with world.ledger.database.read() as db:
        assert min(db.scalars(select(RESERVATION.c.order_id))) > mark


def test_the_order_is_no_repeat_of_itself_nor_of_one_that_came_behind_it(world):
    held(world, 1, po="PO-7")
    held(world, 2, po="PO-7")
    assert world.states() == [MailState.HELD, MailState.IGNORED], "the second one is a repeat"
    told = len(world.transport.sent)
    world.facts.says = there()
    world.clock.forward(seconds=61)
    world.go()
    assert world.states() == [MailState.ACKNOWLEDGED, MailState.IGNORED]
    assert len(world.transport.sent) == told + 1


def test_what_was_said_of_it_since_stops_it(world):
    """The same number with other content came while it waited."""
    held(world, 1, po="PO-7")
    understand = world.reader.read_one

    def other(data):
        found = understand(data)
        (order,) = found.orders
        line = replace(order.lines[0], quantity=replace(order.lines[0].quantity, value=Decimal(50)), amount=None)
        return replace(found, orders=(replace(order, lines=(line,), total=None),))

    world.reader.read_one = other
    held(world, 2, po="PO-7")
    world.facts.says = there()
    world.clock.forward(seconds=61)
    world.go()
    assert world.transport.sent == []
    assert "while it waited, its number with other content came on 2026-11-23" in world.column("reason")[0]


def test_a_new_uidvalidity_loses_no_order_that_waits(world):
    held(world)
    world.mailbox.renumber("INBOX")
    world.go()
    world.facts.says = there()
    world.clock.forward(seconds=61)
    world.go()
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert world.held("Processed") == [raw(1)]


def test_shadow_mode_decides_again_and_does_nothing(world):
    world.house = replace(world.house, mode=Mode.SHADOW)
    begin(world)
    held(world)
    assert (world.states(), world.column("action")) == ([MailState.OBSERVED], ["hold"])
    world.facts.says = there()
    world.house = replace(world.house, mode=Mode.AUTO)
    begin(world)
    world.go()
    assert (world.states(), world.column("action")) == ([MailState.OBSERVED], ["acknowledge"])
    assert world.transport.sent == [], "what came in shadow mode is answered in no other one"
    assert world.held("INBOX") == [raw(1)]


def test_shadow_mode_leaves_alone_what_another_mode_has_held(world):
    held(world)
    world.facts.says = there()
    world.house = replace(world.house, mode=Mode.SHADOW)
    begin(world)
    world.go()
    assert world.states() == [MailState.HELD]
    world.house = replace(world.house, mode=Mode.AUTO)
    begin(world)
    world.go()
    assert len(world.transport.sent) == 1


def test_what_breaks_a_rule_of_ours_while_it_waits_goes_to_a_person(world):
    held(world)
    world.story.facts = FakeFacts(FactKind.STOCK)
    world.story.playbook = replace(world.playbook, deck=None)
    for _ in range(3):
        world.clock.forward(seconds=61)
        world.go()
    assert world.states() == [MailState.REVIEW]
    assert world.column("reason") == ["an error of the program: AttributeError"]
    assert world.column("subject") == ["order"]


def test_the_audit_finds_nothing_wrong_with_a_mail_that_waited(world, tmp_path):
    held(world)
    world.facts.says = there()
    world.clock.forward(seconds=61)
    world.go()
    assert list(chains(auditing.ledger_facts(tmp_path / "ledger.db", lambda *_: None))) == []


def test_replay_decides_by_what_was_known_when_it_was_decided(world, tmp_path):
    held(world)
    held(world, 2)
    world.facts.says = there()
    world.clock.forward(seconds=61)
    world.story.house = replace(world.house, batch=1)
    world.story.round()
    assert world.column("action") == ["acknowledge", "hold"]
    stand = world.house.stand
    pasts = list(history.pasts(tmp_path / "ledger.db", None, {}))
    assert [len(past.known[0].facts) for past in pasts] == [1, 1]
    changes = [change(p, again(p, p.reading, world.playbook, stand, lambda q, at: pytest.fail("asked"))) for p in pasts]
    assert changes == [None, None]


def test_what_waited_in_a_restored_backup_goes_to_a_person(world, tmp_path):
    """It may have been answered since the backup was made."""
    held(world)
    restored = Restored(world.ledger.database)
    restored.mark(world.clock())
    restored.open(world.clock())
    world.facts.says = there()
    world.clock.forward(seconds=61)
    world.go()
    assert world.transport.sent == []
    assert world.states() == [MailState.REVIEW]
    assert raw(1) in world.held("Manual Review")
    assert "may have been answered since" in world.column("reason")[0]
    assert list(chains(auditing.ledger_facts(tmp_path / "ledger.db", lambda *_: None))) == []


def test_what_was_found_to_be_answered_waits_no_more(world):
    held(world)
    answer = Answered(1, "<ack.1@us.example>", "buyer@client.example", "Re: order", b"bytes", world.clock())
    Restored(world.ledger.database).answered(answer, world.clock())
    world.facts.says = there()
    world.clock.forward(seconds=61)
    world.go()
    assert world.transport.sent == []
    assert world.states() == [MailState.ACKNOWLEDGED]


def test_those_that_wait_are_found_by_their_index(world):
    with world.ledger.database.read() as db:
        words = WAITS_QUERY.params(mailbox="orders").compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = " ".join(row.detail for row in db.execute(text(f"EXPLAIN QUERY PLAN {words}")))
    assert "USING INDEX ix_purchase_order_held" in plan
    assert "SEARCH mail USING INTEGER PRIMARY KEY" in plan
