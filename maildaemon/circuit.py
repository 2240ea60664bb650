"""The circuit breaker of a source outside: one that fails again and again is left alone for a while."""

FAILURES = 3
"""So many in a row, and it is not asked any more."""
PAUSE = 60.0
"""Seconds until it is tried again, by one question."""


class Circuit:
    """Times are seconds of a clock that only goes forward."""

    def __init__(self) -> None:
        self.reason: str | None = None
        """What it said the last time; None while it answers."""
        self._failures = 0
        self._until = 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= FAILURES

    def allows(self, now: float) -> bool:
        """Whether it may be asked. Once its pause is over, one question is let through, and the others wait for what
        comes of it."""
        if not self.is_open:
            return True
        if now < self._until:
            return False
        self._until = now + PAUSE
        return True

    def good(self) -> bool:
        """It has answered; whether that is news."""
        news, self.reason, self._failures = self.is_open, None, 0
        return news

    def bad(self, reason: str, now: float) -> bool:
        """It has failed; whether it is left alone from now on."""
        self.reason = reason
        self._failures += 1
        self._until = now + PAUSE
        return self._failures == FAILURES
