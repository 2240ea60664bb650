"""New mail, in batches: the server's UIDs less the ledger's for this UIDVALIDITY."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from maildaemon import identity, log
from maildaemon.desk import Arrival, Ledger, Mailbox, MailboxError
from maildaemon.house import House
from maildaemon.model import Place

PATIENCE = timedelta(minutes=10)
"""So long the server may refuse to give out one message before a person is told."""


@dataclass(slots=True)
class Refused:
    """Messages that the server did not give out: since when, and how often. Kept in memory alone: after a restart the
    server is asked again from the start."""

    since: dict[Place, tuple[datetime, int]] = field(default_factory=dict)
    whole: dict[str, int] = field(default_factory=dict)
    """The UIDVALIDITY under which each folder was last looked through to its end, with nothing refused: what is in
    flight under an earlier one lies there no more."""

    def count(self, place: Place, now: datetime) -> tuple[datetime, int]:
        first, times = self.since.get(place, (now, 0))
        # Where the clock was put back, the time runs from now on.
        self.since[place] = (min(first, now), times + 1)
        return self.since[place]


def collect(
    house: House, mailbox: Mailbox, ledger: Ledger, folder: str, now: datetime, refused: Refused
) -> Iterator[tuple[Arrival, ...]]:
    """New mail, in batches: the server's UIDs less the ledger's for this UIDVALIDITY. A message that the server does
    not give out keeps no other one back; after some attempts it is handed on without its bytes, for a person."""
    state = mailbox.state(folder)
    contact = ledger.contact(house.mailbox, folder, state, now, answer_existing=house.answer_existing)
    if contact.now:
        log.first_contact(house.mailbox, folder, len(state.uids))
    known = ledger.uids(house.mailbox, folder, state.uidvalidity, min(state.uids, default=1))
    fresh = [uid for uid in state.uids if uid not in known]
    whole = True
    for start in range(0, len(fresh), house.batch):
        wanted = fresh[start : start + house.batch]
        # After a change of UIDVALIDITY the arrival date alone may lie.
        envelopes = mailbox.envelopes(folder, wanted, dated=state.uidvalidity != contact.uidvalidity)
        places = {uid: Place(house.mailbox, folder, state.uidvalidity, uid) for uid in wanted}
        old = [uid for uid in wanted if uid in envelopes and contact.precedes(state.uidvalidity, envelopes[uid])]
        ledger.list_old([(places[uid], envelopes[uid]) for uid in old], now)
        new = [uid for uid in wanted if uid in envelopes and uid not in set(old)]
        ledger.vanished([places[uid] for uid in wanted if uid not in envelopes], now)
        for batch in _by_size([(uid, envelopes[uid].size) for uid in new], house.mail_bytes, house.batch_bytes):
            small = [uid for uid in batch if envelopes[uid].size <= house.mail_bytes]
            raws, failed = _fetched(mailbox, folder, small)
            ledger.vanished([places[uid] for uid in small if uid not in raws and uid not in failed], now)
            whole = whole and not failed
            given_up = {uid for uid in failed if _is_hopeless(refused.count(places[uid], now), house.attempts, now)}
            yield tuple(
                _arrival(places[uid], envelopes[uid].size, envelopes[uid].internal_date, raws.get(uid))
                for uid in batch
                if uid in raws or uid in given_up or envelopes[uid].size > house.mail_bytes
            )
    if whole:
        refused.whole[folder] = state.uidvalidity


def _fetched(mailbox: Mailbox, folder: str, uids: Sequence[int]) -> tuple[Mapping[int, bytes], set[int]]:
    """The bytes by UID, and the UIDs that the server does not give out though it answers otherwise: a batch that fails
    over two connections is fetched one by one."""
    if not uids:
        return {}, set()
    for _ in range(2):
        try:
            return mailbox.fetch(folder, uids), set()
        except MailboxError:
            _again(mailbox, folder)
    if len(uids) == 1:
        return {}, set(uids)
    raws: dict[int, bytes] = {}
    failed: set[int] = set()
    for uid in uids:
        one, refused = _fetched(mailbox, folder, [uid])
        raws |= one
        failed |= refused
    return raws, failed


def _again(mailbox: Mailbox, folder: str) -> None:
    """A new connection, and a look whether the server is there at all. Raises MailboxError when it is not, or when the
    UIDs mean nothing any more."""
    mailbox.close()
    mailbox.connect()
    mailbox.envelopes(folder, [])


def _is_hopeless(refusal: tuple[datetime, int], attempts: int, now: datetime) -> bool:
    first, times = refusal
    return times >= attempts and now - first >= PATIENCE


def _arrival(place: Place, size: int, internal_date: datetime, raw: bytes | None) -> Arrival:
    if raw is None:
        return Arrival(place, size, internal_date, None, identity.unfetched(place), None)
    content, message_id = identity.content(raw)
    return Arrival(place, size, internal_date, raw, content, message_id)


def _by_size(sizes: list[tuple[int, int]], largest: int, most: int) -> Iterator[list[int]]:
    """UIDs in groups whose mails together are at most ``most`` bytes; a mail that is not fetched weighs nothing."""
    group: list[int] = []
    weight = 0
    for uid, size in sizes:
        own = size if size <= largest else 0
        if group and weight + own > most:
            yield group
            group, weight = [], 0
        group.append(uid)
        weight += own
    if group:
        yield group
