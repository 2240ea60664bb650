"""`maildaemon check`: it tells what is wrong and what to do about it."""

import pytest

from maildaemon.cli.checkup import examine
from maildaemon.edge.database import owned
from maildaemon.edge.ledger import SqlLedger
from maildaemon.settings import parse


@pytest.fixture
def findings(tmp_path):
    """Of a configuration whose servers are not there: what is said about one thing."""

    def look(what, ledger=tmp_path / "ledger.db", listen="127.0.0.1:0", more=""):
        text = f"""
            {more}
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
            [tracker]
            url = "https://t.example.com"
            listen = "{listen}"
            """
        return [(found.level, found.sentence) for found in examine(parse(text, "test")) if found.what == what]

    return look


def test_a_ledger_is_made_and_free(findings, tmp_path):
    assert findings("ledger") == [("ok", f"{tmp_path / 'ledger.db'} can be written")]


def test_a_ledger_that_a_daemon_works_on_is_said_so(findings, tmp_path):
    with owned(tmp_path / "ledger.db"):
        assert findings("ledger") == [("ok", f"{tmp_path / 'ledger.db'} can be written; a maildaemon is working on it")]


def test_a_ledger_that_others_may_read_is_noted(findings, tmp_path):
    path = tmp_path / "ledger.db"
    SqlLedger(path).close()
    path.chmod(0o644)
    note = f"{path}: other users of this machine may read it, and with it every mail; chmod 600 {path}*"
    assert findings("ledger") == [("ok", f"{path} can be written"), ("note", note)]


def test_a_place_where_no_ledger_can_be_is_wrong(findings, tmp_path):
    (tmp_path / "file").touch()
    ((level, sentence),) = findings("ledger", tmp_path / "file" / "ledger.db")
    assert level == "wrong"
    assert sentence.endswith("expected a folder that we can write in")


RULE = '[[rule]]\nname = "has-a-po-number"\ncheck = "present"\nfield = "po_number"\n'


def test_a_broken_playbook_is_wrong_with_file_and_line(findings, tmp_path):
    (tmp_path / "orders.toml").write_text(RULE.replace("present", "presnt"))
    ((level, sentence),) = findings("playbook", more=f'rules = "{tmp_path}"')
    assert level == "wrong"
    assert sentence.startswith(f"{tmp_path}/orders.toml:3: rule 1 (has-a-po-number): check: unknown check")
    assert sentence.endswith("(a daemon that is running keeps the playbook it has)")


def test_a_broken_layout_is_wrong_with_file_and_line(findings, tmp_path):
    (tmp_path / "short.txt").write_text("\n{{ nobody }}")
    ((level, sentence),) = findings("playbook", more=f'templates = "{tmp_path}"')
    assert level == "wrong"
    assert sentence.startswith(f"{tmp_path}/short.txt:2: unknown name nobody")


def test_a_source_that_no_mail_can_have_is_noted(findings, tmp_path):
    assert findings("matrix") == []
    (tmp_path / "acme.toml").write_text('source = "web-form"\n[claims]\nfrom = "*@acme.example"\n')
    note = "no profile says that its mail is of the source portal or crm or phone: no order is judged by its row"
    assert findings("matrix", more=f'parsers = "{tmp_path}"') == [("note", note)]
