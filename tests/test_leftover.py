"""What a document states and no field has taken is a doubt; what is known to say nothing of the order is none."""

import random
import re
from datetime import date
from decimal import Decimal

import pytest

from maildaemon.leftover import Leftover, _stands
from maildaemon.model import Document, Found, Line, Order, OrderLine, Table, Zone
from maildaemon.parse.labels import labels
from maildaemon.playbook import GENERAL
from tests.effort import costs_at_most

ORDER = Order(
    order_date=Found(date(2026, 11, 20), text="20/11/2026"),
    requested_date=Found(date(2026, 12, 8), text="KW 50"),
    total=Found(Decimal("22.00"), text="22,00"),
)
BARE = Order()


def left(
    *texts: str, order: Order = ORDER, sent: date | None = date(2026, 11, 23), rows=(), zone=Zone.TOP
) -> list[str]:
    lines = tuple(Line(text, number, zone) for number, text in enumerate(texts, 1))
    tables = (Table(tuple(tuple(row) for row in rows), 0),) if rows else ()
    document = Document("po.xlsx", "application/x", lines, tables)
    return list(Leftover((order,), labels(GENERAL), sent).of(document))


@pytest.mark.parametrize("text", [
    "Arrivo: 2026-12-29", "Arrivo: 29/12/26", "Arrivo | 29. Dezember 2026", "Arrivo\t29 de diciembre de 2026", "Arrivo: 29 december",
    "Arrivo: 29 décembre 2026", "Arrivo: 3. März 2027", "Arrivo: KW 53", "Arrivo: settimana 53/2026", "Arrivo: December 29, 2026", "W-100 | Bolt | 29.12.2026", "Arrivo  2026-W53",
    "Arrivo: 1.234,50", "Arrivo | 17.20", "W-100 | Bolt | 3,40 EUR",
])  # fmt: skip
def test_a_date_a_week_or_an_amount_that_was_not_taken_is_left(text):
    assert left(text)


@pytest.mark.parametrize("text", [
    "Datum: 20.11.2026", "Lieferung | KW 50", "Total: 22.00", "Gedruckt am: 2026-11-01", "Offer date | 01/11/2026",
    "VAT 21 % | 4,62", "Carried | forward |  | 627.30", "A | riportare | 50,00", "Subtotal | 18.18", "Shipping: 5.00", "Tel.: +49 421 5516", "2026/4711", "12 set Hex keys", "W-100.20",
    "",
])  # fmt: skip
def test_what_was_taken_or_says_nothing_of_the_order_is_not_left(text):
    assert left(text) == []


@pytest.mark.parametrize("text", [
    "Drop at | Hafenweg 3, 28217 Bremen", "Drop at: Hafenweg 3, 28217 Bremen", "Count | 5", "Our place: 12 Dock Street",
    "Pieces in all: 30 pcs", "Klasse | A7",
])  # fmt: skip
def test_a_labelled_figure_or_address_that_was_not_taken_is_left(text):
    assert left(text) == [f"a value was not read: “{text}”"]


@pytest.mark.parametrize("text", [
    "Your vendor number with us: 72450", "Votre n° fournisseur | 79591", "gemäß Angebot | AN-25952", "Phone | +353 1 551900",
    "Company | No figures", "Línea | 1", "VAT ID | IE1234567T", "12 Dock Street | Unit 6",
])  # fmt: skip
def test_a_label_that_is_known_leads_to_no_doubt(text):
    assert left(text) == []


SUMMED = Order(
    lines=tuple(
        OrderLine(quantity=Found(Decimal(many), text=many), unit_price=Found(Decimal(price), text=price))
        for many, price in (("10", "1.20"), ("20", "0.50"), ("2", "4.00"))
    ),
    total=Found(Decimal("35.70"), text="35.70"),
    tax=Found(Decimal("5.70"), text="5.70"),
)


@pytest.mark.parametrize("text", ["Total: 35.70", "Total | 30.00", "Grand total: 22.00", "Total: 18.00"])
def test_a_sum_of_lines_that_follow_each_other_is_explained(text):
    assert left(text, order=SUMMED) == []


@pytest.mark.parametrize("text", ["Total: 35.07", "Total | 21.00", "Order total: 185.00"])
def test_a_sum_that_nothing_adds_up_to_is_left(text):
    assert left(text, order=SUMMED) == [f"a sum was not read: “{text}”"]


def test_a_value_below_a_label_that_is_known_is_not_left():
    rows = (("Artikel", "Angebotsdatum"), ("W-100", "01.11.2026"))
    assert left("Artikel | Angebotsdatum", "W-100 | 01.11.2026", rows=rows) == []
    rows = (("Artikel", "Ankunft"), ("W-100", "01.11.2026"))
    assert left("Artikel | Ankunft", "W-100 | 01.11.2026", rows=rows)


def test_a_day_alone_is_that_of_the_document_when_it_is_near_to_that_of_the_mail():
    for text in ("Orden | PO-4711 | 19/11/2026", "Bremen, den 19.11.2026 | Seite 1", "19 November 2026"):
        assert left(text, order=BARE) == []
    for text in ("Orden | PO-4711 | 23/03/2026", "Orden | PO-4711 | 24/12/2026", "23.03.2026"):
        assert left(text, order=BARE)
    assert left("Orden | PO-4711 | 19/11/2026", order=BARE, sent=None)


def test_what_is_quoted_or_hidden_is_not_left():
    assert left("Arrivo: 2026-12-29", zone=Zone.QUOTE) == []
    assert left("Arrivo: 2026-12-29", zone=Zone.HIDDEN) == []


@pytest.mark.parametrize("filler", ["1 ", "1.", "12 dec ", "1,00 ", "a: ", " | ", "kw ", "20", "1 de ", "den "])
def test_time_is_linear_in_any_filler(filler):
    rows = [[filler * 20] * 20] * 300
    with costs_at_most(2):
        left(*[filler * 100] * 300, rows=rows)


def test_of_a_sentence_only_a_day_to_come_is_left():
    assert left("Purchase Order Number B26-00011. We must have it here on 2026-12-22.")
    assert left("we need the goods in our works not before week 52 of the year.")
    assert left("this is as we said to your Mr Smith on the phone on 20 October 2026.") == []
    assert left("please deliver all of it to our works on 08.12.2026 in the morning.") == []


def test_a_whole_word_or_figure_is_found_as_a_regular_expression_would_find_it():
    chance = random.Random(1)
    for _ in range(20_000):
        within = "".join(chance.choice("ab1.,_ \nä²") for _ in range(chance.randint(0, 9)))
        text = "".join(chance.choice("ab1.,_ä") for _ in range(chance.randint(0, 3)))
        found = re.search(rf"(?<![\w.,]){re.escape(text)}(?!\w|[.,][0-9])", within)
        assert _stands(text, within) == (found is not None), (text, within)
