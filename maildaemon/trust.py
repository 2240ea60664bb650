"""Is the sender who it says it is? Reasons to doubt it, out of the mail's own head."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import authres

from maildaemon import domains, pec
from maildaemon.model import Mail
from maildaemon.wording import shown

MICROSOFT_365 = "m365"
"""As authserv-id in the settings: Microsoft 365 writes Authentication-Results without one."""

_SINGLE = ("from", "sender", "reply-to", "subject", "date", "message-id")
_ADDRESS = re.compile(r"[^\s@<>()\"',;:]{1,64}@[^\s@<>()\"',;:]{1,255}")
_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{1,62}(?:\.[a-z0-9-]{2,63}){1,4}")
_ENDINGS = frozenset(
    "com net org biz info example io co de at ch fr it es nl be uk ie pl cz sk hu dk se no fi pt gr ro bg eu us ca au "
    "nz in cn jp kr br mx za ru ua tr ae sg hk tw th vn id my ph il app dev shop online store site xyz top club".split()
)
_HOST = re.compile(r"[a-z0-9_.:\[\]-]{1,255}")
_SPEAKS_OF = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}
_MOST_HEADERS = 20
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class _Result:
    method: str
    result: str
    domain: str | None
    """Whom the result speaks of: header.from (dmarc), header.d or header.i (dkim), smtp.mailfrom (spf)."""


def sender_doubts(mail: Mail, authserv_id: str | None) -> tuple[str, ...]:
    """Each doubt as a sentence, none when content. With ``authserv_id`` (the name that our own mail server signs its
    Authentication-Results with, RFC 8601, or "m365") the server must have found the sender's domain to be genuine;
    without it no such proof is asked for."""
    who = _certified(mail) if pec.is_envelope(mail) else (*_head(mail), *_display_name(mail), *_reply_to(mail))
    return tuple(dict.fromkeys((*who, *_proof(mail, authserv_id))))


def _certified(mail: Mail) -> Iterator[str]:
    """A PEC envelope comes from the provider's one address, whoever wrote the mail inside; that it did come from there
    the provider's signature alone would prove, which is not verified. What is odd about such a head (a name that shows
    another address, answers to another organisation) is so in every one of them, and says nothing more."""
    yield (
        f"it came by certified mail (PEC): the provider {shown(mail.sender)} vouches for who wrote the mail inside, "
        "but its signature is not verified here, so the writer is not proved"
    )
    for defect in mail.defects[:5]:
        if "two ways" not in defect:
            yield shown(defect, 200)


def _head(mail: Mail) -> Iterator[str]:
    for defect in mail.defects[:5]:
        yield shown(defect, 200)
    if domains.of(mail.sender) is None:
        yield (
            "the mail names no sender that can be read" if mail.sender is None else "the sender's address has no domain"
        )
    for name in _SINGLE:
        if len(mail.all(name)) > 1:
            yield f"the mail has more than one {name.title()} header"


def _display_name(mail: Mail) -> Iterator[str]:
    """A name that shows another address or domain than the real one is there to be read instead of it."""
    own = domains.of(mail.sender)
    if not mail.sender_name or own is None:
        return
    name = mail.sender_name[:500].casefold()
    for found in _ADDRESS.findall(name)[:5]:
        if found != (mail.sender or "").casefold():
            yield f"the sender's name shows the address {shown(found)}, but the mail is from {shown(mail.sender)}"
    for found in _DOMAIN.findall(_ADDRESS.sub(" ", name))[:5]:
        if found.rpartition(".")[2] in _ENDINGS and domains.organisation(found) != domains.organisation(own):
            yield f"the sender's name shows the domain {shown(found)}, but the mail is from {shown(mail.sender)}"


def _reply_to(mail: Mail) -> Iterator[str]:
    """Answers shall go to the sender's own organisation; where anybody gets an address, to the very same one."""
    own = domains.of(mail.sender)
    if own is None:
        return
    for address in mail.reply_to[:10]:
        other = domains.of(address)
        same = other is not None and domains.organisation(other) == domains.organisation(own)
        if domains.is_open(own):
            same = address.casefold() == (mail.sender or "").casefold()
        if not same:
            yield f"answers are asked to go to {shown(address)}, which is not the sender's organisation"


# --- what our own mail server found -----------------------------------------------------------------------------------


def _proof(mail: Mail, authserv_id: str | None) -> Iterator[str]:
    sender = domains.of(mail.sender)
    if authserv_id is None or sender is None:
        return
    wanted = authserv_id.strip().lower()
    if any(_has_length_tag(value) for value in mail.all("dkim-signature")[:_MOST_HEADERS]):
        yield "its DKIM signature covers only the beginning of the text (tag l=)"
    results: list[_Result] = []
    trusted = _m365(mail) if wanted == MICROSOFT_365 else _stamped(mail, wanted)
    for value in trusted:
        found = _parsed(value, wanted)
        if found is None:
            yield "our mail server's Authentication-Results cannot be read"
            return
        results += found
    if not trusted:
        yield f"nothing proves the sender: there are no Authentication-Results of {shown(authserv_id)}"
    else:
        yield from _judged(results, sender)


def _judged(results: list[_Result], sender: str) -> Iterator[str]:
    """The worst result of a method counts. A domain without DMARC is proved by an aligned signature or path."""
    dmarc = [one for one in results if one.method == "dmarc"]
    if dmarc and not all(one.result in {"none", "bestguesspass"} for one in dmarc):
        bad = next((one for one in dmarc if one.result != "pass"), None)
        other = next((one for one in dmarc if one.domain is not None and one.domain != sender), None)
        if bad is not None:
            yield f"DMARC says {shown(bad.result)} for the sender's domain {shown(sender)}"
        elif other is not None:
            yield f"DMARC was checked for {shown(other.domain)}, but the mail is from {shown(sender)}"
        elif any(one.domain is None for one in dmarc):
            yield "DMARC passed, but the result does not say for which domain"
        return
    own = domains.organisation(sender)
    for method in ("dkim", "spf"):
        aligned = [
            one for one in results if one.method == method and one.domain and domains.organisation(one.domain) == own
        ]
        if aligned and all(one.result == "pass" for one in aligned):
            return
    yield f"neither DMARC nor an aligned DKIM signature or SPF path proves the sender's domain {shown(sender)}"


def _stamped(mail: Mail, wanted: str) -> list[str]:
    """The Authentication-Results of that authserv-id above the first Received header of a foreign host: what lies below
    was in the mail when it came. The border server must remove forged ones of its own name (RFC 8601, 5), for some
    servers write theirs below their own Received header, just where a forged one would stand."""
    found: list[str] = []
    for name, value in mail.headers:
        if name == "received" and not _is_ours(_received(value)[1], wanted):
            break
        if name == "authentication-results" and _id_of(value) == wanted and len(found) < _MOST_HEADERS:
            found.append(value)
    return found


def _m365(mail: Mail) -> list[str]:
    """The topmost Authentication-Results, if it has no authserv-id, only hosts of Microsoft stand above it, and the
    nearest of these took the mail over from the filter of Exchange Online."""
    came_from = ""
    for name, value in mail.headers:
        if name == "received":
            came_from, host = _received(value)
            if not host.endswith((".outlook.com", ".office365.com")):
                return []
        elif name == "authentication-results":
            without_id = "=" in value[:_LONGEST].split(";", 1)[0]
            return [value] if without_id and came_from.endswith(".protection.outlook.com") else []
    return []


def _parsed(value: str, wanted: str) -> list[_Result] | None:
    """The results of one header, None when it cannot be read as a whole."""
    if len(value) > _LONGEST:
        return None
    body = f"{MICROSOFT_365}; {value}" if wanted == MICROSOFT_365 else value
    try:
        header = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {' '.join(body.split())}")
    except (authres.AuthResError, RecursionError, ValueError, IndexError, AttributeError, TypeError):
        return None
    if str(header.authserv_id).lower() != wanted:
        return None
    found: list[_Result] = []
    for result in header.results:
        values = {f"{one.type}.{one.name}".lower(): str(one.value) for one in result.properties}
        speaks_of = next((values[name] for name in _SPEAKS_OF.get(str(result.method), ()) if name in values), "")
        speaks_of = speaks_of.rpartition("@")[2]
        found.append(_Result(str(result.method), str(result.result).lower(), domains.ascii_form(speaks_of)))
    return found


def _received(value: str) -> tuple[str, str]:
    """The hosts of "from X … by Y …" in lower case, empty where there is none."""
    came_from = host = ""
    tokens = value[:_LONGEST].lower().split()
    for word, after in pairwise(tokens):
        if word == "from" and not came_from and not host:
            came_from = after
        elif word == "by":
            host = after
            break
    matched = [_HOST.match(text) for text in (came_from, host)]
    return (matched[0][0] if matched[0] else "", matched[1][0].rstrip(".") if matched[1] else "")


def _is_ours(host: str, wanted: str) -> bool:
    """The host belongs with our authserv-id: the same organisation, or a name that is none in the DNS (localhost, a
    bare address as Gmail writes for its inner hops)."""
    if "." not in host or not domains.ascii_form(host):
        return True
    own = domains.organisation(wanted)
    return host == wanted or domains.organisation(host) == own


def _id_of(value: str) -> str:
    """The authserv-id, before the first semicolon and without version or comments; a forged one is no danger here,
    because what is found is parsed as a whole afterwards."""
    head = value[:_LONGEST].split(";", 1)[0].split("(", 1)[0].split()
    return head[0].strip('"').lower() if head else ""


def _has_length_tag(signature: str) -> bool:
    return any(tag.split("=", 1)[0].strip() == "l" for tag in signature[:_LONGEST].split(";") if "=" in tag)
