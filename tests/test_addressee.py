"""An order that names another supplier is for a person, whoever sent it."""

from email.message import EmailMessage

import pytest

from maildaemon.edge.playbooks import load
from maildaemon.judge import judge_mail
from maildaemon.understand import understand

OURS = ("Brightwater Supplies Ltd", "brightwater.example")
ORDER = """Good morning,

PO number: HM-4711
{}

Item     Description          Qty
W-100    Hex bolt M8x40        10
W-200    Flange nut M8         20

Kind regards
Niamh O'Sullivan
"""


@pytest.fixture(scope="module")
def playbook():
    return load()


def against(playbook, lines, ours=OURS, html=None):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "niamh@client.example", "orders@brightwater.example", "PO HM-4711"
    mail.set_content(ORDER.format(lines))
    if html is not None:
        mail.set_content(html, subtype="html")
    found = judge_mail(understand(mail.as_bytes(), playbook), junk=False, twin=False, ours=ours)
    return [one.reason for one in found if one.rule == "order-is-for-us"]


@pytest.mark.parametrize(
    "lines",
    [
        "Vendor: Othersupplier GmbH, Hamburg",
        "Supplier: Othersupplier GmbH",
        "Supplier:\nOthersupplier GmbH\nHafenstrasse 3",
        "Lieferant: Nordwerk KG",
        "Fournisseur : Delorme & Fils",
    ],
)
def test_another_supplier_is_seen(playbook, lines):
    (reason,) = against(playbook, lines)
    assert reason.startswith("it names another supplier: ")


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "Vendor: Brightwater Supplies Ltd, 1 Quay Street, Galway",
        "Vendor: BRIGHTWATER",
        "Supplier: Brigthwater Supplies",
        "Supplier: Bright Water Ltd",
        "Supplier:\nBrightwater Supplies Ltd\n1 Quay Street",
        "Vendor: 100234",
        "Supplier: orders@brightwater.example",
        "Supplier no.: V-2231",
        "Supplier:\nDelivery address",
    ],
)
def test_we_ourselves_or_a_number_are_no_other_supplier(playbook, lines):
    assert against(playbook, lines) == []


def test_where_our_name_is_not_known_nobody_is_another(playbook):
    assert against(playbook, "Vendor: Othersupplier GmbH", ours=()) == []


def test_the_buyer_beside_the_supplier_is_not_taken_for_it(playbook):
    rows = "<tr><td>Vendor:</td><td>Buyer:</td></tr><tr><td>Brightwater Supplies Ltd</td><td>Harbour Marine</td></tr>"
    lines = "<tr><th>Item</th><th>Qty</th></tr><tr><td>W-100</td><td>10</td></tr><tr><td>W-200</td><td>20</td></tr>"
    html = f"<p>PO number: HM-4711</p><table>{rows}</table><table>{lines}</table>"
    assert against(playbook, "", html=html) == []
