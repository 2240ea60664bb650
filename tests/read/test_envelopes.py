"""Envelopes around a mail or a file are opened, what is in them is read, and none of them raises or costs much."""

import base64
import random
import zlib
from pathlib import Path

import pytest

from maildaemon.model import Zone
from maildaemon.read import Unreadable, bare, outlook, read, rtf
from tests.documents import envelopes as made
from tests.documents import making
from tests.documents.envelopes import BINARY, IMESSAGE, LONG, OBJECT, STRING8, UNICODE
from tests.effort import costs_at_most

HEAD = b"From: purchasing@aldwin.example\r\nSubject: Purchase order 4711\r\nMIME-Version: 1.0\r\n"
TEXT = "PO number: 4711\r\nQty: 5\r\n"
CSV = b"sku,qty\nW-100,5\n"
ENTITY = (
    b"Content-Type: multipart/mixed; boundary=Z\r\n\r\n--Z\r\n\r\nPO number: 4711\r\n--Z\r\n"
    b"Content-Type: text/csv; name=po.csv\r\nContent-Disposition: attachment\r\n\r\nsku,qty\r\nW-100,5\r\n--Z--\r\n"
)
INNER = [
    (0x37, UNICODE, "PO 4711"),
    (0x1000, UNICODE, TEXT),
    (0x5D02, UNICODE, "jo@acme.example"),
    (0x42, UNICODE, "Jo"),
]
FILE = [(0x3707, UNICODE, "po.csv"), (0x3705, LONG, 1)]


def attached(data, name="file", kind="application/octet-stream", text="See below."):
    part = (
        f'--B\r\nContent-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    body = HEAD + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\n"
    return body + text.encode() + b"\r\n" + part.encode() + base64.encodebytes(data) + b"--B--\r\n"


def whole(data, kind="application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"):
    return (
        HEAD + f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + base64.encodebytes(data)
    )


def names(documents):
    return [document.name for document in documents]


def texts(document):
    return [line.text for line in document.lines]


def problems(documents):
    return [document.problem for document in documents if document.problem]


def named(documents, name):
    return next(document for document in documents if document.name == name)


class TestMails:
    @pytest.mark.parametrize("name", ["po.eml", "PO.EML"])
    @pytest.mark.parametrize("kind", ["application/octet-stream", "text/plain", "application/x-mail"])
    def test_a_saved_mail_is_told_by_its_content(self, name, kind):
        inner = b"From: c@client.example\r\nSubject: PO 99\r\n\r\nPO number: 99 \xfc\r\n"
        documents = read(attached(inner, name, kind))[1]
        assert named(documents, "forwarded 1/body").author == "c@client.example"
        assert named(documents, "forwarded 1/body").lines[0].zone is Zone.FORWARD

    @pytest.mark.parametrize(("sender", "doubt"), [
        (b"", "a mail inside it names no sender"),
        (b"From: nobody\r\n", "a mail inside it names no sender"),
        (b"From: good@a.example <bad@b.example>\r\n", "the sender of a mail inside it can be read in two ways"),
        (b"From: a@a.example\r\nFrom: b@b.example\r\n", "the sender of a mail inside it can be read in two ways"),
        (b"From: A <a@a.example>\r\n", None),
    ])  # fmt: skip
    def test_a_mail_inside_without_one_clear_sender_is_a_defect_of_the_whole(self, sender, doubt):
        inner = sender + b"Subject: PO 99\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nPO number: 99\r\n"
        assert read(attached(inner, "po.eml"))[0].defects == ((doubt,) if doubt else ())

    def test_bounds_hold_inside_an_encoded_mail_too(self):
        bad = b"From: c@client.example\r\nSubject: x\r\nContent-Type: text/plain" + b"; a=b" * 200 + b"\r\n\r\nx"
        assert problems(read(attached(bad, "po.eml"))[1]) == ["a MIME field has more than 100 parameters"]

    def test_a_mail_whose_encoding_is_cut_off_is_read_and_told(self):
        inner = b"From: c@client.example\r\nSubject: PO 99\r\n\r\nPO number: 99\r\n" + b"x" * 50
        raw = attached(inner, "po.eml")
        cut = raw[: raw.index(b"--B--") - 4] + b"\r\n--B--\r\n"
        documents = read(cut)[1]
        assert texts(named(documents, "forwarded 1/body"))[0] == "PO number: 99"
        assert problems(documents) == ["its base64 text is cut off"]

    def test_a_mail_in_an_archive_is_told_and_not_taken_for_a_text(self):
        inner = b"From: c@client.example\r\nSubject: PO 99\r\n\r\nPO number: 99\r\n"
        documents = read(attached(making.zipped(po_eml=inner), "po.zip"))[1]
        assert problems(documents) == ["a mail inside another file is not opened: send the mail itself"]

    def test_nesting_a_thousand_deep_costs_nothing(self):
        data = b"From: a@b.example\r\nSubject: x\r\n\r\nbottom"
        for _ in range(40):
            data = attached(data, "po.eml")
            if len(data) > 5_000_000:
                break
        with costs_at_most(2):
            assert problems(read(data)[1]) == ["messages are nested more than 5 deep"]
        cms = b"bottom"
        for _ in range(1000):
            cms = made.signed(cms)
        assert problems(bare("smime.p7m", cms)[1]) == ["messages are nested more than 5 deep"]


class TestOutlook:
    def test_a_message_is_a_mail_with_its_sender_text_files_and_mails_inside(self):
        data = made.msg(
            INNER, [(FILE, CSV), ([(0x3705, LONG, 5)], made.storage([(0x1000, UNICODE, "below"), *INNER[2:]]))]
        )
        documents = read(attached(data, "po.msg"))[1]
        assert names(documents) == [
            "body", "po.msg", "forwarded 1/head", "forwarded 1/body", "forwarded 1/po.csv",
            "forwarded 1/forwarded 1/head", "forwarded 1/forwarded 1/body",
        ]  # fmt: skip
        assert problems(documents) == []
        assert {document.author for document in documents[2:]} == {"jo@acme.example"}
        assert named(documents, "forwarded 1/po.csv").tables[0].rows == (("sku", "qty"), ("W-100", "5"))
        assert texts(named(documents, "forwarded 1/head")) == ['From: "Jo" <jo@acme.example>', "Subject: PO 4711"]

    def test_a_large_file_in_it_is_whole(self):
        content = b"sku,qty\n" + b"W-100,5\n" * 5000
        documents = bare("po.msg", made.msg(INNER, [(FILE, content)]))[1]
        assert named(documents, "forwarded 1/po.csv").size == len(content)

    def test_the_headers_that_it_came_with_go_before_what_outlook_knows(self):
        headers = (0x7D, UNICODE, "Received: x\r\nFrom: real@client.example\r\nSubject: =?utf-8?q?B=C3=BC?=\r\n")
        documents = bare("po.msg", made.msg([*INNER, headers]))[1]
        assert named(documents, "forwarded 1/body").author == "real@client.example"
        assert "Subject: Bü" in texts(documents[0])

    @pytest.mark.parametrize(("entries", "author"), [
        ([(0x65, STRING8, b"a@b.example"), (0x64, STRING8, b"SMTP")], "a@b.example"),
        ([(0x65, UNICODE, "/O=X/OU=Y/CN=JO@X"), (0x64, UNICODE, "EX")], None),
        ([(0x42, UNICODE, "Jo <fake@x.example>"), (0x5D01, UNICODE, "jo@b.example")], "jo@b.example"),
        ([(0x5D02, UNICODE, "x\r\nBcc: y@z.example"), (0x42, UNICODE, "J\r\nX: y")], None),
    ])  # fmt: skip
    def test_only_an_internet_address_names_the_sender(self, entries, author):
        mail, documents = bare("po.msg", made.msg([(0x1000, UNICODE, TEXT), *entries]))
        assert named(documents, "forwarded 1/body").author == author
        assert bool(mail.defects) is (author is None)

    @pytest.mark.parametrize(("entries", "said"), [
        ([(0x1000, STRING8, "Größe".encode("cp1252"))], "Größe"),
        ([(0x1000, STRING8, "zażółć".encode("cp1250")), (0x3FFD, LONG, 1250)], "zażółć"),
        ([(0x1013, BINARY, "<p>Größe".encode()), (0x3FDE, LONG, 65001)], "Größe"),
        ([(0x1013, BINARY, "<p>Größe".encode("cp1252")), (0x3FDE, LONG, 999_999)], "Größe"),
        ([(0x1013, UNICODE, "<p>Größe")], "Größe"),
    ])  # fmt: skip
    def test_its_text_is_read_whatever_its_code_page(self, entries, said):
        documents = bare("po.msg", made.msg([*entries, *INNER[2:]]))[1]
        assert texts(documents[1]) == [said]

    @pytest.mark.parametrize("packed", [made.rich(rb"PO 4711\par"), made.rich(b"x", 2**31), b"\0" * 20, b"LZFu", b"x"])
    def test_a_text_in_rtf_alone_says_that_it_is_not_read(self, packed):
        documents = bare("po.msg", made.msg([(0x1009, BINARY, packed), *INNER[2:]]))[1]
        assert [document.problem for document in documents[1:]] == [
            "its text is in RTF alone, or says more there than in plain text: it is not read"
        ]

    @pytest.mark.parametrize(("said", "more"), [
        (rb"PO number: 4711\par Qty: 5", False),
        (rb"PO number: 4711\par Qty: 6", True),
        (rb"{\*\htmltag <td width=99>}PO number: 4711\htmlrtf 7\htmlrtf0  Qty: 5", False),
        (rb"PO number: 4711\par Qty: \u53\'3f", False),
        (rb"PO number: 4711\par Qty: 5 } 6", True),
    ])  # fmt: skip
    def test_a_formatted_text_that_says_no_more_than_the_plain_one_is_passed_over(self, said, more):
        documents = bare("po.msg", made.msg([*INNER, (0x1009, BINARY, made.rich(said))]))[1]
        assert bool(problems(documents)) is more

    def test_packed_rtf_is_unpacked_as_the_standard_shows(self):
        """[MS-OXRTFCP], 4.1."""
        one = "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
        two = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0"
        assert rtf.unpacked(bytes.fromhex(one)) == rb"{\rtf1\ansi\ansicpg1252\pard hello world}" + b"\r\n"
        assert rtf.unpacked(bytes.fromhex(two)) == rb"{\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
        for cut in range(len(one) // 2 - 2):
            assert rtf.unpacked(bytes.fromhex(one)[:cut]) is None

    def test_what_is_only_linked_says_so(self):
        documents = bare("po.msg", made.msg(INNER, [([(0x3707, UNICODE, "po.pdf"), (0x3705, LONG, 4)], b"")]))[1]
        assert documents[-1].name == "forwarded 1/po.pdf"
        assert documents[-1].problem

    @pytest.mark.parametrize("cut", [0, 100, 600, 1535, 2000, 4000])
    def test_a_damaged_one_says_so(self, cut):
        data = made.msg(INNER, [(FILE, CSV * 500)])[:cut]
        documents = bare("po.msg", data)[1]
        assert problems(documents)

    def test_a_loop_in_its_tables_ends(self):
        data = bytearray(made.msg(INNER, [(FILE, CSV * 2000)]))
        table = data[:512].index(b"\xff\xff\xff\xff", 76)
        assert table > 76
        place = (int.from_bytes(data[76:80], "little") + 1) * 512
        for at in range(place, place + 512, 4):
            data[at : at + 4] = b"\0\0\0\0"
        with costs_at_most(2):
            assert problems(bare("po.msg", bytes(data))[1])

    def test_lying_sizes_cost_nothing(self):
        entries = [(0x8000 + number, BINARY, b"x" * 5000) for number in range(50)]
        data = bytearray(made.msg([*INNER, *entries]))
        for at in range(0, len(data) - 128, 128):
            if data[at : at + 20] == "__substg1.".encode("utf-16-le"):
                data[at + 120 : at + 124] = b"\0\0\0\x70"
        with costs_at_most(2):
            assert problems(bare("po.msg", bytes(data))[1])

    def test_a_directory_of_very_many_entries_is_refused(self):
        entries = [(0x100 + number, BINARY, b"") for number in range(outlook.ENTRIES + 10)]
        with costs_at_most(5):
            assert problems(bare("po.msg", made.msg(entries))[1]) == ["it has more than 4000 entries"]


class TestWinmail:
    def test_its_files_have_their_long_names(self):
        name = "Purchase order 4711 of the Hull works, with an ü (November 2026).csv"
        documents = read(attached(made.tnef([], [([(0x3707, UNICODE, name)], CSV)]), "winmail.dat"))[1]
        assert names(documents) == ["body", "winmail.dat", f"winmail.dat/{name}"]
        assert documents[-1].tables[0].rows == (("sku", "qty"), ("W-100", "5"))
        assert problems(documents) == []

    def test_a_short_name_does_where_there_is_no_other(self):
        documents = bare("winmail.dat", made.tnef([], [([], CSV)]))[1]
        assert names(documents) == ["ORDER~1.CSV"]

    def test_a_message_inside_is_a_mail_with_a_writer_of_its_own(self):
        inner = (([(0x3701, OBJECT, IMESSAGE + made.tnef(INNER, [(FILE, CSV)]))]), None)
        documents = bare("winmail.dat", made.tnef([], [inner]))[1]
        assert names(documents) == ["forwarded 1/head", "forwarded 1/body", "forwarded 1/po.csv"]
        assert {document.author for document in documents} == {"jo@acme.example"}

    def test_its_text_is_the_mails(self):
        documents = bare("winmail.dat", made.tnef([(0x1000, UNICODE, TEXT), (0x1013, BINARY, b"<p>PO number: 4711")]))[
            1
        ]
        assert names(documents) == ["body", "body (html)"]
        assert documents[0].author is None
        assert documents[0].lines[0].zone is Zone.TOP

    @pytest.mark.parametrize(("text", "said", "more"), [
        (TEXT, rb"PO number: 4711\par Qty: 5", False),
        (TEXT, rb"PO number: 4711\par Qty: 50", True),
        (TEXT, rb"Please cancel line two.", True),
        ("", rb"Please see the attached order.", True),
    ])  # fmt: skip
    def test_its_formatted_text_is_passed_over_when_the_mail_says_the_same_in_plain(self, text, said, more):
        data = made.tnef([(0x1009, BINARY, made.rich(said))], [(FILE, CSV)])
        documents = read(attached(data, "winmail.dat", text=text))[1]
        assert bool(problems(documents)) is more
        assert documents[-1].tables
        if more:
            assert "Please" in texts(documents[-2])[0] or "PO number: 4711" in texts(documents[-2])

    def test_checksums_that_do_not_fit_are_a_doubt_and_no_more(self):
        documents = bare("winmail.dat", made.tnef([(0x1000, UNICODE, TEXT)], checksum=1))[1]
        assert problems(documents) == ["its checksums do not fit"]
        assert texts(named(documents, "body")) == ["PO number: 4711", "Qty: 5"]

    @pytest.mark.parametrize("length", [0xFFFFFFFF, 0x7FFFFFFF, 0x10000])
    def test_lying_lengths_read_nothing_beyond_the_end(self, length):
        sound = made.tnef([(0x1000, UNICODE, TEXT)], [(FILE, CSV)])
        assert problems(bare("winmail.dat", sound)[1]) == []
        at = 6
        while at < len(sound):
            lying = sound[: at + 5] + length.to_bytes(4, "little") + sound[at + 9 :]
            assert problems(bare("winmail.dat", lying)[1])
            at += 11 + int.from_bytes(sound[at + 5 : at + 9], "little")
        for at in range(6, len(sound)):
            bare("winmail.dat", sound[:at] + length.to_bytes(4, "little") + sound[at + 4 :])

    def test_very_many_attributes_and_attachments_are_refused(self):
        many = made.tnef([], []) + made.attribute(1, 0x8FFF, b"") * 6000
        assert problems(bare("winmail.dat", many)[1]) == ["it has more than 5000 attributes"]
        assert problems(bare("winmail.dat", made.tnef([], [(FILE, CSV)] * 101))[1]) == [
            "it has more than 100 attachments"
        ]


class TestSigned:
    @pytest.mark.parametrize("envelope", [
        made.signed(ENTITY), made.signed(ENTITY, "v3"), made.indefinite(ENTITY), made.indefinite(ENTITY, 50),
        made.compressed(zlib.compress(ENTITY)), made.signed(whole(made.signed(ENTITY)).partition(b"1.0\r\n")[2]),
        base64.encodebytes(made.signed(ENTITY)),
        b"-----BEGIN PKCS7-----\n" + base64.encodebytes(made.signed(ENTITY)) + b"-----END PKCS7-----\n",
    ], ids=["v1", "v3", "BER", "BER in pieces", "compressed", "twice", "base64 twice", "PEM"])  # fmt: skip
    def test_an_opaque_mail_is_read_as_if_it_had_no_envelope(self, envelope):
        documents = read(whole(envelope))[1]
        assert names(documents) == ["body", "po.csv"]
        assert texts(documents[0]) == ["PO number: 4711"]
        assert documents[0].lines[0].zone is Zone.TOP
        assert problems(documents) == []

    def test_bytes_tell_not_the_name(self):
        documents = read(attached(made.signed(ENTITY), "order.dat"))[1]
        assert names(documents) == ["body", "order.dat", "order.dat/body", "order.dat/po.csv"]

    def test_a_file_that_was_signed_by_itself_is_that_file(self):
        documents = read(attached(made.signed(making.order_pdf()), "po.pdf.p7m"))[1]
        assert names(documents) == ["body", "po.pdf.p7m", "po.pdf.p7m/po.pdf"]
        assert documents[-1].tables

    def test_a_mail_inside_with_a_sender_of_its_own_keeps_apart(self):
        inner = b"From: c@client.example\r\nTo: us@us.example\r\nSubject: PO 99\r\n\r\nPO number: 99\r\n"
        documents = read(whole(made.signed(inner)))[1]
        assert names(documents) == ["forwarded 1/head", "forwarded 1/body"]
        assert documents[1].author == "c@client.example"

    @pytest.mark.parametrize("kind", ["pkcs7-signature", "x-pkcs7-signature"])
    def test_a_signature_alone_is_no_unread_attachment(self, kind):
        documents = read(attached(made.signed(None), "smime.p7s", f"application/{kind}"))[1]
        assert problems(documents) == []

    @pytest.mark.parametrize("kind", ["pkcs7-signature", "pgp-signature"])
    @pytest.mark.parametrize("data", [CSV, making.order_pdf(), b"PO number: 99\r\n", made.signed(CSV)])
    def test_under_the_name_of_a_signature_nothing_hides(self, data, kind):
        documents = read(attached(data, "po.csv", f"application/{kind}"))[1]
        assert any(document.lines for document in documents[1:])

    @pytest.mark.parametrize("kind", ["enveloped_data", "authenticated_enveloped_data", "encrypted_data"])
    def test_an_encrypted_mail_says_so(self, kind):
        documents = read(whole(made.enveloped(kind), "application/pkcs7-mime; smime-type=enveloped-data"))[1]
        assert problems(documents) == ["the mail is encrypted (S/MIME): decrypt it, or ask for it in clear"]

    def test_an_encrypted_part_beside_a_readable_one_says_so_too(self):
        documents = read(attached(made.enveloped(), "smime.p7m", text=TEXT))[1]
        assert problems(documents) == ["the mail is encrypted (S/MIME): decrypt it, or ask for it in clear"]

    def test_a_bomb_is_not_unpacked(self):
        bomb = zlib.compress(b"Content-Type: text/plain\r\n\r\n" + b"a" * 30_000_000, 9)
        with costs_at_most(2):
            assert "hundredfold" in problems(read(whole(made.compressed(bomb)))[1])[0]
            twice = made.compressed(zlib.compress(whole(made.compressed(bomb)).partition(b"1.0\r\n")[2]))
            assert "hundredfold" in problems(read(whole(twice))[1])[0]

    @pytest.mark.parametrize("data", [
        made.signed(ENTITY)[:60], made.signed(ENTITY)[:-10], made.compressed(zlib.compress(ENTITY)[:-5]), made.compressed(b"no"),
        b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" + b"\xa0\x80\x30\x80" * 5000, b"\x30\x82",
        b"\x30\x84\xff\xff\xff\xff\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
    ])  # fmt: skip
    def test_a_damaged_one_says_so(self, data):
        with costs_at_most(2):
            assert problems(read(whole(data))[1])


class TestPgp:
    def test_a_text_signed_in_clear_is_read_without_its_armour(self):
        text = (
            "Before.\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nPO number: 4711\n- - 5 of W-100\n- -----BEGIN x\n"
            "-----BEGIN PGP SIGNATURE-----\nVersion: GnuPG v2\n\niQEzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\nBehind.\n"
        )
        [body] = read(HEAD + b"\r\n" + text.encode())[1]
        assert texts(body) == ["Before.", "", "PO number: 4711", "- 5 of W-100", "-----BEGIN x", "Behind."]

    @pytest.mark.parametrize("held", ["Comment: please cancel line 2", "cancel line 2", "-----BEGIN"])
    def test_what_stands_in_an_armour_and_is_none_stays_text(self, held):
        text = f"-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n-----BEGIN PGP SIGNATURE-----\n{held}\n-----END PGP SIGNATURE-----\n"
        assert held in texts(read(HEAD + b"\r\n" + text.encode())[1][0])

    def test_dashes_outside_a_signed_text_stay(self):
        assert texts(read(HEAD + b"\r\n- 5 of W-100\n")[1][0]) == ["- 5 of W-100"]

    @pytest.mark.parametrize("kind", ["text/plain", "text/html"])
    def test_an_encrypted_text_says_so_and_what_is_around_it_is_kept(self, kind):
        armour = "-----BEGIN PGP MESSAGE-----<br>\n\nhQEMA<br>\n-----END PGP MESSAGE-----"
        text = armour if kind == "text/html" else armour.replace("<br>", "")
        [body] = read(HEAD + f"Content-Type: {kind}\r\n\r\nOur order:<br>\n{text}".encode())[1]
        assert body.problem == "the mail is encrypted (PGP): decrypt it, or ask for it in clear"
        assert "Our order:" in body.lines[0].text

    def test_an_encrypted_wording_of_an_alternative_counts(self):
        raw = (
            HEAD
            + b"Content-Type: multipart/alternative; boundary=B\r\n\r\n--B\r\n\r\n-----BEGIN PGP MESSAGE-----\r\nx\r\n"
        )
        documents = read(raw + b"--B\r\nContent-Type: text/html\r\n\r\n<p>PO number: 4711\r\n--B--\r\n")[1]
        assert len(problems(documents)) == 1

    def test_a_quoted_one_does_not_make_the_answer_encrypted(self):
        assert problems(read(HEAD + b"\r\nThanks!\r\n> -----BEGIN PGP MESSAGE-----\r\n> x\r\n")[1]) == []

    def test_an_encrypted_mail_is_one_reason_and_what_it_shows_all_the_same_is_read(self):
        head = (
            HEAD
            + b"Content-Type: multipart/encrypted; boundary=B\r\n\r\n--B\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
        )
        documents = read(
            head + b"--B\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\nx\r\n--B--\r\n"
        )[1]
        assert names(documents) == ["encrypted mail"]
        documents = read(head + b"--B\r\nContent-Type: text/csv; name=po.csv\r\n\r\nsku,qty\r\nW-1,5\r\n--B--\r\n")[1]
        assert names(documents) == ["encrypted mail", "po.csv"]
        assert len(problems(documents)) == 1


class TestFiles:
    @pytest.mark.parametrize(("name", "data", "problem"), [
        ("po.pdf", b"", "the file is empty"),
        ("po.csv", b" \r\n", "the file is empty"),
        ("ATT00001.txt", b"", None),
        ("po.pdf", b"please see the portal\n", "it is called a PDF and is none: damaged, or of another kind"),
        ("po.pdf", b"\x01\x02\x03\x00" * 50, "it is called a PDF and is none: damaged, or of another kind"),
        ("po.docx", b"<html><p>x</html>", "it is called a Word document and is none: damaged, or of another kind"),
        ("po.msg", b"\x00" * 50, "it is called an Outlook message and is none: damaged, or of another kind"),
        ("po.pdf", made.signed(None), "it is called a PDF and is none: damaged, or of another kind"),
        ("po.xls", b"sku;qty\nW-1;5\n", None),
        ("po.xls", b"<html><table><tr><td>sku<td>qty</table></html>", None),
        ("po.dat", b"\x01\x02\x03\x00" * 50, "a file whose content tells no kind that is read"),
    ])  # fmt: skip
    def test_an_empty_or_misnamed_file_says_so_where_it_matters(self, name, data, problem):
        documents = read(attached(data, name))[1]
        assert [document.problem for document in documents[1:]] == [problem]

    def test_a_misnamed_file_is_read_as_what_it_is(self):
        documents = read(attached(making.order_pdf(), "po.xlsx"))[1]
        assert documents[1].tables
        assert problems(documents) == []


# --- nothing raises ---------------------------------------------------------------------------------------------------

SEEDS = {
    "winmail.dat": made.tnef(INNER, [(FILE, CSV), ([(0x3701, OBJECT, IMESSAGE + made.tnef(INNER))], None)]),
    "po.msg": made.msg(INNER, [(FILE, CSV * 600), ([(0x3705, LONG, 5)], made.storage(INNER))]),
    "signed.p7m": made.signed(ENTITY),
    "streamed.p7m": made.indefinite(ENTITY),
    "compressed.p7m": made.compressed(zlib.compress(ENTITY)),
    **{
        path.name: path.read_bytes()
        for path in (Path(__file__).parent.parent / "mail" / "general").glob("*.eml")
        if path.stem.startswith(("smime", "pgp", "pec", "outlook", "winmail", "eml-"))
    },
}


def mutated(data, chance):
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at, how = chance.randrange(max(1, len(out))), chance.random()
        if how < 0.5 and out:
            out[at] = chance.choice((0, 255, 0x80, 0x7F, chance.randrange(256)))
        elif how < 0.7:
            out[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\1\0\0"))
        elif how < 0.8:
            del out[at : at + chance.randrange(1, 40)]
        elif how < 0.9:
            out[at:at] = out[at : at + chance.randrange(1, 200)]
        else:
            del out[at:]
    return bytes(out)


@pytest.mark.parametrize("name", SEEDS)
def test_an_envelope_with_random_mutations_never_raises(name):
    chance = random.Random(name)
    for _ in range(150):
        data = mutated(SEEDS[name], chance)
        try:
            documents = read(data)[1] if name.endswith(".eml") else bare(name, data)[1]
        except Unreadable:
            continue
        assert not any("Error" in problem for problem in problems(documents))
