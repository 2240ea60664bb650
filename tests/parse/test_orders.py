"""Orders out of documents."""

from decimal import Decimal

import pytest

from maildaemon.model import Document, Line, Table, Zone
from maildaemon.parse import PluginFailed, orders
from maildaemon.parse.raw import RawLine, RawOrder, at
from maildaemon.playbook import GENERAL, Profile

from .making import body, csv, mail, one, read, values

TABLE = """
Item     Description        Qty    Price    Amount
W-100    Hex bolt            10     0.12      1.20
W-200    Hex nut            200     0.05     10.00
"""


def test_a_typed_table_gives_its_lines_with_evidence():
    order = one(f"PO number: A-100\n{TABLE}\nTotal EUR: 11.20")
    assert values(order, "sku", "description", "quantity", "unit_price", "amount") == [
        ("W-100", "Hex bolt", "10", "0.12", "1.20"),
        ("W-200", "Hex nut", "200", "0.05", "10.00"),
    ]
    quantity = order.lines[1].quantity
    assert (quantity.document, quantity.place, quantity.score) == ("body", "line 5", 1.0)
    assert quantity.text.startswith("W-200")
    assert str(order.total.value) == "11.20"
    assert order.currency.value == "EUR"
    assert order.doubts == ()


AMOUNTS = """
No  Amount  Article   Unit price   Total
1   1000    W-100          15.00   15,000.00
2   10      W-200          10.00      100.00
"""


def test_amount_beside_a_price_and_a_total_is_the_quantity_where_every_row_proves_it():
    order = one(f"PO number: A-100\n{AMOUNTS}\nTotal EUR: 15,100.00")
    assert values(order, "sku", "quantity", "unit_price", "amount") == [
        ("W-100", "1000", "15.00", "15000.00"),
        ("W-200", "10", "10.00", "100.00"),
    ]
    assert order.doubts == ("a column “Amount” was taken for the quantity",)


@pytest.mark.parametrize(
    "spoilt",
    [
        AMOUNTS.replace("100.00", "119.00"),
        AMOUNTS.replace("1000 ", "9.5  ").replace("15,000.00", "142.50"),
        AMOUNTS.replace("1000 ", "€1000"),
        AMOUNTS.replace("15,000.00", "").replace("100.00", ""),
    ],
)
def test_an_amount_that_is_no_quantity_is_not_taken_for_one(spoilt):
    order = one(f"PO number: A-100\n{spoilt}")
    assert all(line.quantity is None for line in order.lines)
    assert any("how much is ordered was not found" in doubt for doubt in order.doubts)


def test_sums_are_no_lines():
    order = one(
        "PO: A-1\n"
        + TABLE.strip()
        + "\nSubtotal                              11.20\nShipping                               5.00\nVAT 20 %                               3.24\nGrand total                           19.44"
    )
    assert len(order.lines) == 2
    assert str(order.total.value) == "19.44"


def test_the_total_is_never_computed():
    order = one(f"PO number: A-100\n{TABLE}")
    assert order.total is None


def test_amounts_that_do_not_multiply_are_kept_as_stated():
    order = one("PO number: A-100\n5 x W-100 @ 1.20\nTotal: 999.00")
    assert str(order.total.value) == "999.00"


def test_a_row_that_cannot_be_placed_is_a_doubt():
    order = one(
        "PO: A-1\nItem     Description   Qty  Price\nW-100    a very long description that runs on 5  1.20\nW-200    Short           7   2.20"
    )
    assert values(order, "sku") == [("W-200",)]
    assert order.doubts == ("line 3 looks like an order line and could not be read",)


def test_two_po_numbers_are_a_doubt():
    order = one("PO number: A-100\nPurchase order no: B-200\n5 x W-100 @ 1.20 EUR")
    assert "two PO numbers are stated: A-100 and B-200" in order.doubts


def test_a_subject_that_names_another_order_is_a_doubt():
    order = one("PO number: A-100\n5 x W-100 @ 1.20 EUR", "Purchase order #8737")
    assert "two PO numbers are stated: A-100 and 8737" in order.doubts


def test_the_prefix_po_makes_no_other_number():
    order = one("PO number: 4711\n5 x W-100 @ 1.20 EUR", "PO-4711")
    assert order.doubts == ()


def test_a_po_number_in_the_subject_is_found():
    order = one("5 x W-100 @ 1.20 EUR", "Bestellung 4500012345")
    assert (order.po_number.value, order.po_number.place) == ("4500012345", "subject")


@pytest.mark.parametrize("text", ["see attachment", "A 1 2 3 4", "=?UTF-8?Q?x1?=", "x" * 40 + "1", "none", "ABC"])
def test_a_po_number_that_cannot_be_used_is_a_doubt(text):
    order = one(f"PO number: {text}\n5 x W-100 @ 1.20 EUR")
    assert order.po_number is None
    assert any("PO number" in doubt for doubt in order.doubts)


def test_a_vendor_number_is_no_po_number():
    order = one("Vendor number: 4711\nYour order no: 99182\n5 x W-100 @ 1.20 EUR")
    assert order.po_number is None


def test_an_ambiguous_date_is_a_doubt_and_no_value():
    order = one("PO number: A-100\nOrder date: 03/04/2026\n5 x W-100 @ 1.20 EUR")
    assert order.order_date is None
    assert "the order date '03/04/2026' can be read in two ways: 2026-04-03 or 2026-03-04" in order.doubts


@pytest.mark.parametrize(
    ("other", "expected"), [("25/04/2026", "2026-04-03"), ("04/25/2026", "2026-03-04")]
)  # fmt: skip
def test_another_date_in_the_document_settles_an_ambiguous_one(other, expected):
    order = one(f"PO number: A-100\nOrder date: 03/04/2026\nDelivery date: {other}\n5 x W-100 @ 1.20 EUR")
    assert str(order.order_date.value) == expected


def test_dates_that_contradict_each_other_settle_nothing():
    order = one(
        "PO number: A-100\nOrder date: 03/04/2026\nDelivery date: 25/04/2026\n\nSKU    Qty   Delivery date\nW-1    5     04/26/2026"
    )
    assert order.order_date is None


def test_the_profile_settles_an_ambiguous_date():
    profile = Profile(name="x", dates="mdy")
    assert (
        str(one("PO number: A-100\nOrder date: 03/04/2026\n5 x W-100 @ 1.20", profile=profile).order_date.value)
        == "2026-03-04"
    )


def test_neighbours_settle_a_lone_separator():
    order = one("PO: A-1\nItem     Qty      Price     Amount\nW-100    1.000    0,12      120,00")
    assert values(order, "quantity", "unit_price") == [("1000", "0.12")]


def test_quantity_times_price_settles_a_lone_separator():
    order = one(
        "PO: A-1\nItem     Qty      Price     Amount\nW-100    2        1.250     2.500\nW-200    3        2        6"
    )
    assert values(order, "quantity", "unit_price", "amount")[1] == ("3", "2", "6")
    assert order.lines[0].unit_price is None
    assert any("can be read in two ways" in doubt for doubt in order.doubts)


def test_three_decimals_without_a_neighbour_stay_open_in_english():
    order = one("PO number: A-1\nItem     Qty\nW-100    1.000")
    assert order.lines[0].quantity is None
    assert "line 1: the quantity '1.000' can be read in two ways" in order.doubts


def test_a_sign_that_several_currencies_share_names_none():
    order = one("PO number: A-1\n5 x W-100 @ $1.20\nTotal: $6.00")
    assert order.currency is None
    assert any("several currencies" in doubt for doubt in order.doubts)


def test_two_currencies_are_a_doubt():
    order = one("PO number: A-1\nCurrency: EUR\n5 x W-100 @ £1.20\nTotal: £6.00")
    assert "two currencies are stated: EUR and GBP" in order.doubts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 x W-100 Hex bolt @ 1.20", ("5", None, "W-100", "Hex bolt", "1.20")),
        ("20 pcs of W-100 at EUR 4.50 each", ("20", "EA", "W-100", None, "4.50")),
        ("10 Stück Art.-Nr. W-200 à 4,50 EUR", ("10", "EA", "W-200", None, "4.50")),
        ("Please send us 3 boxes K-15 cable drum, 38.50 EUR each.", ("3", "BX", "K-15", "cable drum", "38.50")),
        ("W-100: 5 pcs", ("5", "EA", "W-100", None, None)),
        ("- W-100 x 5", ("5", None, "W-100", None, None)),
        ("1. Wing nut - Quantity: 4", ("4", None, None, "Wing nut", None)),
    ],
)
def test_a_typed_line_is_read(text, expected):
    order = one(f"PO number: A-1\n\n{text}")
    assert values(order, "quantity", "unit", "sku", "description", "unit_price") == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "we meet 2 x per week",
        "10 days net",
        "Tel: 5551234",
        "Unit 6, Broomhill Park",
        "open 9 - 17",
        "Call us: 10 pm",
        "Ref 12-34: see above",
    ],
)
def test_a_sentence_with_figures_is_no_line(text):
    order = one(f"PO number: A-1\n\n{text}")
    assert order.lines == ()


def test_lines_stated_field_by_field_are_read():
    order = one(
        "Order number: WF-100\nItem 1: W-100 Hex bolt\nQuantity 1: 5\nUnit price 1: 1.20 EUR\nItem 2: W-200\nQuantity 2: 10 pcs\nTotal: EUR 6.00"
    )
    assert values(order, "sku", "quantity", "unit_price") == [("W-100", "5", "1.20"), ("W-200", "10", None)]


def test_addresses_are_blocks_below_their_label_or_beside_each_other():
    order = one(
        "PO: A-1\nBill to:                 Ship to:\nBlue Ltd                 Blue Works\n1 Road                   2 Street\n\n5 x W-100 @ 1.20"
    )
    assert order.bill_to.value == "Blue Ltd, 1 Road"
    assert order.ship_to.value == "Blue Works, 2 Street"
    order = one("PO: A-1\nShip to:\nBlue Works\n2 Street\n\n5 x W-100 @ 1.20")
    assert order.ship_to.value == "Blue Works, 2 Street"


def test_forwarded_text_is_read_like_the_writers_own():
    text = f"PO number: A-100\n{TABLE}"
    (order,) = orders(mail(), (body(text, Zone.FORWARD),), GENERAL)
    assert order.doubts == ()
    assert order.po_number.score == pytest.approx(0.95)


def test_quoted_text_alone_is_a_doubt():
    text = f"PO number: A-100\n{TABLE}"
    (order,) = orders(mail(), (body(text, Zone.QUOTE),), GENERAL)
    assert any(doubt.startswith("only quoted text") for doubt in order.doubts)


def test_hidden_text_is_not_looked_at():
    lines = (Line("PO number: A-1", 1), Line("PO number: B-2", 2, Zone.HIDDEN), Line("5 x W-100 @ 1.20", 3))
    (order,) = orders(mail(), (Document("body", "text/plain", lines),), GENERAL)
    assert order.po_number.value == "A-1"
    assert order.doubts == ()


def test_two_orders_in_one_document_are_two_orders():
    first, second = read(
        f"Currency: EUR\nPO number: A-100\n{TABLE}\nTotal: 11.20\n\nPO number: A-200\n{TABLE}\nTotal: 22.40"
    )
    assert (first.po_number.value, str(first.total.value)) == ("A-100", "11.20")
    assert (second.po_number.value, str(second.total.value)) == ("A-200", "22.40")
    assert second.currency.value == "EUR"


def test_rows_that_name_their_order_are_parted_by_it():
    found = orders(mail(), (csv("po.csv", "po_number,sku,quantity", "A-1,W-1,5", "A-2,W-2,6", "A-1,W-3,7"),), GENERAL)
    assert [(order.po_number.value, values(order, "sku", "quantity")) for order in found] == [
        ("A-1", [("W-1", "5"), ("W-3", "7")]),
        ("A-2", [("W-2", "6")]),
    ]


def test_the_body_completes_the_order_in_its_attachment():
    found = orders(mail(), (body("PO number: A-1\nCurrency: EUR"), csv("po.csv", "sku,quantity", "W-1,5")), GENERAL)
    (order,) = found
    assert (order.po_number.document, order.lines[0].sku.document) == ("body", "po.csv")


def test_an_attachment_that_says_something_else_than_the_body_is_a_doubt():
    (order,) = orders(
        mail(), (body("PO number: A-1\n5 x W-1 @ 1.00"), csv("po.csv", "po_number,sku,quantity", "A-1,W-1,6")), GENERAL
    )
    assert "body and po.csv state different lines" in order.doubts


def test_text_and_html_are_not_counted_twice():
    text = body(f"PO number: A-100\n{TABLE}")
    html = Document("body (html)", "text/html", text.lines)
    (order,) = orders(mail(), (text, html), GENERAL)
    assert len(order.lines) == 2
    assert order.doubts == ()


def test_text_and_html_that_differ_are_a_doubt():
    text = body(f"PO number: A-100\n{TABLE}\nTotal: 11.20")
    html = body(f"PO number: A-101\n{TABLE}\nTotal: 11.30", name="body (html)")
    (order,) = orders(mail(), (text, html), GENERAL)
    assert "the text and the HTML part state different PO numbers" in order.doubts
    assert "the text and the HTML part state different totals" in order.doubts


def test_a_table_of_labels_and_values_is_read():
    rows = (("PO number", "A-1", "Order date", "2026-11-23"), ("Ship to", "Blue Works, 2 Street", "", ""))
    lines = (("Item no", "Qty"), ("W-1", "5 pcs"), ("Total", "Total"))
    document = Document("body (html)", "text/html", (), (Table(rows), Table(lines)))
    (order,) = orders(mail(), (document,), GENERAL)
    assert (order.po_number.value, order.po_number.place) == ("A-1", "table 1, row 1, column 2")
    assert str(order.order_date.value) == "2026-11-23"
    assert values(order, "sku", "quantity", "unit") == [("W-1", "5", "EA")]


def test_labels_above_values_are_read():
    rows = (("PO number", "Order date", "Currency"), ("A-1", "2026-11-23", "EUR"))
    document = Document("body (html)", "text/html", (), (Table(rows), Table((("Item no", "Qty"), ("W-1", "5")))))
    (order,) = orders(mail(), (document,), GENERAL)
    assert (order.po_number.value, order.currency.value) == ("A-1", "EUR")


def test_lines_that_are_only_numbered_have_no_code():
    order = one("PO: A-1\nItem   Description   Qty\n10     Hex bolt      5\n20     Hex nut       6")
    assert values(order, "sku", "description") == [(None, "Hex bolt"), (None, "Hex nut")]


def test_a_description_goes_on_below():
    order = one(
        "PO: A-1\nSKU      Description        Qty\nW-100    Hex bolt M8         5\n         zinc plated\nW-200    Hex nut             6"
    )
    assert values(order, "description", "quantity") == [("Hex bolt M8 zinc plated", "5"), ("Hex nut", "6")]


def test_a_gtin_with_a_wrong_check_digit_is_a_doubt():
    (order,) = orders(mail("PO 4711"), (csv("po.csv", "sku,ean,quantity", "W-1,4006381333932,5"),), GENERAL)
    assert order.lines[0].gtin is None
    assert any("check digit" in doubt for doubt in order.doubts)


def test_an_unknown_unit_is_a_doubt():
    (order,) = orders(mail("PO 4711"), (csv("po.csv", "sku,quantity,unit", "W-1,5,bunch"),), GENERAL)
    assert order.lines[0].unit is None
    assert "line 1: the unit 'bunch' is not one that is known" in order.doubts


def test_a_mail_without_an_order_gives_none():
    assert read("Dear all,\nour office is closed on 24 December.\n\nKind regards\nBlue Ltd") == ()


# --- profiles ---------------------------------------------------------------------------------------------------------


def test_a_pattern_says_what_a_value_looks_like():
    profile = Profile(name="x", fields={"po_number": {"labels": ["Order"], "pattern": r"NW-\d{6}"}})
    assert one("Order: ref NW-004711 please quote\n5 x W-1 @ 1.00", profile=profile).po_number.value == "NW-004711"
    order = one("Order: 4711\n5 x W-1 @ 1.00", profile=profile)
    assert order.po_number is None
    assert any("does not look as the profile expects" in doubt for doubt in order.doubts)


def test_a_pattern_finds_a_po_number_without_a_label():
    profile = Profile(name="x", fields={"po_number": {"pattern": r"NW-\d{6}"}})
    assert one("as of NW-004711 we need\n5 x W-1 @ 1.00", profile=profile).po_number.value == "NW-004711"


def test_a_stated_value_holds():
    profile = Profile(name="x", fields={"currency": {"value": "GBP"}})
    order = one("PO: A-1\n5 x W-1 @ 1.00", profile=profile)
    assert (order.currency.value, order.currency.place) == ("GBP", "profile x")


def test_a_plugin_yields_raw_orders_that_are_cleaned_centrally():
    def plugin(mail, documents):
        document = documents[0]
        line = document.lines[0]
        yield RawOrder(
            {"po_number": at(document, line, "A-1"), "total": at(document, line, "1.234,50 €")},
            (RawLine({"sku": at(document, line, "W-1"), "quantity": at(document, line, "5 Stk")}),),
        )

    (order,) = orders(mail(), (body("whatever"),), Profile(name="x", plugin=plugin))
    assert (order.po_number.value, str(order.total.value), order.currency.value) == ("A-1", "1234.50", "EUR")
    assert values(order, "sku", "quantity", "unit") == [("W-1", "5", "EA")]


def test_a_plugin_that_raises_has_failed():
    def plugin(mail, documents):
        raise KeyError("x\ny")

    with pytest.raises(PluginFailed, match=r"^KeyError: 'x\\ny'$"):
        orders(mail(), (body("whatever"),), Profile(name="x", plugin=plugin))


def test_a_plugin_that_yields_something_else_has_failed():
    with pytest.raises(PluginFailed, match="yields dict, expected RawOrder"):
        orders(mail(), (body("whatever"),), Profile(name="x", plugin=lambda mail, documents: [{}]))


def test_a_row_out_of_line_is_placed_by_arithmetic():
    order = one(
        "PO: A-1\nItem     Description   Qty   Price    Amount\nW-100    a very long  description that runs on      5      1.20      6.00"
    )
    assert values(order, "sku", "description", "quantity", "unit_price", "amount") == [
        ("W-100", "a very long description that runs on", "5", "1.20", "6.00")
    ]


@pytest.mark.parametrize("head", ["Order:", "Purchase order:", "Bestellung:", "Your PO number:", "PO number:"])
def test_an_order_line_is_never_the_value_of_the_label_above(head):
    order = one(f"{head}\n5 x W-100 @ 1.20\n\nTotal: 6.00 EUR")
    assert values(order, "sku", "quantity") == [("W-100", "5")]
    assert order.po_number is None


def test_a_value_may_stand_below_its_label():
    assert one("PO number:\nA-100\n\n5 x W-100 @ 1.20").po_number.value == "A-100"


@pytest.mark.parametrize(
    "text",
    [
        "Purchase order no./date: 4500012345 / 23.11.2026",
        "Bestellung 4500012345 vom 23.11.2026",
        "Bestellnummer/Datum   4500012345 / 23.11.2026",
    ],
)
def test_a_po_number_may_carry_its_date(text):
    order = one(f"{text}\n5 x W-100 @ 1.20")
    assert (order.po_number.value, str(order.order_date.value)) == ("4500012345", "2026-11-23")


def test_two_price_columns_are_a_doubt_and_no_price():
    order = one("PO: A-12\nSKU     Qty   List price   Net price   Amount\nW-100   10    2.00         1.80        18.00")
    assert values(order, "quantity", "unit_price", "amount") == [("10", None, "18.00")]
    assert order.doubts == ("two columns may be the unit price: List price and Net price",)


def test_a_price_for_more_than_one_piece_is_divided_by_them():
    order = one("PO: A-12\nSKU     Qty    Price         Amount\nW-100   500    12.00 / 100   60.00")
    assert values(order, "quantity", "unit_price", "amount") == [("500", "0.12", "60.00")]
    assert order.doubts == ()


def test_a_price_for_more_than_one_piece_that_no_amount_proves_is_none():
    for amount in ("", "61.00"):
        order = one(f"PO: A-12\nSKU     Qty    Price         Amount\nW-100   500    12.00 / 100   {amount}")
        assert values(order, "quantity", "unit_price") == [("500", None)]
        assert "line 1: the price '12.00 / 100' cannot be read as an amount" in order.doubts


def test_words_in_a_column_of_figures_are_a_doubt():
    order = one("PO: A-12\nItem    Qty        Price\nW-100   see note   1.20\nW-200   5          1.00")
    assert values(order, "sku", "description", "quantity") == [("W-100", None, None), ("W-200", None, "5")]
    assert order.doubts == ("line 1: the quantity 'see note' cannot be read as a number",)


def test_a_cancellation_tells_its_po_number():
    order = one("Hello,\nplease cancel our order PO-991, we do not need it any more.")
    assert (order.po_number.value, order.lines) == ("PO-991", ())
    order = one("We do not need it any more.", "Cancel PO-991")
    assert order.po_number.value == "PO-991"


@pytest.mark.parametrize(
    "sums",
    [
        "Subtotal EUR: 22.00\nVAT 23 %: 5.06\nTotal incl. VAT EUR: 27.06",
        "Net total: 22,00 EUR\nzzgl. 23 % MwSt.: 5,06 EUR\nGesamtbetrag: 27,06 EUR",
        "Total HT : 22,00 EUR\nTVA 23 % : 5,06 EUR\nTotal TTC : 27,06 EUR",
        "Totale: 27,06 EUR\ndi cui\nIVA 23%: 5,06 EUR",
    ],
)
def test_the_tax_beside_the_total_is_read(sums):
    order = one(f"PO number: 4711\n\nSKU      Qty\nW-100     10\nW-200     20\n\n{sums}\n")
    assert (order.total.value, order.tax.value) == (Decimal("27.06"), Decimal("5.06"))
    assert order.tax.text in sums


def test_of_two_taxes_none_is_the_tax():
    order = one("PO number: 4711\n\nSKU  Qty\nW-100  10\n\nVAT 7 %: 1.00\nVAT 19 %: 2.00\nTotal EUR: 25.00\n")
    assert (order.total.value, order.tax) == (Decimal("25.00"), None)


@pytest.mark.parametrize(("written", "number"), [
    ("OC 00148", "OC 00148"), ("BE 2026 0012", "BE 2026 0012"), ("OC 00148 23.11.2026", "OC 00148"),
    ("PO 4711-A", "4711-A"), ("ab 12/A", "ab 12/A"),
])  # fmt: skip
def test_a_po_number_with_blanks_is_read_as_written(written, number):
    for label in ("PO number: ", "Bestellnummer: ", "N° de commande : "):
        order = one(f"{label}{written}\n{TABLE}")
        assert (order.po_number and order.po_number.value) == number
        assert order.doubts == ()


@pytest.mark.parametrize("written", [
    "see below 12", "EUR 500", "KW 48", "visit evil 4711 com now", "OC 00148 Bcc me", "4711 2026", "from 12 to 14", "OC",
])  # fmt: skip
def test_a_phrase_with_a_figure_is_no_po_number(written):
    assert one(f"PO number: {written}\n{TABLE}").po_number is None


@pytest.mark.parametrize(
    "cells", ["Carried,forward,,,10.00", "A,riportare,,,10.00", ",Zwischensumme,Übertrag,,10.00", "Report,,,,10.00"]
)
def test_what_a_page_carries_forward_is_no_article(cells):
    head = "sku,description,quantity,price,amount"
    document = csv("po.csv", head, "W-1,bolt,5,2.00,10.00", cells, cells, "W-2,nut,5,1.00,5.00")
    (order,) = orders(mail("PO 4711"), (document,), GENERAL)
    assert values(order, "sku", "amount") == [("W-1", "10.00"), ("W-2", "5.00")]


def test_a_sign_that_is_not_the_currencys_is_a_doubt():
    text = "PO: A-1\nCurrency: {}\n\nSKU      Qty   Price\nW-100      5   $ 1.20"
    assert "the amounts carry a sign that is none of EUR" in one(text.format("EUR")).doubts
    assert one(text.format("USD")).doubts == ()


@pytest.mark.parametrize(
    "said", ["Commande EUR 500", "Order USD 1200", "Order no EUR 4711", "Purchase order (EUR): 4711"]
)
def test_an_amount_is_no_po_number(said):
    order = one(f"{said}\n{TABLE}")
    assert order.po_number is None


@pytest.mark.parametrize("number", ["W-100", "w-100", "W100"])
def test_a_po_number_that_is_an_articles_is_a_doubt(number):
    order = one(f"PO number: {number}\n{TABLE}")
    assert any("is also the number of an article" in doubt for doubt in order.doubts)
