"""The header block above a forwarded or quoted mail, as mail programs write it into the text."""

import re
from collections.abc import Sequence

from maildaemon.model import Line

_HEADS = re.compile(
    r"[>* ]{0,6}(from|von|de|da|van|sent|gesendet|envoyé|enviado|inviato|verzonden|to|an|à|a|para|aan|cc"
    r"|kopie|date|datum|fecha|data|"
    r"subject|betreff|objet|asunto|oggetto|onderwerp)[* ]{0,3}:",
    re.IGNORECASE,
)
_FROM = frozenset({"from", "von", "de", "da", "van"})


def mail_heads(lines: Sequence[Line]) -> dict[int, str]:
    """The lines of the header block above a forwarded or quoted mail: its date and addresses are not the order's."""
    found: dict[int, str] = {}
    run: dict[int, str] = {}
    for index, line in enumerate(lines):
        head = _HEADS.match(line.text[:60]) if ":" in line.text[:60] else None
        if head:
            run[index] = head[1].casefold()
        elif line.text.strip() or len(run) == 0:
            if len(run) >= 3 and _FROM & set(run.values()):
                found |= run
            run = {}
    if len(run) >= 3 and _FROM & set(run.values()):
        found |= run
    return found
