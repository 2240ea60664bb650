"""The word without detail: nothing but the number, in six languages."""

import email
import email.policy
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from maildaemon.model import (
    Action,
    Customer,
    CustomerMatch,
    Decision,
    Found,
    Kind,
    Mail,
    Order,
    OrderDecision,
    OrderLine,
    Product,
    ProductMatch,
)
from maildaemon.reply import CannotAnswer, Identity, brief
from maildaemon.reply.texts import all_texts

NOW = datetime(2026, 11, 23, 9, 50, tzinfo=UTC)
US = Identity("Brightwater", "orders@us.example", "Ann, +49 30 1")
SECRET = ("W-100", "Hex bolt", "1.20", "1,20", "6.00", "6,00", "C-1", "Client Ltd", "Quay", "30 days")


def decision(language="en", po="PO-4711", address="buyer@client.example", reference="MD-0123456789"):
    customer = Customer("C-1", "Client Ltd", emails=("buyer@client.example",), language=language)
    line = OrderLine(
        sku=Found("W-100"), quantity=Found(Decimal(5)), unit_price=Found(Decimal("1.20")), amount=Found(Decimal("6.00")),
        product=ProductMatch(Product("W-100", ("Hex bolt M8",))),
    )  # fmt: skip
    order = Order(
        po_number=Found(po), lines=(line,), ship_to=Found("1 Quay"), payment_terms=Found("30 days"),
        total=Found(Decimal("6.00")), customer=CustomerMatch(customer, "address", 1.0),
    )  # fmt: skip
    return Decision(Action.REVIEW, Kind.ORDER, (OrderDecision(Action.REVIEW, reference, order),), brief=address)


def written(found=None, sender="buyer@client.example"):
    mail = Mail("a" * 64, 1, message_id="<1@client.example>", sender=sender, subject="W-100 at 1.20")
    return brief(found or decision(), mail, US, now=NOW, message_id="<brief.1@us.example>")


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "nl"])
def test_it_says_that_an_order_came_and_nothing_of_it(language):
    found = written(decision(language))
    words = all_texts()[language].brief
    assert found.subject == words.subject.format(number="PO-4711")
    assert words.opening.format(number="PO-4711") in found.text
    assert words.unsent in found.text
    assert not [one for one in SECRET if one in found.text or one in found.subject]
    head = email.message_from_bytes(found.raw, policy=email.policy.default)
    assert head["To"] == "buyer@client.example"
    assert head["Auto-Submitted"] == "auto-replied"
    assert head.get_content().replace("\r\n", "\n") == found.text


def test_every_language_says_it_in_its_own_words():
    assert len({texts.brief.opening for texts in all_texts().values()}) == len(all_texts()) == 6


@pytest.mark.parametrize("po", ["=?utf-8?q?x?=", "PO\r\nBcc: x@y", "<b>1</b>", "A" * 80, "order for 500 pumps at 2.00"])
def test_a_number_that_is_no_plain_code_is_not_repeated(po):
    found = written(decision(po=po))
    assert po not in found.text
    assert found.subject == all_texts()["en"].brief.subject_unnumbered


def test_it_stays_in_the_thread_only_where_it_goes_to_the_sender():
    assert b"In-Reply-To: <1@client.example>" in written().raw
    assert b"In-Reply-To" not in written(sender="other@client.example").raw


@pytest.mark.parametrize("address", [None, "nobody", "a b@client.example", "x@client.example\r\nBcc: y@z"])
def test_it_goes_to_a_plain_address_or_not_at_all(address):
    with pytest.raises(CannotAnswer):
        written(decision(address=address))


def test_our_reference_must_be_a_plain_code():
    with pytest.raises(CannotAnswer):
        written(decision(reference="MD-1\r\nBcc: x@y"))
