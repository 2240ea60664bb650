"""Segments and elements → fields: the standards' own codes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildaemon.parse import orders
from maildaemon.playbook import GENERAL
from maildaemon.read import bare
from tests.interchanges import EDIFACT, X12, behind, changed, cxml, edifact, order_x, ubl, x12


def one(data, name="o.dat"):
    (order,) = orders(*bare(name, data.encode()), GENERAL)
    return order


def value(found):
    return None if found is None else str(found.value)


@pytest.mark.parametrize(("po1", "wanted"), [
    ("PO1*1*10*EA*1.2**VN*A-1*BP*B-1*UP*036000291452", ("A-1", "B-1", "036000291452", "10", "EA", "1.2")),
    ("PO1**10*CA*1.2**MG*M-1", ("M-1", None, None, "10", "CS", "1.2")),
    ("PO1**10*DZ*1.2**MG*M-1*VP*V-1", ("V-1", None, None, "10", "DZN", "1.2")),
    ("PO1**10*ST*1.2**IN*00123", (None, "00123", None, "10", "SET", "1.2")),
    ("PO1**2.5*KG*120*HP*VN*A-1", ("A-1", None, None, "2.5", "KGM", "1.2")),
    ("PO1**10*EA*1200*TP*VN*A-1", ("A-1", None, None, "10", "EA", "1.2")),
    ("PO1**10*EA**NC*VN*A-1", ("A-1", None, None, "10", "EA", "0")),
    ("PO1**1000*EA*1.234**VN*A-1", ("A-1", None, None, "1000", "EA", "1.234")),
    ("PO1**1.000*EA*1.2**UP*036000291453", ("036000291453", None, None, "1.000", "EA", "1.2")),
])  # fmt: skip
def test_an_x12_line_is_read_by_its_qualifiers(po1, wanted):
    (line,) = one(x12(changed(X12, PO1=po1))).lines
    fields = (line.sku, line.buyer_sku, line.gtin, line.quantity, line.unit, line.unit_price)
    assert tuple(map(value, fields)) == wanted


def test_an_x12_head_is_read_by_its_qualifiers():
    segments = behind(X12, "CUR", "ITD*01*3*2.00**10**30", "REF*11*C-77", "REF*DP*038")
    segments = behind(
        segments, "N1*BY", "N1*ST*Client Ltd*92*7", "N3*1 Dock Road", "N4*Cork**T12*IE", "N1*BT*Payer*9*12"
    )
    order = one(x12(segments))
    assert value(order.payment_terms) == "2/10 net 30"
    assert value(order.customer_number) == "C-77"
    assert value(order.ship_to) == "Client Ltd, 1 Dock Road, Cork, T12, IE"
    assert value(order.bill_to) == "Payer, DUNS+4 12"
    assert value(order.requested_date) == "2026-12-08"
    assert order.doubts == ()


@pytest.mark.parametrize(("dates", "wanted"), [
    (("DTM*010*20261201",), "2026-12-01"),
    (("DTM*063*20261201",), "2026-12-01"),
    (("DTM*010*20261130", "DTM*002*20261201"), "2026-12-01"),
    (("DTM*002*261201",), "2026-12-01"),
    ((), None),
])  # fmt: skip
def test_the_day_that_is_asked_for_is_found_by_its_qualifier(dates, wanted):
    segments = tuple(segment for segment in X12 if not segment.startswith("DTM"))
    assert value(one(x12(behind(segments, "BEG", *dates))).requested_date) == wanted


def test_a_grocery_order_is_read_by_its_own_segments():
    segments = ("G50*N*20261123*HM-4711", "G62*02*20261208", "N1*BY*Client Ltd*9*1", "N1*ST*Client Ltd*9*2",
                "G68*10*CA*24.5*003600029145**VN*W-100", "G69*Hex bolt", "G76*10*CA")  # fmt: skip
    order = one(x12(segments, name="875"))
    assert (value(order.po_number), value(order.requested_date)) == ("HM-4711", "2026-12-08")
    (line,) = order.lines
    assert (value(line.quantity), value(line.unit), value(line.description)) == ("10", "CS", "Hex bolt")


@pytest.mark.parametrize(("segments", "field", "wanted"), [
    (changed(EDIFACT, LIN="LIN+1++4006381333931:EN"), "gtin", "4006381333931"),
    (changed(EDIFACT, LIN="LIN+1++4006381333931:SRV"), "gtin", "4006381333931"),
    (changed(EDIFACT, LIN="LIN+1++4006381333932:EN"), "sku", "4006381333932"),
    (changed(EDIFACT, LIN="LIN+1++0764569104:IB"), "sku", "0764569104"),
    (behind(EDIFACT, "LIN", "PIA+1+B-1:BP"), "buyer_sku", "B-1"),
    (behind(EDIFACT, "LIN", "PIA+5+B-1:IN"), "buyer_sku", "B-1"),
    (changed(EDIFACT, QTY="QTY+1:25"), "quantity", "25"),
    (changed(EDIFACT, QTY="QTY+21:1,234:KGM"), "quantity", "1.234"),
    (changed(EDIFACT, QTY="QTY+21:10:CT"), "unit", "CT"),
    (changed(EDIFACT, QTY="QTY+21:10:NMB"), "unit", "EA"),
    (changed(EDIFACT, PRI="PRI+AAA:12,5:::100:PCE"), "unit_price", "0.125"),
    (behind(EDIFACT, "PRI", "DTM+2:20261201:102"), "requested_date", "2026-12-01"),
    (changed(EDIFACT, IMD="IMD+F++:::Hex bolt M8 with a flange, zinc pla:ted"), "description", "Hex bolt M8 with a flange, zinc plated"),
    (changed(EDIFACT, IMD="IMD+F++:::Hex bolt M8:zinc plated"), "description", "Hex bolt M8 zinc plated"),
    (behind(EDIFACT, "IMD", "IMD+F++:::zinc plated"), "description", "Hex bolt M8 zinc plated"),
    (changed(EDIFACT, IMD="FTX+AFM+1++The Hobbit"), "description", "The Hobbit"),
])  # fmt: skip
def test_an_edifact_line_is_read_by_its_qualifiers(segments, field, wanted):
    (line,) = one(edifact(segments)).lines
    assert value(getattr(line, field)) == wanted


@pytest.mark.parametrize(("segments", "field", "wanted"), [
    (behind(EDIFACT, "NAD", "NAD+DP+4012345000016::9"), "ship_to", "GLN 4012345000016"),
    (behind(EDIFACT, "NAD", "NAD+UC+4012345000016::9"), "ship_to", "GLN 4012345000016"),
    (behind(EDIFACT, "NAD", "NAD+IV+++Payer:Ltd+Street 1+Town++123+DE"), "bill_to", "Payer Ltd, Street 1, Town 123 DE"),
    (behind(EDIFACT, "CUX", "PAT+1++5:3:D:30"), "payment_terms", "30 days net"),
    (behind(EDIFACT, "CUX", "PAT+22++5:3:D:10", "PCD+12:2"), "payment_terms", "2% 10 days"),
    (behind(EDIFACT, "NAD", "RFF+IT:C-77"), "customer_number", "C-77"),
    (changed(EDIFACT, DTM="DTM+137:202611230912:203"), "order_date", "2026-11-23"),
    (changed(EDIFACT, DTM="DTM+4:261123:101"), "order_date", "2026-11-23"),
    ((*EDIFACT[:2], "DTM+64:2026120120261201:718", *EDIFACT[3:]), "requested_date", None),
    ((*EDIFACT[:2], "DTM+69:20261201:102", *EDIFACT[3:]), "requested_date", "2026-12-01"),
    ((*EDIFACT[:11], "MOA+79:10", "MOA+124:2", "MOA+128:12:EUR"), "total", "12"),
    ((*EDIFACT[:11], "MOA+79:10", "MOA+124:2", "MOA+128:12:EUR"), "tax", "2"),
])  # fmt: skip
def test_an_edifact_head_is_read_by_its_qualifiers(segments, field, wanted):
    assert value(getattr(one(edifact(segments)), field)) == wanted


def test_an_edifact_decoy_is_no_po_number():
    order = one(edifact(behind(EDIFACT, "BGM", "RFF+ON:OTHER-1")))
    assert value(order.po_number) == "HM-4711"
    assert "OTHER-1" in order.doubts[0]
    assert one(edifact(behind(EDIFACT, "BGM", "RFF+ON:HM-4711"))).doubts == ()


def test_a_cxml_order_is_read_by_its_elements():
    head = (
        "<ShipTo><Address><Name>Client Ltd</Name><PostalAddress><DeliverTo>Dock 2</DeliverTo><Street>1 Dock Road</Street>"
        "<City>Cork</City><PostalCode>T12</PostalCode><Country isoCountryCode='IE'>Ireland</Country></PostalAddress>"
        "</Address></ShipTo><Tax><Money currency='EUR'>2.40</Money><Description>VAT</Description></Tax>"
        "<PaymentTerm payInNumberOfDays='30'/>"
    )
    order = one(cxml(head, "<ScheduleLine quantity='10' requestedDeliveryDate='2026-12-01T00:00:00Z'/>"))
    assert value(order.ship_to) == "Client Ltd, Dock 2, 1 Dock Road, Cork, T12, IE"
    assert (value(order.tax), value(order.payment_terms)) == ("2.40", "30 days net")
    assert value(order.requested_date) == "2026-12-01"
    assert order.po_number.text == 'orderID="HM-4711"'
    assert order.doubts == ()


def test_a_ubl_change_names_the_order_that_it_is_about():
    reference = "<cac:OrderReference><cbc:ID>HM-4700</cbc:ID></cac:OrderReference>"
    assert value(one(ubl(reference, root="OrderChange")).po_number) == "HM-4700"


def test_a_value_says_where_it_stands():
    order = one(x12(), "po.edi")
    assert (order.lines[0].sku.document, order.lines[0].sku.place) == ("po.edi", "segment 8 PO1")
    assert order.lines[0].sku.text == "PO1*1*10*EA*1.2**VN*W-100"
    order = one(ubl(), "po.xml")
    assert order.lines[0].quantity.place == "Order/OrderLine/LineItem/Quantity"


@given(
    st.sampled_from([x12(), edifact(), cxml(), ubl(), order_x()]),
    st.lists(st.tuples(st.integers(0, 2500), st.text(alphabet="0A1*+:'~?<>/=\" .,-é", max_size=3)), max_size=8),
)
@settings(deadline=None, max_examples=400)
def test_a_damaged_message_never_raises(text, damages):
    for at, new in damages:
        text = text[:at] + new + text[at + len(new) :]
    orders(*bare("o.dat", text.encode()), GENERAL)


def test_control_characters_are_no_part_of_a_value_or_its_evidence():
    segments = ("BEG*00*NE*HM-4711**20261123", "N1*BY*Cli\x01ent\u202e Ltd", "PO1*1*10*EA*1.2**VN*W-100")
    order = one(x12(segments, separator="\x1d", terminator="\x1c"))
    assert value(order.buyer) == "Client Ltd"
    assert order.po_number.text == "BEG*00*NE*HM-4711**20261123"
