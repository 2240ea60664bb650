"""How one message is to be read: without which readers, and who is told before a reader that may kill the process."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass


def _nobody(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Care:
    """``without`` names attempts (see :meth:`attempt`) that ended a process before. ``tell`` hears each attempt before
    it is made, and ``""`` when it is over. ``ocr`` turns a picture, which is made when it asks for
    it, into tesseract's TSV; None when the machine gave it up or was not to read it."""

    without: frozenset[str] = frozenset()
    tell: Callable[[str], None] = _nobody
    ocr: Callable[[Callable[[], bytes]], str | None] | None = None

    def may(self, attempt: str) -> bool:
        return attempt not in self.without

    @staticmethod
    def attempt(data: bytes, reader: str) -> str:
        """One reader on one content: the name under which its death is remembered."""
        return f"{reader}:{hashlib.sha256(data).hexdigest()[:32]}"


NO_CARE = Care()
