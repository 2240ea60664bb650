"""Structured messages made by hand: an order for ten of W-100 in every form, and what a test wants otherwise."""

from collections.abc import Sequence

X12 = (
    "BEG*00*NE*HM-4711**20261123", "CUR*BY*EUR", "DTM*002*20261208", "N1*BY*Client Ltd",
    "PO1*1*10*EA*1.2**VN*W-100", "PID*F****Hex bolt M8", "CTT*1*10", "AMT*TT*12",
)  # fmt: skip
EDIFACT = (
    "BGM+220+HM-4711+9", "DTM+137:20261123:102", "DTM+2:20261208:102", "NAD+BY+4012345000009::9++Client Ltd",
    "CUX+2:EUR:9", "LIN+1++W-100:SA", "IMD+F++:::Hex bolt M8", "QTY+21:10:PCE", "MOA+203:12", "PRI+AAA:1.2", "UNS+S",
    "MOA+86:12", "CNT+2:1",
)  # fmt: skip


def isa(separator: str = "*", component: str = ">", terminator: str = "~", usage: str = "P") -> str:
    elements = ("ISA", "00", " " * 10, "00", " " * 10, "ZZ", "CLIENT".ljust(15), "ZZ", "US".ljust(15), "261123", "0912",
                "U", "00401", "000000007", "0", usage, component)  # fmt: skip
    return separator.join(elements) + terminator


def x12(
    *sets: Sequence[str], name: str = "850", separator: str = "*", terminator: str = "~", usage: str = "P",
    newline: str = "",
) -> str:  # fmt: skip
    sets = sets or (X12,)
    out = [isa(separator, ">", terminator, usage), f"GS*PO*CLIENT*US*20261123*0912*71*X*004010{terminator}"]
    for number, segments in enumerate(sets, 1):
        whole = [f"ST*{name}*{number:04d}", *segments, f"SE*{len(segments) + 2}*{number:04d}"]
        out.extend(segment + terminator for segment in whole)
    out += [f"GE*{len(sets)}*71{terminator}", f"IEA*1*000000007{terminator}"]
    return newline.join([out[0], *(one.replace("*", separator) for one in out[1:])])


def changed(segments: Sequence[str], **by_tag: str | None) -> tuple[str, ...]:
    """With the first segment of a tag replaced by another, or left out."""
    left = dict(by_tag)
    out = []
    for segment in segments:
        tag = segment[:3].strip("*+")
        if tag in left:
            segment = left.pop(tag)
        if segment is not None:
            out.append(segment)
    assert not left
    return tuple(out)


def behind(segments: Sequence[str], tag: str, *new: str) -> tuple[str, ...]:
    """With segments behind the first of a tag."""
    at = next(place for place, segment in enumerate(segments) if segment.startswith(tag)) + 1
    return (*segments[:at], *new, *segments[at:])


def edifact(*messages: Sequence[str], una: str = "", name: str = "ORDERS:D:96A:UN", test: str = "") -> str:
    messages = messages or (EDIFACT,)
    out = [f"{una}UNB+UNOC:3+CLIENT:14+US:14+261123:0912+118{'++++++' + test if test else ''}"]
    for number, segments in enumerate(messages, 1):
        out += [f"UNH+{number}+{name}", *segments, f"UNT+{len(segments) + 2}+{number}"]
    return "'\n".join([*out, f"UNZ+{len(messages)}+118"]) + "'\n"


def cxml(head: str = "", item: str = "", *, kind: str = "new", mode: str = "production", quantity: str = "10") -> str:
    return f"""<?xml version="1.0"?>
<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.060/cXML.dtd">
<cXML payloadID="1" timestamp="2026-11-23T09:12:00+00:00"><Header><From><Credential domain="NetworkId">
<Identity>AN-CLIENT</Identity></Credential></From><Sender><Credential domain="NetworkId"><Identity>AN-CLIENT</Identity>
<SharedSecret>open sesame</SharedSecret></Credential></Sender></Header><Request deploymentMode="{mode}"><OrderRequest>
<OrderRequestHeader orderID="HM-4711" orderDate="2026-11-23T09:12:00+00:00" type="{kind}"><Total>
<Money currency="EUR">12.00</Money></Total><BillTo><Address><Name>Client Ltd</Name></Address></BillTo>
{head}</OrderRequestHeader>
<ItemOut lineNumber="1" quantity="{quantity}"><ItemID><SupplierPartID>W-100</SupplierPartID></ItemID><ItemDetail>
<UnitPrice><Money currency="EUR">1.20</Money></UnitPrice><Description>Hex bolt M8</Description>
<UnitOfMeasure>EA</UnitOfMeasure></ItemDetail>{item}</ItemOut></OrderRequest></Request></cXML>"""


def ubl(head: str = "", line: str = "", *, root: str = "Order", quantity: str = "10", item: str = "") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>HM-4711</cbc:ID><cbc:IssueDate>2026-11-23</cbc:IssueDate><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
{head}<cac:BuyerCustomerParty><cac:Party><cbc:EndpointID schemeID="0088">4012345000009</cbc:EndpointID><cac:PartyName>
<cbc:Name>Client Ltd</cbc:Name></cac:PartyName></cac:Party></cac:BuyerCustomerParty>
<cac:AnticipatedMonetaryTotal><cbc:PayableAmount currencyID="EUR">12.00</cbc:PayableAmount>
</cac:AnticipatedMonetaryTotal><cac:OrderLine>{line}<cac:LineItem><cbc:ID>1</cbc:ID>
<cbc:Quantity unitCode="C62">{quantity}</cbc:Quantity>
<cbc:LineExtensionAmount currencyID="EUR">12.00</cbc:LineExtensionAmount>
<cac:Price><cbc:PriceAmount currencyID="EUR">1.20</cbc:PriceAmount></cac:Price><cac:Item><cbc:Name>Hex bolt M8</cbc:Name>
<cac:SellersItemIdentification><cbc:ID>W-100</cbc:ID></cac:SellersItemIdentification>{item}</cac:Item></cac:LineItem>
</cac:OrderLine></{root}>"""


def order_x(*, code: str = "220", test: str = "false", note: str = "") -> str:
    udt = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:128"
    ram = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:128"
    rsm = "urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:100"
    return f"""<rsm:SCRDMCCBDACIOMessageStructure xmlns:rsm="{rsm}" xmlns:ram="{ram}" xmlns:udt="{udt}">
<rsm:ExchangedDocumentContext><ram:TestIndicator><udt:Indicator>{test}</udt:Indicator></ram:TestIndicator>
</rsm:ExchangedDocumentContext><rsm:ExchangedDocument><ram:ID>HM-4711</ram:ID><ram:TypeCode>{code}</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">20261123</udt:DateTimeString></ram:IssueDateTime>{note}
</rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction><ram:IncludedSupplyChainTradeLineItem>
<ram:SpecifiedTradeProduct><ram:SellerAssignedID>W-100</ram:SellerAssignedID><ram:Name>Hex bolt M8</ram:Name>
</ram:SpecifiedTradeProduct><ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>
<ram:ChargeAmount>1.20</ram:ChargeAmount></ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery><ram:RequestedQuantity unitCode="C62">10</ram:RequestedQuantity>
</ram:SpecifiedLineTradeDelivery></ram:IncludedSupplyChainTradeLineItem><ram:ApplicableHeaderTradeAgreement>
<ram:BuyerTradeParty><ram:Name>Client Ltd</ram:Name></ram:BuyerTradeParty></ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeSettlement><ram:OrderCurrencyCode>EUR</ram:OrderCurrencyCode>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:GrandTotalAmount>12.00</ram:GrandTotalAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:SCRDMCCBDACIOMessageStructure>"""
