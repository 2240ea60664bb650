"""Attacks 17 to 23: documents that are larger, deeper or further reaching than they look."""

import io
import struct
import zipfile
import zlib

import pytest

from maildaemon.read.care import Care
from maildaemon.read.content import read_parts
from tests.documents import making
from tests.interchanges import ubl

SHEET = "xl/worksheets/sheet1.xml"


def lying(package: bytes, name: str, size: int) -> bytes:
    """The package with another size of an entry in its list."""
    data = bytearray(package)
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    data[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(data)


@pytest.mark.parametrize("entry", [b"<a>" + b" " * 40_000_000, b"<row/>" * 8_000_000])
def test_17_an_archive_that_swells(read, entry):
    bomb = making.replaced(making.order_xlsx(), SHEET, entry)
    problem = "it is packed more than a hundredfold, as no honest file is"
    assert read.file("order.xlsx", bomb).problem == problem
    assert problem in read.file("order.zip", making.zipped(a_txt=entry)).problem


@pytest.mark.parametrize("size", [100, 1_000_000])
def test_17_an_archive_that_lies_about_a_size(read, size):
    """No more is inflated than the list says, and what the list says is then found to be wrong."""
    entry = b"<a>" + b"<row/>" * 300_000
    assert "damaged" in read.file("order.zip", lying(making.zipped(a_txt=entry), "a.txt", size)).problem
    book = lying(making.replaced(making.order_xlsx(), SHEET, entry), SHEET, size)
    assert read.file("order.xlsx", book).problem is not None


def test_17_an_archive_of_archives(read):
    inner = making.zipped(a_txt=b"PO number: 4711")
    for _ in range(20):
        inner = making.zipped(inner_zip=inner)
    assert read.file("order.zip", inner).problem == "an archive inside an archive is not opened"


def test_17_an_archive_whose_entries_overlap(read):
    """Many names in the list for one and the same entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("a.txt", b"PO number: 4711\n" * 50_000)
        package.filelist.extend(package.filelist * 90)
    found = read.file("order.zip", out.getvalue())
    assert found.lines or found.problem


def test_18_cells_at_the_corners_of_a_sheet(read):
    found = read.file("order.xlsx", making.far_cells())
    assert len(found.lines) < 100
    assert found.problem or found.oddities


def entity(target: str) -> bytes:
    return f'<!DOCTYPE a [<!ENTITY x SYSTEM "{target}">]>'.encode()


WORD = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&x;</w:t>'
    b"</w:r></w:p></w:body></w:document>"
)
CELL = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" '
    b't="inlineStr"><is><t>&x;</t></is></c></row></sheetData></worksheet>'
)
BRINGING = {
    "xml": lambda url: entity(url) + ubl().replace("Hex bolt M8", "&x;").partition("?>")[2].encode(),
    "xlsx": lambda url: making.replaced(making.order_xlsx(), SHEET, entity(url) + CELL),
    "docx": lambda url: making.replaced(making.order_docx(), "word/document.xml", entity(url) + WORD),
}


@pytest.mark.parametrize("form", BRINGING)
def test_19_what_a_document_wants_to_bring_in(read, listener, tmp_path, form):
    canary = tmp_path / "canary"
    canary.write_text("canary-in-a-file")
    for target in (canary.as_uri(), listener.url):
        found = read.file(f"order.{form}", BRINGING[form](target))
        assert "canary-in-a-file" not in repr(found)
        assert found.problem is not None
    assert listener.connections == 0


LAUGHS = "<!DOCTYPE b [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
)
ORDER = "<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'>"


@pytest.mark.parametrize("data", [
    LAUGHS + "]>" + ORDER + "&j;</Order>",
    "<!DOCTYPE b [<!ENTITY a '" + "a" * 100_000 + "'>]>" + ORDER + "&a;" * 10_000 + "</Order>",
    ORDER + "<b>" * 100_000,
    ORDER + "<b>" * 200 + "</b>" * 200 + "</Order>",
    ORDER + "<b/>" * 200_000 + "</Order>",
    ORDER + "<b " + " ".join(f"a{n}='1'" for n in range(100_000)) + "/></Order>",
    "<!DOCTYPE b [" + "<!ATTLIST b a CDATA 'x'>" * 100_000 + "]>" + ORDER + "</Order>",
])  # fmt: skip
def test_20_xml_that_swells_or_sinks(read, data):
    found = read.file("order.xml", data.encode())
    assert found.problem is not None or found.messages


def page(stream: bytes, more: bytes = b"") -> bytes:
    """A PDF of one page with that content, deflated."""
    packed = zlib.compress(stream, 9)
    content = b"<< /Length %d /Filter /FlateDecode %s>>\nstream\n%s\nendstream" % (len(packed), more, packed)
    plain = making.pdf([(50, 60, "PO number: 4711")])
    start = plain.index(b"4 0 obj\n") + 8
    return plain[:start] + content + plain[plain.index(b"\nendobj", start) :]


@pytest.mark.parametrize("stream", [
    b"\n" * 200_000_000,
    b"(x) Tj " * 30_000_000,
    b"BT /F1 9 Tf 50 400 Td (W-100) Tj ET\n" * 150_000,
    b"q " * 5_000_000,
    b"0 0 m 9 9 l S\n" * 400_000,
    b"[" * 2_000_000,
], ids=["blanks", "texts", "words", "states", "strokes", "brackets"])  # fmt: skip
def test_21_a_page_that_swells(read, stream):
    """It is read, or its reader is ended by the kernel; then the document is the one that could not be read."""
    found = read.file("order.pdf", page(stream))
    assert (
        found.problem is None
        or "died on it" in found.problem
        or "more text" in found.problem
        or "no text" in found.problem
    )
    assert read.file("order.txt", b"PO number: 4711\n").lines[0].text == "PO number: 4711"


def test_21_a_page_without_resources_is_no_page_without_text(read):
    plain = making.order_pdf()
    bare = plain.replace(b"/Resources", b"/Resourcez")
    found = read.file("order.pdf", bare)
    assert found.problem is not None or found.lines or found.oddities


@pytest.mark.parametrize("kids", [b"2 0 R", b"2 0 R 2 0 R", b"99 0 R", b"1 0 R", b""])
def test_22_pages_in_a_ring(read, kids):
    plain = making.pdf([(50, 60, "PO number: 4711")])
    start = plain.index(b"/Kids [") + 7
    found = read.file("order.pdf", plain[:start] + kids + plain[plain.index(b"]", start) :])
    assert found.problem is not None


@pytest.mark.parametrize("text", [
    "a," * 3 + "x" * 200_000, 'a,"' + "x" * 200_000, '" ' * 4096, '"' * 100_001, "a;b\x00;c\n" * 20_000, ",\n" * 200_000,
    "," * 500_000, "\r" * 200_000, 'PO;"4711\n' * 50_000, "a\tb,c;d|e\n" * 50_000,
])  # fmt: skip
def test_23_tables_of_text(read, text):
    assert "died" not in (read.file("order.csv", text.encode()).problem or "")


def test_23_a_table_that_ends_its_reader_costs_that_document_alone(read):
    """Should a reader of text ever be found that can be ended, the document beside it is read all the same."""
    slow, fine = b"<a b='" + b"c" * 20_000 + b"'>", b"PO number: 4711\n"
    care = Care(frozenset({Care.attempt(slow, "text")}))
    (dead,) = read_parts("order.xml", slow, "application/xml", care=care)
    (alive,) = read_parts("order.txt", fine, "text/plain", care=care)
    assert dead.problem == "the reader for it died on it"
    assert alive.lines[0].text == "PO number: 4711"
