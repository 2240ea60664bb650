"""The DNS, asked for one thing: the public keys of DKIM signatures, as TXT records."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from maildaemon import log

LIFETIME = 3.0
"""Seconds for one name, tries of all servers included."""
MOST_KEPT = 2000
SHORTEST, LONGEST = 60.0, 3600.0
"""Seconds for which an answer is kept, whatever its TTL says."""
GIVE_UP, PAUSE = 3, 60.0
"""So many names in a row without an answer, and for so many seconds nothing is asked: no mail waits for a DNS that is
down longer than it must."""
LARGEST = 8192


class Keys:
    """Called with names, gives the text of each one's TXT record, or None: there is none, or it could not be had. Used
    by several threads."""

    def __init__(
        self,
        *,
        lifetime: float = LIFETIME,
        nameservers: Sequence[str] = (),
        port: int = 53,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lifetime, self.clock = lifetime, clock
        self.nameservers, self.port = tuple(nameservers), port
        self.resolver: dns.resolver.Resolver | None = None
        self.kept: OrderedDict[str, tuple[float, str | None]] = OrderedDict()
        self.lock = threading.Lock()
        self.silent = 0
        self.paused_until = float("-inf")

    def __call__(self, names: Sequence[str]) -> Mapping[str, str | None]:
        return {name: self._one(name) for name in names}

    def _one(self, name: str) -> str | None:
        now = self.clock()
        with self.lock:
            until, record = self.kept.get(name, (now, None))
            if until > now:
                return record
            if now < self.paused_until:
                return None
        try:
            record, seconds = self._asked(name)
        except (dns.exception.DNSException, OSError, ValueError) as error:
            self._silence(error, now)
            return None
        with self.lock:
            self.silent = 0
            self.kept[name] = (now + seconds, record)
            while len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)
        return record

    def _asked(self, name: str) -> tuple[str | None, float]:
        """The record and how long it may be kept. Raises DNSException where nobody answered."""
        resolver = self.resolver
        if resolver is None:
            resolver = dns.resolver.Resolver(configure=not self.nameservers)
            if self.nameservers:
                resolver.nameservers, resolver.port = list(self.nameservers), self.port
            self.resolver = resolver
        try:
            # An absolute name: none of the machine's search domains is tried.
            found = resolver.resolve(dns.name.from_text(f"{name}."), dns.rdatatype.TXT, lifetime=self.lifetime)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None, LONGEST / 12
        texts = [b"".join(one.strings)[:LARGEST].decode("ascii", "replace") for one in list(found)[:10]]
        record = next((text for text in texts if text.startswith("v=DKIM1")), texts[0] if texts else None)
        ttl = float(found.rrset.ttl) if found.rrset is not None else SHORTEST
        return record, min(max(ttl, SHORTEST), LONGEST)

    def _silence(self, error: Exception, now: float) -> None:
        with self.lock:
            self.silent += 1
            self.resolver = None  # the machine may ask other servers by now
            pause = self.silent >= GIVE_UP
            if pause:
                self.silent, self.paused_until = 0, now + PAUSE
        if pause:
            log.trouble("dns", f"keys of DKIM signatures cannot be had: {type(error).__name__}: {log.safe(error)}")
