"""Raw lines → OrderLines."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal

from maildaemon.model import Found, OrderLine
from maildaemon.parse import priced
from maildaemon.parse.brackets import bracketed, within
from maildaemon.parse.codes import gtin
from maildaemon.parse.items import settled as item_settled
from maildaemon.parse.leading import led
from maildaemon.parse.numbers import Number, is_money, number, plain
from maildaemon.parse.raw import EVIDENCE_LIMIT, RawLine, RawOrder, Text
from maildaemon.parse.settle import Settled, price_text
from maildaemon.parse.settledays import readings
from maildaemon.parse.units import quantity, unit

Doubt = Callable[[str, Text, str], None]
_ALTERNATIVE = r"(?:alternat|option|opcion|opzion|eventual|bedarfspos|variante)[a-zèéë]{0,10}\.?"
# Behind it, or before it, stands what nobody has decided to buy.
_MAYBE = re.compile(
    rf"{_ALTERNATIVE}(?: ?pos(?:ition)?\.?)?(?: ?[:–-] |$)|[^(]{{0,300}}\({_ALTERNATIVE}\)", re.IGNORECASE
)
CODE_LIMIT, DESCRIPTION_LIMIT = 60, 500


def read(raw: RawOrder, settled: Settled, doubts: list[str]) -> tuple[tuple[OrderLine, ...], list[tuple[str, Text]]]:
    """The lines, and each currency that stands beside an amount."""
    currencies: list[tuple[str, Text]] = []
    seen: set[str] = set()
    lines = within(led(bracketed([RawLine(item_settled(dict(line.fields))) for line in raw.lines])))
    coded = _coded(lines)
    found = []
    for count, line in enumerate(lines, 1):
        found.append(_line(line, count, settled, doubts, currencies, seen, coded=coded))
    return tuple(found), currencies


def _coded(lines: Iterable[RawLine]) -> bool:
    """The column of article numbers holds one that is no amount, so that ``7731.20`` in it is none either."""
    texts = [line.fields["sku"].text.strip() for line in lines if "sku" in line.fields]
    return any(text and not is_money(text) and any(map(str.isdigit, text)) for text in texts)


def _line(
    line: RawLine,
    count: int,
    settled: Settled,
    doubts: list[str],
    currencies: list[tuple[str, Text]],
    seen: set[str],
    *,
    coded: bool,
) -> OrderLine:
    def doubt(what: str, text: Text, why: str) -> None:
        doubts.append(f"line {count}: the {what} {text.text[:60]!r} {why}")

    fields = line.fields
    amounts = _amounts(fields, doubt)
    for name, parsed in amounts.items():
        if parsed.currency and parsed.currency not in seen:
            seen.add(parsed.currency)
            currencies.append((parsed.currency, fields[name]))
    stated = fields.get("quantity")
    many = _quantity(stated) if stated is not None else None
    if stated is not None and many is None:
        doubt("quantity", stated, "cannot be read as a number")
    if many is not None:
        amounts["quantity"] = many[0]
    _priced(fields, amounts, doubt)
    word = _unit_word(fields, stated, many)
    values = _values(amounts, settled)
    for name in amounts:
        if values.get(name) is None:
            doubt({"unit_price": "price"}.get(name, name), fields[name], "can be read in two ways")
    code = _unit(word, settled) if word is not None else None
    if word is not None and code is None:
        doubt("unit", word, "is not one that is known")
    if word is not None and many is not None and many[1] and stated is not None and not _agree(many[1], word, settled):
        doubt("quantity", stated, f"says another thing than the unit {word.text[:20]!r}")
    return OrderLine(
        sku=_code(fields.get("sku"), doubt, coded=coded and _is_apart(fields, amounts)),
        buyer_sku=_code(fields.get("buyer_sku"), doubt),
        gtin=_gtin(fields.get("gtin"), doubt),
        description=_words(fields.get("description"), doubt),
        quantity=_found(values.get("quantity"), stated),
        unit=_text(code, word),
        unit_price=_found(values.get("unit_price"), fields.get("unit_price")),
        amount=_found(values.get("amount"), fields.get("amount")),
        requested_date=_date(fields.get("requested_date"), settled, doubt),
        note=_words(fields.get("note"), doubt),
    )


def _amounts(fields: Mapping[str, Text], doubt: Doubt) -> dict[str, Number]:
    """The price and the amount."""
    amounts: dict[str, Number] = {}
    for name, called in (("unit_price", "price"), ("amount", "amount")):
        text = fields.get(name)
        if text is None or not text.text.strip(" -–"):
            continue
        parsed = plain(text.text) if text.exact else number(price_text(text.text))
        if parsed is not None:
            amounts[name] = parsed
        elif name == "amount" or priced.for_many(text) is None:
            doubt(called, text, "cannot be read as an amount")
    return amounts


def _priced(fields: Mapping[str, Text], amounts: dict[str, Number], doubt: Doubt) -> None:
    """A price of so many is divided by them; one that says so in its own cell needs the amount's proof."""
    if "unit_price" in amounts:
        if "price_per" in fields:
            priced.divide(fields["price_per"], amounts, doubt)
    elif "unit_price" in fields and (found := priced.for_many(fields["unit_price"])) is not None:
        amounts["unit_price"] = found[0]
        priced.divide(found[1], amounts, doubt)
        if not priced.is_proved(amounts):
            amounts.pop("unit_price", None)
            doubt("price", fields["unit_price"], "cannot be read as an amount")


def _unit_word(fields: Mapping[str, Text], stated: Text | None, many: tuple[Number, str | None] | None) -> Text | None:
    """The unit in its own column, else behind the quantity."""
    if "unit" in fields and fields["unit"].text.strip():
        return fields["unit"]
    if stated is None or many is None or not many[1]:
        return None
    return Text(many[1], stated.document, stated.place, stated.evidence or stated.text, stated.score, stated.zone)


def _agree(behind: str, word: Text, settled: Settled) -> bool:
    """What stands behind the figure of a quantity names the unit of the line, and no fraction nor another package."""
    named = unit(behind, settled.language)
    return behind == word.text or (named is not None and named == _unit(word, settled))


def _is_apart(fields: Mapping[str, Text], amounts: Mapping[str, Number]) -> bool:
    """In its own cell of a row whose amounts are others."""
    text = fields.get("sku")
    value = number(text.text) if text is not None else None
    if text is None or value is None or value.currency or value.bare_sign or ", column " not in text.place:
        return False
    return all(value.readings[0] not in one.readings for one in amounts.values())


def _quantity(text: Text) -> tuple[Number, str | None] | None:
    if not text.exact:
        return quantity(text.text)
    found = plain(text.text)
    return (found, None) if found is not None else None


def _unit(word: Text, settled: Settled) -> str | None:
    return word.text if word.exact else unit(word.text, settled.language)


def _values(amounts: dict[str, Number], settled: Settled) -> dict[str, Decimal | None]:
    """Each number settled; where one stays open, quantity times price tells. A quantity with three decimals needs that
    proof."""
    values = {name: parsed.value for name, parsed in amounts.items()}
    if all(value is not None for value in values.values()):
        return values
    if len(amounts) == 3:
        fitting = settled.multiplied(amounts["quantity"], amounts["unit_price"], amounts["amount"])
        if fitting is not None:
            return dict(zip(("quantity", "unit_price", "amount"), fitting, strict=True))
    found = {name: settled.number(parsed) for name, parsed in amounts.items()}
    many = amounts.get("quantity")
    if many is not None and many.value is None and found["quantity"] == many.readings[0]:
        # "1.000" pieces beside prices with a decimal point may be one piece, as SAP prints it, or a thousand.
        found["quantity"] = None
    return found


def _found(value: Decimal | None, text: Text | None) -> Found[Decimal] | None:
    return (
        None
        if value is None or text is None
        else Found(value, text.document, text.place, _evidence(text), _score(text))
    )


def _text(value: str | None, text: Text | None) -> Found[str] | None:
    return (
        None
        if value is None or text is None
        else Found(value, text.document, text.place, _evidence(text), _score(text))
    )


def _code(text: Text | None, doubt: Doubt, *, coded: bool = False) -> Found[str] | None:
    value = " ".join(text.text.split()).strip(" ,;:") if text else ""
    if text is not None and not text.exact and not coded and is_money(value):
        doubt("article number", text, "is an amount")
        return None
    if 0 < len(value) <= CODE_LIMIT and any(c.isalnum() for c in value):
        return _text(value, text)
    if text is not None and text.exact:
        doubt("article number", text, "is not one that can be used")
    return None


def _words(text: Text | None, doubt: Doubt) -> Found[str] | None:
    value = " ".join(text.text.split()).strip(" ,;")[:DESCRIPTION_LIMIT] if text else ""
    if text is not None and not text.exact and is_money(value):
        doubt("description", text, "is an amount")
        return None
    if text is not None and not text.exact and _MAYBE.match(value):
        doubt("description", text, "says that it is an alternative or an option")
    return _text(value, text) if any(c.isalnum() for c in value) else None


def _gtin(text: Text | None, doubt: Doubt) -> Found[str] | None:
    if text is None or not text.text.strip(" -"):
        return None
    value = gtin(text.text)
    if value is None:
        doubt("GTIN", text, "does not pass its check digit")
    return _text(value, text)


def _date(text: Text | None, settled: Settled, doubt: Doubt) -> Found[date] | None:
    if text is None:
        return None
    value = settled.days.day(text, "requested_date")
    if isinstance(value, date):
        return Found(value, text.document, text.place, _evidence(text), _score(text))
    if any(c.isdigit() for c in text.text):
        why = f"can be read in two ways: {readings(value)}" if value else "cannot be read"
        doubt("requested date", text, why)
    return None


def _evidence(text: Text) -> str:
    return (text.evidence or text.text)[:EVIDENCE_LIMIT]


def _score(text: Text) -> float:
    return round(min(1.0, text.weight), 3)
