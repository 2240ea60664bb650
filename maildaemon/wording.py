"""How texts are compared: the normal forms of codes, GTINs, units, names and descriptions."""

import re
import unicodedata

from maildaemon.unitwords import code_of, unit_words

_PIECES = re.compile(r"[0-9]{1,24}(?:[.,][0-9]{1,24})?|[^\W\d_]{1,80}")
_SEPARATORS = re.compile(r"[\s\-_./\u2010-\u2015\u2212]+")

LEGAL_FORMS = frozenset(
    "ab ag aps as asa bv bvba co company corp corporation cv doo eg ek ev gbr gesmbh gmbh haftungsbeschrankt inc "
    "incorporated kft kg kgaa lda limited llc llp lp ltd ltda mbh nv ohg ood oy oyj plc pte pty pvt sa sarl sas se "
    "sl sp spa spol srl sro ug und and et the".split()
)


def plain(text: str) -> str:
    """Compatibility forms resolved (NFKC), case and accents gone, at most 4,000 characters."""
    text = text[:4000]
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(character for character in text if not unicodedata.combining(character))


def code_key(code: str) -> str:
    """The form in which codes are equal: case and the kind of separator do not count, and a separator between a letter
    and a digit may be missing ("W-100" is "w100", but "1-10" is not "11-0")."""
    text = _SEPARATORS.sub("-", plain(code.strip())[:80]).strip("-")
    if "-" not in text:
        return text
    parts = text.split("-")
    key = parts[0]
    for part in parts[1:]:
        key += part if key[-1].isalpha() != part[0].isalpha() else f"-{part}"
    return key


def gtin_key(code: str) -> str | None:
    """The GTIN in its 14 digits, or None when it is none: 8, 12, 13 or 14 digits with a right check digit (GS1)."""
    digits = re.sub(r"[\s\-]", "", code[:40])
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in {8, 12, 13, 14}:
        return None
    digits = digits.zfill(14)
    weighed = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return digits if weighed % 10 == 0 and digits.strip("0") else None


def unit_key(unit: str) -> str:
    """The UN/ECE Recommendation 20 code where the word is known, else the word itself in capitals."""
    word = " ".join(unit[:80].casefold().split()).rstrip(".")[:40]
    code = code_of(word)
    return "C62" if code == "EA" or word == "pce" else code or plain(word).upper()


def unit_of(word: str) -> str | None:
    """The Recommendation 20 code of a plain word of a description, or None when it names no unit there for certain."""
    return None if word in unit_words().loose else code_of(word)


def words(text: str) -> tuple[str, ...]:
    """The words and numbers of a description: "M8x40, 1,50 m" is m, 8, 40, 1.5, m. An x that only joins two numbers
    is no word."""
    found = _PIECES.findall(plain(text))
    last = len(found) - 1
    kept: list[str] = []
    for place, piece in enumerate(found):
        if piece[0].isdigit():
            kept.append(_number(piece))
        elif piece != "x" or not (0 < place < last and found[place - 1][0].isdigit() and found[place + 1][0].isdigit()):
            kept.append(piece)
    return tuple(kept[:60])


def _number(piece: str) -> str:
    piece = piece.replace(",", ".")
    whole, point, rest = piece.partition(".")
    whole = whole.lstrip("0") or "0"
    if point and len(rest) == 3 and whole != "0":  # a thousands separator far more often than a third decimal
        return whole + rest
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole


def name_words(name: str) -> tuple[str, ...]:
    """The words of a company's name without its legal form; all of them when nothing else would be left."""
    found = _name_pieces(name)
    return tuple(word for word in found if word not in LEGAL_FORMS) or found


def is_company(name: str) -> bool:
    """A legal form ends the name."""
    found = _name_pieces(name)
    return len(found) > 1 and found[-1] in LEGAL_FORMS


def _name_pieces(name: str) -> tuple[str, ...]:
    joined = plain(name).replace(".", "").replace("&", " ").replace("/", "")
    return tuple(_PIECES.findall(joined))[:20]


def shown(text: object, limit: int = 60) -> str:
    """A text out of a mail as it may stand in a sentence for people: one bounded line, no control characters."""
    line = " ".join(str(text)[: limit * 4].split())
    line = "".join(character for character in line if unicodedata.category(character)[0] != "C")
    return line if len(line) <= limit else line[: limit - 1] + "…"


def counted(count: int, what: str) -> str:
    """``1 mail``, ``2 mails``."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
