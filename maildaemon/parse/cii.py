"""Order-X, the Cross Industry Order of UN/CEFACT, as a file of its own → a raw order (SCRDM CIO D20B)."""

from maildaemon.model import Document
from maildaemon.parse import unitcodes
from maildaemon.parse.built import Built, joined
from maildaemon.parse.raw import Text
from maildaemon.parse.tree import Tree
from maildaemon.structure import Element, Message

# By which process the document goes, whom to ask, to which account the client books it, taxes by law, classes of the
# article, and the gross price that the net one came from: none of it changes what is ordered.
_HARMLESS = frozenset(
    "BusinessProcessSpecifiedDocumentContextParameter GuidelineSpecifiedDocumentContextParameter DefinedTradeContact "
    "BuyerReference ReceivableSpecifiedTradeAccountingAccount ApplicableTradeTax LineID "
    "DesignatedProductClassification "
    "GrossPriceProductTradePrice LanguageID RequestedResponseTypeCode SpecifiedTaxRegistration LineStatusCode "
    "BuyerRequisitionerTradeParty SpecifiedLegalOrganization URIUniversalCommunication".split()
)
_TOTALS = ("GrandTotalAmount", "TaxBasisTotalAmount", "LineTotalAmount")
_STREET = ("LineOne", "LineTwo", "LineThree")


def read(document: Document, message: Message, ignored: tuple[str, ...]) -> Built:
    """One order or order change."""
    built = Built(document, ignored=ignored)
    if message.root is not None:
        _Order(Tree(built, message.root), message.root).read()
    return built


class _Order:
    def __init__(self, tree: Tree, root: Element) -> None:
        self.tree, self.built, self.root = tree, tree.built, root

    def read(self) -> None:
        self._document()
        deal = self.root.first("SupplyChainTradeTransaction")
        if deal is not None:
            self._agreement(deal.first("ApplicableHeaderTradeAgreement"))
            self._delivery(deal.first("ApplicableHeaderTradeDelivery"))
            self._settlement(deal.first("ApplicableHeaderTradeSettlement"))
            for item in deal.all("IncludedSupplyChainTradeLineItem"):
                self._line(item)
        self.tree.left(_HARMLESS)

    def _document(self) -> None:
        tree, built, root = self.tree, self.built, self.root
        document = root.first("ExchangedDocument")
        number = tree.first(document, "ID")
        if number is not None:
            built.header("po_number", number, number.text)
        self._date("order_date", document, "IssueDateTime")
        if tree.text(document, "TypeCode") not in {"220", "105", "230", ""} and document is not None:
            built.remark(document, f"TypeCode {tree.text(document, 'TypeCode')}")
        if tree.text(document, "PurposeCode") not in {"9", "1", "2", "3", "4", "5", ""} and document is not None:
            built.remark(document, f"PurposeCode {tree.text(document, 'PurposeCode')}")
        test = tree.text(root, "ExchangedDocumentContext", "TestIndicator", "Indicator")
        if test.casefold() in {"true", "1"}:
            built.doubt(f"{built.document.name}: it is a test (TestIndicator)")
        if tree.text(document, "CopyIndicator", "Indicator").casefold() in {"true", "1"}:
            built.doubt(f"{built.document.name}: it is a copy (CopyIndicator)")
        # What kind of paper it is, in words: the code has said so.
        tree.skip(document, "Name")

    def _agreement(self, node: Element | None) -> None:
        tree, built = self.tree, self.built
        buyer, seller = tree.first(node, "BuyerTradeParty"), tree.first(node, "SellerTradeParty")
        if buyer is not None:
            built.header("buyer", buyer.first("Name") or buyer, self._name(buyer))
            tree.skip(buyer)
        if seller is not None:
            if called := self._name(seller):
                built.suppliers.append(built.text(seller, called))
            tree.skip(seller)
        reference = tree.first(node, "BuyerOrderReferencedDocument", "IssuerAssignedID")
        if reference is not None:
            built.header("po_number", reference, reference.text, 0.9)

    def _delivery(self, node: Element | None) -> None:
        party = node.first("ShipToTradeParty") if node is not None else None
        if party is not None:
            self.built.header("ship_to", party, self._party(party))
            self.tree.skip(party)
        self._wanted(node, None)

    def _wanted(self, node: Element | None, line: dict[str, Text] | None) -> None:
        """The day, or the first day of the period, that is asked for."""
        tree, built = self.tree, self.built
        found = node.all("RequestedDeliverySupplyChainEvent") if node is not None else ()
        for number, event in enumerate(found):
            days = [
                one
                for path in (("OccurrenceDateTime",), ("OccurrenceSpecifiedPeriod", "StartDateTime"),
                             ("OccurrenceSpecifiedPeriod", "EndDateTime"))
                if (one := tree.first(event, *path, "DateTimeString")) is not None
            ]  # fmt: skip
            if not days:
                continue
            day = built.date(days[0], days[0].text)
            if number or len({one.text for one in days}) > 1:
                built.remark(event, joined((one.text for one in days), " to "), "a period or a delivery in parts")
            if not number and line is not None:
                built.put(line, "requested_date", days[0], day)
            elif not number:
                built.header("requested_date", days[0], day)

    def _settlement(self, node: Element | None) -> None:
        tree, built = self.tree, self.built
        for name in ("OrderCurrencyCode", "InvoiceCurrencyCode"):
            code = tree.first(node, name)
            if code is not None:
                built.header("currency", code, code.text)
        payer = node.first("InvoiceeTradeParty") if node is not None else None
        if payer is not None:
            built.header("bill_to", payer, self._party(payer))
            tree.skip(payer)
        terms = tree.first(node, "SpecifiedTradePaymentTerms", "Description")
        if terms is not None:
            built.header("payment_terms", terms, terms.text)
        sums = node.first("SpecifiedTradeSettlementHeaderMonetarySummation") if node is not None else None
        found = [one for name in _TOTALS if (one := tree.first(sums, name)) is not None]
        if found:
            built.header("total", found[0], found[0].text)
        tax = tree.first(sums, "TaxTotalAmount")
        if tax is not None:
            built.header("tax", tax, tax.text)
        self._charges(node)

    def _charges(self, node: Element | None) -> None:
        for one in node.all("SpecifiedTradeAllowanceCharge") if node is not None else ():
            said = joined((found.text for name in ("Reason", "ActualAmount") if (found := one.first(name))), " ")
            self.built.remark(one, said or one.name, "an allowance or a charge")
            self.tree.skip(one)

    def _date(self, field: str, node: Element | None, name: str) -> None:
        found = self.tree.first(node, name, "DateTimeString")
        if found is not None:
            self.built.header(field, found, self.built.date(found, found.text))

    def _name(self, party: Element) -> str:
        found = party.first("Name") or party.first("GlobalID") or party.first("ID")
        return found.text if found is not None else ""

    def _party(self, party: Element) -> str:
        address = party.first("PostalTradeAddress")
        if address is None:
            number = party.first("GlobalID") or party.first("ID")
            return joined((self._name(party), number.text if number is not None else ""))
        get = {child.name: child.text for child in address.children}
        town = joined((get.get("PostcodeCode", ""), get.get("CityName", "")), " ")
        parts = [get.get(name, "") for name in _STREET]
        return joined(
            (self._name(party), *parts, town, get.get("CountrySubDivisionName", ""), get.get("CountryID", ""))
        )

    # --- the lines ----------------------------------------------------------------------------------------------------

    def _line(self, item: Element) -> None:
        tree, built = self.tree, self.built
        line = built.new_line()
        self._article(line, item.first("SpecifiedTradeProduct"))
        agreement, delivery = item.first("SpecifiedLineTradeAgreement"), item.first("SpecifiedLineTradeDelivery")
        settlement = item.first("SpecifiedLineTradeSettlement")
        quantity = tree.first(delivery, "RequestedQuantity")
        if quantity is not None:
            built.put(line, "quantity", quantity, quantity.text)
            built.unit(line, quantity, quantity.get("unitCode"), unitcodes.rec20(quantity.get("unitCode")), "unitCode")
        price = tree.first(agreement, "NetPriceProductTradePrice", "ChargeAmount")
        basis = tree.first(agreement, "NetPriceProductTradePrice", "BasisQuantity")
        if price is not None:
            built.price(line, price, price.text, basis.text if basis is not None else "")
        units = {one.get("unitCode") for one in (basis, quantity) if one is not None} - {""}
        if price is not None and len(units) > 1:
            built.remark(price, f"a price for {' and '.join(sorted(units))}", "the unit of its price")
        amount = tree.first(settlement, "SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount")
        if amount is not None:
            built.put(line, "amount", amount, amount.text)
        self._wanted(delivery, line)
        self._charges(settlement)

    def _article(self, line: dict[str, Text], product: Element | None) -> None:
        tree, built = self.tree, self.built
        pairs = (("SellerAssignedID", "sku"), ("BuyerAssignedID", "buyer_sku"), ("GlobalID", "gtin"))
        for name, field in pairs:
            found = tree.first(product, name)
            if found is not None:
                built.code(line, field, found, found.text)
        maker = tree.first(product, "ManufacturerAssignedID")
        if maker is not None and "sku" not in line:
            built.put(line, "sku", maker, maker.text)
        called, described = tree.first(product, "Name"), tree.first(product, "Description")
        if called is not None:
            built.put(line, "description", called, called.text)
        if described is not None:
            built.put(line, "note" if called is not None else "description", described, described.text)
