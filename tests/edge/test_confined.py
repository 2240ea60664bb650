"""What the kernel refuses a reading child, tried from inside one by a plugin that means harm."""

import os
import platform
from pathlib import Path

import pytest

from maildaemon.edge import confined, ocr
from maildaemon.edge.child import Limits
from maildaemon.edge.children import ChildReader
from maildaemon.edge.playbooks import gather
from tests.documents import making

PLUGIN = '''
import ctypes, os, signal, socket, subprocess

def orders(mail, documents):
    """What was tried and how it ended, as the reason of a failure."""
    got = []
    for name, attempt in ATTEMPTS.items():
        try:
            attempt(mail.header("x-where") or "")
            got.append(name)
        except OSError as error:
            pass
    raise ValueError("got through: " + (", ".join(got) or "nothing"))

def raw(number):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, 16, 0) < 0:
        raise OSError(ctypes.get_errno(), "refused")

ATTEMPTS = {
    "inet": lambda _: socket.socket(socket.AF_INET),
    "inet6": lambda _: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
    "unix": lambda _: socket.socket(socket.AF_UNIX),
    "netlink": lambda _: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "packet": lambda _: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "pair": lambda _: socket.socketpair(),
    "name": lambda _: socket.getaddrinfo("client.example", 25),
    "io_uring": lambda _: raw(425),
    "write": lambda where: open(where + "/new", "w"),
    "append": lambda where: open(where + "/kept", "a"),
    "truncate": lambda where: os.truncate(where + "/kept", 0),
    "unlink": lambda where: os.unlink(where + "/kept"),
    "rename": lambda where: os.rename(where + "/kept", where + "/other"),
    "mkdir": lambda where: os.mkdir(where + "/folder"),
    "chmod": lambda where: os.chmod(where + "/kept", 0o777),
    "daemon": lambda where: os.kill(int(open(where + "/pid").read()), 0) if NO_PROGRAMS else os.kill(2**22 + 1, 0),
    "program": lambda _: subprocess.run(["/bin/true"]) if NO_PROGRAMS else os.unlink("/"),
    "fork": lambda _: os.fork() if NO_PROGRAMS else os.unlink("/"),
}
'''

needs_filter = pytest.mark.skipif(
    platform.machine() not in {"x86_64", "aarch64"}, reason="the filter is written for x86_64 and aarch64"
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "kept").write_text("kept")
    (tmp_path / "pid").write_text(str(os.getpid()))
    return tmp_path


def tried(folder, *, programs):
    parsers = folder / "parsers"
    parsers.mkdir()
    (parsers / "harm.toml").write_text('[claims]\nfrom = "*@harm.example"\n')
    (parsers / "harm.py").write_text(PLUGIN + f"\nNO_PROGRAMS = {not programs}\n")
    (parsers / "harm.py").chmod(0o644)
    reader = ChildReader(gather(parsers), children=1, limits=Limits())
    mail = f"From: a@harm.example\r\nSubject: Purchase order 1\r\nX-Where: {folder}\r\n\r\nPO number: 1\r\n"
    (found,) = reader.read([mail.encode()])
    reader.close()
    return " ".join(found.doubts)


@needs_filter
def test_a_child_has_no_network_changes_no_file_and_reaches_no_process(folder):
    programs = ocr.installed() is not None
    assert "got through: nothing" in tried(folder, programs=programs)
    assert (folder / "kept").read_text() == "kept"
    assert not (folder / "new").exists()


@needs_filter
def test_without_tesseract_a_child_starts_no_program(folder, monkeypatch):
    """It is looked for on the path; the child's own is the daemon's."""
    monkeypatch.setenv("PATH", str(folder))
    assert ocr.installed() is None
    assert "got through: nothing" in tried(folder, programs=False)


@pytest.mark.skipif(ocr.installed() is None, reason="needs tesseract (Debian: tesseract-ocr)")
def test_tesseract_reads_a_scan_under_the_same_filter():
    reader = ChildReader(gather(), children=1, limits=Limits(wall_seconds=60))
    (found,) = reader.read_files([("scan.pdf", making.scan(making.order_pdf()))])
    reader.close()
    assert "W-100" in " ".join(line.text for line in found.documents[0].lines)


def test_the_numbers_are_those_of_the_kernels_own_headers():
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if not header.exists():
        pytest.skip("needs the kernel's headers (Debian: linux-libc-dev)")
    numbers = dict(line.split()[1:3] for line in header.read_text().splitlines() if line.startswith("#define __NR_"))
    ours = {**confined._NEVER, **confined._PROGRAMS, **confined._SIGNALS}
    for name, (number, _) in ours.items():
        assert number == int(numbers.get(f"__NR_{name}", number)), name
