"""Replay: a mail of the past decided again under another playbook, by what was known then."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from maildaemon.decide import asked, decide
from maildaemon.model import Action, Decision, Known, Questions, Reading
from maildaemon.plan import UNDELIVERED, UNREAD, UNWRITTEN, stopped, withheld
from maildaemon.playbook import Playbook
from maildaemon.stand import Ground, Stand


@dataclass(frozen=True, slots=True)
class Past:
    """A mail as it was decided: what was read, what was known for each of its orders (at what time too), and what came
    of it. ``approved``: a person has approved it. ``raw`` is kept for those who want to read it anew. ``ground`` None:
    it was decided before that was written down; then ``junk``, ``twin`` and ``old`` tell what is known of it today."""

    mail_id: int
    received_at: datetime
    sender: str | None
    subject: str | None
    content: str
    decision: Decision
    reading: Reading
    known: tuple[Known, ...]
    raw: bytes | None = None
    junk: bool = False
    twin: bool = False
    old: bool = False
    approved: bool = False
    mailbox: str = ""
    ground: Ground | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """The new decision. ``today`` counts the orders that ask what was not asked then, so that today's facts answer."""

    decision: Decision
    reading: Reading
    today: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A decision that would be another one. ``why``: what speaks for the new one, as "rule: reason"."""

    mail_id: int
    sender: str | None
    subject: str | None
    was: Action
    would_be: Action
    why: tuple[str, ...]
    approved: bool
    today: int


LookUp = Callable[[Questions, datetime | None], Known]


def again(past: Past, reading: Reading, playbook: Playbook, stand: Stand, look_up: LookUp) -> Again:
    """Decide the mail again. ``reading`` is the one of then, or what other profiles read now; where an order asks the
    same as one of then, it gets what was known then. Whom we believed then, and what the signatures proved, stays as it
    was too; ``stand`` is for decisions that do not say it."""
    then = list(zip(asked(past.reading), past.known, strict=False))
    known: list[Known] = []
    today = 0
    for question in asked(reading):
        place = next((place for place, (earlier, _) in enumerate(then) if earlier == question), None)
        if place is not None:
            known.append(then.pop(place)[1])
        else:
            known.append(look_up(question, _moment(past)))
            today += 1
    ground = past.ground or Ground(stand, past.junk, past.twin, past.old)
    decision = decide(
        reading,
        known,
        playbook,
        ground.stand,
        content=past.content,
        junk=ground.junk,
        twin=ground.twin,
        old=ground.old,
        signatures=ground.signatures,
        arrived=past.received_at,
    )
    return Again(_outside(past, decision), reading, today)


def change(past: Past, new: Again) -> Change | None:
    """None: nothing that anybody would notice."""
    was, would_be = past.decision, new.decision
    if _gist(was) == _gist(would_be):
        return None
    why = _why(was, would_be)
    return Change(past.mail_id, past.sender, past.subject, was.action, would_be.action, why, past.approved, new.today)


def _outside(past: Past, decision: Decision) -> Decision:
    """What no playbook has said stays: that the answer could not be written, that one of ours was not delivered, that
    what waited could not be decided again."""
    for one in past.decision.objections:
        if one.rule == UNWRITTEN and decision.reply:
            decision = withheld(decision, one.reason, None if one.order is None else (one.order,))
        if one.rule == UNREAD and past.decision.orders:
            decision = stopped(decision, one.reason)
        if one.rule == UNDELIVERED:
            decision = replace(decision, action=past.decision.action, objections=past.decision.objections)
    return decision


def _gist(decision: Decision) -> tuple[object, ...]:
    return (decision.action, decision.kind, decision.reply, decision.brief, [one.action for one in decision.orders])


def _why(was: Decision, would_be: Decision) -> tuple[str, ...]:
    """What is objected to now and was not then; where nothing is, what is objected to no more."""
    before = {(one.rule, one.reason) for one in was.objections}
    after = {(one.rule, one.reason) for one in would_be.objections}
    if fresh := [one for one in would_be.objections if (one.rule, one.reason) not in before]:
        return tuple(dict.fromkeys(f"{one.rule}: {one.reason}" for one in fresh))
    gone = [one for one in was.objections if (one.rule, one.reason) not in after]
    return tuple(dict.fromkeys(f"no longer {one.rule}: {one.reason}" for one in gone)) or (would_be.reason,)


def _moment(past: Past) -> datetime | None:
    return next((facts.at for facts in past.known if facts.at is not None), past.received_at)
