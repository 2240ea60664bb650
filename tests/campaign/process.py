"""The process itself: SIGTERM anywhere, two daemons on one ledger, no descriptors, no forks, reading children that die."""

import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from maildaemon.desk import MailState
from tests.campaign.episode import Arm, Episode, luck
from tests.campaign.mails import KINDS, NOTED, make, some, told_apart
from tests.campaign.points import POINTS as PLACES
from tests.campaign.victims import Victim
from tests.campaign.world import World
from tests.e2e import outside
from tests.e2e.mails import Expected
from tests.servers.conditions import until

QUICK: Arm = ("tests.campaign.breaking:quick", {})
GRACE = 10.0
"""Seconds from SIGTERM to a clean end."""
REPEATS = 3
Mails = tuple[Expected, ...]
Course = Callable[[World, Mails], None]
STRANGE = {"in-first-contact", "first-contact"}
"""Points at which a mailbox is met for the first time."""


def termed(name: str, nth: int) -> Course:
    """SIGTERM at a named point: what is on the wire is finished, it ends well and soon."""
    point = PLACES[name.removeprefix("term-at-")]

    def course(world: World, mails: Mails) -> None:
        if point.name == "in-migration":
            world.ground.older(world)
        if point.name in STRANGE:
            world.ground.fresh(world)
        world.deliver(mails)
        world.start((QUICK, *struck(world, name, nth)))
        until(lambda: name in world.reached or not world.alive, 30)
        ended(world)
        world.sink.hook = lambda moment: None
        if point.name in STRANGE:
            mails = tuple(replace(mail, state=MailState.LISTED, answered=False, folder="INBOX") for mail in mails)
        world.listed += mails

    return course


def struck(world: World, name: str, nth: int) -> tuple[Arm, ...]:
    point = PLACES[name.removeprefix("term-at-")]
    if point.moment is None:
        return (("tests.campaign.breaking:term", {"name": name, "point": point.name, "nth": nth}),)

    def hook(moment: str) -> None:
        if moment == point.moment and name not in world.struck:
            world.struck.append(name)
            world.victim.signal(signal.SIGTERM)

    world.sink.hook = hook
    return ()


def ended(world: World) -> None:
    """By itself, within its grace, with status 0."""
    assert world.victim.over(GRACE), f"not ended {GRACE} seconds after SIGTERM"
    assert world.victim.code == 0, f"ended with status {world.victim.code}"


# --- two daemons ------------------------------------------------------------------------------------------------------


def another(world: World, tape: str = "tape-of-another") -> Victim:
    """One more daemon with the same configuration."""
    config, log = world.home / "maildaemon.toml", world.home / "log-of-another"
    return Victim(world.ground.zygote, config, world.home / tape, log, (QUICK,), world.user)


def turned_away(world: World, victim: Victim) -> None:
    """It ends with status 1 and one line that says who has the ledger."""
    assert victim.over(20), "two daemons work one ledger"
    said = [line for line in victim.log.read_text().splitlines() if line.strip()]
    assert victim.code == 1, f"ended with status {victim.code}: {said}"
    assert "another maildaemon" in said[-1], said
    assert "Traceback" not in victim.log.read_text(), said


def second(name: str, *, unlocked: bool) -> Course:
    """One is at work, another one is started; also where the file lock has been lost."""

    def course(world: World, mails: Mails) -> None:
        world.start((QUICK,))
        world.logged("started")
        if unlocked:
            world.ledger.with_name("ledger.db.lock").unlink()
        world.deliver(mails)
        turned_away(world, another(world))
        world.struck.append(name)
        world.dead_or_quiet(60)
        world.listed += mails

    return course


def at_once(name: str, _: int) -> Course:
    """Two are started at the same instant: one works."""

    def course(world: World, mails: Mails) -> None:
        world.deliver(mails)
        one = world.start((QUICK,))
        two = another(world, tape="tape")
        world.starts += 1
        assert until(lambda: not (one.alive and two.alive), 20), "two daemons work one ledger"
        loser, winner = (one, two) if two.alive else (two, one)
        turned_away(world, loser)
        world.victim = winner
        world.struck.append(name)
        world.dead_or_quiet(60)
        world.listed += mails

    return course


# --- descriptors, forks, children -------------------------------------------------------------------------------------


def lasting(function: str, seconds: float, **arguments: object) -> Callable[[str, int], Course]:
    """The fault is on until it has been met for so long."""

    def made(name: str, nth: int) -> Course:
        def course(world: World, mails: Mails) -> None:
            flag = world.home / "fault"
            flag.touch()
            half = len(mails) // 2
            world.deliver(mails[:half])
            world.start(
                (
                    QUICK,
                    (f"tests.campaign.breaking:{function}", {"name": name, "flag": str(flag), "nth": nth, **arguments}),
                )
            )
            until(lambda: name in world.reached or not world.alive, 20)
            world.deliver(mails[half:])
            world.victim.over(seconds)
            flag.unlink()
            world.dead_or_quiet(60)
            world.listed += mails

        return course

    return made


def children(**arguments: object) -> Callable[[str, int], Course]:
    """A reading child dies or hangs, and with ``no_forks`` cannot be replaced at first."""

    def made(name: str, nth: int) -> Course:
        def course(world: World, mails: Mails) -> None:
            world.limits["read_seconds"] = 1
            hangs, forks = bool(arguments.get("hangs")), arguments.get("forks")
            arms: list[Arm] = [QUICK]
            if arguments.get("times"):
                dies = {"name": "died" if forks else name, "nth": 1, "times": arguments["times"], "hangs": hangs}
                arms.append(("tests.campaign.breaking:dying_child", dies))
            if forks:
                arms.append(("tests.campaign.breaking:no_forks", {"name": name, "nth": forks, "times": 2}))
            world.deliver(mails)
            world.start(tuple(arms))
            world.dead_or_quiet(60)
            world.listed += mails

        return course

    return made


POINTS: dict[str, Callable[[str, int], Course]] = {
    **{f"term-at-{point}": termed for point in PLACES},
    "second-daemon": lambda name, nth: second(name, unlocked=False),
    "second-daemon-unlocked": lambda name, nth: second(name, unlocked=True),
    "two-at-once": at_once,
    **{f"descriptors-{spare}": lasting("few_descriptors", 1.0, spare=spare) for spare in (0, 1, 2, 4)},
    "child-killed": children(times=1),
    "child-killed-twice": children(times=2),
    "child-hangs": children(times=1, hangs=True),
    "no-fork-at-start": children(forks=1),
    "no-fork-later": children(times=1, forks=2),
}


def cases() -> Sequence[str]:
    return [f"{point}:{mail}:{repeat}" for repeat in range(REPEATS) for mail in KINDS for point in POINTS]


def episode(case: str, seed: int) -> Episode:
    name, kind, text = case.split(":")
    chance = luck("process", case, seed)
    place = PLACES.get(name.removeprefix("term-at-"))
    mails = make(kind, 1, chance)
    if place is None or kind not in place.reached_by:
        mails += make("stranger" if place is not None and place.reached_by <= NOTED else "text", 11, chance)
    if text != "0":
        mails = (*some(2, chance, 20), *mails, *some(1, chance, 30))
    if place is not None and place.name in STRANGE:
        mails = make("text", 11, chance)
    mails = told_apart(mails)
    nth = chance.randint(8, 20) if name.startswith("descriptors") else 1

    def course(world: World, episode: Episode) -> None:
        POINTS[name](name, nth)(world, mails)

    return Episode(f"process:{case}:{seed}", (), course=course, extra=known, must=name, trouble=("trouble", "shunted"))


def known(world: World) -> Iterator[str]:
    """Nothing that happens to a process that lives is a reason for a doubt."""
    for (key,) in outside.query(world.ledger, "SELECT message_id FROM outgoing WHERE state = 'in_doubt'"):
        yield f"{key} is in doubt, and nobody was killed"
