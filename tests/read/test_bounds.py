"""Hostile bytes are refused or read, and either in a bounded time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildaemon.read import Unreadable, bare, read
from tests.effort import costs_at_most

FROM = b"From: a@b.example\r\n"


def nested(depth: int) -> bytes:
    return b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))


def many(parts: int) -> bytes:
    return FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * parts + b"--b--\r\n"


@pytest.mark.parametrize(("raw", "reason"), [
    (FROM + b"X: " + b"a" * 40_000 + b"\r\n\r\nx", "longer than 32 KiB"),
    (FROM + b"".join(b"X-%d: y\r\n" % n for n in range(501)) + b"\r\nx", "more than 500 header fields"),
    (FROM + b"X: y\r\n" * 60_000, "larger than 256 KiB"),
    (FROM + b"Subject: " + b"=?u?q?a?= \r\n " * 1100 + b"\r\n\r\nx", "encoded words"),
    (b"From: " + b"(" * 11 + b"a@b.example" + b")" * 11 + b"\r\n\r\nx", "nested more than 10 deep"),
    (nested(25) + b"x", "nested more than 20 deep"),
    (nested(1000) + b"x", "nested more than 20 deep"),
    (b"Content-Type: message/rfc822\r\n\r\n" * 1000, "nested more than 20 deep"),
    (many(201), "more than 200 parts"),
    (many(50_000), "more than 200 parts"),
    (FROM + b"Content-Type: message/delivery-status\r\n\r\n" + b"\n" * 65_536, "more than 200 parts"),
    (FROM + b"Content-Type: text/plain" + b"; a=b" * 200 + b"\r\n\r\nx", "parameters"),
    (FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment" + b"; filename*0=a" * 200 + b"\r\n\r\nx", "parameters"),
])  # fmt: skip
def test_a_mail_beyond_a_bound_is_refused_quickly(raw, reason):
    with costs_at_most(1):
        with pytest.raises(Unreadable, match=reason):
            read(raw)


def test_what_is_within_the_bounds_is_read():
    assert len(read(many(190))[1]) == 190
    assert read(nested(18) + b"x\r\n")[0].sender is None


@pytest.mark.parametrize("html", [
    "<div>" * 100_000, "<b>" * 100_000, "<a " + "x=1 " * 100_000 + ">", "<table><tr><td>" * 3000,
    "<table>" + "<tr><td rowspan=2000 colspan=50>x" * 1000, "<" * 100_000, "<p>" * 100_000, "<!--" * 100_000,
    "x" * 3_000_000,
])  # fmt: skip
def test_hostile_html_costs_little(html):
    with costs_at_most(1.5):
        _, (document,) = bare("x.html", b"<html>" + html.encode())
    assert document.problem or len(document.lines) <= 20_000


FILLERS = (
    "a",
    " ",
    "\t",
    "-",
    ">",
    ":",
    "@",
    "1",
    "From: ",
    "On ",
    "=?",
    "<",
    "-- \n",
    "> \n",
    ",",
    ";",
    '"',
    "From: a\n",
    "begin 644 a\n",
    "a@",
    "=",
    "PO ",
    "1 x ",
    "a.",
)


@pytest.mark.parametrize("filler", FILLERS)
def test_time_is_linear_in_any_filler(filler):
    text = (filler * 40_000)[:40_000].encode()
    with costs_at_most(1):
        for head in (
            b"Content-Type: text/plain",
            b"Content-Type: text/plain; format=flowed",
            b"Content-Type: text/html",
            b"Content-Type: text/csv",
        ):
            read(FROM + head + b"\r\n\r\n" + text)
        read(FROM + b"Subject: " + text[:30_000].replace(b"\n", b" ").replace(b"=?", b"=") + b"\r\n\r\nx")


@given(st.binary(max_size=2000))
@settings(deadline=None, max_examples=200)
def test_reading_never_raises_anything_but_unreadable(data):
    reasons = []
    for raw in (data, FROM + data, FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + data):
        try:
            read(raw)
        except Unreadable as error:
            reasons.append(error.reason)
    assert not any("\n" in reason for reason in reasons)
    bare("x.csv", data)
    bare("x.html", data)


@given(
    st.lists(
        st.sampled_from(
            [
                b"Content-Type: ",
                b"multipart/mixed; boundary=b",
                b"--b\r\n",
                b"--b--",
                b"\r\n",
                b"message/rfc822",
                b"text/html",
                b"base64",
                b"Content-Transfer-Encoding: ",
                b"From: ",
                b"<a@b.c>",
                b"=?utf-8?q?=0a?=",
                b"<table><tr><td>",
                b"</td>",
                b"QUJD",
                b"; charset=",
                b"utf-16",
                b"idna",
                b"\x00",
                b"\xff",
                b"filename*0*=",
                b"%ff",
                b"Subject: ",
            ]
        ),
        max_size=60,
    )
)
@settings(deadline=None, max_examples=300)
def test_pieces_of_mime_in_any_order_do_no_harm(pieces):
    try:
        mail, documents = read(b"".join(pieces))
    except Unreadable:
        return
    for text in (mail.subject, mail.sender_name or "", *(value for _, value in mail.headers)):
        assert not any(ord(char) < 32 for char in text)
    for document in documents:
        assert [line.number for line in document.lines] == list(range(1, len(document.lines) + 1))
        for table in document.tables:
            assert len({len(row) for row in table.rows}) == 1
            assert 0 <= table.line <= len(document.lines)
