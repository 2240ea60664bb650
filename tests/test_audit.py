"""The audit finds what was tampered with, and nothing else: a real ledger, changed row by row."""

import hashlib
import io
import sqlite3
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from maildaemon import identity
from maildaemon.audit import Audit, Balance, audit
from maildaemon.audit.facts import Box, DecisionFact, Finding, OrderFact, ServerFacts, Terms
from maildaemon.cli.auditing import show
from maildaemon.desk import Listed, MailState, OutgoingState, SendResult
from maildaemon.edge.auditing import folder_facts, ledger_facts
from maildaemon.edge.database import LedgerError
from maildaemon.model import Filing, Mode
from tests.worlds import CLIENT, World, raw

FOLDERS = ("INBOX", "Processed", "Manual Review")
TARGETS = {Filing.PROCESSED: "Processed", Filing.REVIEW: "Manual Review", Filing.OTHER: None}
TERMS = Terms(boxes=(Box("orders", ("INBOX",), TARGETS),), domain="us.example")


def quiet(*_):
    pass


@pytest.fixture
def world(tmp_path):
    """An acknowledged order, a stranger's, no order, one that kills its reader, and the first order once more."""
    made = World(tmp_path)
    made.path = tmp_path / "ledger.db"
    made.sender.clock = made.clock
    made.story.round()
    for mail in (raw(1), raw(2, sender="who@stranger.example"), raw(3, kind="hello"), raw(4, kind="killer")):
        made.mailbox.deliver(mail)
    for _ in range(4):
        made.go()
    made.mailbox.deliver(raw(1))
    made.go()
    yield made
    made.ledger.close()


def facts(world):
    return ledger_facts(world.path, quiet)


def server(world, archive=None):
    found, missing = folder_facts(world.mailbox, "orders", FOLDERS, quiet)
    return ServerFacts(tuple(found), frozenset(("orders", name) for name in missing), archive=archive)


def look(world, *, archive=None, **terms) -> Audit:
    return audit(facts(world), server(world, archive), replace(TERMS, **terms), world.clock())


def off(found):
    return {finding.what for finding in found.off}


def notes(found):
    return {finding.what for finding in found.notes}


def tamper(world, *statements):
    """Past everything that guards the ledger."""
    with sqlite3.connect(world.path) as db:
        for statement in statements:
            sql, *values = (statement,) if isinstance(statement, str) else statement
            assert db.execute(sql, values).rowcount != 0, f"nothing was tampered with: {sql}"
    db.close()


def chain_links(world):
    return [event.link for event in facts(world).events]


# --- the balance ------------------------------------------------------------------------------------------------------


def test_an_untouched_ledger_is_as_promised_and_adds_up(world):
    found = look(world)
    assert found.findings == ()
    assert str(found.balance) == "seen 5 = acknowledged 1 + held 0 + review 1 + ignored 2 + quarantined 1 + in flight 0"
    assert dict(found.balance.looked_at)[MailState.KNOWN] == 1
    assert found.boxes == (("orders", found.balance),)


@pytest.mark.parametrize("state", MailState)
def test_a_mail_counts_in_one_part_of_the_balance_whatever_its_state(world, state):
    ledger = facts(world)
    mails = tuple(replace(mail, state=state) for mail in ledger.mails)
    balance = audit(replace(ledger, mails=mails), None, TERMS, world.clock()).balance
    parts = (balance.acknowledged, balance.held, balance.review, balance.ignored, balance.in_flight)
    assert balance.seen == len(mails) == sum(parts) + balance.quarantined


def test_what_is_on_its_way_is_in_flight_until_its_limit(world):
    world.mailbox.deliver(raw(9))
    world.transport.results = [SendResult(OutgoingState.READY, "451 later")]
    world.go()
    found = look(world)
    assert (found.balance.in_flight, found.off) == (1, ())
    world.clock.forward(hours=48)
    assert look(world).off == ()  # as long as its answer is tried again
    world.clock.forward(hours=2)
    assert off(look(world)) == {"in-flight", "waits"}


def test_a_mail_that_is_not_decided_within_its_limit_is_off(world):
    world.mailbox.deliver(raw(9))
    world.ledger.settle = lambda *_: (_ for _ in ()).throw(OSError("no disk"))
    with pytest.raises(OSError, match="no disk"):
        world.story.round()
    assert look(world).off == ()
    world.clock.forward(minutes=61)
    (finding,) = look(world).off
    assert (finding.what, "not decided since 2026-11-23 09:50 UTC" in finding.sentence) == ("in-flight", True)
    assert look(world, in_flight=timedelta(hours=2)).off == ()


def test_what_is_dated_far_ahead_says_nothing_in_its_favour(world):
    world.clock.forward(days=365)
    world.mailbox.deliver(raw(9))
    world.transport.results = [SendResult(OutgoingState.READY, "451 later")] * 5
    world.go()
    world.clock.forward(days=-365)
    assert off(look(world)) >= {"in-flight"}


def test_what_an_earlier_mode_left_is_held_in_shadow_mode(world):
    world.mailbox.deliver(raw(9, kind="refused"))
    world.mailbox.fails = {"move": [OSError("no")]}
    with pytest.raises(OSError, match="no"):
        world.story.round()
    world.clock.forward(days=3)
    assert off(look(world)) == {"in-flight"}
    found = look(world, mode=Mode.SHADOW)
    assert (found.balance.held, found.off) == (1, ())


def test_an_answer_held_by_a_bound_is_held_not_in_flight(world):
    world.mailbox.deliver(raw(9))
    world.transport.results = [SendResult(OutgoingState.READY, "451 later")]
    world.go()
    tamper(world, "UPDATE outgoing SET state = 'held' WHERE state = 'ready'")
    world.clock.forward(days=30)
    found = look(world)
    assert (found.balance.held, found.balance.in_flight, found.off) == (1, 0, ())


# --- the ledger, tampered with ----------------------------------------------------------------------------------------

FIRST = "mail_id = 1"
LAST_OF_THE_REVIEWED = "id = (SELECT max(id) FROM event WHERE mail_id = 2)"
TAMPERED = {
    "the bytes of a mail are gone": (["DELETE FROM raw_mail WHERE size > 0"], {"no-bytes"}),
    "the bytes are no zlib": (["UPDATE raw_mail SET data = x'00ff'"], {"raw"}),
    "the bytes are cut off": (["UPDATE raw_mail SET data = substr(data, 1, length(data) - 2)"], {"raw"}),
    "a digest was changed": (["UPDATE raw_mail SET sha256 = upper(sha256)"], {"raw"}),
    "an event is gone": (["DELETE FROM event WHERE seq = 4"], {"chain", "no-event"}),
    "an event says something else": (
        ["UPDATE event SET body = replace(body, 'acknowledge', 'review ') WHERE type = 'decided' AND mail_id = 1"],
        {"chain"},
    ),
    "two events were swapped": (
        ["UPDATE event SET seq = -seq WHERE seq IN (3, 4)", "UPDATE event SET seq = 7 + seq WHERE seq < 0"],
        {"chain"},
    ),
    "an event was laid at another mail": (
        ["UPDATE event SET mail_id = 2 WHERE type = 'sent'"],
        {"event", "answer-no-event"},
    ),
    "an event has another type beside it": (
        ["UPDATE event SET type = 'filed' WHERE type = 'sent'"],
        {"event", "answer-no-event"},
    ),
    "the first contact has no event": (["DELETE FROM event WHERE type = 'first-contact'"], {"contact", "chain"}),
    "a mail's row is gone": (["DELETE FROM mail WHERE id = 3"], {"mail-gone", "damage"}),
    "the last mail's row is gone": (["DELETE FROM mail WHERE id = (SELECT max(id) FROM mail)"], {"mail-gone"}),
    "a mail's row came from nowhere": (
        [
            (
                "INSERT INTO mail (mailbox, folder, uidvalidity, uid, size, received_at, state, attempts, twin) "
                "VALUES ('orders', 'INBOX', 7, 99, 1, '2026-11-23 09:50:00', 'vanished', 0, 0)"
            )
        ],
        {"no-event"},
    ),
    "a state was set back to new": (["UPDATE mail SET state = 'new' WHERE id = 1"], {"set-back"}),
    "a state was set back to decided": (["UPDATE mail SET state = 'decided' WHERE id = 1"], {"set-back"}),
    "a mail was ended by hand": (["UPDATE mail SET state = 'observed' WHERE id = 2"], {"set-back"}),
    "a state is none": (["UPDATE mail SET state = 'lost' WHERE id = 1"], {"state"}),
    "an answer was set back": (["UPDATE outgoing SET state = 'ready'"], {"answer-set-back", "unanswered"}),
    "an answer is in no state": (
        ["UPDATE outgoing SET state = 'perhaps'"],
        {"answer-state", "answer-set-back", "unanswered"},
    ),
    "an answer is gone": (["DELETE FROM outgoing"], {"answer", "unanswered"}),
    "a mail has two answers": (
        [
            (
                "INSERT INTO outgoing (mail_id, kind, seq, message_id, envelope_from, recipient, subject, raw, state, "
                "released, attempts, created_at, due_at, settled_at, thread, traffic, parked) SELECT mail_id, kind, 1, "
                "'<ack.2@us.example>', envelope_from, recipient, subject, raw, state, released, attempts, created_at, due_at, "
                "settled_at, thread, traffic, parked FROM outgoing"
            )
        ],
        {"answered-twice", "answer-no-event"},
    ),
    "an answer goes to somebody else": (["UPDATE outgoing SET recipient = 'thief@evil.example'"], {"recipient"}),
    "the sender was changed": (["UPDATE mail SET sender = 'thief@evil.example' WHERE id = 1"], {"recipient"}),
    "an answer's bytes were changed": (
        [("UPDATE outgoing SET raw = ?", b"To: thief@evil.example\r\n\r\nthanks")],
        {"answer", "recipient"},
    ),
    "a decision is another one": (
        [("UPDATE decision SET data = ? WHERE mail_id = 2", zlib.compress(b'{"reply":true,"orders":[]}'))],
        {"decision", "orders"},
    ),
    "a decision is gone": (["DELETE FROM decision WHERE mail_id = 1"], {"decision", "not-decided"}),
    "a decision cannot be read": (["UPDATE decision SET data = x'00' WHERE mail_id = 1"], {"decision", "not-decided"}),
    "the orders are gone": (["DELETE FROM reservation", "DELETE FROM purchase_order"], {"orders"}),
    "the same mail as none": (["UPDATE mail SET same_as = 77 WHERE same_as IS NOT NULL"], {"same-as", "damage"}),
    "the same mail as another": (["UPDATE mail SET same_as = 2 WHERE same_as IS NOT NULL"], {"same-as"}),
    "the same mail is handled again": (
        ["UPDATE mail SET state = 'review' WHERE state = 'known'"],
        {"handled-twice", "no-event"},
    ),
    "a mail lies elsewhere": (["UPDATE mail SET uid = 77 WHERE id = 2"], {"uid"}),
    "the last link is gone, which the chain alone cannot see": (
        ["DELETE FROM event WHERE id = (SELECT max(id) FROM event)"],
        {"no-event"},
    ),
    "the tail is gone, which the chain alone cannot see": (
        ["DELETE FROM event WHERE seq > 8"],
        {"no-event", "answer-no-event", "undecided"},
    ),
    "a row does not fit its table": (
        [
            "PRAGMA writable_schema = 1",
            (
                "UPDATE sqlite_master SET sql = replace(sql, 'profile VARCHAR', 'profile VARCHAR NOT NULL') "
                "WHERE name = 'mail'"
            ),
        ],
        {"damage"},
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_is_found(world, name):
    statements, expected = TAMPERED[name]
    tamper(world, *statements)
    assert off(audit(facts(world), None, TERMS, world.clock())) == expected


@pytest.mark.parametrize("position", [0, 10, 60, -1])
def test_a_flipped_bit_in_a_mail_is_found(world, position):
    data = bytearray(raw(1))
    data[position] ^= 1
    tamper(world, ("UPDATE raw_mail SET data = ? WHERE size = ?", zlib.compress(bytes(data)), len(data)))
    assert off(look(world)) == {"raw", "other-bytes"}


def test_other_bytes_with_digests_that_fit_them_are_not_those_that_came(world):
    forged = raw(1, "PO-9999")
    content, _ = identity.content(forged)
    sha = next(fact.held.sha256 for fact in facts(world).raws)
    tamper(world, ("UPDATE raw_mail SET data = ?, size = ? WHERE sha256 = ?", zlib.compress(forged), len(forged), sha))
    assert off(look(world)) == {"raw", "other-bytes"}
    with sqlite3.connect(world.path) as db:
        (old,) = db.execute("SELECT content FROM raw_mail WHERE sha256 = ?", (sha,)).fetchone()
    db.close()
    right = hashlib.sha256(forged).hexdigest()
    tamper(
        world,
        ("UPDATE raw_mail SET content = ?, sha256 = ? WHERE content = ?", content, right, old),
        ("UPDATE mail SET content = ? WHERE content = ?", content, old),
    )
    # Only the chain knows better.
    assert off(look(world)) == {"other-bytes"}


def test_bytes_that_were_erased_leave_the_chain_as_it_was(world):
    tamper(world, "UPDATE raw_mail SET data = NULL, salt = x'00'")
    assert not off(look(world)) & {"raw", "other-bytes", "no-bytes", "chain"}


def test_an_answer_that_no_decision_let_go_is_found(world):
    ledger = facts(world)
    for reply, acknowledges in ((False, True), (True, False)):
        decisions = tuple(replace(one, reply=reply, acknowledges=acknowledges) for one in ledger.decisions)
        assert "not-decided" in off(audit(replace(ledger, decisions=decisions), None, TERMS, world.clock()))


def test_an_answer_that_was_sent_before_it_was_decided_is_found(world):
    ledger = facts(world)
    events = [event for event in ledger.events if event.mail_id == 1]
    kept = tuple(event for event in ledger.events if event.mail_id != 1)
    links = {event.type: event.link for event in events}
    swapped = {"decided": links["sent"].seq, "sent": links["decided"].seq}
    turned = tuple(
        replace(event, link=event.link._replace(seq=swapped.get(event.type, event.link.seq))) for event in events
    )
    found = audit(replace(ledger, events=kept + turned), None, TERMS, world.clock())
    assert off(found) == {"chain", "undecided-answer"}


def another_answer(ledger, **changes):
    """The first order's answer and order once more, for the second mail."""
    message, order = ledger.outgoing[0], ledger.orders[0]
    other = replace(message, id=9, mail_id=2, message_id="<ack.9@us.example>", **changes)
    decision = DecisionFact(2, "x", reply=True, acknowledges=True, references=(order.reference,))
    mails = tuple(replace(mail, kind="order") for mail in ledger.mails)
    return replace(ledger, outgoing=(message, other), decisions=(ledger.decisions[0], decision), mails=mails), order


def test_one_reference_of_ours_is_acknowledged_once(world):
    ledger, order = another_answer(facts(world))
    twice = replace(ledger, orders=(order, replace(order, mail_id=2, customer="C-2")))
    assert {"reference-twice"} == off(audit(twice, None, TERMS, world.clock())) & {"reference-twice", "order-twice"}


def test_one_order_of_a_client_is_acknowledged_once_unless_a_person_let_the_second_go(world):
    ledger, order = another_answer(facts(world))
    again = OrderFact(2, "MD-OTHER", order.digest, order.action, order.po_key, order.customer, order.sender)
    twice = replace(ledger, orders=(order, again))
    assert "order-twice" in off(audit(twice, None, TERMS, world.clock()))
    released, _ = another_answer(facts(world), released=True)
    found = audit(replace(released, orders=(order, again)), None, TERMS, world.clock())
    assert "order-twice" not in off(found)
    assert "order-twice" in notes(found)
    other_content = replace(again, digest="other")
    assert "order-twice" not in off(audit(replace(ledger, orders=(order, other_content)), None, TERMS, world.clock()))


def test_older_events_without_the_digest_of_the_answer_are_no_finding(world):
    ledger = facts(world)
    old = tuple(
        replace(event, link=event.link._replace(body=event.link.body.replace('"answer":', '"was":')))
        for event in ledger.events
    )
    assert off(audit(replace(ledger, events=old), None, TERMS, world.clock())) == {"chain"}


def test_an_answer_in_doubt_is_named_and_harms_nothing(world):
    world.mailbox.deliver(raw(9))
    world.transport.results = [SendResult(OutgoingState.IN_DOUBT, "cut off")]
    world.go()
    found = look(world)
    (note,) = [finding for finding in found.notes if finding.what == "in-doubt"]
    message = world.transport.sent[-1]
    assert message.message_id in note.sentence
    assert CLIENT in note.sentence
    assert "2026-11-23 09:50 UTC" in note.sentence
    assert found.off == ()


# --- the folders ------------------------------------------------------------------------------------------------------


def test_a_message_that_nobody_has_looked_at_is_off_when_it_lies_there_too_long(world):
    world.mailbox.deliver(raw(9))
    assert look(world).off == ()
    world.clock.forward(minutes=61)
    (finding,) = look(world).off
    assert (finding.what, "<9@client.example>" in finding.sentence) == ("unseen", True)


def test_what_the_ledger_says_was_filed_does_not_lie_where_it_was(world):
    world.mailbox.folders["INBOX"].messages[1] = raw(1)
    world.mailbox.folders["INBOX"].dates[1] = world.clock()
    (finding,) = look(world).off
    assert (finding.what, "'Processed'" in finding.sentence) == ("not-moved", True)


def test_what_stays_behind_marked_as_deleted_is_no_longer_there(world):
    """A server with neither MOVE nor UIDPLUS moves so."""
    world.mailbox.folders["INBOX"].messages[1] = raw(1)
    world.mailbox.folders["INBOX"].dates[1] = world.clock()
    held = server(world)
    marked = tuple(
        replace(facts, messages=tuple(replace(message, deleted=message.uid == 1) for message in facts.messages))
        if facts.folder == "INBOX"
        else facts
        for facts in held.folders
    )
    assert off(audit(facts(world), held, TERMS, world.clock())) == {"not-moved"}
    assert audit(facts(world), replace(held, folders=marked), TERMS, world.clock()).findings == ()


def test_what_people_do_to_a_filed_mail_is_a_note(world):
    world.mailbox.move("Manual Review", list(world.mailbox.folders["Manual Review"].messages), "Processed")
    world.mailbox.folders["Processed"].messages.pop(1)
    found = look(world)
    assert (found.off, notes(found)) == ((), {"moved-on"})
    sentences = " ".join(finding.sentence for finding in found.notes)
    assert "lie in 'Processed' now" in sentences
    del world.mailbox.folders["Manual Review"]
    found = look(world)
    assert (found.off, notes(found)) == ((), {"moved-on", "no-folder"})


def test_a_mail_put_back_by_a_person_is_known_and_is_no_harm(world):
    world.mailbox.move("Processed", [1], "INBOX")
    world.go()
    found = look(world)
    assert (found.off, notes(found), dict(found.balance.looked_at)[MailState.KNOWN]) == ((), {"moved-on"}, 2)


def test_after_a_change_of_uidvalidity_mails_are_known_by_their_message_id(world):
    world.clock.forward(days=2)
    world.mailbox.renumber()
    found = look(world)
    assert (found.off, notes(found)) == ((), {"renumbered"})
    world.mailbox.told.clear()
    world.go()
    assert look(world).findings == ()


def test_a_mail_in_flight_whose_place_is_gone_is_named(world):
    world.mailbox.deliver(raw(9))
    world.transport.results = [SendResult(OutgoingState.READY, "451 later")]
    world.go()
    world.mailbox.renumber()
    world.mailbox.folders["INBOX"].messages.clear()
    world.clock.forward(days=3)
    (finding,) = [one for one in look(world).off if one.what == "in-flight"]
    assert "its UIDVALIDITY is no more" in finding.sentence


def test_a_folder_before_its_first_contact_is_a_note(world):
    world.mailbox.deliver(raw(9), "Junk")
    box = Box("orders", ("INBOX", "Junk"), TARGETS)
    found, _ = folder_facts(world.mailbox, "orders", (*FOLDERS, "Junk"), quiet)
    world.clock.forward(days=1)
    assert notes(audit(facts(world), ServerFacts(tuple(found)), replace(TERMS, boxes=(box,)), world.clock())) == {
        "not-met"
    }


def test_a_server_that_was_not_reached_is_off_and_its_folders_are_not_judged(world):
    found = audit(facts(world), ServerFacts(unreachable={"orders": "orders: refused"}), TERMS, world.clock())
    assert off(found) == {"unreachable"}
    assert found.balance.seen == 5


def test_a_mailbox_that_is_not_configured_any_more_is_a_note(world):
    found = audit(facts(world), ServerFacts(), replace(TERMS, boxes=()), world.clock())
    assert (found.off, notes(found)) == ((), {"no-mailbox"})


# --- the archive ------------------------------------------------------------------------------------------------------


def copy(world, message_id, uid=1):
    return Listed(uid, 1, world.clock(), message_id)


def sent_id(world):
    return world.transport.sent[0].message_id


def test_one_copy_of_each_answer_is_as_it_should_be(world):
    assert look(world, archive=(copy(world, sent_id(world)),)).findings == ()


def test_two_copies_are_off_and_expected_only_of_an_answer_that_was_sent_again(world):
    twice = (copy(world, sent_id(world)), copy(world, sent_id(world), 2))
    assert off(look(world, archive=twice)) == {"copies"}
    ledger = facts(world)
    again = (*ledger.events[:-1], replace(ledger.events[-1], mail_id=1, type="sent-again"))
    found = audit(replace(ledger, events=again), server(world, twice), TERMS, world.clock())
    assert "copies" not in off(found)
    assert "copies" in notes(found)


def test_an_answer_that_the_ledger_does_not_know_tells_of_a_restored_ledger(world):
    unknown = f"<ack.{'ab' * 16}@us.example>"
    (finding,) = look(world, archive=(copy(world, sent_id(world)), copy(world, unknown))).off
    assert (finding.what, "--reconcile" in finding.sentence) == ("unknown-copy", True)
    others = tuple(copy(world, other) for other in ("<x@us.example>", f"<ack.{'ab' * 16}@other.example>", None))
    assert look(world, archive=(copy(world, sent_id(world)), *others)).off == ()


def test_an_answer_in_the_archive_that_is_not_sent_by_the_ledger_is_off_unless_it_is_in_doubt(world):
    world.mailbox.deliver(raw(9))
    world.transport.results = [SendResult(OutgoingState.IN_DOUBT, "cut off")]
    world.go()
    copies = tuple(copy(world, message.message_id) for message in world.transport.sent)
    found = look(world, archive=copies)
    assert (found.off, "settles" in notes(found)) == ((), True)
    tamper(world, "UPDATE outgoing SET state = 'draft' WHERE state = 'in_doubt'")
    assert "unknown-copy" in off(look(world, archive=copies))


def test_answers_without_a_copy_are_a_note_from_the_first_copy_on(world):
    assert look(world, archive=()).findings == ()  # it may be on its way
    world.clock.forward(minutes=16)
    assert notes(look(world, archive=())) == {"no-copy"}
    early = Listed(1, 1, world.clock() - timedelta(days=9), sent_id(world))
    world.mailbox.deliver(raw(9))
    world.go()
    world.clock.forward(minutes=16)
    assert notes(look(world, archive=(early,))) == {"no-copy"}
    late = Listed(1, 1, world.clock(), sent_id(world))
    assert notes(look(world, archive=(late,))) == set()


# --- looking twice, and ledgers that are none -------------------------------------------------------------------------


def test_only_what_a_later_look_still_finds_is_off(world):
    clean = look(world)
    tamper(world, "UPDATE outgoing SET recipient = 'thief@evil.example'")
    first = look(world)
    assert clean.still(first).off == ()
    assert first.still(clean).off == ()
    tamper(world, "UPDATE mail SET state = 'new' WHERE id = 2")
    assert {finding.what for finding in first.still(look(world)).off} == {"recipient"}


def test_a_ledger_that_is_not_there_or_of_another_version_is_said(world, tmp_path):
    with pytest.raises(LedgerError, match="there is no ledger"):
        ledger_facts(tmp_path / "none.db", quiet)
    assert not (tmp_path / "none.db").exists()
    tamper(world, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(LedgerError, match="another version"):
        ledger_facts(world.path, quiet)
    (tmp_path / "text.db").write_text("no database at all" * 100)
    with pytest.raises(LedgerError, match="cannot be read"):
        ledger_facts(tmp_path / "text.db", quiet)


def test_the_audit_writes_nothing(world):
    before = world.path.read_bytes(), world.path.with_name("ledger.db-wal").read_bytes()
    look(world)
    assert (world.path.read_bytes(), world.path.with_name("ledger.db-wal").read_bytes()) == before


def test_of_many_findings_the_first_hundred_are_said():
    findings = tuple(Finding("off", "x", str(number), f"number {number} [bold]\x1b") for number in range(130))
    said = io.StringIO()
    show(Audit(Balance(), (), findings), Console(file=said), offline=False)
    lines = said.getvalue().splitlines()
    assert lines[0].startswith("seen 0 = ")
    assert len([line for line in lines if line.startswith("off")]) == 100
    assert lines[-2:] == ["and 30 more", "130 things are off"]
    assert "number 99 [bold]" in said.getvalue()
    assert "\x1b" not in said.getvalue()


def test_an_empty_balance_is_nothing():
    assert str(Balance()).startswith("seen 0 = ")


def test_that_an_order_came_before_is_found_when_it_was_said_twice(world):
    for number in (11, 12):
        world.mailbox.deliver(raw(number, "PO-1"))
        world.go()
    found = facts(world)
    (first,) = [message for message in found.outgoing if message.kind == "repeat"]
    assert off(audit(found, None, TERMS, world.clock())) == set()
    second = replace(first, id=99, mail_id=7, message_id="<repeat.9@us.example>")
    decisions = tuple(
        replace(one, reply=True, repeats=found.decisions[-2].repeats) if one.mail_id == 7 else one
        for one in found.decisions
    )
    assert found.decisions[-2].repeats
    doubled = replace(found, outgoing=(*found.outgoing, second), decisions=decisions)
    assert "told-twice" in off(audit(doubled, None, TERMS, world.clock()))


def test_an_answer_that_says_so_of_an_order_that_is_new_is_found(world):
    found = facts(world)
    outgoing = tuple(replace(message, kind="repeat") for message in found.outgoing)
    assert "not-decided" in off(audit(replace(found, outgoing=outgoing), None, TERMS, world.clock()))


def test_an_answer_that_left_after_its_order_had_ended_is_found(world):
    found = facts(world)
    decided = next(one for one in found.events if one.type == "decided" and one.mail_id == 1)
    link = decided.link._replace(body='{"type":"superseded","mail":1}')
    ended = replace(decided, type="superseded", link=link)
    looked = audit(replace(found, events=(ended, *found.events)), None, TERMS, world.clock())
    assert "ended-answer" in off(looked)
