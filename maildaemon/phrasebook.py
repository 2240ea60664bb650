"""The words by which a sentence beside an order is judged (phrasebook.toml), and how a text is folded for them."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

SENTENCE = 400
"""Of so many characters is a sentence at most."""
_HEAD = 8
_FOLDED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "’": "'", "‘": "'", "´": "'", "`": "'"})


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """What phrasebook.toml holds, ready for use; the comments there say what each is."""

    changes: re.Pattern[str]
    polite: re.Pattern[str]
    asked: re.Pattern[str]
    title: re.Pattern[str]
    legal: re.Pattern[str]
    terms: re.Pattern[str]
    secret: re.Pattern[str]
    placed: re.Pattern[str]
    day: re.Pattern[str]
    printed: re.Pattern[str]
    quantity: re.Pattern[str]
    subject: re.Pattern[str]
    states: re.Pattern[str]
    voids: re.Pattern[str]
    status: re.Pattern[str]
    stopped: re.Pattern[str]
    below: re.Pattern[str]
    note: re.Pattern[str]
    closing: re.Pattern[str]
    common: frozenset[str]
    labels: frozenset[str]
    telling: frozenset[str]
    numbers: frozenset[str]


@cache
def table(name: str) -> dict[str, Any]:
    """What ``name.toml`` beside this module holds: words for the judging of sentences."""
    return tomllib.loads(files("maildaemon").joinpath(f"{name}.toml").read_text("utf-8"))


@cache
def phrasebook() -> Phrasebook:
    data = table("phrasebook")

    def one_of(section: str, key: str = "phrases") -> str:
        return "|".join(data[section][key])

    def words(section: str) -> frozenset[str]:
        return frozenset(word for text in data[section].values() for word in text.split())

    changes = "|".join(phrase for phrases in data["changes"].values() for phrase in phrases)
    around = one_of("status", "around")
    return Phrasebook(
        changes=re.compile(rf"(?<![a-z0-9])(?:{changes})(?![a-z])"),
        polite=re.compile(one_of("polite")),
        asked=re.compile(rf"(?:.{{0,80}}\b)?(?:{one_of('asked')})"),
        title=re.compile(one_of("title")),
        legal=re.compile(one_of("legal")),
        terms=re.compile(one_of("terms")),
        secret=re.compile(one_of("secret")),
        placed=re.compile(one_of("placed")),
        day=re.compile(rf"(?<![a-z0-9])(?:{one_of('day')})"),
        printed=re.compile(one_of("printed")),
        quantity=re.compile(one_of("quantity")),
        subject=re.compile(rf"(?<![a-z0-9])(?:{one_of('subject')})(?![a-z])"),
        states=re.compile(
            rf"(?:{one_of('states', 'labels')})\b[^:|]{{0,20}}[:|](?! ?(?:{one_of('states', 'usual')})\b *$)"
        ),
        voids=re.compile(rf"(?<![a-z0-9])(?:{one_of('voids')})(?![a-z])"),
        status=re.compile(rf"(?:(?:{around}) ){{0,2}}(?:{one_of('status')})(?: (?:{around})){{0,3}}"),
        stopped=re.compile(rf"(?<![a-z0-9])(?:{one_of('status')}|{one_of('status', 'filed')})(?![a-z])"),
        below=re.compile(rf"(?<![a-z0-9-])(?:{one_of('below')})(?![a-z])"),
        note=re.compile(rf"(?:{one_of('note', 'labels')})\b"),
        closing=re.compile(rf"(?:{one_of('closing')})(?:, ?[a-z]{{2,20}}(?: [a-z]{{2,20}})?)?[,.! ]*$"),
        common=words("common"),
        labels=words("labels"),
        telling=words("telling"),
        numbers=words("numbers"),
    )


@lru_cache(maxsize=8192)
def altered(text: str) -> bool:
    """A phrase in it may change the order. One with which something begins that is said in every order mail is none."""
    words = phrasebook()
    changes = [found.start() for found in words.changes.finditer(text)]
    if not changes:
        return False
    polite = [found.start() for found in words.polite.finditer(text)]
    return any(not any(start <= at <= start + _HEAD for start in polite) for at in changes)


def folded(text: str) -> str:
    """In lower case, without accents, blanks made one."""
    return _folded(text) if len(text) <= SENTENCE else _folded.__wrapped__(text)


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    text = text.casefold().translate(_FOLDED)
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(text.split())
