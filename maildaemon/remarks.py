"""What the writer says beside the orders and may change them: such a sentence is a doubt, for nothing has read it.

A clerk reads every word. What stands in the writer's own text is an order line that was read, a label with its value,
or prose; a label must be one that is known, and of prose only what is said in every order mail is passed over."""

import re
from collections.abc import Iterator
from itertools import islice

from maildaemon.accounted import accounted
from maildaemon.headed import pairs
from maildaemon.leftover import Leftover
from maildaemon.model import Document, Mail, Order, Zone
from maildaemon.parse.labels import Labels
from maildaemon.phrasebook import SENTENCE, altered, folded, phrasebook
from maildaemon.remarked import AsRead
from maildaemon.sentences import LINES, sentences
from maildaemon.tallies import tallies
from maildaemon.titles import changed_title, doubtful_title, is_titled, sheet_names
from maildaemon.wording import shown

MOST = 5
_WORD = re.compile(r"[a-z](?:[a-z'-]*[a-z])?")
_FIGURE = re.compile(r"(?=[a-z.,/-]{0,20}[0-9])[a-z0-9][a-z0-9.,/-]{0,30}(?<![.,/-])")
_APART = re.compile(r"[^a-z0-9]+")
_PROSE = frozenset({"text/plain", "text/html"})
_CSV = "text/csv"
_CELLS = " | "
_APART_CELLS = re.compile(r" \| |\t| {2,}")
_TOLD = 4
"""So many digits has a number at least that tells one order from another."""
_STAMP = re.compile(r"20[0-9]{2}[01][0-9][0-3][0-9]|[0-3][0-9][01][0-9]20[0-9]{2}|^20[0-9]{2}$")
_DIGIT = re.compile("[0-9]")
_JOINTS = re.compile(r"[^\w]|_")
_ENDS = ".!?:;,"


def remarks(
    mail: Mail,
    documents: tuple[Document, ...],
    orders: tuple[Order, ...],
    labels: Labels,
    ignored: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """The subject and each sentence of the writer's own that may change the orders, once, as a phrase for people; at
    most MOST. What the orders' lines were read from is no remark, nor is what holds one of the ``ignored`` phrases."""
    read = AsRead(orders, labels, tuple(folded(phrase) for phrase in ignored), mail)
    said: dict[str, None] = {}
    if read.retitles(mail.subject):
        said[f"its subject may change it: “{shown(mail.subject, 120)}”"] = None
    said |= dict.fromkeys(_filed(documents, orders))
    left = Leftover(orders, labels, mail.sent_at.date() if mail.sent_at else None)
    for document in documents:
        if (document.media_type in _PROSE or document.parts or document.media_type == _CSV) and not document.inline:
            said |= dict.fromkeys(_statuses(document))
            said |= dict.fromkeys(tallies(document, orders))
            if not read.told_elsewhere(document.name):
                found = (one for one in left.of(document) if not read.passes(folded(one)))
                said |= dict.fromkeys(islice(found, MOST))
        if (document.media_type in _PROSE or document.parts) and not document.inline:
            said |= {f"{document.name}: {oddity}": None for oddity in document.oddities}
            alone = not read.told_elsewhere(document.name)
            first, last = read.extent(document)
            known = accounted(document, orders, labels)
            below = pairs(document, labels)
            titled = is_titled(document, read.number_texts.get(document.name, ()))
            before = ""
            for sentence in sentences(document, read.holds):
                joined, before = f"{before} {sentence.text}", "" if sentence.text[-1] in _ENDS else sentence.text
                if sentence.number in known:
                    continue
                if (alone or not sentence.data) and (
                    read.changes(sentence, below.get(sentence.number), titled=titled)
                    or read.runs_on(joined, sentence)
                    or (first < sentence.number < last and read.parts(sentence))
                ):
                    said[f"a remark may change it: “{shown(sentence.text, 120)}”"] = None
                    if len(said) >= MOST:
                        break
        if document.name in read.documents:
            title = doubtful_title(document) or changed_title(document)
            if title is not None:
                said[f"{document.name} may be no order: “{shown(title, 120)}”"] = None
        if document.media_type == _CSV:
            said |= {f"{document.name} may be no order: “{shown(text, 120)}”": None for text in _titles(document, read)}
    return tuple(said)[:MOST]


def _filed(documents: tuple[Document, ...], orders: tuple[Order, ...]) -> Iterator[str]:
    """A file, or a sheet in it, may be called by what its order has become: PO_4711_CANCELLED.pdf. Or by another
    order's number, which is one of the same form."""
    numbers = {order.po_number.value.casefold() for order in orders if order.po_number is not None}
    for document in documents:
        if not (document.parts or document.media_type == _CSV):
            continue
        if phrasebook().stopped.search(folded(_JOINTS.sub(" ", document.name))):
            yield f"its file name may change it: “{shown(document.name, 80)}”"
        for sheet in dict.fromkeys(sheet_names(document)):
            text = folded(_JOINTS.sub(" ", sheet))
            if phrasebook().stopped.search(text) or phrasebook().voids.search(text):
                yield f"the name of its sheet may change it: “{shown(sheet, 80)}”"
        if numbers and (other := _other_number(document.name.casefold(), numbers)):
            yield f"its file is called by another number, {shown(other)}: “{shown(document.name, 80)}”"


def _other_number(name: str, numbers: set[str]) -> str | None:
    """A number in the name that has the form of the order's own, where none of those stands in it; a day is none."""
    if any(own in name for own in numbers):
        return None
    for own in list(numbers)[:20]:
        form = _DIGIT.sub("[0-9]", re.escape(own[:40]))
        if len(_DIGIT.findall(own)) < _TOLD:
            continue
        for found in re.findall(rf"(?<![a-z0-9]){form}(?![a-z0-9])", name[:200]):
            if not _STAMP.search(found):
                return str(found)
    return None


def _statuses(document: Document) -> Iterator[str]:
    """A cell, or the value of a label, that says no more than that something was cancelled, replaced or put on hold."""
    words = phrasebook()
    for line in document.lines[:LINES]:
        if line.zone is Zone.QUOTE or line.zone is Zone.HIDDEN or not line.text.strip():
            continue
        for cell in _APART_CELLS.split(line.text[:SENTENCE]):
            text = folded(cell.rpartition(":")[2]).strip(" .!*#-_()[]<>")
            if 2 < len(text) <= 60 and words.status.fullmatch(text):
                yield f"a status may change it: “{shown(line.text, 120)}”"
                break


def _titles(document: Document, read: AsRead) -> Iterator[str]:
    """What stands alone in its line beside a delimited table, and says that the table is none of an order."""
    for line in document.lines[:LINES]:
        text = folded(line.text)
        if not text or _CELLS in line.text or read.holds(line.text):
            continue
        if altered(text) or phrasebook().voids.search(text) or phrasebook().title.match(text):
            yield line.text


def telling(text: str, sku: str, wordings: tuple[str, ...]) -> str | None:
    """A word or phrase of an article's description that tells of more than the article of that code and wordings."""
    text, known = folded(text), folded(" ".join((sku, *wordings)))
    if found := phrasebook().changes.search(text):
        return found[0] if found[0] not in known else None
    together = _APART.sub("", known)
    figures: list[str] = _FIGURE.findall(text)
    for figure in figures:
        if _APART.sub("", figure) not in together:
            return figure
    said = set(_WORD.findall(text))
    extra = said - set(_WORD.findall(known))
    told = extra & phrasebook().telling
    # Behind the whole name of the article every word is one more than its name.
    if not told and any(words and words <= said for words in (set(_WORD.findall(folded(one))) for one in wordings)):
        told = {word for word in extra - phrasebook().common if len(word) > 2}
    return next(iter(sorted(told)), None)
