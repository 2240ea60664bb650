"""Order lines with each cell in a line of its own."""

from email.message import EmailMessage

import pytest

from maildaemon.edge.playbooks import load
from maildaemon.understand import understand

HEADS = ("Pos", "Item", "Description", "Qty", "Unit", "Unit price", "Amount")
ROWS = (("1", "W-100", "Hex bolt M8x40", "10", "pcs", "1.20", "12.00"),
        ("2", "W-200", "Flange nut M8", "20", "pcs", "0.50", "10.00"))  # fmt: skip


@pytest.fixture(scope="module")
def playbook():
    return load()


def read(playbook, cells, gap="\n", below="Total EUR: 22.00"):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@client.example", "orders@us.example", "Purchase order HM-4711"
    table = gap.join(cells)
    mail.set_content(
        f"Please supply the following.\n\nPO number: HM-4711\n\n{table}\n\n{below}\n\nKind regards\nAnna\n"
    )
    return understand(mail.as_bytes(), playbook)


def flat(rows):
    return [cell for row in rows for cell in row]


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_a_table_pasted_cell_by_cell_is_read(playbook, gap):
    reading = read(playbook, [*HEADS, *flat(ROWS)], gap)
    (order,) = reading.orders
    assert [(line.sku.value, str(line.quantity.value), line.unit.value, str(line.amount.value)) for line in order.lines] == [
        ("W-100", "10", "EA", "12.00"), ("W-200", "20", "EA", "10.00"),
    ]  # fmt: skip
    assert order.lines[1].description.text == "Flange nut M8"
    assert reading.remarks == ()
    assert order.doubts == ()


def test_german_headings_without_a_position_are_read(playbook):
    cells = ["Artikel-Nr.", "Bezeichnung", "Menge", "Einzelpreis", "W-100", "Sechskantschraube", "10", "1,20"]
    (order,) = read(playbook, cells).orders
    (line,) = order.lines
    assert (line.sku.value, str(line.quantity.value), str(line.unit_price.value)) == ("W-100", "10", "1.20")


def test_a_cell_that_is_missing_is_seen(playbook):
    """Without a unit the figures of the second row would each stand in the column of another."""
    short = ROWS[1][:4] + ROWS[1][5:]
    reading = read(playbook, [*HEADS, *ROWS[0], *short])
    (order,) = reading.orders
    assert len(order.lines) == 1
    assert order.doubts or reading.remarks


def test_a_figure_too_many_is_a_doubt(playbook):
    reading = read(playbook, [*HEADS, *flat(ROWS), "5.00"])
    assert any("could not be placed" in doubt for doubt in (*reading.orders[0].doubts, *reading.remarks))


@pytest.mark.parametrize("cells", [
    ["Item", "Qty", *ROWS[0][:2]],
    [*HEADS],
    ["Item", "Description", "Unit price", "W-100", "Hex bolt", "1.20"],
])  # fmt: skip
def test_what_has_no_whole_row_below_whole_headings_is_none(playbook, cells):
    assert not any(order.lines for order in read(playbook, cells).orders)
