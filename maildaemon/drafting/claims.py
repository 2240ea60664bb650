"""Whose mail the samples are: what they have in common and no other client's mail has."""

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass

from maildaemon import domains
from maildaemon.drafting.sample import CannotDraft, Sample
from maildaemon.wording import shown

LONGEST = 80
LETTERS = 4
"""A subject that has fewer letters in common says nothing."""
_SPECIAL = re.compile(r"([*?\[])")
_VARIES = re.compile(r"[0-9]")


@dataclass(frozen=True, slots=True)
class Claim:
    """One key of ``[claims]`` with its patterns and what they rest on."""

    key: str
    patterns: tuple[str, ...]
    why: str


def claims(samples: Sequence[Sample]) -> tuple[Claim, ...]:
    """What holds for each sample. Raises CannotDraft when the samples are several clients', or nobody's."""
    found = [claim for claim in (_sender(samples), _subject(samples), _edi(samples)) if claim is not None]
    if not any(claim.key in {"from", "edi"} for claim in found):
        found.append(_contains(samples))
    return tuple(found)


def exact(text: str) -> str:
    """The shell pattern that only this text fits."""
    return _SPECIAL.sub(r"[\1]", text)


def _sender(samples: Sequence[Sample]) -> Claim | None:
    senders = tuple(dict.fromkeys(sample.reading.mail.sender or "" for sample in samples))
    if senders == ("",):
        return None
    if "" in senders:
        nameless = next(sample.file for sample in samples if not sample.reading.mail.sender)
        raise CannotDraft(f"{nameless}: it has no sender and the other samples have; --from ADDRESS says who sends it")
    if len(senders) == 1:
        domain = domains.of(senders[0])
        wider = (
            f'; "*@{domain}" would take the mail of the whole domain' if domain and not domains.is_open(domain) else ""
        )
        return _checked(Claim("from", (exact(senders[0]),), f"the sender of every sample{wider}"), senders)
    owned = {sender: domains.of(sender) for sender in senders}
    whose = {domains.organisation(domain) if domain else "" for domain in owned.values()}
    if len(whose) > 1:
        several = ", ".join(shown(sender) for sender in senders[:4])
        raise CannotDraft(
            f"the samples have several senders: {several}; expected one client's: draft a profile for each"
        )
    if any(domain is None or domains.is_open(domain) for domain in owned.values()):
        patterns = tuple(exact(sender) for sender in senders)
        return _checked(
            Claim("from", patterns, "the senders of the samples; anybody may have an address there"), senders
        )
    patterns = tuple(f"*@{exact(domain)}" for domain in dict.fromkeys(owned.values()) if domain)
    return _checked(Claim("from", patterns, f"the domain of {len(senders)} senders"), senders)


def _checked(claim: Claim, senders: Sequence[str]) -> Claim:
    """A sender whose characters do not survive being written down cannot be claimed by it."""
    for sender in senders:
        written = [shown(pattern, LONGEST * 4) for pattern in claim.patterns]
        if not any(fnmatch.fnmatchcase(sender.casefold(), pattern.casefold()) for pattern in written):
            raise CannotDraft(f"the sender {shown(sender)!r} is no address that a profile can claim")
    return claim


def _subject(samples: Sequence[Sample]) -> Claim | None:
    """The words with which every subject begins and ends, up to the first one that has a figure or differs."""
    subjects = list(dict.fromkeys(sample.reading.mail.subject for sample in samples))
    if any(subject != shown(subject, 400) for subject in subjects):
        return None
    words = [subject.split(" ") for subject in subjects]
    head = _common(words)
    rest = [list(reversed(one[len(head) :])) for one in words]
    tail = list(reversed(_common(rest))) if len(samples) > 1 else []
    whole = len(subjects) == 1 and len(head) == len(words[0])
    text = (
        exact(" ".join(head))
        + ("*" if whole else " *" if head else "*")
        + (f" {exact(' '.join(tail))}" if tail else "")
    )
    if not all(fnmatch.fnmatchcase(subject.casefold(), text.casefold()) for subject in subjects):
        return None
    if sum(map(str.isalpha, text)) < LETTERS or len(text) > LONGEST:
        return None
    why = (
        f"what {len(samples)} subjects share"
        if len(samples) > 1
        else f"from one subject alone, look at it: {subjects[0]}"
    )
    return Claim("subject", (text,), why)


def _common(words: Sequence[Sequence[str]]) -> list[str]:
    found: list[str] = []
    for together in zip(*words, strict=False):
        if len(set(together)) != 1 or _VARIES.search(together[0]):
            break
        found.append(together[0])
    return found


def _edi(samples: Sequence[Sample]) -> Claim | None:
    """An identifier that the structured messages of every sample have."""
    named = [
        {one for document in sample.reading.documents for message in document.messages for one in message.sender}
        for sample in samples
    ]
    shared = sorted(one for one in set.intersection(*named) if one == shown(one, LONGEST) and one.strip())
    return (
        Claim("edi", tuple(map(exact, shared[:4])), "what the structured messages call their sender")
        if shared
        else None
    )


def _contains(samples: Sequence[Sample]) -> Claim:
    """Of documents without a sender: the buyer's name as every one of them states it."""
    names = {
        order.buyer.value.split(",")[0].strip()
        for sample in samples
        for order in sample.reading.orders
        if order.buyer is not None
    }
    for name in sorted(names, key=len, reverse=True):
        if (
            sum(map(str.isalpha, name)) >= LETTERS
            and name == shown(name, LONGEST)
            and all(_says(one, name) for one in samples)
        ):
            return Claim("contains", (name,), "the buyer's name: weak, a mail's sender says more surely whose it is")
    raise CannotDraft("the samples have no sender: expected mails that name one, or --from ADDRESS for bare documents")


def _says(sample: Sample, text: str) -> bool:
    return any(text.casefold() in line.text.casefold() for one in sample.reading.documents for line in one.lines)
