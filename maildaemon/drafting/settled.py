"""A draft that reads at least what the general reader reads: what loses a value of a sample is taken out of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from maildaemon.drafting.marks import values
from maildaemon.drafting.propose import EVERYTHING, Draft, propose
from maildaemon.drafting.sample import CannotDraft, Sample
from maildaemon.model import LINE_FIELDS, Kind, Order, Reading, Source

Read = Callable[[str], Sequence[Reading]]
"""What the samples are read as under a profile's text, in their order."""


def settled(
    name: str, samples: Sequence[Sample], read: Read, source: Source | None = None
) -> tuple[Draft, tuple[Reading, ...]]:
    """The draft, and what it reads. First with all that was found, then without what lost a value, then with nothing
    but whose mail it is. Raises CannotDraft."""
    if any(sample.reading.kind is Kind.OTHER for sample in samples):
        # A mail whose form does not tell that it is an order is read as one when a profile claims it.
        bare = propose(name, samples, source, EVERYTHING)
        samples = [replace(sample, reading=one) for sample, one in zip(samples, read(bare.text), strict=True)]
    without: frozenset[str] = frozenset()
    while True:
        draft = propose(name, samples, source, without)
        found = tuple(read(draft.text))
        missing = {part for sample, now in zip(samples, found, strict=True) for part in lost(sample.reading, now)}
        if not missing:
            return draft, found
        if without == EVERYTHING:
            raise CannotDraft(f"the samples are read differently at each time: {', '.join(sorted(missing))}")
        without = EVERYTHING if without or "everything" in missing else frozenset(missing)


def lost(before: Reading, now: Reading) -> Iterator[str]:
    """The names of the fields that are not read as they were; ``everything`` where no one field is to blame."""
    if len(before.orders) != len(now.orders) or before.kind is not now.kind:
        yield "everything"
        return
    for old, new in zip(before.orders, now.orders, strict=True):
        fields = list(_lost(old, new))
        yield from fields
        if not fields and (len(new.doubts) > len(old.doubts) or len(now.remarks) > len(before.remarks)):
            yield from (f"lines.{name}" for name in LINE_FIELDS)
            yield from (name for name, _ in values(old))


def _lost(old: Order, new: Order) -> Iterator[str]:
    if len(old.lines) != len(new.lines):
        yield from (f"lines.{name}" for name in LINE_FIELDS)
    for name, found in values(old):
        if "." not in name:
            other = getattr(new, name)
            if other is None or other.value != found.value:
                yield name
    for one, other in zip(old.lines, new.lines, strict=False):
        for name in LINE_FIELDS:
            was, is_ = getattr(one, name), getattr(other, name)
            if was is not None and (is_ is None or is_.value != was.value):
                yield f"lines.{name}"
