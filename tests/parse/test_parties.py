"""Who orders, where it goes, and what the total is when net and gross are stated."""

import pytest

from maildaemon.model import Document, Line, Table
from maildaemon.parse import orders
from maildaemon.playbook import GENERAL

from .making import body, mail, one


def test_a_word_that_begins_like_a_closing_closes_nothing():
    order = one("Bestellung\nAn:\nNorbury Supplies Ltd\nNorwich\n\nPO number: A-1\n5 x W-100 @ 1.20")
    assert order.buyer is None


@pytest.mark.parametrize("label", ["To:", "An:", "Supplier:", "Spett.le"])
def test_the_addressee_is_not_the_buyer(label):
    order = one(
        f"PO number: A-1\n\n{label}\nNorbury Supplies Ltd\n\n5 x W-100 @ 1.20\n\nBest\nA. Bee\nNorbury Supplies Ltd\nBlue Works Ltd"
    )
    assert order.buyer.value == "Blue Works Ltd"


def test_a_label_is_no_part_of_the_buyers_name():
    order = one("PO number: A-1\n5 x W-100 @ 1.20\n\nViele Grüße\nKunde Blau GmbH")
    assert order.buyer.value == "Blau GmbH"


def test_a_buyer_who_is_a_person_is_no_company():
    order = one(
        "PO number: A-1\nBuyer: Elisa Conti\n5 x W-100 @ 1.20\n\nCordiali saluti\n\nElisa Conti\nOfficine Brambati S.r.l."
    )
    assert order.buyer.value == "Officine Brambati S.r.l."


def test_a_buyer_without_a_legal_form_who_signs_nothing_stays():
    assert one("PO number: A-1\nBuyer: Blue Works\n5 x W-100 @ 1.20").buyer.value == "Blue Works"


def test_a_net_total_with_a_larger_sum_below_is_not_the_total():
    order = one("PO number: A-1\n5 x W-100 @ 20.00 EUR\nNet amount: 100.00\n20 % on top: 20.00\nAltogether: 120.00")
    assert order.total is None
    assert any("which is the total?" in doubt for doubt in order.doubts)


def test_of_two_sums_that_differ_by_the_tax_between_them_the_larger_is_the_total():
    order = one("PO number: A-1\n5 x W-100 @ 20.00 EUR\nSumme netto: 100.00\nMwSt. 20 %: 20.00\nSumme: 120.00")
    assert (str(order.total.value), str(order.tax.value), order.doubts) == ("120.00", "20.00", ())


@pytest.mark.parametrize("sums", [
    "Summe netto: 100.00\nMwSt. 20 %: 20.00\nSumme: 121.00", "Summe netto: 100.00\nFracht: 20.00\nSumme: 120.00",
    "Summe netto: 100.00\nMwSt. 19 %: 12.00\nMwSt. 7 %: 8.00\nSumme: 120.00", "Summe netto: 100.00\nMwSt. 20 %: 20.00\nAltogether: 120.00",
])  # fmt: skip
def test_other_sums_below_a_net_total_are_a_doubt(sums):
    """The tax does not explain the difference, is none, or is one of two; or the larger sum is not called a total."""
    order = one(f"PO number: A-1\n5 x W-100 @ 20.00 EUR\n{sums}")
    assert order.total is None
    assert any("which is the total?" in doubt for doubt in order.doubts)


def test_a_net_total_alone_is_the_total():
    order = one("PO number: A-1\n5 x W-100 @ 20.00 EUR\nNet amount: 100.00")
    assert str(order.total.value) == "100.00"


def test_an_address_goes_on_in_the_rows_below():
    table = Table((("Delivery address", "Blue Works"), ("", "2 Street"), ("", "Leeds"), ("", "")), line=1)
    document = Document("body", "text/html", (Line("PO number: A-1", 1), Line("5 x W-100 @ 1.20", 2)), (table,))
    (order,) = orders(mail(), (document,), GENERAL)
    assert order.ship_to.value == "Blue Works, 2 Street, Leeds"


def test_two_names_beside_a_company_that_receives_the_goods_are_a_person():
    order = one("PO number: A-1\nBuyer: Elisa Conti\nShip to: Brambati S.r.l., Via Emilia 3, Parma\n5 x W-100 @ 1.20")
    assert order.buyer is None


def test_a_town_at_the_head_of_a_page_is_nobody():
    head = "New Orleans, LA 70130\n" + "1 Service Drive\n" * 7
    page = f"{head}\nShip to:\nNew Orleans Convention Center\n900 Convention Center Blvd\nNew Orleans, LA 70130"
    found = Document(
        "po.pdf",
        "application/pdf",
        body(f"{page}\n\nPO number: A-1\n5 x W-100 @ 1.20").lines,
        parts=((1, "page 1, line"),),
    )
    (order,) = orders(mail(), (found,), GENERAL)
    assert order.buyer is None
