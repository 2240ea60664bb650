"""The demo's master data, read as plain data."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from tests.foreign.order import Party

FOLDER = Path(__file__).parents[2] / "maildaemon" / "demo" / "data"


@dataclass(frozen=True, slots=True)
class Article:
    sku: str
    english: str
    german: str
    unit: str
    gtin: str
    most: int


@dataclass(frozen=True, slots=True)
class Client:
    party: Party
    senders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    articles: tuple[Article, ...]
    clients: tuple[Client, ...]
    prices: dict[tuple[str, str], Decimal]
    aliases: dict[tuple[str, str], str]

    def price(self, sku: str, customer: str | None) -> Decimal:
        return self.prices.get((sku, customer or ""), self.prices[sku, ""])


@cache
def read() -> Catalogue:
    articles = []
    # What the demo's own samples show: an article that is short, a customer whose credit is stopped.
    for row in (row for row in _rows("products") if row["gtin"]):
        english, _, german = row["description"].partition("|")
        most = int(row["usual_quantity"].partition("|")[2])
        articles.append(Article(row["sku"], english, german, row["unit"], row["gtin"], most))
    clients = []
    for row in (row for row in _rows("customers") if row["standing"] == "ok"):
        name, street, *more = row["ship_to"].split(", ")
        party = Party(name, street, ", ".join(more[:-1]), more[-1], row["number"], row["ship_to"])
        senders = tuple(one for one in row["emails"].split("|") if one) or (f"purchasing@{row['domains']}",)
        clients.append(Client(party, senders))
    prices = {(row["sku"], row["customer"]): Decimal(row["price"]) for row in _rows("prices")}
    aliases = {(row["customer"], row["sku"]): row["code"] for row in _rows("aliases")}
    return Catalogue(tuple(articles), tuple(clients), prices, aliases)


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
