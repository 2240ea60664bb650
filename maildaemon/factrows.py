"""Rows that a database or an endpoint has answered with → Answers, each value by the strict grammar of master data."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from maildaemon import cells
from maildaemon.cells import Bad
from maildaemon.facts import About, FactAnswer, FactKind, Standing, unknown
from maildaemon.records import Price, Stock
from maildaemon.wording import code_key

Row = Mapping[str, Any]
NAMES: Mapping[FactKind, tuple[str, ...]] = {
    FactKind.STOCK: ("on_hand", "next_date", "next_quantity", "as_of"),
    FactKind.STANDING: ("standing", "credit_limit", "open_balance", "as_of"),
    FactKind.PRICE: ("currency", "price", "as_of"),
    FactKind.STAGE: ("stage", "as_of"),
}
"""What a row of each kind may hold, beside the keys that it was asked by."""
KEYS: Mapping[FactKind, tuple[str, ...]] = {
    FactKind.STOCK: ("sku",),
    FactKind.STANDING: ("customer",),
    FactKind.PRICE: ("sku", "customer"),
    FactKind.STAGE: ("po_number", "customer"),
}
LONGEST_STAGE = 60


def answers(
    abouts: Sequence[About], rows: Sequence[Row], source: str, now: datetime, behind: timedelta = timedelta(0)
) -> dict[About, FactAnswer]:
    """One answer for each. A row belongs to what its keys name; where only one thing was asked for, it need not name
    it. ``behind``: so much earlier the figures count as taken, for what was acknowledged meanwhile is not in them."""
    found: dict[About, FactAnswer] = {}
    for about in abouts:
        own = [row for row in rows if _belongs(row, about, alone=len(abouts) == 1)]
        try:
            found[about] = _answer(about, own, source, now, behind)
        except Bad as bad:
            found[about] = unknown(about, source, f"what {source} says of it cannot be used: {bad}")
    return found


def _belongs(row: Row, about: About, *, alone: bool) -> bool:
    """The first key must be named unless nothing else was asked for; what is named must be what was asked for."""
    for place, name in enumerate(KEYS[about.kind]):
        stated, wanted = row.get(name), getattr(about, name)
        if stated is None and (place or alone):
            continue
        if stated is None or code_key(str(stated)) != code_key(wanted or ""):
            return False
    return True


def _answer(about: About, rows: Sequence[Row], source: str, now: datetime, behind: timedelta) -> FactAnswer:
    if not rows:
        return unknown(about, source, f"{source} has none")
    if len(rows) > 1 and about.kind is not FactKind.PRICE:
        raise Bad(f"it has {len(rows)} rows, expected one")
    stated = [cells.moment("as_of", text("as_of", row.get("as_of"))) for row in rows]
    if None in stated and about.kind is FactKind.STOCK:
        raise Bad("as_of is missing: nobody knows when it was counted")
    as_of = min((at for at in stated if at is not None), default=now) - behind
    return _BUILD[about.kind](about, rows, FactAnswer(about, source, as_of))


def _stock(about: About, rows: Sequence[Row], begun: FactAnswer) -> FactAnswer:
    (row,) = rows
    stock = Stock(
        sku=about.sku or "",
        on_hand=cells.number("on_hand", text("on_hand", row.get("on_hand")), least=-(10**12)),
        next_date=cells.day("next_date", text("next_date", row.get("next_date"))),
        next_quantity=cells.number("next_quantity", text("next_quantity", row.get("next_quantity"))),
        as_of=begun.as_of,
    )
    if stock.on_hand is None:
        raise Bad("on_hand is missing")
    return FactAnswer(about, begun.source, begun.as_of, stock=stock)


def _standing(about: About, rows: Sequence[Row], begun: FactAnswer) -> FactAnswer:
    (row,) = rows
    standing = Standing(
        cells.one_of("standing", text("standing", row.get("standing")), ("ok", "hold", "pending")),
        cells.number("credit_limit", text("credit_limit", row.get("credit_limit"))),
        cells.number("open_balance", text("open_balance", row.get("open_balance")), least=-(10**12)),
    )
    if standing.standing is None:
        raise Bad("standing is missing: nobody knows whether they pay")
    return FactAnswer(about, begun.source, begun.as_of, standing=standing)


def _price(about: About, rows: Sequence[Row], begun: FactAnswer) -> FactAnswer:
    prices: dict[str, Price] = {}
    for row in rows:
        currency = cells.currency("currency", text("currency", row.get("currency")))
        price = cells.number("price", text("price", row.get("price")))
        if currency is None or price is None:
            raise Bad(f"{'currency' if currency is None else 'price'} is missing")
        if currency in prices:
            raise Bad(f"it has two prices in {currency}")
        prices[currency] = Price(about.sku or "", currency, price, about.customer)
    return FactAnswer(about, begun.source, begun.as_of, prices=tuple(prices.values()))


def _stage(about: About, rows: Sequence[Row], begun: FactAnswer) -> FactAnswer:
    (row,) = rows
    stage = text("stage", row.get("stage"))
    if not stage:
        raise Bad("stage is missing")
    if len(stage) > LONGEST_STAGE:
        raise Bad(f"stage: longer than {LONGEST_STAGE} characters")
    return FactAnswer(about, begun.source, begun.as_of, stage=stage)


_BUILD: Mapping[FactKind, Callable[[About, Sequence[Row], FactAnswer], FactAnswer]] = {
    FactKind.STOCK: _stock,
    FactKind.STANDING: _standing,
    FactKind.PRICE: _price,
    FactKind.STAGE: _stage,
}


def text(name: str, value: object) -> str:
    """A value as its cell in a file would be written; empty for none. A binary fraction is refused: it is not the
    number that somebody has written down. Raises Bad."""
    if value is None:
        return ""
    if isinstance(value, bool):
        raise Bad(f"{name}: {value} is neither a number nor a text")
    if isinstance(value, float):
        raise Bad(f"{name}: a floating-point number; expected a decimal one: cast it to numeric, or to text")
    if isinstance(value, Decimal):
        return _plain(name, value)
    if isinstance(value, datetime):
        return (value if value.tzinfo is not None else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and abs(value) >= 10**15:
        raise Bad(f"{name}: a number beyond all bounds")
    if not isinstance(value, str | int):
        raise Bad(f"{name}: {type(value).__name__} is neither a number, a day nor a text")
    return cells.clean(name, str(value))


def _plain(name: str, value: Decimal) -> str:
    """Without exponent, and without the zeros that a column's scale appends."""
    if not value.is_finite() or not -20 <= value.adjusted() <= 15 or int(value.as_tuple().exponent) < -40:
        raise Bad(f"{name}: a number beyond all bounds")
    written = format(value, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written
