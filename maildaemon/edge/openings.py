"""Openings of the read-confirmation image, written down behind the answer."""

import queue
import threading
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select
from sqlalchemy.exc import StatementError

from maildaemon import log
from maildaemon.edge.database import Database
from maildaemon.edge.tables import OPENING, TOKEN
from maildaemon.web.tracker import Opening

WAITING = 10_000
BATCH = 500
MOST_PER_TOKEN = 100
"""One more says nothing new, and whoever has a token could fill the ledger with it."""

KEPT = (
    select(TOKEN.c.sha256, func.count(OPENING.c.id))
    .select_from(TOKEN.outerjoin(OPENING, OPENING.c.token_sha256 == TOKEN.c.sha256))
    .where(TOKEN.c.sha256.in_(bindparam("tokens", expanding=True)))
    .group_by(TOKEN.c.sha256)
)


class Openings:
    """The image never waits for the ledger: openings queue here (bounded, the newest are dropped beyond) and a thread
    of their own writes those whose token exists."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.queue: queue.Queue[Opening | None] = queue.Queue(WAITING)
        self.dropped = threading.Event()
        self.thread = threading.Thread(target=self._run, name="openings", daemon=True)
        self.thread.start()

    def record(self, opening: Opening) -> None:
        try:
            self.queue.put_nowait(opening)
        except queue.Full:
            self.dropped.set()

    def close(self, timeout: float = 10) -> None:
        """What was recorded until now is written."""
        try:
            self.queue.put(None, timeout=timeout)
        except queue.Full:
            return
        self.thread.join(timeout)

    def write(self, openings: Sequence[Opening]) -> None:
        """In one transaction; an opening that cannot be written costs no other one. Those that are worth nothing take
        no lock: a stranger who asks for tokens at random must not keep the daemon from writing."""
        worth = self._worth_keeping(openings) if openings else []
        if not worth:
            return
        with self.database.write() as db:
            refused = [error for opening in worth if (error := _write(db, opening)) is not None]
        if refused:
            log.trouble("tracker", f"{len(refused)} openings were not written: {type(refused[0]).__name__}")

    def _worth_keeping(self, openings: Sequence[Opening]) -> list[Opening]:
        """Those of tokens that stand in a message of ours, and have not been opened so often already."""
        with self.database.read() as db:
            tokens = list({opening.token_sha256 for opening in openings})
            kept = {row[0]: int(row[1]) for row in db.execute(KEPT, {"tokens": tokens})}
        worth = []
        for opening in openings:
            token = opening.token_sha256
            if token in kept and kept[token] < MOST_PER_TOKEN:
                kept[token] += 1
                worth.append(opening)
        return worth

    def _run(self) -> None:
        over = False
        while not over:
            batch, over = self._batch()
            if self.dropped.is_set():
                self.dropped.clear()
                log.trouble("tracker", "more openings than can be written; some were dropped")
            try:
                self.write(batch)
            except Exception as error:
                log.trouble("tracker", f"{len(batch)} openings were not written: {type(error).__name__}")

    def _batch(self) -> tuple[list[Opening], bool]:
        """What waits, and whether that was the last; waits for the first itself."""
        batch: list[Opening] = []
        while len(batch) < BATCH and not (batch and self.queue.empty()):
            opening = self.queue.get()
            if opening is None:
                return batch, True
            batch.append(opening)
        return batch, False


def _write(db: Connection, opening: Opening) -> StatementError | None:
    try:
        with db.begin_nested():
            db.execute(insert(OPENING), _row(opening))
    except StatementError as error:
        return error
    return None


def _row(opening: Opening) -> dict[str, Any]:
    return {
        "token_sha256": opening.token_sha256,
        "at": opening.at,
        "method": opening.method,
        "user_agent": opening.user_agent,
        "address": opening.address,
    }
