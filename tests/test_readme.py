"""The README tells the truth: its references are generated, its examples load."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from maildaemon import condition
from maildaemon.checks import VOCABULARY
from maildaemon.cli import app
from maildaemon.deck import deck, vocabulary_reference
from maildaemon.playbook import profile
from maildaemon.settings import reference

README = Path(__file__).parent.parent / "README.md"
BLOCKS = {
    "checks": lambda: vocabulary_reference(VOCABULARY),
    "conditions": condition.reference,
    "configuration": reference,
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_generated_reference_is_up_to_date(name, request):
    text = README.read_text()
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    wanted = head + begin + BLOCKS[name]() + "\n" + end + tail
    if request.config.getoption("--bless"):
        README.write_text(wanted)
    assert README.read_text() == wanted, f"README.md: the block {name!r} is stale: pytest tests/test_readme.py --bless"


def blocks(first_word):
    for language, text in fenced(README.read_text()):
        if language == "toml" and text.startswith(first_word):
            yield text


def fenced(text):
    """Each fenced block: its language, and its lines as they are outside of a list."""
    for language, block in re.findall(r"```([a-z]+)\n(.*?)```", text, re.DOTALL):
        yield language, "\n".join(line.removeprefix("   ") for line in block.splitlines())


def test_the_example_profile_is_a_good_profile():
    (text,) = blocks("source")
    assert profile("brandt-hydraulics", text, "README.md").claims.sender == ("*@brandt-hydraulics.example",)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """The walk-through's commands in one shell, in an empty folder: what each block printed, and the status of each."""
    where = tmp_path_factory.mktemp("walk-through")
    command = where / "bin" / "maildaemon"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m maildaemon "$@"\n')
    command.chmod(0o755)
    (where / "empty").mkdir()
    steps = list(fenced(README.read_text().partition("<!-- begin walk-through -->")[2].partition("<!-- end")[0]))
    marked = [f"{text}\necho @@@ $?" for language, text in steps if language == "sh"]
    environment = {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": str(README.parent)}
    environment.pop("MAILDAEMON_CONFIG", None)
    done = subprocess.run(
        ["sh", "-c", "\n".join(marked)], cwd=where / "empty", env=environment | {"COLUMNS": "80"},
        capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    printed = re.findall(r"(.*?)@@@ ([0-9]+)\n", done.stdout, re.DOTALL)
    return where / "empty", steps, printed, done.stderr


def test_the_walk_through_does_what_it_says(walked):
    """Each block ends with the status that it states, 0 unless said; what is shown below a block was printed by it."""
    _, steps, printed, errors = walked
    assert errors == ""
    assert len(printed) == sum(language == "sh" for language, _ in steps) == 5
    said = iter(printed)
    output = ""
    for language, text in steps:
        if language == "sh":
            output, status = next(said)
            stated = re.search(r"# status ([0-9])", text)
            assert status == (stated[1] if stated else "0"), text
        else:
            there = {" ".join(line.split()) for line in output.splitlines()}
            assert [line for line in text.splitlines() if " ".join(line.split()) not in there] == []


def test_the_walk_through_ends_with_the_profile_that_the_readme_shows(walked):
    where, *_ = walked
    (text,) = blocks("source")
    shown, made = (
        profile("brandt-hydraulics", one, "README.md")
        for one in (text, (where / "parsers" / "brandt-hydraulics.toml").read_text())
    )
    assert (shown.source, shown.language, shown.decimal, shown.dates) == (
        made.source, made.language, made.decimal, made.dates,
    )  # fmt: skip
    assert shown.lines == made.lines
    assert {name: made.fields[name] for name in shown.fields} == shown.fields
    golden = json.loads((where / "parsers" / "brandt-hydraulics.samples" / "brandt-2.expected.json").read_text())
    assert golden[0]["requested_date"].startswith("2026-12-04 | ")
    assert golden[0]["lines"][0]["quantity"].startswith("24 | ")


def test_the_example_rules_are_good_rules():
    texts = list(blocks("[[rule]]"))
    assert len(texts) == 2
    for text in texts:
        assert deck("orders", text, "README.md", VOCABULARY).rules[0].name == tomllib.loads(text)["rule"][0]["name"]


def test_the_example_conditions_are_good_conditions():
    lines = re.findall(r"^    ((?:order|promise|customer|size)\b.*?)\s{2,}\S", README.read_text(), re.MULTILINE)
    assert len(lines) >= 7
    assert all(condition.condition(line) for line in lines)


def test_every_command_is_told_of():
    text = README.read_text()
    names = [command.name or command.callback.__name__.strip("_") for command in app.registered_commands]
    names += [group.name for group in app.registered_groups]
    assert names
    assert not [name for name in names if f"`maildaemon {name}" not in text]
