"""Halden Mills print their orders at fixed columns: an H record, L records, a T record."""

from collections.abc import Iterator

from maildaemon.model import Document, Mail
from maildaemon.parse.raw import RawLine, RawOrder, Text, at

LINE = {
    "sku": (6, 18),
    "description": (18, 44),
    "quantity": (44, 52),
    "unit": (52, 56),
    "unit_price": (56, 66),
    "amount": (66, 78),
}


def orders(_mail: Mail, documents: tuple[Document, ...]) -> Iterator[RawOrder]:
    """One order for each H record; the engine makes numbers and dates of the texts."""
    for document in documents:
        fields: dict[str, Text] = {}
        lines: list[RawLine] = []
        for line in document.lines:
            record = line.text[:2]
            if record == "H " and fields:
                yield RawOrder(fields, tuple(lines))
                fields, lines = {}, []
            if record == "H ":
                fields = {
                    "po_number": at(document, line, line.text[6:18]),
                    "order_date": at(document, line, line.text[18:28]),
                    "requested_date": at(document, line, line.text[30:40]),
                }
            elif record == "L " and fields:
                texts = {name: line.text[start:end] for name, (start, end) in LINE.items()}
                lines.append(RawLine({name: at(document, line, text) for name, text in texts.items() if text.strip()}))
            elif record == "T " and fields:
                fields["total"] = at(document, line, line.text[66:78])
        if fields:
            yield RawOrder(fields, tuple(lines))
