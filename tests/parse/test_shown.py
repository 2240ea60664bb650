"""Order lines as portals, forms and typed lists show them: cards, fields in one line, an amount that proves a price."""

import pytest

from maildaemon.model import Document, Order
from maildaemon.parse import orders
from maildaemon.parse.prosesums import is_product, summed
from maildaemon.playbook import GENERAL
from maildaemon.read.html import page
from maildaemon.read.textfile import to_lines

from .making import body, mail, one, values


def html(markup: str, **fields: object) -> Order:
    from maildaemon.model import Table

    found = page(markup)
    lines, _ = to_lines(found.texts, "", found.hints)
    tables = tuple(Table(rows, line) for rows, line in found.tables)
    (order,) = orders(mail(**fields), (Document("body", "text/html", lines, tables),), GENERAL)
    return order


# --- one line of text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "10 st W-100 Kogellager à € 4,85 = € 48,50",
        "n. 10 pz W-100 Cuscinetto - € 4,85 cad. - tot. € 48,50",
        "- W-100 Bearing, 10 pcs @ 4.85 EUR each = 48.50 EUR",
        "10 x W-100 Bearing at 4.85 EUR, total 48.50 EUR",
    ],
)
def test_an_amount_behind_the_price_proves_it(text):
    order = one(f"PO number: A-1\n\n{text}")
    (line,) = order.lines
    assert (line.sku.value, str(line.quantity.value), str(line.unit_price.value)) == ("W-100", "10", "4.85")
    assert str(line.amount.value) == "48.50"


@pytest.mark.parametrize("text", ["10 st W-100 Kogellager à € 4,85 = € 48,90", "10 x W-100 Bearing 4.85 EUR 50.00 EUR"])
def test_two_amounts_that_do_not_multiply_are_no_price(text):
    order = one(f"PO number: A-1\n\n{text}")
    assert all(line.unit_price is None for line in order.lines)


def test_words_without_two_amounts_end_with_no_sum():
    assert summed("10 x W-100 Bearing".split()) is None
    assert not is_product("ten", "4.85", "48.50")


@pytest.mark.parametrize(
    "text",
    [
        "Item: W-100 | Qty: 10 | Price: 4.85",
        "Line 1: SKU W-100, Qty 10, Price 4.85 EUR",
        "1) Art.-Nr. W-100; Menge: 10; Einzelpreis: 4,85",
    ],
)
def test_a_line_that_names_each_of_its_fields_is_an_order_line(text):
    order = one(f"PO number: A-1\n\n{text}")
    assert values(order, "sku", "quantity", "unit_price") == [("W-100", "10", "4.85")]


@pytest.mark.parametrize("text", ["Item: W-100 | Price: 4.85", "Qty: 10 | Price: 4.85", "Item: W-100 | Qty: soon"])
def test_without_what_and_how_many_it_is_none(text):
    assert one(f"PO number: A-1\n\n{text}").lines == ()


def test_a_quantity_may_be_glued_to_its_sign():
    order = one("PO number: A-1\n\nW-100 Hex bolt x10\nW-200 Hex nut x2")
    assert values(order, "sku", "quantity") == [("W-100", "10"), ("W-200", "2")]


def test_a_code_between_lines_that_is_none_is_a_doubt():
    order = one("PO number: A-1\n\nW-100 Bolt M8 6204 x10\nW-200 Hex nut x2")
    assert any("stands among order lines" in doubt for doubt in order.doubts)


def test_a_table_drawn_with_box_characters_is_read():
    order = one(
        "PO number: A-1\n┌───────┬─────┬───────┐\n│ Code  │ Qty │ Price │\n├───────┼─────┼───────┤\n│ W-100 │ 10  │ 4.85  │\n└───────┴─────┴───────┘"
    )
    assert values(order, "sku", "quantity", "unit_price") == [("W-100", "10", "4.85")]


# --- cards and forms --------------------------------------------------------------------------------------------------


def test_a_card_with_quantity_times_price_is_an_order_line():
    order = html(
        "<p>PO number: A-1</p><div><p><b>Kugellager</b><br>Art.-Nr. W-100</p><p>10 Stück × 4,85 € = 48,50 €</p></div>"
    )
    assert values(order, "sku", "description", "quantity", "unit_price", "amount") == [
        ("W-100", "Kugellager", "10", "4.85", "48.50")
    ]


def test_a_card_whose_sum_is_wrong_is_no_order_line():
    order = html("<p>PO number: A-1</p><p>Kugellager<br>Art.-Nr. W-100</p><p>10 Stück × 4,85 € = 49,00 €</p>")
    assert order.lines == ()


CARDS = "<p>PO number: A-1</p>" + "".join(
    f"<div><div>{name}</div><div>Item no: {code}</div><div>Qty: 2</div></div>"
    for name, code in (("Ball bearing", "W-100"), ("{other}", "W-200"))
)


def test_the_names_above_cards_describe_them():
    order = html(CARDS.format(other="Hex nut"))
    assert values(order, "sku", "description") == [("W-100", "Ball bearing"), ("W-200", "Hex nut")]


def test_what_stands_above_every_card_describes_none():
    order = html(CARDS.format(other="Ball bearing"))
    assert values(order, "sku", "description") == [("W-100", None), ("W-200", None)]


def test_a_form_with_a_paragraph_for_each_field_is_read():
    order = html(
        "".join(
            f"<p><b>{label}</b><br>{value}</p>"
            for label, value in (
                ("Company", "Ryde Plastics Ltd"), ("Contact name", "Mia Ford"), ("PO number", "A-1"),
                ("Product 1", "W-100"), ("Quantity 1", "10"), ("Product 2", "W-200"), ("Quantity 2", "2"),
            )
        )
    )  # fmt: skip
    assert order.buyer.value == "Ryde Plastics Ltd"
    assert values(order, "sku", "quantity") == [("W-100", "10"), ("W-200", "2")]


def test_reference_is_the_article_amid_the_fields_of_a_line():
    order = one(
        "Numéro de commande : A-1\n\nPoste 1\nRéférence: W-100\nQuantité: 10\n\nPoste 2\nRéférence: W-200\nQuantité: 2"
    )
    assert values(order, "sku", "quantity") == [("W-100", "10"), ("W-200", "2")]


def test_numbered_labels_in_a_table_are_the_fields_of_a_line():
    order = html(
        "<table><tr><td>PO number</td><td>A-1</td></tr><tr><td>Item 1</td><td>W-100</td></tr><tr><td>Quantity 1</td>"
        "<td>10</td></tr><tr><td>Item 2</td><td>W-200</td></tr><tr><td>Quantity 2</td><td>2</td></tr></table>"
    )
    assert values(order, "sku", "quantity") == [("W-100", "10"), ("W-200", "2")]


# --- tables -----------------------------------------------------------------------------------------------------------


def test_a_column_broken_in_two_below_a_heading_of_two_names_is_two_columns():
    order = html(
        "<p>PO number: A-1</p><table><tr><th>Pos</th><th>Item<br>Description</th><th>Quantity<br>Unit</th><th>Price</th></tr>"
        "<tr><td>1</td><td>W-100<br>Bearing</td><td>10<br>EA</td><td>4.85</td></tr>"
        "<tr><td>2</td><td>W-200<br>Belt<br>black</td><td>2<br>EA</td><td>6.75</td></tr></table>"
    )
    assert values(order, "sku", "description", "quantity", "unit") == [
        ("W-100", "Bearing", "10", "EA"),
        ("W-200", "Belt black", "2", "EA"),
    ]


def test_a_heading_that_is_wrapped_stays_one_column():
    order = html(
        "<p>PO number: A-1</p><table><tr><th>Item<br>no.</th><th>Qty</th><th>Unit<br>price</th></tr>"
        "<tr><td>W-100</td><td>10</td><td>4.85</td></tr></table>"
    )
    assert values(order, "sku", "quantity", "unit_price") == [("W-100", "10", "4.85")]


def test_a_currency_in_a_cell_of_its_own_below_the_price_is_part_of_it():
    order = html(
        "<p>PO number: A-1</p><table><tr><th>Code</th><th>Qty</th><th colspan=2>Price</th></tr>"
        "<tr><td>W-100</td><td>10</td><td>EUR</td><td>4.85</td></tr></table>"
    )
    assert values(order, "sku", "unit_price") == [("W-100", "4.85")]
    assert order.currency.value == "EUR"


def test_the_sums_of_lines_side_by_side_are_no_total():
    order = html(
        "<p>PO number: A-1</p><table><tr><th>Wares</th><td>W-100</td><td>W-200</td></tr>"
        "<tr><th>Total</th><td>12.30</td><td>106.80</td></tr></table><p>Total: 119.10 EUR</p>"
    )
    assert str(order.total.value) == "119.10"


def test_parties_side_by_side_are_told_apart():
    order = html(
        "<table><tr><td><b>Ship To</b><br>Kestle Ltd<br>1 Quay<br>Cork</td><td><b>Bill To</b><br>Kestle Ltd<br>Accounts<br>"
        "2 Quay<br>Cork</td><td><b>PO Number</b><br>55-23<br><b>Order Date</b><br>18 Nov 2026</td></tr></table>"
        "<table><tr><th>SKU</th><th>Qty</th><th>Rate</th></tr><tr><td>W-100</td><td>10</td><td>€4.85</td></tr></table>"
    )
    assert order.ship_to.value == "Kestle Ltd, 1 Quay, Cork"
    assert order.bill_to.value == "Kestle Ltd, Accounts, 2 Quay, Cork"
    assert (order.po_number.value, str(order.order_date.value)) == ("55-23", "2026-11-18")
    assert order.buyer.value == "Kestle Ltd"


def test_a_gross_total_that_net_and_tax_make_is_the_total():
    order = one(
        "PO number: A-1\n5 x W-100 @ 20.00 EUR\nSumme netto: 100,00 EUR\nMwSt. 20 %: 20,00 EUR\nSumme: 120,00 EUR"
    )
    assert str(order.total.value) == "120.00"


# --- sentences --------------------------------------------------------------------------------------------------------


def test_a_number_that_a_sentence_states_ends_with_the_sentence():
    order = one(
        "Wir bestellen 10 Stück W-100.\nUnsere Bestellnummer lautet 55-17. Liefertermin: 10.12.2026. Lieferung an: Kranz GmbH, Werkstr. 9, 90411 Nürnberg."
    )
    assert order.po_number.value == "55-17"
    assert str(order.requested_date.value) == "2026-12-10"
    assert order.ship_to.value == "Kranz GmbH, Werkstr. 9, 90411 Nürnberg"


def test_a_delivery_date_in_the_next_sentence_is_not_that_of_the_order():
    order = one("Necesitamos 10 uds de W-100.\nNuestro pedido es el 55-19. Rogamos entrega antes del 10/12/2026.")
    assert order.order_date is None
    assert order.po_number.value == "55-19"


def test_an_order_of_before_is_not_this_one():
    order = one("As with our PO 4700 last week, please send:\n\n10 x W-100 Bearing", "New order PO 9001")
    assert order.po_number.value == "9001"


# --- who orders -------------------------------------------------------------------------------------------------------


def ordered(text: str, **sender: str) -> Order:
    (order,) = orders(mail("", **sender), (body(text),), GENERAL)
    return order


def test_a_name_at_the_head_that_is_the_senders_is_the_buyer():
    text = "Blue Works Ltd\n2 Street\nLeeds\n\nPO number: A-1\n5 x W-100 @ 1.20"
    assert ordered(text, sender="po@blueworks.example", sender_name="Blue Works").buyer.value == "Blue Works Ltd"
    assert ordered(text, sender="po@blue-works.example").buyer.value == "Blue Works Ltd"


def test_a_name_at_the_head_of_a_mail_by_somebody_else_is_not():
    text = "Blue Works Ltd\n2 Street\nLeeds\n\nPO number: A-1\n5 x W-100 @ 1.20"
    assert ordered(text, sender="no-reply@portal.example", sender_name="Portal").buyer is None


def test_ordered_by_names_a_company_or_nobody():
    assert one("PO number: A-1\nOrdered by: Blue Works Ltd\n5 x W-100 @ 1.20").buyer.value == "Blue Works Ltd"
    assert one("PO number: A-1\nOrdered by: Lucy Grant\n5 x W-100 @ 1.20").buyer is None


# --- codes in descriptions --------------------------------------------------------------------------------------------


def described(*texts: str) -> list[tuple[object, ...]]:
    rows = "".join(f"<tr><td>{text}</td><td>{count}</td></tr>" for count, text in enumerate(texts, 2))
    order = html(f"<p>PO number: A-1</p><table><tr><th>Description</th><th>Qty</th></tr>{rows}</table>")
    return values(order, "sku", "description")


@pytest.mark.parametrize("form", ["{0} {1}", "{0} - {1}", "{1} ({0})", "{1}<br>Art. no. {0}", "{1}, Art.-Nr.: {0}"])
def test_a_code_in_each_description_is_the_article_number(form):
    found = described(form.format("WX-100", "Hex bolt"), form.format("WX-200", "Hex nut"))
    assert found == [("WX-100", "Hex bolt"), ("WX-200", "Hex nut")]


@pytest.mark.parametrize("text", ["Ball bearing 6204-2RS", "DIN-933 hex bolt", "V-BELT black", "6204-2RS bearing"])
def test_a_size_or_a_standard_in_a_description_is_none(text):
    assert described("WX-100 Hex bolt", text)[0] == (None, "WX-100 Hex bolt")
    assert described(text)[0] == (None, text)
