"""The README tells the truth: its references are generated, its examples load."""

import re
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
    for block in re.findall(r"```toml\n(.*?)```", README.read_text(), re.DOTALL):
        text = "\n".join(line.removeprefix("   ") for line in block.splitlines())
        if text.startswith(first_word):
            yield text


def test_the_example_profile_is_a_good_profile():
    (text,) = blocks("source")
    assert profile("acme", text, "README.md").claims.sender == ("*@acme.example",)


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
