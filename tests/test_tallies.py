"""What a document says of its own pages, lines and pieces agrees with what was read of it."""

from decimal import Decimal

import pytest

from maildaemon.model import Document, Found, Line, Order, OrderLine
from maildaemon.tallies import tallies

LINES = tuple(OrderLine(quantity=Found(Decimal(many), "po.pdf", "page 1, line 1", str(many))) for many in (10, 6))
ORDER = Order(lines=LINES)


def said(*texts, pages=0, orders=(ORDER,)):
    parts = tuple((1, f"page {number}, line") for number in range(1, pages + 1))
    lines = tuple(Line(text, number) for number, text in enumerate(texts, 1))
    return tuple(tallies(Document("po.pdf", "application/pdf", lines, parts=parts), orders))


@pytest.mark.parametrize(
    "text", ["Page 1 of 3", "Seite 1 von 2", "Seite: 1/2", "Blatt 1/3", "Pagina 1 di 2", "- 1 von 2 -", "1/2", "Best.-Nr. 4711   Seite 1 / 2"]
)  # fmt: skip
def test_a_page_that_is_not_there_is_told(text):
    assert said(text, pages=1) == (f"a page of it may be missing: “{' '.join(text.split())}”",)


@pytest.mark.parametrize("text", ["Page 1 of 1", "1/1", "Seite 2 von 2", "20/11/2026", "Home page 1 of our site"])
def test_pages_that_are_there_are_not_told(text):
    assert said(text, pages=2) == ()


def test_text_without_pages_of_its_own_must_name_its_last_one():
    assert said("Seite: 1 / 2", "Seite: 2 / 2") == ()
    assert said("Seite: 1 / 2")


@pytest.mark.parametrize(
    "text",
    ["Anzahl Positionen: 3", "Insgesamt 3 Positionen", "Summe Positionen | 3", "Number of lines: 1", "3 lines in total", "Total items 5", "Nombre de lignes : 3",
     "Numero di righe: 3", "Aantal regels: 4", "Gesamtmenge: 20", "Total quantity | 17 | pcs", "Quantità totale: 15 pz"],
)  # fmt: skip
def test_a_count_that_does_not_come_out_is_told(text):
    assert len(said(text)) == 1


@pytest.mark.parametrize(
    "text",
    ["Anzahl Positionen: 2", "2 lines in total", "Total items: 16", "Gesamtmenge: 16", "Gesamtmenge: 16,00 Stück", "Total 138.20", "Position 3", "Item 30 | W-100"],
)  # fmt: skip
def test_a_count_that_comes_out_is_not_told(text):
    assert said(text) == ()


def test_the_orders_of_a_mail_are_counted_each_and_together():
    assert said("Number of lines: 4", "Number of lines: 2", "Total quantity: 32", orders=(ORDER, ORDER)) == ()
