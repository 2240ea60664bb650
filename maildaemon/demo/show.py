"""What a person sees: a live table on a terminal, plain lines anywhere else."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from maildaemon.model import Action, Decision, Order, Reading

STYLES = {
    Action.ACKNOWLEDGE: "bold green",
    Action.HOLD: "cyan",
    Action.REVIEW: "yellow",
    Action.ESCALATE: "bold red",
    Action.IGNORE: "dim",
}


class Handled(Protocol):
    """What the daemon tells of a mail it is done with (see maildaemon.daemon.Handled)."""

    @property
    def sender(self) -> str | None: ...

    @property
    def subject(self) -> str: ...

    @property
    def decision(self) -> Decision: ...

    @property
    def reading(self) -> Reading | None: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One mail, in texts that are safe to print."""

    sender: str
    subject: str
    read: str
    decision: str
    why: str
    style: str = ""


def clean(text: str, limit: int = 300) -> str:
    """The text on one line, bounded, with whatever does not print (control, direction) made visible as U+FFFD."""
    bounded = " ".join((text if len(text) <= limit else text[: limit - 1] + "…").split())
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in bounded)


def row(handled: Handled) -> Row:
    decision = handled.decision
    return Row(
        sender=clean(handled.sender or "(nobody)", 80),
        subject=clean(handled.subject or "(no subject)", 120),
        read=clean(_read(handled), 160),
        decision=_decision(decision),
        why=clean(_why(decision)),
        style=STYLES[decision.action],
    )


def _read(handled: Handled) -> str:
    """PO number, customer, number of lines, total; for what is no order, what it is."""
    orders = [entry.order for entry in handled.decision.orders]
    if not orders and handled.reading is not None:
        orders = list(handled.reading.orders)
    if not orders:
        return f"no order: {handled.decision.kind.value.replace('-', ' ')}"
    more = f" (and {len(orders) - 1} more)" if len(orders) > 1 else ""
    return _order(orders[0]) + more


def _order(order: Order) -> str:
    parts = [f"PO {order.po_number.value}" if order.po_number else "no PO number"]
    if order.customer.customer is not None:
        parts.append(order.customer.customer.name)
    parts.append("1 line" if len(order.lines) == 1 else f"{len(order.lines)} lines")
    if order.total is not None:
        parts.append(f"{order.total.value:,.2f} {order.currency.value if order.currency else ''}".rstrip())
    return ", ".join(parts)


def _decision(decision: Decision) -> str:
    if decision.action is Action.ACKNOWLEDGE and not decision.reply:
        return "take in"
    return decision.action.value


def _why(decision: Decision) -> str:
    return "; ".join(dict.fromkeys(entry.reason for entry in decision.objections)) or decision.reason


class Show:
    """A live table while it is entered, the whole table when it is left; from then on, and where there is no terminal,
    a line per mail. ``update`` may be called from any thread."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._rows: list[Row] = []
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(self._tail(), console=self._console, transient=True, refresh_per_second=8)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            live, self._live = self._live, None
            if live is not None:
                live.stop()
                self._console.print(table(self._rows))

    def update(self, row: Row) -> None:
        with self._lock:
            self._rows.append(row)
            if self._live is not None:
                self._live.update(self._tail())
            else:
                self._console.print(line(row), soft_wrap=True)

    def _tail(self) -> Table:
        """The newest rows, one line each, as many as the terminal can redraw: a live table must not scroll."""
        return table(self._rows[-max(3, self._console.height - 6) :], short=True)


def table(rows: Sequence[Row], *, short: bool = False) -> Table:
    """Mail text stands in ``Text`` objects only: it never passes rich's markup."""
    grid = Table(expand=True, pad_edge=False, show_lines=not short)
    for name, ratio in (("From", 4), ("Subject", 4), ("What was read", 5), ("Decision", None), ("Why", 6)):
        fixed = 11 if ratio is None else None
        grid.add_column(name, ratio=ratio, width=fixed, no_wrap=short, overflow="ellipsis" if short else "fold")
    for row in rows:
        grid.add_row(Text(row.sender), Text(row.subject), Text(row.read), Text(row.decision, row.style), Text(row.why))
    return grid


def line(row: Row) -> Text:
    parts = Text(f"{row.decision:<11}", row.style)
    return parts.append(f"  {row.sender} | {row.subject} | {row.read} | {row.why}", "default")
