"""What an operator sees of a command that fails: one line, and its status."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import typer

from maildaemon.cli import app
from maildaemon.edge.ledger import SqlLedger

FULL = Path("/dev/full")
CONFIG = """
ledger = "{ledger}"
[company]
name = "Example"
address = "orders@example.com"
[[mailbox]]
name = "orders"
host = "127.0.0.1"
port = 1
security = "none"
user = "orders"
password_env = "NOT_SET"
[smtp]
host = "127.0.0.1"
port = 1
security = "none"
"""


@pytest.fixture
def config(tmp_path):
    def write(ledger):
        path = tmp_path / "maildaemon.toml"
        path.write_text(CONFIG.format(ledger=ledger))
        return path

    return write


@pytest.mark.parametrize("words", [["run"], ["once"], ["audit"], ["import", "products.csv"], ["review", "list"]])
def test_a_ledger_that_cannot_be_is_one_line(config, tmp_path, words, command):
    (tmp_path / "file").touch()
    (tmp_path / "products.csv").write_text("sku\nW-100\n")
    words = [str(tmp_path / part) if part.endswith(".csv") else part for part in words]
    said = command(*words, "--config", config(tmp_path / "file" / "ledger.db"))
    assert said.returncode == 1
    assert said.stderr.count("\n") == 1
    assert str(tmp_path / "file" / "ledger.db") in said.stderr


@pytest.mark.parametrize("word", ["run", "once"])
@pytest.mark.parametrize("statement", ["INSERT ON lease", "UPDATE ON outgoing"])
def test_a_ledger_that_cannot_be_written_at_the_start_is_one_line(config, tmp_path, word, statement, command):
    ledger = tmp_path / "ledger.db"
    SqlLedger(ledger).close()
    with closing(sqlite3.connect(ledger)) as db:
        db.execute(f"CREATE TRIGGER full BEFORE {statement} BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END")
        db.execute("INSERT INTO mail (id, mailbox, folder, uidvalidity, uid, size, received_at, state, attempts, twin) "
                   "VALUES (1, 'orders', 'INBOX', 1, 1, 1, '2026-11-23 09:00:00', 'decided', 1, 0)")  # fmt: skip
        db.execute("INSERT INTO outgoing (mail_id, kind, seq, message_id, envelope_from, recipient, subject, raw, state, "
                   "released, attempts, created_at, due_at, thread, traffic, parked) VALUES (1, 'ack', 0, '<1@us.example>', "
                   "'a@us.example', 'b@client.example', 's', 'raw', 'sending', 0, 1, '2026-11-23 09:00:00', "
                   "'2026-11-23 09:00:00', '', 'other', 0)")  # fmt: skip
        db.commit()
    said = command(word, "--config", config(ledger))
    lines = [line for line in said.stderr.splitlines() if " INFO stopped" not in line]
    assert (said.returncode, lines) == (1, ["the ledger cannot be used: disk I/O error"])


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_output_that_has_no_room_is_one_line(tmp_path):
    with FULL.open("w") as full:
        words = [sys.executable, "-m", "maildaemon", "try", "--json", str(tmp_path / "no.eml")]
        said = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (said.returncode, said.stderr.splitlines()[0]) == (1, "No space left on device")
    assert "Traceback" not in said.stderr


def test_the_check_breaks_no_sentence(config, tmp_path, command):
    """Whoever greps it finds each finding in a line of its own."""
    said = command("check", "--config", config(tmp_path / "ledger.db"))
    assert said.returncode == 1
    assert {line.split()[0] for line in said.stdout.splitlines()} == {"ok", "note", "wrong"}


def every_command(command, name="maildaemon"):
    yield name, command
    for part, inner in getattr(command, "commands", {}).items():
        yield from every_command(inner, f"{name} {part}")


@pytest.mark.parametrize(("name", "command"), list(every_command(typer.main.get_command(app))))
def test_every_command_and_each_of_its_options_is_explained_in_a_sentence(name, command):
    assert re.match(r"[A-Z][^\n]*\.$", command.help.split("\n\n")[0].strip()), name
    for parameter in command.params:
        if parameter.name != "help":
            assert re.search(r"\.( |$)", parameter.help or ""), f"{name} {parameter.name}"
