"""Order + Known → customer, articles and repeats recognised."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from maildaemon.match_customer import match_customer
from maildaemon.match_product import Articles
from maildaemon.model import Action, Found, Known, LineQuestion, Mail, Order, OrderLine, OrderSeen, Questions
from maildaemon.wording import code_key, gtin_key, shown, words


def questions(order: Order, mail: Mail, author: str | None = None) -> Questions:
    """What the order asks the world; ``author`` is who wrote a forwarded order, as it claims."""
    return Questions(
        sender=mail.sender,
        sender_name=mail.sender_name,
        author=author,
        buyer=_text(order.buyer),
        customer_number=_text(order.customer_number),
        po_number=_text(order.po_number),
        digest=digest(order),
        goods=goods(order),
        lines=tuple(
            LineQuestion(
                codes=tuple(dict.fromkeys(code for code in (_text(line.sku), _text(line.buyer_sku)) if code)),
                gtin=_text(line.gtin),
                description=_text(line.description),
            )
            for line in order.lines
        ),
    )


def match(order: Order, mail: Mail, known: Known, author: str | None = None) -> Order:
    """The order with its customer and each line's article filled in, both with the doubts about them."""
    customer = match_customer(order, mail, known.customers, author)
    articles = Articles(known, customer.customer.number if customer.customer else None)
    lines = tuple(replace(line, product=articles.match(line)) for line in order.lines)
    return replace(order, customer=customer, lines=lines)


def digest(order: Order) -> str:
    """SHA-256 in hex over what is ordered: PO number, lines (codes, quantity, price), total and currency as stated,
    free of their form. Neither the mail nor the order of the lines enters into it, so that the same order sent again,
    in another layout, has the same digest."""
    lines = sorted(_content(line) for line in order.lines)
    content = [_po_key(order), lines, _number(order.total), (_text(order.currency) or "").strip().upper()]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def goods(order: Order) -> str:
    """SHA-256 in hex over the lines alone, as in :func:`digest`: the same under whatever PO number; empty for none."""
    lines = sorted(_content(line) for line in order.lines)
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest() if lines else ""


def repeat_of(order: Order, mail: Mail, seen: tuple[OrderSeen, ...]) -> OrderSeen | None:
    """The first earlier order with the same content, from the same customer, of another mail."""
    return next((one for one in repeats(order, seen, mail.sender) if one.message != mail.sha256), None)


def clash(order: Order, mail: Mail, seen: tuple[OrderSeen, ...]) -> tuple[str, ...]:
    """Earlier orders of the same customer with the same PO number and other content, each as a sentence."""
    return tuple(
        sentence
        for one, sentence in clashes(order, seen, mail.sender)
        if one.message != mail.sha256
    )  # fmt: skip


def repeats(order: Order, seen: tuple[OrderSeen, ...], sender: str | None = None) -> Iterator[OrderSeen]:
    """Earlier orders with the same content. ``seen`` is taken to hold the orders of other mails only."""
    own = digest(order) if seen else ""
    return (one for one in seen if one.digest == own and _same_customer(order, one, sender))


def clashes(order: Order, seen: tuple[OrderSeen, ...], sender: str | None = None) -> Iterator[tuple[OrderSeen, str]]:
    key = _po_key(order)
    if not key or not seen:
        return
    own = digest(order)
    for one in seen:
        if one.digest != own and code_key(one.po_number or "") == key and _same_customer(order, one, sender):
            when = one.received_at.date().isoformat()
            yield (
                one,
                f"PO number {shown(one.po_number)} came on {when} with other content (our {shown(one.reference)})",
            )


def lately(order: Order, known: Known, days: int) -> OrderSeen | None:
    """The latest order of the customer for the same goods under another PO number within so many days."""
    own, key = goods(order), _po_key(order)
    customer = order.customer.customer
    if not own or customer is None or known.at is None:
        return None
    found = [
        one
        for one in known.seen
        if one.goods == own
        and one.customer is not None
        and code_key(one.customer) == code_key(customer.number)
        and one.action is not Action.IGNORE
        and code_key(one.po_number or "") != key
        and known.at - one.received_at < timedelta(days=days)
    ]
    return max(found, key=lambda one: one.received_at, default=None)


def _same_customer(order: Order, one: OrderSeen, sender: str | None) -> bool:
    """One that was found to be no order does not count. Where either customer is unknown, it may well be the same."""
    if one.action is Action.IGNORE:
        return False
    customer = order.customer.customer
    if sender is not None and one.sender is not None and sender.casefold() == one.sender.casefold():
        return True
    return customer is None or one.customer is None or code_key(one.customer) == code_key(customer.number)


def _content(line: OrderLine) -> list[str]:
    codes = sorted({code_key(code) for code in (_text(line.sku), _text(line.buyer_sku)) if code})
    gtin = gtin_key(_text(line.gtin) or "")
    named = [*codes, gtin] if gtin else codes
    if not named and line.description is not None:  # nothing but its words says what is ordered
        named = [" ".join(words(line.description.value))]
    return ["|".join(named), _number(line.quantity), _number(line.unit_price)]


def _po_key(order: Order) -> str:
    return code_key(order.po_number.value) if order.po_number is not None else ""


def _number(found: Found[Decimal] | None) -> str:
    """The value without its form: 5, 5.0 and 5.00 are one."""
    if found is None:
        return ""
    value = found.value
    return "0" if not value else format(value.normalize(), "f")


def _text(found: Found[str] | None) -> str | None:
    return found.value if found is not None and found.value.strip() else None
