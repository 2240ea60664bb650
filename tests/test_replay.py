"""Replay: what another playbook would have decided, by what was known then, whatever has changed since."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from maildaemon.catalogue import Catalogue
from maildaemon.cli import app
from maildaemon.edge import history, playbooks
from maildaemon.masterdata import MasterData
from maildaemon.model import Action, Found, Known, Mode, Stock
from maildaemon.replay import again, change
from tests.fakes import START
from tests.worlds import DATA, World, raw, understand

MAILS = 1000


def priced(data):
    """The mail's number is its quantity: 1.20 a piece."""
    reading = understand(data)
    if not reading.orders:
        return reading
    (order,) = reading.orders
    number = Decimal(reading.mail.message_id.strip("<").partition("@")[0])
    amount = Found(number * Decimal("1.20"))
    line = replace(order.lines[0], quantity=Found(number), amount=amount)
    return replace(reading, orders=(replace(order, lines=(line,), total=amount),))


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """A ledger in which a thousand orders worth 1.20 to 1,200.00 EUR were acknowledged, in draft mode."""
    folder = tmp_path_factory.mktemp("past")
    world = World(folder, mode=Mode.DRAFT)
    world.reader.read_one = priced
    stocked = Catalogue(replace(DATA, stock=(Stock("W-100", Decimal(10**9), as_of=START - timedelta(hours=1)),)))
    world.story.catalogue = lambda: stocked
    world.go()
    for number in range(1, MAILS + 1):
        world.mailbox.deliver(raw(number))
    world.go()
    assert world.column("action").count("acknowledge") == MAILS
    first = world.triage.waiting()[-1]
    assert world.release(first)
    yield folder / "ledger.db", world
    world.ledger.close()


def never(question, at):
    raise AssertionError("what was asked then is not asked again")


def changes(path, world, playbook):
    found = []
    for one in history.pasts(path, None, {}):
        new = again(one, one.reading, playbook, world.house.stand, never)
        if (difference := change(one, new)) is not None:
            found.append(difference)
    return found


def limited(world, limit):
    """The playbook with another limit on what an order may be worth."""
    text = playbooks.gather()
    rules = {path: body.replace("limit = 25000\n", f"limit = {limit}\n") for path, body in text.rules.items()}
    return replace(world.playbook, deck=playbooks.build(replace(text, rules=rules)).deck)


def test_an_unchanged_playbook_changes_nothing_though_stock_and_clock_have(past):
    path, world = past
    world.clock.forward(days=400)
    world.story.catalogue = lambda: Catalogue(MasterData())
    assert history.count(path, None) == MAILS
    assert changes(path, world, world.playbook) == []
    world.clock.forward(days=-400)


def test_one_changed_threshold_lists_exactly_the_decisions_that_change(past):
    path, world = past
    found = changes(path, world, limited(world, 600))
    worth = {one.mail_id: one.decision.orders[0].order.total.value for one in history.pasts(path, None, {})}
    assert {one.mail_id for one in found} == {number for number, total in worth.items() if total > 600}
    assert len(found) == MAILS // 2
    assert {(one.was, one.would_be) for one in found} == {(Action.ACKNOWLEDGE, Action.REVIEW)}
    assert all(one.why[0].startswith("worth-is-within-the-limit: ") for one in found)
    assert [one.mail_id for one in found if one.approved] == [max(worth)]


def test_a_question_that_was_not_asked_then_is_answered_by_todays_facts_and_marked(past):
    path, world = past
    one = next(history.pasts(path, None, {}))
    (order,) = one.reading.orders
    other = replace(one.reading, orders=(replace(order, po_number=Found("OTHER-1")),))
    asked = []

    def look_up(question, at):
        asked.append((question.po_number, at))
        return Known()

    new = again(one, other, world.playbook, world.house.stand, look_up)
    assert asked == [("OTHER-1", one.known[0].at)]
    assert new.today == 1
    assert change(one, new).today == 1
    assert change(one, new).would_be is Action.REVIEW


def test_only_what_came_since_then_is_replayed(past):
    path, world = past
    assert history.count(path, world.clock() + timedelta(days=1)) == 0
    assert list(history.pasts(path, world.clock() + timedelta(days=1), {})) == []


CONFIG = """
ledger = "{ledger}"
[company]
name = "Us"
address = "orders@us.example"
[[mailbox]]
name = "orders"
host = "127.0.0.1"
security = "none"
user = "orders"
password_env = "NOWHERE"
[smtp]
host = "127.0.0.1"
security = "none"
"""


def test_the_command_shows_what_would_be_different(past, tmp_path):
    path, _ = past
    (tmp_path / "maildaemon.toml").write_text(CONFIG.format(ledger=path))
    rules = tmp_path / "rules"
    rules.mkdir()
    for name, text in playbooks.gather().rules.items():
        body = text.replace("limit = 25000\n", "limit = 1199\n").replace("stock_hours = 24\n", "stock_hours = 8000\n")
        (rules / name.rpartition("/")[2]).write_text(body)
    arguments = ["replay", "--config", str(tmp_path / "maildaemon.toml"), "--rules", str(rules)]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0
    assert "1 of 1000 mails would be decided otherwise." in shown.output
    assert "1 of these a person has approved as they were." in shown.output
    lines = CliRunner().invoke(app, [*arguments, "--json"]).stdout.splitlines()
    (only,) = map(json.loads, lines)
    assert (only["was"], only["would_be"], only["approved"]) == ("acknowledge", "review", True)


def test_a_decision_is_explained_by_its_number_its_reference_and_its_po_number(past, tmp_path):
    path, _ = past
    (tmp_path / "maildaemon.toml").write_text(CONFIG.format(ledger=path))
    one = next(history.pasts(path, None, {}))
    (decided,) = one.decision.orders
    for what in (str(one.mail_id), decided.reference, decided.order.po_number.value):
        shown = CliRunner().invoke(app, ["explain", what, "--config", str(tmp_path / "maildaemon.toml")])
        assert shown.exit_code == 0
        assert f"Order {decided.reference}" in shown.output
        assert "worth-is-within-the-limit" in shown.output
        assert f"promised for {decided.order.promise.day}" in shown.output
        assert "collects until" in shown.output
    told = CliRunner().invoke(app, ["explain", "nothing", "--config", str(tmp_path / "maildaemon.toml")])
    assert told.exit_code == 1
    assert "no mail of this number" in told.output


def test_the_rules_are_shown():
    shown = CliRunner().invoke(app, ["rules", "show"], env={"COLUMNS": "120"})
    assert shown.exit_code == 0
    assert "source web-form" in shown.output
    assert "worth-is-within-the-limit" in shown.output
