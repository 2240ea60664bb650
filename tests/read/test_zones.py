"""Whose words they are: nothing is deleted, each line gets its zone."""

import pytest

from maildaemon.model import Zone
from maildaemon.read.textfile import to_lines

TOP, QUOTE, FORWARD, SIGNATURE = Zone.TOP, Zone.QUOTE, Zone.FORWARD, Zone.SIGNATURE


def zones(text: str, subject: str = "") -> dict[str, Zone]:
    lines, _ = to_lines(text.split("\n"), subject)
    return {line.text: line.zone for line in lines if line.text.strip()}


@pytest.mark.parametrize(
    "intro",
    [
        "On Mon, 23 Nov 2026 at 10:11, Jo <jo@x.example> wrote:",
        "On Mon, 23 Nov 2026 at 10:11, Jo\n<jo@x.example>\nwrote:",
        "Am 23.11.2026 um 10:11 schrieb Jo <jo@x.example>:",
        "Le lun. 23 nov. 2026 à 10:11, Jo <jo@x.example> a écrit :",
        "El lun, 23 nov 2026 a las 10:11, Jo (<jo@x.example>) escribió:",
        "Il giorno lun 23 nov 2026 alle ore 10:11 Jo <jo@x.example> ha scritto:",
        "Op ma 23 nov. 2026 om 10:11 schreef Jo <jo@x.example>:",
    ],
)
def test_what_follows_a_reply_intro_is_quoted(intro):
    found = zones(f"Thanks\n\n{intro}\n\n> please order 5\n")
    assert found["Thanks"] is TOP
    assert found["> please order 5"] is QUOTE
    assert zones(f"Thanks\n\n{intro}\n\nplease order 5\n")["please order 5"] is QUOTE


def test_an_answer_below_the_quote_is_the_writers_own():
    found = zones("On 23 Nov 2026, Jo wrote:\n> how many?\nfive\n")
    assert found["five"] is TOP


@pytest.mark.parametrize("mark", [
    "---------- Forwarded message ---------", "Begin forwarded message:", "-------- Weitergeleitete Nachricht --------",
    "Anfang der weitergeleiteten Nachricht:", "---------- Message transféré ---------", "Début du message réexpédié :",
    "---------- Mensaje reenviado ---------", "Inizio messaggio inoltrato:", "---------- Doorgestuurd bericht ---------",
])  # fmt: skip
def test_a_forward_counts_for_itself_and_names_its_author(mark):
    text = f"fyi\n\n{mark}\nFrom: Client <c@Client.Example>\nDate: Mon, 23 Nov 2026\nSubject: PO\nTo: us@us.example\n\nPO number: 4711\n"
    lines, author = to_lines(text.split("\n"))
    assert author == "c@client.example"
    assert lines[0].zone is TOP
    assert next(line for line in lines if line.text == "PO number: 4711").zone is FORWARD


@pytest.mark.parametrize(
    "block",
    [
        "From: Client <c@client.example>\nSent: Monday, 23 November 2026 10:11\nTo: us\nSubject: PO",
        "Von: Client <c@client.example>\nGesendet: Montag, 23. November 2026 10:11\nAn: us\nBetreff: PO",
        "De : Client <c@client.example>\nEnvoyé : lundi 23 novembre 2026\nÀ : us\nObjet : PO",
        "De: Client <c@client.example>\nEnviado el: lunes\nPara: us\nAsunto: PO",
        "Da: Client <c@client.example>\nInviato: lunedì\nA: us\nOggetto: PO",
        "Van: Client <c@client.example>\nVerzonden: maandag\nAan: us\nOnderwerp: PO",
        "-----Original Message-----\nFrom: c@client.example\nSent: Monday\nTo: us\nSubject: PO",
    ],
)
def test_outlooks_block_is_a_forward_or_a_quote_as_the_subject_says(block):
    text = f"see below\n\n{block}\n\nPO number: 4711\n"
    assert zones(text, "FW: PO")["PO number: 4711"] is FORWARD
    assert to_lines(text.split("\n"), "WG: PO")[1] == "c@client.example"
    assert zones(text, "Re: PO")["PO number: 4711"] is QUOTE


def test_an_order_form_with_from_to_date_and_subject_is_not_cut():
    text = "Purchase Order\nFrom: ACME Ltd\nTo: Us Ltd\nDate: 23.11.2026\nSubject: bolts\nQty: 5\n"
    assert set(zones(text, "Purchase Order 4711").values()) == {TOP}


def test_a_ruler_of_dashes_cuts_nothing():
    text = "Item  Qty\n----------\nW-1  5\n--\n" + "\n".join(f"W-{n}  5" for n in range(30))
    assert set(zones(text).values()) == {TOP}


def test_a_signature_ends_the_text():
    found = zones("order\n-- \nJo\nACME\n")
    assert (found["order"], found["Jo"], found["ACME"]) == (TOP, SIGNATURE, SIGNATURE)


def test_quote_marks_in_front_of_a_forwarded_line_are_no_part_of_it():
    text = "Begin forwarded message:\n\n> From: c@client.example\n> Subject: PO\n> Date: 3 Nov 2026\n>\n> PO number: 4711\n"
    found = zones(text)
    assert found["PO number: 4711"] is FORWARD


def test_the_innermost_of_two_empty_forwards_is_the_author():
    text = (
        "---------- Forwarded message ---------\nFrom: A <a@us.example>\nDate: x\nSubject: FW\nTo: b\n\n"
        "---------- Forwarded message ---------\nFrom: C <c@client.example>\nDate: x\nSubject: PO\nTo: a\n\nPO number: 4711\n"
    )
    assert to_lines(text.split("\n"))[1] == "c@client.example"
