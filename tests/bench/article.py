"""Many orders for one article: what the last of them costs beside the first, and what is stored with each."""

import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select

from maildaemon.catalogue import Catalogue
from maildaemon.edge.tables import DECISION
from maildaemon.model import Mode, Stock
from tests.fakes import START
from tests.worlds import DATA, World, raw

ORDERS, SOME = 1000, 100


def article() -> str:
    """Through the whole story, over a ledger and a mailbox in memory."""
    with tempfile.TemporaryDirectory(prefix="mdb-") as folder:
        world = World(Path(folder), mode=Mode.AUTO)
        stocked = Catalogue(replace(DATA, stock=(Stock("W-100", Decimal(10**9), as_of=START - timedelta(hours=1)),)))
        world.story.catalogue = lambda: stocked
        world.story.round()
        taken = []
        for begin in range(0, ORDERS, SOME):
            for number in range(begin, begin + SOME):
                world.mailbox.deliver(raw(number + 1))
            before = time.process_time()
            world.story.round()
            taken.append((time.process_time() - before) * 1000 / SOME)
        with world.ledger.database.read() as db:
            rows = select(func.length(DECISION.c.known)).order_by(DECISION.c.mail_id)
            stored = list(db.scalars(rows))
        world.ledger.close()
    return (
        f"{ORDERS} orders for one article: {taken[0]:.1f} ms of CPU each of the first {SOME}, {taken[-1]:.1f} of the last; "
        f"what was known takes {stored[0]} bytes with the first, {stored[-1]} with the last"
    )
