"""What a mail is, told by its form."""

import pytest

from maildaemon.kind import kind_of
from maildaemon.model import Kind
from maildaemon.read import bare, read
from tests.effort import costs_at_most

PO = "PO number: 4711\nW-100  Hex bolt  5 pcs\nW-200  Nut  10 pcs\n"
NOTICE = (
    "PO number: 4711\n\nHex bolt × 5\nSKU: W-100\n12.00 EUR\n\nNut × 10\nSKU: W-200\n3.00 EUR\n\nTotal: 15.00 EUR\n"
)
COLUMNS = "PO number: 4711\n\n5 pcs  W-100  Hex bolt  2.40 EUR\n10 pcs  W-200  Nut  0.30 EUR\n\nTotal: 15.00 EUR\n"


def kind(subject: str = "", text: str = "", head: str = "", sender: str = "jo@acme.example") -> Kind:
    raw = f"From: {sender}\r\nTo: orders@us.example\r\nSubject: {subject}\r\n{head}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}"
    return kind_of(*read(raw.encode()))[0]


@pytest.mark.parametrize(("subject", "text"), [
    ("Purchase Order 4711", PO),
    ("PO 4711", "please find attached"),
    ("Order", PO),
    ("", PO),
    ("bolts", "Hello, we would like to order 5 x W-100. Thanks"),
    ("Bestellung 4711", "Bestellnummer: 4711\nW-100  5 Stück"),
    ("Schrauben", "hiermit bestellen wir 5 Stück W-100"),
    ("Commande 4711", "Bon de commande n° : 4711\nW-100 5 pièces"),
    ("boulons", "Nous souhaitons commander 5 pièces W-100"),
    ("Pedido 4711", "Pedido: 4711"),
    ("Orden de compra 4711", ""),
    ("Ordine d'acquisto 4711", "Codice;Quantità"),
    ("Bestelling 4711", "Bestelnummer: 4711"),
    ("bouten", "Wij bestellen 5 stuks W-100"),
    ("Purchase Order 4711", PO + "Please send an order confirmation and the invoice to: accounts@acme.example"),
    ("PO 4711, invoice to follow", PO),
    ("FW: Purchase Order 4711", PO),
    ("Purchase Order Confirmation", PO + "Payment terms: Net 30\nPurchasing Department"),
    ("Order per your quotation 12", PO),
    ("Re: Your quotation 12", "Thank you. Please order:\n5 x W-100 bolt\n6 x W-200 nut\n"),
    ("Urgent order", "5 x W-100 bolt"),
    ("Purchase Order 4711: please confirm your delivery date", PO),
    ("PO 4711, please send an order confirmation", PO),
    ("PO 4711 noise-cancelling headsets", PO),
    ("Lieferantenbestellung P00097", "wir benötigen 25 Set W-100, 5 Stück W-200 und 8 Karton W-300."),
    ("Inkoopopdracht", "wij hebben 25 stuks W-100 en 5 dozen W-200 nodig."),
])  # fmt: skip
def test_an_order_is_an_order(subject, text):
    assert kind(subject, text) is Kind.ORDER


@pytest.mark.parametrize(("subject", "text", "expected"), [
    ("Invoice 99", "Invoice No. 99\nPO number: 4711", Kind.INVOICE),
    ("Invoice for PO 4711", "", Kind.INVOICE),
    ("Rechnung 99 zu Bestellung 4711", "", Kind.INVOICE),
    ("Facture 99", "", Kind.INVOICE),
    ("Documents", "INVOICE\nNo. 5\nPO number: 4711\nW-1 5 pcs", Kind.INVOICE),
    ("Request for quotation 12", "5 pcs W-100", Kind.QUOTATION),
    ("Anfrage 12", "Bitte um Angebot: 5 Stück W-100", Kind.QUOTATION),
    ("Devis 12", "", Kind.QUOTATION),
    ("Order confirmation 4711", "We confirm your order.\n" + PO, Kind.ORDER_RESPONSE),
    ("Your order 4711", "Thank you for your order\n5 x bolt", Kind.ORDER_RESPONSE),
    ("Your Shop.example order #123", "Arriving today", Kind.ORDER_RESPONSE),
    ("Auftragsbestätigung 4711", "Vielen Dank für Ihre Bestellung", Kind.ORDER_RESPONSE),
    ("Conferma d'ordine 12", "", Kind.ORDER_RESPONSE),
    ("Opdrachtbevestiging 4711", COLUMNS, Kind.ORDER_RESPONSE),
    ("Acuse de pedido 4711", COLUMNS, Kind.ORDER_RESPONSE),
    ("Your order has been shipped", "cancel this order here", Kind.DELIVERY_NOTICE),
    ("Lieferschein 12", "Bestellung 4711", Kind.DELIVERY_NOTICE),
    ("Your parcel is out for delivery", "", Kind.DELIVERY_NOTICE),
    ("Please cancel PO 4711", "", Kind.CANCELLATION),
    ("PO 4711", "Please cancel our order 4711.", Kind.CANCELLATION),
    ("Stornierung Bestellung 4711", "", Kind.CANCELLATION),
    ("Re: PO 4711", "Please cancel this order.", Kind.CANCELLATION),
    ("BESTELLING GEANNULEERD", "wij hebben 15 pakken W-100 nodig.\nOrdernummer 4711.", Kind.CANCELLATION),
    ("Pedido 4711 anulado", "", Kind.CANCELLATION),
    ("Invoice 99", NOTICE, Kind.INVOICE),
    ("Documents", "INVOICE\n\n" + NOTICE, Kind.INVOICE),
    ("Order #1001 confirmed", "Thank you for your purchase!\n\n" + NOTICE, Kind.ORDER_RESPONSE),
    ("Order confirmation 4711", COLUMNS, Kind.ORDER_RESPONSE),
    ("Rechnung 99 zu Bestellung 4711", COLUMNS, Kind.INVOICE),
    ("Angebot 12", COLUMNS, Kind.QUOTATION),
    ("Change to PO 4711", "please deliver 6 instead of 5", Kind.CHANGE),
    ("Bestelländerung 4711", "", Kind.CHANGE),
    ("PO 4711", "Please change the quantity of W-100 to 7", Kind.CHANGE),
    ("Re: PO 4711", "When will it arrive?\n\nOn 3 Nov 2026, Us wrote:\n> " + PO.replace("\n", "\n> "), Kind.REPLY),
    ("Re: lunch", "yes", Kind.REPLY),
    ("Meeting", "Let us meet at 10.", Kind.OTHER),
    ("Remittance advice", "PO 4711 paid", Kind.OTHER),
    ("", "", Kind.OTHER),
    ("Monthly newsletter", "Order now: 5 pcs", Kind.BULK),
])  # fmt: skip
def test_other_papers_are_told_from_orders(subject, text, expected):
    assert kind(subject, text) is expected


@pytest.mark.parametrize(("head", "subject", "text", "sender", "expected"), [
    ("Auto-Submitted: auto-replied\r\n", "Re: PO", PO, "a@b.example", Kind.AUTO_REPLY),
    ("Auto-Submitted: auto-generated\r\n", "Purchase Order 4711", PO, "portal@b.example", Kind.ORDER),
    ("", "Out of office: Purchase Order 4711", "back on Monday", "a@b.example", Kind.AUTO_REPLY),
    ("", "Automatische Antwort: Bestellung 4711", "", "a@b.example", Kind.AUTO_REPLY),
    ("", "Réponse automatique : commande", "", "a@b.example", Kind.AUTO_REPLY),
    ("X-Autoreply: yes\r\n", "Re: order", "", "a@b.example", Kind.AUTO_REPLY),
    ("List-Unsubscribe: <https://x.example>\r\n", "New order forms", "order now", "a@b.example", Kind.BULK),
    ("Precedence: bulk\r\n", "Offers", "5 pcs W-100", "a@b.example", Kind.BULK),
    ("List-Id: <orders.us.example>\r\n", "Purchase Order 4711", PO, "a@b.example", Kind.ORDER),
    ("", "Undelivered Mail Returned to Sender", "This is the mail system at host x", "MAILER-DAEMON@b.example", Kind.BOUNCE),
    ("Return-Path: <>\r\n", "failure notice", "Hi. This is the qmail-send program at x", "a@b.example", Kind.BOUNCE),
    ("X-Failed-Recipients: a@b.example\r\n", "Warning", "", "a@b.example", Kind.BOUNCE),
    ("", "Undeliverable: PO", "Your message did not reach some or all of the intended recipients.", "a@b.example", Kind.BOUNCE),
    ("", "Purchase Order 4711", PO + "The last mail could not be delivered to one or more of you.", "a@b.example", Kind.ORDER),
    ("", "Read: Purchase Order", "Your message was read on Monday", "a@b.example", Kind.READ_RECEIPT),
    ("", "Report domain: us.example Submitter: x Report-ID: 1", "", "noreply@x.example", Kind.REPORT),
])  # fmt: skip
def test_machines_are_told_from_people(head, subject, text, sender, expected):
    assert kind(subject, text, head, sender) is expected


@pytest.mark.parametrize(
    ("report", "inner", "expected"),
    [
        ("delivery-status", "message/delivery-status", Kind.BOUNCE),
        ("disposition-notification", "message/disposition-notification", Kind.READ_RECEIPT),
        ("feedback-report", "message/feedback-report", Kind.REPORT),
    ],
)
def test_reports_are_told_by_their_type(report, inner, expected):
    raw = f'From: a@b.example\r\nSubject: Purchase Order 4711\r\nContent-Type: multipart/report; report-type={report}; boundary="B"\r\n\r\n--B\r\n\r\n{PO}\r\n--B\r\nContent-Type: {inner}\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\n\r\n--B--\r\n'
    assert kind_of(*read(raw.encode()))[0] is expected


def test_a_number_behind_po_is_a_sign_of_an_order():
    assert kind("po bst160925", "Kind regards") is Kind.ORDER


@pytest.mark.parametrize("label", ["Quote ref: Q-1", "Quote no.", "Invoice number: 4711", "Quotation ref"])
def test_a_label_is_no_title(label):
    assert kind("Our needs", f"{label}\nPO number: 4711\n5 pcs W-100") is Kind.ORDER


def test_a_table_of_articles_and_quantities_is_an_order():
    mail, documents = bare("list.csv", b"Artikel;Bezeichnung;Menge\nW-1;Schraube;5\n")
    assert kind_of(mail, documents)[0] is Kind.ORDER


def test_a_file_that_is_called_an_order_is_one_to_be_looked_at():
    assert kind_of(*bare("PO_4711.pdf", b"%PDF-1.4"))[0] is Kind.ORDER
    assert kind_of(*bare("scan.pdf", b"%PDF-1.4"))[0] is Kind.OTHER
    assert kind_of(*bare("a.edi", b"UNB+UNOA:1+A+B+261123:1000+1'UNH+1+ORDERS:D:96A:UN'"))[0] is Kind.ORDER
    assert kind_of(*bare("a.edi", b"UNB+UNOA:1+A+B+261123:1000+1'UNH+1+INVOIC:D:96A:UN'"))[0] is Kind.INVOICE
    assert kind_of(*bare("order-confirmation.pdf", b"%PDF-1.4"))[0] is Kind.OTHER


def test_what_is_only_quoted_orders_nothing():
    assert kind("Re: your question", "Thanks!\n\n> " + PO.replace("\n", "\n> ")) is Kind.REPLY


@pytest.mark.parametrize(
    "filler", ["a", " ", "\t", "5 ", "po ", "order ", "- ", "|", "1 x ", "your a ", "5", "po:", "1pcs", "re:", "[a]"]
)
def test_time_is_linear_in_any_filler(filler):
    mail, documents = read(
        b"From: a@b.example\r\nSubject: "
        + (filler * 10_000)[:2000].encode()
        + b"\r\n\r\n"
        + ((filler * 60 + "\n") * 400)[:40_000].encode()
    )
    with costs_at_most(0.2):
        kind_of(mail, documents)
