"""The bytes of a message."""

import pytest

from maildaemon.reply import HeaderMismatch
from maildaemon.reply.message import (
    alternative,
    assert_headers,
    build,
    encoded,
    named,
    quoted_printable,
    thread,
    unstructured,
)  # fmt: skip
from tests.reply.builders import parsed

GOOD = b"From: a@b\r\nSubject: hello\r\n there\r\n\r\nBcc: body\r\n"


def test_sound_bytes_pass():
    assert_headers(GOOD, ["From", "Subject"])


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (GOOD, ["From"]),
        (GOOD, ["Subject", "From"]),
        (GOOD, ["From", "Subject", "To"]),
        (b"From: a@b\r\nSubject: x\r\nBcc: c@d\r\n\r\n", ["From", "Subject"]),
        (b"From: a@b\r\nSubject: x\nBcc: c@d\r\n\r\n", ["From", "Subject"]),
        (b"From: a@b\r\nSubject: x\rBcc: c@d\r\n\r\n", ["From", "Subject"]),
        (b"From: a@b\r\nSubject: x\r\n\nBcc: c@d\r\n\r\n", ["From", "Subject"]),
        (b"From: a@b\r\nsubject: x\r\n\r\n", ["From", "Subject"]),
        (b"From: a@b\r\nFrom: a@b\r\n\r\n", ["From", "From"]),
        (b"From: a@b\r\nfrom: a@b\r\n\r\n", ["From", "from"]),
        (b" folded: first\r\nFrom: a@b\r\n\r\n", ["From"]),
        (b"From: a@b\r\nno colon\r\n\r\n", ["From"]),
        (b"From: a@b\r\nSubject: \xc3\xa9\r\n\r\n", ["From", "Subject"]),
        (b"From: a@b\r\nSubject: a\x00b\r\n\r\n", ["From", "Subject"]),
        (b"From: a@b\r\nSubject: a\x0bBcc: c@d\r\n\r\n", ["From", "Subject"]),
        (b"From: a@b\r\nSubject: =?utf-8?q?=0D=0ABcc:?=\r\n\r\n", ["From", "Subject"]),
        (b"From: a@b\r\nSubject: =?utf-8?b?DQpCY2M6?=\r\n\r\n", ["From", "Subject"]),
        (b"From: a@b\r\nSubject: " + b"x" * 1000 + b"\r\n\r\n", ["From", "Subject"]),
        (b"From: a@b\r\nSubject: x\r\n", ["From", "Subject"]),
        (b"", []),
    ],
)
def test_bytes_with_other_headers_than_were_meant_are_refused(raw, names):
    with pytest.raises(HeaderMismatch):
        assert_headers(raw, names)


def test_a_value_with_a_line_of_its_own_is_refused():
    with pytest.raises(HeaderMismatch):
        build([("From", "a@b"), ("Subject", "x\r\nBcc: c@d")], b"")
    with pytest.raises(HeaderMismatch):
        build([("From", "a@b"), ("Subject", "é")], b"")


@pytest.mark.parametrize(
    "text",
    ["Order received", "Bestelländerung eingegangen: Nr. 4711 – unsere Referenz MD-0123456789", "é" * 200,
     "=?utf-8?q?x?=", "a_b = c?", "漢字" * 40, "plain words " * 20],
)  # fmt: skip
def test_a_subject_survives_the_way_in_short_lines(text):
    raw = build([("Subject", unstructured(text, 9))], b"")
    assert parsed(raw)["Subject"] == text.strip()
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))


@pytest.mark.parametrize("name", ["Maker GmbH", "Müller & Söhne", 'The "Best", Ltd.', "a@b.example", "名", "=?x?="])
def test_a_display_name_survives_the_way(name):
    found = parsed(build([("From", named(name, "orders@maker.example"))], b""))["From"].addresses
    assert [(one.display_name, one.addr_spec) for one in found] == [(name, "orders@maker.example")]


def test_without_a_name_the_address_stands_alone():
    assert named(" \r\n", "a@b") == "a@b"


def test_an_encoded_word_never_splits_a_character():
    for word in encoded("ä漢" * 60, 9).split("\r\n "):
        assert len(word) <= 75
        assert parsed(b"Subject: " + word.encode() + b"\r\n\r\n")["Subject"].strip("ä漢") == ""


def test_a_boundary_follows_from_the_message_id_and_never_occurs_in_a_body():
    about, body = alternative("<a@b>", "--=_ text\n.\n", "<p>=_</p>\n")
    boundary = dict(about)["Content-Type"].partition('boundary="')[2].rstrip('"')
    assert body.count(boundary.encode()) == 3
    assert alternative("<a@b>", "", "")[0] == about
    assert alternative("<c@d>", "", "")[0] != about


@pytest.mark.parametrize("text", ["", "a", "a\n", ".\n..\n", "x" * 5000, "trailing \nlines\t\n", "é\n" * 100, "\udc80"])
def test_quoted_printable_gives_back_the_text(text):
    raw = quoted_printable(text)
    assert raw.endswith(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 76
    message = parsed(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + raw
    )
    assert message.get_content().replace("\r\n", "\n").rstrip("\n") == text.replace("\udc80", "?").rstrip("\n")


def test_a_thread_names_its_parent_last_and_once():
    assert thread("<p@x>", ["<p@x>", "<a@x>", "<a@x>"]) == [("In-Reply-To", "<p@x>"), ("References", "<a@x>\r\n <p@x>")]
    assert thread(None, ["<a@x>"]) == []
