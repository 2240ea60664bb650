"""Bytes → Mail → Documents: what must come out of mails as they are really written."""

import base64
from email.message import EmailMessage

import pytest

from maildaemon.model import Zone
from maildaemon.read import Unreadable, bare, looks_like_mail, read

HEAD = b"From: Jo <jo@acme.example>\r\nTo: orders@us.example\r\nSubject: Purchase Order 4711\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@acme.example>\r\nMIME-Version: 1.0\r\n"


def mail_of(*parts: bytes, kind: bytes = b"mixed", head: bytes = HEAD) -> bytes:
    body = b"".join(b"--B\r\n" + part + b"\r\n" for part in parts)
    return head + b"Content-Type: multipart/" + kind + b'; boundary="B"\r\n\r\n' + body + b"--B--\r\n"


def texts(document) -> list[str]:
    return [line.text for line in document.lines]


def test_a_plain_mail_has_one_body_and_a_decoded_head():
    mail, documents = read(HEAD + b"\r\nHello\r\nPO number: 4711\r\n")
    assert (mail.sender, mail.sender_name, mail.to) == ("jo@acme.example", "Jo", ("orders@us.example",))
    assert mail.message_id == "<1@acme.example>"
    assert mail.sent_at is not None
    assert mail.sent_at.isoformat() == "2026-11-23T09:00:00+00:00"
    assert mail.defects == ()
    [body] = documents
    assert (body.name, body.media_type) == ("body", "text/plain")
    assert [(line.number, line.text) for line in body.lines] == [(1, "Hello"), (2, "PO number: 4711")]


def test_an_unnamed_pdf_is_kept_as_a_document_that_could_not_be_read():
    raw = mail_of(
        b"Content-Type: text/plain\r\n\r\nSee attached",
        b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(b"%PDF-1.7 \xff\xfe"),
    )
    _, (_, pdf) = read(raw)
    assert (pdf.media_type, pdf.problem, pdf.inline) == ("application/pdf", "the PDF is damaged", False)


def test_names_do_not_change_from_one_reading_to_the_next():
    raw = mail_of(
        b"Content-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\n%PDF-1.7",
        b"Content-Type: application/pdf\r\n\r\n%PDF-1.7",
    )
    names = [document.name for document in read(raw)[1]]
    assert names == [document.name for document in read(raw)[1]]
    assert len(set(names)) == 2


def test_a_type_is_told_by_the_bytes_not_by_name_or_label():
    raw = mail_of(
        b'Content-Type: text/plain; name="order.txt"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + base64.encodebytes(b"%PDF-1.4\n...")
    )
    assert read(raw)[1][0].media_type == "application/pdf"


def test_a_named_text_part_is_still_the_body():
    raw = mail_of(b'Content-Type: text/plain; name="msg.txt"\r\n\r\nPO number: 4711')
    [body] = read(raw)[1]
    assert (body.name, texts(body)) == ("body", ["PO number: 4711"])


def test_an_attached_text_is_read_under_its_name():
    raw = mail_of(
        b"Content-Type: text/plain\r\n\r\nhi",
        b'Content-Type: text/plain; name="po.txt"\r\nContent-Disposition: attachment\r\n\r\nPO number: 4711',
    )
    assert [(document.name, texts(document)) for document in read(raw)[1]] == [
        ("body", ["hi"]),
        ("po.txt", ["PO number: 4711"]),
    ]


def test_both_readings_of_one_content_carry_one_name():
    raw = mail_of(
        b"Content-Type: text/plain\r\n\r\nhi", b"Content-Type: text/html\r\n\r\n<p>hi</p>", kind=b"alternative"
    )
    assert [document.name for document in read(raw)[1]] == ["body", "body (html)"]


def test_html_with_a_data_table_goes_before_its_plain_twin():
    raw = mail_of(
        b"Content-Type: text/plain\r\n\r\nhi",
        b"Content-Type: text/html\r\n\r\n<table><tr><th>Item<th>Qty<tr><td>W-1<td>5</table>",
        kind=b"alternative",
    )
    assert [document.name for document in read(raw)[1]] == ["body (html)", "body"]


def test_a_forwarded_message_keeps_apart_and_names_its_author():
    inner = b"From: Client <c@client.example>\r\nSubject: PO 99\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nPO number: 99\r\n"
    raw = mail_of(b"Content-Type: text/plain\r\n\r\nfyi", b"Content-Type: message/rfc822\r\n\r\n" + inner)
    mail, documents = read(raw)
    assert [document.name for document in documents] == ["body", "forwarded 1/head", "forwarded 1/body"]
    assert mail.subject == "Purchase Order 4711"
    assert documents[2].author == "c@client.example"
    assert documents[2].lines[0].zone is Zone.FORWARD
    assert "Subject: PO 99" in texts(documents[1])


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        b'Content-Type: application/octet-stream; name="order.eml"\r\nContent-Transfer-Encoding: base64\r\n\r\n',
    ],
)
def test_an_encoded_message_is_opened_too(head):
    inner = b"From: c@client.example\r\nSubject: PO 99\r\n\r\nPO number: 99\r\n"
    documents = read(mail_of(b"Content-Type: text/plain\r\n\r\nfyi", head + base64.encodebytes(inner)))[1]
    assert documents[-1].name == "forwarded 1/body"
    assert texts(documents[-1]) == ["PO number: 99"]
    assert documents[-1].author == "c@client.example"


def test_messages_within_messages_are_opened_five_deep():
    inner = b"From: c@client.example\r\n\r\nbottom\r\n"
    for _ in range(8):
        inner = b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n" + inner
    documents = read(inner)[1]
    assert documents[-1].problem == "messages are nested more than 5 deep"


def test_an_8bit_subject_keeps_its_letters():
    raw = HEAD.replace(b"Purchase Order 4711", "Bestellung für Köln 4711".encode("latin-1")) + b"\r\nx"
    assert read(raw)[0].subject == "Bestellung für Köln 4711"


def test_an_8bit_sender_name_keeps_its_letters():
    raw = HEAD.replace(b"Jo <", "Jürgen <".encode("latin-1")) + b"\r\nx"
    assert read(raw)[0].sender_name == "Jürgen"


def test_a_character_cut_by_two_encoded_words_is_whole():
    raw = (
        HEAD.replace(
            b"Purchase Order 4711", b"=?UTF-8?B?w?= =?UTF-8?B?7w=?=".replace(b"w?=", b"QsM=?=").replace(b"7w=", b"vA==")
        )
        + b"\r\nx"
    )
    assert read(raw)[0].subject == "Bü"


def test_no_header_holds_a_line_break_or_a_control_character():
    raw = HEAD.replace(b"Purchase Order 4711", b"PO =?UTF-8?Q?=0D=0ABcc:=20x@y.example=1B=E2=80=AE?=") + b"\r\nx"
    subject = read(raw)[0].subject
    assert subject == "PO   Bcc: x@y.example"
    assert subject.isprintable()


@pytest.mark.parametrize(
    ("label", "data", "text"),
    [
        (b"us-ascii", "Größe 5 €".encode("cp1252"), "Größe 5 €"),
        (b"iso-8859-1", "5,00 €".encode("cp1252"), "5,00 €"),
        (b"gb2312", "訂單數量".encode("gb18030"), "訂單數量"),
        (b"utf-8", "Größe".encode("latin-1"), "Größe"),
        (b"iso-8859-1", "Größe".encode(), "Größe"),
        (b"iso-8859-8-i", "שלום".encode("iso8859-8"), "שלום"),
        (b"x-unknown", "Größe".encode("cp1252"), "Größe"),
        (b"utf-7", b"Gr+APYA3w-e", "Größe"),
        (b"rot13", b"Hello", "Hello"),
        (b"unicode_escape", b"\\u0041", "\\u0041"),
    ],
)
def test_a_wrong_label_does_not_spoil_the_text(label, data, text):
    raw = (
        HEAD
        + b"Content-Type: text/plain; charset="
        + label
        + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + data
        + b"\r\n"
    )
    assert texts(read(raw)[1][0]) == [text]


def test_the_charset_that_html_names_for_itself_is_used():
    html = '<meta charset="iso-8859-2"><p>zażółć</p>'.encode("iso-8859-2")
    assert texts(read(HEAD + b"Content-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + html)[1][0]) == [
        "zażółć"
    ]


def test_a_body_cut_off_in_its_base64_is_read_as_far_as_it_goes_and_said_to_be_cut():
    data = base64.b64encode(b"PO number: 4711\nQty: 5\n")[:-3]
    [body] = read(HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + data)[1]
    assert body.lines[0].text == "PO number: 4711"
    assert body.problem == "its base64 text is cut off"


def test_base64_that_goes_on_after_its_end_is_told():
    data = base64.b64encode(b"PO number: 4711\n!") + base64.b64encode(b"PO number: 9999\n")
    [body] = read(HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + data)[1]
    assert body.problem == "its base64 text goes on after its end"


def test_a_blank_behind_the_transfer_encoding_changes_nothing():
    raw = (
        HEAD
        + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: BASE64 \r\n\r\n"
        + base64.b64encode(b"PO number: 4711")
    )
    assert texts(read(raw)[1][0]) == ["PO number: 4711"]


def test_a_wrong_boundary_is_recovered_and_told():
    raw = (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="X"\r\n\r\n--Y\r\nContent-Type: text/plain\r\n\r\nPO number: 4711\r\n--Y--\r\n'
    )
    mail, documents = read(raw)
    assert texts(documents[0]) == ["PO number: 4711"]
    assert "its MIME boundary is missing or wrong" in mail.defects


def test_a_mail_without_its_last_boundary_may_be_cut_off():
    raw = mail_of(b"Content-Type: text/plain\r\n\r\nhi").replace(b"--B--\r\n", b"")
    assert any("cut off" in defect for defect in read(raw)[0].defects)


def test_flowed_lines_are_joined():
    raw = HEAD + b"Content-Type: text/plain; format=flowed; delsp=no\r\n\r\nplease send \r\nfive bolts\r\n-- \r\nJo\r\n"
    body = read(raw)[1][0]
    assert texts(body) == ["please send five bolts", "--", "Jo"]
    assert body.lines[1].zone is Zone.SIGNATURE


def test_a_small_logo_is_inline_and_a_scan_is_not():
    png = base64.encodebytes(b"\x89PNG\r\n\x1a\n" + b"0" * 50)
    logo = (
        b"Content-Type: image/png\r\nContent-ID: <l@x>\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + png
    )
    scan = (
        b'Content-Type: image/png; name="po.png"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + png
    )
    _, (first, second) = read(mail_of(logo, scan))
    assert (first.inline, first.problem) == (True, None)
    assert (second.inline, second.problem) == (False, "a scan or a photo, no text")


@pytest.mark.parametrize(
    ("kind", "data", "problem"),
    [
        (b"application/pkcs7-signature", b"\x30\x82", None),
        (b"application/pgp-signature", b"-----BEGIN PGP SIGNATURE-----", None),
        (b"text/calendar", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", None),
        (b"text/vcard", b"BEGIN:VCARD\r\nEND:VCARD", None),
        (b"application/ms-tnef", b"\x78\x9f\x3e\x22\x00", "it is damaged or cut off: what is behind was not read"),
        (b"application/pkcs7-mime", b"\x30\x82\x01", "the S/MIME envelope is damaged or cut off"),
        (
            b"application/octet-stream",
            b"-----BEGIN PGP MESSAGE-----\r\nx",
            "the mail is encrypted (PGP): decrypt it, or ask for it in clear",
        ),
        (
            b"application/edifact",
            b"UNB+UNOA:1+A+B+261123:1000+1'",
            "it is an EDI interchange without any message that can be read",
        ),
        (b"application/xml", b"<?xml version='1.0'?><Order/>", "an XML document of a form that is not known"),
        (b"application/octet-stream", b"PK\x03\x04.....xl/workbook.xml", "the file is damaged or cut off"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_is_no_order_says_nothing(kind, data, problem):
    part = (
        b"Content-Type: "
        + kind
        + b'; name="f"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + base64.encodebytes(data)
    )
    assert read(mail_of(b"Content-Type: text/plain\r\n\r\nhi", part))[1][1].problem == problem


def test_a_file_in_the_text_itself_is_a_document():
    raw = HEAD + b"\r\nsee below\r\nbegin 644 po.csv\r\n#4&];\r\n`\r\nend\r\nbye\r\n"
    first, second = read(raw)[1]
    assert texts(first) == ["see below", "", "bye"]
    assert second.name == "po.csv"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("..\\..\\evil.exe", "evil.exe"),
        ("/etc/passwd", "passwd"),
        ("po\u202efdp.exe", "pofdp.exe"),
        ("ｐｏ.csv", "po.csv"),
        ("..", "unnamed 1 (application/octet-stream)"),
    ],
)
def test_a_file_name_is_for_display_only(name, shown):
    message = EmailMessage()
    message["From"] = "a@b.example"
    message.set_content("hi")
    message.add_attachment(b"\x00\x01\x02", maintype="application", subtype="octet-stream", filename=name)
    assert read(message.as_bytes())[1][1].name == shown


def test_a_long_file_name_is_cut_before_its_ending():
    message = EmailMessage()
    message.set_content("hi")
    message.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="a" * 300 + ".pdf")
    name = read(message.as_bytes())[1][1].name
    assert len(name) <= 120
    assert name.endswith(".pdf")


@pytest.mark.parametrize(
    ("head", "defect"),
    [
        (b"From: a@b.example\r\nFrom: c@d.example\r\n", "2 From headers"),
        (b"From: a@b.example\r\nSubject: x\r\nSubject: y\r\n", "2 Subject headers"),
        (b"From: a@b.example\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n", "2 Content-Type headers"),
        (b"From: a@b.example, c@d.example\r\n", "names 2 senders"),
        (b"From: ceo@good.com <evil@bad.com>\r\n", "read in two ways"),
        (b'From: "ceo@good.com" <evil@bad.com>\r\n', "read in two ways"),
        (b"From: a@b.example <c@d.example> <e@f.example>\r\n", "read in two ways"),
        (b"Subject: x\r\n", "no From header"),
        (b"From: nobody\r\n", "names no address"),
    ],
)
def test_what_of_the_head_can_be_understood_differently_is_said(head, defect):
    assert any(defect in found for found in read(head + b"\r\nx")[0].defects)


def test_a_null_envelope_sender_differs_from_none():
    assert read(b"Return-Path: <>\r\n" + HEAD + b"\r\nx")[0].return_path == ""
    assert read(HEAD + b"\r\nx")[0].return_path is None
    assert read(b"Return-Path: <A@B.Example>\r\n" + HEAD + b"\r\nx")[0].return_path == "A@b.example"


def test_a_byte_order_mark_and_an_mbox_line_do_not_hide_the_head():
    assert read(b"\xef\xbb\xbf" + HEAD + b"\r\nx")[0].subject == "Purchase Order 4711"
    assert (
        read(b"From jo@acme.example Mon Nov 23 10:00:00 2026\n" + HEAD + b"\r\nx")[0].subject == "Purchase Order 4711"
    )


@pytest.mark.parametrize(
    ("data", "mail"),
    [
        (HEAD + b"\r\nx", True),
        (b"From x Mon Nov 23\n" + HEAD + b"\r\nx", True),
        (b"\xef\xbb\xbf\r\n" + HEAD, True),
        (b"PO number: 4711\nDate: 3.11.2026\n", False),
        (b"sku,qty\nW-1,5\n", False),
        (b"%PDF-1.4", False),
        (b"BEGIN:VCARD\nVERSION:3.0\n", False),
        (b"", False),
    ],
)
def test_a_mail_is_told_by_its_first_lines(data, mail):
    assert looks_like_mail(data) is mail


def test_a_bare_document_has_an_unknown_sender():
    mail, (document,) = bare("../po.csv", b"sku;qty\nW-1;5\n")
    assert mail.sender is None
    assert document.name == "po.csv"
    assert document.tables[0].rows == (("sku", "qty"), ("W-1", "5"))


def test_a_delivery_status_is_a_document_of_lines():
    status = b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed\r\n"
    documents = read(mail_of(b"Content-Type: text/plain\r\n\r\nfailed", status, kind=b"report"))[1]
    assert documents[1].media_type == "message/delivery-status"
    assert "Action: failed" in texts(documents[1])


def test_an_empty_mail_is_refused_in_a_plain_line():
    with pytest.raises(Unreadable, match="the mail is empty"):
        read(b"\r\n\r\n")


@pytest.mark.parametrize(
    "value", ["Buyers: jo@acme.example;", "<@evil.example:jo@acme.example>", "jo@acme.example\x01"]
)
def test_a_sender_in_a_group_or_behind_a_route_can_be_read_in_two_ways(value):
    mail, _ = read(f"From: {value}\r\nSubject: x\r\n\r\nPO 1".encode())
    assert "its From header can be read in two ways" in mail.defects


@pytest.mark.parametrize(
    "value", ['"Jo; Acme <@x" <jo@acme.example>', "=?utf-8?q?Jo=3B?= <jo@acme.example>", "jo@acme.example (Jo; Acme)"]
)
def test_marks_in_a_senders_name_say_nothing(value):
    mail, _ = read(f"From: {value}\r\nSubject: x\r\n\r\nPO 1".encode())
    assert mail.defects == ()
