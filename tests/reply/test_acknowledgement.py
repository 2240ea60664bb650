"""What a client gets."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from maildaemon.model import CustomerMatch, Found, Kind, Product, ProductMatch
from maildaemon.reply import CannotAnswer, HeaderMismatch, acknowledgement
from tests.reply.builders import (
    HEADERS,
    MESSAGE_ID,
    NOW,
    TOKEN,
    UNTHREADED,
    decided,
    identity,
    line,
    mail,
    order,
    parsed,
    part,
)  # fmt: skip

PAYLOADS = (
    "4711\r\nBcc: injected@evil.example",
    "4711\nBcc: injected@evil.example",
    "4711\rBcc: injected@evil.example",
    "=?UTF-8?Q?=0D=0A?=Bcc: injected@evil.example",
    "=?UTF-8?Q?=0D=0ABcc:injected@evil.example?=",
    "=?utf-8?b?DQpCY2M6IGluamVjdGVkQGV2aWwuZXhhbXBsZQ==?=",
    "4711\r\n\r\n<script>alert(1)</script>",
    "4711\x00Bcc: injected@evil.example",
    "4711\x85Bcc: injected@evil.example",
    "4711\u2028Bcc: injected@evil.example",
    "{{7*7}}${7*7}%s{0.__class__}",
    "<img src=http://evil.example/x.gif>",
    "\u202e1174",
    "４７１１",
    "A" * 5000,
)


def answer(decision=None, to=None, who=None, *, token=None, message_id=MESSAGE_ID):
    return acknowledgement(
        decision or decided(order()), to or mail(), who or identity(), now=NOW, message_id=message_id, token=token
    )


def test_a_clear_order_is_acknowledged():
    reply = answer(decided(order(lines=2)))
    message = parsed(reply.raw)
    assert message["Subject"] == reply.subject == "Order received: PO 4711 – our reference MD-0000000000"
    assert message["To"] == reply.recipient == "buyer@client.example"
    assert message["From"] == "Maker GmbH <orders@maker.example>"
    assert reply.envelope_from == "ack@bounce.maker.example"
    for wanted in ("MD-0000000000", "4711", "W-100", "W-101", "Widget, blue", "5 pcs × 1.20 EUR", "6.00 EUR",
                   "1,234.50 EUR", "3 December 2026", "receipt, not yet an acceptance", "Anna Weiß"):  # fmt: skip
        assert wanted in reply.text
        assert wanted in part(reply.raw, "html")
    assert part(reply.raw, "plain") + "\n" == reply.text


def test_the_headers_are_exactly_those_that_are_meant():
    message = parsed(answer().raw)
    assert message.keys() == HEADERS
    assert message["Message-ID"] == MESSAGE_ID
    assert message["In-Reply-To"] == message["References"] == "<parent@client.example>"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert message["X-Maildaemon-Id"] == "MD-0000000000"
    assert message["Reply-To"] == "orders@maker.example"
    assert message["Date"] == "Mon, 23 Nov 2026 12:00:00 +0000"
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]


def test_the_bytes_follow_from_the_arguments():
    assert answer(token=TOKEN) == answer(token=TOKEN)


def test_lines_are_short_ascii_and_end_in_crlf():
    reply = answer(decided(order(lines=30, language="de"), checked=(order("4712"),)), token=TOKEN)
    assert reply.raw.isascii()
    lines = reply.raw.split(b"\r\n")
    assert not any(b"\r" in one or b"\n" in one for one in lines)
    assert max(map(len, lines)) <= 78


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Order received: PO 4711", "1,234.50 EUR", "3 December 2026", "5 pcs")),
        ("de", ("Bestellung eingegangen: Nr. 4711", "1.234,50 EUR", "3. Dezember 2026", "5 Stück", "keine Annahme")),
        ("fr", ("Commande reçue : n° 4711", "1\u00a0234,50 EUR", "3 décembre 2026", "5 pièces")),
        ("es", ("Pedido recibido: n.º 4711", "1.234,50 EUR", "3 de diciembre de 2026", "5 uds.")),
        ("it", ("Ordine ricevuto: n. 4711", "1.234,50 EUR", "3 dicembre 2026", "5 pz")),
        ("nl", ("Bestelling ontvangen: nr. 4711", "1.234,50 EUR", "3 december 2026", "5 stuks")),
    ],
)
def test_it_speaks_the_customers_language(language, words):
    reply = answer(decided(order(language=language)))
    assert parsed(reply.raw)["Subject"] == reply.subject
    assert reply.subject.startswith(words[0])
    for word in words[1:]:
        assert word in reply.text
    assert f'<html lang="{language}">' in part(reply.raw, "html")


@pytest.mark.parametrize(
    ("customers", "orders", "ours", "spoken"),
    [("de-AT", "fr", "en", "de"), (None, "fr", "de", "fr"), ("sv", None, "de", "de"), ("ger", "", "xx", "en")],
)
def test_the_language_is_the_customers_or_the_orders_or_ours(customers, orders, ours, spoken):
    reply = answer(decided(replace(order(language=customers), language=orders)), who=identity(language=ours))
    assert f'<html lang="{spoken}">' in part(reply.raw, "html")


def test_an_order_of_nobody_we_know_is_answered_in_its_own_language():
    reply = answer(decided(replace(order(customer=CustomerMatch()), language="es")))
    assert reply.subject.startswith("Pedido recibido")


@pytest.mark.parametrize(
    ("kind", "subject"), [(Kind.CHANGE, "Order change received"), (Kind.CANCELLATION, "Cancellation received")]
)
def test_a_change_and_a_cancellation_are_called_what_they_are(kind, subject):
    assert answer(decided(order(), kind=kind)).subject.startswith(f"{subject}: PO 4711")


def test_one_answer_names_every_order_of_the_mail():
    reply = answer(decided(order("A1"), order("A2"), order(None), checked=(order("A4"), order(None))))
    assert reply.subject == "3 orders received: PO A1, PO A2, MD-0000000002"
    for wanted in ("MD-0000000000", "MD-0000000001", "MD-0000000002", "Still being checked", "- PO A4", "- MD-00000"):
        assert wanted in reply.text
    assert reply.text.count("W-100") == 3


def test_a_number_that_says_what_it_is_has_no_label():
    reply = answer(decided(order("PO-2026-17"), checked=(order("po18"),)))
    assert reply.subject.startswith("Order received: PO-2026-17 –")
    assert "\n- po18\n" in reply.text


def test_an_order_that_is_checked_shows_only_its_name():
    hidden = order("A4", lines=0, total=Found(Decimal("987654.00")))
    assert "987" not in answer(decided(order(), checked=(hidden,))).text


def test_nothing_is_acknowledged_that_is_not_decided():
    with pytest.raises(CannotAnswer, match="no order"):
        answer(decided(checked=(order(),)))


def test_what_was_not_stated_is_not_said():
    bare = line(unit=None, unit_price=None, amount=None, quantity=None)
    reply = answer(decided(order(None, lines=0, total=None, requested_date=None, currency=None)))
    for word in ("PO", "Total", "Requested", "EUR", "None"):
        assert word not in reply.text
    assert "None" not in answer(decided(order(lines=0, language=None, currency=None, total=None))).text
    assert "1. W-100  Widget, blue\n\n" in answer(decided(replace(order(total=None), lines=(bare,)))).text


@pytest.mark.parametrize(
    ("stated", "shown"),
    [("1.2", "1.20 EUR"), ("0.0125", "0.0125 EUR"), ("1234567.891", "1,234,567.891 EUR"), ("-5", "-5.00 EUR"),
     ("0", "0.00 EUR"), ("1E+3", "1,000.00 EUR")],
)  # fmt: skip
def test_money_is_shown_as_stated_and_never_rounded(stated, shown):
    assert f"Total as stated: {shown}\n" in answer(decided(order(total=Found(Decimal(stated))))).text


@pytest.mark.parametrize(("stated", "shown"), [("5.00", "5 pcs"), ("2.50", "2.5 pcs"), ("10000", "10,000 pcs")])
def test_quantities_are_shown_without_idle_zeros(stated, shown):
    one = line(quantity=Found(Decimal(stated)), unit_price=None)
    assert f"   {shown}: 6.00" in answer(decided(replace(order(), lines=(one,)))).text


@pytest.mark.parametrize("monster", ["NaN", "Infinity", "1E+100000000", "1E-100000", "9" * 60])
def test_a_monstrous_number_is_left_to_a_person(monster):
    with pytest.raises(CannotAnswer):
        answer(decided(order(total=Found(Decimal(monster)))))


def test_descriptions_are_ours_and_texts_of_the_mail_are_not_echoed():
    spam = "Buy now at http://evil.example"
    one = line(description=Found(spam), sku=Found(spam), buyer_sku=Found(spam), unit=Found(spam), gtin=Found(spam))
    hostile = replace(
        order(), lines=(one,), buyer=Found(spam), ship_to=Found(spam), bill_to=Found(spam), payment_terms=Found(spam),
        currency=Found(spam),
    )  # fmt: skip
    reply = answer(decided(hostile), mail(subject=spam, sender_name=spam))
    assert b"evil" not in reply.raw
    assert "evil" not in reply.text
    assert "Widget, blue" in reply.text


@pytest.mark.parametrize(
    ("code", "shown"),
    [("HM-00417", True), ("12/34.5", True), ("A B", False), ("NOW", False), ("www.evil.example/1", False),
     ("evil.example/1", False), ("=?utf-8?q?1?=", False), ("1" * 40, False)],
)  # fmt: skip
def test_their_part_number_is_shown_if_it_is_a_plain_code(code, shown):
    reply = answer(decided(replace(order(), lines=(line(buyer_sku=Found(code)),))))
    assert (f"Your part number: {code}" in reply.text) is shown
    assert ("Your part number" in part(reply.raw, "html")) is shown


def test_a_date_of_a_line_is_shown_with_it():
    reply = answer(decided(replace(order(), lines=(line(requested_date=Found(date(2027, 1, 2))),))))
    assert "   Requested date: 2 January 2027\n" in reply.text


def test_our_own_descriptions_are_escaped_and_bounded():
    product = Product("W-1", ("<b>{{7*7}}</b> & \x1b[2J " + "x" * 500,))
    reply = answer(decided(replace(order(), lines=(line(product=ProductMatch(product, "sku", 1.0)),))))
    html = part(reply.raw, "html")
    assert "&lt;b&gt;{{7*7}}&lt;/b&gt; &amp;" in html
    assert "\x1b" not in html + reply.text
    assert "x" * 200 not in reply.text


# --- the read-confirmation image --------------------------------------------------------------------------------------


def test_the_image_is_there_only_with_a_token_and_said_so():
    reply = answer(token=TOKEN)
    html = part(reply.raw, "html")
    image = f'<img src="https://t.maker.example/o/{TOKEN}.gif" width="1" height="1" alt="" style="border:0;width:1px;height:1px">'
    assert html.count(image) == 1
    assert "an image that tells us when the message is opened" in html
    assert TOKEN not in reply.text
    assert reply.token == TOKEN
    for without in (answer(), answer(token=TOKEN, who=identity(tracker_url=None))):
        assert "<img" not in part(without.raw, "html")
        assert "tells us when" not in part(without.raw, "html")
        assert without.token is None


@pytest.mark.parametrize("token", ["", "short", "A" * 23, 'A"onerror=alert(1) x=aa', "A" * 21 + "\n"])
def test_a_token_that_is_none_is_refused(token):
    with pytest.raises(CannotAnswer):
        answer(token=token)


def test_the_html_loads_nothing_else_from_anywhere():
    html = part(answer(decided(order(lines=3), checked=(order("A"),)), token=TOKEN).raw, "html")
    assert re.findall(r"https?://[^\"/]+", html) == ["https://t.maker.example"]
    for forbidden in ("<script", "<link", "@import", "url(", "<style", "<form", "background"):
        assert forbidden not in html
    assert html.count("<table") == html.count('<table role="presentation"')


# --- injection --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_po_number_becomes_a_header(payload):
    reply = answer(decided(order(payload), checked=(order(payload),)))
    assert parsed(reply.raw).keys() == HEADERS
    assert reply.subject == "Order received – our reference MD-0000000000"
    assert "injected" not in reply.raw.decode()
    assert "Your PO number" not in reply.text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_of_subject_or_display_name_becomes_a_header(payload):
    reply = answer(to=mail(subject=payload, sender_name=payload))
    assert reply.raw == answer().raw


@pytest.mark.parametrize("payload", PAYLOADS)
def test_our_own_name_cannot_become_a_header(payload):
    raw = answer(who=identity(name=payload, contact=payload)).raw
    assert parsed(raw).keys() == HEADERS
    assert parsed(raw)["From"].addresses[0].addr_spec == "orders@maker.example"


@pytest.mark.parametrize(
    "hostile",
    [*PAYLOADS, "<a b@c>", "<a@b> <c@d>", "not-an-id", "<a@b>\r\nBcc: x@y", "<" + "a" * 2000 + "@b>", "<é@b>", "<@b>",
     "<=?UTF-8?Q?=0D=0ABcc:x?=@b>", None],
)  # fmt: skip
def test_only_a_sound_message_id_is_repeated(hostile):
    assert parsed(answer(to=mail(message_id=hostile, references=("<a@b>",))).raw).keys() == UNTHREADED
    message = parsed(answer(to=mail(references=(hostile or "", "<a@b>"))).raw)
    assert message.keys() == HEADERS
    assert message["References"] == "<a@b> <parent@client.example>"


def test_references_keep_the_first_and_the_last_and_are_bounded():
    many = tuple(f"<{number}.{'x' * 180}@{'y' * 190}>" for number in range(40))
    raw = answer(to=mail(references=many)).raw
    found = parsed(raw)["References"].split()
    assert found == [many[0], *many[-8:], "<parent@client.example>"]
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_a_thread_without_references_starts_at_what_it_answered():
    assert parsed(answer(to=mail(in_reply_to="<first@a>")).raw)["References"] == "<first@a> <parent@client.example>"


@pytest.mark.parametrize(
    "sender",
    [
        None,
        "",
        "buyer",
        "a@b\r\nBcc: x@y",
        "a b@c",
        "<a@b>",
        "a@b, c@d",
        "jörg@client.example",
        "=?utf-8?q?x?=@b",
        '"a"@b',
    ],
)
def test_only_a_plain_sender_is_answered(sender):
    with pytest.raises(CannotAnswer):
        answer(to=mail(sender=sender))


@pytest.mark.parametrize("reference", ["", "MD 1", "MD-1\r\nBcc: x@y", "=?utf-8?q?x?="])
def test_our_reference_is_a_plain_code(reference):
    one = decided(order())
    broken = replace(one, orders=(replace(one.orders[0], reference=reference),))
    with pytest.raises(CannotAnswer):
        answer(broken)


def test_our_message_id_is_a_sound_one():
    with pytest.raises(CannotAnswer):
        answer(message_id="<ack@maker.example>\r\nBcc: x@y")
    assert issubclass(HeaderMismatch, CannotAnswer)


def test_a_tax_that_the_total_holds_is_named():
    lines = order(lines=1)
    amount = lines.lines[0].amount.value
    taxed = replace(lines, total=Found(amount + 5), tax=Found(Decimal(5)))
    assert "(of which tax: 5.00" in answer(decided(taxed)).text
    assert "of which tax" not in answer(decided(replace(taxed, total=Found(amount)))).text


@pytest.mark.parametrize("number", ["OC 00148", "BE 2026 0012", "PO 4711-A"])
def test_a_po_number_with_single_blanks_is_told_as_written(number):
    reply = answer(decided(order(number)))
    assert parsed(reply.raw).keys() == HEADERS
    assert number in reply.subject
    assert number in reply.text


@pytest.mark.parametrize("number", [
    "OC  00148", " OC 00148", "OC 00148 ", "OC\u00a000148", "OC\t00148", "call us now 4711", "OC 1 visit", "OC 1 2 3 4", "VERYLONG 4711",
    "OC =?utf-8?q?x?=", "OC " + "1" * 40,
])  # fmt: skip
def test_no_phrase_of_a_strangers_is_told_as_a_po_number(number):
    reply = answer(decided(order(number)))
    assert parsed(reply.raw).keys() == HEADERS
    assert number not in reply.text
