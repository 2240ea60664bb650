"""The decision matrix as decisions: for each row, orders that are acknowledged and orders that are stopped, with reasons."""

import json
from pathlib import Path

import pytest

from maildaemon.cases import cases, reading_of, result
from maildaemon.edge import playbooks
from maildaemon.model import Source
from maildaemon.reply.answer import written
from maildaemon.reply.sample import US
from maildaemon.report import tried

FOLDER = Path(__file__).parent / "matrix"
PLAYBOOK = playbooks.load()
CASES = [case for case, _ in cases((FOLDER / "cases.toml").read_text("utf-8"), "cases.toml")]
ROWS = {"-".join(part for part in row.key if part) or "everything": row for row in PLAYBOOK.matrix.row}


def of_row(case, row):
    """The case as an order that the row is for."""
    said = {"source": row.source or Source.DIRECT, "profile": row.profile or case.profile}
    customer = case.customer.model_copy(update={"number": row.customer or case.customer.number})
    return case.model_copy(update={**said, "customer": customer})


def decided(case, row):
    found = result(of_row(case, row), "", PLAYBOOK)
    decision = found.decision
    assert PLAYBOOK.matrix.find(decision.orders[0].order) is row
    shown = tried(case.name, decision, reading_of(of_row(case, row)), decision.mode)
    kept = {key: shown[key] for key in ("kind", "source", "profile", "mode", "decision", "objections")}
    (one,) = decision.orders
    kept |= {"proved": one.proved, "accepts": one.accepts, "channel": one.channel, "team": one.team}
    kept |= {"promised": shown["orders"][0]["promise"]["day"], "filing": str(decision.filing)}
    answer = written(decision, US) if decision.reply else None
    kept["answer"] = [f"Subject: {answer.subject}", "", *answer.text.splitlines()] if answer else None
    return found, kept


@pytest.mark.parametrize("name", ROWS)
def test_each_row_of_the_matrix_decides_as_its_golden_file_says(name, bless):
    """A missing golden file fails: ``pytest --bless`` writes it, and a person reads the diff."""
    found = {case.name: decided(case, ROWS[name])[1] for case in CASES}
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    expected = FOLDER / f"{name}.expected.json"
    if bless:
        expected.write_text(text, encoding="utf-8")
    assert expected.exists(), f"{expected.name} is missing: run pytest --bless and read what it wrote"
    assert json.loads(text) == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_each_case_is_decided_as_it_says_whatever_its_row(case, name):
    found, kept = decided(case, ROWS[name])
    assert (found.decision.action, found.objects) == (case.expect, tuple(sorted(case.objects)))
    assert (kept["answer"] is not None) is (case.expect == "acknowledge")


def test_each_row_acknowledges_and_stops():
    assert {row.source for row in PLAYBOOK.matrix.row} == set(Source)
    assert {"acknowledge", "review"} <= {case.expect for case in CASES}
    assert {path.name for path in FOLDER.glob("*.expected.json")} == {f"{name}.expected.json" for name in ROWS}
