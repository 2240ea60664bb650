"""The note that lies beside a mail in the review folder."""

from dataclasses import replace

import pytest

from maildaemon.model import Action, Decision, Found, Kind, Objection
from maildaemon.reply import acknowledgement, note
from tests.reply.builders import MESSAGE_ID, NOW, decided, identity, line, mail, order, parsed


def written(decision, to=None, draft=None):
    message = parsed(
        note(decision, to or mail(), identity(), now=NOW, message_id="<note.1@maker.example>", draft=draft)
    )
    return message, message.get_content().replace("\r\n", "\n")


def test_a_note_threads_beside_its_mail_and_is_no_reply_to_anybody():
    message, _ = written(decided(checked=(order(),)))
    assert message["Subject"] == "Review: PO 4711 from buyer@client.example"
    assert message["In-Reply-To"] == "<parent@client.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["To"] == "orders@maker.example"
    assert message.get_content_type() == "text/plain"


def test_a_note_says_why_it_stopped_and_what_was_read():
    _, text = written(decided(order("A1"), checked=(order("A2"),)))
    assert "- order 2, total-is-within-limit: total is 7000" in text
    assert "po number: A2  [body, line 3: “PO number A2”]" in text
    assert "product: W-100 (by sku)" in text
    assert "An acknowledgement goes to the client for MD-0000000000." in text


def test_a_mail_that_was_never_read_has_a_note_too():
    decision = Decision(Action.REVIEW, Kind.OTHER, objections=(Objection(None, "can-be-read", "out of memory"),))
    message, text = written(decision, mail(sender=None, message_id=None))
    assert message["Subject"] == "Review: mail"
    assert message["In-Reply-To"] is None
    assert "- can-be-read: out of memory" in text
    assert "No order was read." in text
    assert "Nothing was sent to the client." in text


def test_an_escalation_says_so():
    message, _ = written(replace(decided(checked=(order(),)), action=Action.ESCALATE))
    assert message["Subject"] == "Review: at once, PO 4711 from buyer@client.example"


def test_a_drafted_answer_is_shown_and_how_to_release_it():
    decision = decided(order())
    draft = acknowledgement(decision, mail(), identity(), now=NOW, message_id=MESSAGE_ID, token=None)
    message, text = written(decision, draft=draft)
    assert message["Subject"] == "Review: answer to release, PO 4711 from buyer@client.example"
    assert "`maildaemon review release N`" in text
    assert "  Thank you for your order." in text
    assert "Order received: PO 4711" in text
    assert "Nothing was sent" not in text


def test_a_mail_that_must_not_be_answered_says_why():
    _, text = written(replace(decided(checked=(order(),)), no_answer=("it is an automatic reply",)))
    assert "- it must not be answered: it is an automatic reply" in text


@pytest.mark.parametrize("payload", ["x\r\nBcc: a@b", "\x1b[2J", "\u202eevil", "y" * 100_000])
def test_texts_of_the_mail_are_made_harmless(payload):
    hostile = order(buyer=Found(payload, payload, payload, payload), doubts=(payload,), lines=0)
    hostile = replace(hostile, lines=(line(description=Found(payload)),))
    message, text = written(decided(checked=(hostile,), why=payload), mail(subject=payload))
    assert message["Bcc"] is None
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text) < 5000


def test_a_huge_order_makes_a_bounded_note():
    _, text = written(decided(checked=tuple(order(str(n), lines=300) for n in range(30))))
    assert "and 200 more lines" in text
    assert "And 10 more orders." in text
