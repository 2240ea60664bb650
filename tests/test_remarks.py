"""What is said beside an order: what may change it makes a person look, what every order mail says does not."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from maildaemon.edge.playbooks import load
from maildaemon.judge import judge_mail
from maildaemon.understand import understand
from tests.documents import making

ORDER = """Good morning,

please supply the following.

PO number: HM-4711
Delivery date: 2026-12-08

Item     Description          Qty    Price    Amount
W-100    Hex bolt M8x40        10     1.20     12.00
W-200    Flange nut M8         20     0.50     10.00

Total EUR: 22.00

{}

Kind regards
Niamh O'Sullivan
"""


@pytest.fixture(scope="module")
def playbook():
    return load()


def said(playbook, remark="", *, subject="Purchase order HM-4711", text=ORDER, html=None):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "niamh@client.example", "orders@us.example", subject
    mail.set_content(text.format(remark))
    if html is not None:
        mail.add_alternative(html, subtype="html")
    reading = understand(mail.as_bytes(), playbook)
    assert len(reading.orders) == 1
    return reading.remarks


@pytest.mark.parametrize(
    "remark",
    [
        "",
        "Please confirm receipt of this order.",
        "Thanks in advance.",
        "Please quote our PO number HM-4711 on the invoice and delivery note.",
        "If you have any questions please call me on +353 21 555 0117.",
        "Please do not hesitate to contact us.",
        "Please deliver as soon as possible.",
        "Could you please confirm the delivery date?",
        "Delivery to gate 3, Mon-Fri 7:00-15:00.",
        "Partial deliveries are acceptable.",
        "Bitte bestätigen Sie den Liefertermin.",
        "Merci de nous confirmer la date de livraison.",
        "Rogamos confirmen el pedido.",
        "Restiamo in attesa di conferma d'ordine.",
        "Graag ontvangen wij een orderbevestiging.",
        "Our general terms and conditions of purchase apply, see www.client.example/terms.",
        (
            "This e-mail is confidential and intended solely for the addressee. If you are not the intended recipient, "
            "please delete this message."
        ),
    ],
)
def test_what_every_order_mail_says_is_no_remark(playbook, remark):
    assert said(playbook, remark) == ()


@pytest.mark.parametrize(
    "remark",
    [
        "Please do not ship before I confirm.",
        "This is only a draft, the final order will follow.",
        "Please put this order on hold until further notice.",
        "Only if everything is in stock.",
        "Sorry, please make that 20 of W-100 instead of 10.",
        "Plus 5 more of W-300 please.",
        "Please cancel line 2.",
        "And the same gloves as last time please.",
        "Please send everything to my home, 12 Main Street, Bantry.",
        "We expect the usual 10 % discount.",
        "Quantities in dozens.",
        "Line 1 is 36.",
        "Line 1: 36",
        "Tom still has to sign this off.",
        "Would you be able to supply this?",
        "Non-binding.",
        "48",
        "W-100   48",
        "As per your quotation, but line 2 only 6.",
        "This e-mail is confidential. Please do not ship before I confirm.",
        "Please don't reply to this mail and don't ship anything.",
        "Bitte noch nicht ausliefern, wir melden uns.",
        "Bitte Position 2 streichen.",
        "Freigabe durch die Geschäftsführung steht noch aus.",
        "Merci de ne pas livrer avant notre accord.",
        "No enviar hasta nueva orden.",
        "Non spedire prima della nostra conferma.",
        "Graag nog niet leveren, we bellen nog.",
        "48 not 24",
        "Half now",
        "Approved: NO",
        "Revision: 3",
        "Delivery: week 3",
        "- line 1: blue",
        "This message is a draft and not an order.",
        "Confidential: this is only a draft.",
        "Based on your offer minus 10 %.",
        "Laut Ihrem Angebot abzüglich 5 %.",
    ],
)
def test_what_may_change_the_order_is_a_remark(playbook, remark):
    assert said(playbook, remark)


@pytest.mark.parametrize(
    "terms",
    [
        "Ship via: our own carrier", "Lieferbedingung: frei Haus", "Conditions de livraison: franco", "Resa: franco",
        "Shipping instructions: two parcels", "Delivery terms: DDP, but only after our call", "Incoterms: EXW 2 pallets",
        "Delivery terms: DAP on 12 December",
    ],
)  # fmt: skip
def test_terms_of_delivery_that_nobody_has_agreed_to_are_seen(playbook, terms):
    order = ORDER.replace("Delivery date: 2026-12-08", f"Delivery date: 2026-12-08\n{terms}")
    assert any(terms in remark for remark in said(playbook, text=order))


TITLED = f"Purchase Order\n\n{ORDER}"


@pytest.mark.parametrize("line", [
    "Quotation no.: Q-55120", "Angebot Nr.: AN-4471", "Angebotsnummer: AN-4471", "Devis n°: D-4411", "N° d'offre: D-4411", "Oferta n.º: P-551",
    "Presupuesto n.º: P-551", "Offerta n.: 4471", "Offertenummer: OF-77", "Framework agreement: 4500012345", "Rahmenvertrag: 4500012345",
    "Contract no.: 46001",
])  # fmt: skip
def test_the_number_of_a_quotation_or_a_contract_below_the_title_of_a_priced_order_is_no_remark(playbook, line):
    assert said(playbook, line, text=TITLED) == ()


@pytest.mark.parametrize("line", [
    "Quotation: Q-55120", "Quotation no.: Q-55120, price 1.10", "Quotation no.: rejected", "Quotation no.: HM-4711", "Quotation HM-4711", "Framework agreement: expired",
    "Call-off from framework agreement 4500012345", "Abruf zu Rahmenvertrag: 4500012345", "Replaces contract: 46001", "Contract: only for line 1", "Blanket order no.: 46001",
    "Offer no. 4: 10 x W-300",
])  # fmt: skip
def test_what_says_more_than_such_a_number_is_seen_below_a_title_too(playbook, line):
    assert said(playbook, line, text=TITLED)


def test_the_number_of_a_quotation_is_seen_where_a_line_states_no_price_or_another_title_stands_above(playbook):
    unpriced = TITLED.replace("1.20     12.00", "             ").replace("Total EUR: 22.00", "")
    assert any("Quotation no." in one for one in said(playbook, "Quotation no.: Q-55120", text=unpriced))
    quotation = f"Quotation\n\n{TITLED}"
    assert any("may be no order" in one for one in said(playbook, "Quotation no.: Q-55120", text=quotation))
    assert any("a remark may" in one for one in said(playbook, "Quotation no.: Q-55120", text=quotation))
    below = TITLED.replace("Good morning,", "Quotation no.: Q-55120\nQuotation")
    assert any("may be no order: “Quotation”" in one for one in said(playbook, text=below))


@pytest.mark.parametrize("line", ["from 1000 pieces: 1.05 each", "ab 500 Stück: 1,05 je Stück", "à partir de 500 pièces : 1,05 l'unité", "vanaf 21 stuks: 1,05 per stuk"])  # fmt: skip
def test_a_scale_that_begins_above_what_is_ordered_is_no_remark(playbook, line):
    assert said(playbook, line) == ()


@pytest.mark.parametrize("line", ["from 20 pieces: 1.05 each", "from 1.000 pieces: 1.05 each", "from 1000 pieces: 1.05 each, please apply it", "from 1000: 1.05 each", "up to 1000 pieces: 1.05 each"])  # fmt: skip
def test_a_scale_that_is_reached_or_says_more_is_seen(playbook, line):
    assert said(playbook, line)


def test_a_scale_is_seen_where_a_line_states_no_price(playbook):
    unpriced = ORDER.replace("1.20     12.00", "             ").replace("Total EUR: 22.00", "")
    assert said(playbook, "from 1000 pieces: 1.05 each", text=unpriced)


@pytest.mark.parametrize("line", ["Cork T12 X4Y7", "Dublin D6W X4Y7", "Line 1 X4Y7"])
def test_an_irish_postcode_is_no_quantity(playbook, line):
    assert bool(said(playbook, line)) is line.startswith("Line")


@pytest.mark.parametrize("line", ["Cork x4", "Cork T12 x4", "Cork T12 x 40", "Cork T12 x400", "Cork W-100 T12 X40"])
def test_a_quantity_beside_a_postcode_is_seen(playbook, line):
    assert said(playbook, line)


@pytest.mark.parametrize(
    "line",
    [
        "Contact: M. Weber, only half",
        "Project: K-4711, do not ship",
        "Cost centre: except line 2",
        "Phone: call before",
    ],
)
def test_a_label_that_says_nothing_of_the_order_hides_no_word_that_may_change_it(playbook, line):
    assert said(playbook, line)


ROW = "Project | Your quotation | Contact | PO number"


def test_a_row_of_values_below_a_row_of_labels_is_judged_value_by_value(playbook):
    def judged(heads, values):
        return said(playbook, text=ORDER.replace("Delivery date", f"{heads}\n{values}\nDelivery date"))

    assert judged(ROW, "K-4711 | AN-4711 | M. Weber | HM-4711") == ()
    assert judged("Nº pedido | Presupuesto n.º | Pedido anterior", "HM-4711 | P-4711 | 4500012345") != ()
    titled = f"Pedido de compra\n\n{ORDER}".replace(
        "Delivery date", "Nº pedido | Presupuesto n.º | Pedido anterior\nHM-4711 | P-4711 | 4500012345\nDelivery date"
    )
    assert said(playbook, text=titled) == ()
    assert judged("Project | Draft | Contact", "K-4711 | 4711 | M. Weber") != ()
    for values in (
        "K-4711 | AN-4711 | M. Weber, only half | HM-4711", "cancelled | AN-4711 | M. Weber | HM-4711", "K-4711 | 5 pcs | M. Weber | HM-4711",
        "K-4711 | AN-4711 | M. Weber | HM-4711 | ship later", "K-4711 | DRAFT | M. Weber | HM-4711",
    ):  # fmt: skip
        assert judged(ROW, values), values


@pytest.mark.parametrize(
    "line",
    [
        "Your quotation no.: Q-55120", "Ihr Angebot Nr.: 4471 vom 12.11.2026", "Votre devis n° : D-4411", "Su oferta nº: P-551",
        "Vs. offerta n.: 4471", "Uw offertenummer: OF-77", "Our customer number with you: C-10442",
        "Terms: net 30 days from invoice", "Cond. pagamento: bonifico 60 gg d.f.f.m.",
    ],
)  # fmt: skip
def test_a_reference_and_terms_that_are_understood_are_no_remark(playbook, line):
    assert said(playbook, line) == ()


@pytest.mark.parametrize(
    "line",
    [
        "Your quotation no.: Q-55120 applies, prices as told by phone",
        "Quotation no.: Q-55120",
        "Terms: net 30 days after we have been paid",
        "Our customer number with you: C-10442 (the old one, please change it)",
    ],
)
def test_a_reference_or_terms_with_more_words_are_seen(playbook, line):
    assert said(playbook, line)


@pytest.mark.parametrize("subject", ["DRAFT purchase order HM-4711", "PO HM-4711 - ON HOLD", "Forecast HM-4711"])
def test_a_subject_may_change_the_order_too(playbook, subject):
    assert said(playbook, subject=subject)


@pytest.mark.parametrize(
    "remark",
    ["PS: please add 5 x W-300.", "Leave off the second line.", "Prices are with VAT.", "Van comes on Thursday."],
)
def test_a_remark_below_the_closing_words_is_seen(playbook, remark):
    assert said(playbook, text=f"{ORDER}\n{remark}\n")


@pytest.mark.parametrize("line", ["Visit us at www.client.example.", "Tel. +353 21 555 0117", "Client Ltd, Cork"])
def test_what_a_company_prints_below_its_mails_is_no_remark(playbook, line):
    assert said(playbook, text=f"{ORDER}{line}\n") == ()


@pytest.mark.parametrize("title", ["# DRAFT - not released", "Stock take November"])
def test_a_title_above_a_delimited_table_is_seen(playbook, title):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "niamh@client.example", "orders@us.example", "Purchase order HM-4711"
    mail.set_content("Please find our order HM-4711 attached.\n")
    for text, expected in (("Order lines", False), (title, True)):
        table = f"{text}\nItem,Qty\nW-100,10\nW-200,20\n"
        mail.add_attachment(table, subtype="csv", filename="order.csv")
        found = understand(mail.as_bytes(), playbook).remarks
        assert any(text in remark for remark in found) is expected


def test_a_remark_in_the_html_part_alone_is_seen(playbook):
    table = "<tr><th>Item</th><th>Qty</th></tr><tr><td>W-100</td><td>10</td></tr><tr><td>W-200</td><td>20</td></tr>"
    html = f"<p>PO number: HM-4711</p><table>{table}</table><p>Please hold until Monday.</p>"
    assert said(playbook, html=html)


def test_a_heading_between_order_lines_is_seen(playbook):
    table = "<table><tr><th>Item</th><th>Qty</th></tr><tr><td>{}</td><td>10</td></tr></table>"
    for heading, seen in (("Galway Yard", True), ("Products", False)):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "niamh@client.example", "orders@us.example", "PO HM-4711"
        html = f"<p>PO number: HM-4711</p>{table.format('W-100')}<h3>{heading}</h3>{table.format('W-200')}"
        mail.set_content(html, subtype="html")
        reading = understand(mail.as_bytes(), playbook)
        assert len(reading.orders[0].lines) == 2
        assert any(heading in remark for remark in reading.remarks) is seen


def test_the_headings_of_a_second_order_are_no_remark(playbook):
    table = "SKU        Description        Qty    Price    Amount\n"
    first, second = (
        "W-100      Hex bolt            10     0.12      1.20\n",
        "K-15       Cable drum           1     3.50      3.50\n",
    )
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "niamh@client.example", "orders@us.example", "Two purchase orders"
    body = f"Please supply:\n\nPO number: TP-100\n{table}{first}Total EUR: 1.20\n\n"
    mail.set_content(f"{body}PO number: TP-101\n{table}{second}Total EUR: 3.50\n")
    reading = understand(mail.as_bytes(), playbook)
    assert [len(order.lines) for order in reading.orders] == [1, 1]
    assert reading.remarks == ()


@pytest.mark.parametrize("sample", ["ferrostock/one-order", "webshop/one-article", "halden/one-order"])
def test_what_a_known_source_always_says_is_no_remark(playbook, sample):
    raw = (Path(__file__).parent / "mail" / f"{sample}.eml").read_bytes()
    assert understand(raw, playbook).remarks == ()


def test_a_row_that_the_style_sheet_hides_is_seen(playbook):
    rows = '<tr><td>W-100</td><td>10</td></tr><tr class="x"><td>W-200</td><td>20</td></tr>'
    table = f"<p>PO number: HM-4711</p><table><tr><th>Item</th><th>Qty</th></tr>{rows}</table>"
    for sheet, seen in ((".x{display:none}", True), ("@media print{.x{display:none}}", False)):
        found = said(playbook, html=f"<style>{sheet}</style>{table}")
        assert any("style sheet" in remark for remark in found) is seen


@pytest.mark.parametrize("tag", ["s", "strike", "del", 'span style="text-decoration: line-through"'])
def test_text_that_is_struck_through_is_seen(playbook, tag):
    struck = f"<{tag}>W-200</{tag.split()[0]}>"
    table = f"<tr><th>Item</th><th>Qty</th></tr><tr><td>W-100</td><td>10</td></tr><tr><td>{struck}</td><td>20</td></tr>"
    assert any(
        "struck through" in remark for remark in said(playbook, html=f"<p>PO: HM-4711</p><table>{table}</table>")
    )


def test_a_quoted_mail_says_nothing(playbook):
    quoted = "\n\nOn Mon, 23 Nov 2026 at 10:12, Orders <orders@us.example> wrote:\n> Please do not ship yet.\n"
    assert said(playbook, text=ORDER + quoted) == ()


def test_a_phrase_that_the_profile_ignores_is_no_remark(playbook):
    from maildaemon.parse.labels import labels
    from maildaemon.playbook import Profile
    from maildaemon.remarks import remarks

    mail = EmailMessage()
    mail["From"], mail["Subject"] = "niamh@client.example", "Purchase order HM-4711"
    mail.set_content(ORDER.format("Marked with our usual blue sticker."))
    reading = understand(mail.as_bytes(), playbook)
    profile = Profile(name="client", ignore=("usual blue sticker",))
    assert reading.remarks
    assert remarks(reading.mail, reading.documents, reading.orders, labels(profile), profile.ignore) == ()


def test_a_remark_stands_against_every_order_of_the_mail(playbook):
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "niamh@client.example", "Purchase order HM-4711"
    mail.set_content(ORDER.format("Please do not ship before I confirm."))
    reading = understand(mail.as_bytes(), playbook)
    objections = judge_mail(reading, junk=False, twin=False)
    assert [(one.order, one.rule) for one in objections] == [(None, "no-remark-changes-it")]
    assert "do not ship" in objections[0].reason


@pytest.mark.parametrize("line", [
    "Needed at works: 2026-12-29",
    "Wanted on site: 29 December",
    "Arrival week: KW 52",
    "Reserve: 120.00",
    "Ref. A: 17.20",
])  # fmt: skip
def test_a_date_or_an_amount_behind_a_label_that_is_not_known_is_seen(playbook, line):
    assert any("was not read: " in one and line in one for one in said(playbook, line))


@pytest.mark.parametrize("line", [
    "Quotation date: 2026-11-01",
    "VAT 21 %: 4.62",
    "Dispatch: 2026-12-08",
    "Valuta: EUR",
])  # fmt: skip
def test_what_is_known_to_say_nothing_of_the_order_is_not_left_over(playbook, line):
    assert not any("was not read: " in one for one in said(playbook, line))


@pytest.mark.parametrize("word", [
    "CANCELLED", "annulé", "Storniert", "anulado", "Annullata", "geannuleerd", "On hold", "superseded", "Revision 2",
    "wurde storniert", "ordine annullato",
])  # fmt: skip
def test_a_status_in_a_cell_is_seen(playbook, word):
    text = ORDER.replace("     12.00\n", f"     12.00   {word}\n")
    assert any("status may change it" in one or "may change it" in one for one in said(playbook, text=text))
    assert any(word in one for one in said(playbook, f"Status: {word}"))


def test_the_name_of_a_file_may_say_what_has_become_of_its_order(playbook):
    def named(name):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = (
            "niamh@client.example",
            "orders@us.example",
            "Purchase order HM-4711",
        )
        mail.set_content("see attached")
        mail.add_attachment(b"PO number,Item,Qty\nHM-4711,W-100,10\n", "text", "csv", filename=name)
        return [one for one in understand(mail.as_bytes(), playbook).remarks if "file name" in one]

    for name in ("PO-4711_CANCELLED.csv", "Storno 4711.csv", "4711-rev2.csv", "commande annulée.csv", "PO_on_hold.csv"):
        assert named(name) == [f"its file name may change it: “{name}”"]
    assert named("PO-4711.csv") == []


def test_a_status_column_of_a_delimited_table_is_seen(playbook):
    table = b"PO number,Item,Qty,Status\nHM-4711,W-100,10,%s\n"
    for word, seen in ((b"cancelled", True), (b"stornata", True), (b"open", False)):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = (
            "niamh@client.example",
            "orders@us.example",
            "Purchase order HM-4711",
        )
        mail.set_content("see attached")
        mail.add_attachment(table % word, "text", "csv", filename="po.csv")
        found = understand(mail.as_bytes(), playbook)
        assert any("a status may change it" in one for one in found.remarks) is seen


@pytest.mark.parametrize(
    "line", ["Line 1", "Pos. 10", "Orden de compra nº HM-4711", "PO no. HM-4711.", "Ordine di acquisto n. HM-4711"]
)
def test_the_head_of_a_position_and_the_number_once_more_are_no_remark(playbook, line):
    assert said(playbook, line) == ()


@pytest.mark.parametrize("line", ["Line 400", "Orden de compra nº PO-4712"])
def test_another_position_and_another_number_are_remarks(playbook, line):
    assert said(playbook, line)


@pytest.mark.parametrize("title", ["Fcatura", "Rechnug", "Delivery noe", "Quotation"])
def test_a_title_of_another_paper_stops_an_order_also_with_a_slip_in_it(playbook, title):
    assert any("may be no order" in one for one in said(playbook, text=f"{title}\n\n{ORDER}"))


@pytest.mark.parametrize("title", ["Bestellng", "Purchase ordr", "Good mornnig"])
def test_a_slip_in_the_title_of_an_order_does_not(playbook, title):
    assert not any("may be no order" in one for one in said(playbook, text=f"{title}\n\n{ORDER}"))


def attached(
    playbook, *files, text="Good morning,\n\nplease find our order attached.\n{}\n\nKind regards\nJo\n", remark=""
):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "jo@client.example", "orders@us.example", "Our order"
    mail.set_content(text.format(remark))
    for name, data in files:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return understand(mail.as_bytes(), playbook).remarks


@pytest.mark.parametrize(
    "remark",
    ["W-100 only if you have it in blue.", "Replace W-200 when it is not available.", "W-100: 12 instead of 5", "Hex bolt M8x40 please packed in pairs."],
)  # fmt: skip
def test_what_is_said_of_an_article_in_a_table_is_a_remark(playbook, remark):
    assert attached(playbook, ("order.pdf", making.order_pdf())) == ()
    assert attached(playbook, ("order.pdf", making.order_pdf()), remark=remark)
    said = making.pdf([*making.order_rows(220), (410, 110, "PO number:"), (490, 110, "PO-88120"), (50, 400, remark)])
    assert attached(playbook, ("order.pdf", said))


@pytest.mark.parametrize(
    "name", ["PO-88121.pdf", "our PO-12345 of today.pdf", "do_not_deliver.pdf", "Muster.pdf", "po_void.pdf"]
)
def test_a_file_that_is_called_by_something_else_is_a_remark(playbook, name):
    assert len(attached(playbook, (name, making.order_pdf()))) == 1


@pytest.mark.parametrize("name", ["PO-88120.pdf", "4711.pdf", "PO88121.pdf"])
def test_a_file_that_is_called_by_no_other_order_is_none(playbook, name):
    assert attached(playbook, (name, making.order_pdf())) == ()


def test_a_second_document_that_is_a_change_is_a_remark(playbook):
    change = making.pdf(
        [(50, 60, "CHANGE ORDER", 18), (410, 110, "PO number:"), (490, 110, "PO-88121"), *making.order_rows(220)]
    )
    said = attached(playbook, ("a.pdf", making.order_pdf()), ("b.pdf", change))
    assert "b.pdf may be no order: “CHANGE ORDER”" in said


@pytest.mark.parametrize("label", ["Release", "Incoterm", "Carrier", "Substitution"])
def test_a_label_and_its_value_in_two_cells_are_judged_like_those_with_a_colon(playbook, label):
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(making.order_xlsx()))
    assert attached(playbook, ("order.xlsx", making.saved(book))) == ()
    book.active["A4"], book.active["B4"] = label, "outstanding"
    assert attached(playbook, ("order.xlsx", making.saved(book))) != ()
