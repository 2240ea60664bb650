"""What a decision causes: the rendered answer, the note for the review folder."""

from dataclasses import replace
from datetime import datetime

from maildaemon import identity, reply
from maildaemon.desk import BRIEF, Answering, Move, Note, Outcome, Pending, Traffic, answer_kind
from maildaemon.house import House, wants_image
from maildaemon.model import Action, Decision, Filing, Known, Mail, Mode, Questions, Reading, Reply, lowest
from maildaemon.plan import withheld


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
) -> Outcome:
    """Everything that is to be written down about one mail. In shadow mode nothing is rendered; an answer that cannot
    be written turns the decision into a review. ``token`` is for the read-confirmation image, should there be one."""
    answer: Reply | None = None
    mode = lowest(house.mode, decision.mode)
    if decision.reply and reading is not None and mode is not Mode.SHADOW:
        try:
            answer = _answer(house, pending, decision, reading, token, now)
        except reply.CannotAnswer as error:
            decision = withheld(decision, str(error))
    if decision.brief is not None and reading is not None and mode is not Mode.SHADOW:
        message_id = identity.message_id(house.stand.secret, BRIEF, pending.content, 0, house.domain)
        try:
            answer = reply.brief(decision, reading.mail, house.identity, now=now, message_id=message_id)
        except reply.CannotAnswer:
            decision = replace(decision, brief=None)  # a person looks at the order all the same
    drafted = mode is Mode.DRAFT and answer is not None
    beside: Note | None = None
    if mode is not Mode.SHADOW and (decision.filing is Filing.REVIEW or drafted):
        mail = reading.mail if reading is not None else Mail(sha256=pending.content, size=pending.size)
        beside = note(house, pending.content, decision, mail, now, answer if drafted else None)
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
        traffic=_traffic(decision),
    )


def _traffic(decision: Decision) -> Traffic:
    """An answer to known customers' orders alone has bounds of its own."""
    acknowledged = [one.order for one in decision.orders if one.action is Action.ACKNOWLEDGE]
    known = bool(acknowledged) and all(order.customer.customer is not None for order in acknowledged)
    return Traffic.ORDER if known else Traffic.OTHER


def note(house: House, content: str, decision: Decision, mail: Mail, now: datetime, draft: Reply | None = None) -> Note:
    """The note that lies beside a mail in the review folder; the same mail always gets the same Message-ID."""
    message_id = identity.message_id(house.stand.secret, "note", content, 0, house.domain)
    return Note(message_id, reply.note(decision, mail, house.identity, now=now, message_id=message_id, draft=draft))


def late_note(house: House, move: Move, now: datetime) -> Note | None:
    """The note about an answer that went wrong after its mail was decided; it has a Message-ID of its own."""
    if move.late is None:
        return None
    message_id = identity.message_id(house.stand.secret, "note", move.content, 1, house.domain)
    mail = Mail(sha256=move.content, size=0, sender=move.sender, subject=move.subject or "", message_id=move.message_id)
    return Note(message_id, reply.late_note(move.late, mail, house.identity, now=now, message_id=message_id))


def _answer(house: House, pending: Pending, decision: Decision, reading: Reading, token: str, now: datetime) -> Reply:
    kind = answer_kind(decision)
    message_id = identity.message_id(house.stand.secret, kind, pending.content, 0, house.domain)
    if kind is Answering.REPEAT:
        return reply.already_received(decision, reading.mail, house.identity, now=now, message_id=message_id)
    customer = next((o.order.customer.customer for o in decision.orders if o.action is Action.ACKNOWLEDGE), None)
    return reply.acknowledgement(
        decision,
        reading.mail,
        house.identity,
        now=now,
        message_id=message_id,
        token=token if house.identity.tracker_url and wants_image(house.pixel, customer) else None,
    )
