"""Text of a PDF that a person does not read: something lies over it, cuts it off or is ruled through it."""

import pytest

from maildaemon.read.pdf import read_pdf
from tests.documents import making

ROW = making.HEIGHT - 240
"""The baseline of the first order line, in the page's own coordinates."""
HIDDEN = "page 1 has text that is not to be seen: "
STRUCK = "page 1 has text that is struck through: "


def oddities(*pieces, before=()):
    return read_pdf("order.pdf", making.pdf([*before, *making.order_rows(220), *pieces]))[0].oddities


@pytest.mark.parametrize(
    ("drawn", "told"),
    [
        (f"1 1 1 rg 425 {ROW - 3} 130 12 re f", f"{HIDDEN}“1.20 6.00”"),
        (f"0 0 0 rg 425 {ROW - 3} 130 12 re f", f"{HIDDEN}“1.20 6.00”"),
        (f"0 0 0 RG 1 w 40 {ROW + 3} m 560 {ROW + 3} l S", f"{STRUCK}“10 W-100 Hex bolt M8x40 5 EA 1.20 6.00”"),
        (f"0 0 0 rg 345 {ROW + 2} 20 0.8 re f", f"{STRUCK}“5”"),
        ("0 0 0 RG 2 w 40 60 m 560 800 l S", "page 1 is crossed out by a line"),
    ],
)
def test_what_is_painted_over_the_text_is_told(drawn, told):
    assert oddities(drawn) == (told,)


def test_what_is_cut_off_is_told():
    assert oddities("Q", before=("q 0 500 340 342 re W n",))[0].startswith(HIDDEN)


@pytest.mark.parametrize(
    "drawn",
    [
        f"0 0 0 RG 0.5 w 40 {ROW - 3} m 560 {ROW - 3} l S",
        f"0 0 0 RG 0.5 w 40 {ROW + 10} m 560 {ROW + 10} l S",
        f"0 0 0 RG 0.5 w 40 {ROW - 30} 520 60 re S",
        f"1 1 1 rg 345 {ROW - 40} 30 12 re f",
        "0 0 0 RG 2 w 400 700 m 440 740 l S",
    ],
)
def test_rules_beside_the_text_are_not_told(drawn):
    assert oddities(drawn) == ()


def test_a_ground_below_the_text_is_not_told():
    assert oddities(before=(f"0.9 0.9 0.9 rg 40 {ROW - 4} 520 14 re f 0 0 0 rg",)) == ()
    assert oddities("Q", before=("q 0 0 595 842 re W n",)) == ()
