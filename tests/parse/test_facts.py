"""Facts in a row in one line."""

import pytest

from .making import one

FACTS = {
    "en": "Our order no. NW/00045/26. Delivery date: 7 December 2026. Deliver to: Acme Ltd, 1 High Street, Dublin.",
    "de": "Unsere Bestellnummer NW/00045/26. Termin: 07.12.2026. Lieferanschrift: Acme Ltd, 1 High Street, Dublin.",
    "nl": "Bestelling nr. NW/00045/26. Leverdatum: 07-12-2026. Afleveradres: Acme Ltd, 1 High Street, Dublin.",
    "it": "Nostro ordine n. NW/00045/26. Data consegna: 07/12/2026. Indirizzo di consegna: Acme Ltd, 1 High Street, Dublin.",
    "es": "N.º de pedido NW/00045/26. Fecha de entrega: 07/12/2026. Dirección de entrega: Acme Ltd, 1 High Street, Dublin.",
    "fr": "N° de commande NW/00045/26. Livraison souhaitée: 07/12/2026. Adresse de livraison: Acme Ltd, 1 High Street, Dublin.",
}


@pytest.mark.parametrize("text", FACTS.values(), ids=FACTS)
def test_facts_in_a_row_are_read_one_by_one(text):
    order = one(f"Hello,\n\nplease send 5 x W-100 and 3 x W-200.\n\n{text}\n\nRegards\n\nAcme")
    assert order.po_number.value == "NW/00045/26"
    assert str(order.requested_date.value) == "2026-12-07"
    assert order.ship_to.value == "Acme Ltd, 1 High Street, Dublin"


def test_an_abbreviation_keeps_its_full_stop():
    assert one("PO number: A-1. Buyer: Officine Bellini S.r.l.").buyer.value == "Officine Bellini S.r.l."


def test_a_sentence_that_is_no_fact_keeps_the_line_whole():
    order = one("PO number: A-1\n\nPlease note. Delivery date: see our portal. Order date: none.")
    assert order.order_date is None
    assert order.requested_date is None
