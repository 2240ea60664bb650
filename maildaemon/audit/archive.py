"""The archive of acknowledgements beside the ledger: one copy of each, and none that the ledger does not know."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from maildaemon.audit.facts import Finding, LedgerFacts, Terms
from maildaemon.desk import SLACK, Listed, OutgoingState

EXAMPLES = 3


def acknowledgement_ids(domain: str) -> re.Pattern[str]:
    """The form of our answers' Message-IDs (see identity.message_id)."""
    return re.compile(rf"<(?:ack|repeat)\.[0-9a-f]{{32}}@{re.escape(domain)}>", re.IGNORECASE)


def archived(ledger: LedgerFacts, archive: Sequence[Listed], terms: Terms, now: datetime) -> Iterator[Finding]:
    """An acknowledgement in the archive has reached its client. Two copies are as expected where it was sent again out
    of a doubt. Since when there is an archive, its first copy tells; a day is left to clocks that differ."""
    ours = acknowledgement_ids(terms.domain)
    copies = Counter(copy.message_id for copy in archive if copy.message_id)
    known = {message.message_id: message for message in ledger.outgoing}
    again = {event.mail_id for event in ledger.events if event.type == "sent-again"}
    for message_id, count in copies.items():
        message = known.get(message_id)
        if message is None and not ours.fullmatch(message_id):
            continue
        if count > 1:
            sentence = f"{message_id} lies {count} times in the archive"
            expected = message is not None and message.mail_id in again
            yield Finding("note" if expected else "off", "copies", message_id, sentence)
        if message is None:
            sentence = f"{message_id} lies in the archive, and the ledger does not know it"
        elif message.state == OutgoingState.IN_DOUBT:
            yield Finding("note", "settles", message_id, f"{message_id} is in doubt, and its copy is in the archive")
            continue
        elif message.state != OutgoingState.SENT:
            sentence = f"{message_id} lies in the archive, and the ledger says that it is {message.state}"
        else:
            continue
        advice = "the ledger is older than what was sent: run maildaemon audit --reconcile before it answers again"
        yield Finding("off", "unknown-copy", message_id, f"{sentence}: {advice}")
    first = min((copy.internal_date for copy in archive if copy.message_id in known), default=None)
    sent = [message for message in ledger.outgoing if message.state == OutgoingState.SENT]
    without = [
        message.message_id
        for message in sent
        if message.message_id not in copies
        and not (message.settled_at is not None and now - message.settled_at < terms.doubt)
        and (first is None or (message.settled_at is not None and message.settled_at > first + SLACK))
    ]
    if without:
        those = ", ".join(without[:EXAMPLES]) + (" …" if len(without) > EXAMPLES else "")
        sentence = f"{len(without)} acknowledgements that were sent have no copy in the archive: {those}"
        yield Finding("note", "no-copy", "", sentence)
