"""A mail that nothing names an order, and that may be one, is put before a person."""

import pytest

from maildaemon.decide import Stand, decide
from maildaemon.model import Action, Filing, Kind
from maildaemon.understand import understand
from tests.effort import costs_at_most
from tests.worlds import PLAYBOOK


def decided(text: str, subject: str = "Bolts", head: str = "", more: str = ""):
    raw = (
        f"From: jo@acme.example\r\nTo: us@us.example\r\nSubject: {subject}\r\n{head}"
        f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n'
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n{more}--B--\r\n"
    )
    reading = understand(raw.encode(), PLAYBOOK)
    return reading, decide(reading, (), PLAYBOOK, Stand(), content="x")


def part(name: str, media_type: str, content: str) -> str:
    return f'--B\r\nContent-Type: {media_type}; charset=utf-8\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\n{content}\r\n'


@pytest.mark.parametrize("text", [
    "Hej,\n20 Bult M8\n12 Mutter M8\nTack",
    "Hello, could you put aside 20 hex bolts M8 and 5 nuts for us?",
    "Wir brauchen W-100, davon 25.",
    "three boxes of the blue gloves, cheers",
    "Schrauben 40 kg",
    "Zwei Rollen Klebeband",
    "Item one\t12\t3.40\nItem two\t4\t1.20",
])  # fmt: skip
def test_lines_that_may_count_articles_are_looked_at_by_a_person(text):
    reading, decision = decided(text)
    assert reading.kind is Kind.OTHER
    assert decision.action is Action.REVIEW
    assert decision.filing is Filing.REVIEW
    assert [objection.rule for objection in decision.objections] == ["no-order-is-overlooked"]
    assert decision.reason.startswith("nothing says that it is an order, but it may be one: ")


@pytest.mark.parametrize(("name", "media_type", "content"), [
    ("tilaus.csv", "text/csv", "nimike,kpl\npultti,20\nmutteri,12\n"),
    ("list.txt", "text/plain", "bult 20\n"),
    ("a.xml", "application/xml", "<Zamowienie><Pozycja>20</Pozycja></Zamowienie>"),
])  # fmt: skip
def test_an_attachment_with_figures_is_looked_at_by_a_person(name, media_type, content):
    _, decision = decided("see attached", more=part(name, media_type, content))
    assert decision.action is Action.REVIEW
    assert name in decision.objections[0].reason


def test_a_link_to_fetch_something_with_a_number_is_shown_and_not_followed():
    _, decision = decided("Open document: https://portal.acme.example/d/1", subject="Dokument 4500012345")
    assert decision.action is Action.REVIEW
    assert "hxxps://portal.acme.example/d/1" in decision.reason


@pytest.mark.parametrize("text", [
    "Lunch on Friday?",
    "Let us meet at 10.",
    "Lunch on Friday 27 Nov at 12:30, room 4?",
    "Call me on +44 20 7946 0018 before 5 pm.",
    "See https://acme.example/2026/11/23/5-things for news",
    "Thanks!\n\nBest regards\nJo Miller\nAcme Ltd\n12 High Street\nLondon W1 4AB",
    "",
])  # fmt: skip
def test_a_chat_without_anything_like_an_order_stays_where_it_is(text):
    reading, decision = decided(text, subject="Friday")
    assert (reading.kind, decision.action) == (Kind.OTHER, Action.IGNORE)
    assert reading.orderlike == ()


def test_an_answer_is_looked_at_only_for_what_counts_articles():
    head = "In-Reply-To: <1@us.example>\r\n"
    assert decided("Fine, see you on the 4th, line 2 is free.", "Re: Friday", head)[1].action is Action.IGNORE
    reading, decision = decided("OK, take 20 boxes.\n\n> how many?", "Re: Friday", head)
    assert (reading.kind, decision.action) == (Kind.REPLY, Action.REVIEW)


def test_what_is_recognised_as_something_else_is_believed():
    for subject in ("Invoice 99", "Remittance advice", "Request for quotation 12"):
        assert decided("20 pcs W-100\n12 pcs W-200", subject)[1].action is Action.IGNORE
    head = "List-Unsubscribe: <https://x.example>\r\n"
    assert decided("20 bolts for 3 EUR", "Offers", head)[1].action is Action.IGNORE


def test_a_card_or_an_appointment_is_no_order():
    card = part("jo.vcf", "text/vcard", "BEGIN:VCARD\r\nTEL:020 7946 0018\r\nEND:VCARD")
    assert decided("my card", more=card)[1].action is Action.IGNORE


@pytest.mark.parametrize(
    "filler", ["a", " ", "5 ", "5 x ", "a1-", "1.", "body ", "at ", "+1 ", "5(", "20", "jan 1 ", "http://", "@"]
)
def test_time_is_linear_in_any_filler(filler):
    with costs_at_most(3):
        decided((filler * 300 + "\n") * 400, subject="b")
