"""What an order asks for, taken out of an order as it was read."""

from decimal import Decimal

from maildaemon.model import Found, Order, OrderLine
from maildaemon.ordered import ContentLine, Contents
from maildaemon.parse.terms import terms
from maildaemon.wording import code_key, gtin_key, shown, unit_key, words
from maildaemon.worth import line_amount

MOST_LINES = 200
"""Lines of an order that are compared; one with more is a person's business."""
_LONGEST = 600


def contents(order: Order) -> Contents:
    """Articles by what we take them for, units and terms in their normal form; neither layout nor words count."""
    return Contents(
        lines=tuple(_line(line, order) for line in order.lines[:MOST_LINES]),
        ship_to=_text(order.ship_to),
        bill_to=_text(order.bill_to),
        payment_terms=_terms(order.payment_terms),
        currency=(_text(order.currency) or "").upper() or None,
        total=_total(order),
        order_date=order.order_date.value if order.order_date is not None else None,
        whole=len(order.lines) <= MOST_LINES,
    )


def _line(line: OrderLine, order: Order) -> ContentLine:
    product = line.product.product
    codes = [code for code in (_text(line.sku), _text(line.buyer_sku), _text(line.gtin)) if code]
    described = _text(line.description) or ""
    if product is not None:
        key, article = code_key(product.sku), product.sku
    elif codes:
        key, article = "|".join(sorted({gtin_key(code) or code_key(code) for code in codes})), codes[0]
    else:
        key, article = " ".join(words(described)), described
    unit = _text(line.unit) or (product.unit if product is not None else None)
    day = line.requested_date or order.requested_date
    return ContentLine(
        key=key[:_LONGEST],
        article=shown(article) or "an article without a name",
        quantity=line.quantity.value if line.quantity is not None else None,
        unit=unit_key(unit) if unit else None,
        unit_price=line.unit_price.value if line.unit_price is not None else None,
        requested=day.value if day is not None else None,
    )


def _total(order: Order) -> Decimal | None:
    """As stated, else that of the lines where each states what it is worth."""
    if order.total is not None:
        return order.total.value
    if not 0 < len(order.lines) <= MOST_LINES:
        return None
    try:
        amounts = [line_amount(line) for line in order.lines]
        known = [amount for amount in amounts if amount is not None]
        return sum(known, Decimal(0)) if len(known) == len(amounts) else None
    except ArithmeticError:
        return None  # figures beyond any bound


def _terms(found: Found[str] | None) -> str | None:
    stated = _text(found)
    return (terms(stated) or stated.casefold()) if stated is not None else None


def _text(found: Found[str] | None) -> str | None:
    return found.value.strip()[:_LONGEST] if found is not None and found.value.strip() else None
