"""The noun of what we write to a client: a rendered answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """``raw`` is what goes over the wire after DATA, CRLF line ends, not dot-stuffed."""

    message_id: str
    envelope_from: str
    recipient: str
    subject: str
    text: str
    raw: bytes
    token: str | None = None
    """The read-confirmation token, when the message carries the image. Only its SHA-256 is ever stored."""
