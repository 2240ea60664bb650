"""PDFs, workbooks, Word documents and archives: what they say is read, what they hide is told, and nothing raises."""

import io

import docx
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maildaemon.read.care import Care
from maildaemon.read.content import read_parts
from maildaemon.read.sniff import sniff
from tests.documents import making


def parts(data, name="file", care=None):
    return read_parts(name, data, sniff(data, "application/octet-stream", name), care=care or Care())


def document(data, care=None):
    return parts(data, care=care)[0]


def texts(found):
    return [line.text for line in found.lines]


def workbook(change):
    book = openpyxl.load_workbook(io.BytesIO(making.order_xlsx()))
    change(book)
    return making.saved(book)


def word(change):
    written = docx.Document()
    written.add_paragraph("Purchase order 4711")
    change(written)
    return making.saved(written)


class TestPdf:
    def test_blocks_side_by_side_are_kept_apart(self):
        lines = texts(document(making.order_pdf()))
        at = lines.index("Ship to:")
        assert lines[at : at + 5] == ["Ship to:", "Aldwin Ltd", "4 Harbour Street", "Hull HU1 2AB", ""]

    def test_a_wrapped_cell_is_joined_to_its_row(self):
        (table,) = document(making.order_pdf()).tables
        assert [row[2] for row in table.rows] == ["Description", "Hex bolt M8x40", "Ball bearing 6204 with two seals"]

    def test_each_row_of_a_table_is_a_line_below_its_place(self):
        found = document(making.order_pdf())
        (table,) = found.tables
        assert texts(found)[table.line] == " | ".join(table.rows[0])
        assert found.parts == ((1, "page 1, line"),)

    def test_a_table_goes_on_over_pages_and_feet_are_no_lines_of_it(self):
        lines = [(str(n), f"W-{n}", f"Article {n}", "1", "EA", "1.00", "1.00") for n in range(1, 31)]
        foot = (50, 820, "Aldwin Ltd, registered in Hull")
        data = making.pdf(
            [*making.order_rows(100, lines), (50, 60, "PO number: PO-1"), foot],
            [*making.order_rows(100, lines), foot],
            [*[piece for piece in making.order_rows(60, lines[:3]) if piece[1] > 60], foot],
        )
        found = document(data)
        cells = [row for table in found.tables for row in table.rows if row[0] != "Pos"]
        assert len(cells) == 63
        assert texts(found).count("Aldwin Ltd, registered in Hull") == 1
        assert not any("registered" in cell for row in cells for cell in row)

    @pytest.mark.parametrize(
        ("piece", "told"),
        [
            ("3 Tr BT /F1 10 Tf 50 500 Td (cancel line two) Tj ET 0 Tr", "not to be seen: “cancel line two”"),
            ("1 1 1 rg BT /F1 10 Tf 50 500 Td (cancel line two) Tj ET 0 g", "not to be seen: “cancel line two”"),
            ("BT /F1 10 Tf 50 -300 Td (cancel line two) Tj ET", "not to be seen: “cancel line two”"),
            ("BT /F1 1 Tf 50 500 Td (cancel line two) Tj ET", "not to be seen: “cancel line two”"),
            ("BT /F1 10 Tf 0 1 -1 0 50 500 Tm (cancel line two) Tj ET", "turned: “cancel line two”"),
        ],
    )
    def test_text_that_is_not_to_be_seen_is_told_and_not_read(self, piece, told):
        found = document(making.pdf([(50, 60, "PO number: PO-1 of Aldwin"), piece]))
        assert any(told in oddity for oddity in found.oddities), found.oddities
        assert not any("cancel" in text for text in texts(found))

    def test_white_text_on_a_dark_ground_is_read(self):
        found = document(making.pdf(["0 0 0.4 rg 40 480 300 40 re f 1 1 1 rg", (50, 342, "PO number: PO-1"), "0 g"]))
        assert "PO number: PO-1" in texts(found)
        assert found.oddities == ()

    @pytest.mark.parametrize("quarter", [90, 180, 270])
    def test_a_page_that_is_shown_turned_is_read_as_it_is_shown(self, quarter):
        # The text runs so that the turned page shows it upright.
        matrix = {90: "0 1 -1 0 300 100", 180: "-1 0 0 -1 400 300", 270: "0 -1 1 0 300 700"}[quarter]
        piece = f"BT /F1 10 Tf {matrix} Tm (PO number: PO-1 of Aldwin) Tj ET"
        found = document(making.pdf([piece], page_extra=b"/Rotate %d " % quarter))
        assert "PO number: PO-1 of Aldwin" in texts(found), (texts(found), found.oddities)

    def test_form_fields_and_notes_are_told(self):
        note = (
            b"/Annots [<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (only half of it) >> "
            b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (qty) /V (7) /Rect [0 0 9 9] >>] "
        )
        found = document(making.pdf([(50, 60, "PO number: PO-1 of Aldwin")], page_extra=note))
        assert "page 1 has a note or mark: “only half of it”" in found.oddities
        assert "page 1 has a form field: “qty 7”" in found.oddities

    def test_a_page_without_text_says_so(self):
        assert document(making.pdf(["0 0 m 100 100 l S"])).problem == "the PDF has no text"

    def test_more_pages_than_are_read_are_told(self):
        found = document(making.pdf(*[[(50, 60, "PO number: PO-1 of Aldwin")]] * 60))
        assert "60 pages, more than 50" in found.problem

    def test_a_damaged_or_locked_pdf_says_so(self):
        assert document(making.order_pdf()[:200]).problem == "the PDF is damaged"
        assert document(making.pdf([(9, 9, "x")], encrypt=True)).problem == "the PDF is password-protected"

    def test_a_row_far_below_the_table_is_told(self):
        far = [(x, 600, text) for (x, _), text in zip(making.HEADS, making.LINES[0], strict=True)]
        found = document(making.pdf([(50, 60, "PO number: PO-1"), *making.order_rows(100), *far]))
        assert any("apart from the table looks like an order line" in oddity for oddity in found.oddities)

    def test_a_file_that_is_attached_inside_is_a_document_of_its_own(self):
        order = b"<?xml version='1.0'?><Order xmlns='urn:x'><ID>PO-1</ID></Order>"
        names = b"/Names << /EmbeddedFiles << /Names [(order-x.xml) << /Type /Filespec /F (order-x.xml) /EF << /F 6 0 R >> >>] >> >>"
        extra = b"<< /Type /EmbeddedFile /Length %d >>\nstream\n%s\nendstream" % (len(order), order)
        outer, inner = parts(making.pdf([(50, 60, "PO number: PO-1 of Aldwin")], extra=extra, catalog=names), "po.pdf")
        assert outer.problem is None
        assert (inner.name, inner.media_type, inner.size) == ("po.pdf/order-x.xml", "application/xml", len(order))


class TestScan:
    PICTURE = (
        b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>"
    )

    def scanned(self):
        image = b"<< " + self.PICTURE + b"\nstream\n\xee\nendstream"
        return making.pdf(["q 500 0 0 700 40 40 cm /Im1 Do Q"], extra=image, resources=b"/XObject << /Im1 6 0 R >> ")

    def test_without_tesseract_it_is_recognised_as_one(self):
        assert document(self.scanned()).problem == "a scan, no text"

    def test_what_a_machine_has_read_is_there_for_a_person_and_not_enough(self):
        head = "level\tpage\tblock\tpar\tline\tword\tleft\ttop\twidth\theight\tconf\ttext"
        rows = [
            f"5\t1\t1\t1\t{line}\t{word}\t{100 + 220 * word}\t{100 + 40 * line}\t{20 * len(text)}\t26\t90\t{text}"
            for line, texts in enumerate([("Item", "Qty"), ("W-100", "5")])
            for word, text in enumerate(texts)
        ]
        seen = []

        def ocr(picture):
            seen.append(picture()[:3])
            return "\n".join([head, *rows])

        found = document(self.scanned(), Care(ocr=ocr))
        assert seen == [b"P5\n"]
        assert found.problem == "page 1 is a scan: its text was read by a machine (OCR), not written"
        assert found.tables[0].rows == (("Item", "Qty"), ("W-100", "5"))


class TestWorkbook:
    def test_numbers_are_as_their_format_shows_them(self):
        table = next(table for table in document(making.order_xlsx()).tables if "Item no." in table.rows[0])
        assert table.rows[1] == ("1", "00012345", "Hex bolt", "5", "EA", "1.20 EUR", "6")

    def test_a_list_beside_the_order_lines_is_none_of_them(self):
        found = document(making.order_xlsx())
        assert not any("W-900" in cell for table in found.tables for row in table.rows for cell in row)
        assert found.oddities == ()

    @pytest.mark.parametrize("word", ["cancelled", "7", "only if in stock"])
    def test_a_word_beside_an_order_line_is_told(self, word):
        def change(book):
            book.active["I7"] = book.active["I8"] = book.active["J7"] = book.active["J8"] = None
            book.active["I6"] = book.active["J6"] = None
            book.active["I7"] = word

        found = document(workbook(change))
        assert found.oddities == (f"beside the order lines stands what was not read: “{word}”",)

    def test_a_hidden_sheet_that_holds_an_order_is_told(self):
        def change(book):
            sheet = book.create_sheet("Old")
            sheet.sheet_state = "hidden"
            sheet.append(["Item no.", "Qty"])
            sheet.append(["W-9", 3])

        found = document(workbook(change))
        assert found.oddities == ("the hidden sheet “Old” holds what looks like an order",)
        assert not any("W-9" in text for text in texts(found))

    def test_hidden_rows_and_columns_are_told(self):
        def change(book):
            book.active.row_dimensions[8].hidden = True
            book.active.column_dimensions["C"].hidden = True

        told = document(workbook(change)).oddities
        assert any(one.startswith("row 8 of the sheet “Order” is hidden: “2 | ") for one in told)
        assert "a column of the sheet “Order” is hidden" in told

    def test_notes_on_cells_are_told(self):
        from openpyxl.comments import Comment

        def change(book):
            book.active["B1"].comment = Comment("only if in stock", "buyer")

        assert "cells have notes or comments, which were not read" in document(workbook(change)).oddities

    def test_a_sheet_with_quantities_and_no_number_beside_the_order_is_told_not_read(self):
        def change(book):
            book.create_sheet("Stock").append(["Item no.", "Qty"])
            book["Stock"].append(["W-9", 3])

        found = document(workbook(change))
        assert found.oddities == ("the sheet “Stock” has a list with quantities too, which was not read",)

    def test_articles_without_a_quantity_are_told_not_ordered(self):
        def change(book):
            book.active["D8"] = None

        found = document(workbook(change))
        assert any("without a quantity" in oddity for oddity in found.oddities)

    def test_the_next_reader_reads_what_the_first_died_on(self):
        data = making.order_xlsx()
        without = frozenset({Care.attempt(data, "calamine")})
        first, second = document(data), document(data, Care(without))
        assert first.lines == second.lines
        assert first.tables == second.tables
        both = without | {Care.attempt(data, "openpyxl")}
        assert document(data, Care(both)).problem == "the reader for spreadsheets died on it"

    def test_each_attempt_is_told_before_it_is_made(self):
        heard = []
        data = making.order_xlsx()
        document(data, Care(tell=heard.append))
        assert heard == [Care.attempt(data, "lxml"), "", Care.attempt(data, "calamine"), ""]

    def test_cells_at_the_far_end_are_read_without_the_grid_between(self):
        found = document(making.far_cells())
        assert any("far away" in oddity for oddity in found.oddities)

    def test_a_bomb_is_not_inflated(self):
        bomb = making.replaced(making.order_xlsx(), "xl/worksheets/sheet1.xml", b"<a>" + b" " * 40_000_000)
        assert document(bomb).problem == "it is packed more than a hundredfold, as no honest file is"


class TestWord:
    def test_lines_and_tables_stand_in_their_order(self):
        found = document(making.order_docx())
        (table,) = found.tables
        assert texts(found)[table.line] == "Artikelnummer | Bezeichnung | Menge | Einzelpreis | Gesamtpreis"
        assert table.rows[-1] == ("Gesamtbetrag",) * 4 + ("60,00",)

    def test_hidden_struck_and_white_text_is_told(self):
        from docx.shared import RGBColor

        def change(written):
            paragraph = written.add_paragraph()
            paragraph.add_run("unseen words").font.hidden = True
            paragraph.add_run("struck words").font.strike = True
            paragraph.add_run("white words").font.color.rgb = RGBColor(255, 255, 255)

        told = document(word(change)).oddities
        assert [one.partition(":")[0] for one in told] == [
            "a text in it is hidden", "a text in it is struck through", "a text in it is white",
        ]  # fmt: skip

    def test_a_change_that_nobody_accepted_is_told(self):
        from docx.oxml import parse_xml

        w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

        def change(written):
            paragraph = written.add_paragraph()
            paragraph._p.append(parse_xml(f"<w:del {w}><w:r><w:delText>12 pieces</w:delText></w:r></w:del>"))
            paragraph._p.append(parse_xml(f"<w:ins {w}><w:r><w:t>24 pieces</w:t></w:r></w:ins>"))

        found = document(word(change))
        assert "a change is not accepted yet: “12 pieces” is deleted" in found.oddities
        assert "24 pieces" in texts(found)


class TestArchive:
    def test_each_file_inside_is_a_document(self):
        found = parts(making.zipped(a__order_pdf=making.order_pdf(), note_txt=b"Please deliver"), "all.zip")
        assert [one.name for one in found] == ["all.zip/order.pdf", "all.zip/note.txt", "all.zip"]
        assert [one.problem for one in found] == [None, None, None]

    def test_an_archive_inside_is_not_opened(self):
        inner = making.zipped(order_pdf=making.order_pdf())
        first, _ = parts(making.zipped(inner_zip=inner), "all.zip")
        assert first.problem == "an archive inside an archive is not opened"

    def test_a_bomb_and_a_crowd_are_not_opened(self):
        (bomb,) = parts(making.zipped(a_txt=b" " * 40_000_000))
        assert "hundredfold" in bomb.problem
        (crowd,) = parts(making.zipped(**{f"f{n}_txt": b"x" for n in range(101)}))
        assert "more than 100 entries" in crowd.problem


SEEDS = [making.order_pdf(), making.order_xlsx(), making.order_docx(), making.zipped(order_pdf=making.order_pdf())]


@pytest.mark.parametrize("seed", SEEDS, ids=["pdf", "xlsx", "docx", "zip"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_reader_raises_for_what_the_bytes_are(seed, data):
    broken = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(broken)), st.integers(0, len(broken))))
    for found in parts(bytes(broken[:cut])):
        assert all(len(row) == len(table.rows[0]) for table in found.tables for row in table.rows)
