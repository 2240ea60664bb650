"""From bytes to text when the label of the charset may be missing, wrong or hostile."""

import codecs
import re

# 7-bit or zero-padded encodings cannot be told by their bytes, so their label is believed first.
_LABEL_FIRST = ("utf-7", "utf-16", "utf-32", "iso2022", "hz")

# What browsers make of a label (WHATWG Encoding Standard), because that is what the writer saw on the screen.
_ALIASES = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "big5": "big5hkscs",
}
_OTHER_NAMES = {
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "ks_c_5601-1987": "cp949",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "x-mac-roman": "mac_roman",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-euc-jp": "euc_jp",
}
# Codecs that Python calls text encodings, but that no mail is written in.
_NEVER = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DETECTED = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "gb18030", "big5", "cp932", "euc_jp", "cp949",
    "koi8_r",
)  # fmt: skip
_META = re.compile(rb"<meta[^<>]{1,200}charset[ \t]*=[ \t]*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)


def decode(data: bytes, label: str | None = None, *, html: bool = False, short: bool = False) -> tuple[str, bool]:
    """The text, and whether it was read without loss or guess. ``short`` (a header) asks no detector: that needs
    some text to be better than a guess."""
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(codec, "replace"), True
    wanted = known(label)
    if wanted and wanted.startswith(_LABEL_FIRST):
        text = _try(data, wanted)
        if text is not None:
            return text, True
    if data.isascii():
        return data.decode("ascii"), True
    text = _try(data, "utf-8")
    if text is not None:
        return text, True
    meta = _META.search(data[:2048]) if html else None
    for candidate in (wanted or "", (known(meta[1].decode("ascii")) if meta else None) or ""):
        if candidate:
            text = _try(data, _ALIASES.get(candidate, candidate))
            if text is not None:
                return text, True
    return _guessed(data, detect=not short and wanted is None)


def _guessed(data: bytes, *, detect: bool) -> tuple[str, bool]:
    if detect:
        from charset_normalizer import from_bytes

        best = from_bytes(data[:4096], cp_isolation=list(_DETECTED), enable_fallback=False).best()
        text = _try(data, best.encoding) if best is not None else None
        if text is not None:
            return text, False
    return data.decode("cp1252", "replace"), False


def known(label: str | None) -> str | None:
    """Python's name of a labelled charset, None when there is none that a mail may be written in."""
    if not label or len(label) > 40 or not label.isascii():
        return None
    label = label.strip(" \t\"'").lower()
    label = _OTHER_NAMES.get(label, label)
    try:
        info = codecs.lookup(label)
    except (LookupError, ValueError, UnicodeError):
        return None
    if info.name in _NEVER or not getattr(info, "_is_text_encoding", False):
        return None
    return info.name


def _try(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
        # Some codecs yield lone surrogates, which are no text and break every sink.
        text.encode("utf-8")
    except (UnicodeError, LookupError, ValueError):
        return None
    return text
