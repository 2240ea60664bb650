"""``make bench``: the daemon beside a naive loop and a floor, same mails, same servers, one table; and reading, by format."""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from maildaemon.edge.importing import import_file
from tests.bench import mails
from tests.bench.article import article
from tests.bench.measure import Rate, latency, throughput
from tests.bench.reading import reading
from tests.bench.sink import Sink
from tests.bench.worker import Worker
from tests.servers.dovecot import MISSING, Dovecot, dovecot, installed

# What tests switch off for speed stays as Dovecot ships it: a mail that was moved is on the disk.
AS_SHIPPED = "mail_fsync = optimized"

WIDE = 130

# Dovecot tells of new mail 500 ms after it came (NOTIFY_DELAY_MSECS, compiled in): the aim allows 100 ms beyond.
IDLE_DELAY, ALLOWED, P99, RATIO = 0.5, 0.1, 1.5, 3.0


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    options.add_argument("--orders", type=int, default=200, help="orders in the latency measurement")
    options.add_argument("--spacing", type=float, default=0.1, help="mean seconds between them")
    options.add_argument("--backlog", type=int, default=500, help="orders in the throughput measurement")
    options.add_argument("--repeats", type=int, default=3, help="repeats of the throughput measurement")
    options.add_argument(
        "--only", choices=["ours", "naive", "floor", "reading", "article"], help="leave the others out"
    )
    chosen = options.parse_args()
    console = Console()
    if chosen.only in (None, "reading"):
        Console(width=WIDE).print(reading())
    if chosen.only in (None, "article"):
        console.print(article(), soft_wrap=True)
    if chosen.only in ("reading", "article"):
        return 0
    if not installed():
        console.print(MISSING)
        return 1
    console.print(_machine())
    with tempfile.TemporaryDirectory(prefix="mdb-") as name, dovecot(extra=AS_SHIPPED) as server, Sink() as sink:
        bench = Bench(Path(name), server, sink)
        console.print(bench.rates(_wanted(chosen.only, ["naive", "ours", "floor"]), chosen.backlog, chosen.repeats))
        if kinds := _wanted(chosen.only, ["naive", "ours"]):
            console.print(bench.delays(kinds, chosen.orders, chosen.spacing))
        for line in bench.aims():
            console.print(line)
    return 0


class Bench:
    def __init__(self, folder: Path, server: Dovecot, sink: Sink) -> None:
        self._folder, self._server, self._sink = folder, server, sink
        self._rates: dict[str, list[Rate]] = defaultdict(list)
        self._delays: dict[str, list[float]] = {}

    def rates(self, kinds: list[str], backlog: int, repeats: int) -> Table:
        """Interleaved, so that a slow minute of the machine falls on all of them."""
        for repeat in range(repeats):
            for kind in kinds:
                user = f"{kind}{repeat}"
                with self._worker(kind, user) as worker:
                    self._rates[kind].append(throughput(worker, self._server, self._sink, user, backlog))
        table = _table(f"Backlog of {backlog} orders, {repeats} repeats, median (lowest to highest), orders/s")
        for head in ("", "until the last answer", "until the last move", "beside naive"):
            table.add_column(head, justify="left" if not head else "right")
        for kind in kinds:
            rates = self._rates[kind]
            table.add_row(
                kind, _spread([r.answered for r in rates]), _spread([r.moved for r in rates]), self._ratio(kind)
            )
        return table

    def delays(self, kinds: list[str], count: int, mean: float) -> Table:
        table = _table(
            f"{count} orders one by one, {mean * 1000:.0f} ms apart on average, LMTP 250 to answer accepted, ms"
        )
        for head in ("", "p50", "p95", "p99", "max"):
            table.add_column(head, justify="left" if not head else "right")
        for kind in kinds:
            user = f"{kind}-l"
            with self._worker(kind, user) as worker:
                found = self._delays[kind] = latency(worker, self._server, self._sink, user, count, mean)
            table.add_row(kind, *(f"{rank(found, share) * 1000:.0f}" for share in (0.5, 0.95, 0.99, 1.0)))
        return table

    def aims(self) -> list[str]:
        aims = []
        if self._rates["ours"] and self._rates["naive"]:
            aims.append(
                _aim(
                    f"at least {RATIO:.0f} times naive's orders/s",
                    self._answered("ours") / self._answered("naive") >= RATIO,
                )
            )
        if found := self._delays.get("ours"):
            aims.append(_aim("p50 within 100 ms of Dovecot's own 500 ms", rank(found, 0.5) <= IDLE_DELAY + ALLOWED))
            aims.append(_aim("p99 under 1.5 s", rank(found, 0.99) < P99))
        return aims

    def _answered(self, kind: str) -> float:
        return statistics.median(rate.answered for rate in self._rates[kind])

    def _ratio(self, kind: str) -> str:
        return f"{self._answered(kind) / self._answered('naive'):.1f} x" if self._rates["naive"] else ""

    def _worker(self, kind: str, user: str) -> Worker:
        server = self._server
        if kind == "ours":
            return Worker("tests.bench.ours", str(self._config(user)))
        return Worker(f"tests.bench.{kind}", str(server.imap_port), user, server.password, str(self._sink.port))

    def _config(self, user: str) -> Path:
        """The daemon's configuration, its master data imported; a ledger of its own for each run."""
        home = self._folder / user
        home.mkdir()
        (home / "password").write_text(self._server.password)
        (home / "password").chmod(0o600)
        config = home / "maildaemon.toml"
        config.write_text(f"""
mode = "auto"
ledger = "ledger.db"
[company]
name = "Bench Supplies"
address = "orders@bench.example"
contact = "order desk"
[[mailbox]]
name = "{user}"
host = "127.0.0.1"
port = {self._server.imap_port}
security = "none"
user = "{user}"
password_file = "password"
[smtp]
host = "127.0.0.1"
port = {self._sink.port}
security = "none"
[tracker]
listen = "127.0.0.1:{_free_port()}"
url = "http://127.0.0.1:8025"
""")
        for kind, path in mails.master_data(home).items():
            import_file(home / "ledger.db", kind, path, datetime.now(UTC))
        return config


def rank(ascending: list[float], share: float) -> float:
    """The value that this share of all lies at or below (nearest rank)."""
    return ascending[max(0, -int(-share * len(ascending) // 1) - 1)]


def _wanted(only: str | None, kinds: list[str]) -> list[str]:
    return [kind for kind in kinds if only in (None, kind)]


def _aim(text: str, reached: bool) -> str:
    return f"{'reached    ' if reached else 'not reached'}  {text}"


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f})"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", min_width=80)


def _machine() -> str:
    version = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=True).stdout.split()[0]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, Dovecot {version}, load before: {load}"


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main())
