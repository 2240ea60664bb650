"""What a page of HTML shows otherwise than its text reads: figures in white, off the page or of no size, text that a
style sheet writes, text that runs backwards."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from selectolax.lexbor import LexborNode

NODES, DECLARED = 4000, 2000
MIRRORED = re.compile("[\u202d\u202e]")
"""Characters that turn the direction of the letters behind them (UAX #9, 2.2): nobody orders with them."""
BACKWARDS = "some of its text is to be read backwards"
STRUCK = "some of its text is struck through"
_FAINT = "some of its figures can hardly be seen"
_WRITTEN = "its style sheet writes a text of its own"
_DRAWN = "it has a drawing with text in it, which was not read"
_TO = r"\s{0,3}:\s{0,3}"
_SMALL = re.compile(
    rf"(?:^|[;\s])font-size{_TO}(?:0*\.[0-9]{{1,4}}|[012](?:\.[0-9]{{1,4}})?)(?:px|pt)|(?:^|[;\s])color{_TO}transparent"
    rf"|(?:^|[;\s])font-size{_TO}(?:0*\.[0-3][0-9]{{0,4}}(?:r?em)|[0-9]%)"
    rf"|(?:^|[;\s])opacity{_TO}0?\.[01][0-9]?(?![0-9])|text-indent{_TO}-[0-9]{{3,6}}"
    rf"|(?:^|[;\s])(?:left|right|top|bottom|margin(?:-left|-top|-right)?){_TO}-[0-9]{{3,6}}px"
    rf"|(?:^|[;\s])max-height{_TO}0(?:px|pt)?\s{{0,3}}(?:;|!|$)"
    rf"|(?:^|[;\s])(?:height|width){_TO}0(?:px|pt)?\s{{0,3}};[^}}]{{0,200}}overflow{_TO}hidden"
    rf"|clip{_TO}rect\(\s?(?:0|1px)|clip-path{_TO}(?:inset\(\s?(?:[5-9][0-9]|100)%|circle\(\s?0)"
    rf"|transform{_TO}(?:scale[xy]?\(\s?0(?:\.0)?\s?[,)]|translate[xy]?\(\s?-[0-9]{{3,6}})",
    re.IGNORECASE,
)
_TURNED = re.compile(
    rf"unicode-bidi{_TO}(?:bidi|isolate)-override|flex-direction{_TO}(?:row|column)-reverse|transform{_TO}scalex?\(\s?-",
    re.IGNORECASE,
)
_COLOUR = re.compile(rf"(?:^|[;\s])color{_TO}(#[0-9a-f]{{3,6}}|[a-z]{{3,20}}|rgb\([0-9, ]{{5,20}}\))", re.IGNORECASE)
_GROUND = re.compile(
    rf"background(?:-color)?{_TO}[^;]{{0,80}}?"
    r"(#[0-9a-f]{3,6}|rgba?\([0-9., ]{5,30}\)|url\(|gradient|\b[a-z]{3,20})",
    re.IGNORECASE,
)
_CONTENT = re.compile(rf"(?:^|[;\s])content{_TO}(?:\"([^\"]{{0,200}})\"|'([^']{{0,200}})')", re.IGNORECASE)
_WORDS = re.compile(r"[0-9]|[^\W\d_]{2}")
_ESCAPED = re.compile(r"\\[0-9a-fA-F]{1,6} ?")
_PSEUDO = re.compile(r"::?(?:before|after)\s{0,3}$", re.IGNORECASE)
_WHITE = frozenset({"fff", "ffffff", "white", "fefefe", "fdfdfd", "fcfcfc"})
_NO_GROUND = _WHITE | {"none", "transparent", "inherit", "initial", "unset", "repeat", "scroll"}


def oddities(
    root: LexborNode, rules: Sequence[tuple[str, str]], is_aside: Callable[[LexborNode], bool]
) -> Iterator[str]:
    """In plain words. ``rules`` are the selectors of its style sheets, each with its declarations; ``is_aside``: what
    is quoted, or hidden and known to be so."""
    for selector, declared in rules:
        if _PSEUDO.search(selector) and any(
            _WORDS.search(_ESCAPED.sub("", first or second)) for first, second in _CONTENT.findall(declared[:DECLARED])
        ):
            yield _WRITTEN
    for node in root.css("svg text, bdo")[:50]:
        if (node.text() or "").strip():
            yield BACKWARDS if node.tag == "bdo" else _DRAWN
    odd = [(one, declared) for one, declared in rules if _is_odd(declared) and not one.startswith("@")]
    by_rule = ((node, declared) for one, declared in odd[:100] for node in _selected(root, one))
    own = ((node, node.attributes.get("style") or "") for node in root.css("[style], font[color]")[:NODES])
    painted = (one for one, declared in rules if (at := _GROUND.search(declared)) and _plain(at[1]) not in _NO_GROUND)
    grounds = frozenset(node.mem_id for one in islice(painted, 100) for node in _selected(root, one))
    for node, declared in (*by_rule, *own):
        if node.tag == "font":
            declared = f"color: {node.attributes.get('color') or ''}; {declared}"
        declared = declared[:DECLARED]
        if not _is_odd(declared):
            continue
        text = node.text() or ""
        if not text.strip() or is_aside(node):
            continue
        if "line-through" in declared:
            yield STRUCK
        if not any(map(str.isdigit, text)):
            continue
        if _TURNED.search(declared):
            yield BACKWARDS
        if _SMALL.search(declared) or _is_unseen(node, declared, grounds):
            yield _FAINT


def _is_odd(declared: str) -> bool:
    declared = declared[:DECLARED]
    return (
        "line-through" in declared
        or _TURNED.search(declared) is not None
        or _SMALL.search(declared) is not None
        or _COLOUR.search(declared) is not None
    )


def _selected(root: LexborNode, selector: str) -> list[LexborNode]:
    """What the selector selects; nothing where it is of a form that is not known."""
    try:
        return list(root.css(selector)[:NODES])
    except (RuntimeError, ValueError):
        return []


def _is_unseen(node: LexborNode, declared: str, grounds: frozenset[int]) -> bool:
    """Its text has the colour of its ground, or is white where nothing says that the ground is another. ``grounds`` are
    the nodes that a style sheet gives one."""
    found = _COLOUR.search(declared)
    if found is None:
        return False
    colour = _plain(found[1])
    above: LexborNode | None = node
    while above is not None:
        attributes = above.attributes if above.tag and above.tag[0] != "-" else {}
        style = declared if above is node else (attributes.get("style") or "")[:DECLARED]
        if ground := _GROUND.search(style):
            return _plain(ground[1]) == colour or (colour in _WHITE and _plain(ground[1]) in _NO_GROUND)
        if ground_of := attributes.get("bgcolor"):
            return _plain(ground_of) == colour
        if "background" in attributes or above.mem_id in grounds:
            return False
        above = above.parent
    return colour in _WHITE


def _plain(colour: str) -> str:
    colour = colour.strip().lower().replace(" ", "")
    if colour in {"rgb(255,255,255)", "rgba(255,255,255,1)"}:
        return "white"
    colour = colour.lstrip("#")
    return "white" if colour in _WHITE else colour
