"""Kill -9 at random times, while mails of every kind keep arriving."""

import random
import threading
from collections.abc import Iterator, Sequence
from functools import partial

from tests.campaign.episode import QUIET_SECONDS, Episode, luck
from tests.campaign.mails import some
from tests.campaign.world import World

MOST_KILLS = 3
BUSY_SECONDS = 0.6
"""So long a run has something to do from its start, or from a delivery on."""


def cases() -> Sequence[str]:
    return [f"any:mixed:{number}" for number in range(10_000)]


def episode(case: str, seed: int) -> Episode:
    chance = luck("random", case, seed)
    mails = some(chance.randint(2, 6), chance)
    return Episode(
        f"random:{case}:{seed}", mails, course=partial(_course, chance=chance), archive=chance.random() < 0.7
    )


def _course(world: World, episode: Episode, *, chance: random.Random) -> None:
    """So many runs, each killed after a time of its own; each mail comes before or within one of them."""
    # A server takes its time behind the final dot: that is where an outcome comes into doubt.
    pause = chance.choice([0, 0.02, 0.1])
    world.sink.hook = lambda moment: threading.Event().wait(pause) if moment in {"received", "kept"} else None
    kills = chance.randint(1, MOST_KILLS)
    # Each kill may cost the same mail an attempt, and a mail whose attempts are used up goes to review unread.
    world.limits["attempts"] = MOST_KILLS + 2
    parts = list(_parts(episode, kills, chance))
    for early, late in parts:
        world.deliver(early)
        victim = world.start()
        if chance.random() < 0.5:
            # A busy machine takes its time to start it, and the kills are to fall behind that, too.
            world.dead_or(lambda: world.logged(" started ", seconds=0), QUIET_SECONDS)
        for each in late:
            victim.over(chance.uniform(0, BUSY_SECONDS))
            world.deliver([each])
        victim.over(chance.uniform(0, BUSY_SECONDS))
        world.kill("random")
    world.start()
    world.dead_or_quiet(QUIET_SECONDS)


def _parts(episode: Episode, kills: int, chance: random.Random) -> Iterator[tuple[list, list]]:
    marks = sorted(chance.choices(range(len(episode.mails) + 1), k=kills - 1))
    for start, end in zip([0, *marks], [*marks, len(episode.mails)], strict=True):
        part = list(episode.mails[start:end])
        waiting = chance.randint(0, len(part))
        yield part[:waiting], part[waiting:]
