"""What our own mail server found of the sender: its Authentication-Results (RFC 8601), and nobody else's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import authres

from maildaemon import domains
from maildaemon.model import Mail
from maildaemon.stand import Stand

MICROSOFT_365 = "m365"
"""As authserv-id in the settings: Microsoft 365 writes Authentication-Results without one."""

_EDGE, _CLOUD = ".mail.protection.outlook.com", (".outlook.com", ".office365.com")
_TENANT = "x-eoptenantattributedmessage"
_HOST = re.compile(r"[a-z0-9_.:\[\]-]{1,255}")
# The policy stands in a comment, which is no result, or as what Microsoft has done about it.
_REJECTS = re.compile(r"\b(?:p=reject|action=o?reject)\b")
_SPEAKS_OF = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}
_MOST = 20
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Result:
    """``domain``: whom it speaks of: header.from (dmarc), header.d or header.i (dkim), smtp.mailfrom (spf)."""

    method: str
    result: str
    domain: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """The results of every header that is believed. ``readable``: each of them could be read as a whole; ``rejects``:
    the sender's domain asks that mail which fails DMARC be rejected."""

    headers: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    readable: bool = True
    rejects: bool = False


def found(mail: Mail, stand: Stand) -> Found:
    """What our border says. Never raises."""
    wanted = (stand.authserv_id or "").strip().lower()
    if not wanted:
        return Found()
    if wanted == MICROSOFT_365:
        headers = tuple(_m365(mail, stand.tenant))
    else:
        headers = tuple(_stamped(mail, wanted, above=stand.above))[:_MOST]
    results: list[Result] = []
    readable = True
    for value in headers:
        parsed = _parsed(value, wanted)
        readable = readable and parsed is not None
        results += parsed or ()
    rejects = any(_REJECTS.search(value[:_LONGEST].lower()) for value in headers)
    return Found(headers, tuple(results), readable, rejects)


def _stamped(mail: Mail, wanted: str, *, above: bool) -> Iterator[str]:
    """The Authentication-Results of that authserv-id above the first Received header of a foreign host: what lies below
    was in the mail when it came. The border server must remove forged ones of its own name (RFC 8601, 5), for some
    servers write theirs below their own Received header, just where a forged one would stand; with ``above`` those
    below the Received header of the host of that name are not believed."""
    for name, value in mail.headers:
        if name == "received":
            host = _received(value)[1]
            if not _is_ours(host, wanted) or (above and host == wanted):
                return
        elif name == "authentication-results" and _id_of(value) == wanted:
            yield value


def _m365(mail: Mail, tenant: str | None) -> Iterator[str]:
    """The topmost Authentication-Results, if it has no authserv-id, stands between the two marks of the host of
    Exchange Online that took the mail in (the hop above comes from it, the one below was received by it), only hosts of
    Microsoft stand above, and the tenant that the mail was attributed to, where ours is known, is ours."""
    attributed = {value.partition(":")[0].strip().lower() for value in mail.all(_TENANT)}
    if tenant is not None and attributed != {tenant.lower()}:
        return
    came_from, candidate = "", None
    for name, value in mail.headers:
        if name == "received":
            before, host = _received(value)
            if candidate is not None:
                edge = host.removesuffix(_EDGE)
                same = host.endswith(_EDGE) and "." not in edge and came_from.partition(".")[0] == edge
                if same and came_from.endswith(_CLOUD):
                    yield candidate
                return
            came_from = before
            if not host.endswith(_CLOUD) or host.endswith(_EDGE):
                return  # beyond the first edge host the mail is as it came
        elif name == "authentication-results":
            if candidate is not None or "=" not in value[:_LONGEST].split(";", 1)[0]:
                return
            candidate = value


def _parsed(value: str, wanted: str) -> list[Result] | None:
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
    results: list[Result] = []
    for one in header.results:
        values = {f"{each.type}.{each.name}".lower(): str(each.value) for each in one.properties}
        speaks_of = next((values[name] for name in _SPEAKS_OF.get(str(one.method), ()) if name in values), "")
        domain = domains.ascii_form(speaks_of.rpartition("@")[2])
        results.append(Result(str(one.method), str(one.result).lower(), domain))
    return results


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
