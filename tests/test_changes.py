"""A document that calls itself the change of an order is never taken for a new one, wherever it says so."""

from email.message import EmailMessage

import pytest

from maildaemon.edge import playbooks
from maildaemon.model import Kind
from maildaemon.understand import understand

PLAYBOOK = playbooks.for_reading(playbooks.gather())
TITLES = (
    "Amended purchase order", "Order correction", "Order amendment",
    "Änderungsbestellung", "Bestellkorrektur", "Nachtrag zur Bestellung",
    "Avenant à la commande", "Commande rectificative", "Mise à jour de commande",
    "Pedido rectificado", "Modificación de pedido", "Variación de pedido",
    "Variazione d'ordine", "Ordine variato", "Rettifica ordine",
    "Bestelwijziging", "Orderwijziging", "Herziene bestelling",
)  # fmt: skip
TEXT = "PO number: PO-4711\n\nItem   Qty  Price  Amount\nW-100  5    1.20   6.00\n\nTotal EUR 6.00\n"
TABLE = (
    "<p>PO number: PO-4711</p><table><tr><th>Item</th><th>Qty</th><th>Price</th><th>Amount</th></tr>"
    "<tr><td>W-100</td><td>5</td><td>1.20</td><td>6.00</td></tr></table><p>Total EUR 6.00</p>"
)


def mail(subject="PO-4711", title="", *, html=False):
    written = EmailMessage()
    written["From"], written["To"], written["Message-ID"] = "a@client.example", "o@us.example", "<1@client.example>"
    written["Subject"] = subject
    if html:
        written.set_content(f"<h1>{title}</h1>{TABLE}", subtype="html")
    else:
        written.set_content(f"{title}\n\n{TEXT}" if title else TEXT)
    return understand(written.as_bytes(), PLAYBOOK)


@pytest.mark.parametrize("title", TITLES)
def test_an_order_that_calls_itself_a_change_is_no_new_order(title):
    for reading in (mail(f"{title} PO-4711"), mail(title=title), mail(title=title, html=True)):
        assert reading.kind is Kind.CHANGE or reading.remarks, title


@pytest.mark.parametrize("html", [False, True])
def test_a_plain_title_is_none(html):
    reading = mail("Purchase order PO-4711", "Purchase order", html=html)
    assert (reading.kind, reading.remarks) == (Kind.ORDER, ())
