"""The price of a line that is one for so many: divided by them, as that of a structured message is."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from maildaemon.parse.numbers import Number, number
from maildaemon.parse.raw import Text
from maildaemon.parse.units import quantity, unit

Doubt = Callable[[str, Text, str], None]
_PER = re.compile(r"^(?:per|je|pro|par|por|ogni|/) ?", re.IGNORECASE)
# "120,00 / 100", "12.50 EUR per 1000 pcs": the price of so many.
_FOR_MANY = re.compile(
    r"([^/a-z]{1,24}?) ?(?:/|per|pro|je|par|por|ogni|x) ?(10{1,4}|1[.,]000)(?: [^\W\d]{1,8}\.?)?", re.IGNORECASE
)


def for_many(text: Text) -> tuple[Number, Text] | None:
    """The price in a text such as ``120,00 / 100``, and of how many it is."""
    found = _FOR_MANY.fullmatch(text.text.strip()[:60])
    price = number(found[1]) if found else None
    return (price, replace(text, text=found[2])) if found and price is not None else None


def divide(text: Text, amounts: dict[str, Number], doubt: Doubt) -> None:
    """Divide the price among the amounts by what stands in the column "per"."""
    price = amounts.get("unit_price")
    if price is None or not text.text.strip(" -"):
        return
    words = text.text.strip()
    stated = quantity(_PER.sub("", words).strip() or "1")
    per = stated[0].value if stated is not None else None
    if per is None or per <= 0 or per != per.to_integral_value():
        if unit(words) is None:
            del amounts["unit_price"]
            doubt("price's unit", text, "cannot be read as a number")
    elif per != 1:
        amounts["unit_price"] = replace(price, readings=tuple(_short(one / per) for one in price.readings))


def is_proved(amounts: Mapping[str, Number]) -> bool:
    """Quantity times price is the amount."""
    if not {"quantity", "unit_price", "amount"} <= amounts.keys():
        return False
    return any(
        abs(many * each - whole) <= Decimal("0.01")
        for many in amounts["quantity"].readings
        for each in amounts["unit_price"].readings
        for whole in amounts["amount"].readings
    )


def _short(value: Decimal) -> Decimal:
    value = round(value, 9).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value
