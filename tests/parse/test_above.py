"""Labels that stand above their values: in a table of two rows, and in paragraphs of two lines."""

from maildaemon.model import Document, Line, Order, Table
from maildaemon.parse import orders
from maildaemon.playbook import GENERAL

from .making import body, mail, one


def two_rows(*rows: str) -> Order | None:
    table = Table(tuple(tuple(cell.strip() for cell in row.split("|")) for row in rows), line=1)
    found = orders(mail(), (Document("body", "text/html", (Line("Order", 1),), (table,)),), GENERAL)
    return found[0] if found else None


def test_a_label_that_is_not_known_does_not_hide_those_beside_it():
    order = two_rows("PO number | Order date | Blah | Delivery date", "4711-1 | 2026-11-23 | DE113711945 | 2026-12-07")
    assert order is not None
    assert (order.po_number.value, str(order.order_date.value)) == ("4711-1", "2026-11-23")
    assert str(order.requested_date.value) == "2026-12-07"


def test_a_table_of_more_rows_with_unknown_labels_is_no_pair_of_labels_and_values():
    assert two_rows("PO number | Order date | Blah", "4711-1 | 2026-11-23 | x", "4711-2 | 2026-11-24 | y") is None


def paragraphs(text: str, media_type: str = "text/html") -> Order | None:
    document = body(text)
    found = orders(mail(), (Document("body", media_type, document.lines),), GENERAL)
    return found[0] if found else None


PAIRS = "Order\n\nPO number\n4711-1\n\nOrder date\n23 November 2026\n\nDelivery date\n7 December 2026\n\nDelivery address\nAcme, 1 High Street, Dublin\n\nBuyer\nAcme Ltd"


def test_a_label_alone_above_its_value_in_a_paragraph_of_two_lines_is_read():
    order = paragraphs(PAIRS)
    assert order is not None
    assert (order.po_number.value, str(order.order_date.value)) == ("4711-1", "2026-11-23")
    assert str(order.requested_date.value) == "2026-12-07"
    assert order.ship_to.value == "Acme, 1 High Street, Dublin"
    assert order.buyer.value == "Acme Ltd"


def test_a_label_above_a_value_that_is_none_of_its_kind_is_not_read():
    order = paragraphs("PO number: A-1\n\nOrder date\nsee above\n\nDelivery date\nto be told")
    assert order is not None
    assert order.order_date is None
    assert order.requested_date is None


def test_a_name_in_a_signature_is_no_buyer():
    order = one("PO number: A-1\n\n5 x W-100\n\nBuyer\nAnn Field\nAcme Ltd")
    assert order.buyer is None
