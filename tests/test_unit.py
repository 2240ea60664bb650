"""The systemd unit: what it promises to an operator."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parent.parent / "systemd" / "maildaemon.service"
MOST_EXPOSED = 2.0
"""Of ten, in the measure of `systemd-analyze security`; below 2.0 it says OK."""

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


@pytest.fixture
def unit():
    found = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    found.optionxform = str
    found.read_string(UNIT.read_text())
    return found


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=60)


def test_a_reload_asks_for_the_playbooks_files(unit):
    assert unit["Service"]["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_systemd_never_gives_up_but_over_the_configuration(unit):
    """A server that comes and goes ends in time; a daemon that systemd has given up stays down until somebody looks."""
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert unit["Service"]["Restart"] == "always"
    assert unit["Service"]["RestartPreventExitStatus"] == "78"


@needs_systemd
def test_systemd_finds_nothing_to_say(tmp_path):
    text = UNIT.read_text().replace("/opt/maildaemon/venv/bin/maildaemon", sys.executable)
    (tmp_path / UNIT.name).write_text(text)
    said = analyze("verify", "--man=no", "--recursive-errors=no", str(tmp_path / UNIT.name))
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


@needs_systemd
def test_the_unit_is_locked_down():
    said = analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSED * 10:.0f}", str(UNIT))
    assert said.returncode == 0, said.stdout + said.stderr
