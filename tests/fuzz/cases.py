"""One case after another: a document tampered with, read in a real child, judged and answered."""

import multiprocessing
import os
import random
import re
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from maildaemon.edge.child import Limits
from maildaemon.edge.children import ChildReader
from maildaemon.edge.playbooks import gather
from maildaemon.model import Reading
from tests.fuzz.mutate import mutated, wrapped
from tests.fuzz.promises import Judge
from tests.fuzz.seeds import Seed, seeds

LIMITS = Limits(cpu_seconds=10, wall_seconds=30, memory=768 * 2**20)
"""Tighter than those of the daemon: who comes near them has a finding."""
BATCH = 8
_OUR_OWN = "the reader for it"
"""Libraries in C abort on some bytes, which costs that document alone. No code of ours does."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    document: str
    """The name that the document goes by."""
    data: bytes


@dataclass
class Tally:
    cases: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: dict[str, str] = field(default_factory=dict)
    """What broke, by its kind: the first case that showed it."""
    slowest: tuple[float, str] = (0.0, "")
    keep: Path | None = None
    """Where the cases with findings go."""

    def found(self, what: str, case: Case) -> None:
        """Of each kind the first; what is quoted in it, and its numbers, do not make it another kind."""
        kind = _QUOTED.sub("…", what)
        if kind in self.findings:
            return
        self.findings[kind] = f"{case.name}: {what}"
        if self.keep is not None:
            (self.keep / case.name).write_bytes(case.data)

    def add(self, other: "Tally") -> None:
        self.cases += other.cases
        self.outcomes += other.outcomes
        self.findings = {**other.findings, **self.findings}
        self.slowest = max(self.slowest, other.slowest)


def work(seed: int, job: int, jobs: int, end: float, keep: str, told: "multiprocessing.Queue[Tally | None]") -> None:
    """Every so-many-th case, until the time is over."""
    known, judge = seeds(), Judge()
    reader = ChildReader(gather(), children=1, limits=LIMITS)
    number = job
    try:
        while time.monotonic() < end:
            tally = Tally(keep=Path(keep))
            for _ in range(BATCH):
                tried(tally, made(known, seed, number), reader, judge)
                number += jobs
            told.put(tally)
    finally:
        reader.close()
        told.put(None)


def made(known: list[Seed], seed: int, number: int) -> Case:
    chance = random.Random(f"{seed}:{number}")
    # Every other one is of our own, of which there are few: one of each format, and mails that are acknowledged.
    one = chance.choice(known[:45] if chance.random() < 0.5 else known)
    data = mutated(chance, one.data, chance.choice(known).data)
    if b"\nSubject:" not in one.data[:8000] and chance.random() < 0.6:
        data = wrapped(chance, one.name, data)
    return Case(f"{seed}-{number}-{one.name}", one.name, data)


def tried(tally: Tally, case: Case, reader: ChildReader, judge: Judge) -> None:
    begin = cpu(reader)
    (reading,) = reader.read_files([(case.document, case.data)])
    tally.cases += 1
    tally.slowest = max(tally.slowest, (max(0.0, cpu(reader) - begin), case.name))
    try:
        judged = judge(reading)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        tally.found(f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {str(error)[:200]}", case)
        return
    tally.outcomes[str(judged.action or "refused")] += 1
    for what in judged.broken:
        tally.found(what, case)
    for document in reading.documents if isinstance(reading, Reading) else ():
        if "died on it" in (document.problem or ""):
            tally.outcomes["reader ended"] += 1
            if _OUR_OWN in (document.problem or ""):
                tally.found(f"died: {document.problem}", case)


def cpu(reader: ChildReader) -> float:
    """Seconds that the reader's child has used."""
    child = reader.idle.get()
    reader.idle.put(child)
    if child is None:
        return 0.0
    try:
        text = Path(f"/proc/{child.process.pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
