"""Scales and least values that an order is beyond, or below, change nothing of it."""

from decimal import Decimal

import pytest

from maildaemon.scales import is_beside

LINES = ((Decimal(10), Decimal("1.20")), (Decimal(20), Decimal("0.50")))


@pytest.mark.parametrize(
    "text",
    ["from 1000 pieces: 4.50 each", "ab 1000 Stück: 4,50 je Stück", "à partir de 1000 pièces : 4,50 l'unité", "a partir de 1000 unidades: 4,50 c/u", "da 1000 pezzi: 4,50 cad.",
     "vanaf 1000 stuks: 4,50 per stuk", "Minimum order value: 22.00", "Mindestbestellwert unserer Lieferanten: 5,00 €"],
)  # fmt: skip
def test_a_scale_out_of_reach_and_a_value_that_is_reached_change_nothing(text):
    assert is_beside(text, LINES)


@pytest.mark.parametrize(
    "text",
    ["from 20 pieces: 4.50 each", "from 1.000 pieces: 4.50 each", "from 1000 pieces: 4.50 each.  Ship 1000.", "1000 pieces: 4.50 each", "from 1000 boxes: 4.50 each",
     "Minimum order value: 22.01", "Minimum order value: 1.000", "Maximum order value: 5.00", "Minimum order value: call us", "Order value: 5.00"],
)  # fmt: skip
def test_what_is_reached_or_not_reached_or_says_more_is_for_a_person(text):
    assert not is_beside(text, LINES)


def test_nothing_can_be_said_where_a_line_states_no_price_or_there_is_none():
    assert not is_beside("from 1000 pieces: 4.50 each", (*LINES, None))
    assert not is_beside("Minimum order value: 1.00", (*LINES, None))
    assert not is_beside("from 1000 pieces: 4.50 each", ())
