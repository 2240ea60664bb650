"""Waiting for what another thread does, with a deadline instead of a sleep."""

import threading
import time
from collections.abc import Callable


class Calls:
    """A function that counts and keeps its calls."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._seen: list[tuple[object, ...]] = []

    def __call__(self, *arguments: object) -> None:
        with self._changed:
            self._seen.append(arguments)
            self._changed.notify_all()

    @property
    def seen(self) -> list[tuple[object, ...]]:
        with self._changed:
            return list(self._seen)

    @property
    def count(self) -> int:
        with self._changed:
            return len(self._seen)

    def reach(self, count: int, seconds: float = 60.0) -> bool:
        """Wait until it was called so many times in all."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._seen) >= count, seconds)


def until(condition: Callable[[], object], seconds: float = 60.0) -> bool:
    """Wait until the condition holds, for what cannot notify."""
    end, tick = time.monotonic() + seconds, threading.Event()
    while not condition():
        if time.monotonic() > end:
            return False
        tick.wait(0.005)
    return True
