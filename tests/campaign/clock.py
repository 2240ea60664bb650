"""The clock jumps, the hour is set back, the machine sleeps: nothing is sent twice, nothing waits for ever."""

import random
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace

from maildaemon.desk import MailState
from tests.campaign.episode import Arm, Episode, luck
from tests.campaign.mails import KINDS, make, some, told_apart
from tests.campaign.world import World
from tests.e2e import outside
from tests.e2e.mails import Expected
from tests.servers.conditions import until

QUICK: Arm = ("tests.campaign.breaking:quick", {})
HOUR, DAY = 3600.0, 86400.0
TO_1970 = -56 * 365.25 * DAY
JUMPS = {
    "hour-ahead": [HOUR],
    "hour-back": [-HOUR],
    "year-ahead": [365 * DAY],
    "year-back": [-365 * DAY],
    "1970": [TO_1970],
    "ahead-and-back": [HOUR, -HOUR, 0.0],
    "1970-and-back": [TO_1970, 0.0],
    "year-and-back": [365 * DAY, 0.0],
}
"""Where the clock stands one after the other, in seconds off the true time."""
MOMENTS = {"early": (2, 4), "within": (6, 14), "late": (15, 24)}
"""At which reading of the clock it jumps: a run of one order reads it some thirty times."""
SWITCHES = {
    "summer-time-begins": "2026-03-29T00:59:59.500+00:00",
    "summer-time-ends": "2026-10-25T00:59:59.500+00:00",
    "new-year": "2026-12-31T23:59:59.500+00:00",
    "leap-day": "2028-02-28T23:59:59.500+00:00",
}
REPEATS = 3
Mails = tuple[Expected, ...]
Course = Callable[[World, Mails], None]


def jumping(name: str, tolerant: bool, jumps: list[tuple[int, float]]) -> Course:
    """Mails come before it starts and while it runs; the clock stays where it is at the end, also over a restart."""

    def course(world: World, mails: Mails) -> None:
        arm: Arm = ("tests.campaign.breaking:clock", {"name": name, "jumps": jumps})
        run(world, mails, (QUICK, arm), tolerant=tolerant)

    return course


def run(world: World, mails: Mails, arms: tuple[Arm, ...], *, tolerant: bool) -> None:
    half = (len(mails) + 1) // 2
    world.deliver(mails[:half])
    world.start(arms)
    world.logged("decided ", seconds=10)
    world.deliver(mails[half:])
    world.dead_or_quiet(60)
    world.listed += [as_decided(world, mail) if tolerant else mail for mail in mails]


def as_decided(world: World, mail: Expected) -> Expected:
    """By a clock that is far off, a date that was asked for may lie in the past: then a person looks."""
    sql = f"SELECT state FROM mail WHERE message_id = '{mail.message_id}' AND state = 'review'"
    if mail.state == MailState.ACKNOWLEDGED and outside.query(world.ledger, sql):
        return replace(mail, state=MailState.REVIEW, answered=False)
    return mail


def switched(name: str, start: str) -> Course:
    """The program stands in a zone whose hour is set on or back while it works."""

    def course(world: World, mails: Mails) -> None:
        arm: Arm = ("tests.campaign.breaking:at", {"name": name, "start": start, "zone": "Europe/Berlin"})
        run(world, mails, (QUICK, arm), tolerant=True)

    return course


def suspended(name: str, pause: float, seconds: float) -> Course:
    """Stopped at some moment of its work and continued later (SIGSTOP, SIGCONT)."""

    def course(world: World, mails: Mails) -> None:
        world.deliver(mails)
        world.start((QUICK,))
        world.victim.over(pause)
        world.victim.signal(signal.SIGSTOP)
        world.victim.over(seconds)
        world.victim.signal(signal.SIGCONT)
        world.struck.append(name)
        world.dead_or_quiet(60)
        world.listed += mails

    return course


def apart(name: str, nth: int, seconds: float) -> Course:
    """The monotonic clock jumps ahead and the other one does not."""

    def course(world: World, mails: Mails) -> None:
        arm: Arm = ("tests.campaign.breaking:monotonic_jumps", {"name": name, "nth": nth, "seconds": seconds})
        run(world, mails, (QUICK, arm), tolerant=False)

    return course


def met(name: str, off: float, old: Expected) -> Course:
    """The first contact falls into a wrong time, which is put right afterwards: what was there before it is not
    answered, whatever the clock said; what comes later is, or a person looks."""

    def course(world: World, mails: Mails) -> None:
        world.ground.fresh(world)
        world.deliver([old])
        world.start((QUICK, ("tests.campaign.breaking:clock", {"name": name, "jumps": [(1, off)]})))
        assert until(lambda: outside.query(world.ledger, "SELECT 1 FROM contact"), 20)
        world.dead_or_quiet(20)
        world.stop()
        world.deliver(mails)
        world.start((QUICK,))
        world.dead_or_quiet(60)
        world.listed.append(replace(old, folder="INBOX", state=MailState.LISTED, answered=False))
        world.listed += [as_decided(world, mail) for mail in mails]

    return course


POINTS = (
    *(f"{jump}-{moment}" for jump in JUMPS for moment in MOMENTS),
    *SWITCHES,
    *(f"suspended-{number}" for number in range(6)),
    *(f"monotonic-{what}" for what in ("hour", "day")),
    "met-in-1970",
    "met-a-year-ahead",
)


def cases() -> Sequence[str]:
    return [f"{point}:{mail}:{repeat}" for repeat in range(REPEATS) for mail in KINDS for point in POINTS]


def episode(case: str, seed: int) -> Episode:
    name, kind, text = case.split(":")
    chance = luck("time", case, seed)
    mails = (*make("text", 11, chance), *make(kind, 1, chance), *(some(3, chance, 20) if text != "0" else ()))
    if "year" in name or "1970" in name:
        # A mail that is not of these days is no mere repeat: a person looks.
        mails = tuple(mail for mail in mails if not (mail.answered and mail.state == MailState.IGNORED))
    mails = told_apart(mails)

    def course(world: World, episode: Episode) -> None:
        chosen(name, chance)(world, mails)

    return Episode(f"time:{case}:{seed}", (), course=course, must=name)


def chosen(name: str, chance: random.Random) -> Course:
    what, _, moment = name.rpartition("-")
    if name in SWITCHES:
        return switched(name, SWITCHES[name])
    if what == "suspended":
        return suspended(name, 0.1 * int(moment) + chance.uniform(0, 0.1), 2.0)
    if what == "monotonic":
        return apart(name, chance.randint(3, 30), HOUR if moment == "hour" else DAY)
    if name.startswith("met-"):
        return met(name, TO_1970 if name == "met-in-1970" else 365 * DAY, make("text", 900, chance)[0])
    first, last = MOMENTS[moment]
    offs = JUMPS[what]
    marks = sorted(chance.sample(range(first, last + len(offs)), len(offs)))
    return jumping(name, any(abs(off) >= DAY for off in offs), list(zip(marks, offs, strict=True)))
