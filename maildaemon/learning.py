"""Learning: which facts a mail's orders ask of the sources outside, and how the answers enter what is known."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from maildaemon.decide import author
from maildaemon.facts import About, FactAnswer, FactKind, kept
from maildaemon.match import match
from maildaemon.matrix import FieldTrigger
from maildaemon.model import Customer, Known, Order, Reading
from maildaemon.playbook import Playbook
from maildaemon.wording import code_key

MOST = 500
"""Facts that one order may ask for; a line beyond that has none, and so goes to a person."""


def wanted(
    reading: Reading, known: Sequence[Known], playbook: Playbook, kinds: Collection[FactKind]
) -> tuple[tuple[About, ...], ...]:
    """What each order of the mail asks: of its articles and its customer, as they are recognised by what is known."""
    asked: list[tuple[About, ...]] = []
    for order, facts in zip(reading.orders, known, strict=True):
        order = replace(order, source=reading.source, profile=reading.profile)
        matched = match(order, reading.mail, facts, author(reading))
        abouts = {about.key: about for about in _abouts(matched, playbook) if about.kind in kinds}
        asked.append(tuple(abouts.values())[:MOST])
    return tuple(asked)


def _abouts(order: Order, playbook: Playbook) -> Iterable[About]:
    number = order.customer.customer.number if order.customer.customer is not None else None
    if isinstance(playbook.matrix.find(order).trigger, FieldTrigger) and order.po_number is not None:
        yield About(FactKind.STAGE, customer=number, po_number=order.po_number.value.strip())
    if number is not None:
        yield About(FactKind.STANDING, customer=number)
    for line in order.lines:
        if line.product.product is not None:
            yield About(FactKind.STOCK, sku=line.product.product.sku)
            if number is not None:
                yield About(FactKind.PRICE, sku=line.product.product.sku, customer=number)


def learned(known: Known, abouts: Sequence[About], answers: Mapping[tuple[str, ...], FactAnswer]) -> Known:
    """Known with what was answered, by the keys of what was asked. A source outside counts instead of our own tables:
    where it says nothing, nothing is known."""
    for about in abouts:
        answer = answers.get(about.key)
        if answer is not None:
            known = replace(_taken(known, about, answer), facts=(*known.facts, kept(answer)))
    return known


def _taken(known: Known, about: About, answer: FactAnswer) -> Known:
    told = answer.problem is None
    sku, number = code_key(about.sku or ""), code_key(about.customer or "")
    if about.kind is FactKind.STOCK:
        others = tuple(stock for stock in known.stock if code_key(stock.sku) != sku)
        return replace(known, stock=(*others, answer.stock) if told and answer.stock is not None else others)
    if about.kind is FactKind.STANDING:
        customers = (_with(one, answer) if code_key(one.number) == number else one for one in known.customers)
        return replace(known, customers=tuple(customers))
    if about.kind is FactKind.PRICE:
        others_ = (
            one for one in known.prices if code_key(one.sku) != sku or code_key(one.customer or "") not in {"", number}
        )
        return replace(known, prices=(*others_, *(answer.prices if told else ())))
    return known


def _with(customer: Customer, answer: FactAnswer) -> Customer:
    found = answer.standing if answer.problem is None else None
    return replace(
        customer,
        standing=found.standing if found is not None else None,
        credit_limit=found.credit_limit if found is not None else None,
        open_balance=found.open_balance if found is not None else None,
    )
