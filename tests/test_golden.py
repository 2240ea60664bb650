"""What is read out of every sample mail in tests/mail/<profile>/ is what the file beside it says."""

import json
from pathlib import Path

import pytest

from maildaemon import golden
from maildaemon.edge.playbooks import load
from maildaemon.playbook import Playbook
from maildaemon.read import read
from maildaemon.understand import understood

FOLDER = Path(__file__).parent / "mail"
MAILS = sorted(FOLDER.glob("*/*.eml"))


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load()


@pytest.mark.parametrize("path", MAILS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_mail_is_read_as_its_golden_file_says(path: Path, playbook: Playbook, bless: bool) -> None:
    """A missing golden file fails: ``pytest --bless`` writes it, and a person reads the diff."""
    mail, documents = read(path.read_bytes())
    claimants = [profile.name for profile in playbook.claimed(mail, documents)]
    assert claimants == ([] if path.parent.name == "general" else [path.parent.name])

    text = golden.text(understood(mail, documents, playbook).orders)

    expected = path.with_suffix(golden.SUFFIX)
    if bless:
        expected.write_text(text, encoding="utf-8")
    assert expected.exists(), f"{expected.name} is missing: run pytest --bless and read what it wrote"
    assert json.loads(text) == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("*/*.expected.json")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_a_golden_file_lies_beside_its_mail(path: Path) -> None:
    assert path.with_name(path.name.removesuffix(".expected.json") + ".eml").exists()


def test_every_profile_has_a_sample_mail(playbook: Playbook) -> None:
    for profile in playbook.profiles:
        assert list((FOLDER / profile.name).glob("*.eml")), profile.name
