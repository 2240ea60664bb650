"""The part of the configuration about trust: how far profiles are trusted, and what they have to prove for it."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, field_validator

from maildaemon.model import Mode
from maildaemon.modes import Terms
from maildaemon.section import Section


class ModeSettings(Section):
    """`[modes]`: how far profiles are trusted, within `mode` and the matrix."""

    bound: Annotated[Decimal, Field(ge=Decimal("0.01"), le=Decimal("0.5"))] = Field(
        default=Decimal("0.05"),
        description="The error up to which a profile has earned `auto`: the upper bound at 95 %, as a part of 1. "
        "`0.01` is the smallest that 299 decisions can prove.",
    )
    start: Mode = Field(
        default=Mode.AUTO,
        description="How far a profile is trusted of which nothing was said yet (`maildaemon modes set`): `auto` "
        "leaves it to `mode` and the matrix, with `draft` each profile has to earn it.",
    )
    pool: tuple[tuple[str, ...], ...] = Field(
        default=(), description='Profiles that share a parser, and so one record: `[["northwind", "kessler"]]`.'
    )

    @field_validator("pool")
    @classmethod
    def _apart(cls, value: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        names = [name for pool in value for name in pool]
        if len(set(names)) < len(names):
            raise ValueError("a profile is named twice; expected each in one pool at most")
        if any(len(pool) < 2 for pool in value):
            raise ValueError("a pool of one profile; expected two or more")
        return value

    @property
    def terms(self) -> Terms:
        return Terms(self.bound, self.start, self.pool)
