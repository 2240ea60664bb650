"""Same again? Resend, revision, cancellation and what only looks like one of them, each with its one outcome."""

import email
import email.policy
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage

import pytest
from sqlalchemy import select, update

from maildaemon.audit import audit
from maildaemon.audit.facts import Box, ServerFacts, Terms
from maildaemon.catalogue import Catalogue
from maildaemon.desk import MailState, OutgoingState
from maildaemon.door import Door
from maildaemon.edge import standing
from maildaemon.edge.auditing import folder_facts, ledger_facts
from maildaemon.edge.tables import MAIL, ORDER, OUTGOING, RESERVATION
from maildaemon.model import Customer, Filing, Mode, Product
from maildaemon.understand import understand
from maildaemon.word import Via, What, Word
from tests.fakes import FakeMailbox, FakeReader, Stage
from tests.interchanges import EDIFACT, changed, edifact, x12
from tests.worlds import DATA, PLAYBOOK, World

MASTER = replace(
    DATA,
    customers=(
        *DATA.customers,
        Customer("C-2", "Other Ltd", ("other.example",), currency="EUR", country="IE", standing="ok", payment_terms="30 days net",
                 ship_to=("Other Ltd, 2 Quay, Cork",)),
    ),
    products=(*DATA.products, Product("W-200", ("Flange nut",), "EA", Decimal("2.00"), "EUR")),
    stock=(*DATA.stock, replace(DATA.stock[0], sku="W-200")),
)  # fmt: skip
FOLDERS = ("INBOX", "Processed", "Manual Review")
TARGETS = {Filing.PROCESSED: "Processed", Filing.REVIEW: "Manual Review", Filing.OTHER: None}
TERMS = Terms(boxes=(Box("orders", ("INBOX",), TARGETS),), domain="us.example")
LINE = "W-100  Hex bolt M8  5  1.20  6.00"
MORE = "W-200  Flange nut  2  2.00  4.00"


def typed(*lines, po="PO-4711", ship_to="Client Ltd, 1 Quay, Cork", day=None):
    total = sum(Decimal(line.split()[-1]) for line in lines)
    dated = f"Order date: {day}\n" if day else ""
    return (
        f"Please supply:\n\nPO number: {po}\n{dated}Ship to: {ship_to}\n\n"
        f"Item  Description  Qty  Unit price  Amount\n" + "\n".join(lines) + f"\n\nTotal EUR: {total}\n"
    )


def mail(number, body, subject="Purchase order PO-4711", *, sender="buyer@client.example", attached=None, **headers):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "orders@us.example", subject
    made["Message-ID"] = f"<{number}@client.example>"
    made["Date"] = "Mon, 23 Nov 2026 09:40:00 +0000"
    made["Return-Path"] = f"<{sender}>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    if attached is not None:
        name, data = attached
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes(policy=email.policy.SMTP)


ORDER_MAIL = mail(1, typed(LINE))
X12_ORDER = (
    "BEG*00*NE*PO-4711**20261123", "CUR*BY*EUR", "N1*BY*Client Ltd", "N1*ST*Client Ltd", "N3*1 Quay", "N4*Cork",
    "PO1*1*5*EA*1.2**VN*W-100", "PID*F****Hex bolt M8", "CTT*1*5", "AMT*TT*6",
)  # fmt: skip
CHANGE_860 = ("BCH*04*CP*PO-4711***20261123", "POC*1*QI*15*10*EA*1.2**VN*W-100", "CTT*1")
CANCEL_860 = ("BCH*01*CP*PO-4711***20261123", "CTT*0")
ORDCHG = changed(EDIFACT, BGM="BGM+230+PO-4711+4")
ORDCHG_CANCEL = ("BGM+230+PO-4711+1", "DTM+137:20261123:102")


@pytest.fixture
def world(tmp_path):
    made = made_world(tmp_path)
    made.go()  # the first contact
    yield made
    assert off(made) == []
    made.ledger.close()


def off(world):
    """What the audit of its ledger and its folders finds wrong."""
    found, _ = folder_facts(world.mailbox, world.house.mailbox, FOLDERS, lambda *_: None)
    facts = ledger_facts(world.path, lambda *_: None)
    return [finding.sentence for finding in audit(facts, ServerFacts(tuple(found)), TERMS, world.clock()).off]


def made_world(folder, **house):
    made = World(folder, **house)
    made.path = folder / "ledger.db"
    made.sender.clock = made.clock
    made.reader = FakeReader(lambda data: understand(data, PLAYBOOK))
    made.catalogue = Catalogue(MASTER)
    made.story = made.restarted()
    made.story.catalogue = lambda: made.catalogue
    return made


def text(message):
    part = email.message_from_bytes(message.raw, policy=email.policy.default).get_body(("plain",))
    return part.get_content()


def sent(world):
    """The kinds of what has left, in order."""
    return [message.kind.value for message in world.transport.sent]


def rows(world, table, *columns):
    with world.ledger.database.read() as db:
        return [tuple(row) for row in db.execute(select(*(table.c[name] for name in columns)).order_by(table.c.id))]


# --- the table --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A mail behind a clear order that was acknowledged: what becomes of it, what is answered, what its reason says."""

    name: str
    raw: bytes
    state: MailState
    answers: tuple[str, ...] = ("ack",)
    relation: str | None = None
    reason: tuple[str, ...] = ()
    first: bytes = ORDER_MAIL


TABLE = [
    Case("resent unchanged under another Message-ID", mail(2, typed(LINE)), MailState.IGNORED, ("ack", "repeat"),
         "resend", ("came on 2026-11-23", "unchanged")),
    Case("forwarded once more", mail(2, typed(LINE), "Fwd: Purchase order PO-4711"), MailState.IGNORED,
         ("ack", "repeat"), "resend"),
    Case("sent once more as a reply", mail(2, typed(LINE), "Re: Purchase order PO-4711"), MailState.IGNORED,
         ("ack", "repeat"), "resend"),
    Case("in another layout", mail(2, typed("Hex bolt M8  W-100  5  1.20  6.00").replace(
        "Item  Description", "Description  Item")), MailState.IGNORED, ("ack", "repeat"), "resend"),
    Case("as X12 behind the text", mail(2, "Order attached.", attached=("po.edi", x12(X12_ORDER).encode())),
         MailState.IGNORED, ("ack", "repeat"), "resend"),
    Case("a quantity is another", mail(2, typed(LINE.replace("  5  ", "  6  ").replace("6.00", "7.20"))),
         MailState.REVIEW, ("ack",), "revision", ("line 1, W-100, quantity: was 5, is 6",)),
    Case("a line was added", mail(2, typed(LINE, MORE)), MailState.REVIEW, ("ack",), "revision",
         ("line 2, W-200: added (2 C62 at 2)",)),
    Case("a line is gone", mail(2, typed(LINE)), MailState.REVIEW, ("ack",), "revision",
         ("line 2, W-200: removed",), first=mail(1, typed(LINE, MORE))),
    Case("it goes elsewhere", mail(2, typed(LINE, ship_to="Client Ltd, 9 Mill Lane, Galway")), MailState.REVIEW,
         ("ack",), "revision", ("delivery address: was Client Ltd, 1 Quay, Cork, is Client Ltd, 9 Mill Lane, Galway",)),
    Case("its title says Rev. 2, and nothing that we read differs",
         mail(2, typed(LINE), "Purchase order PO-4711 Rev. 2"), MailState.REVIEW, ("ack",), "resend", ("Rev. 2",)),
    Case("its title says AMENDED", mail(2, typed(LINE.replace("  5  ", "  7  ").replace("6.00", "8.40")),
                                        "AMENDED: Purchase order PO-4711"),
         MailState.REVIEW, ("ack",), "revision", ("was 5, is 7",)),
    Case("an X12 860 changes it", mail(2, x12(CHANGE_860, name="860")), MailState.REVIEW, ("ack",), "revision",
         ("was 5, is 15",)),
    Case("an ORDCHG changes it", mail(2, edifact(ORDCHG, name="ORDCHG:D:96A:UN")), MailState.REVIEW, ("ack",),
         "revision", ("was 5, is 10",)),
    Case("a mail cancels it", mail(2, "Dear team,\n\nplease cancel PO-4711.\n", "Cancellation of PO-4711"),
         MailState.REVIEW, ("ack",), "cancellation", ("it cancels the order that came on 2026-11-23",)),
    Case("an X12 860 cancels it", mail(2, x12(CANCEL_860, name="860")), MailState.REVIEW, ("ack",), "cancellation"),
    Case("an ORDCHG cancels it", mail(2, edifact(ORDCHG_CANCEL, name="ORDCHG:D:96A:UN")), MailState.REVIEW, ("ack",),
         "cancellation"),
    Case("another customer has the same number",
         mail(2, typed(LINE, ship_to="Other Ltd, 2 Quay, Cork"), sender="buyer@other.example"),
         MailState.ACKNOWLEDGED, ("ack", "ack")),
    Case("a reply in the thread quotes it", mail(2, "Thanks, when will it be here?\n\nOn Monday you wrote:\n> "
                                                 + typed(LINE).replace("\n", "\n> "), "Re: Purchase order PO-4711",
                                                 In_Reply_To="<1@client.example>"),
         MailState.IGNORED),
    Case("it is of another day", mail(2, typed(LINE, day="2026-11-23")), MailState.REVIEW, ("ack",), "revision",
         ("order date: was 2026-11-20, is 2026-11-23",), first=mail(1, typed(LINE, day="2026-11-20"))),
    Case("the same goods under another number", mail(2, typed(LINE, po="PO-4712"), "Purchase order PO-4712"),
         MailState.ACKNOWLEDGED, ("ack", "ack")),
    Case("goods are called off a blanket order", mail(2, typed(LINE), "Call-off 2 of blanket order PO-4711"),
         MailState.REVIEW, ("ack",), "resend", ("blanket",)),
]  # fmt: skip


@pytest.mark.parametrize("at_once", [False, True], ids=["one after the other", "in one batch"])
@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_each_has_its_one_outcome(world, case, at_once):
    world.mailbox.deliver(case.first)
    if not at_once:
        world.go()
        world.clock.forward(minutes=20)
    world.mailbox.deliver(case.raw)
    world.go()
    world.go()
    assert world.states()[1] == case.state
    relations = [relation for (relation,) in rows(world, ORDER, "relation")]
    assert (relations[1] if len(relations) > 1 else None) == case.relation
    (said,) = rows(world, MAIL, "reason")[1:]
    notes = "".join(raw.decode() for raw in world.held("Manual Review")).replace("=\r\n", "") + said[0]
    for words in case.reason:
        assert words in notes
    if at_once and case.relation in {"cancellation", "revision"}:
        assert sent(world) == [], "the answer had not left, and waits for a person"
    else:
        assert sent(world) == list(case.answers)


# --- a resend ---------------------------------------------------------------------------------------------------------


def test_that_an_order_came_before_is_said_once_with_its_day_and_our_reference(world):
    world.mailbox.deliver(ORDER_MAIL)
    world.go()
    world.clock.forward(days=1)
    for number in range(2, 6):
        world.mailbox.deliver(mail(number, typed(LINE)))
        world.go()
    assert sent(world) == ["ack", "repeat"]
    ((reference,), *_) = rows(world, ORDER, "reference")
    answer = world.transport.sent[1]
    said = text(answer)
    assert answer.recipient == "buyer@client.example"
    assert f"Your order PO-4711 was received on 23 November 2026 as our reference {reference}" in said
    assert "unchanged" in said
    assert b"In-Reply-To: <2@client.example>" in answer.raw
    assert world.states() == [MailState.ACKNOWLEDGED, *[MailState.IGNORED] * 4]
    assert len(world.held("Processed")) == 5, "nobody need look at them"
    assert [row[1:] for row in rows(world, ORDER, "id", "relation", "concerns")[1:]] == [("resend", reference)] * 4


def test_it_takes_no_goods(world):
    world.mailbox.deliver(ORDER_MAIL)
    world.mailbox.deliver(mail(2, typed(LINE)))
    world.go()
    assert rows(world, RESERVATION, "order_id", "quantity") == [(1, "5")]


def test_several_in_one_batch_are_told_once(world):
    world.mailbox.deliver(ORDER_MAIL)
    for number in (2, 3, 4):
        world.mailbox.deliver(mail(number, typed(LINE)))
    world.go()
    assert sent(world) == ["ack", "repeat"]


def test_two_mailboxes_that_get_a_resend_at_once_tell_it_once(world, tmp_path):
    """The other one's resend is settled between look-up and settling of ours."""
    other = made_world(tmp_path, ledger=world.ledger, name="other", clock=world.clock, mailbox=FakeMailbox(
        world.clock, "INBOX", "Junk", "Processed", "Manual Review"))  # fmt: skip
    other.go()
    world.mailbox.deliver(ORDER_MAIL)
    world.go()
    other.mailbox.deliver(mail(2, typed(LINE)))
    world.mailbox.deliver(mail(3, typed(LINE)))
    meanwhile(world, other.story.round)
    world.go()
    other.go()
    assert sorted(sent(world) + sent(other)) == ["ack", "repeat"]


def meanwhile(world, act):
    """``act`` happens between the next look-up and what is decided on it."""
    look_up = world.ledger.orders_seen

    def orders_seen(questions):
        del world.ledger.orders_seen
        found = look_up(questions)
        act()
        return found

    world.ledger.orders_seen = orders_seen


def test_of_one_that_a_person_still_checks_nothing_more_is_said(world):
    """A price that was not agreed: nobody has accepted it."""
    dear = LINE.replace("1.20  6.00", "1.50  7.50")
    world.mailbox.deliver(mail(1, typed(dear)))
    world.go()
    for number in (2, 3):
        world.mailbox.deliver(mail(number, typed(dear)))
        world.go()
    assert world.states() == [MailState.REVIEW, MailState.IGNORED, MailState.IGNORED]
    assert sent(world) == ["repeat"]
    said = text(world.transport.sent[0])
    assert "still being checked" in said
    assert "processed" not in said


def test_of_one_that_a_person_has_had_for_days_nothing_is_said(world):
    dear = LINE.replace("1.20  6.00", "1.50  7.50")
    world.mailbox.deliver(mail(1, typed(dear)))
    world.go()
    world.clock.forward(days=4)
    world.mailbox.deliver(mail(2, typed(dear)))
    world.go()
    assert world.states() == [MailState.REVIEW, MailState.REVIEW]
    assert sent(world) == []


def test_one_that_comes_weeks_later_may_be_a_call_off(world):
    world.mailbox.deliver(ORDER_MAIL)
    world.go()
    world.clock.forward(days=15)
    world.mailbox.deliver(mail(2, typed(LINE)))
    world.go()
    assert sent(world) == ["ack"]
    assert world.states()[1] == MailState.REVIEW


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "auto-generated"}, {"Precedence": "bulk"}], ids=["a machine's", "a list's"]
)
def test_what_must_not_be_answered_is_not_told_either(world, headers):
    world.mailbox.deliver(ORDER_MAIL)
    world.go()
    world.mailbox.deliver(mail(2, typed(LINE), **headers))
    world.go()
    assert sent(world) == ["ack"]


def test_a_stranger_learns_nothing_of_it(world):
    world.mailbox.deliver(ORDER_MAIL)
    world.go()
    world.mailbox.deliver(mail(2, typed(LINE), sender="buyer@client.example.evil.example"))
    world.go()
    assert sent(world) == ["ack"]
    assert world.states()[1] == MailState.REVIEW


def test_one_that_was_only_looked_at_is_a_persons(tmp_path):
    shadow = made_world(tmp_path, mode=Mode.SHADOW)
    shadow.go()
    shadow.mailbox.deliver(ORDER_MAIL)
    shadow.go()
    world = made_world(tmp_path, ledger=shadow.ledger, mailbox=shadow.mailbox)
    world.mailbox.deliver(mail(2, typed(LINE)))
    world.go()
    assert world.states() == [MailState.OBSERVED, MailState.REVIEW]
    assert sent(world) == []
    world.ledger.close()


def test_in_draft_mode_a_person_releases_it(tmp_path):
    world = made_world(tmp_path, mode=Mode.DRAFT)
    world.go()
    world.mailbox.deliver(ORDER_MAIL)
    world.mailbox.deliver(mail(2, typed(LINE)))
    world.go()
    assert sent(world) == []
    assert world.states() == [MailState.HELD, MailState.HELD]
    for number, _ in rows(world, OUTGOING, "id", "kind"):
        assert world.let_out(number)
    world.go()
    assert sent(world) == ["ack", "repeat"]
    assert world.states() == [MailState.ACKNOWLEDGED, MailState.IGNORED]
    assert off(world) == []
    world.ledger.close()


# --- the same mail, which is no resend --------------------------------------------------------------------------------


def test_the_same_mail_in_a_second_mailbox_is_no_resend(world, tmp_path):
    other = made_world(tmp_path, ledger=world.ledger, name="other", clock=world.clock, mailbox=FakeMailbox(
        world.clock, "INBOX", "Junk", "Processed", "Manual Review"))  # fmt: skip
    other.go()
    world.mailbox.deliver(ORDER_MAIL)
    other.mailbox.deliver(ORDER_MAIL)
    world.go()
    other.go()
    assert sent(world) + sent(other) == ["ack"]
    assert world.states() == [MailState.ACKNOWLEDGED, MailState.KNOWN]


def test_the_same_mail_after_a_new_uidvalidity_is_no_resend(world):
    world.mailbox.deliver(ORDER_MAIL)
    world.go()
    world.mailbox.move("Processed", [1], "INBOX")
    world.mailbox.renumber("INBOX")
    world.go()
    assert sent(world) == ["ack"]
    assert world.states() == [MailState.ACKNOWLEDGED, MailState.KNOWN]


# --- a change and a cancellation --------------------------------------------------------------------------------------

CANCELLATION = mail(9, "Dear team,\n\nplease cancel PO-4711.\n", "Cancellation of PO-4711")
REVISION = mail(8, typed(LINE.replace("  5  ", "  6  ").replace("6.00", "7.20")))


def waiting(folder):
    """An order whose answer is ready and has not left."""
    world = made_world(folder)
    world.go()
    world.mailbox.deliver(ORDER_MAIL)
    world.story.round()
    assert rows(world, OUTGOING, "state") == [(OutgoingState.READY,)]
    return world


def test_a_cancellation_stops_an_answer_that_has_not_left_and_no_more(tmp_path):
    world = waiting(tmp_path)
    world.mailbox.deliver(CANCELLATION)
    world.go()
    assert sent(world) == []
    assert rows(world, OUTGOING, "state") == [(OutgoingState.DRAFT,)]
    assert world.states() == [MailState.HELD, MailState.REVIEW]
    assert "a cancellation of MD-" in world.column("reason")[0]
    assert len(rows(world, RESERVATION, "id")) == 1, "its goods are a person's to release"
    assert rows(world, ORDER, "status", "changed_by")[0] == ("questioned", 2)
    assert world.let_out(1), "a person knows better"
    world.go()
    assert sent(world) == ["ack"]
    assert off(world) == []
    world.ledger.close()


def test_a_change_stops_an_answer_that_is_about_to_leave(tmp_path):
    world = waiting(tmp_path)
    world.mailbox.deliver(REVISION)
    world.go()
    assert sent(world) == []
    assert rows(world, OUTGOING, "state") == [(OutgoingState.DRAFT,)]
    assert world.states() == [MailState.HELD, MailState.REVIEW]
    assert "a change of MD-" in world.column("reason")[0]
    assert rows(world, ORDER, "status", "changed_by")[0] == ("questioned", 2)
    assert off(world) == []
    world.ledger.close()


def test_a_change_stops_an_answer_that_waits_for_its_bound(tmp_path):
    world = waiting(tmp_path)
    (message,) = world.outbox.claim(world.clock())
    world.outbox.wait(message, "too many", world.clock() + timedelta(hours=1), world.clock())
    world.mailbox.deliver(REVISION)
    world.go()
    world.clock.forward(hours=2)
    world.go()
    assert sent(world) == []
    assert world.states() == [MailState.HELD, MailState.REVIEW]
    assert "a change of MD-" in world.column("reason")[0]
    assert off(world) == []
    world.ledger.close()


@pytest.mark.parametrize("how", ["cancel", "supersede"])
def test_approved_it_ends_the_order_releases_its_goods_and_withdraws_its_answer(tmp_path, how):
    world = waiting(tmp_path)
    world.mailbox.deliver(CANCELLATION if how == "cancel" else REVISION)
    world.story.round()
    assert getattr(world.ledger, how)(1, 2, world.clock())
    assert not getattr(world.ledger, how)(1, 2, world.clock()), "it has ended"
    assert rows(world, RESERVATION, "id") == []
    assert rows(world, OUTGOING, "state") == [(OutgoingState.WITHDRAWN,)]
    assert not world.let_out(1)
    world.go()
    assert sent(world) == []
    assert world.states() == [MailState.REVIEW, MailState.REVIEW]
    assert off(world) == []
    world.ledger.close()


def test_rejected_it_leaves_the_order_as_it_was(tmp_path):
    world = waiting(tmp_path)
    world.mailbox.deliver(CANCELLATION)
    world.go()
    with world.ledger.database.write() as db:
        (by,) = [row.reference for row in db.execute(select(ORDER).where(ORDER.c.id == 2))]
        assert standing.stand(db, 1, by)
    assert rows(world, ORDER, "status")[0] == ("current",)
    world.ledger.close()


def test_one_that_comes_while_the_answer_is_being_sent_stops_it_before_the_final_dot(tmp_path):
    world = waiting(tmp_path)

    def envelope(what):
        if what == "envelope":
            world.mailbox.deliver(CANCELLATION)
            world.story.round()

    world.transport.touch = envelope
    world.sender.drain()
    assert sent(world) == []
    assert rows(world, OUTGOING, "state") == [(OutgoingState.DRAFT,)]
    world.go()
    assert world.states() == [MailState.HELD, MailState.REVIEW]
    assert off(world) == []
    world.ledger.close()


def test_one_that_is_approved_while_the_answer_is_being_sent_withdraws_it(tmp_path):
    world = waiting(tmp_path)

    def envelope(what):
        if what == "envelope":
            world.mailbox.deliver(REVISION)
            world.story.round()
            world.ledger.supersede(1, 2, world.clock())

    world.transport.touch = envelope
    world.sender.drain()
    assert sent(world) == []
    assert rows(world, OUTGOING, "state") == [(OutgoingState.WITHDRAWN,)]
    world.go()
    assert world.states() == [MailState.REVIEW, MailState.REVIEW]
    assert off(world) == []
    world.ledger.close()


def persons_word(world, mail_id, what):
    service = replace(world.persons, catalogue=lambda: world.catalogue)
    ruling = service.say(Word(mail_id, What(what), "anna", Via.CLI))
    assert ruling.refused is None


@pytest.mark.parametrize("approved", [False, True], ids=["it came", "it was approved"])
@pytest.mark.parametrize("later", [CANCELLATION, REVISION], ids=["a cancellation", "a change"])
@pytest.mark.parametrize(
    ("moment", "tries", "leaves"),
    [
        ("ready", [], False),
        ("envelope", [], False),
        ("dot", [], True),
        ("dot", [Stage.BUSY_BEHIND_DOT], False),
        ("answer", [], True),
        ("dot", [Stage.CUT_AND_KEPT], True),
    ],
    ids=["before it is claimed", "while it is sent", "at its dot", "at its dot, and the server does not take it",
         "behind its dot", "at its dot, and nobody knows"],
)  # fmt: skip
def test_of_an_answer_and_a_later_word_the_one_that_is_first_in_the_ledger_counts(
    tmp_path, moment, tries, leaves, later, approved
):
    """An answer leaves only if it was at its final dot before the later word was written down."""
    world = waiting(tmp_path)
    world.transport.results = list(tries)

    def comes(what):
        if what == moment:
            world.transport.touch = lambda what: None
            world.mailbox.deliver(later)
            world.story.round()
            if approved:
                persons_word(world, 2, "approve")

    world.transport.touch = comes
    comes("ready")
    world.sender.drain()
    for _ in range(3):
        world.clock.forward(hours=2)
        world.go()
    first = [message for message in world.transport.accepted if message.mail_id == 1]
    assert len(first) == leaves
    state = OutgoingState(rows(world, OUTGOING, "state")[0][0])
    doubtful = {OutgoingState.IN_DOUBT} if tries and leaves else {OutgoingState.SENT}
    stopped = {OutgoingState.WITHDRAWN} if approved else {OutgoingState.DRAFT}
    assert state in (doubtful if leaves else stopped)
    ended = "cancelled" if later is CANCELLATION else "superseded"
    assert rows(world, ORDER, "reference", "status")[0][1] == (ended if approved else "questioned")
    assert len([m for m in world.transport.accepted if m.mail_id == 2]) == approved
    assert off(world) == []
    world.ledger.close()


def test_a_rejected_change_leaves_the_order_as_it_was_unless_another_word_waits(tmp_path):
    world = waiting(tmp_path)
    world.mailbox.deliver(REVISION)
    world.story.round()
    world.mailbox.deliver(CANCELLATION)
    world.story.round()
    world.go()
    assert rows(world, ORDER, "status", "changed_by")[0] == ("questioned", 3)
    persons_word(world, 2, "reject")
    assert rows(world, ORDER, "status", "changed_by")[0] == ("questioned", 3)
    persons_word(world, 3, "reject")
    assert rows(world, ORDER, "status", "changed_by")[0] == ("current", None)
    assert sent(world) == []
    world.go()
    assert off(world) == []
    world.ledger.close()


def test_a_person_who_let_an_answer_go_knew_of_the_first_word_and_not_of_the_second(tmp_path):
    world = waiting(tmp_path)
    world.mailbox.deliver(REVISION)
    world.go()
    assert world.let_out(1)
    world.mailbox.deliver(CANCELLATION)
    world.go()
    assert sent(world) == []
    assert rows(world, OUTGOING, "state", "released") == [(OutgoingState.DRAFT, False)]
    world.ledger.close()


def test_the_door_asks_whether_this_version_is_current(tmp_path):
    world = waiting(tmp_path)
    (message,) = world.outbox.claim(world.clock())
    door = Door(world.outbox, world.clock, Mode.AUTO, frozenset({"us.example"}))
    assert door.ask(message) is None
    world.mailbox.deliver(CANCELLATION)
    world.story.round()
    assert "questioned by a later mail" in door.ask(message).reason
    assert door.ask(message).until is None, "a person decides"
    assert door.ask(replace(message, released=True)) is not None, "the row tells who has released it"
    world.ledger.close()


def test_another_customers_cancellation_stops_nothing(tmp_path):
    world = waiting(tmp_path)
    world.mailbox.deliver(mail(9, "please cancel PO-4711.", "Cancellation of PO-4711", sender="buyer@other.example"))
    world.go()
    assert sent(world) == ["ack"]
    assert rows(world, ORDER, "status")[0] == ("current",)
    world.ledger.close()


def test_a_cancellation_that_overtakes_its_order_brings_the_order_to_a_person(world):
    world.mailbox.deliver(CANCELLATION)
    world.mailbox.deliver(ORDER_MAIL)
    world.go()
    assert sent(world) == []
    assert world.states() == [MailState.REVIEW, MailState.REVIEW]
    assert "cancel" in world.column("reason")[1]


def test_an_order_sent_again_behind_its_cancellation_is_a_persons(world):
    for raw in (ORDER_MAIL, CANCELLATION, mail(2, typed(LINE))):
        world.mailbox.deliver(raw)
        world.go()
    assert sent(world) == ["ack"]
    assert world.states()[2] == MailState.REVIEW
    assert rows(world, ORDER, "relation")[2] == ("revival",)


def test_a_second_change_is_compared_with_what_counts_and_names_the_first(world):
    world.mailbox.deliver(ORDER_MAIL)
    world.go()
    world.mailbox.deliver(REVISION)
    world.mailbox.deliver(mail(7, typed(LINE.replace("  5  ", "  9  ").replace("6.00", "10.80"))))
    world.go()
    references = [reference for (reference,) in rows(world, ORDER, "reference")]
    assert [row[0] for row in rows(world, ORDER, "concerns")] == [None, references[0], references[0]]
    reason = world.column("reason")[2]
    assert "was 5, is 9" in reason
    assert f"no person has decided yet about our {references[1]}" in reason


def test_back_to_the_first_version_is_a_change_too(world):
    for raw in (ORDER_MAIL, REVISION, mail(7, typed(LINE))):
        world.mailbox.deliver(raw)
        world.go()
    assert [row[0] for row in rows(world, ORDER, "relation")] == [None, "revision", "revision"]
    assert sent(world) == ["ack"]


def test_once_superseded_the_later_version_is_what_is_repeated(world):
    """Approved by a person, whose decision stands in its row."""
    for raw in (ORDER_MAIL, REVISION):
        world.mailbox.deliver(raw)
        world.go()
    world.ledger.supersede(1, 2, world.clock())
    with world.ledger.database.write() as db:
        db.execute(update(ORDER).where(ORDER.c.id == 2).values(action="acknowledge"))
    world.mailbox.deliver(mail(7, typed(LINE.replace("  5  ", "  6  ").replace("6.00", "7.20"))))
    world.go()
    assert rows(world, ORDER, "relation")[2] == ("resend",)
    assert sent(world) == ["ack", "repeat"]


def test_the_same_goods_under_another_number_are_acknowledged_and_noted(tmp_path):
    world = made_world(tmp_path, mode=Mode.DRAFT)
    world.go()
    for number in (1, 2):
        world.mailbox.deliver(mail(number, typed(LINE, po=f"PO-471{number}"), f"Purchase order PO-471{number}"))
        world.go()
    assert [row for (row,) in rows(world, ORDER, "action")] == ["acknowledge", "acknowledge"]
    notes = [raw.decode().replace("=\r\n", "") for raw in world.held("Manual Review") if b"X-Maildaemon-Id" in raw]
    said = "the same goods were ordered on 2026-11-23 under PO number PO-4711"
    assert [said in note for note in notes] == [False, True]
    world.ledger.close()


@pytest.mark.parametrize(("days", "noted"), [(2, True), (3, False)])
def test_only_what_was_ordered_lately_is_noted(tmp_path, days, noted):
    world = made_world(tmp_path, mode=Mode.DRAFT)
    world.go()
    for number in (1, 2):
        world.mailbox.deliver(mail(number, typed(LINE, po=f"PO-471{number}"), f"Purchase order PO-471{number}"))
        world.go()
        world.clock.forward(days=days)
    notes = b"".join(world.held("Manual Review"))
    assert (b"is-not-ordered-twice" in notes) == noted
    world.ledger.close()
