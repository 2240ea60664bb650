"""Servers for the tests of the edge."""

import itertools
import os
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maildaemon.edge.imap import ImapAccount, ImapMailbox
from tests.servers import dovecot as dovecots
from tests.servers.dovecot import Dovecot
from tests.servers.imap_proxy import ImapProxy, imap_proxy
from tests.servers.pymap_server import pymap_server

USERS = itertools.count(1)


def need_dovecot() -> None:
    """Skip without Dovecot; where everything must be there, fail."""
    if not dovecots.installed():
        if os.environ.get("CI") == "true":
            pytest.fail(dovecots.MISSING)
        pytest.skip(dovecots.MISSING)


@pytest.fixture(autouse=True)
def _dovecot_or_a_clear_word(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("dovecot"):
        need_dovecot()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    need_dovecot()
    with dovecots.dovecot() as server:
        yield server


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[ImapProxy]:
    """Before Dovecot, injecting nothing yet."""
    with imap_proxy(dovecot.imap_port) as made:
        yield made


@pytest.fixture
def user() -> str:
    """A mailbox that no other test uses."""
    return f"user{next(USERS)}"


def account(port: int, user: str = "orders", password: str = dovecots.PASSWORD, **more: object) -> ImapAccount:
    values: dict = {"connect_timeout": 20.0, "read_timeout": 20.0} | more
    return ImapAccount("box", "127.0.0.1", port, values.pop("security", "none"), user, lambda: password, **values)


@pytest.fixture(name="account")
def account_fixture() -> Callable[..., ImapAccount]:
    return account


@pytest.fixture
def mailboxes() -> Iterator[Callable[[ImapAccount], ImapMailbox]]:
    """Makes connected mailboxes and closes them."""
    made: list[ImapMailbox] = []

    def make(of: ImapAccount) -> ImapMailbox:
        mailbox = ImapMailbox(of)
        made.append(mailbox)
        mailbox.connect()
        return mailbox

    yield make
    for mailbox in made:
        mailbox.close()


@pytest.fixture(params=[pytest.param("dovecot", marks=pytest.mark.dovecot), "pymap"])
def either(request: pytest.FixtureRequest) -> Iterator[ImapAccount]:
    """An empty account, once on Dovecot and once on pymap."""
    if request.param == "dovecot":
        server: Dovecot = request.getfixturevalue("dovecot")
        yield account(server.imap_port, request.getfixturevalue("user"))
    else:
        with pymap_server() as given:
            yield account(given.port, given.user, given.password)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
               "-out", str(files[0]), "-keyout", str(files[1])]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    except FileNotFoundError:
        pytest.skip("needs the openssl command")
    return files


@pytest.fixture
def context(certificate) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*certificate)
    return made
