"""What article a line means."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.catalogue import Catalogue
from maildaemon.masterdata import MasterData
from maildaemon.match import match, questions
from maildaemon.model import Alias, Customer, Found, Mail, Order, OrderLine, Product, ProductMatch

MAIL = Mail("a" * 64, 1, sender="buyer@kestrel.example")
DATA = MasterData(
    customers=(
        Customer("C-1", "Kestrel Ltd", ("kestrel.example",)),
        Customer("C-2", "Osprey Ltd", ("osprey.example",)),
    ),
    products=(
        Product("BOLT-M8X40", ("Hex bolt M8x40 zinc plated", "Sechskantschraube M8x40 verzinkt"), gtin="4006381333931"),
        Product("BOLT-M8X50", ("Hex bolt M8x50 zinc plated", "Sechskantschraube M8x50 verzinkt")),
        Product("GLOVE-M", ("Nitrile glove black, size M, box of 100",), gtin="4012341002403"),
        Product("GLOVE-L", ("Nitrile glove black, size L, box of 100",)),
        Product("PIPE-100", ("Steel pipe 100 mm",)),
        Product("A-1", ("Cable tie black 200 x 3.6 mm",)),
        Product("A1-0", ("Torque wrench 20-200 Nm",)),
        Product("TWIN-A", ("Work lamp 30 W",)),
        Product("TWIN-B", ("Work lamp 30 W",)),
    ),
    aliases=(Alias("4711", "C-1", "GLOVE-M"), Alias("4711", "C-2", "GLOVE-L"), Alias("EVERY", None, "PIPE-100")),
)
CATALOGUE = Catalogue(DATA)


def meant(mail: Mail = MAIL, **fields: str) -> ProductMatch:
    stated = {name: Found(value) for name, value in fields.items()}
    order = Order(lines=(OrderLine(quantity=Found(Decimal(1)), **stated),))  # type: ignore[arg-type]
    return match(order, mail, CATALOGUE.look_up(questions(order, mail))).lines[0].product


def sku(found: ProductMatch) -> str | None:
    return found.product.sku if found.product else None


@pytest.mark.parametrize("code", ["BOLT-M8X40", "bolt m8x40", "Bolt_M8X40", " BOLT–M8X40 "])
def test_our_sku_is_known_in_every_spelling(code):
    found = meant(sku=code)
    assert (sku(found), found.how, found.doubt) == ("BOLT-M8X40", "sku", None)


def test_a_separator_between_digits_is_part_of_the_code():
    assert sku(meant(sku="A-1")) == "A-1"
    assert sku(meant(sku="A-10")) is None


def test_a_clients_part_number_is_its_own():
    assert sku(meant(buyer_sku="4711")) == "GLOVE-M"
    assert sku(meant(Mail("b", 1, sender="x@osprey.example"), buyer_sku="4711")) == "GLOVE-L"
    assert sku(meant(Mail("b", 1, sender="x@stranger.example"), buyer_sku="4711")) is None


def test_an_alias_without_a_customer_is_everybodys():
    assert meant(sku="every").how == "alias"


def test_a_gtin_is_known_in_each_length():
    assert sku(meant(gtin="04006381333931")) == sku(meant(gtin="4006381333931")) == "BOLT-M8X40"


def test_codes_that_name_different_articles_are_no_match():
    found = meant(sku="BOLT-M8X50", gtin="4006381333931")
    assert found.product is None
    assert found.doubt == "its codes name different articles: BOLT-M8X50, BOLT-M8X40"


def test_a_code_with_another_articles_description_is_a_doubt():
    found = meant(sku="GLOVE-M", description="Nitrile glove black, size L, box of 100")
    assert sku(found) == "GLOVE-M"
    assert "GLOVE-L" in (found.doubt or "")


def test_a_code_with_another_size_in_the_description_is_a_doubt():
    assert "another size" in (meant(sku="BOLT-M8X40", description="Hex bolt M8x45 zinc plated").doubt or "")


def test_a_code_with_its_own_misspelt_description_is_no_doubt():
    assert meant(sku="GLOVE-M", description="Nitrle glove blak size M box of 100").doubt is None


def test_a_code_with_the_clients_own_words_is_no_doubt():
    assert meant(sku="GLOVE-M", description="Gloves, paint shop").doubt is None


@pytest.mark.parametrize("more", [" - for Galway", ", DIN 933", " (carton of 12)", " GLOVE-L"])
def test_words_behind_the_articles_whole_name_are_a_doubt(more):
    assert (
        "its description says"
        in meant(sku="GLOVE-M", description=f"Nitrile glove black, size M, box of 100{more}").doubt
    )


@pytest.mark.parametrize("said", ["for the paint shop", "(cancelled)", "left-hand", "only if in stock"])
def test_words_behind_a_code_that_name_no_article_are_a_doubt(said):
    assert "its description says" in meant(sku="GLOVE-M", description=said).doubt


def test_a_description_with_slips_is_understood():
    found = meant(description="hex bolt M8 x 50, zinc platd")
    assert (sku(found), found.how, found.doubt) == ("BOLT-M8X50", "description", None)


def test_other_languages_are_understood():
    assert sku(meant(description="Sechskantschrauben M8x40 verzinkt")) == "BOLT-M8X40"


@pytest.mark.parametrize(
    "description",
    ["Hex bolt M8x60 zinc plated", "Hex bolt M10x40 zinc plated", "Steel pipe 150 mm", "Steel pipe 100 cm",
     "Nitrile glove black, size XL, box of 100", "Nitrile glove blue, size M, box of 100", "Nitrile glove black, box of 100",
     "Hex bolt M8 zinc plated", "Hex bolt", "", "¯\\_(ツ)_/¯"],
)  # fmt: skip
def test_what_no_article_says_is_no_match(description):
    found = meant(description=description)
    assert found.product is None
    assert found.doubt


def test_a_tie_names_both():
    assert meant(description="Work lamp 30 W").doubt == (
        "its description may mean TWIN-A (Work lamp 30 W) or TWIN-B (Work lamp 30 W)"
    )


def test_a_sku_that_is_not_ours_is_a_doubt_even_where_the_description_fits():
    found = meant(sku="B0LT-M8X40", description="Hex bolt M8x40 zinc plated")
    assert sku(found) == "BOLT-M8X40"
    assert found.doubt == "no article is known by the code B0LT-M8X40; by its description it is BOLT-M8X40"


def test_an_unknown_part_number_of_the_clients_own_does_not_hinder():
    assert meant(buyer_sku="K-9", description="Hex bolt M8x40 zinc plated").doubt is None


WORDS = st.lists(
    st.sampled_from("steel brass pump valve filter hose blue black round flat".split()), min_size=3, max_size=6
)


@given(words=WORDS, asked=st.data())
def test_a_near_tie_never_matches(words, asked):
    """Two articles told apart by one word only: an order that leaves the word out means neither."""
    description = " ".join(words)
    catalogue = Catalogue(
        MasterData(products=(Product("X-1", (f"{description} left",)), Product("X-2", (f"{description} right",))))
    )
    said = " ".join(asked.draw(st.permutations(words)))
    order = Order(lines=(OrderLine(description=Found(said)),))
    assert match(order, MAIL, catalogue.look_up(questions(order, MAIL))).lines[0].product.product is None


@given(first=st.integers(1, 999), second=st.integers(1, 999), size=st.integers(2, 40))
def test_another_size_never_matches(first, second, size):
    catalogue = Catalogue(MasterData(products=(Product("X-1", (f"Hex bolt M{size}x{first} zinc plated",)),)))
    order = Order(lines=(OrderLine(description=Found(f"Hex bolt M{size}x{second} zinc plated")),))
    found = match(order, MAIL, catalogue.look_up(questions(order, MAIL))).lines[0].product
    assert (found.product is not None) == (first == second)


@given(st.text(), st.text(), st.text())
def test_matching_never_raises(code, gtin, description):
    meant(sku=code, buyer_sku=code, gtin=gtin, description=description)
