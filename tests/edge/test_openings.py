"""What is written down of the image's openings."""

import hashlib
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import insert, select

from maildaemon.edge import database
from maildaemon.edge.database import MIGRATIONS, Database
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.openings import MOST_PER_TOKEN, Openings
from maildaemon.edge.tables import MAIL, OPENING, OUTGOING, TOKEN
from maildaemon.web.tracker import Opening
from tests.ledgers import fresh
from tests.servers.conditions import until

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KNOWN, OTHER, UNKNOWN = (hashlib.sha256(name.encode()).hexdigest() for name in ("known", "other", "unknown"))


@pytest.fixture
def ledger(tmp_path):
    """A ledger with two messages, a token in each."""
    found = SqlLedger(fresh(tmp_path / "ledger.db"))
    with found.database.write() as db:
        mail = {"mailbox": "orders", "folder": "INBOX", "uidvalidity": 1, "uid": 1, "size": 1, "received_at": NOW}
        db.execute(insert(MAIL), {"id": 1, **mail, "state": "decided", "attempts": 1, "twin": False})
        for number, token in enumerate((KNOWN, OTHER), 1):
            given = {
                "id": number,
                "mail_id": 1,
                "kind": "acknowledgement",
                "seq": number,
                "message_id": f"<{number}@b>",
            }
            texts = {"envelope_from": "a@b", "recipient": "c@d", "subject": "PO", "raw": b"", "state": "sent"}
            times = {"created_at": NOW, "due_at": NOW, "released": False, "attempts": 1}
            db.execute(insert(OUTGOING), given | texts | times)
            db.execute(insert(TOKEN), {"sha256": token, "outgoing_id": number})
    yield found
    found.close()


def opening(token=KNOWN, **changes):
    given = {"token_sha256": token, "at": NOW, "method": "GET", "user_agent": "M", "address": "192.0.2.0/24"}
    return Opening(**given | changes)


def written(ledger):
    with ledger.database.read() as db:
        return list(db.execute(select(OPENING).order_by(OPENING.c.id)))


def recorded(ledger, *all_):
    openings = Openings(ledger.database)
    for one in all_:
        openings.record(one)
    openings.close()
    return written(ledger)


def test_an_opening_is_written_as_it_was(ledger):
    (row,) = recorded(ledger, opening())
    assert row[1:] == (KNOWN, NOW, "GET", "M", "192.0.2.0/24")


def test_what_strangers_ask_for_is_not_written_and_takes_no_lock(ledger):
    openings = Openings(ledger.database)
    with ledger.database.write():
        openings.write([opening(UNKNOWN)] * 1000)
    openings.close()
    assert written(ledger) == []
    assert [row.token_sha256 for row in recorded(ledger, opening(UNKNOWN), opening(), opening(UNKNOWN))] == [KNOWN]


def test_an_address_that_is_not_known_is_none(ledger):
    assert [row.address for row in recorded(ledger, opening(address=None), opening())] == [None, "192.0.2.0/24"]


def test_an_opening_that_cannot_be_written_costs_no_other_one(ledger, caplog):
    bad = (opening(at=NOW.replace(tzinfo=None)), opening(method=None))
    assert [row.token_sha256 for row in recorded(ledger, opening(), *bad, opening(OTHER))] == [KNOWN, OTHER]
    assert all("openings were not written" in record.facts["why"] for record in caplog.records)
    assert caplog.records


def test_a_token_that_is_opened_for_ever_fills_no_ledger(ledger):
    openings = Openings(ledger.database)
    openings.write([opening()] * (MOST_PER_TOKEN - 1))
    openings.write([opening(), opening(OTHER), opening()])
    openings.write([opening(), opening(OTHER)])
    openings.close()
    tokens = [row.token_sha256 for row in written(ledger)]
    assert (tokens.count(KNOWN), tokens.count(OTHER)) == (MOST_PER_TOKEN, 2)


def test_openings_go_on_when_the_ledger_fails_once(ledger, caplog):
    openings = Openings(ledger.database)
    write, broken = openings.write, iter([True])

    def once_broken(batch):
        if next(broken, False):
            raise OSError("disk full")
        write(batch)

    openings.write = once_broken
    openings.record(opening())
    assert until(lambda: caplog.records)
    openings.record(opening(OTHER))
    openings.close()
    assert [row.token_sha256 for row in written(ledger)] == [OTHER]


def test_an_older_ledger_keeps_its_openings(tmp_path):
    made = Database(tmp_path / "ledger.db")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with made.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    values = {"token_sha256": KNOWN, "at": NOW, "method": "GET", "user_agent": "M", "address": "192.0.2.0/24"}
    with made.write() as db:
        db.execute(insert(OPENING), values)
    database.migrate(made.engine)
    with made.write() as db:
        db.execute(insert(OPENING), {**values, "address": None})
        rows = list(db.execute(select(OPENING.c.at, OPENING.c.address)))
        indexes = db.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'opening'"
        ).all()
    made.close()
    assert rows == [(NOW, "192.0.2.0/24"), (NOW, None)]
    assert ("ix_opening_token_sha256",) in indexes
