"""Numbers in words before what they count: "twenty W-100", "ein Dutzend Rollen", "vingt-cinq pièces"."""

from functools import cache

from maildaemon.parse.codes import is_code, is_strong
from maildaemon.parse.units import unit

_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
}
_SMALL = {
    "en": "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove",
    "nl": "twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
    "achttien negentien",
}
_HUNDRED = {"hundred": 100, "hundert": 100, "einhundert": 100, "cent": 100, "cien": 100, "cento": 100, "honderd": 100}
_DOZENS = frozenset("dozen dutzend douzaine docena dozzina dozijn".split())
_ONE = frozenset("a an ein eine einem une un una een one".split())
_OF = frozenset("of de di d' von van".split())
_MARKS = ".,;:()[]*\"'"


@cache
def _numbers() -> dict[str, int]:
    found = dict(_HUNDRED)
    for language, words in _SMALL.items():
        small = words.split()
        found |= {word: 2 + place for place, word in enumerate(small)}
        for place, ten in enumerate(_TENS[language].split()):
            found[ten] = 20 + 10 * place
            for count, one in enumerate(small[:8], 2):
                found[_compound(language, ten, one)] = 20 + 10 * place + count
    return found | {word.replace("ß", "ss"): value for word, value in found.items()}


def _compound(language: str, ten: str, one: str) -> str:
    if language == "de":
        return f"{one}und{ten}"
    if language == "nl":
        return f"{one}{'ën' if one.endswith('e') else 'en'}{ten}"
    if language == "it":
        return (ten[:-1] if one == "otto" else ten) + ("tré" if one == "tre" else one)
    if language == "es" and ten == "veinte":
        return f"veinti{one}".replace("veintidos", "veintidós").replace("veintitres", "veintitrés")
    return f"{ten}-{one}" if language in {"en", "fr"} else f"{ten} y {one}"


def value(word: str) -> int | None:
    """The number from 2 to 100 that the word is in one of the six languages."""
    return _numbers().get(word.casefold().strip(_MARKS))


def in_figures(text: str) -> str:
    """The text with every number word in figures that counts a unit or an article's code: ``2 Rollen T-30 und 12 x
    W-100``. All other words stay."""
    if not any(word.isalpha() or "-" in word for word in text.split()):
        return text
    words = text.split(" ")
    made: list[str] = []
    at = 0
    while at < len(words):
        taken, count = _number_at(words, at)
        after = at + taken
        while taken and after < len(words) and words[after].casefold() in _OF:
            after += 1
        if count is not None and after < len(words) and _is_counted(words[after]):
            sign = words[after] if unit(words[after].strip(_MARKS)) is not None or words[after] in {"x", "×"} else "x"
            made += [_opening(words[at]) + str(count), sign]
            at = after + (sign == words[after])
        else:
            made.append(words[at])
            at += 1
    return " ".join(made)


def _number_at(words: list[str], at: int) -> tuple[int, int | None]:
    """How many words make a number there, and which."""
    word = words[at].casefold().lstrip(_MARKS)
    following = words[at + 1].casefold().rstrip(_MARKS) if at + 1 < len(words) else ""
    if word in _ONE and following in _DOZENS:
        return 2, 12
    if word == "half" and following in {"a", "dozen"}:
        dozen = at + 2 < len(words) and words[at + 2].casefold() == "dozen"
        return (2, 6) if following == "dozen" else (3, 6) if dozen else (0, None)
    if word in _DOZENS:
        counted = at > 0 and (words[at - 1][-1:].isdigit() or value(words[at - 1]) is not None)
        return (0, None) if counted else (1, 12)
    spaced = " ".join(words[at : at + 3]).casefold().lstrip(_MARKS)
    if (found := _numbers().get(spaced)) is not None:
        return 3, found
    joined = f"{word}-{following}"
    if (found := _numbers().get(joined)) is not None and "-" not in word:
        return 2, found
    if word in _ONE and (found := _HUNDRED.get(following)) is not None:
        return 2, found
    return (1, found) if (found := value(word)) is not None else (0, None)


def _opening(word: str) -> str:
    return "(" if word.startswith("(") else ""


def _is_counted(word: str) -> bool:
    bare = word.strip(_MARKS)
    if unit(bare) is not None and len(bare) > 1:
        return True
    return word in {"x", "×"} or is_strong(bare) or (is_code(bare) and any(map(str.isdigit, bare)))
