"""What the fuzz begins with: sample mails and documents, those found before, and the corpus's where there is one."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from maildaemon.demo.samples import samples
from tests import interchanges
from tests.bench.papers import papers
from tests.documents import making

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 300_000
FOLDERS = ("tests/mail", "tests/hostile")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TEXT = (
    b"Good morning,\n\nplease send 20 of W-100 and 5 boxes of W-200 by 12 May.\nPO number: 4711\n"
    b"Ship to: Example Ltd, 1 High Street, Bristol BS1 1AA\n\nW-100  Hex bolt M8x40  5 EA  1.20  6.00\nTotal EUR 6.00\n"
)
CSV = b"PO number;4711\nItem;Description;Qty;Unit;Price;Amount\nW-100;Hex bolt;5;EA;1,20;6,00\nW-200;Bearing;12;EA;4,50;54,00\n"
HTML = (
    b"<html><body><p>PO number: <b>4711</b></p><table><tr><th>Item<th>Description<th>Qty<th>Price</tr><tr><td>W-100<td>"
    b"Hex bolt<td>5<td>1.20</tr><tr><td rowspan=2>W-200<td>Bearing<td>12<td>4.50</tr><tr><td>x<td>1<td>2</table></body></html>"
)


@dataclass(frozen=True, slots=True)
class Seed:
    name: str
    data: bytes


def seeds() -> list[Seed]:
    """In an order that does not depend on the file system."""
    found = [Seed(path.name, path.read_bytes()) for path in _paths()]
    demo = [Seed(sample.name + ".eml", sample.raw) for sample in samples(NOW)]
    return [*made(), *demo, *(seed for seed in found if 0 < len(seed.data) <= LARGEST)]


def _paths() -> list[Path]:
    folders = [ROOT / name for name in FOLDERS]
    paths = [
        path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix not in {".json", ".py", ".pyc"}
    ]
    if corpus := os.environ.get("CORPUS"):
        paths += [path for path in sorted(Path(corpus).rglob("*")) if path.suffix not in {".json", ".md", ".csv"}]
    return [path for path in paths if path.is_file()]


def made() -> list[Seed]:
    """One of each format."""
    two = making.pdf(making.order_rows(), [(50, 60, "Page 2"), (50, 90, "Total EUR 60.00")])
    return [
        *(Seed(paper.name, paper.data.replace(b"Client Ltd", b"Harbour Marine Services Ltd")) for paper in papers()),
        Seed("order.pdf", making.order_pdf()),
        Seed("two.pdf", two),
        Seed("order.xlsx", making.order_xlsx()),
        Seed("order.docx", making.order_docx()),
        Seed("order.zip", making.zipped(order_csv=CSV, order_txt=TEXT)),
        Seed("order.csv", CSV),
        Seed("order.txt", TEXT),
        Seed("order.html", HTML),
        Seed("order.x12", interchanges.x12().encode()),
        Seed("order.edi", interchanges.edifact(una="UNA:+.? '").encode()),
        Seed("order-cxml.xml", interchanges.cxml().encode()),
        Seed("order-ubl.xml", interchanges.ubl().encode()),
        Seed("order-x.xml", interchanges.order_x().encode()),
    ]
