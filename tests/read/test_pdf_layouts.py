"""Layouts of PDFs: boxes, forms, pages on their side, type that is printed twice, headings of two fields."""

import io
import subprocess
import sys

import pytest

from maildaemon.edge import playbooks
from maildaemon.kind import kind_of
from maildaemon.model import Document, Kind, Mail
from maildaemon.parse.labels import labels
from maildaemon.playbook import GENERAL
from maildaemon.read import Care
from maildaemon.read.content import read_parts
from maildaemon.read.pdf import read_pdf
from maildaemon.read.pdf_second import READER, agree, is_small
from maildaemon.read.pdf_text import PageText, _Building
from maildaemon.understand import understand_file
from tests import interchanges
from tests.documents import making
from tests.documents.making import HEIGHT


@pytest.fixture(scope="module")
def playbook():
    return playbooks.build(playbooks.gather(None, None))


def document(data):
    return read_parts("po.pdf", data, "application/pdf")[0]


def texts(found):
    return [line.text for line in found.lines]


def order(playbook, data):
    (found,) = understand_file("po.pdf", data, playbook).orders
    return found


def rules(*boxes):
    """Rectangles ``(x, y, width, height)`` from the upper left corner, drawn."""
    return [f"{x} {HEIGHT - y - high} {wide} {high} re S" for x, y, wide, high in boxes]


def grid(x, y, widths, heights):
    boxes = []
    for high in heights:
        left = x
        for wide in widths:
            boxes.append((left, y, wide, high))
            left += wide
        y += high
    return rules(*boxes)


class TestBoxes:
    def test_a_label_stands_beside_its_value_with_a_number_between_them(self, playbook):
        page = [
            *grid(40, 40, [80, 60, 160], [40, 40]),
            (44, 64, "SHIP TO"), (124, 64, "220145"), (184, 54, "Riverbend Plastics Corp"), (184, 64, "1400 Dock Street"), (184, 74, "Tacoma, WA 98402"),
            (44, 104, "BILL TO"), (124, 104, "220100"), (184, 94, "Riverbend Plastics Corp"), (184, 104, "PO Box 900"), (184, 114, "Tacoma, WA 98401"),
            (44, 150, "PO number: RB-77193"),
            *making.order_rows(200),
        ]  # fmt: skip
        found = order(playbook, making.pdf(page))
        assert found.ship_to.value == "Riverbend Plastics Corp, 1400 Dock Street, Tacoma, WA 98402"
        assert found.bill_to.value == "Riverbend Plastics Corp, PO Box 900, Tacoma, WA 98401"
        assert found.buyer.value == "Riverbend Plastics Corp"

    def test_a_label_stands_above_its_value_in_one_box(self, playbook):
        page = [
            (40, 40, "Bestellung", 16),
            *grid(40, 60, [120, 120, 120], [30]),
            (44, 72, "Bestell-Nr.", 7), (44, 84, "B-3391"),
            (164, 72, "Bestelldatum", 7), (164, 84, "20.11.2026"),
            (284, 72, "Lieferdatum", 7), (284, 84, "04.12.2026"),
            *making.order_rows(140),
        ]  # fmt: skip
        found = order(playbook, making.pdf(page))
        assert found.po_number.value == "B-3391"
        assert (found.order_date.value.isoformat(), found.requested_date.value.isoformat()) == (
            "2026-11-20",
            "2026-12-04",
        )

    def test_a_row_of_heads_stands_above_a_row_of_values(self):
        page = [
            *grid(40, 60, [120, 120, 120], [16, 16]),
            (44, 72, "Order number"), (164, 72, "Order date"), (284, 72, "Page"),
            (44, 88, "PO-1"), (164, 88, "2026-11-20"), (284, 88, "1/1"),
        ]  # fmt: skip
        assert document(making.pdf(page)).tables[0].rows == (
            ("Order number: PO-1", "Order date: 2026-11-20", "Page: 1/1"),
        )

    def test_a_box_around_a_value_is_read_with_the_label_outside(self):
        page = [(40, 72, "PO number:"), *rules((110, 60, 100, 16)), (114, 72, "PO-77812")]
        assert any(line.split() == ["PO", "number:", "PO-77812"] for line in texts(document(making.pdf(page))))

    def test_a_heading_between_rules_is_one_however_wide_its_blanks(self):
        heads = ["Ref. proveedor", "Descripción", "Cant.", "Precio  unit.", "Importe"]
        lines = [["LAT-120", "Lata redonda", "10", "0,14", "1,40"], ["TAP-65", "Tapa", "20", "0,05", "1,00"]]
        widths = [90, 150, 60, 80, 70]
        page = [*grid(40, 100, widths, [18, 18, 18])]
        for number, row in enumerate([heads, *lines]):
            page += [(43 + sum(widths[:at]), 112 + 18 * number, text) for at, text in enumerate(row)]
        (table,) = document(making.pdf(page)).tables
        assert table.rows[0] == ("Ref. proveedor", "Descripción", "Cant.", "Precio unit.", "Importe")
        assert table.rows[1] == ("LAT-120", "Lata redonda", "10", "0,14", "1,40")


class TestHeadings:
    def test_two_fields_in_one_column_are_told_apart_by_their_lines(self):
        page = [
            (50, 100, "Line"),
            (90, 100, "Part Number /"),
            (90, 111, "Description"),
            (300, 100, "Quantity"),
            (380, 100, "Unit Price"),
            (380, 111, "(USD)"),
        ]
        for at, (code, words, many, price) in enumerate(
            [("HY1007", "O-ring kit", "40", "24.48"), ("HY1014", "Gauge", "23", "71.98")]
        ):
            y = 134 + 26 * at
            page += [(50, y, str(at + 1)), (90, y, code), (90, y + 11, words), (300, y, many), (380, y, price)]
        page.append("50 722 400 0.5 re f")
        (table,) = document(making.pdf(page)).tables
        assert table.rows == (
            ("Line", "Part Number", "Quantity", "Unit Price (USD)", "Description"),
            ("1", "HY1007", "40", "24.48", "O-ring kit"),
            ("2", "HY1014", "23", "71.98", "Gauge"),
        )

    def test_figures_that_reach_below_the_next_heading_stay_in_their_column(self):
        page = ["/F1 8 Tf"]
        for x, text in (
            (40, "LIN"),
            (70, "CODIGO"),
            (130, "DESCRIPCION"),
            (300, "CANTIDAD"),
            (347, "UM"),
            (400, "PRECIO"),
        ):
            page.append((x, 100, text, 8))
        for at, (code, many) in enumerate([("RD-62", "120,00"), ("RT-25", "80,00"), ("GR-18", "2,00")]):
            y = 114 + 12 * at
            page += [
                (40, y, str(at + 1), 8),
                (70, y, code, 8),
                (130, y, "RODAMIENTO", 8),
                (350 - 4.4 * len(many), y, many, 8),
                (354, y, "UN", 8),
                (410, y, "3,45", 8),
            ]
        (table,) = document(making.pdf(page[1:])).tables
        assert [row[3:5] for row in table.rows[1:]] == [("120,00", "UN"), ("80,00", "UN"), ("2,00", "UN")]

    def test_codes_below_no_are_the_articles(self, playbook):
        heads = [(50, "No."), (150, "Description"), (350, "Qty"), (430, "Unit price"), (500, "Amount")]
        lines = [("1896-S", "Copper pipe", "40", "12.35", "494.00"), ("2210-B", "Coupling", "150", "1.89", "283.50")]
        found = order(playbook, making.pdf([(50, 60, "PO number: PO-1"), *making.order_rows(100, lines, heads)]))
        assert [line.sku.value for line in found.lines] == ["1896-S", "2210-B"]


class TestLetters:
    def test_a_text_that_is_printed_twice_to_be_bold_is_read_once(self):
        page = [(50 + 0.3 * at, 60, "PO number: PO-1 of Aldwin") for at in range(3)]
        assert texts(document(making.pdf(page))) == ["PO number: PO-1 of Aldwin", ""]

    @pytest.mark.parametrize(
        ("written", "read"), [("Scharnier\u00adband", "Scharnierband"), ("Scharnier\u00ad", "Scharnier-")]
    )
    def test_a_soft_hyphen_is_seen_at_the_end_of_a_line_alone(self, written, read):
        page = PageText(595, 842)
        building = _Building(page)
        for at, char in enumerate(written):
            building.add(char, 50 + 5 * at, 55 + 5 * at, 60, 10)
        building.close()
        assert [word.text for word in page.words] == [read]

    def test_a_page_whose_text_lies_on_its_side_is_turned(self):
        lines = ["PO number: PO-1 of Aldwin", "Order date: 2026-11-20"]
        page = [f"BT /F1 10 Tf 0 1 -1 0 {100 + 20 * at} 100 Tm ({text}) Tj ET" for at, text in enumerate(lines)]
        found = document(making.pdf(page))
        assert texts(found)[:2] == lines
        assert found.oddities == ()


class TestForm:
    def filled(self):
        canvas = pytest.importorskip("reportlab.pdfgen.canvas")
        out = io.BytesIO()
        page = canvas.Canvas(out, pagesize=(595, 842))
        page.drawString(50, 780, "ORDER FORM")
        for at, (label, value) in enumerate([("PO number:", "HT-20931"), ("Order date:", "2026-11-20")]):
            page.drawString(50, 740 - 25 * at, label)
            page.acroForm.textfield(name=label, value=value, x=140, y=736 - 25 * at, width=120, height=16, fontSize=10)
        page.acroForm.checkbox(name="partial", checked=True, x=50, y=660, size=14)
        page.acroForm.checkbox(name="express", checked=False, x=50, y=640, size=14)
        page.save()
        return out.getvalue()

    def test_what_is_filled_in_is_read_and_a_ticked_box_is_told(self, playbook):
        found = document(self.filled())
        assert any(line.split() == ["PO", "number:", "HT-20931"] for line in texts(found))
        assert found.oddities == ("page 1 has a box that is ticked: “partial Yes”",)


class TestSecondOpinion:
    WIDTHS = (60, 150, 60, 80, 70)
    ROWS = (
        ("Item no.", "Description", "Qty", "Unit price", "Amount"),
        ("W-100", "Hex bolt", "5", "1.20", "6.00"),
        ("W-200", "Bearing", "12", "4.50", "54.00"),
    )

    def page(self, low=0):
        """``low``: by how many points the last quantity stands too high, above its row of boxes."""
        page = [(40, 60, "PO number: PO-1"), *grid(40, 100, self.WIDTHS, [18] * len(self.ROWS))]
        for number, row in enumerate(self.ROWS):
            page += [
                (43 + sum(self.WIDTHS[:at]), 112 + 18 * number - low * (text == "12"), text)
                for at, text in enumerate(row)
            ]
        return making.pdf(page)

    def asked(self, data):
        heard = []
        found = read_pdf("po.pdf", data, Care(tell=heard.append))[0]
        return found, [attempt for attempt in heard if attempt.startswith(READER)]

    def test_nobody_is_asked_about_a_table_that_is_clear(self):
        found, asked = self.asked(self.page())
        assert found.tables[-1].rows == self.ROWS
        assert not asked

    def test_figures_that_cross_a_rule_are_a_contradiction(self):
        found, asked = self.asked(self.page(low=8))
        assert asked
        assert any("two readers read the table on page 1 differently" in oddity for oddity in found.oddities), (
            found.oddities
        )

    @pytest.mark.parametrize(
        ("cell", "same"),
        [("5boxes", True), ("5 boxes", True), ("5", True), ("5 pcs", False), ("6 boxes", False), ("6", False)],
    )
    def test_a_unit_may_stand_in_the_cell_of_its_quantity_or_in_its_own(self, cell, same):
        own = (("Item no.", "Qty", "Unit price", "Amount", "Unit"), ("W-100", "5", "1.20", "6.00", "boxes"))
        other = (("Item no.", "Qty", "Unit price", "Amount"), ("W-100", cell, "1.20", "6.00"))
        assert agree([own], [other], labels(GENERAL)) is agree([other], [own], labels(GENERAL)) is same

    def test_without_that_reader_the_first_stands_alone(self):
        data = self.page(low=8)
        found = read_pdf("po.pdf", data, Care(frozenset({Care.attempt(data, READER)})))[0]
        assert found.problem is None
        assert not any("two readers" in oddity for oddity in found.oddities)

    def test_streams_that_are_too_large_when_inflated_are_not_given_to_it(self):
        assert is_small(self.page())
        assert not is_small(making.pdf(["0 0 m 9 9 l S\n" * 600_000]))


class TestOrderX:
    def inside(self, xml, page=None):
        names = b"/Names << /EmbeddedFiles << /Names [(order-x.xml) << /Type /Filespec /F (order-x.xml) /EF << /F 6 0 R >> >>] >> >>"
        extra = b"<< /Type /EmbeddedFile /Length %d >>\nstream\n%s\nendstream" % (len(xml), xml)
        return making.pdf(page or [(50, 60, "A purchase order, see the file inside")], extra=extra, catalog=names)

    def xml(self):
        return interchanges.order_x().encode() if isinstance(interchanges.order_x(), str) else interchanges.order_x()

    def test_the_message_inside_a_pdf_is_the_order(self, playbook):
        alone = order_of(playbook, "order-x.xml", self.xml())
        found = order_of(playbook, "po.pdf", self.inside(self.xml()))
        assert [(line.quantity.value, line.unit_price and line.unit_price.value) for line in found.lines] == [
            (line.quantity.value, line.unit_price and line.unit_price.value) for line in alone.lines
        ]
        assert found.po_number.value == alone.po_number.value
        assert found.po_number.document == "po.pdf/order-x.xml"
        assert found.doubts == alone.doubts

    def test_a_page_that_says_something_else_is_a_doubt(self, playbook):
        alone = order_of(playbook, "order-x.xml", self.xml())
        page = [(50, 60, f"PO number: {alone.po_number.value}"), *making.order_rows(100)]
        found = understand_file("po.pdf", self.inside(self.xml(), page), playbook).orders
        assert any("state different lines" in doubt for one in found for doubt in one.doubts), [
            one.doubts for one in found
        ]


def order_of(playbook, name, data):
    (found,) = understand_file(name, data, playbook).orders
    return found


class TestReasons:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (making.pdf([(9, 9, "x")], encrypt=True), "the PDF is password-protected"),
            (making.order_pdf()[:200], "the PDF is damaged"),
            (b"%PDF-1.5\n", "the PDF is damaged"),
            (making.pdf(["0 0 m 100 100 l S"]), "the PDF has no text"),
            (making.pdf(*[[(50, 60, "PO number: PO-1 of Aldwin")]] * 60), "it has 60 pages, more than 50: the rest was not read"),
            (b"%PDF-1.5\n" + b" " * (25 * 2**20), "it is larger than 25 MiB"),
        ],
        ids=["locked", "cut", "empty", "drawing", "long", "large"],
    )  # fmt: skip
    def test_what_cannot_be_read_says_why(self, data, reason):
        assert document(data).problem == reason

    def test_a_pdf_without_pages_says_so(self):
        assert document(making.pdf()).problem in {"the PDF has no pages", "the PDF is damaged"}


def test_an_invoice_whose_title_is_a_picture_is_told_by_what_is_due_and_when():
    found = document(
        making.pdf(
            [
                (50, 60, "Bill to: Jo"),
                (50, 80, "Due date: 2026-12-31"),
                (50, 100, "Balance due: 127.50"),
                *making.order_rows(140),
            ]
        )
    )
    assert isinstance(found, Document)
    assert kind_of(Mail("", 0), (found,))[0] is Kind.INVOICE


def test_the_heavy_readers_are_not_loaded_with_the_program():
    code = "import sys, maildaemon.understand; sys.exit(' '.join({'pdfplumber', 'PIL', 'pypdfium2'} & set(sys.modules)) or 0)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
