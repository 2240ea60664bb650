"""The campaign's kinds of mail: those of the end-to-end tests, and those that a ledger could trip over."""

import random
from collections.abc import Callable
from dataclasses import replace

from tests.campaign.victim import POISON
from tests.campaign.world import MAIL_BYTES
from tests.e2e import mails
from tests.e2e.mails import Expected

Maker = Callable[[int, random.Random], tuple[Expected, ...]]


def make(kind: str, number: int, luck: random.Random) -> tuple[Expected, ...]:
    """One mail of that kind, two where the kind is about a pair. ``number`` differs within an episode."""
    return KINDS[kind](number, luck)


def some(count: int, luck: random.Random, first: int = 100, *, large: bool = True) -> tuple[Expected, ...]:
    """A mix, orders that are answered being the half of it; with ``large``, one of them may be too large."""
    names = list(KINDS)
    chosen = luck.choices(names, [12 if name in ANSWERED else 3 for name in names], k=count)
    if chosen.count("too-large") > large:  # without bytes in the ledger two of them could not be told apart
        chosen = ["text" if name == "too-large" else name for name in chosen]
    return tuple(mail for place, name in enumerate(chosen) for mail in make(name, first + 2 * place, luck))


def told_apart(mails: tuple[Expected, ...]) -> tuple[Expected, ...]:
    """At most one of them too large to be fetched."""
    unfetched = [mail for mail in mails if not mail.fetched]
    return tuple(mail for mail in mails if mail.fetched or mail is unfetched[0])


def _one(maker: Callable[[int, random.Random], Expected]) -> Maker:
    return lambda number, luck: (maker(number, luck),)


def _twice(number: int, luck: random.Random) -> tuple[Expected, ...]:
    """The same mail, delivered two times: answered once, the second copy stays where it is."""
    return (replace(mails.text_order(number, luck), copies=1),)


def _same_po(number: int, luck: random.Random) -> tuple[Expected, ...]:
    """Two orders of one client under one PO number that are not the same: a person looks at the second."""
    sender, po = f"Purchasing <buyer@{mails.CLIENTS[number % 20][2]}>", f"PO-{number:05}"
    rows = [[(sku, text, luck.randint(1, 40) + add, price) for sku, text, price in luck.sample(mails.ARTICLES, 2)]
            for add in (0, 40)]  # fmt: skip
    first, second = (
        mails.message(number + place, luck, f"Purchase order {po}", mails.typed(po, rows[place]), sender)
        for place in (0, 1)
    )
    return replace(mails.acknowledged(first, po), overtaken=True), mails.reviewed(second)


def _resent(number: int, luck: random.Random) -> tuple[Expected, ...]:
    """An order, and the same order in another mail: the second is told that it came before, and takes in nothing."""
    sender, po = f"Purchasing <buyer@{mails.CLIENTS[number % 20][2]}>", f"PO-{number:05}"
    body = mails.typed(po, mails.lines(luck))
    first, second = (mails.message(number + place, luck, f"Purchase order {po}", body, sender) for place in (0, 1))
    return mails.acknowledged(first, po), mails.repeated(second, po)


def _poison(number: int, luck: random.Random) -> tuple[Expected, ...]:
    mail = mails.message(number, luck, f"Purchase order PO-{number:05}", "Please see the attachment.\n")
    name, _, value = POISON.decode().partition(": ")
    mail[name] = value
    return (replace(mails.reviewed(mail), read=False),)


def _too_large(number: int, luck: random.Random) -> tuple[Expected, ...]:
    po = f"PO-{number:05}"
    body = (
        mails.typed(po, mails.lines(luck))
        + "-- \n"
        + "The small print of our terms of purchase.\n" * (MAIL_BYTES // 40)
    )
    return (
        replace(mails.reviewed(mails.message(number, luck, f"Purchase order {po}", body)), read=False, fetched=False),
    )


def _portal(number: int, luck: random.Random) -> tuple[Expected, ...]:
    return (mails.portal_order(number, luck),)


KINDS: dict[str, Maker] = {
    "text": _one(mails.text_order),
    "html": _one(mails.html_order),
    "csv": _one(mails.csv_order),
    "portal": _portal,
    "twice": _twice,
    "same-po": _same_po,
    "resent": _resent,
    "stranger": _one(mails.stranger),
    "incomplete": _one(mails.incomplete),
    "wrong-sum": _one(mails.wrong_sum),
    "poison": _poison,
    "too-large": _too_large,
    "newsletter": _one(mails.newsletter),
    "bounce": _one(mails.bounce),
    "absence": _one(mails.absence),
    "talk": _one(mails.talk),
}
ANSWERED = frozenset({"text", "html", "csv", "twice", "resent"})
"""Surely: that another order comes under its number may hold an answer back."""
NOTED = frozenset({"same-po", "stranger", "incomplete", "wrong-sum", "poison", "too-large"})
"""A note is laid beside them."""
MOVED = ANSWERED | NOTED | {"portal"}
FETCHED = frozenset(KINDS) - {"too-large"}
