"""What a person's word does to a mail that waits: a value, to be written down in one transaction."""

from dataclasses import replace

from maildaemon.approving import APPROVING, Changed, Ground, approve, beside, reason, releases
from maildaemon.desk import MailState, OutgoingState
from maildaemon.house import House
from maildaemon.model import Action, Decision, Filing, Mail, Mode
from maildaemon.outcome import note
from maildaemon.plan import FILING, refused, unanswered
from maildaemon.waits import RULED, STOPPED, WAITS, home, live, meant, said_in, taken_back, unsaid, waits
from maildaemon.word import Case, Refused, Ruling, Via, What, Word

OF_ORDERS = APPROVING | {What.REJECT}
"""The words that may be about some of a mail's orders."""


def rule(case: Case, word: Word, ground: Ground, house: House) -> Ruling:
    """The word's consequences, refusal included. Raises WrongCorrection for values that cannot be."""
    try:
        _admit(case, word, house)
        if word.orders is not None and word.what not in OF_ORDERS:
            raise Refused(f"a mail is {word.what.past} as a whole: name no order of it")
        if word.what in APPROVING:
            if word.what is What.APPROVE and releases(case, word):
                return _release(case, word)
            return approve(case, word, ground, house)
        if word.what is What.RELEASE:
            return _release(case, word)
        if word.what is What.REREAD:
            return _reread(case, word)
        return _reject(case, word, ground, house)
    except Refused as why:
        return refusal(case, word, str(why), ground, house)
    except Changed as why:
        return refusal(case, word, str(why), ground, house, why.decision)


def refusal(case: Case, word: Word, why: str, ground: Ground, house: House, decision: Decision | None = None) -> Ruling:
    """Nothing is done. What has changed is stored and shown; a mail that was moved to say it goes back to where it
    belongs, with a note that says why."""
    ruling = Ruling(word, case.version, refused=why, shown=decision is not None, decision=decision)
    if decision is None and word.via is not Via.FOLDER:
        return ruling
    shown = decision or case.decision
    mail = case.reading.mail if case.reading is not None else _unread(case)
    told = note(
        house,
        case.content,
        shown,
        mail,
        ground.now,
        version=case.version,
        refused=why,
        settled=not waits(case),
        mail_id=case.mail_id,
    )
    filing = case.filing
    if waits(case):
        filing = FILING[shown.action] if FILING[shown.action] in STOPPED else Filing.REVIEW
    return replace(ruling, note=told, filing=filing)


def _unread(case: Case) -> Mail:
    return Mail(sha256=case.content or "none", size=0, sender=case.sender, subject=case.subject or "")


def _admit(case: Case, word: Word, house: House) -> None:
    """May this mail be decided now?"""
    if word.version is not None and word.version != case.version:
        late = case.said is not None and case.said.version >= word.version
        raise Refused(str(case.said) if late else f"it has changed meanwhile (version {case.version}): look again")
    if house.mode is Mode.SHADOW or case.state == MailState.OBSERVED:
        raise Refused("the mode is shadow: mail is only looked at")
    if not waits(case) and not (case.filing in RULED and word.version is not None):
        if case.said is not None:
            raise Refused(str(case.said))
        raise Refused(f"it does not wait for a person: it is {case.state}")
    if any(one.state == OutgoingState.IN_DOUBT for one in case.answers):
        raise Refused("it is not known whether its answer arrived: say that first (review arrived, review again)")


# --- everything else --------------------------------------------------------------------------------------------------


def _release(case: Case, word: Word) -> Ruling:
    """An answer that is written goes out as it is: one, or all that wait, or those that speak of the orders named."""
    wanted = [one for one in case.answers if one.state in WAITS and word.answer in {None, one.id}]
    if word.orders is not None:
        wanted = [one for one in wanted if set(one.orders) & set(word.orders)]
    briefs = [one for one in case.briefs if one.state in WAITS and word.answer == one.id]
    if not wanted and not briefs:
        raise Refused("no answer to it waits for its release")
    released = tuple(one.id for one in (*wanted, *briefs))
    waiting = any(one.state in WAITS and one.id not in released for one in case.answers)
    done = bool(wanted) and not waiting and not any(one.is_open for one in case.decision.orders)
    return Ruling(word, case.version, released=released, filing=Filing.PROCESSED if done else None)


def _reread(case: Case, word: Word) -> Ruling:
    """It is decided anew by whoever works the mailbox. What waited to be sent is taken back."""
    _unanswered(case)
    return Ruling(word, case.version, withdrawn=taken_back(case, word, ()))


def _reject(case: Case, word: Word, ground: Ground, house: House) -> Ruling:
    """Nothing is acknowledged that was not acknowledged yet. A rejected order is seen again when it is repeated; what
    is no order is not."""
    said, orders = said_in(case), case.decision.orders
    if word.orders is not None:
        places = meant(case, word, orders)
    else:
        places = tuple(place for place in range(len(orders)) if place not in said)
        if live(case) and not places:
            raise Refused(f"it was acknowledged already, to {live(case)[-1].recipient}")
    if word.what is What.NOT_AN_ORDER:
        _unanswered(case)
        action, home_ = Action.IGNORE, Filing.NOT_AN_ORDER
    else:
        action, home_ = Action.REVIEW, Filing.REJECTED
    withdrawn = taken_back(case, word, places)
    decision = unanswered(case.decision, unsaid(case, places, withdrawn))
    decision = refused(decision, frozenset(places), action, reason(case, word), word.what)
    filing = home_
    if word.orders is not None:
        taken = any(one.action is Action.ACKNOWLEDGE for one in decision.orders)
        filing = home(case, decision, withdrawn, done=Filing.PROCESSED if taken else home_)
    decision = replace(decision, filing=filing)
    told = beside(case, decision, ground, house, filing)
    return Ruling(word, case.version, decision=decision, note=told, filing=filing, withdrawn=withdrawn)


def _unanswered(case: Case) -> None:
    if gone := live(case):
        raise Refused(f"an answer to it is on its way or has arrived, to {gone[-1].recipient}")
