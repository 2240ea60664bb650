"""The one door: modes, our own addresses, and bounds that hold whatever the mails say."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.bounds import BAND, DAY, HOUR, Bounds
from maildaemon.desk import Left, Outgoing, Traffic
from maildaemon.door import Door
from maildaemon.model import Mode
from tests.fakes import START, Clock

OWN = frozenset({"us.example"})
NUMBERS = itertools.count(1)


class FakeRecord:
    """Implements door.Record in memory."""

    def __init__(self):
        self.breaker, self.messages, self.peak = None, [], 0

    def left(self, now):
        return self.messages, self.peak

    def outdated(self, message):
        return None

    def trip(self, reason, now):
        self.breaker = reason


def message(recipient="a@client.example", *, thread="", traffic=Traffic.OTHER, released=False):
    number = next(NUMBERS)
    return Outgoing(
        number, number, f"<{number}@us.example>", "us@us.example", recipient, b"", 1, released, "orders",
        thread or f"<{number}@client.example>", traffic,
    )  # fmt: skip


class Doorway:
    """A door, and what went through it."""

    def __init__(self, *, mode=Mode.AUTO, record=None, **bounds):
        self.clock = Clock()
        self.record = record or FakeRecord()
        self.door = Door(self.record, self.clock, mode, OWN, Bounds(**bounds))

    def send(self, *messages):
        """What was said to each; the others went out."""
        said = []
        for one in messages:
            refused = self.door.ask(one)
            if refused is None:
                self.door.passed(one)
                self.record.messages.append(Left(self.clock(), one.recipient, one.thread, one.traffic))
            said.append(refused)
        return said

    def count(self, many, **kwargs):
        return self.send(*(message(**kwargs) for _ in range(many))).count(None)


@pytest.mark.parametrize(
    ("mode", "released", "open_"),
    [
        (Mode.AUTO, False, True), (Mode.AUTO, True, True), (Mode.DRAFT, False, False), (Mode.DRAFT, True, True),
        (Mode.SHADOW, False, False), (Mode.SHADOW, True, False),
    ],
)  # fmt: skip
def test_the_door_asks_the_mode(mode, released, open_):
    (refused,) = Doorway(mode=mode).send(message(released=released))
    assert (refused is None) is open_
    assert refused is None or refused.until is None


def test_the_door_lets_nothing_out_to_ourselves_or_to_whom_is_never_answered():
    way = Doorway(never=("robot@client.example", "*@noreply.example"))
    refused = way.send(
        message("a@US.example", released=True),
        message("Robot@client.example", released=True),
        message("x@noreply.example"),
    )
    assert [one.until for one in refused] == [None, None, None]
    assert way.send(message("person@client.example")) == [None]


def test_one_address_gets_so_many_messages_within_an_hour_and_within_a_day():
    way = Doorway(per_address_hour=3, per_address_day=5)
    assert way.count(5) == 3
    way.clock.forward(minutes=61)
    assert way.count(5) == 2
    way.clock.forward(hours=2)
    (refused,) = way.send(message())
    assert refused.until == START + DAY
    assert way.count(2, recipient="b@client.example") == 2


def test_a_domain_gets_so_many_messages_within_a_day():
    way = Doorway(per_domain_day=4)
    assert sum(way.count(1, recipient=f"{n}@client.example") for n in range(9)) == 4


def test_a_thread_gets_so_many_messages_from_whomever_and_whatever_they_are():
    way = Doorway(per_thread_day=3)
    sent = [
        way.count(1, recipient=f"{n}@c{n}.example", thread="<first@client.example>", traffic=traffic)
        for n, traffic in enumerate([Traffic.ORDER, Traffic.OTHER] * 4)
    ]
    assert sent == [1, 1, 1, 0, 0, 0, 0, 0]


def test_distinct_orders_of_known_customers_have_a_bound_of_their_own():
    way = Doorway(per_address_hour=2, orders_hour=50, per_thread_day=100)
    assert way.count(60, traffic=Traffic.ORDER) == 50
    assert way.count(5) == 2


def test_everybody_together_gets_so_many_messages():
    way = Doorway(overall_hour=7, overall_day=9)
    assert sum(way.count(1, recipient=f"a@c{n}.example", traffic=Traffic.ORDER) for n in range(20)) == 7
    way.clock.forward(hours=1)
    assert sum(way.count(1, recipient=f"a@c{n}.example", traffic=Traffic.ORDER) for n in range(20)) == 2


def test_what_a_person_has_released_may_exceed_a_bound_and_counts():
    way = Doorway(per_address_hour=2)
    assert way.count(5, released=True) == 5
    assert way.count(1) == 0


def test_what_the_ledger_knows_to_have_left_counts_after_a_restart():
    record = FakeRecord()
    record.messages = [Left(START - timedelta(minutes=n), "a@client.example", "", Traffic.OTHER) for n in range(3)]
    assert Doorway(per_address_hour=4, record=record).count(5) == 1


def test_a_clock_that_is_put_back_holds_nothing_longer_than_a_bound_is_long():
    way = Doorway(per_address_hour=2)
    way.clock.forward(days=365)
    way.count(2)
    way.clock.now = START
    way.door.loaded = START  # the record is not asked again: what is remembered must do
    (refused,) = way.send(message())
    assert refused.until <= START + HOUR


def test_a_clock_that_was_put_back_holds_nothing_longer_although_the_record_tells_of_times_to_come():
    way = Doorway(per_address_hour=2)
    way.clock.forward(days=365)
    way.count(2)
    way.clock.now = START
    assert way.count(1) == 0
    for _ in range(6):
        way.clock.forward(minutes=11)
        went = way.count(1)
    assert went == 1


def test_the_breaker_holds_everything_when_the_rate_leaves_its_band_and_stays_until_a_person_resumes():
    record = FakeRecord()
    record.peak = 10
    way = Doorway(breaker_factor=3, breaker_least=5, record=record)
    assert sum(way.count(1, recipient=f"a@c{n}.example", traffic=Traffic.ORDER) for n in range(40)) == 30
    assert "30 messages within ten minutes" in record.breaker
    way.clock.forward(days=2)
    (refused,) = way.send(message("new@c99.example"))
    assert "breaker" in refused.reason
    record.breaker = None
    assert way.count(1, recipient="new@c99.example") == 1


def test_a_quiet_house_is_not_alarmed_by_a_busy_morning():
    assert sum(Doorway(breaker_least=100).count(1, recipient=f"a@c{n}.example") for n in range(99)) == 99


@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 3), st.integers(0, 2), st.sampled_from(list(Traffic)), st.integers(0, 90), st.booleans()
        ),
        max_size=120,
    )
)
def test_the_bounds_hold_whatever_comes_in_whatever_order(steps):
    """Checked by counting what went out, over every hour and day that ends at a message."""
    bounds = {"per_address_hour": 3, "per_address_day": 5, "per_domain_day": 6, "per_thread_day": 4}
    bounds |= {"orders_hour": 4, "orders_day": 7, "overall_hour": 9, "overall_day": 14, "breaker_least": 8}
    record = FakeRecord()
    way = Doorway(record=record, **bounds)
    out = []
    for who, thread, traffic, minutes, resume in steps:
        way.clock.forward(minutes=minutes)
        if resume:
            record.breaker = None
        one = message(f"{who}@c{who % 2}.example", thread=f"<t{thread}@client.example>", traffic=traffic)
        if way.send(one) == [None]:
            out.append((way.clock.now, one))
    for end, _ in out:
        recent = [(at, m) for at, m in out if end - DAY < at <= end]
        hour = [m for at, m in recent if at > end - HOUR]
        day = [m for _, m in recent]
        assert len([at for at, _ in recent if at > end - BAND]) <= bounds["breaker_least"]
        assert len(hour) <= bounds["overall_hour"]
        assert len(day) <= bounds["overall_day"]
        for kind, per_hour, per_day in ((Traffic.OTHER, 3, 5), (Traffic.ORDER, 4, 7)):
            for address in {m.recipient for m in day}:
                assert len([m for m in hour if m.recipient == address and m.traffic is kind]) <= per_hour
                assert len([m for m in day if m.recipient == address and m.traffic is kind]) <= per_day
        for domain in ("c0.example", "c1.example"):
            assert len([m for m in day if m.recipient.endswith(domain) and m.traffic is Traffic.OTHER]) <= 6
        for thread in {m.thread for m in day}:
            assert len([m for m in day if m.thread == thread]) <= bounds["per_thread_day"]
