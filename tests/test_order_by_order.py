"""A person decides on each order of a mail by itself, or on all that still wait: each once, with its own outcome."""

import json
import random

import pytest
from sqlalchemy import select

from maildaemon.desk import MailState, OutgoingState, SendResult
from maildaemon.edge.importing import save
from maildaemon.edge.ledger import SqlLedger
from maildaemon.edge.tables import ORDER, OUTGOING, RESERVATION, RULING, TESTIMONY
from maildaemon.model import Action, Mode
from maildaemon.waits import left, waits
from maildaemon.word import Late, Via, What, Word
from tests.test_commands import CONFIG
from tests.test_each_order import MASTER, actions, begin, case, come, later, made, proved, rows, said, texts
from tests.test_review import review
from tests.worlds import raw

ACK, HOLD, REVIEW, IGNORE = Action.ACKNOWLEDGE, Action.HOLD, Action.REVIEW, Action.IGNORE
SENT, DRAFT, READY, WITHDRAWN = OutgoingState.SENT, OutgoingState.DRAFT, OutgoingState.READY, OutgoingState.WITHDRAWN
TWO = "wrong wrong"
HOME = "Manual Review"


@pytest.fixture
def world(tmp_path):
    """A mail with two orders that stopped."""
    found = made(tmp_path)
    come(found, TWO)
    yield found
    assert proved(found) == []
    found.ledger.close()


@pytest.fixture
def drafted(tmp_path):
    """A mail with two clear orders, and one draft that answers both."""
    found = made(tmp_path, mode=Mode.DRAFT)
    come(found, "fine fine")
    yield found
    assert proved(found) == []
    found.ledger.close()


def say(world, what, *numbers, **more):
    """A word about these orders, by their numbers from 1; None: about all that wait."""
    ruling = world.say(1, what, orders=tuple(number - 1 for number in numbers) or None, **more)
    world.go()
    return ruling.refused


def lies(world):
    """In which folders the mail lies."""
    mail = next(iter(rows(world, ORDER)), None)
    assert mail is not None
    return [
        name for name, folder in world.mailbox.folders.items()
        if any(b"Message-ID: <1@client.example>" in one and b"X-Maildaemon" not in one for one in folder.messages.values())
    ]  # fmt: skip


# --- one by one -------------------------------------------------------------------------------------------------------


def test_one_is_approved_and_the_other_goes_on_waiting_and_is_decided_then(world):
    assert say(world, "approve", 2) is None
    assert [said(one) for one in texts(world)] == [(["PO-12"], ["PO-11"])]
    assert actions(world) == [REVIEW, ACK]
    assert (world.states(), lies(world)) == ([MailState.REVIEW], [HOME])
    assert say(world, "approve", 1) is None
    assert [said(one) for one in texts(world)] == [(["PO-12"], ["PO-11"]), (["PO-11"], [])]
    assert (world.states(), lies(world)) == ([MailState.ACKNOWLEDGED], ["Processed"])


def test_one_is_approved_and_the_other_is_rejected(world):
    assert say(world, "approve", 2) is None
    assert say(world, "reject", 1) is None
    assert [said(one) for one in texts(world)] == [(["PO-12"], ["PO-11"])]
    assert (world.states(), lies(world)) == ([MailState.ACKNOWLEDGED], ["Processed"]), "an order of it is taken in"
    assert [one.said for one in case(world).decision.orders] == ["reject", "approve"]


def test_one_is_rejected_and_the_answer_to_the_other_does_not_say_that_it_is_checked(world):
    assert say(world, "reject", 1) is None
    assert (world.states(), lies(world)) == ([MailState.REVIEW], [HOME])
    assert say(world, "approve") is None, "all that wait still: the one"
    assert [said(one) for one in texts(world)] == [(["PO-12"], [])]
    assert actions(world) == [REVIEW, ACK]
    assert (world.states(), lies(world)) == ([MailState.ACKNOWLEDGED], ["Processed"])


def test_both_are_rejected_one_by_one(world):
    assert say(world, "reject", 1) is None
    assert say(world, "reject", 2) is None
    assert texts(world) == []
    assert (world.states(), lies(world)) == ([MailState.REJECTED], ["Rejected"])


def test_one_is_corrected_by_itself(world):
    assert say(world, "correct", 2, wished={1: {"po_number": "PO-13"}}) is None
    assert [said(one) for one in texts(world)] == [(["PO-13"], ["PO-11"])]
    assert "is not the one that is named" in say(
        world, "correct", 1, wished={1: {"po_number": "PO-14"}, 0: {"po_number": "X"}}
    )


@pytest.mark.parametrize(("numbers", "words"), [((3,), "there is no order 3 in it: it has 2"), ((9,), "no order 9")])
def test_an_order_that_is_not_there_is_said_to_be_none(world, numbers, words):
    assert words in say(world, "approve", *numbers)


def test_one_that_was_decided_is_not_decided_again_without_a_second_look(world):
    say(world, "approve", 2)
    assert "order 2 was acknowledged already" in say(world, "approve", 2)
    assert "order 2 was acknowledged already" in say(world, "reject", 2)
    say(world, "reject", 1)
    assert "decided meanwhile by anna" in say(world, "approve", 1)
    assert say(world, "approve", 1, version=case(world).version) is not None, "the mail is at its end"
    assert len(texts(world)) == 1


def test_a_mind_can_be_changed_about_one_while_another_waits(world):
    say(world, "reject", 1)
    assert say(world, "approve", 1) == "order 1 was rejected already"
    assert say(world, "approve", 1, version=case(world).version) is None
    assert [said(one) for one in texts(world)] == [(["PO-11"], ["PO-12"])]


@pytest.mark.parametrize("what", ["not-an-order", "reread", "release"])
def test_some_words_are_about_the_whole_mail(world, what):
    assert "as a whole" in say(world, what, 1)


def test_a_word_about_an_order_that_was_looked_at_before_the_other_was_decided_is_refused(world):
    before = case(world).version
    assert say(world, "approve", 1, version=before) is None
    assert say(world, "approve", 2, version=before).startswith("decided meanwhile by anna")
    assert say(world, "approve", 2, version=case(world).version) is None
    assert len(texts(world)) == 2


def test_two_words_at_once_about_two_orders_are_both_taken_and_about_one_only_the_first(world):
    persons, rule = world.persons, world.persons.cases.rule

    def meanwhile(ruling, mark, now):
        persons.cases.rule = rule
        assert world.say(1, "approve", actor="bob", orders=(0,)).refused is None
        late = rule(ruling, mark, now)
        assert late is Late.DECIDED
        return late

    persons.cases.rule = meanwhile
    ruling = persons.say(Word(1, What.APPROVE, "anna", Via.CLI, orders=(1,)))
    assert ruling.refused is not None, "anna has not seen what bob has decided"
    assert persons.say(Word(1, What.APPROVE, "anna", Via.CLI, orders=(1,))).refused is None
    world.go()
    assert [said(one) for one in texts(world)] == [(["PO-11"], ["PO-12"]), (["PO-12"], [])]


def test_each_takes_its_goods_once(tmp_path):
    world = made(tmp_path)
    world.data = world.data
    come(world, "later later-too")
    world.clock.forward(hours=7)
    world.go()
    assert say(world, "approve", 2) is None
    assert [row.sku for row in rows(world, RESERVATION)] == ["W-300"]
    assert say(world, "approve") is None
    assert sorted(row.sku for row in rows(world, RESERVATION)) == ["W-200", "W-300"]
    world.ledger.close()


def test_what_a_person_has_said_of_which_order_is_in_the_ledger(world):
    say(world, "approve", 2, reason="by phone")
    say(world, "reject")
    assert [(row.what, row.orders, row.reason) for row in rows(world, RULING)] == [
        ("approve", "[1]", "by phone"),
        ("reject", None, None),
    ]
    assert [row.orders for row in rows(world, OUTGOING)] == ["[1]"]


# --- beside what waits and what is drafted ----------------------------------------------------------------------------


def test_one_that_a_person_has_approved_stands_when_the_other_is_decided_again(tmp_path):
    world = made(tmp_path)
    come(world, "later wrong")
    assert say(world, "approve", 2) is None
    assert (world.states(), lies(world)) == ([MailState.HELD], [HOME])
    later(world, "W-200")
    assert [said(one) for one in texts(world)] == [(["PO-12"], ["PO-11"]), (["PO-11"], [])]
    assert actions(world) == [ACK, ACK]
    assert (world.states(), lies(world)) == ([MailState.ACKNOWLEDGED], ["Processed"])
    assert proved(world) == []
    world.ledger.close()


def test_one_that_waits_can_be_approved_by_itself_and_is_not_decided_again(tmp_path):
    world = made(tmp_path)
    come(world, "later wrong")
    assert say(world, "approve", 1) is None
    later(world, "W-200")
    assert [said(one) for one in texts(world)] == [(["PO-11"], ["PO-12"])]
    assert (world.states(), lies(world)) == ([MailState.REVIEW], [HOME])
    assert proved(world) == []
    world.ledger.close()


def test_of_two_that_are_answered_in_one_draft_one_can_be_rejected_and_the_other_waits(drafted):
    assert say(drafted, "reject", 1) is None
    assert [row.state for row in rows(drafted, OUTGOING)] == [WITHDRAWN]
    assert (drafted.states(), lies(drafted)) == ([MailState.REVIEW], [HOME])
    assert rows(drafted, RESERVATION) == []
    assert say(drafted, "approve", 2) is None
    assert [said(one) for one in texts(drafted)] == [(["PO-12"], [])]
    assert (drafted.states(), lies(drafted)) == ([MailState.ACKNOWLEDGED], ["Processed"])
    assert [(row.contradicts, row.what) for row in rows(drafted, TESTIMONY)] == [(True, "reject")]


def test_the_whole_draft_goes_out_as_it_is(drafted):
    (before,) = rows(drafted, OUTGOING)
    assert say(drafted, "approve", 1, 2) is None
    (after,) = rows(drafted, OUTGOING)
    assert (after.raw, after.state) == (before.raw, SENT)


def test_with_one_of_two_drafts_released_by_its_orders_number_the_other_waits(tmp_path):
    world = made(tmp_path, mode=Mode.DRAFT)
    come(world, "fine later")
    later(world, "W-200")
    assert say(world, "approve", 2) is None
    assert [row.state for row in rows(world, OUTGOING)] == [DRAFT, SENT]
    assert world.states() == [MailState.HELD]
    assert say(world, "reject", 1) is None
    assert [row.state for row in rows(world, OUTGOING)] == [WITHDRAWN, SENT]
    assert (world.states(), lies(world)) == ([MailState.ACKNOWLEDGED], ["Processed"])
    assert proved(world) == []
    world.ledger.close()


def test_one_whose_answer_was_not_delivered_waits_though_the_other_is_decided(tmp_path):
    world = made(tmp_path)
    world.transport.results = [SendResult(OutgoingState.FAILED, "550 no such user")]
    come(world, "fine wrong")
    assert say(world, "reject", 2) is None
    assert (world.states(), lies(world)) == ([MailState.REVIEW], [HOME])
    assert say(world, "approve") is None
    assert [said(one) for one in texts(world)] == [(["PO-11"], [])]
    assert (world.states(), lies(world)) == ([MailState.ACKNOWLEDGED], ["Processed"])
    assert len(rows(world, RESERVATION)) == 1
    assert proved(world) == []
    world.ledger.close()


# --- whatever comes in whatever order ---------------------------------------------------------------------------------

STEPS = (
    "approve 1", "approve 2", "approve 3", "reject 1", "reject 2", "reject 3", "approve", "reject", "release", "later",
    "late", "failed", "restart", "moved to Approved", "moved to Rejected",
)  # fmt: skip


def step(world, what):
    word, *rest = what.split()
    if word in {"approve", "reject", "release"}:
        say(world, word, *map(int, rest))
    elif word == "later":
        later(world, "W-200")
    elif word == "late":
        world.clock.forward(hours=7)
    elif word == "failed":
        world.transport.results = [SendResult(OutgoingState.FAILED, "550 no such user")]
    elif word == "restart":
        begin(world)
    elif lies(world) == [HOME]:
        uid = next(u for u, one in world.mailbox.folders[HOME].messages.items() if b"X-Maildaemon" not in one)
        world.mailbox.carry(HOME, uid, rest[-1])
    for _ in range(2):
        world.go()


def check(world):
    """What must hold of the mail at every moment."""
    stands = case(world)
    taken = [po for text in texts(world) for po in said(text)[0]]
    assert len(taken) == len(set(taken)), "an order was acknowledged twice"
    assert proved(world) == []
    orders = stands.decision.orders
    for number, one in enumerate(orders, 1):
        if one.said == "reject":
            assert f"PO-1{number}" not in taken
    goods = {row.id: row.number for row in rows(world, ORDER)}
    reserved = sorted(goods[row.order_id] for row in rows(world, RESERVATION))
    known = [place for place, one in enumerate(orders) if one.order.lines[0].product.product is not None]
    assert reserved == [place for place in known if orders[place].action is ACK]
    drafts = any(row.state == DRAFT for row in rows(world, OUTGOING))
    lost = left(stands, orders)
    home = lies(world)
    assert len(home) == 1
    if stands.state == MailState.REJECTED:
        assert home == ["Rejected"]
    elif drafts or lost:
        assert waits(stands)
        assert home in ([HOME], ["INBOX"])
        assert home == [HOME] or not drafts
        assert home == [HOME] or {orders[place].action for place in lost} == {HOLD}
    else:
        assert (stands.state, home) == (MailState.ACKNOWLEDGED, ["Processed"])
        assert len(taken) == sum(one.action is ACK for one in orders)


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.DRAFT])
@pytest.mark.parametrize("seed", range(12))
def test_no_order_is_answered_twice_and_none_is_forgotten(tmp_path, mode, seed):
    luck = random.Random(f"{mode} {seed}")
    world = made(tmp_path, mode=mode)
    come(world, luck.choice(["fine later wrong", "later wrong fine", "wrong wrong later", "fine fine later"]))
    for _ in range(6):
        check(world)
        step(world, luck.choice(STEPS))
    world.transport.results = []
    check(world)
    step(world, "late")
    step(world, "approve")
    check(world)
    assert not left(case(world), case(world).decision.orders) or case(world).state == MailState.REJECTED
    world.ledger.close()


# --- the folder, the note, the command --------------------------------------------------------------------------------


def notes(world):
    return [one.decode().replace("=\r\n", "") for one in world.held(HOME) if b"X-Maildaemon-Id" in one]


def test_the_note_names_the_numbers(world):
    (note,) = notes(world)
    for words in ("Number:   M1", "Order 1 (M1.1)", "Order 2 (M1.2)", "review approve M1.1"):
        assert words in note
    say(world, "approve", 1)
    assert len(notes(world)) == 2
    assert "Order 1 (M1.1), our reference" in notes(world)[1]
    assert "acknowledge (a person's word: approve)" in notes(world)[1]
    assert "review approve M1.2" in notes(world)[1]


def test_a_mail_that_is_moved_decides_all_that_wait_still(world):
    say(world, "reject", 1)
    world.go()
    uid = next(u for u, one in world.mailbox.folders[HOME].messages.items() if one == raw(1, TWO))
    world.mailbox.carry(HOME, uid, "Approved")
    for _ in range(3):
        world.go()
    assert [said(one) for one in texts(world)] == [(["PO-12"], [])]
    assert (world.states(), lies(world)) == ([MailState.ACKNOWLEDGED], ["Processed"])


@pytest.fixture
def path(tmp_path):
    """A configuration, and a ledger with a mail of two orders that stopped."""
    world = made(tmp_path)
    for table in ("customers", "products"):
        save(world.ledger.database, table, getattr(MASTER, table))
    come(world, TWO)
    world.ledger.close()
    found = tmp_path / "maildaemon.toml"
    found.write_text(
        'mode = "auto"\n' + CONFIG.format(ledger="ledger.db").replace('"orders@example.com"', '"o@us.example"')
    )
    return found


def table(path, table):
    ledger = SqlLedger(path.parent / "ledger.db")
    with ledger.database.read() as db:
        found = db.execute(select(table)).all()
    ledger.close()
    return found


def test_the_commands_take_an_orders_number(path):
    mail = json.loads(review(path, "list", "--json")[1])["mails"][0]
    assert [(one["number"], one["waits"]) for one in mail["each"]] == [("M1.1", True), ("M1.2", True)]
    assert "M1.2 PO-12: review (waits)" in review(path, "list")[1]
    one = json.loads(review(path, "show", "M1.2", "--json")[1])
    assert [order["po_number"] for order in one["orders"]] == ["PO-12"]
    assert {each["order"] for each in one["objections"]} <= {1, None}
    assert said(one["answer"]["text"]) == (["PO-12"], ["PO-11"])
    assert "orders[1].po_number = PO-12" in review(path, "show", "M1.2")[1]
    status, words = review(path, "correct", "M1.2", "--set", "lines[0].quantity=7", "--by", "anna")
    assert (status, words.startswith("M1.2: approved, corrected (orders[1].lines[0].quantity")) == (0, True), words
    assert [row.orders for row in table(path, OUTGOING)] == ["[1]"]
    status, words = review(path, "reject", "m1.1", "--json")
    assert (status, json.loads(words)["orders"]) == (0, [1])
    assert [row.orders for row in table(path, RULING)] == ["[1]", "[0]"]


def test_what_was_shown_of_one_order_corrects_it(path):
    shown = json.loads(review(path, "show", "M1.2", "--json")[1])
    shown["orders"][0]["lines"][0]["quantity"] = "7"
    file = path.parent / "order.json"
    file.write_text(json.dumps(shown))
    assert review(path, "correct", "M1.2", "--from", file)[0] == 0
    assert json.loads(table(path, RULING)[0].changed)[0].startswith("orders[1].lines[0]")


@pytest.mark.parametrize(
    "arguments",
    [
        ("approve", "M1.3"), ("approve", "M1.0"), ("approve", "A1.1"), ("show", "M1.3"), ("not-an-order", "M1.1"),
        ("reread", "M1.1"), ("release", "A1.1"), ("approve", "M1."), ("correct", "M1", "--set", "po_number=4"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line_and_changes_nothing(path, arguments):
    status, words = review(path, *arguments)
    assert (status, words.count("\n")) == (1, 1), words
    assert table(path, OUTGOING) == []
    assert [row.action for row in table(path, ORDER)] == ["review", "review"]
