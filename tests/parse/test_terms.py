"""Payment terms: those that mean the same read the same, and what is not understood stays as written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.parse.terms import terms


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("30 days net", "30 days net"), ("Net 30", "30 days net"), ("net 30 days from invoice", "30 days net"),
        ("n/30", "30 days net"), ("N30", "30 days net"), ("30 Tage netto", "30 days net"), ("30 days", "30 days net"),
        ("innerhalb von 30 Tagen ohne Abzug", "30 days net"), ("zahlbar 30 Tage nach Rechnungserhalt", "30 days net"),
        ("30 jours nets", "30 days net"), ("30 jours date de facture", "30 days net"), ("30 dagen netto", "30 days net"),
        ("transferencia a 60 días fecha factura", "60 days net"), ("bonifico bancario 30 gg d.f.", "30 days net"),
        ("30 gg data fattura", "30 days net"), ("binnen 14 dagen na factuurdatum", "14 days net"),
        ("30 days net by bank transfer", "30 days net"), ("Überweisung 30 Tage netto", "30 days net"),
        ("2/10 net 30", "2/10 net 30"), ("2% 10, Net 30", "2/10 net 30"), ("2/10, n/30", "2/10 net 30"),
        ("14 Tage 2 % Skonto, 30 Tage netto", "2/14 net 30"), ("2% Skonto 14 Tage, 30 Tage netto", "2/14 net 30"),
        ("innerhalb 8 Tagen 3% Skonto, 30 Tage netto", "3/8 net 30"), ("1.50/10 net 30", "1.5/10 net 30"),
        ("10 Tage 3 %, 14 Tage 2 %, 30 Tage netto", "3/10 2/14 net 30"),
        ("30 jours fin de mois", "30 days end of month"), ("45 days EOM", "45 days end of month"),
        ("Net 30 EOM", "30 days end of month"), ("45 jours FDM", "45 days end of month"),
        ("virement à 45 jours fin de mois", "45 days end of month"), ("60 días fin de mes", "60 days end of month"),
        ("bonifico 60 gg d.f.f.m.", "60 days end of month"), ("60 gg FM", "60 days end of month"),
        ("30 giorni data fattura fine mese", "30 days end of month"), ("30 dagen einde maand", "30 days end of month"),
        ("30 jours fin de mois le 10", "30 days end of month on the 10"),
        ("à réception", "due on receipt"), ("à réception de facture", "due on receipt"), ("net 0", "due on receipt"),
        ("sofort ohne Abzug", "due on receipt"), ("contado", "due on receipt"), ("a vista fattura", "due on receipt"),
        ("anticipado", "in advance"), ("Pago anticipado por transferencia", "in advance"), ("vooruitbetaling", "in advance"),
        ("Vorkasse", "in advance"), ("bonifico anticipato", "in advance"), ("paiement d’avance", "in advance"),
        ("COD", "cash on delivery"), ("C.O.D.", "cash on delivery"), ("Nachnahme", "cash on delivery"),
        ("contrassegno", "cash on delivery"), ("onder rembours", "cash on delivery"),
    ],
)  # fmt: skip
def test_terms_that_mean_the_same_read_the_same(text, plain):
    assert terms(text) == plain
    assert terms(plain) == plain


@pytest.mark.parametrize(
    "text",
    [
        "30/60/90 days", "30/60 gg", "Ri.Ba. 30 gg", "50% with order, 50% net 30", "net 30, late fee 2%", "30 days after delivery",
        "LC at sight", "as agreed", "2% 10 days", "30 Tage 2 % Skonto, 14 Tage netto", "SEPA direct debit 30 days", "30",
        "25% 10 net 30", "net 30.5", "bank transfer", "30 days net from receipt of goods", "net 30 unless disputed",
    ],
)  # fmt: skip
def test_other_terms_stay_as_written(text):
    assert terms(text) == text.strip(" .")


@given(st.text(max_size=200))
def test_terms_never_raise(text):
    terms(text)
