"""Addresses: their parts, and when two of them are one place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.addresses import country, elsewhere, parsed


@pytest.mark.parametrize(
    ("text", "street", "postcode", "city", "code"),
    [
        ("Acme Inc, 900 Industrial Pkwy, Springfield, IL 62707, USA", "900 Industrial Pkwy", "62707", "Springfield", "US"),
        ("Acme Inc, 12 Main St, Springfield IL 62701-1234", "12 Main St", "62701-1234", "Springfield", "US"),
        ("Maple Corp, 12 King St W, Toronto, ON M5H 1A1", "12 King St W", "M5H1A1", "Toronto", "CA"),
        ("Acme Ltd, Unit 4, 7 Dock Road, Leeds LS9 8TU", "7 Dock Road", "LS98TU", "Leeds", "GB"),
        ("Acme Ltd, 7 Dock Road, Leeds, LS9 8TU, UK", "7 Dock Road", "LS98TU", "Leeds", "GB"),
        ("Harbour Ltd, 4 Slipway Road, Cork T12 X4Y7", "4 Slipway Road", "T12X4Y7", "Cork", "IE"),
        ("Berger GmbH, Tor 2, Industriestr. 15, 70565 Stuttgart", "Industriestr. 15", "70565", "Stuttgart", None),
        ("Berger GmbH, Industriestr. 15, D-70565 Stuttgart", "Industriestr. 15", "70565", "Stuttgart", "DE"),
        ("Alpenrad AG, Inntalstrasse 5, A-6020 Innsbruck", "Inntalstrasse 5", "6020", "Innsbruck", "AT"),
        ("Lac SA, Rue du Lac 5, 1000 Lausanne, Suisse", "Rue du Lac 5", "1000", "Lausanne", "CH"),
        ("Dubois SARL, 17 rue des Forges, 59000 Lille, France", "17 rue des Forges", "59000", "Lille", "FR"),
        ("Ruiz S.L., C/ Mayor 12, 28013 Madrid, España", "C/ Mayor 12", "28013", "Madrid", "ES"),
        ("Rossi S.r.l., Via Roma 12, 20121 Milano (MI), Italia", "Via Roma 12", "20121", "Milano (MI)", "IT"),
        ("Van Dijk B.V., Industrieweg 31, 3044 AS Rotterdam", "Industrieweg 31", "3044AS", "Rotterdam", "NL"),
        ("Janssens NV, Kerkstraat 8, 9000 Gent, België", "Kerkstraat 8", "9000", "Gent", "BE"),
        ("Firma X, ul. Długa 12, 00-950 Warszawa", "ul. Długa 12", "00950", "Warszawa", "PL"),
        ("Lda, Rua Augusta 5, 1100-053 Lisboa", "Rua Augusta 5", "1100053", "Lisboa", "PT"),
        ("Lindqvist AB, Verkstadsgatan 12, 211 20 Malmö, Sverige", "Verkstadsgatan 12", "21120", "Malmö", "SE"),
        ("Hansen AS, Storgata 5, 0155 Oslo, Norge", "Storgata 5", "0155", "Oslo", "NO"),
        ("Jensen A/S, Havnegade 12, 1058 København K, Danmark", "Havnegade 12", "1058", "København K", "DK"),
        ("Oy Ab, Mannerheimintie 5, 00100 Helsinki, Suomi", "Mannerheimintie 5", "00100", "Helsinki", "FI"),
    ],
)  # fmt: skip
def test_an_address_is_told_apart(text, street, postcode, city, code):
    found = parsed(text)
    assert (found.street, found.postcode, found.city, found.country) == (street, postcode, city, code)
    assert found.name == text.split(",")[0]


@pytest.mark.parametrize(
    ("stated", "listed"),
    [
        ("Industriestrasse 15, 70565 Stuttgart", "Berger GmbH, Industriestr. 15, 70565 Stuttgart, Deutschland"),
        ("Berger GmbH, Industrie Straße 15, D-70565 Stuttgart", "Berger GmbH, Industriestr. 15, 70565 Stuttgart"),
        ("17, rue des Forges 59000 LILLE", "Ateliers Dubois SARL, 17 rue des Forges, 59000 Lille, France"),
        ("4 Slipway Rd, Cork, T12X4Y7", "Harbour Marine Ltd, 4 Slipway Road, Cork T12 X4Y7, Ireland"),
        ("12 Main Street, Springfield, IL 62701", "Acme Inc, 12 Main St., Springfield, IL 62701, USA"),
        ("Talleres Ruiz SL, Calle Mayor, nº 12, 28013 Madrid, Spain", "Talleres Ruiz S.L., C/ Mayor 12, 28013 Madrid, España"),
        ("Industrieweg 31, 3044AS Rotterdam, Nederland", "Van der Meer B.V., Industrieweg 31, 3044 AS Rotterdam, Netherlands"),
        ("Verkstadsgatan 12, 21120 Malmo", "Lindqvist AB, Verkstadsgatan 12, 211 20 Malmö, Sweden"),
        ("Bergmann und Soehne KG, Hafenstr. 40, 28217 Bremen", "Bergmann & Söhne KG, Hafenstraße 40, 28217 Bremen"),
        ("28217 Bremen, Hafenstraße 40, Bergmann & Söhne KG", "Bergmann & Söhne KG, Hafenstraße 40, 28217 Bremen"),
        ("Bergmann & Söhne KG, Warenannahme, Hafenstraße 40, 28217 Bremen", "Bergmann & Söhne KG, Hafenstraße 40, 28217 Bremen"),
        ("Quay House, Galway", "Quay House, Galway, Ireland"),
    ],
)  # fmt: skip
def test_the_same_place_written_otherwise_is_the_same(stated, listed):
    assert elsewhere(stated, listed) is None


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ("Acme Inc, 14 Main St., Springfield, IL 62701", "a number differs"),
        ("Acme Inc, 12a Main St., Springfield, IL 62701", "a number differs"),
        ("Acme Inc, 12 Main St., Springfield, IL 62702", "the postcode differs"),
        ("Acme Inc, 12 Main St., Springfield, Canada", "the country differs"),
        ("Acme Inc, 12 North Main St., Springfield, IL 62701", "“north” is not in it"),
        ("Acme Inc, 12 Maine St., Springfield, IL 62701", "“maine” is not in it"),
        ("Other Ltd, 12 Main St., Springfield, IL 62701", "“other” is not in it"),
        ("Acme Inc, Springfield, IL 62701", "the street is not stated"),
        ("Acme Inc, 12 Main St.", "the town is not stated"),
        ("Acme Inc, c/o Quick Freight, 12 Main St., Springfield, IL 62701", "it is in the care of somebody"),
        ("Acme Inc, 12 Main St., Springfield, IL 62701, Dock 7", "a number differs"),
        ("Springfield", "it says no number"),
    ],
)
def test_another_place_is_told_with_its_reason(stated, why):
    assert elsewhere(stated, "Acme Inc, 12 Main St., Springfield, IL 62701, USA") == why


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bergstr. 5", "Burgstr. 5"),
        ("Nordstr. 5", "Südstr. 5"),
        ("Oststr. 5", "Weststr. 5"),
        ("Alter Markt 5", "Neuer Markt 5"),
        ("Rue Haute 5", "Rue Basse 5"),
    ],
)
def test_two_streets_of_like_names_are_two_places(one, other):
    assert elsewhere(f"Berger GmbH, {one}, 70565 Stuttgart", f"Berger GmbH, {other}, 70565 Stuttgart")


@given(st.text(max_size=80), st.text(max_size=80))
def test_addresses_never_raise(one, other):
    elsewhere(one, other)
    country(one)


@given(st.text(min_size=1, max_size=60))
def test_an_address_is_the_same_as_itself_unless_it_says_nothing(text):
    assert elsewhere(text, text) in {None, "it says nothing", "it says no number"}


@pytest.mark.parametrize(("stated", "same"), [
    ("Client Ltd, 4 Slipway Road, Cork T12 X4Y7, IE", True),
    ("Client Ltd, 4 Slipway Road, Cork, T12 X4Y7, IE", True),
    ("Client Ltd, 4 Slipway Road, Cork T12 X4Y7, DE", False),
    ("Client Ltd, 4 Slipway Road, Cork T12 X4Y7, ie", False),
])  # fmt: skip
def test_a_country_may_be_written_as_its_code(stated, same):
    assert (elsewhere(stated, "Client Ltd, 4 Slipway Road, Cork T12 X4Y7, Ireland") is None) is same
