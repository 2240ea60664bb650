"""Remarks in six languages (tests/remarks): none that changes an order passes, in whichever form it is written."""

import tomllib
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from maildaemon.danger import danger, dangerous
from maildaemon.edge.playbooks import load
from maildaemon.judge import judge_order
from maildaemon.model import Known
from maildaemon.neutral import is_neutral, lexicon
from maildaemon.phrasebook import folded
from maildaemon.references import is_reference
from maildaemon.understand import understand
from tests.test_remarks import ORDER

FOLDER = Path(__file__).parent / "remarks"
LANGUAGES = ("en", "de", "fr", "es", "it", "nl")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def table(name):
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


CHANGING, NEUTRAL = table("changing"), table("neutral")


def wrapped(text):
    words = text.split()
    half = len(words) // 2 or 1
    return f"{' '.join(words[:half])}\n{' '.join(words[half:])}"


FORMS = (
    str.upper,
    lambda text: text.translate(UMLAUTS),
    wrapped,
    lambda text: f"Thanks in advance, {text[0].lower()}{text[1:]}",
    lambda text: f"Note | {text.rstrip('.')}",
    lambda text: text.rstrip("."),
    lambda text: f"Remarks: {text}",
    lambda text: f"\n\nKind regards\nTom Miller\n{text}",
)


@pytest.fixture(scope="module")
def playbook():
    return load()


def stops(playbook, remark):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "niamh@client.example", "orders@us.example", "Purchase order HM-4711"
    mail.set_content(ORDER.format(remark))
    reading = understand(mail.as_bytes(), playbook)
    return bool(reading.remarks) or len(reading.orders) != 1 or reading.kind != "order"


def test_there_are_enough_remarks_of_both_kinds():
    assert sum(map(len, CHANGING.values())) >= 400
    assert sum(map(len, NEUTRAL.values())) >= 150
    assert set(CHANGING) == set(NEUTRAL) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_remark_passes_that_changes_an_order(playbook, language):
    """As it is, and in one other form each: capitals, without umlauts, on two lines, behind thanks, as a cell, without
    its full stop, behind a label, below the signature."""
    passed = [
        text
        for number, remark in enumerate(CHANGING[language])
        for text in (remark, FORMS[number % len(FORMS)](remark))
        if not stops(playbook, text)
    ]
    assert passed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nearly_every_courtesy_passes(playbook, language):
    stopped = [text for text in NEUTRAL[language] if stops(playbook, text)]
    assert len(stopped) <= 2, stopped


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dangerous_word_stops_a_courtesy_wherever_it_stands(language):
    words = sorted(danger(language).whole)[::7]
    for text in filter(is_neutral, map(folded, NEUTRAL[language])):
        first, _, rest = text.partition(" ")
        for word in words:
            for said in (f"{word} {text}", f"{first} {word} {rest}", f"{text} {word}", f"{text[:-1]}, {word}."):
                assert not is_neutral(said), said


def test_no_courtesy_has_a_word_that_is_dangerous_in_its_language():
    words = tomllib.loads(Path(__file__).parents[1].joinpath("maildaemon/neutral.toml").read_text("utf-8"))["words"]
    listed = [
        (language, word)
        for language in LANGUAGES
        for said in words[language].values()
        for word in said.split()
        if danger(language).holds(word)
    ]
    assert listed == []


def test_a_courtesy_of_two_languages_is_none():
    assert is_neutral("please find attached our order")
    assert not is_neutral("please find anbei unsere bestellung")


@pytest.mark.parametrize("text", [
    "good mornnig,", "saludos crdiales", "yours faithflly", "veuillez trouvre ci-joint notre commande.", "anbei erhaalten sie unsere bestellung.", "bonjur a tous,",
    "order atached, thanks.", "in allegato il nostro orrdine.", "geachte heer, mevouw,",
])  # fmt: skip
def test_a_courtesy_with_one_slip_of_the_pen_is_one(text):
    assert is_neutral(text)


@pytest.mark.parametrize("text", [
    "please except the attached order.", "please find attached our other", "please find detached our order", "goood mornnig,", "please find our old order attached", "orer atached",
    "please process the attached lorder 2", "please cancl the attached order", "bitte wenden sie die bestellung", "please find atached our draft order", "atach",
])  # fmt: skip
def test_two_slips_a_short_word_and_a_word_near_to_a_dangerous_one_make_it_none(text):
    assert not is_neutral(text)


@pytest.mark.parametrize("number", ["5", "12 pcs", "10 %", "23.11.2026"])
def test_no_courtesy_holds_a_figure(number):
    assert not is_neutral(f"please find attached our order {number}")


def test_a_courtesy_may_repeat_the_number_of_the_order():
    assert is_neutral("please find attached our order hm-4711.", ("hm-4711",))
    assert not is_neutral("please find attached our order hm-4712.", ("hm-4711",))


def test_every_kind_of_courtesy_is_there_in_every_language():
    assert len({tuple(frame.name for frame in frames) for frames in lexicon().frames.values()}) == 1
    assert all(need for frames in lexicon().frames.values() for frame in frames for need in frame.needs)


@pytest.mark.parametrize(
    "line",
    [
        "Your vendor number with us: 70042", "Lieferanten-Nr. 70042", "N.º de proveedor: 70042", "Cost centre: K-4711", "BANF-Nr. | K-4711", "Centro de coste K-4711",
        "Progetto ........ K-4711", "Letzte Bestellung: 4500012345", "Previous order | 4500012345", "VAT No.: DE811234567", "P. IVA: IT12345678901", "N° TVA: FR40123456789",
        "BTW-nr.: NL123456789B01", "Contact: Anna Rossi", "Ansprechpartner: J. van der Berg", "Contact: M. Weber, +49 421 555 0117", "Telefoon: +31 10 555 0117",
        "Page 1 of 2", "Seite 1 von 2", "Printed on 23/11/2026 10:12",
    ],
)  # fmt: skip
def test_a_labelled_reference_says_nothing_of_the_order(line):
    assert is_reference(line, priced=False)


@pytest.mark.parametrize(
    "line",
    [
        "Incoterms: DDP", "Delivery terms: DAP", "Framework agreement: 4500012345", "Rahmenvertrag: 4500012345", "Replaces: 4500012345", "Supersedes order: 4500012345",
        "Project: cancelled", "Project: 5 pcs", "Cost centre: only line 1", "Contact: Do Not Ship", "Contact: Tom, ship half", "Ansprechpartner: Lieferung erst Montag",
        "Contact: Tom Miller, pay on delivery", "Kontakt: Nur Muster", "Contact: Bitte Warten", "Quantity: 5", "Deliver to: K-4711", "Discount: 5", "Last order: as usual", "Phone: call first",
        "Page 1 of 2, line 3 cancelled", "VAT ID: none", "Iban: DE89370400440532013000",
    ],
)  # fmt: skip
def test_what_may_matter_is_no_reference(line):
    assert not is_reference(line, priced=True)


@pytest.mark.parametrize(
    "line",
    ["Quotation no.: AN-1", "N° d'offre D-1", "Offertenummer: 4", "Framework agreement: 450", "Vertrag Nr. 46001"],
)
def test_the_number_of_a_quotation_or_a_contract_is_passed_over_below_the_title_of_a_priced_order_alone(line):
    assert is_reference(line, priced=True, titled=True)
    assert not is_reference(line, priced=False, titled=True)
    assert not is_reference(line, priced=True)


@pytest.mark.parametrize(
    "line", ["Quotation: AN-1", "Offer AN-1", "Vertrag: 46001", "Quotation no.: none", "Blanket order no.: 4711"]
)
def test_a_bare_quotation_is_no_reference(line):
    assert not is_reference(line, priced=True, titled=True)


def test_a_quotation_is_passed_over_where_every_line_states_its_price():
    assert is_reference("Your quotation: AN-12345", priced=True)
    assert not is_reference("Your quotation: AN-12345", priced=False)


@pytest.mark.parametrize("date", ["Needed on: 07-Dec-2026", "Entregar el: 31-12-2026", "Needed on | 2027-01-05", "Fecha de entrega deseada 7 de diciembre de 2026", "KW 50", "Needed on ........ CW 3/2027"])  # fmt: skip
def test_a_day_that_was_not_read_is_seen(playbook, date):
    assert stops(playbook, date)


@pytest.mark.parametrize("date", ["Delivery date 2026-12-08", "Needed: 8 December 2026", "Printed on 20/11/2026"])
def test_a_day_that_was_read_or_printed_is_no_remark(playbook, date):
    assert not stops(playbook, date)


@pytest.mark.parametrize(
    ("word", "found"),
    [("stornieren", True), ("zurueckhalten", True), ("cancell", True), ("annulez", True), ("l'annulation", True), ("liefern", False), ("si", False), ("bolt", False)],
)  # fmt: skip
def test_a_dangerous_word_is_recognised_in_its_forms(word, found):
    assert (dangerous(word) is not None) is found


@pytest.mark.parametrize(
    ("line", "stopped"),
    [("Dated: 20 November 2026", False), ("Order | HM-4711 | 20-Nov-2026", False), ("30 November 2026", True), ("20 March 2026", True), ("Needed: 20 November 2026", True)],
)  # fmt: skip
def test_a_day_shortly_before_the_mail_is_that_of_the_order_unless_the_goods_are_wanted_then(playbook, line, stopped):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "niamh@client.example", "orders@us.example", "Purchase order HM-4711"
    mail["Date"] = "Mon, 23 Nov 2026 08:54:00 +0000"
    mail.set_content(ORDER.format(line))
    assert bool(understand(mail.as_bytes(), playbook).remarks) is stopped


@pytest.mark.parametrize("line", ["Dated: 30 November 2026", "Dated: 20 March 2026"])
def test_a_day_that_is_read_as_the_orders_own_and_is_not_near_the_mail_stops_the_order_too(playbook, line):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "niamh@client.example", "orders@us.example", "Purchase order HM-4711"
    mail["Date"] = "Mon, 23 Nov 2026 08:54:00 +0000"
    mail.set_content(ORDER.format(line))
    (order,) = understand(mail.as_bytes(), playbook).orders
    objections, _ = judge_order(0, order, Known(at=datetime(2026, 11, 23, 9, tzinfo=UTC)), playbook.deck)
    assert "order-date-is-sane" in {one.rule for one in objections}
