"""The titles of a sheet, a page or delimited text: what paper it says that it is (papers.toml)."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from rapidfuzz.distance import OSA

from maildaemon.kindwords import CANCEL_SUBJECTS, CHANGE_SUBJECTS
from maildaemon.model import Document, Kind
from maildaemon.phrasebook import folded
from maildaemon.references import is_reference

LINES, LONGEST = 8, 60
_HEADED = 16
"""Lines of a page among which a title may stand in a paragraph of its own, below two letter heads."""
_OPTIONAL = re.compile(r"\(\?:[^()]*\)\?")
_SHORTEST = 6
_ALONE = 4
"""Lines among which a title may stand beside something else, as long as nothing follows it."""
_GAP = re.compile(r" {2,}|\t| \| ")
_NUMBER = (
    r"(?:[ :#-]{1,3}(?:no|nr|num|number|nummer|numero|n)?[.°º: ]{0,3}(?=[a-z0-9/._ -]{0,24}[0-9])[a-z0-9/._ -]{1,24})?"
)
_SHEET = re.compile(r"sheet (.{1,40}), row")
_ORDER = "order"


def titles(document: Document) -> tuple[tuple[str, str], ...]:
    """Each kind of paper (a section of papers.toml) that the document's titles name, with the title as written."""
    found: dict[str, str] = {}
    for kind, text in _named(document):
        found.setdefault(kind, text)
    return tuple(found.items())


def other_paper(document: Document) -> tuple[Kind, str] | None:
    """What the document says that it is, and its title; None for an order, and for what says nothing of itself."""
    found = dict(titles(document))
    if not found or _ORDER in found:
        return None
    name, title = next(iter(found.items()))
    return Kind(name), title


def doubtful_title(document: Document) -> str | None:
    """A title of another paper, also where another says that it is an order; below that one, the labelled number of a
    quotation is a reference."""
    above = False
    for name, title in _named(document):
        above = above or _is_heading(title)
        if name != _ORDER and not (above and is_reference(title, priced=True, titled=True)):
            return title
    return None


def is_titled(document: Document, numbers: Iterable[str] = ()) -> bool:
    """The first title in it is that of an order; or where it has none, one of the texts that the number of an order was
    read from is."""
    first = next((title for _, title in _named(document)), None)
    return any(map(_is_heading, numbers)) if first is None else _is_heading(first)


def _is_heading(text: str) -> bool:
    """The title of an order, alone or with the number behind it; a label is none."""
    return _headed().fullmatch(folded(text)) is not None


@cache
def _headed() -> re.Pattern[str]:
    data = tomllib.loads(files("maildaemon").joinpath("papers.toml").read_text("utf-8"))
    phrases = "|".join(phrase for phrase in data[_ORDER]["phrases"] if phrase != r"p\.?o\.?")
    return re.compile(rf"(?:{phrases})(?: [a-z]{{0,4}}[ -]?[0-9][a-z0-9/._-]{{1,24}})?")


def _named(document: Document) -> Iterator[tuple[str, str]]:
    """Each title, in its order, with the kind of paper that it names."""
    known = _patterns()
    for text in _titles(document):
        said = folded(text).strip(" .:*#=_-")
        kind = next((kind for kind, pattern in known.items() if pattern.fullmatch(said)), None) or _slip(said)
        if kind is not None:
            yield kind, text


def changed_title(document: Document) -> str | None:
    """A title that speaks of a change of an order or of its end."""
    words = (*CHANGE_SUBJECTS, *CANCEL_SUBJECTS)
    titles = (text for text in _titles(document) if len(text) <= LONGEST)
    return next((text for text in titles if any(word in text.casefold() for word in words)), None)


def sheet_names(document: Document) -> Iterator[str]:
    """Of a workbook."""
    for _, called in document.parts:
        if sheet := _SHEET.fullmatch(called):
            yield sheet[1]


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = tomllib.loads(files("maildaemon").joinpath("papers.toml").read_text("utf-8"))
    return {name: re.compile(f"(?:{'|'.join(section['phrases'])}){_NUMBER}") for name, section in data.items()}


def _slip(said: str) -> str | None:
    """The kind of paper whose title is meant, with one slip of the pen in it: "Fcatura"."""
    if not _SHORTEST <= len(said) <= LONGEST or any(map(str.isdigit, said)):
        return None
    return next((name for word, name in _plain().items() if OSA.distance(word, said, score_cutoff=1) == 1), None)


@cache
def _plain() -> dict[str, str]:
    """The titles that are written in one way only, and long enough to be told with a slip in them, with their kinds;
    the title of an order is none of another."""
    data = tomllib.loads(files("maildaemon").joinpath("papers.toml").read_text("utf-8"))
    words = ((_OPTIONAL.sub("", phrase), name) for name, section in data.items() for phrase in section["phrases"])
    return {word: name for word, name in words if len(word) >= _SHORTEST and word.replace(" ", "").isalpha()}


def _titles(document: Document) -> Iterator[str]:
    """The names of its sheets, and what stands alone in a line at its head, or last in one of the first few."""
    yield from sheet_names(document)
    texts = [line.text.strip() for line in document.lines[: 5 * LINES]]
    places = [at for at, text in enumerate(texts) if text]
    for number, at in enumerate(places[:LINES]):
        parts = [text.strip() for text in _GAP.split(texts[at])]
        alone = len(parts) == 1 or (number < _ALONE and len(parts) < 4 and not _is_labelled(parts))
        if alone and 0 < len(parts[-1]) <= LONGEST:
            yield parts[-1]
    if document.parts:
        yield from (texts[at] for at in places[LINES:_HEADED] if _is_apart(texts, at) and len(texts[at]) <= LONGEST)


def _is_apart(texts: list[str], at: int) -> bool:
    """A paragraph of its own, and no label above its value."""
    above, below = texts[max(0, at - 1) : at], texts[at + 1 : at + 4]
    if any(above) or any(below[:1]):
        return False
    return not (len(below) > 1 and below[1] and not any(below[2:]) and any(map(str.isdigit, below[1])))


def _is_labelled(texts: list[str]) -> bool:
    """The last text is the value of the one before it."""
    return texts[-2].endswith(":") or any(map(str.isdigit, texts[-1]))
