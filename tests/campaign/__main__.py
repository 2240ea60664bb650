"""The command of the campaign: ``python -m tests.campaign``; its last line is for programs."""

import argparse
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NoReturn

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from tests.campaign import campaign
from tests.campaign.campaign import KINDS
from tests.campaign.episode import Episode, Outcome
from tests.campaign.ground import ground
from tests.servers.dovecot import MISSING, installed

BROKEN, UNUSABLE = 1, 2
FEW = 200
SHOWN = 40


class Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        unusable(message)


def unusable(sentence: str) -> NoReturn:
    print(f"campaign: {sentence}", file=sys.stderr)
    raise SystemExit(UNUSABLE)


def main(words: Sequence[str] | None = None) -> int:
    wanted = _arguments(words)
    seed = wanted.seed if wanted.seed is not None else random.SystemRandom().randrange(10**6)
    episodes, count = _chosen(wanted, seed)
    if not installed():
        unusable(MISSING)
    console = Console(soft_wrap=True)
    console.print(Text(f"{count} episodes, {wanted.jobs} at a time, seed {seed}"))
    # The servers are ended, whoever ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    began = time.monotonic()
    with ground() as shared:
        outcomes = _watched(console, count, lambda told: campaign.run(shared, episodes, wanted.jobs, told))
    seconds = time.monotonic() - began
    for one in outcomes:
        if one.lost or one.doubled or one.complaints:
            _wrong(console, one, whole=wanted.only is not None)
    console.print(_table(outcomes))
    console.print(Text(f"{seconds:.0f} seconds, {seconds / max(len(outcomes), 1):.2f} per episode"))
    total = campaign.tally(outcomes)
    if not total.broken:
        console.print(
            Text(f"no failure in {total.episodes}: with 95 % confidence fewer than 1 in {total.episodes / 3:.0f}")
        )
    sys.stdout.flush()
    print(total.line(seed), flush=True)
    return BROKEN if total.broken or len(outcomes) < count else 0


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = Arguments(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument(
        "--episodes", type=int, metavar="N", help=f"how many ({FEW}); with --exhaustive, how many random ones"
    )
    parser.add_argument("--seed", type=int, metavar="S", help="of all luck; drawn and printed when not given")
    parser.add_argument("--kinds", default=",".join(KINDS), help=f"of {','.join(KINDS)}")
    parser.add_argument("--exhaustive", action="store_true", help="every case of every kind")
    parser.add_argument("--jobs", type=int, default=3, metavar="N", help="episodes at a time (3)")
    parser.add_argument("--only", metavar="NAME", help="one episode, kind:point:mail:repeat:seed")
    found = parser.parse_args(words)
    found.kinds = [kind for kind in found.kinds.split(",") if kind]
    if unknown := sorted(set(found.kinds) - set(KINDS)):
        parser.error(f"--kinds {','.join(unknown)}: expected some of {','.join(KINDS)}")
    if not found.kinds or found.jobs < 1 or (found.seed or 0) < 0 or (found.episodes or 1) < 1:
        parser.error("expected at least one kind, one job, one episode, and a seed that is not negative")
    return found


def _chosen(wanted: argparse.Namespace, seed: int) -> tuple[Iterator[Episode], int]:
    if wanted.only is not None:
        try:
            return iter([campaign.named(wanted.only)]), 1
        except ValueError as error:
            unusable(f"--only {error}")
    if not wanted.exhaustive:
        count = wanted.episodes or FEW
        return campaign.sample(wanted.kinds, count, seed), count
    luck = wanted.episodes or 0 if "random" in wanted.kinds else 0
    cases = sum(len(campaign.fault(kind).cases()) for kind in wanted.kinds if kind != "random")
    return chain(campaign.every(wanted.kinds, seed), campaign.sample(["random"], luck, seed)), cases + luck


def _watched(console: Console, count: int, run) -> list[Outcome]:
    """A line that moves on a terminal, and one line per hundred episodes elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    wrong = done = 0
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("episodes", total=count)

        def told(outcome: Outcome) -> None:
            nonlocal wrong, done
            done += 1
            if outcome.lost or outcome.doubled or outcome.complaints:
                wrong += 1
                console.print(Text(f"wrong: {outcome.name}"))
            progress.update(task, advance=1, description=f"episodes, {wrong} wrong" if wrong else "episodes")
            if not console.is_terminal and done % 100 == 0:
                print(f"{done} of {count}, {wrong} wrong", flush=True)

        return run(told)


def _wrong(console: Console, outcome: Outcome, *, whole: bool) -> None:
    console.print(Text(f"\n{outcome.name}: lost {outcome.lost}, doubled {outcome.doubled}", "bold red"))
    for complaint in outcome.complaints:
        console.print(Text(f"  {complaint}"))
    console.print(Text(f"  alone: python -m tests.campaign --only {outcome.name}"))
    lines = outcome.log.splitlines()
    for line in lines if whole else lines[-SHOWN:]:
        console.print(Text(f"    {line}"))


def _table(outcomes: list[Outcome]) -> Table:
    table = Table("kind", *(("episodes", "lost", "doubled", "in doubt", "wrong")))
    for kind in sorted({one.name.partition(":")[0] for one in outcomes}):
        total = campaign.tally(one for one in outcomes if one.name.startswith(f"{kind}:"))
        figures = (total.episodes, total.lost, total.doubled, total.doubt, total.complaints)
        table.add_row(kind, *map(str, figures))
    return table


if __name__ == "__main__":
    raise SystemExit(main())
