"""A profile's record: what it was seen to do, what persons said of that, and the bound of its error."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from maildaemon.model import Mode, Order, lowest
from maildaemon.modes import ProfileMode, Terms
from maildaemon.playbook import Playbook

LOOKS = (59, 149, 299)
"""The numbers of decisions at which the error is judged, and at no other: who looks as long as it takes until the
figure is small enough finds a small figure. 59 without an error are the fewest that prove 5 %."""
CONFIDENCE = 0.95
STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Look:
    """The error as judged after so many decisions: at most ``bound``, as a part of 1."""

    decisions: int
    errors: int
    bound: Decimal


@dataclass(frozen=True, slots=True)
class Counts:
    """What the ledger tells of one profile. ``would``: mails by what the gate decided; ``said``: mails by what persons
    said of them; ``agreements`` and ``contradictions``: of acknowledgements, since the count began."""

    seen: int = 0
    would: Mapping[str, int] = field(default_factory=dict)
    said: Mapping[str, int] = field(default_factory=dict)
    agreements: int = 0
    contradictions: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """``allowed``: what settings and matrix allow; ``own``: the profile's own mode; ``pool`` names those whose
    decisions are judged with it, itself among them; ``decisions``: how many of them count now, up to the last number at
    which they are judged; ``look``: the last judgement; ``since``: contradictions behind it, which no judgement counts
    yet: as long as there is one, nothing is earned."""

    profile: str
    allowed: Mode
    own: Mode
    counts: Counts
    pool: tuple[str, ...]
    decisions: int
    look: Look | None
    last: ProfileMode | None = None
    since: int = 0

    @property
    def mode(self) -> Mode:
        return lowest(self.allowed, self.own)

    @property
    def next(self) -> int | None:
        """How many decisions there must be for the next judgement; None: there is none any more."""
        return next((at for at in LOOKS if at > self.decisions), None)

    def earned(self, terms: Terms) -> bool:
        return self.look is not None and self.look.bound <= terms.bound and not self.since


def upper_bound(errors: int, decisions: int, confidence: float = CONFIDENCE) -> Decimal:
    """The one-sided upper bound of a probability of which ``errors`` in ``decisions`` were seen, rounded up to a
    millionth (Clopper and Pearson 1934): the probability at which so few errors would be seen in 1 - confidence of all
    cases."""
    if errors >= decisions:
        return Decimal(1)
    low, high = errors / decisions, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if at_most(errors, decisions, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return Decimal(high).quantize(STEP, ROUND_CEILING)


def at_most(errors: int, decisions: int, probability: float) -> float:
    """How probable it is that at most so many of the decisions are wrong (the binomial sum)."""
    return math.fsum(
        math.comb(decisions, k) * probability**k * (1 - probability) ** (decisions - k) for k in range(errors + 1)
    )


def look(contradicted: Sequence[bool]) -> Look | None:
    """The last judgement about decisions in their order; None: there are too few for the first."""
    reached = max((at for at in LOOKS if at <= len(contradicted)), default=None)
    if reached is None:
        return None
    errors = sum(contradicted[:reached])
    return Look(reached, errors, upper_bound(errors, reached))


def proposal(record: Record, terms: Terms) -> str | None:
    """The sentence that proposes ``auto``; None where it is not earned, or holds already."""
    if not record.earned(terms) or record.mode is Mode.AUTO or record.look is None:
        return None
    found = record.look
    wrong = f"{found.errors} contradiction{'' if found.errors == 1 else 's'}"
    pooled = f" (pooled with {', '.join(one for one in record.pool if one != record.profile)})"
    proved = (
        f"{record.profile}{pooled if len(record.pool) > 1 else ''} has earned auto: {wrong} in {found.decisions} "
        f"decisions, an error of at most {percent(found.bound)} at 95 %"
    )
    if record.own is not Mode.AUTO:
        return f"{proved}; to grant it: maildaemon modes set {record.profile} auto --by NAME --reason TEXT"
    return f"{proved}; settings and matrix allow {record.allowed} at most"


def allowed(most: Mode, playbook: Playbook) -> dict[str, Mode]:
    """What the settings (``most``) and the matrix allow each profile at most. A row for one customer may allow less."""
    profiles = {one.name: one for one in (playbook.general(), *playbook.profiles)}
    find = playbook.matrix.find
    return {name: lowest(most, find(Order(source=one.source, profile=name)).mode) for name, one in profiles.items()}


def percent(part: Decimal) -> str:
    return f"{part * 100:.2f} %"
