"""cXML OrderRequest → a raw order (cXML 1.2, chapter "Purchase Orders")."""

import re

from maildaemon.model import Document
from maildaemon.parse import unitcodes
from maildaemon.parse.built import Built, decimal, joined
from maildaemon.parse.raw import Text
from maildaemon.parse.tree import Tree
from maildaemon.structure import Element, Message

# Who sends to whom through which network, whom to ask, to which account the client books it, in which catalogue and of
# which class the article is: none of it changes what is ordered.
_HARMLESS = frozenset(
    "Header Contact Followup Distribution Classification SupplierOrderInfo Phone Fax Email URL LeadTime "
    "ManufacturerName IdReference Signature".split()
)
_GTIN = frozenset(
    {"gtin", "ean", "ean-13", "ean13", "upc", "upc-a", "europeanarticlenumber", "gtin-13", "gtin-14", "ean-id"}
)
_ATTRIBUTES = {
    "OrderRequestHeader": frozenset("orderID orderDate type requestedDeliveryDate orderVersion lang orderType".split()),
    "ItemOut": frozenset("quantity lineNumber requestedDeliveryDate itemType".split()),
    "ScheduleLine": frozenset("quantity lineNumber requestedDeliveryDate".split()),
}
_USERS = re.compile(r"AA|Q[M-Z]|X[A-Z]|ZZ")
"""ISO 3166-1, 8.1.3: codes that are assigned to no country."""
_PLAIN = {"orderType": {"", "regular"}, "itemType": {"", "item"}}


def read(document: Document, message: Message, ignored: tuple[str, ...]) -> Built:
    """One OrderRequest. Its shared secret is never looked at."""
    built = Built(document, ignored=ignored)
    root = message.root
    request = root.find("OrderRequest") if root is not None else None
    if request is not None:
        _Request(Tree(built, request), request).read()
    return built


class _Request:
    def __init__(self, tree: Tree, request: Element) -> None:
        self.tree, self.built, self.request = tree, tree.built, request

    def read(self) -> None:
        head = self.request.first("OrderRequestHeader")
        if head is not None:
            self._head(head)
        for item in self.request.all("ItemOut"):
            self._item(item)
        self.tree.left(_HARMLESS, _ATTRIBUTES)

    def _head(self, head: Element) -> None:
        built, tree = self.built, self.tree
        built.header("po_number", head, head.get("orderID"), attribute="orderID")
        self._dated("order_date", head, "orderDate")
        self._dated("requested_date", head, "requestedDeliveryDate")
        if head.get("orderType") not in _PLAIN["orderType"]:
            built.remark(head, f"orderType {head.get('orderType')}")
        if head.get("orderVersion").strip() not in {"", "0", "1"}:
            built.remark(head, f"orderVersion {head.get('orderVersion')[:10]}")
        total = tree.first(head, "Total", "Money")
        if total is not None:
            built.header("total", total, total.text)
            built.header("currency", total, total.get("currency"), attribute="currency")
        tax = tree.first(head, "Tax", "Money")
        if tax is not None:
            built.header("tax", tax, tax.text)
            tree.skip(head, "Tax", "Description")
        ship, bill = head.first("ShipTo", "Address"), head.first("BillTo", "Address")
        if ship is not None:
            built.header("ship_to", ship, self._address(ship))
        if bill is not None:
            name = tree.text(bill, "Name")
            built.header("bill_to", bill, self._address(bill))
            # cXML names no buyer beside the credentials of the network: who pays is who orders.
            built.header("buyer", bill.first("Name") or bill, name)
        self._payment(head)
        for comment in head.all("Comments"):
            self._comment(comment)

    def _dated(self, field: str, head: Element, attribute: str) -> None:
        self.built.header(field, head, self.built.date(head, head.get(attribute)), attribute=attribute)

    def _comment(self, comment: Element) -> None:
        self.tree.skip(comment)
        files = [url.text for url in comment.all("Attachment", "URL")]
        if comment.text:
            self.built.remark(comment, comment.text)
        for file in files:
            self.built.remark(comment, file, "a file that it names and that is not read")

    def _payment(self, head: Element) -> None:
        """Days, and a discount for paying earlier; a card is a person's business, and its number nobody's."""
        if head.first("Payment") is not None:
            self.tree.skip(head, "Payment")
            self.built.doubt(f"{self.built.document.name}: it states a way of payment (Payment)")
        net, early = "", ""
        place: Element | None = None
        for term in head.all("PaymentTerm"):
            place = place or term
            days = term.get("payInNumberOfDays")
            rate = decimal(self._rate(term))
            if rate is None and term.first("Discount") is not None:
                self.built.remark(term, f"PaymentTerm of {days} days with a discount", "its terms of payment")
            elif rate:
                early = f"{format(rate.normalize(), 'f')}/{days}"
            else:
                net = f"net {days}"
            self.tree.skip(term)
        if place is not None:
            self.built.header("payment_terms", place, joined((early, net), " "))

    def _rate(self, term: Element) -> str:
        percent = term.first("Discount", "DiscountPercent")
        return percent.get("percent") or percent.text if percent is not None else ""

    def _address(self, address: Element) -> str:
        tree, postal = self.tree, address.first("PostalAddress")
        tree.skip(address, "Phone")
        country = tree.first(postal, "Country")
        parts = [tree.text(address, "Name"), *tree.texts(postal, "DeliverTo"), *tree.texts(postal, "Street")]
        parts += [
            tree.text(postal, "City"),
            joined((tree.text(postal, "State"), tree.text(postal, "PostalCode")), " "),
            _country(country) if country is not None else "",
        ]
        for extra in (*address.all("Extrinsic"), *(postal.all("Extrinsic") if postal is not None else ())):
            if extra.get("name").casefold() in {"phone", "fax", "email", "telephone"}:
                tree.skip(extra)
        if postal is None:
            parts.append(address.get("addressID"))
        return joined(dict.fromkeys(part for part in parts if part))

    # --- the lines ----------------------------------------------------------------------------------------------------

    def _item(self, item: Element) -> None:
        built, tree = self.built, self.tree
        line = built.new_line()
        built.put(line, "quantity", item, item.get("quantity"), "quantity")
        wanted = "requestedDeliveryDate"
        built.put(line, "requested_date", item, built.date(item, item.get(wanted)), wanted)
        if item.get("itemType") not in _PLAIN["itemType"]:
            built.remark(item, f"itemType {item.get('itemType')}")
        for name, field in (("SupplierPartID", "sku"), ("BuyerPartID", "buyer_sku")):
            found = tree.first(item, "ItemID", name)
            if found is not None:
                built.put(line, field, found, found.text)
        for reference in item.all("ItemID", "IdReference"):
            if reference.get("domain").casefold() in _GTIN:
                built.code(line, "gtin", reference, reference.get("identifier"))
        detail = item.first("ItemDetail") or item.first("BlanketItemDetail")
        if detail is not None:
            self._detail(line, detail)
        for comment in item.all("Comments"):
            self._comment(comment)
        self._schedule(line, item)
        for tax in item.all("Tax"):
            tree.skip(tax)

    def _detail(self, line: dict[str, Text], detail: Element) -> None:
        built, tree = self.built, self.tree
        if detail.name == "BlanketItemDetail":
            built.remark(detail, "a blanket order")
        maker = tree.first(detail, "ManufacturerPartID")
        if maker is not None and "sku" not in line:
            built.put(line, "sku", maker, maker.text)
        unit = tree.first(detail, "UnitOfMeasure")
        if unit is not None:
            built.unit(line, unit, unit.text, unitcodes.rec20(unit.text))
        described = tree.first(detail, "Description")
        if described is not None:
            short = tree.text(described, "ShortName")
            built.put(line, "description", described, described.text or short)
            if short and described.text:
                built.put(line, "note", described, short)
        # The same in other languages.
        tree.texts(detail, "Description")
        price = tree.first(detail, "UnitPrice", "Money")
        basis = tree.first(detail, "PriceBasisQuantity")
        if price is not None:
            built.price(line, price, price.text, basis.get("quantity") if basis is not None else "")
            built.header("currency", price, price.get("currency"), 0.9, "currency")
        if basis is not None:
            factor, other = basis.get("conversionFactor") or "1", tree.text(basis, "UnitOfMeasure")
            if decimal(factor) != 1 or (unit is not None and other and other != unit.text):
                built.remark(basis, f"PriceBasisQuantity {basis.get('quantity')} {other}, factor {factor}")

    def _schedule(self, line: dict[str, Text], item: Element) -> None:
        """One schedule line of the whole quantity is the line's date; more are a delivery in parts."""
        found = item.all("ScheduleLine")
        for one in found:
            self.tree.first(one)
            self.tree.skip(one, "UnitOfMeasure")
        quantity = line.get("quantity")
        if len(found) == 1 and quantity is not None and decimal(found[0].get("quantity")) == decimal(quantity.text):
            day = self.built.date(found[0], found[0].get("requestedDeliveryDate"))
            self.built.put(line, "requested_date", found[0], day)
        elif found:
            said = joined(f"{one.get('quantity')} on {one.get('requestedDeliveryDate')[:10]}" for one in found)
            self.built.remark(found[0], said, "a delivery in parts")


def _country(element: Element) -> str:
    """Its ISO 3166-1 code, but for those that are left to users (XX, ZZ): then what is written."""
    code = element.get("isoCountryCode").strip()
    return element.text.strip() if element.text.strip() and _USERS.fullmatch(code.upper()) else code or element.text
