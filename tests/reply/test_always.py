"""What holds whatever a mail says."""

import re
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from maildaemon.model import Customer, CustomerMatch, Found, Objection, Order, OrderLine, ProductMatch
from maildaemon.reply import CannotAnswer, acknowledgement, note
from maildaemon.reply.layouts import CHANNELS
from tests.reply.builders import HEADERS, MESSAGE_ID, NOW, TOKEN, UNTHREADED, decided, identity, mail, parsed, part

MARKUP = {"html", "head", "meta", "title", "body", "table", "tr", "td", "p", "strong", "br", "span"}
hostile = st.one_of(
    st.text(max_size=60),
    st.text("=?utf-8qQbB_0DA1\r\n :<>@.a\x00\x85\u2028é", max_size=60),
    st.sampled_from(["4711", "\r\nBcc: x@y", "=?UTF-8?Q?=0D=0A?=Bcc: x@y", "<a@b>", "a@b.example", "{{7*7}}"]),
)
found = st.none() | st.builds(Found, hostile, hostile, hostile, hostile)
numbers = st.none() | st.builds(Found, st.decimals(allow_nan=True, allow_infinity=True))
sane = st.none() | st.builds(Found, st.decimals(-(10**9), 10**9, places=4))
dates = st.none() | st.builds(Found, st.dates())


def orders(amounts):
    lines = st.builds(
        OrderLine, found, found, found, found, amounts, found, amounts, amounts, dates, st.just(ProductMatch())
    )
    return st.builds(
        Order, found, dates, dates, found, found, found, found, found, found, amounts,
        st.lists(lines, max_size=3).map(tuple), st.just(()), st.none() | hostile, st.just(CustomerMatch()),
    )  # fmt: skip


mails = st.builds(
    mail,
    message_id=st.none() | hostile,
    sender=st.just("buyer@client.example") | hostile,
    sender_name=hostile,
    subject=hostile,
    in_reply_to=st.none() | hostile,
    references=st.lists(hostile, max_size=15).map(tuple),
)


@settings(max_examples=300, deadline=None)
@given(orders(sane), orders(sane), mails, hostile)
def test_header_names_are_exactly_the_expected_list(one, other, incoming, name):
    """No string of an order, a mail or our own configuration adds, removes or repeats a header."""
    incoming = replace(incoming, sender="buyer@client.example")
    reply = acknowledgement(
        decided(one, checked=(other,)), incoming, identity(name=name, contact=name), now=NOW, message_id=MESSAGE_ID,
        token=TOKEN,
    )  # fmt: skip
    assert parsed(reply.raw).keys() in (HEADERS, UNTHREADED)
    assert parsed(reply.raw)["To"] == "buyer@client.example"
    assert max(map(len, reply.raw.split(b"\r\n"))) <= 998
    assert all(text.isprintable() for text in reply.text.splitlines())


@settings(max_examples=200, deadline=None)
@given(
    orders(sane),
    st.sampled_from(CHANNELS),
    st.builds(Customer, st.text(max_size=9), hostile, ship_to=st.tuples(hostile)),
)
def test_no_layout_lets_anything_through(one, channel, customer):
    """Whatever an order and our record say: lines that print, no markup but ours, the headers that are meant."""
    decision = decided(replace(one, customer=CustomerMatch(customer, "domain", 1.0)))
    decision = replace(decision, orders=tuple(replace(each, channel=channel) for each in decision.orders))
    reply = acknowledgement(decision, mail(), identity(), now=NOW, message_id=MESSAGE_ID, token=None)
    assert parsed(reply.raw).keys() == HEADERS
    assert all(line.isprintable() for line in reply.text.splitlines())
    html = part(reply.raw, "html")
    assert set(re.findall(r"<([a-z]+)", html)) <= MARKUP
    assert "<a@b" not in html


@settings(max_examples=200, deadline=None)
@given(orders(numbers), mails)
def test_an_acknowledgement_is_written_or_refused_in_one_word(one, incoming):
    recipient, refusal = incoming.sender, ""
    try:
        recipient = acknowledgement(
            decided(one), incoming, identity(), now=NOW, message_id=MESSAGE_ID, token=None
        ).recipient
    except CannotAnswer as error:
        refusal = str(error)
    assert recipient == incoming.sender
    assert "\n" not in refusal


@settings(max_examples=200, deadline=None)
@given(orders(numbers), mails, st.lists(hostile, max_size=4))
def test_a_note_can_always_be_written(one, incoming, reasons):
    decision = decided(checked=(one,))
    objections = tuple(Objection(None, reason, reason) for reason in reasons)
    raw = note(
        replace(decision, objections=objections, no_answer=tuple(reasons), reason=" ".join(reasons)),
        incoming, identity(), now=NOW, message_id=MESSAGE_ID,
    )  # fmt: skip
    expected = ["From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "X-Maildaemon-Id", "MIME-Version",
                "Content-Type", "Content-Transfer-Encoding"]  # fmt: skip
    names = parsed(raw).keys()
    assert [name for name in names if name not in {"In-Reply-To", "References"}] == expected
    text = parsed(raw).get_content()
    assert all(line.isprintable() for line in text.splitlines())
    assert len(raw) < 100_000


def test_a_number_of_a_hundred_million_digits_costs_a_note_nothing():
    monster = Order(total=Found(Decimal("1E+100000000")))
    raw = note(decided(checked=(monster,)), mail(), identity(), now=NOW, message_id=MESSAGE_ID)
    assert "1E+100000000" in parsed(raw).get_content()
