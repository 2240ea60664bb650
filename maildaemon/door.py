"""The one door: may this message leave now. It may only refuse, never add."""

from maildaemon.model import Mode


def refusal(recipient: str, *, mode: Mode, released: bool, own_domains: frozenset[str]) -> str | None:
    """Why the message must not leave, or None. ``released``: a person has approved this very message."""
    if recipient.rpartition("@")[2].lower() in own_domains:
        return "the recipient is one of our own addresses"
    if mode is Mode.SHADOW:
        return "the mode is shadow: nothing is sent"
    if mode is Mode.DRAFT and not released:
        return "the mode is draft: a person releases each answer"
    return None
