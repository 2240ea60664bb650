"""New mail, in batches: the server's UIDs less the ledger's for this UIDVALIDITY."""

from collections.abc import Iterator
from datetime import datetime

from maildaemon import identity, log
from maildaemon.desk import Arrival, Ledger, Mailbox
from maildaemon.house import House
from maildaemon.model import Place


def collect(
    house: House, mailbox: Mailbox, ledger: Ledger, folder: str, now: datetime
) -> Iterator[tuple[Arrival, ...]]:
    """New mail, in batches: the server's UIDs less the ledger's for this UIDVALIDITY."""
    state = mailbox.state(folder)
    contact = ledger.contact(house.mailbox, folder, state, now, answer_existing=house.answer_existing)
    if contact.now:
        log.first_contact(house.mailbox, folder, len(state.uids))
    known = ledger.uids(house.mailbox, folder, state.uidvalidity, min(state.uids, default=1))
    fresh = [uid for uid in state.uids if uid not in known]
    for start in range(0, len(fresh), house.batch):
        wanted = fresh[start : start + house.batch]
        envelopes = mailbox.envelopes(folder, wanted)
        places = {uid: Place(house.mailbox, folder, state.uidvalidity, uid) for uid in wanted}
        old = [uid for uid in wanted if uid in envelopes and contact.precedes(state.uidvalidity, envelopes[uid])]
        ledger.list_old([(places[uid], envelopes[uid]) for uid in old], now)
        new = [uid for uid in wanted if uid in envelopes and uid not in set(old)]
        ledger.vanished([places[uid] for uid in wanted if uid not in envelopes], now)
        for batch in _by_size([(uid, envelopes[uid].size) for uid in new], house.mail_bytes, house.batch_bytes):
            small = [uid for uid in batch if envelopes[uid].size <= house.mail_bytes]
            raws = mailbox.fetch(folder, small) if small else {}
            ledger.vanished([places[uid] for uid in small if uid not in raws], now)
            yield tuple(
                _arrival(places[uid], envelopes[uid].size, envelopes[uid].internal_date, raws.get(uid))
                for uid in batch
                if uid in raws or envelopes[uid].size > house.mail_bytes
            )


def _arrival(place: Place, size: int, internal_date: datetime, raw: bytes | None) -> Arrival:
    if raw is None:
        return Arrival(place, size, internal_date, None, f"{place.mailbox}/{place.uidvalidity}/{place.uid}", None)
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
