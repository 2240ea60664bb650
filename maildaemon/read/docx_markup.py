"""What the markup of a Word document hides, changes and holds (ISO/IEC 29500-1, 17)."""

from collections.abc import Iterator
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DEEP = 5
_ASIDE = (
    ("commentReference", "it has comments, which were not read"),
    ("footnoteReference", "it has footnotes, which were not read"),
    ("endnoteReference", "it has endnotes, which were not read"),
    ("object", "it has an object of another program inside, which was not read"),
    ("altChunk", "it has another document inside, which was not read"),
)
_HOLDERS = frozenset(W + tag for tag in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"))


def oddities(body: Any, unseen: frozenset[str]) -> list[str]:
    """What the markup says and the text does not, in plain words; at most eleven."""
    told: dict[str, None] = {}
    for tag, said in _ASIDE:
        if next(body.iter(W + tag), None) is not None:
            told[said] = None
    for tag, what in (("del", "deleted"), ("ins", "inserted"), ("moveFrom", "moved")):
        found = next(
            (one for one in body.iter(W + tag) if _tail(one) != "rPr" and "".join(every_text(one)).strip()), None
        )
        if found is not None:
            said = " ".join("".join(every_text(found)).split())[:60]
            told[f"a change is not accepted yet: “{said}” is {what}"] = None
    for tag in ("trPr/w:del", "trPr/w:ins", "tcPr/w:cellDel", "tcPr/w:cellIns"):
        if body.find(f".//w:{tag}", {"w": W[1:-1]}) is not None:
            what = "deleted" if tag.lower().endswith("del") else "inserted"
            told[f"a change is not accepted yet: a part of a table is {what}"] = None
    for run in body.iter(W + "r"):
        look = run.find(W + "rPr")
        if look is None:
            continue
        text = " ".join("".join(texts(run)).split())[:60]
        if text and (_hidden(look, unseen) or _tiny(look)):
            told[f"a text in it is hidden: “{text}”"] = None
        elif text and (on(look, "strike") or on(look, "dstrike")):
            told[f"a text in it is struck through: “{text}”"] = None
        elif text and _white(look, run):
            told[f"a text in it is white: “{text}”"] = None
        if len(told) > 10:
            break
    if next(body.iter(W + "checkBox"), None) is not None or next(body.iter(W + "ddList"), None) is not None:
        told["it has form fields whose state was not read"] = None
    return list(told)


def held(parent: Any, tag: str, deep: int = 0) -> Iterator[Any]:
    """The rows of a table, or the cells of a row: also those inside content controls and changes."""
    for child in parent:
        if child.tag == W + tag:
            yield child
        elif child.tag in _HOLDERS and deep < DEEP:
            yield from held(child, tag, deep + 1)


def _tail(element: Any) -> str:
    parent = element.getparent()
    return "" if parent is None or not isinstance(parent.tag, str) else parent.tag.rpartition("}")[2]


def number(element: Any, tag: str, usual: int = 0) -> int:
    found = next(element.iter(W + tag), None) if element is not None else None
    value = found.get(W + "val", "") if found is not None else ""
    return int(value) if value.isdigit() and len(value) < 4 else usual


def on(look: Any, tag: str) -> bool:
    found = look.find(W + tag)
    return found is not None and found.get(W + "val", "1") not in {"0", "false", "off"}


def _hidden(look: Any, unseen: frozenset[str]) -> bool:
    style = look.find(W + "rStyle")
    named = style is not None and style.get(W + "val") in unseen
    shown = look.find(W + "vanish") is not None and not on(look, "vanish")
    return on(look, "vanish") or on(look, "specVanish") or (named and not shown)


def _tiny(look: Any) -> bool:
    found = look.find(W + "sz")
    value = found.get(W + "val", "") if found is not None else ""
    return value.isdigit() and int(value) < 6


def _white(look: Any, run: Any) -> bool:
    """White on no ground of its own: in a shaded cell or paragraph it is seen."""
    found = look.find(W + "color")
    if found is None or found.get(W + "val", "").upper() != "FFFFFF":
        return False
    one = run
    while one is not None:
        if any(shade.get(W + "fill", "auto").upper() not in {"AUTO", "FFFFFF"} for shade in one.findall(f"*/{W}shd")):
            return False
        one = one.getparent()
    return True


def every_text(element: Any) -> Iterator[str]:
    for one in element.iter(W + "t", W + "delText"):
        yield one.text or ""


def texts(element: Any, unseen: frozenset[str] | None = None) -> Iterator[str]:
    """The text of a run or paragraph with every change accepted; text boxes apart. With ``unseen`` (styles of hidden
    text) that which is shown, else all of it."""
    for child in element:
        tag = child.tag
        if tag == W + "t":
            yield child.text or ""
        elif tag in {W + "tab", W + "ptab"}:
            yield "\t"
        elif tag in {W + "br", W + "cr"}:
            yield "\n"
        elif tag == W + "noBreakHyphen":
            yield "-"
        elif tag == W + "sym":
            yield "\ufffd"
        elif tag in {W + "r", W + "hyperlink", W + "ins", W + "smartTag", W + "sdt", W + "sdtContent",
                     W + "fldSimple", W + "moveTo", W + "customXml", W + "dir", W + "bdo"}:  # fmt: skip
            look = child.find(W + "rPr") if unseen is not None and tag == W + "r" else None
            if look is None or not _hidden(look, unseen or frozenset()):
                yield from texts(child, unseen)


def boxes(paragraph: Any) -> Iterator[Any]:
    """Text boxes, of which Word writes two forms: the first is read."""
    for found in paragraph.iter(W + "txbxContent"):
        one, fallback = found.getparent(), False
        while one is not None and one is not paragraph:
            fallback = fallback or (isinstance(one.tag, str) and one.tag.endswith("}Fallback"))
            one = one.getparent()
        if not fallback:
            yield found
