"""Hostile documents: never an exception, never more than linear time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildaemon.model import Document, Line, Table, Zone
from maildaemon.parse import orders
from maildaemon.playbook import GENERAL, Profile
from tests.effort import costs_at_most

from .making import body, mail

WORDS = st.sampled_from(
    ["PO number:", "PO", "Order", "Total", "Total EUR:", "Ship to:", "Bill to:", "Item", "Qty", "Price", "Description", "5", "1.000", "1,000.00", "5 x", "pcs", "W-100", "@", "at",
     "03/04/2026", "KW 48/2026", "€", "|", "\t", "  ", "    ", ";", ",", ":", "-", "----", ">", "From:", "To:", "Subject:", "Currency:", "EUR", "USD", "Subtotal", "\u00a0", "é", "\x00", "²", "٣", "Quantity: 4"]
)  # fmt: skip
TEXTS = st.lists(WORDS, max_size=12).map(" ".join) | st.lists(WORDS, max_size=12).map("".join) | st.text(max_size=40)
LINES = st.builds(lambda texts, zones: tuple(Line(text, number, zone) for number, (text, zone) in enumerate(zip(texts, zones, strict=False), 1)), st.lists(TEXTS, max_size=15), st.lists(st.sampled_from(list(Zone)), min_size=15, max_size=15))  # fmt: skip
TABLES = st.integers(1, 5).flatmap(
    lambda width: st.builds(lambda rows, line: Table(tuple(map(tuple, rows)), line), st.lists(st.lists(TEXTS, min_size=width, max_size=width), max_size=5), st.integers(0, 20))
)  # fmt: skip
DOCUMENTS = st.builds(
    lambda name, kind, lines, tables: Document(name, kind, lines, tuple(tables)),
    st.sampled_from(["body", "body (html)", "po.csv", "forwarded 1/body"]),
    st.sampled_from(["text/plain", "text/html", "text/csv"]),
    LINES,
    st.lists(TABLES, max_size=2),
)
PROFILES = st.sampled_from(
    [GENERAL, Profile(name="x", decimal=",", dates="dmy", fields={"po_number": {"pattern": "[A-Z]-[0-9]+"}})]
)


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.lists(DOCUMENTS, max_size=3), PROFILES)
def test_no_document_makes_the_reader_raise(subject, documents, profile):
    for order in orders(mail(subject), tuple(documents), profile):
        found = [getattr(order, name) for name in ("po_number", "total", "ship_to") if getattr(order, name)]
        assert all(0 < value.score <= 1 and len(value.text) <= 200 for value in found)


FILLERS = [
    "a", " ", "1", "-", ":", "\t", "|", ";", ",", ".", "1 ", "a ", "1.", "1,", "PO ", "PO:", "5 x ", "@ ", "(", "=", ">", "order no ", "W-1 ", "5 pcs ", "Total ", "1 day ", "2 % ", "n", "é",
    "aaaa. A", "a: b  ", "KW ", "+", "EUR ", "at 5 ",
]  # fmt: skip


@pytest.mark.parametrize("filler", FILLERS)
def test_a_long_line_costs_little(filler):
    text = filler * (10_000 // len(filler))
    documents = (
        body(
            "PO number: A-1\n"
            + "\n".join([text, f"PO number: {text}", f"Total: {text}", f"Ship to: {text}", f"Item  Qty\n{text}"])
        ),
        Document(
            "x.csv", "text/csv", (), (Table((("sku", "qty", text), (text, text, text), ("PO number", text, text))),)
        ),
    )
    with costs_at_most(0.5):
        orders(mail(text), documents, GENERAL)


def test_many_lines_cost_linear_time():
    lines = "\n".join(f"Field {n}: value {n}   PO number: A-{n}\n5 x W-{n} @ 1.00" for n in range(2000))
    with costs_at_most(3):
        orders(mail("PO 4711"), (body(lines),), GENERAL)
