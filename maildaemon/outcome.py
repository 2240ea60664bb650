"""What a decision causes: the rendered answer, the note for the review folder."""

from dataclasses import replace
from datetime import datetime

from maildaemon import identity, reply
from maildaemon.desk import BRIEF, Again, Answering, Move, Note, Outcome, Pending, Traffic, answer_kind
from maildaemon.house import House, wants_image
from maildaemon.model import Action, Decision, Filing, Known, Mail, Mode, Questions, Reading, Reply, lowest
from maildaemon.plan import approved, speaking, told, withheld
from maildaemon.reply.notes import Homes


def outcome(
    house: House,
    pending: Pending,
    decision: Decision,
    reading: Reading | None = None,
    known: tuple[Known, ...] = (),
    questions: tuple[Questions, ...] = (),
    *,
    playbook: str,
    token: str,
    now: datetime,
    own: Mode = Mode.AUTO,
    again: Again | None = None,
) -> Outcome:
    """Everything that is to be written down about one mail. In shadow mode nothing is rendered; an answer that cannot
    be written turns the decision into a review. ``token`` is for the read-confirmation image, should there be one;
    ``own`` is the mode of the profile that has read the mail. ``again``: it waited, and what was answered before is not
    answered again."""
    answer: Reply | None = None
    mode = lowest(house.mode, decision.mode, own)
    places = told(decision)
    if again is not None and len(again.orders) < len(decision.orders):
        places = tuple(place for place in places if place in again.orders)
    spoken = speaking(decision, places)
    if places and reading is not None and mode is not Mode.SHADOW:
        try:
            answer = written(house, pending.content, spoken, reading.mail, token, now, pending.answers)
        except reply.CannotAnswer as error:
            which = None if len(places) == len(told(decision)) else places
            decision = withheld(decision, str(error), which)
            if again is not None and again.gates is not None:
                again = replace(again, gates=withheld(again.gates, str(error), places))
    if decision.brief is not None and pending.version:
        decision = replace(decision, brief=None)  # it was told when the mail was read the first time
    if decision.brief is not None and reading is not None and mode is not Mode.SHADOW:
        message_id = identity.message_id(house.stand.secret, BRIEF, pending.content, 0, house.domain)
        try:
            answer = reply.brief(decision, reading.mail, house.identity, now=now, message_id=message_id)
        except reply.CannotAnswer:
            decision = replace(decision, brief=None)  # a person looks at the order all the same
    drafted = mode is Mode.DRAFT and answer is not None
    beside: Note | None = None
    if mode is not Mode.SHADOW and (decision.filing in {Filing.REVIEW, Filing.ESCALATED} or drafted):
        mail = reading.mail if reading is not None else Mail(sha256=pending.content, size=pending.size)
        draft = answer if drafted else None
        beside = note(
            house, pending.content, decision, mail, now, draft, version=pending.version, mail_id=pending.mail_id
        )
    return Outcome(
        mail_id=pending.mail_id,
        mode=mode,
        decision=decision,
        reading=reading,
        known=known,
        questions=questions,
        reply=answer,
        note=beside,
        playbook=playbook,
        decided_at=now,
        traffic=traffic(spoken),
        sequence=pending.answers,
        told=places if answer is not None and decision.brief is None else (),
        again=again,
    )


def traffic(decision: Decision) -> Traffic:
    """An answer to known customers' orders alone has bounds of its own."""
    acknowledged = [one.order for one in decision.orders if one.action is Action.ACKNOWLEDGE]
    known = bool(acknowledged) and all(order.customer.customer is not None for order in acknowledged)
    return Traffic.ORDER if known else Traffic.OTHER


def note(
    house: House,
    content: str,
    decision: Decision,
    mail: Mail,
    now: datetime,
    draft: Reply | None = None,
    *,
    version: int = 0,
    refused: str | None = None,
    settled: bool = False,
    mail_id: int | None = None,
) -> Note:
    """The note that lies beside a mail in the review folder; the same mail at the same ``version`` always gets the same
    Message-ID. ``refused``: why a person's word could not be followed; ``settled``: it does not wait any more;
    ``mail_id``: by that number the mail is decided on."""
    message_id = identity.message_id(house.stand.secret, "note", content, 2 * version, house.domain)
    homes = Homes(
        house.approved, house.targets.get(Filing.REJECTED), house.targets.get(Filing.NOT_AN_ORDER), house.folders[0]
    )
    raw = reply.note(
        decision,
        mail,
        house.identity,
        now=now,
        message_id=message_id,
        draft=draft,
        preview=None if draft is not None or settled else _preview(house, decision, mail, now),
        homes=homes,
        refused=refused,
        settled=settled,
        number=f"M{mail_id}" if mail_id is not None else None,
    )
    return Note(message_id, raw)


def late_note(house: House, move: Move, now: datetime) -> Note | None:
    """The note about an answer that went wrong after its mail was decided; it has a Message-ID of its own."""
    if move.late is None:
        return None
    message_id = identity.message_id(house.stand.secret, "note", move.content, 2 * move.version - 1, house.domain)
    mail = Mail(sha256=move.content, size=0, sender=move.sender, subject=move.subject or "", message_id=move.message_id)
    return Note(message_id, reply.late_note(move.late, mail, house.identity, now=now, message_id=message_id))


def written(
    house: House, content: str, decision: Decision, mail: Mail, token: str | None, now: datetime, sequence: int = 0
) -> Reply:
    """The answer to a mail's acknowledged orders, or the word that they came before; ``sequence`` counts the answers to
    it. Raises CannotAnswer."""
    kind = answer_kind(decision)
    message_id = identity.message_id(house.stand.secret, kind, content, sequence, house.domain)
    if kind is Answering.REPEAT:
        return reply.already_received(decision, mail, house.identity, now=now, message_id=message_id)
    customer = next((o.order.customer.customer for o in decision.orders if o.action is Action.ACKNOWLEDGE), None)
    return reply.acknowledgement(
        decision,
        mail,
        house.identity,
        now=now,
        message_id=message_id,
        token=token if house.identity.tracker_url and wants_image(house.pixel, customer) else None,
    )


def _preview(house: House, decision: Decision, mail: Mail, now: datetime) -> Reply | str | None:
    """What would be answered if a person approved of everything that was read, or why nothing would be; None: there is
    nothing to approve of."""
    fresh = {place for place, one in enumerate(decision.orders) if one.is_open}
    if not fresh:
        return None
    if decision.no_answer:
        return f"the order would be taken in, and not answered: {decision.no_answer[0]}"
    shown = approved(decision, fresh, (), "")
    shown = replace(shown, orders=tuple(one for place, one in enumerate(shown.orders) if place in fresh))
    try:
        return written(house, mail.sha256, shown, mail, None, now)
    except reply.CannotAnswer as error:
        return f"nothing can be answered: {error}"
