"""``make fuzz``: sample documents tampered with, read in the real children, judged and answered; what broke is told.

Each finding lies as a file in build/fuzz afterwards; ``--replay FILE…`` tries files again. One that was mended goes to
tests/hostile/found/, made as small as it can be.
"""

import argparse
import multiprocessing
import os
import queue
import random
import sys
import time
from pathlib import Path

from maildaemon.edge.children import ChildReader
from maildaemon.edge.playbooks import gather
from tests.fuzz.cases import LIMITS, Case, Tally, tried, work
from tests.fuzz.promises import Judge
from tests.fuzz.seeds import ROOT, seeds

KEEP = ROOT / "build" / "fuzz"
PATIENCE = 120.0
"""Seconds without a word from any worker, after which they are taken for lost."""


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=None, help="otherwise another one each time, which is printed")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options.add_argument("--replay", type=Path, nargs="+", metavar="FILE", help="only these, as they are")
    chosen = options.parse_args()
    if chosen.replay:
        return _told(replayed(chosen.replay))
    seed = random.SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    print(f"{len(seeds())} documents, seed {seed}, {chosen.seconds:.0f} s, {chosen.jobs} at a time", flush=True)
    return _told(run(seed, chosen.seconds, chosen.jobs))


def run(seed: int, seconds: float, jobs: int) -> Tally:
    """Raises RuntimeError when a worker is lost."""
    KEEP.mkdir(parents=True, exist_ok=True)
    total, end, said = Tally(), time.monotonic() + seconds, time.monotonic()
    context = multiprocessing.get_context("spawn")
    told: multiprocessing.Queue[Tally | None] = context.Queue()
    workers = [context.Process(target=work, args=(seed, job, jobs, end, str(KEEP), told)) for job in range(jobs)]
    for worker in workers:
        worker.start()
    left = jobs
    while left:
        try:
            found = told.get(timeout=PATIENCE)
        except queue.Empty:
            raise RuntimeError("the workers say nothing any more") from None
        if found is None:
            left -= 1
            continue
        for one in set(found.findings) - set(total.findings):
            print(f"FOUND {found.findings[one]}", flush=True)
        total.add(found)
        if time.monotonic() - said > 10:
            said = time.monotonic()
            print(f"{total.cases} cases, {len(total.findings)} findings, {max(0, end - said):.0f} s left", flush=True)
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise RuntimeError(f"a worker ended with status {worker.exitcode}")
    return total


def replayed(paths: list[Path]) -> Tally:
    tally, judge = Tally(), Judge()
    reader = ChildReader(gather(), children=1, limits=LIMITS)
    for path in paths:
        tried(tally, Case(path.name, path.name, path.read_bytes()), reader, judge)
    reader.close()
    return tally


def _told(total: Tally) -> int:
    print(f"{total.cases} cases: {', '.join(f'{count} {what}' for what, count in total.outcomes.most_common())}")
    print(f"the slowest took {total.slowest[0]:.1f} s of CPU: {total.slowest[1]}")
    for said in total.findings.values():
        print(f"FOUND {said}")
    return 1 if total.findings or not total.cases else 0


if __name__ == "__main__":
    sys.exit(main())
