"""EDIFACT ORDERS and ORDCHG → a raw order, by tables of segments, qualifiers and codes (UNTDID D.93A to D.16B)."""

from collections.abc import Callable
from itertools import groupby

from maildaemon.model import Document
from maildaemon.parse import unitcodes
from maildaemon.parse.built import Built, decimal, joined, pieced
from maildaemon.parse.raw import Text
from maildaemon.structure import Message, Segment

# 7143: whose code of the article it is.
_CODES = {
    "SA": "sku", "VN": "sku", "VP": "sku", "MF": "maker", "MN": "maker", "IB": "maker", "IS": "maker",
    "BP": "buyer_sku", "IN": "buyer_sku", "CU": "buyer_sku", "BI": "buyer_sku",
    "EN": "gtin", "SRV": "gtin", "UP": "gtin", "EU": "gtin", "UA": "gtin", "": "sku",
}  # fmt: skip
# 3035: who a party is.
_PARTIES = {"BY": "buyer", "OB": "buyer", "DP": "ship_to", "ST": "ship_to", "CN": "ship_to", "UC": "end",
            "IV": "bill_to", "BT": "bill_to", "SU": "supplier", "SE": "supplier", "SR": "", "MS": "", "MR": "",
            "II": "", "SF": "",
            "LD": ""}  # fmt: skip
# 2005: when the client wants it, the best first.
_WANTED = ("2", "69", "76", "358", "10", "63")
# 5025 of the summary, the best first: what the whole message is for.
_TOTALS = ("128", "86", "39", "9", "77", "79", "125")
_TAXES = frozenset({"124", "176", "150"})
# 5125: which of the prices is the net one.
_NET = ("AAA", "AAG", "CAL", "INV", "NTP", "AAE", "AAB", "")
_TYPES = frozenset({"220", "105", "", "224"})
# Who is to be asked, numbers of tax offices and of the file, measures and packings of the article (the catalogue knows
# them), the tax that the law asks for, and what parts the message: they change nothing about the order.
_HARMLESS = frozenset({"UNH", "UNT", "UNS", "CTA", "COM", "PAC", "TAX", "FII"})
_FILED = frozenset({"VA", "FC", "GN", "IA", "API", "YC1", "XA", "AHL", "ACD", "PQ"})
# 1153: what was agreed before.
_AGREED = {"CT": "a contract", "AAG": "an offer", "PR": "a quotation"}
_PACKED = frozenset({"59", "52", "17E"})
# 6313: weights, and layers on a pallet. Of what else is measured a piece may be cut.
_MEASURED = frozenset({"LAY", "ULY", "AAA", "AAB", "AAC", "AAD", "G", "WT", "NAR"})
_TITLES = frozenset({"", "order", "orders", "purchase order", "bestellung", "commande"})
# How many elements of a segment are read; any behind them that holds something is quoted.
_READ = {"BGM": 4, "DTM": 1, "RFF": 1, "NAD": 9, "PAT": 3, "PCD": 1, "LIN": 6, "IMD": 3, "QTY": 1, "PRI": 1, "MOA": 1,
         "CNT": 1, "FTX": 5}  # fmt: skip
# These state a value in the second component of their first element, or state nothing that is read.
_VALUED = frozenset({"DTM", "RFF", "QTY", "PRI", "MOA", "CNT", "PCD"})
_FREE = frozenset({"F", "E", "B", "A", ""})
# Data element 4343: what is asked for in return; of the rest it is itself an answer.
_ANSWERS = frozenset({"", "AA", "AB", "AC", "AD", "AE", "AF", "AG", "NA"})
_LABEL = {"9": "GLN", "16": "DUNS", "": "number"}
_COUNTED = {"2": "lines", "1": "quantity"}


def read(document: Document, message: Message, ignored: tuple[str, ...]) -> Built:
    """One message of the types ORDERS and ORDCHG."""
    return _Orders(document, ignored).read(message)


class _Orders:
    def __init__(self, document: Document, ignored: tuple[str, ...]) -> None:
        self.built = Built(document, ignored=ignored)
        self.line: dict[str, Text] | None = None
        self.ended = False
        self.dates: dict[str, tuple[Segment, str]] = {}
        self.quantities: list[Segment] = []
        self.prices: dict[str, Segment] = {}
        self.texts: list[Segment] = []
        self.titles: list[Segment] = []
        self.makers: list[tuple[Segment, str]] = []
        self.totals: dict[str, Segment] = {}
        self.terms: list[str] = []
        self.terms_at: Segment | None = None
        self.handlers: dict[str, Callable[[Segment], None]] = {
            "BGM": self._bgm, "DTM": self._dtm, "RFF": self._rff, "NAD": self._nad, "CUX": self._cux, "PAT": self._pat,
            "PCD": self._pcd, "LIN": self._lin, "PIA": self._pia, "IMD": self._imd, "QTY": self._qty, "PRI": self._pri,
            "MOA": self._moa, "MEA": self._mea, "FTX": self._ftx, "CNT": self._cnt, "ALC": self._alc,
        }  # fmt: skip
        self.last = ""

    def read(self, message: Message) -> Built:
        for segment in message.segments:
            if segment.tag in {"LIN", "UNS", "CNT", "UNT"}:
                self._end_line()
            self.ended = self.ended or segment.tag in {"UNS", "CNT"}
            if segment.tag not in _HARMLESS:
                self.handlers.get(segment.tag, self.built.unread)(segment)
                self._rest(segment)
            if segment.tag not in {"DTM", "MOA", "PCD", "QTY"}:
                self.last = segment.tag
        self._end_line()
        self._settle()
        return self.built

    def _rest(self, segment: Segment) -> None:
        over = segment.elements[_READ.get(segment.tag, len(segment.elements)) :]
        empty = segment.tag in _VALUED and not segment.get(1, 2)
        if empty or any(part.strip() for element in over for part in element):
            self.built.unread(segment)

    # --- the header ---------------------------------------------------------------------------------------------------

    def _bgm(self, segment: Segment) -> None:
        if segment.get(1) not in _TYPES and segment.get(1) != "230":
            self.built.remark(segment, segment.text, f"its type {segment.get(1)[:5]} (BGM 1001)")
        self.built.header("po_number", segment, segment.get(2))
        if segment.get(1, 4).casefold() not in _TITLES or segment.get(2, 2) or segment.get(2, 3):
            self.built.remark(segment, segment.text, "its title or version")
        if segment.get(4) not in _ANSWERS:
            self.built.remark(segment, segment.text, f"an answer {segment.get(4)[:5]} (BGM 4343)")
        if segment.get(3) not in {"", "9", "1", "2", "3", "4", "5", "17", "20", "21", "36"}:
            self.built.remark(segment, segment.text, f"its function {segment.get(3)[:5]} (BGM 1225)")

    def _dtm(self, segment: Segment) -> None:
        qualifier, value = segment.get(1), segment.get(1, 2)
        shape = segment.get(1, 3)
        if qualifier in {"4", "137"} and self.line is None and self.last not in {"RFF", "PAT", "ALC", "TDT"}:
            self.built.header(
                "order_date", segment, self._day(segment, value, shape), 1.0 if qualifier == "137" else 0.9
            )
        elif qualifier in {"171", "137"} and self.last == "RFF":
            return  # of which day the reference is
        elif qualifier in _WANTED or qualifier in {"64", "61"}:
            found = self._day(segment, value, shape)
            if found:
                self.dates[qualifier] = (segment, found)
        else:
            self.built.unread(segment)

    def _day(self, segment: Segment, value: str, shape: str) -> str:
        """By its format (2379): 101 and 102 are days, 203, 204 and 303 have a time, 718 and 719 are periods."""
        if shape in {"718", "719"}:
            half = len(value.replace("-", "")) // 2
            first, second = value.replace("-", "")[:half], value.replace("-", "")[half:]
            if first[:8] != second[:8]:
                self.built.remark(segment, segment.text, "a period")
            return self.built.date(segment, first[:8])
        if shape in {"102", "203", "204", "303", "304", ""}:
            return self.built.date(segment, value[:8])
        if shape in {"101", "201"}:
            return self.built.date(segment, value[:6])
        self.built.doubt(
            f"{self.built.where(segment)}: the date {value[:30]!r} is in the format {shape[:5]}, which is not read"
        )
        return ""

    def _rff(self, segment: Segment) -> None:
        qualifier, number = segment.get(1), segment.get(1, 2)
        if qualifier in _FILED or (qualifier == "LI"):
            return
        if qualifier == "ON" and any(text.text == number for text in self.built.fields.get("po_number", ())):
            return
        if qualifier in {"IT", "ADE"} and self.line is None:
            self.built.header("customer_number", segment, number)
            return
        if qualifier in _AGREED:
            self.built.agreed(segment, _AGREED[qualifier])
            return
        what = "the number of another order" if qualifier == "ON" else "what is not understood"
        self.built.remark(segment, segment.text, what)

    def _nad(self, segment: Segment) -> None:
        role = _PARTIES.get(segment.get(1))
        if role is None or (self.line is not None and role in {"ship_to", "bill_to", "end"}):
            self.built.unread(segment)
            return
        name = pieced(segment.elements[3][:5]) if len(segment.elements) > 3 else ""
        lines = joined(segment.elements[2]) if len(segment.elements) > 2 else ""
        label = _LABEL.get(segment.get(2, 3), "number")
        number = f"{label} {segment.get(2)}" if segment.get(2) else ""
        street = joined(segment.elements[4]) if len(segment.elements) > 4 else ""
        town = joined(
            (segment.get(6), joined((segment.get(7, 4) or segment.get(7),)), segment.get(8), segment.get(9)), " "
        )
        whole = joined((name or lines, street, town)) if street or town else joined((name or lines, number))
        if role == "supplier" and name:
            self.built.suppliers.append(self.built.text(segment, name))
        elif role == "buyer":
            self.built.header("buyer", segment, name or lines or number)
        elif role in {"ship_to", "bill_to"}:
            self.built.header(role, segment, whole)
        elif role == "end":
            # Whom the goods are for in the end is where they go when no delivery party is named, and else a doubt.
            self.built.header("ship_to", segment, whole, 0.99)

    def _cux(self, segment: Segment) -> None:
        for element in range(1, len(segment.elements) + 1):
            if segment.get(element) == "2":
                self.built.header("currency", segment, segment.get(element, 2))
            elif segment.get(element):
                self.built.remark(segment, segment.text, "a rate of exchange")

    def _pat(self, segment: Segment) -> None:
        """Terms (4279: 1 basic, 3 fixed date, 22 discount), of so many (2152) days (2151 = D) after the invoice."""
        self.terms_at = self.terms_at or segment
        days = segment.get(3, 4) if segment.get(3, 3) in {"D", ""} else ""
        words = joined((segment.get(2, 4), segment.get(2, 5)), " ")
        if segment.get(1) in {"1", "3", "7", ""} and days:
            self.terms.append(f"net {days}")
        elif segment.get(1) == "22" and days:
            self.terms.append(f"discount {days} days")
        elif words:
            self.terms.append(words)
        else:
            self.terms.append(segment.text)

    def _pcd(self, segment: Segment) -> None:
        rate = decimal(segment.get(1, 2))
        discount = next((term for term in self.terms if term.startswith("discount ")), None)
        if self.last == "PAT" and segment.get(1) == "12" and rate is not None and discount is not None:
            at = self.terms.index(discount)
            self.terms[at] = f"{format(rate.normalize(), 'f')}% {discount.removeprefix('discount ')}"
        elif self.last != "ALC":
            self.built.unread(segment)

    # --- the lines ----------------------------------------------------------------------------------------------------

    def _lin(self, segment: Segment) -> None:
        line = self.line = self.built.new_line()
        if segment.get(2) in {"2", "3", "6", "7", "8"} or (segment.get(2) and segment.get(2) != "1"):
            self.built.remark(segment, segment.text, f"an action {segment.get(2)[:5]} (LIN 1229)")
        if any(segment.get(place) for place in (4, 5, 6)):
            self.built.remark(segment, segment.text, "a line below another")
        self._article(line, segment, 3)

    def _article(self, line: dict[str, Text], segment: Segment, element: int) -> None:
        code, kind = segment.get(element), segment.get(element, 2)
        name = _CODES.get(kind)
        if not code:
            return
        if name == "maker":
            self.makers.append((segment, code))
        elif name is not None:
            self.built.code(line, name, segment, code)
        else:
            self.built.unread(segment)

    def _pia(self, segment: Segment) -> None:
        """4347: 1 adds an identification, 5 names the article; 2 to 4 are substitutes and successors."""
        if self.line is None or segment.get(1) not in {"1", "5"}:
            self.built.unread(segment)
            return
        for element in range(2, len(segment.elements) + 1):
            self._article(self.line, segment, element)

    def _imd(self, segment: Segment) -> None:
        if self.line is not None and joined((segment.get(3, 4), segment.get(3, 5))):
            self.texts.append(segment)
        elif self.line is None or segment.get(3) not in {"", "CU", "TU", "IN", "DU", "CO"}:
            # A code without words is one of EANCOM's for the unit that is sold, or says something.
            self.built.unread(segment)

    def _qty(self, segment: Segment) -> None:
        qualifier = segment.get(1)
        if qualifier in {"21", "1"} and self.line is not None:
            self.quantities.append(segment)
        elif qualifier not in _PACKED:
            self.built.unread(segment)

    def _pri(self, segment: Segment) -> None:
        if self.line is not None and segment.get(1) in _NET:
            first = self.prices.setdefault(segment.get(1), segment)
            if first.elements != segment.elements:
                self.built.remark(segment, segment.text, "a second price")
        else:
            self.built.unread(segment)

    def _moa(self, segment: Segment) -> None:
        qualifier, value = segment.get(1), segment.get(1, 2)
        if self.last == "ALC":
            return  # the allowance or the charge is quoted already
        if segment.get(1, 3):
            self.built.header("currency", segment, segment.get(1, 3))
        if self.line is not None:
            if qualifier in {"203", "66", "38"}:
                self.built.put(self.line, "amount", segment, value)
            elif qualifier not in _TAXES:
                self.built.unread(segment)
        elif qualifier in _TAXES:
            self.built.header("tax", segment, value)
        elif qualifier in _TOTALS:
            first = self.totals.setdefault(qualifier, segment)
            if first.elements != segment.elements:
                self.built.remark(segment, segment.text, "a second total")
        else:
            self.built.unread(segment)

    def _mea(self, segment: Segment) -> None:
        if segment.get(2) not in _MEASURED:
            self.built.unread(segment)

    def _ftx(self, segment: Segment) -> None:
        """4451 AFM is the title of a publication, AAA and PRD describe goods; what else is written is a remark."""
        said = joined(segment.elements[3], " ") if len(segment.elements) > 3 else segment.text
        if self.line is not None and segment.get(1) in {"AFM", "PRD"}:
            self.titles.append(segment)
        else:
            self.built.remark(segment, said)

    def _alc(self, segment: Segment) -> None:
        what = {"A": "an allowance", "C": "a charge"}.get(segment.get(1), "an allowance or a charge")
        self.built.remark(segment, segment.text, what)

    def _end_line(self) -> None:
        line, self.line = self.line, None
        if line is None:
            self._wanted(lambda segment, found: self.built.header("requested_date", segment, found))
            return
        if self.makers and "sku" not in line:
            self.built.put(line, "sku", *self.makers[0])
        self._counted(line)
        net = next((self.prices[kind] for kind in _NET if kind in self.prices), None)
        if net is not None:
            self.built.price(line, net, net.get(1, 2), net.get(1, 5))
            counted = {one.get(1, 3) for one in self.quantities} | {net.get(1, 6)}
            if net.get(1) in {"AAB", "AAE"} or (net.get(1, 6) and len(counted - {""}) > 1):
                self.built.remark(net, net.text, "the kind of its price")
            for kind, other in self.prices.items():
                if other is not net and other.get(1, 2) != net.get(1, 2) and kind not in {"AAB", "AAE"}:
                    self.built.remark(other, other.text, "another price")
        self._described(line)
        self._wanted(lambda segment, found: self.built.put(line, "requested_date", segment, found))
        self.quantities, self.prices, self.texts, self.titles, self.makers = [], {}, [], [], []

    def _counted(self, line: dict[str, Text]) -> None:
        """The ordered quantity (21); "discrete" (1) where that is all there is. Several are a delivery in parts."""
        found = [one for one in self.quantities if one.get(1) == "21"] or self.quantities
        if len({one.get(1, 2) for one in self.quantities}) > 1 or len(found) > 1:
            self.built.remark(found[-1], found[-1].text, "a delivery in parts")
        if found:
            unit = found[0].get(1, 3)
            self.built.put(line, "quantity", found[0], found[0].get(1, 2))
            self.built.unit(line, found[0], unit, unitcodes.rec20(unit))

    def _described(self, line: dict[str, Text]) -> None:
        """Two components are one text cut in two, and several segments of one characteristic go on. What describes no
        product but its colour, its size, its price is not part of it."""
        parts: list[str] = []
        first: Segment | None = None
        for kind, group in groupby(self.texts, key=lambda one: (one.get(1) in _FREE, one.get(2))):
            for one in group:
                said = pieced(one.elements[2][3:5])
                fits = kind[1] in {"", "8", "ANM", "DSC", "79"} and (
                    not parts or kind[0] is (first is not None and first.get(1) in _FREE)
                )
                if fits:
                    first = first or one
                    parts.append(said)
                else:
                    self.built.remark(one, said)
        if first is not None:
            self.built.put(line, "description", first, joined(parts, " "))
        for title in self.titles:
            said = joined(title.elements[3], " ") if len(title.elements) > 3 else ""
            if "description" in line:
                self.built.remark(title, said)
            else:
                self.built.put(line, "description", title, said)

    def _wanted(self, put: Callable[[Segment, str], None]) -> None:
        self.built.wanted(self.dates, _WANTED, put)
        self.dates = {}

    # --- the summary --------------------------------------------------------------------------------------------------

    def _cnt(self, segment: Segment) -> None:
        counted, value = _COUNTED.get(segment.get(1)), decimal(segment.get(1, 2))
        lines = self.built.lines
        total = sum(decimal(line["quantity"].text) or 0 for line in lines if "quantity" in line)
        is_so = {"lines": len(lines), "quantity": total}
        if counted is not None and value != is_so[counted]:
            self.built.doubt(f"CNT says {counted} {segment.get(1, 2)[:20]}, the message has {is_so[counted]}")

    def _settle(self) -> None:
        best = next((self.totals[qualifier] for qualifier in _TOTALS if qualifier in self.totals), None)
        if best is not None:
            self.built.header("total", best, best.get(1, 2))
            self.built.agrees(best.get(1, 2), [(one, one.get(1, 2)) for one in self.totals.values()])
        if self.terms_at is not None:
            self.built.header("payment_terms", self.terms_at, joined(dict.fromkeys(self.terms)))
