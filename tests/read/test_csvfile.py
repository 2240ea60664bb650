"""Delimited files: the delimiter is what parts the lines steadily."""

import pytest

from maildaemon.read.content import read_content


def rows(text: str):
    return read_content("po.csv", text.encode(), "text/csv").tables[0].rows


@pytest.mark.parametrize(("text", "expected"), [
    ("sku,qty\nW-1,5\n", (("sku", "qty"), ("W-1", "5"))),
    ("sku;preis\nW-1;1,20\nW-2;2,40\n", (("sku", "preis"), ("W-1", "1,20"), ("W-2", "2,40"))),
    ("W-1;1,20\nW-2;2,40\n", (("W-1", "1,20"), ("W-2", "2,40"))),
    ("sku\tqty\nW-1\t5\n", (("sku", "qty"), ("W-1", "5"))),
    ("sku|qty\nW-1|5\n", (("sku", "qty"), ("W-1", "5"))),
    ("sep=;\nsku;qty\nW-1;5\n", (("sku", "qty"), ("W-1", "5"))),
    ('sku,description,qty\nW-1,"bolt, zinc",5\n', (("sku", "description", "qty"), ("W-1", "bolt, zinc", "5"))),
    ('sku;description;qty\nW-1;pipe 1/2";5\nW-2;"pipe;5\nW-3;x;6\n' + "".join(f"W-{n};y;1\n" for n in range(10)), None),
])  # fmt: skip
def test_the_delimiter_is_found(text, expected):
    if expected is None:
        assert ("W-3", "x", "6") in rows(text)
    else:
        assert rows(text) == expected


def test_a_preamble_stands_in_the_lines_and_not_in_the_table():
    text = "Purchase order;4711;;\nDate;3.11.2026;;\n\nsku;description;qty;price\nW-1;bolt;5;1,20\nW-2;nut;6;1,30\nW-3;pin;7;1,30\n"
    found = read_content("po.csv", text.encode(), "text/csv")
    assert found.lines[0].text == "Purchase order | 4711"
    assert found.tables[0].rows[-1] == ("W-3", "pin", "7", "1,30")
    assert found.tables[0].line <= 3


def test_a_text_without_columns_is_lines():
    found = read_content("po.csv", b"hello\nworld\n", "text/csv")
    assert found.tables == ()
    assert [line.text for line in found.lines] == ["hello", "world"]


def test_too_many_rows_are_refused_in_a_plain_word():
    found = read_content("po.csv", b"a,b\n" * 30_000, "text/csv")
    assert found.problem == "it has more than 20000 rows"


def test_columns_pasted_with_tabs_are_a_table_too():
    found = read_content("body", b"Hello\nItem\tQty\tPrice\nW-1\t5\t1.20\n\nbye", "text/plain")
    assert found.tables[0].rows == (("Item", "Qty", "Price"), ("W-1", "5", "1.20"))
    assert found.tables[0].line == 1
