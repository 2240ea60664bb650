"""Small documents for the tests: PDFs written by hand, workbooks and Word documents by their libraries.

``python -m tests.documents.making`` writes the mails with attachments in tests/mail/general again."""

import io
import zipfile
import zlib
from email.message import EmailMessage
from pathlib import Path

WIDTH, HEIGHT = 595, 842


def pdf(*pages, extra=b"", catalog=b"", page_extra=b"", resources=b"", encrypt=False):
    """Pages of ``(x, y, text)`` or ``(x, y, text, size)``, in points from the upper left corner; a string among them is
    put into the page's content as it is."""
    objects = [b"", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]
    kids = []
    for page in pages:
        content = []
        for piece in page:
            if isinstance(piece, str):
                content.append(piece)
                continue
            x, y, text, *size = piece
            escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            content.append(f"BT /F1 {size[0] if size else 10} Tf {x} {HEIGHT - y} Td ({escaped}) Tj ET")
        stream = zlib.compress("\n".join(content).encode("cp1252"))
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R %s"
            b"/Resources << /Font << /F1 3 0 R >> %s>> >>" % (WIDTH, HEIGHT, len(objects), page_extra, resources)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), b" ".join(kids))
    out = io.BytesIO(b"%PDF-1.5\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate([*objects, *([extra] if extra else [])], 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    locked = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >> /ID [<00><00>]" % (
        b"41" * 32,
        b"42" * 32,
    )
    out.write(b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(places) + 1, locked if encrypt else b"", start))  # fmt: skip
    return out.getvalue()


def scan(data):
    """A PDF that shows the first page of another as a picture."""
    import pypdfium2

    page = pypdfium2.PdfDocument(data)[0].render(scale=200 / 72, grayscale=True)
    dots = bytes(page.buffer)
    packed = zlib.compress(
        b"".join(dots[at : at + page.width] for at in range(0, page.height * page.stride, page.stride))
    )
    about = b"/Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray" % (page.width, page.height)
    image = b"<< /Type /XObject %s /BitsPerComponent 8 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (
        about, len(packed), packed)  # fmt: skip
    shown = f"q {WIDTH} 0 0 {HEIGHT} 0 0 cm /Im1 Do Q"
    return pdf([shown], extra=image, resources=b"/XObject << /Im1 6 0 R >> ")


HEADS = [
    (50, "Pos"),
    (90, "Item no."),
    (170, "Description"),
    (350, "Qty"),
    (390, "Unit"),
    (430, "Unit price"),
    (500, "Amount"),
]
LINES = [
    ("10", "W-100", "Hex bolt M8x40", "5", "EA", "1.20", "6.00"),
    ("20", "W-200", "Ball bearing 6204", "12", "EA", "4.50", "54.00"),
]


def order_rows(top=300, lines=LINES, heads=HEADS):
    pieces = [(x, top, text) for x, text in heads]
    for number, line in enumerate(lines, 1):
        pieces += [(heads[at][0], top + 20 * number, text) for at, text in enumerate(line) if text]
    return pieces


def order_pdf():
    """Two address blocks side by side, a wrapped description, a total."""
    return pdf(
        [
            (50, 60, "PURCHASE ORDER", 18),
            (50, 110, "Ship to:"), (50, 123, "Aldwin Ltd"), (50, 136, "4 Harbour Street"), (50, 149, "Hull HU1 2AB"),
            (230, 110, "Bill to:"), (230, 123, "Aldwin Ltd"), (230, 136, "PO Box 12"), (230, 149, "Hull HU1 9ZZ"),
            (410, 110, "PO number:"), (490, 110, "PO-88120"),
            (410, 123, "Order date:"), (490, 123, "2026-11-20"),
            (410, 136, "Currency:"), (490, 136, "EUR"),
            *order_rows(220),
            (170, 272, "with two seals"),
            (430, 310, "Total"), (500, 310, "60.00"),
        ]
    )  # fmt: skip


def order_xlsx():
    import datetime as dt

    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Order"
    for at, (label, value) in enumerate(
        [("PO number", "PO-88121"), ("Order date", dt.date(2026, 11, 20)), ("Currency", "EUR")], 1
    ):
        sheet.cell(at, 1, label)
        sheet.cell(at, 2, value)
    heads = ["Pos", "Item no.", "Description", "Qty", "Unit", "Unit price", "Amount"]
    for at, head in enumerate(heads, 1):
        sheet.cell(6, at, head)
    for row, line in enumerate([(1, 12345, "Hex bolt", 5, "EA", 1.2, 6), (2, 678, "Nut", 10, "EA", 0.25, 2.5)], 7):
        for at, value in enumerate(line, 1):
            sheet.cell(row, at, value)
        sheet.cell(row, 2).number_format = "00000000"
        sheet.cell(row, 6).number_format = '#,##0.00 "EUR"'
    # A price list that somebody keeps beside the order.
    for row, line in enumerate([("Code", "List price"), ("W-900", 9.5), ("W-901", 8.5)], 6):
        sheet.cell(row, 9, line[0])
        sheet.cell(row, 10, line[1])
    sheet.cell(10, 6, "Total")
    sheet.cell(10, 7, 8.5)
    return saved(book)


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def order_docx():
    import docx

    document = docx.Document()
    document.add_heading("Bestellung", 0)
    for text in ("Bestellnummer: B-88122", "Bestelldatum: 20.11.2026", "Währung: EUR"):
        document.add_paragraph(text)
    table = document.add_table(1, 5)
    for at, text in enumerate(["Artikelnummer", "Bezeichnung", "Menge", "Einzelpreis", "Gesamtpreis"]):
        table.cell(0, at).text = text
    for line in (("W-100", "Sechskantschraube", "5", "1,20", "6,00"), ("W-200", "Lager", "12", "4,50", "54,00")):
        for cell, text in zip(table.add_row().cells, line, strict=True):
            cell.text = text
    cells = table.add_row().cells
    cells[0].merge(cells[3]).text = "Gesamtbetrag"
    cells[4].text = "60,00"
    return saved(document)


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(name.replace("__", "/").replace("_", "."), data)
    return out.getvalue()


def far_cells():
    """A1 and XFD1048576: 17 thousand million cells between two corners."""
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1"><v>1</v>'
        '</c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>'
    )
    return replaced(order_xlsx(), "xl/worksheets/sheet1.xml", sheet.encode())


def replaced(package, name, data):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, data if info.filename == name else old.read(info.filename))
    return out.getvalue()


MAILS = {
    "order-as-pdf": ("Purchase order PO-88120", "Please find our order attached.", "order.pdf", "application/pdf", order_pdf),
    "order-as-xlsx": ("Purchase order PO-88121", "Please find our order attached.", "order.xlsx", "application/octet-stream", order_xlsx),
    "order-as-docx": ("Bestellung B-88122", "Anbei unsere Bestellung.", "bestellung.docx", "application/octet-stream", order_docx),
}  # fmt: skip


def main():
    for name, (subject, text, filename, kind, make) in MAILS.items():
        message = EmailMessage()
        message["From"] = "Purchasing <purchasing@aldwin.example>"
        message["To"] = "orders@your-company.example"
        message["Subject"] = subject
        message["Message-ID"] = f"<{name}@aldwin.example>"
        message["Date"] = "Fri, 20 Nov 2026 09:00:00 +0000"
        message.set_content(text)
        message.add_attachment(make(), *kind.split("/"), filename=filename)
        message.set_boundary(f"parted-{name}")
        Path(__file__).parent.parent.joinpath("mail", "general", f"{name}.eml").write_bytes(message.as_bytes())


if __name__ == "__main__":
    main()
