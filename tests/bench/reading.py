"""Reading by format: milliseconds and peak memory beside the bare library call on the same file, in one run."""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from rich.table import Table

from maildaemon.edge import forkserver, ocr, playbooks
from maildaemon.model import Kind
from maildaemon.parse.labels import labels
from maildaemon.playbook import Playbook
from maildaemon.read import Care, bare
from maildaemon.understand import understand_file
from tests.bench.papers import LINES, Paper, papers, scan

REPEATS, SCANS = 15, 3


def reading() -> Table:
    """Each in a process of its own, forked from one that has everything loaded, as the daemon's children are."""
    playbook = playbooks.load()
    forkserver.preload()
    for profile in playbook.profiles:
        labels(profile)
    understand_file("order.eml", forkserver.ORDER, playbook)
    table = Table(
        title=f"An order of {LINES} lines by format, median of {REPEATS}, CPU ms and peak MB", title_justify="left"
    )
    for head in (
        "",
        "KB",
        "the library alone",
        "ms",
        "bytes to Document",
        "ratio",
        "bytes to Orders",
        "peak",
        "library's",
    ):
        table.add_column(head, justify="left" if head in ("", "the library alone") else "right", no_wrap=True)
    for paper in [*papers(), *([scan()] if ocr.installed() else [])]:
        table.add_row(*_measured(paper, playbook))
    return table


def _measured(paper: Paper, playbook: Playbook) -> list[str]:
    def care() -> Care:
        return Care(ocr=ocr.Machine(ocr.installed()).tsv)  # a mail's own, as it has bounds

    calls: list[Callable[[], object]] = [
        lambda: paper.bare(paper.data),
        lambda: bare(paper.name, paper.data, care()),
        lambda: understand_file(paper.name, paper.data, playbook, care()),
    ]
    found = understand_file(paper.name, paper.data, playbook, care())
    scanned = paper.name == "scan.pdf"
    if found.kind is not Kind.ORDER or (not scanned and sum(len(order.lines) for order in found.orders) != LINES):
        raise RuntimeError(f"{paper.name}: not all of the order was read: {[len(one.lines) for one in found.orders]}")
    library, document, orders = _interleaved(calls, SCANS if scanned else REPEATS)
    peaks = [_peak(call) for call in calls[:2]]
    kilobytes = f"{len(paper.data) / 1000:.0f}"
    return [
        paper.form, kilobytes, paper.library, f"{library:.2f}", f"{document:.2f}", f"{document / library:.1f}",
        f"{orders:.2f}", f"{peaks[1]:.1f}", f"{peaks[0]:.1f}",
    ]  # fmt: skip


def _interleaved(calls: list[Callable[[], object]], repeats: int) -> list[float]:
    """Milliseconds of CPU, a program's that was started too: a slow minute of the machine changes nothing."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats + 1):
        for at, call in enumerate(calls):
            before = _cpu()
            call()
            taken[at].append((_cpu() - before) * 1000)
    return [statistics.median(values[1:]) for values in taken]


def _cpu() -> float:
    used = os.times()
    return time.process_time() + used.children_user + used.children_system


def _peak(call: Callable[[], object]) -> float:
    """Megabytes that one call needs at most beyond what the process holds, in a fork of this one."""
    there, back = os.pipe()
    pid = os.fork()
    if pid == 0:
        begin = _held("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
        call()
        os.write(back, str((_held("VmHWM") - begin) / 1000).encode())
        os._exit(0)
    os.close(back)
    with os.fdopen(there) as said:
        peak = float(said.read())
    os.waitpid(pid, 0)
    return peak


def _held(what: str) -> int:
    """KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what))
