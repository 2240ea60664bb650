"""On Dovecot: each folder move and each `review` command leads to its one outcome, also when both happen at once."""

import email
import json
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from maildaemon.audit import audit
from maildaemon.cli import app
from maildaemon.cli.auditing import terms
from maildaemon.desk import MailState
from maildaemon.edge.auditing import ledger_facts
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.tables import MAIL, RULING, SIGHTING
from tests.e2e.mails import lines, message, typed
from tests.e2e.test_dovecot import config, raws, running, until
from tests.interchanges import X12, changed, x12
from tests.servers.dovecot import dovecot
from tests.servers.smtp_sink import smtp_sink

pytestmark = pytest.mark.dovecot
REVIEW, APPROVED, REJECTED, OTHER = "Review", "Approved", "Rejected", "Not an order"
FOLDERS = ("INBOX", REVIEW, "Escalated", APPROVED, REJECTED, OTHER, "Processed")
STRANGER = "who@stranger.example"


@dataclass
class Bench:
    """A daemon over Dovecot and a sink, and a hand in its folders."""

    server: object
    sink: object
    settings: object
    path: object

    def rows(self, table):
        ledger = SqlLedger(self.settings.ledger)
        with ledger.database.read() as db:
            found = db.execute(select(table).order_by(table.c.id)).all()
        ledger.close()
        return found

    def states(self):
        """By Message-ID; a mail met again at another place is the same mail."""
        return {row.message_id: row.state for row in self.rows(MAIL) if row.state != MailState.KNOWN}

    def ended(self, message_id, state, *homes):
        """Wait until the mail is in that state, and lies there alone."""
        until(lambda: self.states().get(message_id) == state and self.folder_of(message_id) == list(homes), 60)

    def folder_of(self, message_id):
        return [
            name
            for name in FOLDERS
            for data in self.server.folder(name=name)
            if email.message_from_bytes(data)["Message-ID"] == message_id
        ]

    def notes(self, name):
        return [data for data in self.server.folder(name=name) if b"X-Maildaemon-Id" in data]

    def move(self, message_id, source, target):
        """With MOVE, as any mail client does it."""
        with self.server.imap() as client:
            client.select(f'"{source}"')
            (found,) = client.uid("SEARCH", "HEADER", "Message-ID", f'"{message_id}"')[1]
            status, _ = client.uid("MOVE", found.split()[0].decode(), f'"{target}"')
            assert status == "OK"

    def review(self, *arguments):
        result = CliRunner().invoke(app, ["review", *arguments, "--config", str(self.path)], env={"COLUMNS": "200"})
        return result.exit_code, result.output

    def number(self, message_id):
        return next(f"M{row.id}" for row in self.rows(MAIL) if row.message_id == message_id and row.same_as is None)

    def seen(self, *message_ids):
        """The daemon has seen each of them lie in the review folder, and would know by whose hand it left."""
        numbers = {f"M{row.mail_id}" for row in self.rows(SIGHTING) if row.folder == REVIEW and not row.note}
        return numbers >= {self.number(one) for one in message_ids}

    def answered(self):
        return [email.message_from_bytes(raw)["In-Reply-To"] for raw in raws(self.sink)]

    def proved(self):
        found = audit(
            ledger_facts(self.settings.ledger, lambda *_: None), None, terms(self.settings), datetime.now(UTC)
        )
        return [one.sentence for one in found.off]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("decisions")
    with dovecot() as server, smtp_sink() as sink:
        settings = config(folder, server, sink, more="[limits]\npoll_seconds = 0.5\n")
        yield Bench(server, sink, settings, folder / "maildaemon.toml")


def order(number, sender=STRANGER):
    luck = random.Random(number)
    po = f"PO-9{number:04}"
    return message(number, luck, f"Purchase order {po}", typed(po, lines(luck)), sender)


def stopped(bench, *numbers):
    """Orders of strangers, in review with their notes."""
    mails = [order(number) for number in numbers]
    bench.server.deliver_all([mail.as_bytes() for mail in mails])
    ids = [mail["Message-ID"] for mail in mails]
    until(lambda: all(bench.states().get(one) == MailState.REVIEW for one in ids), 60)
    return ids


OUTCOMES = {
    APPROVED: (MailState.ACKNOWLEDGED, "Processed", 1),
    REJECTED: (MailState.REJECTED, REJECTED, 0),
    OTHER: (MailState.NOT_AN_ORDER, OTHER, 0),
    "approve": (MailState.ACKNOWLEDGED, "Processed", 1),
    "reject": (MailState.REJECTED, REJECTED, 0),
    "not-an-order": (MailState.NOT_AN_ORDER, OTHER, 0),
    "correct": (MailState.ACKNOWLEDGED, "Processed", 1),
}


def test_each_move_and_each_command_leads_to_its_one_outcome(bench):
    with running(bench.settings):
        ids = dict(zip(OUTCOMES, stopped(bench, *range(len(OUTCOMES))), strict=True))
        for way, message_id in ids.items():
            if way in FOLDERS:
                bench.move(message_id, REVIEW, way)
            else:
                more = ["--set", "po_number=4711"] if way == "correct" else []
                assert bench.review(way, bench.number(message_id), "--by", "anna", *more)[0] == 0
        for way, message_id in ids.items():
            state, home, answers = OUTCOMES[way]
            bench.ended(message_id, state, home)
            assert bench.answered().count(message_id) == answers
        assert bench.notes(REVIEW) == []
        assert any(b"4711" in raw for raw in raws(bench.sink))
    assert not bench.proved()


def test_what_is_moved_back_to_the_inbox_is_read_again_and_nothing_is_sent_twice(bench):
    with running(bench.settings):
        moved, said = stopped(bench, 21, 22)
        before = len(bench.rows(RULING))
        bench.move(moved, REVIEW, "INBOX")
        assert bench.review("reread", bench.number(said))[0] == 0
        until(lambda: len(bench.rows(RULING)) == before + 2, 60)
        for one in (moved, said):
            bench.ended(one, MailState.REVIEW, REVIEW)
        time.sleep(1.5)  # and it is not read once more
        assert len(bench.rows(RULING)) == before + 2
    assert not bench.proved()


def test_a_move_while_the_daemon_is_down_and_a_command_at_once_have_one_outcome(bench):
    with running(bench.settings):
        ids = stopped(bench, 31, 32)
        until(lambda: bench.seen(*ids), 60)
    before = len(bench.rows(RULING))
    moved, both = ids
    bench.move(moved, REVIEW, APPROVED)
    bench.move(both, REVIEW, APPROVED)
    assert bench.review("reject", bench.number(both), "--by", "anna")[0] == 0
    with running(bench.settings):
        bench.ended(moved, MailState.ACKNOWLEDGED, "Processed")
        bench.ended(both, MailState.REJECTED, REJECTED)
    said = bench.rows(RULING)[before:]
    assert sorted((row.what, row.actor, row.refused is None) for row in said) == [
        ("approve", "a mail client", False),
        ("approve", "a mail client", True),
        ("reject", "anna", True),
    ]
    assert bench.answered().count(moved) == 1
    assert bench.answered().count(both) == 0
    assert any(b"decided meanwhile by anna" in note for note in bench.notes(REJECTED))
    assert not bench.proved()


def test_a_mail_that_was_answered_and_is_laid_into_rejected_comes_back_with_a_note(bench):
    with running(bench.settings):
        (one,) = stopped(bench, 41)
        bench.move(one, REVIEW, APPROVED)
        bench.ended(one, MailState.ACKNOWLEDGED, "Processed")
        bench.move(one, "Processed", REJECTED)
        until(lambda: bench.notes("Processed") != [] and bench.folder_of(one) == ["Processed"], 60)
    assert bench.answered().count(one) == 1
    assert not bench.proved()


def test_each_order_of_a_mail_is_decided_by_its_number_and_a_move_decides_those_that_are_left(bench):
    sets = [changed(X12, BEG=f"BEG*00*NE*PO-96{number}**20261123") for number in (1, 2, 3)]
    mail = message(61, random.Random(61), "Purchase orders", "Our orders are attached.\n", STRANGER)
    mail.add_attachment(x12(*sets).encode(), maintype="application", subtype="octet-stream", filename="po.edi")
    one = mail["Message-ID"]
    with running(bench.settings):
        bench.server.deliver_all([mail.as_bytes()])
        until(lambda: bench.states().get(one) == MailState.REVIEW and bench.folder_of(one) == [REVIEW], 60)
        number = bench.number(one)
        assert bench.review("approve", f"{number}.2", "--by", "anna")[0] == 0
        until(lambda: bench.answered().count(one) == 1 and bench.states().get(one) == MailState.REVIEW, 60)
        assert bench.review("reject", f"{number}.1", "--by", "anna")[0] == 0
        until(lambda: bench.states().get(one) == MailState.REVIEW, 60)
        assert "acknowledged already" in bench.review("approve", f"{number}.2")[1]
        time.sleep(1.5)  # the new note has been seen beside it
        bench.move(one, REVIEW, APPROVED)
        bench.ended(one, MailState.ACKNOWLEDGED, "Processed")
    assert bench.answered().count(one) == 2
    texts = [raw for raw in raws(bench.sink) if email.message_from_bytes(raw)["In-Reply-To"] == one]
    said = [[po for po in (b"PO-961", b"PO-962", b"PO-963") if po in raw] for raw in texts]
    # The first one names those that were still being checked.
    assert said == [[b"PO-961", b"PO-962", b"PO-963"], [b"PO-963"]]
    assert not bench.proved()


def test_scripts_see_what_waits(bench):
    with running(bench.settings):
        (one,) = stopped(bench, 51)
    status, said = bench.review("list", "--json")
    assert status == 0
    assert bench.number(one) in {mail["number"] for mail in json.loads(said)["mails"]}
    status, said = bench.review("show", bench.number(one), "--json")
    assert json.loads(said)["answer"]["to"] == STRANGER
