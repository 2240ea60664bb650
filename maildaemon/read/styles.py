"""What the attributes and style sheets of HTML say of its text: hidden, quoted, struck through."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from maildaemon.model import Zone
from maildaemon.read import faint

SHEET_LIMIT = 64 * 1024
CLASSES_LIMIT = 500
_CLASS = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9]{0,10})?\.([A-Za-z_][\w-]{0,60})")
_CONTROLS = frozenset({"input", "select", "textarea"})
_WHITE = r"\s{0,3}:\s{0,3}(?:#fff(?:fff)?\b|white\b|rgb\(\s?255,\s?255,\s?255\s?\))"
_WHITE_TEXT = re.compile(rf"(?:^|[;\s])color{_WHITE}", re.IGNORECASE)
_WHITE_GROUND = re.compile(rf"background(?:-color)?{_WHITE}", re.IGNORECASE)
_HIDDEN = re.compile(
    r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}(?:hidden|collapse)|mso-hide\s{0,3}:\s{0,3}all"
    r"|(?:^|[;\s])font-size\s{0,3}:\s{0,3}0+(?:px|pt|em|%)?\s{0,3}(?:;|!|$)|(?:^|[;\s])opacity\s{0,3}:\s{0,3}0(?:\.0+)?\s{0,3}(?:;|!|$)",
    re.IGNORECASE,
)
_CSS_COMMENT = re.compile(r"/\*.{0,5000}?\*/|<!--|-->", re.DOTALL)
_AT_RULE = re.compile(
    r"@[a-z-]{1,30}[^{};]{0,500}(?:;|\{(?:[^{}]{0,5000}\{[^{}]{0,5000}\}){0,500}[^{}]{0,5000}\})", re.IGNORECASE
)
_CSS_RULE = re.compile(r"([^{}@;]{1,500})\{([^{}]{0,5000})\}")
_SIMPLE = re.compile(r"[a-zA-Z][a-zA-Z0-9]{0,10}|[a-zA-Z0-9]{0,10}[.#][A-Za-z_][\w-]{0,60}")
_QUOTES = frozenset(
    {"gmail_quote", "gmail_extra_quote", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote", "zmail_extra"}
)


def zone_of(tag: str, attributes: dict[str, str | None], zone: Zone) -> Zone:
    """The zone of an element of that tag and attributes that stands in ``zone``."""
    style = attributes.get("style")
    if "hidden" in attributes or (style and _is_hidden(style[:2000])):
        return Zone.HIDDEN
    if zone is not Zone.TOP:
        return zone
    if tag == "blockquote" and (attributes.get("type") or "").lower() == "cite":
        return Zone.QUOTE
    classes = attributes.get("class")
    if classes and not _QUOTES.isdisjoint(classes.lower().split()):
        return Zone.QUOTE
    return zone


def _is_hidden(style: str) -> bool:
    if _HIDDEN.search(style):
        return True
    return _WHITE_TEXT.search(style) is not None and _WHITE_GROUND.search(style) is not None


def oddities(root: LexborNode) -> tuple[str, ...]:
    """What a reader of the page sees and its text does not say, quoted mail aside."""
    said: dict[str, None] = {}
    for node in root.css("s, strike, del, input, select, textarea, [style*='line-through' i]")[:500]:
        if node.tag in _CONTROLS:
            if node.attributes.get("type") != "hidden":
                said["it holds form fields"] = None
        elif (node.text() or "").strip() and not _is_quoted(node):
            said["some of its text is struck through"] = None
    if any(_is_told(node) for selector in _hiding(root) for node in root.css(selector)[:50]):
        said["its style sheet hides some of its text"] = None
    said |= dict.fromkeys(faint.oddities(root, tuple(_rules(root)), _is_quoted))
    return tuple(said)


def _hiding(root: LexborNode) -> list[str]:
    """The simple selectors of its style sheets that hide what they select on every screen (CSS 2.2, 9.2.4 and 11.2)."""
    return [one for one, declarations in _rules(root) if _HIDDEN.search(declarations) and _SIMPLE.fullmatch(one)][:50]


def classes(root: LexborNode) -> dict[str, str]:
    """What the style sheets declare for each class alone: ``.row { … }``."""
    found: dict[str, str] = {}
    for selector, declarations in _rules(root):
        if (one := _CLASS.fullmatch(selector)) is not None and len(found) < CLASSES_LIMIT:
            found[one[1]] = f"{found.get(one[1], '')};{declarations}"[:2000]
    return found


def _rules(root: LexborNode) -> Iterator[tuple[str, str]]:
    sheets = " ".join(sheet.text() or "" for sheet in root.css("style")[:20])[:SHEET_LIMIT]
    for selectors, declarations in _CSS_RULE.findall(_AT_RULE.sub(" ", _CSS_COMMENT.sub(" ", sheets))):
        for one in selectors.split(","):
            yield one.strip(), declarations


def _is_told(node: LexborNode) -> bool:
    """It holds figures: a preview line for the list of mails is no part of an order."""
    return any(character.isdigit() for character in node.text() or "") and not _is_quoted(node)


def _is_quoted(node: LexborNode) -> bool:
    above: LexborNode | None = node
    while above is not None:
        if above.tag and above.tag[0] != "-" and zone_of(above.tag, above.attributes, Zone.TOP) is not Zone.TOP:
            return True
        above = above.parent
    return False
