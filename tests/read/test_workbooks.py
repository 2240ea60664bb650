"""Workbooks of every make: the formats, what they hide, and the chain of readers when one of them dies."""

import io
import zipfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildaemon.edge import playbooks
from maildaemon.edge.children import Child, ChildReader, Limits
from maildaemon.model import Reading
from maildaemon.read.care import Care
from maildaemon.read.content import read_parts
from maildaemon.read.sniff import sniff
from tests.documents import making
from tests.documents.layouts import doubts, lines, one, reading, stated, xlsx

XLS = Path(__file__).parent.parent.joinpath("documents", "order.xls").read_bytes()
ORDER = (("PO number", "B-1"), (), ("SKU", "Qty", "Price"), ("W-1", 5, 1.2))
SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def document(data, name="order", label="application/octet-stream", care=None):
    return read_parts(name, data, sniff(data, label, name), care=care or Care())[0]


def ods(*rows, entries=()):
    """Rows of cells as they stand in content.xml, or of texts."""
    body = ""
    for row in rows:
        attributes, cells = row if isinstance(row, tuple) and isinstance(row[0], str) else ("", row)
        body += f"<table:table-row {attributes}>{''.join(map(cell, cells))}</table:table-row>"
    content = f'<office:document-content {SPACES} office:version="1.3"><office:body><office:spreadsheet><table:table table:name="Order">{body}</table:table></office:spreadsheet></office:body></office:document-content>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        for name, text in (("content.xml", content), ("META-INF/manifest.xml", "<manifest/>"), *entries):
            package.writestr(name, text)
    return out.getvalue()


def cell(text):
    if text.startswith("<"):
        return text
    return (
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        if text
        else "<table:table-cell/>"
    )


def number(value, shown, kind="float", more=""):
    return f'<table:table-cell office:value-type="{kind}" office:value="{value}" {more}><text:p>{shown}</text:p></table:table-cell>'


class TestXls:
    def test_its_numbers_are_shown_as_they_are_formatted(self):
        assert lines(one(XLS), "sku", "unit_price") == [("00012345", "1.20"), ("00000678", "0.25")]
        assert stated(one(XLS), "currency") == ("EUR",)

    def test_a_hidden_row_is_told(self):
        assert any("row 8 of the sheet “Order” is hidden" in doubt for doubt in doubts(reading(XLS)))

    def test_a_password_is_told(self):
        # The record FilePass in the place of the one behind the first BOF ([MS-XLS], 2.4.117).
        at = XLS.index(b"\x09\x08\x10\x00")
        after = at + 4 + 16
        locked = XLS[:after] + b"\x2f\x00" + XLS[after + 2 :]
        assert document(locked).problem == "the spreadsheet is password-protected"

    @settings(max_examples=60, deadline=None)
    @given(data=st.data())
    def test_no_reader_raises_for_what_the_bytes_are(self, data):
        broken = bytearray(XLS)
        for _ in range(data.draw(st.integers(1, 12))):
            broken[data.draw(st.integers(8, len(broken) - 1))] = data.draw(st.integers(0, 255))
        found = document(bytes(broken[: data.draw(st.one_of(st.just(len(broken)), st.integers(8, len(broken))))]))
        assert found.lines or found.problem

    def test_a_page_of_that_name_is_a_page(self):
        page = (
            b"<html><body><table><tr><td>SKU</td><td>Qty</td></tr><tr><td>W-1</td><td>5</td></tr></table></body></html>"
        )
        found = document(page, "order.xls", "application/vnd.ms-excel")
        assert (found.media_type, found.tables[0].rows[1]) == ("text/html", ("W-1", "5"))

    def test_delimited_text_of_that_name_is_delimited_text(self):
        found = document(b"SKU;Qty\nW-1;5\nW-2;7\n", "order.xls", "application/vnd.ms-excel")
        assert (found.media_type, found.tables[0].rows[1]) == ("text/csv", ("W-1", "5"))

    def test_an_xml_spreadsheet_of_that_name_is_read(self):
        rows = ""
        for place, cells in (
            ("", [("String", "PO number"), ("String", "B-1")]),
            (' ss:Index="3"', [("String", "SKU"), ("String", "Qty"), ("String", "Delivery date")]),
            ("", [("String", "W-1"), ("Number", "5"), ("DateTime", "2026-12-01T00:00:00.000")]),
        ):
            made = "".join(f'<Cell><Data ss:Type="{kind}">{text}</Data></Cell>' for kind, text in cells)
            rows += f"<Row{place}>{made}</Row>"
        data = f'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Order"><Table>{rows}</Table></Worksheet></Workbook>'
        order = one(data.encode(), "order.xls")
        assert lines(order, "sku", "quantity", "requested_date") == [("W-1", "5", "2026-12-01")]
        assert order.lines[0].quantity.place == "sheet Order, row 4, column 2"


class TestOds:
    HEAD = (["PO number", "B-1"], [""], ["SKU", "Qty", "Price"])

    def test_its_numbers_are_shown_as_they_are_formatted(self):
        price = number(1.2, "1,20 €", "currency", 'office:currency="EUR"')
        order = one(ods(*self.HEAD, [number(12345, "00012345"), number(5, "5"), price]), "order.ods")
        assert lines(order, "sku", "quantity", "unit_price") == [("00012345", "5", "1.20")]
        assert stated(order, "currency") == ("EUR",)

    def test_hidden_rows_and_notes_are_told(self):
        row = ('table:visibility="collapse"', ["W-1", number(5, "5"), number(2, "2")])
        noted = '<table:table-cell office:value-type="string"><office:annotation><text:p>no</text:p></office:annotation><text:p>W-2</text:p></table:table-cell>'
        found = reading(ods(*self.HEAD, row, [noted, number(5, "5"), number(2, "2")]), "order.ods")
        assert any("is hidden: “W-1 | 5 | 2" in doubt for doubt in doubts(found))
        assert any("notes or comments" in doubt for doubt in doubts(found))

    def test_a_cell_that_is_repeated_over_the_whole_sheet_is_not_unrolled(self):
        many = number(1, "1", more='table:number-columns-repeated="16384"')
        found = document(ods(('table:number-rows-repeated="1048576"', [many])))
        assert found.problem == "it has more than 200000 cells"

    def test_a_password_is_told(self):
        entry = ("META-INF/manifest.xml", "<manifest:encryption-data/>")
        with pytest.warns(UserWarning, match="Duplicate name"):
            locked = ods(["x"], entries=(entry,))
        assert document(locked).problem == "the spreadsheet is password-protected"


class TestFormulas:
    def test_one_whose_value_is_an_empty_text_says_so(self):
        data = xlsx(*ORDER, ("", "", "=1+1"))
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            sheet = package.read("xl/worksheets/sheet1.xml")
        empty = sheet.replace(b'<c r="C5">', b'<c r="C5" t="str">')
        assert empty != sheet
        assert doubts(reading(making.replaced(data, "xl/worksheets/sheet1.xml", empty))) == []

    def test_one_without_a_value_is_told(self):
        found = reading(xlsx(*ORDER[:3], ("W-1", 5, "=1+1")))
        assert "order.xlsx: cell C4 of the sheet “Sheet1” has a formula whose value is not known" in doubts(found)

    def test_an_error_is_told(self):
        found = reading(xlsx(*ORDER, ("W-2", 7, "#REF!")))
        assert "order.xlsx: cell C5 of the sheet “Sheet1” shows an error" in doubts(found)


def test_cells_that_do_not_say_where_they_stand_follow_one_another():
    sheet = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    for row in (("PO number", "B-1"), ("SKU", "Qty"), ("W-1", "5")):
        made = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in row)
        sheet += f"<row>{made}</row>"
    data = making.replaced(making.order_xlsx(), "xl/worksheets/sheet1.xml", f"{sheet}</sheetData></worksheet>".encode())
    assert lines(one(data), "sku", "quantity") == [("W-1", "5")]


class TestChain:
    """Every reader runs in a child; what it dies on is read by the next one."""

    def test_cells_at_both_ends_of_a_sheet_cost_no_child_its_life(self):
        data = making.far_cells()
        assert len(data) < 7000
        reader = ChildReader(playbooks.gather(), children=1, limits=Limits(wall_seconds=20))
        try:
            (child,) = [reader.idle.get()]
            reader.idle.put(child)
            (found,) = reader.read_files([("far.xlsx", data)])
            assert isinstance(found, Reading)
            assert any("far away" in oddity for oddity in found.documents[0].oddities)
            assert child.process.poll() is None
        finally:
            reader.close()

    def test_after_a_death_the_next_reader_reads_the_same(self):
        data = xlsx(*ORDER)
        reader = ChildReader(playbooks.gather(), children=1, limits=Limits(wall_seconds=20))
        child = Child(reader.server, reader.limits)
        request = b"Forder.xlsx\0" + data
        try:
            first, second = child.read([request, b"W" + Care.attempt(data, "calamine").encode() + b"\0" + request])
        finally:
            child.close()
            reader.close()
        readings = [msgspec.json.decode(answer[1:], type=Reading) for answer in (first, second)]
        assert first[:1] == second[:1] == b"+"
        assert readings[0].documents == readings[1].documents
        assert lines(readings[1].orders[0], "sku", "quantity") == [("W-1", "5")]


def last(found):
    return [line.text for line in found.lines if line.text][-1]


def with_part(name, content):
    with zipfile.ZipFile(io.BytesIO(making.order_xlsx())) as old:
        parts = {one: old.read(one) for one in old.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for one, data in (parts | {name: content}).items():
            package.writestr(one, data)
    return out.getvalue()


def marked(tweak):
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(making.order_xlsx()))
    tweak(book.active)
    return document(making.saved(book))


def form(cell, code, value=None):
    def tweak(sheet):
        sheet[cell].number_format = code
        sheet[cell].value = sheet[cell].value if value is None else value

    return tweak


@pytest.mark.parametrize(
    "tweak", [form("D7", "0", 1.5), form("D7", '"20"'), form("D7", ";;;"), form("F7", "#,##0"), form("D7", '0;"5"', -5)]
)
def test_a_cell_that_shows_another_thing_than_it_holds_is_told(tweak):
    (told,) = marked(tweak).oddities
    assert told.endswith("of the sheet “Order” shows another thing than it holds")


@pytest.mark.parametrize(
    "tweak",
    [
        form("D7", "0"), form("F7", "0.00", 1.205), form("D7", "General", 1.5), form("D7", '#,##0" pcs"'),
        form("G7", '_-* #,##0.00\\ "€"_-;-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-'), form("D7", "# ?/?", 1.5),
    ],
)  # fmt: skip
def test_a_format_that_shows_the_number_tells_nothing(tweak):
    assert marked(tweak).oddities == ()


def test_what_is_struck_through_or_white_is_told():
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import Font, PatternFill

    def struck(sheet):
        sheet["D7"].font = Font(strike=True)

    def partly(sheet):
        sheet["C7"].value = CellRichText(TextBlock(InlineFont(strike=True), "Hex"), " bolt")

    def condition(sheet):
        sheet.conditional_formatting.add("A7:G7", FormulaRule(formula=["TRUE"], font=Font(strike=True)))

    def white(sheet):
        sheet["D7"].font = Font(color="FFFFFFFF")

    def heading(sheet):
        sheet["D6"].font, sheet["D6"].fill = Font(color="FFFFFFFF"), PatternFill("solid", start_color="FF003366")

    assert marked(struck).oddities == ("cell D7 of the sheet “Order” is struck through",)
    assert marked(partly).oddities == ("cell C7 of the sheet “Order” is struck through",)
    rich = b"<sst><si><r><rPr><strike/></rPr><t>Hex</t></r><r><t> bolt</t></r></si></sst>"
    shared = with_part("xl/sharedStrings.xml", rich)
    assert document(shared).oddities == ("a part of a cell's text is struck through",)
    assert marked(condition).oddities == ("on a condition, a cell of the sheet “Order” is struck through",)
    assert marked(white).oddities == ("cell D7 of the sheet “Order” is white on white",)
    assert marked(heading).oddities == ()


def test_what_is_printed_above_and_below_a_sheet_and_in_its_text_boxes_is_read():
    def printed(sheet):
        sheet.oddFooter.center.text = "&14Not to be delivered yet &P/&N"

    box = (
        '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        "<xdr:txBody><a:p><a:r><a:t>Wait for </a:t></a:r><a:r><a:t>our release</a:t></a:r></a:p></xdr:txBody></xdr:wsDr>"
    )
    assert last(marked(printed)) == "Not to be delivered yet /"
    assert last(document(with_part("xl/drawings/drawing1.xml", box.encode()))) == "Wait for our release"
