"""From where a mailbox's mail is judged, and what of that is stored with a decision."""

from dataclasses import dataclass, replace
from typing import Literal

from maildaemon.signatures import Signature

Unproven = Literal["review", "brief"]


@dataclass(frozen=True, slots=True)
class Stand:
    """Who we are, and whom we believe. ``authserv_id`` is the name that our own mail server signs its
    Authentication-Results with (RFC 8601), or "m365"; ``above``: it writes them above its own Received header;
    ``tenant``: our tenant of Microsoft 365; ``dkim``: signatures are verified here where that server has said nothing.
    ``unproven`` says what becomes of an order whose sender is not proved: a person looks, and "brief" also tells the
    address on record, without detail, that something came."""

    own_domains: frozenset[str] = frozenset()
    own_addresses: frozenset[str] = frozenset()
    authserv_id: str | None = None
    name: str | None = None
    secret: bytes = b""
    above: bool = False
    tenant: str | None = None
    dkim: bool = False
    unproven: Unproven = "review"

    @property
    def asks(self) -> bool:
        """Whether a sender must be proved."""
        return self.authserv_id is not None or self.dkim


@dataclass(frozen=True, slots=True)
class Ground:
    """What a decision rested on beside its Reading and what was Known: the stand (without its secret), where the mail
    lay, and what its signatures proved. The arguments of that name of :func:`maildaemon.decide.decide`."""

    stand: Stand = Stand()
    junk: bool = False
    twin: bool = False
    old: bool = False
    signatures: tuple[Signature, ...] = ()


def ground(stand: Stand, *, junk: bool, twin: bool, old: bool, signatures: tuple[Signature, ...]) -> Ground:
    return Ground(replace(stand, secret=b""), junk, twin, old, signatures)
