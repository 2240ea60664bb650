"""The playbook: strict, and its errors name file and key."""

import re

import pytest

from maildaemon.checks import VOCABULARY
from maildaemon.deck import deck
from maildaemon.edge import playbooks
from maildaemon.model import Document, Line, Mail
from maildaemon.playbook import FieldRule, profile
from maildaemon.strict import PlaybookError

RULE = '[[rule]]\nname = "has-a-po-number"\ncheck = "present"\nfield = "po_number"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the deck is empty"),
        ("rule = []", "the deck is empty"),
        ("colour = 1\n" + RULE, "colour: unknown key"),
        (RULE + RULE, "is used twice"),
        (RULE.replace("present", "presnt"), "unknown check 'presnt'"),
        (RULE.replace("po_number", "po_numbr"), "field: expected one of"),
        (RULE.replace("field", "feild"), "feild: unknown key"),
        (RULE.replace('field = "po_number"', ""), "field: missing"),
        (RULE + 'then = "acknowledge"', "then: expected review, escalate, hold or ignore"),
        (RULE + 'when = "true"', "expected one of check and when"),
        (RULE.replace("has-a-po-number", "Has PO"), "name: expected words joined by hyphens"),
        (
            '[[rule]]\nname = "a"\ncheck = "at-most"\nfield = "total"\nlimit = "much"\ncurrency = "EUR"',
            "limit: expected a number",
        ),
        (
            '[[rule]]\nname = "a"\ncheck = "at-most"\nfield = "total"\nlimit = true\ncurrency = "EUR"',
            "limit: expected a number",
        ),
        ("[[rule]\n", "not TOML"),
    ],
)
def test_a_deck_that_is_wrong_is_refused_by_name(text, expected):
    with pytest.raises(PlaybookError) as caught:
        deck("orders", text, "rules/orders.toml", VOCABULARY)
    assert re.match(r"rules/orders\.toml:\d+: ", str(caught.value))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "claims: expected at least one of"),
        ('[claims]\nform = "x"', "claims.form: unknown key"),
        ('[claims]\nfrom = "x"\n[fields.po_numbr]\nlabels = []', "fields.po_numbr"),
        ('[claims]\nfrom = "x"\n[fields.po_number]\npattern = "("', "not a regular expression"),
        ('[claims]\nfrom = "x"\n[lines]\nqantity = ["Q"]', "lines.qantity"),
        ('source = "fax"\n[claims]\nfrom = "x"', "source: "),
        ('name = "y"\n[claims]\nfrom = "x"', "name: unknown key"),
    ],
)
def test_a_profile_that_is_wrong_is_refused_by_name(text, expected):
    with pytest.raises(PlaybookError) as caught:
        profile("acme", text, "parsers/acme.toml")
    assert re.match(r"parsers/acme\.toml:\d+: ", str(caught.value))
    assert expected in str(caught.value)


def test_a_profile_claims_by_sender_subject_and_text_together():
    text = '[claims]\nfrom = "*@northwind.example"\nsubject = "Purchase Order *"\ncontains = "ERP export"'
    found = profile("northwind", text, "northwind.toml")
    mail = Mail("0" * 64, 1, sender="Orders@Northwind.example", subject="purchase order 7")
    body = Document("body", "text/plain", (Line("our ERP EXPORT follows", 1),))
    assert found.claims.hold(mail, (body,))
    assert not found.claims.hold(mail, ())
    assert not found.claims.hold(Mail("0" * 64, 1, sender="a@evil.example", subject=mail.subject), (body,))


@pytest.fixture
def folders(tmp_path):
    parsers, rules = tmp_path / "parsers", tmp_path / "rules"
    parsers.mkdir()
    rules.mkdir()
    (parsers / "acme.toml").write_text('[claims]\nfrom = "*@acme.example"\n')
    (rules / "orders.toml").write_text(RULE)
    return parsers, rules


def test_an_own_folder_replaces_the_shipped_one(folders):
    found = playbooks.load(*folders)
    assert [profile.name for profile in found.profiles] == ["acme"]
    assert [rule.name for rule in found.deck.rules] == ["has-a-po-number"]


def test_the_shipped_playbook_loads():
    found = playbooks.load()
    assert len(found.profiles) >= 5
    assert len(found.deck.rules) >= 10


@pytest.mark.parametrize(("name", "mode"), [("acme.py", 0o664), ("acme.py", 0o646), ("acme.toml", 0o646)])
def test_a_file_that_others_may_write_is_refused(folders, name, mode):
    file = folders[0] / name
    file.touch()
    file.chmod(mode)
    with pytest.raises(PlaybookError, match="others may write it"):
        playbooks.load(*folders)


def test_a_plugin_without_its_function_is_refused(folders):
    (folders[0] / "acme.py").write_text("x = 1")
    (folders[0] / "acme.py").chmod(0o644)
    with pytest.raises(PlaybookError, match="orders: missing"):
        playbooks.load(*folders)


def test_a_plugin_without_its_profile_is_refused(folders):
    (folders[0] / "stray.py").write_text("x = 1")
    with pytest.raises(PlaybookError, match=r"expected stray\.toml"):
        playbooks.load(*folders)


def test_an_operators_own_checks_are_part_of_the_vocabulary(folders):
    code = folders[1] / "orders.py"
    code.write_text("def nice(order, known):\n    yield 'not nice'\nCHECKS = {'nice': nice}\n")
    code.chmod(0o644)
    (folders[1] / "orders.toml").write_text('[[rule]]\nname = "it-is-nice"\ncheck = "nice"\n')
    (rule,) = playbooks.load(*folders).deck.rules
    assert list(rule.run(None, None)) == ["not nice"]


def test_the_digest_changes_with_every_file(folders):
    before = playbooks.load(*folders).digest
    (folders[1] / "orders.toml").write_text(RULE + "# a remark\n")
    assert playbooks.load(*folders).digest != before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order NW-123456.", "NW-123456"),
        ("Order NW-1234567", None),
        ("XNW-123456", None),
        ("NW-1234567, NW-654321", "NW-654321"),
        ("NW-123456-2", "NW-123456"),
        ("(NW-123456)", "NW-123456"),
        ("", None),
    ],
)
def test_a_pattern_finds_no_piece_of_a_longer_number(text, expected):
    assert FieldRule(pattern=r"NW-\d{6}").shaped(text) == expected


def test_a_group_in_a_pattern_is_what_counts():
    assert FieldRule(pattern=r"Order (\d+)").shaped("Order 4711 of today") == "4711"
