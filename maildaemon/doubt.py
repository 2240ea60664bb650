"""A message in doubt: what may be concluded from looking for it in the archive."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

MOST_SENDINGS = 3
"""A message that came into doubt so often goes to a person, whatever the policy says."""


class Step(StrEnum):
    SETTLE = "settle"
    WAIT = "wait"
    PARK = "park"
    RESEND = "resend"


def step(
    found: bool | None, now: datetime, term: datetime, *, policy: Literal["park", "resend"], sendings: int
) -> Step:
    """What follows. ``found``: whether the archive holds the message's Message-ID, None where that could not be looked
    up. To be found proves that the server took the message; not to be found proves nothing, for the copy may be on its
    way, so the term is waited for. What was never looked up is not sent again: it may lie there."""
    if found:
        return Step.SETTLE
    if now < term:
        return Step.WAIT
    if policy == "resend" and found is False and sendings < MOST_SENDINGS:
        return Step.RESEND
    return Step.PARK
