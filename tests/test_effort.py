"""The measure of effort tells what is quadratic from what is linear."""

import pytest

from tests.effort import costs_at_most


def test_little_work_is_little():
    with costs_at_most(1):
        sum(range(10_000))


def test_much_work_is_found_out():
    with pytest.raises(AssertionError, match="turns of the yardstick"), costs_at_most(0.01):
        sum(range(20_000_000))
