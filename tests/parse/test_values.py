"""Numbers, dates, units, terms, codes: strict grammars."""

from datetime import date
from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.parse.codes import gtin, split_item
from maildaemon.parse.dates import dated
from maildaemon.parse.numbers import currency, number
from maildaemon.parse.terms import terms
from maildaemon.parse.units import quantity, unit


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("1,234.56", "1234.56", None),
        ("1.234,56", "1234.56", None),
        ("1 234,50", "1234.50", None),
        ("1\u202f234,50", "1234.50", None),
        ("1'234.50", "1234.50", None),
        ("1’234.50", "1234.50", None),
        ("(12.50)", "-12.50", None),
        ("12.50-", "-12.50", None),
        ("-12,50", "-12.50", None),
        ("−5", "-5", None),
        ("€ 4.50", "4.50", "EUR"),
        ("4,50 €", "4.50", "EUR"),
        ("EUR 4.50", "4.50", "EUR"),
        ("4.50 eur", "4.50", "EUR"),
        ("US$ 4.50", "4.50", "USD"),
        ("120,-", "120", None),
        ("1.234.567", "1234567", None),
        ("0.125", "0.125", None),
        ("12345.678", "12345.678", None),
        (".5", "0.5", None),
        ("12.--", "12", None),
        ("CHF 12.-", "12", "CHF"),
        ("CHF 1ʼ234.50", "1234.50", "CHF"),
        ("1'234'567", "1234567", None),
        ("12,34,567.89", "1234567.89", None),
        ("1,00,000", "100000", None),
        ("１，２３４．５０", "1234.50", None),
        ("EUR 1.234,56-", "-1234.56", "EUR"),
        ("(1,234.56)", "-1234.56", None),
        ("US $ 4.50", "4.50", "USD"),
        ("4,50 $ US", "4.50", "USD"),
        ("R$ 4,50", "4.50", "BRL"),
        ("4,50 zł", "4.50", "PLN"),
    ],
)
def test_a_number_is_read_in_its_locale(text, value, currency):
    found = number(text)
    assert found is not None
    assert (found.value, found.currency) == (Decimal(value), currency)


@pytest.mark.parametrize("text", ["$4.50", "4.50 Fr.", "kr. 4,50", "¥4.50", "Rs. 4.50"])
def test_a_sign_that_several_currencies_share_names_none(text):
    found = number(text)
    assert found.value == Decimal("4.50")
    assert found.currency is None
    assert found.bare_sign


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("US Dollars", "USD"), ("livres sterling", "GBP"), ("Schweizer Franken", "CHF"), ("dólares estadounidenses", "USD"),
        ("Złoty", "PLN"), ("euros", "EUR"), ("chf", "CHF"), ("dollars", None), ("pounds", None), ("kr", None),
        ("$", None), ("Fr.", None), ("XYZ", None),
    ],
)  # fmt: skip
def test_a_currency_is_named_by_its_code_its_own_sign_or_its_whole_name(text, code):
    assert currency(text) == code


@given(
    st.decimals(min_value=0, max_value=Decimal(99999999), places=2),
    st.sampled_from(
        "en_US en_GB en_IN de de_AT de_CH fr fr_CH fr_CA es es_MX it it_CH nl pt_PT pt_BR pl sv nb da fi cs".split()
    ),
    st.sampled_from(["EUR", "USD", "GBP"]),
)
def test_money_as_a_locale_writes_it_is_that_amount_and_no_other_currency(value, locale, code):
    found = number(format_currency(value, code, locale=locale))
    assert found is not None
    assert value in found.readings
    assert found.currency in {code, None}
    assert found.currency == code or found.bare_sign


def test_a_lone_separator_before_three_digits_has_two_readings():
    found = number("1.234")
    assert found.readings == (Decimal("1.234"), Decimal(1234))
    assert found.under(",") == 1234
    assert found.under(".") == Decimal("1.234")


@pytest.mark.parametrize(
    "text",
    ["", "1e3", "1E+5", "NaN", "Infinity", "1,2,3", "1.2.3", "12,34.56", "٣", "½", "5 pcs", "1 2", "1-2", "--5", "(-5)", "9" * 25, "1.", "0x10", "1_000", "€", "EUR 5 USD", ".", ","],
)  # fmt: skip
def test_what_is_no_number_is_none(text):
    assert number(text) is None


@given(st.decimals(min_value=Decimal(-99999999), max_value=Decimal(99999999), places=2))
def test_money_survives_a_round_trip_in_both_manners(value):
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert number(english).value == value
    assert number(german).value == value
    assert number(f"EUR {german}").value == value


@given(st.text(max_size=60))
def test_values_never_raise(text):
    for read in (number, dated, terms, unit, quantity, gtin, split_item):
        read(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-24", date(2026, 11, 24)),
        ("2026-11-24T10:00:00Z", date(2026, 11, 24)),
        ("20261124", date(2026, 11, 24)),
        ("24.11.2026", date(2026, 11, 24)),
        ("24.11.26", date(2026, 11, 24)),
        ("13/04/2026", date(2026, 4, 13)),
        ("04/13/2026", date(2026, 4, 13)),
        ("04/04/2026", date(2026, 4, 4)),
        ("24 November 2026", date(2026, 11, 24)),
        ("Nov 24, 2026", date(2026, 11, 24)),
        ("24-Nov-2026", date(2026, 11, 24)),
        ("Tuesday, 24th November 2026", date(2026, 11, 24)),
        ("24. Dezember 2026", date(2026, 12, 24)),
        ("le 1er décembre 2026", date(2026, 12, 1)),
        ("24 de noviembre de 2026", date(2026, 11, 24)),
        ("24 novembre 2026", date(2026, 11, 24)),
        ("24 maart 2026", date(2026, 3, 24)),
        ("KW 48/2026", date(2026, 11, 23)),
        ("week 48 2026", date(2026, 11, 23)),
        ("2026-W48", date(2026, 11, 23)),
        ("by 24.11.2026", date(2026, 11, 24)),
    ],
)
def test_a_date_is_read(text, value):
    assert dated(text).value == value


def test_a_date_of_two_readings_stays_so():
    assert dated("03/04/2026").readings == (date(2026, 4, 3), date(2026, 3, 4))


@pytest.mark.parametrize(
    "text", ["PO 4711", "4500012345", "10", "W-1 by 24", "31.02.2026", "24.13.2026", "24.11.1999", "24.11.2101", "2026", "24/11", "12 may", "next Friday", "KW 60/2026", "1 2 3", "24.11.202"]
)  # fmt: skip
def test_what_is_no_date_is_none(text):
    assert dated(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("pcs", "EA"), ("Stk.", "EA"), ("St", "EA"), ("Stück", "EA"), ("ea", "EA"), ("pièces", "EA"), ("uds", "EA"), ("pezzi", "EA"), ("stuks", "EA"), ("kg", "KGM"), ("m", "MTR"), ("boxes", "BX"), ("Karton", "CT"), ("Liter", "LTR"), ("bunch", None), ("days", None)],
)  # fmt: skip
def test_a_unit_word_is_a_rec_20_code(text, code):
    assert unit(text) == code


@pytest.mark.parametrize(
    ("text", "value", "word"),
    [("5", 5, None), ("5 pcs", 5, "pcs"), ("5pcs", 5, "pcs"), ("5 x", 5, None), ("x 5", 5, None), ("12,5 kg", Decimal("12.5"), "kg"), ("EA 5", 5, "EA"), ("1,200 pcs", None, "pcs")],
)  # fmt: skip
def test_a_quantity_may_carry_its_unit(text, value, word):
    found, unit_word = quantity(text)
    assert (found.value, unit_word) == (value, word)


@pytest.mark.parametrize("text", ["5 boxes of 10", "EUR 5", "$5", "ten", "5 - 10", "about 5", "5 pcs 3"])
def test_what_is_no_plain_quantity_is_none(text):
    assert quantity(text) is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Net 30", "30 days net"),
        ("net 30 days", "30 days net"),
        ("30 days net", "30 days net"),
        ("30 days from date of invoice", "30 days net"),
        ("n/30", "30 days net"),
        ("30 Tage netto", "30 days net"),
        ("innerhalb von 30 Tagen netto", "30 days net"),
        ("30 jours net", "30 days net"),
        ("45 jours fin de mois", "45 days end of month"),
        ("30 giorni data fattura", "30 days net"),
        ("30 dagen netto", "30 days net"),
        ("2/10 net 30", "2/10 net 30"),
        ("2% 10 days, net 30 days", "2/10 net 30"),
        ("2% 10 Net 30", "2/10 net 30"),
        ("2/10 net 30 after approval of the sample", "2/10 net 30 after approval of the sample"),
        ("14 Tage 2 % Skonto, 30 Tage netto", "2/14 net 30"),
        ("Vorkasse", "in advance"),
        ("Due on receipt", "due on receipt"),
        ("sofort ohne Abzug", "due on receipt"),
        ("cash on delivery", "cash on delivery"),
        ("as agreed with Mr Bean", "as agreed with Mr Bean"),
        ("   ", None),
    ],
)
def test_payment_terms_that_mean_the_same_read_the_same(text, plain):
    assert terms(text) == plain


def test_a_gtin_is_one_only_with_its_check_digit():
    assert gtin("4006381333931") == "4006381333931"
    assert gtin("4006381333932") is None
    assert gtin("96385074") == "96385074"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("W-100 Hex bolt", "W-100", "Hex bolt"),
        ("Lithium grease (LB-EP2-400)", "LB-EP2-400", "Lithium grease"),
        ("M8 Hex bolt", None, "M8 Hex bolt"),
        ("M8X30 bolt", None, "M8X30 bolt"),
        ("W-100", "W-100", None),
        ("bolts", None, "bolts"),
        ("GL-NIT-M", "GL-NIT-M", None),
    ],
)
def test_an_item_is_parted_into_code_and_words(text, code, words):
    assert split_item(text) == (code, words)
