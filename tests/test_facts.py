"""Facts that are asked outside: how a row becomes an answer, how it ages, and what it changes of what is known."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from maildaemon.catalogue import Catalogue
from maildaemon.decide import asked
from maildaemon.factrows import answers
from maildaemon.facts import About, FactAnswer, FactKind, Standing, aged, kept, unknown
from maildaemon.learning import learned, wanted
from maildaemon.matrix import matrix
from maildaemon.model import Fact, Price, Stock
from tests.fakes import START
from tests.worlds import DATA, PLAYBOOK, raw, understand

BOLT = About(FactKind.STOCK, sku="W-100")
NUT = About(FactKind.STOCK, sku="W-200")
CLIENT = About(FactKind.STANDING, customer="C-1")
PRICE = About(FactKind.PRICE, sku="W-100", customer="C-1")
DEAL = About(FactKind.STAGE, po_number="PO-1", customer="C-1")
WHEN = "2026-11-23T08:00:00Z"
AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def answer(about, *rows, **rest):
    return answers([about], rows, "erp", START, **rest)[about]


def test_a_row_of_each_kind_is_read():
    stock = answer(
        BOLT, {"on_hand": 12, "next_date": date(2026, 12, 1), "next_quantity": Decimal("5.50"), "as_of": WHEN}
    )
    assert stock.stock == Stock("W-100", Decimal(12), date(2026, 12, 1), Decimal("5.5"), AT)
    assert "standing is missing" in answer(CLIENT, {"standing": None, "credit_limit": "1000.00"}).problem
    standing = answer(CLIENT, {"standing": "Pending", "credit_limit": "1000.00", "open_balance": Decimal("-3.1")})
    assert standing.standing == Standing("pending", Decimal("1000.00"), Decimal("-3.1"))
    prices = answer(PRICE, {"currency": "EUR", "price": "1.2"}, {"currency": "USD", "price": Decimal("1.3")})
    assert prices.prices == (
        Price("W-100", "EUR", Decimal("1.2"), "C-1"),
        Price("W-100", "USD", Decimal("1.3"), "C-1"),
    )
    assert answer(DEAL, {"stage": " won "}).stage == "won"
    assert [one.said for one in (stock, standing, prices)] == [
        "12 on hand, 5.5 on 2026-12-01",
        "pending, limit 1000.00, open -3.1",
        "1.2 EUR, 1.3 USD",
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"on_hand": 12.0, "as_of": WHEN}, "on_hand: a floating-point number"),
        ({"on_hand": True, "as_of": WHEN}, "on_hand: True is neither"),
        ({"on_hand": b"12", "as_of": WHEN}, "on_hand: bytes is neither"),
        ({"on_hand": [12], "as_of": WHEN}, "on_hand: list is neither"),
        ({"on_hand": "1e3", "as_of": WHEN}, "on_hand: '1e3' is not a number"),
        ({"on_hand": Decimal("1E+1000000"), "as_of": WHEN}, "on_hand: a number beyond all bounds"),
        ({"on_hand": Decimal("NaN"), "as_of": WHEN}, "on_hand: a number beyond all bounds"),
        ({"on_hand": 10**400, "as_of": WHEN}, "on_hand: a number beyond all bounds"),
        ({"on_hand": "12"}, "as_of is missing"),
        ({"on_hand": "12", "as_of": "yesterday"}, "as_of: 'yesterday' is not a moment"),
        ({"on_hand": None, "as_of": WHEN}, "on_hand is missing"),
        ({"on_hand": "12", "as_of": WHEN, "next_date": "soon"}, "next_date: 'soon' is not a date"),
    ],
)
def test_a_row_that_cannot_be_used_is_unknown_with_the_reason(row, said):
    found = answer(BOLT, row)
    assert found.stock is None
    assert found.problem.startswith(f"what erp says of it cannot be used: {said}")


@pytest.mark.parametrize(
    ("about", "rows", "said"),
    [
        (CLIENT, [{"standing": "good"}], "standing: 'good' is none of ok, hold, pending"),
        (CLIENT, [{}], "standing is missing"),
        (CLIENT, [{"standing": "ok"}, {"standing": "hold"}], "it has 2 rows"),
        (PRICE, [{"price": "1"}], "currency is missing"),
        (PRICE, [{"price": "1", "currency": "EUR"}, {"price": "2", "currency": "EUR"}], "it has two prices in EUR"),
        (DEAL, [{"stage": ""}], "stage is missing"),
        (DEAL, [{"stage": "x" * 61}], "stage: longer than"),
        (DEAL, [{"stage": "wo\x00n"}], "stage: holds a control character"),
    ],
)
def test_what_says_nothing_or_two_things_is_unknown(about, rows, said):
    assert said in answer(about, *rows).problem


def test_a_scale_adds_nothing_to_a_number():
    assert answer(BOLT, {"on_hand": Decimal("12.0000000000"), "as_of": AT}).stock.on_hand == 12
    assert answer(BOLT, {"on_hand": Decimal("0E-10"), "as_of": AT}).stock.on_hand == 0
    assert answer(BOLT, {"on_hand": Decimal(1200), "as_of": AT}).stock.on_hand == 1200


def test_a_row_belongs_to_what_it_names():
    rows = [{"sku": "w 100", "on_hand": 1, "as_of": AT}, {"sku": "W-300", "on_hand": 3, "as_of": AT}]
    found = answers([BOLT, NUT], rows, "erp", START)
    assert found[BOLT].stock.on_hand == 1
    assert found[NUT].problem == "erp has none"
    assert answer(BOLT, {"sku": "W-300", "on_hand": 3, "as_of": AT}).problem == "erp has none"
    unnamed = answers([BOLT, NUT], [{"on_hand": 1, "as_of": AT}], "erp", START)
    assert unnamed[BOLT].problem == unnamed[NUT].problem == "erp has none"


def test_the_deal_of_another_customer_is_another_deal():
    assert answer(DEAL, {"stage": "won", "customer": "C-2"}).problem == "erp has none"
    assert answer(DEAL, {"stage": "won", "customer": "c-1", "po_number": "po 1"}).stage == "won"


def test_figures_that_lag_behind_count_as_older():
    found = answer(BOLT, {"on_hand": 1, "as_of": AT}, behind=timedelta(minutes=30))
    assert found.as_of == found.stock.as_of == AT - timedelta(minutes=30)


def test_what_says_not_when_it_was_so_is_so_now_but_for_stock():
    assert answer(CLIENT, {"standing": "ok"}).as_of == START


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        (START - timedelta(hours=3), None),
        (START + timedelta(minutes=9), None),
        (START - timedelta(hours=5), "it is 5 hours old, more than 4"),
        (START + timedelta(minutes=11), "it is dated in the future (2026-11-23 10:01 UTC)"),
    ],
)
def test_an_old_answer_is_unknown(as_of, said):
    found = aged(FactAnswer(CLIENT, "erp", as_of, standing=Standing("ok")), START, 4)
    assert found.problem == said
    assert kept(found).said == ("" if said else "ok")


# --- learning ---------------------------------------------------------------------------------------------------------

READING = understand(raw(1))
KNOWN = Catalogue(DATA).look_up(asked(READING)[0], at=START)
EVERY = frozenset(FactKind)


def said(*found):
    return {one.about.key: one for one in found}


def test_an_order_asks_for_its_articles_and_its_customer():
    ((*abouts,),) = wanted(READING, [KNOWN], PLAYBOOK, EVERY)
    assert abouts == [CLIENT, BOLT, PRICE]
    assert wanted(READING, [KNOWN], PLAYBOOK, {FactKind.STOCK}) == ((BOLT,),)


def test_an_order_whose_row_waits_for_a_stage_asks_for_it():
    rows = matrix('[[row]]\ntrigger = { field = "stage", is = ["won"] }', "m", frozenset({"orders"}), frozenset())
    assert wanted(READING, [KNOWN], replace(PLAYBOOK, matrix=rows), {FactKind.STAGE}) == ((DEAL,),)


def test_a_stranger_is_not_asked_for():
    (abouts,) = wanted(understand(raw(1, sender="a@b.example")), [replace(KNOWN, customers=())], PLAYBOOK, EVERY)
    assert abouts == (BOLT,)


def test_what_is_said_outside_counts_instead_of_our_own_tables():
    stock = Stock("W-100", Decimal(3), as_of=START)
    price = Price("W-100", "EUR", Decimal(9), "C-1")
    before = replace(KNOWN, prices=(Price("W-100", "EUR", Decimal(1)), Price("W-1", "EUR", Decimal(2))))
    found = learned(
        before,
        (CLIENT, BOLT, PRICE),
        said(
            FactAnswer(CLIENT, "crm", START, standing=Standing("pending", Decimal(10), Decimal(4))),
            FactAnswer(BOLT, "erp", START, stock=stock),
            FactAnswer(PRICE, "erp", START, prices=(price,)),
        ),
    )
    assert found.stock == (stock,)
    assert (found.customers[0].standing, found.customers[0].credit_limit, found.customers[0].open_balance) == (
        "pending",
        10,
        4,
    )
    assert found.prices == (Price("W-1", "EUR", Decimal(2)), price)
    assert found.facts[1] == Fact(FactKind.STOCK, "stock of W-100", "erp", "3 on hand", START)


def test_where_nothing_is_said_outside_nothing_is_known():
    before = replace(KNOWN, customers=(replace(KNOWN.customers[0], standing="ok"),))
    found = learned(before, (CLIENT, BOLT), said(unknown(CLIENT, "crm", "down"), unknown(BOLT, "erp", "down")))
    assert found.stock == ()
    assert found.customers[0].standing is None
    assert [fact.problem for fact in found.facts] == ["down", "down"]
