"""The table of units: one meaning for each word, and codes that there are."""

import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from maildaemon.parse.unitcodes import rec20, x12
from maildaemon.parse.units import quantity, unit
from maildaemon.unitwords import unit_words
from maildaemon.wording import unit_key, unit_of

DATA = tomllib.loads(files("maildaemon").joinpath("unitwords.toml").read_text("utf-8"))


def test_no_word_means_two_units():
    words = Counter(word for given in DATA["words"].values() for word in set(given.split()))
    assert [word for word, count in words.items() if count > 1] == []


def test_every_code_that_a_word_names_is_one_of_the_recommendation():
    named = {*DATA["words"], *(code for own in DATA["in"].values() for code in own.values() if code)}
    assert named <= unit_words().codes
    assert len(unit_words().codes) >= 150


def test_every_code_is_read_as_itself_or_as_the_one_that_means_the_same():
    for code in unit_words().codes:
        assert rec20(code) in unit_words().codes
        assert rec20(rec20(code)) == rec20(code)


@pytest.mark.parametrize(
    ("word", "language", "code"),
    [
        ("ton", None, "TNE"), ("ton", "nl", "TNE"), ("ton", "en", None), ("ml", "de", "MLT"), ("ml", "fr", None),
        ("Btl", "de", "BG"), ("btl", "en", "BO"), ("dozen", "nl", "BX"), ("Dozen", "en", "DZN"), ("KAR", "de", "CT"),
        ("PAA", "de", "PR"), ("Rollen", "de", "RO"), ("mq", "it", "MTK"), ("sq. m", "en", None), ("sq m", "en", "MTK"),
        ("Mètres linéaires", "fr", "MTR"), ("Eimer", "de", "BJ"), ("cartouches", "fr", "CQ"), ("emmers", "nl", "BJ"),
        ("Kisten", "de", "CR"), ("confezioni", "it", "PK"), ("paia", "it", "PR"), ("docenas", "es", "DZN"),
        ("off", "en", "EA"), ("bunch", "en", None), ("days", "en", None),
    ],
)  # fmt: skip
def test_a_word_is_a_unit_of_its_language(word, language, code):
    assert unit(word, language) == code


@pytest.mark.parametrize(
    ("text", "value", "word"),
    [
        ("12 m2", 12, "m2"),
        ("2.5 m²", "2.5", "m²"),
        ("3 sq ft", 3, "sq ft"),
        ("1’500 Stk.", 1500, "Stk."),
        ("4 m3", 4, "m3"),
    ],
)
def test_a_quantity_may_be_an_area(text, value, word):
    found, unit_word = quantity(text)
    assert (str(found.value), unit_word) == (str(value), word)


def test_a_unit_is_the_same_however_master_data_calls_it():
    assert unit_key("Stück") == unit_key("EA") == unit_key("C62") == unit_key("PCE") == unit_key("pcs.")
    assert unit_key("Karton") == unit_key("CT") != unit_key("Box")
    assert unit_key("gibberish") == "GIBBERISH"


def test_a_small_word_behind_a_number_in_a_description_is_no_unit():
    assert [unit_of(word) for word in ("par", "to", "can", "st", "mm", "kg")] == [None, None, None, None, "MMT", "KGM"]


def test_x12_has_its_own_letters():
    assert (x12("ST"), x12("CA"), x12("PL")) == ("SET", "CS", "PF")
