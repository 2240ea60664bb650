"""Documents made by hand."""

from maildaemon.model import Document, Line, Mail, Order, Table, Zone
from maildaemon.parse import orders
from maildaemon.playbook import GENERAL, Profile


def mail(subject: str = "", **fields: object) -> Mail:
    return Mail(sha256="0" * 64, size=1, subject=subject, **fields)


def body(text: str, zone: Zone = Zone.TOP, name: str = "body", **fields: object) -> Document:
    lines = tuple(Line(line, number, zone) for number, line in enumerate(text.strip("\n").split("\n"), 1))
    return Document(name, "text/plain", lines, **fields)


def csv(name: str, *rows: str) -> Document:
    grid = tuple(tuple(row.split(",")) for row in rows)
    return Document(name, "text/csv", tuple(Line(row, number) for number, row in enumerate(rows, 1)), (Table(grid),))


def read(text: str, subject: str = "", profile: Profile = GENERAL) -> tuple[Order, ...]:
    return orders(mail(subject), (body(text),), profile)


def one(text: str, subject: str = "", profile: Profile = GENERAL) -> Order:
    (order,) = read(text, subject, profile)
    return order


def values(order: Order, *names: str) -> list[tuple[object, ...]]:
    return [
        tuple(str(found.value) if (found := getattr(line, name)) else None for name in names) for line in order.lines
    ]
