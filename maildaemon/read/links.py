"""The web addresses that a text or a page names, each with the words for it. Nothing here follows one."""

import re
from collections.abc import Iterable

from selectolax.lexbor import LexborNode

from maildaemon.model import Line, Zone

LINKS, URL, WORDS = 50, 1000, 200
_URL = re.compile(r"https?://[^\s<>\"'\u00ab\u00bb\u2018-\u201f]{3,1000}", re.IGNORECASE)
_SCANNED = 300
_OWN = frozenset({Zone.TOP, Zone.FORWARD})
_END = ".,;:!?)]}"


def of_lines(lines: Iterable[Line]) -> tuple[tuple[str, str], ...]:
    """The words of a link in a text stand in its own line or, where it stands alone, in the one above."""
    found: list[tuple[str, str]] = []
    above = ""
    for line in lines:
        text = line.text
        if line.zone in _OWN and "http" in text[:2000].lower():
            for url in _URL.findall(text[:2000]):
                words = " ".join(_URL.sub(" ", text[:2000]).strip(" <>[]():-|*").split())
                found.append(((words or above)[:WORDS], url.rstrip(_END)))
                if len(found) >= LINKS:
                    return tuple(found)
        if text.strip():
            above = text.strip()
    return tuple(found)


def of_page(root: LexborNode) -> tuple[tuple[str, str], ...]:
    """The anchors of an HTML page that lead into the web."""
    found: list[tuple[str, str]] = []
    for anchor in root.css("a[href]")[:_SCANNED]:
        url = (anchor.attributes.get("href") or "").strip()[:URL]
        if not _URL.match(url):
            continue
        words = " ".join((anchor.text() or anchor.attributes.get("title") or "").split())
        image = anchor.css_first("img[alt]") if not words else None
        found.append(((words or (image.attributes.get("alt") or "" if image else ""))[:WORDS], url))
        if len(found) >= LINKS:
            break
    return tuple(found)
