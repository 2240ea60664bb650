"""Shunting: one mail that breaks a rule of ours is set aside, and the others go on."""

from maildaemon import log
from maildaemon.decide import asked
from maildaemon.desk import Pending, ReadFailure
from maildaemon.model import Questions, Reading


def or_set_aside(
    pending: Pending, reading: Reading | ReadFailure
) -> tuple[Reading | ReadFailure, tuple[Questions, ...]]:
    """The reading with what its orders ask the world; a failure where that cannot even be said."""
    if isinstance(reading, ReadFailure):
        return reading, ()
    try:
        return reading, asked(reading)
    except Exception as error:
        return shunted(pending, error), ()


def shunted(pending: Pending, error: Exception) -> ReadFailure:
    log.shunted(pending.content, f"{type(error).__name__}: {error}")
    return ReadFailure(f"an error of the program: {type(error).__name__}", retry=True)
