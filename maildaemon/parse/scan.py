"""One document → what it states, in the order in which it stands there: fields, tables of lines, typed lines."""

import re
from collections.abc import Sequence
from dataclasses import replace

from maildaemon.model import Document, Line, Zone
from maildaemon.parse import (
    above,
    blocks,
    carded,
    facts,
    grids,
    keyed,
    listed,
    notices,
    prose,
    rowed,
    stacked,
    texttable,
)
from maildaemon.parse.dates import dated
from maildaemon.parse.events import Event, Scan
from maildaemon.parse.headings import looks_like_one
from maildaemon.parse.labelled import bare as stated_behind
from maildaemon.parse.labelled import day, parted, undrawn, unquoted
from maildaemon.parse.labels import LONGEST, Label, Labels, exactly, named, without_currency
from maildaemon.parse.mailheads import mail_heads
from maildaemon.parse.prosewords import only_asks, wanted, without_tail
from maildaemon.parse.raw import Text, at, where
from maildaemon.parse.roles import Sums
from maildaemon.parse.rows import Block
from maildaemon.parse.subject import numbered_and_dated, po_numbers, titled, with_date
from maildaemon.parse.tables import read
from maildaemon.parse.typedrun import Run

LINE_LIMIT, DOCUMENT_LIMIT = 1000, 20_000
ADDRESSES = frozenset({"ship_to", "bill_to"})
_DIGIT = re.compile("[0-9]")
# A label that asks for a week: "Delivery week: 48".
_WEEK = re.compile(r"week|woche|\bkw\b|semaine|semana|settimana", re.IGNORECASE)
_SUBJECTS = frozenset({"subject", "betreff", "objet", "asunto", "oggetto", "onderwerp"})


def scan(document: Document, labels: Labels) -> Scan:
    """All that the document states. Hidden text is not looked at."""
    result = Scan(document)
    taken = grids.scan(document, labels, result)
    hidden = Zone.HIDDEN
    lines = [
        unquoted(line) if line.text.startswith(">") else undrawn(line)
        for line in document.lines[:DOCUMENT_LIMIT]
        if line.zone is not hidden and line.number not in taken
    ]
    if len(document.lines) > DOCUMENT_LIMIT:
        result.doubts.append(f"{document.name} has more than {DOCUMENT_LIMIT} lines; the rest was not read")
    tabled = {event.zone is Zone.QUOTE for event in result.events if event.lines}
    _Walker(result, labels, facts.parted(lines, labels), tabled).walk()
    result.events.sort(key=lambda event: event.position)
    return result


class _Walker:
    """Goes over the lines once."""

    def __init__(self, result: Scan, labels: Labels, lines: Sequence[Line], tabled: set[bool]) -> None:
        self.result, self.labels, self.lines, self.tabled = result, labels, lines, tabled
        self.document = result.document
        self.run = Run(result)
        self.keyed = keyed.Collector(self.document)
        self.sums = Sums(self.document)
        self.last_sum: tuple[Line, Label, str, str] | None = None

    def walk(self) -> None:
        index = 0
        heads = mail_heads(self.lines)
        while index < len(self.lines):
            line = self.lines[index]
            text = line.text
            if len(text) > LINE_LIMIT:
                line = Line(text[:LINE_LIMIT], line.number, line.zone)
                text = line.text
            if not text or text.isspace():
                self.run.end(blank=True)
                index += 1
            elif index in heads:
                self._subject_line(heads[index], line)
                index += 1
            else:
                index = self._line(index, line, text)
        self.run.end()
        self.run.doubt_listed()
        self.result.doubts.extend(self.keyed.doubts)
        self._take_only_sum()
        self.result.events.extend(
            Event(position, "lines", lines=(raw,), own=({},), zone=zone) for position, zone, raw in self.keyed.lines()
        )

    def _line(self, index: int, line: Line, text: str) -> int:
        parts = texttable.segments(text)
        quoted = line.zone is Zone.QUOTE
        if quoted not in self.tabled and (len(parts) > 1 or "," in text or ";" in text or "|" in text):
            typed = texttable.heading(text, parts, self.labels)
            if typed is not None:
                self.run.end()
                rows, end, doubts = texttable.rows(self.lines, index + 1, self.document.name, typed, self.labels)
                block = read(rows, typed.heading, self.labels)
                self.result.doubts.extend((*doubts, *block.doubts))
                self.result.languages.extend(block.languages)
                self._add_block(line, block)
                return max(end, index + 1)
            if len(parts) > 2 and looks_like_one([part.text for part in parts], self.labels):
                self.result.doubts.append(f"a table that looks like order lines was not read: {text.strip()[:60]}")
        table = (
            stacked.in_lines(self.document.name, self.lines, index, self.labels) if quoted not in self.tabled else None
        )
        if table is not None:
            self.run.end()
            self.result.doubts.extend(table.doubts)
            self._add_block(line, read(table.rows, table.heading, self.labels))
            return table.end
        shown = self._shown(index) if quoted not in self.tabled else None
        if shown is not None:
            self.run.end()
            self._add_block(line, Block(list(shown.lines), [{} for _ in shown.lines]))
            self.result.doubts.extend(shown.doubts)
            return shown.end
        after = self._labelled(index, line, parts)
        if after is not None:
            self.run.end()
            return after
        if len(text) <= LONGEST and text[-1:] in "0123456789:.)" and self.keyed.begin(text, self.labels):
            self.run.end()
            return index + 1
        if self.document.parts and (title := titled(text)) is not None:
            number, day = title
            self._add(line, "po_number", at(self.document, line, number, 0.9, loose=True))
            if day is not None:
                self._add(line, "order_date", at(self.document, line, day, 0.85, loose=True))
            self.run.end()
            return index + 1
        return self._sentences(index, line, text, quoted=quoted)

    def _sentences(self, index: int, line: Line, text: str, *, quoted: bool) -> int:
        """What is told and ordered in so many words."""
        told = po_numbers(text) if _may_state(text) else []
        sentences = [self._wanted(line, one) for one in prose.sentences(text)] if quoted not in self.tabled else []
        told_as = [(sentence, prose.typed(sentence, self.labels)) for sentence in sentences]
        # Told in the same breath as what is ordered, a number is the order's, whatever a label says.
        name, weight = ("po_number", 1.0) if any(found for _, found in told_as) else ("po_number.told", 0.75)
        for number, score in told:
            self._add(line, name, at(self.document, line, number, score * weight, loose=True))
        if quoted not in self.tabled:
            ordered = [found for _, found in told_as if found is not None]
            numbers = [number for number, _ in told]
            if ordered and any(
                found is None and (prose.counts(sentence) or prose.names(sentence, numbers))
                for sentence, found in told_as
            ):
                self.result.doubts.append(f"a part of the sentence could not be read: “{text.strip()[:80]}”")
            if any(map(prose.several, ordered)):
                self.result.doubts.append(f"several articles in one sentence, not read: “{text.strip()[:80]}”")
                return index + 1
            if any(map(prose.conditional, ordered)):
                self.result.doubts.append(f"a condition in the sentence was not read: “{text.strip()[:80]}”")
            if any(map(prose.may_count, (found.quantity for found in ordered))) and self._is_numbered(index):
                self.result.doubts.append(f"is the first figure a number of the line? “{text.strip()[:80]}”")
                return index + 1
            self.run.add(line, ordered)
            if ordered:
                return index + 1
            if (mark := prose.bullet(text)) is not None:
                self.run.item(line, mark)
        self.run.end()
        return index + 1

    def _take_only_sum(self) -> None:
        """The sum of the only line is that of the order too, when no other is stated."""
        if self.last_sum is None or any(event.lines or event.name == "total" for event in self.result.events):
            return
        if len(self.keyed.lines()) == 1:
            line, label, head, value = self.last_sum
            self._take(line, label, head, at(self.document, line, value, label.score * 0.9, loose=label.weight < 1))

    def _shown(self, index: int) -> notices.Notice | None:
        here = (self.document, self.lines, index, self.labels)
        found = rowed.in_lines(*here, self.sums) or notices.in_lines(*here, self.sums)
        return found or carded.in_lines(*here) or listed.in_lines(*here)

    def _wanted(self, line: Line, sentence: str) -> str:
        """Take the day that the sentence ends with, if it orders or only asks for what is ordered; answer what
        stands before it."""
        found = wanted(sentence)
        if found is None or not (only_asks(found[0]) or prose.typed(found[0], self.labels) is not None):
            return sentence
        self._add(line, "requested_date", at(self.document, line, found[1], 0.8))
        return found[0]

    def _is_numbered(self, index: int) -> bool:
        """The next line above or below, a blank one between or not, begins with two figures too."""
        above, below = self.lines[max(0, index - 2) : index], self.lines[index + 1 : index + 3]
        beside = [[line for line in some if line.text.strip()] for some in (above[::-1], below)]
        return any(prose.may_count(some[0].text) for some in beside if some)

    def _add(self, line: Line, name: str, text: Text) -> None:
        self.result.events.append(Event(line.number * 10, name, text, zone=line.zone))

    def _add_block(self, line: Line, block: Block) -> None:
        position = line.number * 10 + 1
        if block.lines:
            event = Event(position, "lines", lines=tuple(block.lines), own=tuple(block.order), zone=line.zone)
            self.result.events.append(event)
        for name, text in block.stated:
            self.result.events.append(Event(position + 1, name, text, zone=line.zone))

    def _subject_line(self, label: str, line: Line) -> None:
        if label in _SUBJECTS:
            for number, score in po_numbers(line.text.partition(":")[2]):
                self._add(line, "po_number", at(self.document, line, number, score, loose=True))

    # --- label and value ----------------------------------------------------------------------------------------------

    def _labelled(self, index: int, line: Line, parts: Sequence[texttable.Segment]) -> int | None:
        """Read the labels in the line; the index of the next line to look at, None when there is no label."""
        if len(parts) == 2 and self._two_addresses(parts):
            return self._side_by_side(index, line, parts)
        found = False
        after = index + 1
        skip = False
        for place, part in enumerate(parts):
            if skip:
                skip = False
                continue
            head, sign, value = parted(part.text)
            following = parts[place + 1].text if place + 1 < len(parts) else ""
            both = numbered_and_dated(head, value or following, self.labels)
            label = both or self._name(head, sure=bool(sign))
            if label is not None and label.field == "total" and sign and self.keyed.is_own(line, head, value):
                self.keyed.offer(line, head, value, self.labels)
                self.last_sum = (line, label, head, value)
                return after
            if label is None:
                if sign and place == 0 and exactly(self.labels.column, head) is not None:
                    if self._offer(index, line, head, value or following):
                        return after
                    continue
                if len(parts) == 1 and not sign and self._form_field(index, part.text):
                    return index + 2
                bare, stated = (
                    stated_behind(self.labels.header, part.text) if place == 0 and len(part.text) <= 80 else (None, "")
                )
                if bare is not None and stated and ": " not in stated:
                    if bare.field == "requested_date":
                        stated = day(without_tail(stated))
                    self._take(line, bare, head, at(self.document, line, stated, bare.score * 0.9, loose=True))
                    found = True
                elif sign and place == 0 and self._offer(index, line, head, value or following):
                    return after
                continue
            if (
                label.field is None
                and sign
                and place == 0
                and self.keyed.names_article(self.lines, index, head, self.labels)
                and self._offer(index, line, head, value or following)
            ):
                return after
            if label.field is None:
                found = found or bool(sign)
                skip = not value
                continue
            if not value and following and (parted(following)[1] != ":" or label.field in ADDRESSES):
                value, skip = following, True
            if not value and not sign:
                if len(parts) == 1 and (under := self._below(index, label)) is not None:
                    self._take_language(label)
                    text = at(self.document, under, under.text, label.score * 0.9, loose=label.weight < 1)
                    self._take(line, label, head, text)
                    return index + 2
                if len(parts) > 1 or not self._stands_above(index, label):
                    continue  # a label's words in a sentence or a heading, without a value
                sign = ":"
            found = True
            self._take_language(label)
            if label.field in ADDRESSES or (label.field == "buyer" and not value):
                after = blocks.address(
                    self.lines, index, value, self.labels, self._put_address(label, line), last=place == len(parts) - 1
                )
            elif value:
                self._take(line, label, head, at(self.document, line, value, label.score, loose=label.weight < 1))
            elif sign and (label.weight == 1.0 or label.field == "order_date"):
                after = self._next_line(index, label, head)
        return after if found else None

    def _offer(self, index: int, line: Line, head: str, value: str) -> bool:
        return self.keyed.offer(line, head, value, self.labels, self.lines[index - 1] if index else None)

    def _form_field(self, index: int, head: str) -> bool:
        """A label of a line alone above its value, in a form that puts each field in a paragraph of its own."""
        if self.document.media_type != "text/html" or not above.in_form(self.lines, index, self.labels):
            return False
        return self.keyed.offer(self.lines[index + 1], head, self.lines[index + 1].text, self.labels)

    def _name(self, head: str, *, sure: bool) -> Label | None:
        if not head or len(head) > LONGEST or not any(map(str.isalpha, head)):
            return None
        # Without a colon behind it, a text of more than a few words is a sentence.
        label = named(self.labels.header, head) if sure or head.count(" ") < 5 else None
        if label is None or (label.similarity < 1 and self._is_column(head)):
            return None
        return label if sure or (label.field is not None and label.similarity >= 0.85) else None

    def _is_column(self, head: str) -> bool:
        """A label of lines letter by letter, which is no typing error for another: Ordered for Order ID."""
        label = exactly(self.labels.column, head)
        return label is not None and not (label.field or "").startswith("order.")

    def _take(self, line: Line, label: Label, head: str, text: Text) -> None:
        assert label.field is not None  # noqa: S101  (the callers have looked)
        if label.field == "po_number" and (parted := with_date(text.text)):
            dated_on = replace(text, text=parted[1], score=text.score * 0.9, loose=True)
            self.result.events.append(Event(line.number * 10, "order_date", dated_on, zone=text.zone))
            text = replace(text, text=parted[0])
        if label.field == "requested_date" and _WEEK.search(head) and text.text[:1].isdigit():
            text = replace(text, text=f"week {text.text}")
        self.result.events.append(Event(line.number * 10, label.field, text, zone=text.zone))
        code = without_currency(head)[1] if label.field == "total" else None
        if code:
            stated = Text(code, text.document, text.place, text.evidence, 0.95, text.zone)
            self.result.events.append(Event(line.number * 10, "currency", stated, zone=text.zone))

    def _take_language(self, label: Label) -> None:
        if len(label.languages) == 1:
            self.result.languages.append(label.languages[0])

    def _below(self, index: int, label: Label) -> Line | None:
        laid_out = self.document.media_type == "text/html"
        return above.below(self.lines, index, label, self.labels, laid_out=laid_out)

    def _stands_above(self, index: int, label: Label) -> bool:
        """A label alone above its value, in a document of pages or in HTML, whose blocks are kept apart; in typed text
        an address alone."""
        if label.similarity < 1:
            return False
        if label.field in ADDRESSES and not self.document.parts:
            return label.weight == 1 and above.is_address(self.lines, index + 1, self.labels)
        if not self.document.parts and (self.document.media_type != "text/html" or not self._proves(index, label)):
            return False
        texts = [line.text.strip() for line in self.lines[index + 1 : index + 3]]
        if not texts or not texts[0] or named(self.labels.header, texts[0].partition(":")[0]) is not None:
            return False
        if label.weight < 1 and (label.field != "order_date" or dated(texts[0]) is None):
            return False
        if label.field in ADDRESSES or label.field == "buyer":
            return True
        return (
            len(texts) < 2 or not texts[1] or named(self.labels.header, texts[1].partition(":")[0]) is not None
        ) and (label.field != "po_number" or (" " not in texts[0] and _DIGIT.search(texts[0]) is not None))

    def _proves(self, index: int, label: Label) -> bool:
        """What stands right below is of the label's kind, and with it the paragraph ends."""
        below = self.lines[index + 1 : index + 3]
        if label.field == "buyer" or not below or below[0].number != self.lines[index].number + 1:
            return False
        return above.proves(label, below[0].text.strip()) is not False

    def _next_line(self, index: int, label: Label, head: str) -> int:
        """The value of a label that ends its line stands in the next."""
        for later in range(index + 1, min(index + 3, len(self.lines))):
            line = self.lines[later]
            text = line.text.strip()
            if not text:
                continue
            if (
                len(text) <= 120
                and parted(text)[1] != ":"
                and line.zone is self.lines[index].zone
                and named(self.labels.header, text) is None
                and not self._is_line(text)
            ):
                self._take(line, label, head, at(self.document, line, text, label.score * 0.9))
                return later + 1
            break
        return index + 1

    def _is_line(self, text: str) -> bool:
        """Order lines, or their heading: never the value of the label above."""
        parts = texttable.segments(text)
        return prose.typed(text, self.labels) is not None or texttable.heading(text, parts, self.labels) is not None

    # --- addresses ----------------------------------------------------------------------------------------------------

    def _put_address(self, label: Label, line: Line) -> "blocks.Put":
        def put(parts: list[str], evidence: str) -> None:
            name = label.field or ""
            place = where(self.document, line.number)
            loose = label.weight < 1
            text = Text(", ".join(parts), self.document.name, place, evidence, label.score, line.zone, loose)
            self._add(line, name, text)

        return put

    def _two_addresses(self, parts: Sequence[texttable.Segment]) -> bool:
        heads = [named(self.labels.header, part.text.rstrip(": ")) for part in parts if len(part.text) <= LONGEST]
        return len(heads) == 2 and {head.field for head in heads if head} == ADDRESSES

    def _side_by_side(self, index: int, line: Line, parts: Sequence[texttable.Segment]) -> int:
        left, right, after = blocks.columns(self.lines, index + 1, parts[1].start)
        for part, block in zip(parts, (left, right), strict=True):
            label = named(self.labels.header, part.text.rstrip(": "))
            if label and block:
                self._put_address(label, line)(block, " / ".join(block))
        return after


def _may_state(text: str) -> bool:
    return len(text) <= 300 and _DIGIT.search(text) is not None
