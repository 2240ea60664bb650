"""``make fuzz``: sample documents tampered with, read in the real children, judged and answered; what broke is told.

Any case is told by its seed and number alone: ``--case SEED:NUMBER --write FILE`` makes it again.
"""

import argparse
import multiprocessing
import os
import random
import sys
import time
from pathlib import Path

from maildaemon.edge.children import ChildReader
from maildaemon.edge.playbooks import gather
from tests.fuzz.cases import LIMITS, Tally, case, tried, work
from tests.fuzz.promises import Judge
from tests.fuzz.seeds import seeds


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=None, help="otherwise another one each time, which is printed")
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options.add_argument("--case", help="SEED:NUMBER of one case, made again")
    options.add_argument("--write", type=Path, help="where that case is written to")
    chosen = options.parse_args()
    if chosen.case:
        return again(chosen.case, chosen.write)
    seed = random.SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    known = seeds()
    print(f"{len(known)} documents, seed {seed}, {chosen.seconds:.0f} seconds, {chosen.jobs} at a time", flush=True)
    total = Tally()
    end = time.monotonic() + chosen.seconds
    context = multiprocessing.get_context("spawn")
    told: multiprocessing.Queue[Tally | None] = context.Queue()
    jobs = [context.Process(target=work, args=(seed, job, chosen.jobs, end, told)) for job in range(chosen.jobs)]
    for job in jobs:
        job.start()
    left, told_at = len(jobs), time.monotonic()
    while left:
        found = told.get()
        if found is None:
            left -= 1
            continue
        for what, said in found.findings.items():
            if what not in total.findings:
                print(f"FOUND {said}", flush=True)
        total.add(found)
        if time.monotonic() - told_at > 10:
            told_at = time.monotonic()
            print(f"{total.cases} cases, {len(total.findings)} findings, {max(0, end - said):.0f} s left", flush=True)
    print(f"{total.cases} cases: {', '.join(f'{count} {what}' for what, count in total.outcomes.most_common())}")
    print(f"the slowest took {total.slowest[0]:.1f} s of CPU: {total.slowest[1]}")
    for said in total.findings.values():
        print(f"FOUND {said}")
    return 1 if total.findings else 0


def again(which: str, path: Path | None) -> int:
    seed, _, number = which.partition(":")
    name, data = case(seeds(), int(seed), int(number))
    if path is not None:
        path.write_bytes(data)
    tally = Tally()
    reader = ChildReader(gather(), children=1, limits=LIMITS)
    tried(tally, which, name, data, reader, Judge())
    reader.close()
    print(f"{name}, {len(data)} bytes: {dict(tally.outcomes)}, {tally.slowest[0]:.1f} s of CPU")
    for what in tally.findings.values():
        print(f"FOUND {what}")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
