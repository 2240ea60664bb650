"""Which mail is this: a key that does not depend on the way a mail came, and a safe Message-ID."""

import hashlib
import re
import unicodedata

from maildaemon.model import Place

HEAD_LIMIT = 256 * 1024
REPORT_LIMIT = 2**20
KEPT = (b"message-id", b"from", b"subject", b"date")
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,200}@[!-;=?-~]{1,200}>", re.ASCII)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def content(raw: bytes) -> tuple[str, str | None]:
    """A digest over Message-ID, From, Subject, Date and everything below the head, and the Message-ID if it is a sound
    one. Transport headers (Received, Delivered-To, …) differ between two mailboxes and do not count. Never raises."""
    head, body = _split(raw)
    kept = dict.fromkeys(KEPT, b"")
    name = b""
    for line in head.splitlines():
        if line[:1] in {b" ", b"\t"}:
            if name in kept:
                kept[name] = (kept[name] + b" " + line.strip()).strip()
            continue
        name = line.partition(b":")[0].strip().lower()
        if name in kept:
            if kept[name]:
                name = b""  # a second one of its kind: the first counts
                continue
            kept[name] = line.partition(b":")[2].strip()
    hasher = hashlib.sha256()
    for key in KEPT:
        hasher.update(key + b":" + kept[key] + b"\n")
    hasher.update(body)
    found = MESSAGE_ID.fullmatch(kept[b"message-id"].decode("latin-1"))
    return hasher.hexdigest(), found.group() if found else None


def unfetched(place: Place) -> str:
    """What identifies a mail whose bytes nobody has: where it lies."""
    return f"{place.mailbox}/{place.folder}/{place.uidvalidity}/{place.uid}"


def _split(raw: bytes) -> tuple[bytes, bytes]:
    ends = [end for end in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if end >= 0]
    end = min(ends, default=len(raw))
    return raw[: min(end, HEAD_LIMIT)], raw[end:]


def reference(secret: bytes, mail: str, order: int) -> str:
    """Our reference for an order: the same order of the same mail always gets the same one. Letters that can be
    mistaken for figures do not occur (Crockford's base 32), 50 bits."""
    number = int.from_bytes(_mac(secret, "reference", mail, order)[:8], "big")
    return "MD-" + "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(10))


def message_id(secret: bytes, kind: str, mail: str, sequence: int, domain: str) -> str:
    """The deterministic Message-ID of a message that we send about a mail: a repeat carries the same one."""
    return f"<{kind}.{_mac(secret, kind, mail, sequence)[:16].hex()}@{domain}>"


def named(raw: bytes, domain: str) -> tuple[str, ...]:
    """The Message-IDs of answers of ours that a delivery status report (RFC 3464) says are lost, at most ten
    of them. One that only says that a message takes its time names none: there will be another."""
    lowered = raw[:REPORT_LIMIT].lower()
    if b"\naction: delayed" in lowered and b"\naction: failed" not in lowered:
        return ()
    pattern = rb"<(?:ack|repeat)\.[0-9a-f]{32}@" + re.escape(domain.encode("ascii", "replace")) + rb">"
    found = re.findall(pattern, raw[:REPORT_LIMIT], re.IGNORECASE)
    return tuple(dict.fromkeys(each.decode("ascii") for each in found))[:10]


def po_key(po_number: str) -> str:
    """Under which a PO number is compared: letters and figures only, without case."""
    return "".join(c for c in unicodedata.normalize("NFKC", po_number).casefold() if c.isalnum())


def token_digest(token: str) -> str:
    """What the ledger keeps of a read-confirmation token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _mac(secret: bytes, *parts: object) -> bytes:
    """BLAKE2b with a key (RFC 7693, 2.9): a message authentication code."""
    return hashlib.blake2b("\0".join(map(str, parts)).encode(), key=secret[:64], digest_size=32).digest()
