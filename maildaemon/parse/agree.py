"""Structured messages and what else a mail states: the message is the order, the rest has to agree with it."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from decimal import Decimal

from maildaemon.parse.dates import dated
from maildaemon.parse.labels import squash
from maildaemon.parse.numbers import number, plain
from maildaemon.parse.raw import RawLine, Text
from maildaemon.parse.section import Section, po_key
from maildaemon.parse.settle import price_text
from maildaemon.parse.terms import terms
from maildaemon.parse.units import quantity, unit

_CODES = ("sku", "buyer_sku", "gtin", "item")
_WORDS = ("description", "item")
# What two texts may state differently with nobody looking, as long as no message is one of them.
_COMPARED = {"payment_terms": "terms of payment", "bill_to": "billing addresses"}


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
        known.doubts.extend(_differing(known, message))
        known.take(message)
        known.doubts.extend(doubt for doubt in message.doubts if doubt not in known.doubts)
    of_messages = list(orders)
    for other in others:
        stated = other.po()
        same = [one for one in of_messages if stated is not None and one.po() == stated]
        if not other.lines and other.document not in bodies and not set(other.fields) - {"po_number.told"}:
            continue
        if same or stated is None or not other.lines:
            _evidence(other, same or of_messages, sure=bool(same) or len(of_messages) == 1)
        elif len(of_messages) == 1 and _agree(of_messages[0], other):
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
            one.doubts.extend(_differing(one, other))
            one.take(other)
        elif other.po() is not None:
            one.doubts.append(f"{other.document} states the PO number {_number(other)}, which none of the orders has")
        else:
            # Said of all of them, or of one that nobody knows: where it contradicts, it is a doubt of each.
            one.doubts.extend(_differing(one, other))
            one.take(other, [name for name in other.fields if not name.startswith("po_number")])


def _compare(one: Section, other: Section) -> None:
    if other.lines and not _agree(one, other):
        one.doubts.append(f"{one.document} and {other.document} state different lines")


def _differing(one: Section, other: Section) -> Iterator[str]:
    """Of two texts for a field the order has the surer one; where a message and a text differ, both count."""
    for name, called in _COMPARED.items():
        mine = [text.text for text in one.fields.get(name, ())]
        theirs = [text.text for text in other.fields.get(name, ()) if not text.loose]
        if mine and theirs and not any(_alike(name, first, second) for first in mine for second in theirs):
            yield f"two {called} are stated: {mine[0][:60]} and {theirs[0][:60]}"


def _alike(name: str, first: str, second: str) -> bool:
    if name == "payment_terms":
        return terms(first) == terms(second)
    shorter, longer = sorted((squash(first), squash(second)), key=len)
    return shorter in longer


def _number(section: Section) -> str:
    texts = section.fields.get("po_number", [])
    return texts[0].text[:40] if texts else "without a number"


def _agree(one: Section, other: Section) -> bool:
    """Each line has its own twin on the other side: a code, or else the words, and the figures and dates alike."""
    if len(one.lines) != len(other.lines):
        return False
    dates = {
        date for section in (one, other) for text in section.fields.get("requested_date", ()) for date in _days(text)
    }
    left = list(one.lines)
    for line in other.lines:
        twin = next((mine for mine in left if _same(mine, line, dates)), None)
        if twin is None:
            return False
        left.remove(twin)
    return True


def _same(one: RawLine, other: RawLine, dates: set[date]) -> bool:
    mine, theirs = _texts(one, _CODES), _texts(other, _CODES)
    coded = bool(mine & theirs)
    if not coded:
        # "W-100 Hex bolt" is one text where the table has one column for both.
        items = _texts(other, _WORDS)
        coded = any(code in item for code in mine if len(code) > 3 for item in items) or bool(
            _texts(one, _WORDS) & items
        )
    return (
        coded
        and _numbers(one, other, "quantity")
        and _numbers(one, other, "unit_price", need=False)
        and _numbers(one, other, "amount", need=False)
        and _units(one, other)
        and _dates(one, other, dates)
    )


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
        many = quantity(text.text.strip("€$£ "))
        found = (many[0] if many else None) or number(price_text(text.text))
    return set(found.readings) if found is not None else set()


def _units(one: RawLine, other: RawLine) -> bool:
    """Units that both sides state, each in its own words, are one."""
    mine, theirs = _unit(one), _unit(other)
    return mine is None or theirs is None or mine == theirs


def _unit(line: RawLine) -> str | None:
    text, stated = line.fields.get("unit"), line.fields.get("quantity")
    if text is not None:
        return text.text if text.exact else unit(text.text)
    many = quantity(stated.text) if stated is not None and not stated.exact else None
    return unit(many[1]) if many and many[1] else None


def _dates(one: RawLine, other: RawLine, header: set[date]) -> bool:
    """A line's date is the other one's, or where only one side states it by line, the header's."""
    mine, theirs = (set(_days(line.fields.get("requested_date"))) for line in (one, other))
    if mine and theirs:
        return bool(mine & theirs)
    return not (mine or theirs) or bool((mine or theirs) & header)


def _days(text: Text | None) -> tuple[date, ...]:
    found = dated(text.text) if text is not None else None
    return found.readings if found is not None else ()
