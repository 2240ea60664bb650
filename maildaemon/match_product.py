"""What article a line means: by its codes where they name one, by its description where nothing rivals it."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TypeVar

from rapidfuzz import fuzz, process

from maildaemon.grams import describe
from maildaemon.likeness import ACCEPT, ANY, Likeness, Words, likeness, weighed
from maildaemon.model import Alias, Found, Known, OrderLine, Product, ProductMatch
from maildaemon.remarks import telling
from maildaemon.wording import code_key, gtin_key, shown

T = TypeVar("T")

NEAREST = 16

MARGIN = 0.08
"""How far the best description must be ahead of the next article's: closer is a tie, and a tie is no match."""

CLEARLY = 0.15
"""How much better another article's description must fit before it speaks against the code."""


class Articles:
    """The candidates of one order, made ready once for all its lines."""

    def __init__(self, known: Known, customer: str | None) -> None:
        number = code_key(customer) if customer else None
        self._known = known
        self._skus = _by(known.products, lambda product: code_key(product.sku))
        self._gtins = _by(known.products, lambda product: gtin_key(product.gtin or ""))
        self._own = _by((a for a in known.aliases if a.customer and code_key(a.customer) == number), _code_of)
        self._common = _by((a for a in known.aliases if a.customer is None), _code_of)

    @cached_property
    def _wordings(self) -> tuple[tuple[Product, tuple[str, ...]], ...]:
        """Each wording as its words, with the product that it is of."""
        products = self._known.products
        return tuple((product, describe(text)) for product in products for text in product.descriptions)

    @cached_property
    def _sentences(self) -> tuple[str, ...]:
        return tuple(" ".join(sorted(found)) for _product, found in self._wordings)

    @cached_property
    def _words(self) -> Words:
        wordings: dict[str, list[tuple[str, ...]]] = {}
        for product, found in self._wordings:
            wordings.setdefault(product.sku, []).append(found)
        return weighed(wordings.values())

    def match(self, line: OrderLine) -> ProductMatch:
        sku, own, gtin = _stated(line.sku), _stated(line.buyer_sku), _stated(line.gtin)
        asked = describe(line.description.value) if line.description else ()
        strong = [("sku", product) for product in self._sku(sku)]
        strong += [("alias", product) for code in (own, sku) for product in self._alias(code, self._own)]
        strong += [("gtin", product) for product in self._gtin(gtin)]
        weak = [("alias", product) for code in (own, sku) for product in self._alias(code, self._common)]
        weak += [("sku", product) for product in self._sku(own)]
        weak += [("gtin", product) for code in (sku, own) for product in self._gtin(code)]
        named = strong or weak
        if not named:
            return self._by_description(line, asked)
        how, product = named[0]
        # The client's own number may happen to be one of ours, and then means another article.
        clash = self._sku(own) if not self._alias(own, self._own) else ()
        others = {other.sku for other in (*clash, *(other for _how, other in named))} - {product.sku}
        if others:
            return ProductMatch(doubt=f"its codes name different articles: {_list(product.sku, *sorted(others))}")
        doubt = self._contradiction(product, gtin, asked) or _more(product, line)
        return ProductMatch(product, how, 1.0 if strong else 0.9, doubt)

    def _sku(self, code: str | None) -> tuple[Product, ...]:
        """Usually one; where two differ only in their separators, the one that is written just so."""
        found = self._skus.get(code_key(code), ()) if code else ()
        exact = tuple(product for product in found if code and product.sku.casefold() == code.strip().casefold())
        return exact or found

    def _alias(self, code: str | None, aliases: dict[str, tuple[Alias, ...]]) -> tuple[Product, ...]:
        found = aliases.get(code_key(code), ()) if code else ()
        return tuple(product for alias in found for product in self._sku(alias.sku))

    def _gtin(self, code: str | None) -> tuple[Product, ...]:
        key = gtin_key(code) if code else None
        return self._gtins.get(key, ()) if key else ()

    def _contradiction(self, product: Product, gtin: str | None, asked: Sequence[str]) -> str | None:
        """What else the line says against the article that its code names."""
        stated, listed = gtin_key(gtin or ""), gtin_key(product.gtin or "")
        if stated and listed and stated != listed:
            return f"its GTIN {stated} is not that of {product.sku}, which is {listed}"
        if not asked or not product.descriptions:
            return None
        own = _best(asked, map(describe, product.descriptions))
        if own.score >= ACCEPT:
            return None
        if own.conflict and own.apart >= ACCEPT:
            return f"its code is {product.sku}, but its description names another size than {_quoted(product)}"
        rival, found = next(iter(self._ranked(asked, product)), (None, Likeness(0.0)))
        if rival is not None and found.score >= ACCEPT and found.score >= own.score + CLEARLY:
            return f"its code is {product.sku}, but its description is that of {_quoted(rival)}"
        return None

    def _by_description(self, line: OrderLine, asked: Sequence[str]) -> ProductMatch:
        sku, code = _stated(line.sku), _stated(line.sku) or _stated(line.buyer_sku) or _stated(line.gtin)
        unknown = f"no article is known by the code {shown(code)}" if code else "it names no article"
        if not asked:
            return ProductMatch(doubt=unknown)
        ranked = self._ranked(asked)
        exact = [product for product, found in ranked if found.score == 1.0]
        best, found = ranked[0] if ranked else (None, Likeness(0.0))
        if best is None or found.score < ACCEPT:
            near = f"; the nearest is {_quoted(best)}" if best is not None and found.score > 0.5 else ""
            why = unknown if code else "no article's description says the same"
            return ProductMatch(score=round(found.score, 3), doubt=f"{why}{near}")
        rival = next((other for other, like in ranked[1:] if like.score > found.score - MARGIN), None)
        rival = rival or next((other for other, _ in ranked[1:] if self._says_all(other, asked)), None)
        if len(exact) != 1 and rival is not None:
            both = f"{_quoted(best)} or {_quoted(rival)}"
            return ProductMatch(score=round(found.score, 3), doubt=f"its description may mean {both}")
        # A code that is said to be ours and is not may be a slip of the pen, or another article.
        doubt = f"{unknown}; by its description it is {best.sku}" if sku else _more(best, line)
        return ProductMatch(best, "description", round(found.score, 3), doubt)

    def _says_all(self, product: Product, asked: Sequence[str]) -> bool:
        """Every word that is asked for stands in one of the article's wordings: a short description means them all."""
        return any(of is product and set(asked) <= set(wording) for of, wording in self._wordings)

    def _ranked(self, asked: Sequence[str], besides: Product | None = None) -> list[tuple[Product, Likeness]]:
        """The nearest articles, best first. Only the wordings that look nearest are weighed word by word."""
        sentence = " ".join(sorted(asked))
        near = process.extract(sentence, self._sentences, scorer=fuzz.ratio, processor=None, limit=NEAREST)
        best: dict[str, tuple[Product, Likeness]] = {}
        for _text, _ratio, place in near:
            product, found = self._wordings[place]
            if product is besides:
                continue
            like = likeness(asked, found, self._words, apart=False)
            if product.sku not in best or _rank(like) > _rank(best[product.sku][1]):
                best[product.sku] = (product, like)
        return sorted(best.values(), key=lambda pair: (-pair[1].score, -pair[1].apart, pair[0].sku))


def _more(product: Product, line: OrderLine) -> str | None:
    """What the line's description says that is not of the article: another colour, a condition, a remark."""
    noted = telling(line.note.value, product.sku, product.descriptions) if line.note and product.descriptions else None
    if noted is not None:
        return f"its code is {product.sku}, but of the article it says “{shown(noted)}”"
    if line.description is None:
        return None
    text = line.description.value
    said = telling(text, product.sku, product.descriptions)
    if said is None and product.descriptions and (text[0].islower() or not text[0].isalnum()):
        # Typed behind the code and no name of the article's: "W-100 left-hand thread", "W-100 (was 10)".
        own = {word for wording in product.descriptions for word in describe(wording)}
        said = None if own.intersection(describe(text)) else text
    return f"its code is {product.sku}, but its description says “{shown(said)}”" if said else None


def _best(asked: Sequence[str], texts: Iterable[Sequence[str]]) -> Likeness:
    return max((likeness(asked, text, ANY) for text in texts), key=_rank, default=Likeness(0.0))


def _rank(like: Likeness) -> tuple[float, float]:
    return like.score, like.apart


def _by(items: Iterable[T], key: Callable[[T], str | None]) -> dict[str, tuple[T, ...]]:
    grouped: dict[str, tuple[T, ...]] = {}
    for item in items:
        if (found := key(item)) is not None:
            grouped[found] = (*grouped.get(found, ()), item)
    return grouped


def _code_of(alias: Alias) -> str:
    return code_key(alias.code)


def _stated(found: Found[str] | None) -> str | None:
    return found.value if found and code_key(found.value) else None


def _quoted(product: Product) -> str:
    return f"{product.sku} ({shown(product.descriptions[0])})" if product.descriptions else product.sku


def _list(*skus: str) -> str:
    return ", ".join(shown(sku) for sku in skus[:4])
