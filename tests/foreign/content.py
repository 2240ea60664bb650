"""A random order: mostly as it should be, sometimes with a flaw for which no machine may acknowledge it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tests.foreign.catalogue import Catalogue, Client
from tests.foreign.order import Line, Order, Party, When, cents
from tests.foreign.voice import Voice, slip

TODAY = date(2026, 11, 23)
SUPPLIER = Party("Brightwater Industrial Supplies", "12 Dock Street", "Dublin D02 XY45", "Ireland", None, "")
NOT_ORDERS = ("invoice", "confirmation", "request", "quotation", "delivery")
FLAWS = (
    "wrong amount", "wrong total", "unknown customer", "changed price", "unknown article", "other ship-to",
    "other bill-to", "other terms", "no po number", "discount", "freight", "other currency", "wrong unit", "condition",
    "bank change", "optional line", "contradiction", "twice", "above the limit", "old date", "huge quantity", "not an order",
    "change", "cancellation", "negative",
)  # fmt: skip
"""Each is drawn as often as another, those of arithmetic thrice; more than half of all documents have none."""

_STRANGERS = (
    ("Nordkap Technik GmbH", "Fabrikstraße 7", "24103 Kiel", "Deutschland", "nordkap-technik.example"),
    ("Officine Bellini S.r.l.", "Via Torino 88", "10123 Torino", "Italia", "officine-bellini.example"),
    ("Talleres Gómez S.A.", "Calle Mayor 14", "28013 Madrid", "España", "talleres-gomez.example"),
    ("Greenfield Pumps Ltd", "9 Canal Road", "Leeds LS1 4AP", "United Kingdom", "greenfieldpumps.example"),
    ("Mécanique Lefort SAS", "3 avenue Jean Jaurès", "69007 Lyon", "France", "mecanique-lefort.example"),
)
_SITES = (
    ("Site Office North", "Harbour Estate 4", "1012 Amsterdam", "Netherlands"),
    ("Montageplatz Ost", "Am Kai 3", "18055 Rostock", "Deutschland"),
    ("Dépôt Sud", "2 rue du Port", "13002 Marseille", "France"),
    ("Self Storage Unit 41", "77 Ring Road", "Birmingham B1 2AA", "United Kingdom"),
)
_PEOPLE = ("M. Weber", "Anna Rossi", "J. de Vries", "Claire Martin", "P. O'Brien", "Luis Ortega", "S. Lindqvist")


def draw(rng: Random, voice: Voice, catalogue: Catalogue, serial: int, shows: frozenset[str]) -> Order:
    """``shows`` are the things that the layout prints: a flaw that nobody could see is not drawn."""
    flaw = rng.choice((*FLAWS, *FLAWS[:2] * 2)) if rng.random() < 0.45 else None
    if flaw in _NEEDS and not _NEEDS[flaw] <= shows:
        flaw = None
    client = rng.choice(catalogue.clients)
    if flaw == "unknown customer":
        *parts, domain = rng.choice(_STRANGERS)
        client = Client(Party(*parts, None, ", ".join(parts)), (f"purchasing@{domain}",))
    lines = _lines(rng, voice, catalogue, client.party.number, flaw)
    order_day = TODAY - timedelta(days=rng.randint(90, 300) if flaw == "old date" else rng.randint(0, 6))
    wanted = _workday(TODAY + timedelta(days=rng.randint(7, 60)))
    requested: When | None = voice.when(wanted, weeks=True) if rng.random() < 0.75 else None
    if requested is None and rng.random() < 0.2:
        requested = When(voice("asap"), ())
    order = Order(
        kind="order", language=voice.language, buyer=client.party, sender=rng.choice(client.senders),
        po_number=None if flaw == "no po number" else _po_number(rng, serial),
        order_date=voice.when(order_day) if flaw == "old date" or rng.random() < 0.9 else None, requested=requested,
        currency="EUR", money="EUR", ship_to=client.party if rng.random() < 0.6 else None,
        bill_to=client.party if rng.random() < 0.25 else None,
        terms=voice("terms_agreed") if rng.random() < 0.4 else None, lines=lines, net=Decimal(0),
        tax_rate=Decimal(rng.choice((19, 20, 21, 22, 23))) if rng.random() < 0.25 and "tax" in shows else Decimal(0),
        tax=Decimal(0), freight=Decimal(0), total=Decimal(0), references=_references(rng, voice, serial),
        notes=_notes(rng, voice), flaws=(),
    )  # fmt: skip
    if rng.random() < 0.3:
        order = replace(order, money="€")
    return _flawed(rng, voice, order, flaw)


_NEEDS = {
    "wrong amount": {"amount"}, "wrong total": {"total"}, "changed price": {"price"}, "other ship-to": {"ship_to"},
    "other bill-to": {"bill_to"}, "other terms": {"terms"}, "discount": {"discount"}, "freight": {"freight"},
    "other currency": {"currency", "price"}, "wrong unit": {"unit"}, "contradiction": {"sku", "description"}, "old date": {"order_date"},
    "condition": {"notes"}, "bank change": {"notes"}, "optional line": {"description"}, "negative": {"amount"},
    "not an order": {"title"}, "change": {"title"}, "cancellation": {"title"}, "no po number": {"optional po"},
}  # fmt: skip


def _workday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day


def _po_number(rng: Random, serial: int) -> str:
    """Unlike each other throughout a run: a number seen before would itself be an objection."""
    unique = f"{serial:05d}"
    return rng.choice(
        (
            f"45000{unique}", f"PO-{unique}", f"PO{unique}7", f"B26-{unique}", f"2026/{unique}", f"NW/{unique}/26", f"P{unique}",
            f"{unique}-26", f"EK-{unique}/1", f"26{unique}", f"CMD-{unique}", f"OC {unique}", f"4711-{unique}", f"ORD.{unique}.A",
        )
    )  # fmt: skip


def _lines(rng: Random, voice: Voice, catalogue: Catalogue, customer: str | None, flaw: str | None) -> tuple[Line, ...]:
    count = rng.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 12))
    found = []
    for article in rng.sample(catalogue.articles, count):
        quantity = rng.choice(
            [n for n in (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 25, 40, 50, 60, 100) if n <= article.most // 2]
        )
        price = catalogue.price(article.sku, customer)
        text = article.german if voice.language == "de" and rng.random() < 0.8 else article.english
        if rng.random() < 0.05:
            text = slip(rng, text)
        unit = voice.fresh(f"unit_{article.unit}")
        alias = catalogue.aliases.get((customer or "", article.sku))
        found.append(
            Line(
                article.sku,
                alias,
                article.gtin,
                text,
                Decimal(quantity),
                unit,
                article.unit,
                price,
                Decimal(0),
                cents(price * quantity),
                article.sku,
            )
        )
    if sum(line.amount for line in found) > 20000 and flaw != "above the limit":
        found = [replace(line, quantity=Decimal(1), amount=line.price) for line in found]
    return tuple(found)


def _references(rng: Random, voice: Voice, serial: int) -> tuple[tuple[str, str], ...]:
    """Numbers that are not the order's: each with its honest label."""
    drawn = (
        ("vendor_no", f"{rng.randint(70000, 79999)}"), ("quote_no", f"AN-{rng.randint(10000, 99999)}"),
        ("old_po", f"45{rng.randint(10000000, 19999999)}"), ("project", f"K-{rng.randint(1000, 9999)}"),
        ("contact", rng.choice(_PEOPLE)), ("phone", f"+49 521 {rng.randint(100000, 999999)}"),
        ("vat_id", f"DE{rng.randint(100000000, 999999999)}"), ("incoterm", rng.choice(("DAP", "EXW Dublin", "CPT", "DDP"))),
    )  # fmt: skip
    return tuple((voice(key), value) for key, value in drawn if rng.random() < 0.3)


def _notes(rng: Random, voice: Voice) -> tuple[str, ...]:
    found = [voice.fresh(key) for key in ("confirm", "harmless") if rng.random() < 0.4]
    if rng.random() < 0.04:
        # A scale that begins above every ordinary quantity changes no price.
        found.append(voice.fresh("scale").format(n=1000, price=voice.money(Decimal("4.50"))))
    return tuple(found)


def _flawed(rng: Random, voice: Voice, order: Order, flaw: str | None) -> Order:
    lines, at = list(order.lines), rng.randrange(len(order.lines))
    line, named = lines[at], True
    match flaw:
        case "changed price":
            factor = Decimal(rng.choice(("0.90", "0.80", "1.10", "0.95", "10")))
            price = cents(line.price * factor)
            lines[at] = replace(line, price=price, amount=cents(price * line.quantity))
        case "discount":
            percent = Decimal(rng.choice((3, 5, 10, 15)))
            lines[at] = replace(line, discount=percent, amount=cents(line.amount * (100 - percent) / 100))
        case "unknown article":
            code = f"{line.sku[:2]}-{rng.choice('XYZQ')}{rng.randint(100, 999)}"
            lines[at] = replace(
                line, sku=code, buyer_sku=None, gtin=None, product=None, description=rng.choice(_ELSEWHERE)
            )
        case "wrong unit":
            other = "EA" if line.unit_code != "EA" else "BX"
            lines[at] = replace(line, unit=voice.fresh(f"unit_{other}"), unit_code=other)
        case "contradiction":
            others = [one for one in order.lines if one is not line]
            text = rng.choice(others).description if others else "Torque wrench 1/2 inch, 20-200 Nm"
            named = text != line.description
            lines[at] = replace(line, description=text, gtin=None, buyer_sku=None)
        case "twice":
            lines.append(line)
        case "optional line":
            lines[at] = replace(line, description=f"{line.description} ({voice.fresh('optional')})")
        case "above the limit":
            factor = Decimal(1)
            while sum(one.price * one.quantity * factor for one in lines) <= 26000:
                factor *= 2
            lines = [
                replace(one, quantity=one.quantity * factor, amount=cents(one.price * one.quantity * factor))
                for one in lines
            ]
        case "huge quantity":
            quantity = line.quantity * 1000
            lines[at] = replace(line, quantity=quantity, amount=cents(line.price * quantity))
        case "negative":
            lines[at] = replace(line, quantity=-line.quantity, amount=-line.amount)
        case _:
            order, named = _header_flaw(rng, voice, order, flaw)
    order = _summed(replace(order, lines=tuple(lines)), freight=Decimal("24.50") if flaw == "freight" else Decimal(0))
    if flaw == "wrong amount":
        off = rng.choice((Decimal("1.00"), Decimal("-0.50"), Decimal("10.00"), Decimal("100.00")))
        lines[at] = replace(line, amount=line.amount + off)
        order = replace(order, lines=tuple(lines))
    elif flaw == "wrong total":
        order = replace(
            order,
            total=order.total + rng.choice((Decimal("0.90"), Decimal("-1.10"), Decimal("9.00"), Decimal("90.00"))),
        )
    return replace(order, flaws=(flaw,) if flaw and named else ())


_ELSEWHERE = (
    "Stainless ball valve DN25",
    "Edelstahl-Kugelhahn DN25",
    "Rubber mat 10 mm",
    "Halogen lamp 500 W",
    "Copper pipe 15 mm",
    "Paint brush 50 mm",
)


def _header_flaw(rng: Random, voice: Voice, order: Order, flaw: str | None) -> tuple[Order, bool]:
    site = Party(*(parts := rng.choice(_SITES)), None, ", ".join(parts))
    iban = f"DE{rng.randint(10, 99)} {rng.randint(1000, 9999)} {rng.randint(1000, 9999)} {rng.randint(1000, 9999)} {rng.randint(1000, 9999)} {rng.randint(10, 99)}"
    match flaw:
        case "other ship-to":
            return replace(order, ship_to=site), True
        case "other bill-to":
            return replace(order, bill_to=site), True
        case "other terms":
            return replace(order, terms=voice("terms_other")), True
        case "other currency":
            code, sign = rng.choice((("USD", "USD"), ("GBP", "£"), ("CHF", "CHF"), ("SEK", "SEK"), ("GBP", "GBP")))
            return replace(order, currency=code, money=sign), True
        case "condition":
            note = voice.fresh("not_before").format(date=voice.day(TODAY + timedelta(days=rng.randint(61, 90))))
            return replace(order, notes=(*order.notes, rng.choice((note, voice.fresh("only_if"))))), True
        case "bank change":
            return replace(order, notes=(voice.fresh("bank").format(iban=iban), *order.notes)), True
        case "not an order":
            return replace(order, kind=rng.choice(NOT_ORDERS)), True
        case "change" | "cancellation":
            return replace(order, kind="change" if flaw == "change" else "cancel"), True
        case _:
            return order, True


def _summed(order: Order, freight: Decimal) -> Order:
    net = sum((line.amount for line in order.lines), Decimal(0))
    tax = cents((net + freight) * order.tax_rate / 100)
    return replace(order, net=net, freight=freight, tax=tax, total=net + freight + tax)
