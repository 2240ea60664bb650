"""How long to wait before the next attempt."""

from hypothesis import given
from hypothesis import strategies as st

from maildaemon.backoff import Backoff, pause


def test_it_doubles_up_to_five_minutes():
    backoff = Backoff()
    assert [backoff.next() for _ in range(11)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    backoff.reset()
    assert backoff.next() == 1


@given(st.integers(-5, 10**6), st.floats(0, 1))
def test_luck_takes_away_a_half_at_most(failures, luck):
    assert 0.5 <= pause(failures, luck) <= 300
    assert pause(failures, 0) / 2 <= pause(failures, luck) <= pause(failures, 0)
