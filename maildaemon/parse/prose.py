"""Order lines typed as sentences: "5 x W-100 Hex bolt @ 1.20", "10 Stück Art.-Nr. W-200 à 4,50 EUR", "W-100: 5 pcs"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from maildaemon.parse.codes import has_strong, is_strong, split_item
from maildaemon.parse.labels import Labels, named
from maildaemon.parse.numbers import CODES, SYMBOLS, holds_money, is_money, number
from maildaemon.parse.numberwords import in_figures
from maildaemon.parse.prosesums import is_product, summed
from maildaemon.parse.prosewords import CONDITIONS, LEAD_IN, needed, without_head, without_tail
from maildaemon.parse.units import quantity, unit
from maildaemon.unitwords import unit_words

LONGEST = 240
SENTENCE = 1000
_BULLET = re.compile(r"(?:([-*•·–+])|\(?[0-9]{1,3}([.)]))[ \t]+")
_OF = frozenset("of x × de di von d' van stück".split())
_AT = frozenset("@ at à a á zu je per ad für for price @eur preis prix prezzo prijs precio voor".split())
# "zum Preis von 4,50": what leads to the word for a price, and what stands between it and the amount.
_TO = frozenset("zum au al a at the por un".split())
_FROM = frozenset("von de of di van".split())
_EACH = frozenset("each ea apiece pro je per piece stück stk st pc pcs unit unité pièce l'unité cad cadauno "
"p.st stuk per-stuk cada uno l'unità unidad la "
                  "/ /pc /pcs /ea /each /stk /stück /unit netto net".split())  # fmt: skip
_NUMBER = frozenset("n. n° nº nr. nr no. n".split())
"""What Italian puts before a count: "n. 10 pz"."""
_TWO_FIGURES = re.compile(r"\s*[0-9]{1,5} +[0-9]{1,7}(?![0-9.,])")
_TIMES = frozenset({" x ", " × "})
_MEASURES = frozenset({"MMT", "CMT", "INH", "HUR", "DAY", "MIN", "SEC", "WEE", "MON", "ANN"})
_GLUED = re.compile(r" [x×]([0-9]{1,6})$")
_CODE_COUNT = re.compile(r"([A-Z0-9][A-Z0-9._/\-]{2,39}) +([0-9][0-9.,]{0,9} ?[^\W\d_]{1,12}\.?)")
_ARTICLES = frozenset("the la le les l' der die das den el los las il lo gli het your votre ihre su vs. uw".split())
_NUMBERED = frozenset("référence reference referencia ref. "
    "art.-nr art.nr art-nr artnr art artikel article artikelnr artikel-nr item sku part ref "
"réf no nr p/n "
                      "n° code codice código código articolo artikelnummer".split())  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """The parts of a typed line, as written. ``sure`` lines stand for themselves; others need a neighbour of their
    kind."""

    quantity: str
    sku: str | None
    description: str | None
    unit_price: str | None
    amount: str | None
    sure: bool


_DIGIT = re.compile("[0-9]")
_COUNT = r"(?:[0-9]{1,3}(?: [0-9]{3})+|[0-9][0-9.,]{0,9})"
_WORD = "|".join(
    sorted(
        (re.escape(word) for word in unit_words().words if len(word) > 1 or word in {"m", "u"}), key=len, reverse=True
    )
)
_AND = r"(?:and|und|et|y|e|en|plus|sowie|ainsi que|\+|&)"
# "5 x W-100, 10 x W-101 and 3 boxes of W-102": a quantity behind a comma or an "and" begins the next line.
_PIECES = "pcs?|pieces|units?|boxes|box|st(?:ü|ue)ck|stk|stuks|pz|pezzi|uds|unidades|pièces"
_NAMED = r"(?:(?:of|de|di|von|van) )?(?=(?-i:[A-Z]{1,6}[0-9]{0,6}-[A-Z0-9]))"
_NEXT_ITEM = re.compile(
    rf"(?:(?:(?<![0-9]),|, |; ?)(?={_COUNT} ?(?:[x×] |(?:{_PIECES})\.? |(?:{_WORD})\.? {_NAMED}|{_NAMED}))"
    rf"|(?:, ?| ){_AND} (?:(?:also|auch|aussi|además|inoltre|daarnaast) )?"
    rf"(?={_COUNT} ?(?:[x×] |(?:{_WORD})\.? |{_NAMED})))",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"(?<![\w.,-])[0-9]{1,6} ?[x×] (?=[A-Z]*[A-Za-z0-9-]*[A-Z])")
# "…, and also 4 boxes": a quantity that something else than a comma leads to, wherever it stands.
_COUNTS_ON = re.compile(rf" {_AND} (?:[^\W\d_]+ ){{0,2}}{_COUNT} ?(?:[x×]|(?:{_WORD})\b)", re.IGNORECASE)
_COUNTS = re.compile(rf"(?<![\w.,-]){_COUNT} ?(?:[x×] |(?:{_WORD})\b)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{4})[.;] (?=[A-ZÄÖÜÉÈ])")


def sentences(text: str) -> list[str]:
    """The line's sentences, and the items of a list in one; a line that is long, or has no figure, is not looked at."""
    if len(text) > SENTENCE or _DIGIT.search(text) is None:
        return []
    text = needed(in_figures(text))
    found = _SENTENCE_END.split(text) if ". " in text or "; " in text else [text]
    return [item for sentence in _whole(found) for item in _items(sentence)]


def _whole(parts: list[str]) -> list[str]:
    """The sentences put together again that were parted within brackets: "(Ihre Artikelnr. DG7877)"."""
    found: list[str] = []
    for part in parts:
        if found and found[-1].count("(") > found[-1].count(")"):
            found[-1] = f"{found[-1]}. {part}"
        else:
            found.append(part)
    return found


def counts(text: str) -> bool:
    """A count of something stands in the text."""
    return _COUNTS.search(text) is not None


def _items(sentence: str) -> list[str]:
    """The sentence cut before each further quantity that names an article; "…, 100 pcs at 5.00" names none: it says of
    the article before it how it is packed."""
    cuts = [0]
    for found in _NEXT_ITEM.finditer(sentence):
        words = sentence[found.end() :].split()
        counted = words[0][-1:].isalpha() or words[0][-1:] == "×" or (len(words) > 1 and is_strong(_bare(words[1])))
        rest = words[1:] if counted else words[2:]
        if words[0].isdigit() and len(words) > 2 and words[1].isdigit():
            rest = words[3:]
        while rest and rest[0].casefold() in _OF:
            rest = rest[1:]
        if rest and rest[0][0].isalnum() and rest[0].casefold() not in _AT and number(rest[0]) is None:
            cuts.extend((found.start(), found.end()))
    items = [sentence[start:end] for start, end in zip(cuts[::2], [*cuts[1::2], len(sentence)], strict=True)]
    return [items[0], *map(_times, items[1:])]


def _times(item: str) -> str:
    """``20 W-100`` behind another item is ``20 x W-100``: its figure is no number of a line."""
    count, _, rest = item.partition(" ")
    return f"{count} x {rest}" if is_strong(_bare(rest.partition(" ")[0])) and number(count) is not None else item


def _bare(word: str) -> str:
    return word.strip(".,;:()[]*\"'!")


def names(text: str, others: Sequence[str] = ()) -> bool:
    """An article's code stands in the text, which is none of the others: so much of it was not read."""
    return any(
        is_strong(word) and word not in others and (len(word) > 5 if word.isdigit() else any(map(str.isalpha, word)))
        for word in map(_bare, text.split())
    )


def several(found: Typed) -> bool:
    """The description names a further quantity, amount or article number: two articles run into one."""
    text = found.description or ""
    if len(text) < 8:
        return False
    return (
        holds_money(text)
        or _COUNTED.search(text) is not None
        or _COUNTS_ON.search(text) is not None
        or sum(is_strong(word.strip(".,;:()[]*\"'")) for word in text.split()) > (1 if found.sku else 2)
    )


def conditional(found: Typed) -> bool:
    """Behind the article stands no name of it, but words with a condition, a contrast or a negation among them."""
    text = found.description or ""
    return text[:1].islower() and not CONDITIONS.isdisjoint(word.strip(".,;:()!") for word in text.casefold().split())


def bullet(text: str) -> str | None:
    """What sets the line apart as an item of a list: its bullet, the sign behind its number, or that it begins with a
    figure or a code."""
    text = text.lstrip()
    if found := _BULLET.match(text):
        return found[1] or found[2]
    if text[:1].isdigit():
        return "figure"
    return "code" if is_strong(_bare(text.partition(" ")[0])) else None


def typed(text: str, labels: Labels) -> Typed | None:
    """The order line that a line of text is; None for any other text."""
    text = text.strip()
    if not 3 <= len(text) <= LONGEST or _DIGIT.search(text) is None:
        return None
    listed = _BULLET.match(text)
    if listed:
        text = text[listed.end() :]
    words = without_head(text).split()
    spoken = len(words) < len(text.split())
    while words and words[0].casefold().strip(",:!") in LEAD_IN:
        words.pop(0)
        spoken = True
    words = without_tail(" ".join(words)).split()
    if len(words) < 2 or len(words) > 40:
        return None
    if (parted := summed(words)) is not None:
        rest, price, whole = parted
        found = _typed(rest, labels, spoken=spoken, listed=listed is not None)
        if found is not None and found.unit_price is None and is_product(found.quantity, price, whole):
            return replace(found, unit_price=price, amount=whole, sure=True)
    return _typed(words, labels, spoken=spoken, listed=listed is not None)


def _typed(words: list[str], labels: Labels, *, spoken: bool, listed: bool) -> Typed | None:
    while len(words) > 2 and words[0].casefold() in _NUMBER and words[1][0].isdigit():
        words = words[1:]
    if not words:
        return None
    if words[0][0].isdigit():
        found = _quantity_first(words, spoken=spoken and not listed)
        if found is not None:
            return found
    return _quantity_last(" ".join(words), labels, listed=listed)


def _quantity_first(words: list[str], *, spoken: bool) -> Typed | None:
    """``5 x ITEM @ PRICE each``, ``20 pcs of ITEM at EUR PRICE``; where somebody speaks, ``20 W-100`` too."""
    words = _joined(words)
    head, rest, marked = words[0], words[1:], False
    if head[-1:] in "xX×" and number(head[:-1]) is not None:
        head, marked = head[:-1], True
    elif number(head) is None:
        parts = quantity(head)
        if parts is None or parts[1] is None or unit(parts[1]) is None:
            return None
        marked = True
    elif rest and rest[0].casefold() in {"x", "×"}:
        rest, marked = rest[1:], True
    elif rest and unit(rest[0]) is not None and rest[0].casefold() not in {"a", "no"}:
        head, rest, marked = f"{head} {rest[0]}", rest[1:], True
    elif rest and rest[0].casefold() in _FROM:
        marked = len(rest) > 1 and is_strong(_bare(rest[1]))
    elif spoken:
        marked = bool(rest) and is_strong(_bare(rest[0]))
    if not marked or not rest:
        return None
    while rest and rest[0].casefold() in _OF:
        rest = rest[1:]
    item, price = _price(rest)
    item = _named_article(item)
    while item and item[0].casefold().rstrip(":.") in _NUMBERED and len(item) > 1:
        item = item[1:]
    what = " ".join(item).strip(" ,;:.-–")
    if not any(c.isalpha() for c in what) or is_money(what):
        return None
    code, words_left = split_item(what)
    return Typed(head, code, words_left, price, None, price is not None or code is not None or has_strong(what))


def _named_article(item: list[str]) -> list[str]:
    """``la référence W-100`` without the words before the number."""
    for at in range(1, min(4, len(item))):
        if is_strong(_bare(item[at])) and item[at - 1].casefold().rstrip(":.") in _NUMBERED:
            return item[at:] if all(word.casefold() in _ARTICLES for word in item[: at - 1]) else item
    return item


def _joined(words: list[str]) -> list[str]:
    """``1 500 pcs``: a thousand and five hundred."""
    if len(words) < 3 or not (words[0].isdigit() and len(words[0]) <= 3 and words[1].isdigit() and len(words[1]) == 3):
        return words
    counted = words[2].casefold() in {"x", "×"} or unit(words[2]) is not None
    return [f"{words[0]} {words[1]}", *words[2:]] if counted else words


def may_count(text: str) -> bool:
    """The line begins with two figures: the first may be its number, not the thousands of the second."""
    return _TWO_FIGURES.match(text) is not None


def _price(words: list[str], *, each: bool = False) -> tuple[list[str], str | None]:
    """The words before "@", "at", "à", and the one amount behind it; a price only when nothing else follows. ``each``:
    an amount behind a comma is one only when it is said to be for one piece."""
    for at in range(len(words) - 1, 0, -1):
        if words[at].casefold() not in _AT and not (words[at][0] == "@" and len(words[at]) > 1):
            continue
        tail = words[at + 1 :] if words[at][0] != "@" or len(words[at]) == 1 else [words[at][1:], *words[at + 1 :]]
        while tail and tail[-1].casefold().strip(".,;") in _EACH:
            tail = tail[:-1]
        while len(tail) > 1 and tail[0].casefold() in _FROM:
            tail = tail[1:]
        if tail:
            tail[-1] = tail[-1].rstrip(".;") if not tail[-1].rstrip(".;").endswith(",") else tail[-1].rstrip(".;,")
            tail = [tail[-1].split("/")[0]] if len(tail) == 1 else [*tail[:-1], tail[-1].split("/")[0]]
        money = " ".join(tail)
        if 1 <= len(tail) <= 3 and number(money) is not None and (len(tail) == 1 or _has_currency(tail)):
            before = words[:at]
            while before and before[-1].casefold().strip(",") in _AT | _TO:
                before.pop()
            return before, money
    return _price_behind_comma(words, each=each)


def _price_behind_comma(words: list[str], *, each: bool) -> tuple[list[str], str | None]:
    """``ITEM, 5.00 EUR each``: an amount with its currency at the end."""
    at = max((place for place, word in enumerate(words[:-1]) if word.endswith(",")), default=-1)
    tail = words[at + 1 :]
    said = len(tail)
    while tail and tail[-1].casefold().strip(".,;") in _EACH:
        tail = tail[:-1]
    if each and said == len(tail):
        return words, None
    money = " ".join(tail).rstrip(".;")
    if (
        at >= 0
        and 1 <= len(tail) <= 2
        and (parsed := number(money)) is not None
        and (parsed.currency or parsed.bare_sign)
    ):
        return [*words[:at], words[at].rstrip(",")], money
    return words, None


def _has_currency(words: list[str]) -> bool:
    return any(word.upper() in CODES or word in SYMBOLS or word in {"$", "Euro", "euro"} for word in words)


def _quantity_last(text: str, labels: Labels, *, listed: bool) -> Typed | None:
    """``ITEM - Quantity: 4``, ``W-100: 5 pcs``, ``W-100 x 5``, ``W-100 Bolt, 20 pcs @ 4.50``."""
    head, sep, tail = text.rpartition(":")
    if sep and tail.strip():
        stem, dash, name = head.rpartition(" - ")
        if not dash:
            stem, dash, name = head.rpartition(", ")
        label = named(labels.column, name.strip()) if dash else None
        if label and label.field == "quantity" and quantity(tail) is not None and stem.strip():
            code, words = split_item(stem.strip(" ,;-–"))
            return Typed(tail.strip(), code, words, None, None, True)
    before, price = _price(text.split(), each=True)
    if price is not None:
        text = " ".join(before).rstrip(" ,;-–")
    if (found := _CODE_COUNT.fullmatch(text)) and is_strong(found[1]) and _is_counted(found[2]):
        return Typed(found[2], found[1], None, price, None, True)
    if (found := _GLUED.search(text)) and "-" not in found[0]:
        text = f"{text[: found.start()]} x {found[1]}"
    for sign in (":", " = ", " - ", " – ", ", ", " x ", " × "):
        head, parted, tail = text.rpartition(sign)
        if not parted:
            continue
        many = quantity(tail.strip(" .;"))
        if many is None or (
            sign in _TIMES and (number(head.rpartition(" ")[2]) or (many[1] and unit(many[1]) is None))
        ):
            continue  # "200 x 4.8 mm" is a size
        head, counted = head.strip(" ,;:=-–"), sign in _TIMES or (many[1] is not None and unit(many[1]) is not None)
        if not counted and (many[1] is not None or sign == ", " or not is_strong(head) or not _is_whole(tail)):
            continue
        code, words = split_item(head)
        if code is None or not (any(c.isdigit() for c in code) or "-" in code):
            continue
        if listed or " " not in head or is_strong(head.partition(" ")[0]):
            return Typed(tail.strip(" .;"), code, words, price, None, counted)
        if counted and head.endswith(f"({code})"):
            return Typed(tail.strip(" .;"), code, words, price, None, sure=False)
    return None


def _is_counted(text: str) -> bool:
    """A count of what is sold: a length or a time behind a code says what it is."""
    many = quantity(text.strip(" .;"))
    return many is not None and many[1] is not None and unit(many[1]) not in _MEASURES | {None}


def _is_whole(text: str) -> bool:
    return text.strip(" .;").isdigit()
