"""`maildaemon profile`, as an operator sees it: draft, test and list on the real command line."""

import json
import os
import stat
import tomllib
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SAMPLES = sorted((ROOT / "tests" / "mail" / "kessler").glob("*.eml"))
NORTHWIND = ROOT / "tests" / "mail" / "northwind" / "plain-order.eml"
CSV = "PO number,Item,Qty,Price\nFX-10001,W-100,5,1.20\n"
CONFIG = """
parsers = "profiles"
[company]
name = "Example"
address = "orders@example.com"
[[mailbox]]
name = "orders"
host = "127.0.0.1"
user = "orders"
password_env = "NOT_SET"
[smtp]
host = "127.0.0.1"
port = 1
security = "none"
"""


@pytest.fixture
def maildaemon(tmp_path, command):
    environment = {**os.environ, "COLUMNS": "80"}
    environment.pop("MAILDAEMON_CONFIG", None)
    return partial(command, cwd=tmp_path, environment=environment)


@pytest.fixture
def drafted(maildaemon):
    said = maildaemon("profile", "draft", *SAMPLES, "--name", "kessler")
    assert (said.returncode, said.stderr) == (0, "")
    return said


def test_draft_writes_the_profile_and_its_golden_files_and_says_what_comes_next(drafted, tmp_path):
    where = tmp_path / "parsers"
    profile = tomllib.loads((where / "kessler.toml").read_text())
    assert profile["claims"] == {"from": "einkauf@kessler-anlagenbau.example", "subject": "Bestellung *"}
    assert sorted(path.name for path in (where / "kessler.samples").iterdir()) == sorted(
        name for path in SAMPLES for name in (path.name, f"{path.stem}.expected.json")
    )
    for path in SAMPLES:
        assert (where / "kessler.samples" / path.name).read_bytes() == path.read_bytes()
    assert stat.S_IMODE((where / "kessler.samples").stat().st_mode) == 0o700
    assert not list(where.rglob(".*"))
    assert "parsers/kessler.toml: written" in drafted.stdout
    assert "not found: bill_to" in drafted.stdout
    assert drafted.stdout.rstrip().endswith("maildaemon profile test kessler")


def test_in_a_checkout_the_samples_lie_where_the_tests_look_at_them(maildaemon, tmp_path):
    (tmp_path / "tests" / "mail").mkdir(parents=True)
    assert maildaemon("profile", "draft", SAMPLES[0], "--name", "kessler").returncode == 0
    assert (tmp_path / "tests" / "mail" / "kessler" / f"{SAMPLES[0].stem}.expected.json").exists()
    assert [path.name for path in (tmp_path / "parsers").iterdir()] == ["kessler.toml"]


def test_draft_overwrites_nothing_unasked(drafted, maildaemon, tmp_path):
    profile = tmp_path / "parsers" / "kessler.toml"
    profile.write_text(profile.read_text() + "# mine\n")
    said = maildaemon("profile", "draft", *SAMPLES, "--name", "kessler")
    assert (said.returncode, said.stdout) == (1, "")
    assert (
        said.stderr == "parsers/kessler.toml: is there already; expected another --name, or --force to overwrite it\n"
    )
    assert profile.read_text().endswith("# mine\n")
    assert maildaemon("profile", "draft", *SAMPLES, "--name", "kessler", "--force").returncode == 0
    assert "# mine" not in profile.read_text()


def test_test_shows_each_value_with_its_evidence_in_80_columns(drafted, maildaemon):
    said = maildaemon("profile", "test", "kessler")
    assert (said.returncode, said.stderr) == (0, "")
    lines = said.stdout.splitlines()
    (row,) = [line for line in lines if line.split()[:2] == ["po_number", "4500187799"]]
    assert row.split()[2:] == ["body,", "line", "3", "1.00"]
    assert any("“Bestellnummer:" in line for line in lines)
    assert all(len(line) <= 80 for line in lines if "1.00" in line or "“" in line)
    assert "The general reader alone would have read the same." in said.stdout
    assert lines[-1] == "kessler: 2 mails, all as they should be (parsers)"


def test_a_difference_to_the_golden_file_is_shown_as_was_and_now_until_it_is_blessed(drafted, maildaemon, tmp_path):
    profile = tmp_path / "parsers" / "kessler.toml"
    profile.write_text(profile.read_text().replace('["Bestelldatum"]', '["Belegtag"]'))
    said = maildaemon("profile", "test", "kessler")
    assert said.returncode == 1
    assert "order_date: 2026-11-23 | body, line 4 | 1.0 → nothing" in said.stdout
    assert "The general reader alone would have read order_date 2026-11-23, not nothing." in said.stdout
    assert "kessler: 2 mails, 1 wrong" in said.stdout
    assert maildaemon("profile", "test", "kessler", "--bless").returncode == 0
    assert maildaemon("profile", "test", "kessler").returncode == 0


def test_a_golden_file_that_is_missing_or_broken_is_a_failure(drafted, maildaemon, tmp_path):
    where = tmp_path / "parsers" / "kessler.samples"
    (where / f"{SAMPLES[0].stem}.expected.json").unlink()
    (where / f"{SAMPLES[1].stem}.expected.json").write_text("{")
    said = maildaemon("profile", "test", "kessler", "--json")
    assert said.returncode == 1
    one, other = map(json.loads, said.stdout.splitlines())
    assert one["golden"] == "missing"
    assert "not JSON" in " ".join(other["wrong"])
    assert maildaemon("profile", "test", "kessler", "--bless").returncode == 0


def test_as_json_each_mail_is_an_object_on_a_line(drafted, maildaemon):
    said = maildaemon("profile", "test", "kessler", "--json")
    found = [json.loads(line) for line in said.stdout.splitlines()]
    assert [one["golden"] for one in found] == ["same", "same"]
    assert found[0]["claimed_by"] == ["kessler"]
    assert {"field": "orders[0].po_number", "value": "4500187799", "where": "body, line 3"}.items() <= found[0][
        "values"
    ][0].items()


def test_a_mail_that_the_profile_does_not_claim_is_told(drafted, maildaemon):
    said = maildaemon("profile", "test", "kessler", NORTHWIND)
    assert said.returncode == 1
    assert "wrong: kessler does not claim it: the general profile reads it" in said.stdout


def test_two_claimants_are_told(drafted, maildaemon, tmp_path):
    (tmp_path / "parsers" / "broad.toml").write_text('[claims]\nfrom = "*@kessler-anlagenbau.example"\n')
    said = maildaemon("profile", "test", "kessler")
    assert said.returncode == 1
    assert "wrong: broad claims it too: two claimants send a mail to review" in said.stdout
    again = maildaemon("profile", "draft", *SAMPLES, "--name", "kessler", "--force")
    assert "the profile broad claims it too" in again.stdout


def test_a_bare_document_becomes_a_mail_from_who_is_said_to_send_it(maildaemon, tmp_path):
    (tmp_path / "po 1.csv").write_text(CSV)
    refused = maildaemon("profile", "draft", "po 1.csv", "--name", "fox")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--from ADDRESS" in refused.stderr
    said = maildaemon("profile", "draft", "po 1.csv", "--from", "export@fox.example")
    assert said.returncode == 0
    golden = json.loads((tmp_path / "parsers" / "fox.samples" / "po-1.expected.json").read_text())
    assert golden[0]["po_number"].startswith("FX-10001 | po 1.csv, ")
    assert maildaemon("profile", "test", "fox").returncode == 0


def test_the_configured_folder_is_the_one_that_is_used(maildaemon, tmp_path):
    (tmp_path / "maildaemon.toml").write_text(CONFIG)
    (tmp_path / "profiles").mkdir()
    assert maildaemon("profile", "draft", SAMPLES[0], "--name", "kes", "--config", "maildaemon.toml").returncode == 0
    assert (tmp_path / "profiles" / "kes.toml").exists()
    said = maildaemon("profile", "list", "--config", "maildaemon.toml")
    assert (said.returncode, said.stdout.split()[:4]) == (0, ["name", "source", "claims", "samples"])
    row = said.stdout.splitlines()[1].split()
    assert (row[:4], row[-1]) == (["kes", "direct", "from", "einkauf@kessler-anlagenbau.example,"], "1")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["draft", "no.eml"], 1, "no.eml: the file cannot be read: No such file or directory"),
        (["draft", "good.eml", "--name", "../x"], 1, "../x: expected a name of small letters"),
        (["draft", "good.eml", "--name", "general"], 1, "general: expected a name of small letters"),
        (["draft", "good.eml", "--from", "a@b.example"], 1, "--from says who sends bare documents"),
        (["draft", "po.csv", "--from", "nobody"], 1, "--from nobody: expected an address"),
        (["draft", "good.eml", "other.eml"], 1, "several senders"),
        (["draft", "good.eml", "--config", "bad.toml"], 78, "bad.toml: "),
        (["draft", "good.eml", "--into", "broken"], 78, "broken/acme.toml:1: "),
        (["test", "nobody"], 1, "nobody: no such profile in "),
        (["test", "northwind", "--parsers", "nowhere"], 78, "nowhere: not a folder"),
        (["test", "acme", "--parsers", "empty"], 1, "empty/acme.samples: no sample mail in it"),
        (["list", "--parsers", "broken"], 78, "broken/acme.toml:1: "),
    ],
)
def test_what_cannot_be_done_is_one_line(maildaemon, tmp_path, arguments, status, said):
    (tmp_path / "good.eml").write_bytes(NORTHWIND.read_bytes())
    (tmp_path / "other.eml").write_bytes(SAMPLES[0].read_bytes())
    (tmp_path / "po.csv").write_text(CSV)
    (tmp_path / "bad.toml").write_text("colour = 1\n")
    for folder, text in (("broken", "colour = 1\n"), ("empty", '[claims]\nfrom = "a@acme.example"\n')):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "acme.toml").write_text(text)
    found = maildaemon("profile", *arguments)
    assert (found.returncode, found.stdout) == (status, "")
    assert found.stderr.count("\n") == 1
    assert said in found.stderr
    assert not (tmp_path / "parsers").exists()


def test_a_mail_that_steers_the_terminal_does_not(maildaemon, tmp_path):
    raw = NORTHWIND.read_bytes().replace(b"Payment terms:", b'Pay\x1b[2Jment\xe2\x80\xae "terms":')
    (tmp_path / "evil\x1b[2J.eml").write_bytes(raw)
    said = maildaemon("profile", "draft", "evil\x1b[2J.eml")
    assert said.returncode == 0
    shown = said.stdout + maildaemon("profile", "test", "northwind").stdout
    assert all(character == "\n" or character.isprintable() for character in shown)


def test_the_demo_writes_its_samples_and_overwrites_none(maildaemon, tmp_path):
    said = maildaemon("demo", "--samples", "mails")
    assert (said.returncode, said.stdout) == (
        0,
        "mails: 28 sample mails, and in mails/known what is known of their clients\n",
    )
    assert (tmp_path / "mails" / "brandt-1.eml").read_bytes().startswith(b"Return-Path: <purchasing@brandt-")
    again = maildaemon("demo", "--samples", "mails")
    assert (again.returncode, again.stderr) == (1, "mails/01-typed-text.eml: is there already\n")
