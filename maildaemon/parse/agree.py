"""Structured messages and what else a mail states: the message is the order, the rest has to agree with it."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from maildaemon.parse.labels import squash
from maildaemon.parse.numbers import plain
from maildaemon.parse.raw import RawLine, Text
from maildaemon.parse.section import Section, po_key
from maildaemon.parse.units import quantity

_CODES = ("sku", "buyer_sku", "gtin", "item")
_WORDS = ("description", "item")


def with_messages(messages: Sequence[Section], others: Sequence[Section], bodies: Collection[str]) -> list[Section]:
    """The orders of the messages, each with what texts and tables say of it as further evidence: two values are a
    doubt, and so are other lines. A text with an order of its own stays an order."""
    orders: list[Section] = []
    for message in messages:
        known = next((one for one in orders if message.po() is not None and one.po() == message.po()), None)
        if known is None or known.document == message.document:
            for one in (known, message) if known is not None else ():
                one.doubts.append(f"{message.document} holds two orders of the number {_number(message)}")
            orders.append(message)
            continue
        _compare(known, message)
        known.take(message)
        known.doubts.extend(doubt for doubt in message.doubts if doubt not in known.doubts)
    of_messages = list(orders)
    for other in others:
        number = other.po()
        same = [one for one in of_messages if number is not None and one.po() == number]
        if not other.lines and other.document not in bodies and number is None:
            continue
        if same or number is None or not other.lines:
            _evidence(other, same or of_messages, sure=bool(same) or len(of_messages) == 1)
        elif len(of_messages) == 1 and _agree(of_messages[0].lines, other.lines):
            _evidence(other, of_messages, sure=True)
        else:
            for one in of_messages:
                one.doubts.append(f"{other.document} states another order, {_number(other)}, beside {one.document}")
            other.doubts.append(f"{of_messages[0].document} states another order, {_number(of_messages[0])}")
            orders.append(other)
    return orders


def _evidence(other: Section, orders: Sequence[Section], *, sure: bool) -> None:
    for one in orders:
        one.doubts.extend(doubt for doubt in other.doubts if doubt not in one.doubts)
        for text in other.fields.get("po_number.told", ()):
            if all(order.po() != po_key(text.text) for order in orders):
                one.doubts.append(f"{other.document} speaks of the order {text.text[:40]}: “{text.evidence[:80]}”")
        if other.lines and sure:
            _compare(one, other)
        elif other.lines:
            one.doubts.append(f"{other.document} states lines, and it is not clear of which order")
        if sure:
            one.take(other)
        elif other.po() is not None:
            one.doubts.append(f"{other.document} states the PO number {_number(other)}, which none of the orders has")
        else:
            one.take(other, [name for name in other.fields if name not in one.fields and name != "po_number"])


def _compare(one: Section, other: Section) -> None:
    if other.lines and not _agree(one.lines, other.lines):
        one.doubts.append(f"{one.document} and {other.document} state different lines")


def _number(section: Section) -> str:
    texts = section.fields.get("po_number", [])
    return texts[0].text[:40] if texts else "without a number"


def _agree(lines: Sequence[RawLine], others: Sequence[RawLine]) -> bool:
    """Each line has its own twin on the other side: a code, or else the words, and the quantity and price alike."""
    if len(lines) != len(others):
        return False
    left = list(lines)
    for other in others:
        twin = next((line for line in left if _same(line, other)), None)
        if twin is None:
            return False
        left.remove(twin)
    return True


def _same(one: RawLine, other: RawLine) -> bool:
    mine, theirs = _texts(one, _CODES), _texts(other, _CODES)
    coded = bool(mine & theirs)
    if not coded:
        # "W-100 Hex bolt" is one text where the table has one column for both.
        items = _texts(other, _WORDS)
        coded = any(code in item for code in mine if len(code) > 3 for item in items) or bool(
            _texts(one, _WORDS) & items
        )
    return coded and _numbers(one, other, "quantity") and _numbers(one, other, "unit_price", need=False)


def _texts(line: RawLine, names: Sequence[str]) -> set[str]:
    return {squash(line.fields[name].text) for name in names if name in line.fields} - {""}


def _numbers(one: RawLine, other: RawLine, name: str, *, need: bool = True) -> bool:
    mine, theirs = one.fields.get(name), other.fields.get(name)
    if mine is None or theirs is None:
        return (mine is None and theirs is None) or not need
    return bool(_readings(mine) & _readings(theirs))


def _readings(text: Text) -> set[Decimal]:
    found = plain(text.text) if text.exact else None
    if found is None:
        words = text.text if text.exact else text.text.strip("€$£ ")
        many = quantity(words)
        found = many[0] if many else None
    return set(found.readings) if found is not None else set()
