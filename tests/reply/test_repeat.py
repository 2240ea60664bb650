"""The answer to an order that came before: short, in the client's language, and it takes in nothing."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from maildaemon.model import Action, Customer, CustomerMatch, Decision, Found, Kind, Mail, Order, OrderDecision
from maildaemon.ordered import Relation, Sameness
from maildaemon.reply import CannotAnswer, Identity, already_received
from maildaemon.reply.texts import all_texts

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
US = Identity("Example Supplies", "orders@us.example", "ask Jo")
MAIL = Mail("a" * 64, 1, "<2@client.example>", "buyer@client.example", subject="Order\r\nBcc: x@y.example")
RELATION = Relation(
    Sameness.RESEND, "MD-1KAPHVZR95", "PO-4711", datetime(2026, 11, 23, tzinfo=UTC), taken_in=True, proved=True
)


def decided(*relations, language="en", po="4711"):
    customer = CustomerMatch(Customer("C-1", "Client Ltd", language=language), "domain", 1.0)
    orders = tuple(
        OrderDecision(
            Action.IGNORE,
            "MD-OTHER",
            Order(po_number=Found(po), customer=customer, relation=one),
        )
        for one in relations
    )
    return Decision(Action.IGNORE, Kind.ORDER, orders, reply=True)


def answer(decision, mail=MAIL):
    return already_received(decision, mail, US, now=NOW, message_id="<repeat.1@us.example>")


@pytest.mark.parametrize("language", sorted(all_texts()))
@pytest.mark.parametrize("taken_in", [True, False])
def test_it_says_in_each_language_which_reference_the_order_has_since_when(language, taken_in):
    made = answer(decided(replace(RELATION, taken_in=taken_in), language=language))
    for said in ("4711", "MD-1KAPHVZR95", "23", "2026"):
        assert said in made.text
    assert "MD-OTHER" not in made.text, "what came now has no reference of its own"
    assert "{" not in made.text + made.subject
    texts = all_texts()[language].repeat
    claimed = texts.taken_in if taken_in else texts.checking
    assert claimed.rpartition("{reference}")[2] in made.text


def test_it_goes_to_the_sender_alone_and_carries_no_header_of_the_mails():
    made = answer(decided(RELATION))
    parsed = email.message_from_bytes(made.raw, policy=email.policy.default)
    assert made.recipient == parsed["To"] == "buyer@client.example"
    assert parsed["Auto-Submitted"] == "auto-replied"
    assert parsed["In-Reply-To"] == "<2@client.example>"
    assert parsed["Bcc"] is None
    assert made.token is None


def test_a_number_that_is_no_plain_code_is_not_repeated():
    made = answer(decided(RELATION, po="see www.evil.example"))
    assert "evil" not in made.text + made.subject
    assert "Your order was received" in made.text


def test_only_those_are_named_whose_client_was_not_told_yet():
    made = answer(decided(RELATION, replace(RELATION, reference="MD-TOLD", told=True)))
    assert "MD-TOLD" not in made.text


def test_several_are_told_in_one_message():
    made = answer(decided(RELATION, replace(RELATION, reference="MD-2", taken_in=False)))
    assert "MD-1KAPHVZR95" in made.text
    assert "MD-2" in made.text
    assert "orders that we have already" in made.text


@pytest.mark.parametrize(
    ("decision", "mail"),
    [
        (decided(replace(RELATION, told=True)), MAIL),
        (decided(), MAIL),
        (decided(RELATION), replace(MAIL, sender=None)),
        (decided(replace(RELATION, reference="a\r\nb")), MAIL),
        (decided(*[RELATION] * 51), MAIL),
    ],
)
def test_what_cannot_be_said_is_a_persons(decision, mail):
    with pytest.raises(CannotAnswer):
        answer(decision, mail)
