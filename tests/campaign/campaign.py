"""The campaign: chooses episodes, plays them side by side, counts what they came to."""

import importlib
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol, cast

from tests.campaign.episode import Episode, Outcome, play
from tests.campaign.ground import Ground

KINDS = {
    "kill": "tests.campaign.kill",
    "random": "tests.campaign.randomly",
    "imap": "tests.campaign.imap",
    "smtp": "tests.campaign.smtp",
    "database": "tests.campaign.database",
    "time": "tests.campaign.clock",
    "process": "tests.campaign.process",
}


class Fault(Protocol):
    """A fault kind: see the package's docstring."""

    def cases(self) -> Sequence[str]: ...

    def episode(self, case: str, seed: int) -> Episode: ...


@dataclass(frozen=True)
class Tally:
    """The sums over some outcomes."""

    episodes: int
    lost: int
    doubled: int
    doubt: int
    complaints: int

    @property
    def broken(self) -> bool:
        return bool(self.lost or self.doubled or self.complaints)

    def line(self, seed: int) -> str:
        return f"episodes {self.episodes} lost {self.lost} doubled {self.doubled} in-doubt {self.doubt} seed {seed}"


def fault(kind: str) -> Fault:
    return cast("Fault", importlib.import_module(KINDS[kind]))


def named(name: str) -> Episode:
    """``kind:point:mail:repeat:seed``. Raises ValueError when there is no such episode."""
    kind, _, rest = name.partition(":")
    case, _, seed = rest.rpartition(":")
    if (
        kind not in KINDS
        or not seed.isdecimal()
        or case not in {*fault(kind).cases(), *getattr(fault(kind), "ALONE", ())}
    ):
        raise ValueError(f"{name}: no such episode; expected kind:point:mail:repeat:seed, as a run prints them")
    return fault(kind).episode(case, int(seed))


def sample(kinds: Sequence[str], count: int, seed: int) -> Iterator[Episode]:
    """So many episodes, the kinds taking turns, and within a kind its points."""
    turns = [iter(mixed(fault(kind).cases(), random.Random(f"{kind}:{seed}"))) for kind in kinds]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        turn = turns[number % len(kinds)]
        case = next(turn, None)
        if case is None:  # all its cases have been: once more
            turns[number % len(kinds)] = turn = iter(
                mixed(fault(kind).cases(), random.Random(f"{kind}:{seed}:{number}"))
            )
            case = next(turn)
        yield fault(kind).episode(case, seed)


def every(kinds: Iterable[str], seed: int) -> Iterator[Episode]:
    """Every case of every kind but the random ones, which have no end."""
    for kind in kinds:
        if kind != "random":
            for case in fault(kind).cases():
                yield fault(kind).episode(case, seed)


def mixed(cases: Sequence[str], chance: random.Random) -> list[str]:
    """Shuffled, so that each point comes once before one comes again."""
    by_point: dict[str, list[str]] = {}
    for case in cases:
        by_point.setdefault(case.partition(":")[0], []).append(case)
    for some in by_point.values():
        chance.shuffle(some)
    rounds = max(map(len, by_point.values()), default=0)
    found = []
    for number in range(rounds):
        row = [some[number] for some in by_point.values() if number < len(some)]
        chance.shuffle(row)
        found += row
    return found


def run(ground: Ground, episodes: Iterable[Episode], jobs: int, told: Callable[[Outcome], None]) -> list[Outcome]:
    """Plays them, so many at a time; ``told`` hears of each outcome, in this thread."""
    outcomes: list[Outcome] = []
    left = iter(episodes)
    with ThreadPoolExecutor(jobs, thread_name_prefix="episode") as pool:
        running = {pool.submit(play, ground, each) for _, each in zip(range(jobs), left, strict=False)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for each in done:
                outcomes.append(each.result())
                told(outcomes[-1])
                following = next(left, None)
                if following is not None:
                    running.add(pool.submit(play, ground, following))
    return outcomes


def tally(outcomes: Iterable[Outcome]) -> Tally:
    some = list(outcomes)
    return Tally(
        len(some),
        sum(one.lost for one in some),
        sum(one.doubled for one in some),
        sum(one.doubt for one in some),
        sum(bool(one.complaints) for one in some),
    )
