"""Whom to tell, without detail, that an order came whose sender is not proved."""

from collections.abc import Sequence

from maildaemon.model import Action, Decision, Kind, Known, Mail
from maildaemon.reply.message import ADDRESS
from maildaemon.stand import Stand
from maildaemon.trust import Doubt

FIRST_HAND = frozenset({"address", "domain"})


def told(
    decision: Decision, mail: Mail, stand: Stand, doubts: Sequence[Doubt], known: Sequence[Known], *, odd: bool
) -> str | None:
    """An address on the record of the one customer whose address or domain the mail claims to come from; None: nobody.
    Only where the lack of a proof is all that is wrong with the sender, and nothing like it came before: whoever may
    make us write to a client shall not make us do it again and again. ``odd``: where the mail lay, its Message-ID or
    its age speaks against answering it."""
    if stand.unproven != "brief" or decision.kind is not Kind.ORDER or decision.action is not Action.REVIEW:
        return None
    if odd or decision.no_answer or decision.reply or not doubts or not all(one.unproven for one in doubts):
        return None
    if not decision.orders or any(facts.seen for facts in known):
        return None
    matches = [one.order.customer for one in decision.orders]
    customers = {one.customer.number: one.customer for one in matches if one.customer is not None}
    if len(customers) != 1 or any(one.doubt or one.how not in FIRST_HAND for one in matches):
        return None
    (customer,) = customers.values()
    listed = [one for one in customer.emails if ADDRESS.fullmatch(one)]
    own = [one for one in listed if one.casefold() == (mail.sender or "").casefold()]
    return next(iter((*own, *listed)), None)
