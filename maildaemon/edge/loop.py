"""A thread that works whenever it is woken, and shows that it lives."""

import threading
import time
from abc import ABC, abstractmethod


class Loop(ABC):
    """``heartbeat`` is CLOCK_MONOTONIC in seconds at its last sign of life."""

    def __init__(self, name: str) -> None:
        self.work = threading.Event()
        self.stopping = threading.Event()
        self.down: str | None = None
        """Why its server is not to be reached; said once, not each time."""
        self.heartbeat = time.monotonic()
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def wake(self) -> None:
        """There is something to do."""
        self.work.set()

    def stop(self, seconds: float = 30) -> None:
        """Lets what is being done finish."""
        self.stopping.set()
        self.work.set()
        if self.thread.ident is not None:
            self.thread.join(seconds)

    @abstractmethod
    def _run(self) -> None:
        """Until ``stopping`` is set."""
