"""What the writer says beside the orders and may change them: such a sentence is a doubt, for nothing has read it.

A clerk reads every word. What stands in the writer's own text is an order line that was read, a label with its value,
or prose; a label must be one that is known, and of prose only what is said in every order mail is passed over."""

import re
from collections.abc import Iterator

from maildaemon.accounted import accounted
from maildaemon.model import Document, Mail, Order
from maildaemon.parse.labels import LONGEST, Labels, named
from maildaemon.parse.terms import terms
from maildaemon.phrasebook import altered, folded, phrasebook
from maildaemon.read.zones import is_marker
from maildaemon.sentences import LETTERS, LINES, Sentence, sentences
from maildaemon.titles import doubtful_title
from maildaemon.wording import code_key, shown

MOST = 5
_WORD = re.compile(r"[a-z](?:[a-z'-]*[a-z])?")
_CODE = re.compile(
    r"(?<![\w@./-])(?=[a-z0-9./-]{0,30}[0-9])(?=[a-z0-9./-]{0,30}[a-z])[a-z0-9]{1,12}(?:[-./][a-z0-9]{1,12}){1,4}(?![\w@])"
)
_FIGURE = re.compile(r"(?=[a-z.,/-]{0,20}[0-9])[a-z0-9][a-z0-9.,/-]{0,30}(?<![.,/-])")
_APART = re.compile(r"[^a-z0-9]+")
_DIGIT = re.compile("[0-9]")
_LONE = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,3})?")
# The number that the reader's own house gave an offer, "Your quotation no.: Q-55120": it orders nothing.
_REFERENCE = re.compile(
    r"(?:your|supplier'?s?|vendor'?s?|ihre?|votre|vos|su|vs\.?|vostr[ao]|uw) [a-z. °º-]{3,30}?: ?"
    r"(?=[a-z0-9./-]{0,12}[0-9])[a-z0-9][a-z0-9./-]{0,24}"
    r"(?: (?:vom|of|du|del|dd\.?|van|dated|from) [0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{2,4})?"
)
_LABELLED = re.compile(r"[^\W\d][^:|]{1,40}: ?\S")
_LINK = re.compile(r"(?:https?://|www\.)\S{1,300}|\S{1,100}@\S{1,100}")
_PROSE = frozenset({"text/plain", "text/html"})
_CSV = "text/csv"
_CELLS = " | "
_COLUMNS = ("|", ";", "  ", "\t")
_HTML = " (html)"
_FRAGMENT = 5
"""Of more words is a line of headings."""


def remarks(
    mail: Mail,
    documents: tuple[Document, ...],
    orders: tuple[Order, ...],
    labels: Labels,
    ignored: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """The subject and each sentence of the writer's own that may change the orders, once, as a phrase for people; at
    most MOST. What the orders' lines were read from is no remark, nor is what holds one of the ``ignored`` phrases."""
    read = _Read(orders, labels, tuple(folded(phrase) for phrase in ignored))
    said: dict[str, None] = {}
    if read.retitles(mail.subject):
        said[f"its subject may change it: “{shown(mail.subject, 120)}”"] = None
    for document in documents:
        if (document.media_type in _PROSE or document.parts) and not document.inline:
            said |= {f"{document.name}: {oddity}": None for oddity in document.oddities}
            alone = not read.told_elsewhere(document.name)
            first, last = read.extent(document)
            known = accounted(document, orders, labels)
            for sentence in sentences(document, read.holds):
                if sentence.data and sentence.number in known:
                    continue
                if (alone or not sentence.data) and (
                    read.changes(sentence) or (first < sentence.number < last and read.parts(sentence))
                ):
                    said[f"a remark may change it: “{shown(sentence.text, 120)}”"] = None
                    if len(said) >= MOST:
                        break
        if (document.parts or document.media_type == _CSV) and document.name in read.documents:
            title = doubtful_title(document)
            if title is not None:
                said[f"{document.name} may be no order: “{shown(title, 120)}”"] = None
        if document.media_type == _CSV:
            said |= {f"{document.name} may be no order: “{shown(text, 120)}”": None for text in _titles(document, read)}
    return tuple(said)[:MOST]


def _titles(document: Document, read: "_Read") -> Iterator[str]:
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


class _Read:
    """What was read, and is therefore no remark."""

    def __init__(self, orders: tuple[Order, ...], labels: Labels, ignored: tuple[str, ...]) -> None:
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
        self.texts = {found.text for found in founds if len(found.text) > 2} | set(priced)
        self.places = " | ".join(
            folded(found.value) for order in orders for found in (order.ship_to, order.bill_to) if found is not None
        )
        self.documents = {found.document for found in founds}
        self.items = " ".join(folded(str(found.value)) for found in founds if isinstance(found.value, str))
        numbers = [found for order in orders for found in (order.po_number, order.customer_number) if found is not None]
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
        self.articles = {code_key(str(found.value)) for found in founds if isinstance(found.value, str)}
        self.numbers = tuple(folded(str(found.value)) for found in numbers)
        self.codes = {code_key(str(found.value)) for found in (*founds, *numbers)}
        self.ignored = ignored

    def told_elsewhere(self, name: str) -> bool:
        """The lines were read in the other one of a text and its HTML."""
        other = name.removesuffix(_HTML) if name.endswith(_HTML) else name + _HTML
        return name not in self.documents and other in self.documents

    def holds(self, text: str) -> bool:
        """It belongs to a line that was read, or is a label alone."""
        if any(read in text for read in self.texts) or is_marker(text):
            return True
        bare = text.strip(" |:*_")
        if len(bare) > 2 and (folded(bare) in self.items or folded(bare.rstrip(",;")) in self.places):
            return True
        labels = self.labels
        return (
            len(bare) <= LONGEST
            and ":" not in bare
            and (named(labels.header, bare) or named(labels.column, bare) or named(labels.sums, bare)) is not None
        )

    def extent(self, document: Document) -> tuple[int, int]:
        """The numbers of the first and the last line of the document that hold an article that was read."""
        articles = [text for text in self.codes_read if len(text) > 2]
        held = [line.number for line in document.lines[:LINES] if any(text in line.text for text in articles)]
        return (held[0], held[-1]) if held else (0, 0)

    def parts(self, sentence: Sentence) -> bool:
        """Between order lines, and no name of a column: the lines below it may be for another place or time."""
        text = folded(sentence.text)
        if sentence.labelled or any(mark in sentence.text for mark in _COLUMNS):
            return False
        return not set(_WORD.findall(text)) <= phrasebook().common | phrasebook().labels

    def retitles(self, subject: str) -> bool:
        words, text = phrasebook(), folded(subject)
        if words.title.match(text) or words.states.match(text):
            return True
        return altered(text) or words.subject.search(text) is not None

    def changes(self, sentence: Sentence) -> bool:
        text, words = folded(sentence.text), phrasebook()
        if any(phrase in text for phrase in self.ignored):
            return False
        if words.voids.search(text) or (not sentence.data and text.endswith("?") and not words.asked.match(text)):
            return True
        if _REFERENCE.fullmatch(text) and self.knows(text.partition(":")[0]):
            return False
        if altered(text) or (sentence.data and (words.title.match(text) or words.states.match(text))):
            return True
        if sentence.labelled:
            return ":" in sentence.text and not sentence.signed and not self.knows(sentence.text.partition(":")[0])
        text = words.polite.sub(" ", _LINK.sub(" ", text))
        if sentence.signed:
            # Below the closing words stands what the company prints under every mail.
            return not sentence.data and (words.quantity.search(text) or words.below.search(text)) is not None
        return (sentence.data and _is_spoken(sentence.text)) or self.is_strange(text, data=sentence.data)

    def is_strange(self, text: str, *, data: bool) -> bool:
        """It names an article or a quantity that was not read, or is prose with words that no harmless sentence has."""
        words = phrasebook()
        codes = {code_key(code) for code in _CODE.findall(text)}
        rest = _CODE.sub(" ", text)
        if not codes <= self.codes or (data and _DIGIT.search(rest) and codes & self.articles):
            return True
        spoken = set(_WORD.findall(rest))
        if spoken & words.numbers or words.quantity.search(text) or _LONE.fullmatch(text.strip()):
            return True
        if data or any(value in text for value in self.values):
            return False
        for number in self.numbers:
            rest = rest.replace(number, " ")
        return not spoken <= words.common or _DIGIT.search(words.placed.sub(" ", rest)) is not None

    def knows(self, label: str) -> bool:
        """The label is one of those that are read or known to say nothing of the order, or made of harmless words."""
        column = named(self.labels.column, label)
        if named(self.labels.header, label) or named(self.labels.sums, label) or (column and column.field == "ignored"):
            return True
        return set(_WORD.findall(folded(label))) <= phrasebook().common | phrasebook().labels


def _is_whole(value: str, text: str) -> bool:
    """The value is all that stands behind the label; terms that are understood are written in another form."""
    said = text.partition(":")[2].strip(" .")
    return said == value or (terms(said) == value and folded(value) != folded(said))


def _is_spoken(text: str) -> bool:
    """A fragment that is no name and no heading: a word behind its first stands in small letters and is not known."""
    words, spoken = phrasebook(), LETTERS.findall(text)
    if len(spoken) > _FRAGMENT or _DIGIT.search(text) or any(mark in text for mark in (*_COLUMNS, "@")):
        return False
    return any(
        word[0].islower() and len(word) > 2 and not {folded(word)} & (words.common | words.labels)
        for word in spoken[1:]
    )
