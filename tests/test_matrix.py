"""The matrix: which row holds for an order, what it requires, how far it is trusted, and what an answer commits to."""

import re
from dataclasses import replace

import pytest

from maildaemon import reply
from maildaemon.catalogue import Catalogue
from maildaemon.decide import Stand, asked, decide
from maildaemon.edge import playbooks
from maildaemon.matrix import PLAIN, Row, incomplete, matrix, unanswered
from maildaemon.model import Action, Customer, CustomerMatch, Found, Mode, Order, OrderLine, Source, lowest
from maildaemon.strict import PlaybookError
from tests.fakes import START
from tests.worlds import DATA, PLAYBOOK, World, raw, understand

ROWS = """
[[row]]
deck = "orders"
[[row]]
source = "portal"
mode = "draft"
team = "portals"
[[row]]
profile = "webshop"
commits = "acceptance"
[[row]]
profile = "webshop"
customer = "C-1"
deck = "strict"
"""
DECKS = frozenset({"orders", "strict"})
PROFILES = {"webshop": frozenset({Source.WEB_FORM}), "northwind": frozenset({Source.DIRECT})}
READING = understand(raw(1))
STAND = Stand(frozenset({"us.example"}), secret=b"s" * 32)


def test_an_order_that_is_parsed_was_written_before():
    row = matrix('[[row]]\ntrigger = "written"', "m", frozenset({"orders"}), PROFILES).row[0]
    assert row.trigger == "written"


def test_a_row_that_waits_for_a_field_needs_somebody_who_tells_of_it():
    text = '[[row]]\n[[row]]\nsource = "crm"\ntrigger = { field = "stage", is = ["Won"] }'
    found = matrix(text, "m", frozenset({"orders"}), PROFILES)
    assert found.row[1].trigger.fires(" won ")
    assert not found.row[1].trigger.fires("lost")
    assert unanswered(found, {"stock", "stage"}) is None
    said = unanswered(found, {"stock"})
    assert said == (
        "rules/matrix.toml: row 2: trigger: nothing says what the stage of an order is; expected [[facts]] with "
        'kind = "stage" in maildaemon.toml'
    )
    assert unanswered(PLAIN, ()) is None


def order(source=Source.DIRECT, profile="general", customer=None, **fields):
    found = CustomerMatch(Customer(customer), "domain", 1.0) if customer else CustomerMatch()
    return Order(source=source, profile=profile, customer=found, **fields)


def read(text=ROWS):
    return matrix(text, "rules/matrix.toml", DECKS, PROFILES)


@pytest.mark.parametrize(
    ("one", "number"),
    [
        (order(), 0),
        (order(Source.EDI), 0),
        (order(Source.PORTAL), 1),
        (order(Source.PORTAL, "webshop"), 2),
        (order(Source.DIRECT, "webshop", "C-2"), 2),
        (order(Source.DIRECT, "webshop", "c-1"), 3),
        (order(Source.DIRECT, "northwind", "C-1"), 0),
    ],
)
def test_the_finest_row_holds(one, number):
    rows = read()
    assert rows.find(one) is rows.row[number]


def test_without_a_matrix_every_order_is_judged_by_the_one_deck():
    assert PLAIN.find(order(Source.PHONE)).deck == "orders"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('deck = "strict"', 'deck = "lenient"', "row 4: deck: there is no rules/lenient.toml"),
        (
            'profile = "webshop"\ncommits',
            'profile = "webshp"\ncommits',
            "row 3: profile: there is no parsers/webshp.toml",
        ),
        ('customer = "C-1"\n', "", "row 4: row 3 (line 8) is for the same orders"),
        ('deck = "strict"', "", "no row uses rules/strict.toml"),
        ('[[row]]\ndeck = "orders"\n', "", "no row for the source direct"),
        ('mode = "draft"', 'mode = "drft"', "row.1.mode"),
        ('mode = "draft"', 'trigger = "deal-won"', 'row.1.trigger: expected "parsed", "written" or { field = "stage"'),
        ('mode = "draft"', 'trigger = { field = "colour", is = ["red"] }', "row.1.trigger: expected"),
        ('mode = "draft"', 'trigger = { field = "stage", is = [] }', "row.1.trigger: expected"),
        ('mode = "draft"', 'unknown_facts = "guess"', "row.1.unknown_facts"),
        ('mode = "draft"', "hold_hours = 0", "row.1.hold_hours"),
        ('mode = "draft"', 'channel = "fax"', "row.1.channel"),
        ('mode = "draft"', 'channel = { enterprise = "brandet" }', "row.1.channel.enterprise: "),
        ('mode = "draft"', "channel = 5", "row.1.channel: "),
        ('mode = "draft"', 'clocks = ["2h"]', "row 2: clocks: no clock runs beside an order"),
        ('mode = "draft"', 'clock = "2h"', "row 2: clock: no clock runs"),
        ('mode = "draft"', 'required = ["stage"]', "row.1.required.0"),
        ('team = "portals"', "team = 5", "row.1.team"),
    ],
)
def test_a_mistake_in_the_matrix_is_told_with_its_row(old, new, told):
    assert old in ROWS
    with pytest.raises(PlaybookError) as error:
        read(ROWS.replace(old, new, 1))
    assert re.match(r"rules/matrix\.toml:\d+: ", str(error.value))
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("fields", "record", "said"),
    [
        ({}, {}, ["ship to is neither stated nor on record", "payment terms is neither stated nor on record"]),
        ({"ship_to": Found("Cork")}, {"payment_terms": "30 days net"}, []),
        ({}, {"payment_terms": "30 days net", "ship_to": ("Cork",)}, []),
        (
            {},
            {"payment_terms": "30 days net", "ship_to": ("Cork", "Galway")},
            ["ship to is neither stated nor on record"],
        ),
    ],
    ids=["neither", "stated", "on record", "two places on record"],
)
def test_the_record_must_be_complete(fields, record, said):
    (row,) = matrix('[[row]]\nrequired = ["customer", "lines", "ship_to", "payment_terms"]\ndeck = "orders"',
                    "m", frozenset({"orders"}), PROFILES).row  # fmt: skip
    one = order(lines=(OrderLine(),), **fields)
    one = replace(one, customer=CustomerMatch(Customer("C-1", **record), "domain", 1.0))
    assert [objection.reason for objection in incomplete(0, one, row)] == said
    assert [o.reason for o in incomplete(0, replace(one, customer=CustomerMatch()), row)] == [
        "the customer is not known"
    ]
    assert "it has no lines" in [o.reason for o in incomplete(0, replace(one, lines=()), row)]


def decided(playbook):
    known = tuple(Catalogue(DATA).look_up(question, at=START) for question in asked(READING))
    return decide(READING, known, playbook, STAND, content="1")


def with_rows(text):
    return replace(PLAYBOOK, matrix=matrix(text, "m", frozenset({"orders"}), {}))


def test_the_shipped_matrix_has_a_row_for_each_source_and_proves_the_record():
    rows = playbooks.load().matrix
    assert {row.source for row in rows.row} == set(Source)
    found = decided(PLAYBOOK)
    assert found.action is Action.ACKNOWLEDGE
    assert "record-is-complete" in found.orders[0].proved


@pytest.mark.parametrize(("commits", "said"), [("receipt", "not yet an acceptance"), ("acceptance", "We accept it")])
def test_an_answer_says_what_it_commits_to(commits, said):
    found = decided(with_rows(f'[[row]]\ncommits = "{commits}"'))
    who = reply.Identity("Us", "orders@us.example", "ask us")
    text = reply.acknowledgement(found, READING.mail, who, now=START, message_id="<a@us.example>", token=None).text
    assert said in text


@pytest.mark.parametrize("mode", Mode)
def test_the_lower_of_the_two_modes_counts(tmp_path, mode):
    world = World(tmp_path, mode=Mode.AUTO)
    world.story.playbook = with_rows(f'[[row]]\nmode = "{mode}"')
    world.go()
    world.mailbox.deliver(raw(1))
    world.go()
    assert len(world.transport.sent) == (mode is Mode.AUTO)
    assert world.column("mode") == [mode]
    assert len(world.held("INBOX")) == (mode is Mode.SHADOW)
    assert [one.state for one in world.triage.waiting()] == (["draft"] if mode is Mode.DRAFT else [])
    world.ledger.close()


def test_the_team_stands_in_the_note(tmp_path):
    world = World(tmp_path)
    rows = with_rows('[[row]]\nteam = "Key accounts"\nrequired = ["bill_to"]')
    world.story.playbook = rows
    world.go()
    world.mailbox.deliver(raw(1))
    world.go()
    note = next(text for text in world.held("Manual Review") if b"WHY IT STOPPED" in text)
    assert b"for: Key accounts" in note
    assert b"bill to is neither stated nor on record" in note
    world.ledger.close()


def test_the_lowest_mode_is_the_most_careful():
    assert lowest(Mode.AUTO, Mode.SHADOW, Mode.DRAFT) is Mode.SHADOW
    assert lowest() is Mode.AUTO


@pytest.mark.parametrize(
    ("channel", "whose", "found"),
    [
        ('"short"', "enterprise", "short"),
        ('"short"', None, "short"),
        ('{ enterprise = "branded", others = "short" }', "Enterprise", "branded"),
        ('{ enterprise = "branded", others = "short" }', "key", "short"),
        ('{ enterprise = "branded", others = "short" }', None, "short"),
        ('{ enterprise = "branded" }', "key", "mail"),
    ],
)
def test_the_class_of_the_customer_says_how_an_order_is_acknowledged(channel, whose, found):
    (row,) = matrix(f"[[row]]\nchannel = {channel}", "m", frozenset({"orders"}), {}).row
    one = order(customer="C-1")
    one = replace(one, customer=CustomerMatch(Customer("C-1", customer_class=whose), "domain", 1.0))
    assert row.channel_of(one) == found
    assert Row().channel_of(one) == row.model_copy(update={"channel": {}}).channel_of(one) == "mail"
