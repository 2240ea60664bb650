"""What was read of a mail's orders, against what else stands there: what one sentence says beyond it."""

import re
from dataclasses import replace
from datetime import timedelta

from maildaemon.danger import dangerous, topical, wanted
from maildaemon.delivered import terms_in
from maildaemon.fragments import COLUMNS, is_asked, is_spoken, warns
from maildaemon.model import Document, Mail, Order
from maildaemon.neutral import is_neutral
from maildaemon.parse.dates import dated, dated_in
from maildaemon.parse.daywords import is_soon
from maildaemon.parse.labels import LONGEST, Labels, exactly, named
from maildaemon.parse.numbers import number
from maildaemon.parse.terms import terms
from maildaemon.phrasebook import SENTENCE, altered, folded, phrasebook
from maildaemon.read.zones import is_marker
from maildaemon.references import is_reference
from maildaemon.scales import is_beside, ordered
from maildaemon.sentences import LINES, Sentence
from maildaemon.wording import code_key

_WORD = re.compile(r"[a-z](?:[a-z'-]*[a-z])?")
_CODE = re.compile(
    r"(?<![\w@./-])(?=[a-z0-9./-]{0,30}[0-9])(?=[a-z0-9./-]{0,30}[a-z])[a-z0-9]{1,12}(?:[-./][a-z0-9]{1,12}){1,4}(?![\w@])"
)
_DIGIT = re.compile("[0-9]")
_RATE = re.compile(r"[0-9]{1,2}(?:[.,][0-9]{1,2})? ?%")
_LONE = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,3})?")
_SAME_DAY, _RECENT = timedelta(0), timedelta(14)
"""A day so long before the mail is the one on which the order was written: none on which goods are wanted, nor old."""
_LABELLED = re.compile(r"[^\W\d][^:|]{1,40}: ?\S")
_NAMED = re.compile(r"[^\W\d_a-z][\w.&'-]{0,30}(?: (?:[^\W\d_a-z][\w.&'-]{0,30}|&|der|de|van|und|and|et|y|e)){0,7}")
"""A name: each of its words begins with a capital."""
_LINK = re.compile(r"(?:https?://|www\.)\S{1,300}|\S{1,100}@\S{1,100}")
_CELLS, _COLUMN = " | ", ", column "
_HTML = " (html)"
_PLACES = frozenset({"ship_to", "bill_to", "buyer"})
_POSITION = re.compile(r"([^\W\d][^\d]{0,12}?) ?([0-9]{1,4})[.:)]?")


class AsRead:
    """What was read, and is therefore no remark."""

    def __init__(self, orders: tuple[Order, ...], labels: Labels, ignored: tuple[str, ...], mail: Mail) -> None:
        self.labels = labels
        founds = [
            found
            for order in orders
            for line in order.lines
            for found in (line.sku, line.buyer_sku, line.gtin, line.description, line.quantity)
            if found is not None
        ]
        self.codes_read = {
            found.text
            for order in orders
            for line in order.lines
            for found in (line.sku, line.buyer_sku, line.gtin)
            if found is not None
        }
        priced = [
            found.text
            for order in orders
            for line in order.lines
            for found in (line.unit_price, line.amount, line.unit, line.requested_date)
            if found is not None and _LABELLED.match(found.text)
        ]
        self.texts = {found.text for found in founds if len(found.text) > 2 and _COLUMN not in found.place} | set(
            priced
        )
        self.cells = {found.text for found in founds if len(found.text) > 2} - self.texts
        self.units = {line.unit.text.strip() for order in orders for line in order.lines if line.unit is not None}
        self.places = " | ".join(
            folded(found.value) for order in orders for found in (order.ship_to, order.bill_to) if found is not None
        )
        self.name = " ".join(_WORD.findall(folded(mail.sender_name or "")))
        self.documents = {found.document for found in founds}
        self.items = " ".join(folded(str(found.value)) for found in founds if isinstance(found.value, str))
        numbers = [found for order in orders for found in (order.po_number, order.customer_number) if found is not None]
        self.number_texts: dict[str, list[str]] = {}
        for order in orders:
            if order.po_number is not None:
                self.number_texts.setdefault(order.po_number.document, []).append(order.po_number.text)
        self.values = {
            folded(found.text)
            for order in orders
            for found in (order.order_date, order.requested_date, order.total, order.ship_to, order.bill_to)
            if found is not None and len(found.text) > 2
        } | {
            # A label that is read whole: its value is a number, or terms that are understood.
            folded(found.text)
            for order in orders
            for found in (order.customer_number, order.payment_terms)
            if found is not None and _LABELLED.match(found.text) and _is_whole(found.value, found.text)
        }
        texts = (*self.values, *(folded(text) for found in self.number_texts.values() for text in found))
        # A label and its value with a figure, the longest first.
        told = {text for text in texts if text[0].isalpha() and _DIGIT.search(text) and len(text) > 4}
        self.told = sorted(told, key=lambda text: (-len(text), text))
        self.articles = {code_key(str(found.value)) for found in founds if isinstance(found.value, str)}
        self.numbers = tuple(folded(str(found.value)) for found in numbers)
        self.codes = {code_key(str(found.value)) for found in (*founds, *numbers)}
        self.ignored = ignored
        dates = [
            found
            for found in (
                *(one for order in orders for one in (order.order_date, order.requested_date)),
                *(line.requested_date for order in orders for line in order.lines),
            )
            if found is not None
        ]
        self.days, self.written = {found.value for found in dates}, {folded(found.text) for found in dates}
        self.sent = mail.sent_at and mail.sent_at.date()
        # Positions are counted in ones or in tens.
        self.last = 10 * max((len(order.lines) for order in orders), default=0)
        self.priced = all(line.unit_price is not None for order in orders for line in order.lines)
        self.ordered = ordered(orders)

    def told_elsewhere(self, name: str) -> bool:
        """The lines were read in the other one of a text and its HTML."""
        other = name.removesuffix(_HTML) if name.endswith(_HTML) else name + _HTML
        return name not in self.documents and other in self.documents

    def passes(self, text: str) -> bool:
        """The profile says that it means nothing, or it is the day on which the paper was printed."""
        return any(phrase in text for phrase in self.ignored) or phrasebook().printed.search(text) is not None

    def holds(self, text: str) -> bool:
        """It belongs to a line that was read, or is a label alone. What was read in a cell is no line of prose that
        speaks of the same article."""
        if any(read in text for read in self.texts) or is_marker(text):
            return True
        if text.strip() in self.cells or (
            any(mark in text for mark in COLUMNS) and any(read in text for read in self.cells)
        ):
            return True
        bare = text.strip(" |:*_")
        if len(bare) > 2 and (folded(bare) in self.items or folded(bare.rstrip(",;")) in self.places):
            return True
        if self.name and " ".join(_WORD.findall(folded(bare))) == self.name and not _DIGIT.search(bare):
            return True
        labels = self.labels
        if (position := _POSITION.fullmatch(bare)) and int(position[2]) <= self.last:
            label = exactly(labels.column, position[1])
            if label is not None and label.field == "position":
                return True
        return (
            len(bare) <= LONGEST
            and ":" not in bare
            and not (bare[:1].islower() and bare.endswith("."))
            and any(
                exactly(known, bare) or (named(known, bare) and not dangerous(folded(bare)))
                for known in (labels.header, labels.column, labels.sums)
            )
        )

    def extent(self, document: Document) -> tuple[int, int]:
        """The numbers of the first and the last line of the document that hold an article that was read."""
        articles = [text for text in self.codes_read if len(text) > 2]
        held = [line.number for line in document.lines[:LINES] if any(text in line.text for text in articles)]
        return (held[0], held[-1]) if held else (0, 0)

    def parts(self, sentence: Sentence) -> bool:
        """Between order lines, and no name of a column: the lines below it may be for another place or time."""
        text = folded(sentence.text)
        if sentence.labelled or any(mark in sentence.text for mark in COLUMNS):
            return False
        return not set(_WORD.findall(text)) <= phrasebook().common | phrasebook().labels

    def retitles(self, subject: str) -> bool:
        words, text = phrasebook(), folded(subject)
        if words.title.match(text) or words.states.match(text):
            return True
        return altered(text) or words.subject.search(text) is not None

    def changes(self, sentence: Sentence, below: tuple[str, ...] | None = None, *, titled: bool = False) -> bool:
        """``below``: a row of values, each with its label above, none for the row of labels itself; ``titled``: the
        document bears an order's title."""
        text, words = folded(sentence.text), phrasebook()
        if below is not None and not words.voids.search(text):
            return any(self.changes(replace(sentence, text=pair, labelled=True), titled=titled) for pair in below)
        if any(phrase in text for phrase in self.ignored):
            return False
        if words.voids.search(text):
            return True
        if is_reference(
            sentence.text, priced=self.priced, titled=titled and self.has_other_number(sentence.text)
        ) or self.repeats(sentence.text):
            return False
        if is_beside(sentence.text, self.ordered) or self.asks_for_soon(sentence.text):
            return False
        if sentence.data and terms_in(sentence.text) is not None:
            return False  # they are judged by what is agreed (maildaemon.delivered)
        if altered(text):
            return True
        if self.is_told(text):
            return False
        if is_neutral(text, self.numbers):
            return False
        if not sentence.data and text.endswith("?") and not words.asked.match(text):
            return True
        if sentence.data and (
            words.title.match(text)
            or words.states.match(text)
            or (not sentence.labelled and not self.is_field(sentence.text) and is_asked(sentence.text, text))
        ):
            return True
        if sentence.data and not sentence.signed and self.dates(text):
            return True
        if sentence.labelled:
            label, colon, value = sentence.text.partition(":")
            if not colon and sentence.text.count(_CELLS) == 1:
                label, colon, value = sentence.text.partition(_CELLS)
                if self.is_beside_address(label, value) or self.is_of_line(label, value):
                    return False
            return bool(colon) and not sentence.signed and not self.knows(label, value)
        text = words.polite.sub(" ", _LINK.sub(" ", text))
        if sentence.signed:
            # Below the closing words stands what the company prints under every mail, and where it is to be found.
            if sentence.data:
                return False
            if words.quantity.search(text) or words.below.search(text) or dangerous(text) or topical(text):
                return True
            return not _LINK.search(sentence.text) and self.is_strange(text, data=False)
        return (sentence.data and is_spoken(sentence.text)) or self.is_strange(text, data=sentence.data)

    def is_told(self, text: str) -> bool:
        """It is nothing but labels and values that were read, one behind the other: "Order no. 4711. Due: 7 May"."""
        if warns(text):
            return False
        for told in self.told:
            text = text.replace(told, " ")
        return not text.strip(" .,;:|-")

    def is_beside_address(self, one: str, other: str) -> bool:
        """Two columns of addresses: one text is a part of an address that was read, the other a name and no more."""
        for known, beside in ((one, other), (other, one)):
            said = folded(beside.strip())
            if len(known.strip()) > 3 and folded(known.strip()) in self.places.replace(",", " |").split(" | "):
                return _NAMED.fullmatch(beside.strip()) is not None and not (dangerous(said) or topical(said))
        return False

    def is_of_line(self, label: str, value: str) -> bool:
        """The name of a column, and a unit that was read in it."""
        column = named(self.labels.column, label.strip())
        return column is not None and column.field == "unit" and value.strip() in self.units

    def has_other_number(self, text: str) -> bool:
        """The order has a number, and it does not stand here."""
        return bool(self.numbers) and not any(number in folded(text) for number in self.numbers)

    def asks_for_soon(self, text: str) -> bool:
        """The label of the day on which the goods are wanted, and that the next one will do."""
        parts = (
            [text.partition(":")[::2]]
            if ":" in text
            else [(text[: gap.start()], text[gap.end() :]) for gap in re.finditer(" ", text[:LONGEST])]
        )
        return any(
            is_soon(value) and label is not None and label.field == "requested_date"
            for label, value in ((named(self.labels.header, head.strip()), value) for head, value in parts)
        )

    def is_field(self, text: str) -> bool:
        """A label that readers know with a value, though it begins in small letters: judged when it was read."""
        label, colon, value = text.partition(":")
        known = named(self.labels.header, label) if colon and value.strip() else None
        return known is not None and (known.field in _PLACES or not warns(folded(value)))

    def repeats(self, text: str) -> bool:
        """A label in front of the order's own number, once more."""
        label, value = (folded(part) for part in text.replace("|", ":", 1).rpartition(":")[::2])
        if not label:
            before, _, value = folded(text).rstrip(".").rpartition(" ")
            known = named(self.labels.header, before.rstrip(" #"))
            return value.lstrip("#") in self.numbers and known is not None and known.field == "po_number"
        return value in self.numbers and not (_DIGIT.search(label) or altered(label) or dangerous(label))

    def dates(self, text: str) -> bool:
        """A day or a week stands in it that was not read: it may be the one on which the goods are wanted."""
        found: list[str] = phrasebook().day.findall(phrasebook().printed.sub(" ", text))
        return not all(self.knows_day(day, text) for day in found)

    def knows_day(self, day: str, text: str) -> bool:
        if any(day in written for written in self.written):
            return True
        if self.sent and (one := dated(day)) and not wanted(text):
            ages = [self.sent - read for read in one.readings]
            if min(ages) >= _SAME_DAY and min(ages) <= _RECENT:
                return True
        read = [dated(day), *(dated_in(day, known.year) for known in self.days)]
        return any(one is not None and not self.days.isdisjoint(one.readings) for one in read)

    def runs_on(self, joined: str, sentence: Sentence) -> bool:
        """It goes on with what the short line before it began, and together they may change the order."""
        if not sentence.text[0].islower() or len(joined) > SENTENCE or is_beside(sentence.text, self.ordered):
            return False
        return altered(folded(joined)) if sentence.data else self.changes(replace(sentence, text=joined))

    def is_strange(self, text: str, *, data: bool) -> bool:
        """It names an article or a quantity that was not read, or is prose with words that no harmless sentence has."""
        words = phrasebook()
        if data:
            # The days in it have been judged, and read as a code: 23-Nov-2026.
            text = words.day.sub(" ", text)
        codes = {code_key(code) for code in _CODE.findall(text)}
        rest = _CODE.sub(" ", text)
        if not codes <= self.codes or (data and _DIGIT.search(rest) and codes & self.articles):
            return True
        spoken = set(_WORD.findall(rest))
        if spoken & words.numbers or words.quantity.search(text) or _LONE.fullmatch(text.strip()):
            return True
        if data or any(value in text for value in self.values):
            return False
        for one in self.numbers:
            rest = rest.replace(one, " ")
        return not spoken <= words.common or _DIGIT.search(words.placed.sub(" ", rest)) is not None

    def knows(self, label: str, value: str) -> bool:
        """The label is one of those that are read or known to say nothing of the order, or made of harmless words and
        with a value that says nothing else; or the rate of a tax stands in it."""
        column = named(self.labels.column, label)
        header = named(self.labels.header, label)
        if header is not None and header.field is None and warns(folded(value)):
            return False
        if header or named(self.labels.sums, label) or (column and column.field == "ignored"):
            return True
        if (rate := _RATE.search(label)) and named(self.labels.sums, label.replace(rate[0], "").strip(" ()")):
            return number(value.strip(" €")) is not None
        words = set(_WORD.findall(folded(label)))
        return words <= phrasebook().common | phrasebook().labels and not warns(folded(value))


def _is_whole(value: str, text: str) -> bool:
    """The value is all that stands behind the label; terms that are understood are written in another form."""
    said = text.partition(":")[2].strip(" .")
    return said == value or (terms(said) == value and folded(value) != folded(said))
