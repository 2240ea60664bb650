"""A spoofed order from a known client's name gets no detail: the real story, over a real SMTP server."""

import email
import email.policy
from dataclasses import replace

import pytest
from sqlalchemy import select

from maildaemon.audit.answers import answers
from maildaemon.catalogue import Catalogue
from maildaemon.demo.servers import SmtpSink
from maildaemon.desk import MailState
from maildaemon.edge.auditing import ledger_facts
from maildaemon.edge.playbooks import load
from maildaemon.edge.smtp import SmtpAccount, SmtpTransport
from maildaemon.edge.tables import OUTGOING
from maildaemon.model import Mode
from maildaemon.stand import Stand
from maildaemon.understand import understand
from tests.test_signatures import dns, sign
from tests.worlds import DATA, World

US = "mx.us.example"
RECORDS = dns(name="s1._domainkey.client.example")
KNOWN = Catalogue(
    replace(DATA, customers=(replace(DATA.customers[0], emails=("buyer@client.example", "second@client.example")),))
)
PROVED = f"Authentication-Results: {US}; dmarc=pass header.from=client.example\r\n"
FAILED = f"Authentication-Results: {US}; dmarc=fail (p=none) header.from=client.example\r\n"
REJECTED = f"Authentication-Results: {US}; dmarc=fail (p=reject) header.from=client.example\r\n"
SECRET = ("W-100", "Hex bolt", "1.20", "6.00", "1000000", "stock", "Quay", "30 days", "Client Ltd", "C-1", "MD-")
"""What is ours or the client's, and no business of whoever forges a mail."""


def order(headers="", sender="buyer@client.example", number="PO-4711", message_id="<1@client.example>", body=""):
    return (
        f"{headers}From: {sender}\r\nTo: orders@us.example\r\nSubject: Purchase order {number}\r\n"
        f"Date: Mon, 23 Nov 2026 09:50:00 +0000\r\nMessage-ID: {message_id}\r\n\r\nPO number: {number}\r\nCurrency: EUR\r\n\r\n"
        f"Item | Description | Qty | Unit price\r\nW-100 | Hex bolt M8 | 5 | 1.20\r\n{body}"
    ).encode()


@pytest.fixture
def sink():
    with SmtpSink() as found:
        yield found


@pytest.fixture
def world(tmp_path, sink):
    """Makes the story of a mailbox that believes as is said."""
    transport = SmtpTransport(SmtpAccount("127.0.0.1", sink.port, "none", local_hostname="us.example"))
    made = []

    def make(**stand):
        given = {
            "own_domains": frozenset({"us.example"}),
            "name": "Us",
            "authserv_id": US,
            "secret": b"s" * 32,
            **stand,
        }
        found = World(tmp_path, transport=transport, stand=Stand(**given))
        playbook = load()
        found.reader.read_one = lambda raw: understand(raw, playbook)
        found.story.catalogue = lambda: KNOWN
        found.story.keys = lambda names: {name: RECORDS.get(name) for name in names}
        found.go()
        made.append(found)
        return found

    yield make
    transport.close()
    for found in made:
        found.ledger.close()


def sent(sink):
    """What left: to whom, and its text."""
    return [(message.recipients, text_of(message.raw)) for message in sink.messages]


def text_of(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return f"{message['Subject']}\n{message.get_body(('plain',)).get_content()}"


def delivered(found, raw):
    found.mailbox.deliver(raw)
    found.go()
    return found.column("action")[-1]


def test_a_proved_sender_gets_the_detail(world, sink):
    found = world()
    assert delivered(found, order(PROVED)) == "acknowledge"
    ((recipients, text),) = sent(sink)
    assert recipients == ("buyer@client.example",)
    assert "W-100" in text


@pytest.mark.parametrize(
    ("raw", "action"),
    [
        pytest.param(order(), "review", id="no proof at all"),
        pytest.param(order(FAILED), "review", id="DMARC failed"),
        pytest.param(order(REJECTED), "escalate", id="DMARC failed, and the domain asks for rejection"),
        pytest.param(order(sender="Client Ltd <client.ltd@gmail.com>"), "escalate", id="the name from a free mailer"),
        pytest.param(order(sender="Client Ltd <orders@evil.example>"), "escalate", id="the name from elsewhere"),
        pytest.param(order(sender="buyer@cl1ent.example"), "escalate", id="a look-alike domain"),
        pytest.param(order(sender="buyer@client.example.evil.com"), "escalate", id="the domain as a part of another"),
        pytest.param(
            order(sender='"buyer@client.example" <x@evil.example>'), "escalate", id="the address as a display name"
        ),
        pytest.param(order(PROVED + "Reply-To: thief@evil.example\r\n"), "review", id="answers to somebody else"),
        pytest.param(
            order(PROVED.replace(US, "mx.evil.example")), "review", id="results that another server has written"
        ),
    ],
)
def test_a_spoofed_order_gets_nothing_and_goes_to_a_person(world, sink, raw, action):
    found = world()
    assert delivered(found, raw) == action
    assert sent(sink) == []
    assert found.states() == [MailState.REVIEW]


def test_where_the_operator_wants_it_the_address_on_record_is_told_without_detail(tmp_path, world, sink):
    found = world(unproven="brief")
    assert delivered(found, order(FAILED)) == "review"
    ((recipients, text),) = sent(sink)
    assert recipients == ("buyer@client.example",)
    assert "PO-4711" in text
    assert "checked by a person" in text
    assert not [word for word in SECRET if word in text]
    assert found.states() == [MailState.REVIEW]
    assert not list(answers(ledger_facts(tmp_path / "ledger.db", lambda *_: None)))


def test_it_goes_to_the_record_and_not_to_what_the_mail_says(world, sink):
    found = world(unproven="brief")
    delivered(found, order(FAILED, sender="stranger.within@client.example"))
    ((recipients, _),) = sent(sink)
    assert recipients == ("buyer@client.example",)
    assert "In-Reply-To" not in sink.messages[0].raw.decode("ascii")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(order(REJECTED), id="surely forged"),
        pytest.param(order(sender="Client Ltd <orders@evil.example>"), id="the name from elsewhere"),
        pytest.param(order(FAILED + "Reply-To: thief@evil.example\r\n"), id="answers to somebody else"),
        pytest.param(order(FAILED + "Auto-Submitted: auto-generated\r\n"), id="written by a machine"),
        pytest.param(order(FAILED + "From: other@client.example\r\n"), id="two senders"),
        pytest.param(order(sender="somebody@stranger.example"), id="nobody's customer"),
    ],
)
def test_nobody_is_told_where_more_than_the_proof_is_missing(world, sink, raw):
    found = world(unproven="brief")
    assert delivered(found, raw) in {"review", "escalate"}
    assert sent(sink) == []


def test_nobody_can_make_us_write_to_a_client_again_and_again(world, sink):
    found = world(unproven="brief")
    for number in range(5):
        delivered(found, order(FAILED, message_id=f"<{number}@client.example>"))
    assert len(sent(sink)) == 1


def test_a_word_without_detail_waits_for_its_release_in_draft_mode_and_acknowledges_nothing(world, sink):
    found = world(unproven="brief")
    found.house = replace(found.house, mode=Mode.DRAFT)
    found.story = replace(found.restarted(), catalogue=lambda: KNOWN)
    delivered(found, order(FAILED))
    (waiting,) = found.triage.waiting()
    assert sent(sink) == []
    assert found.release(waiting)
    found.go()
    assert len(sent(sink)) == 1
    assert found.states() == [MailState.REVIEW]
    with found.ledger.database.read() as db:
        assert db.scalars(select(OUTGOING.c.kind)).all() == ["brief"]


def test_a_signature_verified_here_is_a_proof_where_our_server_said_nothing(world, sink):
    found = world(dkim=True)
    assert delivered(found, sign(order(), domain=b"client.example")) == "acknowledge"
    forged = sign(order(message_id="<2@client.example>", number="PO-2"), domain=b"client.example")
    assert delivered(found, forged.replace(b"| 5 |", b"| 500 |")) == "review"
    assert delivered(found, order(message_id="<3@client.example>", number="PO-3")) == "review"
    assert len(sent(sink)) == 1


def test_a_dns_that_is_down_proves_nothing_and_is_no_error(world):
    found = world(dkim=True)
    found.story.keys = dict.fromkeys
    assert delivered(found, sign(order(), domain=b"client.example")) == "review"
    assert "could not be had from the DNS" in found.column("reason")[0]


def test_what_our_own_server_found_counts_more_than_a_signature(world, sink):
    found = world(dkim=True)
    assert delivered(found, FAILED.encode() + sign(order(), domain=b"client.example")) == "review"
    assert sent(sink) == []
