"""What the writer says beside the orders and may change them: such a sentence is a doubt, for nothing has read it.

A clerk reads every word. What stands in the writer's own text is an order line that was read, a label with its value,
or prose; a label must be one that is known, and of prose only what is said in every order mail is passed over."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from maildaemon.model import Document, Mail, Order, Zone
from maildaemon.parse.labels import LONGEST, Labels, named
from maildaemon.read.zones import is_marker
from maildaemon.wording import code_key, shown

MOST = 5
_LINES = 2000
_SENTENCE = 400
_WRAPPED = 40
"""A line that a mail program has wrapped is at least as long."""
_WORD = re.compile(r"[a-z](?:[a-z'-]*[a-z])?")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_CODE = re.compile(
    r"(?<![\w@./-])(?=[a-z0-9./-]{0,30}[0-9])(?=[a-z0-9./-]{0,30}[a-z])[a-z0-9]{1,12}(?:[-./][a-z0-9]{1,12}){1,4}(?![\w@])"
)
_NAME_END = re.compile(r"(?:\b[A-Za-z]\.){2,}$|\b(?:Ltd|Inc|Co|Corp|Bros|Lda|Ltda|plc)\.$")
_FIGURE = re.compile(r"(?=[a-z.,/-]{0,20}[0-9])[a-z0-9][a-z0-9.,/-]{0,30}(?<![.,/-])")
_APART = re.compile(r"[^a-z0-9]+")
_DIGIT = re.compile("[0-9]")
# The full stop of an initial or of "No." ends no sentence.
_STOP = re.compile(r"(?<![ .][A-Z])(?<!\b[Nn][or])(?<!\b[Ss]t)[.!?](?= |\Z)")
_LONE = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,3})?")
_LINK = re.compile(r"(?:https?://|www\.)\S{1,300}|\S{1,100}@\S{1,100}")
_OWN = frozenset({Zone.TOP, Zone.FORWARD, Zone.SIGNATURE})
_PROSE = frozenset({"text/plain", "text/html"})
_CSV = "text/csv"
_CELLS = " | "
_HTML = " (html)"
_HEAD = 8
_FRAGMENT = 5
"""Of more words is a line of headings."""
_ASKS = frozenset("please kindly pls bitte merci veuillez favor prego graag gelieve".split())
_FOLDED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "’": "'", "‘": "'", "´": "'", "`": "'"})


@dataclass(frozen=True, slots=True)
class _Words:
    """What remarks.toml holds, ready for use; the comments there say what each is."""

    changes: re.Pattern[str]
    polite: re.Pattern[str]
    asked: re.Pattern[str]
    title: re.Pattern[str]
    legal: re.Pattern[str]
    secret: re.Pattern[str]
    placed: re.Pattern[str]
    quantity: re.Pattern[str]
    subject: re.Pattern[str]
    states: re.Pattern[str]
    voids: re.Pattern[str]
    below: re.Pattern[str]
    note: re.Pattern[str]
    closing: re.Pattern[str]
    common: frozenset[str]
    labels: frozenset[str]
    telling: frozenset[str]
    numbers: frozenset[str]


@cache
def _words() -> _Words:
    data = tomllib.loads(files("maildaemon").joinpath("remarks.toml").read_text("utf-8"))

    def one_of(section: str, key: str = "phrases") -> str:
        return "|".join(data[section][key])

    def words(section: str) -> frozenset[str]:
        return frozenset(word for text in data[section].values() for word in text.split())

    changes = "|".join(phrase for phrases in data["changes"].values() for phrase in phrases)
    return _Words(
        changes=re.compile(rf"(?<![a-z0-9])(?:{changes})(?![a-z])"),
        polite=re.compile(one_of("polite")),
        asked=re.compile(rf"(?:.{{0,80}}\b)?(?:{one_of('asked')})"),
        title=re.compile(one_of("title")),
        legal=re.compile(one_of("legal")),
        secret=re.compile(one_of("secret")),
        placed=re.compile(one_of("placed")),
        quantity=re.compile(one_of("quantity")),
        subject=re.compile(rf"(?<![a-z0-9])(?:{one_of('subject')})(?![a-z])"),
        states=re.compile(
            rf"(?:{one_of('states', 'labels')})\b[^:|]{{0,20}}[:|](?! ?(?:{one_of('states', 'usual')})\b *$)"
        ),
        voids=re.compile(rf"(?<![a-z0-9])(?:{one_of('voids')})(?![a-z])"),
        below=re.compile(rf"(?<![a-z0-9-])(?:{one_of('below')})(?![a-z])"),
        note=re.compile(rf"(?:{one_of('note', 'labels')})\b"),
        closing=re.compile(rf"(?:{one_of('closing')})(?:, ?[a-z]{{2,20}}(?: [a-z]{{2,20}})?)?[,.! ]*$"),
        common=words("common"),
        labels=words("labels"),
        telling=words("telling"),
        numbers=words("numbers"),
    )


@dataclass(frozen=True, slots=True)
class Sentence:
    """``data``: columns, or a label and its value, or a word or two; ``labelled``: a label and its value;
    ``signed``: it stands below the writer's closing words."""

    text: str
    data: bool = False
    labelled: bool = False
    signed: bool = False


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
        if document.media_type in _PROSE and not document.inline:
            said |= {f"{document.name}: {oddity}": None for oddity in document.oddities}
            alone = not read.told_elsewhere(document.name)
            for sentence in _sentences(document, read):
                if (alone or not sentence.data) and read.changes(sentence):
                    said[f"a remark may change it: “{shown(sentence.text, 120)}”"] = None
                    if len(said) >= MOST:
                        break
        if document.media_type == _CSV:
            said |= {f"{document.name} may be no order: “{shown(text, 120)}”": None for text in _titles(document, read)}
    return tuple(said)[:MOST]


def _titles(document: Document, read: "_Read") -> Iterator[str]:
    """What stands alone in its line beside a delimited table, and says that the table is none of an order."""
    for line in document.lines[:_LINES]:
        text = folded(line.text)
        if not text or _CELLS in line.text or read.holds(line.text):
            continue
        if _altered(text) or _words().voids.search(text) or _words().title.match(text):
            yield line.text


def telling(text: str, sku: str, wordings: tuple[str, ...]) -> str | None:
    """A word or phrase of an article's description that tells of more than the article of that code and wordings."""
    text, known = folded(text), folded(" ".join((sku, *wordings)))
    if found := _words().changes.search(text):
        return found[0] if found[0] not in known else None
    together = _APART.sub("", known)
    figures: list[str] = _FIGURE.findall(text)
    for figure in figures:
        if _APART.sub("", figure) not in together:
            return figure
    said = set(_WORD.findall(text))
    extra = said - set(_WORD.findall(known))
    told = extra & _words().telling
    # Behind the whole name of the article every word is one more than its name.
    if not told and any(words and words <= said for words in (set(_WORD.findall(folded(one))) for one in wordings)):
        told = {word for word in extra - _words().common if len(word) > 2}
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
        self.texts = {found.text for found in founds if len(found.text) > 2}
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

    def retitles(self, subject: str) -> bool:
        words, text = _words(), folded(subject)
        if words.title.match(text) or words.states.match(text):
            return True
        return _altered(text) or words.subject.search(text) is not None

    def changes(self, sentence: Sentence) -> bool:
        text, words = folded(sentence.text), _words()
        if any(phrase in text for phrase in self.ignored):
            return False
        if words.voids.search(text) or (not sentence.data and text.endswith("?") and not words.asked.match(text)):
            return True
        if _altered(text) or (sentence.data and (words.title.match(text) or words.states.match(text))):
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
        words = _words()
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
        return set(_WORD.findall(folded(label))) <= _words().common | _words().labels


@lru_cache(maxsize=8192)
def _altered(text: str) -> bool:
    """A phrase in it may change the order. One with which something begins that is said in every order mail is none."""
    words = _words()
    changes = [found.start() for found in words.changes.finditer(text)]
    if not changes:
        return False
    polite = [found.start() for found in words.polite.finditer(text)]
    return any(not any(start <= at <= start + _HEAD for start in polite) for at in changes)


def folded(text: str) -> str:
    """In lower case, without accents, blanks made one."""
    return _folded(text) if len(text) <= _SENTENCE else _folded.__wrapped__(text)


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    text = text.casefold().translate(_FOLDED)
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(text.split())


def _sentences(document: Document, read: _Read) -> Iterator[Sentence]:
    """Sentences run over the ends of full lines; a short line, an empty one, and one that was read, ends them. A notice
    of confidentiality, and what follows in its paragraph, is left out where no phrase in it may change an order."""
    running, secret, signed = "", False, False
    for line in document.lines[:_LINES]:
        text = line.text.strip()
        if line.zone not in _OWN or not text or read.holds(text):
            yield from _ended(running, secret=secret, signed=signed)
            running, secret = "", False
            continue
        signed = signed or line.zone is Zone.SIGNATURE
        note, closing = _opens(text[:60])
        if not signed and closing:
            yield from _ended(running, secret=secret)
            running, signed = "", True
            continue
        data, labelled = (False, False) if note else _form(text)
        if data:
            yield from _ended(running, secret=secret, signed=signed)
            running, secret = "", False
            if not any(_notice(folded(text))) or _words().voids.search(folded(text)):
                yield Sentence(text[:_SENTENCE], data=True, labelled=labelled, signed=signed)
            continue
        secret = secret or _notice(folded(f"{running} {text}" if running else text))[1]
        *complete, running = _cut(f"{running} {text}" if running else text)
        for one in complete:
            yield from _ended(one, secret=secret, signed=signed and not note)
        if len(text) < _WRAPPED:
            yield from _ended(running, secret=secret, signed=signed and not note)
            running = ""
    yield from _ended(running, secret=secret, signed=signed)


@lru_cache(maxsize=8192)
def _opens(text: str) -> tuple[bool, bool]:
    """Whether a line begins as a note, and whether it is the closing words of a mail."""
    words, start = _words(), folded(text)
    return words.note.match(start) is not None, words.closing.match(start) is not None


@lru_cache(maxsize=8192)
def _notice(text: str) -> tuple[bool, bool]:
    """Whether a sentence is one of the law, and whether it is of a notice of confidentiality."""
    words = _words()
    return words.legal.search(text) is not None, words.secret.search(text) is not None


def _form(text: str) -> tuple[bool, bool]:
    """Whether the line is data (columns, their headings, a label and its value, a name), and labelled."""
    head, colon, value = text.partition(":")
    if colon and value.strip() and len(head) <= 40 and len(head.split()) <= 4 and text[0].isupper():
        said = value.strip()
        if not (said[0].islower() and len(said.split()) > 2) and head.split()[0].casefold() not in _ASKS:
            return True, True
    words = _LETTERS.findall(text)
    if "|" in text or "  " in text or "\t" in text:
        return True, "|" in text and not any(character.isdigit() for character in text)
    if text[-1] in ".!?":
        return _NAME_END.search(text) is not None or (len(words) <= 1 and len(text) <= 6), False
    if text[-1] == ":" and (len(words) > 3 or not text[0].isupper() or "(" in text):
        return False, False
    common = sum(folded(word) in _words().common for word in words)
    # A fragment without its full stop is prose when it is made of the words of prose: "Line 2 is optional".
    return text[0].isdigit() or len(words) <= 2 or common < 0.6 * len(words), False


def _is_spoken(text: str) -> bool:
    """A fragment that is no name and no heading: a word behind its first stands in small letters and is not known."""
    words, spoken = _words(), _LETTERS.findall(text)
    if len(spoken) > _FRAGMENT or _DIGIT.search(text) or any(mark in text for mark in ("|", ";", "  ", "@")):
        return False
    return any(
        word[0].islower() and len(word) > 2 and not {folded(word)} & (words.common | words.labels)
        for word in spoken[1:]
    )


def _ended(text: str, *, secret: bool = False, signed: bool = False) -> Iterator[Sentence]:
    said = folded(text)
    legal, of_secrecy = _notice(said)
    if not said or ((legal or (secret and (of_secrecy or not _altered(said)))) and not _words().voids.search(said)):
        return
    yield Sentence(text.strip()[:_SENTENCE], signed=signed)


def _cut(text: str) -> list[str]:
    """At a full stop, an exclamation or question mark before a blank; whatever grows too long ends too."""
    parts: list[str] = []
    start = 0
    for stop in _STOP.finditer(text):
        while stop.start() - start > _SENTENCE:
            parts.append(text[start : start + _SENTENCE])
            start += _SENTENCE
        if stop.start() - start > 3:
            parts.append(text[start : stop.end()])
            start = stop.end()
    while len(text) - start > _SENTENCE:
        parts.append(text[start : start + _SENTENCE])
        start += _SENTENCE
    return [*parts, text[start:]]
