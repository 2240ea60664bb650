"""HTML → lines and tables as a reader sees them."""

import pytest

from maildaemon.model import Zone
from maildaemon.read.content import read_content


def document(html: str, subject: str = ""):
    return read_content("body", html.encode(), "text/html", "utf-8", subject)


def texts(html: str) -> list[str]:
    return [line.text for line in document(html).lines if line.text]


def test_inline_elements_join_and_blocks_part():
    assert texts("<p>SKU-<b>1</b><span>2</span><br>five</p><div>six</div>") == ["SKU-12", "five", "six"]


def test_a_break_in_a_cell_parts_words():
    assert document("<table><tr><td>M8x1<br>zinc<td>5<tr><td>a<td>b</table>").tables[0].rows[0] == ("M8x1 zinc", "5")


def test_spans_are_expanded_to_a_grid():
    html = "<table><tr><th rowspan=2>Item<th colspan=2>Qty<tr><th>ordered<th>open<tr><td>W-1<td>5<td>2</table>"
    assert document(html).tables[0].rows == (("Item", "Qty", "Qty"), ("Item", "ordered", "open"), ("W-1", "5", "2"))


def test_the_rows_stand_among_the_lines_too():
    found = document("<p>PO</p><table><tr><td>PO number<td>4711<tr><td>Date<td>3.11.2026</table><p>bye</p>")
    assert [line.text for line in found.lines if line.text] == ["PO", "PO number | 4711", "Date | 3.11.2026", "bye"]
    assert found.tables[0].line <= next(line.number for line in found.lines if line.text == "PO number | 4711")


def test_a_layout_table_is_no_data_but_the_table_in_it_is():
    found = document(
        "<table><tr><td><p>Dear all</p><table><tr><td>Item<td>Qty<tr><td>W-1<td>5</table></td></tr></table>"
    )
    assert [table.rows for table in found.tables] == [(("Item", "Qty"), ("W-1", "5"))]
    assert found.lines[0].text == "Dear all"


def test_a_nested_table_of_one_cell_is_text():
    assert document("<table><tr><td>W-1<td><table><tr><td>$</table>4.50</td></tr></table>").tables[0].rows == (
        ("W-1", "$ 4.50"),
    )


def test_hidden_text_stands_apart():
    html = "<p>Qty: 5<span style='display:none'>99</span></p><div style='mso-hide:all'>x</div><div hidden>y</div><p style='font-size:0px'>z</p>"
    found = document(html)
    assert [line.text for line in found.lines if line.zone is Zone.TOP and line.text] == ["Qty: 5"]
    assert {line.text for line in found.lines if line.zone is Zone.HIDDEN} == {"99", "x", "y", "z"}


def test_a_visible_small_font_is_not_hidden():
    assert all(line.zone is Zone.TOP for line in document("<p style='font-size:0.9em'>Qty: 5</p>").lines)


def test_gmails_quote_is_a_quote_and_its_forward_a_forward():
    quote = "<div>ok</div><div class='gmail_quote'><div>On 3 Nov 2026, Jo wrote:<br></div><blockquote type='cite'>PO 1</blockquote></div>"
    assert [line.zone for line in document(quote, "Re: x").lines if line.text == "PO 1"] == [Zone.QUOTE]
    forward = "<div class='gmail_quote'><div>---------- Forwarded message ---------<br>From: C &lt;c@client.example&gt;<br>Date: x<br>Subject: PO<br>To: us</div><p>PO 1</p></div>"
    found = document(forward, "Fwd: x")
    assert [line.zone for line in found.lines if line.text == "PO 1"] == [Zone.FORWARD]
    assert found.author == "c@client.example"


def test_outlooks_separator_makes_a_quote_of_a_reply():
    html = "<p>ok</p><div id='divRplyFwdMsg'><b>From:</b> C &lt;c@client.example&gt;<br><b>Sent:</b> Monday<br><b>To:</b> us<br><b>Subject:</b> PO</div><p>PO 1</p>"
    assert [line.zone for line in document(html, "Re: PO").lines if line.text == "PO 1"] == [Zone.QUOTE]
    assert [line.zone for line in document(html, "FW: PO").lines if line.text == "PO 1"] == [Zone.FORWARD]


def test_scripts_styles_and_titles_are_no_text():
    assert texts("<head><title>t</title><style>p{}</style></head><script>x</script><p>a</p>") == ["a"]


def test_preformatted_lines_keep_their_columns():
    assert texts("<pre>Item   Qty\nW-1      5</pre>") == ["Item   Qty", "W-1      5"]


def test_columns_typed_with_no_break_spaces_stay():
    html = "<div>SKU&nbsp; &nbsp; &nbsp; Qty<br>&nbsp; W-1&nbsp; &nbsp; &nbsp;5</div>"
    assert texts(html) == ["SKU      Qty", "  W-1     5"]


def test_a_no_break_space_between_words_is_a_blank():
    assert texts("<p>5&nbsp;x W-100.&nbsp; Thanks</p>") == ["5 x W-100. Thanks"]


def test_tabs_of_preformatted_lines_stay():
    assert texts("<pre>SKU\tQty\nW-1\t5</pre>") == ["SKU\tQty", "W-1\t5"]


@pytest.mark.parametrize("style", [
    "color:#fff", "color: white", "color:transparent", "font-size:1px", "position:absolute;left:-9999px", "text-indent:-9999px", "height:0;overflow:hidden",
    "position:absolute;clip:rect(0,0,0,0)", "max-height:0;overflow:hidden", "transform:scale(0)", "color:#eee;background:#eee", "opacity:0.05",
])  # fmt: skip
def test_figures_that_can_hardly_be_seen_are_told(style):
    told = ("some of its figures can hardly be seen",)
    assert document(f"<table><tr><td>Qty<td>1<span style='{style}'>0</span></table>").oddities == told
    sheet = f"<style>td .x{{{style}}}</style>"
    assert document(f"{sheet}<table><tr><td>Qty<td>1<span class='x'>0</span></table>").oddities == told


@pytest.mark.parametrize("html", [
    "<div style='background:#036'><p style='color:#fff'>Order 4711</p></div>", "<table><tr><td bgcolor='#003366'><font color='#ffffff'>Order 4711</font></table>",
    "<style>.head{background:#036} .head p{color:#fff}</style><div class='head'><p>Order 4711</p></div>", "<p style='color:#fff'>Your order</p>", "<p style='max-width:0'></p>", "<table style='table-layout:fixed;width:0px;border:none'><tr><td>Qty<td>10</table>",
    "<p style='font-size:12px;margin-left:-10px;line-height:1px'>4711</p>", "<div style='display:none;font-size:1px;color:#fff;max-height:0'>Order 4711 of today</div>",
    "<style>li:before{content:'\\2022'}</style><li>4711</li>", "<blockquote type='cite'><p style='color:white'>4711</p></blockquote>", "<p style='color:#333;width:100%;height:0.5em'>4711</p>",
])  # fmt: skip
def test_what_can_be_seen_is_not_told(html):
    assert document(html).oddities == ()


@pytest.mark.parametrize(("html", "told"), [
    ("<style>.gone{text-decoration:line-through}</style><p class='gone'>W-100</p>", "some of its text is struck through"),
    ("<style>.q:after{content:'0'}</style><p>Qty: <b class=q>1</b></p>", "its style sheet writes a text of its own"),
    ("<p>Qty: <bdo dir=rtl>01</bdo></p>", "some of its text is to be read backwards"),
    ("<p>Qty: <span style='direction:rtl;unicode-bidi:bidi-override'>01</span></p>", "some of its text is to be read backwards"),
    ("<p>Qty: \u202e01\u202c</p>", "some of its text is to be read backwards"),
    ("<p>Qty: 1</p><svg><text>Cancelled</text></svg>", "it has a drawing with text in it, which was not read"),
])  # fmt: skip
def test_what_is_shown_otherwise_than_it_reads_is_told(html, told):
    assert document(html).oddities == (told,)


def test_text_with_marks_that_turn_it_is_told():
    found = read_content("body", "Qty: \u202e01".encode(), "text/plain", "utf-8")
    assert found.oddities == ("some of its text is to be read backwards",)
    assert read_content("o.csv", "SKU;Qty\nW-1;\u202e01\n".encode(), "text/csv", "utf-8").problem
