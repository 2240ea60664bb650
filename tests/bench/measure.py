"""The two measurements: latency of orders that trickle in, throughput over a backlog."""

import os
import random
import smtplib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.bench.mails import Order, orders
from tests.bench.sink import Sink
from tests.bench.worker import Worker
from tests.servers.dovecot import Dovecot

PATIENCE = 180.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Orders per second from the start of work: until the last acknowledgement, until the last move."""

    answered: float
    moved: float


def latency(worker: Worker, server: Dovecot, sink: Sink, user: str, count: int, mean: float) -> list[float]:
    """Seconds from LMTP's 250 to the acknowledgement's arrival, for each order, ascending."""
    todo, accepted, dice = list(orders(count, run=user)), {}, random.Random(11)
    sink.forget()
    worker.start(time.monotonic)
    worker.started()
    with smtplib.LMTP("127.0.0.1", server.lmtp_port, local_hostname="bench") as lmtp:
        for order in todo:
            time.sleep(min(dice.expovariate(1 / mean), 10 * mean))
            lmtp.sendmail(order.sender, [f"{user}@bench.example"], order.raw)
            accepted[order.message_id] = time.monotonic()
    answered = _answered(sink, todo)
    worker.stop()
    return sorted(answered[mail] - at for mail, at in accepted.items())


def throughput(worker: Worker, server: Dovecot, sink: Sink, user: str, count: int) -> Rate:
    """A first contact with the empty mailbox, then the backlog, then the work."""
    worker.start(time.monotonic)
    worker.started()
    worker.stop()
    todo = list(orders(count, run=user))
    deliver(server, user, todo)
    sink.forget()
    start = worker.start(time.monotonic)
    answered = _answered(sink, todo)
    moved = _moved(server, user, count)
    worker.started()
    worker.stop()
    return Rate(count / (max(answered.values()) - start), count / (moved - start))


def deliver(server: Dovecot, user: str, todo: Sequence[Order]) -> None:
    """Lay a backlog into the mailbox, over four connections: one alone would wait for the disk most of the time."""

    def some(part: Sequence[Order]) -> None:
        with smtplib.LMTP("127.0.0.1", server.lmtp_port, local_hostname="bench") as lmtp:
            for order in part:
                lmtp.sendmail(order.sender, [f"{user}@bench.example"], order.raw)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(some, [todo[n::4] for n in range(4)]))


def _answered(sink: Sink, todo: Sequence[Order]) -> dict[str, float]:
    wanted = {order.message_id for order in todo}
    answered = sink.wait(wanted, PATIENCE)
    if len(answered) < len(wanted):
        raise RuntimeError(f"{len(wanted) - len(answered)} of {len(wanted)} orders were not acknowledged")
    return answered


def _moved(server: Dovecot, user: str, count: int) -> float:
    """When the last mail reached its folder: seen in the maildir, where looking costs the server nothing."""
    folder, deadline = server.maildir(user) / ".Processed", time.monotonic() + PATIENCE
    while (found := sum(sum(1 for _ in os.scandir(folder / part)) for part in ("cur", "new"))) < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{count - found} of {count} mails were not moved")
        time.sleep(0.005)
    return time.monotonic()
