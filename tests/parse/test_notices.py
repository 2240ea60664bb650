"""Articles as a shop's notice shows them, and lines in columns without a heading."""

import pytest

from maildaemon.model import Document, Line, Order, Table
from maildaemon.parse import orders
from maildaemon.playbook import GENERAL

from .making import mail, one, values

CARDS = """PO number: A-1

Hex bolt M10 x 40 galvanised, box of 100 × 3
SKU: W-100
12,00 €

Penetrating oil spray × 2
SKU: W-200
6,00 €

Total: 18,00 €"""


def test_an_article_with_its_number_and_its_sum_below_it_is_a_line():
    order = one(CARDS)
    assert values(order, "sku", "description", "quantity", "unit_price", "amount") == [
        ("W-100", "Hex bolt M10 x 40 galvanised, box of 100", "3", None, "12.00"),
        ("W-200", "Penetrating oil spray", "2", None, "6.00"),
    ]
    assert str(order.total.value) == "18.00"
    assert order.doubts == ()


def test_the_quantity_may_stand_before_the_article_and_the_amount_beside_it():
    order = one(
        "PO number: A-1\n\n3 × Hex bolt   12,00 €\nSKU: W-100\n2 × Oil spray   6,00 €\nSKU: W-200\nTotal: 18,00 €"
    )
    assert values(order, "sku", "quantity", "amount") == [("W-100", "3", "12.00"), ("W-200", "2", "6.00")]


def test_amounts_that_times_their_quantities_make_the_total_are_prices():
    order = one(CARDS.replace("18,00", "48,00"))
    assert values(order, "quantity", "unit_price", "amount") == [("3", "12.00", None), ("2", "6.00", None)]


def test_amounts_of_which_no_sum_tells_what_they_are_are_left_out_with_a_doubt():
    order = one(CARDS.replace("18,00", "99,00"))
    assert values(order, "quantity", "unit_price", "amount") == [("3", None, None), ("2", None, None)]
    assert any("the price of one, or the sum of its line" in doubt for doubt in order.doubts)


def test_a_figure_that_may_be_a_size_is_a_doubt():
    order = one("PO number: A-1\n\nHex bolt M8 × 40\nSKU: W-100\n12,00 €\n\nTotal: 12,00 €")
    assert any("how many, or a size" in doubt for doubt in order.doubts)


@pytest.mark.parametrize("count", ["Quantity: 5", "\nQuantity: 5", "Qty 5 pcs"])
def test_a_size_above_a_quantity_that_is_labelled_is_none(count):
    (order,) = orders(
        mail(),
        (Document("body", "text/plain", tuple(Line(text, number) for number, text in enumerate(
            f"PO number: A-1\n\nHex bolt M8 × 40\nSKU: W-100\n{count}\n".split("\n"), 1))),),
        GENERAL,
    )  # fmt: skip
    assert all(line.quantity is None or str(line.quantity.value) == "5" for line in order.lines)


def test_what_else_is_said_of_the_article_keeps_it_from_being_read():
    order = one("PO number: A-1\n\nHex bolt × 3\nSKU: W-100\n12,00 €\nonly if in stock\n\nTotal: 12,00 €")
    assert order.lines == ()


def shown(*rows: str) -> Order:
    grid = tuple(tuple(cell.strip() for cell in row.split("|")) for row in rows)
    lines = (Line("PO number: A-1", 1), *(Line(row, at) for at, row in enumerate(rows, 2)))
    (order,) = orders(mail(), (Document("body", "text/html", lines, (Table(grid, line=1),)),), GENERAL)
    return order


def test_an_article_in_a_cell_with_its_number_and_its_amount_beside_it_is_a_line():
    order = shown(
        " | Hex bolt, box of 100 × 3 SKU: W-100 | 12,00 EUR",
        " | Oil spray × 2 Article: W-200 | 6,00 EUR",
        " | Total | 18,00 EUR",
    )
    assert values(order, "sku", "description", "quantity", "amount") == [
        ("W-100", "Hex bolt, box of 100", "3", "12.00"),
        ("W-200", "Oil spray", "2", "6.00"),
    ]
    assert str(order.total.value) == "18.00"
    assert order.doubts == ()


def test_the_only_article_of_a_notice_is_not_its_own_sum():
    order = shown(" | Oil spray × 2 SKU: W-200 | 6,00 EUR")
    assert values(order, "sku", "quantity", "unit_price", "amount") == [("W-200", "2", None, None)]
    assert any("the price of one, or the sum of its line" in doubt for doubt in order.doubts)


LIST = """PO number: A-1

15 boxes  W-100  Hex bolt M8 x 30  29.50 EUR
5 pcs  W-200  Flat washer  2.00 EUR

Total: 452.50 EUR"""


def test_columns_without_a_heading_are_known_by_what_they_hold():
    order = one(LIST)
    assert values(order, "sku", "description", "quantity", "unit", "unit_price", "amount") == [
        ("W-100", "Hex bolt M8 x 30", "15", "BX", "29.50", None),
        ("W-200", "Flat washer", "5", "EA", "2.00", None),
    ]
    assert order.doubts == ()


def test_two_amounts_are_the_price_and_the_sum_when_they_multiply_so():
    order = one("PO number: A-1\n\nW-100  Hex bolt  15 boxes  2.00 EUR  30.00 EUR\n\nTotal: 30.00 EUR")
    assert values(order, "sku", "quantity", "unit_price", "amount") == [("W-100", "15", "2.00", "30.00")]


def test_two_amounts_that_do_not_multiply_are_not_read():
    assert one("PO number: A-1\n\nW-100  Hex bolt  15 boxes  2.00 EUR  31.00 EUR\n\nTotal: 31.00 EUR").lines == ()


def test_a_line_of_other_columns_below_such_lines_is_a_doubt():
    order = one(LIST.replace("5 pcs  W-200  Flat washer  2.00 EUR", "W-200  Flat washer  2.00 EUR"))
    assert values(order, "sku") == [("W-100",)]
    assert any("line 4 stands below order lines" in doubt for doubt in order.doubts)


def test_a_figure_without_a_unit_is_no_quantity_in_such_a_list():
    assert one("PO number: A-1\n\n15  W-100  Hex bolt  29.50 EUR\n").lines == ()


@pytest.mark.parametrize(
    "text", [CARDS.replace("spray × 2", "spray × -2"), CARDS.replace("box of 100 × 3", "box, 3 pcs")]
)
def test_an_article_beside_the_others_that_cannot_be_read_is_a_doubt(text):
    order = one(text)
    assert len(order.lines) == 1
    assert any("beside the order lines stands what was not read: “SKU: W-" in doubt for doubt in order.doubts)


def test_a_row_beside_the_others_that_cannot_be_read_is_a_doubt():
    order = shown(
        " | Hex bolt × 3 SKU: W-100 | 12,00 EUR", " | Oil spray × -2 SKU: W-200 | 6,00 EUR", " | Total | 18,00 EUR"
    )
    assert values(order, "sku") == [("W-100",)]
    assert any("W-200" in doubt for doubt in order.doubts)
