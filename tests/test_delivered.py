"""Terms of delivery: those on the customer's record are agreed, all others are for a person to see."""

from email.message import EmailMessage

import pytest

from maildaemon.delivered import not_agreed, terms_in
from maildaemon.edge.playbooks import load
from maildaemon.model import Customer
from maildaemon.understand import understand
from tests.test_remarks import ORDER

KESTREL = Customer(
    "C-1", delivery_terms=("DAP", "EXW Dublin"), ship_to=("Kestrel Ltd, 4 Dock Road, Galway H91 R6P2, Ireland",)
)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Incoterms: DAP", "DAP"), ("Delivery terms: EXW Dublin", "EXW Dublin"), ("Lieferbedingung | CPT", "CPT"), ("Conditions de livraison ........ DDP", "DDP"),
        ("Resa: EXW Dublin", "EXW Dublin"), ("Leveringsconditie DAP", "DAP"), ("Condiciones de entrega:   dap, Galway", "DAP Galway"),
        ("Incoterms 2020: FCA Cork", "FCA Cork"), ("Incoterms: DAP Galway (Incoterms 2020)", "DAP Galway"),
    ],
)  # fmt: skip
def test_a_label_and_a_rule_are_terms_of_delivery(text, terms):
    assert terms_in(text) == terms


@pytest.mark.parametrize(
    "text",
    [
        "DAP", "Delivery: DAP", "Incoterms: free", "Incoterms: DAP, 2 pallets", "Incoterms: DAP or EXW 12", "Delivery terms: DAP on 12 December", "Lieferbedingung: frei Haus",
        "Incoterms: DAP; cancel line 2", "Incoterms: not DAP", "Incoterms: DAP to the new site of our sister company", "Payment terms: DAP", "Our project: DAP", "",
    ],
)  # fmt: skip
def test_what_is_more_or_less_than_that_is_none(text):
    assert terms_in(text) is None


@pytest.mark.parametrize("terms", ["DAP", "EXW Dublin", "EXW", "DAP Galway"])
def test_terms_on_record_are_agreed(terms):
    """A rule without its place says less than the record; goods delivered to the customer's own town go where they
    always go."""
    assert list(not_agreed((terms,), (KESTREL,))) == []


@pytest.mark.parametrize("terms", ["DDP", "CPT", "EXW Cork", "DAP Hull", "FCA Dublin", "DAP Dublin", "DAP Or Exw"])
def test_other_terms_and_another_place_are_not(terms):
    (reason,) = not_agreed((terms,), (KESTREL,))
    assert reason == f"the delivery terms are {terms}; agreed are DAP, EXW Dublin"


def test_nothing_is_agreed_with_a_customer_who_is_not_known_or_whose_record_is_silent():
    assert list(not_agreed(("DAP",), (None,))) == ["the delivery terms are DAP; none are on the customer's record"]
    assert list(not_agreed(("DAP",), (Customer("C-2"),)))
    assert list(not_agreed(("DAP", "DDP"), (KESTREL,)))
    assert list(not_agreed(("DAP",), (KESTREL, Customer("C-2"))))
    assert list(not_agreed((), (None,))) == []


@pytest.mark.parametrize("line", [
    "Delivery terms: DDP Hull", "Incoterms: EXW", "Condiciones de entrega: FCA", "Leveringsvoorwaarde: DAP", "Project | Incoterms\nK-4711 | DDP",
])  # fmt: skip
def test_what_a_mail_states_is_known_wherever_no_remark_is_made_of_it(line):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "niamh@client.example", "orders@us.example", "Purchase order HM-4711"
    mail.set_content(ORDER.replace("Delivery date", f"{line}\nDelivery date").format(""))
    reading = understand(mail.as_bytes(), load())
    assert reading.delivery_terms
    assert not any(line in remark for remark in reading.remarks)
