"""What is spoken for of an article is one sum, exact, however many orders have taken of it."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import insert

from maildaemon.edge import history
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.tables import MAIL, ORDER, RESERVATION
from maildaemon.model import Known, Mode, Reservation, Stock
from maildaemon.taken import Taken
from maildaemon.wording import code_key
from tests.effort import costs_at_most
from tests.fakes import START
from tests.test_reservations import stocked
from tests.worlds import World, raw

MINUTE = timedelta(minutes=1)
ORDERS = 3000


def taken(*quantities, sku="W-100", begin=START):
    """One a minute."""
    found = Taken()
    found.add(
        Reservation(sku, Decimal(text), f"R-{number}", begin + number * MINUTE)
        for number, text in enumerate(quantities)
    )
    return found


def count(at, sku="W-100"):
    return Stock(sku, Decimal(100), as_of=at)


def test_what_was_taken_before_the_count_is_in_the_count():
    (one,) = taken("1", "2", "4").since([count(START + MINUTE)])
    assert one == Reservation("W-100", Decimal(4), "", START + 2 * MINUTE)
    assert taken("1", "2", "4").since([count(START + 2 * MINUTE)]) == ()


def test_a_count_of_no_known_time_has_all_taken_from_it():
    assert [one.quantity for one in taken("1", "2", "4").since([count(None)])] == [Decimal(7)]


def test_an_article_is_the_same_in_any_spelling_and_no_other():
    (one,) = taken("3", sku="w 100").since([count(START - MINUTE), count(START - MINUTE, "W-200")])
    assert (one.sku, one.quantity) == ("w 100", Decimal(3))


def test_what_comes_late_is_not_left_out():
    found = taken("1", "2")
    found.add([Reservation("W-100", Decimal(4), "R-9", START - MINUTE)])
    assert [one.quantity for one in found.since([count(START)])] == [Decimal(6)]


def test_a_thousand_orders_for_one_article_are_looked_at_in_no_time():
    with costs_at_most(0.2):
        found = taken(*["0.1"] * 10_000)
        for _ in range(10_000):
            (one,) = found.since([count(START - MINUTE)])
    assert one.quantity == Decimal(1000)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """One mail with an order for 7 pieces, and another one with thousands for a tenth each, one a minute."""
    found = SqlLedger(tmp_path_factory.mktemp("taken") / "ledger.db")
    mail = {
        "mailbox": "orders",
        "folder": "INBOX",
        "uidvalidity": 1,
        "size": 1,
        "received_at": START,
        "state": "acknowledged",
    }
    order = {"digest": "", "action": "acknowledge", "received_at": START, "status": "current"}
    with found.database.write() as db:
        db.execute(insert(MAIL), [mail | {"id": 1, "uid": 1}, mail | {"id": 2, "uid": 2}])
        rows = [{"id": 1, "mail_id": 1, "number": 0, "reference": "own"}]
        rows += [{"id": n, "mail_id": 2, "number": n, "reference": f"R-{n}"} for n in range(2, ORDERS + 2)]
        db.execute(insert(ORDER), [order | row for row in rows])
        took = {"sku": "W-100", "sku_key": code_key("W-100"), "leaves": None}
        rows = [
            {"order_id": n, "quantity": "7" if n == 1 else "0.1", "at": START + n * MINUTE}
            for n in range(1, ORDERS + 2)
        ]
        db.execute(insert(RESERVATION), [took | row for row in rows])
    yield found
    found.close()


def test_the_ledger_gives_one_exact_sum_for_each_article(ledger):
    found = ledger.booked({"W-100": START, "W-200": START}, START.date(), 9)
    assert found.reserved == (Reservation("W-100", Decimal("307.0"), "", START + (ORDERS + 1) * MINUTE),)


def test_what_was_taken_at_the_moment_of_the_count_is_in_the_count(ledger):
    (one,) = ledger.booked({"W-100": START + ORDERS * MINUTE}, START.date(), 9).reserved
    assert one.quantity == Decimal("0.1")


def test_what_a_mails_own_orders_take_is_told_apart_from_the_others(ledger):
    one, own = ledger.booked({"W-100": START}, START.date(), 1).reserved
    assert (one.reference, one.quantity) == ("", Decimal("300.0"))
    assert (own.reference, own.quantity) == ("own", Decimal(7))


def test_thousands_of_orders_cost_a_look_up_little_and_its_record_nothing(ledger):
    with costs_at_most(0.5):
        for _ in range(30):
            found = ledger.booked({"W-100": START}, START.date(), 9)
    assert len(msgspec.json.encode(Known(reserved=found.reserved))) < 1000


def test_orders_for_one_article_keep_what_is_stored_with_each_of_them_small(tmp_path):
    world = World(tmp_path, mode=Mode.DRAFT)
    world.story.catalogue = stocked(1000)
    world.go()
    for number in range(40):
        world.mailbox.deliver(raw(number))
        world.go()
    known = [facts for past in history.pasts(tmp_path / "ledger.db", None, {}) for facts in past.known]
    assert [len(facts.reserved) for facts in known] == [0] + [1] * 39
    assert [sum(one.quantity for one in facts.reserved) for facts in known] == [5 * n for n in range(40)]
    world.ledger.close()
