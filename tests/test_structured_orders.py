"""An order in a structured message, from the mail to the decision: what is clear is answered, the rest is looked at."""

from datetime import UTC, datetime
from decimal import Decimal
from email.message import EmailMessage

import pytest

from maildaemon.catalogue import Catalogue
from maildaemon.decide import Stand, asked, decide
from maildaemon.edge import playbooks
from maildaemon.masterdata import MasterData
from maildaemon.model import Action, Customer, Kind, Product, Source, Stock
from maildaemon.understand import understand, understand_file
from tests.interchanges import EDIFACT, X12, behind, changed, cxml, edifact, order_x, ubl, x12

NOW = datetime(2026, 11, 23, 9, 50, tzinfo=UTC)
PLAYBOOK = playbooks.load()
CATALOGUE = Catalogue(
    MasterData(
        customers=(
            Customer(
                "C-1",
                "Client Ltd",
                ("client.example",),
                currency="EUR",
                country="IE",
                standing="ok",
                ship_to=("Client Ltd, 1 Quay, Cork",),
                payment_terms="30 days net",
            ),
        ),
        products=(Product("W-100", ("Hex bolt M8",), "EA", Decimal("1.20"), "EUR", gtin="4006381333931"),),
        stock=(Stock("W-100", Decimal(1_000_000), as_of=NOW),),
    )
)
STAND = Stand(own_domains=frozenset({"us.example"}), name="Us Ltd", secret=b"s" * 32)
CLEAN = {"x12": x12(), "edifact": edifact(), "cxml": cxml(), "ubl": ubl(), "order-x": order_x()}


def mailed(
    *files, body="Our order HM-4711 is attached.\n", subject="Purchase order HM-4711", sender="buyer@client.example"
):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Return-Path"] = sender, "orders@us.example", subject, f"<{sender}>"
    mail["Message-ID"] = "<1@client.example>"
    mail.set_content(body)
    for name, data in files:
        mail.add_attachment(data.encode(), maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def decided(reading):
    known = tuple(CATALOGUE.look_up(question, (), NOW) for question in asked(reading))
    return decide(reading, known, PLAYBOOK, STAND, content="c" * 64)


def reasons(*files, **mail):
    reading = understand(mailed(*files, **mail), PLAYBOOK)
    return reading, decided(reading), " / ".join(one.reason for one in decided(reading).objections)


@pytest.mark.parametrize("form", CLEAN)
def test_a_clear_order_is_acknowledged_in_every_form(form):
    reading, decision, why = reasons((f"order.{form}", CLEAN[form]))
    assert decision.action is Action.ACKNOWLEDGE, why
    assert reading.source is Source.EDI
    (order,) = reading.orders
    (line,) = order.lines
    assert (order.po_number.value, str(order.total.value.normalize()), order.buyer.value) == (
        "HM-4711",
        "12",
        "Client Ltd",
    )
    assert (line.sku.value, line.quantity.value, line.unit.value) == ("W-100", Decimal(10), "EA")
    assert str(order.order_date.value) == "2026-11-23"


@pytest.mark.parametrize("form", ["x12", "edifact"])
def test_an_order_may_be_the_body_of_a_mail(form):
    _, decision, why = reasons(body=CLEAN[form])
    assert decision.action is Action.ACKNOWLEDGE, why
    _, decision, why = reasons(body=f"Good morning,\n\n{CLEAN[form]}\n\nKind regards\nClient Ltd\n")
    assert decision.action is Action.ACKNOWLEDGE, why


@pytest.mark.parametrize("form", CLEAN)
def test_a_bare_file_has_no_sender_and_is_looked_at(form):
    reading = understand_file(f"order.{form}", CLEAN[form].encode(), PLAYBOOK)
    assert reading.kind is Kind.ORDER
    assert len(reading.orders) == 1
    assert decided(reading).action is Action.REVIEW


def test_an_unknown_sender_proves_nothing_by_the_names_in_the_message():
    assert reasons(("o.edi", x12()), sender="buyer@elsewhere.example")[1].action is Action.REVIEW


X12_SAYS = {
    "NTE": (behind(X12, "BEG", "NTE*GEN*Ship only the blue ones"), "Ship only the blue ones"),
    "MSG": (behind(X12, "BEG", "N9*L1*1", "MSG*Call before delivery"), "Call before delivery"),
    "a schedule": (behind(X12, "PO1", "SCH*4*EA***002*20261201", "SCH*6*EA***002*20261202"), "a delivery in parts"),
    "a charge": (behind(X12, "PID", "SAC*C*D240***500*****06***Freight"), "a charge"),
    "terms of delivery": (behind(X12, "BEG", "FOB*CC"), "FOB*CC"),
    "back-order": (behind(X12, "BEG", "CSH*N"), "CSH*N"),
    "another qualifier": (changed(X12, PO1="PO1*1*10*EA*1.2**VN*W-100*VE*RED"), "VE RED"),
    "a date to cancel": (behind(X12, "BEG", "DTM*001*20261201"), "DTM*001*20261201"),
    "a number of lines": (changed(X12, CTT="CTT*2"), "CTT says that there are 2 lines"),
    "a hash total": (changed(X12, CTT="CTT*1*11"), "they add up to 10"),
    "a wrong sum": (changed(X12, AMT="AMT*TT*13"), "the lines add up to 12"),
    "a type": (changed(X12, BEG="BEG*00*RL*HM-4711*7*20261123"), "its type RL"),
    "a copy": (changed(X12, BEG="BEG*07*NE*HM-4711**20261123"), "its purpose 07"),
    "a party of one line": (behind(X12, "PID", "N1*ST*Other House"), "Other House"),
    "an unknown party": (behind(X12, "N1", "N1*MA*End User"), "End User"),
    "a color": (behind(X12, "PID", "PID*F*73***Red"), "Red"),
    "a code that is too long": (changed(X12, PO1="PO1*1*10*EA*1.2**VN*" + "W-100" * 13), "is not one that can be used"),
    "a sum that is none": (changed(X12, AMT="AMT*TT*much"), "cannot be read as an amount"),
    "a composite": (changed(X12, AMT="AMT*TT*12>3"), "AMT*TT*12>3"),
    "a time": (changed(X12, DTM="DTM*002*20261208*0800"), "DTM*002*20261208*0800"),
    "a code of the article": (changed(X12, PID="PID*S**VI*FL"), "PID*S**VI*FL"),
    "a schedule with a time": (behind(X12, "PO1", "SCH*10*EA***002*20261208*0800"), "a delivery in parts"),
    "an unknown unit": (changed(X12, PO1="PO1*1*10*ZZ*1.2**VN*W-100"), "unit 'ZZ'"),
    "another who orders": (behind(X12, "N1", "N1*OB*Somebody Else"), "it names several who order"),
    "a price for other units": (changed(X12, PO1="PO1*1*10*EA*1.2*PP*VN*W-100"), "the basis PP"),
}  # fmt: skip


@pytest.mark.parametrize("what", X12_SAYS)
def test_whatever_an_x12_order_says_beside_its_fields_is_quoted(what):
    segments, said = X12_SAYS[what]
    _, decision, why = reasons(("o.edi", x12(segments)))
    assert decision.action is Action.REVIEW
    assert said in why


EDIFACT_SAYS = {
    "FTX": (behind(EDIFACT, "BGM", "FTX+DIN+3++Only on Mondays"), "Only on Mondays"),
    "FTX of a line": (behind(EDIFACT, "QTY", "FTX+AAI+3++Without holes"), "Without holes"),
    "terms of delivery": (behind(EDIFACT, "CUX", "TOD+3++CPT"), "TOD+3++CPT"),
    "another number": (behind(EDIFACT, "DTM", "RFF+ON:HM-0001"), "the number of another order"),
    "an allowance": (behind(EDIFACT, "PRI", "ALC+A", "PCD+3:5"), "an allowance"),
    "a schedule": (behind(EDIFACT, "PRI", "SCC+1", "QTY+21:4:PCE"), "a delivery in parts"),
    "free goods": (behind(EDIFACT, "QTY", "QTY+192:2:PCE"), "QTY+192:2:PCE"),
    "a substitute": (behind(EDIFACT, "LIN", "PIA+2+W-200:SA"), "PIA+2+W-200:SA"),
    "a price in another place": (changed(EDIFACT, PRI="PRI+AAA+:1.2"), "PRI+AAA+:1.2"),
    "a price without a qualifier": (changed(EDIFACT, PRI="PRI++AAA:1.2"), "PRI++AAA:1.2"),
    "a length": (behind(EDIFACT, "IMD", "MEA+PD+LN+MTR:2.5"), "MEA+PD+LN+MTR:2.5"),
    "a code of a colour": (behind(EDIFACT, "IMD", "IMD+F+35+RED::91"), "IMD+F+35+RED::91"),
    "a version": (changed(EDIFACT, BGM="BGM+220+HM-4711:2+9"), "its title or version"),
    "a title": (changed(EDIFACT, BGM="BGM+220:::Blanket order+HM-4711+9"), "Blanket order"),
    "a unit price as an amount": (behind(EDIFACT, "QTY", "MOA+146:1.5"), "MOA+146:1.5"),
    "a colour": (behind(EDIFACT, "IMD", "IMD+F+35+:::red"), "red"),
    "a count": (changed(EDIFACT, CNT="CNT+2:2"), "CNT says lines 2"),
    "a wrong sum": ((*EDIFACT[:11], "MOA+86:13", "CNT+2:1"), "the lines add up to 12"),
    "a copy": (changed(EDIFACT, BGM="BGM+220+HM-4711+31"), "its function 31"),
    "a type": (changed(EDIFACT, BGM="BGM+221+HM-4711+9"), "its type 221"),
    "an action": (changed(EDIFACT, LIN="LIN+1+2+W-100:SA"), "an action 2"),
    "a gross price": (changed(EDIFACT, PRI="PRI+AAB:1.2"), "the kind of its price"),
    "a price for another unit": (changed(EDIFACT, PRI="PRI+AAA:1.2:::1:KGM"), "the kind of its price"),
    "who has it in the end": (behind(EDIFACT, "NAD", "NAD+DP+4012345000016::9", "NAD+UC+4012345000023::9"), "two delivery"),
    "another who orders": (behind(EDIFACT, "NAD", "NAD+OB+++Somebody Else"), "it names several who order"),
    "a second price": (behind(EDIFACT, "PRI", "PRI+AAA:1.1"), "a second price"),
    "a second price for many": (behind(EDIFACT, "PRI", "PRI+AAA:1.2:::100:PCE"), "a second price"),
    "another sum": (behind(EDIFACT, "CUX", "MOA+79:99"), "the total is 12, and another sum"),
    "an answer": (changed(EDIFACT, BGM="BGM+220+HM-4711+9+RE"), "an answer RE"),
    "an action of an answer": (changed(EDIFACT, LIN="LIN+1+5+W-100:SA"), "an action 5"),
    "a year and week": (changed(EDIFACT, DTM="DTM+137:202648:616"), "format 616"),
}  # fmt: skip


@pytest.mark.parametrize("what", EDIFACT_SAYS)
def test_whatever_an_edifact_order_says_beside_its_fields_is_quoted(what):
    segments, said = EDIFACT_SAYS[what]
    _, decision, why = reasons(("o.edi", edifact(segments)))
    assert decision.action is Action.REVIEW
    assert said in why


UBL_SAYS = {
    "a test": ("<cbc:ProfileExecutionID>TEST</cbc:ProfileExecutionID>", "it may be a test"),
    "a number of lines": ("<cbc:LineCountNumeric>3</cbc:LineCountNumeric>", "LineCountNumeric says lines 3"),
    "another currency of prices": ("<cbc:PricingCurrencyCode>USD</cbc:PricingCurrencyCode>", "PricingCurrencyCode USD"),
}


@pytest.mark.parametrize("what", UBL_SAYS)
def test_what_a_ubl_order_says_of_itself_is_heard(what):
    part, said = UBL_SAYS[what]
    _, decision, why = reasons(("o.xml", ubl(part)))
    assert decision.action is Action.REVIEW
    assert said in why


def test_sums_of_a_ubl_order_that_contradict_each_other_are_seen():
    sums = CLEAN["ubl"].replace(
        "</cbc:PayableAmount>",
        '</cbc:PayableAmount><cbc:TaxExclusiveAmount currencyID="EUR">99</cbc:TaxExclusiveAmount>',
    )
    assert sums != CLEAN["ubl"]
    assert "and another sum" in reasons(("o.xml", sums))[2]


def test_a_second_version_of_a_cxml_order_is_seen():
    again = CLEAN["cxml"].replace("<OrderRequestHeader ", '<OrderRequestHeader orderVersion="2" ')
    assert again != CLEAN["cxml"]
    assert "orderVersion 2" in reasons(("o.xml", again))[2]


COURTESIES = {
    "edifact": edifact(behind(EDIFACT, "BGM", "FTX+AAI+++Um Auftragsbestätigung wird gebeten.")),
    "x12": x12(behind(X12, "BEG", "NTE*GEN*Please confirm receipt of this order.")),
    "ubl": ubl("<cbc:Note>Es gelten unsere Einkaufsbedingungen.</cbc:Note>"),
    "cxml": cxml("<Comments>Merci d'envoyer la facture en PDF.</Comments>"),
}


@pytest.mark.parametrize("form", COURTESIES)
def test_a_courtesy_in_a_message_stops_no_order(form):
    _, decision, why = reasons((f"order.{form}", COURTESIES[form]))
    assert decision.action is Action.ACKNOWLEDGE, why


AGREED = {
    "x12": (behind(X12, "BEG", "REF*CT*4711"), x12),
    "x12 header": (changed(X12, BEG="BEG*00*NE*HM-4711**20261123*K-77"), x12),
    "edifact": (behind(EDIFACT, "DTM", "RFF+CT:4711"), edifact),
    "edifact quotation": (behind(EDIFACT, "DTM", "RFF+PR:4711"), edifact),
}


@pytest.mark.parametrize("what", AGREED)
def test_a_contract_stops_an_order_whose_lines_state_no_price(what):
    segments, form = AGREED[what]
    assert reasons(("o.edi", form(segments)))[1].action is Action.ACKNOWLEDGE
    bare = [one for one in segments if not one.startswith("PRI")]
    bare = ["PO1*1*10*EA***VN*W-100" if one.startswith("PO1") else one for one in bare]
    assert bare != list(segments)
    _, decision, why = reasons(("o.edi", form(tuple(bare))))
    assert decision.action is Action.REVIEW
    assert "may change it" in why


NOTE = "<cbc:Note>Only the blue ones</cbc:Note>"
PERIOD = "<cac:Delivery><cac:RequestedDeliveryPeriod><cbc:StartDate>2026-12-01</cbc:StartDate><cbc:EndDate>2026-12-09</cbc:EndDate></cac:RequestedDeliveryPeriod></cac:Delivery>"
CHARGE = "<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:AllowanceChargeReason>Freight</cbc:AllowanceChargeReason><cbc:Amount currencyID='EUR'>5</cbc:Amount></cac:AllowanceCharge>"
FILE = "<cac:AdditionalDocumentReference><cbc:ID>drawing 7</cbc:ID></cac:AdditionalDocumentReference>"
COLOUR = (
    "<cac:AdditionalItemProperty><cbc:Name>Colour</cbc:Name><cbc:Value>red</cbc:Value></cac:AdditionalItemProperty>"
)
XML_SAYS = {
    "ubl note": (ubl(NOTE), "Only the blue ones"),
    "ubl note of a line": (ubl(line=NOTE), "Only the blue ones"),
    "ubl period": (ubl(PERIOD), "between 2026-12-01 and 2026-12-09"),
    "ubl charge": (ubl(CHARGE), "a charge may change it: “Freight 5”"),
    "ubl document": (ubl(FILE), "drawing 7"),
    "ubl property": (ubl(item=COLOUR), "Colour: red"),
    "ubl description": (ubl(item="<cbc:Description>Hex bolt M8, left-hand thread</cbc:Description>"), "left"),
    "ubl copy": (ubl("<cbc:CopyIndicator>true</cbc:CopyIndicator>"), "it is a copy"),
    "ubl quantity": (ubl(quantity="11"), "the stated amount is 12"),
    "cxml comment": (cxml("<Comments>Only the blue ones</Comments>"), "Only the blue ones"),
    "cxml comment of a line": (cxml(item="<Comments>Engraved</Comments>"), "Engraved"),
    "cxml file": (cxml("<Comments><Attachment><URL>cid:1</URL></Attachment></Comments>"), "cid:1"),
    "cxml extrinsic": (cxml("<Extrinsic name='Incoterm'>EXW</Extrinsic>"), "Extrinsic Incoterm: EXW"),
    "cxml test": (cxml(mode="test"), "it is a test"),
    "cxml schedule": (cxml(item="<ScheduleLine quantity='4' requestedDeliveryDate='2026-12-01'/><ScheduleLine quantity='6' requestedDeliveryDate='2026-12-02'/>"), "a delivery in parts"),
    "cxml tolerance": (cxml(item="<Tolerances><QuantityTolerance><Percentage percent='10'/></QuantityTolerance></Tolerances>"), "percent 10"),
    "ubl status": (ubl().replace("<cbc:Quantity", "<cbc:LineStatusCode>Cancelled</cbc:LineStatusCode><cbc:Quantity"), "Cancelled"),
    "cxml freight": (cxml("<Shipping><Money currency='EUR'>9.00</Money></Shipping>"), "9.00"),
    "cxml quantity": (cxml(quantity="11"), "the lines add up to 13.20"),
    "order-x note": (order_x(note="<ram:IncludedNote><ram:Content>By night</ram:Content></ram:IncludedNote>"), "By night"),
    "order-x test": (order_x(test="true"), "it is a test"),
    "x12 test": (x12(usage="T"), "ISA15 = T"),
    "edifact test": (edifact(test="1"), "0035 = 1"),
    "x12 cut off": (x12()[:-40], "it may be cut off"),
    "edifact cut off": (edifact()[:-12], "it may be cut off"),
    "an invoice beside it": (x12() + x12(("BIG*20261123*1",), name="810"), "no order: X12 810"),
    "the same twice": (x12() + x12(), "stands twice"),
    "the same number twice": (edifact(EDIFACT, changed(EDIFACT, QTY="QTY+21:11:PCE")), "two orders of the number HM-4711"),
}  # fmt: skip


@pytest.mark.parametrize("what", XML_SAYS)
def test_whatever_else_a_message_says_is_quoted(what):
    data, said = XML_SAYS[what]
    _, decision, why = reasons(("o.xml", data))
    assert decision.action is Action.REVIEW
    assert said in why


@pytest.mark.parametrize(("written", "read"), [
    ('<Country isoCountryCode="IE">Ireland</Country>', "IE"),
    ('<Country isoCountryCode="XX">Ireland</Country>', "Ireland"),
    ('<Country isoCountryCode="XX"/>', "XX"),
    ("<Country>Ireland</Country>", "Ireland"),
])  # fmt: skip
def test_a_country_of_no_code_is_the_one_that_is_written(written, read):
    place = f"<ShipTo><Address><Name>Dock 4</Name><PostalAddress><City>Galway</City>{written}</PostalAddress></Address></ShipTo>"
    (order,) = reasons(("o.xml", cxml(place)))[0].orders
    assert order.ship_to.value.endswith(f", {read}")


def test_a_shared_secret_is_never_shown():
    reading, decision, _ = reasons(("o.xml", cxml("<Comments>x</Comments>")))
    assert "sesame" not in repr(reading) + repr(decision)


@pytest.mark.parametrize(("data", "kind"), [
    (x12(changed(X12, BEG="BEG*01*NE*HM-4711**20261123")), Kind.CANCELLATION),
    (x12(changed(X12, BEG="BEG*05*NE*HM-4711**20261123")), Kind.CHANGE),
    (x12(("BCH*04*NE*HM-4711***20261123", "POC*1*QI*12*2*EA*1.2**VN*W-100"), name="860"), Kind.CHANGE),
    (x12(("BCH*01*NE*HM-4711***20261123",), name="860"), Kind.CANCELLATION),
    (edifact(changed(EDIFACT, BGM="BGM+220+HM-4711+1")), Kind.CANCELLATION),
    (edifact(changed(EDIFACT, BGM="BGM+220+HM-4711+5")), Kind.CHANGE),
    (edifact(changed(EDIFACT, BGM="BGM+230+HM-4711+4"), name="ORDCHG:D:96A:UN"), Kind.CHANGE),
    (cxml(kind="update"), Kind.CHANGE),
    (cxml(kind="delete"), Kind.CANCELLATION),
    (ubl("<cac:OrderReference><cbc:ID>HM-4711</cbc:ID></cac:OrderReference>", root="OrderChange"), Kind.CHANGE),
    (ubl("<cac:OrderReference><cbc:ID>HM-4711</cbc:ID></cac:OrderReference>", root="OrderCancellation"), Kind.CANCELLATION),
    (order_x(code="230"), Kind.CHANGE),
])  # fmt: skip
def test_a_change_and_a_cancellation_are_looked_at(data, kind):
    reading, decision, _ = reasons(("o.dat", data), body="\n", subject="EDI")
    assert (reading.kind, decision.action) == (kind, Action.REVIEW)
    assert reading.orders[0].po_number.value == "HM-4711"


@pytest.mark.parametrize(("data", "kind"), [
    (x12(("BAK*00*AD*HM-4711*20261123",), name="855"), Kind.ORDER_RESPONSE),
    (x12(("BIG*20261123*1**HM-4711",), name="810"), Kind.INVOICE),
    (x12(("BSN*00*1*20261123*0912",), name="856"), Kind.DELIVERY_NOTICE),
    (x12(("BQT*00*1*20261123",), name="840"), Kind.QUOTATION),
    (edifact(("BGM+231+HM-4711+29",), name="ORDRSP:D:96A:UN"), Kind.ORDER_RESPONSE),
    (edifact(changed(EDIFACT, BGM="BGM+231+HM-4711+29")), Kind.ORDER_RESPONSE),
    (edifact(("BGM+380+1+9",), name="INVOIC:D:96A:UN"), Kind.INVOICE),
    (edifact(("BGM+351+1+9",), name="DESADV:D:96A:UN"), Kind.DELIVERY_NOTICE),
    (edifact(("BGM+311+1+9",), name="REQOTE:D:96A:UN"), Kind.QUOTATION),
    (cxml().replace("OrderRequestHeader", "ConfirmationHeader").replace("OrderRequest", "ConfirmationRequest"), Kind.ORDER_RESPONSE),
    (ubl(root="OrderResponse"), Kind.ORDER_RESPONSE),
    (ubl(root="Invoice"), Kind.INVOICE),
    (ubl(root="Quotation"), Kind.QUOTATION),
    (ubl(root="RequestForQuotation"), Kind.QUOTATION),
    (order_x(code="231"), Kind.ORDER_RESPONSE),
])  # fmt: skip
def test_what_is_no_order_orders_nothing(data, kind):
    reading, decision, _ = reasons(("o.dat", data), body="\n", subject="EDI")
    assert (reading.kind, reading.orders, decision.action) == (kind, (), Action.IGNORE)


@pytest.mark.parametrize("name", ["830", "862"])
def test_a_message_that_may_call_goods_off_is_looked_at(name):
    assert reasons(("o.edi", x12(("BFR*00*1",), name=name)), body="\n", subject="EDI")[1].action is Action.REVIEW


SAYS_ELSE = {
    "another number in the subject": ({"subject": "Purchase order HM-4712"}, "two PO numbers are stated"),
    "another number in the body": ({"body": "Our order HM-4712 is attached.\n"}, "speaks of the order HM-4712"),
    "another labelled number": ({"body": "PO number: HM-4712\n"}, "two PO numbers are stated"),
    "another total": ({"body": "PO number: HM-4711\nTotal EUR: 15.00\n"}, "two totals are stated"),
    "other lines": ({"body": "PO number: HM-4711\n\nItem   Description   Qty\nW-100  Hex bolt M8     12\n"}, "different lines"),
    "a sentence": ({"body": "Our order is attached, but please send only 5.\n"}, "please send only 5"),
    "a cancellation": ({"body": "Please cancel our purchase order HM-4711.\n"}, "this cancels an order"),
}  # fmt: skip


@pytest.mark.parametrize("what", SAYS_ELSE)
def test_a_mail_that_contradicts_its_message_is_looked_at(what):
    mail, said = SAYS_ELSE[what]
    _, decision, why = reasons(("o.edi", x12()), **mail)
    assert decision.action is Action.REVIEW
    assert said in why


def test_a_table_that_agrees_is_further_evidence():
    rows = "Order no,Item code,Description,Quantity,Unit price\nHM-4711,W-100,Hex bolt M8,10,1.20\n"
    reading, decision, why = reasons(("o.edi", x12()), ("o.csv", rows))
    assert decision.action is Action.ACKNOWLEDGE, why
    assert len(reading.orders) == 1
    _, decision, why = reasons(("o.edi", x12()), ("o.csv", rows.replace(",10,", ",12,")))
    assert "state different lines" in why
    assert decision.action is Action.REVIEW


def test_another_order_beside_a_message_is_not_lost():
    rows = "Order no,Item code,Quantity\nHM-9999,W-100,3\n"
    reading, decision, why = reasons(("o.edi", x12()), ("o.csv", rows))
    assert [order.po_number.value for order in reading.orders] == ["HM-4711", "HM-9999"]
    assert decision.action is Action.REVIEW
    assert "states another order" in why


def test_two_orders_in_one_interchange_are_decided_each_by_itself():
    second = behind(changed(X12, BEG="BEG*00*NE*HM-4712**20261123"), "BEG", "NTE*GEN*By ship")
    reading, decision, _ = reasons(("o.edi", x12(X12, second)), body="\n", subject="EDI")
    assert [one.action for one in decision.orders] == [Action.ACKNOWLEDGE, Action.REVIEW]
    assert [order.po_number.value for order in reading.orders] == ["HM-4711", "HM-4712"]


def test_the_same_order_as_edi_and_as_xml_is_one_and_must_agree():
    reading, decision, why = reasons(("o.edi", x12()), ("o.xml", ubl()))
    assert len(reading.orders) == 1
    assert decision.action is Action.ACKNOWLEDGE, why
    _, decision, why = reasons(("o.edi", x12()), ("o.xml", ubl(quantity="12")))
    assert decision.action is Action.REVIEW
    assert "state different lines" in why


def test_what_the_profile_ignores_is_no_remark():
    from maildaemon.parse import orders
    from maildaemon.playbook import Profile
    from maildaemon.read import read

    mail, documents = read(mailed(("o.edi", x12(behind(X12, "BEG", "TD5*****UPS GROUND")))))
    (order,) = orders(mail, documents, Profile(name="p", ignore=("UPS Ground",)))
    assert order.doubts == ()


def test_a_profile_claims_by_the_identifiers_of_the_message():
    from maildaemon.playbook import Claims
    from maildaemon.read import read

    for data, sender in ((x12(), "CLIENT"), (edifact(), "client"), (cxml(), "AN-*"), (ubl(), "4012345000009")):
        mail, documents = read(mailed(("o.dat", data)))
        assert Claims(edi=(sender,)).hold(mail, documents)
        assert not Claims(edi=("SOMEBODY",)).hold(mail, documents)


def test_a_profile_that_states_a_value_does_not_hide_another_one():
    from maildaemon.parse import orders
    from maildaemon.playbook import FieldRule, Profile
    from maildaemon.read import read

    mail, documents = read(mailed(("o.edi", x12())))
    (order,) = orders(mail, documents, Profile(name="p", fields={"currency": FieldRule(value="USD")}))
    assert order.doubts == ("the currency is EUR, the profile says USD",)
    (order,) = orders(mail, documents, Profile(name="p", fields={"currency": FieldRule(value="EUR")}))
    assert order.doubts == ()


@pytest.mark.parametrize(("rows", "said"), [
    ("Item code,Quantity,Deliver by\nW-100,10,2026-12-15\n", "different lines"),
    ("Item code,Quantity,Unit\nW-100,10,box\n", "different lines"),
    ("Item code,Quantity,Unit price\nW-100,10,1.30\n", "different lines"),
    ("Item code,Quantity,Remark\nW-100,10,Only blue\n", "Only blue"),
])  # fmt: skip
def test_a_table_that_differs_in_a_detail_is_an_objection(rows, said):
    _, decision, why = reasons(("o.edi", x12()), ("o.csv", rows), body="\n")
    assert decision.action is Action.REVIEW
    assert said in why


def test_a_table_in_other_words_agrees():
    rows = "Item code,Quantity,Unit,Unit price,Total,Deliver by\nw100,10,pcs,1.20,12.00,08.12.2026\n"
    _, decision, why = reasons(("o.edi", x12()), ("o.csv", rows), body="\n")
    assert decision.action is Action.ACKNOWLEDGE, why


@pytest.mark.parametrize(("body", "said"), [
    ("Payment terms: 60 days\n", "two terms of payment"),
    ("Bill to: Somebody Else Ltd, 5 Road, Town\n", "two billing addresses"),
    ("Currency: USD\n", "two currencies"),
    ("Delivery date: 2026-12-15\n", "two requested dates"),
    ("Deliver to: Client Ltd, 9 Other Street, Dublin\n", "two delivery addresses"),
])  # fmt: skip
def test_a_body_that_differs_in_a_field_is_an_objection(body, said):
    segments = behind(X12, "N1", "N1*BT*Client Ltd", "N3*1 Road", "N1*ST*Client Ltd", "N3*1 Road", "ITD*01*3*****30")
    _, decision, why = reasons(("o.edi", x12(segments)), body=body)
    assert decision.action is Action.REVIEW
    assert said in why


def test_a_message_that_a_profile_does_not_read_is_named():
    from dataclasses import replace

    from maildaemon.parse.raw import RawOrder, Text
    from maildaemon.playbook import Claims, Profile

    def plugin(mail, documents):
        yield RawOrder({"po_number": Text("HM-4711", "body", "line 1")})

    profile = Profile(name="own", claims=Claims(edi=("CLIENT",)), plugin=plugin)
    reading = understand(mailed(("o.edi", x12())), replace(PLAYBOOK, profiles=(profile,)))
    assert reading.doubts == ("the profile own has not read the message in o.edi",)


def test_what_a_body_says_of_several_orders_is_compared_with_each():
    second = changed(X12, BEG="BEG*00*NE*HM-4712**20261123")
    _, decision, why = reasons(("o.edi", x12(X12, second)), body="Delivery date: 2026-12-15\n", subject="EDI")
    assert [one.action for one in decision.orders] == [Action.REVIEW, Action.REVIEW]
    assert why.count("two requested dates are stated") == 2
    _, decision, why = reasons(("o.edi", x12(X12, second)), body="PO number: HM-9999\n", subject="EDI")
    assert "which none of the orders has" in why
