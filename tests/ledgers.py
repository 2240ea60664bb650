"""New ledgers for tests: copies of one that was brought to its form by all migrations."""

import tempfile
from functools import cache
from pathlib import Path

from maildaemon.edge import database


def fresh(path: Path) -> Path:
    """An empty ledger at this path, where none is yet. It has no secret: whoever opens it first gives it one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        database.make(path)
        path.write_bytes(_empty())
    return path


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        made = database.Database(path)
        database.migrate(made.engine)
        with made.engine.connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        made.close()
        return path.read_bytes()
