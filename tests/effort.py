"""How much work something is, told by a yardstick that runs beside it: a busy or slow machine stretches both alike."""

import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

TURNS_A_SECOND = 250
"""Turns of the yardstick that a quiet machine of 2023 does in a second of CPU."""
LEEWAY = 3
"""What passes is seldom near its bound; what is quadratic in hostile input passes it by far more than this."""

_TEXT = "PO 4711, 12 x W-100 at 1.20; " * 200
_WORD = re.compile(r"[A-Z]+-?\d+|\d+(?:\.\d+)?")


@contextmanager
def costs_at_most(seconds: float) -> Iterator[None]:
    """The block takes at most so many CPU seconds of an ordinary, quiet machine, give or take the leeway."""
    before = _turn()
    begun = time.thread_time()
    yield
    spent = time.thread_time() - begun
    turn = max(before, _turn())
    allowed = seconds * TURNS_A_SECOND * LEEWAY
    assert spent / turn < allowed, f"{spent:.2f} s, {spent / turn:.0f} turns of the yardstick; allowed: {allowed:.0f}"


def _turn() -> float:
    """CPU seconds of one turn, here and now."""
    return statistics.median(_once() for _ in range(7))


def _once() -> float:
    begun = time.thread_time()
    for _ in range(11):
        sum(len(found) for found in _WORD.findall(_TEXT))
    return time.thread_time() - begun
