"""A bare document as a mail that carries it, so that it can be a sample like any other."""

from email.message import EmailMessage
from email.policy import SMTP

from maildaemon.wording import shown


def wrapped(name: str, data: bytes, sender: str | None) -> bytes:
    """A mail without a subject whose one part is the document; the sender is left out where nobody knows it. Raises
    ValueError for a sender that is no address."""
    message = EmailMessage(policy=SMTP)
    if sender is not None:
        if sender != shown(sender) or sender.count("@") != 1 or " " in sender or not all(sender.split("@")):
            raise ValueError(f"{shown(sender)}: expected an address such as orders@client.example")
        message["From"] = sender
    message["To"] = "orders@localhost.invalid"
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename=shown(name) or "document")
    return message.as_bytes()
