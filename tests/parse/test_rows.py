"""Rows of tables: what is a line, what goes on from the line above, what is a sum."""

import pytest

from maildaemon.model import Document, Line, Order, Table
from maildaemon.parse import orders
from maildaemon.playbook import GENERAL

from .making import mail, one, values


def grid(*rows: str) -> Order:
    """The order of a mail with a PO number and one table; cells parted by bars."""
    table = Table(tuple(tuple(cell.strip() for cell in row.split("|")) for row in rows), line=1)
    document = Document("body", "text/html", (Line("PO number: A-1", 1),), (table,))
    (order,) = orders(mail(), (document,), GENERAL)
    return order


def test_a_rule_of_markdown_is_no_line():
    order = one("PO: A-1\n\n| SKU | Qty | Price |\n|---|---:|:--:|\n| W-100 | 5 | 1.20 |")
    assert values(order, "sku", "quantity") == [("W-100", "5")]


def test_a_description_below_its_row_belongs_to_it_wherever_it_begins():
    order = one(
        "PO: A-1\n\nSKU      Qty   Price\nW-100      5    1.20\nHex bolt zinc plated\nW-200      7    2.20\nHex nut in brass\n\nRegards"
    )
    assert values(order, "sku", "description", "quantity") == [
        ("W-100", "Hex bolt zinc plated", "5"),
        ("W-200", "Hex nut in brass", "7"),
    ]


def test_a_row_that_cannot_be_placed_does_not_end_the_table():
    order = one(
        "PO: A-1\n\nSKU      Description     Qty   Price\nW-100    Bolt              5    1.20\nsee drawing: 12  rev B\nW-200    Nut               7    2.20"
    )
    assert values(order, "sku") == [("W-100",), ("W-200",)]
    assert any("line 5 looks like an order line" in doubt for doubt in order.doubts)


def test_an_order_line_below_the_end_of_its_table_is_a_doubt():
    order = one(
        "PO: A-1\n\nSKU      Description     Qty   Price\nW-100    Bolt              5    1.20\nand then\nsome\nmore\nof it\nW-200    Nut               7    2.20"
    )
    assert any("below the table looks like an order line" in doubt for doubt in order.doubts)


def test_money_never_joins_a_text():
    order = one("PO: A-1\n\nQty   Description\n  5   Hex bolt           1.20 EUR\n  7   Hex nut")
    assert values(order, "description") == [("Hex nut",)]
    assert any("line 4" in doubt for doubt in order.doubts)


def test_an_amount_is_neither_a_code_nor_a_description():
    order = grid("SKU | Description | Qty", "332.45 | 12.00 480.00 | 5")
    assert values(order, "sku", "description", "quantity") == [(None, None, "5")]
    assert len([doubt for doubt in order.doubts if doubt.endswith("is an amount")]) == 2


def test_a_price_that_adds_up_to_the_subtotal_is_the_amount():
    order = grid("Product | Quantity | Price", "Bolt (#WX 6371) | 500 | 8.455,00 €", "Nut (#WX 1122) | 10 | 1.021,10 €", "Zwischensumme: | Zwischensumme: | 9.476,10 €", "Zahlungsmethode: | Zahlungsmethode: | Überweisung")  # fmt: skip
    assert values(order, "sku", "description", "quantity", "unit_price", "amount") == [
        ("WX 6371", "Bolt", "500", None, "8455.00"),
        ("WX 1122", "Nut", "10", None, "1021.10"),
    ]
    assert order.doubts == ()


def test_a_price_that_multiplies_to_the_subtotal_stays_one():
    order = grid("SKU | Quantity | Price", "W-1 | 2 | 3.00", "W-2 | 1 | 4.00", "Subtotal | Subtotal | 10.00")
    assert values(order, "unit_price", "amount") == [("3.00", None), ("4.00", None)]


def test_a_text_that_spans_the_row_below_each_line_describes_it():
    order = grid("Pos | SKU | Qty", "Pos | Description | Description", "1 | W-100 | 5", "1 | Hex bolt | Hex bolt", "2 | W-200 | 7", "2 | Hex nut | Hex nut")  # fmt: skip
    assert values(order, "sku", "description", "quantity") == [("W-100", "Hex bolt", "5"), ("W-200", "Hex nut", "7")]
    assert order.doubts == ()


def test_a_heading_within_the_lines_describes_none():
    order = grid("SKU | Qty", "W-100 | 5", "W-200 | 7", "For the workshop | For the workshop", "W-300 | 1")
    assert values(order, "sku", "description") == [("W-100", None), ("W-200", None), ("W-300", None)]


def test_a_sum_by_any_name_is_no_line():
    order = grid("SKU | Description | Qty | Amount", "W-100 | Bolt | 5 | 6.00", "Montant dû hors escompte | Montant dû hors escompte | Montant dû hors escompte | 6.00")  # fmt: skip
    assert values(order, "sku") == [("W-100",)]


def test_beside_the_suppliers_numbers_material_is_the_buyers():
    order = grid("Lieferantenartikelnummer | Material | Menge", "W-100 | M77-1868 | 5")
    assert values(order, "sku", "buyer_sku", "description") == [("W-100", "M77-1868", None)]


def test_two_columns_of_article_numbers_are_a_doubt():
    order = grid("SKU | Part no | Qty", "W-100 | M77-1868 | 5")
    assert any("may be the article number" in doubt for doubt in order.doubts)


def test_units_beside_a_quantity_are_the_unit():
    order = grid("SKU | Qty | Units", "W-100 | 5 | boxes")
    assert values(order, "quantity", "unit") == [("5", "BX")]
    assert order.doubts == ()


def test_of_two_columns_of_articles_one_holds_the_codes():
    order = grid("Article | Goods | Qty", "WX 3217 | Hydraulic hose | 250", "WX 2833 | LED tube | 2")
    assert values(order, "sku", "description") == [("WX 3217", "Hydraulic hose"), ("WX 2833", "LED tube")]
    assert order.doubts == ()


def test_of_two_columns_of_articles_one_counts_the_lines():
    order = grid("Item | Article | Qty", "10 | AB-100 | 250", "20 | AB-200 | 2")
    assert values(order, "sku") == [("AB-100",), ("AB-200",)]


def test_two_columns_of_articles_that_cannot_be_told_apart_are_a_doubt():
    order = grid("Article | Goods | Qty", "Hose | Hydraulic hose | 250")
    assert "two columns may be the article" in order.doubts


def test_a_table_of_articles_and_prices_without_a_known_quantity_is_a_doubt():
    order = grid("SKU | Description | How many | Unit price", "W-100 | Bolt | 5 | 1.20")
    assert any("looks like order lines was not read" in doubt for doubt in order.doubts)
    order = one("PO: A-1\n\nSKU      Description    How many   Unit price\nW-100    Bolt           5          1.20")
    assert any("looks like order lines was not read" in doubt for doubt in order.doubts)


def test_a_heading_parted_by_semicolons_may_hold_an_unknown_word():
    order = one("PO: A-1\n\nPos;Frobs;SKU;Qty;Price\n1;M-4;NS-6396;12;58.38")
    assert values(order, "sku", "quantity") == [("NS-6396", "12")]
    assert any("Frobs" in doubt for doubt in order.doubts)


def test_fields_folded_into_the_description_are_taken_out():
    order = grid("Goods | Qty", "Hex bolt M8 Your item no.: 755-55 Our item no.: 1000 EAN: 4006381333931 | 5")
    assert values(order, "description", "sku", "buyer_sku", "gtin") == [
        ("Hex bolt M8", "755-55", "1000", "4006381333931")
    ]


def test_an_unknown_label_in_the_description_is_no_part_of_the_value_before_it():
    order = grid("Goods | Qty", "Hex bolt Our item no.: M-598 Frobs: 7 | 5")
    assert values(order, "description", "buyer_sku") == [("Hex bolt Frobs: 7", "M-598")]


def test_a_colon_in_a_description_stays():
    assert values(grid("Description | Qty", "Gear ratio: 4:1 | 5"), "description") == [("Gear ratio: 4:1",)]


def test_a_note_below_a_numbered_row_describes_it():
    order = grid("Item | SKU | Qty", "Item | Product name | Product name", "10 | W-100 | 5", "10 | Ball valve | Ball valve", "20 | W-200 | 7", "20 | Hose | Hose")  # fmt: skip
    assert values(order, "sku", "description") == [("W-100", "Ball valve"), ("W-200", "Hose")]


def test_codes_in_a_column_item_beside_article_numbers_describe_nothing():
    order = grid("Teilenummer | Material | Menge", "551-45-KG | MAT73624 | 2", "129-84-KB | MAT32322 | 100")
    assert values(order, "sku", "description") == [("551-45-KG", None), ("129-84-KB", None)]
    assert any("may be the article number" in doubt for doubt in order.doubts)


def test_a_gtin_below_a_row_is_no_description():
    order = one(
        "PO: A-1\n\nSKU      Qty   Price\nW-100      5    1.20\n  Hex bolt\n  EAN 4006381333931\nW-200      7    2.20\n  Hex nut\n\nRegards"
    )
    assert values(order, "sku", "description", "gtin") == [("W-100", "Hex bolt", "4006381333931"), ("W-200", "Hex nut", None)]  # fmt: skip


def test_a_long_text_below_a_row_is_no_quantity():
    order = one(
        "PO: A-1\n\nPos  Article  Quantity  Price\n 10  AB-73         10   1.20\n     Gear motor 0.75 kW 1400 rpm\n 20  AB-67          3   2.20\n     Gauge 0-10 bar G1/4 rear"
    )
    assert values(order, "quantity") == [("10",), ("3",)]
    assert "Gear motor" in order.lines[0].description.value


def test_the_rest_of_a_description_is_found_where_two_columns_name_articles():
    order = one(
        "PO: A-1\n\nQty   Artikel    Product            Prijs\n  4   28854755   Manometer 0-10      1.20\n                 bar G1/4 achter\n  5   28854756   Kogelkraan          2.20\n                 DN50 roestvast"
    )
    assert values(order, "sku", "description") == [
        ("28854755", "Manometer 0-10 bar G1/4 achter"),
        ("28854756", "Kogelkraan DN50 roestvast"),
    ]


def test_a_code_in_brackets_before_every_description_is_the_article_number():
    order = grid("Description | Qty | Unit price", "[W-100] Hex bolt | 5 | 1.20", "[EL-TAPE-BK] Tape | 7 | 2.20")
    assert values(order, "sku", "description") == [("W-100", "Hex bolt"), ("EL-TAPE-BK", "Tape")]


def test_brackets_before_one_description_alone_name_no_article():
    order = grid("Description | Qty | Unit price", "[NEW] Hex bolt | 5 | 1.20", "Hex nut | 7 | 2.20")
    assert values(order, "sku", "description") == [(None, "[NEW] Hex bolt"), (None, "Hex nut")]


def test_what_stands_in_brackets_beside_an_article_number_is_described():
    order = grid("SKU | Description | Qty | Unit price", "W-100 | [A2-70] Hex bolt | 5 | 1.20")
    assert values(order, "sku", "description") == [("W-100", "[A2-70] Hex bolt")]


@pytest.mark.parametrize("many", ["10 Ktn", "10 kg", "10 VE", "10 Dtz", "ca. 10", "10½", "10²"])
def test_a_quantity_that_says_another_unit_than_its_line_is_a_doubt(many):
    order = grid("SKU | Menge | Einheit", f"W-100 | {many} | Stück")
    assert any("says another thing than the unit 'Stück'" in doubt for doubt in order.doubts)


@pytest.mark.parametrize("many", ["10", "10 Stk.", "10 St", "10,00 Stück", "10 x", "10 pcs"])
def test_a_quantity_may_repeat_the_unit_of_its_line(many):
    order = grid("SKU | Menge | Einheit", f"W-100 | {many} | Stück")
    assert not order.doubts
    assert values(order, "quantity", "unit") == [("10.00" if "," in many else "10", "EA")]
