"""The configuration: strict, in one line, and never a secret in it."""

import tomllib
from pathlib import Path

import pytest

from maildaemon.housing import house
from maildaemon.model import Mode
from maildaemon.settings import ConfigError, parse

HERE = Path(__file__).parent
GOOD = """
[company]
name = "Example"
address = "orders@Example.com"
domains = ["example.org"]
[[mailbox]]
name = "orders"
host = "imap.example.com"
user = "orders"
password_file = "secrets/imap"
junk = "Junk"
[smtp]
host = "127.0.0.1"
security = "none"
"""


@pytest.mark.parametrize("path", sorted((HERE / "bad-config").glob("*.toml")), ids=lambda path: path.stem)
def test_a_bad_configuration_is_one_line_with_file_and_key(path):
    expected = path.read_text().splitlines()[0].removeprefix("# ")
    with pytest.raises(ConfigError) as caught:
        parse(path.read_text(), str(path))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert expected in message
    assert "\n" not in message
    assert "hunter2" not in message


def test_a_new_installation_only_looks():
    assert parse(GOOD, "/etc/maildaemon/maildaemon.toml").mode is Mode.SHADOW


def test_paths_are_taken_from_the_folder_of_the_file():
    found = parse(GOOD, "/etc/maildaemon/maildaemon.toml")
    assert found.mailbox[0].password_file == Path("/etc/maildaemon/secrets/imap")
    assert found.ledger == Path("/var/lib/maildaemon/ledger.db")


def test_whom_a_mailbox_believes_is_its_stand():
    keys = 'authserv_id = "m365"\nm365_tenant = "0f5c5b9a-1c1e-4b5a-9a0e-3d0c7a1b2c3d"\nverify_dkim = true\nunproven = "brief"\n'
    found = parse(GOOD.replace("[[mailbox]]\n", f"[[mailbox]]\n{keys}"), "x.toml")
    stand = house(found, found.mailbox[0], b"s").stand
    assert (stand.authserv_id, stand.tenant, stand.dkim, stand.above, stand.unproven) == (
        "m365", "0f5c5b9a-1c1e-4b5a-9a0e-3d0c7a1b2c3d", True, False, "brief"
    )  # fmt: skip
    plain = parse(GOOD, "x.toml")
    assert house(plain, plain.mailbox[0], b"s").stand.unproven == "review"


def test_the_junk_folder_is_watched_too():
    assert parse(GOOD, "x.toml").mailbox[0].watched == ("INBOX", "Junk")


def test_our_own_domains_are_the_addresss_and_the_named_ones():
    assert parse(GOOD, "x.toml").company.own_domains == {"example.com", "example.org"}


def test_the_readmes_example_is_a_good_configuration():
    readme = (HERE.parent / "README.md").read_text()
    block = readme.split("```toml\n# maildaemon.toml\n", 1)[1].split("```", 1)[0]
    assert tomllib.loads(block)
    assert parse(block, "maildaemon.toml").mode is Mode.SHADOW
