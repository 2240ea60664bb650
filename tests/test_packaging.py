"""The package works from outside the checkout: as a wheel, out of the sdist, and as an editable install."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAIL = b"""From: buyer@client.example
To: orders@us.example
Subject: Purchase order PO-4711
Message-ID: <1@client.example>

PO number: PO-4711

Item    Qty   Unit price
W-100   5     1.20
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built by way of the sdist as an index would have it."""
    out = tmp_path_factory.mktemp("dist")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*command, str(wheel)], check=True, timeout=100)
    return target


def run(code_or_arguments, folder, site=None):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if site:
        environment["PYTHONPATH"] = str(site)
    return subprocess.run(
        [sys.executable, "-P", *code_or_arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_wheel_carries_the_playbook_the_demo_and_the_migrations(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "maildaemon/_playbook/rules/orders.toml",
        "maildaemon/_playbook/parsers/general.toml",
        "maildaemon/py.typed",
        "maildaemon/edge/migrations/script.py.mako",
        "maildaemon/demo/data/customers.csv",
        "maildaemon/demo/data/expected.toml",
    ):
        assert wanted in names
    assert [name for name in names if name.startswith("maildaemon/demo/data/") and name.endswith(".eml")]
    assert not [name for name in names if name.startswith(("tests/", "parsers/", "rules/"))]


def test_the_wheel_works_outside_the_checkout(installed, tmp_path):
    (tmp_path / "order.eml").write_bytes(MAIL)
    where = run(["-c", "import maildaemon; print(maildaemon.__file__)"], tmp_path, installed)
    assert where.stdout.startswith(str(installed))
    answer = run(["-m", "maildaemon", "try", "--json", "order.eml"], tmp_path, installed)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["orders"][0]["po_number"] == "PO-4711"
    assert found["decision"] == "review"


def test_the_editable_install_works_outside_the_checkout(tmp_path):
    (tmp_path / "order.eml").write_bytes(MAIL)
    answer = run(["-m", "maildaemon", "try", "--json", "order.eml"], tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["orders"][0]["po_number"] == "PO-4711"


def test_the_shipped_playbook_is_found_in_the_wheel(installed, tmp_path):
    code = "from maildaemon.edge import playbooks; p = playbooks.load(); print(len(p.profiles), playbooks.shipped('rules'))"
    found = run(["-c", code], tmp_path, installed)
    count, folder = found.stdout.split()
    assert int(count) >= 5
    assert folder == str(installed / "maildaemon" / "_playbook" / "rules")
