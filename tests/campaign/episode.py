"""An episode: mails, a fault, a course, and what is found to be wrong afterwards."""

import contextlib
import random
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.campaign import checks
from tests.e2e.mails import Expected

if TYPE_CHECKING:
    from tests.campaign.ground import Ground
    from tests.campaign.world import World

Arm = tuple[str, dict[str, Any]]
QUIET_SECONDS = 60.0


def luck(kind: str, case: str, seed: int) -> random.Random:
    """The only luck of a case."""
    return random.Random(f"{kind}:{case}:{seed}")


def _nothing(world: "World") -> contextlib.AbstractContextManager[object]:
    return contextlib.nullcontext()


def _no_complaints(world: "World") -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Episode:
    """``name`` is ``kind:point:mail:repeat:seed``."""

    name: str
    mails: tuple[Expected, ...]
    arms: tuple[Arm, ...] = ()
    """What the first start is armed with."""
    inject: "Callable[[World], contextlib.AbstractContextManager[object]]" = _nothing
    course: "Callable[[World, Episode], None] | None" = None
    """In place of the usual one."""
    extra: "Callable[[World], Iterable[str]]" = _no_complaints
    must: str | None = None
    """The fault that must have happened, by its name in ``world.reached``."""
    archive: bool = True
    """Whether the daemon has an archive to look for doubts in."""
    patience: float = 600.0
    """Seconds that nothing is waited for longer than: a daemon that loses a mail never gets quiet."""
    trouble: tuple[str, ...] = ()
    """What the log may name as trouble: parts of lines."""

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]


@dataclass(frozen=True)
class Outcome:
    """What one episode came to. ``lost`` and ``doubled`` count orders and mails, ``doubt`` messages in doubt."""

    name: str
    lost: int = 0
    doubled: int = 0
    doubt: int = 0
    complaints: tuple[str, ...] = ()
    seconds: float = 0.0
    log: str = field(default="", repr=False)


def usual(world: "World", episode: Episode) -> None:
    """The mails are there, the victim starts with its fault, and meets it."""
    world.deliver(episode.mails)
    with episode.inject(world):
        world.start(episode.arms)
        world.dead_or_quiet(QUIET_SECONDS)


def play(ground: "Ground", episode: Episode) -> Outcome:
    """Run it, let the daemon recover, check from outside. Never raises: what goes wrong with the harness itself is a
    complaint, too."""
    with contextlib.ExitStack() as stack:
        try:
            world = stack.enter_context(ground.world(episode))
            (episode.course or usual)(world, episode)
            return _judged(world, episode)
        except Exception:
            return Outcome(episode.name, complaints=(f"the harness failed: {traceback.format_exc()}",))


def _judged(world: "World", episode: Episode) -> Outcome:
    complaints = []
    if not world.alive:
        world.start()
    if not world.quiet(QUIET_SECONDS):
        complaints.append(f"not quiet {QUIET_SECONDS:.0f} seconds after the last fault: {world.in_flight()}")
    complaints += world.stop()
    if episode.must is not None and episode.must not in world.reached:
        complaints.append(f"{episode.must} was not reached")
    found = checks.examine(world, episode)
    complaints += [*world.complaints, *found.complaints, *checks.audited(world), *episode.extra(world)]
    wrong = complaints or found.lost or found.doubled
    log = world.story() if wrong else ""
    return Outcome(episode.name, found.lost, found.doubled, found.doubt, tuple(complaints), world.seconds, log)
