"""A finding of `maildaemon check`: one line for people."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """``note``: works, but somebody should know; ``wrong``: does not work, and the sentence says what to do."""

    level: Literal["ok", "note", "wrong"]
    what: str
    sentence: str
