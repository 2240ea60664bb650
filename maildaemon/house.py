"""One mailbox's rules of the house: plain data out of the settings."""

from dataclasses import dataclass

from maildaemon.model import Customer, Filing, Mode
from maildaemon.modes import UNSAID, Terms
from maildaemon.reply import Identity
from maildaemon.stand import Stand


@dataclass(frozen=True, slots=True)
class House:
    """How one mailbox is read, judged, answered and filed."""

    mailbox: str
    folders: tuple[str, ...]
    identity: Identity
    stand: Stand
    targets: dict[Filing, str | None]
    approved: str | None = None
    """The folder in which a mail is laid by a person who approves of it."""
    mode: Mode = Mode.SHADOW
    terms: Terms = UNSAID
    """How far profiles are trusted within that."""
    junk: str | None = None
    pixel: str = "off"
    answer_existing: bool = False
    mail_bytes: int = 25 * 2**20
    batch: int = 50
    batch_bytes: int = 16 * 2**20
    attempts: int = 3

    @property
    def domain(self) -> str:
        return self.identity.address.rpartition("@")[2]


def wants_image(setting: str, customer: Customer | None) -> bool:
    """Does the customer's acknowledgement carry the read-confirmation image? The customer's own word counts most."""
    own = customer.pixel if customer else None
    if setting == "off":
        return False
    return own == "on" if setting == "opt-in" else own != "off"
