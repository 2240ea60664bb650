"""DKIM signatures (RFC 6376) of a raw mail: whose keys they need, and what they prove once the keys are there."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from maildaemon import domains
from maildaemon.wording import shown

MOST = 3
"""Signatures that are looked at; a mail has one or two."""
MOST_BYTES = 16 * 2**20
LONGEST, LONGEST_KEY = 4096, 2048
WEAK, WEAKEST, STRONGEST = 2048, 1024, 8192
_ALGORITHMS = frozenset({"rsa-sha256", "ed25519-sha256"})
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_BLANKS = re.compile(rb"[\t ]+")
_GAP = re.compile(rb"\s{41}")
_TAG = re.compile(rb"[a-z][a-z0-9_]{0,30}")
_ONCE = ("from", "subject", "date", "message-id", "reply-to", "sender", "to", "cc", "content-type")
_END = re.compile(rb"\r?\n\r?\n")
_LINE = re.compile(rb"\r?\n(?![\t ])")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature and what became of it: kept as evidence, for keys are changed. ``record`` is the key's TXT record
    as the DNS had it; ``why`` says why it proves nothing, None: it holds; ``note`` what is weak about one that holds.
    ``covers`` are the names of the headers that it signs."""

    domain: str
    selector: str
    algorithm: str
    record: str | None = None
    bits: int | None = None
    why: str | None = None
    note: str | None = None
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A signature as it stands in the mail. ``place`` counts the DKIM-Signature headers from the top; ``why``: it is
    refused before its key is asked for."""

    place: int
    domain: str = ""
    selector: str = ""
    algorithm: str = ""
    covers: tuple[str, ...] = ()
    relaxed: bool = False
    why: str | None = None

    @property
    def name(self) -> str:
        """Where its key is, in the DNS."""
        return f"{self.selector}._domainkey.{self.domain}"


@dataclass(frozen=True, slots=True)
class Signed:
    """A raw mail with its signatures, ready to be verified."""

    raw: bytes = field(repr=False)
    claims: tuple[Claim, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The DNS names whose TXT records are needed: each a plain host name, at most MOST."""
        return tuple(dict.fromkeys(claim.name for claim in self.claims if claim.why is None))


Ask = Callable[[Sequence[str]], Mapping[str, str | None]]
"""Gives the TXT records of names in the DNS; None, or no entry: it could not be had."""


def proofs(raw: bytes, ask: Ask) -> tuple[Signature, ...]:
    """The signatures of a raw mail and what they prove. Never raises but what ``ask`` does."""
    mail = signed(raw)
    return verified(mail, ask(mail.names) if mail.names else {})


def signed(raw: bytes) -> Signed:
    """Look for signatures; nothing is verified yet. Never raises."""
    head = _END.split(raw[: 2**19], maxsplit=1)[0]
    values = [value for name, value in _headers(head) if name == b"dkim-signature"]
    why = _unfit(raw, head)
    return Signed(raw, tuple(_claim(place, value, why) for place, value in enumerate(values[:MOST])))


def verified(mail: Signed, records: Mapping[str, str | None]) -> tuple[Signature, ...]:
    """What each signature proves, by the TXT records of their keys (see :attr:`Signed.names`); one that is missing or
    None could not be had. Never raises."""
    return tuple(_verified(mail.raw, claim, records.get(claim.name)) for claim in mail.claims)


# --- what stands in the mail ------------------------------------------------------------------------------------------


def _headers(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names in lower case, values as they stand, folds and all."""
    for part in _LINE.split(head):
        name, colon, value = part.partition(b":")
        if colon:
            yield name.strip().lower(), value


def _unfit(raw: bytes, head: bytes) -> str | None:
    """What two readers of the head could understand differently, and what costs too much."""
    if len(raw) > MOST_BYTES:
        return "the mail is too large for its signature to be verified"
    if b"\r" in head.replace(b"\r\n", b"") or b"\0" in head:
        return "the head of the mail holds a stray line end"
    names = [name for name, _ in _headers(head)]
    twice = next((name for name in _ONCE if names.count(name.encode("ascii")) > 1), None)
    return f"the mail has more than one {twice.title()} header" if twice is not None else None


def _claim(place: int, value: bytes, why: str | None) -> Claim:
    if len(value) > LONGEST or _GAP.search(value) or not value.isascii():
        return Claim(place, why="the signature's form is not a sound one")
    tags: dict[str, str] = {}
    for part in value.strip().rstrip(b";").split(b";"):
        name, equals, text = part.partition(b"=")
        if not equals or not _TAG.fullmatch(name.strip()) or name.strip().decode("ascii") in tags:
            return Claim(place, why="the signature's form is not a sound one")
        tags[name.strip().decode("ascii")] = "".join(text.decode("ascii").split())
    covers = tuple(dict.fromkeys(tags.get("h", "").lower().split(":")))
    found = Claim(
        place,
        tags.get("d", "").lower(),
        tags.get("s", "").lower(),
        tags.get("a", "").lower(),
        covers,
        relaxed=tags.get("c", "").lower().endswith("/relaxed"),
    )
    refused = why or _refused(found, tags)
    if refused is None:
        return found
    named = _host(found.domain) and _host(found.selector)
    return Claim(
        place, found.domain if named else "", found.selector if named else "", found.algorithm[:30], (), why=refused
    )


def _refused(claim: Claim, tags: Mapping[str, str]) -> str | None:
    if not _host(claim.domain) or domains.ascii_form(claim.domain) != claim.domain or not _host(claim.selector):
        return "the signature names no sound domain and selector"
    if len(claim.name) > 253:
        return "the signature names no sound domain and selector"
    if claim.algorithm not in _ALGORITHMS:
        return f"the signature uses {shown(claim.algorithm) or 'no algorithm'}, which proves nothing"
    if "l" in tags:
        return "the signature covers only the beginning of the text (tag l=)"
    if "from" not in claim.covers:
        return "the signature does not cover who the mail is from"
    return None


def _host(name: str) -> bool:
    return 0 < len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split("."))


# --- what it proves ---------------------------------------------------------------------------------------------------


def _verified(raw: bytes, claim: Claim, record: str | None) -> Signature:
    bits, note, why = None, None, claim.why
    if why is None and record is None:
        why = "the key of the signature could not be had from the DNS"
    if why is None and record is not None:
        bits, why = _key(record, claim.algorithm)
    if why is None and record is not None:
        why = _holds(raw, claim, record)
        if why is None and bits is not None and claim.algorithm == "rsa-sha256" and bits < WEAK:
            note = f"its key has {bits} bits only"
    kept = record[:LONGEST_KEY] if record is not None else None
    return Signature(claim.domain, claim.selector, claim.algorithm, kept, bits, why, note, claim.covers)


def _key(record: str, algorithm: str) -> tuple[int | None, str | None]:
    """How many bits it has, and why it is none to rely on (RFC 6376, 3.6.1). What makes verifying dear, a key of many
    bits or a large exponent, is refused before anything is computed with it."""
    if len(record) > LONGEST_KEY or not record.isascii():
        return None, "the key of the signature is no sound one"
    tags = {
        name.strip(): "".join(text.split()) for name, _, text in (part.partition("=") for part in record.split(";"))
    }
    if tags.get("v", "DKIM1") != "DKIM1" or tags.get("s", "*") not in {"*", "email"}:
        return None, "the key of the signature is not one for mail"
    if not tags.get("p"):
        return None, "the key of the signature was revoked"
    if "y" in tags.get("t", "").split(":"):
        return None, "the key of the signature is there for testing"
    if tags.get("h") and "sha256" not in tags["h"].split(":"):
        return None, "the key of the signature is not one for SHA-256"
    kind = tags.get("k", "rsa")
    if kind != algorithm.partition("-")[0]:
        return None, "the key of the signature is of another kind than the signature"
    if kind == "ed25519":
        return 256, None
    # The library brings a DNS client along, which takes as long to load as all of the command line.
    from dkim.crypto import UnparsableKeyError, parse_public_key

    try:
        key = parse_public_key(base64.b64decode(tags["p"], validate=True))
        bits, exponent = int(key["modulus"]).bit_length(), int(key["publicExponent"])
    except (UnparsableKeyError, binascii.Error, ValueError, IndexError, TypeError, KeyError):
        return None, "the key of the signature is no sound one"
    if bits < WEAKEST:
        return bits, f"the key of the signature has {bits} bits, too few to prove anything"
    if bits > STRONGEST or not 2 < exponent < 2**33:
        return bits, "the key of the signature is no sound one"
    return bits, None


def _holds(raw: bytes, claim: Claim, record: str) -> str | None:
    """None: the mail is as it was signed."""
    import dkim

    try:
        check = dkim.DKIM(_lean(raw) if claim.relaxed else raw, minkey=WEAKEST)
        good = check.verify(claim.place, dnsfunc=lambda _name, timeout=0: record.encode("ascii"))  # noqa: ARG005
    except Exception as error:
        # The library meets hostile input here, and whatever it stumbles over has proved nothing.
        return (
            "the signature has expired" if "x= value is past" in str(error) else "the signature does not fit the mail"
        )
    return None if good else "the signature does not fit the mail"


def _lean(raw: bytes) -> bytes:
    """The mail with its body already in relaxed form (RFC 6376, 3.4.4), which stays what it is when it is brought to
    that form again: the library's own way there takes time with the square of a run of blanks."""
    found = _END.search(raw)
    if found is None:
        return raw
    head, body = raw[: found.end()], raw[found.end() :]
    lines = _BLANKS.sub(b" ", body).replace(b"\r\n", b"\n").split(b"\n")
    return head + b"\r\n".join(line.removesuffix(b" ") for line in lines)


def aligned(signer: str, sender: str, recorded: Sequence[str] = ()) -> bool:
    """Does a signature of the domain ``signer`` speak for mail from the domain ``sender``? It does for its own name and
    those below it. A name below the sender's, or beside it, does only within a domain that a customer's record names:
    who else shares an organisation nobody can tell without the list of public suffixes."""
    if signer == sender or (sender.endswith(f".{signer}") and not domains.is_public(signer)):
        return True
    return any(_within(signer, one) and _within(sender, one) for one in recorded)


def _within(domain: str, whole: str) -> bool:
    return domain == whole or domain.endswith(f".{whole}")
