"""What must hold of a document however it was tampered with: read, judged and answered, or a reason given."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from email.parser import BytesParser
from email.policy import default
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from maildaemon import report
from maildaemon.catalogue import Catalogue
from maildaemon.decide import Stand, asked, decide
from maildaemon.desk import ReadFailure
from maildaemon.edge.importing import read_folder
from maildaemon.edge.playbooks import load
from maildaemon.model import (
    HEADER_FIELDS,
    LINE_FIELDS,
    Action,
    Decision,
    Document,
    Found,
    Mode,
    Order,
    Product,
    Reading,
    Stock,
)
from maildaemon.reply import CannotAnswer, Identity, acknowledgement, note
from maildaemon.structure import Element
from tests.bench.papers import LINES
from tests.fuzz.seeds import NOW, ROOT

US = Identity(name="Your company", address="orders@your-company.example", contact="", language="en")
MESSAGE_ID = "<fuzz@localhost.invalid>"
LONGEST = 400_000
"""Characters of a note, an answer or a line of a report of a document's own size at most: see ``_bounded``."""
_CAUGHT = re.compile(r"could not be read \([A-Z]\w+\)")
_TAGS = {"html", "head", "meta", "title", "body", "table", "tbody", "tr", "td", "p", "strong", "br", "span", "-comment"}


@dataclass(frozen=True, slots=True)
class Judged:
    """``broken`` says which promises were; ``action`` is what was decided, None where nothing was read."""

    broken: tuple[str, ...]
    action: Action | None = None


class Judge:
    def __init__(self) -> None:
        self.playbook = load()
        known = read_folder(ROOT / "maildaemon" / "demo" / "data")
        products = (*known.products, *_articles())
        stock = tuple(Stock(product.sku, Decimal(10**6), as_of=NOW) for product in products)
        self.catalogue = Catalogue(replace(known, products=products, stock=stock))

    def __call__(self, reading: Reading | ReadFailure) -> Judged:
        if isinstance(reading, ReadFailure):
            return Judged(tuple(_failed(reading)))
        broken = [*_evidence(reading), *_documents(reading)]
        questions = asked(reading)
        known = tuple(self.catalogue.look_up(question, (), NOW) for question in questions)
        decision = decide(reading, known, self.playbook, Stand(), content=reading.mail.sha256)
        answer = None
        if decision.reply:
            try:
                answer = acknowledgement(decision, reading.mail, US, now=NOW, message_id=MESSAGE_ID, token="t" * 22)
            except CannotAnswer as error:
                broken += [f"a refusal of more than a line: {error!r}"] if "\n" in str(error) else []
        for order in decision.orders:
            if order.action is Action.ACKNOWLEDGE:
                broken += _stated(order.order)
        if answer is not None:
            broken += [*_message(answer.raw), *_printable("the answer", answer.text)]
        raw = note(decision, reading.mail, US, now=NOW, message_id=MESSAGE_ID)
        broken += [*_message(raw), *_report(decision, reading)]
        return Judged(tuple(broken), decision.action)


def _articles() -> Iterator[Product]:
    """What the documents order that are no mails of the demo's."""
    for number in range(LINES + 1):
        wordings = ("Hex bolt M8x40", "Hex bolt M8") if number == 0 else (f"Hex bolt M8x{20 + number} zinc plated",)
        yield Product(f"W-{100 + number}", wordings, "EA", Decimal("1.20"), "EUR")
    yield Product("W-200", ("Ball bearing 6204",), "EA", Decimal("4.50"), "EUR")


def _failed(failure: ReadFailure) -> Iterator[str]:
    if failure.retry or _CAUGHT.search(failure.reason):
        yield f"not read: {failure.reason}"
    yield from _printable("the reason", failure.reason)


def _documents(reading: Reading) -> Iterator[str]:
    for document in reading.documents:
        for text in (document.name, document.problem or "", *document.oddities):
            yield from _printable("of a document", text)
        if [line.number for line in document.lines] != list(range(1, len(document.lines) + 1)):
            yield "lines are not numbered one by one"
        if any(len({len(row) for row in table.rows}) != 1 for table in document.tables):
            yield "a table has rows of different lengths"
    for text in (reading.mail.subject, reading.mail.sender_name or "", reading.kind_reason):
        yield from _printable("of the mail", text)
    for text in (*reading.unread, *reading.doubts, *reading.remarks):
        yield from _printable("a doubt", text)


def _printable(what: str, text: str) -> Iterator[str]:
    if bad := next((char for char in text if unicodedata.category(char) in {"Cc", "Cs"} and char != "\n"), None):
        yield f"{what} has a control character: {bad!r}"


def _message(raw: bytes) -> Iterator[str]:
    message = BytesParser(policy=default).parsebytes(raw)
    if message.defects or (message.is_multipart() and any(part.defects for part in message.walk())):
        yield "a message of ours has defects"
    if any(name.lower() == "bcc" for name in message):
        yield "a message of ours has a Bcc header"
    for part in message.walk():
        if part.get_content_type() == "text/html":
            tree = LexborHTMLParser(part.get_content())
            tags = {node.tag for node in tree.root.traverse()} - _TAGS - {"img"}
            if tags or len(tree.css("img")) > 1:
                yield f"the answer's page has elements that are not ours: {sorted(map(str, tags))}"
    if max(map(len, raw.split(b"\r\n"))) > 998:
        yield "a line of a message is longer than 998 bytes"


def _report(decision: Decision, reading: Reading) -> Iterator[str]:
    text = json.dumps(report.tried("x", decision, reading, Mode.AUTO))
    if len(text) > 20 * LONGEST:
        yield f"a report of {len(text)} characters"


# --- values and what they were read from ------------------------------------------------------------------------------


def _values(order: Order) -> Iterator[tuple[str, Found[Any]]]:
    for name in HEADER_FIELDS:
        if (found := getattr(order, name)) is not None:
            yield name, found
    for line in order.lines:
        for name in LINE_FIELDS:
            if (found := getattr(line, name)) is not None:
                yield name, found


def _evidence(reading: Reading) -> Iterator[str]:
    """The evidence is a text of the document that it names."""
    texts = {document.name: _squeezed(_text(document)) for document in reading.documents}
    head = _squeezed(" ".join(value for _, value in reading.mail.headers) + reading.mail.subject)
    for order in reading.orders:
        for name, found in _values(order):
            if found.document and found.document not in texts and found.document not in {"subject", "head", "mail"}:
                yield f"{name}: the evidence names {found.document!r}, no document of the mail"
            if not found.document and found.place.startswith("profile "):
                continue
            text = _squeezed(found.text.replace("…", ""))
            if text not in texts.get(found.document, "") and text not in head and not _within(text, texts, found):
                yield f"{name}: the evidence {found.text[:80]!r} does not stand in {found.document!r}"
            for each in (found.value, found.text.replace("\t", " "), found.place, found.document):
                yield from _printable(name, each if isinstance(each, str) else "")
            if not 0 < found.score <= 1:
                yield f"{name}: a score of {found.score}"
            if isinstance(found.value, Decimal) and not (found.value.is_finite() and abs(found.value) < 10**24):
                yield f"{name}: a number beyond all bounds: {found.value}"


def _within(text: str, texts: dict[str, str], found: Found[Any]) -> bool:
    """Said of several places: every piece of it stands in the document."""
    whole = texts.get(found.document, "")
    return all(_squeezed(piece) in whole for piece in re.split(r"[|,;/\s]+", found.text) if piece)


def _text(document: Document) -> str:
    pieces = [line.text for line in document.lines]
    pieces += [cell for table in document.tables for row in table.rows for cell in row]
    for message in document.messages:
        pieces += [segment.text for segment in message.segments]
        pieces += list(_element(message.root)) if message.root else []
    return " ".join([document.name, *pieces])


def _element(element: Element) -> Iterator[str]:
    yield element.text
    yield from (f"{name}={value}" for name, value in element.attributes)
    for child in element.children:
        yield from _element(child)


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text).casefold())


def _stated(order: Order) -> Iterator[str]:
    """What is acknowledged says no more than its evidence does."""
    for name, found in _values(order):
        if not found.text:
            yield f"{name} is acknowledged without evidence: {found.value!r}"
        elif name in {"po_number", "sku", "buyer_sku", "gtin"} and _squeezed(str(found.value)) not in _squeezed(
            found.text
        ):
            yield f"{name}: {found.value!r} is acknowledged on {found.text!r}"
        elif isinstance(found.value, Decimal) and not _has_number(found.value, found.text):
            yield f"{name}: {found.value} is acknowledged on {found.text!r}"


def _has_number(value: Decimal, text: str) -> bool:
    digits = re.sub(r"\D", "", format(abs(value), "f")).strip("0")
    return digits in re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
