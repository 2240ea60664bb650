"""How long to wait before the next attempt."""

from collections.abc import Callable


def pause(failures: int, luck: float, first: float = 1.0, longest: float = 300.0) -> float:
    """Seconds after that many failures in a row: doubling from ``first`` to ``longest``, of which ``luck`` (0 to 1)
    takes away up to a half, so that many clients do not come back at the same moment."""
    doubled = first * 2.0 ** min(max(failures, 1) - 1, 32)
    return float(min(longest, doubled) * (1.0 - luck / 2.0))


class Backoff:
    """Counts failures in a row. ``luck`` is a source of numbers from 0 to 1, such as ``random.random``."""

    def __init__(self, luck: Callable[[], float] = lambda: 0.0, first: float = 1.0, longest: float = 300.0) -> None:
        self._luck, self._first, self._longest = luck, first, longest
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait after one more failure."""
        self._failures += 1
        return pause(self._failures, self._luck(), self._first, self._longest)

    def reset(self) -> None:
        self._failures = 0
