"""Labels of six languages: what the programs that write orders call each field, and what is called alike."""

import pytest

from .making import one

FILLED = "\n\n5 x W-100 @ 1.20 EUR\n3 x W-200 @ 2.20 EUR"


@pytest.mark.parametrize(
    "label",
    [
        "PO #", "Purchasing document", "Customer PO No.", "Our purchase order no.", "Buyer's order no.", "PO reference number",
        "Bestell-Referenz", "Unsere Bestell-Nr.", "PO-Nr.", "Einkaufsbelegnr.", "Kundenbestellnr", "Bestellung-Nr.",
        "N° de bon de commande", "Commande fournisseur n°", "N° cde", "Notre n° de commande", "Commande d'achat n°",
        "Nº de OC", "Orden de compra Nº", "Nuestro nº de pedido", "Pedido a proveedor", "Nro. de pedido",
        "Ordine a fornitore n.", "Ns. rif. ordine", "ODA", "Ordine acquisto n.", "Nostro n. ordine",
        "Inkoopordernr", "Bestelbon nr", "PO-nummer", "Orderreferentie", "Ons ordernr",
    ],
)  # fmt: skip
def test_a_purchase_order_is_numbered_under_many_names(label):
    assert one(f"{label}: 4711-A{FILLED}").po_number.value == "4711-A"


@pytest.mark.parametrize("line", ["Auftragsnummer: 4711-A", "Auftrag 4711-A", "Lieferantenbestellung 4711-A", "Inkoopopdracht 4711-A", "Ordine d'acquisto n. 4711-A"])  # fmt: skip
def test_a_weak_name_is_the_orders_where_no_surer_one_is_stated(line):
    assert one(f"{line}{FILLED}", subject="Order").po_number.value == "4711-A"
    surer = one(f"{line.replace('4711-A', '9-B')}\nOur PO number: 4711-A{FILLED}", subject="Order")
    if "n." not in line:
        assert surer.po_number.value == "4711-A"


@pytest.mark.parametrize("number", ["OC 00603", "BC 12"])
def test_the_letters_of_a_number_may_stand_apart_behind_a_title(number):
    assert one(f"Commande {number}{FILLED}", subject="Commande").po_number.value == number


@pytest.mark.parametrize("text", ["Commande KW 50", "Commande DN 25", "Commande du 12"])
def test_other_letters_and_a_figure_behind_a_title_are_no_number(text):
    assert one(f"{text}{FILLED}", subject="Commande").po_number is None


@pytest.mark.parametrize(
    "label",
    [
        "Your vendor number", "Vendor #", "Supplier account no.", "Our customer number with you", "Customer VAT no.", "VAT Reg. No.",
        "Your quotation no.", "Vendor quote", "RFQ no.", "Requisition #", "Purchase requisition no", "Contract no.",
        "Framework agreement", "Your order confirmation", "Sales order", "Invoice no.", "Delivery note no.", "DUNS", "GLN",
        "Ihre Lieferantennummer", "Kreditoren-Nr.", "Ihre Kundennummer bei uns", "Ihre Angebotsnr.", "Anfrage-Nr.", "Banf-Nr.",
        "Kontrakt", "AB-Nr.", "Ihre Auftragsnummer", "USt.-Id.-Nr.", "Lieferscheinnr.", "Kommissionsnummer",
        "Votre devis n°", "N° fournisseur", "Demande d'achat", "Marché n°", "N° TVA intracommunautaire", "N° BL", "SIREN",
        "Su oferta nº", "Nº de proveedor", "Solicitud de compra", "Nº albarán", "C.I.F.", "Su nº de pedido",
        "Vs. offerta n.", "Cod. fornitore", "Richiesta d'acquisto", "DDT n.", "P. IVA", "Codice SDI", "CIG",
        "Last PO number", "Letzte Bestellung", "Dernière commande", "Último pedido", "Ordine precedente", "Vorige bestelling",
        "Uw offertenummer", "Leveranciersnr", "Inkoopaanvraag", "Pakbonnummer", "KvK-nummer", "Uw ordernr", "Raamcontract",
    ],
)  # fmt: skip
def test_a_number_of_another_kind_is_never_the_purchase_orders(label):
    order = one(f"{label}: 889900\nPO number: 4711{FILLED}", subject="Purchase order")
    assert order.po_number.value == "4711"
    assert not any("PO numbers" in doubt for doubt in order.doubts)
    alone = one(f"{label}: 889900{FILLED}", subject="Purchase order")
    assert alone.po_number is None


@pytest.mark.parametrize(
    ("label", "field", "text", "value"),
    [
        ("Date placed", "order_date", "23.11.2026", "2026-11-23"), ("Bestellt am", "order_date", "23.11.2026", "2026-11-23"),
        ("Commandé le", "order_date", "23.11.2026", "2026-11-23"), ("Fecha de la OC", "order_date", "23.11.2026", "2026-11-23"),
        ("Data di emissione", "order_date", "23.11.2026", "2026-11-23"), ("Besteld op", "order_date", "23.11.2026", "2026-11-23"),
        ("Must arrive by", "requested_date", "23.12.2026", "2026-12-23"), ("Gew. Liefertermin", "requested_date", "23.12.2026", "2026-12-23"),
        ("À livrer avant le", "requested_date", "23.12.2026", "2026-12-23"), ("Fecha límite de entrega", "requested_date", "23.12.2026", "2026-12-23"),
        ("Consegnare entro il", "requested_date", "23.12.2026", "2026-12-23"), ("Uiterste leverdatum", "requested_date", "23.12.2026", "2026-12-23"),
        ("Semaine de livraison", "requested_date", "52/2026", "2026-12-21"), ("Lieferwoche", "requested_date", "KW 52/2026", "2026-12-21"),
        ("Document currency", "currency", "GBP", "GBP"), ("Währungscode", "currency", "Schweizer Franken", "CHF"), ("Ordervaluta", "currency", "Euro", "EUR"),
        ("Our account number with you", "customer_number", "C-77", "C-77"), ("Unsere Kd.-Nr.", "customer_number", "C-77", "C-77"),
        ("Notre code client", "customer_number", "C-77", "C-77"), ("Ns. codice cliente", "customer_number", "C-77", "C-77"),
        ("Anlieferanschrift", "ship_to", "Acme GmbH, Hafenstr. 4, 28217 Bremen", "Acme GmbH, Hafenstr. 4, 28217 Bremen"),
        ("Livré à", "ship_to", "Acme, 4 rue A, 59000 Lille", "Acme, 4 rue A, 59000 Lille"),
        ("Luogo consegna", "ship_to", "Acme, Via A 4, 20121 Milano", "Acme, Via A 4, 20121 Milano"),
        ("Losadres", "ship_to", "Acme, Kade 4, 3044 AS Rotterdam", "Acme, Kade 4, 3044 AS Rotterdam"),
        ("Rechnung bitte an", "bill_to", "Acme GmbH, Hafenstr. 4, 28217 Bremen", "Acme GmbH, Hafenstr. 4, 28217 Bremen"),
        ("Cond. de pago", "payment_terms", "30 días", "30 days net"), ("Cond. pagamento", "payment_terms", "30 gg d.f.", "30 days net"),
        ("Zahlungsfrist", "payment_terms", "14 Tage", "14 days net"), ("Betaalconditie", "payment_terms", "30 dagen", "30 days net"),
        ("PO value", "total", "12.60", "12.60"), ("Gesamtsumme brutto", "total", "12.60", "12.60"), ("Total net à payer", "total", "12.60", "12.60"),
        ("Totale ivato", "total", "12.60", "12.60"), ("Te betalen", "total", "12.60", "12.60"), ("Importe total con IVA", "total", "12.60", "12.60"),
    ],
)  # fmt: skip
def test_each_field_is_read_under_the_names_of_the_field(label, field, text, value):
    order = one(f"PO number: 4711\n{label}: {text}{FILLED}")
    assert str(getattr(order, field).value) == value


@pytest.mark.parametrize(
    "heading",
    [
        "Vendor product code | Specification | Qty. | Unit code | Net unit cost | Ext. cost",
        "Lief.-Artikelnr. | Bez. | Best.Menge | BME | Nettoeinzelpreis | Ges.-Preis",
        "Réf. fourn. | Désign. | Qté demandée | UdM | Px unit. HT | Mt HT",
        "Ref. prov. | Descripción producto | Cant. pedida | Und. | Precio unitario neto | Importe total",
        "Vs. codice articolo | Descr. | Quantità ordinata | U.d.M. | Prezzo unit. netto | Importo riga",
        "Artikelnr. leverancier | Omschr. | Aantal besteld | Besteleenheid | Prijs p/st | Regelbedrag netto",
    ],
)
def test_the_columns_of_lines_are_read_under_the_names_of_the_field(heading):
    order = one(f"PO number: 4711\n\n{heading}\nW-100 | Hex bolt | 5 | EA | 1.20 | 6.00")
    (line,) = order.lines
    read = (line.sku, line.description, line.quantity, line.unit, line.unit_price, line.amount)
    assert [str(found.value) for found in read] == ["W-100", "Hex bolt", "5", "EA", "1.20", "6.00"]


def test_a_labels_first_words_do_not_swallow_the_rest_of_another_label():
    order = one(f"PO number: 4711\nOur customer number in your books: C-10442{FILLED}")
    assert order.customer_number is None or order.customer_number.value == "C-10442"


@pytest.mark.parametrize(
    "said",
    [
        "our last order 889900",
        "unsere letzte Bestellung 889900",
        "votre commande 889900",
        "nuestro último pedido 889900",
        "onze vorige bestelling 889900",
    ],
)
def test_another_order_that_is_spoken_of_is_not_this_one(said):
    assert one(f"As in {said} was.{FILLED}").po_number is None


def test_a_total_in_the_block_of_a_line_is_the_lines():
    order = one(
        "PO number: 4711\n\nItem 1\nSKU: W-100\nQuantity: 40\nPrice: 7.25\nTotal: 290.00\n\n"
        "Item 2\nSKU: W-200\nQuantity: 2\nPrice: 389.00\nTotal: 778.00\n\nTotal: 1068.00"
    )
    assert [str(line.amount.value) for line in order.lines] == ["290.00", "778.00"]
    assert str(order.total.value) == "1068.00"


def test_a_total_below_a_line_that_it_is_not_the_product_of_is_the_orders():
    order = one(
        "PO number: 4711\n\nSKU: W-100\nQuantity: 40\nPrice: 7.25\n\nSKU: W-200\nQuantity: 2\nPrice: 3.00\nTotal: 296.00"
    )
    assert str(order.total.value) == "296.00"
