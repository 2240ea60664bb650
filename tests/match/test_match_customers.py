"""Whom we take the buyer for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon import domains
from maildaemon.catalogue import Catalogue
from maildaemon.impostor import impostor_doubts
from maildaemon.masterdata import MasterData
from maildaemon.match import match, questions
from maildaemon.model import Action, Customer, CustomerMatch, Found, Mail, Order

CATALOGUE = Catalogue(
    MasterData(
        customers=(
            Customer("C-1", "Kestrel Wind GmbH", ("kestrelwind.example",), ("boss@gmail.com",)),
            Customer("C-2", "Osprey Marine Ltd", ("osprey.co.uk",), ("stores@osprey.co.uk",)),
            Customer("C-3", "Heron North AG", ("heron.example",)),
            Customer("C-4", "Heron South AG", ("heron.example",)),
            Customer("C-5", "Nobody Ltd", ("gmail.com",)),
            Customer("C-6", "Müller & Söhne KG", ("müller.example",)),
        )
    )
)


def found(sender: str | None, author: str | None = None, **fields: str) -> CustomerMatch:
    order = Order(**{name: Found(value) for name, value in fields.items()})  # type: ignore[arg-type]
    mail = Mail("a" * 64, 1, sender=sender)
    return match(order, mail, CATALOGUE.look_up(questions(order, mail, author)), author).customer


def number(match: CustomerMatch) -> str | None:
    return match.customer.number if match.customer else None


@pytest.mark.parametrize(
    ("sender", "expected", "how"),
    [("stores@osprey.co.uk", "C-2", "address"), ("Stores@Osprey.CO.UK", "C-2", "address"),
     ("anybody@osprey.co.uk", "C-2", "domain"), ("x@mail.eu.kestrelwind.example", "C-1", "domain"),
     ("boss@gmail.com", "C-1", "address")],
)  # fmt: skip
def test_the_sender_proves_the_customer(sender, expected, how):
    match = found(sender)
    assert (number(match), match.how, match.doubt) == (expected, how, None)


def test_an_international_domain_is_one_in_both_its_forms():
    listed = Customer("C-6", domains=(domains.ascii_form("müller.example") or "",))
    catalogue = Catalogue(MasterData(customers=(listed,)))
    for sender in ("x@müller.example", "x@xn--mller-kva.example"):
        mail = Mail("a", 1, sender=sender)
        assert match(Order(), mail, catalogue.look_up(questions(Order(), mail))).customer.customer == listed


@pytest.mark.parametrize("sender", ["x@gmail.com", "x@other.co.uk", "x@co.uk", "x@example", "x", "@", "", None])
def test_a_domain_open_to_everybody_proves_nothing(sender):
    match = found(sender)
    assert match.customer is None
    assert match.doubt


def test_a_number_alone_is_a_hint():
    match = found("x@stranger.example", customer_number="c1")
    assert (number(match), match.how) == ("C-1", "number")
    assert match.doubt == "the sender's address is not known for this customer, C-1 (Kestrel Wind GmbH)"


def test_a_name_alone_is_a_hint():
    match = found("x@stranger.example", buyer="KESTREL WIND")
    assert (number(match), match.how) == ("C-1", "name")
    assert match.doubt


def test_a_name_between_two_customers_is_none():
    assert found("x@stranger.example", buyer="Heron AG").customer is None


def test_a_shared_domain_is_settled_by_the_number_or_the_very_name():
    assert found("x@heron.example").customer is None
    assert "C-3, C-4" in (found("x@heron.example").doubt or "")
    assert number(found("x@heron.example", customer_number="C-4")) == "C-4"
    assert number(found("x@heron.example", buyer="Heron South")) == "C-4"
    assert found("x@heron.example", buyer="Heron").customer is None


@pytest.mark.parametrize(
    "fields",
    [
        {"customer_number": "C-2"},
        {"customer_number": "C-99"},
        {"buyer": "Osprey Marine Limited"},
        {"buyer": "Mermaid Yachts Ltd"},
    ],
)
def test_a_contradiction_is_a_doubt(fields):
    assert "but the order" in (found("x@kestrelwind.example", **fields).doubt or "")


@pytest.mark.parametrize(
    "fields",
    [
        {"customer_number": "1"},
        {"customer_number": "C 1"},
        {"buyer": "Tom, site lead"},
        {"buyer": "Kestrel Ireland Ltd"},
    ],
)
def test_what_contradicts_nothing_is_no_doubt(fields):
    assert found("x@kestrelwind.example", **fields).doubt is None


@pytest.mark.parametrize(
    "domain",
    ["kestrelwlnd.example", "kestrel-wind.example", "kestrelwind.com", "kestreIwind.net", "kestrelwind.example.evil.net",
     "kestrelwind-orders.net", "kеstrelwind.example", "kestrlewind.org"],
)  # fmt: skip
def test_a_domain_made_to_be_mistaken_is_named(domain):
    assert found(f"x@{domain}").customer is None
    mail = Mail("a" * 64, 1, sender=f"x@{domain}")
    known = CATALOGUE.look_up(questions(Order(), mail))
    (doubt,) = impostor_doubts(mail, known.customers, ())
    assert "may be taken for it" in doubt.reason
    assert doubt.then is Action.ESCALATE


def test_an_order_forwarded_within_the_organisation_is_the_customers():
    assert found("x@kestrelwind.example", "tom@site.kestrelwind.example").doubt is None


def test_an_order_that_somebody_else_wrote_is_a_doubt():
    assert "C-2" in (found("x@kestrelwind.example", "stores@osprey.co.uk").doubt or "")
    assert "written by" in (found("x@kestrelwind.example", "x@stranger.example").doubt or "")


def test_who_is_said_to_have_written_it_proves_nothing():
    match = found("us@ourselves.example", "stores@osprey.co.uk")
    assert match.customer is None
    assert "proves nothing" in (match.doubt or "")


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_matching_never_raises_and_never_proves_by_text(sender, name, stated):
    match = found(sender, buyer=name, customer_number=stated)
    assert match.customer is None or match.how in {"number", "name"} or "@" in sender
