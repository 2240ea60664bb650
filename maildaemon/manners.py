"""May this mail be answered by a machine at all (RFC 3834, RFC 5230)? To take its order in is another matter."""

import re

from maildaemon.model import Kind, Mail

# RFC 2919, RFC 2369, RFC 8058, and what list programs wrote before them.
_LISTS = (
    "list-id", "list-unsubscribe", "list-unsubscribe-post", "list-post", "list-help", "list-subscribe", "list-owner",
    "list-archive", "mailing-list", "x-mailing-list",
)  # fmt: skip
_MACHINES = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-loop",
    "x-cron-env",
    "feedback-id",
    "x-autoreply-from",
)
_PRECEDENCE = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_ROBOTS = frozenset(
    "mailer-daemon mailerdaemon postmaster no-reply noreply no_reply no.reply do-not-reply donotreply do_not_reply "
    "do.not.reply bounce bounces listserv majordomo abuse root daemon nobody nicht-antworten nepasrepondre "
    "ne-pas-repondre no-responder noresponder norispondere non-rispondere notifications-noreply".split()
)
_ROBOT = re.compile(
    r"(?:owner-.{1,60}|.{1,60}-(?:request|bounces?|owner|noreply|no-reply)|(?:noreply|no-reply|donotreply)[-_.].{1,60})"
)
_REPORTS = (
    "multipart/report",
    "message/delivery-status",
    "message/disposition-notification",
    "message/feedback-report",
)
_SILENT = frozenset({Kind.BOUNCE, Kind.READ_RECEIPT, Kind.AUTO_REPLY, Kind.BULK, Kind.REPORT})
_REFERENCES = 100
_OUR_REFERENCES = 2


def no_answer(mail: Mail, kind: Kind, own_domains: frozenset[str], own_addresses: frozenset[str]) -> tuple[str, ...]:
    """Why this mail must not be answered automatically, () when it may be. ``own_addresses`` empty: nobody said which
    addresses are ours, so no mail is refused for being addressed to others. Domains and addresses in lower case."""
    headers: dict[str, str] = {}
    for name, value in mail.headers:
        headers.setdefault(name, value)
    reasons = [*_declared(mail, headers), *_from_robot(mail), *_ourselves(mail, headers, own_domains, own_addresses)]
    if kind in _SILENT:
        reasons.append(f"a mail of the kind {kind} is never answered")
    if mail.sender is None:
        reasons.append("it has no sender that could be answered")
    if own_addresses and not _to_us(mail, own_addresses):
        reasons.append("it is not addressed to us")
    if len(mail.references) > _REFERENCES:
        reasons.append(f"its thread has more than {_REFERENCES} mails: that is a loop")
    return tuple(reasons)


def is_our_note(mail: Mail, own_domains: frozenset[str]) -> bool:
    """A note that we have laid beside a mail, and that somebody has moved."""
    return mail.header("x-maildaemon-id") is not None and _domain(mail.sender or "") in own_domains


def _declared(mail: Mail, headers: dict[str, str]) -> list[str]:
    reasons = []
    submitted = headers.get("auto-submitted", "no").partition(";")[0].partition("(")[0].strip().lower()
    if submitted != "no":
        reasons.append(f"its header Auto-Submitted says {submitted[:40] or 'nothing'}")
    if mail.return_path == "":
        reasons.append("its envelope sender is empty")
    for name in _LISTS:
        if name in headers:
            reasons.append(f"its header {name} says that it comes through a list")
            break
    precedence = headers.get("precedence", "").strip().lower()
    if precedence in _PRECEDENCE:
        reasons.append(f"its Precedence is {precedence}")
    reasons.extend(f"its header {name} says that a machine wrote it" for name in _MACHINES if name in headers)
    if any(value.lower().startswith("autoresponder") for value in mail.all("delivered-to")):
        reasons.append("an autoresponder passed it on")
    suppress = {part.strip().lower() for part in headers.get("x-auto-response-suppress", "").split(",")}
    if suppress & {"all", "autoreply"}:
        reasons.append("its header X-Auto-Response-Suppress asks for no automatic answer")
    if mail.content_type in _REPORTS:
        reasons.append(f"it is a report ({mail.content_type})")
    return reasons


def _from_robot(mail: Mail) -> list[str]:
    for address in (mail.sender, *mail.reply_to[:1], mail.return_path if mail.sender is None else None):
        local = (address or "").rpartition("@")[0].casefold()
        bare = local.partition("+")[0]
        if bare in _ROBOTS or _ROBOT.fullmatch(local[:130]):
            return [f"its address {local[:40]}@ is nobody's"]
    return []


def _ourselves(
    mail: Mail, headers: dict[str, str], own_domains: frozenset[str], own_addresses: frozenset[str]
) -> list[str]:
    for address in (mail.sender, *mail.reply_to, mail.return_path):
        if address and (address.lower() in own_addresses or _domain(address) in own_domains):
            return ["it comes from ourselves"]
    if "x-maildaemon-id" in headers:
        return ["it is one of our own mails"]
    if _domain((mail.message_id or "").strip("<>")) in own_domains:
        return ["its Message-ID is one of ours"]
    ours = sum(_domain(reference.strip("<>")) in own_domains for reference in mail.references)
    if ours > _OUR_REFERENCES:
        return ["its thread holds several of our own mails: that may be a loop"]
    return []


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower() if "@" in address else ""


def _to_us(mail: Mail, own_addresses: frozenset[str]) -> bool:
    named = {address.lower() for address in (*mail.to, *mail.cc)}
    for name in ("delivered-to", "x-original-to", "envelope-to"):
        named.update(value.strip("<> ").lower() for value in mail.all(name))
    return any(address in own_addresses or _untagged(address) in own_addresses for address in named)


def _untagged(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"
