"""The sources as one: bounded in time, each behind its breaker, none in the way of another."""

import threading
from datetime import timedelta

import pytest

from maildaemon.circuit import FAILURES, PAUSE, Circuit
from maildaemon.edge.facts.provider import FactsDown, bundles
from maildaemon.edge.facts.sources import Source, Sources
from maildaemon.facts import About, FactAnswer, FactKind, Standing, unknown
from tests.fakes import START

CLIENT = About(FactKind.STANDING, customer="C-1")
DEAL = About(FactKind.STAGE, po_number="PO-1")


class FakeProvider:
    """Implements Provider: says the same to everybody, raises ``error``, or waits until it is let go."""

    def __init__(self, kind=FactKind.STANDING, name="crm"):
        self.kind, self.name = kind, name
        self.error = None
        self.asked = []
        self.stuck = False
        self.let_go = threading.Event()
        self.as_of = START
        self.at_once, self.most, self.lock = 0, 0, threading.Lock()

    def requests(self, abouts):
        return bundles(abouts, many=False, at_once=1)

    def fetch(self, abouts, now):
        self.asked.append(abouts)
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        if self.stuck:
            self.let_go.wait(30)
        with self.lock:
            self.at_once -= 1
        if self.error is not None:
            raise self.error
        if self.kind is FactKind.STAGE:
            return {about: FactAnswer(about, self.name, self.as_of, stage="won") for about in abouts}
        return {about: FactAnswer(about, self.name, self.as_of, standing=Standing("ok")) for about in abouts}

    def close(self):
        pass


class Seconds:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def provider():
    made = FakeProvider()
    yield made
    made.let_go.set()


def sources(*providers, **rest):
    seconds = Seconds()
    return Sources([Source(one, **{"seconds": 5, "monotonic": seconds, **rest}) for one in providers]), seconds


def ask(found, *abouts, now=START):
    answers = found.ask(abouts, now)
    return [answers[about.key] for about in abouts]


def test_each_source_is_asked_for_its_own_kind(provider):
    found, _ = sources(provider, FakeProvider(FactKind.STAGE, "deals"))
    assert found.kinds == {FactKind.STANDING, FactKind.STAGE}
    standing, stage = ask(found, CLIENT, DEAL)
    assert (standing.source, standing.standing.standing, stage.source, stage.stage) == ("crm", "ok", "deals", "won")


def test_nothing_is_asked_of_nobody():
    assert sources()[0].ask([], START) == {}


def test_one_that_is_stuck_holds_up_no_other(provider):
    provider.stuck = True
    found, _ = sources(provider, FakeProvider(FactKind.STAGE, "deals"), seconds=0.2)
    standing, stage = ask(found, CLIENT, DEAL)
    assert standing.problem == "crm: no answer within 0.2 s"
    assert stage.stage == "won"


def test_one_that_is_stuck_takes_no_more_threads_than_it_may(provider):
    provider.stuck = True
    found, seconds = sources(provider, seconds=0.05, parallel=2)
    abouts = [About(FactKind.STANDING, customer=f"C-{number}") for number in range(10)]
    for _ in range(5):
        assert all(one.problem for one in ask(found, *abouts))
        seconds.now += PAUSE
    assert len(provider.asked) == 2


def test_as_many_are_asked_side_by_side_as_may(provider):
    found, _ = sources(provider, parallel=3)
    abouts = [About(FactKind.STANDING, customer=f"C-{number}") for number in range(40)]
    assert all(one.problem is None for one in ask(found, *abouts))
    assert len(provider.asked) == 40
    assert provider.most <= 3


def test_one_that_fails_again_and_again_is_left_alone_and_tried_once_after_its_pause(provider):
    provider.error = FactsDown("crm: it answers with status 500")
    found, seconds = sources(provider)
    for _ in range(FAILURES + 5):
        (one,) = ask(found, CLIENT)
    assert len(provider.asked) == FAILURES
    assert one.problem == "crm is not asked for the time being: crm: it answers with status 500"
    seconds.now += PAUSE
    ask(found, CLIENT)
    ask(found, CLIENT)
    assert len(provider.asked) == FAILURES + 1
    provider.error = None
    seconds.now += PAUSE
    assert ask(found, CLIENT)[0].problem is None
    assert ask(found, About(FactKind.STANDING, customer="C-2"))[0].problem is None


def test_an_error_of_ours_is_a_source_that_is_down(provider):
    provider.error = KeyError("hunter2")
    assert ask(sources(provider)[0], CLIENT)[0].problem == "crm: KeyError"


def test_an_answer_is_used_again_for_a_while(provider):
    found, seconds = sources(provider, cache_seconds=30)
    ask(found, CLIENT)
    seconds.now += 29
    assert ask(found, About(FactKind.STANDING, customer="c 1"), now=START)[0].standing == Standing("ok")
    assert len(provider.asked) == 1
    seconds.now += 1
    ask(found, CLIENT)
    assert len(provider.asked) == 2


def test_what_is_unknown_is_asked_again(provider):
    provider.fetch = lambda abouts, now: provider.asked.append(abouts) or {a: unknown(a, "crm", "none") for a in abouts}
    found, _ = sources(provider)
    ask(found, CLIENT)
    ask(found, CLIENT)
    assert len(provider.asked) == 2


def test_an_answer_grows_old_also_where_it_is_kept(provider):
    found, _ = sources(provider, hours=4, cache_seconds=3600)
    assert ask(found, CLIENT)[0].problem is None
    assert ask(found, CLIENT, now=START + timedelta(hours=5))[0].problem == "it is 5 hours old, more than 4"
    assert len(provider.asked) == 1


@pytest.mark.parametrize("number", ["..", "", "x" * 81, "a\nb", "\u202e1", "--"])
def test_what_is_no_code_is_not_asked_for(number):
    deals = FakeProvider(FactKind.STAGE, "deals")
    (one,) = ask(sources(deals)[0], About(FactKind.STAGE, po_number=number))
    assert one.problem == "it cannot be asked for: no sound code or number"
    assert deals.asked == []


def test_a_circuit_is_open_after_failures_in_a_row_only():
    one = Circuit()
    for _ in range(5):
        one.bad("no", 0)
        one.bad("no", 0)
        assert not one.good()
    assert [one.bad("no", 0) for _ in range(4)] == [False, False, True, False]
    assert not one.allows(PAUSE - 1)
    assert one.good()
    assert one.allows(0)
