"""The cases beside the decks: the shipped ones hold, a case that does not is told with its file and line."""

import pytest
from typer.testing import CliRunner

from maildaemon.cases import Case, cases, result
from maildaemon.cli import app
from maildaemon.edge import playbooks
from maildaemon.strict import PlaybookError

PLAYBOOK = playbooks.load()
SHIPPED = [one for where, text in playbooks.case_files().items() for one in cases(text, where)]


@pytest.mark.parametrize(("case", "where"), SHIPPED, ids=[case.name for case, _ in SHIPPED])
def test_a_shipped_case_is_decided_as_it_says(case, where):
    found = result(case, where, PLAYBOOK)
    assert (found.decision.action, found.objects) == (case.expect, tuple(sorted(case.objects)))
    assert found.good


def test_every_shipped_rule_objects_in_a_case():
    objecting = {name for case, _ in SHIPPED for name in (*case.objects, *case.warns)}
    assert {rule.name for rule in PLAYBOOK.deck.rules} <= objecting
    assert {case.source for case, _ in SHIPPED if case.expect == "acknowledge"} == set(
        Case.model_fields["source"].annotation
    )


FILE = """
[[case]]
name = "good"
expect = "acknowledge"

[[case]]
name = "too dear"
expect = "acknowledge"
order.total = 30000
"""


@pytest.fixture
def rules(tmp_path):
    for name in ("orders.toml", "matrix.toml", "shipping.toml"):
        (tmp_path / name).write_text((playbooks.shipped("rules") / name).read_text())
    (tmp_path / "tests").mkdir()
    return tmp_path


def run(rules, *more):
    return CliRunner().invoke(app, ["rules", "test", "--rules", str(rules), *more], env={"COLUMNS": "200"})


def test_a_case_that_does_not_hold_is_told_with_its_line(rules):
    file = rules / "tests" / "mine.toml"
    file.write_text(FILE)
    told = run(rules)
    assert told.exit_code == 1
    assert f"{file}:6: too dear\n" in told.output
    assert "expected acknowledge, objected to by nobody\n" in told.output
    assert "was      review, objected to by it-adds-up, worth-is-within-the-limit\n" in told.output
    assert "1 of 2 cases" in told.output
    assert run(rules, "--only", "good").exit_code == 0


def test_cases_are_no_deck_and_no_part_of_the_playbooks_digest(rules):
    before = playbooks.load(rules=rules).digest
    (rules / "tests" / "mine.toml").write_text(FILE)
    assert playbooks.load(rules=rules).digest == before


def test_no_case_at_all_is_a_failure(rules):
    told = run(rules)
    assert told.exit_code == 1
    assert "no case there" in told.output


def test_a_rule_that_warns_is_expected_by_name(rules):
    deck = (rules / "orders.toml").read_text()
    deck += '\n[[rule]]\nname = "is-small"\nwhen = "order.lines.size() > 0"\nseverity = "warn"\n'
    (rules / "orders.toml").write_text(deck)
    file = rules / "tests" / "mine.toml"
    file.write_text('[[case]]\nname = "a"\nexpect = "acknowledge"\nwarns = ["is-small"]\n')
    assert run(rules).exit_code == 0
    file.write_text('[[case]]\nname = "a"\nexpect = "acknowledge"\n')
    assert "was      acknowledge, objected to by nobody; noted by is-small" in run(rules).output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "mine.toml:1: case: field required"),
        ('[[case]]\nname = "a"\n', "mine.toml:1: case.0.expect: field required"),
        ('[[case]]\nname = "a"\nexpect = "accept"\n', "mine.toml:3: case.0.expect: "),
        ('[[case]]\nname = "a"\nexpect = "review"\norder.totl = 5\n', "mine.toml:4: case.0.order.totl: unknown key"),
        ('[[case]]\nname = "a"\nexpect = "review"\norder.without = ["lines"]\n', "mine.toml:4: case.0.order.without.0"),
    ],
)
def test_a_case_is_read_strictly(text, told):
    with pytest.raises(PlaybookError) as error:
        cases(text, "mine.toml")
    assert str(error.value).startswith(told)


def test_a_case_may_say_what_came_before_and_who_is_known():
    def decided(more):
        ((case, where),) = cases(f'[[case]]\nname = "a"\nexpect = "acknowledge"\n{more}', "mine.toml")
        return result(case, where, PLAYBOOK).objects

    assert decided("") == ()
    assert decided('seen = ["same order"]') == ("is-not-a-repeat",)
    assert decided('customer.known_by = "name"') == ("customer-is-proved-by-the-sender",)
    assert decided("junk = true") == ("not-in-the-junk-folder",)
