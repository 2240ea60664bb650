"""Tables of order lines in PDFs: narrow columns, headings and items of two rows, what stands below a line or a table."""

import pytest

from maildaemon.edge import playbooks
from maildaemon.read.pdf import read_pdf
from maildaemon.understand import understand_file
from tests.documents import making

TOP = [(50, 40, "PURCHASE ORDER", 16), (50, 70, "PO number: B-4711"), (50, 83, "Order date: 2026-11-20")]
HEADS = [(50, "Pos"), (90, "Item no."), (300, "Qty"), (345, "Unit"), (390, "Unit price"), (480, "Amount")]


@pytest.fixture(scope="module")
def playbook():
    return playbooks.build(playbooks.gather(None, None))


def row(y, *texts):
    return [(x, y, text) for x, text in texts]


def figures(y, number, code, many, price, amount):
    """The figures end where their columns end, on the right of the headings."""
    return row(
        y, (50, number), (90, code), (335 - 6 * len(many), many), (345, "EA"),
        (470 - 6 * len(price), price), (540 - 6 * len(amount), amount),
    )  # fmt: skip


def order(playbook, *rows):
    (found,) = understand_file("po.pdf", making.pdf([*TOP, *rows]), playbook).orders
    return found


def read(found, *names):
    return [
        tuple(str(getattr(line, name).value) if getattr(line, name) else None for name in names) for line in found.lines
    ]


def grid(*rows):
    (table,) = read_pdf("po.pdf", making.pdf([*TOP, *rows]))[0].tables
    return table.rows


class TestColumns:
    def test_figures_at_the_right_of_their_column_are_not_of_the_next(self):
        heads = [(50, "Item no."), (150, "Details"), (330, "Qty"), (400, "Price each"), (480, "Net amount")]
        lines = [
            ("FS-NUT-M8", "Hexagon nut M8, box of 50", "6", "24.80", "148.80"),
            ("FS-100", "Hexagon bolt", "25", "8.90", "222.50"),
        ]
        rows = [*row(200, *heads)]
        for at, (code, text, many, price, amount) in enumerate(lines, 1):
            y = 200 + 17 * at
            rows += row(
                y,
                (50, code),
                (150, text),
                (392 - 6 * len(many), many),
                (472 - 6 * len(price), price),
                (545 - 6 * len(amount), amount),
            )
        assert grid(*rows)[1:] == tuple(lines)

    def test_a_quantity_close_to_its_unit_has_its_own_column(self):
        rows = [
            *row(200, *HEADS),
            *figures(217, "1", "FS-100", "3", "1.20", "3.60"),
            *figures(234, "2", "FS-200", "15", "1.00", "15.00"),
        ]
        assert [line[2:4] for line in grid(*rows)[1:]] == [("3", "EA"), ("15", "EA")]

    def test_the_currency_of_a_heading_is_no_column_although_figures_begin_below_it(self):
        heads = [*HEADS[:4], (420, "Price"), (448, "EUR"), (500, "Total")]
        lines = [(1, "FS-100", "24.80"), (2, "FS-200", "18.90"), (3, "FS-300", "12.60")]
        rows = [*row(200, *heads)]
        for at, code, price in lines:
            rows += row(200 + 17 * at, (50, str(at)), (90, code), (320, "1"), (345, "EA"), (448, price), (510, price))
        assert grid(*rows)[0] == ("Pos", "Item no.", "Qty", "Unit", "Price EUR", "Total")
        assert [line[4] for line in grid(*rows)[1:]] == ["24.80", "18.90", "12.60"]


class TestHeadings:
    def test_two_fields_stand_above_each_other_in_one_column(self, playbook):
        rows = [
            *row(200, (50, "Pos"), (90, "Item no."), (300, "Qty"), (390, "Unit price"), (480, "Amount")),
            *row(212, (90, "Description"), (300, "Unit"), (390, "EUR"), (480, "EUR")),
            *row(232, (50, "1"), (90, "GL-NIT-M"), (300, "3"), (400, "2.00"), (490, "6.00")),
            *row(244, (90, "Nitrile gloves"), (300, "box")),
            *row(264, (50, "2"), (90, "FS-100"), (300, "10"), (400, "1.00"), (485, "10.00")),
            *row(276, (90, "Hex bolt"), (300, "pcs")),
        ]  # fmt: skip
        found = order(playbook, *rows)
        assert read(found, "sku", "description", "quantity", "unit", "unit_price") == [
            ("GL-NIT-M", "Nitrile gloves", "3", "BX", "2.00"),
            ("FS-100", "Hex bolt", "10", "EA", "1.00"),
        ]
        assert found.currency.value == "EUR"

    def test_the_quantity_of_an_item_stands_in_a_row_below_its_article(self, playbook):
        rows = [
            *row(200, (50, "Line"), (100, "Supplier part no."), (210, "Details"), (450, "Extended EUR")),
            *row(211, (100, "Qty"), (210, "Rate")),
            *row(228, (50, "00010"), (100, "AB-CUT-125"), (210, "Cutting disc 125 mm, pack of")), *row(239, (210, "25")),
            *row(256, (100, "5 boxes"), (210, "22.75 / 1 box"), (450, "113.75")),
            *row(273, (50, "00020"), (100, "4711"), (210, "Ball bearing")), *row(290, (100, "2 pcs"), (210, "4.85 / 1 pc"), (450, "9.70")),
            *row(307, (210, "Total EUR"), (450, "123.45")),
        ]  # fmt: skip
        found = order(playbook, *rows)
        assert read(found, "sku", "description", "quantity", "unit", "unit_price", "amount") == [
            ("AB-CUT-125", "Cutting disc 125 mm, pack of 25", "5", "BX", "22.75", "113.75"),
            ("4711", "Ball bearing", "2", "EA", "4.85", "9.70"),
        ]
        assert str(found.total.value) == "123.45"


class TestBelow:
    def test_words_below_an_article_number_describe_it(self, playbook):
        rows = [
            *row(200, *HEADS),
            *figures(217, "1", "GL-NIT-M", "5", "1.20", "6.00"), (90, 228, "Nitrile gloves black, size M"),
            *figures(245, "2", "FS-100", "12", "4.50", "54.00"), (90, 256, "Hex bolt, galvanised, with words that run on under the figures"),
        ]  # fmt: skip
        assert read(order(playbook, *rows), "sku", "description") == [
            ("GL-NIT-M", "Nitrile gloves black, size M"),
            ("FS-100", "Hex bolt, galvanised, with words that run on under the figures"),
        ]

    def test_labels_below_a_line_name_what_they_say(self, playbook):
        rows = [
            *row(200, *HEADS),
            *figures(217, "1", "GL-NIT-M", "5", "1.20", "6.00"), (90, 228, "Description: Nitrile gloves black,"), (90, 239, "size M"), (90, 250, "Delivery date: 2026-12-12"),
            *figures(267, "2", "FS-100", "12", "4.50", "54.00"), (90, 278, "Description: Hex bolt"), (90, 289, "Delivery date: 2026-12-13"),
        ]  # fmt: skip
        assert read(order(playbook, *rows), "sku", "description", "requested_date") == [
            ("GL-NIT-M", "Nitrile gloves black, size M", "2026-12-12"),
            ("FS-100", "Hex bolt", "2026-12-13"),
        ]

    def test_an_article_number_below_its_description_is_known_by_its_label(self, playbook):
        heads = [(50, "Pos"), (90, "Description"), *HEADS[2:]]
        rows = [
            *row(200, *heads),
            *figures(217, "1", "Nitrile gloves", "5", "1.20", "6.00"), (90, 228, "Item no. GL-NIT-M"),
            *figures(245, "2", "Hex bolt", "12", "4.50", "54.00"), (90, 256, "Item no. FS-100"),
        ]  # fmt: skip
        assert read(order(playbook, *rows), "sku", "description") == [
            ("GL-NIT-M", "Nitrile gloves"),
            ("FS-100", "Hex bolt"),
        ]

    def test_the_rest_of_a_code_is_no_description(self, playbook):
        rows = [*row(200, *HEADS), *figures(217, "1", "FS-HEX-M10X4", "5", "1.20", "6.00"), (90, 228, "0")]
        assert read(order(playbook, *rows), "description") == [(None,)]

    def test_an_address_below_the_table_is_no_line_of_it(self, playbook):
        rows = [
            *row(200, *HEADS), *figures(217, "1", "FS-100", "5", "1.20", "6.00"), *figures(234, "2", "FS-200", "12", "4.50", "54.00"),
            (50, 262, "Ship to:"), (230, 262, "Bill to:"), (50, 273, "Aldwin Ltd"), (230, 273, "Aldwin Ltd"),
            (50, 284, "Harbour Street 41"), (230, 284, "Harbour Street 41"), (50, 295, "Hull HU1 2AB"), (230, 295, "Hull HU1 2AB"),
        ]  # fmt: skip
        found = order(playbook, *rows)
        assert read(found, "sku") == [("FS-100",), ("FS-200",)]
        assert found.ship_to.value == "Aldwin Ltd, Harbour Street 41, Hull HU1 2AB"


class TestLabels:
    def test_labels_and_their_values_below_run_over_several_lines(self, playbook):
        rows = [
            *row(110, (50, "Purchase"), (150, "Date of"), (250, "Delivery date"), (350, "Vendor")),
            *row(121, (50, "order no."), (150, "order"), (250, "requested"), (350, "number")),
            *row(136, (50, "EK-0115/"), (150, "18 November"), (250, "4 January"), (350, "70230")),
            *row(147, (50, "1"), (150, "2026"), (250, "2027")),
            *row(200, *HEADS), *figures(217, "1", "FS-100", "5", "1.20", "6.00"),
        ]  # fmt: skip
        page = [(50, 40, "PURCHASE ORDER", 16), *rows]
        (found,) = understand_file("po.pdf", making.pdf(page), playbook).orders
        assert found.po_number.value == "EK-0115/1"
        assert (str(found.order_date.value), str(found.requested_date.value)) == ("2026-11-18", "2027-01-04")

    def test_a_number_that_may_be_two_is_not_read(self, playbook):
        rows = [
            *row(110, (50, "Order no."), (150, "Order date")),
            *row(124, (50, "EK0115"), (150, "2026-11-18")),
            *row(135, (50, "22")),
            *row(200, *HEADS), *figures(217, "1", "FS-100", "5", "1.20", "6.00"),
        ]  # fmt: skip
        (found,) = understand_file("po.pdf", making.pdf(rows), playbook).orders
        assert found.po_number is None

    def test_labels_beside_their_values_stand_between_two_rows_of_addresses(self, playbook):
        rows = [
            (50, 100, "Brightwater Ltd"), (300, 100, "Aldwin Ltd"), (50, 111, "12 Dock Street"), (300, 111, "4 Harbour Street"),
            *row(140, (56, "Order number / Order date"), (220, "NW/01186/26 / 19-Nov-2026")),
            *row(153, (56, "Our contact"), (220, "Claire Martin")),
            *row(166, (56, "Delivery date"), (220, "04-Jan-2027")),
            (50, 190, "Ship to:"), (300, 190, "Bill to:"), (50, 201, "Aldwin Ltd"), (300, 201, "Aldwin Ltd"), (50, 212, "4 Harbour Street"), (300, 212, "PO Box 9"),
            *row(250, *HEADS), *figures(267, "1", "FS-100", "5", "1.20", "6.00"),
        ]  # fmt: skip
        (found,) = understand_file("po.pdf", making.pdf(rows), playbook).orders
        assert found.po_number.value == "NW/01186/26"
        assert (str(found.order_date.value), str(found.requested_date.value)) == ("2026-11-19", "2027-01-04")
        assert found.ship_to.value == "Aldwin Ltd, 4 Harbour Street"
