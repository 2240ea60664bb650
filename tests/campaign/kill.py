"""Kill -9 at every named point, with every kind of mail, in three circumstances."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from maildaemon.desk import MailState
from tests.campaign.episode import QUIET_SECONDS, Arm, Episode, luck
from tests.campaign.mails import KINDS, make, some
from tests.campaign.points import POINTS, Point
from tests.campaign.sink import Refused
from tests.campaign.world import World
from tests.e2e import outside
from tests.e2e.mails import Expected

REPEATS = 3
"""0: the mail waits alone. 1: it waits among others, and the daemon has no archive. 2: it arrives while the victim runs, and the recovery is killed
once more at another point, where it gets there."""


def cases() -> Sequence[str]:
    return [f"{point}:{mail}:{repeat}" for repeat in range(REPEATS) for mail in KINDS for point in POINTS]


def episode(case: str, seed: int) -> Episode:
    name, kind, text = case.split(":")
    point, repeat, chance = POINTS[name], int(text), luck("kill", case, seed)
    own = make(kind, 1, chance)
    beside = "text" if "text" in point.reached_by else "stranger"
    needed = () if kind in point.reached_by else make(beside, 11, chance)
    mails = (*own, *needed)
    if repeat == 1:
        mails = (*some(2, chance, 20, large=False), *mails, *some(1, chance, 30, large=False))
    elif chance.random() < 0.5:
        mails = mails[::-1] if kind not in {"same-po", "resent"} else mails
    again = chance.choice(sorted(POINTS))
    course = COURSES.get(name) or (partial(arriving, point=point, again=again) if repeat == 2 else usual_at(point))
    return Episode(
        f"kill:{case}:{seed}", mails, course=course, extra=partial(_known, mails), must=name, archive=repeat != 1
    )


def armed(world: World, point: Point, nth: int = 1) -> tuple[Arm, ...]:
    """What the next start is armed with, so that it dies there; a moment of the sink's is armed at the sink."""
    if point.moment is None:
        return (("tests.campaign.seams:kill", {"point": point.name, "nth": nth}),)
    left = nth

    def hook(moment: str) -> None:
        nonlocal left
        if moment == point.moment:
            left -= 1
            if left == 0:
                world.kill(point.name)
                if moment == "received":
                    raise Refused("451 nobody hears this any more")

    world.sink.hook = hook
    return ()


def disarmed(world: World) -> None:
    world.sink.hook = lambda moment: None


def usual_at(point: Point) -> Callable[[World, Episode], None]:
    def course(world: World, episode: Episode) -> None:
        world.deliver(episode.mails)
        killed_at(world, point)

    return course


def killed_at(world: World, point: Point) -> None:
    """One start that is to die there; it lives on when it never gets there."""
    world.start(armed(world, point))
    world.dead_or_quiet(QUIET_SECONDS)
    disarmed(world)
    _shown(world, point)


def _shown(world: World, point: Point) -> None:
    """The ledger of the dead says what it must."""
    if world.alive or world.reached[-1:] != [point.name]:
        return
    if outside.query(world.ledger, f"SELECT {point.shows}") != [(1,)]:
        rows = outside.query(
            world.ledger, "SELECT m.state, o.state FROM mail m LEFT JOIN outgoing o ON o.mail_id = m.id"
        )
        world.complaints.append(f"killed at {point.name}, the ledger says {rows}")


def arriving(world: World, episode: Episode, *, point: Point, again: str) -> None:
    """The mails arrive while it runs; its recovery is killed, too."""
    world.start(armed(world, point))
    world.dead_or(lambda: world.logged("started", seconds=0), QUIET_SECONDS)
    world.deliver(episode.mails)
    if world.dead_or_quiet(QUIET_SECONDS):
        disarmed(world)
        _shown(world, point)
        world.start(armed(world, POINTS[again]))
        world.dead_or_quiet(QUIET_SECONDS)
    disarmed(world)


def _migrating(world: World, episode: Episode) -> None:
    """The ledger is of an older version, and its migration is killed at more than one statement."""
    world.ground.older(world)
    world.deliver(episode.mails)
    repeat = int(episode.name.split(":")[3])
    for nth in range(1 + repeat, 10, REPEATS):
        if not world.alive:
            world.start((("tests.campaign.seams:kill", {"point": "in-migration", "nth": nth}),))
            world.dead_or_quiet(QUIET_SECONDS)


def _meeting(world: World, episode: Episode) -> None:
    """What lies there before the first contact is never answered, also when that was cut off; what comes later is."""
    world.ground.fresh(world)
    chance = random.Random(episode.name)
    (old,) = make("text", 900, chance)
    world.deliver([old])
    world.listed.append(replace(old, folder="INBOX", state=MailState.LISTED, answered=False))
    killed_at(world, POINTS[episode.name.split(":")[1]])
    if not world.alive:
        world.start()
    world.dead_or_quiet(QUIET_SECONDS)
    world.deliver(episode.mails)
    world.dead_or_quiet(QUIET_SECONDS)


def _recovering(world: World, episode: Episode) -> None:
    """Killed on its way out, and again while it recovers from that."""
    world.deliver(episode.mails)
    first = random.Random(episode.name).choice(
        [p for p in POINTS.values() if p.doubtful or p.name in {"claimed", "mid-data"}]
    )
    killed_at(world, first)
    if not world.alive:
        killed_at(world, POINTS[episode.name.split(":")[1]])


def _known(mails: Sequence[Expected], world: World) -> Iterator[str]:
    """Nothing is in doubt where no kill fell between the final dot and the stored 250. With one mail that is a matter
    of the point alone; of several, another one may be there at that moment, and the tape tells."""
    if len(mails) == 1 and not any(POINTS[name].doubtful for name in world.reached):
        sql = "SELECT message_id FROM outgoing WHERE state = 'in_doubt'"
        yield from (f"{key} is in doubt for no reason" for (key,) in outside.query(world.ledger, sql))


COURSES: dict[str, Callable[[World, Episode], None]] = {
    "in-migration": _migrating,
    "in-first-contact": _meeting,
    "first-contact": _meeting,
    "recovering": _recovering,
    "recovered": _recovering,
}
