"""Scans and pictures, read by the real tesseract: enough for a person to look at, never enough for an answer."""

import io
import os
import threading
import time
from email.message import EmailMessage

import pypdfium2
import pytest
from PIL import Image

from maildaemon.decide import Stand, asked, decide
from maildaemon.desk import Later
from maildaemon.edge import ocr, playbooks
from maildaemon.edge.children import ChildReader, Limits
from maildaemon.model import Action, Kind, Known, Reading
from maildaemon.read import Care, scans
from maildaemon.read.content import read_parts
from maildaemon.read.pdf_text import PageText
from maildaemon.read.pictures import PIXELS
from maildaemon.read.sniff import sniff
from tests.documents import making

MISSING = "tesseract is not installed (Debian: tesseract-ocr and tesseract-ocr-deu, -fra, -spa, -ita, -nld)"
GIVEN_UP = "the machine (OCR) gave up, it took too long or there are too many"
TOLD = "its text was read by a machine (OCR), not written"


@pytest.fixture
def machine():
    """The real one; where everything must be there, its absence is a failure."""
    program = ocr.installed()
    if program is None or ocr.missing(program):
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    return ocr.Machine(program)


def scanned(data=None, dpi=150, mode="L"):
    """A picture of the first page."""
    opened = pypdfium2.PdfDocument(data or making.order_pdf())
    try:
        return opened[0].render(scale=dpi / 72).to_pil().convert(mode)
    finally:
        opened.close()


def saved(pictures, kind, **options):
    first, *rest = pictures
    out = io.BytesIO()
    more = {"save_all": True, "append_images": rest} if rest else {}
    first.save(out, kind, **more, **options)
    return out.getvalue()


def document(data, name="scan", machine=None):
    care = Care(ocr=machine.tsv) if machine else Care()
    return read_parts(name, data, sniff(data, "application/octet-stream", name), care=care)[0]


def as_pdf(pictures):
    return saved(pictures, "PDF", resolution=150)


HEADS = ("Pos", "Item no.", "Description", "Qty", "Unit", "Unit price", "Amount")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "PDF"])
def test_a_scanned_order_is_read_for_a_person_in_every_form(machine, kind):
    found = document(saved([scanned()], kind, **({"resolution": 150} if kind == "PDF" else {})), machine=machine)
    assert TOLD in found.problem
    (table,) = found.tables
    assert table.rows[0] == HEADS
    assert [(row[1], row[3], row[6]) for row in table.rows[1:3]] == [("W-100", "5", "6.00"), ("W-200", "12", "54.00")]
    assert any("PO-88120" in line.text for line in found.lines)


def test_the_letter_before_an_amount_is_the_dollar_sign_that_it_was_taken_for():
    words = ["S 15.00", "S 15,000.00", "S 15", "Size S 15.00x"]
    rows = [
        f"5\t1\t1\t1\t{line}\t{at}\t{100 + 60 * at}\t{100 * line}\t50\t20\t90\t{word}"
        for line, text in enumerate(words)
        for at, word in enumerate(text.split())
    ]
    page = PageText(595.0, 842.0)
    assert scans.put(page, "\n".join(("a heading", *rows)))
    assert [word.text for word in page.words] == "$ 15.00 $ 15,000.00 S 15 Size S 15.00x".split()


def test_every_page_of_a_fax_is_read(machine):
    second = scanned(making.pdf([(50, 60, "Delivery in two parts, please", 14)]), mode="1")
    found = document(saved([scanned(mode="1"), second], "TIFF", compression="group4"), machine=machine)
    assert [name for _, name in found.parts] == ["page 1, line", "page 2, line"]
    assert any("Delivery in two parts" in line.text for line in found.lines)


def test_a_scan_lying_on_its_side_in_the_camera_is_turned(machine):
    exif = Image.Exif()
    exif[0x0112] = 6
    found = document(saved([scanned().rotate(90, expand=True)], "JPEG", exif=exif), machine=machine)
    assert any("PO-88120" in line.text for line in found.lines)


def test_without_the_program_a_scan_says_that_it_is_one():
    assert document(saved([scanned()], "PNG")).problem == "a scan or a photo, no text"
    assert document(as_pdf([scanned()])).problem == "a scan, no text"


def test_a_picture_without_text_says_so(machine):
    assert document(saved([Image.new("L", (900, 900), 200)], "PNG"), machine=machine).problem == (
        "a scan or a photo, no text"
    )


def test_a_picture_beyond_the_bounds_is_not_decoded(machine):
    side = int(PIXELS**0.5) + 100
    found = document(saved([Image.new("1", (side, side))], "PNG"), machine=machine)
    assert found.problem == "the picture is larger than 40 megapixels"
    assert not machine.asked


@pytest.mark.parametrize("cut", [20, 200, 2000])
def test_a_damaged_picture_says_so(machine, cut):
    found = document(saved([scanned()], "PNG")[:cut], machine=machine)
    assert found.problem.startswith("the picture could not be read (")


def test_a_text_that_a_scanners_program_laid_below_its_picture_is_not_more_than_a_machines():
    image = (
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>"
        b"\nstream\n\xee\nendstream"
    )
    below = "3 Tr BT /F1 10 Tf 50 700 Td (PO number: PO-4711) Tj ET 0 Tr"
    data = making.pdf(["q 500 0 0 700 40 40 cm /Im1 Do Q", below], extra=image, resources=b"/XObject << /Im1 6 0 R >> ")
    found = document(data)
    assert found.problem == f"page 1 is a scan: {TOLD}"
    assert any("PO-4711" in line.text for line in found.lines)


class TestBounds:
    def test_no_more_pages_of_a_mail_than_the_bound_are_read(self, machine):
        machine.left = 1
        found = document(as_pdf([scanned(), scanned()]), machine=machine)
        assert f"1 of its pages are scans, no text: {GIVEN_UP}" in found.problem

    @pytest.mark.parametrize("save", [as_pdf, lambda pictures: saved(pictures, "PNG")])
    def test_a_scan_that_the_machine_gave_up_says_so(self, save):
        data = save([scanned()])
        kind = sniff(data, "application/octet-stream", "scan")
        (found, *_) = read_parts("scan", data, kind, care=Care(ocr=lambda _: None))
        assert found.problem.endswith(f"no text: {GIVEN_UP}")

    def test_a_picture_that_takes_too_long_is_given_up(self, machine):
        def stuck():
            return saved([scanned(dpi=600)], "PPM")

        machine.seconds = 1.0
        begun = time.monotonic()
        assert machine.tsv(stuck) is None
        assert machine.seconds < 0.2
        assert time.monotonic() - begun < 8

    def test_no_picture_is_made_for_a_machine_that_is_not_to_read(self):
        nothing = ocr.Machine(None)
        assert nothing.tsv(lambda: pytest.fail("it was made")) is None
        assert nothing.asked


@pytest.fixture(scope="module")
def playbook():
    return playbooks.build(playbooks.gather(None, None))


@pytest.fixture(scope="module")
def reader():
    found = ChildReader(playbooks.gather(None, None), children=2, limits=Limits())
    yield found
    found.close()


def mail(*files, body="Please find our order attached."):
    message = EmailMessage()
    message["From"] = "Jo <jo@aldwin.example>"
    message["Subject"] = "Purchase order PO-88120"
    message["Message-ID"] = "<1@aldwin.example>"
    message.set_content(body)
    for name, kind, data in files:
        main, _, sub = kind.partition("/")
        message.add_attachment(data, main, sub, filename=name)
    return message.as_bytes()


def test_what_a_machine_has_read_is_never_acknowledged_by_itself(machine, reader, playbook):
    files = [
        ("po.pdf", "application/pdf", as_pdf([scanned(dpi=200)])),
        ("po.png", "image/png", saved([scanned()], "PNG")),
    ]
    for file in files:
        (reading,) = reader.read([mail(file)])
        assert isinstance(reading, Reading)
        assert reading.kind is Kind.ORDER
        assert [line.sku.value for line in reading.orders[0].lines] == ["W-100", "W-200"]
        decision = decide(reading, tuple(Known() for _ in asked(reading)), playbook, Stand(), content="")
        assert decision.action is Action.REVIEW
        assert any(one.rule == "everything-was-read" and TOLD in one.reason for one in decision.objections)


def test_a_scan_leaves_its_batch_and_the_others_are_read_at_once(machine, reader):
    slow = mail(("po.png", "image/png", saved([scanned()], "PNG")))
    quick = [mail(("po.pdf", "application/pdf", making.order_pdf())) for _ in range(9)]
    later, *found = reader.begin([slow, *quick])()
    assert isinstance(later, Later)
    assert all(reading.unread == () for reading in found)
    there = threading.Event()
    later.then(there.set)
    assert there.wait(60)
    assert later.done()
    assert TOLD in later.result().unread[0]


def test_who_stops_the_program_does_not_wait_for_a_scan(machine):
    hurried = ChildReader(playbooks.gather(None, None), children=1, limits=Limits())
    pages = as_pdf([scanned(dpi=300)] * 5)
    waiting = hurried.begin([mail(("po.pdf", "application/pdf", pages)) for _ in range(3)])()
    begun = time.monotonic()
    hurried.close()
    assert time.monotonic() - begun < 15
    assert all(later.done() and later.result().kind is Kind.ORDER for later in waiting)


def test_a_bare_picture_is_read(machine, reader):
    (reading,) = reader.read_files([("order.png", saved([scanned()], "PNG"))])
    assert reading.kind is Kind.ORDER
    assert len(reading.orders[0].lines) == 2
