"""Order lines typed as sentences."""

import pytest

from .making import one, values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "10 each of Pressure gauge (part no. 396444) at EUR 47.91 each and also 4 boxes Cabinet (549737), EUR 1,864.67.",
            [("10", "396444", "47.91"), ("4", "549737", "1864.67")],
        ),
        (
            "10 ST Motor (Art.-Nr. WX 3328) zum Preis von 1.254,94 EUR je Stück sowie 2.500 ST Filter (WX-2967), 64,87 EUR.",
            [("10", "WX 3328", "1254.94"), ("2500", "WX-2967", "64.87")],
        ),
        ("5 x W-100 Hex bolt at 1.20 EUR and 3 boxes W-200 nuts at 2.20 EUR", [("5", "W-100", "1.20"), ("3", "W-200", "2.20")]),
        ("30 pcs W-100 Cable ties black, 100 pcs at 14.65 EUR", [("30", "W-100", "14.65")]),
    ],
)  # fmt: skip
def test_each_article_of_a_sentence_is_a_line(text, expected):
    order = one(f"PO number: A-1\n\n{text}")
    assert values(order, "quantity", "sku", "unit_price") == expected


@pytest.mark.parametrize(
    "text",
    [
        "10 pcs Pressure gauge at 47.91 EUR per unit as agreed, then 4 boxes W-200 Control cabinet, 64.87 EUR",
        "5 x Hex bolt at 1.20 EUR apiece in steel along with some W-200 at 2.20 EUR",
        "5 x Hex bolt M8 together with 10 x NUT at 2.20 EUR",
    ],
)
def test_articles_run_into_one_are_a_doubt_and_no_line(text):
    order = one(f"PO number: A-1\n\n{text}")
    assert order.lines == ()
    assert any("several articles in one sentence" in doubt for doubt in order.doubts)


@pytest.mark.parametrize(
    "text",
    [
        "- 5 x W-100 at 1.20 EUR\n- some of the usual hex nuts\n- 3 x W-200 at 2.20 EUR",
        "1) 5 x W-100\n2) a dozen or so W-300, as discussed\n3) 3 x W-200",
        "5 x W-100 at 1.20\n20 of those blue ones\n3 x W-200 at 2.20",
    ],
)
def test_an_item_of_a_list_that_is_no_line_is_a_doubt(text):
    order = one(f"PO number: A-1\n\n{text}")
    assert len(order.lines) == 2
    assert any("stands among order lines and could not be read" in doubt for doubt in order.doubts)


def test_a_list_of_something_else_is_no_doubt():
    order = one("PO number: A-1\n\n- 5 x W-100 at 1.20 EUR\n\nPlease note:\n\n* we are closed on Monday")
    assert order.doubts == ()


def test_thousands_parted_by_a_blank_are_one_number():
    order = one("PO number: A-1\n\n1 500 pcs W-100 Hex bolt\n2,500x W-200 Hex nut")
    assert values(order, "quantity", "sku")[:1] == [("1500", "W-100")]
    assert order.lines[1].sku.value == "W-200"


@pytest.mark.parametrize(
    "text", ["1 500 pcs W-100 bolt\n2 200 pcs W-200 nut", "20 500 pcs W-100 bolt\n\n30 2 pcs W-200 nut"]
)
def test_thousands_that_may_be_the_number_of_the_line_are_a_doubt(text):
    order = one(f"PO number: A-1\n\n{text}")
    assert order.lines == ()
    assert any("a number of the line" in doubt for doubt in order.doubts)


def test_st_with_a_dot_is_a_piece():
    order = one("PO number: A-1\n\n5 St. W-100 Schraube\n10 St. Mutter M8")
    assert values(order, "quantity", "unit") == [("5", "EA"), ("10", "EA")]


def test_a_size_is_no_quantity():
    order = one("PO number: A-1\n\n1) NS-9625 / Cable ties 200 x 4.8 mm black")
    assert order.lines == ()


def test_figures_alone_are_no_line():
    order = one("PO number: A-1\n\n24 pcs 2.64 63.36\n40 each 12.00 480.00")
    assert order.lines == ()


def test_a_sentence_does_not_end_within_brackets():
    order = one("PO number: A-1\n\n- 30 m - Schlauch (Ihre Artikelnr. DG7877) @ EUR 10.91\n- 5 x W-100 @ 1.20")
    assert values(order, "quantity", "unit_price") == [("30", "10.91"), ("5", "1.20")]


def test_a_part_of_a_sentence_that_counts_and_is_no_line_is_a_doubt():
    order = one("PO number: A-1\n\nAs told you we take 500 boxes of ties. And 24 pcs W-100 goggles at 22.36 EUR")
    assert values(order, "sku") == [("W-100",)]
    assert any("a part of the sentence could not be read" in doubt for doubt in order.doubts)


def test_dutch_dozen_are_boxes():
    order = one("Bestelnummer: A-1\nLeverdatum: 3-12-2026\n\n5 dozen W-100")
    assert values(order, "quantity", "unit") == [("5", "BX")]
    assert values(one("PO number: A-1\n\n5 dozen W-100"), "unit") == [("DZN",)]


@pytest.mark.parametrize("label", ["Ihre Artikelnr. ", "Uw art.nr. ", "part no. ", "#", "your item ", "SKU: ", "réf. "])
def test_a_number_called_so_in_brackets_is_the_article(label):
    order = one(f"PO number: A-1\n\n5 pcs Hex bolt zinc plated ({label}DG7877) @ EUR 10.91")
    assert values(order, "sku", "description") == [("DG7877", "Hex bolt zinc plated")]


@pytest.mark.parametrize("words", ["our item no. DG7877", "particle size 3", "in 2 parts"])
def test_other_words_in_brackets_stay(words):
    order = one(f"PO number: A-1\n\n5 pcs Hex bolt zinc plated ({words}) @ EUR 10.91")
    assert values(order, "sku", "description") == [(None, f"Hex bolt zinc plated ({words})")]
