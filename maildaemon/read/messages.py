"""What the structured messages are, by the names that their standards give them."""

from maildaemon.model import Kind
from maildaemon.structure import Message, Segment

X12 = {
    "850": Kind.ORDER, "875": Kind.ORDER, "860": Kind.CHANGE, "876": Kind.CHANGE,
    "855": Kind.ORDER_RESPONSE, "865": Kind.ORDER_RESPONSE, "877": Kind.ORDER_RESPONSE,
    "810": Kind.INVOICE, "880": Kind.INVOICE, "812": Kind.INVOICE, "840": Kind.QUOTATION, "843": Kind.QUOTATION,
    "856": Kind.DELIVERY_NOTICE, "857": Kind.DELIVERY_NOTICE, "861": Kind.DELIVERY_NOTICE,
    "945": Kind.DELIVERY_NOTICE,
}  # fmt: skip
EDIFACT = {
    "ORDERS": Kind.ORDER, "ORDCHG": Kind.CHANGE, "ORDRSP": Kind.ORDER_RESPONSE, "INVOIC": Kind.INVOICE,
    "QUOTES": Kind.QUOTATION, "REQOTE": Kind.QUOTATION, "DESADV": Kind.DELIVERY_NOTICE,
    "RECADV": Kind.DELIVERY_NOTICE,
}  # fmt: skip
CXML = {
    "OrderRequest": Kind.ORDER, "ConfirmationRequest": Kind.ORDER_RESPONSE, "InvoiceDetailRequest": Kind.INVOICE,
    "InvoiceRequest": Kind.INVOICE, "QuoteRequest": Kind.QUOTATION, "QuoteMessage": Kind.QUOTATION,
    "ShipNoticeRequest": Kind.DELIVERY_NOTICE, "ReceiptRequest": Kind.DELIVERY_NOTICE,
}  # fmt: skip
UBL = {
    "Order": Kind.ORDER, "OrderChange": Kind.CHANGE, "OrderCancellation": Kind.CANCELLATION,
    "OrderResponse": Kind.ORDER_RESPONSE, "OrderResponseSimple": Kind.ORDER_RESPONSE, "Invoice": Kind.INVOICE,
    "CreditNote": Kind.INVOICE, "DebitNote": Kind.INVOICE, "SelfBilledInvoice": Kind.INVOICE,
    "SelfBilledCreditNote": Kind.INVOICE, "FreightInvoice": Kind.INVOICE, "Reminder": Kind.INVOICE,
    "Statement": Kind.INVOICE, "Quotation": Kind.QUOTATION, "RequestForQuotation": Kind.QUOTATION,
    "DespatchAdvice": Kind.DELIVERY_NOTICE, "ReceiptAdvice": Kind.DELIVERY_NOTICE,
}  # fmt: skip
CII = {
    "SCRDMCCBDACIOMessageStructure": Kind.ORDER, "CrossIndustryOrder": Kind.ORDER,
    "CrossIndustryInvoice": Kind.INVOICE, "CrossIndustryDocument": Kind.INVOICE,
    "CrossIndustryOrderResponse": Kind.ORDER_RESPONSE, "CrossIndustryOrderChange": Kind.CHANGE,
    "CrossIndustryQuotation": Kind.QUOTATION, "CrossIndustryRequestForQuotation": Kind.QUOTATION,
    "CrossIndustryDespatchAdvice": Kind.DELIVERY_NOTICE,
}  # fmt: skip
# Which may call goods off and are none of the above: a person looks at them.
DEMANDS = {
    "X12": frozenset("830 862 866 940 869".split()),
    "EDIFACT": frozenset("DELFOR DELJIT OSTENQ PROINQ INSDES".split()),
    "cXML": frozenset("PunchOutOrderMessage OrderMessage ProductReplenishmentMessage".split()),
    "UBL": frozenset("Forecast CallForTenders".split()),
    "CII": frozenset(),
}  # fmt: skip
_TYPES = {"new": Kind.ORDER, "update": Kind.CHANGE, "delete": Kind.CANCELLATION}
KINDS = {"X12": X12, "EDIFACT": EDIFACT, "cXML": CXML, "UBL": UBL, "CII": CII}


def kind(message: Message) -> Kind:
    """The kind of a message by its name, and by the purpose that its beginning states; ``other`` for what is no
    business paper of an order."""
    known = KINDS[message.form].get(message.name, Kind.OTHER)
    if known not in {Kind.ORDER, Kind.CHANGE}:
        return known
    if message.form == "cXML":
        return _worded(message)
    if message.form == "CII":
        return _coded(message, known)
    return next((found for segment in message.segments[:20] if (found := _purpose(segment)) is not None), known)


def _purpose(segment: Segment) -> Kind | None:
    """X12 element 353 in BEG01 and BCH01; EDIFACT 1225 and 1001 in BGM."""
    first, third = segment.get(1), segment.get(3)
    if segment.tag in {"BEG", "BCH", "G92"}:
        if first in {"01", "03"}:
            return Kind.CANCELLATION
        return Kind.CHANGE if first in {"02", "04", "05"} else None
    if segment.tag != "BGM":
        return None
    if third in {"1", "3", "17"}:
        return Kind.CANCELLATION
    if third in {"2", "4", "5", "20", "21", "36"} or first == "230":
        return Kind.CHANGE
    return Kind.ORDER_RESPONSE if first in {"231", "320"} else None


def _worded(message: Message) -> Kind:
    """CXML states in its head what is to be done with the order; a word that is not known changes something."""
    head = message.root.find("OrderRequestHeader") if message.root is not None else None
    return _TYPES.get(head.get("type", "new") if head is not None else "new", Kind.CHANGE)


def demands(form: str, name: str) -> str | None:
    """The problem of a message that may ask for goods in a form that is not read."""
    return f"it holds a message that is not read: {form} {name}" if name in DEMANDS[form] else None


def _coded(message: Message, known: Kind) -> Kind:
    """Order-X has one structure for orders, changes and responses: 1001 and 1225 tell which (TypeCode, PurposeCode)."""
    document = message.root.first("ExchangedDocument") if message.root is not None else None
    code = document.first("TypeCode") if document is not None else None
    purpose = document.first("PurposeCode") if document is not None else None
    if code is not None and code.text == "231":
        return Kind.ORDER_RESPONSE
    if purpose is not None and purpose.text in {"1", "3", "17"}:
        return Kind.CANCELLATION
    if (code is not None and code.text == "230") or (
        purpose is not None and purpose.text in {"2", "4", "5", "20", "21"}
    ):
        return Kind.CHANGE
    return known
