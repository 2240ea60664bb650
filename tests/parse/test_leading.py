"""Article numbers that lead their descriptions in one column."""

import pytest

from maildaemon.model import Document, Line, Table
from maildaemon.parse import orders
from maildaemon.playbook import GENERAL

from .making import mail, values


def read(*cells, heading="Item no."):
    rows = ((heading, "Qty", "Unit price", "Amount"), *((cell, "2", "1.20", "2.40") for cell in cells))
    document = Document("po.pdf", "application/pdf", (Line("PO number: A-1", 1),), (Table(rows, line=1),))
    (order,) = orders(mail(), (document,), GENERAL)
    return values(order, "sku", "description")


def test_a_number_that_leads_its_description_is_told_apart():
    assert read("W-100 Hex bolt M8", "BR-6204-2RS Ball bearing, two seals") == [
        ("W-100", "Hex bolt M8"),
        ("BR-6204-2RS", "Ball bearing, two seals"),
    ]


def test_numbers_alone_stay_as_they_are():
    assert read("W-100", "W-200 Nut") == [("W-100", None), ("W-200", "Nut")]
    assert read("W-100", "W-200") == [("W-100", None), ("W-200", None)]


@pytest.mark.parametrize("odd", ["Hex bolt W-100", "bolt", "W 100 Hex bolt"])
def test_a_line_that_does_not_begin_with_a_number_stays_as_it_is(odd):
    assert read("W-200 Nut", "W-300 Washer", odd)[:2] == [("W-200", "Nut"), ("W-300", "Washer")]
    assert ("W-200", "Nut") not in read("W-200 Nut", odd), "half of the lines are not most of them"
