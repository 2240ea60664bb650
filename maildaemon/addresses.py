"""Postal addresses: their parts, and whether two of them are one place."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz.distance import OSA

from maildaemon.wording import LEGAL_FORMS

LONGEST = 600
_FOLDED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "ı": "i", "’": "'", "`": "'"})
_APART = re.compile(r"[,;\n|]| / ")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|&")
_CARE_OF = re.compile(r"\bc\s?/\s?o\b|\bcare of\b|\bp\. ?adr\b|\bz\. ?hd\b", re.IGNORECASE)
_PREFIXED = re.compile(r"\b(D|DE|F|FR|A|AT|CH|B|BE|NL|L|LU|I|IT|E|ES|DK|S|SE|N|NO|PL|FL|CZ|PT|P)-(?=[0-9]{3})")
_BY_PREFIX = {"D": "DE", "F": "FR", "A": "AT", "B": "BE", "L": "LU", "I": "IT", "E": "ES", "S": "SE", "N": "NO",
              "FL": "LI", "P": "PT"}  # fmt: skip
_STATE = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
)
_US = re.compile(rf"(?:^|[\s,])(?:{_STATE})[ ,]{{1,2}}([0-9]{{5}}(?:-[0-9]{{4}})?)\s*$")
_MARKED = ("GB", "IE", "CA", "NL", "PL", "PT")
"""Countries whose postcodes no other country's looks like, as far as we deliver."""
_SUFFIXES = ("strasse", "straat")
# What is told of a place within an address.
_WITHIN = re.compile(
    r"(?:unit|suite|ste|floor|gate|tor|halle?|bay|dock|ramp|rampe|geb|building|bldg|quai|porte|puerta|poort|ingang"
    r"|po box|postfach|[0-9]{1,2}\.? ?(?:sal|etage|og|stock|floor|piso|piano))\b",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"(?<=\b[^\W\d_])\.(?=[^\W\d_]\b)")
_NUMBERED = re.compile(r"\b([0-9]{1,4}) ([a-d])\b")
_HOUSE = re.compile(r"[0-9]{1,5} ?[a-z]?(?: ?[-/] ?[0-9]{1,4} ?[a-z]?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """``country`` an ISO 3166-1 code, ``postcode`` without blanks; ``name`` is who is there, ``street`` with its house
    number, ``rest`` what is neither (a gate, a hall, a second line)."""

    name: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None
    rest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Data:
    countries: dict[str, str]
    codes: frozenset[str]
    postcodes: dict[str, re.Pattern[str]]
    short: dict[str, str]
    idle: frozenset[str]
    apart: frozenset[str]


@cache
def _data() -> _Data:
    data = tomllib.loads(files("maildaemon").joinpath("addresses.toml").read_text("utf-8"))
    short = {word: key for key, words in data["short"].items() for word in (key, *words.split())}
    return _Data(
        {name: code for code, names in data["countries"].items() for name in names},
        frozenset(data["countries"]),
        {code: re.compile(rf"(?<![\w-]){shape}(?![\w-])") for code, shape in data["postcodes"].items()},
        short,
        frozenset(data["idle"]["words"].split()),
        frozenset(data["apart"]["words"].split()),
    )


def _fold(text: str) -> str:
    text = text.casefold().translate(_FOLDED)
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(text.replace(".", " ").split())


def country(text: str) -> str | None:
    """The country that an address names at its end, or that only its postcode can belong to."""
    return parsed(text).country


@lru_cache(maxsize=2048)
def parsed(text: str) -> Address:
    """The parts of an address as one text, its lines parted by commas. What cannot be told apart stays in ``rest``."""
    parts = [" ".join(part.split()) for part in _APART.split(text[:LONGEST])]
    parts = [part for part in parts if part]
    data = _data()
    found: str | None = None
    for last in range(len(parts) - 1, max(-1, len(parts) - 3), -1):
        folded = _fold(parts[last])
        code = data.countries.get(folded) or data.countries.get(folded.replace(" ", ""))
        if code is None and last == len(parts) - 1 and parts[last] in data.codes:
            code = parts[last]  # as structured messages write it
        if code is not None and last > 0:
            found = code
            parts.pop(last)
            break
    place, postcode, city, told = _placed(parts, found)
    found = found or told
    if place is None:
        return Address(country=found, rest=tuple(parts))
    before, behind = parts[:place], parts[place + 1 :]
    if found in {"US", "CA"} and city and len(city) <= 3:
        city = ""  # the state or province alone
    if not city and found in {"GB", "US", "CA", "IE"} and before and not any(map(str.isdigit, before[-1])):
        city = before.pop()
    elif not city and behind:
        city = behind.pop(0)
    street = next((part for part in reversed(before) if _is_street(part)), before[-1] if len(before) > 1 else None)
    name = before[0] if before and before[0] != street and not before[0][0].isdigit() else None
    rest = tuple(part for part in (*before, *behind) if part not in {street, name})
    return Address(name, street, postcode, city or None, found, rest)


def _placed(parts: list[str], stated: str | None) -> tuple[int | None, str | None, str, str | None]:
    """The part with the postcode, counted from behind; the postcode, what stands beside it, and its country."""
    postcodes = _data().postcodes
    for place in range(len(parts) - 1, -1, -1):
        part = parts[place]
        code = stated
        if prefix := _PREFIXED.search(part):
            code = code or _BY_PREFIX.get(prefix[1], prefix[1])
            part = _PREFIXED.sub("", part)
        shapes: list[tuple[str | None, re.Pattern[str]]] = [(code, postcodes[code])] if code in postcodes else []
        if code is None:
            if us := _US.search(part):
                return place, us[1], part[: us.start()].strip(" ,"), "US"
            shapes = [(one, postcodes[one]) for one in _MARKED]
            shapes += [(None, _FIVE), (None, _FOUR)] if place > 0 or len(parts) == 1 else []
        for one, shape in shapes:
            found = list(shape.finditer(part.upper() if one in _MARKED else part))
            if not found:
                continue
            match = found[-1] if one in {"GB", "US", "CA", "IE"} else found[0]
            beside = f"{part[: match.start()]} {part[match.end() :]}"
            if one is None and (match.start() > 0 or not any(map(str.isalpha, beside))):
                continue  # digits behind a street are a house number
            return place, match[0].replace(" ", "").replace("-", ""), " ".join(beside.split()).strip(" -"), one
    return None, None, "", stated


_FIVE = re.compile(r"(?<![\w-])[0-9]{3} ?[0-9]{2}(?![\w-])")
_FOUR = re.compile(r"(?<![\w-])[1-9][0-9]{3}(?![\w-])")


def _is_street(part: str) -> bool:
    return _HOUSE.search(part) is not None and any(map(str.isalpha, part)) and _WITHIN.match(part) is None


def elsewhere(stated: str, listed: str) -> str | None:
    """Why the two are not one place; None when they are. Case, accents, the usual short forms and the order of parts do
    not count; a stated address may leave out parts of the listed one, never its street, number and town, and may add
    nothing that could lead elsewhere."""
    if _CARE_OF.search(stated) and not _CARE_OF.search(listed):
        return "it is in the care of somebody"
    if (said := list(_tokens(stated))) and said == list(_tokens(listed)):
        return None
    one, other = parsed(stated), parsed(listed)
    if one.country and other.country and one.country != other.country:
        return "the country differs"
    if one.postcode and other.postcode and _code(one.postcode) != _code(other.postcode):
        return "the postcode differs"
    mine, theirs = _words(stated, one), _words(listed, other)
    if not mine:
        return "it says nothing"
    numbers, known = {w for w in mine if w[0].isdigit()}, {w for w in theirs if w[0].isdigit()}
    if not numbers <= known:
        return "a number differs"
    strange = _strange(mine - numbers, theirs - known)
    if strange is not None:
        return f"“{strange}” is not in it"
    if not numbers and known:
        return "it says no number"
    if not known and (missing := _strange(theirs, mine)) is not None:
        return f"“{missing}” is not stated"
    return _left_out(one, other, mine)


def _left_out(one: Address, other: Address, mine: set[str]) -> str | None:
    """What the stated address would have to say to be that place."""
    if other.street and _strange(set(_tokens(other.street)) - _data().idle, mine) is not None:
        return "the street is not stated"
    if other.city and not one.postcode and _strange(set(_tokens(other.city)), mine) is not None:
        return "the town is not stated"
    return None


def _code(postcode: str) -> str:
    return postcode.upper().replace(" ", "").replace("-", "")


def _words(text: str, address: Address) -> set[str]:
    """Its words in short form, without the country's name."""
    data = _data()
    parts = [
        part
        for part in _APART.split(text[:LONGEST])
        if address.country is None or address.country not in {data.countries.get(_fold(part)), part.strip()}
    ]
    text = _PREFIXED.sub("", " , ".join(parts))
    if address.postcode:
        spaced = re.compile(r"[ -]?".join(map(re.escape, address.postcode)), re.IGNORECASE)
        text = spaced.sub(f" {address.postcode} ", text)
    return {word for word in _tokens(text) if word not in data.idle and word not in LEGAL_FORMS}


def _tokens(text: str) -> Iterator[str]:
    data = _data()
    for word in _WORD.findall(_NUMBERED.sub(r"\1\2", _fold(_INITIALS.sub("", text)))):
        suffix = next((suffix for suffix in _SUFFIXES if word.endswith(suffix) and word != suffix), None)
        if suffix is not None:
            word = f"{word[: -len(suffix)]}str"
        for piece in word.split("-"):
            yield data.short.get(piece, piece)


def _strange(mine: set[str], theirs: set[str]) -> str | None:
    """A word that the other has not, not even with a letter doubled, left out or in the wrong place."""
    for word in sorted(mine - theirs):
        if word in _data().apart or word[0].isdigit():
            return word
        if any(_slipped(word, other) for other in theirs):
            continue
        if any(f"{word}{other}" in theirs or f"{other}{word}" in theirs for other in mine) or (
            len(word) > 5 and any(f"{first}{second}" == word for first in theirs for second in theirs)
        ):
            continue
        return word
    return None


def _slipped(word: str, other: str) -> bool:
    """Not another letter in the place of one: Bergstrasse and Burgstrasse are two streets."""
    if min(len(word), len(other)) < 5 or OSA.distance(word, other, score_cutoff=1) > 1:
        return False
    return len(word) != len(other) or sorted(word) == sorted(other)
