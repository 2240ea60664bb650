"""The line between the core and the world: read off the imports."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "maildaemon"
WORLDLY = (
    "dns",
    "aiosmtpd", "alembic", "apscheduler", "asyncio", "fastapi", "fcntl", "http", "imapclient", "imaplib", "multiprocessing",
    "os", "pathlib", "pymap", "random", "requests", "resource", "secrets", "signal", "smtplib", "socket", "sqlalchemy",
    "sqlite3", "sqlmodel", "ssl", "subprocess", "tempfile", "threading", "time", "urllib", "uvicorn",
)  # fmt: skip
OUTSIDE = ("edge", "web", "cli", "demo")
WIRING = ("daemon.py", "__main__.py")
CONFIGURATION = ("settings.py", "settings_accounts.py", "settings_facts.py")  # name paths, open none
OWN_TEXTS = (
    "reply/layouts.py",
    "reply/texts.py",
    "parse/labels.py",
    "phrasebook.py",
    "titles.py",
    "addresses.py",
    "unitwords.py",
)  # data that ship with the code, as part of it
DECIDES = ("maildaemon.decide", "maildaemon.judge", "maildaemon.plan", "maildaemon.match", "maildaemon.checks",
           "maildaemon.manners", "maildaemon.trust")  # fmt: skip


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def room(path):
    return path.relative_to(PACKAGE).parts[0]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def core():
    return [path for path in modules() if room(path) not in (*OUTSIDE, *WIRING)]


@pytest.mark.parametrize("path", core(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_core_does_not_touch_the_world(path):
    allowed = {"pathlib"} if path.name in CONFIGURATION or str(path.relative_to(PACKAGE)) in OWN_TEXTS else set()
    worldly = {name for name in imported(path) if name.split(".")[0] in WORLDLY and name.split(".")[0] not in allowed}
    worldly -= {"urllib.parse", "urllib.parse.urlsplit"}  # it takes an address apart, and goes nowhere
    assert not worldly


@pytest.mark.parametrize("path", core(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_core_does_not_know_the_edge(path):
    outside = {name for name in imported(path) if name.startswith(tuple(f"maildaemon.{out}" for out in OUTSIDE))}
    assert not outside


@pytest.mark.parametrize("path", core(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_core_opens_no_file_and_asks_no_clock(path):
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    }
    if str(path.relative_to(PACKAGE)) in OWN_TEXTS:
        called -= {"read_text", "open"}
    assert not called & {"open", "read_text", "read_bytes", "write_text", "write_bytes", "now", "utcnow", "today"}


@pytest.mark.parametrize(
    "path", [path for path in modules() if room(path) == "edge"], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_nothing_in_edge_decides(path):
    deciding = {
        name for name in imported(path) if name.startswith(DECIDES) and not name.startswith("maildaemon.checks")
    }
    assert not deciding


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_what_it_is_and_stays_small(path):
    text = path.read_text()
    if "migrations" in path.parts or not text.strip():
        return
    assert ast.get_docstring(ast.parse(text)), "a module opens with a sentence that says what it is"
    assert len(text.splitlines()) <= 450, "split what has grown"
