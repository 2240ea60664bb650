"""A watched file: imported when it has changed and is whole; a bad one leaves the table as it is."""

import os
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from maildaemon.edge.importing import Shelf, save
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.tables import MASTER
from maildaemon.edge.watched import Watch, Watched, last_taken
from maildaemon.model import Stock
from tests.fakes import START, Clock
from tests.ledgers import fresh

HEAD = "sku,on_hand,next_date,next_quantity,as_of\n"


class Desk:
    def __init__(self, folder):
        self.ledger = SqlLedger(fresh(folder / "ledger.db"))
        self.clock = Clock()
        self.path = folder / "stock.csv"
        self.begin()

    def begin(self):
        self.watched = Watched("stock", self.path, self.ledger.database, self.clock, timedelta(minutes=5))
        self.look = Watch([self.watched])

    def write(self, text, ago=0):
        """Changed so many seconds ago, by the clock of the test."""
        self.path.write_text(HEAD + text)
        at = (self.clock() - timedelta(seconds=ago)).timestamp()
        os.utime(self.path, (at, at))

    def pass_(self, **time):
        """Two looks, so long and then long enough apart."""
        self.clock.forward(**(time or {"minutes": 5}))
        self.look()
        self.clock.forward(seconds=6)
        self.look()

    def stock(self, sku="W-100"):
        return Shelf(self.ledger.database)().stock(sku)


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


def test_a_file_is_taken_when_it_stays_as_it_is_between_two_looks(desk):
    desk.write("W-100,5,,,\n")
    desk.look()
    assert desk.stock() is None
    desk.clock.forward(seconds=2)
    desk.look()
    assert desk.stock() is None, "too soon"
    desk.clock.forward(seconds=4)
    desk.look()
    assert desk.stock() == Stock("W-100", Decimal(5), as_of=START), "as old as the file, where it does not say itself"
    assert last_taken(desk.ledger.database, "stock") == (desk.clock(), 1)


def test_a_file_that_grows_is_not_taken(desk):
    for number in range(1, 6):
        desk.write("".join(f"W-{n},5,,,\n" for n in range(number)))
        desk.clock.forward(seconds=6)
        desk.look()
    assert desk.stock("W-0") is None
    desk.clock.forward(seconds=6)
    desk.look()
    assert desk.stock("W-4").on_hand == 5


def test_a_file_that_is_old_is_taken_at_the_first_look(desk):
    desk.write("W-100,5,,,\n", ago=3600)
    desk.look()
    assert desk.stock() == Stock("W-100", Decimal(5), as_of=START - timedelta(hours=1))


def test_the_table_is_replaced_as_a_whole(desk):
    desk.write("W-100,5,,,\nW-200,6,,,\n", ago=3600)
    desk.look()
    desk.write("W-100,4,,,2026-11-23T08:00Z\n")
    desk.pass_()
    assert desk.stock().on_hand == 4
    assert desk.stock("W-200") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "0 rows can be used"),
        ("W-100,many,,,\n", "0 rows can be used and 1 not: line 2: on_hand: 'many' is not a number"),
        ("W-1,1,,,\nW-2,x,,,\nW-3,y,,,\n", "1 rows can be used and 2 not"),
        ("W-1,1,,,\n", "1 rows where 3 were, so stock was left as it is"),
        ('W-1,"1', "0 rows can be used"),
    ],
)
def test_a_bad_file_leaves_the_table_as_it_is_and_is_told_once(desk, caplog, text, said):
    desk.write("W-100,5,,,\nW-200,6,,,\nW-300,6,,,\n", ago=3600)
    desk.look()
    desk.write(text)
    for _ in range(3):
        desk.pass_()
    assert desk.stock().on_hand == 5
    told = [record.facts["why"] for record in caplog.records if record.getMessage() == "trouble"]
    assert len(told) == 1
    assert said in told[0]
    desk.write("W-100,7,,,\nW-200,6,,,\n")
    desk.pass_()
    assert desk.stock().on_hand == 7
    assert desk.watched.problem is None


def test_a_file_that_is_gone_leaves_the_table_as_it_is(desk, caplog):
    desk.write("W-100,5,,,\n", ago=3600)
    desk.look()
    desk.path.unlink()
    desk.pass_()
    desk.pass_()
    assert desk.stock().on_hand == 5
    assert sum("No such file" in record.facts.get("why", "") for record in caplog.records) == 1


def test_between_its_looks_it_is_left_alone(desk):
    desk.write("W-100,5,,,\n", ago=3600)
    desk.look()
    desk.write("W-100,6,,,\n")
    desk.pass_(minutes=4)
    assert desk.stock().on_hand == 5
    desk.pass_(minutes=1)
    assert desk.stock().on_hand == 6


def test_after_a_start_the_same_file_changes_nothing(desk):
    desk.write("W-100,5,,,\n", ago=3600)
    desk.look()
    before = desk.stock()
    desk.clock.forward(hours=2)
    desk.begin()
    desk.look()
    assert desk.stock() == before, "its figures grow old with the file"


def test_what_is_written_fails_or_is_there_as_a_whole(desk):
    """The ledger cannot be written: the old rows stay, and the file is taken at a later look."""
    desk.write("W-100,5,,,\n", ago=3600)
    save(desk.ledger.database, "stock", (Stock("W-1"),))
    write = desk.ledger.database.write

    def fails():
        raise OSError(28, "No space left on device")

    desk.ledger.database.write = fails
    desk.look()
    desk.ledger.database.write = write
    with write() as db:
        assert list(db.scalars(select(MASTER.c.key))) == ["w-1"]
    desk.pass_()
    assert desk.stock().on_hand == 5
