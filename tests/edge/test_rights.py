"""The ledger holds every mail and a secret: whatever the umask, it is ours alone from its first byte on."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from maildaemon.edge.database import LedgerError, LedgerTaken, owned
from maildaemon.edge.importing import import_file
from maildaemon.edge.ledger import SqlLedger

FILES = ("ledger.db", "ledger.db-wal", "ledger.db-shm")


@pytest.fixture(autouse=True)
def _usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_files_and_their_folder_are_for_us_alone(tmp_path):
    path = tmp_path / "made" / "ledger.db"
    ledger = SqlLedger(path)
    assert [mode(path.with_name(name)) for name in FILES] == [0o600] * 3
    assert mode(path.parent) == 0o700
    ledger.close()


def test_the_folder_that_the_lock_makes_is_for_us_alone(tmp_path):
    path = tmp_path / "made" / "ledger.db"
    with owned(path):
        assert mode(path.parent) == 0o700
        ledger = SqlLedger(path)
        assert [mode(path.with_name(name)) for name in FILES] == [0o600] * 3
        ledger.close()


def test_an_import_makes_a_ledger_for_us_alone(tmp_path):
    (tmp_path / "products.csv").write_text("sku\nW-100\n")
    path = tmp_path / "made" / "ledger.db"
    import_file(path, "products", tmp_path / "products.csv", datetime.now(UTC))
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700


def test_the_rights_that_an_operator_gave_stay(tmp_path):
    folder = tmp_path / "given"
    folder.mkdir(mode=0o750)
    path = folder / "ledger.db"
    path.touch(mode=0o640)
    SqlLedger(path).close()
    assert (mode(folder), mode(path)) == (0o750, 0o640)


def test_a_ledger_that_is_opened_again_keeps_its_locks(tmp_path):
    """Whoever closes a descriptor of a file gives up every lock that the process holds on it; another process would then
    take the write-ahead log for nobody's."""
    path = tmp_path / "ledger.db"
    first = SqlLedger(path)
    with first.database.read() as db:
        db.exec_driver_sql("SELECT * FROM meta").fetchall()
        SqlLedger(path).close()
        code = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('PRAGMA journal_mode=DELETE')"
        other = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    first.close()
    assert "database is locked" in other.stderr


def test_a_ledger_that_is_worked_on_is_taken(tmp_path):
    path = tmp_path / "ledger.db"
    with owned(path), pytest.raises(LedgerTaken, match="another maildaemon"), owned(path):
        pass


@pytest.mark.parametrize("made", ["file", "folder of the lock"])
def test_a_place_where_no_ledger_can_be_is_said_in_one_line(tmp_path, made):
    path = tmp_path / "ledger.db"
    if made == "file":
        path = path / "ledger.db"
        path.parent.touch()
    else:
        path.with_name("ledger.db.lock").mkdir()
    with pytest.raises(LedgerError, match=str(path)) as caught, owned(path):
        pass
    assert not isinstance(caught.value, LedgerTaken)
    assert "\n" not in str(caught.value)
