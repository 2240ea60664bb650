"""Headings that name two things in one cell: both values below in one cell, or in two rows of a line."""

from maildaemon.model import Document, Line, Order, Table
from maildaemon.parse import orders
from maildaemon.playbook import GENERAL

from .making import mail, values

WHAT = ("sku", "description", "quantity", "unit", "unit_price", "amount")


def grid(*rows: str) -> Order:
    """The order of a mail with a PO number and one table; cells parted by bars."""
    table = Table(tuple(tuple(cell.strip() for cell in row.split("|")) for row in rows), line=1)
    document = Document("body", "text/html", (Line("PO number: A-1", 1),), (table,))
    (order,) = orders(mail(), (document,), GENERAL)
    return order


def test_a_code_and_its_description_stand_in_one_cell_below_both_their_labels():
    order = grid(
        "Pos | Artikel-Nr. Bezeichnung | Menge Einheit | Preis EUR | Betrag EUR",
        "1 | W-100 Sechskantschraube | 3 Karton | 1,20 | 3,60",
        "2 | W-200 Mutter | 5 Stück | 2,00 | 10,00",
        " | | | Gesamt EUR | 13,60",
    )
    assert values(order, *WHAT) == [
        ("W-100", "Sechskantschraube", "3", "CT", "1.20", "3.60"),
        ("W-200", "Mutter", "5", "EA", "2.00", "10.00"),
    ]
    assert order.doubts == ()


def test_the_labels_may_be_parted_by_a_slash():
    order = grid("Article / Description | Quantity / Unit | Price", "W-100 Hex bolt | 3 pcs | 1.20")
    assert values(order, "sku", "description", "quantity", "unit") == [("W-100", "Hex bolt", "3", "EA")]


def test_the_second_label_may_be_a_name_for_either_and_a_unit_may_have_a_slash_in_its_name():
    order = grid(
        "Item | Item code Product | Qty. U/M | Rate EUR | Extended EUR", "1 | W-100 Hex bolt | 3 box | 1.20 | 3.60"
    )
    assert values(order, *WHAT) == [("W-100", "Hex bolt", "3", "BX", "1.20", "3.60")]


def test_a_heading_that_can_be_parted_in_one_label_alone_is_that_label():
    order = grid("Item description | Item no. | Qty | Unit price", "Hex bolt | W-100 | 3 | 1.20")
    assert values(order, "sku", "description", "quantity") == [("W-100", "Hex bolt", "3")]


TALL = ("Pos. | Product code Ordered | Description Price | | Amount EUR",)


def test_a_line_of_two_rows_is_read_by_the_upper_and_the_lower_labels():
    order = grid(
        *TALL,
        "00010 | W-100 | Hex bolt | | ",
        " | 25 boxes | 19.60 / 1 box | | 490.00",
        "00020 | W-200 | Hex nut | | ",
        " | 2 pcs | 148.00 / 1 pc | | 296.00",
        " | | | Order total EUR | 786.00",
    )
    assert values(order, "sku", "description", "quantity", "unit_price", "amount") == [
        ("W-100", "Hex bolt", "25", "19.60", "490.00"),
        ("W-200", "Hex nut", "2", "148.00", "296.00"),
    ]
    assert str(order.total.value) == "786.00"
    assert order.doubts == ()
    assert order.lines[1].quantity.place == "table 1, row 5, column 2"


def test_a_price_for_more_than_one_piece_is_divided():
    order = grid(*TALL, "10 | W-100 | Hex bolt | | ", " | 200 pcs | 50.00 / 100 pcs | | 100.00")
    assert values(order, "quantity", "unit_price", "amount") == [("200", "0.5", "100.00")]


def test_a_row_amid_lines_of_two_rows_that_is_none_of_theirs_is_a_doubt():
    order = grid(
        *TALL,
        "10 | W-100 | Hex bolt | | ",
        " | 25 pcs | 1.00 / 1 pc | | 25.00",
        " | W-300 | replaces the one above | | ",
        "20 | W-200 | Hex nut | | ",
        " | 2 pcs | 2.00 / 1 pc | | 4.00",
    )
    assert values(order, "sku", "quantity") == [("W-100", "25"), ("W-200", "2")]
    assert any("W-300" in doubt for doubt in order.doubts)


def test_two_values_in_a_column_with_one_label_are_no_line_of_two_rows():
    order = grid(*TALL, "10 | W-100 | Hex bolt | | 3.00", "20 | 25 pcs | 1.00 / 1 pc | | 25.00")
    assert order.lines == ()
