"""What the command says of a draft: what was found, what is to be looked at; sentences for people."""

from collections.abc import Mapping, Sequence

from maildaemon.drafting.claims import Claim
from maildaemon.drafting.sample import Sample
from maildaemon.drafting.seen import Seen, missing
from maildaemon.drafting.strangers import Stranger
from maildaemon.drafting.written import string, strings
from maildaemon.wording import counted


def found(whose: Sequence[Claim], known: Mapping[str, Seen], samples: Sequence[Sample]) -> tuple[str, ...]:
    """The claims, the count, and each field with the labels that it stands under."""
    claimed = ", ".join(f"{claim.key} {strings(claim.patterns)}" for claim in whose)
    orders = sum(len(sample.reading.orders) for sample in samples)
    return (
        f"it claims mail {claimed}",
        f"it reads {counted(orders, 'order')} in {counted(len(samples), 'mail')}",
        *(f"  {name:<20} {', '.join(map(string, one.labels))}".rstrip() for name, one in known.items()),
    )


def look(known: Mapping[str, Seen], samples: Sequence[Sample], unknown: Sequence[Stranger]) -> tuple[str, ...]:
    said: list[str] = []
    for sample in samples:
        reading, file = sample.reading, sample.file
        if not reading.orders:
            said.append(f"{file}: no order was found in it ({reading.kind_reason})")
        if any(document.author for document in reading.documents):
            said.append(f"{file}: holds a forwarded mail; the profile claims the mail of who forwarded it")
        said += [f"{file}: not read: {text}" for text in reading.unread[:3]]
    if len(samples) == 1:
        said.append(
            "one sample shows what is, not what changes from order to order: draft from two or three if you can"
        )
    if absent := missing(known):
        said.append(f"not found: {', '.join(absent)}")
    if unknown:
        said.append(f"not understood: {', '.join(string(one.text) for one in unknown[:6])}")
    for sample in samples:
        doubts = [doubt for order in sample.reading.orders for doubt in order.doubts]
        said += [f"{sample.file}: {text}" for text in (*doubts[:3], *sample.reading.remarks[:3])]
    return tuple(dict.fromkeys(said))
