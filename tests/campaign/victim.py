"""What runs in a process forked from the zygote: the real daemon with a fault armed, or its reading child."""

import contextlib
import faulthandler
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback
from dataclasses import asdict
from typing import Any

READY = b"!"
"""What a reading child says before its first frame, when all is loaded: a fork server's has that from its server."""
POISON = b"X-Campaign: poison"
"""A mail with this line kills the child that reads it."""


class Tape:
    """Lines that outlive a kill: what the victim did, as far as the checks must know it."""

    def __init__(self, path: str) -> None:
        self.handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def say(self, *words: object) -> None:
        os.write(self.handle, (" ".join(map(str, words)) + "\n").encode())


def run(wish: dict[str, Any]) -> int:
    """The daemon, as ``maildaemon run --config FILE``; returns its exit status."""
    from maildaemon.cli import app
    from maildaemon.edge import children

    tape = Tape(wish["tape"])
    tape.say("start")
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    Forks.zygote, Forks.tag = wish["zygote"], wish["tag"]
    children.ForkServer = Forks
    for name, arguments in wish["arms"]:
        module, _, function = name.partition(":")
        getattr(importlib.import_module(module), function)(tape, **arguments)
    try:
        app(args=["run", "--config", wish["config"]], prog_name="maildaemon")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def command(wish: dict[str, Any]) -> int:
    """``maildaemon ARGUMENTS``, in its own folder and environment; returns its exit status."""
    from maildaemon.cli import main
    from maildaemon.edge import children

    os.chdir(wish["cwd"])
    os.environ.clear()
    os.environ.update(wish["environment"])
    Forks.zygote, Forks.tag = wish["zygote"], wish["tag"]
    children.ForkServer = Forks
    sys.argv = ["maildaemon", *wish["arguments"]]
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    code: object = None
    try:
        main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    if isinstance(code, str):
        print(code, file=sys.stderr)
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def child(wish: dict[str, Any]) -> int:
    """The reading child, as the fork server forks it."""
    from maildaemon.edge import child as real
    from maildaemon.edge import forkserver, playbooks

    understand = real.understand

    def careful(raw, *arguments):
        if POISON in raw[:4096]:
            os.kill(os.getpid(), signal.SIGKILL)
        return understand(raw, *arguments)

    real.understand = careful
    playbook = playbooks.for_reading(playbooks.Bundle(wish["parsers"], wish["rules"]))
    understand(forkserver.ORDER, playbook)
    with contextlib.suppress(BrokenPipeError):  # its victim may have been killed meanwhile
        os.write(1, READY)
        real.serve(playbook, real.Limits(**wish["limits"]))
    return 0


def failed(error: BaseException) -> int:
    traceback.print_exception(error)
    sys.stderr.flush()
    return 71


class Forks:
    """In place of the daemon's fork server: the zygote, which is one."""

    zygote, tag = "", ""

    def __init__(self, bundle: Any, limits: Any) -> None:
        about = {"parsers": dict(bundle.parsers), "rules": dict(bundle.rules), "limits": asdict(limits)}
        self.wish = {"do": "child", "tag": self.tag, **about}

    def fork(self) -> "Spawned":
        return Spawned(self.zygote, json.dumps(self.wish).encode())

    def close(self) -> None:
        """Its children end with their input."""


class Spawned:
    """A reading child that the zygote has forked; its end is told by the zygote."""

    def __init__(self, zygote: str, wish: bytes) -> None:
        there, here = os.pipe()
        back, answer = os.pipe()
        self.stdin, self.stdout = os.fdopen(here, "wb", 1 << 16), os.fdopen(back, "rb", 1 << 16)
        self.returncode: int | None = None
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.line.connect(zygote)
        socket.send_fds(self.line, [wish], [there, answer, 2])
        os.close(there)
        os.close(answer)
        self.pid = int(self.line.recv(64))
        self.lock = threading.Lock()
        self.stdout.read(len(READY))

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float) -> int:
        with self.lock:
            if self.returncode is None:
                self.line.settimeout(timeout)
                try:
                    said = self.line.recv(64)
                except (TimeoutError, BlockingIOError):
                    raise subprocess.TimeoutExpired("child", timeout) from None
                self.returncode = int(said) if said else -signal.SIGKILL
                self.line.close()
            return self.returncode
