"""Attacks 24 to 32: what a document makes of what we write, compute, ask for and send."""

import json
import logging
import re
from dataclasses import replace
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

import maildaemon
from maildaemon import identity as identities
from maildaemon import log
from maildaemon.decide import Stand, decide
from maildaemon.model import Found, Known, Order, Reading
from maildaemon.parse.dates import dated
from maildaemon.parse.numbers import number
from maildaemon.reply import acknowledgement, note
from tests.documents import making
from tests.interchanges import cxml
from tests.reply.builders import MESSAGE_ID, NOW, TOKEN, decided, identity, line, mail, order, part
from tests.worlds import PLAYBOOK

PACKAGE = Path(maildaemon.__file__).parent


def test_24_no_formula_leaves_us_because_no_spreadsheet_does():
    """Who adds an export quotes what it holds first (ASVS 1.2.10), and tests that here."""
    writers = re.compile(r"csv\.(?:Dict)?[Ww]riter|Workbook\(|xlsxwriter|to_excel|to_csv")
    assert [path for path in PACKAGE.rglob("*.py") if writers.search(path.read_text())] == []


SCRIPTS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "javascript:alert(1)", "</td></tr></table><h1>",
    "<a href=https://evil.example>", "<style>*{display:none}</style>", "<!--", "]]>", "&lt;script&gt;", "<iframe srcdoc='x'>",
    "<form action=//evil.example>", "{{constructor}}", "<meta http-equiv=refresh content=0>", "' onmouseover='alert(1)", "\x00<b>",
    "<base href=//evil.example>", "<math><mi xlink:href=data:x>", "<details open ontoggle=alert(1)>", "\u2028<b>", "<<b>", "<b", "&#60;b&#62;",
)  # fmt: skip
OURS = {"html", "head", "meta", "title", "body", "table", "tbody", "tr", "td", "p", "strong", "br", "span", "img"}


@pytest.mark.parametrize("text", SCRIPTS)
def test_25_markup_in_every_field(text):
    """What stands in a page of ours is text: no element, no attribute and no address is a client's."""
    said = Found(text, "body", "line 1", text)
    one = replace(
        order(po=text, lines=0), buyer=said, ship_to=said, bill_to=said, payment_terms=said, currency=said,
        lines=(line(sku=said, buyer_sku=said, description=said, unit=said, note=said),), language=None,
    )  # fmt: skip
    incoming = mail(subject=text, sender_name=text)
    answer = acknowledgement(
        decided(one), incoming, identity(name="A", contact=""), now=NOW, message_id=MESSAGE_ID, token=TOKEN
    )
    nodes = [node for node in LexborHTMLParser(part(answer.raw, "html")).root.traverse() if not node.is_text_node]
    assert {node.tag for node in nodes} - {"-comment", "!doctype", "-doctype"} <= OURS
    assert not any(
        name.startswith("on") or name in {"href", "srcdoc", "action"} for node in nodes for name in node.attributes
    )
    sources = [node.attributes["src"] for node in nodes if "src" in node.attributes]
    assert [source.partition(TOKEN)[0] for source in sources] == ["https://t.maker.example/o/"]


@pytest.mark.parametrize("page", [
    "<div>" * 200_000, "<b>" * 200_000, "<table>" * 5000, "<a " + "x=1 " * 100_000 + ">", "<svg>" * 50_000, "<!--" * 100_000,
    "<p><b><i>" * 50_000, "<select>" * 20_000, "<" * 200_000, "&" * 200_000, "<table><tr><td>" * 3000,
])  # fmt: skip
def test_25_pages_that_are_deep(read, page):
    found = read.file("order.html", b"<html>" + page.encode())
    assert found.problem or len(found.lines) <= 20_000


# --- 27 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "\u00b2", "\u0663", "\u0967", "1E5", "1e+400", "1E+1000000", "NaN", "Infinity", "-Infinity", "sNaN", "1_000", "0x10", "\u2160",
    "5\u0660", "\u00bd", "1" * 25, "+-5", "5\u202e", "--5",
])  # fmt: skip
def test_27_what_is_no_number_however_unicode_sees_it(text):
    assert number(text) is None


@pytest.mark.parametrize("mark", ["\u202e", "\u200b", "\u00ad", "\ufeff", "\u2066", "\u200e", "\u2060", "\u200d"])
def test_27_marks_that_nobody_sees_part_no_number(read, mark):
    """What looks like one number is that number, and is compared as such."""
    found = read.mail(
        f"From: a@b.example\r\nSubject: Order\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPO number: 47{mark}11\r\n".encode()
    )
    assert [one.po_number.value for one in found.orders] == ["4711"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("PO-4711", "po-4711"), ("\uff30\uff2f-4711", "PO-4711"), ("ﬁ-1", "FI-1"), ("STRASSE1", "straße1")],
)
def test_27_numbers_that_look_alike_are_one(one, other):
    assert identities.po_key(one) == identities.po_key(other)


# --- 28, 29, 30 -------------------------------------------------------------------------------------------------------

TEMPLATES = (
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "%s%n%x",
    "{0.__class__}",
    "{% include 'x' %}",
    "<%= 7*7 %>",
    "{subject}",
    "{{config}}",
    "{}",
)


@pytest.mark.parametrize("text", TEMPLATES)
def test_28_what_looks_like_a_template_is_text(read, text):
    sent = f"From: a@client.example\r\nSubject: Order {text}\r\n\r\nPO number: 4711\r\nItem: W-1\r\nDescription: {text}\r\nQuantity: 5\r\n"
    found = read.mail(sent.encode())
    assert isinstance(found, Reading)
    said = Found(text, "body", "line 1", text)
    one = Order(po_number=said, buyer=said, ship_to=said, total=Found(Decimal(1), "body", text, text), doubts=(text,))
    raw = note(replace(decided(checked=(one,)), reason=text), found.mail, identity(), now=NOW, message_id=MESSAGE_ID)
    written = part(raw, "plain")
    assert f"buyer: {text}" in written
    assert "49" not in written.replace("+49 30", "")


def test_29_nothing_that_a_document_points_at_is_fetched(read, listener):
    url = listener.url
    page = f"""<html><head><link rel=stylesheet href="{url}"><base href="{url}"><meta http-equiv=refresh content="0;url={url}"></head>
    <body background="{url}"><img src="{url}"><iframe src="{url}"></iframe><p>PO number: 4711</p><object data="{url}"></object>
    <script src="{url}"></script></body></html>"""
    relations = f"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
    Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" Target="{url}" TargetMode="External"/>
    </Relationships>"""
    link = f"/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI ({url}) >> >>] ".encode()
    documents = {
        "order.html": page.encode(),
        "order.xml": cxml().replace("http://xml.cxml.org/schemas/cXML/1.2.060/cXML.dtd", url).encode(),
        "schema.xml": f'<Order xmlns="urn:x" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x {url}"/>'.encode(),
        "style.xml": f'<?xml version="1.0"?><?xml-stylesheet href="{url}"?><Order xmlns="urn:x"/>'.encode(),
        "order.docx": making.replaced(making.order_docx(), "word/_rels/document.xml.rels", relations.encode()),
        "order.xlsx": making.replaced(making.order_xlsx(), "xl/_rels/workbook.xml.rels", relations.encode()),
        "order.pdf": making.pdf([(50, 60, "PO number: 4711")], page_extra=link),
    }
    for name, data in documents.items():
        assert not isinstance(read.file(name, data), str)
    rest = f'MIME-Version: 1.0\r\nContent-Type: message/external-body; access-type=URL; URL="{url}"\r\n\r\nContent-Type: text/plain\r\n\r\n'
    assert isinstance(read.mail(f"From: a@b.example\r\n{rest}".encode()), Reading)
    assert listener.connections == 0


@pytest.mark.parametrize("text", [
    "a\r\n2026-11-24T09:00:00Z INFO sent mail_id=1", "\x1b[2J\x1b[31mred", "\u202egnol", "x" * 1_000_000, "\x00", "\x9b31m", "a\u2028b", "\x07",
    '" action=acknowledge why="', "\ud800",
])  # fmt: skip
@pytest.mark.parametrize("form", [log.TextFormat, log.JsonFormat])
def test_30_a_line_of_the_log_stays_one(caplog, text, form):
    with caplog.at_level(logging.INFO, "maildaemon"):
        log.decided(1, "box", "order", "review", text, sender=text, subject=text, orders=[text])
    shown = form().format(caplog.records[0])
    assert len(shown.splitlines()) == 1
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u2028" for char in shown)
    assert len(shown) < 4096
    if form is log.JsonFormat:
        assert json.loads(shown)["action"] == "review"
    else:
        assert shown.count(" action=") == 1 or " action=acknowledge" not in shown.replace('\\" action', "")


# --- 31, 32 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "99999-01-01", "0000-01-01", "2026-13-01", "2026-02-30", "31/02/2026", "00/00/2026", "2026-W60", "KW 99/2026", "29.02.2027", "1e9",
    "\u0662\u0660\u0662\u0666-01-01", "12/31/99999",
])  # fmt: skip
def test_31_days_that_are_none(text):
    assert dated(text) is None


@pytest.mark.parametrize("day", ["01.01.1970", "31.12.9999", "24.11.2036"])
def test_31_days_that_nobody_orders_for_make_a_person_look(read, day):
    text = f"PO number: 4711\r\nRequested date: {day}\r\nItem: W-1\r\nQuantity: 5\r\n"
    found = read.mail(f"From: a@b.example\r\nSubject: Order\r\n\r\n{text}".encode())
    decision = decide(found, tuple(Known(at=NOW) for _ in found.orders), PLAYBOOK, Stand(), content="x")
    assert any("date" in objection.reason for objection in decision.objections), decision.objections


@pytest.mark.parametrize(
    "date", ["Mon, 99 Foo 99999 99:99:99 +999999999", "Thu, 01 Jan 1970 00:00:00 +0000", "", "\x00", "9" * 5000]
)
def test_31_a_date_header_that_is_none(read, date):
    found = read.mail(f"From: a@b.example\r\nDate: {date}\r\n\r\nPO number: 4711\r\n".encode())
    assert isinstance(found, Reading)


def test_32_the_servers_that_tests_and_the_demo_run_do_not_smuggle():
    """CVE-2024-27305."""
    assert tuple(map(int, version("aiosmtpd").split(".")[:3])) >= (1, 4, 6)


@pytest.mark.parametrize("text", ["\n.\n", "\r.\r", "\n.\r\n", "\r\n.\r\nMAIL FROM:<a@b>\r\n", ".", "..\n."])
def test_32_no_message_of_ours_ends_before_its_end(text):
    """No CR or LF stands alone in what we send: no server can take anything in it for the end of the message."""
    said = Found(text, "body", "line 1", text)
    one = replace(order(lines=0), lines=(line(description=said),), buyer=said)
    answer = acknowledgement(decided(one), mail(subject=text), identity(), now=NOW, message_id=MESSAGE_ID, token=None)
    written = note(decided(checked=(one,)), mail(subject=text), identity(), now=NOW, message_id=MESSAGE_ID)
    for raw in (answer.raw, written):
        assert b"\r" not in raw.replace(b"\r\n", b"")
        assert b"\n" not in raw.replace(b"\r\n", b"")
