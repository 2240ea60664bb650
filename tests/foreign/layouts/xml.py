"""XML orders: cXML 1.2 OrderRequest, OASIS UBL 2.1 Order and its Peppol BIS subset."""

from html import escape

from tests.foreign.content import SUPPLIER
from tests.foreign.layouts.base import Layout, Made
from tests.foreign.order import Order, Party
from tests.foreign.voice import Voice

_UNITS = {"EA": "EA", "BX": "BX", "PR": "PR", "PK": "PK", "SET": "SET", "RO": "RO"}


def _cxml(order: Order, voice: Voice, *, doctype: bool) -> Made:
    def money(value: object) -> str:
        return f'<Money currency="{order.currency}">{value}</Money>'

    def address(tag: str, party: Party | None) -> str:
        if party is None:
            return ""
        postal = f'<Street>{escape(party.street)}</Street><City>{escape(party.city)}</City><Country isoCountryCode="XX">{escape(party.country)}</Country>'
        return f'<{tag}><Address><Name xml:lang="{order.language}">{escape(party.name)}</Name><PostalAddress>{postal}</PostalAddress></Address></{tag}>'

    day = f"{order.order_date.days[0]}T08:00:00+01:00" if order.order_date else ""
    wanted = f' requestedDeliveryDate="{order.requested.days[0]}"' if order.requested and order.requested.days else ""
    items = "".join(
        f'<ItemOut quantity="{line.quantity}" lineNumber="{n}"{wanted}><ItemID><SupplierPartID>{escape(line.sku or "")}</SupplierPartID></ItemID><ItemDetail><UnitPrice>{money(line.price)}</UnitPrice>'
        f'<Description xml:lang="{order.language}">{escape(line.description)}</Description><UnitOfMeasure>{_UNITS[line.unit_code]}</UnitOfMeasure></ItemDetail></ItemOut>'
        for n, line in enumerate(order.lines, 1)
    )
    kind = {"order": "new", "change": "update", "cancel": "delete"}[order.kind]
    comments = "".join(f'<Comments xml:lang="{order.language}">{escape(note)}</Comments>' for note in order.notes)
    head = (
        f'<OrderRequestHeader orderID="{escape(order.po_number or "")}" orderDate="{day}" type="{kind}"><Total>{money(order.total)}</Total>'
        f"{address('ShipTo', order.ship_to)}{address('BillTo', order.bill_to)}{comments}</OrderRequestHeader>"
    )
    parties = "".join(
        f'<{tag}><Credential domain="NetworkID"><Identity>AN0{n}</Identity></Credential></{tag}>'
        for n, tag in enumerate(("From", "To", "Sender"))
    )
    top = '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.050/cXML.dtd">\n' if doctype else ""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{top}<cXML payloadID="1@x" timestamp="2026-11-20T08:00:00+01:00"><Header>{parties}</Header><Request><OrderRequest>{head}{items}</OrderRequest></Request></cXML>'
    return Made(data=text.encode())


def cxml_ariba(order: Order, voice: Voice, form: str) -> Made:
    return _cxml(order, voice, doctype=True)


def cxml_bare(order: Order, voice: Voice, form: str) -> Made:
    return _cxml(order, voice, doctype=False)


_SPACES = 'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'


def _ubl(order: Order, voice: Voice, *, peppol: bool) -> Made:
    def money(tag: str, value: object) -> str:
        return f'<cbc:{tag} currencyID="{order.currency}">{value}</cbc:{tag}>'

    def place(party: Party) -> str:
        return (
            f"<cbc:StreetName>{escape(party.street)}</cbc:StreetName><cbc:CityName>{escape(party.city)}</cbc:CityName>"
        )

    def who(role: str, party: Party) -> str:
        return f"<cac:{role}><cac:Party><cac:PartyName><cbc:Name>{escape(party.name)}</cbc:Name></cac:PartyName><cac:PostalAddress>{place(party)}</cac:PostalAddress></cac:Party></cac:{role}>"

    delivery = ""
    if order.ship_to:
        delivery += f"<cac:DeliveryLocation><cbc:Name>{escape(order.ship_to.name)}</cbc:Name><cac:Address>{place(order.ship_to)}</cac:Address></cac:DeliveryLocation>"
    if order.requested and order.requested.days:
        delivery += f"<cac:RequestedDeliveryPeriod><cbc:EndDate>{order.requested.days[0]}</cbc:EndDate></cac:RequestedDeliveryPeriod>"
    items = "".join(
        f'<cac:OrderLine><cac:LineItem><cbc:ID>{n}</cbc:ID><cbc:Quantity unitCode="{_UNITS[line.unit_code]}">{line.quantity}</cbc:Quantity>{money("LineExtensionAmount", line.amount)}'
        f"<cac:Price>{money('PriceAmount', line.price)}</cac:Price><cac:Item><cbc:Description>{escape(line.description)}</cbc:Description><cbc:Name>{escape(line.description)}</cbc:Name>"
        f"<cac:SellersItemIdentification><cbc:ID>{escape(line.sku or '')}</cbc:ID></cac:SellersItemIdentification></cac:Item></cac:LineItem></cac:OrderLine>"
        for n, line in enumerate(order.lines, 1)
    )
    kind = (
        "Invoice"
        if order.kind == "invoice"
        else "OrderCancellation"
        if order.kind == "cancel"
        else "OrderChange"
        if order.kind == "change"
        else "Order"
    )
    profile = (
        "<cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:order:3</cbc:CustomizationID>"
        if peppol
        else "<cbc:UBLVersionID>2.1</cbc:UBLVersionID>"
    )
    date = f"<cbc:IssueDate>{order.order_date.days[0]}</cbc:IssueDate>" if order.order_date else ""
    notes = "".join(f"<cbc:Note>{escape(note)}</cbc:Note>" for note in order.notes)
    total = f"<cac:AnticipatedMonetaryTotal>{money('LineExtensionAmount', order.net)}{money('PayableAmount', order.total)}</cac:AnticipatedMonetaryTotal>"
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{kind}-2" {_SPACES}>{profile}<cbc:ID>{escape(order.po_number or "")}</cbc:ID>{date}{notes}'
        f"<cbc:DocumentCurrencyCode>{order.currency}</cbc:DocumentCurrencyCode>{who('BuyerCustomerParty', order.buyer)}{who('SellerSupplierParty', SUPPLIER)}"
        f"<cac:Delivery>{delivery}</cac:Delivery>{total}{items}</{kind}>"
    )
    return Made(data=text.encode())


def ubl(order: Order, voice: Voice, form: str) -> Made:
    return _ubl(order, voice, peppol=False)


def peppol(order: Order, voice: Voice, form: str) -> Made:
    return _ubl(order, voice, peppol=True)


CXML = frozenset("title amount discount tax freight terms buyer".split()) | {"optional po"}
UBL = frozenset("title discount tax freight terms bill_to".split()) | {"optional po"}
LAYOUTS: tuple[Layout, ...] = (
    Layout("cxml-ariba", ("cxml",), cxml_ariba, CXML),
    Layout("cxml-bare", ("cxml",), cxml_bare, CXML),
    Layout("ubl", ("ubl",), ubl, UBL),
    Layout("ubl-peppol", ("ubl",), peppol, UBL),
)
