"""Labels are compared by letters and digits, with a few typing errors."""

import pytest

from maildaemon.parse.labels import labels, named
from maildaemon.playbook import GENERAL, Profile

LABELS = labels(GENERAL)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("PO Number", "po_number"),
        ("P.O. No.", "po_number"),
        ("PO #", "po_number"),
        ("PO Numbre", "po_number"),
        ("Purchse Order No", "po_number"),
        ("Bestelnummer", "po_number"),
        ("Bestellnummer", "po_number"),
        ("N° de commande", "po_number"),
        ("Delivry date", "requested_date"),
        ("Total (EUR)", "total"),
        ("Gesamtbetrag EUR", "total"),
        ("Währung", "currency"),
        ("Waehrung", "currency"),
    ],
)
def test_a_label_is_found_through_spelling_and_typing_errors(text, field):
    assert named(LABELS.header, text).field == field


@pytest.mark.parametrize(
    "text",
    [
        "Vendor number", "Invoice number", "Your order number", "Order to", "Subtotal", "Total qty", "Phone",
        "Quote no", "Lieferantennummer", "Ihre Bestellnummer", "Purchasing", "Number", "Hello there", "Delivery terms",
        "Order status", "Tracking number", "Total weight", "VAT", "Dear Paula", "Regards", "Port number", "Order book",
    ],
)  # fmt: skip
def test_what_looks_like_a_label_is_not_taken_for_one(text):
    found = named(LABELS.header, text)
    assert found is None or found.field is None


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Our part no", "buyer_sku"),
        ("Your item no", "sku"),
        ("Vendor part #", "sku"),
        ("Ihre Artikelnummer", "sku"),
        ("Unsere Artikelnummer", "buyer_sku"),
        ("Art.-Nr.", "sku"),
        ("Qté", "quantity"),
        ("Quantiy", "quantity"),
        ("Unit", "unit"),
        ("Unit price", "unit_price"),
        ("Price EUR", "unit_price"),
        ("Ext. price", "amount"),
        ("Stück", "quantity"),
        ("Pos.", "position"),
    ],
)
def test_a_column_is_known_by_its_heading(text, field):
    assert named(LABELS.column, text).field == field


def test_the_profiles_own_labels_stand_in_the_place_of_the_general_ones():
    own = labels(Profile(name="x", fields={"total": {"labels": ["Amount to pay"]}}))
    assert named(own.header, "Amount to pay").field == "total"
    assert named(own.header, "Amont to pay").field == "total"
    assert named(own.header, "Grand total") is None
    assert named(own.header, "PO number").field == "po_number"


@pytest.mark.parametrize(("text", "field"), [
    ("Your item code", "sku"), ("Our item code", "buyer_sku"), ("Our product code", "buyer_sku"), ("Your catalogue number", "sku"),
    ("Ihre Artikelnummer", "sku"), ("Unsere Artikelnummer", "buyer_sku"), ("Unsere Teilenummer", "buyer_sku"), ("Ihre Sachnummer", "sku"),
    ("Votre référence article", "sku"), ("Notre référence article", "buyer_sku"), ("Notre réf. article", "buyer_sku"),
    ("Votre code produit", "sku"), ("Notre code produit", "buyer_sku"), ("Su código de artículo", "sku"),
    ("Nuestro código de artículo", "buyer_sku"), ("Nuestra referencia", "buyer_sku"), ("Su referencia", "sku"),
    ("Vostro codice articolo", "sku"), ("Nostro codice articolo", "buyer_sku"), ("Ns. codice prodotto", "buyer_sku"),
    ("Uw artikelnummer", "sku"), ("Ons artikelnummer", "buyer_sku"), ("Onze productcode", "buyer_sku"), ("Uw productcode", "sku"),
])  # fmt: skip
def test_whose_number_it_is_is_told_in_every_language(text, field):
    label = named(labels(GENERAL).column, text)
    assert label is not None
    assert label.field == field


@pytest.mark.parametrize(
    "text", ["Our produt code", "Notre référnce produit", "Nuestro códgo artículo", "Nostro codce prodotto"]
)
def test_a_typing_error_does_not_make_our_number_theirs(text):
    label = named(labels(GENERAL).column, text)
    assert label is None or label.field == "buyer_sku"


@pytest.mark.parametrize("text", [
    "Carried forward", "Carry-over", "Brought forward", "Übertrag", "Zwischensumme Übertrag", "Report", "À reporter", "Suma y sigue",
    "Riporto", "A riportare", "Transport",
])  # fmt: skip
def test_what_a_page_carries_forward_is_a_sum(text):
    assert named(labels(GENERAL).sums, text) is not None
