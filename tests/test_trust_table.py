"""The gate of authenticity, row by row: what the sender and what changes hands make of an order that is clear otherwise."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from maildaemon.catalogue import Catalogue
from maildaemon.decide import asked, decide
from maildaemon.edge import playbooks
from maildaemon.masterdata import MasterData
from maildaemon.model import Action, Customer, Product, Stock
from maildaemon.read import read
from maildaemon.signatures import Signature
from maildaemon.stand import Stand
from maildaemon.understand import understood

NOW = datetime(2026, 11, 23, 9, 50, tzinfo=UTC)
PLAYBOOK = playbooks.load()
US = "mx.brightwater.example"
STAND = Stand(
    frozenset({"brightwater.example"}), authserv_id=US, name="Brightwater Supplies", secret=b"s" * 32, dkim=True
)
QUAY = "1 Quay, T12 Cork"
CATALOGUE = Catalogue(
    MasterData(
        customers=(
            Customer(
                "C-1", "Kestrel Marine Ltd", ("kestrelmarine.example",), ("tom@kestrelmarine.example", "tom.k@gmail.com"),
                currency="EUR", country="IE", standing="ok", ship_to=(f"Kestrel Marine, {QUAY}",), payment_terms="30 days net",
            ),
            Customer(
                "C-2", "Osprey Hydraulics GmbH", ("osprey.co.uk",), currency="EUR", country="DE", standing="ok",
                ship_to=("Osprey Hydraulics, Hafen 2, 20095 Hamburg",), payment_terms="30 days net",
            ),
            Customer(
                "C-3", "Brightwater Norge AS", ("brightwater.net",), currency="EUR", country="IE", standing="ok",
                ship_to=(f"Brightwater, {QUAY}",), payment_terms="30 days net",
            ),
        ),
        products=(Product("W-100", ("Hex bolt M8",), "EA", Decimal("1.20"), "EUR"),),
        stock=(Stock("W-100", Decimal(1_000_000), as_of=NOW),),
    )
)  # fmt: skip
TOM = "Tom Brady <tom@kestrelmarine.example>"
RECEIVED = f"Received: from mail.x by {US} with ESMTPS; x"
HELD, ESCALATED, ACKNOWLEDGED = Action.REVIEW, Action.ESCALATE, Action.ACKNOWLEDGE


def results(text):
    return f"Authentication-Results: {US}; {text}"


PASS = results("dmarc=pass (p=reject) header.from=kestrelmarine.example")


def passed(domain):
    return results(f"dmarc=pass (p=none) header.from={domain}")


def mail(*headers, sender=TOM, ship_to="", text=""):
    to = f"Ship to: {ship_to}\r\n" if ship_to else ""
    head = [*headers, RECEIVED, f"From: {sender}", "To: orders@brightwater.example", "Subject: Purchase order PO-4711",
            "Date: Mon, 23 Nov 2026 09:50:00 +0000", "Message-ID: <1@kestrelmarine.example>"]  # fmt: skip
    body = f"PO number: PO-4711\r\nCurrency: EUR\r\n{to}\r\nItem | Description | Qty | Unit price\r\nW-100 | Hex bolt M8 | 5 | 1.20\r\n\r\n{text}"
    return "\r\n".join([*head, "", body]).encode()


def decided(raw, stand=STAND, signatures=()):
    reading = understood(*read(raw), PLAYBOOK)
    known = tuple(CATALOGUE.look_up(question, (), NOW) for question in asked(reading))
    return decide(reading, known, PLAYBOOK, stand, content="c" * 64, signatures=signatures)


SIGNED = Signature("kestrelmarine.example", "s1", "rsa-sha256", "p=x", 2048, covers=("from", "subject"))
ROWS = [
    # DMARC pass, From domain on the partner list, known mailbox
    ("DMARC passed", mail(PASS), ACKNOWLEDGED, None),
    ("DMARC passed, a private mailbox on record", mail(passed("gmail.com"), sender="tom.k@gmail.com"), ACKNOWLEDGED, None),
    # no DMARC record, but DKIM or SPF aligned
    ("DKIM aligned", mail(results("dmarc=none; dkim=pass header.d=kestrelmarine.example")), ACKNOWLEDGED, None),
    ("SPF aligned", mail(results("spf=pass smtp.mailfrom=x@kestrelmarine.example")), ACKNOWLEDGED, None),
    ("DKIM of somebody else", mail(results("dkim=pass header.d=relay.example")), HELD, "neither DMARC nor"),
    ("DKIM twice, once failed", mail(results("dkim=pass header.d=kestrelmarine.example; dkim=fail header.d=kestrelmarine.example")), HELD, "neither DMARC nor"),
    # DMARC fail or none aligned
    ("DMARC failed", mail(results("dmarc=fail (p=none) header.from=kestrelmarine.example")), HELD, "DMARC says fail"),
    ("two headers that differ", mail(PASS, results("dmarc=fail header.from=kestrelmarine.example")), ESCALATED, "DMARC says fail"),
    ("no results", mail(), HELD, "nothing proves the sender"),
    ("forged results below the border", mail(RECEIVED, "Received: from a by mail.x.example; x", PASS), HELD, "nothing proves"),
    # DMARC fail with p=reject
    ("DMARC failed, p=reject", mail(results("dmarc=fail (p=reject) header.from=kestrelmarine.example")), ESCALATED, "be rejected"),
    # unknown domain, authenticated: first contact
    ("an unknown domain", mail(passed("newclient.example"), sender="eve@newclient.example"), HELD, "no customer is known"),
    # defects
    ("two From headers", mail(PASS, "From: eve@evil.example"), HELD, "From header"),
    ("two mailboxes", mail(PASS, sender="tom@kestrelmarine.example, eve@evil.example"), HELD, "2 senders"),
    ("two addresses in one", mail(PASS, sender="tom@kestrelmarine.example <eve@evil.example>"), ESCALATED, "two ways"),
    ("two Subject headers", mail(PASS, "Subject: Purchase order PO-1"), HELD, "Subject header"),
    ("two Reply-To headers", mail(PASS, "Reply-To: tom@kestrelmarine.example", "Reply-To: tom@kestrelmarine.example"), HELD, "Reply-To header"),
    ("DMARC passed for another domain", mail(passed("evil.example")), HELD, "checked for evil.example"),
    # Reply-To organisation is not the From organisation
    ("answers elsewhere", mail(PASS, "Reply-To: eve@evil.example"), HELD, "not the sender's organisation"),
    ("answers to a colleague", mail(PASS, "Reply-To: ap@kestrelmarine.example"), ACKNOWLEDGED, None),
    # display name
    ("an address as the name", mail(passed("evil.example"), sender='"tom@kestrelmarine.example" <eve@evil.example>'), ESCALATED, "shows the address"),
    ("a domain in the name", mail(passed("evil.example"), sender='"Tom (kestrelmarine.com)" <eve@evil.example>'), ESCALATED, "shows the domain"),
    ("a client's name from elsewhere", mail(passed("evil.example"), sender="Kestrel Marine Ltd <eve@evil.example>"), ESCALATED, "calls itself"),
    ("a client's name without its form", mail(passed("evil.example"), sender="KESTREL MARINE <eve@evil.example>"), ESCALATED, "calls itself"),
    ("our own name from elsewhere", mail(passed("evil.example"), sender="Brightwater Supplies <eve@evil.example>"), ESCALATED, "our own name"),
    ("another client's name", mail(PASS, sender="Osprey Hydraulics <tom@kestrelmarine.example>"), HELD, "calls itself"),
    ("a client's own name", mail(PASS, sender="Kestrel Marine Ltd <tom@kestrelmarine.example>"), ACKNOWLEDGED, None),
    # look-alike domains
    *(
        (f"look-alike {domain}", mail(passed(domain), sender=f"tom@{domain}"), ESCALATED, "may be taken for")
        for domain in (
            "kestreimarine.example", "kestrelmarlne.example", "kestrelrnarine.example", "kestrel-marine.example",
            "kestrelmarine.com", "kestrelmarine-orders.com", "kestrelmarine.example.evil.com", "kestrelmarine.evil.com",
            "kestrelmraine.example", "xn--kestrelmarin-b5k.example", "osprey.com", "osprey.example", "brightwater.com",
        )
    ),
    ("a client on record whose domain is like ours", mail(passed("brightwater.net"), sender="tom@brightwater.net"), ACKNOWLEDGED, None),
    # free mail for a company
    ("free mail for a company", mail(passed("gmail.com"), sender="Tom <kestrelmarine@gmail.com>"), HELD, "no customer is known"),
    # what changes hands
    ("the known ship-to", mail(PASS, ship_to=QUAY), ACKNOWLEDGED, None),
    ("a new ship-to", mail(PASS, ship_to="Unit 7, Self Storage, 2 Dock Road, D02 Dublin"), HELD, "delivery address is not one"),
    ("new bank details", mail(PASS, text="Please note our new bank details: IBAN DE89 3704 0044 0532 0130 00."), HELD, "new bank details"),
    ("remit to", mail(PASS, text="Remit to: account 12345678"), HELD, "account to pay to"),
    ("a new phone", mail(PASS, text="Please call our new buyer on 020 7946 0999."), HELD, "person or number to call"),
    ("own courier account", mail(PASS, text="Ship via our own courier account, UPS 1A2B3C."), HELD, "courier's account"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "action", "why"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_the_gate_says_of_each_row_what_the_table_says(raw, action, why):
    found = decided(raw)
    assert found.action is action, [one.reason for one in found.objections]
    assert found.reply is (action is ACKNOWLEDGED)
    if why is not None:
        assert why in " ".join(one.reason for one in found.objections)


@pytest.mark.parametrize(
    ("signature", "action"),
    [
        (SIGNED, ACKNOWLEDGED),
        (replace(SIGNED, why="the signature does not fit the mail"), HELD),
        (replace(SIGNED, domain="relay.example"), HELD),
        (replace(SIGNED, domain="mail.kestrelmarine.example"), ACKNOWLEDGED),
        (replace(SIGNED, covers=("from",)), HELD),
    ],
)
def test_a_signature_verified_here_counts_where_our_server_has_said_nothing(signature, action):
    assert decided(mail(), signatures=(signature,)).action is action
    assert (
        decided(mail(results("dmarc=fail header.from=kestrelmarine.example")), signatures=(signature,)).action is HELD
    )


@pytest.mark.parametrize(
    "stand",
    [Stand(frozenset({"brightwater.example"}), secret=b"s" * 32)],
)
def test_without_a_wish_for_proof_the_other_rows_hold_all_the_same(stand):
    for name, raw, action, why in ROWS:
        found = decided(raw, stand)
        if why is None:
            assert found.action is ACKNOWLEDGED, name
        elif not any(word in why for word in ("DMARC", "proves", "rejected", "checked for", "our own name")):
            assert found.action is action, name


def test_every_escalated_mail_names_the_true_address_or_domain():
    for _, raw, action, _why in ROWS:
        if action is ESCALATED:
            found = decided(raw)
            told = " ".join(one.reason for one in found.objections)
            sender = understood(*read(raw), PLAYBOOK).mail.sender
            assert sender is None or sender.rpartition("@")[2] in told
