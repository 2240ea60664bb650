"""What is written back: the acknowledgement to a client, the note beside a mail that a person must look at."""

from maildaemon.reply.answer import acknowledgement
from maildaemon.reply.brief import brief
from maildaemon.reply.errors import CannotAnswer, HeaderMismatch
from maildaemon.reply.identity import Identity
from maildaemon.reply.notes import late_note, note
from maildaemon.reply.repeat import already_received

__all__ = [
    "CannotAnswer",
    "HeaderMismatch",
    "Identity",
    "acknowledgement",
    "already_received",
    "brief",
    "late_note",
    "note",
]
