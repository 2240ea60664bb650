"""Which mail is this: the same whatever way it came, another when a letter of it differs."""

import hypothesis.strategies as st
from hypothesis import given

from maildaemon import identity

HEAD = b"From: a@client.example\r\nSubject: Order\r\nDate: Mon, 23 Nov 2026 09:50:00 +0000\r\nMessage-ID: <1@client.example>\r\n"


def test_transport_headers_do_not_count():
    here = b"Received: by mx1\r\nDelivered-To: one@us.example\r\n" + HEAD + b"\r\nbody"
    there = HEAD + b"X-Spam-Status: no\r\n" + b"\r\nbody"
    assert identity.content(here) == identity.content(there)


def test_every_part_of_the_mail_counts():
    original = identity.content(HEAD + b"\r\nbody")[0]
    for changed in (
        HEAD + b"\r\nbody.",
        HEAD.replace(b"Order", b"order") + b"\r\nbody",
        HEAD.replace(b"<1@", b"<2@") + b"\r\nbody",
        HEAD.replace(b"a@client", b"b@client") + b"\r\nbody",
        HEAD.replace(b"09:50", b"09:51") + b"\r\nbody",
    ):
        assert identity.content(changed)[0] != original


def test_a_second_header_of_a_kind_does_not_hide_the_first():
    assert identity.content(HEAD + b"Message-ID: <2@x.example>\r\n\r\nbody")[1] == "<1@client.example>"


def test_a_folded_message_id_is_found_and_an_unsound_one_is_none():
    assert identity.content(b"Message-ID:\r\n <1@client.example>\r\n\r\n")[1] == "<1@client.example>"
    for unsound in (b"", b"1@client.example", b"<a b@c>", b"<a@b> <c@d>", b"<" + b"a" * 300 + b"@b>", b"<\xff@b>"):
        assert identity.content(b"Message-ID: " + unsound + b"\r\n\r\n")[1] is None


@given(st.binary(max_size=2000))
def test_any_bytes_have_an_identity(raw):
    digest, _ = identity.content(raw)
    assert len(digest) == 64
    assert identity.content(raw) == identity.content(raw)


@given(st.binary(min_size=16, max_size=64), st.text(max_size=100), st.integers(0, 500))
def test_a_reference_is_short_stable_and_free_of_letters_that_look_like_figures(secret, mail, order):
    reference = identity.reference(secret, mail, order)
    assert reference == identity.reference(secret, mail, order)
    assert len(reference) == 13
    assert not set(reference[3:]) & set("ILOU")


def test_references_differ():
    found = {identity.reference(b"s" * 32, f"mail {number}", order) for number in range(1000) for order in range(3)}
    assert len(found) == 3000


def test_a_message_id_is_deterministic_and_bound_to_its_purpose():
    one = identity.message_id(b"s" * 32, "ack", "mail", 0, "us.example")
    assert one == identity.message_id(b"s" * 32, "ack", "mail", 0, "us.example")
    assert one != identity.message_id(b"s" * 32, "note", "mail", 0, "us.example")
    assert one != identity.message_id(b"t" * 32, "ack", "mail", 0, "us.example")
    assert identity.MESSAGE_ID.fullmatch(one)


def test_po_numbers_are_compared_by_letters_and_figures():
    assert identity.po_key("PO-4711/A") == identity.po_key("po 4711 a") == "po4711a"
    assert identity.po_key("PO-4711") != identity.po_key("PO-4712")
