"""The daemon's end of the fork server: it is started when it is needed, and asked for children."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import IO

from maildaemon import log
from maildaemon.edge import frames
from maildaemon.edge.child import Limits
from maildaemon.edge.playbooks import Bundle

START_SECONDS = 60.0
_KEPT = ("PATH", "LANG", "PYTHONPATH", "VIRTUAL_ENV")
_OWN = {"MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}


class Forked:
    """One reading child, in the words of ``subprocess.Popen``."""

    def __init__(self, server: "ForkServer", pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.server, self.pid, self.stdin, self.stdout = server, pid, stdin, stdout
        self.process = server.process
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.server.reaped(self)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Raises subprocess.TimeoutExpired."""
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() >= end:
                raise subprocess.TimeoutExpired("reading child", timeout)
            time.sleep(0.002)
        return code


class ForkServer:
    """Used by several threads. Nothing is started before the first child is wanted; a server that has ended is replaced
    then, and with it went its children."""

    def __init__(self, bundle: Bundle, limits: Limits) -> None:
        about = {"parsers": dict(bundle.parsers), "rules": dict(bundle.rules), "limits": asdict(limits)}
        self.hello = json.dumps(about).encode()
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.line: socket.socket | None = None

    def fork(self) -> Forked:
        """A new child. Raises OSError when it cannot be had now."""
        there, here = os.pipe()
        back, answer = os.pipe()
        stdin, stdout = os.fdopen(here, "wb", 1 << 16), os.fdopen(back, "rb", 1 << 16)
        try:
            with self.lock:
                self._started()
                pid = int(self._asked(b"fork", [there, answer]))
                return Forked(self, pid, stdin, stdout)
        except BaseException:
            stdin.close()
            stdout.close()
            raise
        finally:
            os.close(there)
            os.close(answer)

    def reaped(self, child: Forked) -> int | None:
        """The child's exit status, negative for the signal that ended it; None while it lives."""
        with self.lock:
            if child.process is not self.process or self.line is None:
                return -signal.SIGKILL  # it went with its server
            try:
                said = self._asked(b"reap %d" % child.pid)
            except OSError:
                return -signal.SIGKILL
            return None if said == "-" else int(said)

    def close(self) -> None:
        with self.lock:
            self._end()

    def _started(self) -> None:
        if self.process is not None and self.process.poll() is None and self.line is not None:
            return
        self._end()
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "maildaemon.edge.forkserver", str(theirs.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**{key: os.environ[key] for key in _KEPT if key in os.environ}, **_OWN},
            )
        assert self.process.stdin is not None  # noqa: S101
        self.line.settimeout(START_SECONDS)
        with contextlib.suppress(BrokenPipeError):  # it has ended: that is seen in its answer
            frames.write(self.process.stdin, self.hello)
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        if self._answer() == "unconfined":
            log.trouble("readers", "the kernel has no filter for the reading children: only their limits hold them")

    def _asked(self, what: bytes, descriptors: Sequence[int] = ()) -> str:
        assert self.line is not None  # noqa: S101
        try:
            socket.send_fds(self.line, [what], descriptors)
        except OSError:
            self._end()
            raise
        said = self._answer()
        if said.startswith("!"):
            number = int(said[1:])
            raise OSError(number, os.strerror(number))
        return said

    def _answer(self) -> str:
        assert self.line is not None  # noqa: S101
        try:
            said = self.line.recv(64)
        except OSError:
            self._end()
            raise
        if not said:
            self._end()
            raise ConnectionResetError("the fork server has ended")
        return said.decode("ascii")

    def _end(self) -> None:
        """Its children are killed as it ends."""
        if self.line is not None:
            self.line.close()
            self.line = None
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self.process.stdin is not None:
                with contextlib.suppress(OSError):
                    self.process.stdin.close()
            self.process = None
