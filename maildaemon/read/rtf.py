"""The formatted text of an Outlook message (compressed RTF, [MS-OXRTFCP]) → its bare words, to be compared."""

import codecs
import re

LARGEST = 2**20
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0"
    b"\\fs20\\b\\i\\u\\tab\\tx"
)
_TOKEN = re.compile(
    r"\\(?P<word>[a-z]{1,32})(?P<number>-?[0-9]{1,10})? ?|\\'(?P<code>[0-9a-fA-F]{2})|\\(?P<mark>[^a-z])"
    r"|(?P<open>\{)|(?P<close>\})|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\",
)
# Groups that show nothing, beside those that say so themselves (\*).
_SILENT = frozenset("fonttbl colortbl stylesheet info pict listtable listoverridetable generator themedata".split())
_BREAKS = frozenset("par line tab cell row sect page".split())
_PAGE = re.compile(rb"\\ansicpg([0-9]{1,5})")
_WORD = re.compile(r"[^\W_]+")


def unpacked(data: bytes) -> bytes | None:
    """RTF out of its packing, None when it is damaged or too large."""
    if len(data) < 16:
        return None
    size, kind = int.from_bytes(data[4:8], "little"), data[8:12]
    if size > LARGEST:
        return None
    if kind == b"MELA":
        return data[16 : 16 + size] if len(data) >= 16 + size else None
    if kind != b"LZFu":
        return None
    window = bytearray(_DICTIONARY.ljust(4096, b"\0"))
    out, at, place = bytearray(), 16, len(_DICTIONARY)
    while at < len(data) and len(out) < size:
        control = data[at]
        at += 1
        for bit in range(8):
            if control >> bit & 1:
                if at + 2 > len(data):
                    return None
                offset, length = data[at] << 4 | data[at + 1] >> 4, (data[at + 1] & 15) + 2
                at += 2
                if offset == place:
                    return bytes(out) if len(out) >= size else None
                for step in range(length):
                    byte = window[offset + step & 4095]
                    window[place] = byte
                    place = place + 1 & 4095
                    out.append(byte)
            else:
                if at >= len(data):
                    return None
                window[place] = data[at]
                place = place + 1 & 4095
                out.append(data[at])
                at += 1
            if len(out) >= size:
                break
    return bytes(out[:size]) if len(out) >= size else None


def words(data: bytes) -> str:
    """What the RTF shows, without its layout; also where it wraps an HTML text ([MS-OXRTFEX])."""
    out: list[str] = []
    stack: list[bool] = []
    silent = skipped = False
    left = 0  # characters that stand for one of Unicode and are not to be shown beside it
    page = _PAGE.search(data[:500])
    codec = charset(int(page[1])) if page else "cp1252"
    for found in _TOKEN.finditer(data.decode("latin-1")):
        word, number = found["word"], found["number"]
        if found["open"]:
            stack.append(silent)
        elif found["close"]:
            silent = stack.pop() if stack else False
        elif found["mark"] == "*" or word in _SILENT:
            silent = True
        elif word == "htmlrtf":
            skipped = number != "0"
        elif silent or skipped:
            continue
        elif word == "u" and number:
            out.append(chr(int(number) % 65536) if not 0xD800 <= int(number) % 65536 < 0xE000 else "?")
            left = 1
        elif word in _BREAKS:
            out.append("\n")
        elif found["code"] or found["text"]:
            text = bytes([int(found["code"], 16)]).decode(codec, "replace") if found["code"] else found["text"]
            out.append(text[left:])
            left = 0
        elif found["mark"]:
            out.append(" " if found["mark"] == "~" else found["mark"] if found["mark"] in "{}\\-_" else "")
    return "".join(out)


def vocabulary(text: str) -> frozenset[str]:
    """Every word and number, whatever its case, order and layout."""
    return frozenset(_WORD.findall(text.casefold()))


def charset(page: int | None) -> str:
    """The codec of a Windows code page; Western European where it is not known."""
    special = {65001: "utf-8", 1200: "utf-16-le", 20127: "cp1252", 28591: "cp1252", 50220: "iso-2022-jp"}
    name = special.get(page or 1252, f"cp{page}")
    if page and 28592 <= page <= 28605:
        name = f"iso8859-{page - 28590}"
    try:
        codecs.lookup(name)
    except (LookupError, ValueError):
        return "cp1252"
    return name
