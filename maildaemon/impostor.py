"""Does the sender pass itself off as somebody whom we know? A look-alike domain, or a known company's name."""

from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz

from maildaemon import domains
from maildaemon.model import Action, Customer, Mail
from maildaemon.trust import Doubt
from maildaemon.wording import name_words, shown

SAME_NAME = 95.0
SHORTEST_NAME = 4
"""Of fewer letters a name is nobody's."""
MOST = 3


def impostor_doubts(
    mail: Mail, customers: Iterable[Customer], own_domains: Iterable[str], own_name: str | None = None
) -> tuple[Doubt, ...]:
    """Reasons to take the sender for an impostor, none when content. ``customers`` are those that the mail's orders may
    be thought to come from; ``own_domains`` and ``own_name`` are ours."""
    domain = domains.of(mail.sender)
    if domain is None:
        return ()
    listed = tuple(customers)
    theirs = [one for one in listed if _belongs(mail.sender or "", domain, one)]
    found = [
        *(() if theirs else (*_of_us(mail, domain, own_domains, own_name), *_lookalikes(domain, listed))),
        *_named(mail, listed, known=bool(theirs)),
    ]
    return tuple(found[:MOST])


def _belongs(address: str, domain: str, customer: Customer) -> bool:
    whole = f"{address.rpartition('@')[0].lower()}@{domain}"
    return whole in customer.emails or any(name in customer.domains for name in domains.lineage(domain))


def _of_us(mail: Mail, domain: str, own_domains: Iterable[str], own_name: str | None) -> Iterator[Doubt]:
    """Mail of our own house is another matter: it is never answered."""
    own = tuple(own_domains)
    if domain in own:
        return
    for one in own:
        if domains.looks_like(domain, one):
            reason = f"the sender's domain {shown(domain)} is not our own {one}, but may be taken for it"
            yield Doubt(reason, Action.ESCALATE)
    if own_name is not None and mail.sender_name and _alike(mail.sender_name, own_name):
        yield Doubt(f"the sender calls itself by our own name: {shown(mail.sender_name)}", Action.ESCALATE)


def _lookalikes(domain: str, customers: Iterable[Customer]) -> Iterator[Doubt]:
    for one in customers:
        for known in one.domains:
            if domains.looks_like(domain, known):
                reason = (
                    f"the sender's domain {shown(domain)} is not {known} of {_called(one)}, but may be taken for it"
                )
                yield Doubt(reason, Action.ESCALATE)


def _named(mail: Mail, customers: Iterable[Customer], *, known: bool) -> Iterator[Doubt]:
    """A known customer's name before a foreign address. Where the sender is ``known`` by another customer's, it may be
    a matter of the same house."""
    domain = domains.of(mail.sender) or ""
    alike = [one for one in customers if mail.sender_name and _alike(mail.sender_name, one.name)]
    if not alike or any(_belongs(mail.sender or "", domain, one) for one in alike):
        return
    reason = f"the sender calls itself {shown(mail.sender_name)}, as {_called(alike[0])}, whose address this is not"
    yield Doubt(reason, Action.REVIEW if known else Action.ESCALATE)


def _alike(name: str, other: str) -> bool:
    mine, theirs = " ".join(name_words(name)), " ".join(name_words(other))
    if min(len(mine), len(theirs)) < SHORTEST_NAME:
        return False
    return fuzz.token_sort_ratio(mine, theirs) >= SAME_NAME


def _called(customer: Customer) -> str:
    return f"{shown(customer.number)} ({shown(customer.name)})" if customer.name else shown(customer.number)
