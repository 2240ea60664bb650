"""X12 850, 860 and 875 → a raw order, by tables of segments, qualifiers and codes (X12.22, versions 3010 to 8040)."""

from collections.abc import Callable

from maildaemon.model import Document
from maildaemon.parse import unitcodes
from maildaemon.parse.built import Built, decimal, joined
from maildaemon.parse.raw import Text
from maildaemon.structure import Message, Segment

# Element 235: what a pair of qualifier and code in PO1, POC and LIN says of the article.
_CODES = {
    "VN": "sku", "VP": "sku", "VC": "sku", "VA": "sku", "SN": "sku", "MG": "maker", "MF": "maker", "MN": "maker",
    "IB": "maker",
    "BP": "buyer_sku", "IN": "buyer_sku", "CB": "buyer_sku", "PI": "buyer_sku", "SK": "buyer_sku", "IT": "buyer_sku",
    "UP": "gtin", "EN": "gtin", "UK": "gtin", "UA": "gtin", "UI": "gtin", "U2": "gtin", "EO": "gtin", "UC": "gtin",
}  # fmt: skip
# Element 98: who the party of an N1 loop is.
_PARTIES = {"BY": "buyer", "OB": "buyer", "ST": "ship_to", "DA": "ship_to", "BT": "bill_to", "SU": "supplier",
            "SE": "supplier", "VN": "supplier", "SF": "", "RI": "", "RE": ""}  # fmt: skip
# Element 374, of the header, the best first: when the client wants it.
_WANTED = ("002", "106", "074", "010", "038", "063")
# Element 639: the price is for so many of the unit. "NT", "CT", "TE" and their like name the kind of price.
_BASIS = {"": "1", "PE": "1", "EA": "1", "TE": "1", "CT": "1", "NT": "1", "QT": "1", "CA": "1", "WE": "1", "TB": "1",
          "CP": "1", "UM": "1", "HP": "100", "PN": "100", "TP": "1000"}  # fmt: skip
# Element 640 and 92: a plain order.
_PLAIN_TYPES = frozenset({"SA", "NE", "OS", "RE", "ZZ", ""})
_TOTALS = {"TT": 1.0, "1": 0.8, "GV": 0.8, "TP": 0.8, "N": 0.8}
# Who is to be asked, and numbers by which the two sides file the order: they change nothing about it. PO4 is how the
# article is packed, which the catalogue knows.
_HARMLESS = frozenset({"ST", "SE", "PER", "PO4", "G61"})
# Which elements of a segment are read; in CTT and G76 weights follow. Any other that holds something is quoted.
_READ = {
    "BEG": 7, "BCH": 6, "G50": 3, "CUR": 3, "REF": 2, "DTM": 2, "G62": 2, "N1": 4, "N2": 2, "N3": 2, "N4": 4, "PID": 2,
    "G69": 1, "AMT": 2, "CTT": 7, "G76": 6,
}  # fmt: skip
_ALSO_READ = frozenset({("PID", 5)})
_FILED = frozenset({"DP", "IA", "VR", "CR", "JB", "BY"})
# 128: what was agreed before.
_AGREED = {"CT": "a contract", "PR": "a quotation"}
_NAMES = {"1": "DUNS", "9": "DUNS+4", "UL": "GLN", "91": "number", "92": "number", "93": "number"}


def read(document: Document, message: Message, ignored: tuple[str, ...]) -> Built:
    """One transaction set of the kinds 850, 860, 875, 876."""
    return _Set(document, ignored).read(message)


class _Set:
    def __init__(self, document: Document, ignored: tuple[str, ...]) -> None:
        self.built = Built(document, ignored=ignored)
        self.line: dict[str, Text] | None = None
        self.party: tuple[str, Segment, list[str], str] | None = None
        self.dates: dict[str, tuple[Segment, str]] = {}
        self.totals: dict[str, tuple[Segment, str]] = {}
        self.descriptions: list[tuple[Segment, str]] = []
        self.schedule: list[Segment] = []
        self.terms = 0
        self.handlers: dict[str, Callable[[Segment], None]] = {
            "BEG": self._beg, "BCH": self._bch, "G50": self._g50, "CUR": self._cur, "REF": self._ref, "ITD": self._itd,
            "DTM": self._dtm, "G62": self._g62, "N1": self._n1, "N2": self._address, "N3": self._address,
            "N4": self._address, "PO1": self._po1, "POC": self._poc, "G68": self._g68, "PID": self._pid,
            "G69": self._g69, "SCH": self._sch, "AMT": self._amt, "CTT": self._ctt, "G76": self._g76,
            "TXI": self._txi, "MSG": self._msg,
            "MTX": self._msg, "NTE": self._nte, "N9": self._n9, "SAC": self._sac, "LIN": self._lin,
        }  # fmt: skip

    def read(self, message: Message) -> Built:
        for segment in message.segments:
            if segment.tag not in {"N2", "N3", "N4", "PER"}:
                self._end_party()
            if segment.tag in {"PO1", "POC", "G68", "CTT", "G76", "SE"}:
                self._end_line()
            if segment.tag not in _HARMLESS:
                self.handlers.get(segment.tag, self.built.unread)(segment)
                self._rest(segment)
        self._end_party()
        self._end_line()
        best = max(self.totals, key=lambda qualifier: _TOTALS[qualifier], default=None)
        if best is not None:
            self.built.header("total", *self.totals[best])
        return self.built

    def _rest(self, segment: Segment) -> None:
        """What stands behind the elements that are read, and in composites, of which no order makes use."""
        read = _READ.get(segment.tag, len(segment.elements))
        over = any(
            segment.get(place) and (segment.tag, place) not in _ALSO_READ
            for place in range(read + 1, len(segment.elements) + 1)
        )
        if over or any(part.strip() for element in segment.elements for part in element[1:]):
            self.built.unread(segment)

    # --- the header ---------------------------------------------------------------------------------------------------

    def _beg(self, segment: Segment) -> None:
        purpose = segment.get(1)
        if purpose not in {"00", "01", "02", "03", "04", "05", ""}:
            self.built.remark(segment, segment.text, f"its purpose {purpose[:5]} (BEG01)")
        if segment.get(2) not in _PLAIN_TYPES:
            self.built.remark(segment, segment.text, f"its type {segment.get(2)[:5]} (BEG02)")
        self.built.header("po_number", segment, segment.get(3))
        if segment.get(4):
            self.built.remark(segment, segment.get(4), "a release number")
        self.built.header("order_date", segment, self.built.date(segment, segment.get(5)))
        if segment.get(6):
            self.built.agreed(segment, "a contract number")

    def _bch(self, segment: Segment) -> None:
        self.built.header("po_number", segment, segment.get(3))
        self.built.header("order_date", segment, self.built.date(segment, segment.get(6)))

    def _g50(self, segment: Segment) -> None:
        if segment.get(1) not in {"N", "00"}:
            self.built.remark(segment, segment.text, f"its status {segment.get(1)[:5]} (G5001)")
        self.built.header("order_date", segment, self.built.date(segment, segment.get(2)))
        self.built.header("po_number", segment, segment.get(3))

    def _cur(self, segment: Segment) -> None:
        self.built.header("currency", segment, segment.get(2))
        if segment.get(3):
            self.built.remark(segment, segment.text, "a rate of exchange")

    def _ref(self, segment: Segment) -> None:
        qualifier, number = segment.get(1), segment.get(2) or segment.get(3)
        if qualifier == "PO" and self.line is None:
            self.built.header("po_number", segment, number)
        elif qualifier == "11" and self.line is None:
            self.built.header("customer_number", segment, number)
        elif qualifier in _AGREED:
            self.built.agreed(segment, _AGREED[qualifier])
        elif qualifier not in _FILED:
            self.built.unread(segment)

    def _itd(self, segment: Segment) -> None:
        percent, early, late = segment.get(3), segment.get(5), segment.get(7)
        self.terms += 1
        rate = decimal(percent) if percent else None
        if rate and early and late:
            said = f"{format(rate.normalize(), 'f')}/{early} net {late}"
        elif late and not rate:
            said = f"net {late}"
        else:
            said = segment.get(12)
        self.built.header("payment_terms", segment, said)
        if not said or self.terms > 1 or any(segment.get(place) for place in (4, 6, 8, 9, 10, 11, 13, 14, 15)):
            self.built.remark(segment, segment.text, "its terms of payment")

    def _dtm(self, segment: Segment) -> None:
        self._dated(segment, segment.get(1), segment.get(2))

    def _g62(self, segment: Segment) -> None:
        self._dated(
            segment, {"02": "002", "10": "010", "04": "004"}.get(segment.get(1), segment.get(1)), segment.get(2)
        )

    def _dated(self, segment: Segment, qualifier: str, value: str) -> None:
        found = self.built.date(segment, value)
        if not found:
            return
        if qualifier == "004" and self.line is None:
            self.built.header("order_date", segment, found)
        elif qualifier in _WANTED or qualifier in {"064", "037"}:
            self.dates[qualifier] = (segment, found)
        else:
            self.built.unread(segment)

    # --- parties ------------------------------------------------------------------------------------------------------

    def _n1(self, segment: Segment) -> None:
        role, name = segment.get(1), segment.get(2)
        label = _NAMES.get(segment.get(3), "number")
        number = f"{label} {segment.get(4)}" if segment.get(4) else ""
        if role not in _PARTIES:
            self.built.unread(segment)
            return
        if self.line is not None and _PARTIES[role] not in {"", "supplier"}:
            self.built.remark(segment, segment.text, "a party of one line")
            return
        self.party = (_PARTIES[role], segment, [name], number)

    def _address(self, segment: Segment) -> None:
        if self.party is None:
            return
        if segment.tag == "N4":
            city, state, code, country = (segment.get(place) for place in (1, 2, 3, 4))
            self.party[2].extend((city, f"{state} {code}".strip(), country))
        else:
            self.party[2].extend((segment.get(1), segment.get(2)))

    def _end_party(self) -> None:
        if self.party is None:
            return
        role, segment, parts, number = self.party
        self.party = None
        # A name without a street may be one of many houses: its number tells which.
        whole = joined(parts if any(parts[1:]) else (*parts, number))
        if role == "supplier" and parts[0]:
            self.built.suppliers.append(self.built.text(segment, parts[0]))
        elif role == "buyer":
            self.built.header("buyer", segment, parts[0] or number)
        elif role in {"ship_to", "bill_to"}:
            self.built.header(role, segment, whole)

    # --- the lines ----------------------------------------------------------------------------------------------------

    def _po1(self, segment: Segment) -> None:
        line = self.line = self.built.new_line()
        self._quantity(line, segment, 2, 3)
        self._price(line, segment, 4, 5)
        self._pairs(line, segment, 6)

    def _poc(self, segment: Segment) -> None:
        line = self.line = self.built.new_line()
        self._quantity(line, segment, 3, 5)
        self._price(line, segment, 6, 7)
        self._pairs(line, segment, 8)
        self.built.remark(segment, segment.text, f"a change {segment.get(2)[:5]} (POC02)")

    def _g68(self, segment: Segment) -> None:
        line = self.line = self.built.new_line()
        self._quantity(line, segment, 1, 2)
        self._price(line, segment, 3, 99)
        self.built.code(line, "gtin", segment, segment.get(4))
        self._pairs(line, segment, 5)

    def _lin(self, segment: Segment) -> None:
        if self.line is None:
            self.built.unread(segment)
        else:
            self._pairs(self.line, segment, 2)

    def _quantity(self, line: dict[str, Text], segment: Segment, place: int, unit: int) -> None:
        self.built.put(line, "quantity", segment, segment.get(place))
        self.built.unit(line, segment, segment.get(unit), unitcodes.x12(segment.get(unit)))

    def _price(self, line: dict[str, Text], segment: Segment, place: int, basis: int) -> None:
        price, kind = segment.get(place), segment.get(basis)
        if kind == "NC":
            self.built.put(line, "unit_price", segment, price or "0")
        elif kind not in _BASIS:
            if price:
                self.built.remark(segment, segment.text, f"the basis {kind[:5]} of its price")
        else:
            self.built.price(line, segment, price, _BASIS[kind])

    def _pairs(self, line: dict[str, Text], segment: Segment, start: int) -> None:
        makers: list[str] = []
        for place in range(start, len(segment.elements), 2):
            qualifier, code = segment.get(place), segment.get(place + 1)
            name = _CODES.get(qualifier)
            if not code:
                continue
            if name == "maker":
                makers.append(code)
            elif name is not None:
                self.built.code(line, name, segment, code)
            else:
                self.built.remark(segment, f"{qualifier} {code}", "what is not understood")
        # The maker's number is the code for the article where ours is not stated.
        if makers and "sku" not in line:
            self.built.put(line, "sku", segment, makers[0])

    def _pid(self, segment: Segment) -> None:
        said = segment.get(5)
        if said and self.line is not None and segment.get(2) in {"", "08", "GEN"}:
            self.descriptions.append((segment, said))
        else:
            self.built.unread(segment)

    def _g69(self, segment: Segment) -> None:
        if self.line is not None:
            self.descriptions.append((segment, segment.get(1)))

    def _sch(self, segment: Segment) -> None:
        self.schedule.append(segment)

    def _end_line(self) -> None:
        """Texts in pieces are one text, and one schedule of the whole quantity is the line's date."""
        line, self.line = self.line, None
        if line is None:
            self._wanted(lambda segment, found: self.built.header("requested_date", segment, found))
            return
        if self.descriptions:
            self.built.put(
                line, "description", self.descriptions[0][0], joined((said for _, said in self.descriptions), " ")
            )
        one = self.schedule[0] if len(self.schedule) == 1 else None
        stated = line.get("quantity")
        plain = one is not None and not any(one.get(place) for place in (3, 4, *range(7, len(one.elements) + 1)))
        if plain and one is not None and stated is not None and decimal(one.get(1)) == decimal(stated.text):
            self.built.put(line, "requested_date", one, self.built.date(one, one.get(6)))
        elif self.schedule:
            self.built.remark(self.schedule[0], self.schedule[0].text, "a delivery in parts")
        self._wanted(lambda segment, found: self.built.put(line, "requested_date", segment, found))
        self.descriptions, self.schedule = [], []

    def _wanted(self, put: Callable[[Segment, str], None]) -> None:
        self.built.wanted(self.dates, _WANTED, put)
        self.dates = {}

    # --- sums and texts -----------------------------------------------------------------------------------------------

    def _amt(self, segment: Segment) -> None:
        qualifier, value = segment.get(1), segment.get(2)
        if self.line is not None:
            if qualifier in {"1", "LI", "LP"}:
                self.built.put(self.line, "amount", segment, value)
            else:
                self.built.unread(segment)
        elif qualifier in _TOTALS:
            self.totals.setdefault(qualifier, (segment, value))
        else:
            self.built.unread(segment)

    def _ctt(self, segment: Segment) -> None:
        count, total = segment.get(1), segment.get(2)
        if count and decimal(count) != len(self.built.lines):
            self.built.doubt(f"CTT says that there are {count[:20]} lines, there are {len(self.built.lines)}")
        if total and decimal(total) != self._sum():
            self.built.doubt(f"CTT says that the quantities add up to {total[:20]}, they add up to {self._sum()}")

    def _g76(self, segment: Segment) -> None:
        if segment.get(1) and decimal(segment.get(1)) != self._sum():
            self.built.doubt(f"G76 says that {segment.get(1)[:20]} are ordered, the lines add up to {self._sum()}")

    def _sum(self) -> object:
        return sum(decimal(line["quantity"].text) or 0 for line in self.built.lines if "quantity" in line)

    def _txi(self, segment: Segment) -> None:
        if self.line is None and segment.get(2):
            self.built.header("tax", segment, segment.get(2))
        elif segment.get(2):
            self.built.unread(segment)

    def _msg(self, segment: Segment) -> None:
        self.built.remark(segment, joined((segment.get(place) for place in range(1, len(segment.elements) + 1)), " "))

    def _nte(self, segment: Segment) -> None:
        self.built.remark(segment, segment.get(2) or segment.text)

    def _n9(self, segment: Segment) -> None:
        if segment.get(1) not in _FILED and (segment.get(3) or segment.get(1) not in {"L1", "ZZ"}):
            self.built.remark(segment, segment.get(3) or segment.text)

    def _sac(self, segment: Segment) -> None:
        what = {"A": "an allowance", "C": "a charge"}.get(segment.get(1), "an allowance or a charge")
        self.built.remark(segment, segment.text, what)
