"""What in a mail may be an order though nothing in it says so: a person looks at such a mail."""

import re
from collections.abc import Iterable, Iterator

from maildaemon import fetch
from maildaemon import kindwords as words
from maildaemon.model import Document, Kind, Line, Mail, Table, Zone
from maildaemon.parse.numbers import number
from maildaemon.parse.units import unit
from maildaemon.phrasebook import folded, phrasebook
from maildaemon.wording import shown

LINES, LENGTH, ROWS = 400, 300, 200
_OWN = frozenset({Zone.TOP, Zone.FORWARD})
# A card or an appointment is no order, whatever figures it holds; a body and its HTML are the writer's own text.
_CARDS = frozenset("text/calendar text/vcard text/x-vcard text/directory application/ics".split())
_TEXTS = frozenset({"text/plain", "text/html"})
_BODY = re.compile(r"(?:body(?: [0-9]{1,4})?(?: \(html\))?)(?: \([0-9]{1,4}\))?")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^ ]{1,300}|[^ @]{1,100}@[^ ]{1,100}|<[^ <>]{1,100}>")
_MONTH = r"(?:jan|feb|mar|mär|apr|ma[iy]|jun|jul|aug|sep|oct|okt|nov|de[cz])[a-z]{0,7}"
# When and where, and whom to call: figures that count nothing.
_WHEN = re.compile(
    r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}|[0-9]{1,2}[:h.][0-9]{2}(?![0-9.,])(?: ?[ap]m\b)?"
    r"|\b[0-9]{1,2} ?(?:[ap]m|uhr|h|heures)\b"
    r"|\b(?:at|um|à|alle|las|om|room|raum|salle|sala|kamer|page|seite|chapter|version|tel\.?|phone|fax) ?:?[0-9]{1,6}\b"
    rf"|\b{_MONTH}\.? [0-9]{{1,4}}\b|\b[0-9]{{1,2}}(?:\.|st|nd|rd|th)? (?:de )?{_MONTH}\b"
    r"|\b[0-9]{1,3}(?:st|nd|rd|th|er|e|ème)\b"
    r"|\b(?:19|20)[0-9]{2}\b(?! ?(?:pcs|st))|\+?[0-9][0-9 ()/-]{6,20}[0-9]"
)
_FIGURE = re.compile(r"(?<![\w.,/-])[0-9]{1,6}(?:[.,][0-9]{1,3})?(?![\w/-]|[.,][0-9])")
_CODE = re.compile(
    r"(?<![\w.@])(?=[a-z./_-]{0,12}[0-9])(?=[0-9./_-]{0,12}[a-z])[a-z0-9]{1,12}(?:[-./_]?[a-z0-9]{1,12}){0,4}(?![\w@])"
)
_COUNTED = re.compile(r"(?<![\w.,/-])[0-9]{1,6}(?:[.,][0-9]{1,3})?[ ]?(?:x |× ?|([^\W\d_]{1,14})\b)")
_FIRST = re.compile(r"[ \t*•·|>()-]{0,8}[0-9]{1,6}[ ]?[x×]?[ ]{1,4}[^\W\d_]{2}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LONG_NUMBER = re.compile(r"(?<![\w/])(?:[a-z]{1,6}[-./ ]?)?[0-9][0-9./-]{2,20}")
_OPENS = re.compile(rf"(?<![a-zà-ÿ])(?:{fetch.BEFORE}|{fetch.BEHIND})(?![a-zà-ÿ])")
_ONLINE = re.compile(r"browser|navigateur|navegador|website|datenschutz|privacy|unsubscribe|abmelden|newsletter")


def orderlike(kind: Kind, mail: Mail, documents: Iterable[Document]) -> tuple[str, ...]:
    """What may be an order in a mail of the kind ``other`` or ``reply``, as reasons for people; none in any other. An
    answer is believed to order nothing unless a document or a line of its own counts articles."""
    if kind not in {Kind.OTHER, Kind.REPLY}:
        return ()
    found: dict[str, None] = {}
    for document in documents:
        if (
            document.inline
            or document.media_type in _CARDS
            or document.name.endswith("/head")
            or document.problem is not None
        ):
            continue
        told = (
            _in_body(document, reply=kind is Kind.REPLY)
            if _BODY.fullmatch(document.name.rpartition("/")[2])
            else _in_file(document)
        )
        if told is not None:
            found[told] = None
        if kind is Kind.OTHER and (link := _waiting(mail, document)) is not None:
            found[f"what it is about may have to be fetched at {fetch.plain(link)}"] = None
    return tuple(found)[:3]


def _in_file(document: Document) -> str | None:
    name = shown(document.name, 80)
    if any(_counts(table) for table in document.tables[:20]):
        return f"{name} holds a table with figures"
    if document.messages:
        return f"{name} holds a structured message of a kind that is not known"
    # A page may set its words and its figures in lines of their own; a text does not.
    counts = _figures if document.media_type in _TEXTS else _digits
    if any(counts(line.text[:LENGTH]) for line in document.lines[:LINES] if line.zone in _OWN):
        return f"{name} holds a text with figures"
    return None


def _in_body(document: Document, *, reply: bool) -> str | None:
    if any(table.zone in _OWN and _counts(table) for table in document.tables[:20]):
        return "a table in its text holds figures beside words"
    beside = 0
    for text, signed in _own(document.lines[:LINES]):
        if (sure := _orders(text, signed=signed)) is not None:
            return f"a line may be an article with its quantity: “{shown(sure, 80)}”"
        beside += 0 if signed else _figures(text)
    if not reply and beside > 1:
        return "its text holds several figures beside words"
    return None


def _own(lines: Iterable[Line]) -> Iterator[tuple[str, bool]]:
    """The writer's own lines, and whether each stands below the closing words."""
    signed = False
    for line in lines:
        signed = signed or (line.zone in _OWN and phrasebook().closing.match(folded(line.text[:60])) is not None)
        if line.zone in _OWN and line.text.strip():
            yield line.text[:LENGTH], signed


def _counts(table: Table) -> bool:
    """Rows that hold a number beside words: one with two numbers, or two."""
    rows = 0
    for row in table.rows[:ROWS]:
        cells = [cell.strip() for cell in row[:40] if cell.strip()]
        figures = sum(number(cell) is not None for cell in cells)
        if figures and any(_WORD.search(cell[:LENGTH]) for cell in cells):
            rows += min(figures, 2)
            if rows > 1:
                return True
    return False


def _orders(text: str, *, signed: bool) -> str | None:
    """The line, when it counts something: a figure with a unit, at the start of a list's item, or beside a code."""
    said = _ADDRESS.sub(" ", text).casefold()
    rest = _WHEN.sub(" ", said)
    counted = any(found[1] is None or unit(found[1]) is not None for found in _COUNTED.finditer(rest))
    spelled = set(_WORD.findall(folded(rest)))
    if counted or (spelled & phrasebook().numbers and any(unit(word) for word in spelled if len(word) > 2)):
        return text
    if signed:
        return None
    figures = _FIGURE.search(_CODE.sub(" ", rest)) is not None
    return text if figures and (_CODE.search(rest) is not None or _FIRST.match(rest)) else None


def _figures(text: str) -> int:
    """How many figures stand beside words in the line."""
    rest = _WHEN.sub(" ", _ADDRESS.sub(" ", text).casefold())
    return len(_FIGURE.findall(rest)) if _WORD.search(rest) else 0


def _digits(text: str) -> bool:
    return any(map(str.isdigit, text))


def _waiting(mail: Mail, document: Document) -> str | None:
    """A link that asks to be opened, in a mail that bears a number."""
    for said, link in document.links:
        text = said.casefold()
        numbered = _LONG_NUMBER.search(mail.subject.casefold()) or _LONG_NUMBER.search(text) or words.ORDER.search(text)
        if numbered and _OPENS.search(text) and not _ONLINE.search(text):
            return link
    return None
