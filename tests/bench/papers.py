"""One order of sixty lines in each format, and the bare library call that gets the text out of it."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tests import interchanges
from tests.documents import making
from tests.foreign.blocks import Cell
from tests.foreign.render.sheet import Grid, draw

LINES = 60
HEADS = ("Pos", "Item no.", "Description", "Qty", "Unit", "Unit price", "Amount")
ROWS = [
    (str(n), f"W-{100 + n}", f"Hex bolt M8x{20 + n} zinc plated", str(n), "EA", "1.20", f"{Decimal('1.20') * n}")
    for n in range(1, LINES + 1)
]
TOTAL = sum(Decimal(row[6]) for row in ROWS)
ABOVE = [("PO number", "PO-4711"), ("Order date", "2026-11-23"), ("Currency", "EUR")]


@dataclass(frozen=True, slots=True)
class Paper:
    """``bare`` gets the bytes and does what the library alone does."""

    form: str
    name: str
    data: bytes
    library: str
    bare: Callable[[bytes], object]


def papers() -> list[Paper]:
    table = "\n".join(";".join(row) for row in (*ABOVE, (), HEADS, *ROWS, ("", "", "", "", "", "Total", str(TOTAL))))
    text = csv_bytes = table.encode()
    return [
        Paper("PDF, 3 pages", "order.pdf", _pdf(), "pypdfium2 text", _pdfium),
        Paper("XLSX", "order.xlsx", draw(_grid(), "xlsx"), "calamine", _calamine),
        Paper("XLS", "order.xls", draw(_grid(), "xls"), "calamine", _calamine),
        Paper("ODS", "order.ods", draw(_grid(), "ods"), "calamine", _calamine),
        Paper("DOCX", "order.docx", _docx(), "python-docx", _word),
        Paper(
            "CSV",
            "order.csv",
            csv_bytes,
            "csv",
            lambda data: list(csv.reader(io.StringIO(data.decode()), delimiter=";")),
        ),
        Paper("HTML", "order.html", _html(), "selectolax", _lexbor),
        Paper("X12", "order.x12", _x12(), "split", lambda data: [one.split("*") for one in data.decode().split("~")]),
        Paper(
            "EDIFACT",
            "order.edi",
            _edifact(),
            "re.split",
            lambda data: [re.split(r"[+:]", s) for s in data.decode().split("'")],
        ),
        Paper("cXML", "cxml.xml", _cxml(), "lxml", _lxml),
        Paper("UBL", "ubl.xml", _ubl(), "lxml", _lxml),
        Paper(
            "ZIP of CSV and PDF",
            "order.zip",
            making.zipped(order_csv=text, order_pdf=_pdf()),
            "zipfile, csv, pypdfium2",
            _zip,
        ),
    ]


def scan() -> Paper:
    return Paper("PDF scan, 1 page", "scan.pdf", making.scan(_pdf()), "pypdfium2, tesseract", _tesseract)


# --- the documents ----------------------------------------------------------------------------------------------------


def _pdf() -> bytes:
    heads = [
        (50, "Pos"),
        (80, "Item no."),
        (140, "Description"),
        (330, "Qty"),
        (370, "Unit"),
        (410, "Unit price"),
        (480, "Amount"),
    ]
    pages = []
    for start in range(0, LINES, 20):
        rows = ROWS[start : start + 20]
        page = [(x, 200, text) for x, text in heads]
        page += [(heads[at][0], 220 + 20 * n, text) for n, row in enumerate(rows) for at, text in enumerate(row)]
        if start == 0:
            page += [(50, 60 + 20 * n, f"{label}: {value}") for n, (label, value) in enumerate(ABOVE)]
        pages.append(page)
    pages[-1] += [(410, 640, "Total"), (480, 640, str(TOTAL))]
    return making.pdf(*pages)


def _grid() -> Grid:
    def cell(text: str) -> Cell:
        number = re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text)
        return Cell(text, Decimal(text)) if number else Cell(text)

    rows = [tuple(map(cell, row)) for row in (*ABOVE, (), HEADS, *ROWS, ("", "", "", "", "", "Total", str(TOTAL)))]
    return Grid(tuple(rows))


def _docx() -> bytes:
    import docx

    book = docx.Document()
    for label, value in ABOVE:
        book.add_paragraph(f"{label}: {value}")
    table = book.add_table(rows=0, cols=len(HEADS))
    for row in (HEADS, *ROWS):
        for one, text in zip(table.add_row().cells, row, strict=True):
            one.text = text
    book.add_paragraph(f"Total: {TOTAL}")
    return making.saved(book)


def _html() -> bytes:
    above = "".join(f"<p>{label}: {value}</p>" for label, value in ABOVE)
    rows = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in (HEADS, *ROWS))
    return f"<html><body>{above}<table>{rows}</table><p>Total: {TOTAL}</p></body></html>".encode()


def _x12() -> bytes:
    lines = [f"PO1*{n}*{quantity}*EA*1.2**VN*{sku}~PID*F****{text}" for n, sku, text, quantity, *_ in ROWS]
    ends = (f"CTT*{LINES}", f"AMT*TT*{TOTAL}")
    return interchanges.x12((*interchanges.X12[:4], *"~".join(lines).split("~"), *ends)).encode()


def _edifact() -> bytes:
    lines = [
        segment
        for n, sku, text, quantity, _, _, amount in ROWS
        for segment in (
            f"LIN+{n}++{sku}:SA",
            f"IMD+F++:::{text}",
            f"QTY+21:{quantity}:PCE",
            f"MOA+203:{amount}",
            "PRI+AAA:1.2",
        )
    ]
    return interchanges.edifact(
        (*interchanges.EDIFACT[:5], *lines, "UNS+S", f"MOA+86:{TOTAL}", f"CNT+2:{LINES}")
    ).encode()


def _cxml() -> bytes:
    text = interchanges.cxml()
    start, end = text.index("<ItemOut"), text.index("</OrderRequest>")
    items = "".join(
        text[start:end]
        .replace('lineNumber="1" quantity="10"', f'lineNumber="{n}" quantity="{quantity}"')
        .replace("W-100", sku)
        .replace("Hex bolt M8", said)
        for n, sku, said, quantity, *_ in ROWS
    )
    return (text[:start] + items + text[end:]).replace(">12.00<", f">{TOTAL}<").encode()


def _ubl() -> bytes:
    text = interchanges.ubl()
    start, end = text.index("<cac:OrderLine>"), text.index("</Order>")
    item = text[start:end]
    lines = "".join(
        item.replace("<cbc:ID>1</cbc:ID>", f"<cbc:ID>{n}</cbc:ID>")
        .replace("W-100", sku)
        .replace("Hex bolt M8", said)
        .replace(">10<", f">{quantity}<")
        .replace(">12.00<", f">{amount}<")
        for n, sku, said, quantity, _, _, amount in ROWS
    )
    return (text[:start].replace(">12.00<", f">{TOTAL}<") + lines + text[end:]).encode()


# --- the libraries ----------------------------------------------------------------------------------------------------


def _pdfium(data: bytes) -> object:
    import pypdfium2

    with pypdfium2.PdfDocument(data) as opened:
        return [page.get_textpage().get_text_bounded() for page in opened]


def _calamine(data: bytes) -> object:
    import python_calamine

    return python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def _word(data: bytes) -> object:
    import docx

    opened = docx.Document(io.BytesIO(data))
    paragraphs = [paragraph.text for paragraph in opened.paragraphs]
    return paragraphs, [[cell.text for cell in row.cells] for table in opened.tables for row in table.rows]


def _lexbor(data: bytes) -> object:
    from selectolax.lexbor import LexborHTMLParser

    return [[cell.text() for cell in row.css("td")] for row in LexborHTMLParser(data).css("tr")]


def _lxml(data: bytes) -> object:
    from lxml import etree

    return [(node.tag, node.text) for node in etree.fromstring(data).iter()]


def _zip(data: bytes) -> object:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        table = package.read("order.csv").decode()
        return list(csv.reader(io.StringIO(table), delimiter=";")), _pdfium(package.read("order.pdf"))


def _tesseract(data: bytes) -> object:
    import pypdfium2

    from maildaemon.edge import ocr
    from maildaemon.read.scans import picture

    with pypdfium2.PdfDocument(data) as opened:
        return ocr.Machine(ocr.installed()).tsv(lambda: picture(opened[0]))
