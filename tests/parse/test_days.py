"""Days: what a written date may mean, and what settles it."""

from datetime import UTC, date, datetime

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.parse import orders
from maildaemon.parse.dates import dated, dated_in
from maildaemon.parse.daywords import is_soon
from maildaemon.playbook import GENERAL

from .making import body, mail

LOCALES = "en_US en_GB en_AU en_IN en_ZA de de_AT de_CH fr fr_CH fr_BE es es_MX it it_CH nl nl_BE".split()
SENT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@given(
    st.dates(date(2001, 1, 1), date(2099, 12, 31)),
    st.sampled_from(LOCALES),
    st.sampled_from(["short", "medium", "long", "full"]),
)
def test_a_date_as_a_locale_writes_it_may_mean_that_day_and_never_only_another(day, locale, form):
    found = dated(format_date(day, form, locale=locale))
    assert found is not None
    assert day in found.readings
    assert form not in {"long", "full"} or found.value == day


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)), st.sampled_from(LOCALES))
def test_a_numeric_date_read_in_the_order_of_its_locale_is_that_day(day, locale):
    text = format_date(day, "short", locale=locale)
    first = format_date(date(2026, 11, 23), "short", locale=locale)
    order = "mdy" if first.startswith("11") else "ymd" if first.startswith("20") else "dmy"
    assert dated(text).under(order) == day


@given(
    st.sampled_from(
        ["PO {}", "PO-{}", "Art. {}", "+49 711 {}", "0711/{}", "{} pcs", "W-{}", "{}-100", "No. {}", "#{}", "EUR {}"]
    ),
    st.integers(0, 10**9),
)
def test_a_number_that_is_called_something_is_no_date(text, number):
    assert dated(text.format(number)) is None


@pytest.mark.parametrize(
    "text",
    [
        "0711/123456",
        "+44 20 7946 0958",
        "12-34-56",
        "W-11-2026",
        "11-2026",
        "48/2026",
        "S48/2026",
        "4500012345",
        "12.5",
        "1.234,56",
    ],
)
def test_numbers_of_other_kinds_are_no_dates(text):
    found = dated(text)
    assert found is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Nov. 3rd, 2026", "2026-11-03"), ("03-NOV-26", "2026-11-03"), ("1er mars 2026", "2026-03-01"),
        ("mar. 24 nov. 2026", "2026-11-24"), ("Donnerstag, den 3.12.2026", "2026-12-03"),
        ("3 December 2026 (Thursday)", "2026-12-03"), ("Fri 03/04/2026", "2026-04-03"),
        ("no later than 4 December 2026", "2026-12-04"), ("spätestens am 3.12.2026", "2026-12-03"),
        ("4 December 2026 latest", "2026-12-04"), ("2026-11-03 10:00:00+01:00", "2026-11-03"),
        ("KW48/26", "2026-11-23"), ("sem. 48/2026", "2026-11-23"), ("week 48, 2026", "2026-11-23"),
    ],
)  # fmt: skip
def test_a_date_in_words_is_read(text, day):
    assert dated(text).value == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        "Monday 24 November 2026",  # it is a Tuesday
        "not before 1.12.2026",
        "after 1.12.2026",
        "2026-11-03T23:00:00Z",  # midnight of the 4th where it was written
        "24.-28.11.2026",
        "23/11/2026 - 27/11/2026",
        "mid November 2026",
        "mi-novembre 2026",
        "end of November 2026",
        "Ende November 2026",
    ],
)
def test_what_names_no_single_day_is_no_date(text):
    assert dated(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12 May", "2026-05-12"), ("May 12", "2026-05-12"), ("24.12.", "2026-12-24"), ("24/12", "2026-12-24"),
        ("1er mars", "2026-03-01"), ("Do. 3.12.", "2026-12-03"), ("KW 48", "2026-11-23"), ("KW48", "2026-11-23"),
        ("S48", "2026-11-23"), ("semaine 48", "2026-11-23"), ("settimana 48", "2026-11-23"), ("48/2026", "2026-11-23"),
    ],
)  # fmt: skip
def test_a_day_without_a_year_is_one_of_the_year_that_is_asked_for(text, day):
    assert dated(text) is None
    assert dated_in(text, 2026).value == date.fromisoformat(day)


@pytest.mark.parametrize("text", ["20", "12 pcs", "next Friday", "end of November", "A 10", "5.90", "05/2026"])
def test_what_is_no_day_of_any_year(text):
    assert dated_in(text, 2026) is None


def read(text, sender="buyer@acme.example", sent_at=SENT):
    (order,) = orders_of(text, sender, sent_at)
    return order


def orders_of(text, sender, sent_at):
    return orders(mail(sender=sender, sent_at=sent_at), (body(text),), GENERAL)


def requested(text, **fields):
    order = read(f"PO number: A-1\n{text}\n\n5 x W-100 @ 1.20 EUR\n3 x W-200 @ 2.20 EUR", **fields)
    found = order.requested_date
    return (found.value.isoformat() if found else None), [doubt for doubt in order.doubts if "date" in doubt]


@pytest.mark.parametrize(
    ("text", "sender", "day"),
    [
        ("Delivery date: 03/04/2027", "a@b.co.uk", "2027-04-03"),  # the sender's country
        ("Liefertermin: 03/04/2027\nWährung: EUR", "a@b.example", "2027-04-03"),  # the language
        ("Order date: 23/11/2026\nDelivery date: 03/04/2027", "a@b.example", "2027-04-03"),  # another date
        ("Order date: 11/23/2026\nDelivery date: 03/04/2027", "a@b.example", "2027-03-04"),
        ("Order date: 11/12/2026\nDelivery date: 01/02/2027", "a@b.example", "2027-01-02"),  # the mail's day
        ("Delivery date: 12/03/2026", "a@b.example", "2026-12-03"),  # the other reading is past
        ("Ship to: Acme Inc, 12 Main Street, Springfield, IL 62701\n\nDelivery date: 03/04/2027", "a@b.example", "2027-03-04"),
        ("Ship to: Acme Ltd, 4 Dock Road, Leeds LS9 8TU\n\nDelivery date: 03/04/2027", "a@b.example", "2027-04-03"),
        ("Need by: 12 May", "a@b.example", "2027-05-12"),
        ("Liefertermin: 24.12.", "a@b.example", "2026-12-24"),
        ("Delivery week: 50", "a@b.example", "2026-12-07"),
        ("Lieferwoche: 2/2027", "a@b.example", "2027-01-11"),
        ("Delivery date: week 48", "a@b.example", "2026-11-23"),  # this week
    ],
)  # fmt: skip
def test_a_date_of_two_readings_is_settled_by_what_stands_beside_it(text, sender, day):
    sent = datetime(2026, 11, 12, 9, tzinfo=UTC) if "11/12" in text else SENT
    assert requested(text, sender=sender, sent_at=sent) == (day, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Delivery date: 03/04/2027", "'03/04/2027' can be read in two ways: 2027-04-03 or 2027-03-04"),
        ("Order date: 23/11/2026\nShip by: 03/04/2027\nRequired by: 12/23/2027", "can be read in two ways"),
        ("Delivery date: next Friday", "'next Friday' cannot be read"),
        ("Delivery date: end of November", "'end of November' cannot be read"),
        ("Liefertermin: 24.11. oder 25.11.", "cannot be read"),
        ("Delivery date: urgent, before 31/13", "cannot be read"),
        ("Liefertermin: 20.11.", "cannot be read"),  # three days ago, or in a year?
    ],
)
def test_a_date_that_nothing_settles_is_a_doubt(text, said):
    day, doubts = requested(text)
    assert day != "2027-04-03"
    assert any(said in doubt for doubt in doubts), doubts


def test_without_the_mails_own_date_a_day_without_a_year_stays_open():
    assert requested("Need by: 12 May", sent_at=None)[0] is None


@pytest.mark.parametrize(
    "text",
    [
        "ASAP",
        "sofort",
        "schnellstmöglich, bitte",
        "dès que possible",
        "a.s.a.p.",
        "lo antes posible",
        "il prima possibile",
        "zo snel mogelijk",
        "as soon as possible please",
    ],
)
def test_as_soon_as_possible_asks_for_no_day(text):
    assert is_soon(text)
    assert requested(f"Delivery date: {text}") == (None, [])


@pytest.mark.parametrize("text", ["ASAP, before Friday", "urgent: week 60", "sofort nach Freigabe", ""])
def test_what_says_more_than_soon_is_looked_at(text):
    assert not is_soon(text)


def test_the_price_of_a_delivery_is_no_day():
    order = read("PO number: A-1\nDelivery: 12.10\n\n5 x W-100 @ 1.20 EUR\n3 x W-200 @ 2.20 EUR")
    assert order.requested_date is None
