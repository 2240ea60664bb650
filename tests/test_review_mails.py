"""`maildaemon review` on mails that stopped: shown with all that a person needs, decided once."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from maildaemon.desk import MailState, OutgoingState
from maildaemon.edge.importing import save
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.tables import MAIL, OUTGOING, RULING
from tests.test_commands import CONFIG
from tests.test_review import review
from tests.worlds import DATA, World, raw

STRANGER = "who@stranger.example"


@pytest.fixture
def path(tmp_path):
    """A configuration, and a ledger with a stranger's order that stopped."""
    world = World(tmp_path)
    for table in ("customers", "products"):
        save(world.ledger.database, table, getattr(DATA, table))
    save(world.ledger.database, "stock", tuple(replace(one, as_of=datetime.now(UTC)) for one in DATA.stock))
    world.story.round()
    world.mailbox.deliver(raw(1, sender=STRANGER))
    world.go()
    world.ledger.close()
    found = tmp_path / "maildaemon.toml"
    found.write_text(
        'mode = "auto"\n' + CONFIG.format(ledger="ledger.db").replace('"orders@example.com"', '"o@us.example"')
    )
    return found


def rows(path, table):
    ledger = SqlLedger(path.parent / "ledger.db")
    with ledger.database.read() as db:
        found = db.execute(select(table)).all()
    ledger.close()
    return found


def shown(path, *arguments):
    status, said = review(path, *arguments, "--json")
    assert status == 0, said
    return json.loads(said)


def test_a_stopped_mail_is_listed_with_its_number_its_version_and_its_reason(path):
    found = shown(path, "list")
    (mail,) = found["mails"]
    assert (mail["number"], mail["version"], mail["decision"], mail["orders"]) == ("M1", 1, "review", ["PO-1"])
    assert mail["reason"]
    assert found["answers"] == []
    assert "M1" in review(path, "list")[1]


def test_a_mail_is_shown_with_its_reasons_its_values_the_answer_it_would_get_and_its_text(path):
    found = shown(path, "show", "M1")
    assert found["objections"]
    assert found["orders"][0]["lines"][0]["product"] == "W-100"
    assert found["answer"]["to"] == STRANGER
    assert "PO-1" in found["answer"]["text"]
    assert not found["written"]
    said = review(path, "show", "M1")[1]
    for words in ("WHY IT STOPPED", "WHAT WAS READ", "orders[0].po_number = PO-1", "WHAT WOULD BE ANSWERED"):
        assert words in said
    promise = found["orders"][0]["promise"]
    assert (f"promised for {promise['day']}" if promise["day"] else promise["missing"][0]) in said


def test_approving_puts_the_answer_out_with_who_and_why(path):
    status, said = review(path, "approve", "M1", "--by", "anna", "--reason", "known by phone")
    assert (status, said) == (0, "M1: approved; the running daemon sends it\n")
    (answer,), (ruling,) = rows(path, OUTGOING), rows(path, RULING)
    assert (answer.recipient, answer.state) == (STRANGER, OutgoingState.READY)
    assert (ruling.actor, ruling.reason) == ("anna", "known by phone")


def test_the_second_decision_fails_in_one_line_that_says_who_was_faster(path):
    assert review(path, "reject", "M1", "--by", "anna", "--version", 1)[0] == 0
    status, said = review(path, "approve", "1", "--by", "bob", "--version", 1)
    assert status == 1
    assert said.startswith("1: not done: decided meanwhile by anna at ")
    assert said.endswith(": rejected\n")
    assert said.count("\n") == 1
    assert rows(path, OUTGOING) == []


def test_values_are_corrected_one_by_one_or_from_what_was_shown(path):
    file = path.parent / "orders.json"
    orders = shown(path, "show", "M1")
    orders["orders"][0]["lines"][0]["quantity"] = "7"
    file.write_text(json.dumps(orders))
    (path.parent / "two.json").write_text("{")
    assert review(path, "correct", "M1", "--from", path.parent / "two.json")[0] == 1
    status, said = review(path, "correct", "M1", "--from", file, "--json")
    assert status == 0
    assert "orders[0].lines[0].quantity" in json.loads(said)["changed"]
    assert b"7" in rows(path, OUTGOING)[0].raw


def test_a_set_value_is_in_the_answer(path):
    status, said = review(path, "correct", "M1", "--set", "po_number=4711", "--set", "customer=C-1", "--by", "anna")
    assert (status, said) == (
        0, "M1: approved, corrected (orders[0].po_number, orders[0].customer); the running daemon sends it\n"
    )  # fmt: skip
    assert b"4711" in rows(path, OUTGOING)[0].raw


@pytest.mark.parametrize(
    "arguments",
    [
        ("correct", "M1"),
        ("correct", "M1", "--set", "quantity"),
        ("correct", "M1", "--set", "lines[0].quantity=many"),
        ("correct", "M1", "--set", "po=4711"),
        ("approve", "M99"),
        ("approve", "A1"),
        ("approve", "first"),
        ("approve", "M1", "--version", "7"),
        ("approve", "M1", "--by", ""),
        ("release", "M1"),
        ("release", "A1"),
        ("show", "M99"),
        ("show", "A1"),
        ("arrived", "M1"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(path, arguments):
    if arguments[-1] == "":
        arguments = (*arguments[:-1], "x" * 100)
    status, said = review(path, *arguments)
    assert status == 1
    assert said.count("\n") == 1, said
    assert rows(path, MAIL)[0].state == MailState.REVIEW
    assert rows(path, OUTGOING) == []


@pytest.mark.parametrize(("what", "state"), [("reject", "decided"), ("not-an-order", "decided"), ("reread", "new")])
def test_the_other_words_are_taken_too(path, what, state):
    status, said = review(path, what, "M1", "--json")
    assert status == 0
    assert json.loads(said)["what"] == what
    assert rows(path, MAIL)[0].state == state
    assert rows(path, OUTGOING) == []
