"""The one door: may this message leave now. It may only refuse or hold, never add."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from maildaemon import log
from maildaemon.bounds import AGAIN, HOUR, Bounds, Traffics
from maildaemon.desk import Left, Outgoing
from maildaemon.model import Mode, lowest


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message must not leave. ``until``: it is held, and asked for again then; None: it is for a person."""

    reason: str
    until: datetime | None = None


class Record(Protocol):
    """What the door needs to know of the past, and the breaker, which outlives the program."""

    breaker: str | None

    def left(self, now: datetime) -> tuple[Iterable[Left], int]:
        """The messages of the last day, and the most within ten minutes of the last 28 days."""

    def outdated(self, message: Outgoing) -> str | None:
        """Why it speaks of an order that is not the current one any more, or None."""

    def trip(self, reason: str, now: datetime) -> None:
        """Hold everything from now on, until a person says otherwise."""


@dataclass(slots=True)
class Door:
    """Used by the one thread that sends. ``own``: the mode of the profile that has read the mail which the message
    answers, as it stands at this moment: it may have changed since the message was written."""

    record: Record
    clock: Callable[[], datetime]
    mode: Mode
    own_domains: frozenset[str]
    bounds: Bounds = field(default_factory=Bounds)
    own: Callable[[Outgoing], Mode] = lambda message: Mode.AUTO  # noqa: ARG005
    traffics: Traffics = field(init=False)
    loaded: datetime | None = None

    def __post_init__(self) -> None:
        self.traffics = Traffics(self.bounds)

    def ask(self, message: Outgoing) -> Refusal | None:
        """Why the message must not leave now, or None."""
        now = self.clock()
        if self.loaded is None or now < self.loaded:
            self.traffics.load(*self.record.left(now))
            self.loaded = now
        elif now >= self.loaded + HOUR:
            # Only the band is asked for again: what has left is remembered here, and where the clock was put back, the
            # record still tells of times to come.
            _, self.traffics.peak = self.record.left(now)
            self.loaded = now
        if self.record.breaker is None and (alarm := self.traffics.leaves_its_band(now)) is not None:
            self.record.trip(alarm, now)
            log.breaker(alarm)
        return refusal(
            message,
            now,
            mode=lowest(self.mode, self.own(message)),
            own_domains=self.own_domains,
            traffics=self.traffics,
            breaker=self.record.breaker,
            outdated=self.record.outdated(message),
        )

    def passed(self, message: Outgoing) -> None:
        """The message goes out now, and counts."""
        self.traffics.add(message, self.clock())


def refusal(
    message: Outgoing,
    now: datetime,
    *,
    mode: Mode,
    own_domains: frozenset[str],
    traffics: Traffics,
    breaker: str | None = None,
    outdated: str | None = None,
) -> Refusal | None:
    """Why the message must not leave now, or None. ``breaker``: why everything is held; ``outdated``: why this version
    of its order is not current, beyond what the person knew who released the message. What a person has released may
    exceed the bounds, for each was looked at; nothing opens the door to our own addresses or in shadow mode."""
    if message.recipient.rpartition("@")[2].lower() in own_domains:
        return Refusal("the recipient is one of our own addresses")
    if mode is Mode.SHADOW:
        return Refusal("the mode is shadow: nothing is sent")
    if traffics.bounds.refuses(message.recipient):
        return Refusal("the recipient is among those that are never answered ([bounds] never)")
    if outdated is not None:
        return Refusal(outdated)
    if message.released:
        return None
    if mode is Mode.DRAFT and not message.approved:
        return Refusal("the mode is draft: a person releases each answer")
    if breaker is not None:
        return Refusal(f"the breaker holds everything: {breaker}", now + AGAIN)
    excess = traffics.excess(message, now)
    return Refusal(excess.reason, excess.until) if excess is not None else None
