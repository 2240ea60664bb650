"""Attacks 1 to 13 of the table (reference: trust and safety, 4.2): on the form of the mail itself."""

import base64

import pytest

from maildaemon.model import Reading

FROM = b"From: a@client.example\r\n"
ORDER = b"PO number: 4711\r\n\r\nItem: W-100\r\nQuantity: 5\r\n"


def multiparts(depth: int, lines: int = 1) -> bytes:
    heads = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return FROM + b"".join(heads) + b"\r\n" + b"x\r\n" * lines


def with_head(text: bytes) -> bytes:
    return FROM + text + b"\r\n\r\n" + ORDER


def encoded(transfer: bytes, body: bytes) -> bytes:
    return FROM + b"Subject: Purchase order 4711\r\nContent-Transfer-Encoding: " + transfer + b"\r\n\r\n" + body


@pytest.mark.parametrize("depth", [19, 20, 21, 500, 1000])
def test_01_multiparts_in_multiparts(read, depth):
    found = read.mail(multiparts(depth))
    assert isinstance(found, Reading) if depth <= 20 else found == "the mail is nested more than 20 deep"


@pytest.mark.parametrize("depth", [4, 5, 6, 21, 500, 1000])
def test_02_messages_in_messages(read, depth):
    found = read.mail(FROM + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Subject: x\r\n\r\n" + ORDER)
    if depth > 20:
        assert found == "the mail is nested more than 20 deep"
    else:
        told = [document.problem for document in found.documents if document.problem]
        assert told == ([] if depth <= 5 else ["messages are nested more than 5 deep"])


@pytest.mark.parametrize("parts", [198, 199, 50_000])
def test_03_many_parts(read, parts):
    found = read.mail(
        FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * parts + b"--b--"
    )
    assert len(found.documents) == 198 if parts == 198 else found == "the mail has more than 200 parts"


def test_04_nesting_times_lines(read):
    assert read.mail(multiparts(900, 30_000)) == "the mail is nested more than 20 deep"


@pytest.mark.parametrize("kilobytes", [64, 256])
def test_05_a_delivery_status_of_blank_lines(read, kilobytes):
    found = read.mail(FROM + b"Content-Type: message/delivery-status\r\n\r\n" + b"\n" * 1024 * kilobytes)
    assert found == "the mail has more than 200 parts"


@pytest.mark.parametrize("fields", [499, 501, 100_000])
def test_06_many_header_fields(read, fields):
    found = read.mail(with_head(b"\r\n".join(b"X-%d: y" % n for n in range(fields - 1))))
    if fields < 500:
        assert isinstance(found, Reading)
    else:
        assert found in {"the mail has more than 500 header fields", "the header block is larger than 256 KiB"}


@pytest.mark.parametrize("addresses", [100, 101, 16_000])
def test_07_many_recipients(read, addresses):
    found = read.mail(with_head(b"To: " + b",\r\n ".join(b"a%d@b.example" % n for n in range(addresses))))
    if addresses > 1000:
        assert found == "the header block is larger than 256 KiB"
    else:
        assert len(found.mail.to) == 100


@pytest.mark.parametrize("depth", [10, 11, 1000])
@pytest.mark.parametrize("field", [b"From", b"To", b"Reply-To", b"Date"])
def test_08_comments_in_comments(read, depth, field):
    found = read.mail(with_head(field + b": " + b"(" * depth + b"x" + b")" * depth + b" a@b.example"))
    told = "comments in a header are nested more than 10 deep"
    assert isinstance(found, Reading) if depth == 10 else found == told


@pytest.mark.parametrize("parameters", [50, 101, 10_000])
def test_09_parameters_in_pieces(read, parameters):
    """RFC 2231 continuations."""
    pieces = b"".join(b";\r\n filename*%d=a" % n for n in range(parameters))
    found = read.mail(with_head(b"Content-Disposition: attachment" + pieces))
    if parameters == 50:
        assert [document.name for document in found.documents] == ["a" * 50]
    else:
        assert found in {"a MIME field has more than 100 parameters", "a header is longer than 32 KiB"}


@pytest.mark.parametrize("words", [900, 1001, 5000, 20_000])
def test_10_encoded_words(read, words):
    found = read.mail(with_head(b"Subject: " + b"\r\n ".join([b"=?utf-8?q?ab?="] * words)))
    if words == 900:
        assert found.mail.subject.startswith("abab")
    else:
        assert "encoded words" in found or "larger than 256 KiB" in found or "longer than 32 KiB" in found


@pytest.mark.parametrize("charset", [
    "zlib", "hex", "rot13", "base64", "x-foo", "idna", "undefined", "punycode", "unicode_escape", "utf-7", "utf-16", "utf-32",
    "\x00", "a" * 500, "raw_unicode_escape", "mbcs", "unicode_internal", "bz2", "uu", "quopri", "",
])  # fmt: skip
def test_11_charsets_that_are_none(read, charset):
    """Python knows codecs that are no charsets, and charsets that hide what is written."""
    head = b'Subject: Purchase order 4711\r\nContent-Type: text/plain; charset="' + charset.encode() + b'"'
    for body in (ORDER, ORDER + "Größe +AGE- \\u0041 \x00\xff".encode()):
        found = read.mail(FROM + head + b"\r\n\r\n" + body)
        assert isinstance(found, Reading)
        if charset not in {"utf-16", "utf-32"}:
            assert [one.po_number.value for one in found.orders] == ["4711"]


@pytest.mark.parametrize(("transfer", "body", "problem"), [
    (b"base64", base64.encodebytes(ORDER), None),
    (b"BASE64 ", base64.encodebytes(ORDER), None),
    (b'"base64"', base64.encodebytes(ORDER), None),
    (b"base64", base64.encodebytes(ORDER)[:-20], "its base64 text is cut off"),
    (b"base64", base64.encodebytes(ORDER * 2 + b".").rstrip() + b"\r\n" + base64.encodebytes(b"Total: 9999"),
     "its base64 text goes on after its end"),
    (b"x-unheard-of", ORDER, "its transfer encoding is unknown"),
    (b"quoted-printable", ORDER.replace(b"4711", b"=34711"), None),
])  # fmt: skip
def test_12_transfer_encodings(read, transfer, body, problem):
    """What two readers could decode in two ways is told, and never read in silence."""
    found = read.mail(encoded(transfer, body))
    assert [document.problem for document in found.documents] == [problem]
    if problem is None:
        assert [one.po_number.value for one in found.orders] == ["4711"]


@pytest.mark.parametrize("name", ["From", "Subject", "Date", "Message-ID", "Content-Type", "Reply-To"])
def test_13_a_header_that_stands_twice(read, name):
    field = {"Date": "Mon, 23 Nov 2026 09:00:00 +0000", "Content-Type": "text/plain", "Message-ID": "<a@b>"}.get(
        name, "x@b.example"
    )
    twice = f"{name}: {field}\r\n{name}: {field}".encode()
    head = twice if name == "From" else FROM + twice
    assert any(f"2 {name} headers" in defect for defect in read.mail(head + b"\r\n\r\n" + ORDER).mail.defects)
