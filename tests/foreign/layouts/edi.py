"""ANSI X12 850 (004010, 005010) and UN/EDIFACT ORDERS (D.96A EANCOM, D.01B) from two kinds of writers each."""

from decimal import Decimal

from tests.foreign.layouts.base import Layout, Made
from tests.foreign.order import Order
from tests.foreign.voice import Voice

_UNITS = {"EA": "EA", "BX": "BX", "PR": "PR", "PK": "PK", "SET": "ST", "RO": "RL"}
_UNITS_UN = {"EA": "PCE", "BX": "BX", "PR": "PR", "PK": "PK", "SET": "SET", "RO": "RO"}
_BEG, _BGM = {"order": "00", "change": "04", "cancel": "01"}, {"order": "9", "change": "4", "cancel": "1"}


def _day(order: Order, name: str) -> str | None:
    value = getattr(order, name)
    return value.days[0].strftime("%Y%m%d") if value and value.days else None


def _x12(order: Order, voice: Voice, element: str, end: str, *, gtin: bool) -> Made:
    purpose = _BEG.get(order.kind, "00")
    kind, group = ("850", "PO") if order.kind in _BEG else ("810", "IN")
    date, wanted, stamp = _day(order, "order_date"), _day(order, "requested"), "20261120"
    body: list[tuple[str, ...]] = [("ST", kind, "0001")]
    body.append(
        ("BEG", purpose, "SA", order.po_number or "", "", date or stamp)
        if kind == "850"
        else ("BIG", stamp, "INV-1", "", order.po_number or "")
    )
    body.append(("CUR", "BY", order.currency))
    body += [("REF", "VR", value) for _, value in order.references[:1]]
    body += [("DTM", "002", wanted)] if wanted else []
    for role, party in (("BY", order.buyer), ("ST", order.ship_to), ("BT", order.bill_to)):
        if party:
            body += [("N1", role, party.name), ("N3", party.street), ("N4", party.city)]
    for n, line in enumerate(order.lines, 1):
        codes = ("VP", line.sku or "", *(("UP", line.gtin) if gtin and line.gtin else ()))
        item = "PO1" if kind == "850" else "IT1"
        body += [
            (item, str(n), f"{line.quantity}", _UNITS[line.unit_code], f"{line.price}", "", *codes),
            ("PID", "F", "", "", "", line.description.replace(element, " ").replace(end, " ")),
        ]
    body += [("CTT", str(len(order.lines))), ("AMT", "TT", f"{order.total}")]
    body.append(("SE", str(len(body) + 1), "0001"))
    isa = (
        "ISA",
        "00",
        " " * 10,
        "00",
        " " * 10,
        "ZZ",
        "BUYER".ljust(15),
        "ZZ",
        "BRIGHTWATER".ljust(15),
        "261120",
        "0800",
        "U",
        "00401",
        "000000001",
        "0",
        "P",
        ">",
    )
    segments = [
        isa,
        ("GS", group, "BUYER", "BRIGHTWATER", stamp, "0800", "1", "X", "004010"),
        *body,
        ("GE", "1", "1"),
        ("IEA", "1", "000000001"),
    ]
    return Made(
        data="".join(element.join(one).rstrip(element if one[0] != "ISA" else "") + end for one in segments).encode(
            "latin-1", "replace"
        )
    )


def x12_plain(order: Order, voice: Voice, form: str) -> Made:
    return _x12(order, voice, "*", "~", gtin=False)


def x12_lined(order: Order, voice: Voice, form: str) -> Made:
    return _x12(order, voice, "|", "\n", gtin=True)


def _escape(text: str) -> str:
    for sign in "?+:'":
        text = text.replace(sign, f"?{sign}")
    return text


def _text(text: str) -> str:
    """Two components of 35 characters each (data element 7008)."""
    return ":".join(_escape(part) for part in (text[:35], text[35:70]) if part)


def _number(value: Decimal, mark: str) -> str:
    return str(value).replace(".", mark)


def _edifact(order: Order, voice: Voice, mark: str, gap: str, release: str) -> Made:
    document = {"order": "220", "change": "230", "cancel": "220"}.get(order.kind, "380")
    kind = "ORDERS" if order.kind in {"order", "cancel"} else "ORDCHG" if order.kind == "change" else "INVOIC"
    date, wanted = _day(order, "order_date"), _day(order, "requested")
    body = [f"UNH+1+{kind}:{release}", f"BGM+{document}+{_escape(order.po_number or '')}+{_BGM.get(order.kind, '9')}"]
    body += [f"DTM+137:{date}:102"] if date else []
    body += [f"DTM+2:{wanted}:102"] if wanted else []
    body += [f"FTX+AAI+++{_escape(note)}" for note in order.notes]
    body += [f"RFF+CT:{_escape(value)}" for _, value in order.references[:1]]
    body += [f"NAD+SU+4012345000009::9++{_escape('Brightwater Industrial Supplies')}"]
    for role, party in (("BY", order.buyer), ("DP", order.ship_to), ("IV", order.bill_to)):
        if party:
            body.append(f"NAD+{role}+++{_escape(party.name)}+{_escape(party.street)}+{_escape(party.city)}")
    body.append(f"CUX+2:{order.currency}:9")
    for n, line in enumerate(order.lines, 1):
        body.append(f"LIN+{n}++{line.gtin}:EN" if line.gtin else f"LIN+{n}")
        body += [
            f"PIA+1+{_escape(line.sku or '')}:SA",
            f"IMD+F++:::{_text(line.description)}",
            f"QTY+21:{line.quantity}:{_UNITS_UN[line.unit_code]}",
        ]
        body += [f"MOA+203:{_number(line.amount, mark)}", f"PRI+AAA:{_number(line.price, mark)}"]
    body += ["UNS+S", f"MOA+86:{_number(order.total, mark)}", f"CNT+2:{len(order.lines)}"]
    body.append(f"UNT+{len(body) + 1}+1")
    parts = ["UNB+UNOC:3+4098765000001:14+4012345000009:14+261120:0800+1", *body, "UNZ+1+1"]
    return Made(data=(f"UNA:+{mark}? '{gap}" + "".join(f"{one}'{gap}" for one in parts)).encode("latin-1", "replace"))


def eancom(order: Order, voice: Voice, form: str) -> Made:
    return _edifact(order, voice, ".", "", "D:96A:UN:EAN008")


def edifact_lined(order: Order, voice: Voice, form: str) -> Made:
    return _edifact(order, voice, ",", "\r\n", "D:01B:UN")


X12 = frozenset("title amount discount tax freight terms notes".split()) | {"optional po"}
EDIFACT = frozenset("title discount tax freight terms".split()) | {"optional po"}
LAYOUTS: tuple[Layout, ...] = (
    Layout("x12-plain", ("x12",), x12_plain, X12 - {"title"}),
    Layout("x12-lined", ("x12",), x12_lined, X12 - {"title"}, frozenset({"gtin"})),
    Layout("edifact-eancom", ("edifact",), eancom, EDIFACT - {"title"}, frozenset({"gtin"})),
    Layout("edifact-lined", ("edifact",), edifact_lined, EDIFACT - {"title"}, frozenset({"gtin"})),
)
