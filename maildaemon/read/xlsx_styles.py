"""How the styles of an XLSX let its cells look: number formats, text struck through, white text (ECMA-376, part 1,
18.8)."""

from dataclasses import dataclass
from typing import Any

from maildaemon.read.sheet_values import BUILT_IN

MOST = 65_000
_OFF = frozenset({"0", "false"})


@dataclass(frozen=True, slots=True)
class Looks:
    """``forms``: the number format of each cell style; ``struck``, ``white``: the cell styles of such text, white where
    nothing fills the cell; ``striking``: the numbers of the formats that strike through on a condition."""

    forms: tuple[str, ...] = ()
    struck: frozenset[int] = frozenset()
    white: frozenset[int] = frozenset()
    striking: frozenset[str] = frozenset()


def looks(root: Any | None) -> Looks:
    """Of the root of ``xl/styles.xml``; nothing where there is none."""
    if root is None:
        return Looks()
    own: dict[int, str] = dict(BUILT_IN)
    for one in root.iter("{*}numFmt"):
        own[int(one.get("numFmtId", "0"))] = one.get("formatCode", "")[:200]
    fonts = _of(root, "fonts", "font")
    struck = {str(at) for at, font in enumerate(fonts) if _is_struck(font)}
    white = {str(at) for at, font in enumerate(fonts) if _is_white(font)}
    filled = {str(at) for at, fill in enumerate(_of(root, "fills", "fill")) if _is_filled(fill)}
    styles = _of(root, "cellXfs", "xf")[:MOST]
    return Looks(
        tuple(own.get(int(style.get("numFmtId", "0")), "") for style in styles),
        frozenset(at for at, style in enumerate(styles) if style.get("fontId") in struck),
        frozenset(
            at
            for at, style in enumerate(styles)
            if style.get("fontId") in white and style.get("fillId", "0") not in filled
        ),
        frozenset(str(at) for at, one in enumerate(_of(root, "dxfs", "dxf")) if _is_struck(one)),
    )


def _of(root: Any, holder: str, tag: str) -> list[Any]:
    found = root.find(f"{{*}}{holder}")
    return list(found.findall(f"{{*}}{tag}"))[:MOST] if found is not None else []


def _is_struck(font: Any) -> bool:
    mark = next(font.iter("{*}strike"), None)
    return mark is not None and mark.get("val", "1") not in _OFF


def _is_white(font: Any) -> bool:
    colour = font.find("{*}color")
    return colour is not None and colour.get("rgb", "")[-6:].upper() == "FFFFFF"


def _is_filled(fill: Any) -> bool:
    pattern = fill.find("{*}patternFill")
    return pattern is None or pattern.get("patternType", "none") != "none"
