"""Mails whose documents take seconds to read: they leave their batch, and are concluded when they are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from maildaemon.desk import Later, Pending, ReadFailure
from maildaemon.model import Reading

AT_MOST = 8
"""So many mails are kept at hand; before there are more, the oldest is waited for."""
BEAT = 10.0
"""Seconds between two signs of life while a reading is waited for: there may be many before it."""
Read = tuple[Pending, Reading | ReadFailure]


@dataclass(slots=True)
class Slowly:
    """``conclude`` stores what was read of some mails; ``alive`` is called again and again while one is waited for.
    Who waits in vain loses nothing: a mail that is not concluded is new to the ledger, and read again."""

    conclude: Callable[[list[Read]], None]
    woken: Callable[[], None] = lambda: None
    """Called in another thread when a reading is there."""
    alive: Callable[[], None] = lambda: None
    waiting: list[tuple[Pending, Later]] = field(default_factory=list)

    def at_hand(self) -> frozenset[int]:
        """The mails that are being read."""
        return frozenset(pending.mail_id for pending, _ in self.waiting)

    def parted(self, pendings: Sequence[Pending], readings: Sequence[Reading | ReadFailure | Later]) -> list[Read]:
        """Those that are read; the others are kept."""
        read: list[Read] = []
        for pending, reading in zip(pendings, readings, strict=True):
            if isinstance(reading, Later):
                self.waiting.append((pending, reading))
                reading.then(self.woken)
            else:
                read.append((pending, reading))
        return read

    def some(self) -> None:
        """Those whose readings are there, and the oldest of too many."""
        while (over := len(self.waiting) > AT_MOST) or any(later.done() for _, later in self.waiting):
            self._one(0 if over else next(at for at, (_, later) in enumerate(self.waiting) if later.done()))

    def all(self) -> None:
        """Waits for each."""
        while self.waiting:
            self._one(0)

    def _one(self, at: int) -> None:
        self.alive()
        pending, later = self.waiting[at]
        while not later.wait(BEAT):
            self.alive()
        reading = later.result()
        del self.waiting[at]
        self.conclude([(pending, reading)])
