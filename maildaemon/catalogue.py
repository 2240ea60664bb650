"""The catalogue: master data made ready to be asked, from several threads, for the candidates of one order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from maildaemon import domains
from maildaemon.grams import GramIndex, describe
from maildaemon.likeness import ACCEPT, likeness
from maildaemon.masterdata import MasterData
from maildaemon.model import (
    Alias,
    Customer,
    Known,
    LineQuestion,
    OrderSeen,
    Price,
    Product,
    Questions,
    Stock,
)
from maildaemon.wording import code_key, gtin_key, name_words

T = TypeVar("T")

MOST_CUSTOMERS = 20
MOST_LINES = 500
"""Lines beyond this many are not looked up: an order of that size is a person's business anyway."""
MOST_DESCRIPTIONS = 100
NEAR = 10
"""How many candidates a description gets: enough to see whether the best one has a rival."""


@dataclass(frozen=True, slots=True)
class _Customers:
    by_email: Mapping[str, tuple[Customer, ...]]
    by_domain: Mapping[str, tuple[Customer, ...]]
    by_number: Mapping[str, tuple[Customer, ...]]
    by_name: Mapping[str, tuple[Customer, ...]]
    by_skeleton: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, tuple[str, ...]]
    """Every main label of a domain, with the domains that carry it."""
    all: tuple[Customer, ...]
    names: GramIndex


class Catalogue:
    """Built once from master data and never changed afterwards."""

    def __init__(self, data: MasterData, imported: Mapping[str, datetime] | None = None) -> None:
        self.imported = imported or {}
        """When each table was last imported, where that is known: so old are the rows that state no time."""
        self._customers = _customers(data.customers)
        self._products = data.products
        self._by_sku = _grouped((code_key(product.sku), product) for product in data.products)
        self._by_gtin = _grouped((key, product) for product in data.products if (key := gtin_key(product.gtin or "")))
        self._by_code = _grouped((code_key(alias.code), alias) for alias in data.aliases)
        self._prices = _grouped(((code_key(price.sku), code_key(price.customer or "")), price) for price in data.prices)
        self._stock = {code_key(stock.sku): stock for stock in data.stock}
        self._descriptions = GramIndex(
            (describe(text), number) for number, product in enumerate(data.products) for text in product.descriptions
        )

    def look_up(self, questions: Questions, seen: tuple[OrderSeen, ...] = (), at: datetime | None = None) -> Known:
        """The candidates for one order, the likeliest first: conclusions are drawn elsewhere. ``seen`` and ``at`` are
        handed through."""
        customers = self._find_customers(questions)
        numbers = {code_key(customer.number) for customer in customers}
        products: dict[int, Product] = {}
        aliases: dict[int, Alias] = {}
        for place, line in enumerate(questions.lines[:MOST_LINES]):
            for alias in self._line(line, numbers, products, fuzzy=place < MOST_DESCRIPTIONS):
                aliases[id(alias)] = alias
        prices: list[Price] = []
        stock: list[Stock] = []
        for product in products.values():
            key = code_key(product.sku)
            for number in ("", *numbers):
                prices.extend(self._prices.get((key, number), ()))
            if key in self._stock:
                stock.append(self._stock[key])
        return Known(
            customers=customers,
            products=tuple(products.values()),
            prices=tuple(prices),
            aliases=tuple(aliases.values()),
            stock=tuple(stock),
            seen=seen,
            catalogue_size=len(self._products),
            at=at,
        )

    def some(self) -> tuple[str | None, str | None]:
        """An article and a customer that are there, to try a source with."""
        customers = self._customers.all
        return (
            self._products[0].sku if self._products else None,
            customers[0].number if customers else None,
        )

    def stock(self, sku: str) -> Stock | None:
        return self._stock.get(code_key(sku))

    def prices(self, sku: str, customer: str) -> tuple[Price, ...]:
        """The customer's own, else those of the list."""
        return self._prices.get((code_key(sku), code_key(customer))) or self._prices.get((code_key(sku), ""), ())

    def customer(self, number: str) -> Customer | None:
        """None also where two have the number."""
        found = self._customers.by_number.get(code_key(number), ())
        return found[0] if len(found) == 1 else None

    def _line(
        self, line: LineQuestion, numbers: set[str], products: dict[int, Product], *, fuzzy: bool
    ) -> Iterable[Alias]:
        """Put the line's candidates among the products; the aliases that led to them."""
        found: list[Product] = []
        aliases: list[Alias] = []
        for code in line.codes:
            key = code_key(code)
            if not key:
                continue
            found += self._by_sku.get(key, ())
            for alias in self._by_code.get(key, ()):
                if alias.customer is None or code_key(alias.customer) in numbers:
                    found += self._by_sku.get(code_key(alias.sku), ())
                    aliases.append(alias)
            if (gtin := gtin_key(code)) is not None:
                found += self._by_gtin.get(gtin, ())
        if line.gtin and (gtin := gtin_key(line.gtin)) is not None:
            found += self._by_gtin.get(gtin, ())
        for product in found:
            products[id(product)] = product
        if fuzzy and line.description:
            asked = describe(line.description)
            if not found or not any(_says_the_same(asked, product) for product in found):
                for number in self._descriptions.candidates(asked, NEAR):
                    product = self._products[number]
                    products[id(product)] = product
        return aliases

    def _find_customers(self, questions: Questions) -> tuple[Customer, ...]:
        known = self._customers
        found: dict[int, Customer] = {}

        def add(customers: Iterable[Customer]) -> None:
            found.update((id(customer), customer) for customer in customers)

        strangers: list[str] = []
        for address in (questions.sender, questions.author):
            if address is None or (domain := domains.of(address)) is None:
                continue
            before = len(found)
            add(known.by_email.get(f"{address.rpartition('@')[0].lower()}@{domain}", ()))
            for name in domains.lineage(domain):
                add(known.by_domain.get(name, ()))
            if len(found) == before and not domains.is_open(domain):
                strangers.append(domain)
        proved = tuple(found.values())
        if questions.customer_number:
            add(known.by_number.get(code_key(questions.customer_number), ()))
        if questions.buyer and (name := " ".join(name_words(questions.buyer))):
            exact = known.by_name.get(name, ())
            add(exact)
            if not exact and not any(name_likeness(name, customer) >= 85 for customer in proved):
                add(known.all[number] for number in known.names.candidates(name.split(), 5))
        if questions.sender_name and (name := " ".join(name_words(questions.sender_name))):
            add(known.by_name.get(name, ()))  # one who only calls itself so
        for domain in strangers:
            for lookalike in self._lookalikes(domain):
                add(known.by_domain[lookalike][:3])
        if len(found) <= MOST_CUSTOMERS:
            return tuple(found.values())
        # A domain that many customers share: those that the number or the name points to must not be cut off.
        wanted = code_key(questions.customer_number or "")
        name = " ".join(name_words(questions.buyer or ""))
        likeliest = sorted(
            found.values(), key=lambda one: (code_key(one.number) != wanted, -name_likeness(name, one) if name else 0)
        )
        return tuple(likeliest[:MOST_CUSTOMERS])

    def _lookalikes(self, domain: str) -> list[str]:
        """Domains of customers that this stranger's may be mistaken for."""
        known = self._customers
        label = domains.main_label(domain)
        parts = {part for name in domain.split(".")[:-1] for part in (name, *name.split("-"))}
        suspects = [name for part in {label, *parts} for name in known.labels.get(part, ())]
        suspects += known.by_skeleton.get(domains.skeleton(label), ())
        near = process.extract(label, known.labels.keys(), scorer=OSA.distance, score_cutoff=2, limit=5)
        suspects += [name for found, _distance, _place in near for name in known.labels[found]]
        return [name for name in dict.fromkeys(suspects) if domains.looks_like(domain, name)][:5]


def name_likeness(name: str, customer: Customer) -> float:
    """How alike two companies' names are without their legal forms, 0 to 100; ``name`` is already in that form."""
    return fuzz.token_sort_ratio(name, " ".join(name_words(customer.name)))


def _says_the_same(asked: tuple[str, ...], product: Product) -> bool:
    """The description plainly fits the product that its code names, so that no other need be looked for."""
    return any(likeness(asked, describe(text), apart=False).score >= ACCEPT for text in product.descriptions)


def _customers(customers: tuple[Customer, ...]) -> _Customers:
    by_domain = _grouped(
        (domain, customer) for customer in customers for domain in customer.domains if not domains.is_open(domain)
    )
    return _Customers(
        by_email=_grouped((email, customer) for customer in customers for email in customer.emails),
        by_domain=by_domain,
        by_number=_grouped((code_key(customer.number), customer) for customer in customers),
        by_name=_grouped((" ".join(name_words(customer.name)), customer) for customer in customers if customer.name),
        by_skeleton=_grouped((domains.skeleton(domains.main_label(domain)), domain) for domain in by_domain),
        labels=_grouped((domains.main_label(domain), domain) for domain in by_domain),
        all=customers,
        names=GramIndex((name_words(customer.name), number) for number, customer in enumerate(customers)),
    )


K = TypeVar("K")


def _grouped(pairs: Iterable[tuple[K, T]]) -> dict[K, tuple[T, ...]]:
    grouped: dict[K, list[T]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in grouped.items()}
