"""Reservations in the ledger: what acknowledged orders have taken since the stock was counted."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, distinct, exists, func, insert, literal, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from maildaemon.desk import Booked, Outcome
from maildaemon.edge.tables import MAIL, META, ORDER, RESERVATION
from maildaemon.model import Action, Bought, History, Mode, OrderDecision, OrderLine, Reservation
from maildaemon.ordered import Status
from maildaemon.wording import code_key

# Made once: composing a statement costs more than running it.
_OF_MAIL = select(ORDER.c.id).where(ORDER.c.mail_id == bindparam("mail")).scalar_subquery()
_SINCE = (RESERVATION.c.sku_key.in_(bindparam("keys", expanding=True)), RESERVATION.c.at > bindparam("since"))
OTHERS = (
    select(
        func.max(RESERVATION.c.sku).label("sku"),
        func.decimal_sum(RESERVATION.c.quantity).label("quantity"),
        literal("").label("reference"),
        func.max(RESERVATION.c.at).label("at"),
    )
    .where(*_SINCE, RESERVATION.c.order_id.not_in(_OF_MAIL))
    .group_by(RESERVATION.c.sku_key)
    .order_by(RESERVATION.c.sku_key)
)
OWN = (
    select(RESERVATION.c.sku, RESERVATION.c.quantity, ORDER.c.reference, RESERVATION.c.at)
    .select_from(RESERVATION.join(ORDER, ORDER.c.id == RESERVATION.c.order_id))
    .where(*_SINCE, ORDER.c.mail_id == bindparam("mail"))
    .order_by(RESERVATION.c.id)
)
OPEN = select(func.count(distinct(RESERVATION.c.order_id))).where(RESERVATION.c.leaves >= bindparam("day"))
MARK = "order_mark"
LAST_ORDER = select(func.max(ORDER.c.id))
ORDER_MARK = select(META.c.value).where(META.c.key == MARK)
_LATEST = (
    select(ORDER.c.id)
    .where(ORDER.c.customer == bindparam("customer"))
    .order_by(ORDER.c.id.desc())
    .limit(200)
    .subquery()
)
LATEST = (
    select(RESERVATION.c.sku, RESERVATION.c.quantity)
    .select_from(_LATEST.join(RESERVATION, RESERVATION.c.order_id == _LATEST.c.id))
    .where(RESERVATION.c.sku_key.in_(select(func.json_each(bindparam("keys")).table_valued("value").c.value)))
    .order_by(RESERVATION.c.id.desc())
    .limit(500)
)
"""What the customer's latest orders took of some articles."""
MOST_ORDERS = 100
_SOME = (
    select(ORDER.c.id)
    .select_from(ORDER.join(MAIL, MAIL.c.id == ORDER.c.mail_id))
    .where(
        ORDER.c.customer == bindparam("customer"),
        or_(
            and_(ORDER.c.action == str(Action.ACKNOWLEDGE), MAIL.c.mode != str(Mode.SHADOW)),
            # Whoever acknowledged it: it has taken something.
            exists().where(RESERVATION.c.order_id == ORDER.c.id),
        ),
    )
    .limit(MOST_ORDERS)
)
ACKNOWLEDGED = select(func.count()).select_from(_SOME.subquery())
NEWER = select(RESERVATION.c.sku_key).distinct().where(RESERVATION.c.order_id > bindparam("mark"))


def booked(db: Connection, since: Mapping[str, datetime], day: date, mail_id: int) -> Booked:
    """One sum per article, however many orders have taken of it since, and what the mail's own orders have taken."""
    counted: dict[datetime, list[str]] = {}
    for key, at in {code_key(sku): at for sku, at in since.items()}.items():
        counted.setdefault(at, []).append(key)
    reserved = tuple(
        Reservation(row.sku, Decimal(row.quantity), row.reference, row.at)
        for at, keys in sorted(counted.items())
        for statement in (OTHERS, OWN)
        for row in db.execute(statement, {"keys": sorted(keys), "since": at, "mail": mail_id})
    )
    return Booked(reserved, db.scalar(OPEN, {"day": day}) or 0)


def history(db: Connection, customers: Sequence[str], skus: Sequence[str], *, count: bool) -> tuple[History, ...]:
    """What the customers have had acknowledged before."""
    keys = json.dumps(sorted({code_key(sku) for sku in skus}))
    found = []
    for customer in customers:
        rows = db.execute(LATEST, {"customer": customer, "keys": keys}).all()
        bought = tuple(Bought(row.sku, Decimal(row.quantity)) for row in reversed(rows))
        orders = (db.scalar(ACKNOWLEDGED, {"customer": customer}) or 0) if count else None
        found.append(History(customer, orders, bought))
    return tuple(found)


def taken_since(db: Connection, mark: int) -> frozenset[str]:
    """The keys of the articles of which orders stored after the mark have taken something."""
    return frozenset(db.scalars(NEWER, {"mark": mark}))


def takes(outcome: Outcome) -> frozenset[str]:
    """The keys of the articles that the outcome's acknowledged orders take."""
    if outcome.mode is Mode.SHADOW:
        return frozenset()
    return articles(one for one in outcome.decision.orders if one.action is Action.ACKNOWLEDGE)


def articles(orders: Iterable[OrderDecision]) -> frozenset[str]:
    """The keys of the articles of these orders."""
    return frozenset(
        code_key(line.product.product.sku)
        for decided in orders
        for line in decided.order.lines
        if line.product.product is not None
    )


def write(db: Connection, outcomes: Sequence[Outcome], ids: dict[tuple[int, int], int], now: datetime) -> None:
    """``ids``: the row of each order, by its mail and its number in the mail. A look from the side takes nothing."""
    rows: list[dict[str, Any]] = [
        row
        for outcome in outcomes
        if outcome.mode is not Mode.SHADOW
        for number, decided in enumerate(outcome.decision.orders)
        if decided.action is Action.ACKNOWLEDGE
        for row in _rows(ids[outcome.mail_id, number], decided, now)
    ]
    if rows:
        db.execute(insert(RESERVATION), rows)


def take(db: Connection, order_id: int, decided: OrderDecision, now: datetime) -> None:
    """What a person has approved takes its goods like any other order."""
    if rows := _rows(order_id, decided, now):
        db.execute(insert(RESERVATION), rows)


def give_back(db: Connection, order_id: int | None) -> None:
    """The order takes nothing any more."""
    if order_id is not None:
        db.execute(delete(RESERVATION).where(RESERVATION.c.order_id == order_id))


def next_order(db: Connection) -> int:
    """A number for an order that is higher than any that there ever was: a look-up in between must see it as new."""
    return max(db.scalar(LAST_ORDER) or 0, int(db.scalar(ORDER_MARK) or 0)) + 1


def forget(db: Connection, mail_id: int) -> None:
    """The mail's orders are no more; their numbers do not come again."""
    mark = str(next_order(db) - 1)
    own = select(ORDER.c.id).where(ORDER.c.mail_id == mail_id)
    db.execute(delete(RESERVATION).where(RESERVATION.c.order_id.in_(own)))
    db.execute(upsert(META).values(key=MARK, value=mark).on_conflict_do_update(["key"], set_={"value": mark}))
    # What they had questioned counts as before, until they are read again.
    questioned = (ORDER.c.changed_by.in_(own), ORDER.c.status == Status.QUESTIONED)
    db.execute(update(ORDER).where(*questioned).values(status=Status.CURRENT, changed_by=None))
    db.execute(delete(ORDER).where(ORDER.c.mail_id == mail_id))


def _rows(order_id: int, decided: OrderDecision, now: datetime) -> list[dict[str, Any]]:
    leaves = _leaves(decided)
    return [row for line in decided.order.lines for row in _row(order_id, line, now, leaves)]


def _leaves(decided: OrderDecision) -> date | None:
    return decided.order.promise.leaves if decided.order.promise is not None else None


def _row(order_id: int, line: OrderLine, now: datetime, leaves: date | None) -> list[dict[str, Any]]:
    product = line.product.product
    if product is None or line.quantity is None:
        return []
    quantity = format(line.quantity.value, "f")
    sku = {"sku": product.sku, "sku_key": code_key(product.sku)}
    return [{"order_id": order_id, "quantity": quantity, "at": now, "leaves": leaves, **sku}]
