"""Facts from the configuration to the answer: what starts, what `check` says, what `explain` shows."""

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from maildaemon.cli import app
from maildaemon.cli.checkup import examine
from maildaemon.daemon import Daemon
from maildaemon.desk import MailState
from maildaemon.edge import playbooks
from maildaemon.edge.facts.wiring import sources
from maildaemon.edge.importing import save
from maildaemon.edge.ledger import SqlLedger
from maildaemon.matrix import matrix
from maildaemon.model import Customer, Product
from maildaemon.settings import ConfigError, parse
from maildaemon.strict import PlaybookError
from tests.servers.erp import erp
from tests.test_replay import CONFIG
from tests.worlds import PLAYBOOK, World, raw

QUERY = "select on_hand, as_of from stock where sku = :sku"
DEALS = '[[row]]\ntrigger = { field = "stage", is = ["won"] }\n'


def shop(path, on_hand=12):
    with sqlite3.connect(path) as db:
        db.execute("create table stock (sku text, on_hand integer, as_of text)")
        db.execute("insert into stock values ('W-100', ?, '2026-11-23T09:30:00Z')", (on_hand,))
    db.close()


@pytest.fixture
def settings(tmp_path):
    """With these sections, and perhaps a matrix of its own."""

    def made(more="", rows=None):
        text = CONFIG.format(ledger=tmp_path / "ledger.db")
        if rows is not None:
            rules = tmp_path / "rules"
            rules.mkdir(exist_ok=True)
            for name, written in playbooks.gather().rules.items():
                (rules / name.rpartition("/")[2]).write_text(written)
            (rules / "matrix.toml").write_text(rows)
            text = f'rules = "{rules}"\n{text}'
        return parse(text + more, "maildaemon.toml")

    return made


def test_a_trigger_that_nobody_tells_of_stops_the_start(settings):
    for _ in range(2):  # and leaves nothing locked
        with pytest.raises(PlaybookError, match=r"row 1: trigger: nothing says what the stage of an order is"):
            Daemon(settings(rows=DEALS))


def test_a_driver_that_is_not_there_stops_the_start(settings):
    for _ in range(2):
        with pytest.raises(ConfigError, match="facts stock: url: "):
            Daemon(settings(f'[[facts]]\nkind = "stock"\nurl = "mysql+mysqldb://x@127.0.0.1/y"\nquery = "{QUERY}"'))


def test_a_trigger_that_somebody_tells_of_is_taken(settings):
    daemon = Daemon(settings('[[facts]]\nkind = "stage"\nurl = "https://crm.example/{po_number}"', rows=DEALS))
    assert daemon.facts.kinds == {"stage"}
    assert daemon.workers[0].story.facts is daemon.facts
    daemon.close()


def test_a_watched_file_is_imported_by_the_daemon(settings, tmp_path):
    (tmp_path / "products.csv").write_text("sku,description\nW-100,Hex bolt\n")
    daemon = Daemon(settings(f'[[watch]]\nkind = "products"\nfile = "{tmp_path}/products.csv"'))
    assert str(daemon.watch.watched[0].path) == f"{tmp_path}/products.csv"
    daemon.clock = daemon.watch.watched[0].clock = lambda: datetime(2099, 1, 1, tzinfo=UTC)
    daemon.watch()
    assert daemon.shelf().some() == ("W-100", None)
    daemon.close()


# --- check ------------------------------------------------------------------------------------------------------------


def said(settings):
    return [
        (found.level, found.what, found.sentence)
        for found in examine(settings)
        if found.what.startswith(("facts", "watch"))
    ]


def test_check_asks_each_source_and_looks_at_each_file(settings, tmp_path):
    shop(tmp_path / "erp.db")
    (tmp_path / "customers.csv").write_text("number,name\nC-1,Client\n")
    ledger = SqlLedger(tmp_path / "ledger.db")
    save(ledger.database, "products", (Product("W-100"),))
    save(ledger.database, "customers", (Customer("C-1"),))
    ledger.close()
    more = f"""
[[facts]]
kind = "stock"
name = "erp"
url = "sqlite:///{tmp_path}/erp.db"
query = "{QUERY}"
hours = 1000000000
[[facts]]
kind = "standing"
url = "http://127.0.0.1:1/{{customer}}"
[[facts]]
kind = "price"
ledger = true
[[watch]]
kind = "customers"
file = "{tmp_path}/customers.csv"
[[watch]]
kind = "prices"
file = "{tmp_path}/prices.csv"
""".replace("1000000000", "8784")
    found = said(settings(more, rows=DEALS))
    levels = {what: level for level, what, _ in found}
    told = {what: sentence for _, what, sentence in found}
    assert levels["facts erp"] in {"ok", "wrong"}  # by the clock of this machine the figure may be old
    assert "12 on hand" in told["facts erp"] or "hours old" in told["facts erp"] or "future" in told["facts erp"]
    assert levels["facts standing"] == "wrong"
    assert told["facts standing"].startswith("does not answer: standing: ")
    assert (levels["facts price"], told["facts price"]) == ("note", "answers; it has no price of W-100 for C-1")
    assert told["watch customers"] == f"{tmp_path}/customers.csv holds 1 rows; never taken yet"
    assert levels["watch prices"] == "wrong"
    assert "prices.csv" in told["watch prices"]
    assert "row 1: trigger: nothing says what the stage" in told["facts"]


def test_check_says_nothing_of_what_is_not_configured(settings):
    assert said(settings()) == []


# --- the story with real sources --------------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    rows = matrix('[[row]]\nunknown_facts = "hold"', "m", frozenset({"orders"}), frozenset())
    made.playbook = replace(PLAYBOOK, matrix=rows)
    made.story = made.restarted()
    made.go()
    yield made
    made.story.facts.close()
    made.ledger.close()


def test_a_database_that_is_down_and_returns(world, tmp_path, settings):
    found = settings(f'[[facts]]\nkind = "stock"\nname = "erp"\nurl = "sqlite:///{tmp_path}/erp.db"\nquery = "{QUERY}"')
    world.story.facts = sources(found.facts, world.story.catalogue)
    world.mailbox.deliver(raw(1))
    world.go()
    assert world.states() == [MailState.HELD]
    assert "unable to open database file" in world.column("reason")[0]
    shop(tmp_path / "erp.db")
    world.clock.forward(seconds=61)
    world.go()
    assert world.states() == [MailState.ACKNOWLEDGED]
    assert len(world.transport.sent) == 1
    (tmp_path / "maildaemon.toml").write_text(CONFIG.format(ledger=tmp_path / "ledger.db"))
    command = ["explain", "1", "--config", str(tmp_path / "maildaemon.toml")]
    shown = CliRunner().invoke(app, command, env={"COLUMNS": "120"}).output
    assert "stock of W-100" in shown
    assert "12 on hand" in shown
    assert "erp" in shown
    assert "21 min" in shown
    (facts,) = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)["facts"]
    assert facts == [
        {
            "about": "stock of W-100",
            "source": "erp",
            "said": "12 on hand",
            "as_of": "2026-11-23T09:30:00+00:00",
            "age": "21 min",
            "problem": None,
        }
    ]


def test_an_address_that_is_down_keeps_no_mail_from_being_taken_in(world, settings):
    with erp() as web:
        web.acts["stock"] = lambda handler: web.let_go.wait(30)
        url = f"http://127.0.0.1:{web.port}/stock/{{sku}}"
        found = settings(f'[[facts]]\nkind = "stock"\nurl = "{url}"\ntimeout = 0.2')
        world.story.facts = sources(found.facts, world.story.catalogue)
        for number in range(120):
            world.mailbox.deliver(raw(number))
        world.story.round()
        assert len(world.states()) == 120
        assert set(world.column("action")) == {"hold"}
        assert len(web.asked) <= 4, "the same article is asked for once in a batch, and soon no more"


def test_reservations_newer_than_an_outside_figure_are_subtracted(world, tmp_path, settings):
    shop(tmp_path / "erp.db", on_hand=8)
    found = settings(f'[[facts]]\nkind = "stock"\nurl = "sqlite:///{tmp_path}/erp.db"\nquery = "{QUERY}"')
    world.story.facts = sources(found.facts, world.story.catalogue)
    world.mailbox.deliver(raw(1))
    world.go()
    world.mailbox.deliver(raw(2))
    world.go()
    assert len(world.transport.sent) == 1, "3 are left, and nothing says when there will be more"
    assert "not in stock" in world.column("reason")[1]
