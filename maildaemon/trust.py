"""Is the sender who it says it is? Reasons to doubt it, out of the mail's own head and what vouches for it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from maildaemon import border, domains, pec
from maildaemon.border import Result
from maildaemon.model import Action, Mail
from maildaemon.signatures import Signature, aligned
from maildaemon.stand import Stand
from maildaemon.wording import shown

_SINGLE = ("from", "sender", "reply-to", "subject", "date", "message-id")
_ADDRESS = re.compile(r"[^\s@<>()\"',;:]{1,64}@[^\s@<>()\"',;:]{1,255}")
_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{1,62}(?:\.[a-z0-9-]{2,63}){1,4}")
_ENDINGS = frozenset(
    "com net org biz info example io co de at ch fr it es nl be uk ie pl cz sk hu dk se no fi pt gr ro bg eu us ca au "
    "nz in cn jp kr br mx za ru ua tr ae sg hk tw th vn id my ph il app dev shop online store site xyz top club".split()
)
# That it replaces another one, or is void from some day on (RFC 2156, RFC 5536); a note that Outlook shows above it.
_TELLING = ("supersedes", "obsoletes", "expires", "expiry-date", "x-message-flag")
_MOST_HEADERS = 20
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Doubt:
    """``then``: ESCALATE where somebody seems to deceive. ``unproven``: it says only that nothing proves the sender, so
    that the mail may well be the sender's own."""

    reason: str
    then: Action = Action.REVIEW
    unproven: bool = False


def sender_doubts(
    mail: Mail, stand: Stand, signatures: Sequence[Signature] = (), recorded: Sequence[str] = ()
) -> tuple[Doubt, ...]:
    """Each doubt once, none when content. Where the stand asks for it, our own mail server or a signature that was
    verified here must have proved the sender's domain; without that no such proof is asked for. ``recorded`` are the
    domains that customers' records name."""
    who = (
        _certified(mail)
        if pec.is_envelope(mail)
        else (*_head(mail), *_display_name(mail), *_reply_to(mail), *_sent_by(mail))
    )
    return tuple(dict.fromkeys((*who, *_proof(mail, stand, signatures, recorded))))


def wants_signatures(mail: Mail, stand: Stand) -> bool:
    """Whether the mail's signatures are to be verified here: our own server has said nothing of it."""
    return stand.dkim and not border.found(mail, stand).headers


def _certified(mail: Mail) -> Iterator[Doubt]:
    """A PEC envelope comes from the provider's one address, whoever wrote the mail inside; that it did come from there
    the provider's signature alone would prove, which is not verified. What is odd about such a head (a name that shows
    another address, answers to another organisation) is so in every one of them, and says nothing more."""
    yield Doubt(
        f"it came by certified mail (PEC): the provider {shown(mail.sender)} vouches for who wrote the mail inside, "
        "but its signature is not verified here, so the writer is not proved"
    )
    for defect in mail.defects[:5]:
        if "two ways" not in defect:
            yield Doubt(shown(defect, 200))


def _head(mail: Mail) -> Iterator[Doubt]:
    for defect in mail.defects[:5]:
        yield Doubt(shown(defect, 200))
    if domains.of(mail.sender) is None:
        yield Doubt(
            "the mail names no sender that can be read" if mail.sender is None else "the sender's address has no domain"
        )
    for name in _SINGLE:
        if len(mail.all(name)) > 1:
            yield Doubt(f"the mail has more than one {name.title()} header")


def _display_name(mail: Mail) -> Iterator[Doubt]:
    """A name that shows another address or domain than the real one is there to be read instead of it."""
    own = domains.of(mail.sender)
    if not mail.sender_name or own is None:
        return
    name = mail.sender_name[:500].casefold()
    for found in _ADDRESS.findall(name)[:5]:
        if found != (mail.sender or "").casefold():
            then = Action.REVIEW if _same_organisation(domains.of(found), own) else Action.ESCALATE
            reason = f"the sender's name shows the address {shown(found)}, but the mail is from {shown(mail.sender)}"
            yield Doubt(reason, then)
    for found in _DOMAIN.findall(_ADDRESS.sub(" ", name))[:5]:
        if found.rpartition(".")[2] in _ENDINGS and not _same_organisation(found, own):
            reason = f"the sender's name shows the domain {shown(found)}, but the mail is from {shown(mail.sender)}"
            yield Doubt(reason, Action.ESCALATE)


def _same_organisation(domain: str | None, own: str) -> bool:
    return domain is not None and domains.organisation(domain) == domains.organisation(own)


def _reply_to(mail: Mail) -> Iterator[Doubt]:
    """Answers shall go to the sender's own organisation; where anybody gets an address, to the very same one."""
    own = domains.of(mail.sender)
    if own is None:
        return
    for address in mail.reply_to[:10]:
        same = _same_organisation(domains.of(address), own)
        if domains.is_open(own):
            same = address.casefold() == (mail.sender or "").casefold()
        if not same:
            yield Doubt(f"answers are asked to go to {shown(address)}, which is not the sender's organisation")


def _sent_by(mail: Mail) -> Iterator[Doubt]:
    """Somebody else has sent it in the sender's name; or its head says what no text shows."""
    own, stated = domains.of(mail.sender), mail.header("sender")
    found = _ADDRESS.search(stated[:_LONGEST]) if stated is not None and own is not None else None
    if found is not None and own is not None and not _same_organisation(domains.of(found[0].casefold()), own):
        yield Doubt(f"it was sent by {shown(found[0])} in the name of {shown(mail.sender)}")
    for name in _TELLING:
        if value := mail.header(name):
            yield Doubt(f"its head says {name.title()}: {shown(value, 80)}")
    if (mail.header("x-spam-flag") or "").strip().casefold() == "yes":
        yield Doubt("a filter has marked it as spam")


# --- what proves the sender -------------------------------------------------------------------------------------------


def _proof(mail: Mail, stand: Stand, signatures: Sequence[Signature], recorded: Sequence[str]) -> Iterator[Doubt]:
    sender = domains.of(mail.sender)
    if not stand.asks or sender is None:
        return
    if any(_has_length_tag(value) for value in mail.all("dkim-signature")[:_MOST_HEADERS]):
        yield Doubt("its DKIM signature covers only the beginning of the text (tag l=)")
    found = border.found(mail, stand)
    if not found.readable:
        yield Doubt("our mail server's Authentication-Results cannot be read", unproven=True)
    elif found.headers:
        yield from _judged(found.results, sender, rejects=found.rejects)
    elif stand.dkim:
        yield from _signed(mail, sender, signatures, recorded)
    else:
        reason = f"nothing proves the sender: there are no Authentication-Results of {shown(stand.authserv_id)}"
        yield Doubt(reason, unproven=True)


def _judged(results: Sequence[Result], sender: str, *, rejects: bool) -> Iterator[Doubt]:
    """The worst result of a method counts. A domain without DMARC is proved by an aligned signature or path."""
    dmarc = [one for one in results if one.method == "dmarc"]
    if dmarc and not all(one.result in {"none", "bestguesspass"} for one in dmarc):
        bad = next((one for one in dmarc if one.result != "pass"), None)
        other = next((one for one in dmarc if one.domain is not None and one.domain != sender), None)
        if bad is not None:
            forged = rejects and bad.result == "fail"
            asks = ", which asks that such mail be rejected" if forged else ""
            reason = f"DMARC says {shown(bad.result)} for the sender's domain {shown(sender)}{asks}"
            yield Doubt(reason, Action.ESCALATE if forged else Action.REVIEW, unproven=not forged)
        elif other is not None:
            yield Doubt(f"DMARC was checked for {shown(other.domain)}, but the mail is from {shown(sender)}")
        elif any(one.domain is None for one in dmarc):
            yield Doubt("DMARC passed, but the result does not say for which domain", unproven=True)
        return
    own = domains.organisation(sender)
    for method in ("dkim", "spf"):
        about = [
            one for one in results if one.method == method and one.domain and domains.organisation(one.domain) == own
        ]
        if about and all(one.result == "pass" for one in about):
            return
    reason = f"neither DMARC nor an aligned DKIM signature or SPF path proves the sender's domain {shown(sender)}"
    yield Doubt(reason, unproven=True)


def _signed(mail: Mail, sender: str, signatures: Sequence[Signature], recorded: Sequence[str]) -> Iterator[Doubt]:
    """A signature that was verified here proves the sender, if it speaks for the sender's domain and covers what an
    answer rests on: whoever sends a signed mail once more can add what it does not cover."""
    good = [one for one in signatures if one.why is None and aligned(one.domain, sender, recorded)]
    if good and not all(reasons := [_uncovered(mail, one) for one in good]):
        return
    if good:
        yield Doubt(next(filter(None, reasons)), unproven=True)
        return
    if not signatures:
        has = mail.header("dkim-signature") is not None
        why = "its DKIM signature was not verified" if has else "the mail has no DKIM signature"
        yield Doubt(f"nothing proves the sender: {why}", unproven=True)
    for one in signatures:
        whose = f" of {shown(one.domain)}" if one.domain else ""
        why = one.why or f"it does not speak for the sender's domain {shown(sender)}"
        yield Doubt(f"its DKIM signature{whose} proves nothing: {why}", unproven=True)


def _uncovered(mail: Mail, signature: Signature) -> str | None:
    covers = frozenset(signature.covers)
    if mail.header("subject") is not None and "subject" not in covers:
        return "its DKIM signature does not cover the subject"
    other = [one for one in mail.reply_to if one.casefold() != (mail.sender or "").casefold()]
    if other and "reply-to" not in covers:
        return f"its DKIM signature does not cover that answers shall go to {shown(other[0])}"
    return None


def _has_length_tag(signature: str) -> bool:
    return any(tag.split("=", 1)[0].strip() == "l" for tag in signature[:_LONGEST].split(";") if "=" in tag)
