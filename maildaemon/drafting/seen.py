"""What the samples state, field by field: under which labels, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from maildaemon.drafting import traces
from maildaemon.drafting.marks import values
from maildaemon.drafting.sample import Sample
from maildaemon.model import HEADER_FIELDS
from maildaemon.parse.labels import Labels
from maildaemon.report import where
from maildaemon.wording import shown

MOST_LABELS, ORDERS = 8, 20
NEEDED = ("lines.sku", "lines.quantity")
"""The fields without which a line says nothing."""


@dataclass(slots=True)
class Seen:
    """A field over all samples: its labels with where the first value under each stands; ``files`` are the
    samples that state it."""

    labels: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)


def seen(samples: Sequence[Sample], known: Labels) -> dict[str, Seen]:
    """By the field's name, those of the lines as ``lines.sku``; ``known`` are the labels that the samples were read
    by."""
    found: dict[str, Seen] = {}
    for sample in samples:
        documents = sample.reading.documents
        for order in sample.reading.orders[:ORDERS]:
            for name, value in values(order):
                one = found.setdefault(name, Seen())
                one.files.add(sample.file)
                trace = traces.heading if name.startswith("lines.") else traces.label
                text = trace(name.removeprefix("lines."), value, documents, known)
                text = shown(text, 60) if text else ""
                if text and len(one.labels) < MOST_LABELS:
                    one.labels.setdefault(text, f"{sample.file}: {where(value)}")
    return found


def missing(found: Mapping[str, Seen]) -> list[str]:
    """The fields that no sample states."""
    return [name for name in (*HEADER_FIELDS, *NEEDED) if name not in found]
