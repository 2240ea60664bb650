"""Orders told in sentences, in six languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.parse.numberwords import in_figures, value
from maildaemon.parse.prosewords import wanted, without_head, without_tail

from .making import one, values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("please send us 20 of W-100 and 5 boxes of W-205 on PO 88121.", [("20", None, "W-100"), ("5", "BX", "W-205")]),
        ("Hi there, could you please send us 6 pairs of G-12 and 2 rolls of T-30 ASAP.", [("6", "PR", "G-12"), ("2", "RO", "T-30")]),
        ("We'd like to order 20 W-100, 5 W-200 and 3 boxes of W-300", [("20", None, "W-100"), ("5", None, "W-200"), ("3", "BX", "W-300")]),
        ("Please supply twenty W-100 and a dozen W-200 against PO 991.", [("20", None, "W-100"), ("12", None, "W-200")]),
        ("PO 991: please send 10 W-100", [("10", None, "W-100")]),
        ("bitte liefern Sie uns 20 Stück W-100 sowie 5 Karton W-205", [("20", "EA", "W-100"), ("5", "CT", "W-205")]),
        ("wir bestellen hiermit ein Dutzend W-100 und zwei Rollen T-30 unter Bestellnummer 991.", [("12", None, "W-100"), ("2", "RO", "T-30")]),
        ("Merci de nous livrer une douzaine de W-100 et vingt W-200 (commande n° 991)", [("12", None, "W-100"), ("20", None, "W-200")]),
        ("Les rogamos nos envíen 20 unidades de W-100 y 5 cajas de W-205.", [("20", "EA", "W-100"), ("5", "BX", "W-205")]),
        ("por favor envíen una docena de W-100 y 3 uds. de W-200", [("12", None, "W-100"), ("3", "EA", "W-200")]),
        ("vogliate inviarci 20 pezzi di W-100 e cinque scatole di W-205.", [("20", "EA", "W-100"), ("5", "BX", "W-205")]),
        ("Wij willen graag twaalf W-100 en 3 rollen T-30 bestellen onder bestelnummer 991.", [("12", None, "W-100"), ("3", "RO", "T-30")]),
    ],
)  # fmt: skip
def test_what_a_sentence_orders_is_read(text, expected):
    order = one(f"PO number: 991\n\n{text.replace('88121', '991')}")
    assert values(order, "quantity", "unit", "sku") == expected
    assert order.doubts == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("W-100 – 20 pcs @ 4.50\nW-200 – 5 pcs @ 12.00", [("20", "W-100", "4.50"), ("5", "W-200", "12.00")]),
        ("- W-100 Sechskantschraube, 20 Stk. à 4,50 €\n- W-200 Mutter, 100 Stk. à 0,10 €", [("20", "W-100", "4.50"), ("100", "W-200", "0.10")]),
        ("W-100: 20\nW-200: 5", [("20", "W-100", None), ("5", "W-200", None)]),
        ("W-100 - 20\nW-200 - 5", [("20", "W-100", None), ("5", "W-200", None)]),
        ("- 20x W-100 Hex bolt\n- 10x W-200 Hex nut", [("20", "W-100", None), ("10", "W-200", None)]),
    ],
)  # fmt: skip
def test_what_a_list_orders_is_read(text, expected):
    assert values(one(f"PO number: 991\n\n{text}"), "quantity", "sku", "unit_price") == expected


@pytest.mark.parametrize(
    "text",
    [
        "We ordered 20 x W-100 and have not received it.",
        "last week we bought 20 of W-100",
        "Do not send 20 W-100",
        "Please quote 20 W-100",
        "Next time we need 20 W-100",
        "If you have 20 W-100, send 5 W-200",
        "20 W-100 or 30 W-200",
        "Please send 20 or 30 W-100",
        "bitte liefern Sie nicht 20 Stück W-100",
        "Was kosten 20 Stück W-100?",
        "hatten wir 20 Stück W-100 bestellt",
        "Nous avions commandé 20 W-100",
        "please return 20 x W-100",
        "W-100: 20.00",
        "W-100: 20",
        "1) W-100\n2) W-200",
        "1 W-100\n2 W-200\n3 W-300",
        "W-100 Hex bolt, 20 pcs, 90.00 EUR",
    ],
)  # fmt: skip
def test_what_does_not_order_or_may_mean_another_thing_is_no_line(text):
    assert one(f"PO number: 991\n\n{text}").lines == ()


@pytest.mark.parametrize(
    "text",
    [
        "Please send a few W-100 and 3 rolls T-30.",
        "Thank you for the 20 pcs W-100 and 5 pcs W-200",
    ],
)
def test_an_article_in_the_same_breath_that_was_not_read_is_a_doubt(text):
    order = one(f"PO number: 991\n\n{text}")
    assert any("a part of the sentence could not be read" in doubt for doubt in order.doubts)


@pytest.mark.parametrize(
    "text",
    [
        "please send 20 x W-100 if in stock",
        "please send 20 x W-100, but not the W-200 this time",
        "please send 20 x W-100 only once we have confirmed the drawing",
        "20 Stück W-100, falls lieferbar, sonst bitte stornieren",
        "Merci de nous livrer 20 W-100 seulement si disponible",
        "20 stuks W-100 mits op voorraad",
    ],
)
def test_a_condition_behind_an_article_is_a_doubt(text):
    order = one(f"PO number: 991\n\n{text}")
    assert any("a condition in the sentence was not read" in doubt for doubt in order.doubts)


def test_another_orders_number_in_the_sentence_is_a_doubt():
    order = one("PO number: A-1\n\nPlease send 5 x W-100 against PO B-200.")
    assert "two PO numbers are stated: A-1 and B-200" in order.doubts


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("We need 20 W-100 by 3 December 2026.", "2026-12-03"),
        ("20 x W-100\n\nWe need the goods by 3 December 2026.", "2026-12-03"),
        ("20 x W-100\nDelivery by 12 December 2026 please.", "2026-12-12"),
        ("Bitte liefern Sie uns 20 Stück W-100 bis zum 3.12.2026.", "2026-12-03"),
        ("Merci de nous livrer 20 W-100 pour le 4 décembre 2026.", "2026-12-04"),
        ("20 x W-100 not before 3 December 2026", "None"),
        ("20 x W-100\n\nPlease confirm by 3 December 2026.", "None"),
        ("20 x W-100\n\nOur offices close by 3 December 2026.", "None"),
    ],
)
def test_the_day_by_which_a_sentence_wants_the_goods(text, day):
    found = one(f"PO number: 991\n\n{text}").requested_date
    assert str(found.value if found else None) == day


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("twenty-five boxes of W-100", "25 boxes of W-100"), ("fünfundzwanzig Stück W-100", "25 Stück W-100"),
        ("treinta y cinco cajas", "35 cajas"), ("venticinque pezzi", "25 pezzi"), ("vijfentwintig stuks", "25 stuks"),
        ("drieëntwintig stuks", "23 stuks"), ("vingt-cinq pièces", "25 pièces"), ("half a dozen W-100", "6 x W-100"),
        ("two dozen W-100", "2 dozen W-100"), ("a hundred W-100", "100 x W-100"), ("5 dozen W-100", "5 dozen W-100"),
        ("we need ten more W-100", "we need ten more W-100"), ("six of the W-100", "six of the W-100"),
        ("line two", "line two"), ("in seven days", "in seven days"),
    ],
)  # fmt: skip
def test_a_number_word_before_what_it_counts_is_put_in_figures(text, figures):
    assert in_figures(text) == figures


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("dix-sept", 17),
        ("achtundneunzig", 98),
        ("ventotto", 28),
        ("veintitrés", 23),
        ("ninety-nine", 99),
        ("tausend", None),
        ("one", None),
    ],
)
def test_number_words_of_six_languages(word, number):
    assert value(word) == number


@given(st.text(max_size=200))
def test_words_around_an_order_never_raise(text):
    in_figures(text)
    without_head(text)
    without_tail(text)
    wanted(text)


def test_a_long_list_in_one_sentence_is_read_item_by_item():
    items = ", ".join(
        f"{count} pza TL-{count}-18V (Cordless impact wrench 18 V, two batteries)" for count in range(10, 20)
    )
    order = one(
        f"por favor, envíennos {items} y 8 U AD-EPX-50 (Two-part epoxy adhesive, 50 ml cartridge).\n\nPedido n.º CMD-00073."
    )
    assert [quantity for quantity, _ in values(order, "quantity", "sku")] == [*map(str, range(10, 20)), "8"]
    assert order.lines[-1].sku.value == "AD-EPX-50"
    assert order.po_number.value == "CMD-00073"
    assert order.doubts == ()
