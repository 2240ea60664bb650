"""`maildaemon review`: what waits is shown with its reason, and a person's word is taken."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from maildaemon.cli import app
from maildaemon.cli.checkup import examine
from maildaemon.desk import OutgoingState
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.outbox import SqlOutbox
from maildaemon.edge.tables import EVENT, OUTGOING
from maildaemon.settings import parse
from tests.test_commands import CONFIG
from tests.test_ledger import NOW, arrival, outcome


@pytest.fixture
def path(tmp_path):
    """A ledger with four answers: a draft, one that is held, one in doubt, one that is ready."""
    ledger = SqlLedger(tmp_path / "ledger.db")
    pendings = ledger.store([arrival(uid) for uid in range(1, 5)], NOW)
    ledger.settle([outcome(p.mail_id, po=f"PO-{p.mail_id}", digest=f"d{p.mail_id}") for p in pendings], 0, NOW)
    outbox = SqlOutbox(ledger.database)
    draft, held, doubtful = outbox.claim(NOW, 3)
    outbox.hold(draft, "the mode is draft", NOW)
    outbox.wait(held, "more than 20 messages to a@client.example within an hour", NOW + timedelta(hours=1), NOW)
    outbox.committing(doubtful.id, NOW)
    outbox.recover(NOW)
    outbox.park(doubtful, "cut off", NOW)
    ledger.close()
    found = tmp_path / "maildaemon.toml"
    found.write_text('mode = "auto"\n' + CONFIG.format(ledger="ledger.db"))
    return found


def review(path, *arguments):
    result = CliRunner().invoke(app, ["review", *map(str, arguments), "--config", str(path)], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def state(path, number):
    ledger = SqlLedger(path.parent / "ledger.db")
    with ledger.database.read() as db:
        row = db.execute(select(OUTGOING).where(OUTGOING.c.id == number)).one()
    ledger.close()
    return row.state


def test_the_list_says_of_each_why_it_waits(path):
    status, said = review(path, "list")
    assert status == 0
    for words in ("draft", "held", "in doubt", "within an hour"):
        assert words in said
    assert len([line for line in said.splitlines() if "a@client.example" in line]) >= 3


def test_the_list_is_whole_on_a_narrow_terminal(path):
    result = CliRunner().invoke(app, ["review", "list", "--config", str(path)], env={"COLUMNS": "80"})
    assert ": more than 20 messages to a@client.example within an hour\n" in result.output
    assert "…" not in result.output


def test_a_draft_and_a_held_answer_can_be_released_and_nothing_else(path):
    assert review(path, "release", 1)[0] == review(path, "release", 2)[0] == 0
    assert [state(path, 1), state(path, 2)] == [OutgoingState.READY, OutgoingState.READY]
    for number in (3, 4, 99):
        status, said = review(path, "release", number)
        assert status == 1
        assert said.count("\n") == 1


@pytest.mark.parametrize(("word", "after"), [("arrived", OutgoingState.SENT), ("again", OutgoingState.READY)])
def test_a_person_says_what_became_of_one_in_doubt(path, word, after):
    assert review(path, word, 3)[0] == 0
    assert state(path, 3) == after
    assert [review(path, word, number)[0] for number in (1, 3)] == [1, 1]


def test_who_says_what_became_of_an_answer_and_why_is_kept(path):
    review(path, "arrived", 3, "--by", "anna", "--reason", "she has called")
    SqlOutbox((ledger := SqlLedger(path.parent / "ledger.db")).database).trip("too many", datetime.now(UTC))
    ledger.close()
    review(path, "resume", "--by", "bob")
    ledger = SqlLedger(path.parent / "ledger.db")
    with ledger.database.read() as db:
        told = [json.loads(row.body) for row in db.execute(select(EVENT).order_by(EVENT.c.id))][-2:]
    ledger.close()
    assert [(one["by"], one.get("reason")) for one in told] == [("anna", "she has called"), ("bob", None)]


def test_shadow_mode_sends_nothing_however_it_is_asked(path):
    path.write_text(path.read_text().replace('"auto"', '"shadow"'))
    assert [review(path, word, 1)[0] for word in ("release", "again")] == [1, 1]


def test_the_breaker_is_shown_and_ended(path):
    assert review(path, "resume") == (1, "the breaker holds nothing\n")
    ledger = SqlLedger(path.parent / "ledger.db")
    SqlOutbox(ledger.database).trip("more than 1000 messages", datetime.now(UTC))
    ledger.close()
    assert "more than 1000 messages" in review(path, "list")[1]
    findings = [one for one in examine(parse(path.read_text(), str(path))) if one.what in {"breaker", "answers"}]
    assert [one.level for one in findings] == ["wrong", "note", "note", "note"]
    assert review(path, "resume")[0] == 0
    assert "breaker" not in review(path, "list")[1]


def test_what_the_breaker_held_is_asked_for_again_at_once(path):
    ledger = SqlLedger(path.parent / "ledger.db")
    outbox, now = SqlOutbox(ledger.database), datetime.now(UTC)
    with ledger.database.write() as db:
        db.execute(update(OUTGOING).where(OUTGOING.c.id == 2).values(due_at=now + timedelta(hours=1)))
        db.execute(update(OUTGOING).where(OUTGOING.c.id == 4).values(state=OutgoingState.SENT))
    outbox.trip("too many", now)
    assert outbox.claim(now) == ()
    review(path, "resume")
    assert [message.id for message in outbox.claim(datetime.now(UTC))] == [2]
    ledger.close()


def test_the_whole_text_of_one_that_waits_is_shown(path):
    assert review(path, "show", 3)[0] == 0
    assert review(path, "show", 4)[0] == 1
