"""The sources of facts as one: asked side by side, within bounds of time, each behind its circuit breaker."""

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from maildaemon import log
from maildaemon.circuit import Circuit
from maildaemon.edge.facts.provider import FactsDown, Provider
from maildaemon.facts import About, FactAnswer, FactKind, aged, unknown

Key = tuple[str, ...]
CACHED = 20_000
LONGEST = 80
"""Characters of a code or number that is asked for."""


@dataclass(slots=True)
class Source:
    """A provider with what bounds it. ``hours``: the age at which what it says is unknown."""

    provider: Provider
    seconds: float = 5
    hours: float = 24
    cache_seconds: float = 30
    parallel: int = 4
    monotonic: Callable[[], float] = time.monotonic
    circuit: Circuit = field(default_factory=Circuit)
    cache: dict[Key, tuple[FactAnswer, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    busy: int = 0
    """Threads that wait for it, those of earlier questions too."""

    def cached(self, about: About) -> FactAnswer | None:
        with self.lock:
            answer, at = self.cache.get(about.key, (None, 0.0))
        return answer if answer is not None and self.monotonic() - at < self.cache_seconds else None

    def keep(self, answers: Sequence[FactAnswer]) -> None:
        """What is unknown is asked again."""
        with self.lock:
            if len(self.cache) > CACHED:
                self.cache.clear()
            now = self.monotonic()
            self.cache |= {one.about.key: (one, now) for one in answers if one.problem is None}

    def allows(self) -> bool:
        with self.lock:
            return self.circuit.allows(self.monotonic())

    def good(self) -> None:
        with self.lock:
            news = self.circuit.good()
        if news:
            log.server_up(f"facts {self.provider.name}")

    def bad(self, reason: str) -> None:
        with self.lock:
            news = self.circuit.bad(reason, self.monotonic())
        if news:
            log.server_down(f"facts {self.provider.name}", reason)


class Sources:
    """Implements maildaemon.desk.Facts."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = {source.provider.kind: source for source in sources}
        self.kinds: frozenset[FactKind] = frozenset(self.sources)

    def ask(self, abouts: Sequence[About], now: datetime) -> Mapping[Key, FactAnswer]:
        rounds = [
            Round(source, [about for about in abouts if about.kind is kind], now)
            for kind, source in self.sources.items()
        ]
        for each in rounds:
            each.begin()
        return {key: answer for each in rounds for key, answer in each.finish().items()}

    def close(self) -> None:
        for source in self.sources.values():
            source.provider.close()


class Round:
    """One source asked for what one batch wants. What has not answered when its time is over is unknown; the thread
    that waits for it ends by itself, and what it brings then is not looked at."""

    def __init__(self, source: Source, abouts: Sequence[About], now: datetime) -> None:
        self.source, self.now = source, now
        self.answers: dict[Key, FactAnswer] = {}
        self.waits: list[About] = []
        self.requests: queue.SimpleQueue[tuple[About, ...]] = queue.SimpleQueue()
        self.left = 0
        self.lock, self.done, self.over = threading.Lock(), threading.Event(), False
        self.deadline = 0.0
        name = source.provider.name
        for about in abouts:
            if not _can_be_asked(about):
                self.answers[about.key] = unknown(about, name, "it cannot be asked for: no sound code or number")
            elif (found := source.cached(about)) is not None:
                self.answers[about.key] = found
            else:
                self.waits.append(about)

    def begin(self) -> None:
        self.deadline = time.monotonic() + self.source.seconds
        for request in self.source.provider.requests(self.waits) if self.waits else ():
            self.requests.put(request)
            self.left += 1
        with self.source.lock:
            threads = min(self.source.parallel - self.source.busy, self.left)
            self.source.busy += max(0, threads)
        for _ in range(threads):
            threading.Thread(target=self._work, name=f"facts-{self.source.provider.name}", daemon=True).start()
        if threads <= 0:
            # Nothing to ask, or every thread still waits for what was asked earlier.
            self.done.set()

    def finish(self) -> dict[Key, FactAnswer]:
        self.done.wait(max(0.0, self.deadline - time.monotonic()))
        with self.lock:
            self.over = True
            found = dict(self.answers)
        source, name = self.source, self.source.provider.name
        missing = [about for about in self.waits if about.key not in found]
        if missing:
            reason = f"{name}: no answer within {source.seconds:g} s"
            source.bad(reason)
            found |= {about.key: unknown(about, name, reason) for about in missing}
        return {key: aged(answer, self.now, source.hours) for key, answer in found.items()}

    def _work(self) -> None:
        try:
            while not self.over:
                try:
                    request = self.requests.get_nowait()
                except queue.Empty:
                    return
                self._one(request)
        finally:
            with self.source.lock:
                self.source.busy -= 1

    def _one(self, request: tuple[About, ...]) -> None:
        source, name = self.source, self.source.provider.name
        if not source.allows():
            reason = f"{name} is not asked for the time being: {source.circuit.reason}"
            self._answered({about: unknown(about, name, reason) for about in request})
            return
        try:
            answers: Mapping[About, FactAnswer] = source.provider.fetch(request, self.now)
        except Exception as error:
            reason = str(error) if isinstance(error, FactsDown) else f"{name}: {type(error).__name__}"
            if self._answered({about: unknown(about, name, reason) for about in request}):
                source.bad(reason)
            return
        source.keep(tuple(answers.values()))
        if self._answered(answers):
            source.good()

    def _answered(self, answers: Mapping[About, FactAnswer]) -> bool:
        """Whether anybody has waited for it."""
        with self.lock:
            if self.over:
                return False
            self.answers |= {about.key: answer for about, answer in answers.items()}
            self.left -= 1
            if not self.left:
                self.done.set()
            return True


def _can_be_asked(about: About) -> bool:
    """A PO number is whatever a mail says: it must look like a code before anybody hears of it."""
    parts = [part for part in (about.sku, about.customer, about.po_number) if part is not None]
    return bool(parts) and all(
        len(part) <= LONGEST and part.isprintable() and any(letter.isalnum() for letter in part) for part in parts
    )
