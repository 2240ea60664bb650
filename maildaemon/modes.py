"""How far each profile is trusted: what the operator, a record or a contradiction says of it, and what follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from maildaemon.model import Mode

GENERAL = "general"
"""The profile of all mail that no other one claims."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the configuration says of trust. ``bound``: the error, as a part of 1, up to which ``auto`` is earned;
    ``start``: the mode of a profile of which nothing was said yet; ``pools``: profiles that share a parser."""

    bound: Decimal = Decimal("0.05")
    start: Mode = Mode.AUTO
    pools: tuple[tuple[str, ...], ...] = ()

    def pool(self, profile: str) -> tuple[str, ...]:
        """The profiles whose record is one with this one's, itself among them."""
        return next((pool for pool in self.pools if profile in pool), (profile,))

    def own(self, profile: str, modes: Mapping[str, Mode]) -> Mode:
        """The profile's own mode; settings and matrix may allow less."""
        return modes.get(profile, self.start)


UNSAID = Terms()
"""Where the configuration says nothing of it."""


@dataclass(frozen=True, slots=True)
class ProfileMode:
    """What counts for a profile since ``at``. ``fell``: a contradiction took ``auto`` from it, and nobody has set its
    mode since; ``overruled``: it was set to ``auto`` without having earned it. ``mark``: the number of the last
    testimony that counts no more."""

    profile: str
    mode: Mode
    at: datetime
    actor: str
    why: str
    fell: bool = False
    overruled: bool = False
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Testimony:
    """What a person's word about a mail proves of its profile: that an acknowledgement of ours was right, or that it
    was wrong, or would have been (``contradicts``). ``automatic``: it left without a person, or would leave so today,
    as far as settings and matrix go. ``pool`` and ``start`` as in :class:`Terms`."""

    contradicts: bool
    profile: str
    pool: tuple[str, ...]
    automatic: bool
    start: Mode = Mode.AUTO
