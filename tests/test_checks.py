"""The vocabulary of checks, and the shipped deck."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from maildaemon.catalogue import Catalogue
from maildaemon.checks import VOCABULARY
from maildaemon.deck import deck
from maildaemon.edge import playbooks
from maildaemon.masterdata import MasterData
from maildaemon.match import digest, match, questions
from maildaemon.model import (
    Action,
    Customer,
    CustomerMatch,
    Found,
    Known,
    Mail,
    Order,
    OrderLine,
    OrderSeen,
    Price,
    Product,
    ProductMatch,
    Stock,
)  # fmt: skip
from maildaemon.promise import promise
from maildaemon.worth import agreed_price, currency_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DATA = MasterData(
    customers=(
        Customer("C-1", "Kestrel Ltd", ("kestrel.example",), currency="EUR", credit_limit=Decimal(20000), standing="ok",
                 ship_to=("Kestrel Ltd, Quay House, 4 Dock Road, Galway H91 R6P2, Ireland",), discount=Decimal(10), country="IE"),
        Customer("C-2", "Plain Ltd", ("plain.example",)),
    ),
    products=(
        Product("W-1", ("Work lamp 30 W",), "EA", Decimal("10.00"), "EUR", usual_quantity=(Decimal(1), Decimal(5000))),
        Product("W-2", ("Pump",), "EA", Decimal("20.00"), "EUR"),
        Product("OLD", ("Fax machine",), active=False),
    ),
    stock=tuple(Stock(sku, Decimal(1_000_000), as_of=NOW) for sku in ("W-1", "W-2", "OLD")),
    prices=(Price("W-2", "EUR", Decimal("18.50"), "C-1"), Price("W-1", "USD", Decimal("11.00"))),
)  # fmt: skip
CATALOGUE = Catalogue(DATA)
KNOWN = Known(at=NOW)
KNOWN_PRICES = Known(at=NOW, prices=DATA.prices)
W1 = ProductMatch(DATA.products[0], "sku", 1.0)
KESTREL = CustomerMatch(DATA.customers[0], "domain", 0.95)


def number(text: str | None) -> Found[Decimal] | None:
    return None if text is None else Found(Decimal(text))


def line(quantity="2", price="9.00", amount="18.00", product=W1, **fields) -> OrderLine:
    return OrderLine(
        quantity=number(quantity), unit_price=number(price), amount=number(amount), product=product, **fields
    )


def order(*lines: OrderLine, total: str | None = None, currency: str | None = "EUR", **fields) -> Order:
    stated = Found(currency) if currency else None
    return Order(lines=lines, total=number(total), currency=stated, customer=fields.pop("customer", KESTREL), **fields)


def reasons(check: str, one: Order, known: Known = KNOWN, **arguments) -> list[str]:
    return list(VOCABULARY[check](one, known, **arguments))


def test_a_missing_field_is_objected_to():
    assert reasons("present", order(), field="po_number") == ["PO number is not stated"]
    assert reasons("present", order(po_number=Found("1")), field="po_number") == []


def test_lines_are_asked_for_one_by_one():
    assert reasons("has-lines", order()) == ["it has no lines"]
    assert reasons("has-lines", order(line(), line()), at_most=1) == ["it has 2 lines, more than 1"]
    assert reasons("lines-present", order(line(), line(quantity=None)), field="quantity") == [
        "line 2: quantity is not stated"
    ]
    assert reasons("lines-above", order(line("0"), line(None)), field="quantity") == [
        "line 1: quantity is 0, not above 0",
        "line 2: quantity is not stated",
    ]
    assert reasons("lines-at-most", order(line("11")), field="quantity", limit=Decimal(10)) == [
        "line 1: quantity is 11, above the limit of 10"
    ]


def test_one_of_compares_without_case():
    assert reasons("one-of", order(payment_terms=Found("NET 30")), field="payment_terms", values=("net 30",)) == []
    assert reasons("one-of", order(), field="payment_terms", values=("net 30",)) == ["payment terms is not stated"]


@pytest.mark.parametrize(
    ("total", "currency", "word"),
    [("25000.01", "EUR", "above the limit"), (None, "EUR", "not stated"), ("1", None, "currency is not stated"),
     ("1", "USD", "is in USD")],
)  # fmt: skip
def test_a_limit_demands_what_it_limits(total, currency, word):
    found = reasons(
        "at-most", order(total=total, currency=currency), field="total", limit=Decimal(25000), currency="EUR"
    )
    assert word in " ".join(found)
    assert reasons("at-most", order(total="25000"), field="total", limit=Decimal(25000), currency="EUR") == []
    assert reasons("at-least", order(total="9"), field="total", limit=Decimal(10), currency="EUR")


def worth(one: Order, unpriced="as-agreed") -> list[str]:
    return reasons("worth-at-most", one, limit=Decimal(100), currency="EUR", unpriced=unpriced)


def test_an_order_is_worth_its_total_else_its_lines():
    assert worth(order(line(), total="100")) == []
    assert "above the limit" in worth(order(line(), total="100.01"))[0]
    assert worth(order(line(amount=None))) == []
    assert "above the limit" in worth(order(line("12", amount=None)))[0]
    assert worth(order(line("1", "-5", None)))[0].endswith("less than nothing")


def test_an_order_without_prices_is_worth_what_is_agreed():
    unpriced = line("2", None, None)
    assert worth(order(unpriced, currency=None)) == []
    assert "above the limit" in worth(order(line("12", None, None), currency=None))[0]
    assert "no price" in worth(order(unpriced), unpriced="object")[0]
    assert "no price, stated or agreed" in worth(order(line("2", None, None, ProductMatch())))[0]


def test_an_amount_without_a_currency_is_worth_nothing_certain():
    assert worth(order(line("2", "9.10", "18.20"), currency=None))[0].endswith("which currency?")
    assert "the limit is set in EUR" in worth(order(line(), currency="USD"))[0]


@pytest.mark.parametrize(
    "one",
    [order(line(), line(), total="36.00"), order(line(price=None), total="18"), order(line(amount=None), total="18"),
     order(line("3", "0.3333", "1.00"), total="1.00"), order(line(price=None, amount=None)), order(total=None)],
)  # fmt: skip
def test_what_adds_up_is_fine(one):
    assert reasons("adds-up", one) == []


@pytest.mark.parametrize(
    ("one", "word"),
    [(order(line(amount="19.00")), "but the stated amount is 19.00"),
     (order(line(), total="21.42"), "add up to 18.00, but the stated total is 21.42"),
     (order(line(), line(price=None, amount=None), total="18"), "line 2 has neither"),
     (order(total="5"), "add up to 0")],
)  # fmt: skip
def test_what_does_not_add_up_is_not_repaired(one, word):
    assert word in " ".join(reasons("adds-up", one))


def test_a_stated_tax_may_be_in_the_total():
    taxed = replace(order(line(), total="21.42"), tax=number("3.42"))
    assert reasons("adds-up", taxed) == []
    assert reasons("adds-up", replace(taxed, total=number("18.00"))) == []
    assert reasons("adds-up", replace(taxed, tax=number("3.00")))
    assert reasons("adds-up", replace(taxed, total=number("24.84")))


def test_the_currency_is_the_customers():
    assert reasons("currency-allowed", order(line())) == []
    assert reasons("currency-allowed", order(line(), currency="USD"))[0] == (
        "currency is USD, but EUR is agreed with the customer"
    )
    assert (
        reasons("currency-allowed", order(line(), currency="USD"), values=("EUR",))[0] == "currency is USD, none of EUR"
    )
    other = order(line(price="9.10"), currency=None)
    assert reasons("currency-allowed", other, missing="skip") == ["currency is not stated"]
    assert reasons("currency-allowed", order(line(price=None, amount=None), currency=None), missing="skip") == []


TWO = line(price="18.50", amount="37.00", product=ProductMatch(DATA.products[1], "sku", 1.0))


@pytest.mark.parametrize("one", [order(line()), order(line(), TWO), order(line(price=None)), order(line(), total="18")])
def test_prices_that_are_agreed_to_the_cent_tell_the_currency_that_the_order_leaves_out(one):
    bare = replace(one, currency=None)
    assert currency_of(bare, KNOWN_PRICES) == "EUR"
    assert reasons("currency-allowed", bare, KNOWN_PRICES, missing="skip") == []
    assert reasons("currency-allowed", bare, KNOWN_PRICES) == ["currency is not stated"]
    assert reasons("prices-as-agreed", bare, KNOWN_PRICES) == []


@pytest.mark.parametrize("one", [
    order(line(price="9.01")), order(line(), replace(TWO, unit_price=number("18.52"))), order(line(), line(price=None, amount=None)),
    order(line(), line(product=ProductMatch())), order(line(price="0", amount="0")), order(total="18"), order(line(), customer=CustomerMatch()),
    order(line(price="10.00"), customer=CustomerMatch(DATA.customers[1], "domain")),
])  # fmt: skip
def test_prices_that_are_not_agreed_tell_no_currency(one):
    """One that differs, one that is missing, an article, a customer or a currency of the customer that is not known."""
    bare = replace(one, currency=None)
    assert currency_of(bare, KNOWN_PRICES) is None
    assert reasons("currency-allowed", bare, KNOWN_PRICES, missing="skip") == ["currency is not stated"]


def test_prices_that_are_agreed_in_two_currencies_tell_none():
    known = replace(KNOWN_PRICES, prices=(*DATA.prices, Price("W-1", "GBP", Decimal("9.00"), "C-1")))
    assert currency_of(order(line(), currency=None), known) is None
    assert currency_of(order(line(), TWO, currency=None), known) is None


def test_a_stated_currency_is_the_orders_whatever_the_prices_are():
    assert currency_of(order(line(), currency="USD"), KNOWN_PRICES) == "USD"
    assert reasons("currency-allowed", order(line(), currency="USD"), KNOWN_PRICES, missing="skip")


def test_the_agreed_price_is_the_customers_own_else_the_list_price_less_the_discount():
    one, two = DATA.products[:2]
    known, (kestrel, plain) = Known(prices=DATA.prices), DATA.customers
    assert agreed_price(two, kestrel, known, "EUR") == Decimal("18.50")
    assert agreed_price(two, plain, known, "EUR") == Decimal("20.00")
    assert agreed_price(one, kestrel, known, "EUR") == Decimal("9.00")
    assert agreed_price(one, plain, known, "USD") == Decimal("11.00")
    assert agreed_price(one, plain, known, "CHF") is None


def test_prices_are_as_agreed():
    def judged(price, **arguments):
        return reasons("prices-as-agreed", order(line(price=price)), percent=Decimal(1), **arguments)

    assert judged("9.09") == judged("8.91") == judged(None) == []  # 18.00 for two
    assert judged("9.10") == ["line 1: the price is 9.10, but 9 EUR is agreed"]
    assert judged("8.90")
    assert reasons("prices-as-agreed", order(line(price=None, amount=None)), unpriced="object") == [
        "line 1: unit price is not stated"
    ]
    assert "the price is 25" in reasons("prices-as-agreed", order(line(price=None, amount="50.00")))[0]
    assert "no price in CHF" in reasons("prices-as-agreed", order(line(), currency="CHF"))[0]
    assert reasons("prices-as-agreed", order(line(), currency="CHF"), unknown="skip") == []
    assert "currency is not stated" in reasons("prices-as-agreed", order(line(price="9.10"), currency=None))[0]
    assert "article is not known" in reasons("prices-as-agreed", order(line(product=ProductMatch())))[0]


def test_the_credit_limit_holds_where_there_is_one():
    assert reasons("within-credit-limit", order(total="20000")) == []
    assert "above the customer's credit limit" in reasons("within-credit-limit", order(total="20001"))[0]
    assert "cannot be compared" in reasons("within-credit-limit", order(total="1", currency="USD"))[0]


@pytest.mark.parametrize(
    ("day", "fine"), [(date(2026, 11, 23), True), (date(2026, 11, 22), False), (date(2027, 11, 23), True),
                      (date(2027, 11, 24), False)],
)  # fmt: skip
def test_a_date_is_within_days_of_today(day, fine):
    asked = order(requested_date=Found(day))
    assert (reasons("within-days", asked, field="requested_date") == []) is fine
    of_line = order(line(requested_date=Found(day)))
    assert (reasons("within-days", of_line, field="requested_date") == []) is fine


def test_without_today_a_date_is_compared_with_the_orders():
    asked = order(requested_date=Found(date(2026, 12, 1)))
    assert "no date to compare" in reasons("within-days", asked, Known(), field="requested_date")[0]
    dated = replace(asked, order_date=Found(date(2026, 11, 30)))
    assert reasons("within-days", dated, Known(), field="requested_date") == []
    assert reasons("within-days", order(), field="requested_date", missing="object") == ["requested date is not stated"]


def test_only_the_sender_proves_a_customer():
    customer = DATA.customers[0]
    assert reasons("known-customer", order()) == []
    for match_ in (CustomerMatch(), CustomerMatch(customer, "number", 0.6), replace(KESTREL, doubt="no")):
        assert reasons("known-customer", order(customer=match_))


def test_a_customer_on_hold_is_objected_to():
    assert reasons("customer-in-good-standing", order()) == []
    on_hold = CustomerMatch(replace(DATA.customers[0], standing="hold"), "domain")
    assert reasons("customer-in-good-standing", order(customer=on_hold), missing="skip")
    nothing_said = CustomerMatch(DATA.customers[1], "domain")
    assert reasons("customer-in-good-standing", order(customer=nothing_said), missing="skip") == []
    assert reasons("customer-in-good-standing", order(customer=nothing_said))


@pytest.mark.parametrize(
    ("stated", "fine"),
    [("Kestrel Ltd, Quay House, 4 Dock Road, Galway H91 R6P2, Ireland", True),
     ("Kestrel Ltd\nQuay House\n4 Dock Rd\nGalway H91 R6P2", True),
     ("Quay House, 4 Dock Road, Galway H91 R6P2", True),
     ("Quay House, 5 Dock Road, Galway H91 R6P2", False),
     ("Kestrel Ltd, Unit 4, Selfstore, Dublin", False),
     ("Galway", False),
     ("Kestrel Ltd, Quay House, 4 Dock Road, Galway H91 R6P2, Ireland, then on to my brother at Lagos", False)],
)  # fmt: skip
def test_goods_go_to_a_known_address(stated, fine):
    assert (reasons("ship-to-known", order(ship_to=Found(stated))) == []) is fine


def test_articles_are_known_and_still_sold():
    assert reasons("known-products", order(line())) == []
    assert reasons("known-products", order()) == ["it has no lines"]
    old = ProductMatch(DATA.products[2], "sku")
    assert reasons("known-products", order(line(product=old))) == ["line 1: OLD is no longer sold"]
    assert reasons("known-products", order(line(product=replace(W1, doubt="perhaps")))) == ["line 1: perhaps"]
    assert reasons("known-products", order(line(product=ProductMatch())))


def test_units_and_quantities_are_those_we_sell_in():
    assert reasons("units-as-sold", order(line(unit=Found("C62")), line(unit=Found("PCE")), line())) == []
    assert reasons("units-as-sold", order(line(unit=Found("BX")))) == ["line 1: it asks in BX, but W-1 is sold in EA"]
    assert reasons("quantity-usual", order(line("5000"))) == []
    assert "usual for W-1 is 1 to 5000" in reasons("quantity-usual", order(line("5001")))[0]


def seen(one: Order, po="PO-1") -> Known:
    earlier = OrderSeen(
        "R-1", "b" * 64, po, "C-1", None, digest(one), datetime(2026, 11, 20, tzinfo=UTC), Action.REVIEW
    )
    return Known(seen=(earlier,))


def test_a_repeat_and_a_number_used_twice_are_objected_to():
    one, other = order(line(), po_number=Found("PO-1")), order(line("3"), po_number=Found("PO-1"))
    assert reasons("not-a-repeat", one, seen(one)) == ["the same order came on 2026-11-20 (our R-1)"]
    assert reasons("not-a-repeat", other, seen(one)) == reasons("po-number-not-seen-before", one, seen(one)) == []
    assert "with other content" in reasons("po-number-not-seen-before", other, seen(one))[0]


def test_what_was_read_badly_is_objected_to():
    one = order(line(sku=Found("W-1", score=0.4)), po_number=Found("1", score=0.59))
    assert reasons("well-read", one, score=Decimal("0.6")) == [
        "PO number was read as 1 with a score of 0.59 only",
        "line 1: SKU was read as W-1 with a score of 0.40 only",
    ]
    assert reasons("reader-has-no-doubts", order(doubts=("two totals",))) == ["two totals"]


def test_what_a_mail_says_stays_one_short_line():
    hostile = order(ship_to=Found("a\r\nBcc: x\x1b[2J" + "z" * 5000))
    (reason,) = reasons("ship-to-known", hostile)
    assert reason.isprintable()
    assert len(reason) < 250


# --- the shipped deck -------------------------------------------------------------------------------------------------

TEXT = (Path(__file__).parent.parent / "rules" / "orders.toml").read_text()
DECK = deck("orders", TEXT, "orders.toml", VOCABULARY)
SHIPPING = playbooks.load().shipping
MAIL = Mail("a" * 64, 1, sender="tom@kestrel.example")
CLEAR = Order(
    po_number=Found("PO-1"), order_date=Found(date(2026, 11, 23)), requested_date=Found(date(2026, 12, 7)),
    currency=Found("EUR"), total=number("36.50"),
    lines=(
        OrderLine(sku=Found("W-1"), quantity=number("2"), unit_price=number("9.00"), amount=number("18.00")),
        OrderLine(sku=Found("W-2"), quantity=number("1"), unit_price=number("18.50"), amount=number("18.50")),
    ),
)  # fmt: skip


def stopped_by(one: Order, mail: Mail = MAIL, earlier: tuple[OrderSeen, ...] = ()) -> set[str]:
    known = CATALOGUE.look_up(questions(one, mail), earlier, NOW)
    matched = match(one, mail, known)
    matched = replace(matched, promise=promise(matched, known, SHIPPING))
    return {rule.name for rule in DECK.rules if list(rule.run(matched, known))}


def test_a_clear_order_is_acknowledged():
    assert stopped_by(CLEAR) == set()


def test_a_clear_order_without_prices_is_acknowledged_at_the_agreed_ones():
    lines = tuple(replace(one, unit_price=None, amount=None) for one in CLEAR.lines)
    assert stopped_by(replace(CLEAR, lines=lines, total=None, currency=None)) == set()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"po_number": None}, "has-a-po-number"),
        ({"lines": ()}, "has-lines"),
        ({"lines": (replace(CLEAR.lines[0], quantity=None),)}, "every-line-has-a-quantity"),
        ({"lines": (replace(CLEAR.lines[0], quantity=number("-2")),)}, "quantities-are-positive"),
        ({"lines": (replace(CLEAR.lines[0], sku=Found("W-9")),)}, "every-article-is-known"),
        ({"lines": (replace(CLEAR.lines[0], unit_price=number("5")),)}, "prices-are-as-agreed"),
        ({"lines": (replace(CLEAR.lines[0], unit=Found("BX")),)}, "units-are-those-we-sell-in"),
        ({"lines": (replace(CLEAR.lines[0], quantity=number("5001")),)}, "quantities-are-usual"),
        ({"lines": (replace(CLEAR.lines[0], sku=Found("W-1", score=0.5)),)}, "it-is-well-read"),
        ({"total": number("43.44")}, "it-adds-up"),
        ({"total": number("25000.01")}, "worth-is-within-the-limit"),
        ({"total": number("20000.01")}, "worth-is-within-the-credit-limit"),
        ({"currency": Found("USD")}, "worth-is-within-the-limit"),
        (
            {"currency": None, "lines": (replace(CLEAR.lines[0], unit_price=number("9.10")),)},
            "worth-is-within-the-limit",
        ),
        ({"requested_date": Found(date(2026, 11, 1))}, "requested-date-is-sane"),
        ({"order_date": Found(date(2025, 11, 23))}, "order-date-is-sane"),
        ({"ship_to": Found("PO Box 1, Lagos")}, "ship-to-is-known"),
        ({"customer_number": Found("C-2")}, "customer-is-proved-by-the-sender"),
        ({"doubts": ("two PO numbers",)}, "reader-has-no-doubts"),
    ],
)
def test_an_order_that_is_not_clear_is_stopped(change, rule):
    assert rule in stopped_by(replace(CLEAR, **change))


def test_a_stranger_is_stopped():
    for sender in ("tom@stranger.example", "tom@kestrel.com", "kestrel@gmail.com", None):
        stranger = replace(MAIL, sender=sender)
        assert "customer-is-proved-by-the-sender" in stopped_by(replace(CLEAR, buyer=Found("Kestrel Ltd")), stranger)


def test_a_repeat_is_stopped():
    earlier = seen(CLEAR).seen
    assert stopped_by(CLEAR, earlier=earlier) == {"is-not-a-repeat"}
    changed = replace(CLEAR, lines=CLEAR.lines[:1], total=number("18.00"))
    assert stopped_by(changed, earlier=earlier) == {"po-number-is-new"}


def test_a_carton_of_what_is_sold_by_the_box_is_a_question_that_says_so():
    asked = order(line(unit=Found("CT", text="3 Karton"), product=ProductMatch(Product("W-1", unit="BX"))))
    (reason,) = reasons("units-as-sold", asked)
    assert reason.startswith("line 1: it asks in CT, but W-1 is sold in BX: “3 Karton” may mean the package")


@pytest.mark.parametrize(("many", "told"), [("2.5", True), ("2.0", False), ("2", False)])
def test_no_part_of_a_piece_is_sold(many, told):
    asked = order(line(many, unit=Found("EA")))
    assert reasons("units-as-sold", asked) == (
        ["line 1: it asks for 2.5 of W-1, which is not sold in parts"] if told else []
    )


BOX = ProductMatch(Product("W-1", unit="BX", list_price=Decimal("10.00"), currency="EUR"))


@pytest.mark.parametrize("word", ["CT", "PK", "CS"])
def test_a_carton_at_the_price_of_our_box_is_our_box(word):
    asked = order(line(unit=Found(word, text="3 Karton"), product=BOX))
    assert reasons("units-as-sold", asked) == []
    assert reasons("units-as-sold", order(line(price=None, unit=Found(word), product=BOX))) == []  # 18.00 for two


@pytest.mark.parametrize("one", [
    line(price=None, amount=None, unit=Found("CT"), product=BOX), line(price="90.00", unit=Found("CT"), product=BOX),
    line(price="8.90", unit=Found("CT"), product=BOX), line(unit=Found("EA"), product=BOX), line(unit=Found("CT")),
    line(unit=Found("PF"), product=BOX), line(price="0", unit=Found("CT"), product=BOX),
])  # fmt: skip
def test_a_package_without_that_price_and_what_is_no_package_is_a_question(one):
    """No price, ten times the price, another one; a piece of what is sold by the box, a carton of what is sold singly, a pallet."""
    assert reasons("units-as-sold", order(one))


def test_a_carton_is_a_question_where_the_currency_is_not_known_or_another():
    asked = line(unit=Found("CT"), product=BOX)
    assert reasons("units-as-sold", order(asked, currency="USD"))
    assert reasons("units-as-sold", order(asked, line(price="1", product=ProductMatch()), currency=None))
