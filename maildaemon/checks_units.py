"""The check of units: ten boxes are not ten pieces, and a carton may be the box that we sell, or a larger one."""

from collections.abc import Iterator

from maildaemon.checks_money import Missing, not_stated
from maildaemon.model import Found, Known, Order
from maildaemon.wording import shown, unit_key
from maildaemon.worth import currency_of, fits

_PACKAGES = frozenset({"BX", "CT", "PK", "CS"})
_WHOLE = _PACKAGES | {"C62", "PR", "SET", "BG", "BO", "CA"}


def units_as_sold(order: Order, known: Known, missing: Missing = "skip") -> Iterator[str]:
    """Each line asks in the unit that the article is sold in. Of two words for a package the price tells whether they
    mean the same one: a larger one than we sell has not the price agreed for ours. Nobody asks for a part of one."""
    currency = currency_of(order, known)
    for number, line in enumerate(order.lines, 1):
        product = line.product.product
        if product is not None and unit_key(product.unit or "") in _WHOLE and line.quantity and line.quantity.value % 1:
            yield f"line {number}: it asks for {line.quantity.value} of {product.sku}, which is not sold in parts"
        if line.unit is None:
            yield from not_stated(f"line {number}: unit", missing)
        elif product is not None and product.unit and unit_key(product.unit) != unit_key(line.unit.value):
            packages = {unit_key(line.unit.value), unit_key(product.unit)} <= _PACKAGES
            if packages and currency is not None and fits(line, order.customer.customer, known, currency):
                continue
            yield (
                f"line {number}: it asks in {shown(line.unit.value)}, but {product.sku} is sold in {product.unit}"
                + (_perhaps_the_same(line.unit) if packages else "")
            )


def _perhaps_the_same(asked: Found[str]) -> str:
    """A box, a carton and a package are three codes (Recommendation 20 and 21), and in business one word for each."""
    word = f"“{shown(asked.text, 40)}”" if asked.text else "the word"
    return f": {word} may mean the package that it is sold in, or a larger one"
