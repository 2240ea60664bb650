"""Whom we take the buyer for: only the sender's address or domain prove it, all else is a hint or a contradiction."""

from collections.abc import Sequence

from rapidfuzz import fuzz

from maildaemon import domains
from maildaemon.model import Customer, CustomerMatch, Mail, Order
from maildaemon.wording import code_key, is_company, name_words, shown

SAME_NAME = 90.0
OTHER_NAME = 70.0
NAME_MARGIN = 8.0


def match_customer(order: Order, mail: Mail, customers: Sequence[Customer], author: str | None = None) -> CustomerMatch:
    """``author`` is who wrote the inner message of a forwarded order, as it claims: never a proof, maybe a doubt."""
    how, proved = _senders(mail.sender, customers)
    if not proved:
        return _stranger(order, mail.sender, customers, author)
    customer = proved[0] if len(proved) == 1 else _which(order, proved)
    score = 1.0 if how == "address" else 0.95
    if customer is None:
        several = ", ".join(shown(one.number) for one in proved[:4])
        return CustomerMatch(None, how, score, f"the sender's {how} belongs to several customers: {several}")
    doubts = [*_contradictions(order, customer, customers), *_forwarded(author, mail.sender, customer, customers)]
    return CustomerMatch(customer, how, score, "; ".join(doubts) or None)


def _senders(address: str | None, customers: Sequence[Customer]) -> tuple[str, tuple[Customer, ...]]:
    """Those that list the whole address, else those that list its domain or the nearest of its parents."""
    domain = domains.of(address)
    if address is None or domain is None:
        return "", ()
    whole = f"{address.rpartition('@')[0].lower()}@{domain}"
    if found := tuple(one for one in customers if whole in one.emails):
        return "address", found
    for name in domains.lineage(domain):
        if found := tuple(one for one in customers if name in one.domains):
            return "domain", found
    return "", ()


def _which(order: Order, proved: Sequence[Customer]) -> Customer | None:
    """Which of several customers with one address or domain: the stated number says it, or the very name."""
    if order.customer_number is not None:
        found = [one for one in proved if code_key(one.number) == code_key(order.customer_number.value)]
        return found[0] if len(found) == 1 else None
    if order.buyer is not None and (name := name_words(order.buyer.value)):
        found = [one for one in proved if name_words(one.name) == name]
        return found[0] if len(found) == 1 else None
    return None


def _contradictions(order: Order, customer: Customer, customers: Sequence[Customer]) -> list[str]:
    doubts: list[str] = []
    if order.customer_number is not None and not _same_number(order.customer_number.value, customer.number):
        stated = code_key(order.customer_number.value)
        other = next((one for one in customers if code_key(one.number) == stated), None)
        whose = f", which is {_called(other)}" if other else ""
        number = shown(order.customer_number.value)
        doubts.append(f"the sender is {_called(customer)}, but the order states the customer number {number}{whose}")
    if order.buyer is not None and _alike(order.buyer.value, customer) < OTHER_NAME:
        other = next((one for one in customers if _alike(order.buyer.value, one) >= SAME_NAME), None)
        if other is not None:
            doubts.append(f"the sender is {_called(customer)}, but the order names {_called(other)} as the buyer")
        elif is_company(order.buyer.value) and not _kin(order.buyer.value, customer):
            name = shown(order.buyer.value)
            doubts.append(
                f"the sender is {_called(customer)}, but the order names another company as the buyer: {name}"
            )
    return doubts


def _kin(name: str, customer: Customer) -> bool:
    """A word of the one name, perhaps with a slip, or its initials, stand in the other: a branch, a group, a short one.
    The customer's addresses may name a company too."""
    mine, theirs = name_words(name), name_words(" ".join((customer.name, *customer.bill_to, *customer.ship_to))[:2000])
    initials = "".join(word[0] for word in name_words(customer.name))
    if initials in mine or "".join(mine) in "".join(theirs):
        return True
    return any(len(one) > 2 and fuzz.ratio(one, other) >= 85 for one in mine for other in theirs)


def _forwarded(author: str | None, sender: str | None, customer: Customer, customers: Sequence[Customer]) -> list[str]:
    """What speaks against an order that the sender did not write: it is somebody else's."""
    if author is None or domains.foreign(author, sender) is None:
        return []
    _how, authors = _senders(author, customers)
    if customer in authors:
        return []
    whose = f", who is {_called(authors[0])}" if authors else ""
    doubt = (
        f"forwarded by {shown(sender)} of {_called(customer)}, but the order was written by {shown(author)}{whose}: "
        "the inner sender cannot be proved"
    )
    return [doubt]


def _stranger(order: Order, sender: str | None, customers: Sequence[Customer], author: str | None) -> CustomerMatch:
    """Nothing proves who the sender is; the number or the name may say whom a person should think of."""
    doubts: list[str] = []
    by_number: list[Customer] = []
    if order.customer_number is not None:
        stated = code_key(order.customer_number.value)
        by_number = [one for one in customers if code_key(one.number) == stated]
    by_name = _named(order.buyer.value, customers) if order.buyer is not None else None
    number = by_number[0] if len(by_number) == 1 else None
    if number is not None and by_name is not None and number is not by_name:
        doubts.append(f"the stated number is {_called(number)}, the name that of {_called(by_name)}")
        return CustomerMatch(None, "", 0.0, "; ".join(doubts))
    found = number or by_name
    if found is not None:
        doubts.append(f"the sender's address is not known for this customer, {_called(found)}")
        return CustomerMatch(found, "number" if number else "name", 0.6 if number else 0.5, "; ".join(doubts))
    _how, authors = _senders(author, customers)
    if author is not None and domains.foreign(author, sender) is not None:
        writer = _called(authors[0]) if len(authors) == 1 else shown(author)
        doubts.append(
            f"forwarded by {shown(sender)}; the inner sender cannot be proved: that it says {writer} wrote it "
            "proves nothing"
        )
    doubts.append(f"no customer is known by the sender's address {shown(sender)}" if sender else "it names no sender")
    return CustomerMatch(None, "", 0.0, "; ".join(doubts))


def _named(name: str, customers: Sequence[Customer]) -> Customer | None:
    """The customer of that name, if no other's is nearly as like."""
    ranked = sorted(((_alike(name, one), place) for place, one in enumerate(customers)), reverse=True)
    if not ranked or ranked[0][0] < SAME_NAME or (len(ranked) > 1 and ranked[1][0] > ranked[0][0] - NAME_MARGIN):
        return None
    return customers[ranked[0][1]]


def _same_number(stated: str, number: str) -> bool:
    """The same code, or the same digits where one of the two has no letters ("1001" for "C-1001")."""
    if code_key(stated) == code_key(number):
        return True
    digits, own = ("".join(filter(str.isdigit, text)).lstrip("0") for text in (stated, number))
    bare = not any(map(str.isalpha, stated)) or not any(map(str.isalpha, number))
    return bool(digits) and digits == own and bare


def _alike(name: str, customer: Customer) -> float:
    mine, theirs = name_words(name), name_words(customer.name)
    return fuzz.token_sort_ratio(" ".join(mine), " ".join(theirs)) if mine and theirs else 0.0


def _called(customer: Customer) -> str:
    return f"{shown(customer.number)} ({shown(customer.name)})" if customer.name else shown(customer.number)
