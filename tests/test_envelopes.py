"""What the gate makes of an order in an envelope: the envelope proves nothing, and weakens no rule."""

from datetime import UTC, datetime
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path

import pytest

from maildaemon import fetch
from maildaemon.catalogue import Catalogue
from maildaemon.decide import Stand, asked, decide
from maildaemon.edge.playbooks import load
from maildaemon.masterdata import MasterData
from maildaemon.model import Action, Customer, Document, Kind, Product, Stock
from maildaemon.understand import understand
from tests.documents import envelopes as made
from tests.documents.envelopes import CSV, ORDER, UNICODE

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
GENERAL = Path(__file__).parent / "mail" / "general"
CATALOGUE = Catalogue(
    MasterData(
        customers=(
            Customer(
                "C-1",
                "Aldwin Ltd",
                ("aldwin.example",),
                currency="EUR",
                country="GB",
                standing="ok",
                ship_to=("Aldwin Ltd, 4 Harbour Street, Hull HU1 2AB",),
                payment_terms="30 days net",
            ),
            Customer(
                "C-2",
                "Officine Verdi",
                ("pec.officine-verdi.example",),
                currency="EUR",
                country="IT",
                standing="ok",
                ship_to=("Officine Verdi, Via Roma 1, 20100 Milano",),
                payment_terms="30 days net",
            ),
        ),
        products=(
            Product("W-100", ("Hex bolt M8x40", "Vite esagonale M8x40"), "EA", Decimal("1.20"), "EUR"),
            Product("W-200", ("Ball bearing 6204", "Cuscinetto 6204"), "EA", Decimal("4.50"), "EUR"),
        ),
        stock=tuple(Stock(sku, Decimal(1_000_000), as_of=NOW) for sku in ("W-100", "W-200")),
    )
)
STAND = Stand(own_domains=frozenset({"your-company.example"}), secret=b"s" * 32)


@pytest.fixture(scope="module")
def playbook():
    return load()


def decided(playbook, raw):
    reading = understand(raw, playbook)
    known = tuple(CATALOGUE.look_up(question, (), NOW) for question in asked(reading))
    return decide(reading, known, playbook, STAND, content="c" * 64)


def sample(playbook, name):
    return decided(playbook, (GENERAL / f"{name}.eml").read_bytes())


def reasons(decision):
    return [objection.reason for objection in decision.objections]


def mail(text="", *, sender="purchasing@aldwin.example", subject="Purchase order PO-1", html=None, files=()):
    written = EmailMessage()
    written["From"], written["To"], written["Subject"] = sender, "orders@your-company.example", subject
    written["Message-ID"], written["Date"] = "<1@aldwin.example>", "Mon, 23 Nov 2026 09:12:00 +0000"
    written.set_content(text)
    if html is not None:
        written.add_alternative(html, subtype="html")
    for name, data in files:
        written.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return written


@pytest.mark.parametrize("name", [
    "eml-as-octet-stream", "outlook-msg", "order-signed-as-a-file", "smime-clear-signed", "smime-opaque",
    "smime-opaque-streamed", "pgp-clear-signed", "pgp-mime-signed",
])  # fmt: skip
def test_an_order_of_the_senders_own_is_acknowledged_out_of_its_envelope(playbook, name):
    decision = sample(playbook, name)
    assert (decision.action, reasons(decision)) == (Action.ACKNOWLEDGE, [])
    assert decision.orders[0].order.customer.customer.number == "C-1"


@pytest.mark.parametrize(("name", "said"), [
    ("smime-encrypted", "the mail is encrypted (S/MIME)"), ("pgp-mime-encrypted", "the mail is encrypted (PGP)"),
    ("pgp-inline-encrypted", "the mail is encrypted (PGP)"),
])  # fmt: skip
def test_an_encrypted_mail_goes_to_review_and_says_so_first(playbook, name, said):
    decision = sample(playbook, name)
    assert decision.action is Action.REVIEW
    assert said in decision.reason


@pytest.mark.parametrize("hidden", [
    ("secret.p7m", made.enveloped()), ("secret.asc", b"-----BEGIN PGP MESSAGE-----\n\nx\n"), ("a.p7m", made.signed(CSV)[:-9]),
    ("winmail.dat", made.tnef([], [([(0x3707, UNICODE, "more.xyz")], b"\0\1\2\3" * 9)])),
    ("more.msg", made.msg([(0x1000, UNICODE, "see file"), (0x5D02, UNICODE, "purchasing@aldwin.example")],
                          [([(0x3707, UNICODE, "more.pdf")], b"%PDF-1.4 broken")])),
])  # fmt: skip
def test_what_is_unread_in_an_envelope_beside_an_order_stops_it(playbook, hidden):
    text = ORDER.format(number="PO-1")
    assert decided(playbook, mail(text).as_bytes()).action is Action.ACKNOWLEDGE
    decision = decided(playbook, mail(text, files=[hidden]).as_bytes())
    assert decision.action is Action.REVIEW
    assert any("not read: " in reason for reason in reasons(decision))


def test_an_encrypted_mail_without_any_word_of_an_order_is_seen_by_a_person(playbook):
    decision = decided(playbook, mail("-----BEGIN PGP MESSAGE-----\n\nx\n", subject="Hello").as_bytes())
    assert (decision.kind, decision.action) == (Kind.OTHER, Action.REVIEW)


class TestForwarded:
    @pytest.mark.parametrize("inner", ["stranger@elsewhere.example", "ordini@pec.officine-verdi.example"])
    @pytest.mark.parametrize("wrap", ["eml", "msg", "p7m", "inline"])
    def test_an_order_that_somebody_else_wrote_is_reviewed_whatever_it_came_in(self, playbook, inner, wrap):
        text = ORDER.format(number="PO-1")
        whole = mail(text, sender=inner).as_bytes()
        if wrap == "inline":
            head = f"---------- Forwarded message ---------\nFrom: X <{inner}>\nDate: Mon, 23 Nov 2026\nSubject: PO\nTo: us\n\n"
            raw = mail(head + text, subject="Fwd: Purchase order PO-1").as_bytes()
        else:
            outlook = made.msg([(0x1000, UNICODE, text), (0x5D02, UNICODE, inner), (0x37, UNICODE, "PO")])
            data = {"eml": whole, "msg": outlook, "p7m": made.signed(whole)}[wrap]
            raw = mail("Please see below.", files=[(f"po.{wrap}", data)]).as_bytes()
        decision = decided(playbook, raw)
        assert decision.action is Action.REVIEW
        assert any(
            "forwarded by purchasing@aldwin.example" in reason and "the inner sender cannot be proved" in reason
            for reason in reasons(decision)
        ), reasons(decision)

    def test_a_colleague_who_forwards_is_the_customer(self, playbook):
        whole = mail(ORDER.format(number="PO-1"), sender="jo@works.aldwin.example").as_bytes()
        assert (
            decided(playbook, mail("Please see below.", files=[("po.eml", whole)]).as_bytes()).action
            is Action.ACKNOWLEDGE
        )

    def test_the_second_of_two_mails_counts_as_the_first_does(self, playbook):
        own = mail("Hello", sender="jo@aldwin.example", subject="Hi").as_bytes()
        other = mail(ORDER.format(number="PO-1"), sender="x@elsewhere.example").as_bytes()
        decision = decided(playbook, mail("Please see below.", files=[("a.eml", own), ("b.eml", other)]).as_bytes())
        assert any("written by x@elsewhere.example" in reason for reason in reasons(decision))

    def test_several_writers_are_a_doubt_of_their_own(self, playbook):
        files = [(f"{n}.eml", mail(ORDER.format(number=f"PO-{n}"), sender=f"x@{n}.example").as_bytes()) for n in "ab"]
        decision = decided(playbook, mail("Please see below.", files=files).as_bytes())
        assert "it holds mails of several writers: x@a.example, x@b.example" in reasons(decision)

    def test_a_forward_that_names_no_address_is_reviewed(self, playbook):
        head = "---------- Forwarded message ---------\nFrom: Jo Smith\nDate: Mon, 23 Nov 2026\nSubject: PO\nTo: us\n\n"
        raw = mail(head + ORDER.format(number="PO-1"), subject="Fwd: Purchase order PO-1").as_bytes()
        assert any("names no address" in reason for reason in reasons(decided(playbook, raw)))

    @pytest.mark.parametrize("sender", [None, "nobody"])
    def test_a_mail_inside_without_a_sender_is_reviewed(self, playbook, sender):
        whole = mail(ORDER.format(number="PO-1"))
        del whole["From"]
        if sender:
            whole["From"] = sender
        decision = decided(playbook, mail("Please see below.", files=[("po.eml", whole.as_bytes())]).as_bytes())
        assert "a mail inside it names no sender" in reasons(decision)


class TestCertified:
    def test_an_order_by_certified_mail_is_reviewed_for_one_reason_of_trust(self, playbook):
        decision = sample(playbook, "pec")
        assert (decision.kind, decision.action) == (Kind.ORDER, Action.REVIEW)
        assert len(decision.orders[0].order.lines) == 2
        of_trust = [one.reason for one in decision.objections if one.rule == "sender-is-who-it-says"]
        assert len(of_trust) == 1
        assert "PEC" in of_trust[0]
        assert "not verified" in of_trust[0]
        others = [
            one.reason for one in decision.objections if one.rule in {"no-remark-changes-it", "everything-was-read"}
        ]
        assert not any("daticert" in reason or "certificata" in reason.casefold() for reason in others)

    def test_it_is_reviewed_even_if_the_provider_is_listed_as_a_customer(self, playbook):
        raw = (GENERAL / "pec.eml").read_bytes().replace(b"pec.gestore.example", b"aldwin.example")
        assert decided(playbook, raw).action is Action.REVIEW

    @pytest.mark.parametrize(("told", "kind"), [
        ("accettazione", Kind.REPORT), ("avvenuta-consegna", Kind.REPORT), ("presa-in-carico", Kind.REPORT),
        ("errore-consegna", Kind.BOUNCE), ("non-accettazione", Kind.BOUNCE), ("preavviso-errore-consegna", Kind.BOUNCE),
    ])  # fmt: skip
    def test_a_receipt_is_no_order_though_it_carries_one(self, playbook, told, kind):
        raw = (GENERAL / "pec.eml").read_bytes()
        raw = raw.replace(b"X-Trasporto: posta-certificata", f"X-Ricevuta: {told}".encode(), 1)
        assert decided(playbook, raw.replace(b"POSTA CERTIFICATA", b"CONSEGNA", 1)).kind is kind

    def test_the_header_of_a_receipt_alone_makes_none(self, playbook):
        raw = mail(ORDER.format(number="PO-1"))
        raw["X-Ricevuta"] = "accettazione"
        assert decided(playbook, raw.as_bytes()).kind is Kind.ORDER


LINK = "https://portal.example/po/4711?token=abc"


class TestPortals:
    @pytest.mark.parametrize("words", [
        "View purchase order", "Download your PO", "View PO", "Open the order", "Process order", "Retrieve the new order",
        "View your purchase order", "Bestellung anzeigen", "Bestellung 4711 herunterladen", "Auftrag abrufen",
        "Voir la commande", "Télécharger le bon de commande", "Consulter votre bon de commande", "Ver pedido",
        "Descargar la orden de compra", "Visualizza ordine", "Scarica l'ordine di acquisto", "Bekijk de bestelling",
        "Inkooporder downloaden", "Bestelling openen", "You can view the purchase order here:",
    ])  # fmt: skip
    @pytest.mark.parametrize("form", ["text", "html"])
    def test_a_mail_that_asks_to_fetch_the_order_is_one_and_shows_the_link(self, playbook, words, form):
        text = f"Dear supplier,\n\n{words}\n{LINK}\n\nRegards\n"
        html = f"<p>Dear supplier,</p><a href='{LINK}'><b>{words}</b></a>" if form == "html" else None
        raw = mail("Dear supplier, please use HTML." if html else text, subject="A new document for you", html=html)
        decision = decided(playbook, raw.as_bytes())
        assert (decision.kind, decision.action) == (Kind.ORDER, Action.REVIEW)
        where = "portal.example: hxxps://portal.example/po/4711?token=abc"
        assert decision.objections[0].reason == f"the order is not in the mail, it is to be fetched at {where}"

    @pytest.mark.parametrize("words", [
        "View your order", "Track your order status", "Ihre Bestellung anzeigen", "Voir ma commande", "Bekijk je bestelling",
        "View in browser", "Unsubscribe", "View order status", "Download the app", "Portal", "reorder",
    ])  # fmt: skip
    def test_what_a_shop_writes_asks_for_nothing(self, playbook, words):
        raw = mail("Hello", subject="Something for you", html=f"<p>Hello</p><a href='{LINK}'>{words}</a>")
        assert decided(playbook, raw.as_bytes()).kind in {Kind.OTHER, Kind.ORDER_RESPONSE}

    def test_an_order_with_its_lines_needs_no_fetching(self, playbook):
        raw = mail(ORDER.format(number="PO-1").replace("Kind regards", f"View purchase order:\n{LINK}\n\nKind regards"))
        assert not any("fetched" in reason for reason in reasons(decided(playbook, raw.as_bytes())))

    @pytest.mark.parametrize(("link", "shown"), [
        ("https://Portal.Example:8443/x", "portal.example: hxxps://Portal.Example:8443/x"),
        ("http://good.example@evil.example/x", "evil.example, which hides its host behind a name: hxxp://good.example@evil.example/x"),
        ("https://[::1]/x", "[::1]: hxxps://[::1]/x"),
        ("https://a.example\\@b.example/", "a.example: hxxps://a.example\\@b.example/"),
        ("https:///x", "an address without a host: hxxps:///x"),
        ("https://a.example/\u202egpj.exe\x1b[2J", "a.example: hxxps://a.example/gpj.exe[2J"),
    ])  # fmt: skip
    def test_a_link_is_shown_host_first_and_harmless(self, link, shown):
        assert fetch.plain(link) == shown

    def test_a_link_is_shown_bounded(self):
        assert len(fetch.plain("https://" + "a" * 900 + "/" + "b" * 900)) < 320

    def test_only_the_web_is_linked_to(self):
        page = mail(
            "x", html="<a href='javascript:alert(1)'>View purchase order</a><a href='mailto:a@b.example'>View PO</a>"
        )
        reading = understand(page.as_bytes(), load())
        assert all(document.links == () for document in reading.documents)
        assert fetch.asked((Document("body", "text/html", links=(("View PO", LINK),), inline=True),)) is None
