"""What the documents state → raw orders: which lines and fields belong together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from maildaemon.model import Document, Mail, Zone
from maildaemon.parse import agree, netted, numbers, structured
from maildaemon.parse.built import Built
from maildaemon.parse.events import Event, Scan
from maildaemon.parse.labels import Labels
from maildaemon.parse.raw import RawOrder, Text, at
from maildaemon.parse.scan import scan
from maildaemon.parse.section import Section, po_key
from maildaemon.parse.subject import po_numbers
from maildaemon.playbook import Profile

DOCUMENTS_LIMIT = 50
TOTALS = 10
_SHARED = ("currency", "buyer", "customer_number", "ship_to", "bill_to", "payment_terms")
_HTML = " (html)"
# What a mail's text and its HTML must agree on.
_COMPARED = {
    "po_number": "PO numbers", "total": "totals", "currency": "currencies", "order_date": "order dates",
    "requested_date": "requested dates", "ship_to": "delivery addresses", "customer_number": "customer numbers",
}  # fmt: skip


def raw_orders(mail: Mail, documents: tuple[Document, ...], labels: Labels, profile: Profile) -> list[RawOrder]:
    """Every order that the mail states, best evidence first."""
    readable = [document for document in documents if not document.inline and (document.lines or document.tables)]
    scans = [scan(document, labels) for document in readable[:DOCUMENTS_LIMIT]]
    scans, differing = _alternatives(scans)
    sections = [section for one in scans for section in _sections(one)]
    bodies = {one.document.name for one in scans if _is_body(one.document)}
    messages = [_of_message(one) for one in structured.built(documents, profile.ignore)]
    orders = agree.with_messages(messages, sections, bodies) if messages else _merged(sections, bodies)
    if len(readable) > DOCUMENTS_LIMIT:
        differing.append(f"the mail has more than {DOCUMENTS_LIMIT} documents; the rest was not read")
    _subject(mail, orders)
    _patterned(mail, scans, orders, profile)
    for order in orders:
        _net_is_no_total(order, readable)
        _taxed(order, readable)
    languages = Counter(language for one in scans for language in one.languages)
    doubts = [*differing, *dict.fromkeys(doubt for one in scans for doubt in one.doubts)]
    return [
        RawOrder(
            {name: tuple(texts) for name, texts in order.fields.items()},
            tuple(order.lines),
            (*order.doubts, *doubts),
            languages.most_common(1)[0][0] if languages else None,
        )
        for order in orders
    ]


def _of_message(one: Built) -> Section:
    fields, lines = one.finished()
    return Section(one.document.name, fields, lines, list(one.doubts))


def _is_body(document: Document) -> bool:
    name = document.name.removesuffix(_HTML)
    return name == "body" or name.endswith("/body") or name.startswith("body ")


# --- text and HTML of the same content --------------------------------------------------------------------------------


def _alternatives(scans: list[Scan]) -> tuple[list[Scan], list[str]]:
    """Of a text and its HTML alternative the richer one; what they state differently is a doubt."""
    by_name = {one.document.name: one for one in scans}
    dropped: set[str] = set()
    doubts: list[str] = []
    for name, html in by_name.items():
        text = by_name.get(name.removesuffix(_HTML)) if name.endswith(_HTML) else None
        if text is None:
            continue
        for field_name, called in _COMPARED.items():
            one, other = _stated(text, field_name), _stated(html, field_name)
            if one and other and one != other:
                doubts.append(f"the text and the HTML part state different {called}")
        few, many = sorted((text, html), key=_richness)
        if few is html and _richness(few) == _richness(many):
            few, many = many, few
        ours, theirs = _line_count(text), _line_count(html)
        if ours and theirs and _lines_of(text).signature() != _lines_of(html).signature():
            doubts.append("the text and the HTML part state different lines")
        elif (
            ours and theirs and (prices := _lines_of(text).prices()) and prices != (_lines_of(html).prices() or prices)
        ):
            doubts.append("the text and the HTML part state different prices")
        dropped.add(few.document.name)
    return [one for one in scans if one.document.name not in dropped], doubts


def _stated(one: Scan, name: str) -> set[str]:
    texts = [event.text for event in one.events if event.name == name and event.text and event.zone is not Zone.QUOTE]
    sure = [text for text in texts if not text.loose]
    return {po_key(text.text) for text in sure}


def _line_count(one: Scan) -> int:
    return sum(len(event.lines) for event in one.events)


def _richness(one: Scan) -> tuple[int, int]:
    return _line_count(one), len({event.name for event in one.events})


def _lines_of(one: Scan) -> Section:
    return Section("", lines=[line for event in one.events for line in event.lines])


# --- one document -----------------------------------------------------------------------------------------------------


def _sections(one: Scan) -> list[Section]:
    """The document's orders. Quoted text speaks only where the writer's own says nothing."""
    own = _parted(one, [event for event in one.events if event.zone is not Zone.QUOTE])
    quoted = _parted(one, [event for event in one.events if event.zone is Zone.QUOTE])
    if not quoted:
        return own
    has_lines = any(section.lines for section in own)
    has_po = any("po_number" in section.fields for section in own)
    if not has_lines and not has_po:
        useful = [section for section in quoted if section.lines or "po_number" in section.fields]
        for section in useful:
            section.doubts.append(
                "only quoted text: the order stands in a mail that is quoted, not in the writer's own words"
            )
        return useful or own
    first = own[0]
    if not has_lines and len(own) == 1:
        same = [section for section in quoted if section.lines and section.po() in {first.po(), None}]
        if len(same) == 1:
            first.lines = same[0].lines
            first.doubts.append("only quoted text: the order lines stand in a mail that is quoted")
    elif not has_po and len(own) == 1:
        for text in quoted[0].fields.get("po_number", []) if len(quoted) == 1 else []:
            first.add("po_number", text)
            first.doubts.append("only quoted text: the PO number stands in a mail that is quoted")
    return own


def _parted(one: Scan, events: list[Event]) -> list[Section]:
    """A further PO number behind lines, with lines of its own behind it, begins the next order."""
    if not events:
        return []
    sections = [Section(one.document.name)]
    before: Section | None = Section(one.document.name)
    last_lines = max((place for place, event in enumerate(events) if event.lines), default=-1)
    for place, event in enumerate(events):
        current = sections[-1]
        if event.lines:
            if any("po_number" in own for own in event.own):
                _by_number(sections, event)
                continue
            current.lines.extend(event.lines)
            _own_fields(current, event)
            continue
        assert event.text is not None  # noqa: S101  (an event has lines or a text)
        if event.name == "po_number":
            if before is not None and "po_number" not in current.fields:
                before.take(current, _SHARED)
            if (
                current.lines
                and current.po() not in {None, po_key(event.text.text)}
                and place < last_lines
                and not event.text.loose
            ):
                sections.append(Section(one.document.name))
        sections[-1].add(event.name, event.text)
    if before is not None and len(sections) > 1:
        for section in sections[1:]:
            section.take(before, [name for name in _SHARED if name not in section.fields])
    return [section for section in sections if section.fields or section.lines]


def _own_fields(section: Section, event: Event) -> None:
    for own in event.own:
        for name, text in own.items():
            if all(text.text != other.text for other in section.fields.get(name, [])):
                section.add(name, text)


def _by_number(sections: list[Section], event: Event) -> None:
    """Rows that each name their order: one order for each number. A row without one belongs to the one above."""
    by_number: dict[str, Section] = {}
    current: Section | None = None
    for line, own in zip(event.lines, event.own, strict=True):
        number = own.get("po_number")
        if number is not None or current is None:
            key = po_key(number.text) if number else ""
            current = by_number.get(key)
            if current is None:
                current = by_number[key] = Section(sections[-1].document)
        current.lines.append(line)
        for name, text in own.items():
            if all(text.text != other.text for other in current.fields.get(name, [])):
                current.add(name, text)
    found = list(by_number.values())
    if len(found) == 1 and not sections[-1].lines:
        sections[-1].lines.extend(found[0].lines)
        sections[-1].take(found[0])
    else:
        if not sections[-1].lines and "po_number" not in sections[-1].fields:
            for section in found:
                section.take(sections[-1], [name for name in _SHARED if name not in section.fields])
            sections.pop()
        sections.extend(found)


# --- several documents ------------------------------------------------------------------------------------------------


def _merged(sections: list[Section], bodies: set[str]) -> list[Section]:
    whole: list[Section] = []
    for section in sections:
        if section.lines and not _joined(section, whole):
            whole.append(section)
    heads = [
        section
        for section in sections
        if not section.lines and (section.document in bodies or "po_number" in section.fields)
    ]
    heads = [section for section in heads if set(section.fields) - {"po_number.told"} or section.document in bodies]
    if not whole:
        return _headless(heads)
    for head in heads:
        if len(whole) == 1:
            whole[0].take(head)
            whole[0].doubts.extend(doubt for doubt in head.doubts if doubt not in whole[0].doubts)
            continue
        same = [section for section in whole if head.po() is not None and section.po() == head.po()]
        for section in same or whole:
            section.take(head, None if same else [name for name in _SHARED if name not in section.fields])
            if not same and head.po() is not None:
                number = head.fields["po_number"][0].text[:40]
                section.doubts.append(f"{head.document} states the PO number {number}, which none of the orders has")
    return whole


def _joined(section: Section, whole: list[Section]) -> bool:
    """Whether the section says again what another document said: then its fields are further evidence."""
    for other in whole:
        if other.document == section.document:
            continue
        same_number = other.po() is not None and other.po() == section.po()
        same_lines = other.signature() == section.signature()
        unnamed = other.po() is None or section.po() is None
        if not same_number and not (unnamed and (same_lines or len(whole) == 1)):
            continue
        if not same_lines:
            other.doubts.append(f"{other.document} and {section.document} state different lines")
            if len(section.lines) > len(other.lines):
                other.lines = section.lines
        other.take(section)
        return True
    return False


def _headless(heads: list[Section]) -> list[Section]:
    """No lines anywhere: a cancellation, or an order that a person has to look at."""
    stated = [head for head in heads if {"po_number", "po_number.told", "total"} & set(head.fields)]
    if not stated:
        return []
    first = stated[0]
    for head in heads:
        if head is not first:
            first.take(head)
            first.doubts.extend(head.doubts)
    return [first]


def _subject(mail: Mail, orders: list[Section]) -> None:
    """A PO number in the subject speaks for the only order, or for the one that has it."""
    numbers = po_numbers(mail.subject)
    if numbers and not orders:
        orders.append(Section(""))
    for number, score in numbers:
        text = Text(number, "", "subject", mail.subject, score, loose=True)
        if len(orders) == 1:
            orders[0].add("po_number", text)
        for order in orders if len(orders) > 1 else ():
            if order.po() == po_key(number):
                order.add("po_number", text)


def _net_is_no_total(order: Section, documents: Sequence[Document]) -> None:
    """A net total is the order's when nothing but it is stated; with a larger sum below it, it is none, and that one is
    where it is stated as a total too and the tax between them is what they differ by."""
    totals = order.fields.get("total", [])
    if not totals or any(not text.loose for text in totals):
        return
    stated = _distinct(totals)
    for text in stated:
        if (other := netted.larger(text, documents)) is not None:
            if gross := [one for one in totals if netted.is_with_tax(one, text, documents)]:
                order.fields["total"] = gross
                return
            del order.fields["total"]
            if (found := numbers.number(text.text)) is not None and found.currency:
                order.add("currency", replace(text, text=found.currency, score=text.score * 0.9, loose=True))
            order.doubts.append(
                f"the net total is {text.text[:40]}, and below it stands {other[:40]}: which is the total?"
            )
            return


def _taxed(order: Section, documents: Sequence[Document]) -> None:
    for text in _distinct(order.fields.get("total", [])):
        if (tax := netted.tax(text, documents)) is not None:
            order.add("tax", tax)
            return


def _distinct(totals: list[Text]) -> list[Text]:
    """The first of each figure; of more than these few an order has no total, and each costs a walk over its lines."""
    found: dict[tuple[str, str], Text] = {}
    for text in totals:
        found.setdefault((text.document, text.text), text)
    return list(found.values())[:TOTALS]


def _patterned(mail: Mail, scans: list[Scan], orders: list[Section], profile: Profile) -> None:
    """Where the profile says what its PO numbers look like, one without a label is found too."""
    rule = profile.fields.get("po_number")
    if rule is None or rule.regex is None or len(orders) != 1 or "po_number" in orders[0].fields:
        return
    if found := rule.shaped(mail.subject):
        orders[0].add("po_number", Text(found, "", "subject", mail.subject, 0.8, loose=True))
    for one in scans:
        for line in one.document.lines[:2000]:
            if line.zone is not Zone.HIDDEN and (found := rule.shaped(line.text)):
                orders[0].add("po_number", at(one.document, line, found, 0.7, loose=True))
