"""The promise: when an order can be with the client, and the sum that says so."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from maildaemon.model import (
    Customer,
    CustomerMatch,
    Found,
    Known,
    Order,
    OrderLine,
    Product,
    ProductMatch,
    Reservation,
    Stock,
    SupplyState,
)
from maildaemon.promise import promise
from maildaemon.shipping import shipping
from maildaemon.strict import PlaybookError
from maildaemon.workdays import Workdays

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUSE = """
zone = "Europe/Berlin"
country = "DE"
region = "BY"
closed = ["2026-12-24", "2026-12-28/2026-12-30"]
[[carrier]]
name = "Parcel"
cutoff = { mon = "16:00", tue = "16:00", wed = "16:00", thu = "16:00", fri = "12:00" }
transit = { DE = 1, FR = 2 }
[[carrier]]
name = "Freight"
zone = "Europe/London"
cutoff = { tue = "10:00" }
transit = { "*" = 5 }
"""
RULES = shipping(HOUSE, "shipping.toml")
BOLT = Product("W-100", ("Bolt",), "EA", lead_days=3)
NUT = Product("W-200", ("Nut",), "EA")


def line(quantity="5", product=BOLT, **fields):
    return OrderLine(quantity=Found(Decimal(quantity)), product=ProductMatch(product, "sku", 1.0), **fields)


def order(*lines, country="DE", **fields):
    customer = CustomerMatch(Customer("C-1", country=country), "domain", 1.0)
    return Order(lines=lines or (line(),), customer=customer, **fields)


def stock(on_hand="10", sku="W-100", as_of=MONDAY, **fields):
    return Stock(sku, None if on_hand is None else Decimal(on_hand), as_of=as_of, **fields)


def known(*rows, at=MONDAY, **fields):
    return Known(stock=rows or (stock(),), at=at, **fields)


def test_goods_in_stock_leave_today_and_are_there_after_the_days_in_transit():
    found = promise(order(), known(), RULES)
    assert (found.leaves, found.day) == (date(2026, 11, 23), date(2026, 11, 24))
    assert [one.state for one in found.lines] == [SupplyState.IN_STOCK]
    assert [step.what for step in found.steps] == ["begins", "leaves", "there"]


@pytest.mark.parametrize(
    ("now", "leaves", "there"),
    [
        (datetime(2026, 11, 23, 14, 59, tzinfo=UTC), date(2026, 11, 23), date(2026, 11, 24)),
        (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), date(2026, 11, 24), date(2026, 11, 25)),  # 16:00 in Berlin
        (datetime(2026, 11, 27, 10, 59, tzinfo=UTC), date(2026, 11, 27), date(2026, 11, 30)),
        (datetime(2026, 11, 27, 11, 0, tzinfo=UTC), date(2026, 11, 30), date(2026, 12, 1)),  # Friday closes at noon
        (datetime(2026, 11, 22, 23, 30, tzinfo=UTC), date(2026, 11, 23), date(2026, 11, 24)),  # Monday in Berlin
        (datetime(2026, 12, 23, 15, 30, tzinfo=UTC), date(2026, 12, 31), date(2027, 1, 4)),  # closed, holidays
        (datetime(2026, 7, 1, 13, 59, tzinfo=UTC), date(2026, 7, 1), date(2026, 7, 2)),  # summer time
        (datetime(2026, 7, 1, 14, 0, tzinfo=UTC), date(2026, 7, 2), date(2026, 7, 3)),
    ],
)
def test_the_cut_off_the_weekend_and_the_holidays_are_those_of_the_ship_from_zone(now, leaves, there):
    found = promise(order(), known(stock(as_of=now), at=now), RULES)
    assert (found.leaves, found.day) == (leaves, there)


def test_the_first_carrier_that_goes_there_is_taken_with_its_own_clock_and_days():
    found = promise(order(country="IE"), known(), RULES)
    assert (found.leaves, found.day) == (date(2026, 11, 24), date(2026, 12, 1))
    assert "Freight collects until 10:00" in found.steps[-2].why


def test_the_holidays_of_the_destination_delay_the_arrival():
    """14 July is a working day in Bavaria, and none in France."""
    now = datetime(2026, 7, 13, 8, 0, tzinfo=UTC)
    assert promise(order(country="FR"), known(stock(as_of=now), at=now), RULES).day == date(2026, 7, 16)


@pytest.mark.parametrize(
    ("country", "there"),
    # It leaves on Tuesday, 24 November: Friday is a day of rest in the one, Thursday a holiday in the other.
    [("SA", date(2026, 11, 29)), ("US", date(2026, 11, 30))],
)
def test_days_on_the_way_are_counted_by_the_weekend_of_the_destination(country, there):
    three = shipping(HOUSE.replace('"*" = 5', '"*" = 3'), "shipping.toml")
    assert promise(order(country=country), known(), three).day == there


def test_it_goes_to_the_country_that_the_delivery_address_names():
    asked = replace(order(), ship_to=Found("Atelier Dubois, 17 rue des Forges, 59000 Lille, France"))
    assert promise(asked, known(), RULES).steps[-1].why == "Parcel takes 2 working days to FR"


def test_what_is_short_comes_with_the_announced_delivery_where_that_is_enough():
    short = stock("2", next_date=date(2026, 12, 2), next_quantity=Decimal(3))
    found = promise(order(), known(short), RULES)
    (supply,) = found.lines
    assert (supply.state, supply.there, supply.ready) == (SupplyState.PARTIAL, 2, date(2026, 12, 2))
    assert found.day == date(2026, 12, 3)


@pytest.mark.parametrize(
    "short",
    [
        stock("2", next_date=date(2026, 12, 2), next_quantity=Decimal(2)),
        stock("2", next_date=date(2026, 12, 2)),
        stock("2", next_date=date(2026, 11, 20), next_quantity=Decimal(100)),
        stock("2"),
    ],
    ids=["too little comes", "nobody knows how much comes", "it should have come", "nothing is announced"],
)
def test_what_no_delivery_brings_takes_its_lead_time(short):
    (supply,) = promise(order(), known(short), RULES).lines
    assert (supply.state, supply.ready) == (SupplyState.PARTIAL, date(2026, 11, 26))
    assert "lead time of 3 working days" in supply.why


def test_without_stock_or_lead_time_no_day_is_named():
    found = promise(order(line(product=NUT)), known(stock("0", "W-200")), RULES)
    assert found.day is None
    assert found.missing == ("line 1: W-200 is not in stock, and nothing says when it will be",)
    assert found.lines[0].state is SupplyState.BACK_ORDER


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ((stock(sku="OTHER"),), "the stock of W-100 is not known"),
        ((stock(None),), "the stock of W-100 is not known"),
        ((stock(as_of=None),), "has no date"),
        ((stock(as_of=MONDAY - timedelta(hours=25)),), "25 hours old, more than 24"),
        ((stock(as_of=MONDAY + timedelta(hours=1)),), "dated in the future"),
    ],
    ids=["no row", "no figure", "no age", "stale", "of the future"],
)
def test_a_figure_that_is_missing_or_stale_is_unknown_and_never_a_guess(rows, reason):
    found = promise(order(), known(*rows), RULES)
    assert found.day is None
    assert found.lines[0].state is SupplyState.UNKNOWN
    assert reason in found.missing[0]


def test_what_was_promised_since_the_count_is_not_promised_again():
    later = Reservation("w-100", Decimal(7), "MD-1", MONDAY - timedelta(hours=1))
    before = replace(later, at=MONDAY - timedelta(hours=3))
    counted = stock(as_of=MONDAY - timedelta(hours=2))
    assert promise(order(), known(counted, reserved=(before,)), RULES).lines[0].state is SupplyState.IN_STOCK
    taken = promise(order(), known(counted, reserved=(later,)), RULES).lines[0]
    assert (taken.state, taken.there) == (SupplyState.PARTIAL, 3)


def test_lines_of_the_same_article_share_what_is_there():
    found = promise(order(line("6"), line("6")), known(), RULES)
    assert [one.state for one in found.lines] == [SupplyState.IN_STOCK, SupplyState.PARTIAL]
    assert found.lines[1].there == 4


def test_orders_that_wait_to_be_packed_come_first():
    busy = RULES.model_copy(update={"daily_capacity": 10})
    assert promise(order(), known(open_orders=9), busy).leaves == date(2026, 11, 23)
    assert promise(order(), known(open_orders=25), busy).leaves == date(2026, 11, 25)


def test_handling_takes_its_days():
    assert promise(order(), known(), RULES.model_copy(update={"handling_days": 2})).leaves == date(2026, 11, 25)


def test_without_a_country_or_a_carrier_no_day_is_named():
    only = RULES.model_copy(update={"carrier": RULES.carrier[:1]})
    assert promise(order(country=None), known(), RULES).missing == ("the country of delivery is not known",)
    assert promise(order(country="US"), known(), only).missing == ("no carrier goes to US",)


def test_the_same_facts_give_the_same_promise_whatever_the_time_is_now():
    facts = known(stock("2"))
    assert promise(order(), facts, RULES) == promise(order(), facts, RULES)
    assert promise(order(), replace(facts, at=None), RULES).missing == ("it is not known what time it is",)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"Europe/Berlin"', '"Europe/Berlino"', "zone: expected a time zone"),
        ('country = "DE"', 'country = "XX"', "country: expected a country's two letters"),
        ('"BY"', '"ZZ"', "is no region of DE"),
        ('"2026-12-24"', '"24.12.2026"', "expected a day such as 2026-12-24"),
        ("2026-12-28/2026-12-30", "2026-12-30/2026-12-28", "expected the first day before the last"),
        ('"12:00"', '"noon"', "expected a time such as 16:30"),
        ("fri =", "friday =", "expected 'mon'"),
        ('zone = "Europe/Berlin"', 'zone = "Europe/Berlin"\nhurry = 1', "hurry: unknown key"),
        ("DE = 1", "DE = -1", "transit.DE"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_key(old, new, told):
    with pytest.raises(PlaybookError, match=r"shipping\.toml:\d+: ") as error:
        shipping(HOUSE.replace(old, new, 1), "shipping.toml")
    assert told in str(error.value).replace("input should be", "expected")
    assert "\n" not in str(error.value)


def test_working_days_are_counted_behind_the_day():
    calendar = Workdays("DE", "BY")
    assert calendar.later(date(2026, 11, 27), 1) == date(2026, 11, 30)
    assert calendar.later(date(2026, 11, 28), 0) == date(2026, 11, 30)
    assert not calendar.works(date(2026, 12, 25))
    assert Workdays(None).works(date(2026, 12, 25))


def test_a_calendar_without_a_working_day_is_an_error_and_no_loop():
    with pytest.raises(ValueError, match="no working day"):
        Workdays(weekend=frozenset(range(7))).at_or_after(date(2026, 11, 23))
