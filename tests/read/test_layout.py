"""Tables that HTML builds of other elements than a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildaemon.model import Zone
from maildaemon.read.html import page

GRID = (("SKU", "Name", "Qty", "Price"), ("W-100", "Hex bolt", "20", "4.50"), ("W-200", "Hex nut", "100", "0.10"))


def row(cells, tag="div", cell="div", attributes=""):
    return f"<{tag}{attributes}>" + "".join(f"<{cell}>{text}</{cell}>" for text in cells) + f"</{tag}>"


def grids(html):
    return [grid for grid, _ in page(html).tables]


@pytest.mark.parametrize("wrap", ["{}", "<div>{}</div>", "<section><div>{}</div></section>"])
def test_rows_of_divs_are_a_table(wrap):
    assert grids(wrap.format("".join(map(row, GRID)))) == [GRID]


def test_head_and_body_may_be_wrapped_apart():
    head, *body = map(row, GRID)
    assert grids(f"<div>{head}</div><div>{''.join(body)}</div>") == [GRID]


def test_list_items_of_blocks_are_rows():
    assert grids("<ul>" + "".join(row(cells, "li") for cells in GRID) + "</ul>") == [GRID]


@pytest.mark.parametrize(
    ("style", "attributes"),
    [
        ("", ' style="display: flex"'),
        (".r { display:flex; gap: 1em }", ' class="line r"'),
        ("div.r{display:table-row}", ' class="r"'),
    ],
)
def test_spans_are_cells_where_their_row_lays_them_out(style, attributes):
    html = f"<style>{style}</style>" + "".join(row(cells, "div", "span", attributes) for cells in GRID)
    assert grids(html) == [GRID]


def test_spans_that_flow_in_a_line_are_its_text():
    found = page("".join(row(cells, "div", "span") for cells in GRID))
    assert found.tables == []
    assert found.texts[0] == "SKUNameQtyPrice"


@pytest.mark.parametrize(
    "columns",
    ["repeat(4, 1fr)", "1fr 2fr 1fr auto", "repeat(2, minmax(0, 1fr)) 5em 5em", "[a] 1fr [b] 1fr repeat(2,20%)"],
)
def test_a_css_grid_has_as_many_columns_as_it_says(columns):
    cells = "".join(f"<div>{text}</div>" for line in GRID for text in line)
    assert grids(f'<div style="display:grid;grid-template-columns:{columns}">{cells}</div>') == [GRID]


@pytest.mark.parametrize(
    "html",
    [
        "".join(map(row, GRID[1:])),  # no heading
        row(GRID[0]),  # nothing below it
        row(GRID[0]) + row(GRID[1][:3]),  # other cells
        row(GRID[0]) + "and then " + row(GRID[1]),  # a sentence between them
        "<div><div>PO number: 4711</div><div>Date: 1.12.2026</div><div>Total: 5</div></div>" * 2,
        "".join(row(cells[:2]) for cells in GRID),
    ],
)
def test_other_blocks_are_no_table(html):
    assert grids(html) == []


def test_what_is_hidden_in_a_row_is_no_cell():
    hidden = row(("W-999", "Ghost", "1", "1.00"), attributes=' style="display:none"')
    found = page(row(GRID[0]) + row(GRID[1]) + hidden + row(GRID[2]))
    assert ("W-999", "Ghost", "1", "1.00") not in found.tables[0][0]
    assert all(hint is Zone.HIDDEN for text, hint in zip(found.texts, found.hints, strict=True) if "W-999" in text)


def test_a_quoted_grid_is_quoted():
    found = page('<blockquote type="cite">' + "".join(map(row, GRID)) + "</blockquote>")
    assert set(found.hints) == {Zone.QUOTE}


def test_a_definition_list_is_labels_with_their_values():
    found = page(
        "<dl><dt>PO number:</dt><dd>4711</dd><div><dt>Ship to</dt><dd>Acme Ltd<br>4 Dock Road<br>Leeds</dd></div>"
        '<dt>Empty</dt><dd></dd><dt>Note</dt><dd>a<span style="display:none">secret</span></dd></dl>'
    )
    shown = [text for text, hint in zip(found.texts, found.hints, strict=True) if hint is not Zone.HIDDEN]
    assert shown == ["PO number: 4711", "Ship to: Acme Ltd, 4 Dock Road, Leeds", "Empty", "Note: a"]
    assert found.texts[found.hints.index(Zone.HIDDEN)] == "secret"


def test_a_row_whose_cells_are_all_broken_into_as_many_lines_is_as_many_rows():
    html = "<table><tr><th>SKU</th><th>Qty</th></tr><tr><td>W-100<br>W-200</td><td>20<br/>100</td></tr></table>"
    assert grids(html) == [(("SKU", "Qty"), ("W-100", "20"), ("W-200", "100"))]
    assert page(html).texts == ["SKU | Qty", "W-100 | 20", "W-200 | 100"]


@pytest.mark.parametrize("cell", ["20", "20<br>5<br>1", "20<br><br>5"])
def test_a_row_with_cells_of_other_heights_stays_one(cell):
    html = f"<table><tr><th>SKU</th><th>Qty</th></tr><tr><td>W-100<br>Hex bolt</td><td>{cell}</td></tr></table>"
    assert len(grids(html)[0]) == 2
    assert grids(html)[0][1][0] == "W-100 Hex bolt"


@given(st.text(alphabet="<>/div spanulytebr=\"'0aZ:;", max_size=300))
def test_any_blocks_are_read_without_an_error(html):
    page(html)


def test_deep_and_wide_blocks_cost_little():
    wide = "<div>" + "<div>a</div>" * 19 + "</div>"
    for html in (wide * 2000, "<div><div>a</div><div>b</div>" * 200 + "</div>" * 200, "<div>" * 240 + wide):
        page(html)
