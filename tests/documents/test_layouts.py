"""Layouts of orders in spreadsheets, delimited text and Word documents, read without a profile."""

import datetime as dt

import docx
import pytest
from docx.oxml import parse_xml

from maildaemon.model import ORDERS
from tests.documents import making
from tests.documents.layouts import delimited, doubts, lines, one, reading, stated, table, word, xlsx

HEADS = {
    "en": ("PO Number", "Part No.", "Description", "Qty", "Unit Price", "Total"),
    "de": ("Bestell-Nr.", "Art.-Nr.", "Bezeichnung", "Menge", "Einzelpreis", "Gesamtbetrag"),
    "fr": ("N° de commande", "Réf. fournisseur", "Désignation", "Qté", "P.U. HT", "Total TTC"),
    "es": ("Nº de pedido", "Cód. artículo", "Descripción", "Cant.", "P. unitario", "Total pedido"),
    "it": ("Numero ordine", "Cod. fornitore", "Descrizione", "Q.tà", "Prezzo unit.", "Totale ordine"),
    "nl": ("Inkoopordernr.", "Uw artikelnr.", "Omschrijving", "Aantal", "Stukprijs", "Totaalbedrag"),
}
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
ITEM = [("W-100", "Hex bolt", "5", "1.20"), ("W-200", "Nut", "10", "0.25")]
FIELDS = ("sku", "description", "quantity", "unit_price")


def rows_of(language):
    po, sku, what, many, price, total = HEADS[language]
    above = [(po, "B-4711"), (), (sku, what, many, price)]
    return [*above, ("W-100", "Hex bolt", 5, 1.2), ("W-200", "Nut", 10, 0.25), (total, "", "", 8.5)]


@pytest.mark.parametrize("language", HEADS)
def test_labels_of_six_languages_are_known(language):
    order = one(xlsx(*rows_of(language)))
    assert stated(order, "po_number", "total") == ("B-4711", "8.5")
    assert lines(order, *FIELDS) == [("W-100", "Hex bolt", "5", "1.2"), ("W-200", "Nut", "10", "0.25")]


@pytest.mark.parametrize("language", HEADS)
def test_labels_down_the_side_have_an_article_in_each_column(language):
    po, sku, what, many, price, _ = HEADS[language]
    order = one(
        xlsx((po, "B-1"), (), (sku, "W-100", "W-200"), (what, "Bolt", "Nut"), (many, 5, 10), (price, 1.2, 0.25))
    )
    assert lines(order, *FIELDS) == [("W-100", "Bolt", "5", "1.2"), ("W-200", "Nut", "10", "0.25")]
    assert order.lines[1].quantity.place == "sheet Sheet1, row 5, column 3"


@pytest.mark.parametrize("language", HEADS)
def test_one_article_below_the_other_field_by_field(language):
    po, sku, what, many, price, _ = HEADS[language]
    blocks = [
        row for code, name, count, cost in ITEM for row in ((sku, code), (what, name), (many, count), (price, cost))
    ]
    found = reading(xlsx((po, "B-1"), (), *blocks))
    assert lines(found.orders[0], *FIELDS) == ITEM
    assert doubts(found) == []


def test_a_second_value_beside_an_article_on_its_side_is_told():
    order = one(xlsx(("PO number", "B-1"), (), ("Part No.", "W-100"), ("Qty", 5, "only if in stock")))
    assert lines(order, "sku", "quantity") == [("W-100", "5")]
    assert "beside the order lines stands what was not read: “only if in stock”" in order.doubts


def test_a_heading_of_two_lines_is_one():
    heads = (("Line", "Article", "", "Unit", "Unit"), ("", "number", "Qty", "", "price"))
    order = one(xlsx(("PO number", "B-1"), (), *heads, (1, "W-100", 5, "pcs", 1.2)))
    assert lines(order, "sku", "quantity", "unit", "unit_price") == [("W-100", "5", "EA", "1.2")]


def test_a_heading_in_two_languages_is_known_by_both():
    rows = (("Bestellnummer / PO number", "B-1"), (), ("Artikel-Nr. / Item no.", "Menge / Quantity"), ("W-100", 5))
    order = one(xlsx(*rows))
    assert stated(order, "po_number") == ("B-1",)
    assert lines(order, "sku", "quantity") == [("W-100", "5")]


def test_a_number_and_its_date_stand_in_one_cell():
    order = one(xlsx(("N° de commande / Date", "4711 / 12.11.2026"), (), ("Réf.", "Qté"), ("W-100", 5)))
    assert stated(order, "po_number", "order_date") == ("4711", "2026-11-12")


def test_labels_side_by_side_stand_above_their_values():
    head = (("Aldwin Ltd", "", "Date", "PO number"), ("Hull", "", dt.date(2026, 11, 4), "PO-7"), ())
    assert stated(one(xlsx(*head, ("SKU", "Qty"), ("W-1", 5))), "po_number", "order_date") == ("PO-7", "2026-11-04")


def test_addresses_side_by_side_are_read_down():
    head = (
        ("PO number", "B-1"),
        ("Vendor:", "", "Ship To:"),
        ("Norlund", "", "Aldwin Ltd"),
        ("Zürich", "", "4 Harbour Street"),
    )
    order = one(xlsx(*head, ("", "", "Hull HU1 2AB"), (), ("SKU", "Qty"), ("W-1", 5)))
    assert stated(order, "ship_to") == ("Aldwin Ltd, 4 Harbour Street, Hull HU1 2AB",)


def test_a_title_beside_a_name_is_no_number():
    order = one(xlsx(("BON DE COMMANDE", "Ateliers Morel"), ("N° commande", "4711"), (), ("Réf.", "Qté"), ("W-1", 5)))
    assert stated(order, "po_number") == ("4711",)
    assert order.doubts == ()


def test_a_second_heading_with_other_columns_heads_a_table_of_its_own():
    rows = [["Bestellnummer", "B-1", "", ""], ["Artikelnummer", "Bezeichnung", "Menge", "Preis"], ["W-1", "Bolt", "5", "1,20"], ["Artikelnummer", "Menge", "Bezeichnung", "Preis"], ["W-2", "7", "Nut", "2,20"]]  # fmt: skip
    order = one(word(rows), "order.docx")
    assert lines(order, *FIELDS) == [("W-1", "Bolt", "5", "1.20"), ("W-2", "Nut", "7", "2.20")]


class TestSums:
    HEAD = (("PO number", "B-1"), (), ("SKU", "Description", "Qty", "Price", "Amount"))

    def rows(self, *more):
        return xlsx(*self.HEAD, ("W-1", "Bolt", 5, 2, 10), ("W-2", "Nut", 4, 5, 20), *more)

    @pytest.mark.parametrize("words", ["Subtotal group 1", "Zwischensumme Elektrik", "Brought forward", "Whatever"])
    def test_a_sum_of_the_lines_above_is_no_line_whatever_it_is_called(self, words):
        order = one(self.rows(("", words, "", "", 30), ("W-3", "Ring", 1, 1, 1)))
        assert lines(order, "sku") == [("W-1",), ("W-2",), ("W-3",)]
        assert order.doubts == ()

    def test_an_amount_without_a_quantity_that_is_no_sum_is_told(self):
        order = one(self.rows(("", "Pallet", "", "", 12)))
        assert len(order.lines) == 2
        assert "a row states an amount and no quantity, and was not read: “Pallet | 12”" in order.doubts

    def test_an_article_with_a_name_like_a_sum_is_a_line(self):
        assert len(one(self.rows(("W-9", "Total Quartz oil", 1, 9, 9))).lines) == 3

    def test_the_total_with_two_rates_of_tax_is_the_last(self):
        order = one(self.rows(("", "", "", "Net total", 30), ("", "", "", "VAT 20 %", 4), ("", "", "", "VAT 10 %", 1), ("", "", "", "Total", 35)))  # fmt: skip
        assert stated(order, "total") == ("35",)


class TestPrices:
    HEAD = ("SKU", "Qty", "Unit price", "Per", "Amount")

    def test_a_price_for_a_hundred_is_divided(self):
        order = one(xlsx(("PO number", "B-1"), (), self.HEAD, ("W-1", 500, 12, 100, 60), ("W-2", 2, 3, 1, 6)))
        assert lines(order, "unit_price") == [("0.12",), ("3",)]
        assert order.doubts == ()

    def test_a_price_for_an_unknown_number_is_none(self):
        order = one(xlsx(("PO number", "B-1"), (), self.HEAD, ("W-1", 500, 12, "roll of", 60)))
        assert lines(order, "unit_price") == [(None,)]
        assert "line 1: the price's unit 'roll of' cannot be read as a number" in order.doubts

    def test_preiseinheit_beside_a_price_is_no_price(self):
        heads = ("Artikelnummer", "Menge", "Einzelpreis", "Preiseinheit")
        order = one(xlsx(("Bestellnummer", "B-1"), (), heads, ("W-1", 500, 12, 100)))
        assert lines(order, "unit_price") == [("0.12",)]

    def test_signs_in_a_column_without_a_heading_are_the_currency(self):
        order = one(xlsx(("PO number", "B-1"), (), ("SKU", "Qty", "Price"), ("W-1", 5, 1.2, "€"), ("W-2", 5, 2.2, "€")))
        assert stated(order, "currency") == ("EUR",)
        assert order.doubts == ()

    def test_a_code_that_looks_like_an_amount_stays_one_among_codes(self):
        order = one(xlsx(("PO number", "B-1"), (), ("SKU", "Qty", "Price"), ("7731.20", 5, 1.2), ("W-2", 5, 2.2)))
        assert lines(order, "sku") == [("7731.20",), ("W-2",)]

    def test_an_amount_in_the_column_of_codes_is_a_doubt(self):
        order = one(xlsx(("PO number", "B-1"), (), ("SKU", "Qty", "Price"), ("1.20", 5, "1.20"), ("W-2", 5, 2.2)))
        assert lines(order, "sku") == [(None,), ("W-2",)]
        assert "line 1: the article number '1.20' is an amount" in order.doubts


@pytest.mark.parametrize("words", ["Alternative: Bolt", "(optional) Bolt", "Bolt (Option)", "Variante : Bolt", "Alternatief: Bolt", "Eventualposition - Bolt"])  # fmt: skip
def test_what_nobody_has_decided_to_buy_is_a_doubt(words):
    order = one(xlsx(("PO number", "B-1"), (), ("SKU", "Description", "Qty"), ("W-1", words, 5)))
    assert any("alternative or an option" in doubt for doubt in order.doubts)


def test_an_option_card_is_an_article():
    assert (
        one(xlsx(("PO number", "B-1"), (), ("SKU", "Description", "Qty"), ("W-1", "Option card GPS", 5))).doubts == ()
    )


class TestSheet:
    FORM = (("PO number", "B-1"), (), ("SKU", "Description", "Price", "Qty", "Amount"), ("W-1", "Bolt", 2, 5, 10))

    def test_of_a_form_what_has_no_quantity_and_amounts_to_nought_is_not_ordered(self):
        found = reading(xlsx(*self.FORM, ("W-2", "Nut", 3, "", 0), ("", "", "", "Total", 10)))
        assert lines(found.orders[0], "sku") == [("W-1",)]
        assert doubts(found) == []

    def test_of_a_form_without_computed_amounts_it_is_told(self):
        found = reading(xlsx(*self.FORM, ("W-2", "Nut", 3)))
        assert lines(found.orders[0], "sku") == [("W-1",)]
        assert any("without a quantity" in doubt for doubt in doubts(found))

    def test_a_list_to_choose_from_beside_the_order_says_nothing(self):
        rows = [
            (*row, *([""] * (7 - len(row))), word) for row, word in zip(self.FORM[2:], ("Unit", "pcs"), strict=True)
        ]
        found = reading(xlsx(*self.FORM[:2], *rows, ("",) * 7 + ("box",)))
        assert lines(found.orders[0], "sku") == [("W-1",)]
        assert doubts(found) == []

    def test_a_price_list_in_another_sheet_is_not_read(self):
        def change(book):
            book.create_sheet("Prices").append(["SKU", "Description", "Price"])
            book["Prices"].append(["W-9", "Ring", 3])

        found = reading(xlsx(*self.FORM, change=change))
        assert lines(found.orders[0], "sku") == [("W-1",)]
        assert doubts(found) == []

    def test_several_sheets_with_a_number_each_are_several_orders(self):
        def change(book):
            for number in ("B-2", "B-3"):
                sheet = book.create_sheet(number)
                for row in (("PO number", number), (), *self.FORM[2:]):
                    sheet.append(row or [None])

        assert [stated(order, "po_number") for order in reading(xlsx(*self.FORM, change=change)).orders] == [("B-1",), ("B-2",), ("B-3",)]  # fmt: skip


class TestDelimited:
    def test_rows_that_name_their_order_are_several_orders(self):
        head = ("Numéro de commande", "Date", "Référence", "Qté")
        found = reading(
            delimited(head, ("4711", "04/11/2026", "W-1", "5"), ("4712", "05/11/2026", "W-1", "7")), "o.csv"
        )
        assert [stated(order, "po_number", "order_date") for order in found.orders] == [("4711", "2026-11-04"), ("4712", "2026-11-05")]  # fmt: skip
        assert doubts(found) == []

    @pytest.mark.parametrize(
        ("mark", "encoding"), [("\t", "utf-16"), (";", "cp1252"), (",", "utf-8-sig"), ("|", "utf-8")]
    )
    def test_values_above_the_heading_are_the_orders(self, mark, encoding):
        data = delimited(("Bestellnummer", "4711"), ("Bestelldatum", "04.11.2026"), (), ("Artikelnummer", "Bezeichnung", "Menge"), ("W-1", "Größe 9", "5"), mark=mark, encoding=encoding)  # fmt: skip
        order = one(data, "order.csv")
        assert stated(order, "po_number", "order_date") == ("4711", "2026-11-04")
        assert lines(order, "sku", "description", "quantity") == [("W-1", "Größe 9", "5")]

    @pytest.mark.parametrize("head", [(), ("H", "4711", "20261104")])
    def test_rows_without_a_heading_go_to_a_person_with_the_reason(self, head):
        found = reading(
            delimited(*[head] if head else [], ("L", "W-1", "Bolt", "5"), ("L", "W-2", "Nut", "7")), "o.csv"
        )
        assert found.unread == ("o.csv: its columns have no heading, so that nobody can tell what they hold",)

    def test_a_cell_longer_than_a_csv_cell_may_be_costs_no_more_than_its_document(self):
        (csv,) = reading(b"SKU;Qty\n" + b"a" * 200_000 + b";5\n", "o.csv").documents
        assert csv.problem

    def test_a_nul_in_it_is_told(self):
        rows = [("PO number", "4711"), ("SKU", "Qty"), *((f"W-{number}", "5") for number in range(40))]
        found = reading(delimited(*rows).replace(b"W-1;", b"W-1;\x00", 1), "o.csv")
        assert found.unread == ("o.csv: it holds a character of no text (NUL), which was left out",)


class TestWord:
    ROWS = (["Part No.", "Description", "Qty"], ["W-1", "Bolt", "5"], ["W-2", "Nut", "7"])

    def changed(self, change):
        written = docx.Document()
        written.add_paragraph("PO number: B-1")
        change(written, table(written, self.ROWS))
        return making.saved(written)

    def wrapped(self, element):
        holder = parse_xml(f"<w:sdt {W}><w:sdtPr/><w:sdtContent/></w:sdt>")
        element.addprevious(holder)
        holder[1].append(element)

    def test_rows_and_cells_in_content_controls_are_read(self):
        def change(written, made):
            self.wrapped(made.rows[1]._tr.tc_lst[2])
            self.wrapped(made.rows[2]._tr)

        assert lines(one(self.changed(change), "o.docx"), "sku", "quantity") == [("W-1", "5"), ("W-2", "7")]

    def test_a_deleted_row_is_told_and_not_read(self):
        def change(written, made):
            made.rows[2]._tr.get_or_add_trPr().append(parse_xml(f'<w:del {W} w:id="1"/>'))

        found = reading(self.changed(change), "o.docx")
        assert lines(found.orders[0], "sku") == [("W-1",)]
        assert any("a part of a table is deleted" in doubt for doubt in doubts(found))

    def test_hidden_text_is_told_and_not_read(self):
        def change(written, made):
            made.rows[1].cells[2].paragraphs[0].add_run("0").font.hidden = True

        found = reading(self.changed(change), "o.docx")
        assert lines(found.orders[0], "quantity") == [("5",), ("7",)]
        assert any("is hidden: “0”" in doubt for doubt in doubts(found))

    def test_text_of_a_hidden_style_is_told_and_not_read(self):
        def change(written, made):
            style = written.styles.add_style("Unseen", docx.enum.style.WD_STYLE_TYPE.CHARACTER)
            style.font.hidden = True
            made.rows[1].cells[2].paragraphs[0].add_run("0", style=style)

        found = reading(self.changed(change), "o.docx")
        assert lines(found.orders[0], "quantity") == [("5",), ("7",)]
        assert any("is hidden: “0”" in doubt for doubt in doubts(found))

    def test_a_table_that_places_tables_is_none_itself(self):
        written = docx.Document()
        outer = written.add_table(2, 1)
        table(outer.cell(0, 0), [["PO number", "B-1"], ["Order date", "2026-11-04"]])
        table(outer.cell(1, 0), self.ROWS)
        order = one(making.saved(written), "o.docx")
        assert stated(order, "po_number", "order_date") == ("B-1", "2026-11-04")
        assert lines(order, "sku", "quantity") == [("W-1", "5"), ("W-2", "7")]

    def test_a_table_in_the_head_of_the_page_is_read(self):
        def change(written, made):
            header = written.sections[0].header
            box = header.add_table(1, 2, docx.shared.Inches(5))
            box.cell(0, 0).text, box.cell(0, 1).text = "Order date", "2026-11-04"

        assert stated(one(self.changed(change), "o.docx"), "order_date") == ("2026-11-04",)

    def test_labels_and_values_of_each_article_in_a_table_of_its_own(self):
        tables = [[["Part No.", code], ["Description", name], ["Qty", count]] for code, name, count, _ in ITEM]
        assert lines(one(word("PO number: B-1", tables[0], "", tables[1]), "o.docx"), "sku", "quantity") == [("W-100", "5"), ("W-200", "10")]  # fmt: skip


class TestLookAlikes:
    ROWS = (("Aldwin Ltd",), ("PO number", "B-1"), ("Currency", "EUR"), (), ("SKU", "Description", "Qty", "Price", "Amount"), ("W-1", "Bolt", 5, 2, 10), ("", "", "", "Total", 10))  # fmt: skip
    TITLES = (
        "INVOICE", "Quotation", "Order confirmation", "Delivery note", "Packing list", "Price list 2027", "Stock list", "Forecast", "Open orders report",
        "Rechnung", "Angebot", "Auftragsbestätigung", "Lieferschein", "Lagerbestand", "Retoure", "Devis", "Bon de livraison", "État des stocks", "Presupuesto", "Albarán",
        "Preventivo", "Documento di trasporto", "Offerte", "Pakbon", "Voorraadlijst", "Timesheet",
    )  # fmt: skip

    @pytest.mark.parametrize("title", TITLES)
    @pytest.mark.parametrize("form", ["xlsx", "sheet", "csv", "docx"])
    def test_what_calls_itself_another_paper_is_no_order_or_goes_to_a_person(self, title, form):
        if form == "xlsx":
            data = xlsx((title,), *self.ROWS)
        elif form == "sheet":
            data = xlsx(*self.ROWS, title=title)
        elif form == "csv":
            data = delimited((title,), *self.ROWS)
        else:
            data = word(title, *(": ".join(row) for row in self.ROWS[:3]), [list(row) for row in self.ROWS[4:]])
        found = reading(data, f"document.{'xlsx' if form == 'sheet' else form}")
        assert found.kind not in ORDERS or doubts(found)

    @pytest.mark.parametrize("title", ["PURCHASE ORDER", "Bestellung B-1", "Order form", "Bon de commande"])
    def test_an_order_may_say_so(self, title):
        found = reading(xlsx((title,), *self.ROWS))
        assert found.kind in ORDERS
        assert doubts(found) == []
