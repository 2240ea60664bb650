"""UBL 2.x Order, OrderChange and OrderCancellation, Peppol BIS Order among them → a raw order (OASIS UBL 2.3)."""

import re
from collections.abc import Callable

from maildaemon.model import Document
from maildaemon.parse import unitcodes
from maildaemon.parse.built import Built, decimal, joined
from maildaemon.parse.raw import Text
from maildaemon.parse.tree import Tree
from maildaemon.structure import Element, Message

# Of which version and process the document is, whom to ask, to which account the client books it, the seller's own
# numbers, tax by law, and classes of the article: none of it changes what is ordered.
_HARMLESS = frozenset(
    "UBLExtensions UBLVersionID CustomizationID ProfileID ProfileExecutionID UUID IssueTime SalesOrderID "
    "CustomerReference "
    "AccountingCost AccountingCostCode OriginatorCustomerParty OriginatorParty OriginatorDocumentReference Signature "
    "TotalTaxAmount CommodityClassification ClassifiedTaxCategory TaxCurrencyCode PricingCurrencyCode "
    "LineCountNumeric SequenceNumberID AccountingSupplierParty  LineStatus".split()
)
_ADDRESS = ("Postbox", "Department", "Floor", "Room", "BlockName", "BuildingName")
_AMOUNTS = ("PayableAmount", "TaxInclusiveAmount", "TaxExclusiveAmount", "LineExtensionAmount")
_TRIAL = re.compile(r"(?<![a-z])(?:test|draft|sandbox|pilot|demo|training)(?![a-z])")
_PLAIN_TYPES = frozenset({"220", "105", ""})


def read(document: Document, message: Message, ignored: tuple[str, ...]) -> Built:
    """One Order, OrderChange or OrderCancellation."""
    built = Built(document, ignored=ignored)
    if message.root is not None:
        _Order(Tree(built, message.root), message.root).read()
    return built


class _Order:
    def __init__(self, tree: Tree, root: Element) -> None:
        self.tree, self.built, self.root = tree, tree.built, root

    def read(self) -> None:
        self._head()
        self._parties()
        self._delivery()
        self._sums()
        for line in self.root.all("OrderLine"):
            for item in line.all("LineItem"):
                self._line(item)
        self.tree.left(_HARMLESS)

    def _head(self) -> None:
        tree, built, root = self.tree, self.built, self.root
        # A change and a cancellation have numbers of their own and name the order that they are about.
        number = tree.first(root, "ID")
        about = tree.first(root, "OrderReference", "ID") if root.name != "Order" else None
        for found in (about or number,):
            if found is not None:
                built.header("po_number", found, found.text)
        for name, field in (("IssueDate", "order_date"), ("DocumentCurrencyCode", "currency")):
            found = tree.first(root, name)
            if found is not None:
                built.header(field, found, built.date(found, found.text) if field == "order_date" else found.text)
        if tree.text(root, "OrderTypeCode") not in _PLAIN_TYPES:
            built.remark(root, f"OrderTypeCode {tree.text(root, 'OrderTypeCode')}")
        if tree.text(root, "CopyIndicator").casefold() in {"true", "1"}:
            built.doubt(f"{built.document.name}: it is a copy (CopyIndicator)")
        for name in ("ProfileExecutionID", "ProfileID", "CustomizationID"):
            if _TRIAL.search(tree.text(root, name).casefold()):
                built.doubt(f"{built.document.name}: it may be a test ({name} {tree.text(root, name)[:60]})")
        priced = tree.text(root, "PricingCurrencyCode")
        if priced and priced != tree.text(root, "DocumentCurrencyCode"):
            built.remark(root, f"PricingCurrencyCode {priced[:10]}")
        lines = decimal(tree.text(root, "LineCountNumeric"))
        if lines is not None and lines != (here := len(root.all("OrderLine"))):
            built.doubt(f"LineCountNumeric says lines {lines}, the message has {here}")
        terms = tree.texts(root, "PaymentTerms", "Note")
        place = root.first("PaymentTerms")
        if place is not None:
            built.header("payment_terms", place, joined(terms, " "))

    def _parties(self) -> None:
        tree, built, root = self.tree, self.built, self.root
        for name, field in (("BuyerCustomerParty", "buyer"), ("AccountingCustomerParty", "bill_to")):
            customer = root.first(name)
            party = customer.first("Party") if customer is not None else None
            if customer is None:
                continue
            account = customer.first("SupplierAssignedAccountID")
            if account is not None:
                built.header("customer_number", account, account.text)
            called = self._name(party)
            if party is not None and field == "bill_to":
                built.header("bill_to", party, joined((called, self._address(party.first("PostalAddress")))))
            elif party is not None:
                built.header("buyer", party.first("PartyName", "Name") or party, called)
            tree.skip(customer)
        seller = root.first("SellerSupplierParty")
        if seller is not None:
            if called := self._name(seller.first("Party")):
                built.suppliers.append(built.text(seller, called))
            tree.skip(seller)

    def _name(self, party: Element | None) -> str:
        """As it goes by, else as it is registered, else its number."""
        if party is None:
            return ""
        paths = (
            ("PartyName", "Name"),
            ("PartyLegalEntity", "RegistrationName"),
            ("PartyTaxScheme", "RegistrationName"),
        )
        found = next((one for path in paths if (one := party.first(*path)) is not None and one.text), None)
        if found is not None:
            return found.text
        number = party.first("PartyIdentification", "ID") or party.first("EndpointID")
        return joined((number.get("schemeID"), number.text), " ") if number is not None else ""

    def _address(self, address: Element | None) -> str:
        if address is None:
            return ""
        tree = self.tree
        street = joined((tree.text(address, "StreetName"), tree.text(address, "BuildingNumber")), " ")
        parts = [street, tree.text(address, "AdditionalStreetName"), *(tree.text(address, name) for name in _ADDRESS)]
        parts += tree.texts(address, "AddressLine", "Line")
        parts += [
            joined((tree.text(address, "CityName"), tree.text(address, "PostalZone")), " "),
            tree.text(address, "CountrySubentity"),
            tree.text(address, "Country", "IdentificationCode"),
        ]
        tree.skip(address, "CountrySubentityCode")
        tree.skip(address, "Country", "Name")
        number = tree.first(address, "ID")
        if not any(parts) and number is not None:
            parts.append(joined((number.get("schemeID"), number.text), " "))
        return joined(parts)

    # --- where to, and when -------------------------------------------------------------------------------------------

    def _delivery(self) -> None:
        tree, built = self.tree, self.built
        for number, delivery in enumerate(self.root.all("Delivery")):
            location = delivery.first("DeliveryLocation")
            address = delivery.first("DeliveryAddress") or (location.first("Address") if location is not None else None)
            party = delivery.first("DeliveryParty")
            called = self._name(party)
            whole = joined((called, tree.text(location, "Name"), self._address(address)))
            place = tree.first(location, "ID")
            if not whole and place is not None:
                whole = joined((place.get("schemeID"), place.text), " ")
            tree.skip(party)
            if number:
                built.remark(delivery, whole or "Delivery", "a delivery in parts")
            else:
                built.header("ship_to", address or location or party or delivery, whole)
                self._day(delivery, lambda found, day: built.header("requested_date", found, day))

    def _day(self, delivery: Element, put: Callable[[Element, str], None]) -> None:
        """The first day of the period that is asked for; a longer one is a doubt."""
        period = delivery.first("RequestedDeliveryPeriod")
        start, end = self.tree.first(period, "StartDate"), self.tree.first(period, "EndDate")
        found = start or end
        if found is None:
            return
        put(found, self.built.date(found, found.text))
        if start is not None and end is not None and start.text[:10] != end.text[:10]:
            self.built.remark(found, f"between {start.text[:10]} and {end.text[:10]}", "a period")

    # --- sums ---------------------------------------------------------------------------------------------------------

    def _sums(self) -> None:
        tree, built, root = self.tree, self.built, self.root
        sums = root.first("AnticipatedMonetaryTotal")
        found = [one for name in _AMOUNTS if (one := tree.first(sums, name)) is not None]
        if found:
            built.header("total", found[0], found[0].text)
            built.header("currency", found[0], found[0].get("currencyID"), 0.95, "currencyID")
        for name in ("AllowanceTotalAmount", "ChargeTotalAmount", "PrepaidAmount", "PayableRoundingAmount"):
            one = tree.first(sums, name)
            if one is not None and decimal(one.text) != 0:
                built.remark(one, f"{name} {one.text}", "a sum beside the lines")
        tax = tree.first(root, "TaxTotal", "TaxAmount")
        if tax is not None:
            built.header("tax", tax, tax.text)
            tree.skip(root, "TaxTotal")
        if found:
            built.agrees(found[0].text, [(one, one.text) for one in found[1:]])
        self._charges(root)

    def _charges(self, node: Element) -> None:
        for one in node.all("AllowanceCharge"):
            charge = one.first("ChargeIndicator")
            reason, amount = one.first("AllowanceChargeReason"), one.first("Amount")
            said = joined((reason.text if reason is not None else "", amount.text if amount is not None else ""), " ")
            is_charge = charge is not None and charge.text.casefold() in {"true", "1"}
            self.built.remark(one, said or "AllowanceCharge", "a charge" if is_charge else "an allowance")
            self.tree.skip(one)

    # --- the lines ----------------------------------------------------------------------------------------------------

    def _line(self, item: Element) -> None:
        tree, built = self.tree, self.built
        line = built.new_line()
        tree.skip(item, "ID")
        if tree.text(item, "LineStatusCode").casefold() not in {"", "nostatus"}:
            built.remark(item, f"LineStatusCode {tree.text(item, 'LineStatusCode')}")
        quantity = tree.first(item, "Quantity")
        if quantity is not None:
            built.put(line, "quantity", quantity, quantity.text)
            built.unit(line, quantity, quantity.get("unitCode"), unitcodes.rec20(quantity.get("unitCode")), "unitCode")
        amount = tree.first(item, "LineExtensionAmount")
        if amount is not None:
            built.put(line, "amount", amount, amount.text)
        self._price(line, item, quantity)
        self._article(line, item.first("Item"))
        deliveries = item.all("Delivery")
        for one in deliveries[:1]:
            self._day(one, lambda found, day: built.put(line, "requested_date", found, day))
        self._charges(item)

    def _price(self, line: dict[str, Text], item: Element, quantity: Element | None) -> None:
        """The price is net; the discount that led to it, stated within, is a history."""
        tree, price = self.tree, item.first("Price")
        amount, basis = tree.first(price, "PriceAmount"), tree.first(price, "BaseQuantity")
        tree.skip(price, "AllowanceCharge")
        if amount is None:
            return
        self.built.price(line, amount, amount.text, basis.text if basis is not None else "")
        self.built.header("currency", amount, amount.get("currencyID"), 0.9, "currencyID")
        units = {one.get("unitCode") for one in (basis, quantity) if one is not None} - {""}
        if len(units) > 1:
            self.built.remark(amount, f"a price for {' and '.join(sorted(units))}", "the unit of its price")

    def _article(self, line: dict[str, Text], item: Element | None) -> None:
        tree, built = self.tree, self.built
        paths = (("SellersItemIdentification", "sku"), ("BuyersItemIdentification", "buyer_sku"),
                 ("StandardItemIdentification", "gtin"), ("ManufacturersItemIdentification", "maker"))  # fmt: skip
        for path, field in paths:
            found = tree.first(item, path, "ID")
            if found is None or (field == "maker" and "sku" in line):
                continue
            built.code(line, "sku" if field == "maker" else field, found, found.text)
        name, described = tree.first(item, "Name"), tree.texts(item, "Description")
        if name is not None and name.text:
            built.put(line, "description", name, name.text)
            if described and item is not None:
                built.put(line, "note", item.first("Description") or name, joined(described, " "))
        elif described and item is not None:
            built.put(line, "description", item.first("Description") or item, joined(described, " "))
        for one in item.all("AdditionalItemProperty") if item is not None else ():
            said = joined((tree.text(one, "Name"), tree.text(one, "Value")), ": ")
            built.remark(one, said, "a property of the article")
