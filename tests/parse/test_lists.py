"""Short lists: a code and how many, an item to a line."""

import pytest

from .making import one, values


@pytest.mark.parametrize(
    "text",
    [
        "W-100 = 24 pcs\nEL-TAPE-BK = 5 boxes",
        "W-100 24 pcs\nEL-TAPE-BK 5 boxes",
        "W-100   24 pcs.\nEL-TAPE-BK   5 boxes",
        "- W-100 24 pcs\n- EL-TAPE-BK 5 boxes",
        "W-100: 24\nEL-TAPE-BK: 5",
        "24 x W-100\n5 x EL-TAPE-BK",
        "- 24 x W-100 (Hex bolt)\n- 5 x EL-TAPE-BK (Tape)",
    ],
)
def test_a_code_and_how_many_of_it_is_a_line(text):
    order = one(f"PO number: A-1\n\n{text}\n\nRegards")
    assert values(order, "sku", "quantity") == [("W-100", "24"), ("EL-TAPE-BK", "5")]
    assert order.doubts == ()


@pytest.mark.parametrize("text", ["W-100 24 mm", "W-100 24 hours", "M8 24 pcs", "W-100 24", "Room B-100 24 pcs"])
def test_a_code_and_a_figure_that_counts_nothing_is_no_line(text):
    assert one(f"PO number: A-1\n\n{text}\n\nRegards").lines == ()


@pytest.mark.parametrize(
    "text",
    [
        "stuur ons alstublieft 24 stuks W-100 (Bout) en 15 dozen W-200 (Moer).",
        "Stuur ons 24 stuks W-100 en 15 dozen W-200 aub.",
        "wij hebben 24 stuks W-100 (Bout) en 15 dozen W-200 (Moer) nodig.",
        "We hebben dringend 24 stuks W-100 en 15 dozen W-200 nodig",
    ],
)
def test_what_is_asked_for_in_dutch_is_ordered(text):
    order = one(f"Bestelling nr. A-1\n\n{text}\n\nMet vriendelijke groet")
    assert values(order, "sku", "quantity") == [("W-100", "24"), ("W-200", "15")]


@pytest.mark.parametrize(
    "text", ["wij hebben 24 stuks W-100 ontvangen.", "wij hebben geen 24 stuks W-100 nodig.", "wij hebben 24 stuks W-100 niet nodig."]
)  # fmt: skip
def test_what_is_had_in_dutch_and_not_needed_is_not_ordered(text):
    assert one(f"Bestelling nr. A-1\n\n{text}\n\nMet vriendelijke groet").lines == ()
