"""A picture file (a scan, a photo, a screenshot) → a Document of what a machine reads on it."""

import io
from typing import Any

from maildaemon.model import Document
from maildaemon.read import scans
from maildaemon.read.care import Care
from maildaemon.read.pdf_text import PageText

SIZE_LIMIT, PIXELS, LONGEST = 20 * 2**20, 40_000_000, 3600
"""Bytes of the file; pixels of one page before it is decoded; pixels of a side that the machine gets to see."""
SMALLEST = 50
NO_TEXT = "a scan or a photo, no text"
_KINDS = frozenset({"image/png", "image/jpeg", "image/tiff", "image/gif", "image/bmp", "image/webp"})
_WIDTH, _HEIGHT = 595.0, 842.0
_FINE = 1500


def may_be_read(media_type: str) -> bool:
    return media_type in _KINDS


def read_picture(name: str, data: bytes, media_type: str, care: Care) -> Document:
    """Never raises for what the bytes are. Without a machine, or where it sees no text, the document says so."""
    if care.ocr is None:
        return _unread(name, media_type, data, NO_TEXT)
    if len(data) > SIZE_LIMIT:
        return _unread(name, media_type, data, "the picture is larger than 20 MiB")
    attempt = Care.attempt(data, "pillow")
    if not care.may(attempt):
        return _unread(name, media_type, data, "the reader for pictures died on it")
    care.tell(attempt)
    try:
        return _read(name, data, media_type, care)
    except Exception as error:
        return _unread(name, media_type, data, f"the picture could not be read ({type(error).__name__})")
    finally:
        care.tell("")


def _unread(name: str, media_type: str, data: bytes, problem: str) -> Document:
    return Document(name, media_type, problem=problem, size=len(data))


def _read(name: str, data: bytes, media_type: str, care: Care) -> Document:
    from maildaemon.read.pdf import assembled

    problems: list[str] = []
    pages: list[PageText] = []
    given_up = 0
    with _reader(media_type)(io.BytesIO(data)) as opened:
        for number in range(scans.PAGES + 1 if media_type == "image/tiff" else 1):
            try:
                opened.seek(number)
            except EOFError:
                break
            if number == scans.PAGES:
                problems.append(f"it has more than {scans.PAGES} pages: the rest was not read")
                break
            if opened.width * opened.height > PIXELS:
                return _unread(name, media_type, data, f"the picture is larger than {PIXELS // 1_000_000} megapixels")
            page, seen = _page(opened, care)
            pages.append(page)
            given_up += not seen
    blank = sum(not page.words for page in pages)
    if blank == len(pages):
        return _unread(name, media_type, data, f"{NO_TEXT}: {scans.GIVEN_UP}" if given_up else NO_TEXT)
    problems.insert(0, f"it is a picture: {scans.TOLD}")
    if blank:
        shown = f"{blank} of its {len(pages)} pages show no text"
        problems.append(f"{shown}: {scans.GIVEN_UP}" if given_up else shown)
    found = assembled(name, pages)
    return Document(
        name, media_type, found.lines, found.tables, None, "; ".join(problems), len(data),
        oddities=found.oddities, parts=found.parts,
    )  # fmt: skip


def _reader(media_type: str) -> Any:
    """The one decoder for what the bytes are: no other is tried, and it reads no more than the head at first."""
    from PIL import BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

    return {
        "image/png": PngImagePlugin.PngImageFile,
        "image/jpeg": JpegImagePlugin.JpegImageFile,
        "image/tiff": TiffImagePlugin.TiffImageFile,
        "image/gif": GifImagePlugin.GifImageFile,
        "image/bmp": BmpImagePlugin.BmpImageFile,
        "image/webp": WebPImagePlugin.WebPImageFile,
    }[media_type]


def _page(opened: Any, care: Care) -> tuple[PageText, bool]:
    """One frame as a page of the width of A4 (or its height, lying), whatever resolution it claims; whether the machine
    saw it to its end."""
    from PIL import ImageOps

    assert care.ocr is not None  # noqa: S101  (the caller has looked)
    if min(opened.size) < SMALLEST:
        return PageText(_WIDTH, _HEIGHT), True  # a rule, an icon, a counting pixel
    shown = ImageOps.exif_transpose(opened)
    width, height = shown.size
    factor = min(LONGEST / max(width, height), max(1.0, min(3.0, _FINE / width)))
    width, height = max(1, round(width * factor)), max(1, round(height * factor))

    def grey() -> bytes:
        from PIL import Image

        flat = shown
        if "A" in shown.getbands() or "transparency" in shown.info:
            # What is transparent is seen on white.
            coloured = shown.convert("RGBA")
            flat = Image.alpha_composite(Image.new("RGBA", coloured.size, "white"), coloured)
        plain = flat.convert("L")
        if plain.size != (width, height):
            plain = plain.resize((width, height), Image.Resampling.LANCZOS)
        return b"P5\n%d %d\n255\n%s" % (width, height, plain.tobytes())

    points = _HEIGHT if width > height else _WIDTH
    page = PageText(points, height * points / width)
    told = care.ocr(grey)
    scans.put(page, told or "", width / points * 72)
    return page, told is not None
