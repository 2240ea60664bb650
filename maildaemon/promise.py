"""Order + what is known of stock, queue and carriers → the Promise: when it will be there, and the sum that says so."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from maildaemon import addresses, workdays
from maildaemon.facts import CLOCKS_DIFFER
from maildaemon.model import Known, Order, OrderLine, Product, Promise, Step, Stock, Supply, SupplyState
from maildaemon.shipping import WEEKDAYS, Carrier, Shipping
from maildaemon.wording import code_key
from maildaemon.workdays import Workdays


def promise(order: Order, known: Known, shipping: Shipping) -> Promise:
    """The day on which the whole order can be there, or why none can be named. Days are those of the ship-from zone;
    what was looked up says what time it is (``known.at``). The same arguments always give the same promise."""
    if known.at is None:
        return Promise(missing=("it is not known what time it is",))
    supplies = tuple(_supplies(order, known, shipping, known.at))
    missing = [f"line {number}: {one.why}" for number, one in enumerate(supplies, 1) if one.ready is None]
    country = _destination(order)
    carried = shipping.carrier_to(country) if country else None
    if carried is None:
        missing.append(f"no carrier goes to {country}" if country else "the country of delivery is not known")
    if not supplies:
        missing.append("it has no lines")
    if missing or carried is None or country is None:
        return Promise(lines=supplies, missing=tuple(missing))
    steps = tuple(_steps(supplies, known, known.at, shipping, country, *carried))
    return Promise(steps[-1].day, next(step.day for step in steps if step.what == "leaves"), supplies, steps)


def _destination(order: Order) -> str | None:
    """The country that the delivery address names, else that of the customer's record."""
    stated = addresses.country(order.ship_to.value) if order.ship_to is not None else None
    customer = order.customer.customer
    return stated or (customer.country if customer is not None else None)


# --- supply: what is there, and when the rest comes -------------------------------------------------------------------


def _supplies(order: Order, known: Known, shipping: Shipping, now: datetime) -> Iterator[Supply]:
    """One per line; lines that ask for the same article share what is there, the first first."""
    stock = {code_key(one.sku): one for one in known.stock}
    left: dict[str, Stock] = {}
    for line in order.lines:
        product = line.product.product
        if product is None or line.quantity is None:
            yield Supply(SupplyState.UNKNOWN, why="it is not known what is ordered")
            continue
        key = code_key(product.sku)
        if key not in left and (found := stock.get(key)) is not None:
            left[key] = replace(found, on_hand=_available(found, known))
        supply = _supply(line.quantity.value, left.get(key), product, shipping, now)
        if key in left:
            left[key] = _taken(left[key], line)
        yield supply


def _available(stock: Stock, known: Known) -> Decimal | None:
    """What is on hand and not promised to somebody since it was counted."""
    if stock.on_hand is None:
        return None
    key = code_key(stock.sku)
    since = (one for one in known.reserved if code_key(one.sku) == key)
    promised = sum((one.quantity for one in since if stock.as_of is None or one.at > stock.as_of), Decimal(0))
    return stock.on_hand - promised


def _taken(stock: Stock, line: OrderLine) -> Stock:
    if stock.on_hand is None or line.quantity is None:
        return stock
    return replace(stock, on_hand=stock.on_hand - line.quantity.value)


def _supply(wanted: Decimal, stock: Stock | None, product: Product, shipping: Shipping, now: datetime) -> Supply:
    if stock is None or stock.on_hand is None:
        return Supply(SupplyState.UNKNOWN, why=f"the stock of {product.sku} is not known")
    if stock.as_of is None:
        return Supply(SupplyState.UNKNOWN, why=f"the stock of {product.sku} has no date: nobody knows how old it is")
    if stale := _stale(stock.as_of, shipping, now):
        return Supply(SupplyState.UNKNOWN, why=f"the stock of {product.sku} is {stale}")
    calendar = shipping.calendar()
    today = shipping.day(now)
    there = max(stock.on_hand, Decimal(0))
    if there >= wanted:
        return Supply(SupplyState.IN_STOCK, there, calendar.at_or_after(today), f"{product.sku} is in stock")
    state = SupplyState.PARTIAL if there else SupplyState.BACK_ORDER
    return _later(state, wanted, there, stock, product, calendar, today)


def _later(
    state: SupplyState,
    wanted: Decimal,
    there: Decimal,
    stock: Stock,
    product: Product,
    calendar: Workdays,
    today: date,
) -> Supply:
    """When the rest is there: with the delivery that is announced, if it is enough; else after the lead time."""
    coming = stock.next_date
    enough = stock.next_quantity is not None and stock.on_hand is not None
    if coming is not None and coming >= today and enough and stock.on_hand + stock.next_quantity >= wanted:  # type: ignore[operator]
        ready = calendar.at_or_after(coming)
        return Supply(state, there, ready, f"{product.sku} is announced for {coming}")
    if product.lead_days is not None:
        ready = calendar.later(today, product.lead_days)
        return Supply(state, there, ready, f"{product.sku} has a lead time of {product.lead_days} working days")
    return Supply(state, there, None, f"{product.sku} is not in stock, and nothing says when it will be")


def _stale(as_of: datetime, shipping: Shipping, now: datetime) -> str:
    """Empty while the figure may be believed."""
    age = now - as_of
    if age < -CLOCKS_DIFFER:
        return f"dated in the future ({as_of:%Y-%m-%d %H:%M} UTC)"
    if age > timedelta(hours=shipping.stock_hours):
        hours = int(age.total_seconds() // 3600)
        return f"{hours} hours old, more than {shipping.stock_hours:g}"
    return ""


# --- the sum ----------------------------------------------------------------------------------------------------------


def _steps(
    supplies: tuple[Supply, ...],
    known: Known,
    now: datetime,
    shipping: Shipping,
    country: str,
    carrier: Carrier,
    transit: int,
) -> Iterator[Step]:
    """From now to the client's door, each step with its day and its reason."""
    calendar = shipping.calendar()
    local = now.astimezone(ZoneInfo(shipping.zone))
    day = calendar.at_or_after(local.date())
    yield Step("begins", day, f"{local:%Y-%m-%d %H:%M} in {shipping.zone}")
    if shipping.daily_capacity is not None and (waiting := known.open_orders // shipping.daily_capacity):
        day = calendar.later(day, waiting)
        yield Step("its turn", day, f"{known.open_orders} orders before it, {shipping.daily_capacity} a day")
    latest = max(supplies, key=lambda one: one.ready or date.min)
    if latest.ready is not None and latest.ready > day:
        day = latest.ready
        yield Step("goods there", day, latest.why)
    if shipping.handling_days:
        day = calendar.later(day, shipping.handling_days)
        yield Step("packed", day, f"{shipping.handling_days} working days of handling")
    day, why = _leaves(carrier, day, now, shipping)
    yield Step("leaves", day, why)
    region = shipping.region if country == shipping.country else None
    theirs = Workdays(country, region, workdays.weekend(country))
    day = theirs.later(day, transit)
    yield Step("there", day, f"{carrier.name} takes {transit} working days to {country}")


def _leaves(carrier: Carrier, ready: date, now: datetime, shipping: Shipping) -> tuple[date, str]:
    """The first day on which the carrier collects and its cut-off has not passed."""
    calendar = shipping.calendar()
    there = now.astimezone(ZoneInfo(carrier.zone or shipping.zone))
    day = calendar.at_or_after(ready)
    for _ in range(400):
        until = carrier.cutoff.get(WEEKDAYS[day.weekday()])
        late = until is not None and day == there.date() and there.time() >= until
        if until is not None and not late and day >= there.date():
            return day, f"{carrier.name} collects until {until:%H:%M}"
        day = calendar.at_or_after(day + timedelta(days=1))
    raise ValueError(f"{carrier.name} never collects on a working day")
