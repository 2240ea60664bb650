"""What changes hands with an order is named, in six languages, in whatever part of a mail it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.edge.playbooks import load
from maildaemon.hands import MOST, hands
from maildaemon.model import Document, Line, Table, Zone
from maildaemon.understand import understand

BANK, CALL, COURIER = "bank details", "person or number", "courier"


def document(*texts, zone=Zone.TOP, **more):
    return Document(
        "body", "text/plain", tuple(Line(text, number, zone) for number, text in enumerate(texts, 1)), **more
    )


def named(*texts, **more):
    return " ".join(hands([document(*texts, **more)]))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Please note our new bank details: IBAN DE89 3704 0044 0532 0130 00.", BANK),
        ("Our bank account has changed.", BANK),
        ("Remit to: 12345678", BANK),
        ("Please wire the refund to our account", BANK),
        ("We have a new telephone number", CALL),
        ("Your new contact is Eve", CALL),
        ("Ship via our own courier", COURIER),
        ("FedEx account 123456789", COURIER),
        ("UPS Acct No 1A2B3C", COURIER),
        ("Bitte beachten Sie unsere neue Bankverbindung", BANK),
        ("Unsere Bankverbindung hat sich geändert", BANK),
        ("Bitte überweisen Sie auf Konto 12345678", BANK),
        ("Neue Telefonnummer: 030 123456", CALL),
        ("Ihr neuer Ansprechpartner ist Eva Muster", CALL),
        ("Unser eigener Spediteur holt die Ware", COURIER),
        ("Versand über unser UPS-Konto", COURIER),
        ("Veuillez noter nos nouvelles coordonnées bancaires", BANK),
        ("Notre RIB a changé", BANK),
        ("Merci de virer sur le compte 12345678", BANK),
        ("Nouveau numéro de téléphone : 01 23 45 67 89", CALL),
        ("Votre nouvel interlocuteur est Jean", CALL),
        ("Notre transporteur passera prendre la marchandise", COURIER),
        ("Tomen nota de nuestros nuevos datos bancarios", BANK),
        ("Nuestra cuenta bancaria ha cambiado", BANK),
        ("Transferir a la cuenta 12345678", BANK),
        ("Nuevo teléfono: 912 345 678", CALL),
        ("Su nuevo contacto es Eva", CALL),
        ("Nuestro transportista recogerá la mercancía", COURIER),
        ("Prendete nota delle nostre nuove coordinate bancarie", BANK),
        ("Il nostro conto bancario è cambiato", BANK),
        ("Bonificare sul conto 12345678", BANK),
        ("Nuovo telefono: 06 1234567", CALL),
        ("Il nuovo referente è Eva", CALL),
        ("Il nostro corriere ritirerà la merce", COURIER),
        ("Let op onze nieuwe bankgegevens", BANK),
        ("Ons rekeningnummer is gewijzigd", BANK),
        ("Overmaken naar rekening 12345678", BANK),
        ("Nieuw telefoonnummer: 020 1234567", CALL),
        ("Uw nieuwe contactpersoon is Eva", CALL),
        ("Onze eigen vervoerder haalt de goederen op", COURIER),
    ],
)
def test_it_is_named_whatever_the_language(text, what):
    assert what in named(text)
    assert "ask on the number on record" in named(text)


@pytest.mark.parametrize(
    "text",
    [
        "Please send an order confirmation.",
        "Phone +44 20 7946 0999, fax +44 20 7946 0998",
        "Bankverbindung: Sparkasse Hamburg, IBAN DE89 3704 0044 0532 0130 00, BIC HASPDEHHXXX",
        "Our account number with you: C-1001",
        "Unsere Kundennummer: 1001, Ansprechpartner: Tom Brady",
        "Coordonnées bancaires : IBAN FR76 3000 6000 0112 3456 7890 189",
        "Contact: Tom Brady, tel. 030 123456",
        "Deliver by UPS please.",
        "Carrier: DHL",
        "Payment within 30 days by bank transfer",
    ],
)
def test_what_stands_in_every_letterhead_is_no_change(text):
    assert named(text) == ""


@pytest.mark.parametrize("zone", [Zone.SIGNATURE, Zone.FORWARD, Zone.HIDDEN])
def test_it_is_looked_for_in_the_footer_and_in_what_is_hidden(zone):
    assert BANK in named("our new bank account", zone=zone)


def test_what_an_earlier_mail_said_is_not_looked_at():
    assert named("our new bank account", zone=Zone.QUOTE) == ""


def test_it_is_found_across_a_line_end_and_in_a_table():
    assert BANK in named("please use our new", "bank account")
    table = Table((("Note", "new bank account"),))
    assert BANK in " ".join(hands([Document("body", "text/html", tables=(table,))]))


@given(st.lists(st.text(max_size=80), max_size=8))
def test_looking_never_raises_and_tells_only_so_much(texts):
    assert len(hands([document(*texts)])) <= MOST


def test_a_mail_with_such_a_change_says_so_when_it_is_read():
    raw = (
        b"From: Tom <tom@kestrel.example>\r\nSubject: Purchase order PO-1\r\nMessage-ID: <1@kestrel.example>\r\n\r\n"
        b"PO number: PO-1\r\n\r\nItem | Qty\r\nW-100 | 5\r\n\r\nRegards\r\nTom\r\n-- \r\nour new bank account: 12345678\r\n"
    )
    (one,) = understand(raw, load()).hands
    assert BANK in one
