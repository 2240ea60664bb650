"""Facts out of the ledger's own tables, as they were imported."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from maildaemon.catalogue import Catalogue
from maildaemon.edge.facts.provider import bundles
from maildaemon.facts import About, FactAnswer, FactKind, Standing, unknown


class LedgerFacts:
    """Implements Provider."""

    def __init__(
        self,
        kind: FactKind,
        name: str,
        catalogue: Callable[[], Catalogue],
        behind: timedelta = timedelta(0),
    ) -> None:
        self.kind, self.name, self.catalogue, self.behind = kind, name, catalogue, behind

    def requests(self, abouts: Sequence[About]) -> Sequence[tuple[About, ...]]:
        return bundles(abouts, many=True, at_once=len(abouts) or 1)

    def fetch(self, abouts: tuple[About, ...], now: datetime) -> Mapping[About, FactAnswer]:
        tables = self.catalogue()
        return {about: self._answer(tables, about, now) for about in abouts}

    def close(self) -> None:
        pass

    def _answer(self, tables: Catalogue, about: About, now: datetime) -> FactAnswer:
        none = unknown(about, self.name, f"{self.name} has none")
        if self.kind is FactKind.STOCK:
            stock = tables.stock(about.sku or "")
            if stock is None or stock.on_hand is None or stock.as_of is None:
                return none
            as_of = stock.as_of - self.behind
            return FactAnswer(about, self.name, as_of, stock=replace(stock, as_of=as_of))
        if self.kind is FactKind.PRICE:
            prices = tables.prices(about.sku or "", about.customer or "")
            at = tables.imported.get("prices", now)
            return FactAnswer(about, self.name, at, prices=prices) if prices else none
        customer = tables.customer(about.customer or "")
        if customer is None or (customer.standing is None and customer.credit_limit is None):
            return none
        at = tables.imported.get("customers", now)
        return FactAnswer(about, self.name, at, standing=Standing(customer.standing, customer.credit_limit))
