"""Clients whose programs answer every answer: bounded however long it runs, nothing lost, and others are served."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from maildaemon.cli import checkup
from maildaemon.desk import MailState, OutgoingState
from maildaemon.edge.importing import import_file
from maildaemon.settings import parse
from tests.campaign import responders
from tests.campaign.responders import House, Post, most_within, order
from tests.e2e.test_dovecot import config
from tests.servers.dovecot import dovecot
from tests.servers.smtp_sink import smtp_sink

pytestmark = pytest.mark.dovecot
ROBOT, OTHER = "buyer@client1.example", "buyer@client2.example"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOUNDS = {"orders_hour": 4, "orders_day": 10, "per_address_hour": 2, "per_address_day": 5, "per_thread_day": 3}
MORE = "[bounds]\n" + "".join(f"{name} = {value}\n" for name, value in BOUNDS.items())


@pytest.fixture(scope="module")
def server():
    with dovecot() as found:
        yield found


@pytest.fixture
def sink():
    with smtp_sink() as found:
        yield found


def settled(folder, server, sink, user, *, us="us.example", customer=None):
    """The settings of a house whose mailbox is ``user``'s; ``customer`` is the domain of its first customer."""
    folder.mkdir()
    config(folder, server, sink, more=MORE)
    path = folder / "maildaemon.toml"
    text = path.read_text().replace('user = "orders"', f'user = "{user}"').replace("us.example", us)
    path.write_text(text)
    if customer is not None:
        table = folder / "customers.csv"
        table.write_text(table.read_text().replace("client1.example", customer))
        import_file(parse(text, str(path)).ledger, "customers", table, datetime.now(UTC))
    return parse(text, str(path))


def driven(house, post, server, *, rounds, minutes):
    """Runs for long; every seventh round another client orders something. Returns how many of those were not answered in
    the very round."""
    late = 0
    for number in range(rounds):
        if number % 7 == 3:
            server.deliver(order(OTHER).as_bytes(), post.user)
            before = len(house.to(OTHER))
        house.round(post)
        if number % 7 == 3:
            late += len(house.to(OTHER)) != before + 1
        house.clock.forward(minutes=minutes)
    return late


@pytest.mark.parametrize(
    ("responder", "most", "holds"),
    [
        (responders.robot_in_thread, BOUNDS["orders_day"], False),
        (responders.robot_without_thread, BOUNDS["orders_day"], True),
        (responders.absent, 1, False),
        (responders.absent_unsaid, 1, False),
        (responders.bouncing, 1, False),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_a_program_that_answers_every_answer_is_answered_within_bounds(
    server, sink, tmp_path, caplog, responder, most, holds
):
    user = responder.__name__.replace("_", "")
    settings = settled(tmp_path / "house", server, sink, user)
    post = Post(server, sink, responder, user, others=(OTHER,))
    caplog.set_level(logging.INFO, "maildaemon")
    with House(settings, sink) as house:
        server.deliver(order(ROBOT).as_bytes(), user)
        assert driven(house, post, server, rounds=90, minutes=35) == 0, "others are answered at once"
        post.responder = lambda answer: []
        house.round(post)
        times, states = house.to(ROBOT), house.outgoing()
        assert len(times) >= 1
        assert most_within(times, HOUR) <= min(most, BOUNDS["orders_hour"])
        assert most_within(times, DAY) <= most
        assert states[OutgoingState.SENT] == len(house.left)
        assert bool(states[OutgoingState.HELD]) is holds
        assert set(states) <= {OutgoingState.SENT, OutgoingState.HELD}
        mails = house.mails()
        assert sum(mails.values()) == 1 + post.brought + len(house.to(OTHER)), "nothing is lost"
        found = [finding.sentence for finding in checkup._ledger(settings) if finding.what == "answers"]
        for _ in range(60 if holds else 2):
            house.round(post)
            house.clock.forward(hours=2)
        assert set(house.outgoing()) == {OutgoingState.SENT}, "what was held goes out by itself"
        assert set(house.mails()) <= {MailState.ACKNOWLEDGED, MailState.IGNORED, MailState.REVIEW}
    if holds:
        said = [r.facts for r in caplog.records if getattr(r, "event", "") == "held"]
        assert any("orders of buyer@client1.example within" in facts["why"] for facts in said)
        assert found == [
            f"{states[OutgoingState.HELD]} exceed a bound and wait until they may go: maildaemon review list"
        ]


@pytest.mark.parametrize("lost", [(), ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "X-Maildaemon-Id")])
def test_two_houses_that_face_each_other_come_to_rest(server, tmp_path, lost):
    with smtp_sink() as ours, smtp_sink() as theirs:
        ids = f"{len(lost)}"
        us = settled(tmp_path / "us", server, ours, f"us{ids}", customer="them.example")
        them = settled(tmp_path / "them", server, theirs, f"them{ids}", us="them.example", customer="us.example")
        there = Post(server, ours, lambda answer: [answer], f"them{ids}", lost)
        back = Post(server, theirs, lambda answer: [answer], f"us{ids}", lost)
        with House(us, ours) as one, House(them, theirs) as other:
            server.deliver(order("orders@them.example").as_bytes(), f"us{ids}")
            for _ in range(20):
                for house, post in ((one, there), (other, back)):
                    house.round(post)
                    house.clock.forward(minutes=20)
            assert len(one.left) == 1
            assert len(other.left) <= 1
