"""Openings of the read-confirmation image, written down behind the answer."""

import queue
import threading
from typing import Any

from sqlalchemy import insert

from maildaemon import log
from maildaemon.edge.database import Database
from maildaemon.edge.tables import OPENING
from maildaemon.web.tracker import Opening

WAITING = 10_000


class Openings:
    """The image never waits for the ledger: openings queue here (bounded, the newest are dropped beyond) and a thread
    of their own writes them. Nobody knows beforehand whether a token exists: the row tells it when it is read."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.queue: queue.Queue[Opening] = queue.Queue(WAITING)
        threading.Thread(target=self._run, name="openings", daemon=True).start()

    def record(self, opening: Opening) -> None:
        try:
            self.queue.put_nowait(opening)
        except queue.Full:
            log.trouble("tracker", "too many openings at once, one was dropped")

    def _run(self) -> None:
        while True:
            opening = self.queue.get()
            rows = [_row(opening)]
            while not self.queue.empty() and len(rows) < 500:
                rows.append(_row(self.queue.get_nowait()))
            try:
                with self.database.write() as db:
                    db.execute(insert(OPENING), rows)
            except Exception as error:
                log.trouble("tracker", f"{len(rows)} openings were not written: {type(error).__name__}")


def _row(opening: Opening) -> dict[str, Any]:
    return {
        "token_sha256": opening.token_sha256,
        "at": opening.at,
        "method": opening.method,
        "user_agent": opening.user_agent,
        "address": opening.address,
    }
