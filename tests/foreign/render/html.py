"""Blocks as HTML, in the manner of mail programs and shops."""

from collections.abc import Sequence
from html import escape

from tests.foreign.blocks import Block, Box, Cell, Pairs, Para, Side, Table, Title


def draw(blocks: Sequence[Block], *, style: str = "plain") -> str:
    """``style``: plain | outlook (Word's HTML) | nested (tables in tables) | divs (no table at all)."""
    body = "\n".join(_block(block, style) for block in blocks)
    if style == "nested":
        body = f'<table width="100%"><tr><td align="center"><table width="640"><tr><td>{body}</td></tr></table></td></tr></table>'
    return page(body, style)


def page(body: str, style: str = "plain") -> str:
    css = "<style>p.MsoNormal{margin:0cm;font-size:11.0pt;font-family:Calibri}</style>" if style == "outlook" else ""
    return f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">{css}</head><body>{body}</body></html>'


def _p(text: str, style: str) -> str:
    return (
        f'<p class="MsoNormal"><span lang="X">{text}</span><o:p></o:p></p>' if style == "outlook" else f"<p>{text}</p>"
    )


def _block(block: Block, style: str) -> str:
    match block:
        case Title(text):
            return _p(f"<b>{escape(text)}</b>", style) if style in {"outlook", "divs"} else f"<h2>{escape(text)}</h2>"
        case Para(lines):
            return _p("<br>".join(map(escape, lines)), style)
        case Pairs(rows, how):
            return _pairs(rows, how, style)
        case Box(rows):
            return _pairs(rows, "grid", style)
        case Side(columns):
            if style == "divs":
                return "".join(f"<div>{'<br>'.join(map(escape, column))}</div>" for column in columns)
            return (
                "<table><tr>"
                + "".join(f'<td valign="top">{"<br>".join(map(escape, c))}</td>' for c in columns)
                + "</tr></table>"
            )
        case Table():
            return _divs(block) if style == "divs" else _table(block, style)


def _pairs(rows: Sequence[tuple[str, Cell]], how: str, style: str) -> str:
    if style == "divs":
        return "".join(
            f"<div><span>{escape(label)}:</span> <strong>{escape(value.text)}</strong></div>" for label, value in rows
        )
    if how == "colon":
        return _p("<br>".join(f"<b>{escape(label)}:</b> {escape(value.text)}" for label, value in rows), style)
    if how == "above":
        tops = "".join(f"<th>{escape(label)}</th>" for label, _ in rows)
        return (
            f"<table><tr>{tops}</tr><tr>{''.join(f'<td>{escape(value.text)}</td>' for _, value in rows)}</tr></table>"
        )
    return (
        "<table>"
        + "".join(f"<tr><td>{escape(label)}</td><td>{escape(value.text)}</td></tr>" for label, value in rows)
        + "</table>"
    )


def _table(table: Table, style: str) -> str:
    def one(text: str, tag: str = "td") -> str:
        inner = escape(text).replace("\n", "<br>")
        return f"<{tag}>{_p(inner, style) if style == 'outlook' else inner}</{tag}>"

    head = "".join(one(text, "td" if style == "outlook" else "th") for text in table.heads)
    rows = "".join("<tr>" + "".join(one(c.text) for c in row) + "</tr>\n" for row in table.rows)
    span = max(1, len(table.heads) - 1)
    foot = "".join(
        f'<tr><td colspan="{span}" align="right">{escape(label)}</td>{one(value.text)}</tr>'
        for label, value in table.foot
    )
    border = 0 if table.look == "plain" else 1
    return f'<table border="{border}" cellspacing="0" cellpadding="4"><tr>{head}</tr>\n{rows}{foot}</table>'


def _divs(table: Table) -> str:
    cards = "".join(
        '<div class="card">'
        + "".join(f"<div>{escape(h)}: {escape(c.text)}</div>" for h, c in zip(table.heads, row, strict=True) if c.text)
        + "</div>\n"
        for row in table.rows
    )
    return cards + "".join(f"<div><b>{escape(label)}: {escape(value.text)}</b></div>" for label, value in table.foot)
