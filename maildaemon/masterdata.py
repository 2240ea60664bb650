"""Master data: the CSV forms that customers, products, prices, aliases and stock are imported from."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeVar, get_args

from maildaemon import cells
from maildaemon.cells import Bad
from maildaemon.model import Alias, Customer, Price, Product, Stock
from maildaemon.wording import code_key

TableName = Literal["customers", "products", "prices", "aliases", "stock"]
TABLES: tuple[TableName, ...] = get_args(TableName)
Row = Customer | Product | Price | Alias | Stock
T = TypeVar("T", Customer, Product, Price, Alias, Stock, Row)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken (or, among the remarks, a value in it), the line it begins on, and why."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What a file holds. ``remarks`` concern rows that were taken, though something in them has no effect."""

    rows: tuple[Row, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    remarks: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class MasterData:
    """Everything imported, one tuple per table, each key at most once."""

    customers: tuple[Customer, ...] = ()
    products: tuple[Product, ...] = ()
    prices: tuple[Price, ...] = ()
    aliases: tuple[Alias, ...] = ()
    stock: tuple[Stock, ...] = ()

    def stamped(self, now: datetime) -> "MasterData":
        """Stock figures that say not when they were counted are taken for counted now: when they were handed to us."""
        return replace(self, stock=tuple(stamped(row, now) for row in self.stock))

    def merged(self, table: TableName, rows: tuple[Row, ...]) -> "MasterData":
        """With these rows in the table: a row replaces the one of the same key, the others stay as they are."""
        by_key = {key(row): row for row in (*getattr(self, table), *rows)}
        return replace(self, **{table: tuple(by_key.values())})


def stamped(row: T, now: datetime) -> T:
    """The row, with ``now`` as the time of a stock figure that has none."""
    return replace(row, as_of=now) if isinstance(row, Stock) and row.as_of is None else row


def key(row: Row) -> tuple[str, ...]:
    """What a row is known by within its table."""
    if isinstance(row, Customer):
        return (code_key(row.number),)
    if isinstance(row, Price):
        return (row.sku.casefold(), row.currency, code_key(row.customer or ""))
    if isinstance(row, Alias):
        return (code_key(row.code), code_key(row.customer or ""))
    return (row.sku.casefold(),)


def dangling(data: MasterData) -> tuple[str, ...]:
    """What one table names and another does not hold, and domains that two customers share, each as a sentence."""
    skus = {code_key(product.sku) for product in data.products}
    numbers = {code_key(customer.number) for customer in data.customers}
    said: list[str] = []
    for table in ("prices", "aliases", "stock"):
        rows: tuple[Any, ...] = getattr(data, table)
        said += _named(table, "articles", sorted({row.sku for row in rows if code_key(row.sku) not in skus}))
    for table in ("prices", "aliases"):
        owners = {row.customer for row in getattr(data, table) if row.customer is not None}
        said += _named(table, "customers", sorted(owner for owner in owners if code_key(owner) not in numbers))
    by_domain: dict[str, list[str]] = {}
    for customer in data.customers:
        for domain in customer.domains:
            by_domain.setdefault(domain, []).append(customer.number)
    shared = [f"{domain} ({', '.join(found[:3])})" for domain, found in sorted(by_domain.items()) if len(found) > 1]
    if shared:
        said.append(f"customers share domains, so only their addresses prove them: {_some(shared)}")
    return tuple(said)


def _named(table: str, what: str, missing: list[str]) -> list[str]:
    return [f"{table} name {len(missing)} {what} that are not known: {_some(missing)}"] if missing else []


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def decode(data: bytes) -> str:
    """The text of a file. Raises ValueError with a sentence for people when it is not UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("the file is UTF-16; save it as CSV UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"line {line}: byte 0x{data[error.start]:02x} is not UTF-8; save the file as CSV UTF-8"
        ) from None


def read(table: TableName, text: str) -> Rows:
    """Read one file. Never raises for what the file holds: what cannot be used is rejected with its line and reason."""
    columns, build = _TABLES[table]
    lines = _lines(text.removeprefix("\ufeff"))
    first = next(lines, None)
    if first is None:
        return Rows(rejected=(Rejected(1, f"the file is empty; expected the columns {', '.join(columns)}", ""),))
    line, header, problem = first
    names = [cell.strip().casefold() for cell in header]
    problem = problem or _header_problem(names, columns[0])
    if problem:
        return Rows(rejected=(Rejected(line, problem, _excerpt(header)),))
    unknown = tuple(cell.strip()[:60] for cell, name in zip(header, names, strict=True) if name not in columns)
    rows: dict[tuple[str, ...], Row] = {}
    rejected: list[Rejected] = []
    remarks: list[Rejected] = []
    for line, found, problem in lines:
        if not problem and not any(cell.strip() for cell in found):
            continue
        try:
            if problem:
                raise Bad(problem)
            if len(found) > len(names) and any(cell.strip() for cell in found[len(names) :]):
                raise Bad(
                    f"{len(found)} values for {len(names)} columns (a comma inside a value needs quotes around it)"
                )
            cell = dict.fromkeys(columns, "") | {
                name: cells.clean(name, raw) for name, raw in zip(names, found, strict=False)
            }
            if not cell[columns[0]]:
                raise Bad(f"{columns[0]} is empty")
            row = build(cell, lambda remark: remarks.append(Rejected(line, remark, _excerpt(found))))  # noqa: B023
            if key(row) in rows:
                raise Bad(f"{' '.join(filter(None, key(row)))} stands in an earlier row already")
            rows[key(row)] = row
        except Bad as bad:
            rejected.append(Rejected(line, str(bad), _excerpt(found)))
    return Rows(tuple(rows.values()), tuple(rejected), unknown, tuple(remarks))


def _lines(text: str) -> Iterator[tuple[int, list[str], str | None]]:
    """Every row with the line that it begins on, and what is wrong with its quoting, if anything."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        begin = reader.line_num + 1
        try:
            yield begin, next(reader), None
        except StopIteration:
            return
        except csv.Error as error:
            yield begin, [], f"not CSV: {error}"
            if "unexpected end" in str(error):
                return


def _header_problem(names: list[str], required: str) -> str | None:
    if required not in names:
        if len(names) == 1 and any(mark in names[0] for mark in ";\t"):
            return "the columns must be separated by commas"
        return f"the column {required} is missing from the header row"
    twice = sorted({name for name in names if name and names.count(name) > 1})
    return f"the column {twice[0][:60]} is there twice" if twice else None


def _excerpt(found: list[str]) -> str:
    return ",".join(found)[:200]


# --- one row of each table --------------------------------------------------------------------------------------------

Remark = Callable[[str], None]


def _customer(cell: dict[str, str], remark: Remark) -> Customer:
    domains = cells.domains("domains", cell["domains"])
    for domain in domains:
        if cells.is_open(domain):
            remark(f"domains: anybody gets an address at {domain}; it is not used, list whole addresses under emails")
    return Customer(
        number=cells.code("number", cell["number"]),
        name=cell["name"],
        domains=domains,
        emails=cells.emails("emails", cell["emails"]),
        currency=cells.currency("currency", cell["currency"]),
        payment_terms=cell["payment_terms"] or None,
        credit_limit=cells.number("credit_limit", cell["credit_limit"]),
        standing=cells.one_of("standing", cell["standing"], ("ok", "hold")),
        bill_to=cells.many(cell["bill_to"]),
        ship_to=cells.many(cell["ship_to"]),
        country=cells.country("country", cell["country"]),
        language=cells.language("language", cell["language"]),
        customer_class=cell["class"] or None,
        pixel=cells.one_of("pixel", cell["pixel"], ("on", "off", "opt-in")),
        discount=cells.number("discount", cell["discount"], most=100),
        delivery_terms=cells.many(cell["delivery_terms"]),
    )


def _product(cell: dict[str, str], remark: Remark) -> Product:
    price, currency = cells.number("list_price", cell["list_price"]), cells.currency("currency", cell["currency"])
    if price is not None and currency is None:
        remark("list_price: not used, because the currency is not stated")
    return Product(
        sku=cells.code("sku", cell["sku"]),
        descriptions=cells.many(cell["description"]),
        unit=cell["unit"] or None,
        list_price=price,
        currency=currency,
        gtin=cells.gtin("gtin", cell["gtin"]),
        active=cells.yes_no("active", cell["active"]) is not False,
        lead_days=cells.whole("lead_days", cell["lead_days"], most=3650),
        usual_quantity=cells.low_high("usual_quantity", cell["usual_quantity"]),
    )


def _price(cell: dict[str, str], _remark: Remark) -> Price:
    currency, price = cells.currency("currency", cell["currency"]), cells.number("price", cell["price"])
    if currency is None or price is None:
        raise Bad(f"{'currency' if currency is None else 'price'} is empty")
    return Price(cells.code("sku", cell["sku"]), currency, price, cells.code("customer", cell["customer"]) or None)


def _alias(cell: dict[str, str], _remark: Remark) -> Alias:
    if not cell["sku"]:
        raise Bad("sku is empty")
    customer = cells.code("customer", cell["customer"]) or None
    return Alias(cells.code("code", cell["code"]), customer, cells.code("sku", cell["sku"]))


def _stock(cell: dict[str, str], _remark: Remark) -> Stock:
    return Stock(
        sku=cells.code("sku", cell["sku"]),
        on_hand=cells.number("on_hand", cell["on_hand"], least=-(10**12)),
        next_date=cells.day("next_date", cell["next_date"]),
        next_quantity=cells.number("next_quantity", cell["next_quantity"]),
        as_of=cells.moment("as_of", cell["as_of"]),
    )


_TABLES: dict[TableName, tuple[tuple[str, ...], Callable[[dict[str, str], Remark], Any]]] = {
    "customers": (
        ("number", "name", "domains", "emails", "currency", "payment_terms", "credit_limit", "standing", "bill_to",
         "ship_to", "country", "language", "class", "pixel", "discount", "delivery_terms"),
        _customer,
    ),
    "products": (
        ("sku", "description", "unit", "list_price", "currency", "gtin", "active", "lead_days", "usual_quantity"),
        _product,
    ),
    "prices": (("sku", "currency", "price", "customer"), _price),
    "aliases": (("code", "customer", "sku"), _alias),
    "stock": (("sku", "on_hand", "next_date", "next_quantity", "as_of"), _stock),
}  # fmt: skip
