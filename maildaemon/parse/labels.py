"""What a text calls a field: labels compared by their letters and digits, with a few typing errors allowed."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz import process
from rapidfuzz.distance import OSA

from maildaemon.parse.numbers import CODES, SYMBOLS
from maildaemon.playbook import Profile

LONGEST = 48
WEAK = 0.8
LANGUAGES = ("en", "de", "fr", "es", "it", "nl")
_NO_MONEY = frozenset(
    {"po_number", "order_date", "requested_date", "customer_number", "buyer", "ship_to", "bill_to", "payment_terms"}
)
_DATED = ("po_number", "order_date")
_KEEP = re.compile(r"[^a-z0-9]+")
_NUMBER_SIGN = re.compile(r"#|№|n[°º]|nº")
_PARENTHESES = re.compile(r"[(\[][^()\[\]]{0,40}[)\]]")
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l"})
# What squash makes of each ASCII character: nearly all texts are of these alone.
_ASCII = {code: chr(code).lower() if chr(code).isalnum() else None for code in range(128)} | {ord("#"): "no"}

_OURS = "our unser unsere unserer notre nos nuestra nuestro nuestros nuestras nostra nostro ns ons onze"
_YOURS = "your ihr ihre ihrer votre vos vs su sus vostra vostro vuestra vuestro uw"
# Told by the client: "our" number is the client's own, "your" number the supplier's.
_OWNERS = dict.fromkeys(_OURS.split(), "ours") | dict.fromkeys(_YOURS.split(), "yours")
_BEGINNINGS = {"ours": tuple(_OURS.split()), "yours": tuple(_YOURS.split())}


@dataclass(frozen=True, slots=True)
class Label:
    """The field that a label names; ``similarity`` is 1.0 for the exact letters. ``field`` None: known, and not for
    us."""

    field: str | None
    similarity: float = 1.0
    weight: float = 1.0
    languages: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        return self.similarity * self.weight


@dataclass(frozen=True, eq=False, slots=True)
class Vocabulary:
    """Labels by their letters and digits, and by length for the fuzzy search. Compared by identity."""

    exact: Mapping[str, Label]
    by_length: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labels:
    """``header`` labels name fields of the order, ``column`` labels those of a line; ``sums`` are rows that state a
    sum."""

    header: Vocabulary
    column: Vocabulary
    sums: Vocabulary


def squash(text: str) -> str:
    """Letters and digits alone, lower case, without accents; a number sign is ``no``."""
    if text.isascii():
        return text.translate(_ASCII)
    text = _NUMBER_SIGN.sub("no", text.casefold()).translate(_LETTERS)
    return _KEEP.sub("", "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)))


def without_currency(text: str) -> tuple[str, str | None]:
    """``Price (EUR)`` → ``Price`` and ``EUR``."""
    return (text, None) if len(text) > LONGEST or text.isalnum() else _without_currency(text)


@lru_cache(maxsize=16384)
def _without_currency(text: str) -> tuple[str, str | None]:
    code = None
    words = text.replace("(", " ").replace(")", " ").replace("[", " ").replace("]", " ").replace("/", " / ").split()
    if len(words) < 2:
        return text, None
    kept = []
    for word in words:
        found = word if word in CODES else SYMBOLS.get(word)
        if found and code in {None, found}:
            code = found
        elif word not in {"in", "$"} or found:
            kept.append(word)
    if code is None and "$" not in words:
        return text, None
    return " ".join(word for word in kept if word != "/"), code


def named(vocabulary: Vocabulary, text: str, *, kind: bool = False) -> Label | None:
    """What the text names in that vocabulary. ``kind`` allows one typing error in a word of three or four letters: fit
    for a heading whose neighbours are recognised."""
    return None if len(text) > LONGEST else _named(vocabulary, text, kind)


@lru_cache(maxsize=16384)
def _named(vocabulary: Vocabulary, text: str, kind: bool) -> Label | None:
    return exactly(vocabulary, text) or _of_money(_fuzzy(vocabulary, _bare(text), kind), text)


def exactly(vocabulary: Vocabulary, text: str) -> Label | None:
    """What the text names letter by letter, perhaps with a currency or a remark in parentheses beside it."""
    return _of_money(_exactly(vocabulary, text), text)


def _of_money(label: Label | None, text: str) -> Label | None:
    """``Order EUR`` is the label of no order's number."""
    return None if label is not None and label.field in _NO_MONEY and without_currency(text)[1] else label


def _exactly(vocabulary: Vocabulary, text: str) -> Label | None:
    known = vocabulary.exact
    if (label := known.get(squash(text))) is not None or text.isalnum():
        return label
    plain, _ = without_currency(text)
    if plain is not text and (label := known.get(squash(plain))) is not None:
        return label
    bare = _bare(text)
    if bare != plain and (label := known.get(squash(bare))) is not None:
        return label
    return (_twice(known, bare) if "/" in bare or " - " in bare else None) or _whose(known, bare)


def _whose(known: Mapping[str, Label], text: str) -> Label | None:
    """``Notre référence article`` is the client's own number, ``Votre référence article`` that of the supplier."""
    first, _, rest = text.strip().partition(" ")
    owner = _OWNERS.get(squash(first))
    label = known.get(squash(rest)) if owner else None
    if label is None or label.field not in {"item", "sku", "buyer_sku"}:
        return None
    return Label("buyer_sku" if owner == "ours" else "sku", 1.0, label.weight, label.languages)


def _twice(known: Mapping[str, Label], text: str) -> Label | None:
    """``Menge / Quantity`` says the same in two languages; ``N° de commande / Date`` is the number, with its date."""
    halves = text.replace(" - ", "/").split("/")
    if len(halves) != 2:
        return None
    first, second = (known.get(squash(half)) for half in halves)
    if first is None or second is None or first.field is None:
        return None
    if first.field == second.field:
        return Label(first.field, 1.0, min(first.weight, second.weight))
    return Label(first.field, 1.0, first.weight) if (first.field, second.field) == _DATED else None


def _bare(text: str) -> str:
    """Without currency and parentheses."""
    plain, _ = without_currency(text)
    return _PARENTHESES.sub(" ", plain) if "(" in plain or "[" in plain else plain


def _allowed(length: int, kind: bool) -> int:
    if length < 5:
        return 1 if kind and length >= 4 else 0
    return 1 if length < 9 else 2 if length < 13 else 3


def _fuzzy(vocabulary: Vocabulary, text: str, kind: bool) -> Label | None:
    """The nearest label, unless another field's is as near: a near tie is no match. One letter makes ``notre`` of
    ``votre``: whose a number is must be said in whole."""
    key, owner = squash(text), _OWNERS.get(squash(text.strip().partition(" ")[0]))
    if len(key) < 3 or key.isdigit():
        return None
    best: list[tuple[int, str]] = []
    for length in range(len(key) - 3, len(key) + 4):
        labels = vocabulary.by_length.get(length)
        allowed = _allowed(length, kind)
        if not labels or abs(length - len(key)) > allowed:
            continue
        for label, distance, _ in process.extract(key, labels, scorer=OSA.distance, score_cutoff=allowed, limit=4):
            if owner is None or label.startswith(_BEGINNINGS[owner]):
                best.append((int(distance), label))
    if not best:
        return None
    best.sort()
    least = best[0][0]
    nearest = [vocabulary.exact[label] for distance, label in best if distance == least]
    if len({label.field for label in nearest}) != 1:
        return None
    first = nearest[0]
    return Label(first.field, 1 - least / max(len(key), len(best[0][1])), first.weight, first.languages)


@cache
def _data() -> dict[str, dict[str, dict[str, list[str]]]]:
    return tomllib.loads(files("maildaemon.parse").joinpath("labels.toml").read_text(encoding="utf-8"))


def labels(profile: Profile) -> Labels:
    """The labels of a profile. Those that it states for a field stand in the place of the general ones."""
    given = tuple((name, rule.labels) for name, rule in profile.fields.items() if rule.labels)
    return _labels(given, tuple(profile.lines.items()), profile.ignore)


@lru_cache(maxsize=256)
def _labels(
    header: tuple[tuple[str, tuple[str, ...]], ...],
    column: tuple[tuple[str, tuple[str, ...]], ...],
    ignored: tuple[str, ...],
) -> Labels:
    data = _data()
    fields: dict[str, Label] = {}
    for name, texts in header:
        _add(fields, name, {"": list(texts)})
    stated = {name for name, _ in header}
    for name, by_language in data["header"].items():
        if name not in stated:
            _add(fields, name, by_language)
    for name, by_language in data["weak"].items():
        if name not in stated:
            _add(fields, name, by_language, WEAK)
    for by_language in data["ignore"].values():
        _add(fields, None, by_language)

    columns: dict[str, Label] = {}
    for name, texts in column:
        _add(columns, name, {"": list(texts)})
    _add(columns, "ignored", {"": list(ignored)})
    stated = {name for name, _ in column}
    for name, by_language in data["column"].items():
        if name not in stated:
            _add(columns, name, by_language)
    for name, by_language in data["header"].items():
        if name not in {"total", "requested_date"}:
            _add(columns, f"order.{name}", by_language)
    _add(columns, "order.po_number", {"de": ["Auftragsnummer", "Auftragsnr"]})
    _add(columns, "order.total", {"en": ["Order total", "PO total", "Grand total"]})
    sums: dict[str, Label] = {}
    _add(sums, "sum", data["ignore"]["sums"])
    return Labels(_vocabulary(fields), _vocabulary(columns), _vocabulary(sums))


def _add(known: dict[str, Label], name: str | None, by_language: Mapping[str, list[str]], weight: float = 1.0) -> None:
    """Whoever comes first keeps a label; the same field in a further language only adds that language."""
    for language, texts in by_language.items():
        for text in texts:
            key = _squashed(text)
            label = known.get(key)
            if label is None:
                known[key] = Label(name, 1.0, weight, (language,) if language else ())
            elif label.field == name and language and language not in label.languages:
                known[key] = Label(name, 1.0, label.weight, (*label.languages, language))


@lru_cache(maxsize=16384)
def _squashed(text: str) -> str:
    """Every profile has the same few thousand general labels."""
    return squash(text)


def _vocabulary(exact: dict[str, Label]) -> Vocabulary:
    by_length: dict[int, list[str]] = {}
    for key in exact:
        by_length.setdefault(len(key), []).append(key)
    return Vocabulary(exact, {length: tuple(keys) for length, keys in by_length.items()})
