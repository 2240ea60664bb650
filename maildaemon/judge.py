"""Deck + Order → objections, every one of them."""

from collections.abc import Sequence

from rapidfuzz import fuzz

from maildaemon.again import sentence
from maildaemon.deck import Deck, Rule
from maildaemon.delivered import not_agreed
from maildaemon.model import Action, Kind, Known, Objection, Order, Reading
from maildaemon.ordered import Sameness
from maildaemon.trust import Doubt
from maildaemon.wording import name_words, shown

UNREPEATED, UNUSED, NEW = "is-not-a-repeat", "po-number-is-new", "is-a-new-order"
"""What is asked of every order, also where no rule of a deck asks it."""
DELIVERY = "delivery-terms-are-agreed"
_RULES = {Sameness.RESEND: UNREPEATED, Sameness.CANCELLATION: NEW}
REASONS_LIMIT = 50
REASON_LENGTH = 500


def judge_order(index: int, order: Order, known: Known, deck: Deck) -> tuple[tuple[Objection, ...], tuple[str, ...]]:
    """All objections of all rules, and the names of the rules that are content."""
    objections: list[Objection] = []
    proved: list[str] = []
    for rule in deck.rules:
        reasons = _reasons(rule, order, known)
        if not reasons:
            proved.append(rule.name)
        objections.extend(
            Objection(index, rule.name, reason[:REASON_LENGTH], rule.then, rule.warns) for reason in reasons
        )
    return tuple(objections), tuple(proved)


def judge_relation(index: int, order: Order, found: tuple[Objection, ...]) -> tuple[Objection, ...]:
    """No order that stands to an earlier one of its customer is acknowledged by itself, whatever the deck asks: what
    its rules have not said is added to what was ``found``."""
    if order.relation is None:
        return ()
    reason = sentence(order.relation)[:REASON_LENGTH]
    if any(not one.warns and reason in one.reason for one in found):
        return ()
    return (Objection(index, _RULES.get(order.relation.how, UNUSED), reason),)


def judge_delivery(index: int, order: Order, terms: tuple[str, ...]) -> tuple[Objection, ...]:
    """Terms of delivery that are stated and not on the customer's record, whatever the deck asks."""
    return tuple(Objection(index, DELIVERY, why) for why in not_agreed(terms, (order.customer.customer,)))


def judge_mail(
    reading: Reading,
    *,
    junk: bool,
    twin: bool,
    doubts: Sequence[Doubt] = (),
    impostors: Sequence[Doubt] = (),
    old: bool = False,
    ours: tuple[str, ...] = (),
) -> tuple[Objection, ...]:
    """What stands against answering any order of this mail. These hold whatever the decks say. ``doubts`` are those of
    the sender (see trust.py), ``impostors`` those that it is another one (see impostor.py); ``ours``: our company's
    name and mail domains, where they are known."""
    found: list[tuple[str, str]] = []
    severe = {one.reason for one in (*doubts, *impostors) if one.then is Action.ESCALATE}
    if reading.kind is Kind.CHANGE:
        found.append((NEW, "this asks for a change of an order"))
    if reading.kind is Kind.CANCELLATION:
        found.append((NEW, "this cancels an order"))
    found += [("order-is-in-the-mail", place) for place in reading.elsewhere]
    if not reading.orders:
        found.append(("has-an-order", "it looks like an order, but none could be read"))
    found += [("sender-is-who-it-says", doubt.reason) for doubt in doubts]
    found += [("sender-is-no-impostor", doubt.reason) for doubt in impostors]
    found += [("mail-is-understood", doubt) for doubt in reading.doubts]
    found += [("no-remark-changes-it", remark) for remark in reading.remarks]
    found += [("nothing-changes-hands", what) for what in reading.hands]
    found += [("everything-was-read", f"not read: {unread}") for unread in reading.unread]
    for supplier in reading.suppliers if ours else ():
        if not any(_alike(supplier, name) for name in ours):
            found.append(("order-is-for-us", f"it names another supplier: {shown(supplier)}"))
    if junk:
        found.append(("not-in-the-junk-folder", "it was found in the junk folder"))
    if twin:
        found.append(("message-id-is-its-own", "an earlier mail had the same Message-ID and other content"))
    if old:
        reason = "it arrived before the first contact with this folder, and was laid there later"
        found.append(("is-newer-than-the-first-contact", reason))
    return tuple(
        Objection(None, rule, reason[:REASON_LENGTH], Action.ESCALATE if reason in severe else Action.REVIEW)
        for rule, reason in found[:REASONS_LIMIT]
    )


def _alike(written: str, ours: str) -> bool:
    """A word of our name, or our name or domain as one word, stands in what is written, perhaps with a slip."""
    mine, theirs = name_words(ours if " " in ours else ours.partition(".")[0]), name_words(written)
    whole = "".join(mine)
    if whole in theirs or (len(whole) > 2 and whole in "".join(theirs)):
        return True
    return any(len(one) > 2 and fuzz.ratio(one, other) >= 85 for one in mine for other in theirs)


def _reasons(rule: Rule, order: Order, known: Known) -> list[str]:
    try:
        reasons = list(rule.run(order, known))
    except Exception as error:
        # A rule that cannot be evaluated has proved nothing.
        return [f"the rule could not be evaluated: {type(error).__name__}: {error}"]
    if reasons and rule.because:
        return [f"{rule.because}: {reason}" for reason in reasons[:REASONS_LIMIT]]
    return reasons[:REASONS_LIMIT]
