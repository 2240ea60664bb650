"""The other end of the zygote: start programs in it, kill them, see them end."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.campaign.episode import Arm

ROOT = Path(__file__).resolve().parents[2]


class Forked:
    """One process under test. ``code`` is its exit status, negative for the signal that ended it; None: it lives."""

    def __init__(self, zygote: str, wish: dict[str, Any], out: int, error: int) -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.line.connect(zygote)
        with Path(os.devnull).open() as nothing:
            descriptors = [nothing.fileno(), out, error]
            socket.send_fds(self.line, [json.dumps(wish | {"zygote": zygote}).encode()], descriptors)
        self.pid = int(self.line.recv(64))
        self.code: int | None = None
        self.lock = threading.Lock()

    @property
    def alive(self) -> bool:
        return not self.over(0)

    def over(self, seconds: float) -> bool:
        """Waits so long for its end."""
        with self.lock:
            if self.code is None:
                self.line.settimeout(seconds)
                try:
                    said = self.line.recv(64)
                except (TimeoutError, BlockingIOError):
                    return False
                self.code = int(said) if said else -signal.SIGKILL
                self.line.close()
            return True

    def signal(self, number: int) -> None:
        with contextlib.suppress(OSError):  # it is over
            self.line.send(json.dumps({"signal": int(number)}).encode())

    def kill(self) -> None:
        """With SIGKILL; returns when it is gone."""
        self.signal(signal.SIGKILL)
        self.over(20)


class Victim(Forked):
    """The daemon with faults armed."""

    def __init__(self, zygote: str, config: Path, tape: Path, log: Path, arms: tuple[Arm, ...], tag: str) -> None:
        self.log = log
        wish = {"do": "victim", "config": str(config), "tape": str(tape), "tag": tag, "arms": arms}
        with log.open("ab") as out:
            super().__init__(zygote, wish, out.fileno(), out.fileno())


class Command(Forked):
    """``maildaemon ARGUMENTS``, as from a shell in the folder ``cwd``."""

    def __init__(
        self, zygote: str, arguments: Sequence[object], out: int, error: int, *, cwd: Path, environment: dict[str, str]
    ) -> None:
        words = [str(each) for each in arguments]
        wish = {"do": "command", "tag": "command", "arguments": words, "cwd": str(cwd), "environment": environment}
        super().__init__(zygote, wish, out, error)


def run(
    zygote: str,
    *arguments: object,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
    timeout: float = 100,
) -> subprocess.CompletedProcess[str]:
    """What ``subprocess.run`` gives. Raises subprocess.TimeoutExpired."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error:
        command = Command(
            zygote, arguments, out.fileno(), error.fileno(),
            cwd=cwd or Path.cwd(), environment=dict(os.environ) if environment is None else environment,
        )  # fmt: skip
        if not command.over(timeout):
            command.kill()
            raise subprocess.TimeoutExpired(command_line(arguments), timeout)
        for each in (out, error):
            each.seek(0)
        said = [each.read().decode() for each in (out, error)]
    assert command.code is not None
    return subprocess.CompletedProcess(command_line(arguments), command.code, *said)


def command_line(arguments: Sequence[object]) -> list[str]:
    return ["maildaemon", *map(str, arguments)]


@contextlib.contextmanager
def zygote(folder: Path) -> Iterator[str]:
    """The path of its socket."""
    path = str(folder / "zygote")
    keep = {key: os.environ[key] for key in ("PATH", "LANG", "VIRTUAL_ENV") if key in os.environ}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.campaign.zygote", path],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
        env={**keep, "PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2"},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            raise RuntimeError("the zygote did not start")
        try:
            yield path
        finally:
            process.stdin.close()
            process.wait(20)


def living(zygote: str, tag: str) -> list[int]:
    """The processes of an episode that are still there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
        line.connect(zygote)
        line.send(json.dumps({"living": tag}).encode())
        return json.loads(line.recv(65536))
