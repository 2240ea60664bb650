"""Blocks as PDF by ReportLab, with text or as the picture of a scan."""

import io
from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import Any

import pypdfium2
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from tests.foreign.blocks import Block, Box, Cell, Pairs, Para, Side, Table, Title

WIDTH = A4[0] - 36 * mm
_PER_PAGE = 5


def draw(
    blocks: Sequence[Block], *, font: str = "Helvetica", size: float = 9, wrap: bool = True, number: Any = None
) -> bytes:
    """``wrap``: long cells are broken into lines. ``number`` makes the text at a page's foot out of its number."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=15 * mm, bottomMargin=15 * mm, invariant=1
    )  # fmt: skip
    hand = _Hand(font, size, wrap)
    flow: list[Flowable] = []
    for block in blocks:
        flow += [*hand.block(block), Spacer(1, 4 * mm)]

    def foot(canvas: Canvas, page: Any) -> None:
        if number:
            canvas.setFont(font, 8)
            canvas.drawRightString(A4[0] - 18 * mm, 8 * mm, number(page.page))

    document.build(flow, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def scanned(pdf: bytes, *, scale: float = 2.0) -> bytes:
    """Each page as a grey picture: no text is left in the file."""
    source = pypdfium2.PdfDocument(pdf)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for page in source:
        picture = page.render(scale=scale, grayscale=True).to_pil()
        canvas.drawImage(ImageReader(picture), 0, 0, *A4)
        canvas.showPage()
    source.close()
    canvas.save()
    return out.getvalue()


class _Hand:
    def __init__(self, font: str, size: float, wrap: bool) -> None:
        self.font, self.size, self.wrap = font, size, wrap
        self.bold = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold", "Courier": "Courier-Bold"}[font]
        self.left = ParagraphStyle("left", fontName=font, fontSize=size, leading=size * 1.25)
        self.right = ParagraphStyle("right", parent=self.left, alignment=TA_RIGHT)

    def block(self, block: Block) -> list[Flowable]:
        match block:
            case Title(text):
                return [Paragraph(escape(text), ParagraphStyle("title", fontName=self.bold, fontSize=16, leading=20))]
            case Para(lines):
                return [Paragraph("<br/>".join(map(escape, lines)), self.left)]
            case Pairs(rows, how):
                return [self.pairs(rows, how)] if rows else []
            case Box(rows):
                return [self.box(rows)]
            case Side(columns):
                return [self.side(columns)] if columns else []
            case Table():
                return self.table(block)

    def cell(self, text: str, *, right: bool = False) -> Flowable | str:
        if right or not self.wrap:
            return text
        return Paragraph(escape(text).replace("\n", "<br/>"), self.left)

    def pairs(self, rows: Sequence[tuple[str, Cell]], how: str) -> Flowable:
        if how == "colon":
            return Paragraph(
                "<br/>".join(f"{escape(label.rstrip(':'))}: {escape(value.text)}" for label, value in rows), self.left
            )
        style: list[Any] = [
            ("FONT", (0, 0), (-1, -1), self.font, self.size),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
        ]
        if how == "above":
            wide = WIDTH / len(rows)
            style.append(("BOX", (0, 0), (-1, -1), 0.5, colors.grey))
            data = [[self.cell(label) for label, _ in rows], [self.cell(value.text) for _, value in rows]]
            return Grid(data, colWidths=[wide] * len(rows), style=style)
        dots = " " if how == "grid" else " ........"
        return Grid(
            [[label + dots, self.cell(value.text)] for label, value in rows],
            colWidths=[WIDTH * 0.32, WIDTH * 0.4],
            style=style,
            hAlign="LEFT",
        )

    def box(self, rows: Sequence[tuple[str, Cell]]) -> Flowable:
        style = [
            ("FONT", (0, 0), (-1, -1), self.font, self.size),
            ("BOX", (0, 0), (-1, -1), 0.7, colors.black),
            ("ALIGN", (1, 0), (1, -1), "RIGHT"),
            ("FONT", (0, -1), (-1, -1), self.bold, self.size),
        ]
        return Grid(
            [[label, value.text] for label, value in rows],
            colWidths=[WIDTH * 0.3, WIDTH * 0.18],
            style=style,
            hAlign="RIGHT",
        )

    def side(self, columns: Sequence[Sequence[str]]) -> Flowable:
        data = [[Paragraph("<br/>".join(map(escape, column)), self.left) for column in columns]]
        return Grid(data, colWidths=[WIDTH / len(columns)] * len(columns), style=[("VALIGN", (0, 0), (-1, -1), "TOP")])

    def table(self, table: Table) -> list[Flowable]:
        if table.carry is None or len(table.rows) <= _PER_PAGE:
            return [self.grid(table, table.rows, table.foot, None)]
        flow: list[Flowable] = []
        running = Decimal(0)
        for start in range(0, len(table.rows), _PER_PAGE):
            rows = table.rows[start : start + _PER_PAGE]
            before = running if start else None
            running += sum((Decimal(str(row[-1].value or 0)) for row in rows), Decimal(0))
            last = start + _PER_PAGE >= len(table.rows)
            foot = table.foot if last else ((table.carry, Cell(f"{running:.2f}")),)
            flow += [self.grid(table, rows, foot, before), *([] if last else [PageBreak()])]
        return flow

    def grid(
        self, table: Table, rows: Sequence[Sequence[Cell]], foot: Sequence[tuple[str, Cell]], before: Decimal | None
    ) -> Flowable:
        columns = len(table.heads)
        numeric = [all(row[n].value is not None for row in table.rows) for n in range(columns)]
        data: list[list[Any]] = [[self.cell(head, right=False) for head in table.heads]]
        if before is not None:
            data.append([table.carry, *[""] * (columns - 2), f"{before:.2f}"])
        data += [[self.cell(one.text, right=right) for one, right in zip(row, numeric, strict=True)] for row in rows]
        data += [[*[""] * (columns - 3), label, "", value.text] for label, value in foot]
        style: list[Any] = [("FONT", (0, 0), (-1, -1), self.font, self.size), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        style += [("ALIGN", (n, 0), (n, -1), "RIGHT") for n in range(columns) if numeric[n] and n > 0]
        last = len(data) - len(foot) - 1
        if table.look == "ruled":
            style.append(("GRID", (0, 0), (-1, last), 0.4, colors.black))
        if table.look in {"lines", "shaded"}:
            style += [
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
                ("LINEBELOW", (0, last), (-1, last), 0.8, colors.black),
            ]
        if table.look == "shaded":
            style.append(("BACKGROUND", (0, 0), (-1, 0), colors.lightgrey))
            style += [("BACKGROUND", (0, n), (-1, n), colors.whitesmoke) for n in range(2, last + 1, 2)]
        shares = table.widths or (1 / columns,) * columns
        return Grid(data, colWidths=[WIDTH * share for share in shares], style=style, repeatRows=1)
