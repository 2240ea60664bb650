"""Replay: what another playbook would have decided, by what was known then, whatever has changed since."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from maildaemon.catalogue import Catalogue
from maildaemon.cli import app
from maildaemon.edge import history, playbooks
from maildaemon.edge.tables import RULING
from maildaemon.masterdata import MasterData
from maildaemon.model import Action, Alias, Found, Known, Mode, Stock
from maildaemon.replay import again, change
from maildaemon.stand import Stand
from tests.fakes import START
from tests.test_signatures import dns, sign
from tests.worlds import DATA, World, raw, understand

MAILS = 1000
ARTICLES = tuple(replace(DATA.products[0], sku=f"W-{number}") for number in range(100, 200))
STOCK = tuple(Stock(one.sku, Decimal(10**9), as_of=START - timedelta(hours=1)) for one in ARTICLES)


def priced(data):
    """The mail's number is its quantity: 1.20 a piece, of one of many articles."""
    reading = understand(data)
    if not reading.orders:
        return reading
    (order,) = reading.orders
    number = Decimal(reading.mail.message_id.strip("<").partition("@")[0])
    amount = Found(number * Decimal("1.20"))
    sku = ARTICLES[int(number) % len(ARTICLES)].sku
    line = replace(order.lines[0], sku=Found(sku), quantity=Found(number), amount=amount)
    return replace(reading, orders=(replace(order, lines=(line,), total=amount),))


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """A ledger in which a thousand orders worth 1.20 to 1,200.00 EUR were acknowledged, in draft mode."""
    folder = tmp_path_factory.mktemp("past")
    world = World(folder, mode=Mode.DRAFT)
    world.reader.read_one = priced
    stocked = Catalogue(replace(DATA, products=ARTICLES, stock=STOCK))
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


STRICT = Stand(frozenset({"us.example"}), authserv_id="mx.us.example", secret=b"s" * 32)
KEYS = dns(name="s1._domainkey.client.example")


def approve(db, mail_id):
    """A person's word on a mail."""
    values = {
        "version": 1,
        "what": "approve",
        "actor": "ann",
        "via": "cli",
        "at": START,
        "changed": "[]",
        "drafted": False,
    }
    db.execute(insert(RULING).values(mail_id=mail_id, **values))


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


def test_an_unchanged_playbook_changes_nothing_though_stock_aliases_trust_and_clock_have(past):
    path, world = past
    world.clock.forward(days=400)
    house = world.house
    world.house = replace(house, stand=STRICT)
    world.story.catalogue = lambda: Catalogue(MasterData(aliases=(Alias("W-100", None, "OTHER"),)))
    assert changes(path, world, world.playbook) == []
    world.house = house
    world.clock.forward(days=-400)


def test_a_decision_of_the_time_before_its_ground_was_written_down_is_judged_by_todays_trust(past):
    _, world = past
    one = replace(next(history.pasts(past[0], None, {})), ground=None)
    assert again(one, one.reading, world.playbook, world.house.stand, never).decision.action is Action.ACKNOWLEDGE
    new = again(one, one.reading, world.playbook, STRICT, never)
    assert new.decision.action is Action.REVIEW
    (why,) = change(one, new).why
    assert why.startswith("sender-is-who-it-says: nothing proves the sender")


def test_what_a_decision_rested_on_is_stored_with_it_and_its_secret_is_not(tmp_path):
    """Proved by a signature: the key is kept, for a domain changes its keys and a mail stays."""
    world = World(tmp_path, stand=Stand(frozenset({"us.example"}), secret=b"s" * 32, dkim=True), junk="Junk")
    world.story.keys = lambda names: {name: KEYS.get(name) for name in names}
    world.go()
    world.mailbox.deliver(
        sign(
            raw(1, headers=(("Date", "Mon, 23 Nov 2026 09:50:00 +0000"),)),
            domain=b"client.example",
            covers=[b"from", b"subject"],
        )
    )
    world.reader.read_one = lambda data: understand(data[data.index(b"Message-ID:") :])
    world.go()
    (one,) = history.pasts(tmp_path / "ledger.db", None, {"orders": None})
    assert one.decision.action is Action.ACKNOWLEDGE
    assert one.ground.stand == replace(world.house.stand, secret=b"")
    (signature,) = one.ground.signatures
    assert (signature.domain, signature.selector, signature.why) == ("client.example", "s1", None)
    assert signature.record == KEYS["s1._domainkey.client.example"]
    for stand in (world.house.stand, STRICT, Stand()):
        assert change(one, again(one, one.reading, world.playbook, stand, never)) is None
    (tmp_path / "maildaemon.toml").write_text(CONFIG.format(ledger=tmp_path / "ledger.db"))
    shown = CliRunner().invoke(app, ["explain", "1", "--config", str(tmp_path / "maildaemon.toml")])
    assert "believed of the sender: DKIM signatures verified here" in shown.output
    assert "signature s1 of client.example (rsa-sha256, 1024 bits): its key has 1024 bits only" in shown.output
    world.ledger.close()


def test_a_mail_of_the_junk_folder_stays_one_when_another_folder_is_the_junk_folder_now(tmp_path):
    world = World(tmp_path, junk="Junk", folders=("INBOX", "Junk"))
    world.go()
    world.mailbox.folders["Junk"].add(raw(1), world.clock())
    world.go()
    for junk in ("Junk", "Spam", None):
        (one,) = history.pasts(tmp_path / "ledger.db", None, {"orders": junk})
        assert one.decision.action is Action.REVIEW
        assert change(one, again(one, one.reading, world.playbook, world.house.stand, never)) is None
    world.ledger.close()


def test_a_changed_rule_that_flips_what_a_person_has_approved_by_word_is_marked(tmp_path):
    """The table of rulings, where the ledger has one."""
    world = World(tmp_path)
    world.go()
    for number in (1, 2, 3):
        world.mailbox.deliver(raw(number))
    world.go()
    with world.ledger.database.write() as db:
        approve(db, 2)
    found = changes(tmp_path / "ledger.db", world, limited(world, 1))
    assert [(one.mail_id, one.approved) for one in found] == [(1, False), (2, True), (3, False)]
    world.ledger.close()


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
    for what in (str(one.mail_id), f"M{one.mail_id}", decided.reference, decided.order.po_number.value):
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
